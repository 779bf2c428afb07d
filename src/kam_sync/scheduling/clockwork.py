"""The clockwork: APScheduler decides when, and the thread that called `work` does the work, one tick at a time.

The only module that imports APScheduler, which ships no types. Its own cron trigger is not used: it counts weekdays
from Monday, and in the hour that is repeated in autumn it names the same moment again and again (3.11.3).
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from kam_sync.clock import Clock
from kam_sync.config.schedule import Schedule

_JOB: Final = "tick"
logging.getLogger("apscheduler").addHandler(logging.NullHandler())  # what it has to say, the service says itself


def _due() -> None:
    """Stand for the job in APScheduler, which wants a function without arguments; `_Caller` does the work."""


class Times(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """The moments of a schedule as APScheduler asks for them, each a little later by chance.

    Args:
        schedule: Says when.
        started: What `every` counts from.
        chance: Makes the jitter.
    """

    def __init__(self, schedule: Schedule, started: dt.datetime, chance: random.Random) -> None:
        self._schedule = schedule
        self._started = started
        self._chance = chance

    def get_next_fire_time(self, previous_fire_time: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """Return the next moment after the last one, or after now for the first, in UTC."""
        last = (previous_fire_time or now).astimezone(dt.UTC)
        jitter = self._schedule.jitter.total_seconds()
        return self._schedule.after(last, self._started) + dt.timedelta(seconds=self._chance.uniform(0, jitter))


class _Caller(BaseExecutor):  # type: ignore[misc] # APScheduler ships no types
    """Hands ticks over to the thread that calls `work`, so that a signal can end one and leases are given back."""

    def __init__(self, tick: Callable[[dt.datetime], Callable[[], None]]) -> None:
        super().__init__()
        self._tick = tick
        self._due: SimpleQueue[tuple[str, dt.datetime] | None] = SimpleQueue()
        self._ended = False

    def work(self) -> None:
        """Do ticks as they come, until `end`."""
        while not self._ended and (due := self._due.get()) is not None:
            job_id, moment = due
            afterwards = self._tick(moment)
            self._run_job_success(job_id, [])
            afterwards()

    def end(self) -> None:
        """Begin no further tick; from any thread."""
        self._ended = True
        self._due.put(None)

    def _do_submit_job(self, job: object, run_times: list[dt.datetime]) -> None:
        self._due.put((str(getattr(job, "id")), run_times[-1]))  # noqa: B009 - APScheduler ships no types


class Clockwork:
    """Calls `tick` with the moment it was due, when a schedule says so.

    Args:
        schedule: Says when.
        tick: Called in the thread that calls `work`; must not raise. Returns what to do when it is at work no longer.
        skipped: Called in another thread when a tick is due while one is at work; several that are due become one.
        clock: Tells the machine's time.
    """

    def __init__(
        self,
        schedule: Schedule,
        *,
        tick: Callable[[dt.datetime], Callable[[], None]],
        skipped: Callable[[], None],
        clock: Clock,
    ) -> None:
        self.schedule = schedule
        self._clock = clock
        self._chance = random.Random()  # noqa: S311 - spreads load, keeps no secret
        self._caller = _Caller(tick)
        self._scheduler = BackgroundScheduler(executors={"default": self._caller}, timezone=dt.UTC)
        self._scheduler.add_listener(lambda _event: skipped(), EVENT_JOB_MAX_INSTANCES)
        at_once = {"next_run_time": clock.now()} if schedule.once_at_start else {}
        self._scheduler.add_job(
            _due, self._times(), id=_JOB, max_instances=1, coalesce=True, misfire_grace_time=None, **at_once
        )

    def _times(self) -> Times:
        return Times(self.schedule, self._clock.now(), self._chance)

    def work(self, ready: Callable[[], None]) -> None:
        """Do what is due in this thread until `end`; `ready` is called as soon as the clock runs."""
        self._scheduler.start()
        try:
            ready()
            self._caller.work()
        finally:
            self._scheduler.shutdown(wait=False)

    def end(self) -> None:
        """Begin no further tick; `work` returns as soon as the one at work is done. From any thread."""
        self._caller.end()

    def fire(self) -> None:
        """Let a tick be due now."""
        self._scheduler.modify_job(_JOB, next_run_time=self._clock.now())

    def follow(self, schedule: Schedule) -> None:
        """Go by another schedule from now on."""
        self.schedule = schedule
        self._scheduler.reschedule_job(_JOB, trigger=self._times())

    @property
    def next_time(self) -> dt.datetime | None:
        """When the next tick is due, in UTC; None before `work`."""
        job = self._scheduler.get_job(_JOB)
        found: dt.datetime | None = getattr(job, "next_run_time", None)
        return found
