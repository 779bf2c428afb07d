"""The objects of the org and their fields, as far as the local Salesforce has them; activities are in `_activities`.

Key prefixes of AccountPlan, TaskStatus and TaskPriority are invented, since no source for them was found; the others
are Salesforce's own.
"""

from __future__ import annotations

from typing import Final

from kam_sync.records import Role
from kam_sync_salesforce.local_crm._activities import EVENT, TASK
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
    text,
)

ROLE_LABELS: Final[dict[Role, str]] = {role: role.label.title() for role in Role}
"""The values of AccountTeamMember.Account_Roles__c."""

_DELETED: Final = flag("IsDeleted", settable=False)

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
        picklist("UserType", "Standard", "PowerPartner", "CsnOnly", "AutomatedProcess", restricted=True),
        *audit_fields(),
    ),
)

ACCOUNT: Final = SObject(
    name="Account",
    key_prefix="001",
    fields=(
        identity(),
        _DELETED,
        lookup("MasterRecordId", "Account", relationship="MasterRecord", createable=False, updateable=False),
        text("Name", 255, nillable=False),
        picklist("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Partner", "Other"),
        lookup("ParentId", "Account"),
        text("BillingCountry", 80),
        text("Phone", 40, type=FieldType.PHONE),
        text("Website", 255, type=FieldType.URL),
        picklist(
            "Industry", "Chemicals", "Energy", "Engineering", "Healthcare", "Machinery", "Transportation", "Other"
        ),
        Field(name="AnnualRevenue", type=FieldType.CURRENCY),
        Field(name="NumberOfEmployees", type=FieldType.INT),
        long_text("Description"),
        picklist("Rating", "Hot", "Warm", "Cold"),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        *audit_fields(),
        read_only("LastActivityDate", FieldType.DATE),
        flag("Key_Account__c"),
        picklist("Tier__c", "A", "B", "C", restricted=True),
    ),
)

CONTACT: Final = SObject(
    name="Contact",
    key_prefix="003",
    fields=(
        identity(),
        _DELETED,
        lookup("MasterRecordId", "Contact", relationship="MasterRecord", createable=False, updateable=False),
        lookup("AccountId", "Account"),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        read_only("Name", FieldType.STRING, length=121, nillable=False),
        text("Title", 128),
        text("Department", 80),
        text("Phone", 40, type=FieldType.PHONE),
        text("Email", 80, type=FieldType.EMAIL),
        lookup("ReportsToId", "Contact", indexed=False),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        *audit_fields(),
        read_only("LastActivityDate", FieldType.DATE),
        flag("IsEmailBounced", settable=False),
    ),
)

_ACCESS: Final = ("None", "Read", "Edit", "All")

ACCOUNT_TEAM_MEMBER: Final = SObject(
    name="AccountTeamMember",
    key_prefix="01M",
    fields=(
        identity(),
        lookup("AccountId", "Account", nillable=False, updateable=False),
        lookup("UserId", "User", nillable=False, updateable=False),
        picklist(
            "TeamMemberRole",
            "Account Manager",
            "Channel Manager",
            "Executive Sponsor",
            "Lead Qualifier",
            "Pre-Sales Consultant",
            "Sales Manager",
            "Sales Rep",
        ),
        picklist("AccountAccessLevel", *_ACCESS, restricted=True, default="Read"),
        picklist("OpportunityAccessLevel", *_ACCESS, restricted=True, default="None"),
        picklist("CaseAccessLevel", *_ACCESS, restricted=True, default="None"),
        picklist("ContactAccessLevel", *_ACCESS, restricted=True, default="None"),
        *audit_fields(),
        _DELETED,
        Field(
            name="Account_Roles__c",
            type=FieldType.MULTIPICKLIST,
            length=4099,
            values=tuple(ROLE_LABELS.values()),
            restricted=True,
        ),
    ),
)

_FORECAST: Final = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")

OPPORTUNITY: Final = SObject(
    name="Opportunity",
    key_prefix="006",
    plural="Opportunities",
    fields=(
        identity(),
        _DELETED,
        lookup("AccountId", "Account"),
        text("Name", 120, nillable=False),
        long_text("Description"),
        picklist(
            "StageName",
            "Prospecting",
            "Qualification",
            "Proposal/Price Quote",
            "Negotiation/Review",
            "Closed Won",
            "Closed Lost",
            nillable=False,
        ),
        Field(name="Amount", type=FieldType.CURRENCY),
        Field(name="Probability", type=FieldType.PERCENT),
        Field(name="CloseDate", type=FieldType.DATE, nillable=False),
        picklist("Type", "Existing Business", "New Business"),
        text("NextStep", 255),
        flag("IsClosed", settable=False),
        flag("IsWon", settable=False),
        Field(
            name="ForecastCategoryName",
            type=FieldType.PICKLIST,
            length=40,
            values=_FORECAST,
            createable=False,
            updateable=False,
        ),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        *audit_fields(),
        read_only("LastActivityDate", FieldType.DATE),
        read_only("LastStageChangeDate", FieldType.DATETIME),
    ),
)

OPPORTUNITY_STAGE: Final = SObject(
    name="OpportunityStage",
    key_prefix="01J",
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        text("MasterLabel"),
        text("ApiName"),
        flag("IsActive"),
        Field(name="SortOrder", type=FieldType.INT),
        flag("IsClosed"),
        flag("IsWon"),
        picklist("ForecastCategoryName", *_FORECAST),
        Field(name="DefaultProbability", type=FieldType.PERCENT),
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

ACCOUNT_PLAN: Final = SObject(
    name="AccountPlan",
    key_prefix="0aP",
    since=62.0,
    fields=(
        identity(),
        lookup("OwnerId", "User", "Group", nillable=False, indexed=False),
        _DELETED,
        text("Name", 255, nillable=False),
        *audit_fields(),
        lookup("AccountId", "Account", nillable=False, updateable=False),
        picklist("Status", "Not Started", "Active", "Inactive", restricted=True, default="Not Started"),
        Field(name="StartDate", type=FieldType.DATE),
        Field(name="EndDate", type=FieldType.DATE),
        long_text("AccountStrategicPriorities"),
        long_text("AccountVision"),
        long_text("AccountChallenges"),
        Field(name="Last_Review__c", type=FieldType.DATE),
        Field(name="Next_Review__c", type=FieldType.DATE),
        long_text("Relationship_Map__c"),
        long_text("Revenue_Goals__c"),
    ),
)

STANDARD_OBJECTS: Final[tuple[SObject, ...]] = (
    ORGANIZATION,
    USER,
    ACCOUNT,
    CONTACT,
    ACCOUNT_TEAM_MEMBER,
    OPPORTUNITY,
    OPPORTUNITY_STAGE,
    TASK,
    TASK_STATUS,
    TASK_PRIORITY,
    EVENT,
    ACCOUNT_PLAN,
)
