"""The kinds of record the local HubSpot holds and what is special about each; no state and no requests here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class ObjectType(IntEnum):
    """HubSpot's object types; the number is the second half of the type id (`0-27` is a task)."""

    CONTACT = 1
    COMPANY = 2
    DEAL = 3
    TASK = 27
    MEETING = 47
    CALL = 48

    @property
    def type_id(self) -> str:
        """The type id, such as `0-27`."""
        return f"0-{self.value}"

    @property
    def singular(self) -> str:
        """The lower-case name that error messages and association names use."""
        return self.name.lower()

    @property
    def plural(self) -> str:
        """The name in paths."""
        return "companies" if self is ObjectType.COMPANY else f"{self.singular}s"

    @property
    def is_activity(self) -> bool:
        """Whether it is one of HubSpot's "engagements"; these share one space of ids."""
        return self in {ObjectType.TASK, ObjectType.MEETING, ObjectType.CALL}

    @property
    def scope_family(self) -> str:
        """The object whose scopes a call needs: tasks, meetings and calls ride on those of contacts."""
        return ObjectType.CONTACT.plural if self.is_activity else self.plural

    @property
    def created_property(self) -> str:
        """The property that holds the moment of creation."""
        return "hs_createdate" if self.is_activity else "createdate"

    @property
    def modified_property(self) -> str:
        """The property that holds the moment of the last change."""
        return "lastmodifieddate" if self is ObjectType.CONTACT else "hs_lastmodifieddate"

    @property
    def always_answered(self) -> tuple[str, ...]:
        """Properties that every answer holds, asked for or not."""
        return (self.created_property, self.modified_property, "hs_object_id")


ACTIVITIES: Final = (ObjectType.TASK, ObjectType.MEETING, ObjectType.CALL)
"""The types that hang on companies, contacts and deals as their timeline."""

DEFAULT_PROPERTIES: Final[Mapping[ObjectType, tuple[str, ...]]] = {
    ObjectType.CONTACT: ("email", "firstname", "lastname"),
    ObjectType.COMPANY: ("domain", "name"),
    ObjectType.DEAL: ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    ObjectType.TASK: (),
    ObjectType.MEETING: (),
    ObjectType.CALL: (),
}
"""What a read answers, beside `always_answered`, when it names no properties."""

_NAMES: Final[Mapping[str, ObjectType]] = {
    name: object_type for object_type in ObjectType for name in (object_type.plural, object_type.type_id)
}


def object_type_named(name: str) -> ObjectType | None:
    """Return the type of a path segment such as `companies` or `0-2`, or None where it is none of ours."""
    return _NAMES.get(name)
