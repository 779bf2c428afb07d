"""Arithmetic on calendar dates: months, working days and fiscal years. Pure; nobody here knows what day it is."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import available_timezones

SATURDAY: Final = 5
SUNDAY: Final = 6
MONTHS: Final = 12


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Its number as `datetime.date.weekday` counts: Monday is 0."""
        return list(Weekday).index(self)


def require_zone(name: str) -> str:
    """Return the name of a time zone; raises ValueError when there is none of that name."""
    if name not in available_timezones():
        raise ValueError("expected a time zone name such as Europe/Berlin")
    return name


def add_months(date: dt.date, months: int) -> dt.date:
    """Return the same day so many months later (earlier if negative), the month's last day where it is shorter.

    A date beyond the calendar becomes its first or last day, since people mistype years.
    """
    index = date.year * MONTHS + date.month - 1 + months
    year, month = divmod(index, MONTHS)
    if year < dt.MINYEAR:
        return dt.date.min
    if year > dt.MAXYEAR:
        return dt.date.max
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def add_days(date: dt.date, days: int) -> dt.date:
    """Return the date so many days later, or the calendar's first or last day where it ends before."""
    return dt.date.fromordinal(max(1, min(date.toordinal() + days, dt.date.max.toordinal())))


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """How an org counts time.

    `weekend` holds days of the week, Monday being 0. `holidays` are free days beside it. `fiscal_year_start` is the
    month, 1 to 12, in which the fiscal year begins.
    """

    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    holidays: frozenset[dt.date] = frozenset()
    fiscal_year_start: int = 1

    def is_business_day(self, date: dt.date) -> bool:
        """Return whether people work on that day."""
        return date.weekday() not in self.weekend and date not in self.holidays

    def add_business_days(self, date: dt.date, days: int) -> dt.date:
        """Return the day that is so many working days later; at least one day of the week must be a working day."""
        while days > 0:
            date = add_days(date, 1)
            if date == dt.date.max:
                return date
            days -= self.is_business_day(date)
        return date

    def fiscal_year(self, date: dt.date) -> int:
        """Return the fiscal year of a date, named by the calendar year in which it ends."""
        later = self.fiscal_year_start > 1 and date.month >= self.fiscal_year_start
        return date.year + 1 if later else date.year

    def fiscal_year_begin(self, date: dt.date) -> dt.date:
        """Return the first day of the fiscal year of a date."""
        year = date.year if date.month >= self.fiscal_year_start else date.year - 1
        return dt.date(max(year, dt.MINYEAR), self.fiscal_year_start, 1)

    def fiscal_month(self, date: dt.date) -> int:
        """Return which month of the fiscal year a date is in, 1 to 12."""
        return (date.month - self.fiscal_year_start) % MONTHS + 1
