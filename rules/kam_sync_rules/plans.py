"""The family of the account plan: it exists, its four parts are filled, and it is reviewed on time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.figures.plan_completeness import plan_completeness
from kam_sync.figures.plan_review import plan_in_force
from kam_sync.records import AccountSnapshot, PlanPart, RecordKind, Role
from kam_sync.rules_api import (
    NOT_APPLICABLE,
    Evidence,
    Problem,
    RuleContext,
    RuleParams,
    RuleResult,
    Topic,
    Unknown,
    rule,
)
from kam_sync.severity import Severity
from kam_sync_rules import _plans_examples as examples
from kam_sync_rules._accounts import created_on
from kam_sync_rules._inhibition import covering
from kam_sync_rules._plan_facts import (
    IN_FORCE_NAMES,
    PART_NAMES,
    REVIEW_NAMES,
    known_parts,
    part_name,
    plan_named,
    review_due,
)
from kam_sync_rules._text import joined, quoted

CONTENTS: Final[Mapping[PlanPart, str]] = {
    PlanPart.KEY_RELATIONS: "who matters at the customer and how we stand with them",
    PlanPart.CURRENT_STATE: "strengths, weaknesses, opportunities and threats",
    PlanPart.REVENUE_GOALS: "what the customer is worth and what it shall grow to",
    PlanPart.STRATEGY: "how we get there in the short, middle and long term",
}
"""What belongs into each part (catalogue, section 2)."""

MOST_PLANS: Final = 4
"""So many inactive plans are named; the age of the account makes the fifth line of evidence."""

_SYMPTOM: Final = ("KAM106", Role.PROJECT_MANAGER.value)
"""What every defect of the plan is a symptom of."""


class MissingPlanParams(RuleParams):
    """Parameters of `missing-plan`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """So many days from its creation an account may be without a plan."""


class IncompletePlanParams(RuleParams):
    """Parameters of `incomplete-plan`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=3650)] = 60
    """So many days from its start a plan may have an empty part."""

    least_percent: Annotated[int, Field(ge=0, le=100)] = 50
    """A plan less complete than this is a high problem, however young it is."""


class OverduePlanReviewParams(RuleParams):
    """Parameters of `overdue-plan-review`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 180
    """So many days after one review the next is due, where no date is set."""

    top_tier_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """The same for accounts of a top tier."""

    escalate_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """A review overdue for more than so many days is a high problem."""


@rule(
    code="KAM201",
    name="missing-plan",
    catalogue_id="P01",
    topic=Topic.PLAN,
    needs=("plans",),
    uses=("plan.start_on", "account.created_on"),
    severity=Severity.HIGH,
    params=MissingPlanParams,
    examples=examples.missing_plan,
)
def missing_plan(snapshot: AccountSnapshot, context: RuleContext, params: MissingPlanParams) -> RuleResult:
    """Flags an account that has no active plan.

    What it does:
        Looks for an active account plan. An account in the first `grace_days` (30) from its creation need not have one
        yet: there the rule does not apply. An account whose creation date is unknown or empty counts as old.

    Why it matters:
        Without a plan nobody can say what we want at the customer, who does what, and whether it works (catalogue P01).

    Example:
        An account created on 2025-01-01 has no plan: from 2025-02-01 on that is a problem, and not before.

    Fix:
        Create the account plan with its four parts: key relations, current state, revenue goals, strategy.
    """
    if any(plan.active for plan in snapshot.plans):
        return ()
    created = created_on(snapshot)
    if created is not None and created >= context.days_ago(params.grace_days):
        return NOT_APPLICABLE
    inactive = sorted(snapshot.plans, key=lambda plan: (plan.start_on or dt.date.min, plan.id), reverse=True)
    evidence = [
        Evidence(text=f"The plan {quoted(plan.name)} is not active", record=(RecordKind.PLAN, plan.id))
        for plan in inactive[:MOST_PLANS]
    ]
    if created is not None:
        evidence.append(Evidence(text=f"The account exists since {created}"))
    return [
        Problem(
            title="The account has no active plan",
            evidence=tuple(evidence),
            why="Without a plan nobody can say what we want at this customer, who does what, and whether it works.",
            action=f"Create the account plan and fill its parts: {_parts_to_fill(context)}.",
            done_when="An active account plan exists.",
            covers=covering("KAM201", _SYMPTOM),
        )
    ]


def _parts_to_fill(context: RuleContext) -> str:
    """Name the four parts, each with its field where the org has one."""
    fields = {part: f" ({context.label(part_name(part))})" for part in PlanPart if part_name(part) in context.labels}
    return joined([f"{part.label}{fields.get(part, '')}" for part in PlanPart])


