"""The pytest plugin for authors of connectors and rule packs; it does nothing until a conftest.py asks for it.

A conftest.py names what is checked, and the contract is collected with it, under the name of that file:

- `kam_sync_connector = "acme"`: the contract of connectors, on the local CRM of that name.
- `kam_sync_rules = "acme"`: the contract of rules, on the rule pack of that name.
- `kam_sync_tolerated = (Tolerated(...),)`: what the rules may do when something becomes unknown, with reasons.

pytest imports this module in every session of everybody who has kam-sync installed: nothing of kam-sync belongs at its
top.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kam_sync.portfolio import Portfolio
    from kam_sync.testing.contract_orgs import ContractOrg

pytest.register_assert_rewrite(
    "kam_sync.testing.contract", "kam_sync.testing.record_contract", "kam_sync.testing.rule_contract"
)
CONNECTOR = "kam_sync_connector"
RULES = "kam_sync_rules"
TOLERATED = "kam_sync_tolerated"
PREFIX = "kam_sync_"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the contract with a conftest.py that asks for it."""
    if file_path.name != "conftest.py":
        return None
    plugins = parent.config.pluginmanager.get_plugins()
    conftest = next((plugin for plugin in plugins if getattr(plugin, "__file__", None) == str(file_path)), None)
    names = vars(conftest) if conftest is not None else {}
    given = {name: value for name, value in names.items() if name.startswith(PREFIX) and not callable(value)}
    if not given:
        return None
    from kam_sync.testing.pytest_suite import Suite  # noqa: PLC0415 - heavy: see above

    return Suite.of(parent, file_path, given)


@pytest.fixture
def kam_sync_portfolio(request: pytest.FixtureRequest) -> Portfolio:
    """The invented portfolio that the contract at work wants in the local CRM."""
    from kam_sync.testing.pytest_suite import portfolio_of  # noqa: PLC0415 - heavy: see above

    return portfolio_of(request.cls)


@pytest.fixture
def kam_sync_org(
    request: pytest.FixtureRequest, tmp_path: Path, kam_sync_portfolio: Portfolio
) -> Iterator[ContractOrg]:
    """The org that the contract is checked on; override it to check a connector in several modes."""
    from kam_sync.testing.pytest_suite import open_org  # noqa: PLC0415 - heavy: see above

    with open_org(request.cls, tmp_path, kam_sync_portfolio) as org:
        yield org
