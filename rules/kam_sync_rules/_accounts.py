"""How old an account is, for the rules of the plan family."""

from __future__ import annotations

import datetime as dt

from kam_sync.dates import add_days
from kam_sync.records import AccountSnapshot


def created_on(snapshot: AccountSnapshot) -> dt.date | None:
    """Return when the account was created, or None when that is unknown or empty."""
    return None if "account.created_on" in snapshot.unknown else snapshot.account.created_on


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
