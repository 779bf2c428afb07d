"""Pulls the light sales rows by which the whole portfolio is judged: what every company bought in the last 12 months.

What was won is summed over deals found by search: the one place where search is used, since no list can be asked for
won deals only, and where a deal that was won a minute ago may be missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from kam_sync.dates import MONTHS, add_days, add_months
from kam_sync.ports import Page, RejectedRecord, Runtime
from kam_sync.records import RecordKind
from kam_sync_hubspot import _company_mapping
from kam_sync_hubspot._answers import AssociationType, HubSpotObject
from kam_sync_hubspot._client import ASSOCIATION_BATCH_SIZE, HubSpotClient
from kam_sync_hubspot._companies import CompanyPuller
from kam_sync_hubspot._pages import Mapped, filled, page_of, pages_of
from kam_sync_hubspot._portal import Portal
from kam_sync_hubspot._reading import batches, read_typed_associations, search_objects
from kam_sync_hubspot._spool import CompanySpool
from kam_sync_hubspot._values import UnfitValueError, day, number
from kam_sync_hubspot.record_settings import COMPANIES

PRIMARY_COMPANY: Final[AssociationType] = ("HUBSPOT_DEFINED", 5)
"""HubSpot's own association type from a deal to its primary company."""

_AMOUNTS: Final = ("amount_in_home_currency", "amount")
_PROPERTIES: Final = ("closedate", *_AMOUNTS)


class SalesPuller:
    """Pulls sales rows.

    Args:
        client: The portal.
        runtime: Clock and time zone, by which the 12 calendar months up to and including today are counted.
        portal: Tells the checked mapping of companies.
        companies: Lists the companies when they have not been listed.
        spool: Where they wait.
    """

    def __init__(
        self, client: HubSpotClient, runtime: Runtime, portal: Portal, companies: CompanyPuller, spool: CompanySpool
    ) -> None:
        self._client = client
        self._runtime = runtime
        self._portal = portal
        self._companies = companies
        self._spool = spool

    def rows(self) -> Iterator[Page]:
        """Yield a row for every company in scope, scored or with sales, and for all above these."""
        mapping = self._portal.companies
        if "sales" in self._portal.gaps_of(COMPANIES):
            return
        if not self._companies.has_listed:
            for _page in self._companies.accounts():
                pass
        self._spool.forget_sales()
        if mapping.sales is None:
            yield from self._sum_won_deals()
        else:
            self._spool.add_sales(self._sold_by_property(mapping.sales.name))
        yield from pages_of(
            _company_mapping.sales_row(
                company.id,
                company.parent_id,
                company.properties or {},
                mapping,
                in_scope=company.in_scope,
                won=won,
            )
            for company, won in self._spool.of_interest()
        )

    def _sold_by_property(self, name: str) -> Iterator[tuple[str, float]]:
        """Yield what the property says; a value that is no number is kept in, so that its row is reported."""
        for company in self._spool.all():
            try:
                yield company.id, number(company.properties or {}, name) or 0.0
            except UnfitValueError:
                yield company.id, 1.0

    def _sum_won_deals(self) -> Iterator[Page]:
        """Add up the won deals by company; yield what could not be added."""
        today = self._runtime.clock.now().astimezone(self._runtime.timezone).date()
        since = add_months(today, -MONTHS)
        begin, end = (
            dt.datetime.combine(each, dt.time(), self._runtime.timezone) for each in (since, add_days(today, 1))
        )
        filters: list[Mapping[str, str]] = [
            {"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"},
            {"propertyName": "closedate", "operator": "GTE", "value": _milliseconds(begin)},
            {"propertyName": "closedate", "operator": "LT", "value": _milliseconds(end)},
        ]
        found = (deal for page in search_objects(self._client, "deals", filters, _PROPERTIES) for deal in page)
        for deals in batches(found, ASSOCIATION_BATCH_SIZE):
            companies_of = read_typed_associations(self._client, "deals", COMPANIES, [deal.id for deal in deals])
            rejected: list[Mapped] = []
            for deal in deals:
                holders = companies_of[deal.id]
                try:
                    amount = self._amount(deal, since, today)
                except UnfitValueError as error:
                    reason = f"deal: {error}"
                    ids = _buyer(holders)
                    if ids:
                        rejected.append(
                            RejectedRecord(kind=RecordKind.SALES, id=deal.id, account_ids=ids, reason=reason)
                        )
                    continue
                self._spool.add_sales((company_id, amount) for company_id in _buyer(holders))
            yield from filled([page_of(rejected)])

    def _amount(self, deal: HubSpotObject, since: dt.date, today: dt.date) -> float:
        """Return what a deal brought in the org's currency; nothing when it is not of these 12 months after all."""
        closed = day(deal.properties, "closedate", self._runtime.timezone)
        if closed is None or not since <= closed <= today:
            return 0.0
        amounts = (number(deal.properties, name) for name in _AMOUNTS)
        return next((amount for amount in amounts if amount is not None), 0.0)


def _buyer(holders: Mapping[str, frozenset[AssociationType]]) -> tuple[str, ...]:
    """Return the one company that a deal counts for: its primary one, else the first, so that nothing counts twice."""
    primary = sorted(company_id for company_id, types in holders.items() if PRIMARY_COMPANY in types)
    return tuple((primary or sorted(holders))[:1])


def _milliseconds(moment: dt.datetime) -> str:
    return str(int(moment.timestamp() * 1000))
