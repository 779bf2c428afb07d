"""The family of the goals of account plans: some for every horizon, each with what it takes, each measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.dates import add_months
from kam_sync.records import AccountSnapshot, PlanGoal, RecordKind
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
from kam_sync_rules import _goals_examples as examples
from kam_sync_rules._relations import MOST_EVIDENCE
from kam_sync_rules._text import person, quoted


class Horizon(StrEnum):
    """How far ahead a goal lies."""

    SHORT = "short"
    MID = "mid"
    LONG = "long"


class Lack(StrEnum):
    """What a goal needs to be acted on, by the last word of the problem's key."""

    METRIC = "metric"
    OWNER = "owner"
    DATE = "date"
    ACTIONS = "actions"


SOURCES: Final[Mapping[Lack, tuple[str, ...]]] = {
    Lack.METRIC: ("goal.has_metric",),
    Lack.OWNER: ("goal.owner_id",),
    Lack.DATE: ("goal.due_on",),
    Lack.ACTIONS: ("actions", "action.goal_id"),
}
"""What must be known to see each lack."""

_WORDS: Final[Mapping[Lack, tuple[str, str, str]]] = {
    Lack.METRIC: (
        "has no figure to reach",
        "Nobody can tell whether a goal without a figure was reached.",
        "A figure to reach is recorded with the goal.",
    ),
    Lack.OWNER: (
        "has no owner who is active",
        "A goal of nobody is pursued by nobody.",
        "An active person owns the goal.",
    ),
    Lack.DATE: (
        "has no due date",
        "A goal without a date is never late, and so never urgent.",
        "The goal has a due date.",
    ),
    Lack.ACTIONS: (
        "has too few actions",
        "A goal without actions is a wish.",
        "Enough actions of the account plan serve the goal.",
    ),
}
"""What is said of each lack: the title's end, why it matters, and when it is mended."""


class MissingGoalHorizonParams(RuleParams):
    """Parameters of `missing-goal-horizon`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    short_months: Annotated[int, Field(ge=1, le=120)] = 6
    """A goal due within so many months is short-term."""

    mid_months: Annotated[int, Field(ge=1, le=240)] = 18
    """A goal due later than that and within so many months is mid-term; later ones are long-term."""


class VagueGoalParams(RuleParams):
    """Parameters of `vague-goal`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    actions: Annotated[int, Field(ge=0, le=100)] = 1
    """So many actions a goal needs."""


class UnmeasuredGoalParams(RuleParams):
    """Parameters of `unmeasured-goal`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 60
    """For more than so many days a goal's figure may go without being updated."""


def _open_goals(snapshot: AccountSnapshot) -> Sequence[PlanGoal]:
    return sorted((goal for goal in snapshot.goals if goal.is_open), key=lambda goal: goal.id)


def _of_goal(goal: PlanGoal, text: str) -> Evidence:
    return Evidence(text=f"Goal {quoted(goal.name)}: {text}", record=(RecordKind.GOAL, goal.id))


def _horizon(due: dt.date, today: dt.date, params: MissingGoalHorizonParams) -> Horizon:
    if due <= add_months(today, params.short_months):
        return Horizon.SHORT
    return Horizon.MID if due <= add_months(today, params.mid_months) else Horizon.LONG


@rule(
    code="KAM209",
    name="missing-goal-horizon",
    catalogue_id="P09",
    topic=Topic.PLAN,
    needs=("plans", "goals", "goal.due_on"),
    severity=Severity.LOW,
    params=MissingGoalHorizonParams,
    examples=examples.missing_goal_horizon,
)
def missing_goal_horizon(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingGoalHorizonParams
) -> RuleResult:
    """Flags a plan without an open goal for the short, the middle or the long term.

    What it does:
        Sorts the open goals by their due date: up to `short_months` (6) calendar months ahead is short-term, overdue
        goals included; up to `mid_months` (18) is mid-term; later is long-term. The last day of a span is within it. A
        goal without a due date is in none. Each term without a goal is a problem: `short`, `mid`, `long`. When no goal
        is open at all there is one problem, `none`. Without an active plan the rule does not apply.

    Why it matters:
        Goals and tactics of all three terms keep this quarter's work and the way to where the customer shall be in
        years together (catalogue P09).

    Example:
        On 2025-02-28 the open goals of a plan are due on 2025-08-28 and 2025-08-29: the first is short-term and the
        second mid-term, so one problem, `long`.

    Fix:
        Add a goal for that term to the plan.
    """
    if not any(plan.active for plan in snapshot.plans):
        return NOT_APPLICABLE
    goals = sorted(_open_goals(snapshot), key=lambda goal: (goal.due_on or dt.date.max, goal.id))
    if not goals:
        return [
            Problem(
                key="none",
                title="The account plan has no open goal",
                why="A plan without goals says nothing of where the customer shall be.",
                action="Add a short-term, a mid-term and a long-term goal to the plan, each with a due date.",
                done_when="The plan has an open goal for each of the three terms.",
            )
        ]
    held = {_horizon(goal.due_on, context.today, params) for goal in goals if goal.due_on is not None}
    evidence = tuple(_of_goal(goal, f"due on {goal.due_on}" if goal.due_on else "no date") for goal in goals)
    return [
        Problem(
            key=horizon.value,
            title=f"The account plan has no open {horizon}-term goal",
            evidence=evidence[:MOST_EVIDENCE],
            why="Goals of all three terms tie the next weeks' work to where the customer shall be in years.",
            action=f"Add a {horizon}-term goal with a due date: {context.label('goal.due_on')}. Short-term is within "
            f"{params.short_months} months, mid-term within {params.mid_months}, long-term later.",
            done_when=f"An open goal is {horizon}-term by its due date.",
        )
        for horizon in Horizon
        if horizon not in held
    ]


