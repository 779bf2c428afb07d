"""The five fields of a line of cron, and the moments they mean in a time zone; pure, and strict about mistakes."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self
from zoneinfo import ZoneInfo

_MONTHS: Final = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS: Final = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST_WAIT: Final = 366 * 8 + 1
"""Days until a date comes again at most: 29 February, around a century that is no leap year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """When something runs, by the clock on the wall; weekdays count from Sunday as 0, as in cron."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, written: str) -> Self:
        """Return what five fields such as `15 4 * * mon-fri` mean: minute, hour, day of month, month, weekday.

        Raises:
            ValueError: A field is not one of cron's, the date never comes, or both kinds of day are limited: cron
                would run on either, most people expect on both.
        """
        fields = written.split()
        if len(fields) != 5:
            raise ValueError(f"expected the five fields of cron, such as '15 4 * * *', not {written!r}")
        if fields[2] != "*" and fields[4] != "*":
            raise ValueError("limit the day of the month or the weekday, not both: cron would run on either")
        found = cls(
            minutes=tuple(sorted(_values(fields[0], 0, 59, {}))),
            hours=tuple(sorted(_values(fields[1], 0, 23, {}))),
            days=frozenset(_values(fields[2], 1, 31, {})),
            months=frozenset(_values(fields[3], 1, 12, _MONTHS)),
            weekdays=frozenset(day % 7 for day in _values(fields[4], 0, 7, _WEEKDAYS)),
        )
        if all(min(found.days) > _LONGEST_MONTHS[month - 1] for month in found.months):
            raise ValueError(f"the date in {written!r} never comes")
        return found

    def after(self, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """Return the first moment, in UTC, after another one.

        In the hour that is left out in spring it is as much later as the clock was put forward; in the hour that is
        repeated in autumn it is the first time only.
        """
        first = moment.astimezone(zone).date() - dt.timedelta(days=1)
        for number in range(_LONGEST_WAIT + 2):
            for found in self._on(first + dt.timedelta(days=number), zone):
                if found > moment:
                    return found
        raise ValueError("the date never comes")  # `parse` has refused it

    def _on(self, day: dt.date, zone: ZoneInfo) -> Iterator[dt.datetime]:
        """Yield the moments of a day in UTC, in order."""
        if day.day not in self.days or day.month not in self.months or day.isoweekday() % 7 not in self.weekdays:
            return
        moments = {
            dt.datetime.combine(day, dt.time(hour, minute), zone).astimezone(dt.UTC)
            for hour in self.hours
            for minute in self.minutes
        }
        yield from sorted(moments)


def _values(field: str, low: int, high: int, names: Mapping[str, int]) -> set[int]:
    """Return the numbers that a field of cron means."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        begin, dash, end = span.partition("-")
        if span == "*":
            first, last = low, (6 if names is _WEEKDAYS else high)
        else:
            first = _number(begin, low, high, names, field)
            last = _number(end, low, high, names, field) if dash else (high if slash else first)
        if last < first and names is _WEEKDAYS:
            last += 7  # fri-mon; the caller counts a day past Saturday from Sunday again
        if last < first or (slash and not (step.isdecimal() and int(step))):
            raise ValueError(f"{field!r} is not a field of cron")
        found.update(range(first, last + 1, int(step) if slash else 1))
    return found


def _number(word: str, low: int, high: int, names: Mapping[str, int], field: str) -> int:
    number = names.get(word.lower(), int(word) if word.isdecimal() and word.isascii() else -1)
    if not low <= number <= high:
        raise ValueError(f"{word!r} in the field {field!r} of cron is not from {low} to {high}")
    return number
