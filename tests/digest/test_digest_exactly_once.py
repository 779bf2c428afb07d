"""Whatever two runs do at the same time, and wherever they are killed, a digest arrives once or somebody is told."""

from __future__ import annotations

import queue
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from digest.digest_sending import Office, office
from kam_sync.digesting import sending
from kam_sync.digesting.building import Digest
from kam_sync.digesting.channels import Arrival, Begin, Parcel
from kam_sync.digesting.sending import DeliveryOutcome, DigestDelivery
from kam_sync.errors import DeliveryError, TransientError
from kam_sync.store import Store, schema
from kam_sync.store.digests import CLAIM_SECONDS
from support_cli import MEMORY_DISK

SECTION = "digest: {portfolio: [files], channels: {files: {kind: file, folder: out}}}\n"
FAULTS = ("none", "none", "unreachable", "refused", "refused for good", "answer lost", "lost on the way")
LONG = CLAIM_SECONDS + 1
TOLD = {DeliveryOutcome.SENT, DeliveryOutcome.ALREADY_SENT, DeliveryOutcome.UNCERTAIN}


class KilledError(BaseException):
    """The process is gone; not an Exception, so that nothing catches it."""


class Run:
    """A run in a thread of its own that does one step whenever it is told to; a dead run does nothing more."""

    def __init__(self, world: World, faults: list[str]) -> None:
        self.world = world
        self.faults = faults
        self.results: list[DigestDelivery] = []
        self.ended = False
        self._dead = False
        self._orders: queue.Queue[bool] = queue.Queue()
        self._told: queue.Queue[bool] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self.ended = self._told.get(timeout=20)

    def go(self, *, alive: bool = True) -> None:
        if not self.ended:
            self._orders.put(alive)
            self.ended = self._told.get(timeout=20)
        if self.ended:
            self._thread.join(timeout=20)

    def step(self) -> None:
        """Wait for the next order."""
        if not self._dead:
            self._told.put(False)
            self._dead = not self._orders.get(timeout=20)
        if self._dead:
            raise KilledError

    def _work(self) -> None:
        self.world.current.run = self
        try:
            self.results.append(self.world.office.one())
        except KilledError:
            pass
        finally:
            self._told.put(True)


class Current(threading.local):
    run: Run | None = None


@dataclass
class World:
    """Two runs, one receiver."""

    office: Office
    current: Current = field(default_factory=Current)
    arrived: int = 0

    def step(self) -> None:
        if self.current.run is not None:
            self.current.run.step()


