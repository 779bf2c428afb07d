"""Whole runs over HubSpot, each exchange held to an independent description of its API."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kam_sync_hubspot.local_crm import Exchange, LocalHubSpot
from support_hubspot_contract import require_contract, uncovered
from support_orgs import start_org

NOT_DESCRIBED: Final = {
    "GET /account-info/2026-09/details",
    "GET /crm/objects/2026-03/calls",
    "POST /crm/objects/2026-03/calls/batch/read",
}
"""The calls of a run that the description does not contain."""


def test_hubspots_exchanges_keep_to_an_independent_description(tmp_path: Path) -> None:
    contract = require_contract()
    org = start_org("hubspot", tmp_path)
    assert isinstance(org.crm, LocalHubSpot)
    exchanges: list[Exchange] = []
    org.crm.recorder = exchanges.append
    try:
        org.done()
        for task in org.open_tasks()[:4]:
            org.people.complete_task(task.id)
        org.done()
        org.people.delete_task(org.open_tasks()[0].id)
        org.done()
    finally:
        org.close()
    assert exchanges
    covered = [exchange for exchange in exchanges if contract.covers(exchange)]
    problems = [problem for exchange in covered for problem in contract.problems(exchange)]
    assert problems == []
    assert uncovered(contract, exchanges) == NOT_DESCRIBED
