"""The seam between kam-sync and a CRM: what a connector is asked and what it answers.

Everything vendor-specific stays behind `Connector`: SDKs, wire formats, escaping, batching, retries, limits.
The core hands over neutral values and gets neutral values back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from kam_sync.clock import Clock
from kam_sync.records import Record, RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a connector gets from outside: time and the way to wait.

    `timezone` is the org's, in which moments become dates. `include_parents` asks for the accounts above those
    in scope, and for what hangs on them, since roles or plans are inherited from them. `wanted` are the canonical
    names that somebody reads: nothing else is to be fetched; None is everything that is mapped.
    """

    clock: Clock
    sleep: Callable[[float], None]
    timezone: ZoneInfo
    include_parents: bool = False
    wanted: frozenset[str] | None = None

    def wants(self, *names: str) -> bool:
        """Return whether somebody reads one of these canonical names, or a part of one."""
        if self.wanted is None:
            return True
        return any(wanted == name or wanted.startswith(f"{name}.") for name in names for wanted in self.wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupFinding:
    """Something an administrator of the org or of kam-sync must set up: shown by `doctor` and in reports.

    One per (org, `subject`); `subject` is a canonical name such as `plan.next_review_on` or `tasks.key`.
    `blocks_apply` says that tasks cannot be written before it is mended. `code` is that of kam-sync's own checks
    (KAM9xx) and of the catalogue's that are about a set-up.
    """

    subject: str
    problem: str
    fix: str
    blocks_apply: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgDescription:
    """What a connector found out about its org before pulling.

    Args:
        org_uid: The CRM's own id of the org; never changes.
        name: The org's name as its users know it.
        unknown: Canonical names (see AccountSnapshot.unknown) that cannot be known in this org, with the reason:
            not mapped, not readable, not existing.
        setup: What should be set up; one per subject.
        labels: Canonical name → where a person changes it, in the org's own labels, such as
            `roles.innovator` → `the company property "Innovator"`.
        record_urls: Kind → URL with `{id}` where a record of that kind can be opened by a person.
        task_url: URL with `{id}` where a task can be opened.
        accounts_total: How many accounts the org has, in scope or not, when somebody wants to know.
    """

    org_uid: str
    name: str
    unknown: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[SetupFinding, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    record_urls: Mapping[RecordKind, str] = field(default_factory=dict)
    task_url: str = ""
    accounts_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRecord:
    """A record that did not validate: its relation is unknown for its accounts (all of them when it names none).

    `reason` names fields and expectations, never values.
    """

    kind: RecordKind
    id: str
    account_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records of one kind as they arrived together."""

    records: tuple[Record, ...]
    rejected: tuple[RejectedRecord, ...] = ()


class Priority(StrEnum):
    """A task's priority; connectors map it to the CRM's own values."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class TaskStatus(StrEnum):
    """Whether a task still asks for something; every CRM status falls into one of these."""

    OPEN = "open"
    CLOSED = "closed"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a task's text; `url` makes it a link where the CRM shows links."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with its lines; `bullets` asks for a list."""

    heading: str
    lines: tuple[Line, ...]
    bullets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskText:
    """The body of a task before a CRM's format: connectors escape every part and cut to the CRM's limits."""

    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """A task as the CRM holds it now.

    `body`, `subject`, `priority` are compared with what was read back after our last write, never parsed, and
    come in the connector's normalised form. `priority` is None when the CRM holds a value of its own.
    `deleted` needs a positive sign of the CRM. `modified_at` is aware, UTC.
    """

    id: str
    key: str | None
    subject: str
    body: str
    owner_id: str | None
    due_on: dt.date | None
    priority: Priority | None
    status: TaskStatus
    deleted: bool = False
    modified_at: dt.datetime | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLookup:
    """Asks for the task that carries a key; `account_ids` are the accounts it may hang on."""

    key: str
    account_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWrite:
    """One task to create or change; fields that are None stay as they are.

    Args:
        operation_id: Unique within a plan; results are matched by it.
        key: The task key; a create stores it in the CRM.
        task_id: The CRM's id of the task to change; None creates.
        account_id: The account the task hangs on.
        subject: New subject.
        text: New body.
        note: Text to append to the body (to `text` if given, else to `current_body`).
        current_body: The body as just read; only used with `note`.
        owner_id: New owner.
        due_on: New due date; connectors set a reminder for it on creating and reopening.
        priority: New priority.
        status: `open` or `closed`.
    """

    operation_id: str
    key: str
    task_id: str | None
    account_id: str
    subject: str | None = None
    text: TaskText | None = None
    note: str | None = None
    current_body: str | None = None
    owner_id: str | None = None
    due_on: dt.date | None = None
    priority: Priority | None = None
    status: TaskStatus | None = None


class WriteOutcome(StrEnum):
    """What became of a write."""

    WRITTEN = "written"
    REJECTED = "rejected"
    """The CRM said no to this task; asking again changes nothing until a person changes something."""
    GONE = "gone"
    """The task to change was deleted."""
    UNCERTAIN = "uncertain"
    """No answer came: it may or may not have happened. Settled by key before anything else is written."""
    FAILED = "failed"
    """It did not happen, for a reason that passes (a locked row, a limit); the next run tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What became of one TaskWrite; `problem` is for the user and holds no record content."""

    operation_id: str
    outcome: WriteOutcome
    task_id: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiUsage:
    """The requests made so far by this connector, every HTTP request counted, retries too.

    `by_call` splits them by a short name of the call, such as `query Account`. `quota_used` and `quota_total` are
    the org's own figures for the day where the CRM tells them.
    """

    requests: int = 0
    by_call: Mapping[str, int] = field(default_factory=dict)
    quota_used: int | None = None
    quota_total: int | None = None


class Connector(Protocol):
    """One connection to one org of one CRM.

    Every method may raise the errors of `kam_sync.errors`; no vendor exception leaves a connector. Transient
    faults are retried inside by the one policy of `kam_sync.retrying`, except that a create is never sent twice
    without proof that the first did not happen.
    """

    name: ClassVar[str]
    """The connector's name in policy files, such as `salesforce`."""
    settings_model: ClassVar[type[BaseModel]]
    """The model of this connector's part of an org's section in the policy file."""

    @classmethod
    def open(cls, settings: BaseModel, runtime: Runtime) -> Self:
        """Return a connector; may log in lazily. `settings` is an instance of `settings_model`."""
        ...

    def describe(self) -> OrgDescription:
        """Look at the org: who it is, what can be read and written, whether every mapped field exists."""
        ...

    def pull(self, kind: RecordKind, account_ids: Callable[[], Iterable[str]]) -> Iterator[Page]:
        """Yield all records of a kind for the accounts in scope, a page at a time.

        Args:
            kind: The kind; accounts are pulled before anything that hangs on them.
            account_ids: Streams the ids of the pulled accounts, in ascending order.

        An iterator that ends without an error has yielded everything there is; any doubt is an error.
        """
        ...

    def read_tasks(self, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        """Return the tasks of these ids, closed, archived and deleted ones too; an id not returned is unknown."""
        ...

    def find_tasks(self, lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        """Return for every key the task that carries it, or None where its absence is proven.

        A key whose absence cannot be proven is left out.
        """
        ...

    def write_tasks(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Write a batch (at most `batch_size`), one result each; raises only when nothing was written."""
        ...

    @property
    def batch_size(self) -> int:
        """How many writes one call of the CRM takes."""
        ...

    def usage(self) -> ApiUsage:
        """Return the API usage so far."""
        ...

    def close(self) -> None:
        """Give back connections; the connector is not used afterwards."""
        ...
