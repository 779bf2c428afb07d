"""From an invented portfolio to the records a CRM in memory holds; slugs serve as ids, so that tests can name them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import TypeAdapter

from kam_sync.dates import add_days, add_months
from kam_sync.portfolio import (
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.records import (
    Account,
    AccountPlan,
    Case,
    Contact,
    Contract,
    Feedback,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    PlanPart,
    Quote,
    Record,
    SalesRow,
    SwotPart,
    User,
)

_DATES: Final = frozenset(
    {
        "key_since",
        "progress_report_on",
        "handover_on",
        "tender_on",
        "reference_requested_on",
        "trigger_on",
        "scored_on",
    }
)
_ACCOUNT: Final = TypeAdapter(Account)


def day(today: dt.date, days: int | None) -> dt.date | None:
    """Return the date so many days from today."""
    return None if days is None else add_days(today, days)


def user(given: PortfolioUser) -> User:
    """Return one of our people."""
    return User(
        id=given.slug,
        name=given.name,
        email=given.email,
        active=given.active,
        assignable=given.active and given.person,
        manager_id=given.manager,
    )


def account(given: PortfolioAccount, today: dt.date, criteria: Iterable[str]) -> Account:
    """Return an account; `criteria` are the names of all that anybody scored."""
    values: dict[str, object] = {
        name: day(today, int(value)) if name in _DATES else value for name, value in given.fields.items()
    }
    return _ACCOUNT.validate_python(
        {
            **values,
            "id": given.slug,
            "name": given.name,
            "owner_id": given.owner,
            "parent_id": given.parent,
            "tier": given.tier,
            "revenue": given.revenue,
            "created_on": day(today, given.created_days),
            "in_scope": given.key_account,
            "criteria": {name: given.criteria.get(name) for name in criteria},
        }
    )


def contact(given: PortfolioContact, contact_id: str, account_id: str, today: dt.date) -> Contact:
    """Return a person of the customer's."""
    return Contact(
        id=contact_id,
        account_ids=(account_id,),
        name=given.name,
        title=given.title,
        owner_id=given.owner,
        created_on=day(today, given.created_days),
        department=given.department,
        level=given.level,
        buying_roles=given.buying_roles,
        stance=given.stance,
        stance_on=day(today, given.stance_days),
        influence=bool(given.influence),
        decision_criteria=bool(given.decision_criteria),
        left=given.left,
        bounced=given.bounced,
    )


def opportunity(given: PortfolioDeal, account_id: str, today: dt.date) -> Opportunity:
    """Return an opportunity."""
    return Opportunity(
        id=f"{account_id}/{given.slug}",
        account_ids=(account_id,),
        name=given.name,
        owner_id=given.owner,
        is_open=given.is_open,
        is_won=given.is_won and not given.is_open,
        close_on=day(today, given.close_days),
        created_on=day(today, given.created_days),
        next_step=given.next_step,
        amount=given.amount,
        probability=given.probability,
        type=given.type,
        stages=() if given.stage is None else (given.stage,),
        stage_since=day(today, given.stage_days),
        loss_reason=given.loss_reason,
        competitor=given.competitor,
        products=given.products,
        success_criteria=given.success_criteria,
        tender_on=day(today, given.tender_days),
        proposal_sent_on=day(today, given.proposal_sent_days),
        proposal_expires_on=day(today, given.proposal_expires_days),
        delivered_on=day(today, given.delivered_days),
        team_ids=tuple(dict.fromkeys((given.owner, *given.team))),
        contact_ids=tuple(f"{account_id}/{slug}" for slug in given.contacts),
    )


def plan(given: PortfolioPlan, account_id: str, today: dt.date) -> AccountPlan:
    """Return the plan of an account; where nobody said when it was changed, it was today."""
    return AccountPlan(
        id=f"plan-{account_id}",
        account_id=account_id,
        name="Account plan",
        start_on=day(today, given.start_days),
        end_on=day(today, given.end_days),
        last_review_on=day(today, given.last_review_days),
        next_review_on=day(today, given.next_review_days),
        modified_on=day(today, given.modified_days or 0),
        parts={part: part in given.parts for part in PlanPart},
        swot={part: part in given.swot for part in SwotPart},
        swot_on=day(today, given.swot_days),
    )


