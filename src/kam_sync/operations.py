"""Making operations: what each step writes into the CRM and what our books say afterwards. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from kam_sync import rendering
from kam_sync.cases import Case, PlanningInput, former_url, wanted_fields
from kam_sync.lifecycle import (
    DISMISSED_DAYS,
    MOST_DISMISSALS,
    LinkedFinding,
    LinkState,
    Seen,
    Step,
    TaskField,
    TaskLink,
    our_fields,
    writable_fields,
)
from kam_sync.plans import Operation
from kam_sync.ports import TaskState, TaskStatus, TaskWrite

PUT_AWAY: Final[Mapping[Seen, str]] = {
    Seen.CLOSED: "completed",
    Seen.DEFERRED: "deferred",
    Seen.DELETED: "deleted",
}
"""How a person put a task away, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an operation does to a task: the write, and the fields whose read-back is ours."""

    write: TaskWrite
    before: TaskState | None = None
    ours: frozenset[TaskField] = frozenset()


def operation(
    step: Step, stored: TaskLink | None, after: TaskLink, *, name: str, reason: str, change: Change | None = None
) -> Operation:
    """Return an operation; without a change only our own books move.

    Args:
        step: The step.
        stored: The link as the store has it, None when there is none.
        after: The link afterwards.
        name: The account's name.
        reason: Why, for the reader.
        change: What is written into the CRM.
    """
    revision = stored.revision if stored else None
    operation_id = f"{after.key}.{'new' if revision is None else revision}"
    return Operation(
        id=operation_id,
        step=step,
        account_id=after.account_id,
        account_name=name,
        topic=after.topic,
        reason=reason,
        link=after,
        revision=revision,
        before=change.before if change else None,
        write=replace(change.write, operation_id=operation_id) if change else None,
        ours=change.ours if change else frozenset(),
    )


def update(given: PlanningInput, case: Case, step: Step) -> Operation | None:
    """Return the operation that brings a live task up to date, or None when it is."""
    wanted = wanted_fields(given, case)
    fields = writable_fields(case.link, case.observed, wanted)
    owner = case.observed.owner_id
    if owner is not None and not given.assignable(owner) and wanted.get(TaskField.OWNER) not in {None, owner}:
        fields |= {TaskField.OWNER}  # a task of someone who left would be seen by nobody
    after = _live(case, wanted, fields)
    if step is Step.UPDATE and not fields and after == case.stored:
        return None
    reason = "a person opened it again and the problem stands" if step is Step.TAKE_BACK else "the facts changed"
    change = Change(write=_write(given, case.link, fields, wanted, case.findings), before=case.observed, ours=fields)
    return operation(step, case.stored, after, name=case.name, reason=reason, change=change if fields else None)


def reopen(given: PlanningInput, case: Case, owner: str) -> Operation:
    """Return the operation that opens the same task again, with a new due date."""
    wanted = {
        **wanted_fields(given, case),
        TaskField.OWNER: owner,
        TaskField.DUE: rendering.due_on(case.findings, given.due_days, given.today).isoformat(),
    }
    fields = our_fields(case.link, case.observed)
    if owner != case.observed.owner_id:
        fields |= {TaskField.OWNER}
    write = replace(_write(given, case.link, fields, wanted, case.findings), status=TaskStatus.OPEN)
    change = Change(write=write, before=case.observed, ours=fields)
    after = _live(case, wanted, fields)
    return operation(Step.REOPEN, case.stored, after, name=case.name, reason="the problem is back", change=change)


def create(given: PlanningInput, link: TaskLink, name: str, owner: str, former: Case | None) -> Operation:
    """Return the operation that makes the task of a new episode; `former` is the episode that it ends."""
    text = rendering.task_text(link.findings, former_url(given, link))
    wanted = {
        TaskField.SUBJECT: rendering.subject(link.topic, name),
        TaskField.BODY: rendering.text_hash(text),
        TaskField.OWNER: owner,
        TaskField.DUE: rendering.due_on(link.findings, given.due_days, given.today).isoformat(),
        TaskField.PRIORITY: rendering.priority(link.findings).value,
    }
    every = frozenset(TaskField)
    write = replace(_write(given, link, every, wanted, link.findings), status=TaskStatus.OPEN)
    made = operation(
        Step.RENEW if former else Step.CREATE,
        None,
        replace(link, wanted=wanted),
        name=name,
        reason="it still fails and the earlier task was put away" if former else "it fails",
        change=Change(write=write, before=former.state if former else None, ours=every),
    )
    return replace(made, ended=(replace(former.link, state=LinkState.ENDED),)) if former else made


def close(given: PlanningInput, case: Case, step: Step) -> Operation:
    """Return the operation that closes a task with a note."""
    reason = "everything above is solved" if step is Step.CLOSE else case.gone_because
    return closing(step, case.stored, case.link, case.observed, given.today, name=case.name, reason=reason)


def closing(
    step: Step, stored: TaskLink, link: TaskLink, observed: TaskState, today: dt.date, *, name: str, reason: str
) -> Operation:
    """Return the operation that closes a task, whoever asks for it; `reason` becomes the note."""
    ours = our_fields(link, observed) & {TaskField.BODY}
    after = put_away(link, today, solved=step is Step.CLOSE)
    if ours:  # the body is ours with the note in it: opened again, it is to be written anew
        after = replace(after, wanted={**after.wanted, TaskField.BODY: "closed"})
    change = Change(write=closing_write(today, link, observed, reason), before=observed, ours=ours)
    return operation(step, stored, after, name=name, reason=reason, change=change)


def note_put_away(given: PlanningInput, case: Case, step: Step) -> Operation:
    """Return the operation that notes that a task which a person put away has nothing more to say."""
    solved = step is Step.SOLVE
    after = put_away(case.link, given.today, solved=solved)
    if case.seen is Seen.DELETED:
        after = replace(after, dismissed_as=Seen.DELETED)
    reason = "a person put it away and all is solved" if solved else case.gone_because
    return operation(step, case.stored, after, name=case.name, reason=reason)


def dismiss(given: PlanningInput, case: Case) -> Operation:
    """Return the operation that notes that a person put a task away while something still fails."""
    dismissals = case.link.dismissals + 1
    exhausted = dismissals >= MOST_DISMISSALS
    after = replace(
        case.link,
        state=LinkState.EXHAUSTED if exhausted else LinkState.DISMISSED,
        dismissed=case.link.findings,
        dismissed_as=case.seen,
        until=None if exhausted else given.today + dt.timedelta(days=DISMISSED_DAYS),
        dismissals=dismissals,
    )
    reason = f"a person {PUT_AWAY[case.seen]} it while something still fails"
    return operation(Step.DISMISS, case.stored, after, name=case.name, reason=reason)


def closing_write(today: dt.date, link: TaskLink, observed: TaskState, reason: str) -> TaskWrite:
    """Return the write that closes a task with a note below whatever its body says now."""
    return TaskWrite(
        operation_id="",
        key=link.key,
        task_id=link.task_id,
        account_id=link.account_id,
        note=rendering.closing_note(reason, today),
        current_body=observed.body,
        status=TaskStatus.CLOSED,
    )


def put_away(link: TaskLink, today: dt.date, *, solved: bool) -> TaskLink:
    """Return the link of a task that has nothing more to say."""
    state = LinkState.CLOSED if solved else LinkState.WITHDRAWN
    return replace(link, state=state, closed_on=today, dismissed=(), until=None, dismissals=0)


def _live(case: Case, wanted: Mapping[TaskField, str], fields: frozenset[TaskField]) -> TaskLink:
    return replace(
        case.link,
        state=LinkState.LIVE,
        findings=case.findings,
        until=None,
        dismissed_as=None,
        closed_on=None,
        wanted={**case.link.wanted, **{name: wanted[name] for name in fields if name in wanted}},
    )


def _write(
    given: PlanningInput,
    link: TaskLink,
    fields: frozenset[TaskField],
    wanted: Mapping[TaskField, str],
    findings: tuple[LinkedFinding, ...],
) -> TaskWrite:
    def value(name: TaskField) -> str | None:
        return wanted.get(name) if name in fields else None

    due = value(TaskField.DUE)
    return TaskWrite(
        operation_id="",
        key=link.key,
        task_id=link.task_id or None,
        account_id=link.account_id,
        subject=value(TaskField.SUBJECT),
        text=rendering.task_text(findings, former_url(given, link)) if TaskField.BODY in fields else None,
        owner_id=value(TaskField.OWNER),
        due_on=dt.date.fromisoformat(due) if due else None,
        priority=rendering.priority(findings) if TaskField.PRIORITY in fields else None,
    )
