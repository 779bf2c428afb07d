"""Builders for the seeded portfolios: short words for people, dates and activities; no customer is named here."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from itertools import cycle
from typing import Final

from kam_sync.portfolio import (
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioPlan,
)
from kam_sync.records import ActivityKind, ActivityStatus, ContactLevel, Grade, PlanPart, Role

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

EXECUTIVE: Final = "executive"
"""The slug of a customer's executive."""
COLLEAGUE: Final = "colleague"
"""The slug of somebody else at a customer, beside those who are named there."""

_EXECUTIVES: Final = (
    "Managing Director",
    "Chief Executive Officer",
    "Geschäftsführerin",
    "President",
    "Генеральный директор",
    "Co-Founder & Chief Executive",
    "代表取締役社長",
    "Inhaberin",
    "Propriétaire",
)
_TOLD_BY_LEVEL: Final = frozenset({"Inhaberin", "Propriétaire"})
"""Titles that stand on no list; the level that is recorded beside them tells that these are executives."""
_COLLEAGUES: Final = (
    "Quality Manager",
    "Leiter Logistik",
    "Vice President Operations",
    "Начальник цеха",
    "Maintenance",
)
"""None of these is an executive: a vice president is none."""
_GIVEN: Final = ("Zofka", "Ömür", "Anahera", "Bertil", "Nkiruka", "Jasna", "Ioan", "Mireia", "Тарас", "Sindri", "Kaveh")
_FAMILY: Final = (
    "Achterdijk",
    "Moorgrund",
    "Valdebruna",
    "O’Lorcain",
    "Tengelo",
    "Ňachajová",
    "Kivilampi",
    "Sasaoka",
    "D’Ombreval",
    "Yıldızcan",
    "Брянчук",
    "Hraunfell",
    "Quispeña",
)


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


def truth(
    *,
    roles: str = "",
    plan: str = "",
    next_steps: str = "",
    relations: str = "",
    service: str = "",
    process: str = "",
) -> Mapping[str, frozenset[str]]:
    """Return the expected rule codes by topic; each is a list of codes with blanks between."""
    said = {
        "roles": roles,
        "plan": plan,
        "next-steps": next_steps,
        "relations": relations,
        "service": service,
        "process": process,
    }
    return {topic: frozenset(codes.split()) for topic, codes in said.items() if codes}


def past(
    people: Mapping[Role, tuple[str, ...]], quiet: str = "", *, besides: str = "", met: tuple[str, ...] = ()
) -> tuple[PortfolioActivity, ...]:
    """Return one recent past activity of every holder of a role but the quiet ones, and of the colleagues `besides`.

    The latest, a call, is with all contacts whose slugs are in `met`, each other one with one of them; who called
    takes part in the meetings of the others.
    """
    silent = set(quiet.split())
    holders = dict.fromkeys(slug for slugs in people.values() for slug in slugs if slug not in silent)
    acting = tuple(dict.fromkeys((*holders, *besides.split())))
    return tuple(
        PortfolioActivity(
            kind=kind,
            status=status,
            days=-6 - 9 * number,
            owner=slug,
            subject=subject,
            contacts=met if number == 0 else met[number % len(met) :][:1] if met else (),
            attendees=acting[:1] if number and kind is ActivityKind.MEETING else (),
        )
        for number, (slug, (kind, status, subject)) in enumerate(zip(acting, cycle(_PAST), strict=False))
    )


def long_ago(owner: str, days: int = -210, *, contacts: tuple[str, ...] = ()) -> PortfolioActivity:
    """Return something a person did before the days in which a role counts as played, or a contact as touched."""
    return PortfolioActivity(
        kind=ActivityKind.CALL,
        status=ActivityStatus.DONE,
        days=days,
        owner=owner,
        subject="Erstes Gespräch",
        contacts=contacts,
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


def call(owner: str, days: int, subject: str) -> PortfolioActivity:
    """Return a planned call."""
    return PortfolioActivity(
        kind=ActivityKind.CALL, status=ActivityStatus.OPEN, days=days, owner=owner, subject=subject
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


def grade(grade: Grade, days: int = -24, reason: str = "") -> PortfolioFeedback:
    """Return feedback of the customer."""
    return PortfolioFeedback(days=days, grade=grade, reason=reason or None)


def _chosen(slug: str, names: tuple[str, ...]) -> str:
    """Return one of some texts, always the same one for a slug."""
    return names[zlib.crc32(slug.encode()) % len(names)]


def _contacts(slug: str, named: Mapping[str, str], *, executive: bool) -> tuple[PortfolioContact, ...]:
    """Return those who are named with their titles, an executive unless there shall be none, and a colleague."""
    people = {f"person{number}": each for number, each in enumerate(named.items(), start=1)}
    for place, titles in ((EXECUTIVE, _EXECUTIVES), (COLLEAGUE, _COLLEAGUES)):
        if place != EXECUTIVE or executive:
            name = f"{_chosen(f'{slug} {place}', _GIVEN)} {_chosen(f'{place} {slug}', _FAMILY)}"
            people[place] = (name, _chosen(f"{place} of {slug}", titles))
    return tuple(
        PortfolioContact(
            slug=place,
            name=name,
            title=title,
            email=f"{place}@{slug}.example",
            level=ContactLevel.EXECUTIVE if title in _TOLD_BY_LEVEL else None,
        )
        for place, (name, title) in people.items()
    )


def _bought(slug: str, owner: str, amount: float) -> PortfolioDeal:
    """Return a deal that was won in the last twelve months, with some weeks' distance from both ends."""
    closed = -30 - zlib.crc32(slug.encode()) % 270
    return PortfolioDeal(
        slug=f"{slug}-bought",
        name="Annual order",
        owner=owner,
        close_days=closed,
        created_days=closed - 75,
        is_open=False,
        is_won=True,
        amount=amount,
    )


def customer(
    slug: str,
    name: str,
    owner: str,
    people: Mapping[Role, tuple[str, ...]],
    *activities: PortfolioActivity,
    contacts: Mapping[str, str],
    tier: str = "B",
    revenue: float = 0.0,
    bought: float | None = None,
    quiet: str = "",
    besides: str = "",
    executive: bool = True,
    unmet: str = "",
    plan: PortfolioPlan | None = REVIEWED,
    deals: tuple[PortfolioDeal, ...] = (),
    feedback: tuple[PortfolioFeedback, ...] = (),
    created: int = -900,
    since: int = -400,
    key_account: bool = True,
    parent: str | None = None,
    fields: Mapping[str, str | float | int] | None = None,
    expected: Mapping[str, frozenset[str]] | None = None,
) -> PortfolioAccount:
    """Return a customer that is healthy but for what the arguments take away.

    Every holder of a role but those named in `quiet` was active lately, as were the colleagues `besides`, and the plan
    is full and reviewed unless another is given; a next step must be among `activities`. `contacts` are names with
    titles, with the slugs person1, person2, …; beside them there are an executive, unless there shall be none, and a
    colleague, and all but those with a slug in `unmet` were met. The customer `bought` a twentieth of its revenue in
    the last twelve months unless something else is said, so that no customer makes half of all sales.
    """
    known = _contacts(slug, contacts, executive=executive)
    met = tuple(contact.slug for contact in known if contact.slug not in unmet.split())
    amount = revenue / 20 if bought is None else bought
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
        contacts=known,
        deals=(*deals, _bought(slug, owner, amount)) if amount else deals,
        activities=(*past(people, quiet, besides=besides, met=met), *activities),
        feedback=feedback,
        fields=fields or {},
        expected=expected or {},
    )
