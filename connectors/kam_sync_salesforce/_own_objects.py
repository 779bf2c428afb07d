"""Records that an org keeps in an object of its own choice: where they are, which account each hangs on, which count.

Goals, actions, feedback and contracts are found in this way; what their rows mean is in `_goals`, `_feedback` and
`_service`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from kam_sync.names import NAMES, RELATIONS
from kam_sync.records import RecordKind
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import MappedField, field_label, is_filled, resolve_field
from kam_sync_salesforce._notes import GRANT, Notes, absent
from kam_sync_salesforce._record_settings import Condition, is_account
from kam_sync_salesforce._rows import Values, optional_id, required_id, value_at
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

_TARGETS: Final[Mapping[str, str]] = {"owner_id": "User", "contact_id": "Contact", "goal_id": ""}
"""Attribute that is an id → the object it must be of; any for the goal, which may be of any object."""


class OwnSection(Protocol):
    """A section of the policy file that names an object."""

    @property
    def object(self) -> str:
        """API name of the object."""

    @property
    def account_field(self) -> str | None:
        """The lookup to Account; None on Account itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTest:
    """Whether a record counts, by a field that has one of some values, or that has none of them."""

    field: FieldInfo
    values: frozenset[str]
    negated: bool = False

    def holds(self, row: Row) -> bool:
        """Return whether the row passes; texts ignore case."""
        found = row.get(self.field.name)
        return (found is not None and str(found).casefold() in self.values) is not self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSource:
    """What can be read of such records.

    Args:
        sobject: The object; Account itself where the records are fields of it.
        account: Path of the field that holds the account's id.
        to_account: Path to the account in SOQL; empty on Account.
        mapped: Attribute → its fields, where a canonical name tells how they are read.
        plain: Attribute → its field, for names, ids and whatever is read by the module of the kind.
        counts: Which records are open or active; None where all are.
        extra: More fields to ask for.
    """

    sobject: ObjectInfo
    account: str
    to_account: str
    mapped: Mapping[str, MappedField]
    plain: Mapping[str, FieldInfo]
    counts: ValueTest | None = None
    extra: tuple[str, ...] = ()

    @property
    def on_account(self) -> bool:
        """Whether the records are fields of the account."""
        return is_account(self.sobject.name)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields to ask for."""
        return (
            self.account,
            *(info.name for info in self.plain.values()),
            *(name for each in self.mapped.values() for name in each.api_names),
            *([self.counts.field.name] if self.counts else []),
            *self.extra,
        )

    def values(self, row: Row, zone: ZoneInfo) -> dict[str, object] | None:
        """Return id, name, ids and mapped values; None for fields of an account that are all empty.

        Raises:
            RowError: A field holds what it cannot mean.
        """
        if self.on_account and not self._touched(row):
            return None
        found: dict[str, object] = {"id": required_id(row, "Id")}
        for attribute, info in self.plain.items():
            if attribute == "name":
                found["name"] = str(row.get(info.name) or "").strip()
            elif attribute in _TARGETS:
                found[attribute] = optional_id(row, info.name)
        for attribute, each in self.mapped.items():
            found[attribute] = each.read(row, zone)
        return found

    def account_of(self, row: Row) -> str:
        """Return the account's id; raises RowError."""
        return required_id(row, self.account)

    def _touched(self, row: Row) -> bool:
        own = [*self.plain.values(), *(info for each in self.mapped.values() for info in each.fields)]
        return any(is_filled(value_at(row, info.name), info) for info in own)


def resolve_own(
    kind: RecordKind,
    section: OwnSection,
    fields: Mapping[str, Sequence[str]],
    objects: Mapping[str, ObjectInfo],
    notes: Notes,
    *,
    leave: Collection[str] = (),
) -> OwnSource | None:
    """Return what can be read of records in an object that names its account by a lookup; None, and noted, otherwise.

    Args:
        kind: The kind of record.
        section: Of the policy file.
        fields: Attribute → API names of its fields.
        objects: Described objects.
        notes: Takes what is missing.
        leave: Attributes that are found elsewhere.
    """
    relation = RELATIONS[kind]
    found = objects.get(section.object.lower())
    if found is None:
        notes.unreadable(relation, (section.object,))
        return None
    account, to_account = "Id", ""
    if not is_account(section.object):
        lookup = found.field(section.account_field)
        if lookup is None or "Account" not in lookup.reference_to or not lookup.relationship:
            reason = f"{found.name}.{section.account_field} is not a lookup to Account that may be read"
            notes.wrong(relation, reason, f"set {relation}.account_field to the lookup, and grant read access to it")
            return None
        account, to_account = lookup.name, lookup.relationship
    return own_source(kind, found, account, to_account, fields, notes, leave=leave)


