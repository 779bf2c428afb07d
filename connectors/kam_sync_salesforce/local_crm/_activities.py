"""Task and Event: the two objects that share the custom fields of Activity."""

from __future__ import annotations

from typing import Final

from kam_sync_salesforce.local_crm._schema import (
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
        flag("IsDeleted", settable=False),
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
        flag("IsDeleted", settable=False),
        flag("IsChild", settable=False),
        flag("IsGroupEvent", settable=False),
        *audit_fields(),
        flag("IsArchived", settable=False),
        Field(name="ReminderDateTime", type=FieldType.DATETIME),
        flag("IsReminderSet"),
        _key(),
    ),
)
