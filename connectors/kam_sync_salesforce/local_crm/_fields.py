"""Where each canonical name is held in this org, and how its value is written there by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from kam_sync_salesforce.local_crm._customer_objects import CASE_CLOSED
from kam_sync_salesforce.local_crm._plan_objects import OBJECTIVE_CLOSED, OBJECTIVE_OPEN
from kam_sync_salesforce.local_crm._sales_objects import QUOTE_ACCEPTED, QUOTE_SENT
from kam_sync_salesforce.local_crm._words import (
    ACCOUNT_FIELDS,
    CHOICES,
    CONTACT_FIELDS,
    CRITERIA,
    OPPORTUNITY_FIELDS,
    PLAN_FIELDS,
    SWOT_FIELDS,
)

FieldValue = str | float | bool | dt.date | Iterable[str] | None
"""What a person enters: users and contacts by slug, choices in kam-sync's words, nothing to empty a field."""

_OF_USERS: Final = frozenset({"OwnerId", "ObjectiveOwnerId"})
_OF_CONTACTS: Final = frozenset({"ReportsToId"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a canonical name is held; `kind` is the kind of slug that names the record."""

    kind: str
    object_name: str
    field: str


def _places(kind: str, object_name: str, fields: Mapping[str, str]) -> dict[str, Place]:
    return {name: Place(kind=kind, object_name=object_name, field=field) for name, field in fields.items()}


_PLACES: Final[Mapping[str, Place]] = {
    **_places("account", "Account", {"account.owner_id": "OwnerId", **ACCOUNT_FIELDS}),
    **_places("account", "Account", {f"account.criteria.{name}": field for name, field in CRITERIA.items()}),
    **_places(
        "contact",
        "Contact",
        {
            **CONTACT_FIELDS,
            "contact.title": "Title",
            "contact.owner_id": "OwnerId",
            "contact.department": "Department",
            "contact.reports_to_id": "ReportsToId",
        },
    ),
    **_places(
        "deal",
        "Opportunity",
        {
            **OPPORTUNITY_FIELDS,
            "opportunity.owner_id": "OwnerId",
            "opportunity.close_on": "CloseDate",
            "opportunity.next_step": "NextStep",
            "opportunity.amount": "Amount",
            "opportunity.type": "Type",
            "opportunity.stages": "StageName",
        },
    ),
    **_places(
        "plan",
        "AccountPlan",
        {
            "plan.start_on": "StartDate",
            "plan.end_on": "EndDate",
            "plan.last_review_on": "Last_Review__c",
            "plan.next_review_on": "Next_Review__c",
            "plan.swot_on": "Swot_Reviewed__c",
            **{f"plan.parts.{part.value}": field for part, field in PLAN_FIELDS.items()},
            **{f"plan.swot.{part.value}": field for part, field in SWOT_FIELDS.items()},
        },
    ),
    **_places(
        "goal",
        "AccountPlanObjective",
        {"goal.owner_id": "ObjectiveOwnerId", "goal.start_on": "StartDate", "goal.due_on": "EndDate"},
    ),
    **_places("action", "Plan_Action__c", {"action.owner_id": "OwnerId", "action.due_on": "Due__c"}),
    **_places("quote", "Quote", {"quote.sent_on": "Sent_On__c", "quote.expires_on": "ExpirationDate"}),
    **_places("case", "Case", {"case.owner_id": "OwnerId"}),
    **_places("contract", "Contract", {"contract.end_on": "EndDate", "contract.value": "Annual_Value__c"}),
}


FLAGS: Final[Mapping[str, tuple[Place, object, object]]] = {
    "account.in_scope": (Place(kind="account", object_name="Account", field="Key_Account__c"), True, False),
    "goal.is_open": (
        Place(kind="goal", object_name="AccountPlanObjective", field="Status"),
        OBJECTIVE_OPEN,
        OBJECTIVE_CLOSED,
    ),
    "action.is_open": (Place(kind="action", object_name="Plan_Action__c", field="Done__c"), False, True),
    "quote.is_open": (Place(kind="quote", object_name="Quote", field="Status"), QUOTE_SENT, QUOTE_ACCEPTED),
    "case.is_open": (Place(kind="case", object_name="Case", field="Status"), "New", CASE_CLOSED),
    "case.is_high_priority": (Place(kind="case", object_name="Case", field="Priority"), "High", "Medium"),
    "contract.is_active": (Place(kind="contract", object_name="Contract", field="Status"), "Activated", "Expired"),
}
"""Canonical name → where it is held, what means yes there and what means no."""


def place_of(name: str) -> Place:
    """Return where a canonical name is held; raises ValueError for one that nobody can set in this org."""
    if name in FLAGS:
        return FLAGS[name][0]
    if name not in _PLACES:
        close = get_close_matches(name, [*_PLACES, *FLAGS], n=1)
        msg = f"nobody can set {name!r} in this org" + (f"; did you mean {close[0]!r}?" if close else "")
        raise ValueError(msg)
    return _PLACES[name]


def written(name: str, value: FieldValue, find: Callable[[str, str], str]) -> object:
    """Return a value as its field takes it in JSON.

    Args:
        name: The canonical name.
        value: What a person sets it to.
        find: Returns the id of a slug of a kind.

    Raises:
        ValueError: The value is none that the name can have.
    """
    if name in FLAGS:
        if not isinstance(value, bool):
            msg = f"{name} is either true or false"
            raise ValueError(msg)
        _, yes, no = FLAGS[name]
        return yes if value else no
    if name in CHOICES and value is not None:
        return ";".join(_chosen(name, one) for one in texts(name, value))
    field = _PLACES[name].field
    if isinstance(value, str):
        if field in _OF_USERS:
            return find("user", value)
        return find("contact", value) if field in _OF_CONTACTS else value
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, int | float):
        return value
    return ";".join(value)


def texts(name: str, value: FieldValue) -> list[str]:
    """Return one text or several, or none, as a list; raises ValueError for anything else."""
    match value:
        case None:
            return []
        case str():
            return [value]
        case bool() | int() | float() | dt.date():
            msg = f"{name} takes texts"
            raise ValueError(msg)
        case _:
            return list(value)


def _chosen(name: str, value: str) -> str:
    choices = CHOICES[name]
    if value not in choices:
        msg = f"{name} cannot be {value!r}; it is one of {', '.join(choices)}"
        raise ValueError(msg)
    return choices[value]
