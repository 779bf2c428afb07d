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
    from kam_sync.errors import KamSyncError
    from kam_sync.explaining import OrgFinding, Why, findings, why
    from kam_sync.job import OrgResult, RunResult, apply_plan, check, plan, pull, run
    from kam_sync.plans import Plan, load_plan, save_plan
    from kam_sync.registry import load_local_crms, load_rules
    from kam_sync.session import JobSettings
    from kam_sync.severity import Severity
    from kam_sync.store import Store
    from kam_sync.upkeep import recover, retract

__version__ = "0.1.0"

__all__ = [
    "BaselineResult",
    "Diagnosis",
    "JobSettings",
    "KamSyncError",
    "LoadedPolicy",
    "OrgFinding",
    "OrgResult",
    "Plan",
    "RunResult",
    "Severity",
    "Store",
    "Why",
    "apply_plan",
    "check",
    "clear_baseline",
    "doctor",
    "findings",
    "load_local_crms",
    "load_plan",
    "load_policy",
    "load_rules",
    "parse_policy",
    "plan",
    "policy_schema",
    "pull",
    "recover",
    "retract",
    "run",
    "save_plan",
    "set_baseline",
    "why",
]

_HOMES: Final = {
    "baselines": ("BaselineResult", "clear_baseline", "set_baseline"),
    "config": ("LoadedPolicy", "load_policy", "parse_policy"),
    "config.schema": ("policy_schema",),
    "errors": ("KamSyncError",),
    "diagnosing": ("Diagnosis", "doctor"),
    "explaining": ("OrgFinding", "Why", "findings", "why"),
    "job": ("OrgResult", "RunResult", "apply_plan", "check", "plan", "pull", "run"),
    "plans": ("Plan", "load_plan", "save_plan"),
    "registry": ("load_local_crms", "load_rules"),
    "session": ("JobSettings",),
    "severity": ("Severity",),
    "store": ("Store",),
    "upkeep": ("recover", "retract"),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
