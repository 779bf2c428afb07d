"""Pulls every kind of record completely: companies by list, what hangs on them by associations and batch reads.

Never by search, which lags behind writes. Whatever was linked but not answered becomes a RejectedRecord, so that its
account is unknown instead of empty. Memory stays constant: links and later properties wait in temporary tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from kam_sync.errors import ConfigError, MalformedAnswerError, PermissionDeniedError
from kam_sync.ports import Page, RejectedRecord, Runtime
from kam_sync.records import ActivityKind, Record, RecordKind
from kam_sync_hubspot import _mapping
from kam_sync_hubspot._answers import HubSpotObject
from kam_sync_hubspot._client import ASSOCIATION_BATCH_SIZE, BATCH_SIZE, PAGE_SIZE, HubSpotClient
from kam_sync_hubspot._reading import (
    batches,
    list_objects,
    list_owners,
    object_batches,
    read_associations,
    read_objects,
)
from kam_sync_hubspot._schema import CompanyMapping
from kam_sync_hubspot._spool import CompanySpool, LinkSpool, SpooledCompany
from kam_sync_hubspot.settings import HubSpotSettings

AccountIds = Callable[[], Iterable[str]]
Mapped = Record | RejectedRecord
MapObject = Callable[[HubSpotObject, tuple[str, ...], tuple[str, ...]], Mapped]
"""Makes a record of an object, the accounts it hangs on and the deals it hangs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Related:
    """An object type that hangs on companies."""

    object_type: str
    kind: RecordKind
    properties: Sequence[str]
    map: MapObject
    id_prefix: str = ""
    with_deals: bool = False


_ACTIVITIES: Final[Sequence[tuple[str, ActivityKind, Sequence[str], bool]]] = (
    ("tasks", ActivityKind.TASK, _mapping.TASK_PROPERTIES, True),
    ("meetings", ActivityKind.MEETING, _mapping.MEETING_PROPERTIES, True),
    ("calls", ActivityKind.CALL, _mapping.CALL_PROPERTIES, False),
)
"""Object type, kind, properties, and whether its deals matter: a call is no next step of a deal."""


def _page(mapped: Iterable[Mapped]) -> Page:
    records: list[Record] = []
    rejected: list[RejectedRecord] = []
    for each in mapped:
        if isinstance(each, RejectedRecord):
            rejected.append(each)
        else:
            records.append(each)
    return Page(records=tuple(records), rejected=tuple(rejected))


def _pages(mapped: Iterable[Mapped]) -> Iterator[Page]:
    for batch in batches(mapped, PAGE_SIZE):
        yield _page(batch)


