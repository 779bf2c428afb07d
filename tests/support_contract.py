"""The contract's org on each local CRM, for the test modules that inherit the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from kam_sync.clock import ManualClock
from kam_sync.config import OrgPolicy
from kam_sync.local_crms import LocalCrm
from kam_sync.portfolio import Portfolio
from kam_sync.ports import Connector, Runtime
from kam_sync.testing.contract import ContractOrg, contract_portfolio
from support_orgs import START


def open_contract_org(
    crm_class: type[LocalCrm],
    connector_class: type[Connector],
    folder: Path,
    *,
    ids: Callable[[LocalCrm], Callable[[str], str]],
    absent_task_id: str,
    lose_answer: Callable[[LocalCrm], None] | None = None,
    changes: Mapping[str, object] | None = None,
    portfolio: Portfolio | None = None,
) -> ContractOrg:
    """Start a local CRM with the contract's portfolio and connect to it; `changes` replace parts of its settings."""
    clock = ManualClock(START)
    crm = crm_class.start(folder, clock=clock)
    crm.load(portfolio or contract_portfolio())
    section = OrgPolicy.model_validate({**crm.org_settings, **(changes or {})})
    settings = connector_class.settings_model.model_validate(section.settings)
    runtime = Runtime(clock=clock, sleep=lambda seconds: clock.advance(seconds=seconds), timezone=ZoneInfo("UTC"))
    return ContractOrg(
        crm=crm,
        connector=connector_class.open(settings, runtime),
        ids=ids(crm),
        absent_task_id=absent_task_id,
        today=START.date(),
        lose_answer=(lambda: lose_answer(crm)) if lose_answer else None,
    )
