"""The properties of the invented portal: HubSpot's own, and what its administrator added for key accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kam_sync.records import Grade, Role
from kam_sync_hubspot.local_crm.definitions import CUSTOM, GROUPS, PropertyDefinition, define
from kam_sync_hubspot.local_crm.native_properties import ACTIVITY_TYPES, ADDED_DEAL_TYPES, native_properties
from kam_sync_hubspot.local_crm.objects import ObjectType

_KEY_ACCOUNT: Final = "key_account"
_GRADES: Final = tuple(grade.value for grade in Grade)

_COMPANY: Final[tuple[tuple[str, str, str], ...]] = (
    ("plan_start", "Plan start", "date"),
    ("plan_end", "Plan end", "date"),
    ("plan_last_review", "Last plan review", "date"),
    ("plan_next_review", "Next plan review", "date"),
    ("plan_relations", "Plan: key relations", "text"),
    ("plan_swot", "Plan: current state", "text"),
    ("plan_goals", "Plan: revenue goals", "text"),
    ("plan_strategy", "Plan: strategy", "text"),
    ("plan_strengths", "Plan: strengths", "text"),
    ("plan_weaknesses", "Plan: weaknesses", "text"),
    ("plan_swot_opportunities", "Plan: opportunities", "text"),
    ("plan_threats", "Plan: threats", "text"),
    ("plan_swot_reviewed", "SWOT last reviewed", "date"),
    ("plan_modified", "Plan last changed", "date"),
    ("key_since", "Key account since", "date"),
    ("growth_target", "Growth target (%)", "number"),
    ("growth_target_year", "Fiscal year of the growth target", "number"),
    ("cost_to_serve", "Cost to serve, last 12 months", "number"),
    ("cost_to_serve_year_before", "Cost to serve, year before", "number"),
    ("cost_to_serve_two_years_before", "Cost to serve, two years before", "number"),
    ("competitor", "Competitor", "string"),
    ("progress_report_on", "Last progress report", "date"),
    ("handover_on", "Last handover", "date"),
    ("tender_on", "Next tender", "date"),
    ("reference_requested_on", "Reference last requested", "date"),
    ("trigger_on", "Trigger event on", "date"),
    ("trigger", "Trigger event", "string"),
    ("scored_on", "Selection criteria scored on", "date"),
    ("criterion_product_fit", "Criterion: product fit", "number"),
    ("criterion_financial_strength", "Criterion: financial strength", "number"),
    ("criterion_cultural_fit", "Criterion: cultural fit", "number"),
)
"""Name, label and kind of what is added to companies; the kind `text` is a text of several lines."""

_COMPANY_CHOICES: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("account_tier", "Account tier", ("A", "B", "C")),
    ("relationship_stage", "Relationship stage", ("Tactical", "Operational", "Functional", "Strategic")),
    ("recovery_target", "Recovery target", _GRADES),
)

_OTHERS: Final[Mapping[ObjectType, tuple[tuple[str, str, str], ...]]] = {
    ObjectType.TASK: (("kam_sync_key", "kam-sync key", "string"),),
    ObjectType.CONTACT: (
        ("stance_on", "Stance set on", "date"),
        ("influence", "Influence", "text"),
        ("decision_criteria", "Decision criteria", "text"),
        ("left_company", "Left the company", "bool"),
        ("department", "Department", "string"),
    ),
    ObjectType.DEAL: (
        ("competitor", "Competitor", "string"),
        ("scope_agreed", "Agreed scope and success criteria", "text"),
        ("tender_date", "Tender date", "date"),
        ("proposal_sent", "Proposal sent", "date"),
        ("proposal_expires", "Proposal expires", "date"),
        ("delivered_on", "Delivered on", "date"),
    ),
    ObjectType.QUOTE: (("sent_on", "Sent on", "date"),),
    ObjectType.PLAN_GOAL: (
        ("goal_name", "Goal", "string"),
        ("goal_owner", "Owner of the goal", "owner"),
        ("start_date", "Start", "date"),
        ("due_date", "Due", "date"),
        ("target_value", "Target value", "number"),
        ("progress_on", "Progress updated on", "date"),
    ),
    ObjectType.PLAN_ACTION: (
        ("action_name", "Action", "string"),
        ("action_owner", "Owner of the action", "owner"),
        ("due_date", "Due", "date"),
        ("goal_id", "Goal it serves (record ID)", "string"),
    ),
    ObjectType.CUSTOMER_FEEDBACK: (
        ("given_on", "Given on", "date"),
        ("grade", "Grade", "string"),
        ("reason", "Reason", "text"),
    ),
    ObjectType.SERVICE_CONTRACT: (
        ("contract_name", "Contract", "string"),
        ("end_date", "End", "date"),
        ("annual_value", "Value a year", "number"),
    ),
}

_OTHER_CHOICES: Final[Mapping[ObjectType, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    ObjectType.CONTACT: (("stance", "Stance towards us", ("supporter", "neutral", "blocker")),),
    ObjectType.PLAN_GOAL: (("status", "Status", ("open", "done")),),
    ObjectType.PLAN_ACTION: (("status", "Status", ("open", "done")),),
    ObjectType.SERVICE_CONTRACT: (("status", "Status", ("active", "ended")),),
}

REQUIRED_ON_CREATE: Final[Mapping[ObjectType, frozenset[str]]] = {
    ObjectType.TASK: frozenset({"hs_timestamp"}),
    ObjectType.MEETING: frozenset({"hs_timestamp"}),
    ObjectType.CALL: frozenset({"hs_timestamp"}),
    ObjectType.TICKET: frozenset({"subject", "hs_pipeline_stage"}),
    ObjectType.QUOTE: frozenset({"hs_title", "hs_expiration_date"}),
    ObjectType.PLAN_GOAL: frozenset({"goal_name"}),
    ObjectType.PLAN_ACTION: frozenset({"action_name"}),
    ObjectType.CUSTOMER_FEEDBACK: frozenset({"given_on"}),
    ObjectType.SERVICE_CONTRACT: frozenset({"contract_name"}),
}
"""What a record cannot be made without: by HubSpot's documentation, or by the definition of the custom object."""


