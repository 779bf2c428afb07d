"""The family of feedback: customers are asked for a grade and its reason, and a low or falling grade is acted upon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.figures.recovery import RecoveryPlan, graded, is_worse, latest_graded, recovery_plan
from kam_sync.records import AccountSnapshot, Activity, Feedback, Grade, RecordKind
from kam_sync.rules_api import NOT_APPLICABLE, Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, rule
from kam_sync.severity import Severity
from kam_sync_rules import _feedback_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._activities import happened, is_interaction, is_next_step, peoples_activities
from kam_sync_rules._inhibition import covering
from kam_sync_rules._text import quoted


class OverdueFeedbackParams(RuleParams):
    """Parameters of `overdue-feedback`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 95
    """So many days after one answer the next is due: a quarter and a little."""


class LowGradeParams(RuleParams):
    """Parameters of `low-grade`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least_grade: Grade = Grade.B
    """The least grade that is good enough; keep it equal to `least_grade` of KAM603."""

    first_target: Grade = Grade.B_MINUS
    """A recorded recovery target counts from this grade on."""


class MissingRecoveryCallParams(RuleParams):
    """Parameters of `missing-recovery-call`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least_grade: Grade = Grade.B
    """The least grade that needs no call; keep it equal to `least_grade` of KAM602."""

    days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after a low grade the call may still be missing."""


class FallingGradeParams(RuleParams):
    """Parameters of `falling-grade`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=120)] = 24
    """Grades older than so many calendar months do not count."""

    drops: Annotated[int, Field(ge=1, le=12)] = 2
    """So many drops one after the other are a fall."""

    letters: Annotated[int, Field(ge=1, le=4)] = 2
    """A single drop by so many letters is one too."""


class GradeWithoutReasonParams(RuleParams):
    """Parameters of `grade-without-reason`; it has none."""


def _given(feedback: Feedback, grade: Grade) -> Evidence:
    """Name a grade by its own date, which stays the same whatever day it is."""
    return Evidence(text=f"Grade {grade}, given on {feedback.on}", record=(RecordKind.FEEDBACK, feedback.id))


def _agreed(snapshot: AccountSnapshot, context: RuleContext) -> Sequence[Activity]:
    """Return the meetings and calls that somebody of ours is to hold from today on."""
    return [
        activity
        for activity in peoples_activities(snapshot)
        if is_interaction(activity) and is_next_step(activity, snapshot, context.today, 0)
    ]


