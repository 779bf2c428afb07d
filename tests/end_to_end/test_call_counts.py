"""How many calls a run makes: pages and batches, never one per account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from kam_sync.portfolio import Portfolio
from kam_sync.records import RecordKind, Role
from kam_sync.store.mirror import Mirror
from support_memory import USERS, healthy
from support_orgs import Org, start_org

SETUP = 12
"""Calls to look at the org: at most so many."""
ACCOUNTS = 230
"""More than two of HubSpot's pages, fewer than one of Salesforce's."""
RULES = {"select": ["KAM101"], "top_tiers": ["A"]}
SAFETY = {"max_creates": 1000, "max_close_count": 1000}


def _org(kind: str, folder: Path) -> Org:
    gap = {role: ("amal",) for role in Role if role is not Role.INNOVATOR}
    accounts = tuple(
        healthy(f"a{n:04d}", roles=gap if n % 2 else dict.fromkeys(Role, ("amal",))) for n in range(ACCOUNTS)
    )
    portfolio = Portfolio(name="Vendor", users=USERS, accounts=accounts)
    return start_org(kind, folder, portfolio=portfolio, rules=RULES, safety=SAFETY)


def _rows(org: Org) -> Mapping[RecordKind, int]:
    return {kind: state.rows for kind, state in Mirror(org.store, org.uid).states().items()}


def _pages(rows: int, size: int) -> int:
    return max(1, math.ceil(rows / size))


def _reads(kind: str, rows: Mapping[RecordKind, int]) -> int:
    """The least number of calls that can read so many rows, by the vendors' page and batch sizes."""
    if kind == "salesforce":
        queries = [
            rows[RecordKind.USER],
            rows[RecordKind.ACCOUNT],
            0,  # accounts merged into others
            rows[RecordKind.CONTACT],
            rows[RecordKind.ROLE],
            rows[RecordKind.OPPORTUNITY],
            rows[RecordKind.ACTIVITY],  # tasks
            rows[RecordKind.ACTIVITY],  # events
            rows[RecordKind.PLAN],
        ]
        return sum(_pages(count, 2000) for count in queries)
    lists = _pages(rows[RecordKind.USER], 100) * 2 + _pages(rows[RecordKind.ACCOUNT], 100)
    pairs = 5 * _pages(rows[RecordKind.ACCOUNT], 1000) + 2  # and tasks and meetings to deals
    objects = (RecordKind.CONTACT, RecordKind.OPPORTUNITY, RecordKind.ACTIVITY)
    return lists + pairs + sum(math.ceil(rows[kind] / 100) for kind in objects) + 1


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_a_run_makes_no_call_per_account(kind: str, tmp_path: Path) -> None:
    org = _org(kind, tmp_path)
    try:
        quiet = org.run(apply=False)
        assert quiet.usage is not None
        least = _reads(kind, _rows(org))
        assert quiet.usage.requests <= least * 1.1 + SETUP, quiet.usage.by_call
        seen = org.crm.requests_seen()
        first = org.done()
        assert first.usage is not None
        assert org.crm.requests_seen() - seen == first.usage.requests
        assert first.apply is not None
        batch = 100 if kind == "hubspot" else 200
        writes = math.ceil(first.apply.written / batch)
        assert first.apply.written == ACCOUNTS // 2
        assert first.usage.requests - quiet.usage.requests <= 2 * writes, first.usage.by_call
    finally:
        org.close()
