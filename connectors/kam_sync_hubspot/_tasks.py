"""Tasks between kam-sync's words and HubSpot's properties; pure, no calls.

HubSpot's tasks have no due date of their own: `hs_timestamp` is it, a moment. All property values are strings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.ports import Priority, TaskState, TaskStatus, TaskWrite
from kam_sync_hubspot import _html
from kam_sync_hubspot._answers import HubSpotObject
from kam_sync_hubspot._client import TASK_TO_COMPANY
from kam_sync_hubspot._values import Properties, day, moment, text

TASK_STATE_PROPERTIES: Final = (
    "hs_task_subject",
    "hs_task_body",
    "hs_task_status",
    "hs_task_priority",
    "hs_timestamp",
    "hubspot_owner_id",
    "hs_lastmodifieddate",
)
"""What a TaskState is made of, beside the key property."""
DUE_AT: Final = dt.time(17)
"""When a task is due on its day: the end of a working day in the org's time zone."""
REMIND_AT: Final = dt.time(9)
"""When HubSpot reminds the owner on the day."""

_PRIORITIES: Final[Mapping[Priority, str]] = {Priority.LOW: "LOW", Priority.NORMAL: "MEDIUM", Priority.HIGH: "HIGH"}
_PRIORITY_OF: Final = {value: priority for priority, value in _PRIORITIES.items()}
_STATUSES: Final[Mapping[TaskStatus, str]] = {
    TaskStatus.OPEN: "NOT_STARTED",
    TaskStatus.CLOSED: "COMPLETED",
    TaskStatus.DEFERRED: "DEFERRED",
}
_STATUS_OF: Final = {value: status for status, value in _STATUSES.items()}


def state_of(item: HubSpotObject, zone: ZoneInfo, key_property: str, account_id: str | None = None) -> TaskState:
    """Return a task as it stands; IN_PROGRESS and WAITING are open.

    Raises:
        UnfitValueError: A property holds what it cannot hold.
    """
    given = item.properties
    status = text(given, "hs_task_status")
    priority = text(given, "hs_task_priority")
    return TaskState(
        id=item.id,
        key=text(given, key_property),
        subject=_html.one_line(text(given, "hs_task_subject") or ""),
        body=_html.normalise(text(given, "hs_task_body")),
        owner_id=text(given, "hubspot_owner_id"),
        due_on=day(given, "hs_timestamp", zone),
        priority=_PRIORITY_OF.get(priority or ""),
        status=_STATUS_OF.get(status or "", TaskStatus.OPEN),
        deleted=item.archived,
        modified_at=_modified_at(given, item.updated_at),
        account_id=account_id,
    )


def _modified_at(given: Properties, updated_at: str | None) -> dt.datetime | None:
    """Return the last change; a stamp that cannot be read is no reason to doubt the task."""
    for stamp in (text(given, "hs_lastmodifieddate"), updated_at):
        try:
            found = moment(stamp or "")
        except ValueError:
            continue
        if isinstance(found, dt.datetime):
            return found.astimezone(dt.UTC)
    return None


def check(write: TaskWrite) -> None:
    """Refuse a write that can never be right; raises ValueError before anything is sent."""
    if write.task_id is None and (write.subject is None or write.text is None or write.due_on is None):
        raise ValueError(f"operation {write.operation_id} creates a task without subject, text or due date")
    if write.note is not None and write.text is None and write.current_body is None:
        raise ValueError(f"operation {write.operation_id} appends a note to a body that it does not give")


def create_input(write: TaskWrite, zone: ZoneInfo, key_property: str, now: dt.datetime) -> Mapping[str, object]:
    """Return the input of a batch create: key, company and trace id in one call, so that nothing is half done."""
    status = write.status or TaskStatus.OPEN
    properties = {
        "hs_task_type": "TODO",
        "hs_task_status": _STATUSES[status],
        "hs_task_priority": _PRIORITIES[write.priority or Priority.NORMAL],
        key_property: write.key,
        **_changes(write, zone),
    }
    if status is TaskStatus.OPEN:
        properties |= _reminder(write.due_on, zone, now)
    return {
        "objectWriteTraceId": write.operation_id,
        "properties": properties,
        "associations": [
            {
                "to": {"id": write.account_id},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TASK_TO_COMPANY}],
            }
        ],
    }


def update_input(write: TaskWrite, zone: ZoneInfo, now: dt.datetime) -> Mapping[str, object]:
    """Return the input of a batch update; only what changes is in it, and a reopened task gets a new reminder."""
    properties = _changes(write, zone)
    if write.status is TaskStatus.OPEN:
        properties |= _reminder(write.due_on, zone, now)
    return {"objectWriteTraceId": write.operation_id, "id": write.task_id, "properties": properties}


def _changes(write: TaskWrite, zone: ZoneInfo) -> dict[str, str]:
    found: dict[str, str] = {}
    if write.subject is not None:
        found["hs_task_subject"] = _html.one_line(write.subject)
    body = _body(write)
    if body is not None:
        found["hs_task_body"] = body
    if write.owner_id is not None:
        found["hubspot_owner_id"] = write.owner_id
    if write.due_on is not None:
        found["hs_timestamp"] = _at(write.due_on, DUE_AT, zone).strftime("%Y-%m-%dT%H:%M:%SZ")
    if write.priority is not None:
        found["hs_task_priority"] = _PRIORITIES[write.priority]
    if write.status is not None:
        found["hs_task_status"] = _STATUSES[write.status]
    return found


def _body(write: TaskWrite) -> str | None:
    """Return the new body, or None to leave it; a note that no longer fits behind a person's text is left out."""
    if write.note is None:
        return None if write.text is None else _html.render(write.text)
    if write.text is None:
        return _html.append_note(write.current_body or "", write.note)
    room = _html.LONGEST_BODY - len(_html.note_paragraph(write.note))
    return _html.append_note(_html.render(write.text, room=max(room, 0)), write.note)


def _reminder(due_on: dt.date | None, zone: ZoneInfo, now: dt.datetime) -> dict[str, str]:
    """Return the reminder for a due date, unless its moment has passed."""
    if due_on is None:
        return {}
    moment_ = _at(due_on, REMIND_AT, zone)
    return {"hs_task_reminders": str(int(moment_.timestamp() * 1000))} if moment_ > now else {}


def _at(on: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(on, time, zone).astimezone(dt.UTC)