@rule(
    code="KAM601",
    name="overdue-feedback",
    catalogue_id="V01",
    topic=Topic.SERVICE,
    needs=("feedback",),
    uses=("account.created_on", "account.key_since"),
    severity=Severity.MEDIUM,
    params=OverdueFeedbackParams,
    examples=examples.overdue_feedback,
)
def overdue_feedback(snapshot: AccountSnapshot, context: RuleContext, params: OverdueFeedbackParams) -> RuleResult:
    """Flags a key account that has not been asked how content it is for too long.

    What it does:
        Takes the latest feedback up to today, graded or not. It is overdue when it was given more than `days` (95) ago,
        or when there is none. An account that has been a key account for less than `days` cannot have been neglected
        for so long: there the rule does not apply. One whose age is unknown counts as old.

    Why it matters:
        A grade every month or quarter shows discontent while it can still be mended; silence shows it when the
        customer goes (catalogue V01; S2 asks for a grade monthly or quarterly).

    Example:
        The last feedback is of 2025-01-10: that is a problem from 2025-04-16 on, and not before.

    Fix:
        Ask the customer for a grade from A to F and for its reason, and record both.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    last = max((one for one in snapshot.feedback if one.on <= context.today), key=lambda one: one.on, default=None)
    if last is not None and last.on >= context.days_ago(params.days):
        return ()
    evidence = () if last is None else (Evidence(text=f"Given on {last.on}", record=(RecordKind.FEEDBACK, last.id)),)
    since = f"The last feedback of the customer is of {last.on}" if last else "The customer has never given feedback"
    return [
        Problem(
            title=since,
            evidence=evidence or (Evidence(text="No feedback is recorded on this account"),),
            why="A grade every quarter shows discontent while it can still be mended.",
            action="Ask the customer for a grade from A to F and why, and record both.",
            done_when="Feedback of the last quarter is recorded.",
        )
    ]


@rule(
    code="KAM602",
    name="low-grade",
    catalogue_id="V02",
    topic=Topic.SERVICE,
    needs=("feedback", "feedback.grade"),
    uses=("account.recovery_target", "activities"),
    severity=Severity.HIGH,
    params=LowGradeParams,
    examples=examples.low_grade,
)
def low_grade(snapshot: AccountSnapshot, context: RuleContext, params: LowGradeParams) -> RuleResult:
    """Flags a customer whose latest grade is below B.

    What it does:
        Takes the latest feedback up to today that holds a grade. A grade worse than `least_grade` (B) is a high
        problem; signs count, so a B- is one. A D or an F is critical. The problem is in hand, and only information,
        when the recorded recovery target is `first_target` (B-) or better and somebody of ours is to meet or call the
        customer today or later. A target or activities that cannot be known leave it as severe as it is. It stands for
        `missing-recovery-call` too, since its task asks for the call.

    Why it matters:
        What is below B is in effect an F: the customer is looking around already (catalogue V02; S2).

    Example:
        The latest grade is a C: a high problem. Once a target of B- and a call on a date ahead are recorded, it is
        only information, until the next grade.

    Fix:
        Ask for the reason, agree a dated call, and record the first target in the field that the task names.
    """
    knows_target, knows_calls = snapshot.knows("account.recovery_target"), snapshot.knows("activities")
    plan = recovery_plan(
        snapshot.feedback,
        context.today,
        target=snapshot.account.recovery_target if knows_target else None,
        agreed=_agreed(snapshot, context) if knows_calls else (),
        least_grade=params.least_grade,
        first_target=params.first_target,
    )
    if plan is None:
        return ()
    field = f" in {context.label('account.recovery_target')}" if knows_target else ""
    return [
        Problem(
            title=f"The latest grade of the customer is {plan.grade}",
            evidence=_standing(plan, knows_target=knows_target, knows_calls=knows_calls),
            why="What is below B is in effect an F: such a customer is looking around already.",
            action=f"Listen and ask why; agree a dated call; record {plan.first_target} as the first target{field}. "
            "A grade is built over weeks: do not promise an A+ within days.",
            done_when=f"The customer's latest grade is {params.least_grade} or better.",
            severity=_severity(plan),
            covers=covering("KAM602", ("KAM603", "*")),
        )
    ]


def _severity(plan: RecoveryPlan) -> Severity | None:
    if plan.in_hand:
        return Severity.INFO
    return Severity.CRITICAL if plan.grade.letter in {"D", "F"} else None


def _standing(plan: RecoveryPlan, *, knows_target: bool, knows_calls: bool) -> tuple[Evidence, ...]:
    """Say the grade and what is known of its recovery."""
    evidence = [_given(plan.latest, plan.grade)]
    if knows_target:
        evidence.append(Evidence(text=f"Recovery target: {plan.target or 'none'}"))
    if plan.call is not None:
        text = f"Agreed: {plan.call.kind} {quoted(plan.call.subject)} on {plan.call.on}"
        evidence.append(Evidence(text=text, record=(RecordKind.ACTIVITY, plan.call.id)))
    elif knows_calls:
        evidence.append(Evidence(text="No meeting or call is agreed"))
    return tuple(evidence)


@rule(
    code="KAM603",
    name="missing-recovery-call",
    catalogue_id="V03",
    topic=Topic.SERVICE,
    needs=("feedback", "feedback.grade", "activities"),
    severity=Severity.HIGH,
    params=MissingRecoveryCallParams,
    examples=examples.missing_recovery_call,
)
def missing_recovery_call(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingRecoveryCallParams
) -> RuleResult:
    """Flags a low grade after which nobody talked with the customer.

    What it does:
        Takes the latest feedback up to today that holds a grade. When it is worse than `least_grade` (B) and was given
        more than `days` (7) ago, a meeting or call must have taken place since (on the day of the grade or later), or
        be planned for today or later by somebody who is not deactivated.

    Why it matters:
        A customer who said that something is wrong and hears nothing has learnt what we make of it (catalogue V03; S2:
        agree in which week to call).

    Example:
        A C was given on 2025-05-05, and the last call with the customer is of April: a problem from 2025-05-13 on.

    Fix:
        Book the recovery call, and agree there with the customer what lifts the grade.
    """
    found = latest_graded(snapshot.feedback, context.today)
    if found is None:
        return ()
    feedback, grade = found
    if not is_worse(grade, params.least_grade) or feedback.on >= context.days_ago(params.days):
        return ()
    if any(map(is_interaction, happened(snapshot, context.today, feedback.on))) or _agreed(snapshot, context):
        return ()
    return [
        Problem(
            title=f"Nobody has talked with the customer since it gave us the grade {grade}",
            evidence=(_given(feedback, grade), Evidence(text="No meeting or call since, and none is planned")),
            why="Who says that something is wrong and hears nothing has learnt what we make of it.",
            action="Book the recovery call, and agree with the customer what lifts the grade.",
            done_when="A meeting or call after the grade has taken place or is planned.",
        )
    ]


@rule(
    code="KAM604",
    name="falling-grade",
    catalogue_id="V04",
    topic=Topic.SERVICE,
    needs=("feedback", "feedback.grade", "feedback.history"),
    severity=Severity.MEDIUM,
    params=FallingGradeParams,
    examples=examples.falling_grade,
)
def falling_grade(snapshot: AccountSnapshot, context: RuleContext, params: FallingGradeParams) -> RuleResult:
    """Flags a customer whose grade falls.

    What it does:
        Takes the grades of the last `months` (24) calendar months. They fall when each of the last `drops` (2) steps
        from one grade to the next went down, if only by a sign, or when the very last one went down by `letters` (2) or
        more. There is no E: from C to F are two letters.

    Why it matters:
        A grade is built over weeks and months; a slope tells of a cause that one event does not explain (catalogue
        V04; S2).

    Example:
        An A in January, a B+ in April and a B in July: the grade falls, although B is still good enough.

    Fix:
        Find the cause over the whole time, not in the last event; when the next grade is no lower, the problem is gone.
    """
    grades = graded(snapshot.feedback, context.today, context.months_ago(params.months))
    last = grades[-params.drops - 1 :]
    steps = [is_worse(last[n][1], last[n - 1][1]) for n in range(1, len(last))]
    sunk = grades[-2:]
    letters = sunk[-1][1].letters_below_a - sunk[0][1].letters_below_a if len(sunk) > 1 else 0
    slope = len(steps) == params.drops and all(steps)
    if not slope and letters < params.letters:
        return ()
    shown = last if slope else sunk
    return [
        Problem(
            title=f"The grade of the customer fell from {shown[0][1]} to {shown[-1][1]}",
            evidence=tuple(_given(feedback, grade) for feedback, grade in shown[-5:]),
            why="A slope tells of a cause that no single event explains.",
            action="Find out with the customer what changed over the whole time, not only what happened last.",
            done_when="The next grade is no lower than the latest one.",
        )
    ]


@rule(
    code="KAM606",
    name="grade-without-reason",
    catalogue_id="V06",
    topic=Topic.SERVICE,
    needs=("feedback", "feedback.grade", "feedback.has_reason"),
    severity=Severity.LOW,
    params=GradeWithoutReasonParams,
    examples=examples.grade_without_reason,
)
def grade_without_reason(
    snapshot: AccountSnapshot, context: RuleContext, params: GradeWithoutReasonParams
) -> RuleResult:
    """Flags a latest grade for which no reason is recorded.

    What it does:
        Takes the latest feedback up to today that holds a grade, and looks whether it says why. Earlier grades are
        not judged: nobody remembers their reasons.

    Why it matters:
        A letter alone tells nobody what to keep and what to change (catalogue V06; S2: ask why).

    Example:
        On 2025-05-05 the customer gave a B, and the field for the reason is empty.

    Fix:
        Ask the customer why, and fill in the field that the task names.
    """
    found = latest_graded(snapshot.feedback, context.today)
    if found is None or found[0].has_reason:
        return ()
    return [
        Problem(
            title=f"Nobody knows why the customer's latest grade is {found[1]}",
            evidence=(_given(*found),),
            why="A letter alone tells nobody what to keep and what to change.",
            action=f"Ask the customer why, and fill in {context.label('feedback.has_reason')}.",
            done_when="The latest grade has a reason.",
        )
    ]
