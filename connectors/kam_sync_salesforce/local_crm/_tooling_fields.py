"""Fields as the Tooling API describes them: Metadata made into a field, and a field told as Metadata.

Refusals have Salesforce's codes; its words where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from kam_sync_salesforce.local_crm._errors import ApiError
from kam_sync_salesforce.local_crm._schema import Field, FieldType

Json = Mapping[str, object]

_TYPES: Final = {
    "Checkbox": FieldType.BOOLEAN,
    "Currency": FieldType.CURRENCY,
    "Date": FieldType.DATE,
    "DateTime": FieldType.DATETIME,
    "Email": FieldType.EMAIL,
    "LongTextArea": FieldType.TEXTAREA,
    "Lookup": FieldType.REFERENCE,
    "MultiselectPicklist": FieldType.MULTIPICKLIST,
    "Number": FieldType.DOUBLE,
    "Percent": FieldType.PERCENT,
    "Phone": FieldType.PHONE,
    "Picklist": FieldType.PICKLIST,
    "Text": FieldType.STRING,
    "TextArea": FieldType.TEXTAREA,
    "Url": FieldType.URL,
}
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "Checkbox": ("defaultValue",),
    "Currency": ("precision", "scale"),
    "LongTextArea": ("length", "visibleLines"),
    "Lookup": ("referenceTo", "relationshipName"),
    "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Number": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Picklist": ("valueSet",),
    "Text": ("length",),
}
"""Type → what its Metadata must say beside a label."""
_LENGTHS: Final = {"Text": (1, 255), "LongTextArea": (256, 131_072)}
_WITH_KEYS: Final = frozenset({"Email", "Number", "Text"})
"""Types that can be external ids and unique."""
_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME: Final = 40
"""Salesforce's limit for the name of a custom field, without the suffix."""
_LONGEST_LABEL: Final = 40


def refuse(message: str, code: str = "FIELD_INTEGRITY_EXCEPTION", *, fields: tuple[str, ...] = ()) -> ApiError:
    """Return the refusal of metadata that cannot be."""
    return ApiError(400, code, message, fields)


def field_of(name: str, metadata: Json, exists: Callable[[str], bool]) -> Field:
    """Return the field that Metadata describes; raises ApiError where Salesforce refuses it.

    Args:
        name: The API name.
        metadata: What Salesforce calls the CustomField's Metadata.
        exists: Whether there is an object of a name.
    """
    kind, label = metadata.get("type"), metadata.get("label")
    if not _NAME.fullmatch(name) or len(name.removesuffix("__c")) > _LONGEST_NAME:
        raise refuse(
            "The custom field's API name can only contain letters, digits and single underscores and ends in __c"
        )
    if not isinstance(label, str) or not label or len(label) > _LONGEST_LABEL:
        raise refuse(f"A field label of up to {_LONGEST_LABEL} characters is required", "REQUIRED_FIELD_MISSING")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise refuse(f"Cannot deserialize value '{kind}' as a FieldType", "JSON_PARSER_ERROR")
    for needed in _NEEDED.get(kind, ()):
        if metadata.get(needed) is None:
            raise refuse(f"Must specify '{needed}' for a CustomField of type {kind}")
    length = _length(kind, metadata.get("length"))
    unique, external = metadata.get("unique") is True, metadata.get("externalId") is True
    if (unique or external) and kind not in _WITH_KEYS:
        raise refuse(f"Can not specify 'externalId' or 'unique' for a CustomField of type {kind}")
    values, restricted = _values(metadata)
    target = metadata.get("referenceTo")
    if kind == "Lookup" and not (isinstance(target, str) and exists(target)):
        raise refuse(f"In field: referenceTo - no CustomObject named {target} found", "INVALID_CROSS_REFERENCE_KEY")
    return Field(
        name=name,
        type=_TYPES[kind],
        label=label,
        length=length,
        nillable=kind != "Checkbox",
        unique=unique,
        external_id=external,
        values=values,
        restricted=restricted,
        reference_to=(str(target),) if kind == "Lookup" else (),
        # The relationshipName of Metadata is what the target calls its children; this is the way up.
        relationship=f"{name.removesuffix('__c')}__r" if kind == "Lookup" else None,
        default=metadata.get("defaultValue") in {True, "true"} if kind == "Checkbox" else None,
        indexed=unique or external or kind == "Lookup",
    )


def _length(kind: str, given: object) -> int:
    if kind in _LENGTHS:
        least, most = _LENGTHS[kind]
        if not isinstance(given, int) or not least <= given <= most:
            raise refuse(f"The length of a CustomField of type {kind} is from {least} to {most}")
        return given
    return {"Lookup": 18, "Picklist": 255, "MultiselectPicklist": 4_099, "TextArea": 255, "Email": 80, "Phone": 40}.get(
        kind, 255 if kind == "Url" else 0
    )


def _values(metadata: Json) -> tuple[tuple[str, ...], bool]:
    value_set = metadata.get("valueSet")
    if not isinstance(value_set, Mapping):
        return (), False
    definition = value_set.get("valueSetDefinition")
    entries = definition.get("value") if isinstance(definition, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise refuse("Must specify at least one picklist value")
    return active_values(entries), value_set.get("restricted") is True


def active_values(entries: list[object]) -> tuple[str, ...]:
    """Return the values of a picklist's metadata that can be chosen; raises ApiError for what are none."""
    names: list[str] = []
    for entry in entries:
        name = entry.get("valueName") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not name or not isinstance(entry, Mapping):
            raise refuse("valueName is required", "REQUIRED_FIELD_MISSING")
        if ";" in name or len(name) > 255:
            raise refuse(f"Picklist value: bad value {name}", "INVALID_INPUT")
        if name.casefold() in map(str.casefold, names):
            raise refuse(f"Duplicate label: {name}", "DUPLICATE_VALUE")
        if entry.get("isActive") is not False:
            names.append(name)
    return tuple(names)


def metadata_of(each: Field) -> dict[str, object]:
    """Return the Metadata of a field that was not made through the API."""
    kind = next((name for name, kind in _TYPES.items() if kind is each.type), "Text")
    if each.type is FieldType.TEXTAREA and not each.long_text:
        kind = "TextArea"
    metadata: dict[str, object] = {
        "type": kind,
        "label": each.label,
        "description": None,
        "length": each.length or None,
    }
    metadata |= {"externalId": each.external_id, "unique": each.unique or None}
    if each.values:
        entries = [{"valueName": value, "label": value, "default": False, "isActive": None} for value in each.values]
        metadata["valueSet"] = {
            "restricted": each.restricted,
            "valueSetDefinition": {"sorted": False, "value": entries},
            "valueSetName": None,
        }
        metadata["visibleLines"] = 4 if kind == "MultiselectPicklist" else None
    if each.reference_to:
        metadata["referenceTo"] = each.reference_to[0]
        metadata["relationshipName"] = None
    if kind == "Checkbox":
        metadata["defaultValue"] = "true" if each.default else "false"
    if kind in {"Number", "Currency", "Percent"}:
        metadata |= {"precision": 18, "scale": 2}
    return metadata
