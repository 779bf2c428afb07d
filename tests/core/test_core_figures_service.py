"""The figures of service and process: a tender's way back, a grade's recovery, and health as counts."""

from __future__ import annotations

import datetime as dt

import pytest

from kam_sync.dates import BusinessCalendar
from kam_sync.figures.health import account_health
from kam_sync.figures.recovery import graded, is_worse, latest_graded, recovery_plan
from kam_sync.figures.tender import MONTHS_AHEAD, STEPS, back_plan, preparation_begins
from kam_sync.records import Activity, ActivityKind, ActivityStatus, Feedback, Grade
from kam_sync.severity import Severity

TODAY = dt.date(2025, 6, 16)
FREE_FRIDAY = BusinessCalendar(weekend=frozenset({4, 5}))


def answer(on: dt.date, grade: Grade | None, slug: str = "F1") -> Feedback:
    return Feedback(id=slug, account_ids=("A1",), on=on, grade=grade)


def call(on: dt.date | None, slug: str = "T1") -> Activity:
    return Activity(
        id=slug, account_ids=("A1",), kind=ActivityKind.CALL, status=ActivityStatus.OPEN, on=on, owner_id="noor"
    )


# -- tender -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender_on", "begin"),
    [
        (dt.date(2025, 11, 30), dt.date(2025, 2, 28)),
        (dt.date(2024, 11, 30), dt.date(2024, 2, 29)),
        (dt.date(2025, 1, 31), dt.date(2024, 4, 30)),
        (dt.date(2025, 10, 1), dt.date(2025, 1, 1)),
    ],
)
def test_preparation_begins_nine_calendar_months_before(tender_on: dt.date, begin: dt.date) -> None:
    assert preparation_begins(tender_on) == begin
    assert back_plan(tender_on, BusinessCalendar())[0].on == begin


def test_another_number_of_months() -> None:
    assert preparation_begins(dt.date(2025, 3, 31), 1) == dt.date(2025, 2, 28)


def test_the_way_back_is_in_order_and_each_step_has_its_source() -> None:
    plan = back_plan(dt.date(2025, 12, 31), BusinessCalendar())
    assert [milestone.on for milestone in plan] == [
        dt.date(2025, 3, 31),
        dt.date(2025, 4, 30),
        dt.date(2025, 5, 31),
        dt.date(2025, 7, 31),
        dt.date(2025, 8, 31),
        dt.date(2025, 9, 30),
        dt.date(2025, 10, 31),
        dt.date(2025, 11, 30),
        dt.date(2026, 1, 1),
    ]
    assert all(milestone.step.idea.startswith("S1: ") and milestone.step.what for milestone in plan)
    assert STEPS[0].months_before == MONTHS_AHEAD
    said = " ".join(step.what for step in STEPS)
    assert all(word in said for word in ("needs", "success", "every participant", "references", "Draft"))


def test_the_call_after_it_is_on_a_working_day_of_the_org() -> None:
    thursday = dt.date(2025, 6, 12)
    assert back_plan(thursday, BusinessCalendar())[-1].on == dt.date(2025, 6, 13)
    assert back_plan(thursday, FREE_FRIDAY)[-1].on == dt.date(2025, 6, 15)
    holiday = BusinessCalendar(holidays=frozenset({dt.date(2025, 6, 13)}))
    assert back_plan(thursday, holiday)[-1].on == dt.date(2025, 6, 16)


def test_a_mistyped_year_does_not_break_the_way_back() -> None:
    assert back_plan(dt.date.min, BusinessCalendar())[0].on == dt.date.min
    assert back_plan(dt.date.max, BusinessCalendar())[-1].on == dt.date.max


# -- recovery ---------------------------------------------------------------------------------------------------------


def test_the_latest_grade_is_the_last_one_up_to_today() -> None:
    given = [
        answer(TODAY + dt.timedelta(days=1), Grade.F, "later"),
        answer(TODAY, None, "bare"),
        answer(dt.date(2025, 6, 1), Grade.C, "second"),
        answer(dt.date(2025, 5, 1), Grade.A, "first"),
        answer(dt.date(2025, 6, 1), Grade.B, "same day"),
    ]
    found = latest_graded(given, TODAY)
    assert found is not None
    assert (found[0].id, found[1]) == ("second", Grade.C)
    assert [one.id for one, _ in graded(given, TODAY)] == ["first", "same day", "second"]
    assert [one.id for one, _ in graded(given, TODAY, dt.date(2025, 6, 1))] == ["same day", "second"]
    assert latest_graded([answer(TODAY, None)], TODAY) is None


