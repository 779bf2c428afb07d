"""Growth: what was won in the fiscal year so far against the same span a year before."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

from kam_sync.dates import MONTHS, BusinessCalendar, add_months
from kam_sync.records import Opportunity


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPace:
    """What was won in two spans of the same length, first and last day included; in the org's currency.

    `begin` and `end` bound this fiscal year so far, `begin_before` and `end_before` the span a year before.
    `won_before` is greater than 0.
    """

    begin: dt.date
    end: dt.date
    won: float
    begin_before: dt.date
    end_before: dt.date
    won_before: float

    @property
    def percent(self) -> float:
        """By how many per cent it has grown; negative when it shrinks."""
        return (self.won - self.won_before) * 100 / self.won_before

    def is_behind(self, target: float, points: float = 5) -> bool:
        """Return whether growth is more than so many percentage points below a target in per cent."""
        return round(self.percent, 6) < target - points  # what floats leave behind is no growth


def growth_pace(
    opportunities: Iterable[Opportunity], today: dt.date, calendar: BusinessCalendar, *, first_month: int = 4
) -> GrowthPace | None:
    """Return how what was won has grown, or None when that cannot be told.

    It cannot be told before month `first_month` of the fiscal year, when the year is too young to say anything, nor
    when nothing was won in the span a year before. An opportunity counts on its close date; one without an amount
    counts as 0. On 29 February the span a year before ends on the 28th.
    """
    if calendar.fiscal_month(today) < first_month:
        return None
    begin = calendar.fiscal_year_begin(today)
    begin_before, end_before = add_months(begin, -MONTHS), add_months(today, -MONTHS)
    deals = tuple(opportunities)
    before = won_between(deals, begin_before, end_before)
    if before <= 0:
        return None
    return GrowthPace(
        begin=begin,
        end=today,
        won=won_between(deals, begin, today),
        begin_before=begin_before,
        end_before=end_before,
        won_before=before,
    )


def won_between(opportunities: Iterable[Opportunity], first: dt.date, last: dt.date) -> float:
    """Return the sum of what was won with a close date from the first day to the last, both included."""
    return math.fsum(
        deal.amount or 0.0
        for deal in opportunities
        if deal.is_won and not deal.is_open and deal.close_on is not None and first <= deal.close_on <= last
    )
