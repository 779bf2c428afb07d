"""The in-memory CRM keeps the contract of connectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.testing.contract import ConnectorContract
from kam_sync.testing.contract_orgs import ContractOrg, contract_org
from kam_sync.testing.memory import MemoryConnector, MemoryCrm
from kam_sync.testing.record_contract import RecordContract


class TestMemoryContract(ConnectorContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(MemoryCrm, MemoryConnector, tmp_path, portfolio=self.portfolio()) as org:
            yield org


class TestMemoryRecords(RecordContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(MemoryCrm, MemoryConnector, tmp_path, portfolio=self.portfolio()) as org:
            yield org
