"""The service family: severities, what is in hand, what covers what, and boundaries that examples do not show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kam_sync.engine import FindingState
from kam_sync.records import AccountSnapshot, Activity, Grade, Purpose, RecordKind
from kam_sync.rules_api import NotApplicable, Problem, Rule, Unknown
from kam_sync.severity import Severity
from kam_sync_rules import feedback, service
from kam_sync_rules._customer_builders import CUSTOMER, about, answer, complaint, customer, meant, sale
from kam_sync_rules._examples import ago, call, meeting, now, task
from rules.portfolio_snapshots import judged

TARGET = replace(CUSTOMER, recovery_target=Grade.B_MINUS)


def said(rule: Rule, snapshot: AccountSnapshot) -> Sequence[Problem | Unknown]:
    result = rule.check(snapshot, now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return tuple(result)


def problem(rule: Rule, snapshot: AccountSnapshot) -> Problem:
    (found,) = said(rule, snapshot)
    assert isinstance(found, Problem)
    return found


@pytest.mark.parametrize("grade", list(Grade))
def test_every_grade_has_its_severity(grade: Grade) -> None:
    found = said(feedback.low_grade, customer(feedback=[answer(ago(1), grade)]))
    severities = [one.severity for one in found if isinstance(one, Problem)]
    if grade.rank <= Grade.B.rank:
        assert severities == []
    else:
        assert severities == [Severity.CRITICAL if grade.letter in "DF" else None]
    assert feedback.low_grade.severity is Severity.HIGH


@pytest.mark.parametrize("grade", [Grade.B_MINUS, Grade.C, Grade.D, Grade.F])
@pytest.mark.parametrize("agreed", [call(ago(0), done=False), meeting(ago(-40))])
def test_a_target_and_a_dated_call_are_in_hand(grade: Grade, agreed: Activity) -> None:
    snapshot = customer(TARGET, feedback=[answer(ago(1), grade)], activities=[agreed])
    found = problem(feedback.low_grade, snapshot)
    assert found.severity is Severity.INFO
    assert (RecordKind.ACTIVITY, agreed.id) in [evidence.record for evidence in found.evidence]


@pytest.mark.parametrize(
    "agreed",
    [
        task(ago(-3)),
        call(ago(1), done=False),
        call(ago(-3), None, done=False),
        call(ago(-3), "gone", done=False),
        replace(call(ago(-3), done=False), our_key="ours"),
    ],
)
def test_tasks_past_calls_ownerless_ones_and_our_own_are_not_in_hand(agreed: Activity) -> None:
    snapshot = customer(TARGET, feedback=[answer(ago(1), Grade.C)], activities=[agreed])
    assert problem(feedback.low_grade, snapshot).severity is None


def test_a_target_below_b_minus_is_not_in_hand() -> None:
    account = replace(CUSTOMER, recovery_target=Grade.C_PLUS)
    snapshot = customer(account, feedback=[answer(ago(1), Grade.C)], activities=[meeting(ago(-3))])
    assert problem(feedback.low_grade, snapshot).severity is None


@pytest.mark.parametrize("name", ["account.recovery_target", "activities"])
def test_what_is_unknown_only_leaves_it_as_severe_as_it_is(name: str) -> None:
    snapshot = customer(TARGET, feedback=[answer(ago(1), Grade.C)], activities=[meeting(ago(-3))], unknown=[name])
    assert problem(feedback.low_grade, snapshot).severity is None


def test_the_low_grade_speaks_for_the_missing_call() -> None:
    rules = [feedback.low_grade, feedback.missing_recovery_call]
    findings = judged(customer(feedback=[answer(ago(9), Grade.C)]), rules, ago(0)).findings
    states = {finding.code: finding.state for finding in findings}
    assert states == {"KAM602": FindingState.ACTIVE, "KAM603": FindingState.INHIBITED}


@pytest.mark.parametrize(
    ("grades", "shown"),
    [
        ([Grade.A, Grade.A_MINUS, Grade.B_PLUS], ("A", "B+")),
        ([Grade.F, Grade.A_PLUS, Grade.C], ("A+", "C")),
        ([Grade.A, Grade.A, Grade.B], None),
        ([Grade.B, Grade.A, Grade.B], None),
        ([Grade.D, Grade.F], None),
        ([Grade.B, Grade.D], ("B", "D")),
    ],
)
def test_what_is_a_fall(grades: list[Grade], shown: tuple[str, str] | None) -> None:
    given = [answer(ago(90 - 30 * n), grade) for n, grade in enumerate(grades)]
    found = said(feedback.falling_grade, customer(feedback=given))
    if shown is None:
        assert found == ()
    else:
        (fall,) = found
        assert isinstance(fall, Problem)
        assert fall.title == f"The grade of the customer fell from {shown[0]} to {shown[1]}"


def test_feedback_without_a_grade_does_not_break_a_fall() -> None:
    given = [answer(ago(90), Grade.A), answer(ago(60), None), answer(ago(30), Grade.B), answer(ago(1), Grade.C)]
    assert len(said(feedback.falling_grade, customer(feedback=given))) == 1


@pytest.mark.parametrize(("days", "flagged"), [(60, False), (61, True), (365, True), (366, False)])
def test_when_a_reference_is_asked_for(days: int, flagged: bool) -> None:
    snapshot = customer(feedback=[answer(ago(1))], opportunities=[sale(is_won=True, delivered_on=ago(days))])
    assert bool(said(service.unasked_reference, snapshot)) is flagged


def test_of_two_deliveries_on_a_day_one_is_taken_whatever_their_order() -> None:
    deals = [sale("D1", is_won=True, delivered_on=ago(90)), sale("D2", is_won=True, delivered_on=ago(90))]
    for order in (deals, deals[::-1]):
        snapshot = customer(feedback=[answer(ago(1))], opportunities=order)
        assert problem(service.unasked_reference, snapshot).key == "opportunity:D2"


@pytest.mark.parametrize(
    ("days", "urgent", "flagged"), [(2, True, False), (3, True, True), (14, False, False), (15, False, True)]
)
def test_how_long_a_complaint_may_be_open(days: int, urgent: bool, flagged: bool) -> None:
    snapshot = customer(cases=[complaint(ago(days), urgent=urgent)])
    assert bool(said(service.open_complaint, snapshot)) is flagged


@pytest.mark.parametrize(("days", "answers"), [(2, 0), (3, 1), (14, 1)])
def test_without_known_urgency_a_middle_aged_complaint_is_left_open(days: int, answers: int) -> None:
    snapshot = customer(cases=[complaint(ago(days), urgent=True)], unknown=["case.is_high_priority"])
    unknown = Unknown(key="case:K1", name="case.is_high_priority")
    assert list(said(service.open_complaint, snapshot)) == [unknown] * answers


def test_a_review_on_an_opportunity_or_by_call_counts_and_ours_does_not() -> None:
    top = replace(CUSTOMER, tier="A")
    held = meant(call(ago(100)), Purpose.BUSINESS_REVIEW)
    assert said(service.missing_business_review, customer(top, activities=[about(held, "D1")])) == ()
    ours = replace(held, our_key="ours")
    assert len(said(service.missing_business_review, customer(top, activities=[ours]))) == 1


def test_the_day_of_the_grade_counts_for_the_call_and_the_day_before_does_not() -> None:
    for days, flagged in ((9, False), (10, True)):
        snapshot = customer(feedback=[answer(ago(9), Grade.C)], activities=[call(ago(days))])
        assert bool(said(feedback.missing_recovery_call, snapshot)) is flagged


def test_dates_of_other_years_break_nothing() -> None:
    for day in (dt.date.min, dt.date.max):
        snapshot = customer(
            replace(TARGET, tier="A", reference_requested_on=day, created_on=day),
            feedback=[answer(day, Grade.C)],
            cases=[complaint(day)],
            opportunities=[sale(is_won=True, delivered_on=day, close_on=day)],
            activities=[meeting(day)],
        )
        rules = (feedback.overdue_feedback, feedback.low_grade, feedback.missing_recovery_call, feedback.falling_grade)
        others = (service.unasked_reference, service.open_complaint, service.missing_business_review)
        for rule in (*rules, *others):
            rule.check(snapshot, now(), rule.params_model())
