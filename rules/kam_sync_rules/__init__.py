"""The standard rule pack: what kam-sync checks unless a policy says otherwise. Only `RULES` is public."""

from __future__ import annotations

from typing import Final

from kam_sync.rules_api import Rule
from kam_sync_rules import plans as _plans
from kam_sync_rules import roles as _roles
from kam_sync_rules import steps as _steps

__all__ = ["RULES"]

RULES: Final[tuple[Rule, ...]] = (
    _roles.missing_role,
    _roles.inactive_role_holder,
    _roles.unplayed_role,
    _plans.missing_plan,
    _plans.incomplete_plan,
    _steps.missing_next_step,
    _steps.broken_next_step,
    _plans.overdue_plan_review,
)
"""Every rule of the pack, in the order of their codes."""