@rule(
    code="KAM202",
    name="incomplete-plan",
    catalogue_id="P02",
    topic=Topic.PLAN,
    needs=("plans",),
    uses=(*PART_NAMES, *IN_FORCE_NAMES, "account.created_on"),
    severity=Severity.MEDIUM,
    params=IncompletePlanParams,
    examples=examples.incomplete_plan,
)
def incomplete_plan(snapshot: AccountSnapshot, context: RuleContext, params: IncompletePlanParams) -> RuleResult:
    """Flags a plan of which parts are empty.

    What it does:
        Takes the share of the mapped plan parts that are filled. Below `least_percent` (50) the problem is high, at
        once. Otherwise an empty part is a medium problem when the plan started more than `days` (60) ago; a plan whose
        start is unknown or empty counts from the creation of the account, and as old when that is not known either.
        With fewer than two mapped parts nothing can be said. Without an active plan the rule does not apply: that is
        for `missing-plan`. Of several active plans the one that runs now is judged.

    Why it matters:
        A plan that is only half done is a document, not a plan: its gaps are where the account surprises us
        (catalogue P02).

    Example:
        A plan that started on 2025-01-01 has revenue goals and key relations, but no current state and no strategy:
        50 % complete, a medium problem from 2025-03-03 on.

    Fix:
        Fill the empty parts, in the fields that the task names.
    """
    plan = plan_in_force(snapshot.plans, context.today)
    if plan is None:
        return NOT_APPLICABLE
    mapped = known_parts(plan, snapshot)
    if len(mapped) < 2:
        missing = next(part for part in PlanPart if part not in mapped)
        return [Unknown(key="*", name=part_name(missing))]
    complete = plan_completeness(mapped)
    empty = complete.missing
    bad = complete.filled * 100 < params.least_percent * complete.known
    started = (None if "plan.start_on" in snapshot.unknown else plan.start_on) or created_on(snapshot)
    if not empty or not (bad or started is None or started < context.days_ago(params.days)):
        return ()
    return [
        Problem(
            title=f"The account plan is {complete.percent} % complete; empty: {joined([part.label for part in empty])}",
            evidence=(
                plan_named(plan),
                *(Evidence(text=f"Empty: {part.label}, that is {CONTENTS[part]}") for part in empty),
            ),
            why="A plan that is only half done does not guide anyone: its gaps are where an account surprises us.",
            action=f"Fill {joined([f'{part.label} ({context.label(part_name(part))})' for part in empty])}.",
            done_when="No part of the account plan is empty.",
            severity=Severity.HIGH if bad else None,
            covers=covering("KAM202", _SYMPTOM, *([("KAM211", "empty")] if PlanPart.CURRENT_STATE in empty else [])),
        )
    ]


@rule(
    code="KAM205",
    name="overdue-plan-review",
    catalogue_id="P05",
    topic=Topic.PLAN,
    needs=("plans",),
    uses=(*REVIEW_NAMES, "plan.end_on", "account.tier"),
    severity=Severity.MEDIUM,
    params=OverduePlanReviewParams,
    examples=examples.overdue_plan_review,
)
def overdue_plan_review(snapshot: AccountSnapshot, context: RuleContext, params: OverduePlanReviewParams) -> RuleResult:
    """Flags a plan whose review is overdue.

    What it does:
        A review is due on the next-review date; without one, `days` (180; `top_tier_days`, 90, on a top-tier account)
        after the last review; without that, so many days after the plan's start. It is overdue from the day after.
        For more than `escalate_days` (30) overdue it is a high problem. A plan with none of the three dates is a
        problem too. Where neither review date can be known, or a date that is needed cannot, nothing is said. A
        next-review date that has passed counts even if a review was held later: the next one then has no date. Without
        an active plan the rule does not apply. Of several active plans the one that runs now is judged.

    Why it matters:
        Plans die after the day they are written; a review is where goals, steps and people are brought up to date
        (catalogue P05).

    Example:
        A plan was last reviewed on 2025-01-01 and has no next-review date. On an account of a lower tier the review is
        due on 2025-06-30, overdue from 2025-07-01, and a high problem from 2025-07-31.

    Fix:
        Hold the review, and set the date of the next one in the field that the task names.
    """
    plan = plan_in_force(snapshot.plans, context.today)
    if plan is None:
        return NOT_APPLICABLE
    due = review_due(plan, snapshot, params.top_tier_days if context.is_top_tier(snapshot) else params.days)
    if isinstance(due, Unknown):
        return [due]
    if due is not None and due[0] >= context.today:
        return ()
    field = "plan.last_review_on" if "plan.next_review_on" in snapshot.unknown else "plan.next_review_on"
    evidence = [plan_named(plan)]
    if due is None:
        title = "The account plan has no review date"
        evidence.append(Evidence(text="It has no next review date, no last review date and no start date"))
    else:
        title = f"The review of the account plan was due on {due[0]}"
        evidence.append(Evidence(text=due[1]))
        if "plan.last_review_on" not in snapshot.unknown:
            held = f"was held on {plan.last_review_on}" if plan.last_review_on else "is not recorded"
            evidence.append(Evidence(text=f"The last review {held}"))
    return [
        Problem(
            title=title,
            evidence=tuple(evidence),
            why="A plan that nobody reviews is soon about another customer: goals, steps and people have moved on.",
            action=f"Hold the review, then set {context.label(field)}.",
            done_when="The next review of the account plan lies ahead.",
            severity=Severity.HIGH if due is not None and due[0] < context.days_ago(params.escalate_days) else None,
            covers=covering("KAM205", _SYMPTOM),
        )
    ]
