"""How the portal holds what kam-sync has canonical names for: in which property, and in which of its own words.

The loader writes by it, people act by it, and the section of a policy is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from kam_sync.records import (
    BuyingRole,
    ContactLevel,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    Stance,
    SwotPart,
)
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.pipelines import PROPOSAL_STAGE, TECHNICAL_STAGE

TECHNICAL_BUYER_LABEL: Final = "Technical buyer"
"""The association label contact to company that stands for the one buying role `hs_buying_role` does not know."""

CRITERIA: Final[Mapping[str, str]] = {
    "product_fit": "criterion_product_fit",
    "financial_strength": "criterion_financial_strength",
    "cultural_fit": "criterion_cultural_fit",
}
"""Selection criterion → company property."""

PLAN_PARTS: Final[Mapping[PlanPart, str]] = {
    PlanPart.KEY_RELATIONS: "plan_relations",
    PlanPart.CURRENT_STATE: "plan_swot",
    PlanPart.REVENUE_GOALS: "plan_goals",
    PlanPart.STRATEGY: "plan_strategy",
}
"""The company property that holds each part of a plan."""
SWOT_PARTS: Final[Mapping[SwotPart, str]] = {
    SwotPart.STRENGTHS: "plan_strengths",
    SwotPart.WEAKNESSES: "plan_weaknesses",
    SwotPart.OPPORTUNITIES: "plan_swot_opportunities",
    SwotPart.THREATS: "plan_threats",
}
"""The company property that holds each part of a plan's SWOT."""
PLAN_FIELDS: Final[Mapping[str, str]] = {
    "start_on": "plan_start",
    "end_on": "plan_end",
    "last_review_on": "plan_last_review",
    "next_review_on": "plan_next_review",
    "modified_on": "plan_modified",
    "swot_on": "plan_swot_reviewed",
}
"""The company property that holds each date of a plan."""

HELD: Final[Mapping[ObjectType, Mapping[str, str]]] = {
    ObjectType.COMPANY: {
        "account.tier": "account_tier",
        "account.revenue": "annualrevenue",
        "account.key_since": "key_since",
        "account.growth_target": "growth_target",
        "account.growth_target_year": "growth_target_year",
        "account.cost_to_serve": "cost_to_serve",
        "account.cost_to_serve_year_before": "cost_to_serve_year_before",
        "account.cost_to_serve_two_years_before": "cost_to_serve_two_years_before",
        "account.relationship_stage": "relationship_stage",
        "account.competitor": "competitor",
        "account.progress_report_on": "progress_report_on",
        "account.handover_on": "handover_on",
        "account.tender_on": "tender_on",
        "account.reference_requested_on": "reference_requested_on",
        "account.trigger_on": "trigger_on",
        "account.trigger": "trigger",
        "account.recovery_target": "recovery_target",
        "account.scored_on": "scored_on",
    },
    ObjectType.CONTACT: {
        "contact.title": "jobtitle",
        "contact.owner_id": "hubspot_owner_id",
        "contact.department": "department",
        "contact.level": "hs_seniority",
        "contact.buying_roles": "hs_buying_role",
        "contact.stance": "stance",
        "contact.stance_on": "stance_on",
        "contact.influence": "influence",
        "contact.decision_criteria": "decision_criteria",
        "contact.left": "left_company",
    },
    ObjectType.DEAL: {
        "opportunity.owner_id": "hubspot_owner_id",
        "opportunity.next_step": "hs_next_step",
        "opportunity.close_on": "closedate",
        "opportunity.amount": "amount",
        "opportunity.probability": "hs_deal_stage_probability",
        "opportunity.type": "dealtype",
        "opportunity.stages": "dealstage",
        "opportunity.loss_reason": "closed_lost_reason",
        "opportunity.competitor": "competitor",
        "opportunity.products": "products",
        "opportunity.success_criteria": "scope_agreed",
        "opportunity.tender_on": "tender_date",
        "opportunity.proposal_sent_on": "proposal_sent",
        "opportunity.proposal_expires_on": "proposal_expires",
        "opportunity.delivered_on": "delivered_on",
        "opportunity.team_ids": "hs_all_collaborator_owner_ids",
    },
    ObjectType.PLAN_GOAL: {
        "goal.name": "goal_name",
        "goal.owner_id": "goal_owner",
        "goal.start_on": "start_date",
        "goal.due_on": "due_date",
        "goal.has_metric": "target_value",
        "goal.progress_on": "progress_on",
    },
    ObjectType.PLAN_ACTION: {
        "action.name": "action_name",
        "action.owner_id": "action_owner",
        "action.due_on": "due_date",
        "action.goal_id": "goal_id",
    },
    ObjectType.CUSTOMER_FEEDBACK: {
        "feedback.on": "given_on",
        "feedback.grade": "grade",
        "feedback.has_reason": "reason",
    },
    ObjectType.QUOTE: {
        "quote.name": "hs_title",
        "quote.owner_id": "hubspot_owner_id",
        "quote.sent_on": "sent_on",
        "quote.expires_on": "hs_expiration_date",
    },
    ObjectType.SERVICE_CONTRACT: {
        "contract.name": "contract_name",
        "contract.end_on": "end_date",
        "contract.value": "annual_value",
    },
}
"""Object type → canonical name → property. What is not here people do by an act of its own, or not at all."""

