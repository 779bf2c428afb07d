"""Builders for the seeded portfolios: short words for people, dates and activities; no customer is named here."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import Final

from kam_sync.portfolio import (
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioPlan,
)
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role

REVIEWED: Final = PortfolioPlan(start_days=-200, last_review_days=-55, next_review_days=45)
"""A full plan whose next review has a date that lies ahead."""

_PAST: Final = (
    (ActivityKind.CALL, ActivityStatus.DONE, "Call about spare parts"),
    (ActivityKind.MEETING, ActivityStatus.DONE, "Werksbesuch & Führung"),
    (ActivityKind.TASK, ActivityStatus.DONE, "Отправить отчёт"),
    (ActivityKind.MEETING, ActivityStatus.OPEN, "جلسهٔ بازنگری"),
    (ActivityKind.CALL, ActivityStatus.DONE, "品質についての電話"),
    (ActivityKind.TASK, ActivityStatus.DONE, "Enviar la oferta «revisada»"),
)
"""What people did; a meeting that nobody marked afterwards is among it."""


def six(
    results_driver: str,
    relationship_lead: str,
    innovator: str,
    collaborator: str,
    technical_expert: str,
    project_manager: str,
) -> Mapping[Role, tuple[str, ...]]:
    """Return who holds the six roles; each is a user's slug, two with a blank between, or empty for nobody."""
    holders = (results_driver, relationship_lead, innovator, collaborator, technical_expert, project_manager)
    return {role: tuple(slugs.split()) for role, slugs in zip(Role, holders, strict=True) if slugs}


def all_by(slug: str) -> Mapping[Role, tuple[str, ...]]:
    """Return one person in all six roles."""
    return dict.fromkeys(Role, (slug,))


def truth(*, roles: str = "", plan: str = "", next_steps: str = "") -> Mapping[str, frozenset[str]]:
    """Return the expected rule codes by topic; each is a list of codes with blanks between."""
    said = {"roles": roles, "plan": plan, "next-steps": next_steps}
    return {topic: frozenset(codes.split()) for topic, codes in said.items() if codes}


def past(people: Mapping[Role, tuple[str, ...]], quiet: str = "") -> tuple[PortfolioActivity, ...]:
    """Return one recent past activity of every holder of a role but the quiet ones."""
    silent = set(quiet.split())
    holders = dict.fromkeys(slug for slugs in people.values() for slug in slugs if slug not in silent)
    return tuple(
        PortfolioActivity(kind=kind, status=status, days=-6 - 9 * number, owner=slug, subject=subject)
        for number, (slug, (kind, status, subject)) in enumerate(zip(holders, cycle(_PAST), strict=False))
    )


def long_ago(owner: str, days: int = -210) -> PortfolioActivity:
    """Return something a person did before the days in which a role counts as played."""
    return PortfolioActivity(
        kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=days, owner=owner, subject="Erstes Gespräch"
    )


def task(
    owner: str | None, days: int | None, subject: str = "Nächster Schritt", *, deal: str | None = None
) -> PortfolioActivity:
    """Return an open task."""
    return PortfolioActivity(
        kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=days, owner=owner, subject=subject, deal=deal
    )


def meeting(owner: str, days: int, subject: str = "Réunion de suivi", *, deal: str | None = None) -> PortfolioActivity:
    """Return a planned meeting."""
    return PortfolioActivity(
        kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=days, owner=owner, subject=subject, deal=deal
    )


def canceled(owner: str, days: int, subject: str = "Réunion annulée") -> PortfolioActivity:
    """Return a meeting that was canceled."""
    return PortfolioActivity(
        kind=ActivityKind.MEETING, status=ActivityStatus.CANCELED, days=days, owner=owner, subject=subject
    )


def deal(
    slug: str,
    name: str,
    owner: str,
    close_days: int = 70,
    *,
    next_step: str | None = None,
    amount: float = 48_000.0,
    is_open: bool = True,
) -> PortfolioDeal:
    """Return a deal, open unless something else is said."""
    return PortfolioDeal(
        slug=slug,
        name=name,
        owner=owner,
        close_days=close_days,
        is_open=is_open,
        next_step=next_step,
        amount=amount,
    )


def half_plan(*, start: int | None = -150, last: int | None = -40, following: int | None = 50) -> PortfolioPlan:
    """Return a plan of which two of the four parts are filled."""
    parts = frozenset({PlanPart.KEY_RELATIONS, PlanPart.REVENUE_GOALS})
    return PortfolioPlan(parts=parts, start_days=start, last_review_days=last, next_review_days=following)


def full_plan(*, start: int | None = -320, last: int | None = None, following: int | None = None) -> PortfolioPlan:
    """Return a plan with all four parts."""
    return PortfolioPlan(start_days=start, last_review_days=last, next_review_days=following)


def customer(
    slug: str,
    name: str,
    owner: str,
    people: Mapping[Role, tuple[str, ...]],
    *activities: PortfolioActivity,
    contacts: Mapping[str, str],
    tier: str = "B",
    revenue: float = 0.0,
    quiet: str = "",
    plan: PortfolioPlan | None = REVIEWED,
    deals: tuple[PortfolioDeal, ...] = (),
    created: int = -900,
    since: int = -400,
    key_account: bool = True,
    parent: str | None = None,
    expected: Mapping[str, frozenset[str]] | None = None,
) -> PortfolioAccount:
    """Return a customer that is healthy but for what the arguments take away.

    Every holder of a role but those named in `quiet` was active lately, and the plan is full and reviewed unless
    another is given; a next step must be among `activities`. `contacts` are names with titles.
    """
    return PortfolioAccount(
        slug=slug,
        name=name,
        owner=owner,
        tier=tier,
        revenue=revenue,
        created_days=created,
        key_account=key_account,
        parent=parent,
        roles=people,
        role_since_days=since,
        plan=plan,
        contacts=tuple(
            PortfolioContact(name=person, title=title, email=f"person{number}@{slug}.example")
            for number, (person, title) in enumerate(contacts.items(), start=1)
        ),
        deals=deals,
        activities=(*past(people, quiet), *activities),
        expected=expected or {},
    )
