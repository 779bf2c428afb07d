"""Loads what an account's business consists of: contacts, deals, quotes, activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioActivity, PortfolioContact, PortfolioDeal
from kam_sync.records import ActivityStatus, BuyingRole
from kam_sync_hubspot.local_crm.activities import OBJECT_OF, activity_properties
from kam_sync_hubspot.local_crm.history import IMPORTED
from kam_sync_hubspot.local_crm.load_rows import Load, named
from kam_sync_hubspot.local_crm.moments import iso
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.pipelines import DEAL_PIPELINE, LOST_STAGE, OPEN_STAGE, WON_STAGE
from kam_sync_hubspot.local_crm.record_store import StoredRecord
from kam_sync_hubspot.local_crm.timeline import stamps
from kam_sync_hubspot.local_crm.vocabulary import CLOSED_QUOTE, OPEN_QUOTE, WORDS, money_text, number_text

_PRIMARY_OF_CONTACT: Final = 1
_PRIMARY_OF_DEAL: Final = 5
_BOUNCED: Final = "UNKNOWN_USER"
"""Why mail to a contact comes back, where it does."""


class SalesLoader:
    """Loads one account's contacts, deals, quotes and activities.

    Args:
        load: The loading.
        technical_buyer: The association type, contact to company, that stands for a technical buyer; None where there
            is none.
    """

    def __init__(self, load: Load, technical_buyer: int | None) -> None:
        self._load = load
        self._technical_buyer = technical_buyer

    def load(self, account: PortfolioAccount, company: int) -> list[StoredRecord]:
        """Gather everything and return the activities."""
        contact_ids = self._load.numbered(
            ObjectType.CONTACT, account, "contact", [each.slug for each in account.contacts]
        )
        deal_ids = self._load.numbered(ObjectType.DEAL, account, "deal", [each.slug for each in account.deals])
        contacts = dict(zip((each.slug for each in account.contacts), contact_ids, strict=True))
        contacts.pop("", None)
        deals = dict(zip((each.slug for each in account.deals), deal_ids, strict=True))
        for deal in account.deals:
            self._deal(account, deal, company, deals[deal.slug], contacts)
        self._quotes(account, deals)
        numbers = self._load.portal.records.reserve_ids(ObjectType.TASK, len(account.activities))
        activities = []
        met: dict[int, list[StoredRecord]] = {}
        for given, number in zip(account.activities, numbers, strict=True):
            record = self._activity(account, given, number, company, deals)
            activities.append(record)
            for contact in named(account, "contact", given.contacts, contacts, f"the {given.kind} {given.subject!r}"):
                self._load.link(record.object_type, number, ObjectType.CONTACT, contact)
                met.setdefault(contact, []).append(record)
        for person, number in zip(account.contacts, contact_ids, strict=True):
            self._contact(account, person, company, number, met.get(number, ()))
        return activities

    def _contact(
        self,
        account: PortfolioAccount,
        contact: PortfolioContact,
        company: int,
        number: int,
        activities: Sequence[StoredRecord],
    ) -> None:
        load = self._load
        first, _, last = contact.name.partition(" ")
        roles = [role for role in contact.buying_roles if role is not BuyingRole.TECHNICAL_BUYER]
        properties = {
            "firstname": first,
            "lastname": last,
            "email": contact.email.lower(),
            "jobtitle": contact.title,
            "hubspot_owner_id": load.owner(contact.owner or account.owner, account),
            "associatedcompanyid": str(company),
            "department": contact.department or "",
            "hs_seniority": "" if contact.level is None else WORDS["contact.level"][contact.level],
            "hs_buying_role": ";".join(WORDS["contact.buying_roles"][role] for role in roles),
            "stance": "" if contact.stance is None else WORDS["contact.stance"][contact.stance],
            "stance_on": load.day_text(contact.stance_days),
            "influence": contact.influence or "",
            "decision_criteria": contact.decision_criteria or "",
            "left_company": "true" if contact.left else "",
            "hs_email_hard_bounce_reason_enum": _BOUNCED if contact.bounced else "",
            **stamps(activities, iso(load.now)),
        }
        load.add(ObjectType.CONTACT, number, properties, load.day(contact.created_days))
        known = self._technical_buyer
        labels = () if known is None or BuyingRole.TECHNICAL_BUYER not in contact.buying_roles else (known,)
        load.link(ObjectType.CONTACT, number, ObjectType.COMPANY, company, _PRIMARY_OF_CONTACT, *labels)
        if contact.email:
            load.unique(ObjectType.CONTACT, "email", contact.email.lower(), number)

    def _deal(
        self, account: PortfolioAccount, deal: PortfolioDeal, company: int, number: int, contacts: Mapping[str, int]
    ) -> None:
        load = self._load
        if deal.stage is not None and not deal.is_open:
            raise ValueError(
                f"{account.slug}: the deal {deal.slug!r} is closed, and HubSpot knows no other stage of it"
            )
        stage = WON_STAGE if deal.is_won else LOST_STAGE
        probability = 1.0 if deal.is_won else 0.0
        since = min(deal.close_days, 0) if deal.stage_days is None else deal.stage_days
        if deal.is_open:
            stage = OPEN_STAGE if deal.stage is None else WORDS["opportunity.stages"][deal.stage]
            probability = deal.probability
            since = deal.created_days if deal.stage_days is None else deal.stage_days
        properties = {
            "dealname": deal.name,
            "amount": money_text(deal.amount),
            "amount_in_home_currency": money_text(deal.amount),
            "pipeline": DEAL_PIPELINE,
            "dealstage": stage,
            "hs_v2_date_entered_current_stage": load.past_text(load.day(since)),
            "hs_deal_stage_probability": number_text(probability),
            "closedate": load.moment_text(deal.close_days),
            "hs_next_step": deal.next_step or "",
            "hs_is_closed": "false" if deal.is_open else "true",
            "hs_is_closed_won": "true" if deal.is_won and not deal.is_open else "false",
            "hubspot_owner_id": load.owner(deal.owner, account),
            "hs_all_collaborator_owner_ids": ";".join(load.owner(slug, account) for slug in deal.team),
            "dealtype": "" if deal.type is None else WORDS["opportunity.type"][deal.type],
            "closed_lost_reason": deal.loss_reason or "",
            "competitor": deal.competitor or "",
            "products": ";".join(deal.products),
            "scope_agreed": "Scope and benchmarks agreed." if deal.success_criteria else "",
            "tender_date": load.day_text(deal.tender_days),
            "proposal_sent": load.day_text(deal.proposal_sent_days),
            "proposal_expires": load.day_text(deal.proposal_expires_days),
            "delivered_on": load.day_text(deal.delivered_days),
        }
        record = load.add(ObjectType.DEAL, number, properties, load.day(deal.created_days))
        if since != deal.created_days:
            entered = properties["hs_v2_date_entered_current_stage"]
            load.history(record, {"dealstage": [(stage, entered, IMPORTED)]})
        load.link(ObjectType.DEAL, number, ObjectType.COMPANY, company, _PRIMARY_OF_DEAL)
        for contact in named(account, "contact", deal.contacts, contacts, f"the deal {deal.slug!r}"):
            load.link(ObjectType.DEAL, number, ObjectType.CONTACT, contact)

    def _quotes(self, account: PortfolioAccount, deals: Mapping[str, int]) -> None:
        load = self._load
        owners = {deal.slug: deal.owner for deal in account.deals}
        numbers = load.numbered(ObjectType.QUOTE, account, "quote", [each.slug for each in account.quotes])
        for quote, number in zip(account.quotes, numbers, strict=True):
            if quote.expires_days is None:
                raise ValueError(
                    f"{account.slug}: the quote {quote.slug!r} never expires, and HubSpot requires hs_expiration_date"
                )
            (deal,) = named(account, "deal", [quote.deal], deals, f"the quote {quote.slug!r}")
            properties = {
                "hs_title": quote.name,
                "hs_status": OPEN_QUOTE if quote.is_open else CLOSED_QUOTE,
                "hs_expiration_date": load.moment_text(quote.expires_days),
                "sent_on": load.day_text(quote.sent_days),
                "hubspot_owner_id": load.owner(owners[quote.deal], account),
            }
            made = min(-30, quote.sent_days or 0, quote.expires_days)
            load.add(ObjectType.QUOTE, number, properties, load.day(made))
            load.link(ObjectType.QUOTE, number, ObjectType.DEAL, deal)

    def _activity(
        self,
        account: PortfolioAccount,
        given: PortfolioActivity,
        number: int,
        company: int,
        deals: Mapping[str, int],
    ) -> StoredRecord:
        load = self._load
        if given.days is None:
            raise ValueError(
                f"{account.slug}: the {given.kind} {given.subject!r} has no day, and HubSpot requires hs_timestamp"
            )
        on, object_type = load.day(given.days), OBJECT_OF[given.kind]
        properties = activity_properties(
            kind=given.kind,
            status=given.status,
            on=on,
            owner_id=load.optional_owner(given.owner, account),
            subject=given.subject,
            purpose=given.purpose,
            attendee_ids=[load.owner(slug, account) for slug in given.attendees],
        )
        if object_type is ObjectType.TASK:
            properties |= {"hs_task_type": "TODO", "hs_task_priority": "NONE"}
            if given.status is ActivityStatus.DONE:
                properties["hs_task_completion_date"] = load.past_text(on)
        record = load.add(object_type, number, properties, on - dt.timedelta(days=14))
        load.link(object_type, number, ObjectType.COMPANY, company)
        whose = f"the {given.kind} {given.subject!r}"
        for deal in named(account, "deal", [given.deal] if given.deal is not None else [], deals, whose):
            load.link(object_type, number, ObjectType.DEAL, deal)
        return record
