"""The properties that HubSpot itself has, as far as anything here needs them; names and options are HubSpot's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kam_sync_hubspot.local_crm.definitions import GROUPS, READ_ONLY, PropertyDefinition, define
from kam_sync_hubspot.local_crm.objects import ObjectType

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
_SENIORITY: Final = (
    "vp",
    "director",
    "manager",
    "entry",
    "executive",
    "employee",
    "senior",
    "partner",
    "owner",
)
_QUOTE_STATUSES: Final = (
    "DRAFT",
    "APPROVAL_NOT_NEEDED",
    "PENDING_APPROVAL",
    "APPROVED",
    "REJECTED",
    "PENDING_BUYER_ACTION",
    "ACCEPTED",
    "DECLINED",
    "LOST",
    "WON",
)
_BOUNCES: Final = ("CONTENT", "MAILBOX_FULL", "OTHER", "SPAM", "UNKNOWN_USER")
ADDED_DEAL_TYPES: Final = ("renewal",)
"""The type of deal that the portal's administrator added."""
DEAL_TYPES: Final = ("newbusiness", "existingbusiness", *ADDED_DEAL_TYPES)
"""HubSpot's two types of deal and the one that the portal added."""
ACTIVITY_TYPES: Final = (
    "Account team meeting",
    "Business review",
    "On-site visit",
    "Handover",
    "Tender preparation",
    "Renewal",
)
"""The types of meetings and calls that the portal's administrator set up."""
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
        ("hs_deal_stage_probability", "Deal probability", "number"),
        ("closed_lost_reason", "Closed lost reason", "string"),
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
    ObjectType.TICKET: (
        ("subject", "Ticket name", "string"),
        ("content", "Ticket description", "string"),
        ("hs_pipeline", "Pipeline", "string"),
        ("hs_pipeline_stage", "Ticket status", "string"),
    ),
    ObjectType.QUOTE: (("hs_title", "Quote title", "string"), ("hs_expiration_date", "Expiration date", "datetime")),
}

_NATIVE_CHOICES: Final[Mapping[ObjectType, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    ObjectType.CONTACT: (("lifecyclestage", "Lifecycle stage", _LIFECYCLE), ("hs_seniority", "Seniority", _SENIORITY)),
    ObjectType.COMPANY: (("lifecyclestage", "Lifecycle stage", _LIFECYCLE),),
    ObjectType.DEAL: (),
    ObjectType.TICKET: (("hs_ticket_priority", "Priority", ("LOW", "MEDIUM", "HIGH", "URGENT")),),
    ObjectType.QUOTE: (("hs_status", "Quote status", _QUOTE_STATUSES),),
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
    ObjectType.DEAL: (
        ("hs_is_closed", "Is deal closed?", "bool"),
        ("hs_is_closed_won", "Is closed won", "bool"),
        ("amount_in_home_currency", "Amount in company currency", "number"),
        ("hs_v2_date_entered_current_stage", "Date entered current stage", "datetime"),
    ),
    ObjectType.TASK: (("hs_task_completion_date", "Completed at", "datetime"),),
    ObjectType.TICKET: (("closed_date", "Close date", "datetime"),),
}


def _special(object_type: ObjectType, group: str) -> Iterable[PropertyDefinition]:
    """Yield what does not fit the tables: enumerations of several values, of owners, or with a reader only."""
    match object_type:
        case ObjectType.CONTACT:
            yield define(
                "hs_buying_role", "Buying role", "enumeration", group, options=_BUYING_ROLES, field_type="checkbox"
            )
            yield define(
                "hs_email_hard_bounce_reason_enum",
                "Email hard bounce reason",
                "enumeration",
                group,
                metadata=READ_ONLY,
                options=_BOUNCES,
            )
        case ObjectType.DEAL:
            yield define("dealtype", "Deal type", "enumeration", group, options=DEAL_TYPES)
            yield define("hs_all_collaborator_owner_ids", "Deal collaborator", "owner", group, field_type="checkbox")
        case ObjectType.MEETING | ObjectType.CALL:
            yield define("hs_activity_type", "Type of activity", "enumeration", group, options=ACTIVITY_TYPES)
        case _:
            return


def native_properties(object_type: ObjectType) -> Iterable[PropertyDefinition]:
    """Yield the properties that HubSpot itself has for an object type."""
    group = next(iter(GROUPS[object_type]))
    yield define("hs_object_id", "Record ID", "number", group, metadata=READ_ONLY, unique=True)
    yield define("hs_merged_object_ids", "Merged record IDs", "string", group, metadata=READ_ONLY)
    yield define(object_type.created_property, "Create date", "datetime", group, metadata=READ_ONLY)
    yield define(object_type.modified_property, "Last modified date", "datetime", group, metadata=READ_ONLY)
    yield define("hubspot_owner_id", "Owner", "owner", group)
    yield define("hubspot_team_id", "Team", "string", group, metadata=READ_ONLY)
    for name, label, kind in _NATIVE_PLAIN.get(object_type, ()):
        yield define(name, label, kind, group, unique=name == "email")
    for name, label, values in _NATIVE_CHOICES.get(object_type, ()):
        yield define(name, label, "enumeration", group, options=values)
    for name, label, kind in _CALCULATED.get(object_type, ()):
        yield define(name, label, kind, group, metadata=READ_ONLY)
    if object_type.has_timeline:
        for name, label in TIMELINE_PROPERTIES:
            yield define(name, label, "datetime", group, metadata=READ_ONLY)
    yield from _special(object_type, group)
