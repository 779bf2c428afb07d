"""Applying a plan: intents first, only what is as it was, and the books say what the CRM holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from core.core_bench import Bench, many
from core.core_builders import (
    DAY,
    NOW,
    PASSED,
    TODAY,
    UID,
    USERS,
    by_id,
    failing,
    judged,
)
from kam_sync.applying import ApplyResult
from kam_sync.clock import ManualClock
from kam_sync.errors import LeaseHeldError, QuotaExhaustedError, TransientError
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import LinkState, Step, TaskField
from kam_sync.plans import OrgPlan
from kam_sync.ports import TaskStatus, WriteResult
from kam_sync.store import Store
from kam_sync.store.tasks import TaskBooks
from kam_sync.testing.memory import MemoryConnector, MemoryCrm

GAP, MORE, SOLVED = failing("innovator"), failing("innovator", "collaborator"), judged(PASSED)


@pytest.fixture
def bench(store: Store, clock: ManualClock) -> Iterator[Bench]:
    crm = MemoryCrm("apply", clock)
    crm.users = dict(by_id(*USERS))
    yield Bench(crm=crm, books=TaskBooks(store, UID))
    crm.stop()


# -- the way it should go ---------------------------------------------------------------------------------------------


def test_a_new_task_is_in_the_crm_and_in_the_books(bench: Bench) -> None:
    result = bench.run(GAP)
    assert (result.written, result.complete, result.problems) == (1, True, [])
    (task,) = bench.crm.tasks()
    link = bench.link()
    assert (link.task_id, link.key, link.state) == (task.id, task.key, LinkState.LIVE)
    assert (link.created_at, link.revision) == (NOW, 1)
    assert set(link.written) == set(TaskField)
    assert bench.books.of_run("run-1") == (link,)
    assert bench.books.in_flight() == ()


def test_a_second_run_has_nothing_to_do(bench: Bench) -> None:
    bench.run(GAP)
    assert bench.plan(GAP).operations == ()


def test_the_books_hold_what_the_crm_made_of_it(bench: Bench) -> None:
    def shorten() -> None:
        for task in bench.crm.task_rows.values():
            task.subject = task.subject[:10]

    bench.crm.after_write = shorten
    bench.run(GAP)
    assert bench.link().written[TaskField.SUBJECT] == "Acme Öl: c"
    assert bench.plan(GAP).operations == ()


def test_only_the_written_fields_become_ours(bench: Bench) -> None:
    bench.run(GAP)
    (task,) = bench.crm.tasks()
    bench.crm.edit_task(task.id, owner="ines", subject="Mine now")
    bench.run(MORE)
    written = bench.link().written
    assert written[TaskField.SUBJECT] == "Acme Öl: cover the account roles"
    assert written[TaskField.OWNER] == "amal"
    assert "collaborator" in written[TaskField.BODY]


def test_a_step_in_our_own_books_calls_no_crm(bench: Bench) -> None:
    bench.run(GAP)
    (task,) = bench.crm.tasks()
    bench.crm.complete_task(task.id)
    given = bench.plan(GAP)
    calls: list[str] = []
    bench.crm.on_call = calls.append
    result = bench.apply(given)
    assert (result.recorded, result.written, calls) == (1, 0, [])
    assert bench.link().state is LinkState.DISMISSED


def test_a_renewed_task_ends_the_former_in_the_same_step(bench: Bench) -> None:
    bench.run(GAP)
    bench.crm.complete_task(bench.link().task_id)
    bench.run(GAP)
    result = bench.run(GAP, today=TODAY + 30 * DAY)
    assert result.written == 1
    assert [(link.episode, link.state) for link in bench.books.of_account("acme")] == [
        (1, LinkState.ENDED),
        (2, LinkState.LIVE),
    ]


def test_closing_leaves_the_task_closed_with_its_note(bench: Bench) -> None:
    bench.run(GAP)
    bench.run(SOLVED)
    (task,) = bench.crm.tasks()
    assert (task.open, bench.link().state) == (False, LinkState.CLOSED)
    assert task.body.endswith("Closed by kam-sync on 2026-03-02: everything above is solved")


def test_writes_go_out_in_the_crms_batches(bench: Bench) -> None:
    calls: list[str] = []
    bench.crm.on_call = calls.append
    told: list[tuple[int, int | None]] = []
    applier = replace(bench.applier(), progress=lambda _stage, done, total: told.append((done, total)))
    applier.apply(bench.plan(*many(7)), ApplyResult())
    assert calls.count("write tasks") == 3
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_the_intent_is_in_the_books_before_the_crm_is_called(bench: Bench) -> None:
    seen: list[int] = []

    def look(name: str) -> None:
        if name == "write tasks":
            seen.append(len(bench.books.in_flight()))

    bench.crm.on_call = look
    bench.run(*many(4))
    assert seen == [3, 1]


# -- the lease --------------------------------------------------------------------------------------------------------


def test_who_lost_the_lease_writes_nothing(bench: Bench) -> None:
    given = bench.plan(*many(2))

    def lost() -> None:
        raise LeaseHeldError("taken over")

    bench.alive = lost
    with pytest.raises(LeaseHeldError):
        bench.apply(given)
    assert (bench.crm.tasks(), bench.books.in_flight()) == ([], ())


def test_the_lease_is_looked_at_before_every_batch(bench: Bench) -> None:
    given = bench.plan(*many(7))

    def lost_after_the_first() -> None:
        if bench.crm.tasks():
            raise LeaseHeldError("taken over")

    bench.alive = lost_after_the_first
    with pytest.raises(LeaseHeldError):
        bench.apply(given)
    assert len(bench.crm.tasks()) == 3
    assert len(list(bench.books.links())) == 3


def test_who_lost_the_lease_does_not_change_the_books_either(bench: Bench) -> None:
    bench.run(GAP)
    bench.crm.complete_task(bench.link().task_id)
    given = bench.plan(GAP)

    def lost() -> None:
        raise LeaseHeldError("taken over")

    bench.alive = lost
    with pytest.raises(LeaseHeldError):
        bench.apply(given)
    assert bench.link().state is LinkState.LIVE


# -- what was changed since -------------------------------------------------------------------------------------------

ACTS: dict[str, Callable[[MemoryCrm, str], None]] = {
    "subject": lambda crm, task: crm.edit_task(task, subject="Mine now"),
    "body": lambda crm, task: crm.edit_task(task, body="Mine now"),
    "owner": lambda crm, task: crm.edit_task(task, owner="ines"),
    "due date": lambda crm, task: crm.edit_task(task, due_on=TODAY + 9 * DAY),
    "priority": lambda crm, task: crm.edit_task(task, raw_priority="low"),
    "completed": lambda crm, task: crm.complete_task(task),
    "deferred": lambda crm, task: crm.defer_task(task),
    "deleted": lambda crm, task: crm.delete_task(task),
    "gone without a trace": lambda crm, task: crm.task_rows.clear(),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_task_that_was_changed_since_planning_is_left_for_the_next_run(bench: Bench, act: str) -> None:
    bench.run(GAP)
    before, given = bench.link(), bench.plan(MORE)
    ACTS[act](bench.crm, before.task_id)
    writes = bench.crm.writes
    result = bench.apply(given)
    assert (result.conflicts, result.written, result.complete) == (1, 0, False)
    assert result.problems == [("Acme Öl", "its task was changed since planning; left for the next run")]
    assert (bench.crm.writes, bench.link()) == (writes, before)


def test_a_conflict_holds_nothing_else_up(bench: Bench) -> None:
    bench.run(GAP, failing("innovator", account="beta"))
    given = bench.plan(MORE, failing("innovator", "collaborator", account="beta"))
    bench.crm.edit_task(bench.link().task_id, subject="Mine now")
    result = bench.apply(given)
    assert (result.conflicts, result.written) == (1, 1)
    assert len(bench.link("beta").findings) == 2


@pytest.mark.parametrize("judgement", [MORE, SOLVED])
def test_a_step_planned_on_older_books_is_skipped(bench: Bench, judgement: Judgement) -> None:
    bench.run(GAP)
    given = bench.plan(judgement)
    bench.books.adopt([bench.link()])
    result = bench.apply(given)
    assert (result.conflicts, result.written) == (1, 0)
    assert result.problems == [("Acme Öl", "planned on an older state of the books; skipped")]


def test_a_task_that_was_made_since_planning_is_not_made_again(bench: Bench) -> None:
    given = bench.plan(GAP)
    assert bench.apply(given).written == 1
    result = bench.apply(given)
    assert (result.conflicts, len(bench.crm.tasks())) == (1, 1)


def renewal(bench: Bench) -> OrgPlan:
    """A plan of thirty days later that makes the second episode of a dismissed task."""
    bench.run(GAP)
    bench.crm.complete_task(bench.link().task_id)
    bench.run(GAP)
    given = bench.plan(GAP, today=TODAY + 30 * DAY)
    assert [operation.step for operation in given.operations] == [Step.RENEW]
    return given


def test_a_former_task_that_was_opened_since_planning_is_not_made_anew(bench: Bench) -> None:
    given = renewal(bench)
    bench.crm.reopen_task(bench.link().task_id)
    bench.apply(given)
    assert bench.states() == ["open"]


def test_a_renewal_planned_on_older_books_is_skipped(bench: Bench) -> None:
    given = renewal(bench)
    bench.crm.reopen_task(bench.link().task_id)
    bench.run(GAP)
    assert bench.link().state is LinkState.LIVE
    result = bench.apply(given)
    assert (result.conflicts, bench.states()) == (1, ["open"])


# -- what the CRM says no to ------------------------------------------------------------------------------------------


def test_a_rejected_write_is_told_and_leaves_no_trace(bench: Bench) -> None:
    bench.crm.reject = lambda write: "the owner may not own tasks" if write.account_id == "a1" else None
    result = bench.run(*many(3))
    assert (result.written, result.rejected, result.complete) == (2, 1, False)
    assert result.problems == [("Acme Öl", "the owner may not own tasks")]
    assert bench.books.of_account("a1") == ()
    assert bench.books.in_flight() == ()
    assert [operation.account_id for operation in bench.plan(*many(3)).operations] == ["a1"]


def test_a_task_that_went_between_reading_and_writing_is_told(bench: Bench) -> None:
    bench.run(GAP)
    given = bench.plan(MORE)

    def vanish(name: str) -> None:
        if name == "write tasks":
            bench.crm.delete_task(bench.link().task_id)

    bench.crm.on_call = vanish
    result = bench.apply(given)
    assert (result.rejected, result.problems) == (1, [("Acme Öl", "it was deleted")])
    assert bench.link().state is LinkState.LIVE
    assert [operation.step for operation in bench.plan(GAP).operations] == [Step.DISMISS]


def test_a_batch_that_could_not_be_sent_is_dropped_and_planned_again(bench: Bench) -> None:
    def refuse(name: str) -> None:
        if name == "write tasks" and bench.crm.tasks():
            raise QuotaExhaustedError("used up")

    bench.crm.on_call = refuse
    result = ApplyResult()
    with pytest.raises(QuotaExhaustedError):
        bench.applier().apply(bench.plan(*many(7)), result)
    assert (result.written, len(bench.crm.tasks()), bench.books.in_flight()) == (3, 3, ())
    bench.crm.on_call = lambda _name: None
    assert bench.run(*many(7)).written == 4
    assert len(bench.crm.tasks()) == 7


def test_tasks_that_cannot_be_read_are_not_written(bench: Bench) -> None:
    bench.run(GAP)
    given = bench.plan(MORE)

    def refuse(name: str) -> None:
        if name == "read tasks":
            raise TransientError("lost")

    bench.crm.on_call = refuse
    with pytest.raises(TransientError):
        bench.apply(given)
    assert bench.books.in_flight() == ()
    assert bench.crm.writes == 1


def test_an_answer_for_nothing_we_asked_is_no_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tasks = MemoryConnector.write_tasks

    def stripped(connector: MemoryConnector, writes: Sequence[object]) -> Sequence[WriteResult]:
        answers = write_tasks(connector, writes)  # type: ignore[arg-type]  # passed on as it came
        return [replace(answer, operation_id="another") for answer in answers]

    monkeypatch.setattr(MemoryConnector, "write_tasks", stripped)
    result = bench.run(GAP)
    assert (result.settled, result.written) == (1, 0)
    assert bench.link().state is LinkState.LIVE
    assert bench.states() == [TaskStatus.OPEN.value]
