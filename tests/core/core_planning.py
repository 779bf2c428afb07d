"""What planning is given and what becomes of it: books by hand, tasks as a CRM would hold them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.core_builders import TODAY, UID, GivenJudgements
from kam_sync.caps import Caps
from kam_sync.cases import PlanningInput
from kam_sync.identity import task_key
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import LinkState, TaskLink, field_values
from kam_sync.planning import plan_org
from kam_sync.plans import Operation, OrgPlan
from kam_sync.ports import OrgDescription, Priority, TaskState, TaskStatus, TaskWrite
from kam_sync.severity import Severity
from kam_sync.testing.memory import plain_text

NO_CAPS = Caps(live_per_account=None, live_per_owner=None, new_per_owner=None)
DUE_DAYS: Mapping[Severity, int] = {
    Severity.CRITICAL: 1,
    Severity.HIGH: 3,
    Severity.MEDIUM: 7,
    Severity.LOW: 14,
    Severity.INFO: 14,
}
DESCRIPTION = OrgDescription(org_uid=UID, name="Org One", task_url="https://crm.example/task/{id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What planning is told beside the judgements."""

    links: tuple[TaskLink, ...] = ()
    tasks: tuple[TaskState, ...] = ()
    today: dt.date = TODAY
    caps: Caps = NO_CAPS
    merged: Mapping[str, str] = field(default_factory=dict)
    recent: Mapping[str, int] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    absent: bool = True
    episodes: Mapping[tuple[str, str], int] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)


def plan(*judgements: Judgement, books: Books | None = None) -> OrgPlan:
    """Plan one org from hand-made judgements."""
    given = books or Books()
    highest: dict[tuple[str, str], int] = {}
    for link in given.links:
        place = (link.account_id, link.topic)
        highest[place] = max(highest.get(place, 0), link.episode)
    return plan_org(
        PlanningInput(
            org="one",
            description=DESCRIPTION,
            today=given.today,
            judgements=GivenJudgements(*judgements),
            links=[link for link in given.links if link.state is not LinkState.ENDED],
            episodes=highest if given.episodes is None else given.episodes,
            observed={task.id: task for task in given.tasks},
            merged=given.merged,
            absent=lambda _account_id: given.absent,
            recent=given.recent,
            caps=given.caps,
            due_days=DUE_DAYS,
            assignable=lambda user_id: user_id not in given.inactive,
            aliases=given.aliases,
        )
    )


def only(given: OrgPlan) -> Operation:
    """The one operation of a plan."""
    (operation,) = given.operations
    return operation


def carried_out(write: TaskWrite, task_id: str, before: TaskState | None = None) -> TaskState:
    """The task as a CRM without quirks would hold it after a write."""
    now = before or TaskState(
        id=task_id,
        key=write.key,
        subject="",
        body="",
        owner_id=None,
        due_on=None,
        priority=Priority.NORMAL,
        status=TaskStatus.OPEN,
        account_id=write.account_id,
    )
    body = plain_text(write.text) if write.text is not None else now.body
    if write.note is not None:
        body = f"{body}\n\n{write.note}".strip()
    return replace(
        now,
        subject=now.subject if write.subject is None else write.subject,
        body=body,
        owner_id=now.owner_id if write.owner_id is None else write.owner_id,
        due_on=now.due_on if write.due_on is None else write.due_on,
        priority=now.priority if write.priority is None else write.priority,
        status=now.status if write.status is None else write.status,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The task of one account and topic with our link to it, both as after the last run."""

    link: TaskLink
    task: TaskState

    def after(self, operation: Operation) -> Place:
        """The same after an operation was applied."""
        write = operation.write
        task = self.task if write is None else carried_out(write, self.task.id, self.task)
        written = {**operation.link.written, **{name: field_values(task)[name] for name in operation.ours}}
        return Place(link=replace(operation.link, written=written, revision=self.link.revision + 1), task=task)

    def books(self, *, today: dt.date = TODAY, merged: Mapping[str, str] | None = None) -> Books:
        return Books(links=(self.link,), tasks=(self.task,), today=today, merged=merged or {})

    def seen(
        self,
        *,
        status: TaskStatus | None = None,
        deleted: bool = False,
        subject: str | None = None,
        body: str | None = None,
        owner: str | None = None,
        due_on: dt.date | None = None,
        priority: Priority | None = None,
    ) -> Place:
        """The same after a person's act."""
        task = replace(
            self.task,
            status=status or self.task.status,
            deleted=deleted,
            subject=self.task.subject if subject is None else subject,
            body=self.task.body if body is None else body,
            owner_id=self.task.owner_id if owner is None else owner,
            due_on=self.task.due_on if due_on is None else due_on,
            priority=self.task.priority if priority is None else priority,
        )
        return replace(self, task=task)

    def in_state(
        self,
        state: LinkState,
        *,
        closed_on: dt.date | None = None,
        dismissals: int | None = None,
        until: dt.date | None = None,
    ) -> Place:
        """The same with the link in another state."""
        link = replace(
            self.link,
            state=state,
            closed_on=closed_on,
            until=until,
            dismissals=self.link.dismissals if dismissals is None else dismissals,
            dismissed=self.link.findings if state in {LinkState.DISMISSED, LinkState.EXHAUSTED} else (),
        )
        return replace(self, link=link)


def born(judgement: Judgement, *, today: dt.date = TODAY, task_id: str = "") -> Place:
    """The task that a first run makes of a judgement with one failing topic."""
    operation = only(plan(judgement, books=Books(today=today)))
    if operation.write is None:
        raise AssertionError("a creation writes")
    task = carried_out(operation.write, task_id or f"t-{judgement.account_id}")
    made_at = dt.datetime.combine(today, dt.time(9), tzinfo=dt.UTC)
    link = replace(operation.link, task_id=task.id, written=dict(field_values(task)), created_at=made_at, revision=1)
    return Place(link=link, task=task)


def dismissed(judgement: Judgement, *, status: TaskStatus = TaskStatus.CLOSED, deleted: bool = False) -> Place:
    """The task that a person put away on the day it was made."""
    put_away = born(judgement).seen(status=status, deleted=deleted)
    return put_away.after(only(plan(judgement, books=put_away.books())))


def closed(judgement: Judgement, solved: Judgement) -> Place:
    """The task that was made and closed on the same day."""
    place = born(judgement)
    return place.after(only(plan(solved, books=place.books())))


def adopted(*, account: str = "acme", topic: str = "roles", status: TaskStatus = TaskStatus.OPEN) -> Place:
    """A task taken over after the store was lost: we know nothing of what it speaks of, every field is a person's."""
    key = task_key(UID, account, topic, 1)
    task = TaskState(
        id=f"t-{account}",
        key=key,
        subject="An old subject",
        body="An old body",
        owner_id="bo",
        due_on=TODAY,
        priority=Priority.HIGH,
        status=status,
        account_id=account,
    )
    link = TaskLink(
        org_uid=UID, account_id=account, topic=topic, key=key, state=LinkState.LIVE, episode=1, task_id=task.id
    )
    return Place(link=link, task=task)
