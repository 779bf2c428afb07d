"""What the pytest plugin collects for a conftest.py that asks for it: the contracts, as classes of tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import ClassVar, Final, cast

import pytest

from kam_sync.errors import KamSyncError
from kam_sync.portfolio import Portfolio
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.registry import LOCAL_CRMS, load_connector, load_local_crms, load_rule_pack
from kam_sync.testing.contract import ConnectorContract
from kam_sync.testing.contract_orgs import ContractCrm, ContractOrg, contract_org
from kam_sync.testing.pytest_plugin import CONNECTOR, RULES, TOLERATED
from kam_sync.testing.record_contract import RecordContract
from kam_sync.testing.rule_contract import AnyRule, PortfolioRuleContract, RuleContract, Tolerated

KNOWN: Final = (CONNECTOR, RULES, TOLERATED)
_CONTRACT_CRM: Final = ("absent_task_id", "lacks", "id_of", "lose_answer")
"""What a local CRM must have for the contract beside what every local CRM has."""


class _OfConnector:
    """What the classes of tests of a connector share."""

    connector: ClassVar[str]

    @pytest.fixture
    def org(self, kam_sync_org: ContractOrg) -> ContractOrg:
        return kam_sync_org


class Suite(pytest.Module):
    """The contracts that a conftest.py asks for, collected as if it defined their classes."""

    _given: Mapping[str, object]
    _suite: ModuleType

    @classmethod
    def of(cls, parent: pytest.Collector, conftest: Path, given: Mapping[str, object]) -> Suite:
        """Return the suite for what a conftest.py gives by names that begin with `kam_sync_`."""
        suite = cls.from_parent(parent, path=conftest)
        suite._given = given
        return suite

    def _getobj(self) -> ModuleType:
        """Return the classes of tests, in place of the module at the path; pytest has no other way to say so."""
        return self._suite

    def classnamefilter(self, name: str) -> bool:
        """Collect our classes whatever `python_classes` says of the project's own."""
        return name.startswith("Test")

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Collect the classes.

        Raises:
            CollectError: Something is given that cannot be checked.
        """
        try:
            self._suite = _module(self._given)
        except (KamSyncError, ValueError) as error:
            raise self.CollectError(str(error)) from None
        if not self.funcnamefilter("test_"):
            raise self.CollectError("the contract of kam-sync needs python_functions to let through names with test_")
        return list(super().collect())


def _module(given: Mapping[str, object]) -> ModuleType:
    module = ModuleType("kam_sync_suite")
    stray = next((name for name in given if name not in KNOWN), None)
    if stray is not None:
        raise ValueError(f"{stray!r} is none of {', '.join(KNOWN)}")
    connector = given.get(CONNECTOR)
    if connector is not None:
        if not isinstance(connector, str):
            raise ValueError(f"{CONNECTOR} is the name of a connector, such as 'acme'")
        load_connector(connector)
        _add(module, "TestConnector", (_OfConnector, ConnectorContract), connector=connector)
        _add(module, "TestRecords", (_OfConnector, RecordContract), connector=connector)
    if RULES in given:
        rules, tolerated = _rules(given[RULES]), _tolerated(given)
        _add(module, "TestRules", (RuleContract,), rules=rules, tolerated=tolerated)
        over_portfolio = [rule for rule in rules if isinstance(rule, PortfolioRule)]
        if over_portfolio:
            _add(module, "TestPortfolioRules", (PortfolioRuleContract,), rules=over_portfolio, tolerated=tolerated)
    elif TOLERATED in given:
        raise ValueError(f"{TOLERATED} is about rules, and {RULES} names none")
    return module


def _add(module: ModuleType, name: str, bases: tuple[type, ...], **attributes: object) -> None:
    setattr(
        module, name, type(name, bases, {**attributes, "__module__": module.__name__, "__doc__": bases[-1].__doc__})
    )


def _rules(packs: object) -> Sequence[AnyRule]:
    names = (packs,) if isinstance(packs, str) else packs
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{RULES} is the name of a rule pack, or several, such as 'acme'")
    rules = [rule for name in names for rule in load_rule_pack(name)]
    if not rules:
        raise ValueError(f"{RULES} names no pack with rules")
    return rules


def _tolerated(given: Mapping[str, object]) -> Sequence[Tolerated]:
    rows = given.get(TOLERATED, ())
    if not isinstance(rows, Sequence) or not all(isinstance(row, Tolerated) for row in rows):
        raise ValueError(f"{TOLERATED} is a sequence of kam_sync.testing.rule_contract.Tolerated")
    return rows


def portfolio_of(test_class: type | None) -> Portfolio:
    """Return the portfolio that a class of the contract wants in the local CRM."""
    portfolio = getattr(test_class, "portfolio", None)
    if not isinstance(portfolio, FunctionType):
        pytest.fail(
            "kam_sync_portfolio is for the contract of connectors: this class names no portfolio", pytrace=False
        )
    return cast("Portfolio", portfolio())


@contextmanager
def open_org(test_class: type | None, folder: Path, portfolio: Portfolio) -> Iterator[ContractOrg]:
    """Start the local CRM that is installed for the connector of a class of tests, and connect to it.

    The test fails where there is none, or where it cannot show the contract.
    """
    name = str(getattr(test_class, "connector", ""))
    crm = load_local_crms().get(name)
    if crm is None:
        pytest.fail(
            f"no local CRM {name!r} is installed (entry points of {LOCAL_CRMS}): make one, or override kam_sync_org",
            pytrace=False,
        )
    missing = [member for member in _CONTRACT_CRM if not hasattr(crm, member)]
    if missing:
        pytest.fail(f"the local CRM {name!r} lacks {', '.join(missing)}: see ContractCrm", pytrace=False)
    with contract_org(cast("type[ContractCrm]", crm), load_connector(name), folder, portfolio=portfolio) as org:
        yield org
