"""Importing account plans, their objectives with measures, and plan actions."""

from __future__ import annotations

from typing import Final

from kam_sync.portfolio import PortfolioGoal, PortfolioPlan
from kam_sync.records import PlanPart, SwotPart
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._importing import Import, past
from kam_sync_salesforce.local_crm._loading_owned import Owned
from kam_sync_salesforce.local_crm._plan_objects import OBJECTIVE_CLOSED, OBJECTIVE_OPEN
from kam_sync_salesforce.local_crm._words import PLAN_FIELDS, SWOT_FIELDS

_ACTION_DUE_DAYS: Final = 30
"""When an action is due whose goal is due on no day to come."""


def plan_parts(parts: frozenset[PlanPart]) -> dict[str, str | None]:
    """Return the fields of a plan's parts: a text for the filled ones, null for the others."""
    return {
        field: f"Agreed {part.label} of this account." if part in parts else None for part, field in PLAN_FIELDS.items()
    }


def swot_parts(parts: frozenset[SwotPart]) -> dict[str, str | None]:
    """Return the fields of a plan's SWOT: a text for the filled ones, null for the others."""
    return {
        field: f"Known {part.value} of this account." if part in parts else None for part, field in SWOT_FIELDS.items()
    }


def load_plan(into: Import, owned: Owned, plan: PortfolioPlan) -> str:
    """Take the active plan of an account and return its id."""
    values: Record = {
        "AccountId": owned.id,
        "OwnerId": owned.owner,
        "Name": f"{owned.name} plan"[:255],
        "Status": "Active",
        "StartDate": into.on(plan.start_days),
        "EndDate": into.on(plan.end_days),
        "Last_Review__c": into.on(plan.last_review_days),
        "Next_Review__c": into.on(plan.next_review_days),
        "Swot_Reviewed__c": into.on(plan.swot_days),
        **plan_parts(plan.parts),
        **swot_parts(plan.swot),
    }
    changed = past(plan.modified_days or 0, f"the last change of the plan of {owned.whose}")
    made = min(plan.start_days or 0, changed, 0)
    plan_id = into.add("AccountPlan", values, by=owned.owner, at=into.moment(made), changed=into.moment(changed))
    into.remember("plan", owned.slug, plan_id)
    return plan_id


def load_goal(into: Import, owned: Owned, goal: PortfolioGoal, plan_id: str | None) -> str:
    """Take an objective of the account's plan with its measure and actions, and return its id.

    Raises:
        ValueError: There is no plan, whose part an objective is.
    """
    whose = f"the goal {goal.slug!r} of {owned.whose}"
    if plan_id is None:
        msg = f"{whose} has no plan, without which Salesforce has no objectives"
        raise ValueError(msg)
    owner = into.found("user", goal.owner, whose) if goal.owner else None
    made = into.moment(min(goal.start_days or 0, goal.progress_days or 0, 0))
    values: Record = {
        "Name": goal.name,
        "AccountPlanId": plan_id,
        "StartDate": into.on(goal.start_days),
        "EndDate": into.on(goal.due_days),
        "Status": OBJECTIVE_OPEN if goal.is_open else OBJECTIVE_CLOSED,
        "ObjectiveOwnerId": owner,
    }
    goal_id = into.add("AccountPlanObjective", values, by=owned.owner, at=made)
    into.remember("goal", owned.child(goal.slug), goal_id)
    if goal.has_metric or goal.progress_days is not None:
        _load_measure(into, goal, goal_id, whose, by=owned.owner, at=made)
    due = goal.due_days if goal.due_days is not None and goal.due_days > 0 else _ACTION_DUE_DAYS
    for name in goal.actions if into.db.catalogue.find("Plan_Action__c") else ():
        action: Record = {
            "Name": name,
            "Account__c": owned.id,
            "Objective__c": goal_id,
            "OwnerId": owner or owned.owner,
            "Due__c": into.on(due),
            "Done__c": int(not goal.is_open),
        }
        action_id = into.add("Plan_Action__c", action, by=owned.owner, at=made)
        into.remember("action", owned.child(f"{goal.slug}/{name}"), action_id)
    return goal_id


def _load_measure(into: Import, goal: PortfolioGoal, goal_id: str, whose: str, *, by: str, at: str) -> None:
    updated = goal.progress_days
    told = None if updated is None else into.moment(past(updated, f"the progress of {whose}"))
    measure: Record = {
        "Name": f"{goal.name} in numbers"[:255],
        "AccountPlanObjectiveId": goal_id,
        "ValueType": "Number",
        "TargetValue": "100" if goal.has_metric else None,
        "CurrentValue": None if told is None else "40",
        "CurrentValueTimestamp": told,
    }
    into.add("AccountPlanObjectiveMeasure", measure, by=by, at=at, changed=told)
