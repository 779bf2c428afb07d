"""Property definitions: their shape and how they are made; which ones there are, other modules say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kam_sync_hubspot.local_crm.objects import ObjectType

PORTAL_MADE_AT: Final = "2024-01-15T09:00:00.000Z"
"""When the invented portal and everything that comes with it was made."""


class _Camel(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
    )


class PropertyOption(_Camel):
    """One value of an enumeration."""

    label: str
    value: str
    display_order: int = -1
    hidden: bool = False
    description: str = ""


class ModificationMetadata(_Camel):
    """What of a property may be changed."""

    archivable: bool
    read_only_definition: bool
    read_only_value: bool


class PropertyDefinition(_Camel):
    """A property of an object type as the properties API answers it."""

    name: str
    label: str
    type: str
    field_type: str
    group_name: str
    description: str = ""
    options: tuple[PropertyOption, ...] = ()
    created_at: str = PORTAL_MADE_AT
    updated_at: str = PORTAL_MADE_AT
    archived: bool = False
    archived_at: str | None = None
    calculated: bool = False
    display_order: int = -1
    external_options: bool = False
    form_field: bool = False
    has_unique_value: bool = False
    hidden: bool = False
    hubspot_defined: bool = False
    referenced_object_type: str | None = None
    modification_metadata: ModificationMetadata

    @property
    def refers_to_owner(self) -> bool:
        """Whether its values are owner ids."""
        return self.external_options and self.referenced_object_type == "OWNER"

    @property
    def several(self) -> bool:
        """Whether it holds several options, joined by semicolons."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def as_json(self) -> dict[str, object]:
        """Return it as the API answers it; what does not apply is left out."""
        return self.model_dump(mode="json", exclude_none=True)


CUSTOM: Final = ModificationMetadata(archivable=True, read_only_definition=False, read_only_value=False)
NATIVE: Final = ModificationMetadata(archivable=False, read_only_definition=True, read_only_value=False)
READ_ONLY: Final = ModificationMetadata(archivable=False, read_only_definition=True, read_only_value=True)

GROUPS: Final[Mapping[ObjectType, Mapping[str, str]]] = {
    ObjectType.CONTACT: {"contactinformation": "Contact information"},
    ObjectType.COMPANY: {"companyinformation": "Company information", "key_account": "Key account"},
    ObjectType.DEAL: {"dealinformation": "Deal information"},
    ObjectType.TASK: {"task": "Task information"},
    ObjectType.MEETING: {"meeting": "Meeting information"},
    ObjectType.CALL: {"call": "Call information"},
    ObjectType.TICKET: {"ticketinformation": "Ticket information"},
    ObjectType.QUOTE: {"quoteinformation": "Quote information"},
    ObjectType.PLAN_GOAL: {"plan_goal_information": "Plan goal information"},
    ObjectType.PLAN_ACTION: {"plan_action_information": "Plan action information"},
    ObjectType.CUSTOMER_FEEDBACK: {"customer_feedback_information": "Customer feedback information"},
    ObjectType.SERVICE_CONTRACT: {"service_contract_information": "Service contract information"},
}
"""The property groups of the portal: name → label."""

_FIELD_TYPES: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "bool": "booleancheckbox",
    "enumeration": "select",
}


def _options(values: Iterable[str]) -> tuple[PropertyOption, ...]:
    return tuple(
        PropertyOption(label=value.replace("_", " ").capitalize(), value=value, display_order=order)
        for order, value in enumerate(values)
    )


def define(
    name: str,
    label: str,
    kind: str,
    group: str,
    *,
    metadata: ModificationMetadata = NATIVE,
    options: Iterable[str] = (),
    field_type: str | None = None,
    unique: bool = False,
) -> PropertyDefinition:
    """Return a definition; the kind `owner` is HubSpot's enumeration of owner ids."""
    owner = kind == "owner"
    flags = ("true", "false") if kind == "bool" else options
    return PropertyDefinition(
        name=name,
        label=label,
        type="enumeration" if owner else kind,
        field_type=field_type or ("select" if owner else _FIELD_TYPES[kind]),
        group_name=group,
        options=_options(flags),
        external_options=owner,
        referenced_object_type="OWNER" if owner else None,
        has_unique_value=unique,
        hubspot_defined=metadata is not CUSTOM,
        calculated=metadata is READ_ONLY,
        modification_metadata=metadata,
    )