def others(given: PortfolioAccount, today: dt.date) -> Iterator[Record]:
    """Yield goals, actions, feedback, quotes, cases, contracts and the changes of owner of an account."""
    slug = given.slug
    for goal in given.goals:
        goal_id = f"{slug}/{goal.slug}"
        yield PlanGoal(
            id=goal_id,
            account_id=slug,
            name=goal.name,
            is_open=goal.is_open,
            owner_id=goal.owner,
            start_on=day(today, goal.start_days),
            due_on=day(today, goal.due_days),
            has_metric=goal.has_metric,
            progress_on=day(today, goal.progress_days),
        )
        for number, name in enumerate(goal.actions):
            yield PlanAction(
                id=f"{goal_id}/{number}",
                account_id=slug,
                name=name,
                goal_id=goal_id,
                is_open=goal.is_open,
                owner_id=goal.owner or given.owner,
                due_on=day(today, goal.due_days if goal.due_days is not None and goal.due_days > 0 else 30),
            )
    for number, feedback in enumerate(given.feedback):
        yield Feedback(
            id=f"{slug}/feedback{number}",
            account_ids=(slug,),
            on=add_days(today, feedback.days),
            grade=feedback.grade,
            has_reason=bool(feedback.reason),
        )
    for quote in given.quotes:
        yield Quote(
            id=f"{slug}/{quote.slug}",
            account_ids=(slug,),
            opportunity_id=f"{slug}/{quote.deal}",
            name=quote.name,
            is_open=quote.is_open,
            sent_on=day(today, quote.sent_days),
            expires_on=day(today, quote.expires_days),
        )
    for case in given.cases:
        yield Case(
            id=f"{slug}/{case.slug}",
            account_ids=(slug,),
            name=case.name,
            is_open=case.is_open,
            is_high_priority=case.is_high_priority,
            owner_id=case.owner,
            opened_on=day(today, case.opened_days),
        )
    for contract in given.contracts:
        yield Contract(
            id=f"{slug}/{contract.slug}",
            account_id=slug,
            name=contract.name,
            is_active=contract.is_active,
            owner_id=given.owner,
            end_on=day(today, contract.end_days),
            value=contract.value,
        )
    owners = (*(owner for owner, _ in given.owners_before), given.owner)
    for number, (owner, days) in enumerate(given.owners_before):
        yield OwnerChange(
            id=f"{slug}/owner{days}", account_id=slug, on=add_days(today, days), from_id=owner, to_id=owners[number + 1]
        )


def participants(given: PortfolioActivity, account_id: str) -> tuple[str, ...]:
    """Return the ids of the contacts who take part in an activity."""
    return tuple(f"{account_id}/{slug}" for slug in given.contacts)


def sales(accounts: Mapping[str, Account], opportunities: Iterable[Opportunity], today: dt.date) -> Iterator[SalesRow]:
    """Yield the light rows: of every account in scope, with sales, scored, or above one of these."""
    since = add_months(today, -12)
    amounts: dict[str, float] = {}
    for deal in opportunities:
        if deal.is_won and deal.close_on is not None and since <= deal.close_on <= today:
            for account_id in deal.account_ids:
                amounts[account_id] = amounts.get(account_id, 0.0) + (deal.amount or 0.0)
    chosen: set[str] = set()
    for found in accounts.values():
        scored = any(score is not None for score in found.criteria.values())
        above = found if found.in_scope or scored or amounts.get(found.id) else None
        while above is not None and above.id not in chosen:
            chosen.add(above.id)
            above = accounts.get(above.parent_id or "")
    for account_id in sorted(chosen):
        found = accounts[account_id]
        yield SalesRow(
            id=account_id,
            name=found.name,
            parent_id=found.parent_id,
            owner_id=found.owner_id,
            in_scope=found.in_scope,
            amount=amounts.get(account_id, 0.0),
            criteria=found.criteria,
        )
