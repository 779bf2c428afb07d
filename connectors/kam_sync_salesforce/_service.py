"""Serving the customer: cases, quotes and contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.records import RecordKind
from kam_sync_salesforce._accounts import RelationSource, resolve_relation
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import MappedField, field_label, resolve_field
from kam_sync_salesforce._notes import GRANT, Notes, absent
from kam_sync_salesforce._own_objects import OwnSource, ValueTest, counting, own_source, resolve_own, resolve_test
from kam_sync_salesforce._record_settings import Cases, Condition, Contracts, Quotes
from kam_sync_salesforce._rows import Mapper, Values, day, flag, optional_id, required_id, text
from kam_sync_salesforce._schema import ObjectInfo

_URGENT: Final = Condition(field="Priority", values=("High", "Critical"))
_NOT_OPEN: Final = frozenset({"accepted", "denied", "rejected"})
"""Values of Quote.Status after which nobody waits for the customer."""
_ACTIVATED: Final = Condition(field="Status", values=("Activated",))
_CONTRACT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {"name": ("ContractNumber",), "end_on": ("EndDate",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSource:
    """What can be read of cases; `urgent` is None where it cannot be known or nobody wants it."""

    relation: RelationSource
    urgent: ValueTest | None


def resolve_cases(section: Cases, objects: Mapping[str, ObjectInfo], notes: Notes) -> CaseSource | None:
    """Return what can be read of cases; None, and noted, where too little can."""
    if not notes.wanted.kind(RecordKind.CASE):
        return None
    needed = ("CaseNumber", "Subject", "IsClosed", "OwnerId", "CreatedDate")
    relation = resolve_relation(objects, "Case", "cases", notes, needed=needed)
    if relation is None:
        return None
    urgent = _resolve_urgent(section, relation.object, notes)
    extra = (urgent.field.name,) if urgent else ()
    return CaseSource(relation=replace(relation, fields=(*relation.fields, *extra)), urgent=urgent)


def _resolve_urgent(section: Cases, found: ObjectInfo, notes: Notes) -> ValueTest | None:
    canonical = "case.is_high_priority"
    if not notes.wanted.name(canonical):
        return None
    wanted = section.urgent or _URGENT
    info = found.field(wanted.field)
    if info is None:
        notes.unreadable(canonical, (f"{found.name}.{wanted.field}",))
        return None
    offered = {value.casefold() for value in info.values}
    lost = [str(value) for value in wanted.values if offered and str(value).casefold() not in offered]
    reason = f"{found.name}.{info.name} has no active value {', '.join(lost)}"
    if lost and section.urgent is not None:
        notes.should_set_up(canonical, reason, f"set cases.urgent.values to some of: {', '.join(info.values)}")
    if len(lost) == len(wanted.values):
        notes.cannot_know(canonical, f"{reason}: set cases.urgent")
        return None
    notes.label(canonical, field_label(info, found))
    return ValueTest(field=info, values=frozenset(str(value).casefold() for value in wanted.values))


def case_mapper(source: CaseSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of cases, which people know by number and subject."""

    def values(row: Row) -> Iterator[Values]:
        yield {
            "id": required_id(row, "Id"),
            "account_ids": (required_id(row, "AccountId"),),
            "name": f"{text(row, 'CaseNumber')} {text(row, 'Subject')}".strip(),
            "is_open": not flag(row, "IsClosed"),
            "is_high_priority": source.urgent is not None and source.urgent.holds(row),
            "owner_id": optional_id(row, "OwnerId"),
            "opened_on": day(row, "CreatedDate", zone),
        }

    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSource:
    """What can be read of quotes, which hang on accounts by their opportunities.

    Args:
        object: The object.
        fields: The fields to ask for.
        account: Path of the field that holds the account's id.
        to_account: Path to the account in SOQL.
        open: Tells open quotes.
        dates: Attribute → date field.
    """

    object: ObjectInfo
    fields: tuple[str, ...]
    account: str
    to_account: str
    open: ValueTest
    dates: Mapping[str, MappedField]


