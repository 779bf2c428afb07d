"""The family of keeping an account plan alive: changed after what happens, not past its end, one only, SWOT fresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.dates import add_days
from kam_sync.figures.plan_review import plan_in_force
from kam_sync.records import AccountPlan, AccountSnapshot, RecordKind, SwotPart
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
from kam_sync_rules import _plan_upkeep_examples as examples
from kam_sync_rules._contacts import EXECUTIVE_TITLES
from kam_sync_rules._inhibition import covering
from kam_sync_rules._plan_events import EVENT_NAMES, SOURCES, Event, Span
from kam_sync_rules._plan_facts import IN_FORCE_NAMES, plan_named
from kam_sync_rules._relations import MOST_EVIDENCE, Words
from kam_sync_rules._text import joined

SWOT_NAMES: Final = tuple(f"plan.swot.{part}" for part in SwotPart)
"""The canonical names of the four parts of the SWOT."""


class StalePlanParams(RuleParams):
    """Parameters of `stale-plan`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    executive_titles: Annotated[Words, Field(max_length=500)] = EXECUTIVE_TITLES
    """Words of a title by which a contact without a level is an executive."""


class ExpiredPlanParams(RuleParams):
    """Parameters of `expired-plan`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=3650)] = 30
    """A plan that ends within so many days needs a successor."""


class MissingSwotParams(RuleParams):
    """Parameters of `missing-swot`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=120)] = 12
    """A SWOT last gone over more than so many months ago is old."""


class SeveralActivePlansParams(RuleParams):
    """Parameters of `several-active-plans`; there are none."""


@rule(
    code="KAM206",
    name="stale-plan",
    catalogue_id="P06",
    topic=Topic.PLAN,
    needs=("plans", "plan.modified_on"),
    uses=(*EVENT_NAMES, *IN_FORCE_NAMES),
    severity=Severity.MEDIUM,
    params=StalePlanParams,
    examples=examples.stale_plan,
)
def stale_plan(snapshot: AccountSnapshot, context: RuleContext, params: StalePlanParams) -> RuleResult:
    """Flags a plan that nobody has changed since something happened that it must take in.

    What it does:
        Takes the plan in force and what happened after the day of its last change, up to now: a deal was lost (problem
        `deals`), a customer's grade is worse by a letter at least than the one before (`grade`), the account got
        another owner (`owner`), an executive was added to the contacts (`executive`; a contact without a level is one
        by the words of `executive_titles`, by default those of the pack such as “chief” or “president”). What happened
        on the day of the last change counts as known then. One problem for each kind, with its latest events. A kind
        that cannot be known is left open. Without an active plan the rule does not apply; a plan whose last change
        bears no date is left open.

    Why it matters:
        A plan is kept by adding to it as things happen; one that knows nothing of the last lost deal guides nobody
        (catalogue P06).

    Example:
        A plan was last changed on 2025-03-01 and a deal was lost on 2025-03-20: one problem, `deals`.

    Fix:
        Go over the plan in the light of what the task names, and save what changes.
    """
    plan = plan_in_force(snapshot.plans, context.today)
    if plan is None:
        return NOT_APPLICABLE
    if plan.modified_on is None:
        return [Unknown(key="*", name="plan.modified_on")]
    span = Span(after=plan.modified_on, until=context.today)
    result: list[Problem | Unknown] = []
    for key, read in SOURCES.items():
        found = read(snapshot, span, params.executive_titles)
        if isinstance(found, str):
            result.append(Unknown(key=key, name=found))
        elif found:
            result.append(_stale(key, plan, found))
    return result


def _stale(key: str, plan: AccountPlan, events: Sequence[Event]) -> Problem:
    latest = sorted(events, key=lambda event: (event.on, event.evidence.record or ()), reverse=True)
    return Problem(
        key=key,
        title=f"The account plan does not know yet that {latest[0].words} on {latest[0].on}",
        evidence=(
            Evidence(text=f"The plan was last changed on {plan.modified_on}", record=(RecordKind.PLAN, plan.id)),
            *(event.evidence for event in latest[: MOST_EVIDENCE - 1]),
        ),
        why="A plan that knows nothing of what happened last guides nobody.",
        action="Go over goals, relations and steps in the light of this, and save the plan.",
        done_when="The account plan was changed after that day.",
    )


