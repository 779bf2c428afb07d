"""Dates and moments as Salesforce writes them, which is also how the local Salesforce stores them.

Stored moments are in UTC, to the second, and of one width, so that they compare as text.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})",
)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def stamp(moment: dt.datetime) -> str:
    """Return a moment as `2026-03-01T10:00:00.000+0000`; Salesforce's stamps count whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def day_stamp(day: dt.date, hour: int) -> str:
    """Return the moment of a full hour of a day, in UTC."""
    return f"{day.isoformat()}T{hour:02d}:00:00.000+0000"


def parse_moment(text: str) -> dt.datetime | None:
    """Return the moment of an ISO 8601 text with a zone; None when it is not one."""
    match = _MOMENT.fullmatch(text)
    if not match:
        return None
    try:
        return dt.datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3]}").astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def parse_date(text: str) -> dt.date | None:
    """Return the date of `YYYY-MM-DD`; None when it is not one."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
