"""The life of a task as two state tables and the pure functions that read them (design, section 7).

`TASK_TABLE` says what to do with the task of one account and topic, given what we hold of it, what the rules
say and how the CRM shows the task. `FIELD_TABLE` says which field we may write: people own what they change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final

from kam_sync.identity import episode_of
from kam_sync.ports import Section, TaskState, TaskStatus
from kam_sync.severity import Severity

DISMISSED_DAYS: Final = 30
"""A dismissed task stays away for so many days."""
REOPEN_DAYS: Final = 14
"""A problem that returns within so many days of closing reopens the same task."""
MOST_DISMISSALS: Final = 3
"""Dismissed so often, a topic is left to the report."""


class LinkState(StrEnum):
    """What we hold of the task of an account and topic."""

    NONE = "none"
    """No task yet: nothing fails, or what fails is queued behind a cap. Never stored."""
    LIVE = "live"
    DISMISSED = "dismissed"
    EXHAUSTED = "exhausted"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    """A former episode: its task is history and never touched again."""


class Verdict(StrEnum):
    """What the rules say of everything a task speaks of."""

    FAILING = "failing"
    UNKNOWN = "unknown"
    SOLVED = "solved"
    GONE = "gone"


class Seen(StrEnum):
    """How the CRM shows the task now; `unseen` is not `deleted`, which needs a positive sign."""

    OPEN = "open"
    CLOSED = "closed"
    DEFERRED = "deferred"
    DELETED = "deleted"
    UNSEEN = "unseen"


class Step(StrEnum):
    """What to do next."""

    WAIT = "wait"
    CREATE = "create"
    """Make the task of a first episode."""
    RENEW = "renew"
    """Make the task of the next episode."""
    REOPEN = "reopen"
    """Open the same task again."""
    UPDATE = "update"
    """Bring the fields that are ours up to date."""
    CLOSE = "close"
    """Close the task: everything it speaks of is solved."""
    WITHDRAW = "withdraw"
    """Close the task: there is nothing left for it to speak of."""
    DISMISS = "dismiss"
    """Note that a person put the task away while something still fails."""
    TAKE_BACK = "take back"
    """Note that a person opened the task again while something fails."""
    SOLVE = "solve"
    """Note that all is solved and the task already put away."""
    LEAVE = "leave"
    """Note that there is nothing left to speak of and the task already put away."""
    MERGE = "merge"
    """Close a task whose account was merged into one that keeps an older task."""


OPENING: Final = frozenset({Step.CREATE, Step.RENEW, Step.REOPEN})
"""Steps that make one more task live: the caps apply."""
CREATING: Final = frozenset({Step.CREATE, Step.RENEW})
"""Steps that make a new task in the CRM."""
CLOSING: Final = frozenset({Step.CLOSE, Step.WITHDRAW, Step.MERGE})
"""Steps that close a task in the CRM."""

Situation = tuple[LinkState, Verdict, Seen, bool]
"""State, verdict, how the task is seen, and whether the state's waiting is over (see `is_over`)."""

_AWAY: Final = (Seen.CLOSED, Seen.DELETED)
_ROWS: Final[tuple[tuple[LinkState, Verdict, tuple[Seen, ...], tuple[bool, ...], Step], ...]] = (
    (LinkState.NONE, Verdict.FAILING, (Seen.UNSEEN,), (False,), Step.CREATE),
    (LinkState.LIVE, Verdict.FAILING, (Seen.OPEN,), (False, True), Step.UPDATE),
    (LinkState.LIVE, Verdict.FAILING, (Seen.CLOSED, Seen.DEFERRED, Seen.DELETED), (False, True), Step.DISMISS),
    (LinkState.DISMISSED, Verdict.FAILING, (Seen.OPEN,), (False, True), Step.TAKE_BACK),
    (LinkState.DISMISSED, Verdict.FAILING, (Seen.DEFERRED,), (True,), Step.REOPEN),
    (LinkState.DISMISSED, Verdict.FAILING, _AWAY, (True,), Step.RENEW),
    (LinkState.EXHAUSTED, Verdict.FAILING, (Seen.OPEN,), (False, True), Step.TAKE_BACK),
    *(
        (state, verdict, seen, (False, True), step)
        for state in (LinkState.LIVE, LinkState.DISMISSED, LinkState.EXHAUSTED)
        for verdict, seen, step in (
            (Verdict.SOLVED, (Seen.OPEN, Seen.DEFERRED), Step.CLOSE),
            (Verdict.SOLVED, _AWAY, Step.SOLVE),
            (Verdict.GONE, (Seen.OPEN, Seen.DEFERRED), Step.WITHDRAW),
            (Verdict.GONE, _AWAY, Step.LEAVE),
        )
    ),
    *(
        (state, Verdict.FAILING, seen, over, step)
        for state in (LinkState.CLOSED, LinkState.WITHDRAWN)
        for seen, over, step in (
            ((Seen.OPEN,), (False, True), Step.TAKE_BACK),
            ((Seen.DEFERRED,), (False, True), Step.REOPEN),
            ((Seen.CLOSED,), (False,), Step.REOPEN),
            ((Seen.CLOSED, Seen.UNSEEN), (True,), Step.RENEW),
            ((Seen.DELETED,), (False, True), Step.RENEW),
        )
    ),
)


