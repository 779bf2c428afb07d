"""What HubSpot's property values mean: text, dates, numbers, and the values of mapped properties. Pure.

Values are strings on the wire, whatever the property's type; None is unset.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.field_mapping import UnfitFieldError, read_field
from kam_sync.names import FieldType, Name
from kam_sync_hubspot._setup_answers import PropertyDefinition

Properties = Mapping[str, object]

DATES: Final = frozenset({"date", "datetime"})
"""The types of properties that hold dates."""

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UTC: Final = ZoneInfo("UTC")
_TAGS: Final = re.compile(r"<(?!img\b)[^>]*>|&nbsp;", re.IGNORECASE)
_EXPECTED: Final[Mapping[FieldType | None, str]] = {
    FieldType.NUMBER: "is not a number",
    FieldType.YEAR: "is not a year",
    FieldType.DATE: "is not a date",
    FieldType.FLAG: "is neither true nor false",
    FieldType.GRADE: "is not a grade from A+ to F",
}


class UnfitValueError(Exception):
    """A value is not what its property should hold; the message names the property only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedField:
    """The checked properties behind a canonical name; `choices` are our value → HubSpot's values."""

    name: Name
    definitions: tuple[PropertyDefinition, ...]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def text(properties: Properties, name: str) -> str | None:
    """Return a property's text, stripped; None when it is unset or blank."""
    value = properties.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnfitValueError(f"{name} is not text")
    return value.strip() or None


def moment(value: str) -> dt.datetime | dt.date:
    """Return HubSpot's stamp: milliseconds, ISO with a zone, or a bare date; raises ValueError for anything else."""
    if re.fullmatch(r"-?\d{1,15}", value):
        try:
            return _EPOCH + dt.timedelta(milliseconds=int(value))
        except OverflowError:
            raise ValueError("out of range") from None
    if len(value) == 10:
        return dt.date.fromisoformat(value)
    found = dt.datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def day(properties: Properties, name: str, zone: ZoneInfo) -> dt.date | None:
    """Return the date of a property in a zone; raises UnfitValueError when it holds no date."""
    value = text(properties, name)
    if value is None:
        return None
    try:
        found = moment(value)
        return found.astimezone(zone).date() if isinstance(found, dt.datetime) else found
    except (ValueError, OverflowError):
        raise UnfitValueError(f"{name} is not a date") from None


def day_of(properties: Properties, definition: PropertyDefinition, zone: ZoneInfo) -> dt.date | None:
    """Return the date of a date or datetime property; the former is midnight UTC whatever the zone."""
    return day(properties, definition.name, _UTC if definition.type == "date" else zone)


def number(properties: Properties, name: str) -> float | None:
    """Return the number of a property; raises UnfitValueError when it holds none."""
    value = text(properties, name)
    if value is None:
        return None
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UnfitValueError(f"{name} is not a number")
    return found


def score(properties: Properties, definition: PropertyDefinition) -> float | None:
    """Return the number of a number or checkbox property; a ticked box counts 1."""
    if definition.type == "bool":
        value = text(properties, definition.name)
        if value not in {None, "true", "false"}:
            raise UnfitValueError(f"{definition.name} is neither true nor false")
        return None if value is None else float(value == "true")
    return number(properties, definition.name)


def values_of(properties: Properties, name: str) -> tuple[str, ...]:
    """Return the values of a property that joins several by `;`."""
    return tuple(part.strip() for part in (text(properties, name) or "").split(";") if part.strip())


def has_value(properties: Properties, name: str, wanted: Iterable[str]) -> bool:
    """Return whether a property is, or contains, one of the values."""
    whole = text(properties, name)
    return whole is not None and not {whole, *values_of(properties, name)}.isdisjoint(wanted)


def is_selected(properties: Properties, name: str, wanted: Iterable[str]) -> bool:
    """Return whether a property is, or contains, one of the values, whatever their case."""
    held = {value.casefold() for value in (text(properties, name) or "", *values_of(properties, name))}
    return not held.isdisjoint(value.casefold() for value in wanted)


def is_filled(properties: Properties, definition: PropertyDefinition) -> bool:
    """Return whether a person has put something in: not an unticked box, nor rich text that is only markup."""
    value = text(properties, definition.name)
    if value is None or (definition.type == "bool" and value == "false"):
        return False
    return definition.field_type != "html" or bool(_TAGS.sub("", value).strip())


def read_mapped(mapped: MappedField, properties: Properties, zone: ZoneInfo) -> object:
    """Return what the properties of a canonical name mean.

    Raises:
        UnfitValueError: One holds what the name cannot mean.
    """
    raws = [_raw(mapped.name, properties, definition, zone) for definition in mapped.definitions]
    try:
        return read_field(mapped.name, raws, zone, mapped.choices)
    except UnfitFieldError:
        names = " or ".join(definition.name for definition in mapped.definitions)
        expected = _EXPECTED.get(mapped.name.field_type, "holds what it should not")
        raise UnfitValueError(f"{names} {expected}") from None


def _raw(name: Name, properties: Properties, definition: PropertyDefinition, zone: ZoneInfo) -> str | None:
    """Return a property as the core reads fields: dates in ISO form, and nothing where nothing counts as filled."""
    if name.field_type is FieldType.FILLED:
        return "filled" if is_filled(properties, definition) else None
    if name.field_type is FieldType.DATE:
        found = day_of(properties, definition, zone)
        return None if found is None else found.isoformat()
    return text(properties, definition.name)


def property_label(what: str, definitions: Iterable[PropertyDefinition]) -> str:
    """Return where a person finds properties, such as `the company property "Innovator"`."""
    labels = [f'"{definition.label}"' for definition in definitions]
    return f"the {what} property {labels[0]}" if len(labels) == 1 else f"the {what} properties {' or '.join(labels)}"
