"""The objects of the org, as far as the local Salesforce has them: those of the system, and the list of all.

Key prefixes of AccountPlan and what hangs on it, TaskStatus, TaskPriority and the relations of activities are invented,
since no source for them was found; the others are Salesforce's own.
"""

from __future__ import annotations

from typing import Final

from kam_sync_salesforce.local_crm._activities import ACTIVITY_OBJECTS
from kam_sync_salesforce.local_crm._customer_objects import CUSTOMER_OBJECTS
from kam_sync_salesforce.local_crm._plan_objects import PLAN_OBJECTS
from kam_sync_salesforce.local_crm._sales_objects import SALES_OBJECTS
from kam_sync_salesforce.local_crm._schema import (
    Field,
    FieldType,
    SObject,
    audit_fields,
    flag,
    identity,
    lookup,
    picklist,
    read_only,
    text,
)
from kam_sync_salesforce.local_crm._security_objects import SECURITY_OBJECTS

STANDARD_USER: Final = "Standard"
INTEGRATION_USER: Final = "CloudIntegrationUser"

ORGANIZATION: Final = SObject(
    name="Organization",
    key_prefix="00D",
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        text("Name", 80, nillable=False),
        text("OrganizationType", 40),
        flag("IsSandbox", settable=False),
        text("InstanceName", 5),
        text("TimeZoneSidKey", 40),
        text("DefaultLocaleSidKey", 40),
        text("LanguageLocaleKey", 40),
        *audit_fields(),
    ),
)

USER: Final = SObject(
    name="User",
    key_prefix="005",
    # The API user has no "Manage Users", so it may only read.
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        text("Username", 80, nillable=False),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        read_only("Name", FieldType.STRING, length=121, nillable=False),
        text("Email", 128, type=FieldType.EMAIL, nillable=False),
        text("Title", 80),
        flag("IsActive"),
        lookup("ManagerId", "User"),
        picklist(
            "UserType",
            STANDARD_USER,
            "PowerPartner",
            "CsnOnly",
            "AutomatedProcess",
            INTEGRATION_USER,
            restricted=True,
        ),
        *audit_fields(),
    ),
)

TASK_STATUS: Final = SObject(
    name="TaskStatus",
    key_prefix="01V",
    plural="Task Statuses",
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        text("MasterLabel"),
        text("ApiName"),
        Field(name="SortOrder", type=FieldType.INT),
        flag("IsDefault"),
        flag("IsClosed"),
        *audit_fields(),
    ),
)

TASK_PRIORITY: Final = SObject(
    name="TaskPriority",
    key_prefix="01T",
    plural="Task Priorities",
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        text("MasterLabel"),
        text("ApiName"),
        Field(name="SortOrder", type=FieldType.INT),
        flag("IsDefault"),
        flag("IsHighPriority"),
        *audit_fields(),
    ),
)

STANDARD_OBJECTS: Final[tuple[SObject, ...]] = (
    ORGANIZATION,
    USER,
    *CUSTOMER_OBJECTS,
    *SALES_OBJECTS,
    *ACTIVITY_OBJECTS,
    TASK_STATUS,
    TASK_PRIORITY,
    *PLAN_OBJECTS,
    *SECURITY_OBJECTS,
)
