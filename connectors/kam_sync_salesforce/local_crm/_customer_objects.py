"""The objects about customers: accounts, their people, our team, owners of old, cases, contracts and feedback.

The org has contacts to multiple accounts, tracks the history of Account.OwnerId and of no other field, and lets people
enter the end of a contract (the setting "Auto-calculate Contract End Date" is off).
"""

from __future__ import annotations

from typing import Final

from kam_sync.records import Grade
from kam_sync_salesforce.local_crm._schema import (
    DELETED,
    Field,
    FieldType,
    SObject,
    audit_fields,
    currency,
    date,
    flag,
    identity,
    long_text,
    lookup,
    multipicklist,
    number,
    picklist,
    read_only,
    text,
)
from kam_sync_salesforce.local_crm._words import BUYING_ROLE_VALUES, CRITERIA, LEVELS, ROLE_LABELS, STANCES

_GRADES: Final = tuple(grade.value for grade in Grade)
CASE_CLOSED: Final = "Closed"
CONTRACT_CODES: Final = {
    "Draft": "Draft",
    "In Approval Process": "InApproval",
    "Activated": "Activated",
    "Expired": "Expired",
}
"""Contract.Status → the category that Contract.StatusCode tells."""

ACCOUNT: Final = SObject(
    name="Account",
    key_prefix="001",
    fields=(
        identity(),
        DELETED,
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
        currency("AnnualRevenue"),
        Field(name="NumberOfEmployees", type=FieldType.INT),
        long_text("Description"),
        picklist("Rating", "Hot", "Warm", "Cold"),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        *audit_fields(),
        read_only("LastActivityDate", FieldType.DATE),
        flag("Key_Account__c"),
        picklist("Tier__c", "A", "B", "C", restricted=True),
        date("Key_Since__c"),
        Field(name="Growth_Target__c", type=FieldType.PERCENT),
        number("Growth_Target_Year__c"),
        currency("Cost_To_Serve__c"),
        currency("Cost_To_Serve_Year_Before__c"),
        currency("Cost_To_Serve_Two_Years_Before__c"),
        picklist("Relationship_Stage__c", "Tactical", "Operational", "Functional", "Strategic"),
        text("Competitor__c"),
        date("Progress_Report__c"),
        date("Handover__c"),
        date("Tender__c"),
        date("Reference_Requested__c"),
        date("Trigger_On__c"),
        text("Trigger__c"),
        picklist("Recovery_Target__c", *_GRADES, restricted=True),
        date("Scored_On__c"),
        *(number(name) for name in CRITERIA.values()),
    ),
)

CONTACT: Final = SObject(
    name="Contact",
    key_prefix="003",
    fields=(
        identity(),
        DELETED,
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
        text("EmailBouncedReason", 255),
        Field(name="EmailBouncedDate", type=FieldType.DATETIME),
        flag("IsEmailBounced", settable=False),
        picklist("Stance__c", *STANCES.values(), restricted=True),
        date("Stance_On__c"),
        picklist("Level__c", *LEVELS.values(), restricted=True),
        text("Influence__c"),
        text("Decision_Criteria__c"),
        flag("Left_Company__c"),
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
        DELETED,
        multipicklist("Account_Roles__c", *ROLE_LABELS.values(), restricted=True),
    ),
)

ACCOUNT_CONTACT_RELATION: Final = SObject(
    name="AccountContactRelation",
    key_prefix="07k",
    since=37.0,
    fields=(
        identity(),
        lookup("AccountId", "Account", nillable=False, updateable=False),
        lookup("ContactId", "Contact", nillable=False, updateable=False),
        multipicklist("Roles", *BUYING_ROLE_VALUES),
        flag("IsDirect", settable=False),
        Field(name="IsActive", type=FieldType.BOOLEAN, nillable=False, default=True),
        date("StartDate"),
        date("EndDate"),
        DELETED,
        *audit_fields(),
    ),
)

ACCOUNT_HISTORY: Final = SObject(
    name="AccountHistory",
    key_prefix="017",
    label="Account History",
    plural="Account History",
    createable=False,
    updateable=False,
    deletable=False,
    fields=(
        identity(),
        DELETED,
        lookup("AccountId", "Account", nillable=False, createable=False, updateable=False),
        lookup("CreatedById", "User", nillable=False, createable=False, updateable=False, indexed=False),
        read_only("CreatedDate", FieldType.DATETIME, nillable=False),
        Field(
            name="Field",
            type=FieldType.PICKLIST,
            length=255,
            values=("accountMerged", "created", "feedEvent", "Owner", "ownerAccepted", "ownerAssignment"),
            restricted=True,
            createable=False,
            updateable=False,
            nillable=False,
        ),
        Field(
            name="DataType",
            type=FieldType.PICKLIST,
            length=255,
            values=("EntityId", "Text"),
            restricted=True,
            createable=False,
            updateable=False,
        ),
        read_only("OldValue", FieldType.ANY),
        read_only("NewValue", FieldType.ANY),
    ),
)

CASE: Final = SObject(
    name="Case",
    key_prefix="500",
    fields=(
        identity(),
        DELETED,
        read_only("CaseNumber", FieldType.STRING, length=30, nillable=False),
        lookup("ContactId", "Contact"),
        lookup("AccountId", "Account"),
        picklist("Type", "Problem", "Feature Request", "Question"),
        picklist("Status", "New", "Working", "Escalated", CASE_CLOSED, default="New"),
        text("Subject"),
        picklist("Priority", "Critical", "High", "Medium", "Low", default="Medium"),
        long_text("Description"),
        flag("IsClosed", settable=False),
        read_only("ClosedDate", FieldType.DATETIME),
        flag("IsEscalated"),
        lookup("OwnerId", "User", "Group", nillable=False, indexed=False),
        *audit_fields(),
    ),
)

CONTRACT: Final = SObject(
    name="Contract",
    key_prefix="800",
    fields=(
        identity(),
        lookup("AccountId", "Account", nillable=False),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        date("StartDate"),
        date("EndDate"),
        Field(name="ContractTerm", type=FieldType.INT),
        picklist("Status", *CONTRACT_CODES, restricted=True, nillable=False, default="Draft"),
        Field(
            name="StatusCode",
            type=FieldType.PICKLIST,
            length=40,
            values=tuple(CONTRACT_CODES.values()),
            createable=False,
            updateable=False,
        ),
        DELETED,
        read_only("ContractNumber", FieldType.STRING, length=30, nillable=False),
        text("Name", 80),
        *audit_fields(),
        currency("Annual_Value__c"),
    ),
)

FEEDBACK: Final = SObject(
    name="Feedback__c",
    key_prefix="a9A",
    plural="Feedback",
    fields=(
        identity(),
        lookup("OwnerId", "User", "Group", nillable=False, indexed=False),
        DELETED,
        read_only("Name", FieldType.STRING, length=80, nillable=False),
        *audit_fields(),
        lookup("Account__c", "Account", nillable=False),
        date("Given_On__c", nillable=False),
        picklist("Grade__c", *_GRADES, restricted=True),
        long_text("Reason__c"),
    ),
)

CUSTOMER_OBJECTS: Final = (
    ACCOUNT,
    CONTACT,
    ACCOUNT_TEAM_MEMBER,
    ACCOUNT_CONTACT_RELATION,
    ACCOUNT_HISTORY,
    CASE,
    CONTRACT,
    FEEDBACK,
)
