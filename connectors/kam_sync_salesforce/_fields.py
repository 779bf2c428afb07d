"""Fields that a policy maps to canonical names: whether an org has them, and what their values mean.

Reading is the core's `read_field`; here it gets the fields of a row, and types and picklists are checked beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.field_mapping import MAPPABLE, UnfitFieldError, read_field
from kam_sync.names import NAMES, FieldType, Name
from kam_sync.records import RecordKind
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._record_settings import RecordSettings
from kam_sync_salesforce._rows import RowError
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

NUMBERS: Final = frozenset({"currency", "double", "int", "long", "percent"})
DATES: Final = frozenset({"date", "datetime"})
TEXTS: Final = frozenset({"string", "picklist", "combobox"})
_FITTING: Final[Mapping[FieldType, frozenset[str]]] = {
    FieldType.NUMBER: NUMBERS,
    FieldType.YEAR: NUMBERS | TEXTS,
    FieldType.DATE: DATES,
    FieldType.FLAG: TEXTS | {"boolean"},
    FieldType.GRADE: TEXTS,
}
"""The types of Salesforce field that can hold what is read; the others take any."""
COMPOUND: Final = frozenset({"address", "location", "base64"})
"""Types whose values are no text or number."""
_ANY_NUMBER: Final = NAMES["account.revenue"]
_TAGS: Final = re.compile(r"<[^>]*>|&nbsp;")


def plain(value: object, info: FieldInfo) -> object:
    """Return a value without the mark-up of a rich-text field."""
    return _TAGS.sub("", value) if info.html and isinstance(value, str) else value


def is_filled(value: object, info: FieldInfo) -> bool:
    """Return whether a field says anything: blank text, empty mark-up and an unticked box say nothing."""
    found = plain(value, info)
    if isinstance(found, str):
        return found.strip() != ""
    return found is not None and found is not False


def number(row: Row, field: str, zone: ZoneInfo) -> float | None:
    """Return the number in a field that is no canonical name's, read as those of canonical names are.

    Raises:
        RowError: It is no number.
    """
    try:
        found = read_field(_ANY_NUMBER, [row.get(field)], zone)
    except UnfitFieldError:
        raise RowError(f"{field}: expected a number") from None
    return found if isinstance(found, float) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedField:
    """The fields that are mapped to a canonical name; `choices` are the CRM's values for each of ours."""

    name: Name
    fields: tuple[FieldInfo, ...]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def api_names(self) -> tuple[str, ...]:
        """The fields to ask for."""
        return tuple(each.name for each in self.fields)

    def read(self, row: Row, zone: ZoneInfo) -> object:
        """Return what the fields of a row mean.

        Raises:
            RowError: They hold what the name cannot mean.
        """
        if self.name.field_type is FieldType.FILLED:
            return all(is_filled(row.get(each.name), each) for each in self.fields)
        raws = [plain(row.get(each.name), each) for each in self.fields]
        try:
            return read_field(self.name, raws, zone, self.choices)
        except UnfitFieldError as error:
            raise RowError(f"{self.fields[0].name} ({error})") from None


def field_label(info: FieldInfo, found: ObjectInfo) -> str:
    """Return where a person finds a field: `the account field "Tier"`."""
    return f'the {found.label.lower()} field "{info.title}"'


def resolve_mapped(
    kind: RecordKind, found: ObjectInfo, settings: RecordSettings, notes: Notes, *, leave: Iterable[str] = ()
) -> dict[str, MappedField]:
    """Return the usable mapped fields of a kind of record by attribute, and note what is missing.

    Args:
        kind: The kind; only what is wanted of it is looked at.
        found: The object that has the fields.
        settings: The policy file's part of the org.
        notes: Takes what is missing.
        leave: Canonical names that are resolved elsewhere.
    """
    usable: dict[str, MappedField] = {}
    for canonical in MAPPABLE:
        name = NAMES[canonical]
        if name.kind is not kind or canonical in leave or not notes.wanted.name(canonical):
            continue
        names = settings.fields.get(canonical, ())
        mapped = resolve_field(canonical, names, found, notes, setting=f"fields: {canonical}")
        if mapped is not None and name.choices is not None:
            mapped = with_choices(mapped, {found.label.lower(): mapped.fields[0]}, settings, notes)
        if mapped is not None:
            usable[name.attribute] = mapped
    return usable


