"""Says of every kind of record where it is pulled from and what is read of it; the pulling itself is done elsewhere.

Companies and what they hold: `_companies`. What hangs on companies: `_related`. Sales rows: `_sales`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kam_sync.dates import add_days
from kam_sync.errors import ConnectorError
from kam_sync.ports import Page, Runtime
from kam_sync.records import ActivityKind, Case, RecordKind
from kam_sync_hubspot import _mapping
from kam_sync_hubspot._answers import HubSpotObject
from kam_sync_hubspot._checking import Gap
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot._companies import CompanyPuller
from kam_sync_hubspot._mapping import Hangs
from kam_sync_hubspot._object_schema import ObjectMapping
from kam_sync_hubspot._pages import AccountIds, Mapped, pages_of
from kam_sync_hubspot._portal import Portal
from kam_sync_hubspot._reading import list_owners
from kam_sync_hubspot._related import Related, RelatedPuller
from kam_sync_hubspot._sales import SalesPuller
from kam_sync_hubspot._section_mapping import section_records
from kam_sync_hubspot._spool import CompanySpool
from kam_sync_hubspot.settings import HubSpotSettings

CLOSED_CASES_DAYS: Final = 400
"""Closed cases that were opened longer ago are left out, as the Salesforce connector leaves them out."""

_ACTIVITIES: Final[Sequence[tuple[str, ActivityKind, Sequence[str], bool]]] = (
    ("tasks", ActivityKind.TASK, _mapping.TASK_PROPERTIES, True),
    ("meetings", ActivityKind.MEETING, _mapping.MEETING_PROPERTIES, True),
    ("calls", ActivityKind.CALL, _mapping.CALL_PROPERTIES, False),
)
"""Object type, kind, properties, and whether its deals matter: a call is no next step of a deal."""


class Puller:
    """Pulls the records of one portal.

    Args:
        client: The portal.
        settings: Scope and key property.
        runtime: Time zone, clock, what is wanted, and whether the companies above those in scope are.
        portal: Tells what of the mapping the portal has.
    """

    def __init__(self, client: HubSpotClient, settings: HubSpotSettings, runtime: Runtime, portal: Portal) -> None:
        self._client = client
        self._settings = settings
        self._runtime = runtime
        self._zone = runtime.timezone
        self._portal = portal
        self._spool = CompanySpool()
        self._companies = CompanyPuller(client, settings, runtime, portal, self._spool)
        self._sales = SalesPuller(client, runtime, portal, self._companies, self._spool)
        self._related = RelatedPuller(client)

    def close(self) -> None:
        """Delete what was kept for later pulls."""
        self._spool.close()

    def pull(self, kind: RecordKind, account_ids: AccountIds) -> Iterator[Page]:
        """Yield the pages of a kind; see Connector.pull."""
        match kind:
            case RecordKind.USER:
                return self._users()
            case RecordKind.ACCOUNT:
                return self._companies.accounts()
            case RecordKind.ROLE:
                return self._companies.roles(account_ids)
            case RecordKind.PLAN:
                return self._companies.plans(account_ids)
            case RecordKind.OWNER_CHANGE:
                return self._companies.owner_changes(account_ids)
            case RecordKind.CONTACT:
                return self._contacts(account_ids)
            case RecordKind.OPPORTUNITY:
                return self._opportunities(account_ids)
            case RecordKind.ACTIVITY:
                return self._activities(account_ids)
            case RecordKind.GOAL | RecordKind.ACTION | RecordKind.FEEDBACK | RecordKind.CONTRACT:
                return self._section(kind, account_ids)
            case RecordKind.CASE:
                return self._cases(account_ids)
            case RecordKind.QUOTE:
                return self._quotes(account_ids)
            case RecordKind.SALES:
                return self._sales.rows()

    def _users(self) -> Iterator[Page]:
        yield from pages_of(map(_mapping.user, list_owners(self._client).values()))

    def _contacts(self, account_ids: AccountIds) -> Iterator[Page]:
        mapping = self._portal.contacts
        yield from self._related.pull(
            Related(
                object_type="contacts",
                kind=RecordKind.CONTACT,
                properties=_united(_mapping.CONTACT_PROPERTIES, mapping),
                map=lambda item, hangs: [_mapping.contact(item, hangs, mapping, self._zone)],
                labels=mapping.labels,
            ),
            account_ids,
        )

    def _opportunities(self, account_ids: AccountIds) -> Iterator[Page]:
        mapping = self._portal.deals
        yield from self._related.pull(
            Related(
                object_type="deals",
                kind=RecordKind.OPPORTUNITY,
                properties=_united(_mapping.DEAL_PROPERTIES, mapping),
                map=lambda item, hangs: [_mapping.opportunity(item, hangs, mapping, self._zone)],
                contacts=self._portal.wanted.fetches("opportunity.contact_ids"),
            ),
            account_ids,
        )

    def _activities(self, account_ids: AccountIds) -> Iterator[Page]:
        key_property = self._settings.tasks.key_property
        for object_type, activity_kind, properties, with_deals in _ACTIVITIES:
            mapping = self._portal.activities.get(object_type, ObjectMapping())

            def map_activity(
                item: HubSpotObject,
                hangs: Hangs,
                activity_kind: ActivityKind = activity_kind,
                mapping: ObjectMapping = mapping,
            ) -> Sequence[Mapped]:
                return [
                    _mapping.activity(activity_kind, item, hangs, mapping, zone=self._zone, key_property=key_property)
                ]

            keyed = (*properties, key_property) if activity_kind is ActivityKind.TASK else properties
            yield from self._related.pull(
                Related(
                    object_type=object_type,
                    kind=RecordKind.ACTIVITY,
                    properties=_united(keyed, mapping),
                    map=map_activity,
                    id_prefix=f"{activity_kind}:",
                    deals=with_deals,
                    contacts=self._portal.wanted.fetches("activity.contact_ids"),
                ),
                account_ids,
            )

    def _section(self, kind: RecordKind, account_ids: AccountIds) -> Iterator[Page]:
        mapping = self._portal.section(kind)
        if mapping is None:
            return
        if mapping.on_companies:
            yield from self._companies.section(mapping, account_ids)
            return
        yield from self._related.pull(
            Related(
                object_type=mapping.object_type,
                kind=kind,
                # A record of an object whose properties are all unmapped is still one: something must be asked for.
                properties=mapping.properties or ("hs_object_id",),
                map=lambda item, hangs: section_records(item.id, hangs.accounts, item.properties, mapping, self._zone),
            ),
            account_ids,
        )

    def _cases(self, account_ids: AccountIds) -> Iterator[Page]:
        mapping, stages, urgent = self._portal.tickets, self._portal.stages("tickets"), self._settings.cases.urgent
        if isinstance(stages, Gap):
            raise ConnectorError(f"tickets cannot be told open from closed: {stages.reason}. {stages.fix}")
        by_id = {stage.id: stage for stage in stages}
        today = self._runtime.clock.now().astimezone(self._zone).date()
        first = add_days(today, -CLOSED_CASES_DAYS)

        def map_case(item: HubSpotObject, hangs: Hangs) -> Sequence[Mapped]:
            found = _mapping.case(item, hangs, mapping, by_id, urgent.values if urgent else None, self._zone)
            old = isinstance(found, Case) and not found.is_open and found.opened_on and found.opened_on < first
            return [] if old else [found]

        yield from self._related.pull(
            Related(
                object_type="tickets",
                kind=RecordKind.CASE,
                properties=_united(_mapping.TICKET_PROPERTIES, mapping),
                map=map_case,
            ),
            account_ids,
        )

    def _quotes(self, account_ids: AccountIds) -> Iterator[Page]:
        mapping = self._portal.quotes
        yield from self._related.pull(
            Related(
                object_type="quotes",
                kind=RecordKind.QUOTE,
                properties=_united(_mapping.QUOTE_PROPERTIES, mapping),
                map=lambda item, hangs: [_mapping.quote(item, hangs, mapping, self._zone)],
                deals=True,
                through="deals",
            ),
            account_ids,
        )


def _united(own: Sequence[str], mapping: ObjectMapping) -> Sequence[str]:
    return tuple(dict.fromkeys([*own, *mapping.properties]))
