"""The weeks that digests are about: seven dates, named after the ISO week that holds most of them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from kam_sync.dates import Weekday
from kam_sync.errors import ConfigError

_NAME: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MIDDLE: Final = 3
"""The fourth of seven days: the ISO week of a week that begins on any day is that of its middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A week of calendar dates that begins on `first`."""

    first: dt.date

    @property
    def last(self) -> dt.date:
        """Its seventh day."""
        return self.first + dt.timedelta(days=6)

    @property
    def name(self) -> str:
        """Its name, such as 2026-W47; of weeks that begin on Monday that is the ISO week."""
        year, week, _ = (self.first + dt.timedelta(days=_MIDDLE)).isocalendar()
        return f"{year:04}-W{week:02}"

    @property
    def before(self) -> Period:
        """The week before."""
        return Period(first=self.first - dt.timedelta(days=7))

    def has(self, day: dt.date) -> bool:
        """Return whether a day is one of its seven."""
        return self.first <= day <= self.last


def period_of(day: dt.date, begins: Weekday) -> Period:
    """Return the week that a day is in, when weeks begin on that day of the week."""
    return Period(first=day - dt.timedelta(days=(day.weekday() - begins.number) % 7))


def last_over(today: dt.date, begins: Weekday) -> Period:
    """Return the latest week that is wholly over."""
    return period_of(today, begins).before


def period_named(name: str, begins: Weekday) -> Period:
    """Return the week of a name such as 2026-W47; raises ConfigError when there is no such week."""
    found = _NAME.fullmatch(name)
    year, week = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    try:
        middle = dt.date.fromisocalendar(year, week, (begins.number + _MIDDLE) % 7 + 1)
        return period_of(middle, begins)
    except (ValueError, OverflowError):
        raise ConfigError(f"there is no week {name!r}; weeks are named such as 2026-W47") from None
