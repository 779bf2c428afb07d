"""The Salesforce connector keeps the contract of connectors on the local Salesforce, with and without the key field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.local_crms import LocalCrm
from kam_sync.testing.contract import ConnectorContract, ContractOrg
from kam_sync.testing.record_contract import RecordContract, record_portfolio
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce.local_crm import Fault, FaultKind, LocalSalesforce
from support_contract import open_contract_org


def _local(crm: LocalCrm) -> LocalSalesforce:
    assert isinstance(crm, LocalSalesforce)
    return crm


def _lose(crm: LocalCrm) -> None:
    _local(crm).faults.add(Fault(kind=FaultKind.LOST_ANSWER, path="/composite/sobjects"))


class TestSalesforceContract(ConnectorContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            LocalSalesforce,
            SalesforceConnector,
            tmp_path,
            ids=lambda crm: _local(crm).id_of,
            absent_task_id="00T000000000ZZZEA2",
            lose_answer=_lose,
        )
        yield org
        org.connector.close()
        org.crm.stop()


class TestSalesforceWithoutKeyFieldContract(ConnectorContract):
    """The weaker mode keeps the same contract."""

    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            LocalSalesforce,
            SalesforceConnector,
            tmp_path,
            ids=lambda crm: _local(crm).id_of,
            absent_task_id="00T000000000ZZZEA2",
            lose_answer=_lose,
            changes={"tasks": {"key_field": None}},
        )
        yield org
        org.connector.close()
        org.crm.stop()


class TestSalesforceRecords(RecordContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        org = open_contract_org(
            LocalSalesforce,
            SalesforceConnector,
            tmp_path,
            ids=lambda crm: _local(crm).id_of,
            absent_task_id="00T000000000ZZZEA2",
            portfolio=record_portfolio(),
        )
        yield org
        org.connector.close()
        org.crm.stop()
