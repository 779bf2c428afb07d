"""What a digest is made of: light facts of one org out of the store, each with the user it concerns. Plain data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_sync.ports import SetupFinding
from kam_sync.records import User
from kam_sync.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something about an account; `user_id` is whom it concerns, None when that is nobody.

    `account` is its name, empty for the portfolio as a whole. `url` leads into the CRM; empty where there is no way.
    """

    org: str
    account: str
    user_id: str | None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFinding(Fact):
    """A finding that speaks as of the last check; `returned` says that it had been solved before it opened again."""

    code: str
    title: str
    severity: Severity
    since: dt.date
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedFinding(Fact):
    """A finding whose rule says that it is over; `what` says what was wrong, or names the rule."""

    code: str
    what: str
    severity: Severity
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTask(Fact):
    """An open task; `due_on` as the CRM last showed it."""

    request: str
    due_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTask(Fact):
    """A task that was closed because everything it spoke of was solved."""

    request: str
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTask(Fact):
    """A task that waits behind a cap."""

    request: str
    severity: Severity
    cap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReview(Fact):
    """A plan whose review is coming."""

    plan: str
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCounts:
    """How many findings opened and were solved in a week, and how many were failing at its end, silenced ones too.

    `failing` is None for a week before the first check.
    """

    opened: int = 0
    solved: int = 0
    failing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgFacts:
    """Everything a digest may say of one org.

    Args:
        org: Its name in the policy.
        org_uid: The CRM's own id of it.
        today: The day in its time zone.
        checked_on: The day of the last check, None where that was not recorded.
        pulled_at: As of when its accounts were pulled, UTC.
        users: Every user by id.
        accounts: User id → how many accounts in scope are the user's; None counts accounts without anybody.
        findings: What is open, silenced findings left out.
        solved: What was solved in the week, and is still.
        live: Open tasks.
        closed: Tasks that were closed in the week since all was solved.
        waiting: What waited behind a cap when the org was last planned.
        reviews: Plan reviews to come.
        week: Counts of the week.
        week_before: Counts of the week before it.
        setup: What should be set up.
        unknown: Rule code → accounts on which it leaves something open.
        problems: What else is not known, in sentences.
    """

    org: str
    org_uid: str
    today: dt.date
    checked_on: dt.date | None = None
    pulled_at: dt.datetime | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    accounts: Mapping[str | None, int] = field(default_factory=dict)
    findings: tuple[OpenFinding, ...] = ()
    solved: tuple[SolvedFinding, ...] = ()
    live: tuple[LiveTask, ...] = ()
    closed: tuple[ClosedTask, ...] = ()
    waiting: tuple[WaitingTask, ...] = ()
    reviews: tuple[DueReview, ...] = ()
    week: WeekCounts = WeekCounts()
    week_before: WeekCounts = WeekCounts()
    setup: tuple[SetupFinding, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
