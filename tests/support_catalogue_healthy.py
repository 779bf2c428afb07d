"""An account that is in order under every rule of the specification, and the words in which gaps are cut into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kam_sync.portfolio import (
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioGoal,
    PortfolioPlan,
)
from kam_sync.records import Grade, OpportunityType, SwotPart
from support_catalogue_people import Team, usual_activities, usual_contacts

WHITESPACE: Final = ("Pumps", "Valves")
"""The product families that every customer should be offered, as the policy of the test names them."""
SCORES: Final[Mapping[str, float]] = {"product_fit": 1.0, "financial_strength": 1.0, "cultural_fit": 0.0}

Change = Callable[[PortfolioAccount, Team], PortfolioAccount]
"""Takes away, adds or moves something on a healthy account."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days from the today of a labelled portfolio."""

    today: dt.date

    def __call__(self, year: int, month: int, day: int) -> int:
        """Return how many days from today a date is; negative when it is past."""
        return (dt.date(year, month, day) - self.today).days


def goal(slug: str, due: int | None, *, owner: str | None, progress: int | None = -20) -> PortfolioGoal:
    """Return an open goal with a figure, an owner, an action, and progress told lately."""
    return PortfolioGoal(
        slug=slug,
        name=f"Goal {slug}",
        owner=owner,
        start_days=-100,
        due_days=due,
        progress_days=progress,
        actions=(f"First step to {slug}",),
    )


def deal(
    slug: str, owner: str, close: int = 80, *, amount: float = 60_000.0, type_: OpportunityType | None = None
) -> PortfolioDeal:
    """Return an open deal with a next step, new in its stage, in a stage that no rule speaks of."""
    return PortfolioDeal(
        slug=slug,
        name=f"Deal {slug}",
        owner=owner,
        close_days=close,
        amount=amount,
        created_days=-30,
        stage_days=-20,
        next_step="Agree the scope",
        type=type_ or OpportunityType.EXPANSION,
    )


def closed(
    slug: str,
    owner: str,
    close: int,
    *,
    won: bool = True,
    amount: float = 1_000.0,
    type_: OpportunityType = OpportunityType.EXPANSION,
    delivered: int | None = None,
) -> PortfolioDeal:
    """Return a deal that was won with success criteria, or lost for a reason that says nothing of our offer."""
    return PortfolioDeal(
        slug=slug,
        name=f"Deal {slug}",
        owner=owner,
        close_days=close,
        is_open=False,
        is_won=won,
        amount=amount,
        created_days=close - 150,
        type=type_,
        success_criteria=won,
        delivered_days=min(close + 30, -1) if won and delivered is None else delivered,
        loss_reason=None if won else "Budget cut",
    )


def usual_deals(team: Team) -> tuple[PortfolioDeal, ...]:
    """Return an open deal about a new product, what was won in the last 12 months, and what the year before."""
    return (
        replace(deal("next", team.owner), products=("Sensors",), contacts=("dm", "tb"), team=(team.expert,)),
        replace(closed("won", team.lead, -100, amount=120_000.0), products=("Pumps",)),
        replace(closed("before", team.lead, -400, amount=100_000.0), products=WHITESPACE),
    )


def healthy(slug: str, name: str, team: Team, *, tier: str = "B", year: int = 2026) -> PortfolioAccount:
    """Return an account on which no rule of the specification finds anything.

    Args:
        slug: Names it.
        name: Its name.
        team: Who works on it.
        tier: Its tier; `A` is a top one.
        year: The fiscal year its growth target is for.
    """
    return PortfolioAccount(
        slug=slug,
        name=name,
        owner=team.owner,
        tier=tier,
        revenue=1_000_000.0,
        roles=team.roles,
        plan=PortfolioPlan(
            end_days=200,
            last_review_days=-30,
            next_review_days=60,
            modified_days=-3,
            swot=frozenset(SwotPart),
            swot_days=-60,
        ),
        contacts=usual_contacts(slug, team.owner),
        deals=usual_deals(team),
        activities=usual_activities(team),
        goals=tuple(goal(each, due, owner=team.planner) for each, due in (("near", 90), ("mid", 300), ("far", 700))),
        feedback=(
            PortfolioFeedback(days=-120, grade=Grade.B_PLUS, reason="Slow answers"),
            PortfolioFeedback(days=-30, grade=Grade.A, reason="Quick answers"),
        ),
        fields={
            "growth_target": 15,
            "growth_target_year": year,
            "relationship_stage": "Functional",
            "progress_report_on": -40,
            "reference_requested_on": -40,
            "scored_on": -90,
        },
        criteria=SCORES,
    )