@rule(
    code="KAM208",
    name="expired-plan",
    catalogue_id="P08",
    topic=Topic.PLAN,
    needs=("plans", "plan.end_on"),
    uses=("plan.start_on",),
    severity=Severity.HIGH,
    params=ExpiredPlanParams,
    examples=examples.expired_plan,
)
def expired_plan(snapshot: AccountSnapshot, context: RuleContext, params: ExpiredPlanParams) -> RuleResult:
    """Flags an active plan that has ended, or soon ends, and that no other follows.

    What it does:
        A plan runs up to its end date, that day included; without one it never ends. When active plans have ended and
        no other active one runs now or starts later, that is a high problem (`expired`). When the plan in force ends
        within `days` (30), counted from now and both days included, and no other active plan ends later, that is a low
        problem (`ending`). Without an active plan the rule does not apply.

    Why it matters:
        After its end a plan still looks like one, but nobody is bound by it any more (catalogue P08).

    Example:
        The only plan ends on 2025-06-30: `ending` from 2025-05-31 on, `expired` from 2025-07-01 on.

    Fix:
        Close the plan and make the next one, or extend it if it still holds.
    """
    active = sorted((plan for plan in snapshot.plans if plan.active), key=lambda plan: plan.id)
    plan = plan_in_force(active, context.today)
    if plan is None:
        return NOT_APPLICABLE
    ended = [plan for plan in active if plan.end_on is not None and plan.end_on < context.today]
    if ended and all(_is_over(plan, snapshot, context.today) for plan in active):
        return [_expired(ended, context)]
    end = plan.end_on
    if end is None or not context.today <= end <= add_days(context.today, params.days):
        return ()
    if any(other.end_on is None or other.end_on > end for other in active if other.id != plan.id):
        return ()
    return [
        Problem(
            key="ending",
            title=f"The account plan ends on {end} and no other follows it",
            evidence=(plan_named(plan),),
            why="Without a successor the account is without a plan from the next day on.",
            action=f"Make the plan that follows, or extend this one: {context.label('plan.end_on')}.",
            done_when="An active account plan ends later than that day.",
            severity=Severity.LOW,
        )
    ]


def _is_over(plan: AccountPlan, snapshot: AccountSnapshot, today: dt.date) -> bool:
    start = plan.start_on if snapshot.knows("plan.start_on") else None
    return plan.end_on is not None and plan.end_on < today and not (start is not None and start > today)


def _expired(ended: Sequence[AccountPlan], context: RuleContext) -> Problem:
    latest = max(plan.end_on or dt.date.min for plan in ended)
    newest = sorted(ended, key=lambda plan: (plan.end_on or dt.date.min, plan.id), reverse=True)
    return Problem(
        key="expired",
        title=f"The account plan ended on {latest} and is still active",
        evidence=tuple(
            Evidence(text=f"{plan_named(plan).text} ended on {plan.end_on}", record=(RecordKind.PLAN, plan.id))
            for plan in newest[:MOST_EVIDENCE]
        ),
        why="After its end a plan still looks like one, but nobody is bound by it any more.",
        action=f"Close the plan and make the next one, or extend it: {context.label('plan.end_on')}.",
        done_when="The account has an active plan that has not ended.",
        covers=covering("KAM208", ("KAM205", "*")),
    )


@rule(
    code="KAM211",
    name="missing-swot",
    catalogue_id="P11",
    topic=Topic.PLAN,
    needs=("plans",),
    uses=(*SWOT_NAMES, "plan.swot_on", *IN_FORCE_NAMES),
    severity=Severity.LOW,
    params=MissingSwotParams,
    examples=examples.missing_swot,
)
def missing_swot(snapshot: AccountSnapshot, context: RuleContext, params: MissingSwotParams) -> RuleResult:
    """Flags a plan whose strengths, weaknesses, opportunities or threats are empty or old.

    What it does:
        Takes the plan in force. If one of its mapped SWOT parts is empty, that is a problem (`empty`); parts that are
        not mapped are left aside, and if none is mapped that problem is left open. If the SWOT was last gone over more
        than `months` (12) calendar months ago, that is another one (`old`); exactly so many is not, nor is a SWOT
        without that date; where the date cannot be known that problem is left open. Without an active plan the rule
        does not apply.

    Why it matters:
        Threats that nobody wrote down are those that surprise us, and a SWOT of another year describes another customer
        (catalogue P11).

    Example:
        The SWOT of a plan was last gone over on 2024-02-29: `old` from 2025-03-01 on.

    Fix:
        Fill the empty parts and go over all four, then set the date, in the fields that the task names.
    """
    plan = plan_in_force(snapshot.plans, context.today)
    if plan is None:
        return NOT_APPLICABLE
    known = {part: plan.swot[part] for part in SwotPart if part in plan.swot and snapshot.knows(f"plan.swot.{part}")}
    empty = [part for part, is_filled in known.items() if not is_filled]
    result: list[Problem | Unknown] = []
    if not known:
        missing = next((name for name in SWOT_NAMES if not snapshot.knows(name)), SWOT_NAMES[0])
        result.append(Unknown(key="empty", name=missing))
    elif empty:
        result.append(_empty_swot(plan, empty, context))
    if not snapshot.knows("plan.swot_on"):
        result.append(Unknown(key="old", name="plan.swot_on"))
    elif plan.swot_on is not None and plan.swot_on < context.months_ago(params.months):
        result.append(_old_swot(plan, plan.swot_on, context))
    return result


