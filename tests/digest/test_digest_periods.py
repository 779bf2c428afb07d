"""Weeks begin and end when they should, whatever day they begin on, and every week has one name."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_sync.dates import Weekday
from kam_sync.digesting.periods import Period, last_over, period_named, period_of
from kam_sync.errors import ConfigError

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))


@given(DAYS, st.sampled_from(Weekday))
def test_a_day_is_in_the_one_week_that_bears_its_name(day: dt.date, begins: Weekday) -> None:
    period = period_of(day, begins)
    assert period.has(day)
    assert period.first.weekday() == begins.number
    assert not period.before.has(day)
    assert period_named(period.name, begins) == period
    assert period.before.name != period.name
    assert period.before.last + dt.timedelta(days=1) == period.first


@given(DAYS)
def test_weeks_from_monday_are_those_of_the_calendar(day: dt.date) -> None:
    year, week, _ = day.isocalendar()
    assert period_of(day, Weekday.MONDAY).name == f"{year}-W{week:02}"


@given(DAYS, st.sampled_from(Weekday))
def test_the_latest_week_that_is_over_does_not_hold_today(today: dt.date, begins: Weekday) -> None:
    period = last_over(today, begins)
    assert period.last < today <= period.last + dt.timedelta(days=7)


def test_a_year_may_end_in_its_53rd_week() -> None:
    last = period_named("2026-W53", Weekday.MONDAY)
    assert (last.first, last.last) == (dt.date(2026, 12, 28), dt.date(2027, 1, 3))
    assert period_of(dt.date(2027, 1, 4), Weekday.MONDAY).name == "2027-W01"
    assert last.before.name == "2026-W52"


def test_a_week_from_sunday_is_named_after_the_days_that_follow() -> None:
    assert period_of(dt.date(2026, 11, 15), Weekday.SUNDAY).name == "2026-W47"
    assert period_named("2026-W47", Weekday.SUNDAY) == Period(first=dt.date(2026, 11, 15))


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-W00", "2026-W54", "2025-W53", "W47", "2026-47", "9999-W99", "２０２６-W47"]
)
def test_what_is_no_week_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no week"):
        period_named(name, Weekday.MONDAY)
