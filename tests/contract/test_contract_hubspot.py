"""The HubSpot connector keeps the contract of connectors on the local HubSpot, under each version of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.local_crms import LocalCrm
from kam_sync.testing.contract import ConnectorContract, ContractOrg
from kam_sync.testing.record_contract import RecordContract, record_portfolio
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot.local_crm import Fault, FaultKind, LocalHubSpot
from support_contract import open_contract_org


def _local(crm: LocalCrm) -> LocalHubSpot:
    assert isinstance(crm, LocalHubSpot)
    return crm


def _lose(crm: LocalCrm) -> None:
    _local(crm).faults.add(Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="tasks/batch/create"))


class TestHubSpotContract(ConnectorContract):
    @pytest.fixture(params=["2026-09", "2026-03", "v3"])
    def org(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            LocalHubSpot,
            HubSpotConnector,
            tmp_path,
            ids=lambda crm: _local(crm).id_of,
            absent_task_id="99999999999",
            lose_answer=_lose,
            changes={"api_version": request.param},
        )
        yield org
        org.connector.close()
        org.crm.stop()


class TestHubSpotRecords(RecordContract):
    @pytest.fixture(params=["2026-09", "v3"])
    def org(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            LocalHubSpot,
            HubSpotConnector,
            tmp_path,
            ids=lambda crm: _local(crm).id_of,
            absent_task_id="99999999999",
            changes={"api_version": request.param},
            portfolio=record_portfolio(),
        )
        yield org
        org.connector.close()
        org.crm.stop()
