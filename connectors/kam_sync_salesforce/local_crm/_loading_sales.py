"""Importing opportunities with their people and teams, and quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kam_sync.portfolio import PortfolioContact, PortfolioDeal, PortfolioQuote
from kam_sync.records import BuyingRole
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._importing import Import, past
from kam_sync_salesforce.local_crm._loading_owned import Owned
from kam_sync_salesforce.local_crm._sales_objects import (
    QUOTE_ACCEPTED,
    QUOTE_DRAFT,
    QUOTE_SENT,
    STAGES,
)
from kam_sync_salesforce.local_crm._words import (
    BUYING_ROLES,
    DEAL_STAGES,
    DEAL_TYPES,
    LOST_STAGE,
    OPEN_STAGE,
    WON_STAGE,
)

RolesByDeal = Mapping[str, Mapping[str, BuyingRole]]


def roles_by_deal(
    contacts: Sequence[PortfolioContact], deals: Sequence[PortfolioDeal]
) -> tuple[RolesByDeal, Mapping[str, Sequence[BuyingRole]]]:
    """Share out the buying roles of contacts, since an OpportunityContactRole holds only one.

    Returns:
        Deal → contact → the role in that deal; and contact → the roles for which no deal is left.
    """
    in_deals: dict[str, dict[str, BuyingRole]] = {}
    left: dict[str, Sequence[BuyingRole]] = {}
    for contact in contacts:
        if not contact.slug:
            continue
        own = [deal.slug for deal in deals if contact.slug in deal.contacts]
        for place, deal in enumerate(own if contact.buying_roles else ()):
            role = contact.buying_roles[min(place, len(contact.buying_roles) - 1)]
            in_deals.setdefault(deal, {})[contact.slug] = role
        left[contact.slug] = contact.buying_roles[len(own) :]
    return in_deals, left


def stage_of(deal: PortfolioDeal, whose: str) -> str:
    """Return the stage of an opportunity; ValueError when it is closed and yet in a stage of selling."""
    if deal.is_open:
        return DEAL_STAGES[deal.stage] if deal.stage else OPEN_STAGE
    if deal.stage is not None:
        msg = f"{whose} is closed, so its stage in Salesforce cannot be {deal.stage}"
        raise ValueError(msg)
    return WON_STAGE if deal.is_won else LOST_STAGE


def _stage_days(deal: PortfolioDeal) -> int:
    if deal.stage_days is not None:
        return deal.stage_days
    return deal.created_days if deal.is_open else min(deal.close_days, 0)


def load_deal(into: Import, owned: Owned, deal: PortfolioDeal, roles: Mapping[str, BuyingRole]) -> str:
    """Take an opportunity and return its id; `roles` are the buying roles of its contacts in it."""
    whose = f"the deal {deal.slug!r} of {owned.whose}"
    owner = into.found("user", deal.owner, whose)
    stage = stage_of(deal, whose)
    _, closed, won, category, usual = next(row for row in STAGES if row[0] == stage)
    if any(";" in product for product in deal.products):
        msg = f"{whose} has a product with a semicolon, which a multi-select picklist cannot hold"
        raise ValueError(msg)
    made = into.moment(past(deal.created_days, f"the making of {whose}"))
    staged = into.moment(past(_stage_days(deal), f"the stage of {whose}"))
    values: Record = {
        "AccountId": owned.id,
        "Name": deal.name,
        "StageName": stage,
        "Amount": deal.amount,
        "Probability": usual if closed else round(deal.probability * 100, 4),
        "CloseDate": into.on(deal.close_days),
        "Type": DEAL_TYPES[deal.type] if deal.type else None,
        "NextStep": deal.next_step or None,
        "IsClosed": closed,
        "IsWon": won,
        "ForecastCategoryName": category,
        "OwnerId": owner,
        "LastStageChangeDate": staged,
        "Loss_Reason__c": deal.loss_reason,
        "Competitor__c": deal.competitor,
        "Products__c": ";".join(deal.products) or None,
        "Scope_Agreed__c": "Scope and benchmarks agreed with the customer" if deal.success_criteria else None,
        "Tender_Date__c": into.on(deal.tender_days),
        "Proposal_Sent__c": into.on(deal.proposal_sent_days),
        "Proposal_Expires__c": into.on(deal.proposal_expires_days),
        "Delivered_On__c": into.on(deal.delivered_days),
    }
    deal_id = into.add("Opportunity", values, by=owner, at=made, changed=staged)
    into.remember("deal", owned.child(deal.slug), deal_id)
    _load_team(into, deal, deal_id, whose, by=owner, at=made)
    for place, contact in enumerate(dict.fromkeys(deal.contacts)):
        participant: Record = {
            "OpportunityId": deal_id,
            "ContactId": into.found("contact", owned.child(contact), whose),
            "Role": BUYING_ROLES[roles[contact]] if contact in roles else None,
            "IsPrimary": int(place == 0),
        }
        into.add("OpportunityContactRole", participant, by=owner, at=made)
    return deal_id


def _load_team(into: Import, deal: PortfolioDeal, deal_id: str, whose: str, *, by: str, at: str) -> None:
    for user in dict.fromkeys(deal.team):
        member: Record = {
            "OpportunityId": deal_id,
            "UserId": into.found("user", user, whose),
            "TeamMemberRole": "Sales Rep",
        }
        into.add("OpportunityTeamMember", member, by=by, at=at)


def load_quote(into: Import, owned: Owned, quote: PortfolioQuote) -> str:
    """Take a quote and return its id; one that is not open was accepted."""
    whose = f"the quote {quote.slug!r} of {owned.whose}"
    deal_id = into.found("deal", owned.child(quote.deal), whose)
    status = QUOTE_ACCEPTED
    if quote.is_open:
        status = QUOTE_DRAFT if quote.sent_days is None else QUOTE_SENT
    values: Record = {
        "OwnerId": owned.owner,
        "Name": quote.name,
        "OpportunityId": deal_id,
        "Status": status,
        "ExpirationDate": into.on(quote.expires_days),
        "Sent_On__c": into.on(quote.sent_days),
    }
    made = into.moment(min(days for days in (quote.sent_days, quote.expires_days, 0) if days is not None))
    quote_id = into.add("Quote", values, by=owned.owner, at=made)
    into.remember("quote", owned.child(quote.slug), quote_id)
    return quote_id
