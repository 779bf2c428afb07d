"""A CRM in memory: connector and people in one process, for tests of the core, of rules, and of anyone's own code.

It keeps every promise of `kam_sync.ports.Connector` and of `kam_sync.local_crms`, and nothing of any vendor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict

from kam_sync.clock import Clock
from kam_sync.errors import ConfigError
from kam_sync.identity import find_task_key
from kam_sync.local_crms import PersonsTask
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioActivity, PortfolioPlan
from kam_sync.ports import (
    ApiUsage,
    KeyLookup,
    OrgDescription,
    Page,
    Priority,
    Runtime,
    SetupFinding,
    TaskState,
    TaskStatus,
    TaskText,
    TaskWrite,
    WriteOutcome,
    WriteResult,
)
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    Case,
    Contact,
    Contract,
    Feedback,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    PlanPart,
    Purpose,
    Quote,
    Record,
    RecordKind,
    Role,
    RoleAssignment,
    User,
    account_ids_of,
)
from kam_sync.testing import memory_loading

KIND_TYPES: Final[Mapping[RecordKind, type[Record]]] = {
    RecordKind.GOAL: PlanGoal,
    RecordKind.ACTION: PlanAction,
    RecordKind.FEEDBACK: Feedback,
    RecordKind.QUOTE: Quote,
    RecordKind.CASE: Case,
    RecordKind.CONTRACT: Contract,
    RecordKind.OWNER_CHANGE: OwnerChange,
}
"""What the kinds that people have no acts for are made of."""
PAGE: Final = 50
"""Records per page."""
_RUNNING: Final[dict[str, MemoryCrm]] = {}


class MemorySettings(BaseModel):
    """Names the running MemoryCrm to connect to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    crm: str


@dataclass(slots=True, kw_only=True)
class _Task:
    id: str
    account_id: str | None
    key: str | None = None
    subject: str = ""
    body: str = ""
    owner_id: str | None = None
    due_on: dt.date | None = None
    priority: Priority | None = Priority.NORMAL
    status: TaskStatus = TaskStatus.OPEN
    deleted: bool = False
    opportunity_id: str | None = None
    contact_ids: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    modified_at: dt.datetime

    def state(self) -> TaskState:
        return TaskState(
            id=self.id,
            key=self.key,
            subject=self.subject,
            body=self.body,
            owner_id=self.owner_id,
            due_on=self.due_on,
            priority=self.priority,
            status=self.status,
            deleted=self.deleted,
            modified_at=self.modified_at,
            account_id=self.account_id,
        )


def plain_text(text: TaskText) -> str:
    """Return a task's text as plain lines."""
    lines: list[str] = []
    for section in text.sections:
        lines.append(section.heading)
        lines += [f"- {line.text}" + (f" <{line.url}>" if line.url else "") for line in section.lines]
        lines.append("")
    return "\n".join(lines).strip()