def resolve_quotes(section: Quotes, objects: Mapping[str, ObjectInfo], notes: Notes) -> QuoteSource | None:
    """Return what can be read of quotes; None, and noted, where too little can."""
    if not notes.wanted.kind(RecordKind.QUOTE):
        return None
    found = objects.get("quote")
    if found is None:
        notes.cannot_know("quotes", f"{absent(('Quote',))}: switch on quotes and grant read access to them")
        return None
    needed = ("Name", "OpportunityId", "Status")
    opportunity, status = found.field("OpportunityId"), found.field("Status")
    if opportunity is None or status is None or found.missing(*needed):
        notes.unreadable("quotes", found.missing(*needed), GRANT)
        return None
    notes.label("quotes", f'the "{found.label}" records of the account\'s opportunities')
    dates: dict[str, MappedField] = {}
    for attribute, name in (("sent_on", section.fields.sent_on), ("expires_on", section.fields.expires_on)):
        canonical = f"quote.{attribute}"
        if notes.wanted.name(canonical):
            names = (name,) if name else ()
            each = resolve_field(canonical, names, found, notes, setting=f"quotes.fields: {attribute}")
            if each is not None:
                dates[attribute] = each
    to_opportunity = opportunity.relationship or "Opportunity"
    account = f"{to_opportunity}.AccountId"
    asked = (*needed, account, *found.present("OwnerId"), *(name for each in dates.values() for name in each.api_names))
    return QuoteSource(
        object=found,
        fields=asked,
        account=account,
        to_account=f"{to_opportunity}.Account",
        open=ValueTest(field=status, values=_NOT_OPEN, negated=True),
        dates=dates,
    )


def quote_mapper(source: QuoteSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of quotes."""

    def values(row: Row) -> Iterator[Values]:
        yield {
            "id": required_id(row, "Id"),
            "account_ids": (required_id(row, source.account),),
            "opportunity_id": optional_id(row, "OpportunityId"),
            "name": row.get("Name"),
            "is_open": source.open.holds(row),
            "owner_id": optional_id(row, "OwnerId"),
            **{attribute: each.read(row, zone) for attribute, each in source.dates.items()},
        }

    return values


def resolve_contracts(section: Contracts, objects: Mapping[str, ObjectInfo], notes: Notes) -> OwnSource | None:
    """Return what can be read of contracts; None, and noted, where too little can."""
    if not notes.wanted.kind(RecordKind.CONTRACT):
        return None
    active = section.active
    if section.native:
        found = objects.get(section.object.lower())
        lookup = found.field(section.account_field or "AccountId") if found else None
        if found is None or lookup is None:
            notes.unreadable("contracts", found.missing("AccountId") if found else (section.object,))
            return None
        fields = {**_CONTRACT_FIELDS, **section.fields}
        to_account = lookup.relationship or "Account"
        own: OwnSource | None = own_source(RecordKind.CONTRACT, found, lookup.name, to_account, fields, notes)
        active = active or _ACTIVATED
    else:
        own = resolve_own(RecordKind.CONTRACT, section, section.fields, objects, notes)
    if own is None:
        return None
    test, usable = resolve_test("contracts", "contracts.active", active, own.sobject, notes)
    owner = () if own.on_account else own.sobject.present("OwnerId")
    return replace(own, counts=test, extra=owner) if usable else None


def contract_mapper(source: OwnSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of contracts."""

    def values(row: Row) -> Iterator[Values]:
        found = source.values(row, zone)
        if found is None:
            return
        owner = None if source.on_account else optional_id(row, "OwnerId")
        record = {"name": "", **found, "owner_id": owner, "account_id": source.account_of(row)}
        yield counting(record, source.counts, row, "is_active")

    return values
