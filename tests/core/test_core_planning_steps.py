"""Every transition of a task's life, case by case, as planning turns it into an operation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.core_builders import (
    DAY,
    NOT_APPLICABLE,
    PASSED,
    TODAY,
    UID,
    UNKNOWN,
    failing,
    finding,
    judged,
    outcome,
)
from core.core_planning import (
    Books,
    Place,
    born,
    dismissed,
    only,
    plan,
)
from kam_sync.engine import FindingState
from kam_sync.identity import task_key
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import LinkState, Seen, Step
from kam_sync.plans import OrgPlan
from kam_sync.ports import Priority, TaskStatus
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


# -- no task yet ------------------------------------------------------------------------------------------------------


def test_a_failing_topic_gets_a_task() -> None:
    made = only(plan(MORE))
    assert (made.step, made.reason, made.revision, made.before) == (Step.CREATE, "it fails", None, None)
    assert made.link.key == task_key(UID, "acme", "roles", 1)
    assert (made.link.state, made.link.episode, made.link.dismissals) == (LinkState.LIVE, 1, 0)
    assert {found.key for found in made.link.findings} == {"innovator", "collaborator"}
    write = made.write
    assert write is not None
    assert (write.task_id, write.key, write.account_id) == (None, made.link.key, "acme")
    assert (write.subject, write.owner_id, write.status) == ("Acme Öl: cover the account roles", "amal", OPEN)
    assert (write.due_on, write.priority) == (TODAY + 3 * DAY, Priority.HIGH)


@pytest.mark.parametrize("judgement", [SOLVED, BLIND, OFF, judged()])
def test_nothing_failing_makes_no_task(judgement: Judgement) -> None:
    assert steps(plan(judgement)) == []


def test_what_is_not_worth_a_task_makes_none() -> None:
    assert steps(plan(replace(GAP, worthy=frozenset()))) == []


def test_each_topic_of_an_account_has_its_own_task() -> None:
    both = judged(
        outcome(finding("innovator")), outcome(finding(code="TST201", topic="plan"), code="TST201", topic="plan")
    )
    assert {operation.topic for operation in plan(both).operations} == {"roles", "plan"}


# -- live -------------------------------------------------------------------------------------------------------------


def test_a_task_that_is_as_it_should_be_is_left_alone() -> None:
    assert steps(after(born(GAP), GAP)) == []
    assert steps(after(born(GAP), GAP, days=400)) == []


def test_a_new_finding_goes_into_the_same_task() -> None:
    updated = only(after(born(GAP), MORE))
    assert (updated.step, updated.link.episode) == (Step.UPDATE, 1)
    assert updated.write is not None
    assert updated.write.task_id == "t-acme"
    assert updated.write.text is not None
    assert (updated.write.subject, updated.write.due_on, updated.write.status) == (None, None, None)
    assert {found.key for found in updated.link.findings} == {"innovator", "collaborator"}


def test_a_finding_that_is_solved_leaves_the_task() -> None:
    updated = only(after(born(MORE), GAP))
    assert [found.key for found in updated.link.findings] == ["innovator"]


def test_a_finding_that_is_unknown_stays_in_the_task() -> None:
    partly = judged(outcome(finding("innovator"), unknown=("collaborator",)))
    assert steps(after(born(MORE), partly)) == []


def test_a_task_of_which_all_is_solved_is_closed_with_a_note() -> None:
    place = born(GAP)
    done = only(after(place, SOLVED, days=3))
    assert (done.step, done.link.state, done.link.closed_on) == (Step.CLOSE, LinkState.CLOSED, TODAY + 3 * DAY)
    assert done.before == place.task
    write = done.write
    assert write is not None
    assert (write.status, write.note) == (CLOSED, "Closed by kam-sync on 2026-03-05: everything above is solved")
    assert write.current_body == place.task.body
    assert (write.subject, write.text, write.owner_id, write.due_on, write.priority) == (None,) * 5


def test_a_task_that_a_person_deferred_is_closed_when_all_is_solved() -> None:
    assert only(after(born(GAP).seen(status=DEFERRED), SOLVED)).step is Step.CLOSE


@pytest.mark.parametrize("place", [born(GAP).seen(status=CLOSED), born(GAP).seen(deleted=True)])
def test_who_solves_it_and_ticks_the_task_has_solved_it(place: Place) -> None:
    done = only(after(place, SOLVED))
    assert (done.step, done.write, done.link.state) == (Step.SOLVE, None, LinkState.CLOSED)
    assert (done.link.closed_on, done.link.dismissals) == (TODAY, 0)


def test_what_is_covered_by_a_broader_finding_is_solved() -> None:
    covered = judged(outcome(finding("innovator", state=FindingState.INHIBITED)))
    assert only(after(born(GAP), covered)).step is Step.CLOSE


@pytest.mark.parametrize(
    "judgement",
    [
        OFF,
        judged(),
        judged(outcome(finding("innovator", state=FindingState.SUPPRESSED))),
        judged(outcome(finding("innovator", severity=Severity.LOW)), worthy=frozenset()),
        None,
    ],
    ids=["not applicable", "rule off", "suppressed", "not severe enough", "account gone"],
)
def test_a_task_with_nothing_left_to_say_is_withdrawn(judgement: Judgement | None) -> None:
    gone = only(after(born(GAP), judgement))
    assert (gone.step, gone.link.state, gone.link.closed_on) == (Step.WITHDRAW, LinkState.WITHDRAWN, TODAY)
    assert gone.write is not None
    assert gone.write.status is CLOSED
    assert "everything above is solved" not in (gone.write.note or "")


@pytest.mark.parametrize("place", [born(GAP).seen(status=CLOSED), born(GAP).seen(deleted=True)])
def test_a_task_put_away_with_nothing_left_to_say_is_only_noted(place: Place) -> None:
    left = only(after(place, OFF))
    assert (left.step, left.write, left.link.state) == (Step.LEAVE, None, LinkState.WITHDRAWN)


def test_an_account_that_may_still_be_there_keeps_its_task() -> None:
    assert steps(plan(books=replace(born(GAP).books(), absent=False))) == []


@pytest.mark.parametrize("status", [OPEN, CLOSED, DEFERRED])
@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.DISMISSED, LinkState.EXHAUSTED, LinkState.CLOSED])
def test_unknown_leaves_the_task_untouched(state: LinkState, status: TaskStatus) -> None:
    place = born(MORE).in_state(state, closed_on=TODAY, until=TODAY).seen(status=status)
    for judgement in (BLIND, judged(outcome(unknown=("innovator",)))):
        assert steps(after(place, judgement, days=400)) == []


def test_one_unknown_finding_keeps_a_task_open() -> None:
    partly = judged(outcome(unknown=("collaborator",)))
    assert steps(after(born(MORE), partly)) == []


@pytest.mark.parametrize("judgement", [GAP, MORE, SOLVED, OFF])
def test_a_task_that_was_not_seen_is_left_alone(judgement: Judgement) -> None:
    books = Books(links=(born(GAP).link,))
    assert steps(plan(judgement, books=books)) == []


# -- dismissed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "as_seen", "word"),
    [
        (born(GAP).seen(status=CLOSED), Seen.CLOSED, "completed"),
        (born(GAP).seen(status=DEFERRED), Seen.DEFERRED, "deferred"),
        (born(GAP).seen(deleted=True), Seen.DELETED, "deleted"),
    ],
)
def test_who_puts_a_task_away_while_it_fails_has_dismissed_it(place: Place, as_seen: Seen, word: str) -> None:
    noted = only(after(place, GAP))
    assert (noted.step, noted.write) == (Step.DISMISS, None)
    assert noted.reason == f"a person {word} it while something still fails"
    link = noted.link
    assert (link.state, link.dismissed_as, link.dismissals) == (LinkState.DISMISSED, as_seen, 1)
    assert (link.until, link.dismissed) == (TODAY + 30 * DAY, place.link.findings)


@pytest.mark.parametrize(("days", "expected"), [(0, []), (29, []), (30, [Step.RENEW])])
@pytest.mark.parametrize("place", [dismissed(GAP), dismissed(GAP, deleted=True)])
def test_a_dismissed_task_stays_away_for_thirty_days(place: Place, days: int, expected: list[Step]) -> None:
    assert steps(after(place, GAP, days=days)) == expected


@pytest.mark.parametrize("judgement", [MORE, WORSE])
def test_something_new_or_worse_makes_a_new_task_at_once(judgement: Judgement) -> None:
    assert steps(after(dismissed(GAP), judgement)) == [Step.RENEW]


def test_what_fails_beyond_a_dismissal_opens_in_the_same_run() -> None:
    renewed = only(after(born(GAP).seen(status=CLOSED), MORE))
    assert (renewed.step, renewed.link.episode, renewed.link.dismissals) == (Step.RENEW, 2, 1)
    assert renewed.ended[0].state is LinkState.ENDED


def test_a_new_episode_names_the_former_and_ends_it() -> None:
    place = dismissed(GAP)
    renewed = only(after(place, GAP, days=30))
    assert renewed.reason == "it still fails and the earlier task was put away"
    assert (renewed.link.key, renewed.link.episode) == (task_key(UID, "acme", "roles", 2), 2)
    assert (renewed.link.former_task_id, renewed.link.dismissals) == ("t-acme", 1)
    (former,) = renewed.ended
    assert (former.key, former.state) == (place.link.key, LinkState.ENDED)
    assert renewed.write is not None
    assert renewed.write.task_id is None
    assert renewed.write.text is not None
    urls = [line.url for section in renewed.write.text.sections for line in section.lines]
    assert "https://crm.example/task/t-acme" in urls
    assert renewed.write.due_on == TODAY + 33 * DAY


def test_a_new_episode_counts_on_from_the_highest_there_ever_was() -> None:
    books = replace(dismissed(GAP).books(today=TODAY + 30 * DAY), episodes={("acme", "roles"): 7})
    assert only(plan(GAP, books=books)).link.episode == 8


def test_a_new_episode_keeps_what_is_unknown() -> None:
    partly = judged(outcome(finding("innovator"), unknown=("collaborator",)))
    renewed = only(after(dismissed(MORE), partly, days=30))
    assert {found.key for found in renewed.link.findings} == {"innovator", "collaborator"}


def test_a_deferred_task_comes_back_as_the_same_task() -> None:
    place = dismissed(GAP, status=DEFERRED)
    assert steps(after(place, GAP, days=29)) == []
    reopened = only(after(place, GAP, days=30))
    assert (reopened.step, reopened.link.key, reopened.link.episode) == (Step.REOPEN, place.link.key, 1)
    assert reopened.write is not None
    assert (reopened.write.task_id, reopened.write.status) == ("t-acme", OPEN)
    assert reopened.write.due_on == TODAY + 33 * DAY
    assert (reopened.link.state, reopened.link.until, reopened.link.dismissed_as) == (LinkState.LIVE, None, None)
    assert reopened.link.dismissals == 1


def test_a_dismissed_task_that_a_person_opens_again_is_live_again() -> None:
    taken = only(after(dismissed(GAP).seen(status=OPEN), GAP, days=3))
    assert (taken.step, taken.link.state, taken.write) == (Step.TAKE_BACK, LinkState.LIVE, None)
    assert (taken.link.until, taken.link.dismissed_as, taken.link.dismissals) == (None, None, 1)


def test_a_dismissed_task_that_is_taken_back_gets_the_facts_of_today() -> None:
    taken = only(after(dismissed(GAP).seen(status=OPEN), MORE))
    assert taken.step is Step.TAKE_BACK
    assert taken.write is not None
    assert taken.write.text is not None


def test_a_dismissed_task_of_which_all_is_solved_is_closed() -> None:
    assert only(after(dismissed(GAP), SOLVED)).step is Step.SOLVE
    assert only(after(dismissed(GAP, status=DEFERRED), SOLVED)).step is Step.CLOSE
    assert only(after(dismissed(GAP).seen(status=OPEN), SOLVED)).step is Step.CLOSE


def test_solving_forgets_the_dismissals() -> None:
    link = only(after(dismissed(GAP), SOLVED)).link
    assert (link.dismissals, link.dismissed, link.until) == (0, (), None)


def test_a_deletion_is_remembered_when_all_is_solved() -> None:
    link = only(after(dismissed(GAP, deleted=True), SOLVED)).link
    assert link.dismissed_as is Seen.DELETED


def test_a_rule_that_was_renamed_ends_no_dismissal() -> None:
    renamed = judged(outcome(finding("innovator", code="TST901"), code="TST901"))
    place = dismissed(GAP)
    books = place.books(today=TODAY + 3 * DAY)
    assert steps(plan(renamed, books=books)) == [Step.RENEW]
    assert steps(plan(renamed, books=replace(books, aliases={"TST101": "TST901"}))) == []
