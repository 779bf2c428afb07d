"""How fields, values and permission sets that setup makes are described to Salesforce, as JSON for its Tooling API.

The same descriptions become files in `_setup_files`. What setup made is marked in its description, by which it is known
again; the mark is the same in every language and release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kam_sync.names import NAMES, RELATIONS
from kam_sync_salesforce._setup_needs import KEY_NAME, Kind, Need

Metadata = Mapping[str, object]

MARK: Final = "Made by kam-sync setup"
"""How the description of everything begins that setup made."""
_KEY_LENGTH: Final = 64
_LONG_TEXT_LENGTH: Final = 32_768
_LONGEST_NAME: Final = 40
"""Salesforce's limit for the name of a relationship."""
_LONGEST_DESCRIPTION: Final = 255
"""Salesforce's limit for the description of a picklist value and of a permission set; fields may have 1,000."""

_TYPES: Final[Mapping[Kind, Metadata]] = {
    Kind.KEY: {
        "type": "Text",
        "length": _KEY_LENGTH,
        "externalId": True,
        "unique": True,
        "caseSensitive": False,
        "required": False,
    },
    Kind.TEXT: {"type": "Text", "length": 255, "required": False},
    Kind.LONG_TEXT: {"type": "LongTextArea", "length": _LONG_TEXT_LENGTH, "visibleLines": 5},
    Kind.NUMBER: {"type": "Number", "precision": 18, "scale": 2, "required": False},
    Kind.YEAR: {"type": "Number", "precision": 4, "scale": 0, "required": False},
    Kind.CURRENCY: {"type": "Currency", "precision": 18, "scale": 2, "required": False},
    Kind.PERCENT: {"type": "Percent", "precision": 16, "scale": 2, "required": False},
    Kind.DATE: {"type": "Date", "required": False},
    Kind.CHECKBOX: {"type": "Checkbox", "defaultValue": False},
    Kind.PICKLIST: {"type": "Picklist", "required": False},
    Kind.MULTI_PICKLIST: {"type": "MultiselectPicklist", "visibleLines": 6, "required": False},
    Kind.LOOKUP: {"type": "Lookup", "deleteConstraint": "SetNull", "required": False},
}


def is_ours(description: object) -> bool:
    """Return whether a description says that setup made what it describes."""
    return isinstance(description, str) and description.startswith(MARK)


def described(what: str) -> str:
    """Return a description with the mark."""
    return f"{MARK}; {what}"[:_LONGEST_DESCRIPTION]


def field_metadata(need: Need) -> Metadata:
    """Return the Metadata of a field."""
    metadata: dict[str, object] = {
        "label": need.label,
        "description": described(_purpose(need)),
        **_TYPES[need.kind],
    }
    if need.kind in {Kind.PICKLIST, Kind.MULTI_PICKLIST}:
        # Not restricted: people may add tiers, and other tools may write values of their own.
        metadata["valueSet"] = {
            "restricted": False,
            "valueSetDefinition": {"sorted": False, "value": [new_value(value, "") for value in need.values]},
        }
    if need.kind is Kind.LOOKUP:
        metadata["referenceTo"] = need.target
        # The children of a user or account are listed under this name, which must be unique there.
        name = "_".join(each.removesuffix("__c") for each in ("KamSync", need.owner, need.name))
        metadata["relationshipName"] = name[:_LONGEST_NAME].rstrip("_")
        metadata["relationshipLabel"] = f"{need.label} of"
    return metadata


def _purpose(need: Need) -> str:
    if KEY_NAME in need.serves:
        return "holds the key by which kam-sync knows its tasks. Do not edit"
    relations = set(RELATIONS.values())
    names = sorted(need.serves - relations) or sorted(need.serves)
    words = [NAMES[name].words for name in names if name in NAMES]
    if "scope" in need.serves:
        words.append("which accounts are key accounts")
    return f"kam-sync reads here {' and '.join(words[:2]) or 'what its policy names'}"


def new_value(value: str, description: str) -> Metadata:
    """Return an entry of a picklist's metadata."""
    entry: dict[str, object] = {"valueName": value, "label": value, "default": False}
    if description:
        entry["description"] = description
    return entry


def team_value(value: str) -> Metadata:
    """Return the entry of an account team role that setup adds, marked as its own."""
    return new_value(value, described("one of the roles that kam-sync asks for"))


def with_values(entries: Sequence[object], added: Sequence[str]) -> list[object]:
    """Return the entries of a value set with values added, or made active again; those that are there stay.

    Salesforce replaces the whole set by what it is sent, so what is not among the entries would be lost.
    """
    names = {value.casefold() for value in added}
    kept: list[object] = []
    for entry in entries:
        if _name(entry).casefold() in names and isinstance(entry, Mapping):
            kept.append({**entry, "isActive": True})
            names.discard(_name(entry).casefold())
        else:
            kept.append(entry)
    return [*kept, *(team_value(value) for value in added if value.casefold() in names)]


def without_ours(entries: Sequence[object], values: Sequence[str]) -> list[object]:
    """Return the entries of a value set without those of the values that setup made."""
    gone = {value.casefold() for value in values}
    return [
        entry
        for entry in entries
        if not (isinstance(entry, Mapping) and is_ours(entry.get("description")) and _name(entry).casefold() in gone)
    ]


def own_values(entries: Sequence[object]) -> frozenset[str]:
    """Return the values (case-folded) of a value set that setup made."""
    return frozenset(
        _name(entry).casefold() for entry in entries if isinstance(entry, Mapping) and is_ours(entry.get("description"))
    )


def _name(entry: object) -> str:
    name = entry.get("valueName") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else ""
