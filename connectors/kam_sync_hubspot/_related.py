"""Pulls what hangs on companies: by associations from the companies' side, then batch reads.

Never by search, which lags behind writes. Whatever was linked but not answered becomes a RejectedRecord, so that its
account is unknown instead of empty. Memory stays constant: links wait in temporary tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from kam_sync.errors import PermissionDeniedError
from kam_sync.ports import Page
from kam_sync.records import BuyingRole, RecordKind
from kam_sync_hubspot._answers import AssociationType, HubSpotObject
from kam_sync_hubspot._client import ASSOCIATION_BATCH_SIZE, HubSpotClient
from kam_sync_hubspot._mapping import Hangs
from kam_sync_hubspot._pages import AccountIds, Mapped, filled, page_of, unanswered
from kam_sync_hubspot._reading import batches, object_batches, read_objects, read_typed_associations
from kam_sync_hubspot._spool import LinkSpool
from kam_sync_hubspot.record_settings import COMPANIES

MapObject = Callable[[HubSpotObject, Hangs], Sequence[Mapped]]
"""Makes records of an object and what it hangs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An object type that hangs on companies.

    Args:
        object_type: The object type.
        kind: What it becomes.
        properties: What is read of it.
        map: How.
        id_prefix: What record ids begin with.
        deals: Whether the deals it hangs on matter.
        contacts: Whether its contacts matter.
        labels: Types of the associations from a company that say something about it.
        through: The object type by which it hangs on companies; none when it does so itself.
    """

    object_type: str
    kind: RecordKind
    properties: Sequence[str]
    map: MapObject
    id_prefix: str = ""
    deals: bool = False
    contacts: bool = False
    labels: Mapping[AssociationType, BuyingRole] = field(default_factory=dict)
    through: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Links:
    """The links of the objects of one type, each from the object to what it hangs on."""

    accounts: LinkSpool
    deals: LinkSpool
    contacts: LinkSpool
    buying_roles: LinkSpool

    def of(self, ids: Sequence[str]) -> Mapping[str, Hangs]:
        accounts, deals = self.accounts.holders(ids), self.deals.holders(ids)
        contacts, buying_roles = self.contacts.holders(ids), self.buying_roles.holders(ids)
        return {
            each: Hangs(
                accounts=accounts[each], deals=deals[each], contacts=contacts[each], buying_roles=buying_roles[each]
            )
            for each in ids
        }


class RelatedPuller:
    """Pulls what hangs on companies.

    Args:
        client: The portal.
    """

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def pull(self, related: Related, account_ids: AccountIds) -> Iterator[Page]:
        """Yield each object that hangs on one of the accounts once, with all of the accounts it hangs on."""
        with ExitStack() as stack:
            accounts, deals, contacts, buying_roles = (stack.enter_context(closing(LinkSpool())) for _ in range(4))
            links = _Links(accounts=accounts, deals=deals, contacts=contacts, buying_roles=buying_roles)
            if related.through is None:
                self._link_accounts(related, account_ids, links)
            else:
                self._link_through(related, related.through, account_ids, links)
            for wanted, target, spool in (
                (related.deals and related.through is None, "deals", links.deals),
                (related.contacts, "contacts", links.contacts),
            ):
                if wanted:
                    self._link_on(related.object_type, target, links.accounts.object_ids(), spool)
            for ids in object_batches(links.accounts.object_ids()):
                yield from filled([self._read(related, ids, links.of(ids))])

    def _link_accounts(self, related: Related, account_ids: AccountIds, links: _Links) -> None:
        for batch in batches(account_ids(), ASSOCIATION_BATCH_SIZE):
            found = read_typed_associations(self._client, COMPANIES, related.object_type, batch)
            links.accounts.add((each, holder) for holder, to_ids in found.items() for each in to_ids)
            links.buying_roles.add(
                (each, role.value)
                for to_ids in found.values()
                for each, types in to_ids.items()
                for association_type, role in related.labels.items()
                if association_type in types
            )

    def _link_through(self, related: Related, through: str, account_ids: AccountIds, links: _Links) -> None:
        """Gather objects that hang on others, which hang on the accounts: both what they hang on and whose it is."""
        with closing(LinkSpool()) as between:
            for batch in batches(account_ids(), ASSOCIATION_BATCH_SIZE):
                between.add(self._pairs(COMPANIES, through, batch))
            for batch in batches(between.object_ids(), ASSOCIATION_BATCH_SIZE):
                holders = between.holders(batch)
                pairs = list(self._pairs(through, related.object_type, batch))
                links.deals.add(pairs)
                links.accounts.add((each, account_id) for each, holder in pairs for account_id in holders[holder])

    def _pairs(self, from_type: str, to_type: str, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        for holder_id, object_ids in read_typed_associations(self._client, from_type, to_type, ids).items():
            for object_id in object_ids:
                yield object_id, holder_id

    def _link_on(self, object_type: str, target: str, ids: Iterable[str], spool: LinkSpool) -> None:
        """Gather the deals or contacts of objects; where those may not be read at all, nothing is judged by them."""
        for batch in batches(ids, ASSOCIATION_BATCH_SIZE):
            try:
                found = read_typed_associations(self._client, object_type, target, batch)
            except PermissionDeniedError:
                if self._may_read(target):
                    raise
                return
            spool.add((object_id, target_id) for object_id, target_ids in found.items() for target_id in target_ids)

    def _may_read(self, object_type: str) -> bool:
        try:
            self._client.probe(object_type)
        except PermissionDeniedError:
            return False
        return True

    def _read(self, related: Related, ids: Sequence[str], hangs: Mapping[str, Hangs]) -> Page:
        answer = read_objects(self._client, related.object_type, ids, related.properties)
        mapped = [each for item in answer.found.values() for each in related.map(item, hangs[item.id])]
        mapped += [
            unanswered(related.kind, object_id, hangs[object_id].accounts, related.id_prefix)
            for object_id in sorted(answer.unanswered)
        ]
        return page_of(mapped)
