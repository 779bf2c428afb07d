"""The objects about account plans: the plan, its objectives and their measures, and the org's own plan actions."""

from __future__ import annotations

from typing import Final

from kam_sync_salesforce.local_crm._schema import (
    DELETED,
    Field,
    FieldType,
    SObject,
    audit_fields,
    date,
    flag,
    identity,
    long_text,
    lookup,
    picklist,
    read_only,
    text,
)
from kam_sync_salesforce.local_crm._words import PLAN_FIELDS, SWOT_FIELDS

OBJECTIVE_OPEN: Final = "In Progress"
OBJECTIVE_CLOSED: Final = "Closed"

ACCOUNT_PLAN: Final = SObject(
    name="AccountPlan",
    key_prefix="0aP",
    since=62.0,
    fields=(
        identity(),
        lookup("OwnerId", "User", "Group", nillable=False, indexed=False),
        DELETED,
        text("Name", 255, nillable=False),
        *audit_fields(),
        lookup("AccountId", "Account", nillable=False, updateable=False),
        picklist("Status", "Not Started", "Active", "Inactive", restricted=True, default="Not Started"),
        date("StartDate"),
        date("EndDate"),
        long_text("AccountStrategicPriorities"),
        long_text("AccountVision"),
        long_text("AccountChallenges"),
        date("Last_Review__c"),
        date("Next_Review__c"),
        *(long_text(name) for name in PLAN_FIELDS.values() if name.endswith("__c")),
        *(long_text(name) for name in SWOT_FIELDS.values()),
        date("Swot_Reviewed__c"),
    ),
)

ACCOUNT_PLAN_OBJECTIVE: Final = SObject(
    name="AccountPlanObjective",
    key_prefix="0aO",
    since=62.0,
    fields=(
        identity(),
        DELETED,
        text("Name", 255, nillable=False),
        *audit_fields(),
        lookup("AccountPlanId", "AccountPlan", nillable=False, updateable=False),
        long_text("Description"),
        date("StartDate"),
        date("EndDate"),
        picklist("Status", "New", OBJECTIVE_OPEN, OBJECTIVE_CLOSED, restricted=True, default="New"),
        lookup("ObjectiveOwnerId", "User", indexed=False),
    ),
)

ACCOUNT_PLAN_OBJECTIVE_MEASURE: Final = SObject(
    name="AccountPlanObjectiveMeasure",
    key_prefix="0aM",
    since=62.0,
    fields=(
        identity(),
        DELETED,
        text("Name", 255, nillable=False),
        *audit_fields(),
        lookup("AccountPlanObjectiveId", "AccountPlanObjective", nillable=False, updateable=False),
        picklist("ValueType", "Currency", "Number", "Percent", restricted=True, nillable=False, default="Number"),
        text("TargetValue"),
        text("CurrentValue"),
        *(
            read_only(f"{which}{kind}Value", type_)
            for which in ("Target", "Current")
            for kind, type_ in (
                ("Currency", FieldType.CURRENCY),
                ("Number", FieldType.DOUBLE),
                ("Percent", FieldType.PERCENT),
            )
        ),
        Field(name="CurrentValueTimestamp", type=FieldType.DATETIME, createable=False, updateable=False, since=63.0),
    ),
)

PLAN_ACTION: Final = SObject(
    name="Plan_Action__c",
    key_prefix="a9B",
    fields=(
        identity(),
        lookup("OwnerId", "User", "Group", nillable=False, indexed=False),
        DELETED,
        text("Name", 80, nillable=False),
        *audit_fields(),
        lookup("Account__c", "Account", nillable=False),
        lookup("Objective__c", "AccountPlanObjective"),
        date("Due__c"),
        flag("Done__c"),
    ),
)

PLAN_OBJECTS: Final = (ACCOUNT_PLAN, ACCOUNT_PLAN_OBJECTIVE, ACCOUNT_PLAN_OBJECTIVE_MEASURE, PLAN_ACTION)
