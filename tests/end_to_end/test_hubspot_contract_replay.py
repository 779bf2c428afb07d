"""Whole runs over HubSpot, each exchange held to an independent description of its API."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest
from hubspot_sdk import HubSpot

from kam_sync.testing.record_contract import record_portfolio
from kam_sync_hubspot.local_crm import Exchange, LocalHubSpot
from support_hubspot_contract import Contract, canonical, require_contract, uncovered
from support_orgs import start_org

ACCOUNT_DETAILS: Final = "GET /account-info/2026-09/details"
TYPES_NOT_DESCRIBED: Final = ("2-5001", "2-5002", "2-5003", "2-5004", "calls", "quotes", "tickets")
NOT_DESCRIBED: Final = {
    ACCOUNT_DETAILS,
    *(f"GET /crm/objects/2026-03/{each}" for each in TYPES_NOT_DESCRIBED),
    *(f"POST /crm/objects/2026-03/{each}/batch/read" for each in TYPES_NOT_DESCRIBED),
}
"""The calls of a run that the description does not contain: it was derived for six types of object only."""
DESCRIBED_TYPE: Final = "meetings"
"""A type that the description has; all types of object are listed and read in one and the same form."""


def _stand_in(exchange: Exchange) -> Exchange:
    """Return an exchange about a type that is not described as one about a type that is."""
    path = re.sub(rf"/({'|'.join(TYPES_NOT_DESCRIBED)})(?=[/?]|$)", f"/{DESCRIBED_TYPE}", exchange.path, count=1)
    return replace(exchange, path=path)


def _seeded_life(folder: Path) -> list[Exchange]:
    """Run with the rules that run by default while people close and delete our tasks."""
    exchanges: list[Exchange] = []
    org = start_org("hubspot", folder)
    try:
        assert isinstance(org.crm, LocalHubSpot)
        org.crm.recorder = exchanges.append
        org.done()
        for task in org.open_tasks()[:4]:
            org.people.complete_task(task.id)
        org.done()
        org.people.delete_task(org.open_tasks()[0].id)
        org.done()
    finally:
        org.close()
    return exchanges


def _all_rules_over_all_records(folder: Path) -> list[Exchange]:
    """Run with every rule over a portfolio that has a record of every kind."""
    exchanges: list[Exchange] = []
    rules = {"select": ["KAM"], "top_tiers": ["A"]}
    org = start_org("hubspot", folder, portfolio=record_portfolio(), rules=rules)
    try:
        assert isinstance(org.crm, LocalHubSpot)
        org.crm.recorder = exchanges.append
        org.done()
    finally:
        org.close()
    return exchanges


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    require_contract()
    seeded = _seeded_life(tmp_path_factory.mktemp("seeded"))
    return [*seeded, *_all_rules_over_all_records(tmp_path_factory.mktemp("records"))]


def _problems(contract: Contract, exchanges: list[Exchange]) -> list[str]:
    return [f"{each.method} {each.path}: {problem}" for each in exchanges for problem in contract.problems(each)]


def test_hubspots_exchanges_keep_to_an_independent_description(exchanges: list[Exchange]) -> None:
    contract = require_contract()
    assert uncovered(contract, exchanges) == NOT_DESCRIBED
    assert _problems(contract, [each for each in exchanges if contract.covers(each)]) == []


def test_types_that_are_not_described_are_spoken_of_as_those_that_are(exchanges: list[Exchange]) -> None:
    contract = require_contract()
    foreign = [each for each in exchanges if not contract.covers(each)]
    stand_ins = [_stand_in(each) for each in foreign if f"{each.method} {canonical(each.path)}" != ACCOUNT_DETAILS]
    assert len({canonical(each.path) for each in stand_ins}) == 2, "the list and the batch read of the one type"
    assert _problems(contract, stand_ins) == []


def test_another_client_of_hubspots_asks_for_the_same_addresses() -> None:
    asked: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.add(f"{request.method} {request.url.path}")
        return httpx.Response(200, json={"results": []})

    transport = httpx.Client(transport=httpx.MockTransport(answer), trust_env=False)
    with HubSpot(access_token="invented", base_url="http://127.0.0.1", http_client=transport, max_retries=0) as client:
        objects = client.crm.objects
        for named in (objects.calls, objects.quotes, objects.tickets):
            named.list()
            named.batch.get(inputs=[{"id": "1"}], properties=[], properties_with_history=[])
        for custom in ("2-5001", "2-5002", "2-5003", "2-5004"):
            objects.custom.list(custom)
            objects.custom.batch.get(custom, inputs=[{"id": "1"}], properties=[], properties_with_history=[])
        client.account.get()
    assert asked == {each.replace("2026-09", "2026-03") for each in NOT_DESCRIBED}
