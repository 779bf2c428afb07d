"""Builders that complete the invented accounts of `_examples` with fields, people, goals and feedback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypedDict, Unpack

from kam_sync.records import (
    AccountSnapshot,
    Activity,
    BuyingRole,
    Contact,
    ContactLevel,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    PlanGoal,
    Purpose,
)
from kam_sync.rules_api import Example
from kam_sync_rules._examples import deal, now


class AccountFields(TypedDict, total=False):
    """The fields of an account that an example may set."""

    id: str
    name: str
    tier: str | None
    created_on: dt.date | None
    key_since: dt.date | None
    growth_target: float | None
    growth_target_year: int | None
    progress_report_on: dt.date | None


def with_fields(snapshot: AccountSnapshot, **fields: Unpack[AccountFields]) -> AccountSnapshot:
    """Return the account with other values in these fields of its own."""
    return replace(snapshot, account=replace(snapshot.account, **fields))


def without(snapshot: AccountSnapshot, *names: str) -> AccountSnapshot:
    """Return the account with these names unknown, beside those that are so already."""
    return replace(snapshot, unknown=snapshot.unknown | set(names))


def not_known(names: Iterable[str], snapshot: AccountSnapshot) -> Sequence[Example]:
    """Return one case for each name, in which just that name is unknown on an account that is flagged else."""
    return tuple(
        Example(title=f"{name} is not known", snapshot=without(snapshot, name), context=now(), unknown=True)
        for name in names
    )


def somebody(
    slug: str = "K1",
    *roles: BuyingRole,
    title: str | None = None,
    level: ContactLevel | None = None,
    created_on: dt.date | None = dt.date(2023, 2, 1),
    left: bool = False,
) -> Contact:
    """Return one of the customer's people."""
    return Contact(
        id=slug,
        account_ids=("A1",),
        name=f"Νεφέλη Αργυρίου {slug}",
        title=title,
        level=level,
        created_on=created_on,
        buying_roles=roles,
        left=left,
    )


def touching(activity: Activity, *contact_ids: str) -> Activity:
    """Return an activity in which these of the customer's people take part."""
    return replace(activity, contact_ids=contact_ids, id=f"{activity.id}:{contact_ids}")


def for_purpose(activity: Activity, purpose: Purpose, *attendees: str) -> Activity:
    """Return an activity with a purpose, in which these of our people take part beside its owner."""
    return replace(activity, purposes=(purpose,), attendee_ids=attendees, id=f"{activity.id}:{purpose}:{attendees}")


def technical(slug: str = "D1", type_: OpportunityType | None = OpportunityType.EXPANSION) -> Opportunity:
    """Return an open deal in a technical stage."""
    return replace(deal(slug), stages=(OpportunityStage.TECHNICAL,), type=type_)


def won_deal(
    slug: str, close_on: dt.date | None, amount: float | None = None, *, criteria: bool | None = None
) -> Opportunity:
    """Return a deal that was won."""
    return replace(deal(slug, close_on=close_on, is_open=False), is_won=True, amount=amount, success_criteria=criteria)


def goal(
    slug: str = "G1",
    due_on: dt.date | None = None,
    *,
    owner: str | None = "ayse",
    is_open: bool = True,
    start_on: dt.date | None = None,
    has_metric: bool = True,
    progress_on: dt.date | None = None,
) -> PlanGoal:
    """Return a goal of the account's plan, open and with a figure unless something else is said."""
    return PlanGoal(
        id=slug,
        account_id="A1",
        name=f"Zweites Werk {slug}",
        is_open=is_open,
        owner_id=owner,
        start_on=start_on,
        due_on=due_on,
        has_metric=has_metric,
        progress_on=progress_on,
    )