class MemoryCrm:
    """An org in memory; implements LocalCrm and is its own People.

    `on_call` is called with the name of each connector call before it is carried out and may raise; `after_write`
    is called when a batch was carried out and its answer is about to go out. `unknown` and `setup` are what the
    org's description says. `reject` gives a reason to refuse a write, or None. `lose` loses the next batches:
    the `request`, so that nothing happens, or the `answer`, so that it happens and nobody hears of it.
    """

    name: ClassVar[str] = "memory"
    absent_task_id: ClassVar[str] = "t999999"
    lacks: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, name: str, clock: Clock) -> None:
        self.crm_name = name
        self.clock = clock
        self.users: dict[str, User] = {}
        self.accounts: dict[str, Account] = {}
        self.deleted_accounts: set[str] = set()
        self.contacts: dict[str, Contact] = {}
        self.roles: dict[str, RoleAssignment] = {}
        self.opportunities: dict[str, Opportunity] = {}
        self.meetings: dict[str, Activity] = {}
        self.plans: dict[str, AccountPlan] = {}
        self.others: dict[str, Record] = {}
        self.task_rows: dict[str, _Task] = {}
        self.unknown: dict[str, str] = {}
        self.setup: tuple[SetupFinding, ...] = ()
        self.failing_pulls: dict[RecordKind, Exception] = {}
        self.rejected_pages: dict[RecordKind, Page] = {}
        self.on_call: Callable[[str], None] = lambda _name: None
        self.after_write: Callable[[], None] = lambda: None
        self.reject: Callable[[TaskWrite], str | None] = lambda _write: None
        self.lose: Literal["", "request", "answer"] = ""
        self.calls = 0
        self.writes = 0
        self._number = 0
        _RUNNING[name] = self

    # -- LocalCrm -------------------------------------------------------------------------------------------------

    @classmethod
    def start(cls, folder: Path, *, clock: Clock, port: int = 0) -> Self:
        """Make a CRM named after a folder; nothing is kept there and nothing listens."""
        del port
        return cls(str(folder), clock)

    @property
    def url(self) -> str:
        """A memory CRM listens nowhere."""
        return f"memory:{self.crm_name}"

    @property
    def org_settings(self) -> Mapping[str, object]:
        """The org's section of a policy file."""
        return {"connector": "memory", "crm": self.crm_name}

    @property
    def people(self) -> MemoryCrm:
        """Itself."""
        return self

    def id_of(self, slug: str) -> str:
        """Return the slug, which serves as id."""
        return slug

    def lose_answer(self) -> None:
        """Carry out the next batch of writes, and those after it, without an answer."""
        self.lose = "answer"

    def requests_seen(self) -> int:
        """Return how many connector calls it has answered."""
        return self.calls

    def stop(self) -> None:
        """Forget the CRM."""
        _RUNNING.pop(self.crm_name, None)

    @property
    def today(self) -> dt.date:
        """The date, UTC."""
        return self.clock.now().date()

    def next_id(self, prefix: str) -> str:
        """Return an id that no record had before."""
        self._number += 1
        return f"{prefix}{self._number:06d}"

    def load(self, portfolio: Portfolio) -> None:
        """Fill the CRM with an invented portfolio; slugs serve as ids."""
        self.users |= {user.slug: memory_loading.user(user) for user in portfolio.users}
        criteria = sorted({name for account in portfolio.accounts for name in account.criteria})
        for account in portfolio.accounts:
            self.accounts[account.slug] = memory_loading.account(account, self.today, criteria)
            self._load_account(account)

    def _day(self, days: int | None) -> dt.date | None:
        return memory_loading.day(self.today, days)

    def _load_account(self, given: PortfolioAccount) -> None:
        for role, holders in given.roles.items():
            for holder in holders:
                self._assign(given.slug, role, holder, self._day(given.role_since_days))
        for deal in given.deals:
            opportunity = memory_loading.opportunity(deal, given.slug, self.today)
            self.opportunities[opportunity.id] = opportunity
        for contact in given.contacts:
            contact_id = f"{given.slug}/{contact.slug}" if contact.slug else self.next_id("c")
            self.contacts[contact_id] = memory_loading.contact(contact, contact_id, given.slug, self.today)
        for activity in given.activities:
            self._load_activity(given.slug, activity)
        if given.plan is not None:
            self.plans[given.slug] = memory_loading.plan(given.plan, given.slug, self.today)
        self.others |= {record.id: record for record in memory_loading.others(given, self.today)}

    def _load_activity(self, account: str, given: PortfolioActivity) -> None:
        deal = f"{account}/{given.deal}" if given.deal else None
        activity_id = self._put_activity(
            account, given.kind, self._day(given.days), given.owner, given.status, given.subject, deal
        )
        contacts = memory_loading.participants(given, account)
        purposes = () if given.purpose is None else (given.purpose,)
        if activity_id in self.task_rows:
            self.task_rows[activity_id].contact_ids = contacts
            self.task_rows[activity_id].purposes = purposes
        else:
            self.meetings[activity_id] = replace(
                self.meetings[activity_id], contact_ids=contacts, purposes=purposes, attendee_ids=given.attendees
            )

    def _put_activity(
        self,
        account: str,
        kind: ActivityKind,
        on: dt.date | None,
        owner: str | None,
        status: ActivityStatus,
        subject: str,
        deal: str | None = None,
    ) -> str:
        if kind is ActivityKind.TASK:
            task_id = self.next_id("t")
            self.task_rows[task_id] = _Task(
                id=task_id,
                account_id=account,
                subject=subject,
                owner_id=owner,
                due_on=on,
                status=TaskStatus.OPEN if status is ActivityStatus.OPEN else TaskStatus.CLOSED,
                opportunity_id=deal,
                modified_at=self.clock.now(),
            )
            return task_id
        meeting_id = self.next_id("m")
        self.meetings[meeting_id] = Activity(
            id=meeting_id,
            account_ids=(account,),
            opportunity_ids=(deal,) if deal else (),
            kind=kind,
            status=status,
            on=on,
            owner_id=owner,
            subject=subject,
        )
        return meeting_id

    def _assign(self, account: str, role: Role, user: str, since: dt.date | None) -> None:
        assignment_id = f"{account}:{role}:{user}"
        self.roles[assignment_id] = RoleAssignment(
            id=assignment_id, account_id=account, role=role, user_id=user, since=since, source="memory"
        )

    # -- People ---------------------------------------------------------------------------------------------------

    def tasks(self, *, account: str | None = None, include_deleted: bool = False) -> Sequence[PersonsTask]:
        """Return all tasks, people's own too, oldest first."""
        return [
            PersonsTask(
                id=task.id,
                account=task.account_id or "",
                subject=task.subject,
                body=task.body,
                owner=task.owner_id or "",
                due_on=task.due_on,
                open=task.status is TaskStatus.OPEN,
                deleted=task.deleted,
                raw_status=task.status.value,
                raw_priority=task.priority.value if task.priority else "",
                key=task.key,
            )
            for task in self.task_rows.values()
            if account in {None, task.account_id} and (include_deleted or not task.deleted)
        ]

    def _touch(self, task_id: str) -> _Task:
        task = self.task_rows[task_id]
        task.modified_at = self.clock.now()
        return task

    def complete_task(self, task_id: str) -> None:
        """Tick a task off."""
        self._touch(task_id).status = TaskStatus.CLOSED

    def defer_task(self, task_id: str) -> None:
        """Defer a task."""
        self._touch(task_id).status = TaskStatus.DEFERRED

    def reopen_task(self, task_id: str) -> None:
        """Open a task again."""
        self._touch(task_id).status = TaskStatus.OPEN

    def delete_task(self, task_id: str) -> None:
        """Put a task into the recycle bin."""
        self._touch(task_id).deleted = True

    def edit_task(
        self,
        task_id: str,
        *,
        subject: str | None = None,
        body: str | None = None,
        owner: str | None = None,
        due_on: dt.date | None = None,
        raw_priority: str | None = None,
    ) -> None:
        """Change fields of a task."""
        task = self._touch(task_id)
        task.subject = subject if subject is not None else task.subject
        task.body = body if body is not None else task.body
        task.owner_id = owner if owner is not None else task.owner_id
        task.due_on = due_on if due_on is not None else task.due_on
        task.priority = Priority(raw_priority) if raw_priority is not None else task.priority

    def assign_role(self, account: str, role: Role, user: str) -> None:
        """Name a user as a holder of a role, beside others."""
        self._assign(account, role, user, self.today)

    def clear_role(self, account: str, role: Role) -> None:
        """Leave a role without a holder."""
        self.roles = {i: r for i, r in self.roles.items() if (r.account_id, r.role) != (account, role)}

    def deactivate_user(self, user: str) -> None:
        """Deactivate a user."""
        self.users[user] = replace(self.users[user], active=False, assignable=False)

    def set_owner(self, account: str, user: str) -> None:
        """Give an account another owner."""
        self.accounts[account] = replace(self.accounts[account], owner_id=user)

    def add_activity(
        self,
        account: str,
        *,
        kind: ActivityKind,
        on: dt.date,
        owner: str,
        status: ActivityStatus = ActivityStatus.OPEN,
        subject: str = "",
    ) -> str:
        """Record a task, meeting or call."""
        return self._put_activity(account, kind, on, owner, status, subject)

    def finish_activities(self, account: str) -> None:
        """Complete or cancel everything open of people's."""
        for task in self.task_rows.values():
            if task.account_id == account and task.key is None:
                task.status = TaskStatus.CLOSED
        for meeting_id, meeting in self.meetings.items():
            if account in meeting.account_ids and meeting.on is not None and meeting.on >= self.today:
                self.meetings[meeting_id] = replace(meeting, status=ActivityStatus.CANCELED)

    def set_plan(
        self,
        account: str,
        *,
        parts: frozenset[PlanPart] = frozenset(PlanPart),
        last_review_on: dt.date | None = None,
        next_review_on: dt.date | None = None,
        start_on: dt.date | None = None,
    ) -> None:
        """Create the plan of an account or overwrite it."""
        self.plans[account] = replace(
            memory_loading.plan(PortfolioPlan(parts=parts), account, self.today),
            start_on=start_on,
            last_review_on=last_review_on,
            next_review_on=next_review_on,
        )

    def clear_plan(self, account: str) -> None:
        """Remove the plan."""
        self.plans.pop(account, None)

    def set_in_scope(self, account: str, *, in_scope: bool) -> None:
        """Mark or unmark an account as a key account."""
        self.accounts[account] = replace(self.accounts[account], in_scope=in_scope)

    def merge_accounts(self, *, winner: str, loser: str) -> None:
        """Merge two accounts: what hangs on the loser moves to the winner."""
        gone = self.accounts.pop(loser)
        kept = self.accounts[winner]
        self.accounts[winner] = replace(kept, merged_ids=(*kept.merged_ids, *gone.merged_ids, loser))
        for task in self.task_rows.values():
            task.account_id = winner if task.account_id == loser else task.account_id
        moved = {i: replace(m, account_ids=(winner,)) for i, m in self.meetings.items() if m.account_ids == (loser,)}
        self.meetings.update(moved)
        deals = {
            i: replace(o, account_ids=(winner,)) for i, o in self.opportunities.items() if o.account_ids == (loser,)
        }
        self.opportunities.update(deals)
        for role in [role for role in self.roles.values() if role.account_id == loser]:
            del self.roles[role.id]
        self.plans.pop(loser, None)

    def delete_account(self, account: str) -> None:
        """Delete an account with its tasks."""
        self.accounts.pop(account)
        for task in self.task_rows.values():
            if task.account_id == account:
                task.deleted = True

    # -- what the connector reads ---------------------------------------------------------------------------------

    def records(self, kind: RecordKind) -> list[Record]:
        """Return the records of a kind for the accounts in scope, as the connector gives them out."""
        inside = {account.id for account in self.accounts.values() if account.in_scope}
        match kind:
            case RecordKind.USER:
                return list(self.users.values())
            case RecordKind.ACCOUNT:
                return [account for account in self.accounts.values() if account.id in inside]
            case RecordKind.CONTACT:
                return [contact for contact in self.contacts.values() if inside & set(contact.account_ids)]
            case RecordKind.ROLE:
                return [role for role in self.roles.values() if role.account_id in inside]
            case RecordKind.OPPORTUNITY:
                return [deal for deal in self.opportunities.values() if inside & set(deal.account_ids)]
            case RecordKind.PLAN:
                return [plan for plan in self.plans.values() if plan.account_id in inside]
            case RecordKind.ACTIVITY:
                tasks = [task for task in self.task_rows.values() if task.account_id in inside and not task.deleted]
                return [
                    *(meeting for meeting in self.meetings.values() if inside & set(meeting.account_ids)),
                    *(_activity(task) for task in tasks),
                ]
            case RecordKind.SALES:
                return list(memory_loading.sales(self.accounts, self.opportunities.values(), self.today))
            case _:
                return [
                    record
                    for record in self.others.values()
                    if isinstance(record, KIND_TYPES[kind]) and inside & set(account_ids_of(record))
                ]

    def write(self, write: TaskWrite) -> WriteResult:
        """Carry out one write."""
        problem = self.reject(write)
        if problem is not None:
            return WriteResult(operation_id=write.operation_id, outcome=WriteOutcome.REJECTED, problem=problem)
        if write.owner_id is not None and not self.users[write.owner_id].assignable:
            problem = "the owner is not active"
            return WriteResult(operation_id=write.operation_id, outcome=WriteOutcome.REJECTED, problem=problem)
        task = self.task_rows.get(write.task_id or "")
        if write.task_id is not None and (task is None or task.deleted):
            return WriteResult(operation_id=write.operation_id, outcome=WriteOutcome.GONE, problem="it was deleted")
        if task is None:
            task = _Task(id=self.next_id("t"), account_id=write.account_id, key=write.key, modified_at=self.clock.now())
            self.task_rows[task.id] = task
        self.writes += 1
        _write_fields(task, write)
        task.modified_at = self.clock.now()
        return WriteResult(operation_id=write.operation_id, outcome=WriteOutcome.WRITTEN, task_id=task.id)


