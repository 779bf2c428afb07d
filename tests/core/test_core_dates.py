"""Calendar arithmetic: months end where they end, weeks where the org says, and nothing runs off the calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_sync.dates import BusinessCalendar, add_days, add_months

GULF = BusinessCalendar(weekend=frozenset({4, 5}))
HOLIDAY = BusinessCalendar(holidays=frozenset({dt.date(2026, 11, 23)}))


@pytest.mark.parametrize(
    ("date", "months", "expected"),
    [
        (dt.date(2025, 1, 31), 1, dt.date(2025, 2, 28)),
        (dt.date(2024, 1, 31), 1, dt.date(2024, 2, 29)),
        (dt.date(2025, 3, 31), -1, dt.date(2025, 2, 28)),
        (dt.date(2025, 12, 15), 1, dt.date(2026, 1, 15)),
        (dt.date(2026, 1, 15), -1, dt.date(2025, 12, 15)),
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2026, 8, 31), -9, dt.date(2025, 11, 30)),
        (dt.date(2026, 8, 31), 0, dt.date(2026, 8, 31)),
        (dt.date(9999, 12, 1), 1, dt.date.max),
        (dt.date(1, 1, 1), -1, dt.date.min),
    ],
)
def test_months_are_calendar_months(date: dt.date, months: int, expected: dt.date) -> None:
    assert add_months(date, months) == expected


@given(st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2200, 1, 1)), st.integers(-600, 600))
def test_months_land_in_the_month_meant(date: dt.date, months: int) -> None:
    found = add_months(date, months)
    assert (found.year * 12 + found.month) - (date.year * 12 + date.month) == months
    assert found.day <= date.day
    assert found.day == date.day or add_days(found, 1).day == 1


def test_days_stop_at_the_ends_of_the_calendar() -> None:
    assert add_days(dt.date(9999, 12, 30), 7) == dt.date.max
    assert add_days(dt.date(1, 1, 2), -7) == dt.date.min
    assert add_days(dt.date(2024, 2, 28), 2) == dt.date(2024, 3, 1)


@pytest.mark.parametrize(
    ("calendar", "date", "days", "expected"),
    [
        (BusinessCalendar(), dt.date(2026, 11, 20), 1, dt.date(2026, 11, 23)),  # Friday
        (BusinessCalendar(), dt.date(2026, 11, 19), 1, dt.date(2026, 11, 20)),  # Thursday
        (GULF, dt.date(2026, 11, 19), 1, dt.date(2026, 11, 22)),  # Thursday; Friday and Saturday are free
        (HOLIDAY, dt.date(2026, 11, 20), 1, dt.date(2026, 11, 24)),
        (BusinessCalendar(), dt.date(2026, 11, 20), 0, dt.date(2026, 11, 20)),
        (BusinessCalendar(), dt.date(9999, 12, 30), 9, dt.date.max),
    ],
)
def test_working_days_are_the_orgs(calendar: BusinessCalendar, date: dt.date, days: int, expected: dt.date) -> None:
    assert calendar.add_business_days(date, days) == expected


@pytest.mark.parametrize(
    ("start", "date", "year", "begin", "month"),
    [
        (1, dt.date(2026, 3, 31), 2026, dt.date(2026, 1, 1), 3),
        (4, dt.date(2026, 3, 31), 2026, dt.date(2025, 4, 1), 12),
        (4, dt.date(2026, 4, 1), 2027, dt.date(2026, 4, 1), 1),
        (12, dt.date(2026, 12, 1), 2027, dt.date(2026, 12, 1), 1),
        (12, dt.date(2026, 11, 30), 2026, dt.date(2025, 12, 1), 12),
    ],
)
def test_a_fiscal_year_is_named_by_the_year_in_which_it_ends(
    start: int, date: dt.date, year: int, begin: dt.date, month: int
) -> None:
    calendar = BusinessCalendar(fiscal_year_start=start)
    assert calendar.fiscal_year(date) == year
    assert calendar.fiscal_year_begin(date) == begin
    assert calendar.fiscal_month(date) == month
