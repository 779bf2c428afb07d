"""Property definitions: their shape, and the ones every portal has or the seeded portal adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kam_sync.records import Role
from kam_sync_hubspot.local_crm.objects import ObjectType

PORTAL_MADE_AT: Final = "2024-01-15T09:00:00.000Z"
"""When the invented portal and everything that comes with it was made."""


class _Camel(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
    )


class PropertyOption(_Camel):
    """One value of an enumeration."""

    label: str
    value: str
    display_order: int = -1
    hidden: bool = False
    description: str = ""


class ModificationMetadata(_Camel):
    """What of a property may be changed."""

    archivable: bool
    read_only_definition: bool
    read_only_value: bool


class PropertyDefinition(_Camel):
    """A property of an object type as the properties API answers it."""

    name: str
    label: str
    type: str
    field_type: str
    group_name: str
    description: str = ""
    options: tuple[PropertyOption, ...] = ()
    created_at: str = PORTAL_MADE_AT
    updated_at: str = PORTAL_MADE_AT
    archived: bool = False
    calculated: bool = False
    display_order: int = -1
    external_options: bool = False
    form_field: bool = False
    has_unique_value: bool = False
    hidden: bool = False
    hubspot_defined: bool = False
    referenced_object_type: str | None = None
    modification_metadata: ModificationMetadata

    @property
    def refers_to_owner(self) -> bool:
        """Whether its values are owner ids."""
        return self.external_options and self.referenced_object_type == "OWNER"

    @property
    def several(self) -> bool:
        """Whether it holds several options, joined by semicolons."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def as_json(self) -> dict[str, object]:
        """Return it as the API answers it; what does not apply is left out."""
        return self.model_dump(mode="json", exclude_none=True)


CUSTOM: Final = ModificationMetadata(archivable=True, read_only_definition=False, read_only_value=False)
NATIVE: Final = ModificationMetadata(archivable=False, read_only_definition=True, read_only_value=False)
READ_ONLY: Final = ModificationMetadata(archivable=False, read_only_definition=True, read_only_value=True)

GROUPS: Final[Mapping[ObjectType, Mapping[str, str]]] = {
    ObjectType.CONTACT: {"contactinformation": "Contact information"},
    ObjectType.COMPANY: {"companyinformation": "Company information", "key_account": "Key account"},
    ObjectType.DEAL: {"dealinformation": "Deal information"},
    ObjectType.TASK: {"task": "Task information"},
    ObjectType.MEETING: {"meeting": "Meeting information"},
    ObjectType.CALL: {"call": "Call information"},
}
"""The property groups of the portal: name → label."""

_FIELD_TYPES: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "bool": "booleancheckbox",
    "enumeration": "select",
}


def _options(values: Iterable[str]) -> tuple[PropertyOption, ...]:
    return tuple(
        PropertyOption(label=value.replace("_", " ").capitalize(), value=value, display_order=order)
        for order, value in enumerate(values)
    )


def define(
    name: str,
    label: str,
    kind: str,
    group: str,
    *,
    metadata: ModificationMetadata = NATIVE,
    options: Iterable[str] = (),
    field_type: str | None = None,
    unique: bool = False,
) -> PropertyDefinition:
    """Return a definition; the kind `owner` is HubSpot's enumeration of owner ids."""
    owner = kind == "owner"
    flags = ("true", "false") if kind == "bool" else options
    return PropertyDefinition(
        name=name,
        label=label,
        type="enumeration" if owner else kind,
        field_type=field_type or ("select" if owner else _FIELD_TYPES[kind]),
        group_name=group,
        options=_options(flags),
        external_options=owner,
        referenced_object_type="OWNER" if owner else None,
        has_unique_value=unique,
        hubspot_defined=metadata is not CUSTOM,
        calculated=metadata is READ_ONLY,
        modification_metadata=metadata,
    )


_LIFECYCLE: Final = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
_BUYING_ROLES: Final = (
    "BLOCKER",
    "BUDGET_HOLDER",
    "CHAMPION",
    "DECISION_MAKER",
    "END_USER",
    "EXECUTIVE_SPONSOR",
    "INFLUENCER",
    "LEGAL_AND_COMPLIANCE",
    "OTHER",
)
TIMELINE_PROPERTIES: Final = (
    ("notes_last_contacted", "Last contacted"),
    ("notes_last_updated", "Last activity date"),
    ("notes_next_activity_date", "Next activity date"),
    ("hs_last_sales_activity_timestamp", "Last engagement date"),
)
"""What HubSpot works out from the activities of a record; read only."""

_NATIVE_PLAIN: Final[Mapping[ObjectType, tuple[tuple[str, str, str], ...]]] = {
    ObjectType.CONTACT: (
        ("email", "Email", "string"),
        ("firstname", "First name", "string"),
        ("lastname", "Last name", "string"),
        ("jobtitle", "Job title", "string"),
        ("phone", "Phone number", "string"),
    ),
    ObjectType.COMPANY: (
        ("name", "Company name", "string"),
        ("domain", "Company domain name", "string"),
        ("annualrevenue", "Annual revenue", "number"),
        ("city", "City", "string"),
        ("country", "Country/Region", "string"),
        ("numberofemployees", "Number of employees", "number"),
        ("hs_parent_company_id", "Parent company", "number"),
        ("hs_is_target_account", "Target account", "bool"),
    ),
    ObjectType.DEAL: (
        ("dealname", "Deal name", "string"),
        ("amount", "Amount", "number"),
        ("closedate", "Close date", "datetime"),
        ("pipeline", "Pipeline", "string"),
        ("dealstage", "Deal stage", "string"),
        ("hs_next_step", "Next step", "string"),
    ),
    ObjectType.TASK: (
        ("hs_timestamp", "Due date", "datetime"),
        ("hs_task_subject", "Task title", "string"),
        ("hs_task_body", "Notes", "string"),
        ("hs_task_reminders", "Reminders", "string"),
        ("hs_queue_membership_ids", "Queues", "string"),
    ),
    ObjectType.MEETING: (
        ("hs_timestamp", "Activity date", "datetime"),
        ("hs_meeting_title", "Meeting name", "string"),
        ("hs_meeting_body", "Meeting description", "string"),
        ("hs_meeting_start_time", "Meeting start time", "datetime"),
        ("hs_meeting_end_time", "Meeting end time", "datetime"),
        ("hs_attendee_owner_ids", "Attendee owner ids", "string"),
    ),
    ObjectType.CALL: (
        ("hs_timestamp", "Activity date", "datetime"),
        ("hs_call_title", "Call title", "string"),
        ("hs_call_body", "Call notes", "string"),
    ),
}

