"""The kinds of record the local HubSpot holds and what is special about each; no state and no requests here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

FIRST_CUSTOM: Final = 5001
"""The number of the portal's first custom object type; all from here on are custom ones."""


class ObjectType(IntEnum):
    """HubSpot's object types and the portal's custom ones; the number is the second half of the type id.

    `0-27` is a task, `2-5001` the first custom object type.
    """

    CONTACT = 1
    COMPANY = 2
    DEAL = 3
    TICKET = 5
    QUOTE = 14
    TASK = 27
    MEETING = 47
    CALL = 48
    PLAN_GOAL = 5001
    PLAN_ACTION = 5002
    CUSTOMER_FEEDBACK = 5003
    SERVICE_CONTRACT = 5004

    @property
    def is_custom(self) -> bool:
        """Whether the portal defined it."""
        return self.value >= FIRST_CUSTOM

    @property
    def type_id(self) -> str:
        """The type id, such as `0-27` or `2-5001`."""
        return f"{'2' if self.is_custom else '0'}-{self.value}"

    @property
    def singular(self) -> str:
        """The lower-case name that error messages and association names use."""
        return self.name.lower()

    @property
    def plural(self) -> str:
        """The name in paths; custom objects are named by their type id there."""
        return _UNUSUAL_PLURALS.get(self.singular, f"{self.singular}s")

    @property
    def is_activity(self) -> bool:
        """Whether it is one of HubSpot's "engagements"; these share one space of ids."""
        return self in {ObjectType.TASK, ObjectType.MEETING, ObjectType.CALL}

    @property
    def has_timeline(self) -> bool:
        """Whether HubSpot works out stamps from its activities."""
        return self in {ObjectType.CONTACT, ObjectType.COMPANY, ObjectType.DEAL}

    @property
    def scope_family(self) -> str:
        """The object whose scopes a call needs: tasks, meetings and calls ride on those of contacts."""
        if self.is_custom:
            return "custom"
        return ObjectType.CONTACT.plural if self.is_activity else self.plural

    @property
    def created_property(self) -> str:
        """The property that holds the moment of creation."""
        plain = {ObjectType.CONTACT, ObjectType.COMPANY, ObjectType.DEAL, ObjectType.TICKET}
        return "createdate" if self in plain else "hs_createdate"

    @property
    def modified_property(self) -> str:
        """The property that holds the moment of the last change."""
        return "lastmodifieddate" if self is ObjectType.CONTACT else "hs_lastmodifieddate"

    @property
    def always_answered(self) -> tuple[str, ...]:
        """Properties that every answer holds, asked for or not."""
        return (self.created_property, self.modified_property, "hs_object_id")


_UNUSUAL_PLURALS: Final[Mapping[str, str]] = {"company": "companies", "customer_feedback": "customer_feedback"}

ACTIVITIES: Final = (ObjectType.TASK, ObjectType.MEETING, ObjectType.CALL)
"""The types that hang on companies, contacts and deals as their timeline."""

DEFAULT_PROPERTIES: Final[Mapping[ObjectType, tuple[str, ...]]] = {
    **dict.fromkeys(ObjectType, ()),
    ObjectType.CONTACT: ("email", "firstname", "lastname"),
    ObjectType.COMPANY: ("domain", "name"),
    ObjectType.DEAL: ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    ObjectType.TICKET: ("content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "subject"),
    ObjectType.QUOTE: ("hs_expiration_date", "hs_status", "hs_title"),
}
"""What a read answers, beside `always_answered`, when it names no properties."""

_NAMES: Final[Mapping[str, ObjectType]] = {each.type_id: each for each in ObjectType} | {
    each.plural: each for each in ObjectType if not each.is_custom
}


def object_type_named(name: str) -> ObjectType | None:
    """Return the type of a path segment such as `companies`, `0-2` or `2-5001`, or None where it is none of ours."""
    return _NAMES.get(name)
