"""The way back from a low grade: where it stands, what to aim at first, when to talk, and whether that is in hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from kam_sync.dates import add_days, add_months
from kam_sync.records import Activity, Feedback, Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryStep:
    """What is to be done by a day."""

    by: dt.date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPlan:
    """How a low grade is lifted (catalogue, S2: a C is first to become a B-, over weeks).

    Args:
        latest: The feedback that holds the low grade.
        grade: That grade.
        first_target: What to aim at first.
        call_from: The first day of the week in which to talk with the customer: the day of the grade.
        call_by: The last day of it.
        steps: What to do by when, earliest first.
        target: The target that is recorded, if any.
        call: The next meeting or call that is agreed, if any.
        in_hand: Whether a target that is high enough is recorded and a meeting or call agreed.
    """

    latest: Feedback
    grade: Grade
    first_target: Grade
    call_from: dt.date
    call_by: dt.date
    steps: tuple[RecoveryStep, ...]
    target: Grade | None
    call: Activity | None
    in_hand: bool


def graded(
    feedback: Iterable[Feedback], today: dt.date, since: dt.date = dt.date.min
) -> tuple[tuple[Feedback, Grade], ...]:
    """Return the feedback that holds a grade, given from `since` to today, oldest first."""
    found = [(one, one.grade) for one in feedback if one.grade is not None and since <= one.on <= today]
    return tuple(sorted(found, key=lambda pair: (pair[0].on, pair[0].id)))


def latest_graded(feedback: Iterable[Feedback], today: dt.date) -> tuple[Feedback, Grade] | None:
    """Return the latest feedback that holds a grade with that grade, or None when there is none."""
    return next(reversed(graded(feedback, today)), None)


def is_worse(grade: Grade, least: Grade) -> bool:
    """Return whether a grade is worse than another; signs count: a B- is worse than a B."""
    return grade.rank > least.rank


def recovery_plan(
    feedback: Iterable[Feedback],
    today: dt.date,
    *,
    target: Grade | None = None,
    agreed: Iterable[Activity] = (),
    least_grade: Grade = Grade.B,
    first_target: Grade = Grade.B_MINUS,
    days: int = 7,
) -> RecoveryPlan | None:
    """Return the plan for the latest grade, or None when that is good enough or there is none.

    Args:
        feedback: What the customer thinks of us.
        today: The day in the org's time zone; later feedback does not count.
        target: The first target that is recorded.
        agreed: Meetings and calls that somebody of ours is to hold; the first from today on is the agreed one.
        least_grade: The least grade that is good enough.
        first_target: What to aim at first where the grade is worse than that, else `least_grade`; a recorded target
            counts from here on.
        days: Within so many days from the grade the customer is to be called.
    """
    found = latest_graded(feedback, today)
    if found is None or not is_worse(found[1], least_grade):
        return None
    latest, grade = found
    aim = first_target if is_worse(grade, first_target) else least_grade
    coming = [one for one in agreed if one.on is not None and one.on >= today]
    call = min(coming, key=lambda one: (one.on or today, one.id), default=None)
    call_by = add_days(latest.on, days)
    return RecoveryPlan(
        latest=latest,
        grade=grade,
        first_target=aim,
        call_from=latest.on,
        call_by=call_by,
        steps=(
            RecoveryStep(by=latest.on, what="Listen: ask why the grade was given, and record it"),
            RecoveryStep(by=call_by, what="Call: agree with the customer what lifts the grade, and by when"),
            RecoveryStep(by=add_months(latest.on, 1), what=f"Ask for the grade again; aim at {aim}"),
            RecoveryStep(by=add_months(latest.on, 3), what=f"Ask for the grade again; aim at {least_grade} or better"),
        ),
        target=target,
        call=call,
        in_hand=target is not None and not is_worse(target, first_target) and call is not None,
    )
