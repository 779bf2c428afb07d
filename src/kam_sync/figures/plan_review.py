"""The plan that is in force on an account, and when it is to be gone over next (catalogue, section 2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kam_sync.records import AccountPlan, AccountSnapshot


class ReviewState(StrEnum):
    """How the next review of an account's plan stands."""

    OVERDUE = "overdue"
    PLANNED = "planned"
    UNDATED = "no date"
    NO_PLAN = "no plan"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReview:
    """The next review of an account's plan; `on` is its date (without zone) where it is overdue or planned."""

    state: ReviewState
    on: dt.date | None = None


def plan_in_force(plans: Sequence[AccountPlan], today: dt.date) -> AccountPlan | None:
    """Return the active plan that is to be judged, or None when there is no active plan.

    Of several active plans it is the one that started last among those that run today (next year's draft does not
    hide this year's plan); when none runs today, the one that starts last. A plan without a start has always run.
    """

    def rank(plan: AccountPlan) -> tuple[bool, dt.date, str]:
        start = plan.start_on or dt.date.min
        runs = start <= today and (plan.end_on is None or today <= plan.end_on)
        return (runs, start, plan.id)

    return max((plan for plan in plans if plan.active), key=rank, default=None)


def next_review(snapshot: AccountSnapshot, today: dt.date) -> PlanReview:
    """Return when the plan in force is to be gone over next; a review is overdue from the day after its date.

    Only the date that somebody set counts: what rules derive from the last review is a finding, not a date.
    """
    if not snapshot.knows("plans"):
        return PlanReview(state=ReviewState.UNKNOWN)
    plan = plan_in_force(snapshot.known_plans, today)
    if plan is None:
        return PlanReview(state=ReviewState.NO_PLAN)
    if not snapshot.knows("plan.next_review_on"):
        return PlanReview(state=ReviewState.UNKNOWN)
    if plan.next_review_on is None:
        return PlanReview(state=ReviewState.UNDATED)
    state = ReviewState.OVERDUE if plan.next_review_on < today else ReviewState.PLANNED
    return PlanReview(state=state, on=plan.next_review_on)
