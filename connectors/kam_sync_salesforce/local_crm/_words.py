"""What this org's administrators called things: for canonical names and values the fields and values that hold them.

The objects are made of these words, loading and people write by them, and `org_settings` tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from kam_sync.records import (
    BuyingRole,
    ContactLevel,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    Role,
    Stance,
    SwotPart,
)

ROLE_LABELS: Final[Mapping[Role, str]] = {role: role.label.title() for role in Role}
"""The values of AccountTeamMember.Account_Roles__c."""

STANCES: Final[Mapping[Stance, str]] = {stance: stance.value.title() for stance in Stance}
"""The values of Contact.Stance__c."""

LEVELS: Final[Mapping[ContactLevel, str]] = {level: level.value.title() for level in ContactLevel}
"""The values of Contact.Level__c."""

BUYING_ROLES: Final[Mapping[BuyingRole, str]] = {
    BuyingRole.DECISION_MAKER: "Decision Maker",
    BuyingRole.ECONOMIC_BUYER: "Economic Buyer",
    BuyingRole.TECHNICAL_BUYER: "Technical Buyer",
    BuyingRole.CHAMPION: "Champion",
    BuyingRole.EXECUTIVE_SPONSOR: "Executive Sponsor",
    BuyingRole.INFLUENCER: "Influencer",
    BuyingRole.END_USER: "Business User",
    BuyingRole.BLOCKER: "Blocker",
    BuyingRole.OTHER: "Other",
}
"""The values of OpportunityContactRole.Role and AccountContactRelation.Roles that this org's people use."""

ADDED_BUYING_ROLES: Final = ("Champion", "Blocker")
"""What this org's administrator added to these picklists."""
BUYING_ROLE_VALUES: Final = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
    *ADDED_BUYING_ROLES,
)
"""The values of these picklists."""

DEAL_TYPES: Final[Mapping[OpportunityType, str]] = {
    OpportunityType.NEW_BUSINESS: "New Business",
    OpportunityType.EXPANSION: "Existing Business",
    OpportunityType.RENEWAL: "Renewal",
}
"""The values of Opportunity.Type."""

OPEN_STAGE: Final = "Qualification"
WON_STAGE: Final = "Closed Won"
LOST_STAGE: Final = "Closed Lost"
DEAL_STAGES: Final[Mapping[OpportunityStage, str]] = {
    OpportunityStage.TECHNICAL: "Technical Evaluation",
    OpportunityStage.PROPOSAL: "Proposal/Price Quote",
}
"""The values of Opportunity.StageName that rules speak of."""

PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.TEAM_MEETING: "Account team meeting",
    Purpose.BUSINESS_REVIEW: "Business review",
    Purpose.ON_SITE_VISIT: "On-site visit",
    Purpose.HANDOVER: "Handover",
    Purpose.TENDER_PREPARATION: "Tender preparation",
    Purpose.RENEWAL: "Renewal",
}
"""The values that the administrator added to Task.Type and Event.Type."""

PLAN_FIELDS: Final[Mapping[PlanPart, str]] = {
    PlanPart.KEY_RELATIONS: "Relationship_Map__c",
    PlanPart.CURRENT_STATE: "AccountChallenges",
    PlanPart.REVENUE_GOALS: "Revenue_Goals__c",
    PlanPart.STRATEGY: "AccountStrategicPriorities",
}
"""Plan part → field of AccountPlan."""

SWOT_FIELDS: Final[Mapping[SwotPart, str]] = {
    SwotPart.STRENGTHS: "Strengths__c",
    SwotPart.WEAKNESSES: "Weaknesses__c",
    SwotPart.OPPORTUNITIES: "Swot_Opportunities__c",
    SwotPart.THREATS: "Threats__c",
}
"""SWOT part → field of AccountPlan."""

ACCOUNT_FIELDS: Final[Mapping[str, str]] = {
    "account.tier": "Tier__c",
    "account.revenue": "AnnualRevenue",
    "account.key_since": "Key_Since__c",
    "account.growth_target": "Growth_Target__c",
    "account.growth_target_year": "Growth_Target_Year__c",
    "account.cost_to_serve": "Cost_To_Serve__c",
    "account.cost_to_serve_year_before": "Cost_To_Serve_Year_Before__c",
    "account.cost_to_serve_two_years_before": "Cost_To_Serve_Two_Years_Before__c",
    "account.relationship_stage": "Relationship_Stage__c",
    "account.competitor": "Competitor__c",
    "account.progress_report_on": "Progress_Report__c",
    "account.handover_on": "Handover__c",
    "account.tender_on": "Tender__c",
    "account.reference_requested_on": "Reference_Requested__c",
    "account.trigger_on": "Trigger_On__c",
    "account.trigger": "Trigger__c",
    "account.recovery_target": "Recovery_Target__c",
    "account.scored_on": "Scored_On__c",
}
CRITERIA: Final[Mapping[str, str]] = {
    "product_fit": "Criterion_Product_Fit__c",
    "financial_strength": "Criterion_Financial_Strength__c",
    "cultural_fit": "Criterion_Cultural_Fit__c",
}
"""Selection criterion → field of Account."""
CONTACT_FIELDS: Final[Mapping[str, str]] = {
    "contact.level": "Level__c",
    "contact.stance": "Stance__c",
    "contact.stance_on": "Stance_On__c",
    "contact.influence": "Influence__c",
    "contact.decision_criteria": "Decision_Criteria__c",
    "contact.left": "Left_Company__c",
}
OPPORTUNITY_FIELDS: Final[Mapping[str, str]] = {
    "opportunity.loss_reason": "Loss_Reason__c",
    "opportunity.competitor": "Competitor__c",
    "opportunity.products": "Products__c",
    "opportunity.success_criteria": "Scope_Agreed__c",
    "opportunity.tender_on": "Tender_Date__c",
    "opportunity.proposal_sent_on": "Proposal_Sent__c",
    "opportunity.proposal_expires_on": "Proposal_Expires__c",
    "opportunity.delivered_on": "Delivered_On__c",
}
MAPPED_FIELDS: Final[Mapping[str, str]] = {**ACCOUNT_FIELDS, **CONTACT_FIELDS, **OPPORTUNITY_FIELDS}
"""Canonical name → field, as far as a policy has to be told."""

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


def _by_value(words: Mapping[ChoiceT, str]) -> Mapping[str, str]:
    return {choice.value: word for choice, word in words.items()}


CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "contact.level": _by_value(LEVELS),
    "contact.stance": _by_value(STANCES),
    "opportunity.type": _by_value(DEAL_TYPES),
    "opportunity.stages": _by_value(DEAL_STAGES),
    "activity.purposes": _by_value(PURPOSES),
}
"""Canonical name → our value → the org's."""
