"""Which fields of Account can be read, and those of whatever hangs on accounts; what is unknown without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from kam_sync.errors import PermissionDeniedError
from kam_sync.names import FieldType
from kam_sync.records import RecordKind
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import NUMBERS, MappedField, field_label, is_filled, number, resolve_mapped
from kam_sync_salesforce._notes import GRANT, Notes, absent
from kam_sync_salesforce._record_settings import RecordSettings
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

_NATIVES = {"owner_id": "OwnerId", "parent_id": "ParentId", "created_on": "CreatedDate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSource:
    """Account with its usable fields by the attribute of the record that they fill, and the selection criteria."""

    object: ObjectInfo
    natives: Mapping[str, FieldInfo]
    mapped: Mapping[str, MappedField]
    criteria: Mapping[str, FieldInfo]
    merges: bool
    """Whether merged accounts can be told."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields to ask for."""
        return (
            "Name",
            *(each.name for each in self.natives.values()),
            *(name for each in self.mapped.values() for name in each.api_names),
            *(each.name for each in self.criteria.values()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationSource:
    """An object that hangs on accounts.

    Args:
        object: The object.
        fields: The fields to ask for.
        to_account: The relationship's name in SOQL.
        natives: Attribute of the record → Salesforce's own field, of those that are wanted.
        mapped: Attribute → the fields that the policy maps to it, of those that are wanted.
    """

    object: ObjectInfo
    fields: tuple[str, ...]
    to_account: str
    natives: Mapping[str, FieldInfo] = field(default_factory=dict)
    mapped: Mapping[str, MappedField] = field(default_factory=dict)


def required(objects: Mapping[str, ObjectInfo], name: str) -> ObjectInfo:
    """Return an object without which nothing can be done.

    Raises:
        PermissionDeniedError: It cannot be read.
    """
    found = objects.get(name.lower())
    if found is None:
        raise PermissionDeniedError(
            f"the integration user may not read {name}; give it a permission set with Read and View All on {name}"
        )
    return found


def resolve_account(account: ObjectInfo, settings: RecordSettings, notes: Notes) -> AccountSource:
    """Return what can be read of accounts."""
    return AccountSource(
        object=account,
        natives=resolve_natives(RecordKind.ACCOUNT, _NATIVES, account, notes),
        mapped=resolve_mapped(RecordKind.ACCOUNT, account, settings, notes),
        criteria=_resolve_criteria(account, settings, notes),
        merges=not account.missing("MasterRecordId", "IsDeleted"),
    )


def _resolve_criteria(account: ObjectInfo, settings: RecordSettings, notes: Notes) -> dict[str, FieldInfo]:
    """Return criterion → field; none, and noted, where one of them cannot serve: a part of the scores is no score."""
    canonical = "account.criteria"
    if not notes.wanted.name(canonical):
        return {}
    if not settings.criteria:
        notes.unmapped(canonical, "criteria")
        return {}
    if missing := account.missing(*settings.criteria.values()):
        notes.unreadable(canonical, missing)
        return {}
    fields = {name: info for name, each in settings.criteria.items() if (info := account.field(each))}
    for info in fields.values():
        if info.type not in NUMBERS | {"boolean"}:
            reason = f"Account.{info.name} is neither {FieldType.NUMBER.value} nor {FieldType.FLAG.value}"
            notes.wrong(canonical, reason, "map numbers or checkboxes in criteria")
            return {}
    titles = " and ".join(f'"{info.title}"' for info in fields.values())
    notes.label(canonical, f"the account {'field' if len(fields) == 1 else 'fields'} {titles}")
    return fields


def scores_of(source: AccountSource, row: Row, zone: ZoneInfo) -> dict[str, float | None]:
    """Return criterion → score: None where there is none, 1 for a ticked box, 0 for one that is not.

    Raises:
        RowError: A field holds no number.
    """
    return {criterion: number(row, info.name, zone) for criterion, info in source.criteria.items()}


def scored(source: AccountSource, row: Row) -> bool:
    """Return whether one of the criteria was scored; a box that is not ticked may never have been looked at."""
    return any(is_filled(row.get(info.name), info) for info in source.criteria.values())


def resolve_natives(
    kind: RecordKind, natives: Mapping[str, str], found: ObjectInfo, notes: Notes
) -> dict[str, FieldInfo]:
    """Return attribute → Salesforce's own field, of those that are wanted and can be read; the others are noted."""
    usable: dict[str, FieldInfo] = {}
    for attribute, name in natives.items():
        canonical = f"{kind.value}.{attribute}"
        info = found.field(name)
        if not notes.wanted.name(canonical):
            continue
        if info is None:
            notes.unreadable(canonical, (f"{found.name}.{name}",))
        else:
            usable[attribute] = info
            notes.label(canonical, field_label(info, found))
    return usable


def resolve_relation(
    objects: Mapping[str, ObjectInfo],
    name: str,
    canonical: str,
    notes: Notes,
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> RelationSource | None:
    """Return what can be read of an object that hangs on accounts; None, and noted, where too little can.

    Args:
        objects: Described objects.
        name: The object's API name.
        canonical: The relation that is unknown without it.
        notes: Takes what is missing.
        needed: Fields without which an empty value would be taken for a fact.
        optional: Fields that are left out when they cannot be read.
    """
    found = objects.get(name.lower())
    missing = found.missing("AccountId", *needed) if found else (name,)
    lookup = found.field("AccountId") if found else None
    if found is None or missing or lookup is None:
        notes.unreadable(canonical, missing)
        return None
    notes.label(canonical, f'the "{found.label}" records of the account')
    return RelationSource(
        object=found,
        fields=found.present("AccountId", *needed, *optional),
        to_account=lookup.relationship or "Account",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSource:
    """An object whose rows link records with people: contact roles, team members, attendees.

    Args:
        object: The object.
        holder: The lookup to the record.
        fields: The fields to ask for.
    """

    object: ObjectInfo
    holder: FieldInfo
    fields: tuple[str, ...]

    @property
    def to_holder(self) -> str:
        """The relationship's name in SOQL."""
        return self.holder.relationship or self.holder.name.removesuffix("Id")


def resolve_link(
    objects: Mapping[str, ObjectInfo],
    name: str,
    notes: Notes,
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
    unknown: tuple[str, ...] = (),
    feature: str = "",
) -> LinkSource | None:
    """Return what can be read of an object of links; None where too little can.

    Args:
        objects: Described objects.
        name: The object's API name.
        notes: Takes what is missing.
        needed: Fields without which rows say nothing; the first is the lookup to the record.
        optional: Fields that are left out when they cannot be read.
        unknown: The canonical names that are unknown without it.
        feature: How the object is switched on where an org need not have it; then its absence is no fault.
    """
    found = objects.get(name.lower())
    missing = found.missing(*needed) if found else (name,)
    holder = found.field(needed[0]) if found else None
    if found is not None and holder is not None and not missing:
        return LinkSource(object=found, holder=holder, fields=found.present(*needed, *optional))
    for canonical in unknown:
        if feature and found is None:
            notes.cannot_know(canonical, f"{absent(missing)}: {feature}")
        else:
            notes.unreadable(canonical, missing, GRANT)
    return None
