"""How many calls a run makes: pages and batches, never one per account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioFeedback,
)
from kam_sync.records import ActivityKind, ActivityStatus, Grade, RecordKind, Role
from kam_sync.store.mirror import Mirror
from support_memory import USERS, healthy
from support_orgs import Org, start_org

SETUP = 12
"""Calls to look at the org: at most so many."""
ACCOUNTS = 230
"""More than two of HubSpot's pages, fewer than one of Salesforce's."""
RULES = {"top_tiers": ["A"]}
"""Whatever runs by default, and so whatever that reads."""
SAFETY = {"max_creates": 1000, "max_close_count": 1000}
CONTACTS = tuple(
    PortfolioContact(slug=slug, name=slug.title(), title=title, email="")
    for slug, title in (("rosalind", "Managing Director"), ("benedikt", "Buyer"), ("chiyo", "Plant manager"))
)
"""The people of every customer; all of them take part in what happened there."""


def _account(number: int) -> PortfolioAccount:
    gap = {role: ("amal",) for role in Role if role is not Role.INNOVATOR}
    visit = PortfolioActivity(
        kind=ActivityKind.MEETING,
        status=ActivityStatus.DONE,
        days=-20,
        owner="amal",
        contacts=tuple(contact.slug for contact in CONTACTS),
        attendees=("bo",),
    )
    plain = healthy(f"a{number:04d}", roles=gap if number % 2 else dict.fromkeys(Role, ("amal",)))
    return replace(
        plain,
        contacts=CONTACTS,
        activities=(*plain.activities, visit),
        deals=(
            PortfolioDeal(slug=f"d{number}", name="Order", owner="amal", close_days=-50, is_open=False, is_won=True),
        ),
        feedback=(PortfolioFeedback(days=-30, grade=Grade.A),),
    )


def _org(kind: str, folder: Path) -> Org:
    accounts = tuple(_account(number) for number in range(ACCOUNTS))
    portfolio = Portfolio(name="Vendor", users=USERS, accounts=accounts)
    return start_org(kind, folder, portfolio=portfolio, rules=RULES, safety=SAFETY)


def _rows(org: Org) -> Mapping[RecordKind, int]:
    return {kind: state.rows for kind, state in Mirror(org.store, org.uid).states().items()}


def _pages(rows: int, size: int) -> int:
    return max(1, math.ceil(rows / size))


def _reads(kind: str, rows: Mapping[RecordKind, int]) -> int:
    """The least number of calls that can read so many rows, by the vendors' page and batch sizes."""
    people = len(CONTACTS) * ACCOUNTS  # who took part in a meeting, one row each
    won = rows[RecordKind.OPPORTUNITY]
    if kind == "salesforce":
        queries = [
            rows[RecordKind.USER],
            rows[RecordKind.ACCOUNT],
            0,  # accounts merged into others
            rows[RecordKind.CONTACT],
            rows[RecordKind.ROLE],
            rows[RecordKind.OPPORTUNITY],
            0,  # tasks
            0,  # their contacts
            rows[RecordKind.ACTIVITY],  # events
            people,  # their contacts
            people + ACCOUNTS,  # all who are invited to them
            rows[RecordKind.PLAN],
            rows[RecordKind.FEEDBACK],
            won,  # sales, and the accounts that are no key accounts
            rows[RecordKind.ACCOUNT],
        ]
        return sum(_pages(count, 2000) for count in queries)
    lists = _pages(rows[RecordKind.USER], 100) * 2 + _pages(rows[RecordKind.ACCOUNT], 100)
    # Contacts, deals, tasks, meetings, calls and feedback of companies; deals and contacts of meetings.
    pairs = 6 * _pages(rows[RecordKind.ACCOUNT], 1000) + 2 * _pages(rows[RecordKind.ACTIVITY], 1000)
    objects = (RecordKind.CONTACT, RecordKind.OPPORTUNITY, RecordKind.ACTIVITY, RecordKind.FEEDBACK)
    sales = _pages(won, 200) + _pages(won, 1000)  # the deals won, and whose they are
    return lists + pairs + sum(math.ceil(rows[kind] / 100) for kind in objects) + sales


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
