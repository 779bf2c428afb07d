"""The figure that says how growth stands: which deals count, which spans are compared, and when nothing can be told."""

from __future__ import annotations

import datetime as dt

import pytest

from kam_sync.dates import BusinessCalendar
from kam_sync.figures.pace import GrowthPace, growth_pace, won_between
from kam_sync_rules._account_builders import won_deal
from kam_sync_rules._examples import deal

CALENDAR = BusinessCalendar()
OCTOBER = BusinessCalendar(fiscal_year_start=10)


def pace(*deals: tuple[dt.date, float], today: dt.date, calendar: BusinessCalendar = CALENDAR) -> GrowthPace | None:
    return growth_pace(
        [won_deal(f"W{number}", date, amount) for number, (date, amount) in enumerate(deals)], today, calendar
    )


def test_the_spans_reach_from_the_first_day_of_the_fiscal_year_to_the_same_day() -> None:
    found = pace(
        (dt.date(2023, 12, 31), 7),
        (dt.date(2024, 1, 1), 60),
        (dt.date(2024, 6, 16), 40),
        (dt.date(2024, 6, 17), 7000),
        (dt.date(2025, 1, 1), 50),
        (dt.date(2025, 6, 16), 54),
        (dt.date(2025, 6, 17), 7000),
        today=dt.date(2025, 6, 16),
    )
    assert found is not None
    assert (found.begin, found.begin_before, found.end_before) == (
        dt.date(2025, 1, 1),
        dt.date(2024, 1, 1),
        dt.date(2024, 6, 16),
    )
    assert (found.won, found.won_before) == (104, 100)
    assert found.percent == pytest.approx(4)


def test_a_leap_day_is_compared_with_the_last_of_february() -> None:
    before = ((dt.date(2022, 10, 1), 10.0), (dt.date(2023, 2, 28), 90.0), (dt.date(2023, 3, 1), 5000.0))
    found = pace(*before, (dt.date(2024, 2, 29), 120), today=dt.date(2024, 2, 29), calendar=OCTOBER)
    assert found is not None
    assert (found.begin, found.won, found.won_before) == (dt.date(2023, 10, 1), 120, 100)


@pytest.mark.parametrize(("month", "told"), [(3, False), (4, True)])
def test_nothing_is_told_before_the_fourth_month(month: int, told: bool) -> None:
    won = ((dt.date(2024, 1, 2), 1.0),)
    assert (pace(*won, today=dt.date(2025, month, 1)) is not None) is told
    assert growth_pace([won_deal("W", *won[0])], dt.date(2025, month, 1), CALENDAR, first_month=1) is not None


def test_nothing_is_told_when_nothing_was_won_before() -> None:
    assert pace((dt.date(2025, 2, 1), 10), today=dt.date(2025, 6, 1)) is None
    assert pace((dt.date(2024, 2, 1), 0), (dt.date(2025, 2, 1), 10), today=dt.date(2025, 6, 1)) is None


@pytest.mark.parametrize(
    ("won", "target", "behind"),
    [(110, 15, False), (109.99, 15, True), (95, 0, False), (94, 0, True), (100.3, 5.3, False), (0, -100, False)],
)
def test_five_points_below_the_target_is_not_behind_yet(won: float, target: float, behind: bool) -> None:
    found = pace((dt.date(2024, 2, 1), 100), (dt.date(2025, 2, 1), won), today=dt.date(2025, 6, 1))
    assert found is not None
    assert found.is_behind(target) is behind
    assert found.is_behind(target, points=1000) is False


def test_only_what_is_won_counts_and_an_empty_amount_is_nothing() -> None:
    day = dt.date(2025, 2, 1)
    deals = [
        deal("D1", close_on=day),
        deal("D2", close_on=day, is_open=False),
        won_deal("W1", day),
        won_deal("W2", None, 9),
    ]
    assert won_between([*deals, won_deal("W3", day, 0.1), won_deal("W4", day, 0.2)], day, day) == pytest.approx(0.3)
