"""The section of a policy file that reads this org: all that has no default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kam_sync_salesforce.local_crm._activities import KEY_FIELD
from kam_sync_salesforce.local_crm._words import (
    CHOICES,
    CRITERIA,
    MAPPED_FIELDS,
    PLAN_FIELDS,
    ROLE_LABELS,
    SWOT_FIELDS,
)

_API_VERSION: Final = "66.0"


def connection(
    connector: str, *, url: str, consumer_key: str | None, consumer_secret: str | None
) -> Mapping[str, object]:
    """Return what says how to reach and enter the org, and nothing of what it has."""
    return {
        "connector": connector,
        "timezone": "UTC",
        "auth": {
            "method": "client_credentials",
            "consumer_key": consumer_key,
            "consumer_secret": consumer_secret,
            "domain": "local.my",
        },
        "allow_loopback_http": True,
        "login_url": url,
        "api_version": _API_VERSION,
    }


def mapping() -> Mapping[str, object]:
    """Return the rest; objectives of plans, cases and what else the vendor has for everybody need no mapping."""
    return {
        "scope": {"field": "Key_Account__c", "values": [True]},
        "fields": dict(MAPPED_FIELDS),
        "values": {name: {choice: [word] for choice, word in words.items()} for name, words in CHOICES.items()},
        "criteria": dict(CRITERIA),
        "roles": {
            "team_roles": {label: [role.value] for role, label in ROLE_LABELS.items()},
            "team_field": "Account_Roles__c",
        },
        "plan": _plan(),
        **_own_objects(),
        "quotes": {"fields": {"sent_on": "Sent_On__c"}},
        "tasks": {"key_field": KEY_FIELD},
    }


def _plan() -> Mapping[str, object]:
    return {
        "object": "AccountPlan",
        "account_field": "AccountId",
        "active": {"field": "Status", "values": ["Active"]},
        "fields": {
            "start_on": "StartDate",
            "end_on": "EndDate",
            "last_review_on": "Last_Review__c",
            "next_review_on": "Next_Review__c",
            "swot_on": "Swot_Reviewed__c",
        },
        "parts": {part.value: [field] for part, field in PLAN_FIELDS.items()},
        "swot": {part.value: [field] for part, field in SWOT_FIELDS.items()},
    }


def _own_objects() -> Mapping[str, object]:
    return {
        "actions": {
            "object": "Plan_Action__c",
            "account_field": "Account__c",
            "fields": {"name": "Name", "owner_id": "OwnerId", "due_on": "Due__c", "goal_id": "Objective__c"},
            "open": {"field": "Done__c", "values": [False]},
        },
        "feedback": {
            "object": "Feedback__c",
            "account_field": "Account__c",
            "fields": {"on": "Given_On__c", "grade": "Grade__c", "has_reason": "Reason__c"},
            "scale": "letter",
        },
        "contracts": {
            "object": "Contract",
            "account_field": "AccountId",
            "fields": {"name": "ContractNumber", "end_on": "EndDate", "value": "Annual_Value__c"},
            "active": {"field": "Status", "values": ["Activated"]},
        },
    }
