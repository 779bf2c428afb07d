"""Task and Event, which share the custom fields of Activity, and the rows that say who takes part in them.

The org has Shared Activities: an activity may be related to several contacts, of whom WhoId is the first.
"""

from __future__ import annotations

from typing import Final

from kam_sync_salesforce.local_crm._schema import (
    DELETED,
    Field,
    FieldType,
    SObject,
    audit_fields,
    flag,
    identity,
    long_text,
    lookup,
    picklist,
    read_only,
)
from kam_sync_salesforce.local_crm._words import PURPOSES

KEY_FIELD: Final = "KamSync_Key__c"
"""The external-id field that the org's administrator added to Activity."""

SUBJECT_LENGTH: Final = 255
"""Salesforce's limit for Task.Subject and Event.Subject."""
DESCRIPTION_LENGTH: Final = 32_000
"""Salesforce's limit for Task.Description and Event.Description."""

OPEN_STATUS: Final = "Not Started"
CLOSED_STATUS: Final = "Completed"
DEFERRED_STATUS: Final = "Deferred"
TASK_STATUSES: Final = (OPEN_STATUS, "In Progress", CLOSED_STATUS, "Waiting on someone else", DEFERRED_STATUS)
TASK_PRIORITIES: Final = ("High", "Normal", "Low")
CALL_SUBTYPE: Final = "Call"


def _subject() -> Field:
    return Field(
        name="Subject",
        type=FieldType.COMBOBOX,
        length=SUBJECT_LENGTH,
        values=("Call", "Email", "Send Letter", "Send Quote", "Other"),
    )


def _related() -> tuple[Field, ...]:
    return (
        lookup("WhoId", "Contact", "Lead"),
        lookup("WhatId", "Account", "Opportunity"),
    )


def _type() -> Field:
    return picklist("Type", "Call", "Email", "Meeting", "Other", *PURPOSES.values())


def _key() -> Field:
    return Field(name=KEY_FIELD, type=FieldType.STRING, length=64, unique=True, external_id=True, indexed=True)


def _account() -> Field:
    return lookup("AccountId", "Account", createable=False, updateable=False)


TASK: Final = SObject(
    name="Task",
    key_prefix="00T",
    fields=(
        identity(),
        *_related(),
        _subject(),
        Field(name="ActivityDate", type=FieldType.DATE, label="Due Date Only"),
        picklist("Status", *TASK_STATUSES, restricted=True, nillable=False, default=OPEN_STATUS),
        picklist("Priority", *TASK_PRIORITIES, restricted=True, nillable=False, default="Normal"),
        flag("IsHighPriority", settable=False),
        lookup("OwnerId", "User", "Group", nillable=False, indexed=False),
        long_text("Description", DESCRIPTION_LENGTH),
        DELETED,
        _account(),
        flag("IsClosed", settable=False),
        *audit_fields(),
        flag("IsArchived", settable=False),
        Field(name="CallObject", type=FieldType.STRING, length=255),
        Field(name="ReminderDateTime", type=FieldType.DATETIME),
        flag("IsReminderSet"),
        Field(
            name="TaskSubtype",
            type=FieldType.PICKLIST,
            length=40,
            values=("Task", "Email", "ListEmail", "Cadence", CALL_SUBTYPE, "LinkedIn"),
            restricted=True,
            updateable=False,
            default="Task",
        ),
        read_only("CompletedDateTime", FieldType.DATETIME),
        _type(),
        _key(),
    ),
)

EVENT: Final = SObject(
    name="Event",
    key_prefix="00U",
    fields=(
        identity(),
        *_related(),
        _subject(),
        Field(name="Location", type=FieldType.STRING, length=255),
        flag("IsAllDayEvent"),
        Field(name="ActivityDateTime", type=FieldType.DATETIME, label="Due Date Time"),
        Field(name="ActivityDate", type=FieldType.DATE, label="Due Date Only"),
        Field(name="DurationInMinutes", type=FieldType.INT),
        Field(name="StartDateTime", type=FieldType.DATETIME),
        Field(name="EndDateTime", type=FieldType.DATETIME),
        long_text("Description", DESCRIPTION_LENGTH),
        _account(),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        flag("IsPrivate"),
        picklist("ShowAs", "Busy", "OutOfOffice", "Free", restricted=True, default="Busy"),
        DELETED,
        flag("IsChild", settable=False),
        flag("IsGroupEvent", settable=False),
        *audit_fields(),
        flag("IsArchived", settable=False),
        Field(name="ReminderDateTime", type=FieldType.DATETIME),
        flag("IsReminderSet"),
        _type(),
        _key(),
    ),
)

EVENT_RELATION: Final = SObject(
    name="EventRelation",
    key_prefix="0RE",
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        lookup("RelationId", "Account", "Contact", "Lead", "Opportunity", "User"),
        lookup("EventId", "Event"),
        flag("IsWhat"),
        flag("IsParent"),
        flag("IsInvitee"),
        picklist("Status", "New", "Declined", "Accepted", "Uninvited", "Maybe", restricted=True),
        Field(name="RespondedDate", type=FieldType.DATETIME),
        *audit_fields(),
        DELETED,
    ),
)
"""Invitees (users and others), and what and whom an event is related to; made by people only."""


def _who_relation(name: str, key_prefix: str, activity: str) -> SObject:
    return SObject(
        name=name,
        key_prefix=key_prefix,
        createable=False,
        updateable=False,
        deletable=False,
        fields=(
            identity(),
            lookup("RelationId", "Contact", "Lead"),
            lookup(f"{activity}Id", activity),
            read_only("Type", FieldType.STRING, length=50),
            *audit_fields(),
            DELETED,
        ),
    )


TASK_WHO_RELATION: Final = _who_relation("TaskWhoRelation", "0RT", "Task")
EVENT_WHO_RELATION: Final = _who_relation("EventWhoRelation", "0RV", "Event")

ACTIVITY_OBJECTS: Final = (TASK, EVENT, EVENT_RELATION, TASK_WHO_RELATION, EVENT_WHO_RELATION)
