"""Applying: does a plan's operations in a CRM so that it may be cut off anywhere and repeated safely.

Intent committed → CRM called → result committed. An operation whose end is not known is settled by the task's key
before anything else is written.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from kam_sync.clock import Clock
from kam_sync.errors import ConnectorError
from kam_sync.lifecycle import Step, TaskField, TaskLink, field_values
from kam_sync.plans import Operation, OrgPlan
from kam_sync.ports import Connector, KeyLookup, TaskState, TaskStatus, TaskWrite, WriteOutcome, WriteResult
from kam_sync.progress import WRITTEN, StageProgress, silent_stage
from kam_sync.store.tasks import Intent, TaskBooks

ItemT = TypeVar("ItemT")


UNSETTLED: Final = "it is not known yet whether its task was written"


@dataclass(slots=True, kw_only=True)
class ApplyResult:
    """What applying did, in operations; `problems` are (account name, what happened) for the user.

    `steps` counts the writes that are known to have happened by step, those of an earlier run that were settled too.
    `lost` are writes of this run that are proven not to have happened; the next run plans them again.
    """

    written: int = 0
    recorded: int = 0
    conflicts: int = 0
    rejected: int = 0
    lost: int = 0
    unsettled: int = 0
    settled: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    steps: Counter[Step] = field(default_factory=Counter)

    @property
    def complete(self) -> bool:
        """Whether everything that was planned was done."""
        return not (self.conflicts or self.rejected or self.lost or self.unsettled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applier:
    """Applies plans of one org.

    Args:
        connector: The org's connector.
        books: The org's links and outbox.
        clock: Tells the time.
        run_id: Of the run that applies.
        alive: Called before everything that writes: keeps the lease and fences a late writer.
        progress: Told after every batch.
        merged: Id of a merged account → id of the account that took it in, and with it its tasks.
    """

    connector: Connector
    books: TaskBooks
    clock: Clock
    run_id: str
    alive: Callable[[], None] = lambda: None
    progress: StageProgress = silent_stage
    merged: Mapping[str, str] = field(default_factory=dict)

    def apply(self, plan: OrgPlan, result: ApplyResult) -> None:
        """Do the operations of a plan whose tasks and links are still as they were when it was made.

        What is in flight from an earlier run and could not be settled is left alone.

        Raises:
            ConnectorError: The CRM cannot be written at all; what was done so far is in `result` and in the store.
        """
        in_flight = {intent.operation.link.key for intent in self.books.in_flight()}
        planned = [operation for operation in plan.operations if operation.link.key not in in_flight]
        for operation in planned:
            if operation.write is None and self._is_current(operation, result):
                self.alive()
                self.books.begin_operations(self.run_id, [operation], self.clock.now())
                self.books.finish(self.run_id, operation, operation.link)
                result.recorded += 1
        writes = [operation for operation in planned if operation.write is not None]
        for batch in _batches(writes, self.connector.batch_size):
            current = [operation for operation in batch if self._is_current(operation, result)]
            self._write(self._unchanged(current, result), result)
            self.progress(WRITTEN, result.written, len(writes))
        if self.books.in_flight():
            result.lost += self.settle(result)

    def _is_current(self, operation: Operation, result: ApplyResult) -> bool:
        """Return whether our books still say what the operation was planned on."""
        planned_on = [(operation.link.key, operation.revision), *((e.key, e.revision) for e in operation.ended)]
        if all(self._revision(key) == revision for key, revision in planned_on):
            return True
        result.conflicts += 1
        result.problems.append((operation.account_name, "planned on an older state of the books; skipped"))
        return False

    def _revision(self, key: str) -> int | None:
        stored = self.books.link(key)
        return stored.revision if stored else None

    def _unchanged(self, operations: Sequence[Operation], result: ApplyResult) -> list[Operation]:
        """Return the operations whose tasks are as they were seen when planning."""
        ids = [operation.before.id for operation in operations if operation.before is not None]
        now = self.connector.read_tasks(ids) if ids else {}
        unchanged = []
        for operation in operations:
            seen = now.get(operation.before.id) if operation.before else None
            if operation.before is None or (seen is not None and _same(seen, operation.before)):
                unchanged.append(operation)
                continue
            result.conflicts += 1
            result.problems.append(
                (operation.account_name, "its task was changed since planning; left for the next run")
            )
        return unchanged

    def _write(self, operations: Sequence[Operation], result: ApplyResult) -> None:
        if not operations:
            return
        self.alive()
        self.books.begin_operations(self.run_id, operations, self.clock.now())
        try:
            answers = self.connector.write_tasks([op.write for op in operations if op.write is not None])
        except ConnectorError as error:
            for operation in operations:
                self.books.finish(self.run_id, operation, None, str(error))
            raise
        by_id = {answer.operation_id: answer for answer in answers}
        ended = [(op, by_id[op.id]) for op in operations if op.id in by_id]
        self._take_in([(op, answer) for op, answer in ended if answer.outcome is WriteOutcome.WRITTEN], result)
        for operation, answer in ended:
            if answer.outcome in {WriteOutcome.REJECTED, WriteOutcome.GONE, WriteOutcome.FAILED}:
                self.books.finish(self.run_id, operation, None, answer.problem)
                result.rejected += 1
                result.problems.append((operation.account_name, answer.problem or "the CRM did not take it"))

    def _take_in(self, written: Sequence[tuple[Operation, WriteResult]], result: ApplyResult) -> None:
        """Read back what was written and put it into the books; what cannot be read back stays in flight."""
        ids = [answer.task_id or operation.link.task_id for operation, answer in written]
        now = self.connector.read_tasks(ids) if ids else {}
        for (operation, _), task_id in zip(written, ids, strict=True):
            state = now.get(task_id)
            if state is not None:
                self.books.finish(self.run_id, operation, self._linked(operation, state, operation.ours))
                result.written += 1
                result.steps[operation.step] += 1

    def _linked(self, operation: Operation, state: TaskState, ours: frozenset[TaskField]) -> TaskLink:
        """Return the link after a write, with what the CRM holds of the fields that are ours."""
        values = field_values(state)
        kept = {name: value for name, value in operation.link.written.items() if name not in operation.ours}
        return replace(
            operation.link,
            task_id=state.id,
            written={**kept, **{name: values[name] for name in ours}},
            created_at=operation.link.created_at or self.clock.now().astimezone(dt.UTC),
        )

    # -- what an earlier run left in flight -----------------------------------------------------------------------

    def settle(self, result: ApplyResult) -> int:
        """Find out what became of operations in flight: found → linked; proven absent → planned again.

        Returns how many are proven not to have happened. What stays unsettled is counted and told anew each time.
        """
        result.unsettled = 0
        result.problems[:] = [problem for problem in result.problems if problem[1] != UNSETTLED]
        lost = 0
        for batch in _batches(self.books.in_flight(), self.connector.batch_size):
            self.alive()
            lost += self._settle_creations([intent for intent in batch if _creates(intent)], result)
            lost += self._settle_changes([intent for intent in batch if not _creates(intent)], result)
        return lost

    def _settle_creations(self, intents: Sequence[Intent], result: ApplyResult) -> int:
        lookups = [
            KeyLookup(key=intent.operation.link.key, account_ids=self._places(intent.operation.account_id))
            for intent in intents
        ]
        found = self.connector.find_tasks(lookups) if lookups else {}
        lost = 0
        for intent in intents:
            if intent.operation.link.key in found:
                lost += self._settled(intent, found[intent.operation.link.key], result)
            else:
                self._unsettled(intent.operation, result)
        return lost

    def _places(self, account_id: str) -> tuple[str, ...]:
        """Return the accounts that a task made for one may hang on."""
        return (account_id, self.merged[account_id]) if account_id in self.merged else (account_id,)

    def _settle_changes(self, intents: Sequence[Intent], result: ApplyResult) -> int:
        ids = [intent.operation.link.task_id for intent in intents if intent.operation.write is not None]
        now = self.connector.read_tasks(ids) if ids else {}
        lost = 0
        for intent in intents:
            operation = intent.operation
            state = now.get(operation.link.task_id)
            if operation.write is None:
                self.books.finish(intent.run_id, operation, operation.link)
                result.settled += 1
            elif state is None:
                self._unsettled(operation, result)
            else:
                lost += self._settled(intent, state if _happened(operation, state) else None, result)
        return lost

    def _settled(self, intent: Intent, state: TaskState | None, result: ApplyResult) -> bool:
        """Book what became of an operation, None for nothing; return whether it did not happen."""
        operation = intent.operation
        link = None
        if state is not None:
            link = self._linked(operation, state, operation.ours & _still_ours(operation, state))
            result.steps[operation.step] += 1
        self.books.finish(intent.run_id, operation, link, "" if link else "it did not happen")
        result.settled += 1
        return link is None

    def _unsettled(self, operation: Operation, result: ApplyResult) -> None:
        result.unsettled += 1
        result.problems.append((operation.account_name, UNSETTLED))


def _creates(intent: Intent) -> bool:
    write = intent.operation.write
    return write is not None and write.task_id is None


def _same(now: TaskState, before: TaskState) -> bool:
    """Return whether a task is as it was: the fields we compare, its status and its existence."""
    return field_values(now) == field_values(before) and now.status is before.status and now.deleted is before.deleted


def _happened(operation: Operation, state: TaskState) -> bool:
    """Return whether a change of unknown end reached the CRM.

    Every plain value that was to be written must be there, and where only the body was, it must have changed.
    """
    write, before = operation.write, operation.before
    if write is None or before is None or state.deleted:
        return False
    values = field_values(state)
    plain = all(values[name] == value for name, value in _plain_values(write).items())
    status = write.status is None or (write.status is TaskStatus.OPEN) == (state.status is TaskStatus.OPEN)
    body = (write.text is None and write.note is None) or state.body != before.body
    return plain and status and body


def _plain_values(write: TaskWrite) -> dict[TaskField, str]:
    """Return the fields of a write that come back as they were written; a body is rendered by the connector."""
    plain = {
        TaskField.SUBJECT: write.subject,
        TaskField.OWNER: write.owner_id,
        TaskField.DUE: write.due_on.isoformat() if write.due_on else None,
        TaskField.PRIORITY: write.priority.value if write.priority else None,
    }
    return {name: value for name, value in plain.items() if value is not None}


def _still_ours(operation: Operation, state: TaskState) -> frozenset[TaskField]:
    """Return the fields that hold what was to be written; what differs, a person changed since."""
    if operation.write is None:
        return frozenset()
    plain, values = _plain_values(operation.write), field_values(state)
    return frozenset(name for name in TaskField if name not in plain or plain[name] == values[name])


def _batches(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