def _activity(task: _Task) -> Activity:
    return Activity(
        id=task.id,
        account_ids=(task.account_id or "",),
        opportunity_ids=(task.opportunity_id,) if task.opportunity_id else (),
        kind=ActivityKind.TASK,
        status=ActivityStatus.DONE if task.status is TaskStatus.CLOSED else ActivityStatus.OPEN,
        on=task.due_on,
        owner_id=task.owner_id,
        subject=task.subject,
        contact_ids=task.contact_ids,
        purposes=task.purposes,
        our_key=find_task_key(task.key),
    )


def _write_fields(task: _Task, write: TaskWrite) -> None:
    task.subject = write.subject if write.subject is not None else task.subject
    task.body = plain_text(write.text) if write.text is not None else task.body
    if write.note is not None:
        before = plain_text(write.text) if write.text is not None else write.current_body or ""
        task.body = f"{before}\n\n{write.note}".strip()
    task.owner_id = write.owner_id if write.owner_id is not None else task.owner_id
    task.due_on = write.due_on if write.due_on is not None else task.due_on
    task.priority = write.priority if write.priority is not None else task.priority
    task.status = write.status if write.status is not None else task.status


class MemoryConnector:
    """The connector to a MemoryCrm of this process."""

    name: ClassVar[str] = "memory"
    settings_model: ClassVar[type[BaseModel]] = MemorySettings

    def __init__(self, crm: MemoryCrm) -> None:
        self._crm = crm
        self._calls = 0

    @classmethod
    def open(cls, settings: BaseModel, runtime: Runtime) -> Self:
        """Connect to the CRM that the settings name; raises ConfigError when it is not running."""
        del runtime
        if not isinstance(settings, MemorySettings):
            raise TypeError("a memory connector takes MemorySettings")
        if settings.crm not in _RUNNING:
            raise ConfigError(f"no memory CRM {settings.crm!r} is running in this process")
        return cls(_RUNNING[settings.crm])

    def _call(self, name: str) -> None:
        self._calls += 1
        self._crm.calls += 1
        self._crm.on_call(name)

    def describe(self) -> OrgDescription:
        """Describe the CRM."""
        self._call("describe")
        return OrgDescription(
            org_uid=f"memory-{self._crm.crm_name}",
            name=self._crm.crm_name,
            unknown=dict(self._crm.unknown),
            setup=self._crm.setup,
            record_urls={kind: f"https://crm.example/{kind.value}/{{id}}" for kind in RecordKind},
            task_url="https://crm.example/task/{id}",
            accounts_total=len(self._crm.accounts),
        )

    def pull(self, kind: RecordKind, account_ids: Callable[[], Iterable[str]]) -> Iterator[Page]:
        """Yield the records of a kind."""
        del account_ids
        self._call(f"pull {kind.value}")
        records = self._crm.records(kind)
        for start in range(0, len(records), PAGE):
            yield Page(records=tuple(records[start : start + PAGE]))
        if kind in self._crm.rejected_pages:
            yield self._crm.rejected_pages[kind]
        if kind in self._crm.failing_pulls:
            raise self._crm.failing_pulls[kind]

    def read_tasks(self, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        """Return the tasks of these ids."""
        self._call("read tasks")
        rows = self._crm.task_rows
        return {task_id: rows[task_id].state() for task_id in task_ids if task_id in rows}

    def find_tasks(self, lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        """Return the tasks that carry these keys, live ones before deleted ones."""
        self._call("find tasks")
        found: dict[str, TaskState | None] = {lookup.key: None for lookup in lookups}
        for task in sorted(self._crm.task_rows.values(), key=lambda task: not task.deleted):
            if task.key in found:
                found[task.key] = task.state()
        return found

    def write_tasks(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Carry out a batch."""
        self._call("write tasks")
        lost = [WriteResult(operation_id=w.operation_id, outcome=WriteOutcome.UNCERTAIN) for w in writes]
        if self._crm.lose == "request":
            return lost
        results = [self._crm.write(write) for write in writes]
        self._crm.after_write()
        return lost if self._crm.lose == "answer" else results

    @property
    def batch_size(self) -> int:
        """Small, so that tests see several batches."""
        return 3

    def usage(self) -> ApiUsage:
        """Return how many calls were made."""
        return ApiUsage(requests=self._calls)

    def close(self) -> None:
        """Nothing to give back."""
