"""What an object and a field of the org are; which ones there are is said in `_objects` and `_activities`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

LONG_TEXT: Final = 255
"""Text areas longer than this can be neither filtered nor sorted (Salesforce's limit)."""


_MULTIPICKLIST: Final = 4_099
"""Salesforce's limit for the length of a multi-select picklist's value."""


class FieldType(StrEnum):
    """The field types that the local Salesforce knows, named as describe names them."""

    ID = "id"
    REFERENCE = "reference"
    STRING = "string"
    TEXTAREA = "textarea"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    COMBOBOX = "combobox"
    PICKLIST = "picklist"
    MULTIPICKLIST = "multipicklist"
    BOOLEAN = "boolean"
    INT = "int"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    ANY = "anyType"


NUMBERS: Final = frozenset({FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})
IDS: Final = frozenset({FieldType.ID, FieldType.REFERENCE})
CHOICES: Final = frozenset({FieldType.PICKLIST, FieldType.MULTIPICKLIST})
TEXTS: Final = frozenset(
    {
        FieldType.STRING,
        FieldType.TEXTAREA,
        FieldType.EMAIL,
        FieldType.PHONE,
        FieldType.URL,
        FieldType.COMBOBOX,
        FieldType.PICKLIST,
        FieldType.MULTIPICKLIST,
    },
)


def _label_of(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("__c").replace("_", " "))
    return re.sub(r"\bId$", "ID", words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an object.

    Args:
        name: The API name; a name ending in `__c` is a custom field.
        type: The type as describe gives it.
        label: The label; made of the name where it is empty.
        length: The greatest number of characters of a text.
        values: The values of a picklist.
        restricted: Whether other values than `values` are refused.
        reference_to: The objects that a reference may name; several make it polymorphic.
        relationship: The name by which a query walks the reference, such as `Owner`.
        default: What a new record gets when nothing is given.
        indexed: Whether the local database keeps an index on it.
        since: The API version that brought the field.
    """

    name: str
    type: FieldType
    label: str = ""
    length: int = 0
    createable: bool = True
    updateable: bool = True
    nillable: bool = True
    unique: bool = False
    external_id: bool = False
    values: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    default: str | bool | None = None
    indexed: bool = False
    since: float = 0.0

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", _label_of(self.name))

    @property
    def custom(self) -> bool:
        """Whether an administrator of the org added it."""
        return self.name.endswith("__c")

    @property
    def long_text(self) -> bool:
        """Whether it is a text that can be neither filtered nor sorted."""
        return self.type is FieldType.TEXTAREA and self.length > LONG_TEXT

    @property
    def filterable(self) -> bool:
        """Whether a query may filter by it: not by long texts, nor by the values of a history."""
        return not self.long_text and self.type is not FieldType.ANY

    @property
    def sortable(self) -> bool:
        """Whether a query may sort by it."""
        return not self.long_text and self.type is not FieldType.MULTIPICKLIST

    @property
    def polymorphic(self) -> bool:
        """Whether it may refer to records of several objects."""
        return len(self.reference_to) > 1

    @property
    def column_type(self) -> str:
        """The SQLite type of its column."""
        if self.type in {FieldType.BOOLEAN, FieldType.INT}:
            return "INTEGER"
        return "REAL" if self.type in NUMBERS else "TEXT"

    @property
    def collation(self) -> str:
        """How SQLite compares its values: Salesforce's texts ignore case, picklists in ASCII for speed."""
        if self.type is FieldType.PICKLIST:
            return " COLLATE NOCASE"
        return " COLLATE SALESFORCE" if self.type in TEXTS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SObject:
    """An object of the org with its fields.

    Args:
        name: The API name.
        key_prefix: The first three characters of its records' ids.
        fields: The fields in describe's order.
        plural: The plural label; made of the label where it is empty.
        since: The API version that brought the object.
        createable: Whether the API user may create records; likewise `updateable`, `deletable`.
    """

    name: str
    key_prefix: str
    fields: tuple[Field, ...]
    label: str = ""
    plural: str = ""
    since: float = 0.0
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    _by_relationship: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", _label_of(self.name))
        if not self.plural:
            object.__setattr__(self, "plural", f"{self.label}s")
        object.__setattr__(self, "_by_name", MappingProxyType({each.name.lower(): each for each in self.fields}))
        by_relationship = {each.relationship.lower(): each for each in self.fields if each.relationship}
        object.__setattr__(self, "_by_relationship", MappingProxyType(by_relationship))

    def field(self, name: str) -> Field | None:
        """Return the field of an API name in any case."""
        return self._by_name.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Return the reference field that a relationship name walks, in any case."""
        return self._by_relationship.get(name.lower())

    @property
    def has_recycle_bin(self) -> bool:
        """Whether deleted records stay for a while, marked IsDeleted."""
        return self.field("IsDeleted") is not None


def text(name: str, length: int = 255, *, type: FieldType = FieldType.STRING, nillable: bool = True) -> Field:  # noqa: A002 - Field's own name for it
    """Return a text field."""
    return Field(name=name, type=type, length=length, nillable=nillable)


def long_text(name: str, length: int = 32_000) -> Field:
    """Return a long text area; it can be neither filtered nor sorted."""
    return Field(name=name, type=FieldType.TEXTAREA, length=length)


def read_only(name: str, type: FieldType, *, length: int = 0, nillable: bool = True) -> Field:  # noqa: A002 - Field's own name for it
    """Return a field that the platform alone sets."""
    return Field(name=name, type=type, length=length, createable=False, updateable=False, nillable=nillable)


def flag(name: str, *, settable: bool = True) -> Field:
    """Return a checkbox, false by default."""
    return Field(
        name=name, type=FieldType.BOOLEAN, createable=settable, updateable=settable, nillable=False, default=False
    )


def picklist(
    name: str, *values: str, restricted: bool = False, nillable: bool = True, default: str | None = None
) -> Field:
    """Return a picklist."""
    return Field(
        name=name,
        type=FieldType.PICKLIST,
        length=LONG_TEXT,
        values=values,
        restricted=restricted,
        nillable=nillable,
        default=default,
    )


def multipicklist(name: str, *values: str, restricted: bool = False) -> Field:
    """Return a multi-select picklist; its values are joined by semicolons."""
    return Field(name=name, type=FieldType.MULTIPICKLIST, length=_MULTIPICKLIST, values=values, restricted=restricted)


def date(name: str, *, nillable: bool = True) -> Field:
    """Return a date without zone."""
    return Field(name=name, type=FieldType.DATE, nillable=nillable)


def number(name: str) -> Field:
    """Return a number."""
    return Field(name=name, type=FieldType.DOUBLE)


def currency(name: str) -> Field:
    """Return an amount of money."""
    return Field(name=name, type=FieldType.CURRENCY)


def lookup(
    name: str,
    *targets: str,
    relationship: str | None = None,
    nillable: bool = True,
    createable: bool = True,
    updateable: bool = True,
    indexed: bool = True,
) -> Field:
    """Return a reference; its relationship is named after the field (`OwnerId` → `Owner`, `X__c` → `X__r`)."""
    own = f"{name.removesuffix('__c')}__r" if name.endswith("__c") else name.removesuffix("Id")
    return Field(
        name=name,
        type=FieldType.REFERENCE,
        length=18,
        reference_to=targets,
        relationship=relationship or own,
        nillable=nillable,
        createable=createable,
        updateable=updateable,
        indexed=indexed,
    )


def identity() -> Field:
    """Return the record id, the first field of every object."""
    return Field(name="Id", type=FieldType.ID, length=18, createable=False, updateable=False, nillable=False)


def audit_fields() -> tuple[Field, ...]:
    """Return the fields that say who made and changed a record when; the platform alone sets them."""
    return (
        read_only("CreatedDate", FieldType.DATETIME, nillable=False),
        lookup("CreatedById", "User", nillable=False, createable=False, updateable=False, indexed=False),
        read_only("LastModifiedDate", FieldType.DATETIME, nillable=False),
        lookup("LastModifiedById", "User", nillable=False, createable=False, updateable=False, indexed=False),
        read_only("SystemModstamp", FieldType.DATETIME, nillable=False),
    )


DELETED: Final = flag("IsDeleted", settable=False)
"""What marks records in the recycle bin."""