_NATIVE_CHOICES: Final[Mapping[ObjectType, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    ObjectType.CONTACT: (("lifecyclestage", "Lifecycle stage", _LIFECYCLE),),
    ObjectType.COMPANY: (("lifecyclestage", "Lifecycle stage", _LIFECYCLE),),
    ObjectType.DEAL: (),
    ObjectType.TASK: (
        ("hs_task_status", "Task status", ("NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED")),
        ("hs_task_priority", "Priority", ("NONE", "LOW", "MEDIUM", "HIGH")),
        ("hs_task_type", "Task type", ("TODO", "CALL", "EMAIL")),
    ),
    ObjectType.MEETING: (
        ("hs_meeting_outcome", "Outcome", ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED")),
    ),
    ObjectType.CALL: (
        (
            "hs_call_status",
            "Call status",
            (
                "BUSY",
                "CALLING_CRM_USER",
                "CANCELED",
                "COMPLETED",
                "CONNECTING",
                "FAILED",
                "IN_PROGRESS",
                "MISSED",
                "NO_ANSWER",
                "QUEUED",
                "RINGING",
            ),
        ),
    ),
}

_CALCULATED: Final[Mapping[ObjectType, tuple[tuple[str, str, str], ...]]] = {
    ObjectType.CONTACT: (("associatedcompanyid", "Primary associated company id", "number"),),
    ObjectType.COMPANY: (("hs_num_child_companies", "Number of child companies", "number"),),
    ObjectType.DEAL: (("hs_is_closed", "Is deal closed?", "bool"), ("hs_is_closed_won", "Is closed won", "bool")),
    ObjectType.TASK: (("hs_task_completion_date", "Completed at", "datetime"),),
    ObjectType.MEETING: (),
    ObjectType.CALL: (),
}


def second_holder_property(role: Role) -> PropertyDefinition:
    """Return the company property for a second holder of a role."""
    return define(f"{role}_owner_2", f"{role.label.capitalize()} (second)", "owner", "key_account", metadata=CUSTOM)


def _seeded_company_properties() -> Iterable[PropertyDefinition]:
    yield define("account_tier", "Account tier", "enumeration", "key_account", metadata=CUSTOM, options="ABC")
    for role in Role:
        yield define(f"{role}_owner", role.label.capitalize(), "owner", "key_account", metadata=CUSTOM)
    for name, label in (
        ("plan_start", "Plan start"),
        ("plan_end", "Plan end"),
        ("plan_last_review", "Last plan review"),
        ("plan_next_review", "Next plan review"),
    ):
        yield define(name, label, "date", "key_account", metadata=CUSTOM)
    for name, label in (
        ("plan_relations", "Plan: key relations"),
        ("plan_swot", "Plan: current state"),
        ("plan_goals", "Plan: revenue goals"),
        ("plan_strategy", "Plan: strategy"),
    ):
        yield define(name, label, "string", "key_account", metadata=CUSTOM, field_type="textarea")


def portal_properties(object_type: ObjectType) -> tuple[PropertyDefinition, ...]:
    """Return all properties that the seeded portal has for an object type, native ones first."""
    group = next(iter(GROUPS[object_type]))
    found = [
        define("hs_object_id", "Record ID", "number", group, metadata=READ_ONLY, unique=True),
        define("hs_merged_object_ids", "Merged record IDs", "string", group, metadata=READ_ONLY),
        define(object_type.created_property, "Create date", "datetime", group, metadata=READ_ONLY),
        define(object_type.modified_property, "Last modified date", "datetime", group, metadata=READ_ONLY),
        define("hubspot_owner_id", "Owner", "owner", group),
        define("hubspot_team_id", "Team", "string", group, metadata=READ_ONLY),
    ]
    found += [
        define(name, label, kind, group, unique=name == "email") for name, label, kind in _NATIVE_PLAIN[object_type]
    ]
    found += [
        define(name, label, "enumeration", group, options=values)
        for name, label, values in _NATIVE_CHOICES[object_type]
    ]
    found += [define(name, label, kind, group, metadata=READ_ONLY) for name, label, kind in _CALCULATED[object_type]]
    if not object_type.is_activity:
        found += [define(name, label, "datetime", group, metadata=READ_ONLY) for name, label in TIMELINE_PROPERTIES]
    if object_type is ObjectType.CONTACT:
        found.append(
            define("hs_buying_role", "Buying role", "enumeration", group, options=_BUYING_ROLES, field_type="checkbox")
        )
    if object_type is ObjectType.COMPANY:
        found += _seeded_company_properties()
    if object_type is ObjectType.TASK:
        found.append(define("kam_sync_key", "kam-sync key", "string", group, metadata=CUSTOM))
    return tuple(found)
