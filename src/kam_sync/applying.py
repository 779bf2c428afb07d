"""Applying: does a plan's operations in a CRM so that it may be cut off anywhere and repeated safely.

Intent committed → CRM called → result committed. An operation whose end is not known is settled by the task's key
before anything else is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kam_sync.clock import Clock
from kam_sync.errors import ConnectorError
from kam_sync.lifecycle import TaskField, TaskLink, field_values
from kam_sync.plans import Operation, OrgPlan
from kam_sync.ports import Connector, KeyLookup, TaskState, TaskStatus, WriteOutcome, WriteResult
from kam_sync.store.tasks import Intent, TaskBooks

ItemT = TypeVar("ItemT")


@dataclass(slots=True, kw_only=True)
class ApplyResult:
    """What applying did, in operations; `problems` are (account name, what happened) for the user."""

    written: int = 0
    recorded: int = 0
    conflicts: int = 0
    rejected: int = 0
    unsettled: int = 0
    settled: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything that was planned was done."""
        return not (self.conflicts or self.rejected or self.unsettled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applier:
    """Applies plans of one org.

    Args:
        connector: The org's connector.
        books: The org's links and outbox.
        clock: Tells the time.
        run_id: Of the run that applies.
        alive: Called before every call that writes: keeps the lease and fences a late writer.
        progress: Told after every batch.
    """

    connector: Connector
    books: TaskBooks
    clock: Clock
    run_id: str
    alive: Callable[[], None] = lambda: None
    progress: Callable[[str, int], None] = lambda _what, _count: None

    def apply(self, plan: OrgPlan, result: ApplyResult) -> None:
        """Do the operations of a plan whose tasks and links are still as they were when it was made.

        Raises:
            ConnectorError: The CRM cannot be written at all; what was done so far is in `result` and in the store.
        """
        for operation in plan.operations:
            if operation.write is None and self._is_current(operation, result):
                self.books.begin_operations(self.run_id, [operation], self.clock.now())
                self.books.finish(self.run_id, operation, operation.link)
                result.recorded += 1
        writes = [operation for operation in plan.operations if operation.write is not None]
        for batch in _batches(writes, self.connector.batch_size):
            current = [operation for operation in batch if self._is_current(operation, result)]
            self._write(self._unchanged(current, result), result)
            self.progress("written", result.written)

    def _is_current(self, operation: Operation, result: ApplyResult) -> bool:
        """Return whether our books still say what the operation was planned on."""
        stored = self.books.link(operation.link.key)
        if (stored.revision if stored else None) == operation.revision:
            return True
        result.conflicts += 1
        result.problems.append((operation.account_name, "planned on an older state of the books; skipped"))
        return False

    def _unchanged(self, operations: Sequence[Operation], result: ApplyResult) -> list[Operation]:
        """Return the operations whose tasks are as they were seen when planning."""
        ids = [operation.before.id for operation in operations if operation.before is not None]
        now = self.connector.read_tasks(ids) if ids else {}
        unchanged = []
        for operation in operations:
            if operation.before is None:
                unchanged.append(operation)
                continue
            seen = now.get(operation.before.id)
            if seen is not None and _same(seen, operation.before):
                unchanged.append(operation)
            else:
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
        written = [(op, answer) for op, answer in ended if answer.outcome is WriteOutcome.WRITTEN]
        self._take_in(written, result)
        for operation, answer in ended:
            if answer.outcome in {WriteOutcome.REJECTED, WriteOutcome.GONE, WriteOutcome.FAILED}:
                self.books.finish(self.run_id, operation, None, answer.problem)
                result.rejected += 1
                result.problems.append((operation.account_name, answer.problem or "the CRM did not take it"))
        if self.books.in_flight():
            self.settle(result)

    def _take_in(self, written: Sequence[tuple[Operation, WriteResult]], result: ApplyResult) -> None:
        """Read back what was written and put it into the books."""
        ids = [answer.task_id or operation.link.task_id for operation, answer in written]
        now = self.connector.read_tasks(ids) if ids else {}
        for (operation, _), task_id in zip(written, ids, strict=True):
            state = now.get(task_id)
            if state is None:
                continue  # stays in flight: the next settling finds it
            self.books.finish(self.run_id, operation, self._linked(operation, state))
            result.written += 1

    def _linked(self, operation: Operation, state: TaskState) -> TaskLink:
        """Return the link after a write, with what the CRM holds of the fields that are ours."""
        values = field_values(state)
        written = {**operation.link.written, **{name: values[name] for name in operation.ours}}
        return replace(
            operation.link,
            task_id=state.id,
            written=written,
            created_at=operation.link.created_at or self.clock.now().astimezone(dt.UTC),
        )

    # -- what an earlier run left in flight -----------------------------------------------------------------------

    def settle(self, result: ApplyResult) -> None:
        """Find out what became of operations in flight: found → linked; proven absent → planned again."""
        intents = self.books.in_flight()
        for batch in _batches(intents, self.connector.batch_size):
            self._settle_creations([intent for intent in batch if _creates(intent)], result)
            self._settle_changes([intent for intent in batch if not _creates(intent)], result)

    def _settle_creations(self, intents: Sequence[Intent], result: ApplyResult) -> None:
        lookups = [
            KeyLookup(key=intent.operation.link.key, account_ids=(intent.operation.account_id,)) for intent in intents
        ]
        found = self.connector.find_tasks(lookups) if lookups else {}
        for intent in intents:
            operation = intent.operation
            if operation.link.key not in found:
                self._unsettled(operation, result)
                continue
            state = found[operation.link.key]
            link = self._linked(operation, state) if state is not None else None
            self.books.finish(intent.run_id, operation, link, "" if link else "it did not happen")
            result.settled += 1

    def _settle_changes(self, intents: Sequence[Intent], result: ApplyResult) -> None:
        ids = [intent.operation.link.task_id for intent in intents if intent.operation.write is not None]
        now = self.connector.read_tasks(ids) if ids else {}
        for intent in intents:
            operation = intent.operation
            if operation.write is None:
                self.books.finish(intent.run_id, operation, operation.link)
                result.settled += 1
                continue
            state = now.get(operation.link.task_id)
            if state is None:
                self._unsettled(operation, result)
                continue
            link = self._linked(operation, state) if _happened(operation, state) else None
            self.books.finish(intent.run_id, operation, link, "" if link else "it did not happen")
            result.settled += 1

    def _unsettled(self, operation: Operation, result: ApplyResult) -> None:
        result.unsettled += 1
        result.problems.append((operation.account_name, "it is not known yet whether its task was written"))


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
    expected = {
        TaskField.SUBJECT: write.subject,
        TaskField.OWNER: write.owner_id,
        TaskField.DUE: write.due_on.isoformat() if write.due_on else None,
        TaskField.PRIORITY: write.priority.value if write.priority else None,
    }
    plain = all(values[name] == value for name, value in expected.items() if value is not None)
    status = write.status is None or (write.status is TaskStatus.OPEN) == (state.status is TaskStatus.OPEN)
    body = (write.text is None and write.note is None) or state.body != before.body
    return plain and status and body


def _batches(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