def test_signs_count() -> None:
    assert is_worse(Grade.B_MINUS, Grade.B)
    assert not is_worse(Grade.B, Grade.B)
    assert not is_worse(Grade.B_PLUS, Grade.B)


def test_the_plan_for_a_c() -> None:
    given = dt.date(2025, 1, 31)
    plan = recovery_plan([answer(given, Grade.C)], TODAY)
    assert plan is not None
    assert (plan.grade, plan.first_target, plan.target, plan.call) == (Grade.C, Grade.B_MINUS, None, None)
    assert (plan.call_from, plan.call_by) == (given, dt.date(2025, 2, 7))
    assert [step.by for step in plan.steps] == [
        given,
        dt.date(2025, 2, 7),
        dt.date(2025, 2, 28),
        dt.date(2025, 4, 30),
    ]
    assert "B-" in plan.steps[2].what
    assert not plan.in_hand


@pytest.mark.parametrize("grade", [grade for grade in Grade if grade.rank > Grade.B.rank])
def test_the_first_target_is_better_than_the_grade(grade: Grade) -> None:
    plan = recovery_plan([answer(TODAY, grade)], TODAY)
    assert plan is not None
    assert plan.first_target is (Grade.B if grade is Grade.B_MINUS else Grade.B_MINUS)
    assert is_worse(grade, plan.first_target)


@pytest.mark.parametrize("grade", [grade for grade in Grade if grade.rank <= Grade.B.rank])
def test_a_good_grade_needs_no_plan(grade: Grade) -> None:
    assert recovery_plan([answer(TODAY, grade)], TODAY) is None
    assert recovery_plan([], TODAY) is None


@pytest.mark.parametrize(
    ("target", "day", "in_hand"),
    [
        (Grade.B_MINUS, 0, True),
        (Grade.A, 0, True),
        (Grade.B_MINUS, 30, True),
        (Grade.C_PLUS, 0, False),
        (None, 0, False),
        (Grade.B_MINUS, -1, False),
        (Grade.B_MINUS, None, False),
    ],
)
def test_in_hand_takes_a_target_and_a_dated_call(target: Grade | None, day: int | None, in_hand: bool) -> None:
    agreed = [call(None if day is None else TODAY + dt.timedelta(days=day))]
    plan = recovery_plan([answer(TODAY, Grade.C)], TODAY, target=target, agreed=agreed)
    assert plan is not None
    assert plan.in_hand is in_hand


def test_the_next_call_is_the_agreed_one() -> None:
    agreed = [call(dt.date(2025, 7, 1), "late"), call(dt.date(2025, 6, 20), "next"), call(dt.date(2025, 6, 1), "past")]
    plan = recovery_plan([answer(TODAY, Grade.D)], TODAY, agreed=agreed)
    assert plan is not None
    assert plan.call is not None
    assert plan.call.id == "next"


def test_both_grades_can_be_set() -> None:
    plan = recovery_plan(
        [answer(TODAY, Grade.B_PLUS)],
        TODAY,
        target=Grade.B,
        agreed=[call(TODAY)],
        least_grade=Grade.A_MINUS,
        first_target=Grade.B,
        days=3,
    )
    assert plan is not None
    assert (plan.first_target, plan.in_hand) == (Grade.A_MINUS, True)
    assert plan.call_by == TODAY + dt.timedelta(days=3)


# -- health -----------------------------------------------------------------------------------------------------------


def test_health_counts_findings_by_area_and_severity() -> None:
    health = account_health(
        [
            ("service", Severity.HIGH),
            ("plan", Severity.LOW),
            ("service", Severity.INFO),
            ("service", Severity.HIGH),
        ]
    )
    plan, service = health.areas
    assert (plan.topic, plan.open, plan.worst) == ("plan", 1, Severity.LOW)
    assert (service.topic, dict(service.counts)) == ("service", {Severity.HIGH: 2, Severity.INFO: 1})
    assert list(service.counts) == [Severity.HIGH, Severity.INFO]
    assert (health.open, health.worst) == (4, Severity.HIGH)


def test_areas_are_shown_in_order_even_when_nothing_is_open() -> None:
    health = account_health([("growth", Severity.LOW), ("aid", Severity.LOW)], ["roles", "growth", "roles"])
    assert [area.topic for area in health.areas] == ["roles", "growth", "aid"]
    assert (health.areas[0].open, health.areas[0].worst) == (0, None)


def test_a_healthy_account() -> None:
    assert (account_health([]).open, account_health([]).worst) == (0, None)
