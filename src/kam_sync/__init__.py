"""kam-sync checks key accounts and keeps one live, truthful CRM task per account and topic.

The front door of the library: load a policy, open its store, run. What a connector or a rule is made of stands in
`kam_sync.ports`, `kam_sync.local_crms` and `kam_sync.rules_api`. Names are loaded when they are first used, so that
importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kam_sync.baselines import BaselineResult, clear_baseline, set_baseline
    from kam_sync.config import LoadedPolicy, load_policy, parse_policy
    from kam_sync.config.schema import policy_schema
    from kam_sync.diagnosing import Diagnosis, doctor
    from kam_sync.digesting.building import Digest
    from kam_sync.digesting.sending import DigestDelivery, DigestResult, digest, planned_deliveries, send_digests
    from kam_sync.errors import KamSyncError
    from kam_sync.explaining import OrgFinding, Why, findings, why
    from kam_sync.heartbeat import HeartbeatFile, TickOutcome, keep_heartbeat
    from kam_sync.job import OrgResult, RunResult, apply_plan, check, plan, pull, run
    from kam_sync.plans import Plan, load_plan, save_plan
    from kam_sync.registry import load_local_crms, load_rules
    from kam_sync.reporting.building import report
    from kam_sync.reporting.exports import report_csv, report_json
    from kam_sync.reporting.figures import Report
    from kam_sync.reporting.html import report_html
    from kam_sync.reporting.saving import save_report
    from kam_sync.scheduling import JobService, Schedule, Tick
    from kam_sync.session import JobSettings
    from kam_sync.setting_up import OrgSetup, setup, setup_files
    from kam_sync.severity import Severity
    from kam_sync.store import Store
    from kam_sync.surveying import Draft, draft_policy, survey
    from kam_sync.tabulating import FindingRow, FindingsTable, findings_table
    from kam_sync.upkeep import recover, retract
    from kam_sync.watching import OrgHealth, health

__version__ = "0.1.0"

__all__ = [
    "BaselineResult",
    "Diagnosis",
    "Digest",
    "DigestDelivery",
    "DigestResult",
    "Draft",
    "FindingRow",
    "FindingsTable",
    "HeartbeatFile",
    "JobService",
    "JobSettings",
    "KamSyncError",
    "LoadedPolicy",
    "OrgFinding",
    "OrgHealth",
    "OrgResult",
    "OrgSetup",
    "Plan",
    "Report",
    "RunResult",
    "Schedule",
    "Severity",
    "Store",
    "Tick",
    "TickOutcome",
    "Why",
    "apply_plan",
    "check",
    "clear_baseline",
    "digest",
    "doctor",
    "draft_policy",
    "findings",
    "findings_table",
    "health",
    "keep_heartbeat",
    "load_local_crms",
    "load_plan",
    "load_policy",
    "load_rules",
    "parse_policy",
    "plan",
    "planned_deliveries",
    "policy_schema",
    "pull",
    "recover",
    "report",
    "report_csv",
    "report_html",
    "report_json",
    "retract",
    "run",
    "save_plan",
    "save_report",
    "send_digests",
    "set_baseline",
    "setup",
    "setup_files",
    "survey",
    "why",
]

_HOMES: Final = {
    "baselines": ("BaselineResult", "clear_baseline", "set_baseline"),
    "config": ("LoadedPolicy", "load_policy", "parse_policy"),
    "config.schema": ("policy_schema",),
    "digesting.building": ("Digest",),
    "digesting.sending": ("DigestDelivery", "DigestResult", "digest", "planned_deliveries", "send_digests"),
    "errors": ("KamSyncError",),
    "diagnosing": ("Diagnosis", "doctor"),
    "heartbeat": ("HeartbeatFile", "TickOutcome", "keep_heartbeat"),
    "explaining": ("OrgFinding", "Why", "findings", "why"),
    "job": ("OrgResult", "RunResult", "apply_plan", "check", "plan", "pull", "run"),
    "plans": ("Plan", "load_plan", "save_plan"),
    "registry": ("load_local_crms", "load_rules"),
    "reporting.building": ("report",),
    "reporting.exports": ("report_csv", "report_json"),
    "reporting.figures": ("Report",),
    "reporting.html": ("report_html",),
    "reporting.saving": ("save_report",),
    "scheduling": ("JobService", "Schedule", "Tick"),
    "session": ("JobSettings",),
    "setting_up": ("OrgSetup", "setup", "setup_files"),
    "severity": ("Severity",),
    "store": ("Store",),
    "surveying": ("Draft", "draft_policy", "survey"),
    "tabulating": ("FindingRow", "FindingsTable", "findings_table"),
    "upkeep": ("recover", "retract"),
    "watching": ("OrgHealth", "health"),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