@rule(
    code="KAM210",
    name="vague-goal",
    catalogue_id="P10",
    topic=Topic.PLAN,
    needs=("goals",),
    uses=tuple(name for names in SOURCES.values() for name in names),
    severity=Severity.LOW,
    params=VagueGoalParams,
    examples=examples.vague_goal,
)
def vague_goal(snapshot: AccountSnapshot, context: RuleContext, params: VagueGoalParams) -> RuleResult:
    """Flags each open goal that lacks a figure, an owner, a due date or actions.

    What it does:
        Looks at every open goal for a figure to reach (`metric`), an owner who is not deactivated (`owner`), a due date
        (`date`) and at least `actions` (1) actions that serve it, done ones included (`actions`). Each lack is a
        problem of its own, `goal:` followed by the id of the goal and the word. What cannot be known is left open. When
        no goal is open the rule does not apply.

    Why it matters:
        The more specific a goal and its tactics are, the likelier they are carried out (catalogue P10).

    Example:
        A goal “Win the second plant” has an owner and a date, but neither a figure nor an action: two problems.

    Fix:
        Give the goal what the task names.
    """
    goals = _open_goals(snapshot)
    if not goals:
        return NOT_APPLICABLE
    result: list[Problem | Unknown] = []
    for goal in goals:
        for lack, names in SOURCES.items():
            key = f"goal:{goal.id}:{lack}"
            unknown = next((name for name in names if not snapshot.knows(name)), None)
            if unknown is not None:
                result.append(Unknown(key=key, name=unknown))
            elif _lacks(goal, lack, snapshot, params):
                result.append(_vague(key, goal, lack, snapshot, context))
    return result


def _lacks(goal: PlanGoal, lack: Lack, snapshot: AccountSnapshot, params: VagueGoalParams) -> bool:
    match lack:
        case Lack.METRIC:
            return not goal.has_metric
        case Lack.OWNER:
            owner = snapshot.users.get(goal.owner_id or "")
            return not goal.owner_id or (owner is not None and not owner.active)
        case Lack.DATE:
            return goal.due_on is None
        case Lack.ACTIONS:
            return sum(action.goal_id == goal.id for action in snapshot.actions) < params.actions


def _vague(key: str, goal: PlanGoal, lack: Lack, snapshot: AccountSnapshot, context: RuleContext) -> Problem:
    ending, why, done_when = _WORDS[lack]
    owner = snapshot.users.get(goal.owner_id or "") if lack is Lack.OWNER else None
    gone = f"owner {person(owner.name, owner.id)} is deactivated" if owner is not None else ending
    return Problem(
        key=key,
        title=f"The goal {quoted(goal.name)} {ending}",
        evidence=(_of_goal(goal, gone),),
        why=why,
        action=f"Complete the goal: {context.label(SOURCES[lack][-1])}.",
        done_when=done_when,
    )


@rule(
    code="KAM215",
    name="unmeasured-goal",
    catalogue_id="P15",
    topic=Topic.PLAN,
    needs=("goals", "goal.has_metric", "goal.progress_on"),
    uses=("goal.start_on",),
    severity=Severity.LOW,
    params=UnmeasuredGoalParams,
    examples=examples.unmeasured_goal,
)
def unmeasured_goal(snapshot: AccountSnapshot, context: RuleContext, params: UnmeasuredGoalParams) -> RuleResult:
    """Flags each open goal whose figure nobody has updated for long.

    What it does:
        Looks at the open goals that have a figure to reach. When the figure reached was never updated, or was last
        updated more than `days` (60) ago, that is a problem, `goal:` followed by the id of the goal; exactly so many
        days is not. A goal that started fewer than so many days ago, or starts later, is left aside; one whose start is
        unknown or empty is not. When no goal has a figure the rule does not apply: that is for `vague-goal`.

    Why it matters:
        The degree to which goals are fulfilled tells in time whether the strategy works (catalogue P15).

    Example:
        A goal started on 2025-01-01, and its figure was last updated on 2025-02-01: a problem from 2025-04-03 on.

    Fix:
        Update the figure reached, even if it has not moved.
    """
    goals = [goal for goal in _open_goals(snapshot) if goal.has_metric]
    if not goals:
        return NOT_APPLICABLE
    limit = context.days_ago(params.days)
    knows_start = snapshot.knows("goal.start_on")
    return [
        Problem(
            key=f"goal:{goal.id}",
            title=f"How far the goal {quoted(goal.name)} is reached has not been updated"
            + (f" since {goal.progress_on}" if goal.progress_on else ""),
            evidence=(_of_goal(goal, f"last update {goal.progress_on or 'none'}"),),
            why="Whether the strategy works shows in time only where the degree of fulfilment is kept.",
            action=f"Update the figure reached: {context.label('goal.progress_on')}.",
            done_when="The figure was updated after that, or the goal is closed.",
        )
        for goal in goals
        if (goal.progress_on is None or goal.progress_on < limit)
        and not (knows_start and goal.start_on is not None and goal.start_on > limit)
    ]