def fields(account: PortfolioAccount, **values: str | float | None) -> PortfolioAccount:
    """Return an account with other values of mapped fields; None empties a field."""
    merged = {**account.fields, **values}
    return replace(account, fields={name: value for name, value in merged.items() if value is not None})


def planning(account: PortfolioAccount, change: Callable[[PortfolioPlan], PortfolioPlan]) -> PortfolioAccount:
    """Return an account with its plan changed."""
    assert account.plan is not None
    return replace(account, plan=change(account.plan))


def without_swot(account: PortfolioAccount, *parts: SwotPart) -> PortfolioAccount:
    """Return an account whose SWOT lacks some parts."""
    return planning(account, lambda plan: replace(plan, swot=plan.swot - set(parts)))


def contact(
    account: PortfolioAccount, slug: str, change: Callable[[PortfolioContact], PortfolioContact]
) -> PortfolioAccount:
    """Return an account with one contact changed."""
    assert any(each.slug == slug for each in account.contacts)
    return replace(account, contacts=tuple(change(each) if each.slug == slug else each for each in account.contacts))


def every_contact(
    account: PortfolioAccount, change: Callable[[PortfolioContact], PortfolioContact]
) -> PortfolioAccount:
    """Return an account with all contacts changed."""
    return replace(account, contacts=tuple(map(change, account.contacts)))


def more_contacts(account: PortfolioAccount, *contacts: PortfolioContact) -> PortfolioAccount:
    """Return an account with more contacts."""
    return replace(account, contacts=(*account.contacts, *contacts))


def without_contact(account: PortfolioAccount, slug: str) -> PortfolioAccount:
    """Return an account without a contact, and nothing done with that person."""
    return replace(
        account,
        contacts=tuple(each for each in account.contacts if each.slug != slug),
        deals=tuple(replace(each, contacts=tuple(c for c in each.contacts if c != slug)) for each in account.deals),
        activities=tuple(
            replace(each, contacts=tuple(c for c in each.contacts if c != slug)) for each in account.activities
        ),
    )


def with_deal(
    account: PortfolioAccount, slug: str, change: Callable[[PortfolioDeal], PortfolioDeal]
) -> PortfolioAccount:
    """Return an account with one deal changed."""
    assert any(each.slug == slug for each in account.deals)
    return replace(account, deals=tuple(change(each) if each.slug == slug else each for each in account.deals))


def more_deals(account: PortfolioAccount, *deals: PortfolioDeal) -> PortfolioAccount:
    """Return an account with more deals."""
    return replace(account, deals=(*account.deals, *deals))


def without_deal(account: PortfolioAccount, slug: str) -> PortfolioAccount:
    """Return an account without a deal."""
    return replace(account, deals=tuple(each for each in account.deals if each.slug != slug))


def more_activities(account: PortfolioAccount, *activities: PortfolioActivity) -> PortfolioAccount:
    """Return an account with more activities."""
    return replace(account, activities=(*account.activities, *activities))


def graded(account: PortfolioAccount, *grades: tuple[int, Grade]) -> PortfolioAccount:
    """Return an account with other feedback, oldest first, each with a reason."""
    feedback = tuple(PortfolioFeedback(days=days, grade=grade, reason="As told") for days, grade in grades)
    return replace(account, feedback=feedback)


def other_customer(slug: str, name: str, team: Team, *, sold: float, parent: str | None = None) -> PortfolioAccount:
    """Return an account out of scope that bought something half a year ago, or nothing where `sold` is 0."""
    return PortfolioAccount(
        slug=slug,
        name=name,
        owner=team.owner,
        tier="C",
        key_account=False,
        parent=parent,
        deals=(closed("sold", team.owner, -180, amount=sold),) if sold else (),
    )
