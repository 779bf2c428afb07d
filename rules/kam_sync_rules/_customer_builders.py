"""Builders of the invented customers that the examples of the service and process families are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kam_sync.records import (
    Account,
    AccountSnapshot,
    Activity,
    BuyingRole,
    Case,
    Contact,
    Contract,
    Feedback,
    Grade,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    OwnerChange,
    Purpose,
    Quote,
    User,
)
from kam_sync.rules_api import Example, RuleContext
from kam_sync_rules._examples import USERS, now

CUSTOMER: Final = Account(
    id="A1", name="Łódzkie Młyny «Ørsta»", owner_id="ayse", tier="B", created_on=dt.date(2020, 1, 10)
)
"""A customer for years, of a lower tier."""


def customer(
    account: Account = CUSTOMER,
    *,
    users: Mapping[str, User] = USERS,
    unknown: Iterable[str] = (),
    contacts: Iterable[Contact] = (),
    opportunities: Iterable[Opportunity] = (),
    activities: Iterable[Activity] = (),
    feedback: Iterable[Feedback] = (),
    quotes: Iterable[Quote] = (),
    cases: Iterable[Case] = (),
    contracts: Iterable[Contract] = (),
    owner_changes: Iterable[OwnerChange] = (),
) -> AccountSnapshot:
    """Return a customer with what hangs on it; what is not given is empty, not unknown."""
    return AccountSnapshot(
        org_uid="example",
        account=account,
        users=users,
        unknown=frozenset(unknown),
        known_contacts=tuple(contacts),
        known_opportunities=tuple(opportunities),
        known_activities=tuple(activities),
        known_feedback=tuple(feedback),
        known_quotes=tuple(quotes),
        known_cases=tuple(cases),
        known_contracts=tuple(contracts),
        known_owner_changes=tuple(owner_changes),
    )


def without(snapshot: AccountSnapshot, *names: str, context: RuleContext | None = None) -> Sequence[Example]:
    """Return one case for each name, in which just that name is unknown on an account that is flagged else."""
    return tuple(
        Example(
            title=f"{name} is not known",
            snapshot=replace(snapshot, unknown=snapshot.unknown | {name}),
            context=context or now(),
            unknown=True,
        )
        for name in names
    )


def answer(on: dt.date, grade: Grade | None = Grade.A, *, slug: str = "", reason: bool = True) -> Feedback:
    """Return what a customer answered, with a reason unless something else is said."""
    return Feedback(id=slug or f"F:{on}", account_ids=("A1",), on=on, grade=grade, has_reason=reason)


def sale(
    slug: str = "D1",
    *,
    owner: str | None = "ayse",
    is_open: bool = True,
    is_won: bool = False,
    type_: OpportunityType | None = None,
    close_on: dt.date | None = None,
    delivered_on: dt.date | None = None,
    tender_on: dt.date | None = None,
    sent_on: dt.date | None = None,
    expires_on: dt.date | None = None,
    at_proposal: bool = False,
    team: Iterable[str] = (),
    contacts: Iterable[str] = (),
) -> Opportunity:
    """Return an opportunity, open unless something else is said."""
    return Opportunity(
        id=slug,
        account_ids=("A1",),
        name=f"Umbau {slug}",
        owner_id=owner,
        is_open=is_open and not is_won,
        is_won=is_won,
        type=type_,
        close_on=close_on,
        delivered_on=delivered_on,
        tender_on=tender_on,
        proposal_sent_on=sent_on,
        proposal_expires_on=expires_on,
        stages=(OpportunityStage.PROPOSAL,) if at_proposal else (),
        team_ids=tuple(team),
        contact_ids=tuple(contacts),
    )


def offer(
    slug: str = "Q1",
    *,
    deal: str | None = "D1",
    is_open: bool = True,
    sent_on: dt.date | None = None,
    expires_on: dt.date | None = None,
) -> Quote:
    """Return a quote for an opportunity, open unless something else is said."""
    return Quote(
        id=slug,
        account_ids=("A1",),
        opportunity_id=deal,
        name=f"Angebot {slug}",
        is_open=is_open,
        owner_id="ayse",
        sent_on=sent_on,
        expires_on=expires_on,
    )


def complaint(opened_on: dt.date | None, *, slug: str = "K1", urgent: bool = False, is_open: bool = True) -> Case:
    """Return a case, open unless something else is said."""
    return Case(
        id=slug,
        account_ids=("A1",),
        name=f"Réclamation {slug}",
        is_open=is_open,
        is_high_priority=urgent,
        opened_on=opened_on,
    )


def buyer(slug: str, *roles: BuyingRole, left: bool = False) -> Contact:
    """Return one of the customer's people with the parts that this person plays in buying."""
    return Contact(id=slug, account_ids=("A1",), name=f"山田 {slug}", buying_roles=roles, left=left)


def passed(on: dt.date, *, before: str | None = "chidi", after: str | None = "ayse") -> OwnerChange:
    """Return a change of the owner of the account."""
    return OwnerChange(id=f"O:{on}", account_id="A1", on=on, from_id=before, to_id=after)


def meant(activity: Activity, purpose: Purpose) -> Activity:
    """Return an activity with its purpose."""
    return replace(activity, purposes=(purpose,), id=f"{activity.id}:{purpose}")


def about(activity: Activity, deal: str) -> Activity:
    """Return an activity that hangs on an opportunity."""
    return replace(activity, opportunity_ids=(deal,), id=f"{activity.id}:{deal}")
