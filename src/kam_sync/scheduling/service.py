"""The service: one run of the whole job per tick, whatever befalls a run, until it is asked to stop."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from kam_sync import job
from kam_sync.clock import Clock, SystemClock
from kam_sync.config import LoadedPolicy
from kam_sync.config.schedule import Schedule
from kam_sync.durations import words
from kam_sync.errors import CrashError, KamSyncError, StoppedError
from kam_sync.heartbeat import HeartbeatFile, TickOutcome, keep_heartbeat
from kam_sync.job import OrgResult, RunResult
from kam_sync.scheduling.clockwork import Clockwork
from kam_sync.scheduling.notifying import notify
from kam_sync.session import JobSettings
from kam_sync.store import Store

_log: Final = logging.getLogger(__name__)
_LEVELS: Final = {
    TickOutcome.SUCCESS: logging.INFO,
    TickOutcome.STOPPED: logging.INFO,
    TickOutcome.HELD: logging.WARNING,
    TickOutcome.PARTIAL: logging.WARNING,
}
"""How loud the end of a run is; whatever is not named is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One time that a run was due: how it ended, or why there was none.

    `number` counts the runs of the service from 1; a run that was left out has the number of the one before it.
    `result` is None when no run took place or when it ended before any org was looked at; then `error` says why.
    """

    number: int
    outcome: TickOutcome
    result: RunResult | None = None
    error: KamSyncError | None = None


@dataclass(slots=True, kw_only=True)
class JobService:
    """Runs the whole job when a schedule says so, until `stop`.

    A run that fails, or that a bug ends, is told by log and heartbeat, and the next one takes place all the same.

    Args:
        load: Reads the policy; called before every run, so that a change takes effect with the next one.
        settings: How to run; `stopping` and `contain` are the service's own.
        options: Keys of the policy's section `schedule:` said anew, which win over it; None leaves a key as it is.
        apply: Whether runs may write.
        heartbeat: The heartbeat file; that of the policy's section by default, relative to the policy.
        observe: Called after every tick, from the thread that `serve` runs in, or the scheduler's for one left out.
        machine_clock: Tells when a run is due; `settings.clock` tells runs what day it is.
    """

    load: Callable[[], LoadedPolicy]
    settings: JobSettings = field(default_factory=JobSettings)
    options: Mapping[str, object] = field(default_factory=dict)
    apply: bool = False
    heartbeat: Path | None = None
    observe: Callable[[Tick], None] = lambda _tick: None
    machine_clock: Clock = field(default_factory=SystemClock)
    _clockwork: Clockwork | None = None
    _file: HeartbeatFile | None = None
    _number: int = 0
    _stopping: bool = False
    _woken: SimpleQueue[None] = field(default_factory=SimpleQueue)

    def serve(self, ready: Callable[[], None] = lambda: None) -> None:
        """Run whenever it is time, in this thread, until `stop`; `ready` is called when the schedule is at work.

        Raises:
            ConfigError: The policy does not hold at the start, nothing says when to run, or the heartbeat file cannot
                be written.
        """
        policy = self.load()
        schedule = self._schedule_of(policy)
        schedule.after(self.machine_clock.now(), self.machine_clock.now())
        self._file = self._heartbeat_of(policy, schedule)
        self._clockwork = Clockwork(schedule, tick=self._tick, skipped=self._skipped, clock=self.machine_clock)
        if self._stopping:
            return
        orgs = self.settings.chosen(policy)
        clockwork = self._clockwork

        def begun() -> None:
            mode, following = "apply" if self.apply else "dry-run", _moment(clockwork.next_time)
            runs, names = _quoted(schedule.words), _quoted(", ".join(orgs))
            _log.info("serving runs=%s mode=%s orgs=%s next=%s", runs, mode, names, following)
            notify("READY=1", f"STATUS=runs {schedule.words}")
            ready()

        clockwork.work(begun)

    def stop(self) -> None:
        """Begin no further run and ask the one at work to end between two steps; from any thread."""
        self._stopping = True
        self._woken.put(None)
        if self._clockwork is not None:
            self._clockwork.end()
        notify("STOPPING=1")

    def fire(self) -> None:
        """Let a run be due now, beside those of the schedule."""
        if self._clockwork is None:
            raise StoppedError("the service is not at work")
        self._clockwork.fire()

    @property
    def grace(self) -> dt.timedelta:
        """How long a run that is asked to stop may take."""
        return (self._clockwork.schedule if self._clockwork is not None else Schedule()).grace

    # -- one tick -------------------------------------------------------------------------------------------------

    def _tick(self, due: dt.datetime) -> Callable[[], None]:
        """Do what is due and return the call that tells of it."""
        if self._clockwork is None:
            raise StoppedError("the service is not at work")
        late = self.machine_clock.now() - due
        if late > self._clockwork.schedule.misfire_grace:
            _log.warning("run left out reason=missed due=%s late=%s", _moment(due), words(late))
            return lambda: self._count(TickOutcome.MISSED)
        self._number += 1
        _log.info("run begins run=%d", self._number)
        began = self.settings.clock.now()
        tick = self._run()
        seconds = (self.settings.clock.now() - began).total_seconds()
        following = self._clockwork.next_time
        _log.log(
            _LEVELS.get(tick.outcome, logging.ERROR),
            "run ends run=%d outcome=%s seconds=%.1f next=%s",
            self._number,
            tick.outcome,
            seconds,
            _moment(None if self._stopping else following),
        )
        notify(f"STATUS=run {self._number} ended: {tick.outcome}")
        return lambda: self.observe(tick)

    def _run(self) -> Tick:
        """Do one run and tell how it went; nothing but the end of the process leaves this."""
        outcome, result, error = TickOutcome.FAILED, None, None
        try:
            with keep_heartbeat(self._file, self.settings.clock) as pulse:
                policy = self.load()
                self._follow(policy)
                with Store(policy.state_url) as store:
                    result = self._work(policy, store)
                    pulse.observe(policy, store, result)
                outcome = pulse.ran.outcome
        except KamSyncError as failure:
            error = failure
        except Exception as bug:  # noqa: BLE001 - whatever a plugin raised must not end the service
            outcome, error = TickOutcome.CRASHED, _crash(bug)
        for org in result.orgs if result is not None else ():
            self._tell(org)
        if error is not None:
            _log.error("problem run=%d text=%s", self._number, _quoted(str(error)))
        return Tick(number=self._number, outcome=outcome, result=result, error=error)

    def _work(self, policy: LoadedPolicy, store: Store) -> RunResult:
        """Do the job; the place for whatever else every run does with its policy and store."""
        return job.run(policy, store, self._own_settings(), apply=self.apply)

    def _tell(self, org: OrgResult) -> None:
        counts = {name: count for name, count in job.summary(org).items() if isinstance(count, int)}
        told = " ".join(f"{name}={count}" for name, count in counts.items())
        _log.info("org run=%d org=%s %s", self._number, _quoted(org.org), told)
        level = logging.INFO if isinstance(org.error, StoppedError) else logging.WARNING
        for problem in org.problems:
            _log.log(level, "problem run=%d org=%s text=%s", self._number, _quoted(org.org), _quoted(problem))

    def _own_settings(self) -> JobSettings:
        return replace(self.settings, stopping=lambda: self._stopping, contain=_contained, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        """Wait as the settings say, but no longer than until the service is asked to stop; raises StoppedError then."""
        if self.settings.sleep is not time.sleep:
            self.settings.sleep(seconds)
        elif not self._stopping:
            try:
                self._woken.get(timeout=seconds)
            except Empty:
                return
        if self._stopping:
            raise StoppedError("the run was asked to stop while it waited for the CRM; the next run goes on")

    def _skipped(self) -> None:
        _log.warning("run left out reason=overlap at_work=%d", self._number)
        self._count(TickOutcome.SKIPPED)

    def _count(self, outcome: TickOutcome) -> None:
        if self._file is not None:
            try:
                self._file.count(outcome)
            except KamSyncError as error:
                _log.error("problem text=%s", _quoted(str(error)))
        self.observe(Tick(number=self._number, outcome=outcome))

    # -- the policy's section -------------------------------------------------------------------------------------

    def _schedule_of(self, policy: LoadedPolicy) -> Schedule:
        return (policy.policy.schedule or Schedule()).overridden(self.options)

    def _follow(self, policy: LoadedPolicy) -> None:
        """Go by what the policy says of the schedule now; when it says nothing any more, go on as before."""
        schedule = self._schedule_of(policy)
        if self._clockwork is None or schedule == self._clockwork.schedule:
            return
        if not schedule.told:
            _log.warning("the policy says no longer when to run; going on as before")
            return
        self._clockwork.follow(schedule)
        _log.info("schedule changed runs=%s", _quoted(schedule.words))

    def _heartbeat_of(self, policy: LoadedPolicy, schedule: Schedule) -> HeartbeatFile | None:
        if self.heartbeat is not None:
            return HeartbeatFile(self.heartbeat)
        return HeartbeatFile(policy.folder / schedule.heartbeat) if schedule.heartbeat else None


def _contained(org: str, bug: Exception) -> KamSyncError:
    """Return the error of an org whose work a bug has ended."""
    del org
    return _crash(bug)


def _crash(bug: Exception) -> CrashError:
    """Return a bug as an error that names its class and place; its text may quote a record and is left out."""
    _log.debug("the traceback of a bug", exc_info=bug)
    frames = traceback.extract_tb(bug.__traceback__)
    place = "/".join(Path(frames[-1].filename).parts[-2:]) + f":{frames[-1].lineno}" if frames else "an unknown place"
    return CrashError(
        f"a bug ended the run: {type(bug).__name__} in {place}; report it to whoever made that code, "
        "with the traceback that --log-level debug shows"
    )


def _quoted(text: str) -> str:
    """Return a text as a value of a log line: in quotation marks, control characters escaped."""
    return json.dumps(text, ensure_ascii=False)


def _moment(moment: dt.datetime | None) -> str:
    return "-" if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
