"""Tasks between kam-sync and Salesforce: a TaskWrite becomes a row to send, a row becomes a TaskState.

Sending, and what becomes of a row, is in `_writing`; the text itself in `_task_text`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.identity import find_task_key
from kam_sync.ports import Priority, TaskState, TaskStatus, TaskWrite
from kam_sync_salesforce import _task_text
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._faults import malformed
from kam_sync_salesforce._queries import is_record_id, record_id
from kam_sync_salesforce._task_fields import TaskFields

REMINDER_HOUR: Final = 9
"""The hour of the due date, in the org's zone, at which Salesforce reminds the owner."""
_ACCOUNT_PREFIX: Final = "001"


class UnwritableError(ValueError):
    """A TaskWrite cannot be sent at all; the message is for the user."""


def row_to_send(write: TaskWrite, fields: TaskFields, zone: ZoneInfo) -> dict[str, object]:
    """Return the record for a collections call.

    Raises:
        UnwritableError: An id is none, or a note has nothing to be appended to.
    """
    row: dict[str, object] = {"attributes": {"type": "Task"}}
    if write.task_id is None:
        row["WhatId"] = _checked_id("account_id", write.account_id)
        row["Status"] = fields.open_status
    else:
        row["id"] = _checked_id("task_id", write.task_id)
    if write.subject is not None:
        row["Subject"] = _task_text.subject(write.subject)
    description = _description(write)
    if description is not None:
        row["Description"] = description
    if fields.upsert and fields.key_field and (write.task_id is None or description is not None):
        # A change sends it too, so that a task made in the weaker mode gets into the key field in time.
        row[fields.key_field] = write.key
    if write.owner_id is not None:
        row["OwnerId"] = _checked_id("owner_id", write.owner_id)
    if write.due_on is not None:
        row["ActivityDate"] = write.due_on.isoformat()
    if write.priority is not None:
        row["Priority"] = fields.priorities[write.priority]
    if write.status is not None:
        row["Status"] = _status(write.status, fields)
    row.update(_reminder(write, fields, zone))
    return row


def _checked_id(name: str, value: str) -> str:
    if not is_record_id(value):
        raise UnwritableError(f"{name} is not a Salesforce id")
    return record_id(value)


def _description(write: TaskWrite) -> str | None:
    if write.text is None and write.note is None:
        return _task_text.body("", None, write.key) if write.task_id is None else None
    base = _task_text.render(write.text) if write.text is not None else write.current_body
    if base is None and write.task_id is not None:
        raise UnwritableError("a note needs the body as just read, or it would replace the body")
    return _task_text.body(base or "", write.note, write.key)


def _status(status: TaskStatus, fields: TaskFields) -> str:
    if status is TaskStatus.DEFERRED:
        raise UnwritableError("only people put tasks off")
    return fields.open_status if status is TaskStatus.OPEN else fields.closed_status


def _reminder(write: TaskWrite, fields: TaskFields, zone: ZoneInfo) -> Mapping[str, object]:
    opens = write.status is TaskStatus.OPEN or (write.task_id is None and write.status is None)
    if not opens or write.due_on is None or not fields.reminders:
        return {}
    at = dt.datetime.combine(write.due_on, dt.time(REMINDER_HOUR), tzinfo=zone).astimezone(dt.UTC)
    return {"IsReminderSet": True, "ReminderDateTime": at.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def task_state(row: Row, fields: TaskFields) -> TaskState:
    """Return how a task stands.

    Raises:
        MalformedAnswerError: The row lacks what every task has.
    """
    closed, deleted = row.get("IsClosed"), row.get("IsDeleted")
    if not isinstance(closed, bool) or not isinstance(deleted, bool):
        raise malformed("query Task", "without IsClosed or IsDeleted")
    what = row.get("WhatId")
    account = what if is_record_id(what) and str(what).startswith(_ACCOUNT_PREFIX) else row.get("AccountId")
    return TaskState(
        id=record_id(row["Id"]),
        key=key_of(row, fields),
        subject=_task_text.normalized(row.get("Subject")),
        body=_task_text.normalized(row.get("Description")),
        owner_id=_id_or_none(row.get("OwnerId")),
        due_on=_day(row.get("ActivityDate")),
        priority=_priority(row.get("Priority"), fields),
        status=_read_status(row.get("Status"), closed=closed, fields=fields),
        deleted=deleted,
        modified_at=_moment(row.get("LastModifiedDate") or row.get("SystemModstamp")),
        account_id=_id_or_none(account),
    )


def key_of(row: Row, fields: TaskFields) -> str | None:
    """Return the key of a task: from the key field, else from the reference line of its description."""
    held = row.get(fields.key_field) if fields.key_field else None
    description = row.get("Description")
    return (find_task_key(held.lower()) if isinstance(held, str) else None) or (
        _task_text.reference_in(description) if isinstance(description, str) else None
    )


def _read_status(status: object, *, closed: bool, fields: TaskFields) -> TaskStatus:
    if status in fields.deferred_statuses:
        return TaskStatus.DEFERRED
    return TaskStatus.CLOSED if closed else TaskStatus.OPEN


def _priority(value: object, fields: TaskFields) -> Priority | None:
    return next((priority for priority, name in fields.priorities.items() if name == value), None)


def _id_or_none(value: object) -> str | None:
    return record_id(value) if is_record_id(value) else None


def _day(value: object) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise malformed("query Task", "with a due date that is no date") from None


def _moment(value: object) -> dt.datetime | None:
    if value is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise malformed("query Task", "with a moment that is none") from None
    return moment.astimezone(dt.UTC)
