"""What Salesforce's describe calls say about objects and fields, as far as kam-sync asks.

A field that field-level security hides from us is simply absent from describe; naming it in a query would fail the
whole query. So every query is made of fields found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kam_sync_salesforce._faults import malformed
from kam_sync_salesforce._queries import chunks

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

_LIST: Final = "describe org"
_DESCRIBE: Final = "describe objects"
_BATCH: Final = 25
"""Subrequests in one composite batch (Salesforce's limit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """A field that we may read; `values` are the active values of a picklist.

    `permissionable` says whether permission sets grant access to it; to other fields everybody has access.
    """

    name: str
    label: str
    type: str
    length: int = 0
    createable: bool = False
    updateable: bool = False
    filterable: bool = False
    external_id: bool = False
    unique: bool = False
    html: bool = False
    custom: bool = False
    permissionable: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str = ""
    values: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The label as people see it on a page, where a lookup is not called an ID."""
        return self.label.removesuffix(" ID")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """An object that we may at least see; `fields` by lower-case name, since API names ignore case."""

    name: str
    label: str
    queryable: bool
    createable: bool
    updateable: bool
    fields: Mapping[str, FieldInfo]

    def field(self, name: str | None) -> FieldInfo | None:
        """Return the field of an API name in any case, or None where there is none that we may read."""
        return self.fields.get(name.lower()) if name else None

    def missing(self, *names: str) -> tuple[str, ...]:
        """Return those of the names that are not fields we may read, as `Object.Field`."""
        return tuple(f"{self.name}.{name}" for name in names if self.field(name) is None)

    def present(self, *names: str) -> tuple[str, ...]:
        """Return the API names of those fields that we may read."""
        return tuple(field.name for field in map(self.field, names) if field)

    @property
    def amounts(self) -> frozenset[str]:
        """The fields whose values are in the record's own currency; only an org of several currencies has such."""
        if self.field("CurrencyIsoCode") is None:
            return frozenset()
        return frozenset(field.name for field in self.fields.values() if field.type == "currency")


def object_info(describe: object) -> ObjectInfo:
    """Return what an sObject describe says.

    Raises:
        MalformedAnswerError: It is not one.
    """
    if not isinstance(describe, Mapping):
        raise malformed(_DESCRIBE, "with something other than an object")
    fields = describe.get("fields")
    if not isinstance(describe.get("name"), str) or not isinstance(fields, list):
        raise malformed(_DESCRIBE, "with something other than an object")
    infos = [_field_info(field) for field in fields]
    return ObjectInfo(
        name=describe["name"],
        label=_text(describe, "label") or describe["name"],
        queryable=describe.get("queryable") is True,
        createable=describe.get("createable") is True,
        updateable=describe.get("updateable") is True,
        fields={info.name.lower(): info for info in infos},
    )


def _text(described: Mapping[str, object], key: str) -> str:
    value = described.get(key)
    return value if isinstance(value, str) else ""


def _field_info(described: object) -> FieldInfo:
    if not isinstance(described, Mapping) or not _text(described, "name"):
        raise malformed(_DESCRIBE, "with a field that has no name")
    length, targets, picklist = (described.get(key) for key in ("length", "referenceTo", "picklistValues"))
    return FieldInfo(
        name=_text(described, "name"),
        label=_text(described, "label") or _text(described, "name"),
        type=_text(described, "type"),
        length=length if isinstance(length, int) else 0,
        createable=described.get("createable") is True,
        updateable=described.get("updateable") is True,
        filterable=described.get("filterable") is True,
        external_id=described.get("externalId") is True,
        unique=described.get("unique") is True,
        html=described.get("htmlFormatted") is True,
        custom=described.get("custom") is True,
        permissionable=described.get("permissionable") is True,
        reference_to=tuple(name for name in targets if isinstance(name, str)) if isinstance(targets, list) else (),
        relationship=_text(described, "relationshipName"),
        values=_active_values(picklist),
    )


def _active_values(picklist: object) -> tuple[str, ...]:
    entries = picklist if isinstance(picklist, list) else []
    return tuple(
        _text(entry, "value")
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("active") is not False and _text(entry, "value")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object that exists, as the list of all objects shows it."""

    name: str
    label: str


def list_objects(client: SalesforceClient) -> list[Listed]:
    """Return all objects that we may see, in one call.

    Raises:
        MalformedAnswerError: Salesforce's answer is not a list of objects.
    """
    answer = client.get("sobjects", _LIST)
    listed = answer.get("sobjects") if isinstance(answer, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise malformed(_LIST, "with something other than a list of objects")
    return [Listed(name=_text(entry, "name"), label=_text(entry, "label") or _text(entry, "name")) for entry in listed]


def describe_objects(client: SalesforceClient, listed: Iterable[Listed], names: Iterable[str]) -> dict[str, ObjectInfo]:
    """Return, by lower-case name, those of the objects that exist and may be queried: one call for each 25.

    Raises:
        MalformedAnswerError: Salesforce's answer is not a description.
    """
    exist = {each.name.lower(): each.name for each in listed}
    wanted = list(dict.fromkeys(exist[name.lower()] for name in names if name.lower() in exist))
    paths = [f"sobjects/{name}/describe" for name in wanted]
    infos = [object_info(body) for batch in chunks(paths, _BATCH) for body in client.batch(batch, _DESCRIBE)]
    return {info.name.lower(): info for info in infos if info.queryable}


def read_objects(client: SalesforceClient, names: Iterable[str]) -> dict[str, ObjectInfo]:
    """Return, by lower-case name, those of the objects that exist and may be queried: one call, and one for each 25.

    Raises:
        MalformedAnswerError: Salesforce's answer is not a description.
    """
    return describe_objects(client, list_objects(client), names)
