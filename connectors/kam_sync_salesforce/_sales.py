"""What every account of the org bought in the last 12 months, in scope or not: the light rows of a portfolio."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from kam_sync.dates import add_months
from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import RecordKind, SalesRow
from kam_sync_salesforce._accounts import AccountSource, scored, scores_of
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import NUMBERS, field_label, number
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._queries import Query, chunks, quote, record_id
from kam_sync_salesforce._record_settings import Sales
from kam_sync_salesforce._rows import RowError, optional_id, rejection, required_id
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._scope import Scope
from kam_sync_salesforce._spool import SalesSpool

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

MONTHS: Final = 12
PAGE: Final = 2000
"""Rows handed over together."""
_ROWS: Final = TypeAdapter(SalesRow)
_NEEDED: Final = ("AccountId", "Amount", "CloseDate", "IsWon")


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesSource:
    """Where sales are: a field of the account, or won opportunities where there is none."""

    field: FieldInfo | None
    opportunity: ObjectInfo | None
    account: AccountSource
    scope: Scope | None


def resolve_sales(
    section: Sales | None,
    objects: Mapping[str, ObjectInfo],
    account: AccountSource,
    scope: Scope | None,
    notes: Notes,
) -> SalesSource | None:
    """Return where sales can be read; None, and noted, where they cannot."""
    if not notes.wanted.kind(RecordKind.SALES):
        return None
    if section is not None:
        info = account.object.field(section.field)
        if info is None:
            notes.unreadable("sales", (f"Account.{section.field}",))
            return None
        if info.type not in NUMBERS:
            notes.wrong("sales", f"Account.{info.name} is not a number", "map a currency or number in sales.field")
            return None
        notes.label("sales", field_label(info, account.object))
        return SalesSource(field=info, opportunity=None, account=account, scope=scope)
    opportunity = objects.get("opportunity")
    missing = opportunity.missing(*_NEEDED) if opportunity else ("Opportunity",)
    if opportunity is None or missing:
        notes.unreadable("sales", missing)
        return None
    notes.label("sales", "the amounts of the opportunities won in the last 12 months")
    return SalesSource(field=None, opportunity=opportunity, account=account, scope=scope)


@dataclass(frozen=True, slots=True)
class _Doubts:
    """Rows that could not be understood, and the accounts of which the sales are not known therefore."""

    rejected: list[RejectedRecord] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)

    def add(self, row: Row, error: RowError | ValidationError, account_field: str) -> None:
        rejected = rejection(RecordKind.SALES, row, error, account_field)
        self.rejected.append(rejected)
        self.accounts.update(rejected.account_ids)


def sales_pages(client: SalesforceClient, source: SalesSource, today: dt.date, zone: ZoneInfo) -> Iterator[Page]:
    """Yield a row for every account with sales, with a scored criterion, in scope, or above one of these.

    Args:
        client: Asks Salesforce: won opportunities if need be, and all accounts once.
        source: Where sales are.
        today: The date in the org's zone; sales are those of the 12 calendar months up to it.
        zone: The org's.
    """
    doubts = _Doubts()
    with closing(SalesSpool()) as spool:
        if source.opportunity is not None:
            for rows in client.rows(_won_query(source.opportunity, today)):
                spool.add_won(_won(rows, doubts, zone))
        for rows in client.rows(_account_query(source)):
            amounts = spool.won([record_id(row["Id"]) for row in rows])
            spool.add(_sales_rows(rows, source, amounts, doubts, zone))
        certain = (row for row in spool.of_interest() if row.id not in doubts.accounts)
        for chunk in chunks(certain, PAGE):
            yield Page(records=tuple(chunk))
    if doubts.rejected:
        yield Page(records=(), rejected=tuple(doubts.rejected))


def _won_query(opportunity: ObjectInfo, today: dt.date) -> Query:
    since = add_months(today, -MONTHS)
    return Query(
        sobject=opportunity.name,
        fields=("AccountId", "Amount"),
        where=(
            "IsWon = TRUE",
            f"CloseDate >= {quote(since)}",
            f"CloseDate <= {quote(today)}",
            "AccountId != null",
        ),
        converted=opportunity.amounts,
    )


def _won(rows: Sequence[Row], doubts: _Doubts, zone: ZoneInfo) -> Iterator[tuple[str, float]]:
    for row in rows:
        try:
            yield required_id(row, "AccountId"), number(row, "Amount", zone) or 0.0
        except RowError as error:
            doubts.add(row, error, "AccountId")


def _account_query(source: SalesSource) -> Query:
    account = source.account
    fields = [info.name for name, info in account.natives.items() if name in {"owner_id", "parent_id"}]
    fields += [info.name for info in account.criteria.values()]
    fields += [source.scope.field.name] if source.scope else []
    fields += [source.field.name] if source.field else []
    return Query(sobject="Account", fields=("Name", *fields), converted=account.object.amounts)


def _sales_rows(
    rows: Sequence[Row], source: SalesSource, amounts: Mapping[str, float], doubts: _Doubts, zone: ZoneInfo
) -> Iterator[tuple[SalesRow, bool]]:
    """Yield the sales row of each account, and whether it matters by itself."""
    for row in rows:
        try:
            found = _sales_row(row, source, amounts, zone)
        except (RowError, ValidationError) as error:
            doubts.add(row, error, "Id")
        else:
            yield found, found.in_scope or found.amount > 0 or scored(source.account, row)


def _sales_row(row: Row, source: SalesSource, amounts: Mapping[str, float], zone: ZoneInfo) -> SalesRow:
    account = required_id(row, "Id")
    own = {
        attribute: optional_id(row, info.name)
        for attribute, info in source.account.natives.items()
        if attribute in {"owner_id", "parent_id"}
    }
    amount = number(row, source.field.name, zone) if source.field else amounts.get(account)
    return _ROWS.validate_python(
        {
            "id": account,
            "name": row.get("Name"),
            **own,
            "in_scope": source.scope is None or source.scope.holds(row),
            "amount": amount or 0.0,
            "criteria": scores_of(source.account, row, zone),
        }
    )