@dataclass
class Carrier:
    """Carries to a receiver who counts what arrives, with the faults of the run that it serves."""

    world: World
    repeatable: bool = False

    def recipients(self, digest: Digest) -> tuple[str, ...]:
        del digest
        return ("",)

    def carry(self, parcel: Parcel, begin: Begin) -> Arrival:
        del parcel
        run = self.world.current.run
        fault = run.faults.pop(0) if run is not None and run.faults else "none"
        self.world.step()
        if fault == "unreachable":
            raise TransientError("the receiver cannot be reached")
        begin()
        self.world.step()
        if fault.startswith("refused"):
            raise (DeliveryError if fault.endswith("good") else TransientError)("the receiver does not take it")
        if fault == "lost on the way":
            return Arrival.UNCERTAIN
        self.world.arrived += 1
        self.world.step()
        return Arrival.UNCERTAIN if fault == "answer lost" else Arrival.ARRIVED

    def close(self) -> None:
        return


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with (
        tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name,
        Store.at(Path(name) / "kam-sync.db") as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        world = World(office=office(store, Path(name), SECTION))
        begin = Store.begin

        @contextmanager
        def stepped(self: Store) -> Iterator[Connection]:
            world.step()
            with begin(self) as connection:
                yield connection

        patch.setattr(Store, "begin", stepped)
        patch.setattr(sending, "_carrier", lambda *_args: Carrier(world))
        yield world


def renewed(world: World) -> World:
    """The same world before anything was sent."""
    with world.office.store.begin() as connection:
        connection.execute(delete(schema.digests))
    world.arrived = 0
    return world


ORDERS = st.lists(st.sampled_from(["0", "1", "0", "1", "0", "1", "kill 0", "kill 1", "long"]), max_size=40)


@settings(max_examples=30, deadline=None)
@given(orders=ORDERS, faults=st.tuples(*(st.lists(st.sampled_from(FAULTS), max_size=4) for _ in range(2))))
def test_a_digest_never_arrives_twice_and_is_never_lost_in_silence(
    world: World, orders: list[str], faults: tuple[list[str], list[str]]
) -> None:
    world = renewed(world)
    runs = [Run(world, list(given_faults)) for given_faults in faults]
    for run in runs:
        run.start()
    for order in orders:
        if order == "long":
            world.office.clock.advance(seconds=LONG)
        else:
            runs[int(order[-1])].go(alive=not order.startswith("kill"))
    # Another run comes much later, while what is left of the two may still be stuck somewhere.
    world.office.clock.advance(seconds=LONG)
    assert world.office.one().outcome in TOLD
    end(world, runs)


def end(world: World, runs: list[Run]) -> None:
    """Let stuck runs go on to their end; then it must have arrived once, or somebody is told."""
    for run in runs:
        while not run.ended:
            run.go()
    assert world.arrived <= 1
    at_last = world.office.one()
    assert at_last.outcome in TOLD
    if at_last.outcome is DeliveryOutcome.UNCERTAIN:
        assert at_last.problem
    else:
        assert world.arrived == 1


def test_a_run_that_wakes_up_late_does_not_send_what_another_has_taken_over(world: World) -> None:
    both_at_work = 0
    for early, late in product(range(1, 6), range(1, 8)):
        world = renewed(world)
        runs = [Run(world, []), Run(world, [])]
        for run, steps in zip(runs, (early, late), strict=True):
            run.start()
            for _ in range(steps):
                run.go()
            world.office.clock.advance(seconds=LONG if run is runs[0] else 0)
        both_at_work += not any(run.ended for run in runs)
        end(world, runs)
    assert both_at_work > 10


def test_two_runs_side_by_side_send_one(world: World) -> None:
    world = renewed(world)
    runs = [Run(world, []), Run(world, [])]
    for run in runs:
        run.start()
    while not all(run.ended for run in runs):
        for run in runs:
            run.go()
    outcomes = sorted(run.results[0].outcome for run in runs)
    assert outcomes == [DeliveryOutcome.IN_PROGRESS, DeliveryOutcome.SENT]
    assert world.arrived == 1


def killed_after(world: World, steps: int) -> bool:
    """Kill a run after so many steps; returns whether it had ended by itself before."""
    run = Run(renewed(world), [])
    run.start()
    for _ in range(steps):
        run.go()
    ended = run.ended
    run.go(alive=False)
    return ended


def test_killed_at_any_step_the_next_run_sends_it_or_says_that_it_cannot_know(world: World) -> None:
    seen: set[tuple[int, DeliveryOutcome]] = set()
    for steps in range(100):
        ended = killed_after(world, steps)
        early = world.office.one()
        if not ended and early.outcome is not DeliveryOutcome.SENT:
            assert early.outcome in {DeliveryOutcome.IN_PROGRESS, DeliveryOutcome.ALREADY_SENT}
        world.office.clock.advance(seconds=LONG)
        later = world.office.one()
        seen.add((world.arrived, later.outcome))
        if ended:
            break
    assert seen == {
        (1, DeliveryOutcome.SENT),
        (1, DeliveryOutcome.ALREADY_SENT),
        (0, DeliveryOutcome.UNCERTAIN),
        (1, DeliveryOutcome.UNCERTAIN),
    }


def test_what_is_uncertain_is_sent_again_only_when_a_person_says_so(world: World) -> None:
    run = Run(renewed(world), ["lost on the way"])
    run.start()
    while not run.ended:
        run.go()
    assert run.results[0].outcome is DeliveryOutcome.UNCERTAIN
    assert [world.office.one().outcome for _ in range(2)] == [DeliveryOutcome.UNCERTAIN] * 2
    assert world.office.one(again=True).outcome is DeliveryOutcome.SENT
    assert world.office.one().outcome is DeliveryOutcome.ALREADY_SENT
    assert world.arrived == 1


def test_what_was_refused_is_tried_again_by_the_next_run(world: World) -> None:
    run = Run(renewed(world), ["refused for good"])
    run.start()
    while not run.ended:
        run.go()
    assert run.results[0].outcome is DeliveryOutcome.FAILED
    assert world.office.one().outcome is DeliveryOutcome.SENT


def test_what_cannot_be_reached_is_tried_three_times_in_one_run(world: World) -> None:
    run = Run(renewed(world), ["unreachable"] * 3)
    run.start()
    while not run.ended:
        run.go()
    assert run.results[0].outcome is DeliveryOutcome.FAILED
    assert "cannot be reached" in run.results[0].problem
