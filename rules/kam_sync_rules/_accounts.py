"""How old an account is and which of its plans is in force, for the rules of the plan family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.dates import add_days
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


def key_account_since(snapshot: AccountSnapshot) -> dt.date | None:
    """Return since when it has been a key account: the later of its creation and of what the org says; None if unknown.

    Rules that read it name `account.created_on` and `account.key_since` among their `uses`.
    """
    named = (created_on(snapshot), snapshot.account.key_since if snapshot.knows("account.key_since") else None)
    return max((date for date in named if date is not None), default=None)


def is_younger(snapshot: AccountSnapshot, today: dt.date, days: int) -> bool:
    """Return whether the account is known to have been a key account for less than so many days.

    What has not lasted for so long cannot have been neglected for so long (catalogue, warning 9).
    """
    since = key_account_since(snapshot)
    return since is not None and since > add_days(today, -days)


def is_empty_or_before(date: dt.date | None, limit: dt.date) -> bool:
    """Return whether a date is missing or lies before a limit."""
    return date is None or date < limit
