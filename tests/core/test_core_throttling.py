"""The rate limit with a clock that only its own waiting moves."""

from __future__ import annotations

import datetime as dt

import pytest

from core.core_builders import NOW
from kam_sync.clock import ManualClock
from kam_sync.throttling import RateLimit


class Waiting:
    """A clock and a sleep that moves it."""

    def __init__(self, start: dt.datetime = NOW) -> None:
        self.clock = ManualClock(start)
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(seconds=seconds)

    def limit(self, calls: int, seconds: float) -> RateLimit:
        return RateLimit(calls, seconds, clock=self.clock, sleep=self.sleep)


def test_calls_within_the_limit_do_not_wait() -> None:
    waiting = Waiting()
    limit = waiting.limit(3, 10)
    for _ in range(3):
        limit.wait()
    assert waiting.waits == []


def test_one_call_too_many_waits_until_the_first_leaves_the_window() -> None:
    waiting = Waiting()
    limit = waiting.limit(2, 10)
    limit.wait()
    waiting.clock.advance(seconds=4)
    limit.wait()
    limit.wait()
    assert waiting.waits == pytest.approx([6])


def test_the_window_slides() -> None:
    waiting = Waiting()
    limit = waiting.limit(2, 10)
    for _ in range(6):
        limit.wait()
    assert (waiting.clock.now() - NOW).total_seconds() == pytest.approx(20)


def test_a_call_on_the_end_of_the_window_is_free() -> None:
    waiting = Waiting()
    limit = waiting.limit(1, 10)
    limit.wait()
    waiting.clock.advance(seconds=10)
    limit.wait()
    assert waiting.waits == []


def test_never_more_than_the_limit_begin_in_any_window() -> None:
    waiting = Waiting()
    limit = waiting.limit(3, 10)
    begun = []
    for pause in (0.0, 0.5, 3.25, 0.0, 7.5, 0.125, 0.0, 2.75, 9.5, 0.0, 0.0, 0.25):
        waiting.clock.advance(seconds=pause)
        limit.wait()
        begun.append(waiting.clock.now())
    for first, fourth in zip(begun, begun[3:], strict=False):
        assert (fourth - first).total_seconds() >= 10


def test_the_crms_own_figure_corrects_the_limit() -> None:
    waiting = Waiting()
    limit = waiting.limit(5, 10)
    limit.correct(1)
    limit.wait()
    limit.wait()
    assert waiting.waits == pytest.approx([10])


@pytest.mark.parametrize("calls", [0, -4])
def test_a_senseless_correction_leaves_one_call(calls: int) -> None:
    waiting = Waiting()
    limit = waiting.limit(5, 10)
    limit.correct(calls)
    limit.wait()
    limit.wait()
    assert waiting.waits == pytest.approx([10])