def _empty_swot(plan: AccountPlan, empty: Sequence[SwotPart], context: RuleContext) -> Problem:
    return Problem(
        key="empty",
        title=f"In the SWOT of the account plan {joined([part.value for part in empty])} "
        f"{'is' if len(empty) == 1 else 'are'} empty",
        evidence=(plan_named(plan), *(Evidence(text=f"Empty: {part.value}") for part in empty)),
        why="What nobody wrote down surprises us: threats as well as chances.",
        action=f"Fill {joined([context.label(f'plan.swot.{part}') for part in empty])}.",
        done_when="No part of the SWOT is empty.",
    )


def _old_swot(plan: AccountPlan, on: dt.date, context: RuleContext) -> Problem:
    return Problem(
        key="old",
        title=f"The SWOT of the account plan was last gone over on {on}",
        evidence=(plan_named(plan),),
        why="A SWOT of another year describes another customer.",
        action=f"Go over all four parts of the SWOT, then set {context.label('plan.swot_on')}.",
        done_when="The SWOT was gone over again, and its date says so.",
    )


@rule(
    code="KAM212",
    name="several-active-plans",
    catalogue_id="P12",
    topic=Topic.PLAN,
    needs=("plans",),
    uses=IN_FORCE_NAMES,
    severity=Severity.LOW,
    params=SeveralActivePlansParams,
    examples=examples.several_active_plans,
)
def several_active_plans(
    snapshot: AccountSnapshot, context: RuleContext, params: SeveralActivePlansParams
) -> RuleResult:
    """Flags an account on which two or more active plans run at the same time.

    What it does:
        A plan runs from its start date to its end date, both included; one without a start has always run, one without
        an end never stops. Two or more active plans that run now are one problem. Where start or end cannot be known
        and two or more might run, that is left open. Without an active plan the rule does not apply.

    Why it matters:
        With two plans nobody knows which one holds, and each part of the team follows another (catalogue P12).

    Example:
        The plan of 2025 is active while the plan of 2024 has no end date: one problem.

    Fix:
        Merge the plans, or end or close the one that does not hold.
    """
    if not any(plan.active for plan in snapshot.plans):
        return NOT_APPLICABLE
    running = list(_running(snapshot, context.today))
    if len(running) < 2:
        return ()
    unknown = next((name for name in IN_FORCE_NAMES if not snapshot.knows(name)), None)
    if unknown is not None:
        return [Unknown(key="", name=unknown)]
    return [
        Problem(
            title="Several active account plans run at the same time",
            evidence=tuple(
                Evidence(
                    text=f"{plan_named(plan).text}: start {plan.start_on or 'none'}, end {plan.end_on or 'none'}",
                    record=(RecordKind.PLAN, plan.id),
                )
                for plan in running[:MOST_EVIDENCE]
            ),
            why="With two plans nobody knows which one holds.",
            action="Merge the plans, or end or close the one that does not hold: "
            f"{context.label('plan.start_on')}, {context.label('plan.end_on')}.",
            done_when="Only one active account plan runs at a time.",
        )
    ]


def _running(snapshot: AccountSnapshot, today: dt.date) -> Iterator[AccountPlan]:
    """Yield the active plans that run, or might, as far as their dates are known; in a stable order."""
    knows_start, knows_end = snapshot.knows("plan.start_on"), snapshot.knows("plan.end_on")
    for plan in sorted(snapshot.plans, key=lambda plan: (plan.start_on or dt.date.min, plan.id)):
        begun = not knows_start or plan.start_on is None or plan.start_on <= today
        over = knows_end and plan.end_on is not None and plan.end_on < today
        if plan.active and begun and not over:
            yield plan
