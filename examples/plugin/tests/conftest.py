"""What is checked: the contracts of kam-sync for our rules and our connector, on the Acme of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.portfolio import Portfolio
from kam_sync.testing.contract_orgs import ContractOrg, contract_org
from kam_sync_acme.connector import AcmeConnector
from kam_sync_acme.local_acme import LocalAcme

kam_sync_rules = "acme"
kam_sync_connector = "acme"


@pytest.fixture
def kam_sync_org(tmp_path: Path, kam_sync_portfolio: Portfolio) -> Iterator[ContractOrg]:
    """Our connector and a local Acme with the contract's portfolio."""
    with contract_org(LocalAcme, AcmeConnector, tmp_path, portfolio=kam_sync_portfolio) as org:
        yield org
