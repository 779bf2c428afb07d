"""Builders of the invented accounts, sales and contracts that the growth and portfolio examples are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from kam_sync.dates import BusinessCalendar
from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import (
    Account,
    AccountSnapshot,
    Activity,
    Contact,
    ContactLevel,
    Contract,
    Opportunity,
    OpportunityType,
    Purpose,
    SalesRow,
)
from kam_sync.rules_api import Example, RuleContext
from kam_sync_rules._examples import USERS, now, on, task


def in_fiscal_year(year: int, month: int, day: int, *, start: int) -> RuleContext:
    """Return the context of a day, in an org whose fiscal year begins in the month `start`."""
    return replace(on(year, month, day), calendar=BusinessCalendar(fiscal_year_start=start))


def key_account(
    slug: str = "A1",
    *,
    owner: str | None = "ayse",
    parent: str | None = None,
    created_on: dt.date | None = dt.date(2020, 1, 10),
    key_since: dt.date | None = None,
    target: float | None = None,
    target_year: int | None = None,
    costs: Sequence[float | None] = (None, None, None),
    trigger_on: dt.date | None = None,
    trigger: str | None = None,
    criteria: Mapping[str, float | None] | None = None,
    scored_on: dt.date | None = None,
    unknown: Iterable[str] = (),
    opportunities: Iterable[Opportunity] = (),
    activities: Iterable[Activity] = (),
    contacts: Iterable[Contact] = (),
    contracts: Iterable[Contract] = (),
) -> AccountSnapshot:
    """Return a key account; `costs` are those of serving it, the last 12 months first."""
    return AccountSnapshot(
        org_uid="example",
        account=Account(
            id=slug,
            name=f"Zürcher & Öztürk {slug}",
            owner_id=owner,
            parent_id=parent,
            created_on=created_on,
            key_since=key_since,
            growth_target=target,
            growth_target_year=target_year,
            cost_to_serve=costs[0],
            cost_to_serve_year_before=costs[1],
            cost_to_serve_two_years_before=costs[2],
            trigger_on=trigger_on,
            trigger=trigger,
            criteria=criteria or {},
            scored_on=scored_on,
        ),
        users=USERS,
        unknown=frozenset(unknown),
        known_opportunities=tuple(opportunities),
        known_activities=tuple(activities),
        known_contacts=tuple(contacts),
        known_contracts=tuple(contracts),
    )


def won(
    amount: float | None,
    close_on: dt.date | None,
    *products: str,
    slug: str = "W1",
    created_on: dt.date | None = None,
    delivered_on: dt.date | None = None,
) -> Opportunity:
    """Return a deal that was won."""
    return Opportunity(
        id=slug,
        account_ids=("A1",),
        name=f"Ausbau {slug}",
        owner_id="ayse",
        is_open=False,
        is_won=True,
        amount=amount,
        close_on=close_on,
        created_on=created_on,
        delivered_on=delivered_on,
        products=products,
    )


def running(
    *products: str,
    slug: str = "D1",
    owner: str | None = "ayse",
    amount: float | None = None,
    probability: float | None = None,
    close_on: dt.date | None = None,
    created_on: dt.date | None = None,
    stage_since: dt.date | None = None,
    type_: OpportunityType | None = OpportunityType.EXPANSION,
    is_open: bool = True,
) -> Opportunity:
    """Return a deal that is open, or lost if it is said not to be."""
    return Opportunity(
        id=slug,
        account_ids=("A1",),
        name=f"Neubau {slug}",
        owner_id=owner,
        is_open=is_open,
        amount=amount,
        probability=probability,
        close_on=close_on,
        created_on=created_on,
        stage_since=stage_since,
        type=type_,
        products=products,
    )


def contract(
    end_on: dt.date | None, *, slug: str = "C1", account: str = "A1", value: float | None = None, active: bool = True
) -> Contract:
    """Return a contract, active unless something else is said."""
    return Contract(id=slug, account_id=account, name=f"Wartung {slug}", is_active=active, end_on=end_on, value=value)


def executive(
    slug: str = "E1",
    *,
    created_on: dt.date | None = None,
    level: ContactLevel | None = ContactLevel.EXECUTIVE,
    title: str | None = "Chief Operating Officer",
    left: bool = False,
) -> Contact:
    """Return one of the customer's people, an executive unless something else is said."""
    return Contact(
        id=slug,
        account_ids=("A1",),
        name=f"Анна Ковальчук {slug}",
        title=title,
        created_on=created_on,
        level=level,
        left=left,
    )


def touching(activity: Activity, *contact_ids: str) -> Activity:
    """Return an activity in which these of the customer's people take part."""
    return replace(activity, contact_ids=contact_ids, id=f"{activity.id}:{contact_ids}")


def for_renewal(date: dt.date | None, owner: str | None = "ayse") -> Activity:
    """Return an open task whose purpose is to renew a contract."""
    return replace(task(date, owner), purposes=(Purpose.RENEWAL,))


def sold(
    slug: str,
    amount: float,
    *,
    parent: str | None = None,
    key: bool = False,
    criteria: Mapping[str, float | None] | None = None,
) -> SalesRow:
    """Return what an account bought in the last 12 months; `key` puts it in scope."""
    return SalesRow(
        id=slug,
        name=f"Société {slug}",
        parent_id=parent,
        owner_id="ayse",
        in_scope=key,
        amount=amount,
        criteria=criteria or {},
    )


def not_known(names: Iterable[str], snapshot: Callable[[Sequence[str]], AccountSnapshot]) -> Sequence[Example]:
    """Return one case for each name, in which just that name is unknown on an account that is flagged else."""
    return tuple(
        Example(title=f"{name} is not known", snapshot=snapshot([name]), context=now(), unknown=True) for name in names
    )


def not_known_anywhere(names: Iterable[str], example: PortfolioExample) -> Sequence[PortfolioExample]:
    """Return one case for each name, in which just that name is unknown in an org that is flagged else."""
    return tuple(
        replace(
            example,
            title=f"{name} is not known",
            unknown_names=frozenset({name}),
            accounts=tuple(replace(account, unknown=account.unknown | {name}) for account in example.accounts),
            expected=(),
            unknown=True,
        )
        for name in names
    )
