"""How HubSpot writes moments and dates; everything in the local HubSpot keeps them in these forms."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_MILLISECONDS: Final = re.compile(r"-?\d{1,15}")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def iso(moment: dt.datetime) -> str:
    """Return an aware moment as HubSpot answers it: UTC, milliseconds, `Z`."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: dt.datetime) -> int:
    """Return an aware moment as milliseconds since 1970, exactly."""
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)


def from_milliseconds(number: int) -> dt.datetime:
    """Return the moment so many milliseconds after 1970."""
    return _EPOCH + dt.timedelta(milliseconds=number)


def parse_moment(text: str) -> dt.datetime:
    """Return the moment of a datetime value: milliseconds or ISO 8601 with a zone; raises ValueError."""
    if _MILLISECONDS.fullmatch(text):
        try:
            return from_milliseconds(int(text))
        except OverflowError:
            raise ValueError("is out of range") from None
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    return moment.astimezone(dt.UTC)


def parse_date(text: str) -> dt.date:
    """Return the date of a date value: `YYYY-MM-DD`, or milliseconds of a midnight UTC; raises ValueError."""
    if _MILLISECONDS.fullmatch(text):
        moment = parse_moment(text)
        if moment.time() != dt.time():
            raise ValueError("is not at midnight UTC")
        return moment.date()
    return dt.date.fromisoformat(text)


def at_hour(day: dt.date, hour: int) -> dt.datetime:
    """Return the moment at a full hour UTC of a day."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)
