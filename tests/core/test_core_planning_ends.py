"""How a task's life goes on after it was put away: exhausted, closed, withdrawn, adopted; and the order of a plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.core_builders import (
    DAY,
    NOT_APPLICABLE,
    PASSED,
    TODAY,
    UNKNOWN,
    failing,
    finding,
    judged,
    outcome,
)
from core.core_planning import (
    Books,
    Place,
    adopted,
    born,
    closed,
    dismissed,
    only,
    plan,
)
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import LinkState, Step
from kam_sync.plans import OrgPlan
from kam_sync.ports import TaskStatus
from kam_sync.severity import Severity

GAP = failing("innovator")
MORE = failing("innovator", "collaborator")
WORSE = failing("innovator", severity=Severity.CRITICAL)
SOLVED = judged(PASSED)
BLIND = judged(UNKNOWN)
OFF = judged(NOT_APPLICABLE)
CLOSED, DEFERRED, OPEN = TaskStatus.CLOSED, TaskStatus.DEFERRED, TaskStatus.OPEN


def after(place: Place, judgement: Judgement | None, days: int = 0) -> OrgPlan:
    given = () if judgement is None else (judgement,)
    return plan(*given, books=place.books(today=TODAY + days * DAY))


def steps(given: OrgPlan) -> list[Step]:
    return [operation.step for operation in given.operations]


# -- exhausted --------------------------------------------------------------------------------------------------------


def test_the_third_dismissal_exhausts_a_topic() -> None:
    place = born(GAP).seen(status=CLOSED)
    link = only(after(replace(place, link=replace(place.link, dismissals=2)), GAP)).link
    assert (link.state, link.until, link.dismissals) == (LinkState.EXHAUSTED, None, 3)


def test_three_dismissals_are_three_tasks_and_no_fourth() -> None:
    place = dismissed(GAP)
    for episode in (2, 3):
        renewed = only(after(place, GAP, days=30))
        assert renewed.link.episode == episode
        place = replace(place, link=replace(renewed.link, task_id="t-acme", revision=1)).seen(status=CLOSED)
        place = place.after(only(after(place, GAP)))
    assert place.link.state is LinkState.EXHAUSTED
    assert steps(after(place, MORE, days=4000)) == []


@pytest.mark.parametrize("judgement", [GAP, MORE, WORSE])
def test_an_exhausted_topic_is_left_to_the_report(judgement: Judgement) -> None:
    assert steps(after(born(GAP).in_state(LinkState.EXHAUSTED).seen(status=CLOSED), judgement, days=400)) == []


def test_an_exhausted_topic_of_which_all_is_solved_begins_anew() -> None:
    place = born(GAP).in_state(LinkState.EXHAUSTED, dismissals=3).seen(status=CLOSED)
    link = only(after(place, SOLVED)).link
    assert (link.state, link.dismissals) == (LinkState.CLOSED, 0)


def test_an_exhausted_task_that_a_person_opens_again_is_live_again() -> None:
    place = born(GAP).in_state(LinkState.EXHAUSTED, dismissals=3)
    assert only(after(place, GAP)).step is Step.TAKE_BACK


# -- closed and withdrawn ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "expected"), [(0, Step.REOPEN), (14, Step.REOPEN), (15, Step.RENEW)])
def test_a_problem_that_returns_reopens_the_task_for_two_weeks(days: int, expected: Step) -> None:
    assert only(after(closed(GAP, SOLVED), GAP, days=days)).step is expected


@pytest.mark.parametrize(("days", "expected"), [(14, Step.REOPEN), (15, Step.RENEW)])
def test_a_withdrawn_task_comes_back_the_same_way(days: int, expected: Step) -> None:
    assert only(after(closed(GAP, OFF), GAP, days=days)).step is expected


def test_a_closed_task_stays_closed_while_nothing_fails() -> None:
    for judgement in (SOLVED, OFF, BLIND, None):
        assert steps(after(closed(GAP, SOLVED), judgement, days=400)) == []


def test_a_closed_task_that_a_person_opens_is_theirs_while_nothing_fails() -> None:
    assert steps(after(closed(GAP, SOLVED).seen(status=OPEN), SOLVED)) == []


def test_a_closed_task_that_a_person_opens_is_taken_back_when_the_problem_returns() -> None:
    assert only(after(closed(GAP, SOLVED).seen(status=OPEN), GAP, days=400)).step is Step.TAKE_BACK


def test_a_task_that_is_taken_back_no_longer_says_that_it_is_closed() -> None:
    taken = only(after(closed(GAP, SOLVED).seen(status=OPEN), GAP, days=3))
    assert taken.write is not None
    assert taken.write.text is not None


def test_a_reopened_task_no_longer_says_that_it_is_closed() -> None:
    place = closed(GAP, SOLVED)
    assert "Closed by kam-sync" in place.task.body
    assert "Closed by kam-sync" not in place.after(only(after(place, GAP))).task.body


def test_a_closed_task_that_was_deleted_is_made_anew() -> None:
    assert only(after(closed(GAP, SOLVED).seen(deleted=True), GAP)).step is Step.RENEW


@pytest.mark.parametrize(("days", "expected"), [(14, []), (15, [Step.RENEW])])
def test_a_closed_task_that_is_not_seen_is_made_anew_only_when_it_could_not_be_reopened(
    days: int, expected: list[Step]
) -> None:
    books = Books(links=(closed(GAP, SOLVED).link,), today=TODAY + days * DAY)
    assert steps(plan(GAP, books=books)) == expected


def test_a_new_episode_after_closing_starts_without_dismissals() -> None:
    assert only(after(closed(GAP, SOLVED), GAP, days=15)).link.dismissals == 0


# -- adopted ----------------------------------------------------------------------------------------------------------


def test_an_adopted_task_learns_what_it_speaks_of_and_is_not_written() -> None:
    learnt = only(after(adopted(), GAP))
    assert (learnt.step, learnt.write) == (Step.UPDATE, None)
    assert [found.key for found in learnt.link.findings] == ["innovator"]


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [
        (SOLVED, [Step.CLOSE]),
        (OFF, [Step.WITHDRAW]),
        (judged(), [Step.WITHDRAW]),
        (BLIND, []),
        (judged(PASSED, outcome(code="TST102", unknown=("*",))), []),
        (None, [Step.WITHDRAW]),
    ],
)
def test_an_adopted_task_with_nothing_failing_is_put_away(judgement: Judgement | None, expected: list[Step]) -> None:
    assert steps(after(adopted(), judgement)) == expected


def test_an_adopted_task_is_not_closed_while_something_fails_that_has_to_wait() -> None:
    waiting = judged(outcome(finding("innovator")), worthy=frozenset())
    assert steps(after(adopted(), waiting)) == []


# -- order ------------------------------------------------------------------------------------------------------------


def test_closings_come_first_and_creations_last() -> None:
    accounts = {
        "close": (born(failing(account="close")), judged(outcome(), account="close")),
        "update": (born(failing("a", account="update")), failing("a", "b", account="update")),
        "dismiss": (born(failing(account="dismiss")).seen(status=CLOSED), failing(account="dismiss")),
        "withdraw": (born(failing(account="withdraw")), judged(account="withdraw")),
    }
    places = [place for place, _ in accounts.values()]
    judgements = [judgement for _, judgement in accounts.values()]
    books = Books(links=tuple(place.link for place in places), tasks=tuple(place.task for place in places))
    found = steps(plan(failing(account="a-first"), *judgements, books=books))
    assert set(found[:2]) == {Step.CLOSE, Step.WITHDRAW}
    assert found[2:] == [Step.DISMISS, Step.UPDATE, Step.CREATE]


def test_operations_have_ids_of_their_own() -> None:
    found = plan(*(failing(account=f"a{number}") for number in range(50))).operations
    assert len({operation.id for operation in found}) == 50
    assert all(operation.write is not None and operation.write.operation_id == operation.id for operation in found)


def test_planning_twice_gives_the_same_plan() -> None:
    judgements = [failing(account=f"a{number}") for number in range(20)]
    assert plan(*judgements) == plan(*judgements)
