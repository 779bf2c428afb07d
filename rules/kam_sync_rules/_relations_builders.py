"""Builders of the invented people that the examples of the rules on relations are made of; no example itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from kam_sync.records import (
    AccountPlan,
    AccountSnapshot,
    Activity,
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    Contact,
    ContactLevel,
    Opportunity,
    Purpose,
    Stance,
    SwotPart,
)
from kam_sync.rules_api import Example, RuleContext
from kam_sync_rules._examples import ago, company

NAMES: Final = (
    "Nkechi Adébáyò",
    "Łucja Wąsik-Żak",
    "Jean-Noël d’Aubigné",
    "田中 はるか",
    "مريم البستاني",
    "O'Connor & Søn <x>",
)


def contact(
    slug: str = "c1",
    *roles: BuyingRole,
    title: str | None = None,
    level: ContactLevel | None = None,
    stance: Stance | None = None,
    stance_on: dt.date | None = None,
    created_on: dt.date | None = dt.date(2023, 1, 10),
    department: str | None = None,
    reports_to: str | None = None,
    owner: str | None = "ayse",
    influence: bool = False,
    criteria: bool = False,
    left: bool = False,
    bounced: bool = False,
) -> Contact:
    """Return one of the customer's people, of whom only what is given is recorded."""
    return Contact(
        id=slug,
        account_ids=("A1",),
        name=NAMES[sum(slug.encode()) % len(NAMES)],
        title=title,
        owner_id=owner,
        created_on=created_on,
        department=department,
        level=level,
        reports_to_id=reports_to,
        buying_roles=roles,
        stance=stance,
        stance_on=stance_on,
        influence=influence,
        decision_criteria=criteria,
        left=left,
        bounced=bounced,
    )


def people(count: int) -> tuple[Contact, ...]:
    """Return so many contacts, `c1` and on."""
    return tuple(contact(f"c{number}") for number in range(1, count + 1))


def met(
    date: dt.date,
    *contact_ids: str,
    kind: ActivityKind = ActivityKind.MEETING,
    status: ActivityStatus = ActivityStatus.DONE,
    owner: str | None = "ayse",
    attendees: Sequence[str] = (),
    purposes: Sequence[Purpose] = (),
    deal: str | None = None,
    our_key: str | None = None,
) -> Activity:
    """Return an activity with people of the customer's, a meeting that took place unless something else is said."""
    return Activity(
        id=f"{kind}:{status}:{date}:{owner}:{deal}:{','.join(contact_ids)}:{our_key}",
        account_ids=("A1",),
        opportunity_ids=(deal,) if deal else (),
        kind=kind,
        status=status,
        on=date,
        owner_id=owner,
        subject="Rundgang “Halle 4”",
        contact_ids=contact_ids,
        attendee_ids=tuple(attendees),
        purposes=tuple(purposes),
        our_key=our_key,
    )


def customer(
    contacts: Iterable[Contact] = (),
    activities: Iterable[Activity] = (),
    *,
    tier: str | None = "B",
    created_on: dt.date | None = dt.date(2020, 1, 10),
    key_since: dt.date | None = None,
    opportunities: Iterable[Opportunity] = (),
    plans: Iterable[AccountPlan] = (),
    stage: str | None = None,
    competitor: str | None = None,
    unknown: Iterable[str] = (),
) -> AccountSnapshot:
    """Return an account with its people; what is not given is empty, not unknown."""
    plain = company(
        tier=tier,
        created_on=created_on,
        opportunities=opportunities,
        activities=activities,
        plans=plans,
        unknown=unknown,
    )
    account = replace(plain.account, key_since=key_since, relationship_stage=stage, competitor=competitor)
    return replace(plain, account=account, known_contacts=tuple(contacts))


def without(snapshot: AccountSnapshot, *names: str) -> AccountSnapshot:
    """Return the account with these canonical names unknown."""
    return replace(snapshot, unknown=snapshot.unknown | set(names))


def unknown_cases(snapshot: AccountSnapshot, context: RuleContext, *names: str) -> tuple[Example, ...]:
    """Return a case for each of these names, in which it alone is unknown and with it the answer."""
    return tuple(
        Example(title=f"{name} is not known", snapshot=without(snapshot, name), context=context, unknown=True)
        for name in names
    )


def younger_than(days: int) -> dt.date:
    """Return the day on which an account was created that is one day too young."""
    return ago(days - 1)


def sale(
    slug: str = "D1",
    *,
    is_open: bool = True,
    is_won: bool = False,
    close_on: dt.date | None = None,
    competitor: str | None = None,
    loss_reason: str | None = None,
) -> Opportunity:
    """Return a deal, open unless something else is said."""
    return Opportunity(
        id=slug,
        account_ids=("A1",),
        name=f"Ausbau {slug}",
        owner_id="ayse",
        is_open=is_open,
        is_won=is_won,
        close_on=close_on,
        competitor=competitor,
        loss_reason=loss_reason,
    )


def threats(filled: bool, *, active: bool = True, end_on: dt.date | None = None, slug: str = "P1") -> AccountPlan:
    """Return a plan whose threats are filled or not."""
    return AccountPlan(
        id=slug, account_id="A1", name="Plan", active=active, end_on=end_on, swot={SwotPart.THREATS: filled}
    )