def resolve_field(
    canonical: str, names: Sequence[str], found: ObjectInfo, notes: Notes, *, setting: str
) -> MappedField | None:
    """Return the fields of an object that are mapped to a canonical name; None, and noted, where they cannot serve.

    Args:
        canonical: The name.
        names: API names; none where the policy maps nothing.
        found: The object that has them.
        notes: Takes what is missing.
        setting: Where in the policy file the name is mapped.

    Raises:
        ValueError: The name is none that is mapped by a field.
    """
    name = NAMES[canonical]
    field_type = name.field_type
    missing = found.missing(*names)
    if field_type is None:
        raise ValueError(f"{canonical} is not mapped by a field")
    if not names:
        notes.unmapped(canonical, setting)
        return None
    if missing:
        notes.unreadable(canonical, missing)
        return None
    fields = tuple(info for each in names if (info := found.field(each)))
    if not fits(fields, field_type):
        what = "something to be read" if any(info.type in COMPOUND for info in fields) else field_type.value
        reason = f"{found.name}.{fields[0].name} is not {what}"
        notes.wrong(canonical, reason, f"map {field_type.value} in {setting}")
        return None
    if name.choices is None:
        notes.label(canonical, " and ".join(field_label(info, found) for info in fields))
    return MappedField(name=name, fields=fields)


def fits(fields: Iterable[FieldInfo], field_type: FieldType) -> bool:
    """Return whether fields can hold what is read from them."""
    fitting = _FITTING.get(field_type)
    return all(info.type not in COMPOUND if fitting is None else info.type in fitting for info in fields)


def with_choices(
    mapped: MappedField, holders: Mapping[str, FieldInfo], settings: RecordSettings, notes: Notes
) -> MappedField | None:
    """Return a mapped field with the values that can be chosen; None, and noted, where none can be.

    A value that no picklist offers cannot have been chosen, so that nobody's having it would mean nothing: what only
    such values stand for is unknown.

    Args:
        mapped: The field.
        holders: The fields whose values are read, by what people call their object.
        settings: The policy file's part of the org.
        notes: Takes what is missing.
    """
    canonical = mapped.name.name
    chosen = settings.choices(canonical)
    setting = f"values: {canonical}"
    if not chosen:
        notes.unmapped(canonical, setting)
        if canonical in settings.fields and canonical not in settings.default_fields:
            notes.should_set_up(canonical, "nothing says what the values of the mapped field mean", f"set {setting}")
        return None
    usable: dict[str, tuple[str, ...]] = {}
    for choice in mapped.name.choices or ():
        values = chosen.get(choice.value, ())
        offered = [value for value in values if _holder(value, holders) is not None]
        if offered:
            usable[choice.value] = tuple(values)
        _note_part(f"{canonical}.{choice.value}", values, offered, holders, notes)
    _check_offered(canonical, chosen, holders, settings, notes)
    if not usable:
        notes.cannot_know(canonical, f"{_titles(holders)} offers none of the mapped values: set {setting}")
        return None
    notes.label(canonical, _titles(holders))
    return MappedField(name=mapped.name, fields=mapped.fields, choices=usable)


def _note_part(
    part: str, values: Sequence[str], offered: Sequence[str], holders: Mapping[str, FieldInfo], notes: Notes
) -> None:
    """Note where one of our values is chosen, or why it cannot be known; not every name has parts."""
    if part not in NAMES:
        return
    field, _, choice = part.rpartition(".")
    if not values:
        notes.unmapped(part, f"values: {field}: {choice}")
    elif not offered:
        reason = f"{_titles(holders)} offers no {' or '.join(map(repr, values))}"
        notes.cannot_know(part, f"{reason}: set values: {field}: {choice}")
    for value in offered:
        notes.label(part, f'"{value}" in {_holder(value, holders)}')


def _check_offered(
    canonical: str,
    chosen: Mapping[str, Sequence[str]],
    holders: Mapping[str, FieldInfo],
    settings: RecordSettings,
    notes: Notes,
) -> None:
    """Note values of the policy file, not those by default, that nobody can choose."""
    if canonical not in settings.values:
        return
    lost = [value for values in chosen.values() for value in values if _holder(value, holders) is None]
    if lost:
        offered = dict.fromkeys(value for info in holders.values() for value in info.values)
        notes.should_set_up(
            canonical,
            f"{_titles(holders)} has no active value {', '.join(lost)}",
            f"add it to the picklist, or set values: {canonical} to some of: {', '.join(offered)}",
        )


def _titles(holders: Mapping[str, FieldInfo]) -> str:
    return " or ".join(f'the {what} field "{info.title}"' for what, info in holders.items())


def _holder(value: str, holders: Mapping[str, FieldInfo]) -> str | None:
    """Return the field that offers a value; a field without a picklist may hold anything."""
    for what, info in holders.items():
        if not info.values or value.casefold() in map(str.casefold, info.values):
            return f'the {what} field "{info.title}"'
    return None
