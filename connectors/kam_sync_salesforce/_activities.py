"""Tasks, meetings and calls: what can be read of tasks and events, who takes part in them, and what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from kam_sync_salesforce._accounts import LinkSource, RelationSource, resolve_link, resolve_relation
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import MappedField, resolve_field, with_choices
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._queries import is_record_id, record_id
from kam_sync_salesforce._record_settings import RecordSettings
from kam_sync_salesforce._rows import required_id
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._task_fields import TaskFields

ATTENDEES: Final = "EventRelation"
TASK_CONTACTS: Final = "TaskWhoRelation"
EVENT_CONTACTS: Final = "EventWhoRelation"
PURPOSES: Final = "activity.purposes"
CONTACTS: Final = "activity.contact_ids"
ATTENDEE_IDS: Final = "activity.attendee_ids"

CONTACT_PREFIX: Final = "003"
USER_PREFIX: Final = "005"
"""What the ids of every contact and user begin with, in every org."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySource:
    """Tasks or events.

    Args:
        relation: The object.
        purposes: The field that says what an activity is for; None where it is unknown or unwanted.
        contacts: Whether the customer's people in it are wanted.
        who: More contacts than the first one, where the org shares activities.
        people: Everybody who is invited to an event.
    """

    relation: RelationSource
    purposes: MappedField | None = None
    contacts: bool = False
    attendees: bool = False
    who: LinkSource | None = None
    people: LinkSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySources:
    """Tasks and events; None where they cannot be read."""

    tasks: ActivitySource | None
    events: ActivitySource | None


def resolve_activities(
    objects: Mapping[str, ObjectInfo], settings: RecordSettings, task_fields: TaskFields, notes: Notes
) -> ActivitySources:
    """Return what can be read of activities, and note what is missing."""
    key_in_field = task_fields.upsert and task_fields.key_field is not None
    contacts = notes.wanted.name(CONTACTS)
    who = ("WhoId",) if contacts else ()
    tasks = resolve_relation(
        objects,
        "Task",
        "activities",
        notes,
        needed=(
            *("WhatId", "OwnerId", "Subject", "IsClosed", "ActivityDate", "CreatedDate", "IsDeleted"),
            *(() if key_in_field else ("Description",)),
        ),
        optional=("TaskSubtype", "IsRecurrence", *([task_fields.key_field] if task_fields.key_field else []), *who),
    )
    events = resolve_relation(
        objects,
        "Event",
        "activities",
        notes,
        needed=("WhatId", "OwnerId", "Subject", "ActivityDate", "IsChild", "IsDeleted"),
        optional=("ActivityDateTime", "IsAllDayEvent", "IsRecurrence", *who),
    )
    if tasks is None or events is None:
        return ActivitySources(tasks=None, events=None)
    purposes = _resolve_purposes(tasks.object, events.object, settings, notes)
    contacts = contacts and _first_contacts(tasks.object, events.object, notes)
    people = _resolve_attendees(objects, notes) if contacts or notes.wanted.name(ATTENDEE_IDS) else None
    return ActivitySources(
        tasks=ActivitySource(
            relation=_with(tasks, purposes.get("Task")),
            purposes=purposes.get("Task"),
            contacts=contacts,
            who=_resolve_who(objects, TASK_CONTACTS, "TaskId", notes) if contacts else None,
        ),
        events=ActivitySource(
            relation=_with(events, purposes.get("Event")),
            purposes=purposes.get("Event"),
            contacts=contacts,
            attendees=people is not None and notes.wanted.name(ATTENDEE_IDS),
            who=_resolve_who(objects, EVENT_CONTACTS, "EventId", notes) if contacts else None,
            people=people,
        ),
    )


def _with(relation: RelationSource, purposes: MappedField | None) -> RelationSource:
    return replace(relation, fields=(*relation.fields, *(purposes.api_names if purposes else ())))


def _first_contacts(task: ObjectInfo, event: ObjectInfo, notes: Notes) -> bool:
    missing = (*task.missing("WhoId"), *event.missing("WhoId"))
    if missing:
        notes.unreadable(CONTACTS, missing)
        return False
    for found in (task, event):
        if info := found.field("WhoId"):
            notes.label(CONTACTS, f'the {found.label.lower()} field "{info.title}"')
    return True


def _resolve_who(objects: Mapping[str, ObjectInfo], name: str, holder: str, notes: Notes) -> LinkSource | None:
    """Return the object of further contacts, where the org shares activities and it can be read."""
    if name.lower() not in objects:
        return None
    needed = (holder, "RelationId", "Type")
    return resolve_link(objects, name, notes, needed=needed, optional=("IsDeleted",), unknown=(CONTACTS,))


def _resolve_attendees(objects: Mapping[str, ObjectInfo], notes: Notes) -> LinkSource | None:
    link = resolve_link(
        objects,
        ATTENDEES,
        notes,
        needed=("EventId", "RelationId", "IsWhat"),
        optional=("Status", "IsDeleted"),
        unknown=(ATTENDEE_IDS,),
    )
    if link is not None:
        notes.label(ATTENDEE_IDS, f'the "{link.object.label}" records of the event')
    return link


def _resolve_purposes(
    task: ObjectInfo, event: ObjectInfo, settings: RecordSettings, notes: Notes
) -> Mapping[str, MappedField]:
    """Return the field of each of the two objects; none where the purpose cannot be told of both."""
    if not notes.wanted.name(PURPOSES):
        return {}
    names = settings.fields.get(PURPOSES, ())
    setting = f"fields: {PURPOSES}"
    if not settings.choices(PURPOSES) and PURPOSES in settings.default_fields:
        notes.unmapped(PURPOSES, f"values: {PURPOSES}")
        return {}
    if missing := (*task.missing(*names), *event.missing(*names)):
        notes.unreadable(PURPOSES, missing)
        return {}
    found = {each.name: resolve_field(PURPOSES, names, each, notes, setting=setting) for each in (task, event)}
    mapped = {name: each for name, each in found.items() if each is not None}
    if len(mapped) < len(found):
        return {}
    holders: dict[str, FieldInfo] = {each.label.lower(): mapped[each.name].fields[0] for each in (task, event)}
    chosen = with_choices(next(iter(mapped.values())), holders, settings, notes)
    if chosen is None:
        return {}
    return {name: replace(each, choices=chosen.choices) for name, each in mapped.items()}


def person_of(row: Row, link: LinkSource) -> tuple[str, str] | None:
    """Return activity and person of a link, unless the person declined; raises RowError."""
    person = row.get("RelationId")
    if row.get("IsWhat") is True or row.get("Status") == "Declined" or not is_record_id(person):
        return None
    return required_id(row, link.holder.name), record_id(person)
