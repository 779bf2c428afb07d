"""What people change in records that hang on an account, by kam-sync's canonical names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from kam_sync.records import BuyingRole
from kam_sync_hubspot.local_crm.activities import HOUR
from kam_sync_hubspot.local_crm.definitions import PropertyDefinition
from kam_sync_hubspot.local_crm.moments import at_hour, iso
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.pipelines import CLOSED_TICKET, LOST_STAGE, NEW_TICKET, WON_STAGE
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.record_store import StoredRecord
from kam_sync_hubspot.local_crm.slugs import Kind, within
from kam_sync_hubspot.local_crm.vocabulary import (
    CLOSED_QUOTE,
    OPEN_QUOTE,
    TECHNICAL_BUYER_LABEL,
    WORDS,
    held,
    number_text,
)
from kam_sync_hubspot.local_crm.writer import Link

Value = str | float | bool | dt.date | Sequence[str] | None
"""What a person enters: users by slug, choices in kam-sync's words, nothing to clear a field."""

_KINDS: Final[Mapping[ObjectType, Kind]] = {
    ObjectType.COMPANY: "account",
    ObjectType.CONTACT: "contact",
    ObjectType.DEAL: "deal",
    ObjectType.PLAN_GOAL: "goal",
    ObjectType.PLAN_ACTION: "action",
    ObjectType.QUOTE: "quote",
    ObjectType.SERVICE_CONTRACT: "contract",
    ObjectType.TICKET: "case",
}
_OPEN: Final[Mapping[str, tuple[ObjectType, str, str, str]]] = {
    "opportunity.is_won": (ObjectType.DEAL, "dealstage", WON_STAGE, LOST_STAGE),
    "goal.is_open": (ObjectType.PLAN_GOAL, "status", "open", "done"),
    "action.is_open": (ObjectType.PLAN_ACTION, "status", "open", "done"),
    "contract.is_active": (ObjectType.SERVICE_CONTRACT, "status", "active", "ended"),
    "quote.is_open": (ObjectType.QUOTE, "hs_status", OPEN_QUOTE, CLOSED_QUOTE),
    "case.is_open": (ObjectType.TICKET, "hs_pipeline_stage", NEW_TICKET, CLOSED_TICKET),
    "case.is_high_priority": (ObjectType.TICKET, "hs_ticket_priority", "HIGH", "MEDIUM"),
}
"""Canonical name → object type, property, its value for yes and its value for no."""
_CONTACT_PAIR: Final = (ObjectType.CONTACT, ObjectType.COMPANY)


class Editor:
    """Changes records of accounts; runs inside a transaction."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def set_field(self, account: str, name: str, value: Value, slug: str) -> None:
        """Set what a canonical name stands for on an account or on a record that hangs on it.

        Raises:
            KeyError: There is no such account, record or user.
            ValueError: The portal holds no such name, or not by a person's hand, or the value is none of it.
        """
        if name == "opportunity.contact_ids":
            self._add_to_deal(account, slug, _texts(name, value))
            return
        if name in _OPEN:
            object_type, property_name, yes, no = _OPEN[name]
            if not isinstance(value, bool):
                raise ValueError(f"{name} is either true or false")
            text = yes if value else no
        else:
            object_type, property_name = held(name)
            text = self._text(name, self._portal.catalogue.definition(object_type, property_name), value)
        record = self.record(object_type, account, slug)
        if name == "contact.buying_roles":
            self._set_technical_buyer(account, record, BuyingRole.TECHNICAL_BUYER in _texts(name, value))
        self._portal.writer.update(record, {property_name: text})

    def add_feedback(self, account: str, on: dt.date, grade: str, reason: str) -> str:
        """Record feedback of a customer and return its id."""
        company = self.record(ObjectType.COMPANY, account, "")
        pair = (ObjectType.CUSTOMER_FEEDBACK, ObjectType.COMPANY)
        link = Link(type=self._portal.associations.types_of(pair)[0], to_id=company.id)
        properties = {"given_on": on.isoformat(), "grade": grade, "reason": reason}
        made = self._portal.writer.create(ObjectType.CUSTOMER_FEEDBACK, properties, [link])
        return str(made.id)

    def record(self, object_type: ObjectType, account: str, slug: str) -> StoredRecord:
        """Return a live record by slug; raises KeyError where there is none."""
        kind = _KINDS.get(object_type)
        if kind is None:
            raise ValueError(f"people here do not change {object_type.plural} once they are made")
        if (kind == "account") is bool(slug):
            raise ValueError("name a record that hangs on the account, and none for the account itself")
        full = within(account, slug) if slug else account
        found = self._portal.records.find(object_type, self._portal.slugs.id_of(kind, full))
        if found is None:
            raise KeyError(f"the {kind} {full!r} was deleted")
        return found

    def _text(self, name: str, definition: PropertyDefinition, value: Value) -> str:
        """Return a value as the property holds it; the writer refuses what it does not take."""
        if value is None:
            return ""
        if definition.refers_to_owner:
            return ";".join(str(self._portal.slugs.id_of("user", slug)) for slug in _texts(name, value))
        if name in WORDS:
            words = {ours.value: word for ours, word in WORDS[name].items()}
            chosen = [each for each in _texts(name, value) if each != BuyingRole.TECHNICAL_BUYER]
            if unknown := [each for each in chosen if each not in words]:
                raise ValueError(f"{name} is never {unknown[0]!r}")
            return ";".join(words[each] for each in chosen)
        match value:
            case bool():
                return "true" if value else "false"
            case dt.date():
                return iso(at_hour(value, HOUR)) if definition.type == "datetime" else value.isoformat()
            case int() | float():
                return number_text(value)
            case str():
                return value
            case _:
                return ";".join(value)

    def _set_technical_buyer(self, account: str, contact: StoredRecord, wanted: bool) -> None:
        label = self._portal.associations.labelled(_CONTACT_PAIR, TECHNICAL_BUYER_LABEL)
        if label is None:
            raise ValueError(
                f"the portal has no association label {TECHNICAL_BUYER_LABEL!r}; it comes with a portfolio"
            )
        company = self._portal.slugs.id_of("account", account)
        if wanted:
            self._portal.writer.associate(_CONTACT_PAIR, contact.id, company, [label])
        else:
            self._portal.associations.remove_label(label, contact.id, company)

    def _add_to_deal(self, account: str, slug: str, contacts: Sequence[str]) -> None:
        deal = self.record(ObjectType.DEAL, account, slug)
        for each in contacts:
            contact = self.record(ObjectType.CONTACT, account, each)
            self._portal.writer.associate((ObjectType.DEAL, ObjectType.CONTACT), deal.id, contact.id, [])


def _texts(name: str, value: Value) -> Sequence[str]:
    """Return one text or several, or none, as a list; StrEnum members are texts."""
    if value is None:
        return ()
    if isinstance(value, StrEnum):
        return (value.value,)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return [each.value if isinstance(each, StrEnum) else each for each in value]
    raise ValueError(f"{name} takes texts")