WORDS: Final[Mapping[str, Mapping[StrEnum, str]]] = {
    "contact.level": {
        ContactLevel.EXECUTIVE: "executive",
        ContactLevel.DIRECTOR: "director",
        ContactLevel.MANAGER: "manager",
        ContactLevel.STAFF: "employee",
    },
    "contact.buying_roles": {
        BuyingRole.DECISION_MAKER: "DECISION_MAKER",
        BuyingRole.ECONOMIC_BUYER: "BUDGET_HOLDER",
        BuyingRole.CHAMPION: "CHAMPION",
        BuyingRole.EXECUTIVE_SPONSOR: "EXECUTIVE_SPONSOR",
        BuyingRole.INFLUENCER: "INFLUENCER",
        BuyingRole.END_USER: "END_USER",
        BuyingRole.BLOCKER: "BLOCKER",
        BuyingRole.OTHER: "OTHER",
    },
    "contact.stance": {Stance.SUPPORTER: "supporter", Stance.NEUTRAL: "neutral", Stance.BLOCKER: "blocker"},
    "opportunity.type": {
        OpportunityType.NEW_BUSINESS: "newbusiness",
        OpportunityType.EXPANSION: "existingbusiness",
        OpportunityType.RENEWAL: "renewal",
    },
    "opportunity.stages": {
        OpportunityStage.TECHNICAL: TECHNICAL_STAGE,
        OpportunityStage.PROPOSAL: PROPOSAL_STAGE,
    },
    "activity.purposes": {
        Purpose.TEAM_MEETING: "Account team meeting",
        Purpose.BUSINESS_REVIEW: "Business review",
        Purpose.ON_SITE_VISIT: "On-site visit",
        Purpose.HANDOVER: "Handover",
        Purpose.TENDER_PREPARATION: "Tender preparation",
        Purpose.RENEWAL: "Renewal",
    },
}
"""Canonical name → our value → the portal's; TECHNICAL_BUYER has a label instead."""

OPEN_QUOTE: Final = "APPROVAL_NOT_NEEDED"
"""The status of a quote that was published and lies with the customer."""
CLOSED_QUOTE: Final = "REJECTED"
"""The status of a quote that came to nothing."""

NATIVE: Final = frozenset(
    {"contact.level", "contact.buying_roles", "opportunity.type", "opportunity.stages", "opportunity.loss_reason"}
)
"""What HubSpot has a property of its own for, so that a policy need not map it."""


def held(name: str) -> tuple[ObjectType, str]:
    """Return the object type and property that hold a canonical name; raises ValueError where there is none."""
    for object_type, properties in HELD.items():
        if name in properties:
            return object_type, properties[name]
    criterion = name.removeprefix("account.criteria.")
    if criterion != name and criterion in CRITERIA:
        return ObjectType.COMPANY, CRITERIA[criterion]
    raise ValueError(f"the local HubSpot holds no {name!r}")


def money_text(amount: float) -> str:
    """Return an amount as a person types it: with cents only where there are any."""
    return f"{amount:.2f}".removesuffix(".00")


def number_text(number: float) -> str:
    """Return a number as a person types it: exactly, and without a fraction where there is none."""
    return str(int(number)) if number == int(number) else repr(number)
