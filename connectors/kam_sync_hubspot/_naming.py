"""What setup calls the properties that it makes: internal names, labels, and how its own are told from people's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from kam_sync.records import PlanPart, Role

GROUP: Final = "kam_sync"
"""The property group that holds what setup makes, so that administrators find it together."""
GROUP_LABEL: Final = "kam-sync"
MARK: Final = "Made by kam-sync setup"
"""What the description of a property or option begins with that setup made; whoever takes one over changes it."""

USUAL: Final[Mapping[str, str]] = {
    **{f"roles.{role}": f"{role}_owner" for role in Role},
    "plan.last_review_on": "plan_last_review",
    "plan.next_review_on": "plan_next_review",
    f"plan.parts.{PlanPart.KEY_RELATIONS}": "plan_relations",
    f"plan.parts.{PlanPart.CURRENT_STATE}": "plan_swot",
    f"plan.parts.{PlanPart.REVENUE_GOALS}": "plan_goals",
    f"plan.parts.{PlanPart.STRATEGY}": "plan_strategy",
    "tasks.key": "kam_sync_key",
}
"""What the core's rules need → the property that setup would make for it where a portal has none."""

LABELS: Final[Mapping[str, str]] = {
    "scope": "Key account",
    "account.tier": "Account tier",
    **{f"roles.{role}": role.label.capitalize() for role in Role},
    "plan.start_on": "Plan start",
    "plan.end_on": "Plan end",
    "plan.last_review_on": "Last plan review",
    "plan.next_review_on": "Next plan review",
    **{f"plan.parts.{part}": f"Plan: {part.label}" for part in PlanPart},
    "tasks.key": "kam-sync key",
}
"""Labels of what setup makes; everything else is labelled by its internal name."""


def free_name(subject: str, taken: Collection[str]) -> str:
    """Return the internal name that setup would give a property for a subject, one that is not taken."""
    usual = USUAL[subject]
    if usual not in taken:
        return usual
    prefixed = usual if usual.startswith(f"{GROUP}_") else f"{GROUP}_{usual}"
    number, name = 2, prefixed
    while name in taken:
        name, number = f"{prefixed}_{number}", number + 1
    return name


def label_for(subject: str, name: str) -> str:
    """Return the label of a property that setup makes; several of one subject are told apart by their names."""
    if subject in LABELS and name in {USUAL.get(subject, name), f"{GROUP}_{USUAL.get(subject, name)}"}:
        return LABELS[subject]
    return name.replace("_", " ").capitalize()
