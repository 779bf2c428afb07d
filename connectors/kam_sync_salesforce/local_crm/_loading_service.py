"""Importing what comes after the sale: feedback, cases and contracts."""

from __future__ import annotations

from kam_sync.portfolio import PortfolioCase, PortfolioContract, PortfolioFeedback
from kam_sync_salesforce.local_crm._customer_objects import CASE_CLOSED
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._importing import Import, past
from kam_sync_salesforce.local_crm._loading_owned import Owned


def load_feedback(into: Import, owned: Owned, feedback: PortfolioFeedback) -> str:
    """Take a grade that the customer gave and return its id."""
    values: Record = {
        "OwnerId": owned.owner,
        "Account__c": owned.id,
        "Given_On__c": into.on(feedback.days),
        "Grade__c": feedback.grade.value,
        "Reason__c": feedback.reason,
    }
    made = into.moment(past(feedback.days, f"feedback of {owned.whose}"))
    return into.add("Feedback__c", values, by=owned.owner, at=made)


def load_case(into: Import, owned: Owned, case: PortfolioCase) -> str:
    """Take a case and return its id; a closed one was closed on the day it was opened."""
    whose = f"the case {case.slug!r} of {owned.whose}"
    owner = into.found("user", case.owner, whose)
    opened = into.moment(past(case.opened_days, f"the opening of {whose}"))
    values: Record = {
        "AccountId": owned.id,
        "OwnerId": owner,
        "Subject": case.name,
        "Status": "New" if case.is_open else CASE_CLOSED,
        "Priority": "High" if case.is_high_priority else "Medium",
        "ClosedDate": None if case.is_open else opened,
    }
    case_id = into.add("Case", values, by=owner, at=opened)
    into.remember("case", owned.child(case.slug), case_id)
    return case_id


def load_contract(into: Import, owned: Owned, contract: PortfolioContract) -> str:
    """Take a contract of a year and return its id; one not active is a draft before its end and expired after it."""
    ended = contract.end_days is not None and contract.end_days < 0
    status = "Activated" if contract.is_active else ("Expired" if ended else "Draft")
    start = None if contract.end_days is None else contract.end_days - 364
    values: Record = {
        "AccountId": owned.id,
        "OwnerId": owned.owner,
        "Name": contract.name,
        "StartDate": into.on(start),
        "EndDate": into.on(contract.end_days),
        "Status": status,
        "Annual_Value__c": contract.value,
    }
    contract_id = into.add("Contract", values, by=owned.owner, at=into.moment(min(start or 0, 0)))
    into.remember("contract", owned.child(contract.slug), contract_id)
    return contract_id
