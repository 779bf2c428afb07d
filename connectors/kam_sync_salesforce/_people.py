"""The customer's people: what can be read of contacts, and where it is recorded what part they play in buying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.field_mapping import read_field
from kam_sync.names import NAMES
from kam_sync.records import RecordKind
from kam_sync_salesforce._accounts import LinkSource, RelationSource, resolve_link, resolve_natives, resolve_relation
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import MappedField, resolve_field, resolve_mapped, with_choices
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._record_settings import RecordSettings
from kam_sync_salesforce._rows import Mapper, Values, day, optional_id, required_id, text
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

CONTACT_ROLES: Final = "OpportunityContactRole"
RELATIONS: Final = "AccountContactRelation"
BUYING_ROLES: Final = "contact.buying_roles"

_NATIVES: Final = {"created_on": "CreatedDate", "reports_to_id": "ReportsToId", "bounced": "IsEmailBounced"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyingRoles:
    """Where buying roles are recorded, united: on opportunities, on relations to accounts, in a field of the contact.

    `mapped` has the values of all of them, and the contact's own field if there is one.
    """

    mapped: MappedField
    opportunities: LinkSource
    relations: LinkSource | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSource:
    """What can be read of contacts; `buying_roles` is None where they cannot be known or nobody wants them."""

    relation: RelationSource
    buying_roles: BuyingRoles | None


def resolve_contacts(objects: Mapping[str, ObjectInfo], settings: RecordSettings, notes: Notes) -> ContactSource | None:
    """Return what can be read of contacts; None, and noted, where too little can."""
    if not notes.wanted.kind(RecordKind.CONTACT):
        return None
    own = {"contact.title": "Title", "contact.owner_id": "OwnerId"}
    needed = tuple(field for name, field in own.items() if notes.wanted.name(name))
    relation = resolve_relation(objects, "Contact", "contacts", notes, needed=("Name", *needed))
    if relation is None:
        return None
    found = relation.object
    for name, field in own.items():
        if info := found.field(field):
            notes.label(name, f'the contact field "{info.title}"')
    natives = resolve_natives(RecordKind.CONTACT, _NATIVES, found, notes)
    mapped = resolve_mapped(RecordKind.CONTACT, found, settings, notes, leave=(BUYING_ROLES,))
    roles = _resolve_buying_roles(objects, found, settings, notes)
    fields = (
        *relation.fields,
        *(each.name for each in natives.values()),
        *(name for each in mapped.values() for name in each.api_names),
        *(roles.mapped.api_names if roles else ()),
    )
    return ContactSource(
        relation=replace(relation, fields=fields, natives=natives, mapped=mapped),
        buying_roles=roles,
    )


def _resolve_buying_roles(
    objects: Mapping[str, ObjectInfo], contact: ObjectInfo, settings: RecordSettings, notes: Notes
) -> BuyingRoles | None:
    if not notes.wanted.name(BUYING_ROLES):
        return None
    unknown = (BUYING_ROLES,)
    opportunities = resolve_link(
        objects, CONTACT_ROLES, notes, needed=("OpportunityId", "ContactId", "Role"), unknown=unknown
    )
    relations = None
    if RELATIONS.lower() in objects:
        needed = ("AccountId", "ContactId", "Roles")
        relations = resolve_link(objects, RELATIONS, notes, needed=needed, optional=("IsActive",), unknown=unknown)
    mapped = MappedField(name=NAMES[BUYING_ROLES], fields=())
    names = settings.fields.get(BUYING_ROLES, ())
    if names:
        own = resolve_field(BUYING_ROLES, names, contact, notes, setting=f"fields: {BUYING_ROLES}")
        if own is None:
            return None
        mapped = own
    if opportunities is None or (relations is None and RELATIONS.lower() in objects):
        return None
    holders: dict[str, FieldInfo] = {}
    for link, field in ((opportunities, "Role"), (relations, "Roles")):
        if link is not None and (info := link.object.field(field)):
            holders[link.object.label.lower()] = info
    if mapped.fields:
        holders[contact.label.lower()] = mapped.fields[0]
    chosen = with_choices(mapped, holders, settings, notes)
    if chosen is None:
        return None
    return BuyingRoles(mapped=chosen, opportunities=opportunities, relations=relations)


def role_on_opportunity(row: Row) -> tuple[str, str] | None:
    """Return contact and value of the role a contact has on an opportunity, if it has any; raises RowError."""
    value = text(row, "Role")
    return (required_id(row, "ContactId"), value) if value else None


def role_on_account(row: Row) -> tuple[str, str] | None:
    """Return where a contact has roles at present, as `on_account` names it, and their values; raises RowError."""
    value = text(row, "Roles")
    if not value or row.get("IsActive") is False:
        return None
    return on_account(required_id(row, "ContactId"), required_id(row, "AccountId")), value


def on_account(contact: str, account: str) -> str:
    """Return what stands for a contact on an account."""
    return f"{contact}:{account}"


def contact_mapper(
    source: ContactSource,
    zone: ZoneInfo,
    on_opportunities: Callable[[str], Iterable[str]],
    on_accounts: Callable[[str], Iterable[str]],
) -> Mapper:
    """Return the mapper of contacts.

    Args:
        source: What is read of contacts.
        zone: The org's.
        on_opportunities: Contact → values of the roles it has on opportunities.
        on_accounts: A contact on an account, as `on_account` names it → values of the roles it has there.
    """
    natives = source.relation.natives

    def values(row: Row) -> Iterator[Values]:
        contact, account = required_id(row, "Id"), required_id(row, "AccountId")
        found: dict[str, object] = {
            "id": contact,
            "account_ids": (account,),
            "name": row.get("Name"),
            "title": row.get("Title"),
            "owner_id": optional_id(row, "OwnerId"),
        }
        if "created_on" in natives:
            found["created_on"] = day(row, natives["created_on"].name, zone)
        if "reports_to_id" in natives:
            found["reports_to_id"] = optional_id(row, natives["reports_to_id"].name)
        if "bounced" in natives:
            found["bounced"] = row.get(natives["bounced"].name)
        for attribute, mapped in source.relation.mapped.items():
            found[attribute] = mapped.read(row, zone)
        if source.buying_roles is not None:
            mapped = source.buying_roles.mapped
            held = [*on_opportunities(contact), *on_accounts(on_account(contact, account))]
            held += [str(row.get(name) or "") for name in mapped.api_names]
            found["buying_roles"] = read_field(mapped.name, [";".join(held)], zone, mapped.choices)
        yield found

    return values
