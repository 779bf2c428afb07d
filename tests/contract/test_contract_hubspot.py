"""The HubSpot connector keeps the contract of connectors on the local HubSpot, under each version of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.testing.contract import ConnectorContract
from kam_sync.testing.contract_orgs import ContractOrg, contract_org
from kam_sync.testing.record_contract import RecordContract
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot.local_crm import LocalHubSpot


class TestHubSpotContract(ConnectorContract):
    @pytest.fixture(params=["2026-09", "2026-03", "v3"])
    def org(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(
            LocalHubSpot, HubSpotConnector, tmp_path, portfolio=self.portfolio(), changes={"api_version": request.param}
        ) as org:
            yield org


class TestHubSpotRecords(RecordContract):
    @pytest.fixture(params=["2026-09", "v3"])
    def org(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(
            LocalHubSpot, HubSpotConnector, tmp_path, portfolio=self.portfolio(), changes={"api_version": request.param}
        ) as org:
            yield org
