"""What became of a write without an answer: found by its key → booked, proven absent → planned again, else it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from core.core_bench import Bench, many
from core.core_builders import (
    PASSED,
    UID,
    USERS,
    by_id,
    failing,
    judged,
)
from kam_sync.applying import ApplyResult
from kam_sync.clock import ManualClock
from kam_sync.lifecycle import LinkState, TaskField
from kam_sync.ports import KeyLookup, TaskState
from kam_sync.store import Store
from kam_sync.store.tasks import TaskBooks
from kam_sync.testing.memory import MemoryConnector, MemoryCrm

GAP, MORE, SOLVED = failing("innovator"), failing("innovator", "collaborator"), judged(PASSED)


class CutOffError(BaseException):
    """The process is gone."""


@pytest.fixture
def bench(store: Store, clock: ManualClock) -> Iterator[Bench]:
    crm = MemoryCrm("settle", clock)
    crm.users = dict(by_id(*USERS))
    yield Bench(crm=crm, books=TaskBooks(store, UID))
    crm.stop()


@pytest.fixture
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Let looking for keys prove nothing, or work again."""
    find_tasks = MemoryConnector.find_tasks

    def blind(_connector: MemoryConnector, _lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        return {}

    def switch(on: bool) -> None:
        monkeypatch.setattr(MemoryConnector, "find_tasks", blind if on else find_tasks)

    return switch


def cut_off(bench: Bench, *, before: bool = False) -> None:
    """Let the next batch be the last thing this process does: before it reaches the CRM, or before its answer."""

    def ends(name: str = "write tasks") -> None:
        if name == "write tasks":
            bench.crm.on_call, bench.crm.after_write = (lambda _name: None), (lambda: None)
            raise CutOffError

    if before:
        bench.crm.on_call = ends
    else:
        bench.crm.after_write = ends


def settle(bench: Bench) -> ApplyResult:
    result = ApplyResult()
    bench.applier("run-2").settle(result)
    return result


# -- creations --------------------------------------------------------------------------------------------------------


def test_with_nothing_in_flight_there_is_nothing_to_ask(bench: Bench) -> None:
    calls: list[str] = []
    bench.crm.on_call = calls.append
    assert settle(bench) == ApplyResult()
    assert calls == []


def test_a_task_that_was_made_is_linked_for_the_run_that_made_it(bench: Bench) -> None:
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    assert len(bench.books.in_flight()) == 1
    result = settle(bench)
    assert (result.settled, result.unsettled, bench.books.in_flight()) == (1, 0, ())
    (task,) = bench.crm.tasks()
    assert bench.link().task_id == task.id
    assert bench.books.of_run("run-1") == (bench.link(),)
    assert bench.plan(GAP).operations == ()


def test_a_task_that_was_not_made_is_planned_again(bench: Bench) -> None:
    cut_off(bench, before=True)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    assert settle(bench).settled == 1
    assert (bench.books.in_flight(), bench.books.of_account("acme")) == ((), ())
    assert bench.run(GAP).written == 1
    assert len(bench.crm.tasks()) == 1


def test_a_task_that_was_made_and_deleted_is_linked_too(bench: Bench) -> None:
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    bench.crm.delete_task(bench.crm.tasks()[0].id)
    settle(bench)
    assert bench.link().state is LinkState.LIVE
    assert [operation.step.value for operation in bench.plan(GAP).operations] == ["dismiss"]


def test_a_lost_answer_is_settled_within_the_run(bench: Bench) -> None:
    bench.crm.lose = "answer"
    result = bench.run(*many(4))
    assert (result.settled, result.complete) == (4, True)
    assert len(list(bench.books.links())) == len(bench.crm.tasks()) == 4


def test_a_lost_request_leaves_the_run_incomplete(bench: Bench) -> None:
    bench.crm.lose = "request"
    result = bench.run(GAP)
    assert bench.crm.tasks() == []
    assert not result.complete


def test_what_cannot_be_proven_stays_in_flight(bench: Bench, nothing_found: Callable[[bool], None]) -> None:
    nothing_found(True)
    bench.crm.lose = "answer"
    result = bench.run(GAP)
    assert (result.unsettled, result.complete) == (1, False)
    assert result.problems == [("Acme Öl", "it is not known yet whether its task was written")]
    assert len(bench.books.in_flight()) == 1
    bench.crm.lose = ""
    nothing_found(False)
    assert settle(bench).settled == 1
    assert bench.link().state is LinkState.LIVE


def test_what_is_in_flight_is_not_written_again(bench: Bench, nothing_found: Callable[[bool], None]) -> None:
    nothing_found(True)
    bench.crm.lose = "answer"
    bench.run(GAP)
    bench.crm.lose = ""
    settle(bench)
    bench.run(GAP)
    assert len(bench.crm.tasks()) == 1


def test_what_stays_in_flight_is_told_once(bench: Bench, nothing_found: Callable[[bool], None]) -> None:
    nothing_found(True)
    bench.crm.lose = "answer"
    result = bench.run(*many(7))
    assert (result.unsettled, len(result.problems)) == (7, 7)


def test_what_was_written_and_could_not_be_read_back_is_settled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    read_tasks = MemoryConnector.read_tasks
    monkeypatch.setattr(MemoryConnector, "read_tasks", lambda _connector, _ids: {})
    assert bench.run(GAP).settled == 1
    monkeypatch.setattr(MemoryConnector, "read_tasks", read_tasks)
    assert bench.plan(GAP).operations == ()


def test_a_renewal_that_was_cut_off_ends_the_former(bench: Bench) -> None:
    bench.run(GAP)
    bench.crm.complete_task(bench.link().task_id)
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(MORE)
    assert bench.link().episode == 1
    settle(bench)
    assert (bench.link().episode, len(bench.crm.tasks())) == (2, 2)


def test_what_a_person_changed_before_settling_is_the_persons(bench: Bench) -> None:
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    bench.crm.edit_task(bench.crm.tasks()[0].id, owner="ines")
    settle(bench)
    bench.run(replace(GAP, owner=replace(GAP.owner, user_id="bo")))
    assert bench.crm.tasks()[0].owner == "ines"


# -- changes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("next_step", ["update", "close"])
def test_a_change_that_was_made_is_booked(bench: Bench, next_step: str) -> None:
    bench.run(GAP)
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(MORE if next_step == "update" else SOLVED)
    revision = bench.link().revision
    assert settle(bench).settled == 1
    assert bench.link().revision == revision + 1
    assert bench.plan(MORE if next_step == "update" else SOLVED).operations == ()


@pytest.mark.parametrize("next_step", ["update", "close"])
def test_a_change_that_was_not_made_is_planned_again(bench: Bench, next_step: str) -> None:
    bench.run(GAP)
    before = bench.link()
    cut_off(bench, before=True)
    with pytest.raises(CutOffError):
        bench.run(MORE if next_step == "update" else SOLVED)
    assert settle(bench).settled == 1
    assert bench.link() == before
    assert [o.step.value for o in bench.plan(MORE if next_step == "update" else SOLVED).operations] == [next_step]


def test_a_change_of_a_task_that_was_deleted_did_not_happen(bench: Bench) -> None:
    bench.run(GAP)
    before = bench.link()
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(MORE)
    bench.crm.delete_task(before.task_id)
    assert settle(bench).settled == 1
    assert bench.link() == before


def test_a_change_of_a_task_that_cannot_be_read_stays_in_flight(bench: Bench) -> None:
    bench.run(GAP)
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(MORE)
    bench.crm.task_rows.clear()
    result = settle(bench)
    assert (result.settled, result.unsettled) == (0, 1)
    assert len(bench.books.in_flight()) == 1


def test_a_person_who_finished_the_task_meanwhile_is_not_taken_for_us(bench: Bench) -> None:
    bench.run(GAP)
    before = bench.link()
    cut_off(bench, before=True)
    with pytest.raises(CutOffError):
        bench.run(SOLVED)
    bench.crm.complete_task(before.task_id)
    settle(bench)
    assert bench.link() == before


def test_a_step_in_our_own_books_that_was_cut_off_is_done(bench: Bench) -> None:
    bench.run(GAP)
    bench.crm.complete_task(bench.link().task_id)
    (noted,) = bench.plan(GAP).operations
    bench.books.begin_operations("run-1", [noted], bench.crm.clock.now())
    assert settle(bench).settled == 1
    assert bench.link().state is LinkState.DISMISSED


def test_settling_goes_in_batches(bench: Bench) -> None:
    cut_off(bench)
    bench.crm.on_call = lambda _name: None
    (first, *_) = plans = bench.plan(*many(7)).operations
    bench.books.begin_operations("run-1", plans, bench.crm.clock.now())
    calls: list[str] = []
    bench.crm.on_call = calls.append
    assert settle(bench).settled == 7
    assert calls == ["find tasks"] * 3
    assert bench.books.link(first.link.key) is None


# -- late writers -----------------------------------------------------------------------------------------------------


def test_an_operation_that_another_settled_is_not_finished_again(bench: Bench) -> None:
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    (intent,) = bench.books.in_flight()
    settle(bench)
    bench.crm.complete_task(bench.link().task_id)
    bench.run(GAP)
    assert bench.link().state is LinkState.DISMISSED
    late = replace(intent.operation.link, task_id=bench.link().task_id)
    bench.books.finish(intent.run_id, intent.operation, late)
    assert bench.link().state is LinkState.DISMISSED


def test_fields_that_were_settled_are_ours(bench: Bench) -> None:
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    settle(bench)
    assert set(bench.link().written) == set(TaskField)


def test_a_late_answer_does_not_end_what_another_run_has_begun_since(bench: Bench) -> None:
    cut_off(bench, before=True)
    with pytest.raises(CutOffError):
        bench.run(GAP)
    (first,) = bench.books.in_flight()
    settle(bench)
    again = first.operation
    bench.books.begin_operations("run-2", [again], bench.crm.clock.now())
    bench.books.finish(first.run_id, again, replace(again.link, task_id="a late one"))
    assert [intent.run_id for intent in bench.books.in_flight()] == ["run-2"]
    assert bench.books.of_account("acme") == ()


def test_a_change_in_flight_is_not_made_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run(GAP)
    cut_off(bench)
    with pytest.raises(CutOffError):
        bench.run(MORE)
    writes = bench.crm.writes
    read_tasks = MemoryConnector.read_tasks
    monkeypatch.setattr(MemoryConnector, "read_tasks", lambda _connector, _ids: {})
    result = bench.run(MORE)
    assert (result.unsettled, result.complete, bench.crm.writes) == (1, False, writes)
    monkeypatch.setattr(MemoryConnector, "read_tasks", read_tasks)
    assert settle(bench).settled == 1
    assert bench.plan(MORE).operations == ()
