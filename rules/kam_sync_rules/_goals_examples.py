"""Examples of the rules in `goals`: cases that flag, that are clean, that are unknown, and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kam_sync.records import AccountSnapshot, PlanAction, PlanGoal
from kam_sync.rules_api import Example
from kam_sync_rules._account_builders import goal, not_known, without
from kam_sync_rules._examples import ago, company, now, on, plan

ALL_LACKS = ("goal:G1:actions", "goal:G1:date", "goal:G1:metric", "goal:G1:owner")


def _planned(*goals: PlanGoal) -> AccountSnapshot:
    return replace(company(plans=[plan()]), known_goals=goals)


def _acted(*goals: PlanGoal, of: Sequence[str] = ("G1",), is_open: bool = True) -> AccountSnapshot:
    actions = tuple(
        PlanAction(id=f"X{number}", account_id="A1", name="Besuch im Werk", goal_id=goal_id, is_open=is_open)
        for number, goal_id in enumerate(of)
    )
    return replace(_planned(*goals), known_actions=actions)


def missing_goal_horizon() -> Sequence[Example]:
    """Return the examples of KAM209."""
    short, mid, long = goal("G1", ago(-30)), goal("G2", ago(-300)), goal("G3", ago(-900))
    ends = (goal("G1", dt.date(2025, 8, 28)), goal("G2", dt.date(2025, 8, 29)))
    leap = (goal("G1", dt.date(2024, 8, 29)), goal("G2", dt.date(2025, 8, 29)), goal("G3", dt.date(2025, 8, 30)))
    return (
        Example(title="no goal is long-term", snapshot=_planned(short, mid), context=now(), expected=("long",)),
        Example(title="only a long-term goal", snapshot=_planned(long), context=now(), expected=("short", "mid")),
        Example(title="there is no goal at all", snapshot=_planned(), context=now(), expected=("none",)),
        Example(
            title="every goal is closed",
            snapshot=_planned(*(replace(goal, is_open=False) for goal in (short, mid, long))),
            context=now(),
            expected=("none",),
        ),
        Example(
            title="a goal without a date is in no term",
            snapshot=_planned(goal("G1"), mid, long),
            context=now(),
            expected=("short",),
        ),
        Example(
            title="six months from the end of February and the day after",
            snapshot=_planned(*ends),
            context=on(2025, 2, 28),
            expected=("long",),
        ),
        Example(
            title="nothing is long-term before five years by the policy",
            snapshot=_planned(short, mid, long),
            context=now(),
            params={"short_months": 12, "mid_months": 60},
            expected=("long",),
        ),
        Example(title="a goal for each term", snapshot=_planned(short, mid, long), context=now()),
        Example(
            title="an overdue goal is a short-term one",
            snapshot=_planned(goal("G1", ago(5)), mid, long),
            context=now(),
        ),
        Example(
            title="exactly six and eighteen months from a leap day, and a day later",
            snapshot=_planned(*leap),
            context=on(2024, 2, 29),
        ),
        Example(
            title="there is no active plan",
            snapshot=replace(company(plans=[plan(active=False)]), known_goals=(short,)),
            context=now(),
            not_applicable=True,
        ),
        *not_known(("plans", "goals", "goal.due_on"), _planned(short)),
    )


def vague_goal() -> Sequence[Example]:
    """Return the examples of KAM210."""
    whole = goal("G1", ago(-30))
    bare = goal("G1", owner=None, has_metric=False)
    return (
        Example(title="a goal that has nothing", snapshot=_planned(bare), context=now(), expected=ALL_LACKS),
        Example(
            title="the owner left",
            snapshot=_acted(replace(whole, owner_id="gone")),
            context=now(),
            expected=("goal:G1:owner",),
        ),
        Example(
            title="the action serves another goal",
            snapshot=_acted(whole, of=["G2"]),
            context=now(),
            expected=("goal:G1:actions",),
        ),
        Example(
            title="two actions by the policy",
            snapshot=_acted(whole),
            context=now(),
            params={"actions": 2},
            expected=("goal:G1:actions",),
        ),
        Example(
            title="what is known is judged beside what is not",
            snapshot=without(_acted(bare), "goal.has_metric"),
            context=now(),
            expected=("goal:G1:date", "goal:G1:owner"),
        ),
        Example(title="a goal that has all it takes", snapshot=_acted(whole), context=now()),
        Example(title="its action is done", snapshot=_acted(whole, is_open=False), context=now()),
        Example(
            title="the owner is not among the users, which proves nothing",
            snapshot=_acted(replace(whole, owner_id="stranger")),
            context=now(),
        ),
        Example(
            title="a closed goal needs nothing",
            snapshot=_planned(replace(bare, is_open=False)),
            context=now(),
            not_applicable=True,
        ),
        *not_known(("goals",), _planned(bare)),
        *not_known(("goal.has_metric",), _acted(replace(whole, has_metric=False))),
        *not_known(("goal.owner_id",), _acted(replace(whole, owner_id=None))),
        *not_known(("goal.due_on",), _acted(replace(whole, due_on=None))),
        *not_known(("actions", "action.goal_id"), _planned(whole)),
    )


def unmeasured_goal() -> Sequence[Example]:
    """Return the examples of KAM215."""
    never = goal("G1")
    february = goal("G1", start_on=dt.date(2025, 1, 1), progress_on=dt.date(2025, 2, 1))
    leap = goal("G1", progress_on=dt.date(2024, 2, 29))
    return (
        Example(title="it was never updated", snapshot=_planned(never), context=now(), expected=("goal:G1",)),
        Example(
            title="61 days after the last update",
            snapshot=_planned(february),
            context=on(2025, 4, 3),
            expected=("goal:G1",),
        ),
        Example(
            title="61 days after a leap day",
            snapshot=_planned(leap),
            context=on(2024, 4, 30),
            expected=("goal:G1",),
        ),
        Example(
            title="it started exactly 60 days ago",
            snapshot=_planned(replace(never, start_on=ago(60))),
            context=now(),
            expected=("goal:G1",),
        ),
        Example(
            title="when it started is not known",
            snapshot=without(_planned(never), "goal.start_on"),
            context=now(),
            expected=("goal:G1",),
        ),
        Example(
            title="once in two weeks by the policy",
            snapshot=_planned(replace(never, progress_on=ago(15))),
            context=now(),
            params={"days": 14},
            expected=("goal:G1",),
        ),
        Example(title="exactly 60 days after the last update", snapshot=_planned(february), context=on(2025, 4, 2)),
        Example(
            title="it started 59 days ago",
            snapshot=_planned(replace(never, start_on=ago(59))),
            context=now(),
        ),
        Example(title="it starts next month", snapshot=_planned(replace(never, start_on=ago(-30))), context=now()),
        Example(
            title="goals without a figure and closed goals",
            snapshot=_planned(goal("G1", has_metric=False), goal("G2", is_open=False)),
            context=now(),
            not_applicable=True,
        ),
        *not_known(("goals", "goal.has_metric", "goal.progress_on"), _planned(never)),
    )
