"""Which fields planning writes: people own what they change, and nobody is left with a task of someone who left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.core_builders import (
    DAY,
    PASSED,
    TODAY,
    failing,
    finding,
    judged,
    outcome,
)
from core.core_planning import (
    Place,
    adopted,
    born,
    closed,
    dismissed,
    only,
    plan,
)
from kam_sync.judgements import Assignee, Judgement
from kam_sync.lifecycle import LinkState, Step, TaskField
from kam_sync.plans import Operation
from kam_sync.ports import Priority, TaskStatus, TaskWrite
from kam_sync.severity import Severity

GAP = failing("innovator")
RENAMED = judged(
    outcome(finding("innovator", severity=Severity.MEDIUM), finding("collaborator", severity=Severity.MEDIUM)),
    name="Acme SE",
    owner="bo",
)
"""Everything that a task shows is wanted otherwise: name, text, owner, priority."""
SOLVED = judged(PASSED)


def update(place: Place, judgement: Judgement, inactive: frozenset[str] = frozenset()) -> Operation:
    return only(plan(judgement, books=replace(place.books(), inactive=inactive)))


def written(operation: Operation) -> set[TaskField]:
    write = operation.write
    if write is None:
        return set()
    values = {
        TaskField.SUBJECT: write.subject,
        TaskField.BODY: write.text,
        TaskField.OWNER: write.owner_id,
        TaskField.DUE: write.due_on,
        TaskField.PRIORITY: write.priority,
    }
    return {name for name, value in values.items() if value is not None}


def the_write(operation: Operation) -> TaskWrite:
    assert operation.write is not None
    return operation.write


# -- three ways -------------------------------------------------------------------------------------------------------

WISHED = {TaskField.SUBJECT, TaskField.BODY, TaskField.OWNER, TaskField.PRIORITY}


def test_what_is_ours_and_wanted_otherwise_is_written() -> None:
    operation = update(born(GAP), RENAMED)
    assert (operation.step, written(operation), operation.ours) == (Step.UPDATE, WISHED, frozenset(WISHED))
    write = the_write(operation)
    assert (write.subject, write.owner_id, write.priority) == (
        "Acme SE: cover the account roles",
        "bo",
        Priority.NORMAL,
    )


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (TaskField.SUBJECT, born(GAP).seen(subject="Mine now")),
        (TaskField.BODY, born(GAP).seen(body="I do this my way.")),
        (TaskField.OWNER, born(GAP).seen(owner="ines")),
        (TaskField.PRIORITY, born(GAP).seen(priority=Priority.LOW)),
    ],
)
def test_what_a_person_changed_is_not_written(name: TaskField, place: Place) -> None:
    operation = update(place, RENAMED)
    assert written(operation) == WISHED - {name}
    assert name not in operation.ours


def test_a_persons_field_stays_the_persons_ever_after() -> None:
    place = born(GAP).seen(owner="ines")
    place = place.after(update(place, RENAMED))
    operation = update(place, replace(GAP, owner=Assignee(user_id="amal"), account_name="Acme AG"))
    assert TaskField.OWNER not in written(operation)


def test_the_due_date_is_fixed_when_the_task_is_made() -> None:
    worse = failing("innovator", severity=Severity.CRITICAL)
    operation = only(plan(worse, books=born(failing("innovator", severity=Severity.LOW)).books(today=TODAY + DAY)))
    assert the_write(operation).priority is Priority.HIGH
    assert TaskField.DUE not in written(operation)


def test_nothing_is_written_when_all_that_changed_is_a_persons() -> None:
    other_owner = replace(GAP, owner=Assignee(user_id="bo"))
    assert plan(other_owner, books=born(GAP).seen(owner="ines").books()).operations == ()


def test_findings_are_noted_even_when_no_field_may_be_written() -> None:
    place = born(GAP).seen(body="I do this my way.")
    operation = update(place, failing("innovator", "collaborator"))
    assert operation.write is None
    assert len(operation.link.findings) == 2


def test_of_an_adopted_task_every_field_is_a_persons() -> None:
    operation = update(adopted(), RENAMED)
    assert (operation.step, operation.write, operation.ours) == (Step.UPDATE, None, frozenset())


# -- owners -----------------------------------------------------------------------------------------------------------


def test_a_task_of_someone_who_left_goes_to_the_assignee_whoever_gave_it_to_them() -> None:
    place = born(GAP).seen(owner="ines")
    operation = update(place, GAP, inactive=frozenset({"ines"}))
    assert (written(operation), the_write(operation).owner_id) == ({TaskField.OWNER}, "amal")
    assert operation.ours == {TaskField.OWNER}


def test_a_task_of_someone_who_left_waits_while_nobody_is_certain() -> None:
    uncertain = replace(GAP, owner=Assignee(user_id="bo", certain=False))
    books = replace(born(GAP).books(), inactive=frozenset({"amal"}))
    assert plan(uncertain, books=books).operations == ()


def test_a_task_is_not_handed_over_while_the_assignee_is_uncertain() -> None:
    uncertain = replace(GAP, owner=Assignee(user_id="bo", certain=False))
    assert plan(uncertain, books=born(GAP).books()).operations == ()


def test_a_task_is_not_handed_over_to_nobody() -> None:
    nobody = replace(GAP, owner=Assignee(user_id=None))
    assert plan(nobody, books=born(GAP).books()).operations == ()


def test_a_task_without_owner_is_left_to_whoever_took_it_off() -> None:
    place = born(GAP)
    unowned = replace(place, task=replace(place.task, owner_id=None))
    assert plan(GAP, books=unowned.books()).operations == ()


def test_other_topics_go_to_the_project_manager() -> None:
    said = judged(
        outcome(finding(code="TST201", topic="plan"), code="TST201", topic="plan"), manager=Assignee(user_id="bo")
    )
    assert the_write(only(plan(said))).owner_id == "bo"


def test_a_new_task_goes_to_the_best_guess_even_when_it_is_uncertain() -> None:
    assert the_write(only(plan(replace(GAP, owner=Assignee(user_id="bo", certain=False))))).owner_id == "bo"


# -- reopening --------------------------------------------------------------------------------------------------------


def test_reopening_writes_all_that_is_ours() -> None:
    operation = update(closed(GAP, SOLVED), GAP)
    assert operation.step is Step.REOPEN
    assert written(operation) == set(TaskField)
    assert the_write(operation).status is TaskStatus.OPEN


def test_reopening_keeps_a_persons_fields() -> None:
    place = closed(GAP, SOLVED).seen(subject="Mine now", due_on=TODAY + 99 * DAY, body="Done by me.")
    operation = update(place, GAP)
    assert operation.step is Step.REOPEN
    assert written(operation) == {TaskField.OWNER, TaskField.PRIORITY}


def test_reopening_keeps_a_persons_owner() -> None:
    operation = update(closed(GAP, SOLVED).seen(owner="ines"), GAP)
    assert operation.step is Step.REOPEN
    assert TaskField.OWNER not in written(operation)


def test_reopening_takes_a_task_from_someone_who_left() -> None:
    operation = update(closed(GAP, SOLVED).seen(owner="ines"), GAP, inactive=frozenset({"ines"}))
    assert the_write(operation).owner_id == "amal"
    assert TaskField.OWNER in operation.ours


def test_reopening_follows_a_new_assignee_where_the_owner_is_ours() -> None:
    assert the_write(update(closed(GAP, SOLVED), replace(GAP, owner=Assignee(user_id="bo")))).owner_id == "bo"


def test_reopening_hands_nothing_over_while_the_assignee_is_uncertain() -> None:
    operation = update(closed(GAP, SOLVED), replace(GAP, owner=Assignee(user_id="bo", certain=False)))
    assert operation.step is Step.REOPEN
    assert the_write(operation).owner_id in {None, "amal"}


def test_a_deferred_task_is_reopened_with_its_persons_fields() -> None:
    place = dismissed(GAP, status=TaskStatus.DEFERRED).seen(due_on=TODAY + 60 * DAY)
    operation = only(plan(GAP, books=place.books(today=TODAY + 30 * DAY)))
    assert operation.step is Step.REOPEN
    assert TaskField.DUE not in written(operation)


# -- closing ----------------------------------------------------------------------------------------------------------


def test_closing_writes_below_whatever_the_body_says_now() -> None:
    operation = update(born(GAP).seen(body="I did it."), SOLVED)
    assert the_write(operation).current_body == "I did it."
    assert operation.ours == frozenset()


def test_closing_makes_the_body_with_our_note_ours() -> None:
    assert update(born(GAP), SOLVED).ours == {TaskField.BODY}


def test_a_new_episode_owes_nothing_to_what_people_did_to_the_former() -> None:
    place = dismissed(GAP).seen(subject="Mine now", owner="ines")
    operation = only(plan(GAP, books=place.books(today=TODAY + 30 * DAY)))
    assert (operation.step, operation.ours) == (Step.RENEW, frozenset(TaskField))
    assert the_write(operation).owner_id == "amal"
    assert operation.link.state is LinkState.LIVE
