"""Writes a batch of tasks through sObject Collections and says of each what became of it.

New tasks are upserted by the key field, so that a lost answer cannot make a double; in the weaker mode they are
posted once and never again. Everything else goes by id, since an upsert would bring a deleted task back to life.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from kam_sync.errors import KamSyncError, PermissionDeniedError, TransientError
from kam_sync.ports import KeyLookup, TaskWrite, WriteOutcome, WriteResult
from kam_sync.retrying import ATTEMPTS, call_with_retries
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._faults import LOCKED, TRANSIENT_CODES, NoAnswerError, vendor_error
from kam_sync_salesforce._queries import chunks, record_id
from kam_sync_salesforce._task_fields import TaskFields
from kam_sync_salesforce._task_lookup import TaskLookup
from kam_sync_salesforce._task_text import cut, one_line
from kam_sync_salesforce._tasks import UnwritableError, row_to_send

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

BATCH: Final = 200
"""Records in one collections call (Salesforce's limit)."""
LOCK_ATTEMPTS: Final = 3
"""How often a locked row is sent in all."""
_TRIGGER: Final = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
"""An Apex trigger or flow failed; it runs once for all rows of a call, so one row can fail the others."""
_SMALLEST_HALF: Final = 25
"""Calls are halved down to this many rows to tell the row that fails a trigger from the others."""
_PASSING: Final = TRANSIENT_CODES | {"REQUEST_LIMIT_EXCEEDED", "QUERY_TIMEOUT", "PROCESSING_HALTED"}
_OWN_WORDS: Final = frozenset({"FIELD_CUSTOM_VALIDATION_EXCEPTION", "FIELD_FILTER_VALIDATION_EXCEPTION", _TRIGGER})
"""Errors whose message an administrator of the org wrote; those of others may quote the record."""
_DOUBLE: Final = "DUPLICATE_VALUE"
_MAYBE_WRITTEN: Final = frozenset({WriteOutcome.WRITTEN, WriteOutcome.UNCERTAIN})
_LONGEST_MESSAGE: Final = 200
_SHORTEST_VALUE: Final = 4
"""Characters; shorter values of a record, such as "Low", are also words of a message."""
_EMAIL: Final = re.compile(r"[^\s@<>()\"']+@[^\s@<>()\"']+")
_FIELD: Final = re.compile(r"[A-Za-z]\w{0,79}")
_HINTS: Final[Mapping[str, str]] = {
    "INACTIVE_OWNER_OR_USER": "the owner is inactive in Salesforce",
    "INVALID_CROSS_REFERENCE_KEY": "the account, the owner or the task is not there for the integration user",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "the integration user may not see the account or the owner",
    "INSUFFICIENT_ACCESS_OR_READONLY": "the integration user may not edit this task",
    "STORAGE_LIMIT_EXCEEDED": "the org's data storage is full",
}


_Send = Callable[[Sequence[Row]], Sequence[Row]]


class _LockedError(TransientError):
    """Rows are locked by other transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A write with the record that is sent for it."""

    write: TaskWrite
    row: Row


class TaskWriter:
    """Writes tasks of one org.

    Args:
        client: Sends.
        fields: How tasks are written in the org.
        lookup: Settles doubles.
        zone: The org's, for reminders.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        client: SalesforceClient,
        fields: TaskFields,
        lookup: TaskLookup,
        *,
        zone: ZoneInfo,
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._fields = fields
        self._lookup = lookup
        self._zone = zone
        self._sleep = sleep

    def write(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Write tasks and return one result each, in the same order.

        Raises:
            KamSyncError: Nothing was written.
        """
        if self._fields.blocked:
            raise PermissionDeniedError(f"tasks cannot be written: {self._fields.blocked}")
        results: dict[str, WriteResult] = {}
        creates, changes = self._prepare(writes, results)
        for pending, send in ((creates, self._create), (changes, self._change)):
            # Rows that share an account lock it; side by side in one call they do not lock each other out.
            pending.sort(key=lambda each: each.write.account_id)
            for chunk in chunks(pending, BATCH):
                self._write_chunk(chunk, send, results)
        return [results[write.operation_id] for write in writes]

    def _prepare(
        self, writes: Sequence[TaskWrite], results: dict[str, WriteResult]
    ) -> tuple[list[_Pending], list[_Pending]]:
        """Return what is to be created and what is to be changed; what cannot be sent gets its result at once."""
        creates: dict[str, _Pending] = {}
        changes: dict[str, _Pending] = {}
        for write in writes:
            try:
                row = row_to_send(write, self._fields, self._zone)
            except UnwritableError as error:
                results[write.operation_id] = _result(write, WriteOutcome.REJECTED, str(error))
                continue
            target, name = (creates, write.key) if write.task_id is None else (changes, str(row["id"]))
            if name in target:
                # Salesforce fails all rows of a call that name the same record.
                problem = "the same task twice in one batch; the next run tries again"
                results[write.operation_id] = _result(write, WriteOutcome.FAILED, problem)
                continue
            target[name] = _Pending(write=write, row=row)
        return list(creates.values()), list(changes.values())

    def _write_chunk(self, chunk: Sequence[_Pending], send: _Send, results: dict[str, WriteResult]) -> None:
        """Send a chunk, its locked rows a few times more, and note every row's result.

        Raises:
            KamSyncError: The chunk was refused as a whole and nothing was written before it either.
        """
        waiting: Sequence[_Pending] = chunk
        refusal: KamSyncError | None = None

        def attempt() -> None:
            nonlocal waiting, refusal
            try:
                waiting = self._send_rows(waiting, send, results)
            except KamSyncError as error:
                # The client has repeated what can be repeated; only locks are left to this loop.
                refusal = error
                return
            if waiting:
                raise _LockedError("rows are locked by other transactions")

        # Rows still locked after the last attempt keep their result: failed, the next run tries again.
        with contextlib.suppress(_LockedError):
            call_with_retries(attempt, sleep=self._sleep, attempts=LOCK_ATTEMPTS)
        if refusal is not None:
            raise refusal from None

    def _send_rows(self, chunk: Sequence[_Pending], send: _Send, results: dict[str, WriteResult]) -> Sequence[_Pending]:
        """Send rows once, note their results, and return those that were locked."""
        try:
            answers = send([each.row for each in chunk])
        except KamSyncError as error:
            certain = not isinstance(error, NoAnswerError)
            if certain and not any(result.outcome in _MAYBE_WRITTEN for result in results.values()):
                raise
            outcome = WriteOutcome.FAILED if certain else WriteOutcome.UNCERTAIN
            results.update({each.write.operation_id: _result(each.write, outcome, str(error)) for each in chunk})
            return ()
        codes = {each.write.operation_id: _code(answer) for each, answer in zip(chunk, answers, strict=True)}
        for each, answer in zip(chunk, answers, strict=True):
            results[each.write.operation_id] = _judged(each, answer)
        if len(chunk) > _SMALLEST_HALF and set(codes.values()) == {_TRIGGER}:
            half = len(chunk) // 2
            return [locked for part in (chunk[:half], chunk[half:]) for locked in self._send_rows(part, send, results)]
        self._settle_doubles([each for each in chunk if codes[each.write.operation_id] == _DOUBLE], results)
        return [each for each in chunk if codes[each.write.operation_id] == LOCKED]

    def _create(self, rows: Sequence[Row]) -> Sequence[Row]:
        if not self._fields.upsert:
            return self._client.write("POST", "composite/sobjects", rows, "create Task", unanswered_attempts=1)
        # An upsert may be repeated right after a lost answer; later a person may have deleted the task meanwhile.
        path = f"composite/sobjects/Task/{self._fields.key_field}"
        return self._client.write("PATCH", path, rows, "create Task", unanswered_attempts=2)

    def _change(self, rows: Sequence[Row]) -> Sequence[Row]:
        return self._client.write("PATCH", "composite/sobjects", rows, "update Task", unanswered_attempts=ATTEMPTS)

    def _settle_doubles(self, doubles: Sequence[_Pending], results: dict[str, WriteResult]) -> None:
        """Take a new task that Salesforce refused as a double for written where the double is our own live task."""
        creates = [each.write for each in doubles if each.write.task_id is None]
        if not creates or not self._fields.upsert:
            return
        lookups = [KeyLookup(key=write.key, account_ids=(write.account_id,)) for write in creates]
        try:
            found = self._lookup.find(lookups)
        except KamSyncError as error:
            problem = f"a task with this key exists but could not be read: {error}"
            results.update({write.operation_id: _result(write, WriteOutcome.FAILED, problem) for write in creates})
            return
        for write in creates:
            state = found.get(write.key)
            if state is not None and not state.deleted:
                results[write.operation_id] = _result(write, WriteOutcome.WRITTEN, "", task_id=state.id)


def _result(write: TaskWrite, outcome: WriteOutcome, problem: str, *, task_id: str | None = None) -> WriteResult:
    known = task_id or write.task_id
    return WriteResult(operation_id=write.operation_id, outcome=outcome, task_id=known, problem=problem)


def _errors(answer: Row) -> object:
    return answer.get("errors")


def _code(answer: Row) -> str:
    return "" if answer.get("success") is True else vendor_error(_errors(answer)).code


def _judged(pending: _Pending, answer: Row) -> WriteResult:
    """Return what became of a row; an upsert that found its record has written it as well as one that created it."""
    write, code = pending.write, _code(answer)
    if answer.get("success") is True:
        return _result(write, WriteOutcome.WRITTEN, "", task_id=record_id(answer.get("id")))
    if code == "ENTITY_IS_DELETED" and write.task_id is not None:
        return _result(write, WriteOutcome.GONE, "a person deleted the task")
    outcome = WriteOutcome.FAILED if code in _PASSING else WriteOutcome.REJECTED
    return _result(write, outcome, _problem(_errors(answer), pending.row))


def _problem(errors: object, row: Row) -> str:
    """Return what Salesforce says of a refused row, without anything that the record holds."""
    error = vendor_error(errors)
    said = _HINTS.get(error.code, "")
    if error.code in _OWN_WORDS:
        said = _without_values(error.message, row)
    fields = _named_fields(errors)
    where = f" (fields: {', '.join(fields)})" if fields else ""
    return f"{error.code or 'refused without a code'}{where}{': ' if said else ''}{said}"


def _named_fields(errors: object) -> list[str]:
    first = errors[0] if isinstance(errors, list) and errors else None
    fields = first.get("fields") if isinstance(first, Mapping) else None
    return (
        [name for name in fields if isinstance(name, str) and _FIELD.fullmatch(name)]
        if isinstance(fields, list)
        else []
    )


def _without_values(message: str, row: Row) -> str:
    values = [line for value in row.values() if isinstance(value, str) for line in (value, *value.splitlines())]
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST_VALUE:
            message = message.replace(value, "…")
    return cut(_EMAIL.sub("…", one_line(message)), _LONGEST_MESSAGE)
