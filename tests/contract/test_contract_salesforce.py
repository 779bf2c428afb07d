"""The Salesforce connector keeps the contract of connectors on the local Salesforce, with and without the key field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.testing.contract import ConnectorContract
from kam_sync.testing.contract_orgs import ContractOrg, contract_org
from kam_sync.testing.record_contract import RecordContract
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce.local_crm import LocalSalesforce


class TestSalesforceContract(ConnectorContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(LocalSalesforce, SalesforceConnector, tmp_path, portfolio=self.portfolio()) as org:
            yield org


class TestSalesforceWithoutKeyFieldContract(ConnectorContract):
    """The weaker mode keeps the same contract."""

    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(
            LocalSalesforce,
            SalesforceConnector,
            tmp_path,
            portfolio=self.portfolio(),
            changes={"tasks": {"key_field": None}},
        ) as org:
            yield org


class TestSalesforceRecords(RecordContract):
    @pytest.fixture
    def org(self, tmp_path: Path) -> Iterator[ContractOrg]:
        with contract_org(LocalSalesforce, SalesforceConnector, tmp_path, portfolio=self.portfolio()) as org:
            yield org
