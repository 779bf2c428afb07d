"""The whole job with our connector and our rule: a finding becomes a task in Acme, and goes when it is mended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import kam_sync
from kam_sync.clock import ManualClock
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioContact, PortfolioUser
from kam_sync.testing.memory import MemoryCrm
from kam_sync_acme.local_acme import TOKEN, LocalAcme

POLICY = """\
version: 1
orgs:
  acme:
    connector: acme
    url: {url}
    access_token: ${{ACME_TOKEN}}
rules: {{select: [ACME]}}
tasks: {{fallback_assignee: bo@vendor.example}}
"""
PEOPLE = ("Zoë Quaye", "Ludmila Hrušková", "Otakar Švihlík")
CONTACTS = tuple(PortfolioContact(name=name, title="Buyer", email="x@customer.example") for name in PEOPLE)
PORTFOLIO = Portfolio(
    name="Vendor",
    users=(PortfolioUser(slug="bo", name="Bo Lindqvist", email="bo@vendor.example"),),
    accounts=(
        PortfolioAccount(slug="lumen", name="Lumen & Cie", owner="bo", contacts=CONTACTS[:1]),
        PortfolioAccount(slug="opal", name="Opal", owner="bo", contacts=CONTACTS),
    ),
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))


@pytest.fixture
def crm(clock: ManualClock) -> Iterator[MemoryCrm]:
    made = MemoryCrm("job", clock)
    made.load(PORTFOLIO)
    yield made
    made.stop()


@pytest.fixture
def acme(crm: MemoryCrm) -> Iterator[LocalAcme]:
    made = LocalAcme(crm, port=0)
    yield made
    made.stop()


def test_a_finding_of_ours_becomes_a_task_in_acme_and_goes_when_it_is_mended(
    acme: LocalAcme, crm: MemoryCrm, clock: ManualClock, tmp_path: Path
) -> None:
    policy = kam_sync.parse_policy(
        POLICY.format(url=acme.url),
        path=tmp_path / "kam-sync.yaml",
        rules=kam_sync.load_rules(),
        environment={"ACME_TOKEN": TOKEN},
    )
    settings = kam_sync.JobSettings(clock=clock, sleep=lambda _seconds: None)
    with kam_sync.Store.at(tmp_path / "kam-sync.db") as store:
        assert kam_sync.run(policy, store, settings, apply=True).exit_code == 0
        (task,) = acme.people.tasks()
        assert (task.account, task.subject, task.open) == ("lumen", "Lumen & Cie: strengthen the relations", True)
        assert "We know fewer than 3 people" in task.body

        (contact,) = (one for one in crm.contacts.values() if one.account_ids == ("lumen",))
        crm.contacts |= {name: replace(contact, id=name, name=name) for name in PEOPLE}
        clock.advance(days=1)
        assert kam_sync.run(policy, store, settings, apply=True).exit_code == 0
    (task,) = acme.people.tasks()
    assert not task.open