def second_holder_property(role: Role) -> PropertyDefinition:
    """Return the company property for a second holder of a role."""
    return define(f"{role}_owner_2", f"{role.label.capitalize()} (second)", "owner", _KEY_ACCOUNT, metadata=CUSTOM)


def products_property(products: Iterable[str]) -> PropertyDefinition:
    """Return the deal property for product families, with these to choose from."""
    return define(
        "products",
        "Products",
        "enumeration",
        next(iter(GROUPS[ObjectType.DEAL])),
        metadata=CUSTOM,
        options=products,
        field_type="checkbox",
    )


def _plain(name: str, label: str, kind: str, group: str) -> PropertyDefinition:
    if kind == "text":
        return define(name, label, "string", group, metadata=CUSTOM, field_type="textarea")
    return define(name, label, kind, group, metadata=CUSTOM)


def _company_properties() -> Iterable[PropertyDefinition]:
    for name, label, options in _COMPANY_CHOICES:
        yield define(name, label, "enumeration", _KEY_ACCOUNT, metadata=CUSTOM, options=options)
    for role in Role:
        yield define(f"{role}_owner", role.label.capitalize(), "owner", _KEY_ACCOUNT, metadata=CUSTOM)
    for name, label, kind in _COMPANY:
        yield _plain(name, label, kind, _KEY_ACCOUNT)


def bare_properties(object_type: ObjectType) -> Iterable[PropertyDefinition]:
    """Yield the properties of a portal in which no administrator has added anything, options included."""
    added = {"dealtype": ADDED_DEAL_TYPES, "hs_activity_type": ACTIVITY_TYPES}
    for definition in native_properties(object_type):
        gone = added.get(definition.name, ())
        options = tuple(option for option in definition.options if option.value not in gone)
        yield definition.model_copy(update={"options": options})


def portal_properties(object_type: ObjectType) -> tuple[PropertyDefinition, ...]:
    """Return all properties that the seeded portal has for an object type, native ones first."""
    group = next(iter(GROUPS[object_type]))
    found = [*native_properties(object_type)]
    if object_type is ObjectType.COMPANY:
        found += _company_properties()
    if object_type is ObjectType.DEAL:
        found.append(products_property(()))
    found += [_plain(name, label, kind, group) for name, label, kind in _OTHERS.get(object_type, ())]
    found += [
        define(name, label, "enumeration", group, metadata=CUSTOM, options=options)
        for name, label, options in _OTHER_CHOICES.get(object_type, ())
    ]
    return tuple(found)
