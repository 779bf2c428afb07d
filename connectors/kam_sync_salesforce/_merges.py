"""Accounts that were merged into others, as long as the recycle bin tells of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._queries import Query, is_record_id, record_id

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient


def merged_accounts(client: SalesforceClient) -> Mapping[str, Sequence[str]]:
    """Return winner → merged accounts, for as long as the recycle bin keeps these (15 days)."""
    query = Query(
        sobject="Account",
        fields=("MasterRecordId",),
        where=("IsDeleted = TRUE", "MasterRecordId != null"),
        include_deleted=True,
    )
    winners: dict[str, str] = {}
    for rows in client.rows(query):
        winners.update(_winners(rows))
    merged: defaultdict[str, list[str]] = defaultdict(list)
    for loser, direct in winners.items():
        winner, passed = direct, {loser}
        while winner in winners and winner not in passed:
            passed.add(winner)
            winner = winners[winner]
        merged[winner].append(loser)
    return merged


def _winners(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        winner = row.get("MasterRecordId")
        if is_record_id(winner):
            yield record_id(row["Id"]), record_id(winner)
