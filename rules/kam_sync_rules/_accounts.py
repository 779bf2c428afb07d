"""How old an account is and which of its plans is in force, for the rules of the plan family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import AccountPlan, AccountSnapshot


def created_on(snapshot: AccountSnapshot) -> dt.date | None:
    """Return when the account was created, or None when that is unknown or empty."""
    return None if "account.created_on" in snapshot.unknown else snapshot.account.created_on


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


def later(date: dt.date, days: int) -> dt.date:
    """Return the date so many days later, at most the last one that a calendar holds (people mistype years)."""
    return date + dt.timedelta(days=min(days, (dt.date.max - date).days))