def own_source(
    kind: RecordKind,
    found: ObjectInfo,
    account: str,
    to_account: str,
    fields: Mapping[str, Sequence[str]],
    notes: Notes,
    *,
    leave: Collection[str] = (),
) -> OwnSource:
    """Return what can be read of records of an object whose way to the account is known.

    Args:
        kind: The kind of record.
        found: The object.
        account: Path of the field that holds the account's id.
        to_account: Path to the account in SOQL; empty on Account.
        fields: Attribute → API names of its fields.
        notes: Takes what is missing.
        leave: Attributes that are found elsewhere.
    """
    relation = RELATIONS[kind]
    where = "fields of the account" if is_account(found.name) else f'"{found.label}" records of the account'
    notes.label(relation, f"the {where}")
    mapped, plain = {}, {}
    for canonical in NAMES.values():
        if canonical.kind is not kind or not canonical.attribute or canonical.attribute in {*_TARGETS, *leave}:
            continue
        # Of an account, whatever is mapped says whether there is a record at all.
        if canonical.field_type is None or not (notes.wanted.name(canonical.name) or is_account(found.name)):
            continue
        names = fields.get(canonical.attribute, ())
        setting = f"{relation}.fields: {canonical.attribute}"
        if each := resolve_field(canonical.name, names, found, notes, setting=setting):
            mapped[canonical.attribute] = each
    for attribute in ("name", *_TARGETS):
        if attribute in leave:
            continue
        if info := _plain(kind, attribute, fields.get(attribute, ()), found, notes):
            plain[attribute] = info
    return OwnSource(sobject=found, account=account, to_account=to_account, mapped=mapped, plain=plain)


def _plain(kind: RecordKind, attribute: str, names: Sequence[str], found: ObjectInfo, notes: Notes) -> FieldInfo | None:
    """Return the field of a name or an id; None, and noted, where it is not mapped or cannot serve."""
    relation, canonical = RELATIONS[kind], f"{kind.value}.{attribute}"
    known = canonical in NAMES
    if known and not notes.wanted.name(canonical) and not is_account(found.name):
        return None
    if not names:
        if known:
            notes.unmapped(canonical, f"{relation}.fields: {attribute}")
        # Most objects have a field Name; what an account is called is not the name of what hangs on it.
        return found.field("Name") if attribute == "name" and not is_account(found.name) else None
    info = found.field(names[0])
    target = _TARGETS.get(attribute)
    reason, fix = "", GRANT
    if info is None:
        reason = absent(found.missing(names[0]))
    elif target is not None and (not info.reference_to or (target and target not in info.reference_to)):
        reason = f"{found.name}.{info.name} is not a lookup" + (f" to {target}" if target else "")
        fix = f"map such a lookup in {relation}.fields: {attribute}"
    if reason:
        if known:
            notes.cannot_know(canonical, reason)
        notes.should_set_up(canonical if known else relation, reason, fix)
        return None
    if info is not None and known:
        notes.label(canonical, field_label(info, found))
    return info


def resolve_test(
    relation: str, setting: str, condition: Condition | None, found: ObjectInfo, notes: Notes
) -> tuple[ValueTest | None, bool]:
    """Return the test of which records count, and whether it can be had; without a condition all records count.

    Args:
        relation: What is unknown when it cannot.
        setting: Where the condition is in the policy file.
        condition: What the policy file says.
        found: The object.
        notes: Takes what is missing.
    """
    if condition is None:
        return None, True
    info = found.field(condition.field)
    if info is None:
        notes.unreadable(relation, (f"{found.name}.{condition.field}",))
        return None, False
    values = frozenset(str(value).casefold() for value in condition.values)
    offered = {value.casefold() for value in info.values}
    lost = [str(value) for value in condition.values if offered and str(value).casefold() not in offered]
    if lost:
        reason = f"{found.name}.{info.name} has no active value {', '.join(lost)}"
        notes.should_set_up(relation, reason, f"set {setting}.values to some of: {', '.join(info.values)}")
        if len(lost) == len(condition.values):
            notes.cannot_know(relation, reason)
            return None, False
    return ValueTest(field=info, values=values), True


def counting(values: Values, test: ValueTest | None, row: Row, attribute: str) -> Values:
    """Return the values of a record together with whether it counts."""
    return {**values, attribute: test is None or test.holds(row)}
