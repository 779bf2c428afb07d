"""How kam-sync's tasks can be written and read in an org: fields, statuses, and whether the key field can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kam_sync.ports import Priority
from kam_sync_salesforce import settings
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

READ = ("Subject", "Description", "OwnerId", "ActivityDate", "Priority", "Status", "IsClosed", "IsDeleted", "WhatId")
"""What must be readable to know how a task of ours stands."""
CHANGE = ("Subject", "Description", "OwnerId", "ActivityDate", "Priority", "Status")
"""What must be writable on a task that exists."""
CREATE = (*CHANGE, "WhatId")
"""What must be writable on a new task."""
REMINDER = ("IsReminderSet", "ReminderDateTime")
KEY_LENGTH = 33
"""Characters of the longest task key (`kam_sync.identity.TASK_KEY`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFields:
    """How tasks are written and read.

    Args:
        fields: The fields to ask for when a task is read.
        key_field: The field that carries the key, where it can be read.
        upsert: Whether a task is created by upserting on the key field; False is the weaker mode.
        reminders: Whether reminders can be set.
        open_status: Status of an open task; empty where none is known.
        closed_status: Status of a task that is done; empty where none is known.
        deferred_statuses: Statuses by which people put a task off.
        priorities: Priority → the org's value.
        blocked: Why tasks cannot be written; empty where they can.
    """

    fields: tuple[str, ...]
    key_field: str | None
    upsert: bool
    reminders: bool
    open_status: str
    closed_status: str
    deferred_statuses: frozenset[str]
    priorities: Mapping[Priority, str]
    blocked: str


def resolve_tasks(wanted: settings.Tasks, task: ObjectInfo | None, statuses: Sequence[Row], notes: Notes) -> TaskFields:
    """Return how tasks can be written and read.

    Args:
        wanted: The policy file's section.
        task: The Task object, or None where it cannot be read.
        statuses: The org's TaskStatus rows.
        notes: Takes what is missing.
    """
    open_status, closed_status, status_problem = _resolve_statuses(wanted, statuses, notes)
    key_field = task.field(wanted.key_field) if task else None
    return TaskFields(
        fields=task.present(*READ, "AccountId", _stamp(task), *([key_field.name] if key_field else [])) if task else (),
        key_field=key_field.name if key_field else None,
        upsert=_can_upsert(wanted.key_field, key_field, notes),
        reminders=task is not None and _writable(task, REMINDER) == (),
        open_status=open_status,
        closed_status=closed_status,
        deferred_statuses=frozenset(wanted.deferred_statuses),
        priorities=wanted.priorities,
        blocked=_resolve_writing(wanted, task, notes) or status_problem,
    )


def _stamp(task: ObjectInfo) -> str:
    """Return the field that moves when a person changes a task; SystemModstamp moves at other times too."""
    return "LastModifiedDate" if task.field("LastModifiedDate") else "SystemModstamp"


def _writable(task: ObjectInfo, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of the names that cannot be both set on a new task and changed later."""
    found = {name: task.field(name) for name in names}
    return tuple(
        f"Task.{name}" for name, field in found.items() if not (field and field.createable and field.updateable)
    )


def _resolve_writing(wanted: settings.Tasks, task: ObjectInfo | None, notes: Notes) -> str:
    if task is None:
        problem = "Task does not exist or may not be read"
    elif not (task.createable and task.updateable):
        problem = "the integration user may not create and edit tasks"
    elif hidden := task.missing(*READ):
        problem = f"{', '.join(hidden)} may not be read"
    elif fixed := (*_writable(task, CHANGE), *_not_createable(task, "WhatId")):
        problem = f"{', '.join(fixed)} may not be edited"
    else:
        _check_priorities(wanted, task.field("Priority"), notes)
        return ""
    fix = 'give the integration user the permission "Edit Tasks" and read and edit access to these fields of Task'
    notes.should_set_up("tasks.write", problem, fix, blocks_apply=True)
    return f"{problem}: {fix}"


def _not_createable(task: ObjectInfo, name: str) -> tuple[str, ...]:
    field = task.field(name)
    return () if field and field.createable else (f"Task.{name}",)


def _check_priorities(wanted: settings.Tasks, field: FieldInfo | None, notes: Notes) -> None:
    values = field.values if field else ()
    absent = [value for value in wanted.priorities.values() if value not in values]
    if values and absent:
        notes.should_set_up(
            "tasks.write",
            f"Task.Priority has no active value {', '.join(absent)}",
            f"set tasks.priorities to its values: {', '.join(values)}",
        )


def _can_upsert(name: str | None, field: FieldInfo | None, notes: Notes) -> bool:
    """Return whether the key field is good for upserts, and note what is weaker where it is not."""
    if name is None:
        problem = "no key field is mapped"
    elif field is None:
        problem = f"the key field {name} does not exist on Activity or may not be read"
    elif not (field.createable and field.updateable):
        problem = f"the key field {name} may not be edited"
    elif not field.external_id or field.type not in {"string", "text"} or field.length < KEY_LENGTH:
        problem = f"the key field {name} is not an external-id text of at least {KEY_LENGTH} characters"
    else:
        if not field.unique:
            fix = "mark it unique (case-insensitive), so that no two tasks can carry one key"
            notes.should_set_up("tasks.key", f"the key field {name} is not unique", fix)
        return True
    notes.should_set_up(
        "tasks.key",
        f"{problem}, so tasks carry their key only in the last line of their description: Salesforce cannot refuse "
        "doubles, a task whose line a person removes is not found again, and finding tasks costs more calls",
        "add an external-id, unique text(64) field to Activity, grant read and edit access to it, and name it in "
        "tasks.key_field",
    )
    return False


def _resolve_statuses(wanted: settings.Tasks, rows: Sequence[Row], notes: Notes) -> tuple[str, str, str]:
    """Return the open status, the closed status, and why tasks cannot be written with them (or an empty text)."""
    ordered = sorted(rows, key=_sort_order)
    open_names = [_name(row) for row in ordered if row.get("IsClosed") is False and _name(row)]
    closed_names = [_name(row) for row in ordered if row.get("IsClosed") is True and _name(row)]
    default = [_name(row) for row in ordered if row.get("IsDefault") is True and _name(row) in open_names]
    deferred = set(wanted.deferred_statuses)
    open_status = wanted.open_status or next((name for name in [*default, *open_names] if name not in deferred), "")
    closed_status = wanted.closed_status or next((name for name in closed_names if name not in deferred), "")
    problem = ""
    if open_status not in open_names or closed_status not in closed_names:
        problem = "TaskStatus has no such open and closed status as the policy file names, or may not be read"
        fix = f"set tasks.open_status to one of {_list(open_names)} and closed_status to one of {_list(closed_names)}"
        notes.should_set_up("tasks.status", problem, fix, blocks_apply=True)
        problem = f"{problem}: {fix}"
    absent = deferred - {*open_names, *closed_names}
    if absent and "deferred_statuses" in wanted.model_fields_set:
        fix = f"set tasks.deferred_statuses to some of {_list(open_names)}"
        notes.should_set_up("tasks.status", f"TaskStatus has no {', '.join(sorted(absent))}", fix)
    return open_status, closed_status, problem


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "(none that can be read)"


def _name(row: Row) -> str:
    name = row.get("ApiName")
    return name if isinstance(name, str) else ""


def _sort_order(row: Row) -> float:
    order = row.get("SortOrder")
    return float(order) if isinstance(order, (int, float)) else 0.0
