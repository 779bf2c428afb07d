"""Killed at any step of a run, the next run ends where an undisturbed one would have ended."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kam_sync.lifecycle import LinkState
from kam_sync.records import ActivityKind, Role
from kam_sync.store import Store
from support_memory import World, healthy, make_world

SLUGS = ("ada", "bly", "cid", "dov", "eva", "fin", "gus", "hal")
DATA = (
    "users", "accounts", "contacts", "roles", "opportunities", "meetings", "plans", "task_rows", "_number",
)  # fmt: skip


class KilledError(BaseException):
    """The process is gone; not an Exception, so that nothing catches it."""


class Killer:
    """Counts the steps of a run and ends the process at one of them; a dead process does nothing more."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.steps: list[str] = []
        self.dead = False

    def step(self, name: str) -> None:
        if self.dead or len(self.steps) == self.at:
            self.dead = True
            raise KilledError(name)
        self.steps.append(name)

    def reset(self, at: int | None) -> None:
        self.at, self.steps, self.dead = at, [], False


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    killer = Killer()
    begin = Store.begin

    @contextmanager
    def counted(self: Store) -> Iterator[Connection]:
        killer.step("transaction")
        with begin(self) as connection:
            yield connection

    monkeypatch.setattr(Store, "begin", counted)
    return killer


def _eventful_world(folder: Path) -> World:
    """A world in which the next run creates, updates, closes, reopens, renews, dismisses, merges and withdraws."""
    world = make_world(folder, *(healthy(slug) for slug in SLUGS))
    people = world.crm.people
    for slug in ("ada", "bly", "cid", "dov", "eva", "fin"):
        people.clear_role(slug, Role.INNOVATOR)
    people.clear_plan("gus")
    world.run()
    people.assign_role("cid", Role.INNOVATOR, "bo")
    world.run()
    people.complete_task(world.ours("dov", "roles")[0].id)
    people.defer_task(world.ours("eva", "roles")[0].id)
    world.run()
    world.clock.advance(days=30)
    people.set_plan("gus", next_review_on=dt.date(2090, 1, 1))
    world.run()
    people.set_plan("gus", next_review_on=dt.date(2090, 1, 1))
    people.assign_role("ada", Role.INNOVATOR, "bo")
    people.clear_role("bly", Role.COLLABORATOR)
    people.clear_plan("gus")
    people.complete_task(world.open_tasks("dov", "roles")[0].id)
    people.clear_role("dov", Role.TECHNICAL_EXPERT)
    people.delete_task(world.open_tasks("eva", "roles")[0].id)
    people.finish_activities("hal")
    people.clear_plan("hal")
    people.set_in_scope("fin", in_scope=False)
    people.add_activity("cid", kind=ActivityKind.CALL, on=world.crm.today, owner="bo")
    people.merge_accounts(winner="bly", loser="cid")
    return world


def _copy_of(world: World, folder: Path) -> World:
    folder.mkdir()
    shutil.copy(world.policy.folder / "kam-sync.db", folder)  # all there is of a store that is closed
    fresh = make_world(folder)
    for name in DATA:
        setattr(fresh.crm, name, copy.deepcopy(getattr(world.crm, name)))
    fresh.crm.crm_name = world.crm.crm_name
    fresh.clock.advance(seconds=(world.clock.now() - fresh.clock.now()).total_seconds())
    return fresh


def _end_state(world: World) -> list[tuple[object, ...]]:
    tasks = sorted(
        (task.key or "", task.subject, task.body, task.owner, task.due_on, task.raw_status, task.deleted)
        for task in world.crm.tasks(include_deleted=True)
        if task.key
    )
    links = sorted(
        (link.key, link.account_id, link.state, link.dismissals, len(link.findings))
        for link in (*world.books.links(), *world.books.links([LinkState.ENDED]))
    )
    return [*tasks, *links]


def _run_and_rerun(world: World) -> list[tuple[object, ...]]:
    """Run again after the lease of whoever died has expired, then once more, which must change nothing."""
    world.clock.advance(seconds=660)
    result = world.run()
    assert result.error is None
    assert result.apply is not None
    assert result.apply.complete, result.apply.problems
    writes = world.crm.writes
    assert not (again := world.run()).error
    assert again.plan is not None
    assert not again.plan.operations
    assert world.crm.writes == writes
    return _end_state(world)


def _points(steps: list[str]) -> list[int]:
    """Every step from the first write on, and every seventh before, where nothing is at stake."""
    first = next(number for number, name in enumerate(steps) if name == "write tasks")
    return [*range(0, first, 7), *range(first, len(steps))]


def test_killed_at_any_step_the_next_run_ends_in_the_state_of_an_undisturbed_one(
    tmp_path: Path, killer: Killer
) -> None:
    (tmp_path / "original").mkdir()
    original = _eventful_world(tmp_path / "original")
    original.store.close()
    name = original.crm.crm_name

    undisturbed = _copy_of(original, tmp_path / "undisturbed")
    undisturbed = _connected(undisturbed, name, killer)
    killer.reset(None)
    result = undisturbed.run()
    assert result.plan is not None
    steps = {operation.step.value for operation in result.plan.operations}
    assert steps >= {"create", "renew", "reopen", "update", "close", "withdraw", "merge"}, steps
    points = _points(killer.steps)
    expected = _run_and_rerun(undisturbed)
    undisturbed.close()

    for point in points:
        world = _connected(_copy_of(original, tmp_path / f"killed-{point}"), name, killer)
        killer.reset(point)
        with pytest.raises(KilledError):
            world.run()
        killer.reset(None)
        assert _run_and_rerun(world) == expected, f"killed at step {point}"
        world.close()
    original.crm.stop()


def _connected(world: World, name: str, killer: Killer) -> World:
    """Let a copied CRM answer under the original's name, so that its org uid is the same."""
    from kam_sync.testing import memory

    memory._RUNNING[name] = world.crm  # the copy takes the place of the original
    world.crm.on_call = killer.step
    world.crm.after_write = lambda: killer.step("answer")
    settings = {"main": memory.MemorySettings(crm=name)}
    world.policy = replace(world.policy, settings=settings)
    return world


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_an_answer_that_never_came_is_settled_by_key_within_the_run(tmp_path: Path, lost: str) -> None:
    world = make_world(tmp_path, *(healthy(slug) for slug in SLUGS))
    for slug in SLUGS:
        world.crm.people.clear_role(slug, Role.INNOVATOR)
    world.crm.lose = "request" if lost == "request" else "answer"
    result = world.run()
    assert result.apply is not None
    assert result.apply.settled == len(SLUGS)
    world.crm.lose = ""
    world.run()
    assert all(len(world.ours(slug, "roles")) == 1 for slug in SLUGS)
    world.close()
