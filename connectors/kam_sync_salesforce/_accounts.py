"""Which fields of Account, Contact, Opportunity, Task, Event and User can be read, and what is unknown without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync.errors import PermissionDeniedError
from kam_sync_salesforce import settings
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

NUMBER_TYPES = frozenset({"currency", "double", "int", "long", "percent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSource:
    """Account with its usable fields by the attribute of the record that they fill."""

    object: ObjectInfo
    fields: Mapping[str, FieldInfo]
    merges: bool
    """Whether merged accounts can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationSource:
    """An object that hangs on accounts, with the fields to ask for and the relationship's name in SOQL."""

    object: ObjectInfo
    fields: tuple[str, ...]
    to_account: str


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


def resolve_account(account: ObjectInfo, mapped: settings.AccountFields, notes: Notes) -> AccountSource:
    """Return what can be read of accounts."""
    fields: dict[str, FieldInfo] = {}
    for attribute, name in (("owner_id", "OwnerId"), ("parent_id", "ParentId"), ("created_on", "CreatedDate")):
        _take(fields, account, attribute, name, notes)
    _take(fields, account, "tier", mapped.tier, notes)
    _take(fields, account, "revenue", mapped.revenue, notes)
    revenue = fields.get("revenue")
    if revenue is not None and revenue.type not in NUMBER_TYPES:
        del fields["revenue"]
        notes.cannot_know("account.revenue", f"Account.{revenue.name} is not a number")
        notes.should_set_up("account.revenue", f"Account.{revenue.name} is not a number", "map a currency or number")
    return AccountSource(object=account, fields=fields, merges=not account.missing("MasterRecordId", "IsDeleted"))


def _take(fields: dict[str, FieldInfo], account: ObjectInfo, attribute: str, name: str | None, notes: Notes) -> None:
    canonical = f"account.{attribute}"
    field = account.field(name)
    if name is None:
        notes.cannot_know(canonical, "not mapped")
    elif field is None:
        notes.unreadable(canonical, (f"Account.{name}",))
    else:
        fields[attribute] = field
        notes.label(canonical, f'the account field "{field.title}"')


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
    return RelationSource(
        object=found,
        fields=found.present("AccountId", *needed, *optional),
        to_account=lookup.relationship or "Account",
    )