def _expand() -> Mapping[Situation, Step]:
    table = dict.fromkeys(product(LinkState, Verdict, Seen, (False, True)), Step.WAIT)
    filled: set[Situation] = set()
    for state, verdict, seens, overs, step in _ROWS:
        for seen, over in product(seens, overs):
            situation = (state, verdict, seen, over)
            if situation in filled:
                msg = f"two rows of the task table speak of {situation}"
                raise AssertionError(msg)
            filled.add(situation)
            table[situation] = step
    return table


TASK_TABLE: Final = _expand()
"""Every situation and its step; where no row speaks, the step is to wait. Unknown never moves anything."""


class TaskField(StrEnum):
    """The fields of a task that people may own; the status is the business of the task table."""

    SUBJECT = "subject"
    BODY = "body"
    OWNER = "owner"
    DUE = "due"
    PRIORITY = "priority"


FieldSituation = tuple[bool, bool]
"""Whether the CRM still holds what we last wrote, and whether we want something else than we wanted then."""

FIELD_TABLE: Final[Mapping[FieldSituation, bool]] = {
    (True, True): True,
    (True, False): False,
    (False, True): False,
    (False, False): False,
}
"""Whether a field may be written: only where it is still ours and our wish has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedFinding:
    """A finding a task speaks of, with its text as it was last rendered."""

    code: str
    key: str
    severity: Severity
    section: Section


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLink:
    """What we hold of one episode of the task of one account and topic; authoritative over the key in the CRM.

    Args:
        org_uid: The org.
        account_id: The account, the winner's after a merge.
        topic: What the task is about.
        key: The key in the CRM; its hash keeps the account of its making.
        state: Where the task stands.
        episode: Counted within the account and topic.
        task_id: The CRM's id; empty until the task is made.
        findings: What the task speaks of.
        wanted: Field → what we wanted it to be when we last wrote it (for the body: a hash of the text).
        written: Field → what the CRM held after our last write of it; a field without entry is a person's.
        created_at: When the task was made, UTC.
        dismissed: What was failing when a person put the task away.
        dismissed_as: How a person put it away.
        until: The day from which a dismissed task may return.
        dismissals: How often it was dismissed since the problem was last solved.
        closed_on: The day it was closed or withdrawn.
        former_task_id: The CRM's id of the task of the episode before.
        revision: Counts the changes of this row.
    """

    org_uid: str
    account_id: str
    topic: str
    key: str
    state: LinkState
    episode: int
    task_id: str = ""
    findings: tuple[LinkedFinding, ...] = ()
    wanted: Mapping[TaskField, str] = field(default_factory=dict)
    written: Mapping[TaskField, str] = field(default_factory=dict)
    created_at: dt.datetime | None = None
    dismissed: tuple[LinkedFinding, ...] = ()
    dismissed_as: Seen | None = None
    until: dt.date | None = None
    dismissals: int = 0
    closed_on: dt.date | None = None
    former_task_id: str = ""
    revision: int = 0

    def __post_init__(self) -> None:
        if episode_of(self.key) < 1:
            msg = f"the key {self.key} has no episode"
            raise ValueError(msg)


def seen_as(link: TaskLink, observed: TaskState | None) -> Seen:
    """Return how the CRM shows the task of a link; a deletion once seen stays seen after the CRM forgets it."""
    if observed is None:
        return Seen.DELETED if link.dismissed_as is Seen.DELETED else Seen.UNSEEN
    if observed.deleted:
        return Seen.DELETED
    match observed.status:
        case TaskStatus.OPEN:
            return Seen.OPEN
        case TaskStatus.CLOSED:
            return Seen.CLOSED
        case TaskStatus.DEFERRED:
            return Seen.DEFERRED


def is_over(link: TaskLink, failing: tuple[LinkedFinding, ...], today: dt.date) -> bool:
    """Return whether the waiting of a state is over.

    Dismissed: `until` is reached, or something fails that was not failing, or less severely, when it was dismissed.
    Closed or withdrawn: the days in which the same task is reopened have passed.
    """
    match link.state:
        case LinkState.DISMISSED:
            known = {(finding.code, finding.key): finding.severity for finding in link.dismissed}
            worse = any(known.get((f.code, f.key), Severity.INFO - 1) < f.severity for f in failing)
            return worse or (link.until is not None and today >= link.until)
        case LinkState.CLOSED | LinkState.WITHDRAWN:
            return link.closed_on is None or today > link.closed_on + dt.timedelta(days=REOPEN_DAYS)
        case LinkState.NONE | LinkState.LIVE | LinkState.EXHAUSTED | LinkState.ENDED:
            return False


def field_values(task: TaskState) -> Mapping[TaskField, str]:
    """Return the values of the fields that people may own, as they are compared and stored."""
    return {
        TaskField.SUBJECT: task.subject,
        TaskField.BODY: task.body,
        TaskField.OWNER: task.owner_id or "",
        TaskField.DUE: task.due_on.isoformat() if task.due_on else "",
        TaskField.PRIORITY: task.priority.value if task.priority else "",
    }


def our_fields(link: TaskLink, observed: TaskState) -> frozenset[TaskField]:
    """Return the fields that still hold what we last wrote; the others are people's."""
    values = field_values(observed)
    return frozenset(name for name, value in link.written.items() if values[name] == value)


def writable_fields(link: TaskLink, observed: TaskState, wanted: Mapping[TaskField, str]) -> frozenset[TaskField]:
    """Return the fields that may be written now: ours, and wanted differently than last time."""
    ours = our_fields(link, observed)
    return frozenset(
        name for name, value in wanted.items() if FIELD_TABLE[name in ours, link.wanted.get(name) != value]
    )
