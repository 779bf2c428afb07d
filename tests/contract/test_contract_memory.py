"""The in-memory CRM keeps the contract of connectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.local_crms import LocalCrm
from kam_sync.testing.contract import ConnectorContract, ContractOrg
from kam_sync.testing.memory import MemoryConnector, MemoryCrm
from kam_sync.testing.record_contract import RecordContract, record_portfolio
from support_contract import open_contract_org


def _lose(crm: LocalCrm) -> None:
    assert isinstance(crm, MemoryCrm)
    crm.lose = "answer"


class TestMemoryContract(ConnectorContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            MemoryCrm,
            MemoryConnector,
            tmp_path,
            ids=lambda _crm: lambda slug: slug,
            absent_task_id="t999999",
            lose_answer=_lose,
        )
        yield org
        org.connector.close()
        org.crm.stop()


class TestMemoryRecords(RecordContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            MemoryCrm,
            MemoryConnector,
            tmp_path,
            ids=lambda _crm: lambda slug: slug,
            absent_task_id="t999999",
            portfolio=record_portfolio(),
        )
        yield org
        org.connector.close()
        org.crm.stop()