class Puller:
    """Pulls the records of one portal.

    Args:
        client: The portal.
        settings: Scope and key property.
        runtime: Time zone, and whether the companies above those in scope are wanted.
        mapping: Tells the checked mapping of companies; called when a pull needs it.
    """

    def __init__(
        self,
        client: HubSpotClient,
        settings: HubSpotSettings,
        runtime: Runtime,
        mapping: Callable[[], CompanyMapping],
    ) -> None:
        self._client = client
        self._settings = settings
        self._zone = runtime.timezone
        self._include_parents = runtime.include_parents
        self._mapping = mapping
        self._spool = CompanySpool()

    def close(self) -> None:
        """Delete what was kept for later pulls."""
        self._spool.close()

    def pull(self, kind: RecordKind, account_ids: AccountIds) -> Iterator[Page]:
        """Yield the pages of a kind; see Connector.pull."""
        match kind:
            case RecordKind.USER:
                return self._users()
            case RecordKind.ACCOUNT:
                return self._accounts()
            case RecordKind.ROLE:
                return self._roles(account_ids)
            case RecordKind.PLAN:
                return self._plans(account_ids)
            case RecordKind.CONTACT:
                return self._related(
                    _Related(
                        object_type="contacts",
                        kind=kind,
                        properties=_mapping.CONTACT_PROPERTIES,
                        map=lambda item, accounts, _deals: _mapping.contact(item, accounts),
                    ),
                    account_ids,
                )
            case RecordKind.OPPORTUNITY:
                return self._related(
                    _Related(
                        object_type="deals",
                        kind=kind,
                        properties=_mapping.DEAL_PROPERTIES,
                        map=lambda item, accounts, _deals: _mapping.opportunity(item, accounts, self._zone),
                    ),
                    account_ids,
                )
            case RecordKind.ACTIVITY:
                return self._activities(account_ids)

    def _users(self) -> Iterator[Page]:
        yield from _pages(map(_mapping.user, list_owners(self._client).values()))

    # Companies ---------------------------------------------------------------------------------------------------

    def _accounts(self) -> Iterator[Page]:
        """Yield the companies in scope as they are listed, then those above them if they are wanted."""
        mapping = self._mapping()
        scope = self._settings.scope
        if mapping.no_scope:
            raise ConfigError(f"the accounts in scope cannot be told: {mapping.no_scope}; correct scope: property")
        wanted = (*mapping.account_properties, *mapping.later_properties, *((scope.property,) if scope else ()))
        properties = tuple(dict.fromkeys(wanted))
        self._spool.clear()
        scope_seen = scope is None
        listed = False
        for objects in list_objects(self._client, "companies", properties):
            listed = listed or bool(objects)
            scope_seen = scope_seen or any(scope.property in company.properties for company in objects if scope)
            page = self._listed(objects, mapping, properties)
            if page.records or page.rejected:
                yield page
        if scope is not None and listed and not scope_seen:
            raise ConfigError(
                f'HubSpot never answered the company property "{scope.property}", by which the scope is chosen: '
                "correct scope: property, or give the access token the right to read it"
            )
        if self._include_parents and scope is not None:
            yield from _pages(self._parent(company, mapping) for company in self._spool.parents())

    def _listed(self, objects: Sequence[HubSpotObject], mapping: CompanyMapping, properties: Sequence[str]) -> Page:
        """Return the page of the companies in scope and keep what is needed of all for later."""
        later = mapping.later_properties
        spooled: list[SpooledCompany] = []
        mapped: list[Mapped] = []
        for company in objects:
            in_scope = self._in_scope(company)
            if in_scope:
                mapped.append(_mapping.account(company, mapping, self._zone, in_scope=True))
            kept = later if in_scope else properties if self._include_parents else None
            spooled.append(
                SpooledCompany(
                    id=company.id,
                    parent_id=_parent_or_none(company),
                    in_scope=in_scope,
                    created_at=company.created_at,
                    properties=None if kept is None else _set_ones(company.properties, kept),
                )
            )
        if not self._spool.add(spooled):
            raise MalformedAnswerError(
                "a company appeared on two pages of HubSpot's list: the list moved while it was read and may lack "
                "others. Run again"
            )
        return _page(mapped)

    def _in_scope(self, company: HubSpotObject) -> bool:
        """Return whether a company is judged."""
        scope = self._settings.scope
        if scope is None:
            return True
        try:
            return _mapping.has_value(company.properties, scope.property, scope.values)
        except _mapping.UnfitValueError:
            raise MalformedAnswerError(
                f'a company has a value that is not text in the property "{scope.property}", by which the scope is '
                "chosen: it cannot be said whether it is in scope. Run again"
            ) from None

    def _parent(self, company: SpooledCompany, mapping: CompanyMapping) -> Mapped:
        item = HubSpotObject(id=company.id, properties=company.properties or {}, created_at=company.created_at)
        return _mapping.account(item, mapping, self._zone, in_scope=False)

    def _roles(self, account_ids: AccountIds) -> Iterator[Page]:
        mapping = self._mapping()
        if not mapping.roles:
            return
        for properties in self._later_properties(mapping, RecordKind.ROLE, account_ids):
            page = _page(
                each
                for company_id, given in properties.items()
                for each in (
                    [given] if isinstance(given, RejectedRecord) else _mapping.roles(company_id, given, mapping)
                )
            )
            if page.records or page.rejected:
                yield page

    def _plans(self, account_ids: AccountIds) -> Iterator[Page]:
        mapping = self._mapping()
        if not mapping.plan_fields and not mapping.plan_parts:
            return
        for properties in self._later_properties(mapping, RecordKind.PLAN, account_ids):
            plans = (
                given if isinstance(given, RejectedRecord) else _mapping.plan(company_id, given, mapping, self._zone)
                for company_id, given in properties.items()
            )
            page = _page(each for each in plans if each is not None)
            if page.records or page.rejected:
                yield page

    def _later_properties(
        self, mapping: CompanyMapping, kind: RecordKind, account_ids: AccountIds
    ) -> Iterator[Mapping[str, Mapping[str, object] | RejectedRecord]]:
        """Yield the role and plan properties of the accounts, as the listing left them.

        Accounts that this connector has not listed are read; one that cannot be read is rejected.
        """
        unlisted: list[str] = []
        for batch in object_batches(account_ids()):
            listed = self._spool.find(batch)
            yield {company.id: company.properties or {} for company in listed.values()}
            unlisted += [account_id for account_id in batch if account_id not in listed]
            while len(unlisted) >= BATCH_SIZE:
                yield self._read_later(mapping, kind, unlisted[:BATCH_SIZE])
                del unlisted[:BATCH_SIZE]
        if unlisted:
            yield self._read_later(mapping, kind, unlisted)

    def _read_later(
        self, mapping: CompanyMapping, kind: RecordKind, ids: Sequence[str]
    ) -> Mapping[str, Mapping[str, object] | RejectedRecord]:
        answer = read_objects(self._client, "companies", ids, mapping.later_properties)
        found: dict[str, Mapping[str, object] | RejectedRecord] = {}
        for company_id in ids:
            item = answer.found.get(company_id)
            found[company_id] = item.properties if item else _unanswered(kind, company_id, (company_id,))
        return found

    # What hangs on companies -------------------------------------------------------------------------------------

    def _activities(self, account_ids: AccountIds) -> Iterator[Page]:
        key_property = self._settings.tasks.key_property
        for object_type, activity_kind, properties, with_deals in _ACTIVITIES:

            def map_activity(
                item: HubSpotObject,
                accounts: tuple[str, ...],
                deals: tuple[str, ...],
                activity_kind: ActivityKind = activity_kind,
            ) -> Mapped:
                return _mapping.activity(
                    activity_kind, item, accounts, deals, zone=self._zone, key_property=key_property
                )

            yield from self._related(
                _Related(
                    object_type=object_type,
                    kind=RecordKind.ACTIVITY,
                    properties=(*properties, key_property) if activity_kind is ActivityKind.TASK else properties,
                    map=map_activity,
                    id_prefix=f"{activity_kind}:",
                    with_deals=with_deals,
                ),
                account_ids,
            )

    def _related(self, related: _Related, account_ids: AccountIds) -> Iterator[Page]:
        """Yield each object that hangs on one of the accounts once, with all of the accounts it hangs on."""
        with closing(LinkSpool()) as accounts, closing(LinkSpool()) as deals:
            for batch in batches(account_ids(), ASSOCIATION_BATCH_SIZE):
                accounts.add(self._links("companies", related.object_type, batch))
            if related.with_deals:
                self._link_deals(related.object_type, accounts.object_ids(), deals)
            for ids in object_batches(accounts.object_ids()):
                page = self._read_related(related, ids, accounts.holders(ids), deals.holders(ids))
                if page.records or page.rejected:
                    yield page

    def _links(self, from_type: str, to_type: str, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        for holder_id, object_ids in read_associations(self._client, from_type, to_type, ids).items():
            for object_id in object_ids:
                yield object_id, holder_id

    def _link_deals(self, object_type: str, ids: Iterable[str], deals: LinkSpool) -> None:
        """Gather the deals of activities; where deals may not be read at all, nothing is judged by them anyway."""
        for batch in batches(ids, ASSOCIATION_BATCH_SIZE):
            try:
                found = read_associations(self._client, object_type, "deals", batch)
            except PermissionDeniedError:
                if self._may_read_deals():
                    raise
                return
            deals.add((activity_id, deal_id) for activity_id, deal_ids in found.items() for deal_id in deal_ids)

    def _may_read_deals(self) -> bool:
        try:
            self._client.probe("deals")
        except PermissionDeniedError:
            return False
        return True

    def _read_related(
        self,
        related: _Related,
        ids: Sequence[str],
        accounts: Mapping[str, tuple[str, ...]],
        deals: Mapping[str, tuple[str, ...]],
    ) -> Page:
        answer = read_objects(self._client, related.object_type, ids, related.properties)
        mapped = [related.map(item, accounts[item.id], deals[item.id]) for item in answer.found.values()]
        mapped += [
            _unanswered(related.kind, object_id, accounts[object_id], related.id_prefix)
            for object_id in sorted(answer.unanswered)
        ]
        return _page(mapped)


def _set_ones(properties: Mapping[str, object], names: Sequence[str]) -> Mapping[str, object]:
    return {name: value for name in names if (value := properties.get(name)) is not None}


def _parent_or_none(company: HubSpotObject) -> str | None:
    """Return a company's parent for finding what is above; an unfit value is reported with the account."""
    try:
        return _mapping.parent_of(company.id, company.properties)
    except _mapping.UnfitValueError:
        return None


def _unanswered(kind: RecordKind, object_id: str, account_ids: tuple[str, ...], prefix: str = "") -> RejectedRecord:
    return RejectedRecord(
        kind=kind,
        id=f"{prefix}{object_id}",
        account_ids=account_ids,
        reason="HubSpot names it but did not answer with it: it was deleted or merged just now, or may not be read",
    )
