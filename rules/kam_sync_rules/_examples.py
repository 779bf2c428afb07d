"""Builders of the small invented accounts that the examples of the rules are made of; no example itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from kam_sync.records import (
    Account,
    AccountPlan,
    AccountSnapshot,
    Activity,
    ActivityKind,
    ActivityStatus,
    Opportunity,
    PlanPart,
    Role,
    RoleAssignment,
    User,
)
from kam_sync.rules_api import RuleContext

TODAY: Final = dt.date(2025, 6, 16)
"""The day of an example that does not name another."""

USERS: Final[Mapping[str, User]] = {
    user.id: user
    for user in (
        User(id="ayse", name="Ayşe Kılıçoğlu"),
        User(id="bao", name="阮宝林"),
        User(id="chidi", name="Chidi Obuasi-Nkem"),
        User(id="gone", name="Solveig Ødemark", active=False, assignable=False),
        User(id="left", name="Юрий Берёзкин", active=False, assignable=False),
    )
}
"""Three people who work with us and two who do not any more; `stranger` is in nobody's list."""

LABELS: Final[Mapping[str, str]] = {
    **{f"roles.{role}": f'the company property "{role.label.capitalize()}"' for role in Role},
    **{f"plan.parts.{part}": f'the company property "Plan: {part.label}"' for part in PlanPart},
    "plan.next_review_on": 'the company property "Next plan review"',
    "plan.last_review_on": 'the company property "Last plan review"',
    "plan.start_on": 'the company property "Plan start"',
}
"""Where these things are changed in the invented org."""


def on(year: int, month: int, day: int) -> RuleContext:
    """Return the context of a day, in an org whose top tier is `A`."""
    return RuleContext(today=dt.date(year, month, day), top_tiers=frozenset({"A"}), labels=LABELS)


def now() -> RuleContext:
    """Return the context of the examples' own day."""
    return on(TODAY.year, TODAY.month, TODAY.day)


def ago(days: int) -> dt.date:
    """Return the date so many days before the examples' own day; negative: after it."""
    return TODAY - dt.timedelta(days=days)


def company(
    *,
    tier: str | None = "B",
    created_on: dt.date | None = dt.date(2023, 1, 10),
    unknown: Iterable[str] = (),
    roles: Iterable[RoleAssignment] = (),
    role_since: Mapping[str, dt.date] | None = None,
    opportunities: Iterable[Opportunity] = (),
    activities: Iterable[Activity] = (),
    plans: Iterable[AccountPlan] = (),
) -> AccountSnapshot:
    """Return an account with what hangs on it; what is not given is empty, not unknown."""
    return AccountSnapshot(
        org_uid="example",
        account=Account(
            id="A1", name="Zürcher & Öztürk «Lumière» <b>", owner_id="ayse", tier=tier, created_on=created_on
        ),
        users=USERS,
        unknown=frozenset(unknown),
        known_roles=tuple(roles),
        role_since=role_since or {},
        known_opportunities=tuple(opportunities),
        known_activities=tuple(activities),
        known_plans=tuple(plans),
    )


def holds(
    role: Role, user: str | None, *, name: str | None = None, since: dt.date | None = None, source: str = "team"
) -> RoleAssignment:
    """Return the assignment of a role to a user, or to somebody known by name only."""
    return RoleAssignment(
        id=f"{source}:{role}:{user or name}",
        account_id="A1",
        role=role,
        user_id=user,
        holder_name=name,
        since=since,
        source=source,
    )


def all_roles(user: str = "ayse", *, without: Iterable[Role] = ()) -> tuple[RoleAssignment, ...]:
    """Return one person in all six roles for two years, except for some."""
    return tuple(holds(role, user, since=dt.date(2023, 6, 1)) for role in Role if role not in set(without))


def task(
    date: dt.date | None, owner: str | None = "ayse", *, done: bool = False, deal: str | None = None, name: str = ""
) -> Activity:
    """Return a task, open unless it is done."""
    status = ActivityStatus.DONE if done else ActivityStatus.OPEN
    return _activity(ActivityKind.TASK, date, owner, status=status, deal=deal, name=name)


def meeting(
    date: dt.date | None,
    owner: str | None = "ayse",
    *,
    status: ActivityStatus = ActivityStatus.OPEN,
    deal: str | None = None,
    name: str = "",
) -> Activity:
    """Return a meeting, still marked as planned unless something else is said."""
    return _activity(ActivityKind.MEETING, date, owner, status=status, deal=deal, name=name)


def call(date: dt.date | None, owner: str | None = "ayse", *, done: bool = True, name: str = "") -> Activity:
    """Return a call, done unless it is planned."""
    status = ActivityStatus.DONE if done else ActivityStatus.OPEN
    return _activity(ActivityKind.CALL, date, owner, status=status, deal=None, name=name)


def _activity(
    kind: ActivityKind,
    date: dt.date | None,
    owner: str | None,
    *,
    status: ActivityStatus,
    deal: str | None,
    name: str,
) -> Activity:
    subject = name or f"{kind.capitalize()} about the “Förderband & Söhne” line"
    return Activity(
        id=f"{kind}:{status}:{date}:{owner}:{deal}:{name}",
        account_ids=("A1",),
        opportunity_ids=(deal,) if deal else (),
        kind=kind,
        status=status,
        on=date,
        owner_id=owner,
        subject=subject,
    )


def deal(
    slug: str = "D1", *, close_on: dt.date | None = None, next_step: str | None = None, is_open: bool = True
) -> Opportunity:
    """Return a deal, open unless something else is said."""
    return Opportunity(
        id=slug,
        account_ids=("A1",),
        name=f"Ausbau {slug}",
        owner_id="ayse",
        is_open=is_open,
        close_on=close_on,
        next_step=next_step,
    )


def plan(
    *empty: PlanPart,
    unmapped: Iterable[PlanPart] = (),
    slug: str = "P1",
    active: bool = True,
    start_on: dt.date | None = None,
    end_on: dt.date | None = None,
    last_review_on: dt.date | None = None,
    next_review_on: dt.date | None = None,
) -> AccountPlan:
    """Return a plan of which all mapped parts are filled but those named."""
    return AccountPlan(
        id=slug,
        account_id="A1",
        name=f"Plan {slug}",
        active=active,
        start_on=start_on,
        end_on=end_on,
        last_review_on=last_review_on,
        next_review_on=next_review_on,
        parts={part: part not in empty for part in PlanPart if part not in set(unmapped)},
    )
