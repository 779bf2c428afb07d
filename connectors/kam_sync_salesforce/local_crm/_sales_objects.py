"""The objects about selling: opportunities with their stages, people, teams and quotes."""

from __future__ import annotations

from typing import Final

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
    picklist,
    read_only,
    text,
)
from kam_sync_salesforce.local_crm._words import BUYING_ROLE_VALUES, LOST_STAGE, WON_STAGE

_FORECAST: Final = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")

STAGES: Final = (
    ("Prospecting", 0, 0, "Pipeline", 10.0),
    ("Qualification", 0, 0, "Pipeline", 10.0),
    ("Technical Evaluation", 0, 0, "Pipeline", 50.0),
    ("Proposal/Price Quote", 0, 0, "Best Case", 75.0),
    ("Negotiation/Review", 0, 0, "Commit", 90.0),
    (WON_STAGE, 1, 1, "Closed", 100.0),
    (LOST_STAGE, 1, 0, "Omitted", 0.0),
)
"""ApiName, IsClosed, IsWon, ForecastCategoryName, DefaultProbability; the third is the administrator's own."""

QUOTE_DRAFT: Final = "Draft"
QUOTE_SENT: Final = "Presented"
QUOTE_ACCEPTED: Final = "Accepted"
QUOTE_REFUSED: Final = "Denied"

OPPORTUNITY: Final = SObject(
    name="Opportunity",
    key_prefix="006",
    plural="Opportunities",
    fields=(
        identity(),
        DELETED,
        lookup("AccountId", "Account"),
        text("Name", 120, nillable=False),
        long_text("Description"),
        picklist("StageName", *(name for name, *_ in STAGES), nillable=False),
        currency("Amount"),
        Field(name="Probability", type=FieldType.PERCENT),
        date("CloseDate", nillable=False),
        picklist("Type", "Existing Business", "New Business", "Renewal"),
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
        picklist("Loss_Reason__c", "Price", "Competitor", "No Budget", "No Decision", "Product Fit", "Other"),
        text("Competitor__c"),
        multipicklist("Products__c", "Pumps", "Seals", "Valves", "Service", "Monitoring"),
        text("Scope_Agreed__c"),
        date("Tender_Date__c"),
        date("Proposal_Sent__c"),
        date("Proposal_Expires__c"),
        date("Delivered_On__c"),
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

OPPORTUNITY_CONTACT_ROLE: Final = SObject(
    name="OpportunityContactRole",
    key_prefix="00K",
    fields=(
        identity(),
        lookup("OpportunityId", "Opportunity", nillable=False, updateable=False),
        lookup("ContactId", "Contact", nillable=False),
        picklist("Role", *BUYING_ROLE_VALUES),
        flag("IsPrimary"),
        *audit_fields(),
        DELETED,
    ),
)

OPPORTUNITY_TEAM_MEMBER: Final = SObject(
    name="OpportunityTeamMember",
    key_prefix="00q",
    fields=(
        identity(),
        lookup("OpportunityId", "Opportunity", nillable=False, updateable=False),
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
        picklist("OpportunityAccessLevel", "Read", "Edit", "All", restricted=True, default="Read"),
        *audit_fields(),
        DELETED,
    ),
)

QUOTE: Final = SObject(
    name="Quote",
    key_prefix="0Q0",
    fields=(
        identity(),
        lookup("OwnerId", "User", nillable=False, indexed=False),
        DELETED,
        text("Name", 255, nillable=False),
        *audit_fields(),
        lookup("OpportunityId", "Opportunity", nillable=False, updateable=False),
        lookup("ContactId", "Contact"),
        read_only("QuoteNumber", FieldType.STRING, length=30, nillable=False),
        picklist(
            "Status",
            QUOTE_DRAFT,
            "Needs Review",
            "In Review",
            "Approved",
            "Rejected",
            QUOTE_SENT,
            QUOTE_ACCEPTED,
            QUOTE_REFUSED,
        ),
        date("ExpirationDate"),
        long_text("Description"),
        date("Sent_On__c"),
    ),
)

SALES_OBJECTS: Final = (
    OPPORTUNITY,
    OPPORTUNITY_STAGE,
    OPPORTUNITY_CONTACT_ROLE,
    OPPORTUNITY_TEAM_MEMBER,
    QUOTE,
)
