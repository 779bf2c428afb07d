"""What a report is made of: plain data as of the last check, before it is known who will read it and where.

Everything that HTML, JSON and CSV show is either here or counted from here by `kam_sync.reporting.counting`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_sync.engine import FindingState
from kam_sync.figures.plan_review import PlanReview
from kam_sync.lifecycle import LinkState
from kam_sync.ports import SetupFinding
from kam_sync.roles import RoleCoverage, RoleLevel
from kam_sync.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of our people in an org.

    `id` is None for nobody and for somebody unknown. `known` is false where the CRM does not tell who it is.
    """

    org: str
    id: str | None = None
    name: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvidence:
    """A fact that a finding rests on; `url` opens the record it is about, http or https only."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFinding:
    """A finding with everything that is shown of it.

    `since` is the day since which it has been failing. `reason` says why it is silenced; `released` is the day from
    which tasks may speak of it where the baseline holds it back.
    """

    code: str
    name: str
    topic: str
    severity: Severity
    key: str
    fingerprint: str
    title: str
    evidence: tuple[ReportedEvidence, ...]
    why: str
    action: str
    done_when: str
    since: dt.date
    state: FindingState = FindingState.ACTIVE
    reason: str = ""
    released: dt.date | None = None

    @property
    def is_open(self) -> bool:
        """Whether it speaks: it is neither suppressed nor inhibited."""
        return self.state is FindingState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTask:
    """A task of ours that is live or was put away by a person, as kam-sync last wrote it.

    `until` is the day from which one that was put away may return.
    """

    topic: str
    state: LinkState
    task_id: str
    owner: Person
    url: str | None = None
    due_on: dt.date | None = None
    made_on: dt.date | None = None
    until: dt.date | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedTask:
    """A task that waited behind a cap when the org was last planned, with whom it would go to."""

    topic: str
    severity: Severity
    cap: str
    owner: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A rule that left something open on an account: `names` are the canonical names that are unknown, in order."""

    code: str
    names: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedAccount:
    """One account; `roles` has an entry for each of the six, in their order. `tier` is None when empty or unknown."""

    org: str
    id: str
    name: str
    owner: Person
    roles: tuple[RoleCoverage, ...]
    review: PlanReview
    url: str | None = None
    tier: str | None = None
    findings: tuple[ReportedFinding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    tasks: tuple[ReportedTask, ...] = ()
    queue: tuple[QueuedTask, ...] = ()

    @property
    def open_findings(self) -> tuple[ReportedFinding, ...]:
        """The findings that speak."""
        return tuple(finding for finding in self.findings if finding.is_open)

    @property
    def silenced(self) -> int:
        """How many findings are suppressed or inhibited."""
        return len(self.findings) - len(self.open_findings)

    @property
    def worst(self) -> Severity | None:
        """The worst severity among the findings that speak."""
        return max((finding.severity for finding in self.open_findings), default=None)

    @property
    def live_tasks(self) -> int:
        """How many tasks are live."""
        return sum(task.state is LinkState.LIVE for task in self.tasks)

    @property
    def covered(self) -> int:
        """How many of the six roles are known to be held."""
        return sum(role.level is not None and role.level > RoleLevel.ABSENT for role in self.roles)

    @property
    def unknown_roles(self) -> int:
        """Of how many of the six roles it cannot be said whether somebody holds them."""
        return sum(role.level is None for role in self.roles)

    @property
    def fully_judged(self) -> bool:
        """Whether every role and every rule could be judged."""
        return not self.unknown_roles and not self.unjudged


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedOrg:
    """One org that was checked.

    Args:
        org: Its name in the policy.
        org_uid: The CRM's own id.
        name: Its name in the CRM.
        checked_at: When the last check began, UTC.
        checked_on: The same as a date in the org's time zone: "today" for everything that is counted in days.
        pulled_at: When the oldest part of the mirror was pulled, UTC; None when nothing was.
        pulled_since: Whether something was pulled after the check, so that roles may be newer than findings.
        written_at: When a run last wrote into the CRM, UTC; None for never.
        accounts: How many accounts were judged and are still in scope.
        gone: How many were judged and have gone out of scope since.
        rejected: How many could not be read, and so were not judged.
        live_tasks_elsewhere: Live tasks on accounts that are none of these.
        setup: What should be set up.
        unknown: Canonical name → why it cannot be known in this org.
        portfolio: Findings about the portfolio as a whole.
        changes: (day, event) → how many findings had it, days ascending.
    """

    org: str
    org_uid: str
    name: str
    checked_at: dt.datetime
    checked_on: dt.date
    pulled_at: dt.datetime | None = None
    pulled_since: bool = False
    written_at: dt.datetime | None = None
    accounts: int = 0
    gone: int = 0
    rejected: int = 0
    live_tasks_elsewhere: int = 0
    setup: tuple[SetupFinding, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    portfolio: tuple[ReportedFinding, ...] = ()
    changes: Mapping[tuple[dt.date, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingOrg:
    """An org of the policy that the report says nothing of, with the reason."""

    org: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All orgs and accounts as of their last check, the accounts with most to do first."""

    orgs: tuple[ReportedOrg, ...]
    accounts: tuple[ReportedAccount, ...]
    missing: tuple[MissingOrg, ...] = ()

    @property
    def checked_on(self) -> dt.date:
        """The latest day on which one of the orgs was checked, in that org's time zone."""
        return max(org.checked_on for org in self.orgs)

    @property
    def checked_from(self) -> dt.date:
        """The earliest of these days; another than `checked_on` where some org was not checked lately."""
        return min(org.checked_on for org in self.orgs)
