"""What rules read off an account plan: its name, which parts are known and filled, and when its review is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from kam_sync.dates import add_days
from kam_sync.records import AccountPlan, AccountSnapshot, PlanPart, RecordKind
from kam_sync.rules_api import Evidence, Unknown
from kam_sync_rules._text import quoted

IN_FORCE_NAMES: Final = ("plan.start_on", "plan.end_on")
"""What tells which of several plans is in force; every rule that asks `plan_in_force` uses them."""

PART_NAMES: Final = tuple(f"plan.parts.{part}" for part in PlanPart)
"""The canonical names of the four parts."""

REVIEW_NAMES: Final = ("plan.next_review_on", "plan.last_review_on", "plan.start_on")
"""The canonical names that tell when a review is due."""


def part_name(part: PlanPart) -> str:
    """Return the canonical name of a part of the plan."""
    return f"plan.parts.{part}"


def plan_named(plan: AccountPlan) -> Evidence:
    """Point to a plan; one that is held in fields of the account has no name of its own."""
    text = f"Account plan {quoted(plan.name)}" if plan.name.strip() else "The account plan"
    return Evidence(text=text, record=(RecordKind.PLAN, plan.id))


def known_parts(plan: AccountPlan, snapshot: AccountSnapshot) -> Mapping[PlanPart, bool]:
    """Return, of the parts that are mapped and known, which are filled; in the order of the parts."""
    return {part: plan.parts[part] for part in PlanPart if part in plan.parts and snapshot.knows(part_name(part))}


def review_due(plan: AccountPlan, snapshot: AccountSnapshot, cadence: int) -> tuple[dt.date, str] | Unknown | None:
    """Return when a plan is to be reviewed and why then, what is unknown, or None for a plan without any date.

    The next-review date decides; without one, `cadence` days after the last review; without that, so many days after
    the plan's start.
    """
    unknown = snapshot.unknown
    if "plan.next_review_on" not in unknown and plan.next_review_on is not None:
        return plan.next_review_on, f"The next review date is {plan.next_review_on}"
    if "plan.last_review_on" in unknown:
        return Unknown(key="*", name="plan.last_review_on")
    if plan.last_review_on is not None:
        return add_days(plan.last_review_on, cadence), f"A review is due {cadence} days after the last one"
    if "plan.start_on" in unknown:
        return Unknown(key="*", name="plan.start_on")
    if plan.start_on is not None:
        return add_days(
            plan.start_on, cadence
        ), f"The plan started on {plan.start_on}; reviews are {cadence} days apart"
    return Unknown(key="*", name="plan.next_review_on") if "plan.next_review_on" in unknown else None
