"""How an account's growth stands to its target, for every rule that asks whether it is behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kam_sync.figures.pace import GrowthPace, growth_pace
from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import RuleContext
from kam_sync_rules._text import money

PACE_NAMES: Final = ("opportunities", "opportunity.amount", "account.growth_target")
"""What must be known to tell; `account.growth_target_year` is read where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPace:
    """The growth so far with the target it is to reach, in per cent."""

    target: float
    pace: GrowthPace

    def is_behind(self, points: float) -> bool:
        """Return whether growth is more than so many percentage points below the target."""
        return self.pace.is_behind(self.target, points)

    @property
    def text(self) -> str:
        """Both in words, with the dates they are about."""
        pace = self.pace
        return (
            f"Won since {pace.begin}: {money(pace.won)}; in the same span from {pace.begin_before} on: "
            f"{money(pace.won_before)}; growth {pace.percent:+.1f} %, target {self.target:+.1f} %"
        )


def target_of_this_year(snapshot: AccountSnapshot, context: RuleContext) -> float | None:
    """Return the growth target of the current fiscal year; a target whose year is not known or empty counts for it."""
    year = snapshot.account.growth_target_year if snapshot.knows("account.growth_target_year") else None
    is_current = year is None or year == context.calendar.fiscal_year(context.today)
    return snapshot.account.growth_target if is_current else None


def target_pace(snapshot: AccountSnapshot, context: RuleContext, first_month: int) -> TargetPace | None:
    """Return how growth stands to the target, or None when there is no target or the growth cannot be told yet.

    What `PACE_NAMES` lists must be known. Growth is told from month `first_month` of the fiscal year on.
    """
    target = target_of_this_year(snapshot, context)
    pace = growth_pace(snapshot.opportunities, context.today, context.calendar, first_month=first_month)
    return None if target is None or pace is None else TargetPace(target=target, pace=pace)
