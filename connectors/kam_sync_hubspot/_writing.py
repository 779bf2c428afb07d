"""Writes a batch of tasks and says of every one what became of it.

The one place that decides between rejected, gone, failed and uncertain. A create is sent once; what is not known of it
is said to be uncertain, for the caller to settle by key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kam_sync.errors import ConnectorError, MalformedAnswerError, TransientError
from kam_sync.ports import Runtime, TaskWrite, WriteOutcome, WriteResult
from kam_sync_hubspot import _tasks
from kam_sync_hubspot._answers import BatchAnswer, BatchError
from kam_sync_hubspot._client import BATCH_SIZE, HubSpotClient
from kam_sync_hubspot._errors import RejectedCallError, UnansweredError, safe_words
from kam_sync_hubspot._reading import batches

Input = Mapping[str, object]
Send = Callable[[Sequence[Input]], BatchAnswer]

_REFUSALS: Final = frozenset(
    {"VALIDATION_ERROR", "OBJECT_NOT_FOUND", "MISSING_SCOPES", "INVALID_AUTHENTICATION", "CONFLICT"}
)
"""HubSpot's categories that say no for good; any other may pass, and a create may then have happened after all."""


class TaskWriter:
    """Writes tasks; made anew for each call of `write`.

    Args:
        client: The portal.
        runtime: Time zone and clock.
        key_property: Where a task carries its key.
    """

    def __init__(self, client: HubSpotClient, runtime: Runtime, key_property: str) -> None:
        self._client = client
        self._zone = runtime.timezone
        self._now = runtime.clock.now()
        self._key_property = key_property
        self._results: dict[str, WriteResult] = {}
        self._wrote = False
        self._stopped: ConnectorError | None = None

    def write(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Write all and return one result each, in their order; raises only when nothing was written."""
        if len({write.operation_id for write in writes}) != len(writes):
            raise ValueError("two writes of a batch have the same operation id")
        for write in writes:
            _tasks.check(write)
        updates = [write for write in writes if write.task_id is not None]
        creates = [write for write in writes if write.task_id is None]
        for batch in batches(updates, BATCH_SIZE):
            self._send(batch, self._update)
        for batch in batches(creates, BATCH_SIZE):
            self._send(batch, self._create)
        return [self._results[write.operation_id] for write in writes]

    def _send(self, writes: Sequence[TaskWrite], step: Callable[[Sequence[TaskWrite]], None]) -> None:
        """Take a step for a batch; when HubSpot refuses it as a whole, for halves of it, to find what it means."""
        if self._stopped is not None:
            self._all(writes, WriteOutcome.FAILED, str(self._stopped))
            return
        try:
            step(writes)
        except RejectedCallError as error:
            if len(writes) == 1:
                category = error.category if error.category in _REFUSALS else "VALIDATION_ERROR"
                self._one(writes[0], self._refused(writes[0], category), _told(error.problem, error.category))
                return
            middle = len(writes) // 2
            self._send(writes[:middle], step)
            self._send(writes[middle:], step)
        except (TransientError, MalformedAnswerError, UnansweredError) as error:
            self._wrote = True
            self._all(writes, WriteOutcome.UNCERTAIN, str(error))
        except ConnectorError as error:
            if not self._wrote:
                raise
            self._stopped = error
            self._all(writes, WriteOutcome.FAILED, str(error))

    def _create(self, writes: Sequence[TaskWrite]) -> None:
        inputs = [_tasks.create_input(write, self._zone, self._key_property, self._now) for write in writes]
        answer = self._client.create_tasks(inputs)
        by_trace = {write.operation_id: write for write in writes}
        by_key = {write.key: write for write in writes}
        written: dict[str, str] = {}
        for item in answer.objects:
            key = item.properties.get(self._key_property)
            write = by_trace.get(item.trace_id or "") or (by_key.get(key) if isinstance(key, str) else None)
            if write is not None:
                written[write.operation_id] = item.id
        self._settle(writes, inputs, answer, written)

    def _update(self, writes: Sequence[TaskWrite]) -> None:
        inputs = [_tasks.update_input(write, self._zone, self._now) for write in writes]
        answer = self._client.update_tasks(inputs)
        ids = {item.id for item in answer.objects if not item.archived}
        written = {write.operation_id: write.task_id for write in writes if write.task_id in ids and write.task_id}
        self._settle(writes, inputs, answer, written)

    def _settle(
        self, writes: Sequence[TaskWrite], inputs: Sequence[Input], answer: BatchAnswer, written: Mapping[str, str]
    ) -> None:
        """Give every write of an answered batch its result; one that the answer does not speak of is uncertain."""
        self._wrote = True
        for write, sent in zip(writes, inputs, strict=True):
            if write.operation_id in written:
                self._one(write, WriteOutcome.WRITTEN, "", written[write.operation_id])
                continue
            error = _error_of(write, answer.errors, alone=len(writes) == 1)
            if error is None:
                self._one(write, WriteOutcome.UNCERTAIN, "HubSpot's answer does not speak of this task")
                continue
            names, values = _words_of(sent)
            said = safe_words(error.message, names=names, values=values)
            reference = f" (correlationId {answer.correlation_id})" if answer.correlation_id else ""
            self._one(write, self._refused(write, error.category), _told(said + reference, error.category))

    def _refused(self, write: TaskWrite, category: str) -> WriteOutcome:
        """Return what a refusal of one write means."""
        if category == "OBJECT_NOT_FOUND" and write.task_id is not None:
            return WriteOutcome.GONE
        if category == "CONFLICT" and write.task_id is None:
            return WriteOutcome.UNCERTAIN  # a unique key that is taken is our own task, made before: settled by key
        if category in _REFUSALS:
            return WriteOutcome.REJECTED
        return WriteOutcome.UNCERTAIN if write.task_id is None else WriteOutcome.FAILED

    def _all(self, writes: Sequence[TaskWrite], outcome: WriteOutcome, problem: str) -> None:
        for write in writes:
            self._one(write, outcome, problem)

    def _one(self, write: TaskWrite, outcome: WriteOutcome, problem: str, task_id: str | None = None) -> None:
        self._results[write.operation_id] = WriteResult(
            operation_id=write.operation_id, outcome=outcome, task_id=task_id or write.task_id, problem=problem
        )


def _error_of(write: TaskWrite, errors: Sequence[BatchError], *, alone: bool) -> BatchError | None:
    """Return the error of a 207 answer that speaks of a write."""
    for error in errors:
        if write.operation_id in error.trace_ids or (write.task_id is not None and write.task_id in error.ids):
            return error
    return errors[0] if alone and len(errors) == 1 else None


def _words_of(sent: Input) -> tuple[set[str], set[str]]:
    properties = sent.get("properties")
    if not isinstance(properties, Mapping):
        return set(), set()
    return set(properties), {str(value) for value in properties.values()}


def _told(words: str, category: str) -> str:
    return f"HubSpot refused it ({category or 'no category'}): {words or 'it did not say why'}"
