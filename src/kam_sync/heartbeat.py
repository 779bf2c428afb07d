"""The heartbeat: a small file in Prometheus' text format that tells monitoring how the last run went.

Every run reads what the file holds, brings it up to date and puts it back in one piece. Counters live in the file, so
that they grow from run to run; when an org was last done in full is read from the store. No account is named in it.
"""

# ruff: noqa: PLC0415 - prometheus-client is an extra, needed only by who asks for a heartbeat

from __future__ import annotations

import datetime as dt
import logging
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kam_sync.clock import Clock
from kam_sync.config import LoadedPolicy
from kam_sync.errors import ConfigError, CrashError, KamSyncError, LeaseHeldError, StoppedError
from kam_sync.job import OrgResult, RunResult
from kam_sync.lifecycle import LinkState
from kam_sync.store import Store
from kam_sync.store.runs import count_queue, last_whole_run, load_description
from kam_sync.store.tasks import TaskBooks

if TYPE_CHECKING:
    from prometheus_client import Metric

MODE: Final = 0o644
"""Another user reads it: Prometheus' node exporter."""
_log: Final = logging.getLogger(__name__)


class TickOutcome(StrEnum):
    """How a run ended, or why there was none."""

    SUCCESS = "success"
    """Every org ended with exit code 0."""
    PARTIAL = "partial"
    """Something is unknown or was not written; the rest is done."""
    FAILED = "failed"
    """No org was done."""
    CRASHED = "crashed"
    """A bug of kam-sync or of a plugin ended the run, or the work in one org."""
    HELD = "held"
    """Other runs were at work on every org."""
    STOPPED = "stopped"
    """The run was asked to stop before it was done."""
    SKIPPED = "skipped"
    """A run was due while the one before was still at work."""
    MISSED = "missed"
    """A run was due and could not begin in time."""


def outcome_of(result: RunResult) -> TickOutcome:
    """Return how a run ended."""
    errors = [org.error for org in result.orgs]
    if any(isinstance(error, CrashError) for error in errors):
        return TickOutcome.CRASHED
    if any(isinstance(error, StoppedError) for error in errors):
        return TickOutcome.STOPPED
    if all(org.exit_code == 0 for org in result.orgs):
        return TickOutcome.SUCCESS
    if all(isinstance(error, LeaseHeldError) for error in errors):
        return TickOutcome.HELD
    return TickOutcome.PARTIAL if any(org.exit_code in {0, 4} for org in result.orgs) else TickOutcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgVitals:
    """What the heartbeat says of one org; times are seconds since 1970, None is not known.

    `findings` are the active ones of the last check by (rule code, severity), `api_requests` those of the last run,
    `written` the tasks written by step since the file was begun.
    """

    last_success: float | None = None
    exit_code: int | None = None
    tasks_live: int | None = None
    queued: int | None = None
    api_requests: int | None = None
    findings: Mapping[tuple[str, str], int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What the file says: when the last run ended (seconds since 1970), how long it took, and how the orgs are."""

    last_run: float | None = None
    duration: float | None = None
    ticks: Mapping[TickOutcome, int] = field(default_factory=dict)
    orgs: Mapping[str, OrgVitals] = field(default_factory=dict)

    def counted(self, outcome: TickOutcome) -> Heartbeat:
        """Return it with one more run of an outcome."""
        return replace(self, ticks={**self.ticks, outcome: self.ticks.get(outcome, 0) + 1})


# -- the file ---------------------------------------------------------------------------------------------------------


def exposition(heartbeat: Heartbeat) -> str:
    """Return a heartbeat in Prometheus' text format, by prometheus-client's own writer."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Vitals(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _families(heartbeat)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Vitals())
    return generate_latest(registry).decode()


def _families(heartbeat: Heartbeat) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    ticks = CounterMetricFamily("kam_sync_ticks", "Runs, by how they ended or why there was none.", labels=["outcome"])
    for outcome in TickOutcome:
        ticks.add_metric([outcome.value], heartbeat.ticks.get(outcome, 0))
    yield ticks
    for name, text, value in (
        ("kam_sync_last_run_timestamp_seconds", "When the last run ended, well or not.", heartbeat.last_run),
        ("kam_sync_run_duration_seconds", "How long the last run took.", heartbeat.duration),
    ):
        if value is not None:
            yield GaugeMetricFamily(name, text, value=value)
    for name, (text, attribute) in _OF_ORG.items():
        family = GaugeMetricFamily(name, text, labels=["org"])
        for org, vitals in heartbeat.orgs.items():
            known = getattr(vitals, attribute)
            if known is not None:
                family.add_metric([org], known)
        yield family
    findings = GaugeMetricFamily(
        "kam_sync_findings", "Active findings as of the last check.", labels=["org", "rule", "severity"]
    )
    written = CounterMetricFamily(
        "kam_sync_tasks_written", "Tasks written into the CRM, by step.", labels=["org", "step"]
    )
    for org, vitals in heartbeat.orgs.items():
        for (rule, severity), count in sorted(vitals.findings.items()):
            findings.add_metric([org, rule, severity], count)
        for step, count in sorted(vitals.written.items()):
            written.add_metric([org, step], count)
    yield findings
    yield written


_OF_ORG: Final = {
    "kam_sync_last_success_timestamp_seconds": ("When a run last ended with exit code 0.", "last_success"),
    "kam_sync_last_run_exit_code": ("What the last run ended with.", "exit_code"),
    "kam_sync_tasks_live": ("Open tasks that kam-sync keeps.", "tasks_live"),
    "kam_sync_queued": ("Tasks that wait behind a cap.", "queued"),
    "kam_sync_api_requests": ("API requests of the last run.", "api_requests"),
}
"""Gauge of an org → its help text, and the attribute of OrgVitals that it shows."""


def parse_exposition(text: str) -> Heartbeat:
    """Return the heartbeat that `exposition` wrote as this text.

    Raises:
        ValueError: The text is not in Prometheus' format.
    """
    from prometheus_client.parser import text_string_to_metric_families

    values: dict[str, float] = {}
    ticks: dict[TickOutcome, int] = {}
    orgs: dict[str, dict[str, float | None]] = {}
    findings: dict[str, dict[tuple[str, str], int]] = {}
    written: dict[str, dict[str, int]] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels, org = sample.labels, sample.labels.get("org", "")
                if sample.name == "kam_sync_ticks_total":
                    ticks[TickOutcome(labels["outcome"])] = int(sample.value)
                elif sample.name == "kam_sync_findings":
                    findings.setdefault(org, {})[labels["rule"], labels["severity"]] = int(sample.value)
                elif sample.name == "kam_sync_tasks_written_total":
                    written.setdefault(org, {})[labels["step"]] = int(sample.value)
                elif sample.name in _OF_ORG:
                    orgs.setdefault(org, {})[_OF_ORG[sample.name][1]] = sample.value
                else:
                    values[sample.name] = sample.value
    except (KeyError, OverflowError) as error:
        raise ValueError(f"a sample lacks or bends {error}") from None

    def whole(org: str, name: str) -> int | None:
        value = orgs.get(org, {}).get(name)
        return None if value is None else int(value)

    return Heartbeat(
        last_run=values.get("kam_sync_last_run_timestamp_seconds"),
        duration=values.get("kam_sync_run_duration_seconds"),
        ticks=ticks,
        orgs={
            org: OrgVitals(
                last_success=orgs.get(org, {}).get("last_success"),
                exit_code=whole(org, "exit_code"),
                tasks_live=whole(org, "tasks_live"),
                queued=whole(org, "queued"),
                api_requests=whole(org, "api_requests"),
                findings=findings.get(org, {}),
                written=written.get(org, {}),
            )
            for org in dict.fromkeys((*orgs, *findings, *written))
        },
    )


class HeartbeatFile:
    """The file of a heartbeat; safe for the threads of one process.

    Raises:
        ConfigError: prometheus-client is not installed, or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        if find_spec("prometheus_client") is None:
            raise ConfigError("a heartbeat needs prometheus-client; install it: pip install 'kam-sync[schedule]'")
        self.path = path
        self._lock = threading.Lock()
        with suppress(FileNotFoundError):
            self._temporary().unlink()

    def load(self) -> Heartbeat:
        """Return what the file says; a new one when there is none, or when it is damaged, which is logged."""
        try:
            return parse_exposition(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Heartbeat()
        except (ValueError, OSError) as error:
            _log.warning("the heartbeat file %s is begun anew: %s", self.path, type(error).__name__)
            return Heartbeat()

    def save(self, heartbeat: Heartbeat) -> None:
        """Put the file in place in one piece, readable by everybody; raises ConfigError when it cannot be written."""
        temporary = self._temporary()
        try:
            temporary.write_text(exposition(heartbeat), encoding="utf-8")
            temporary.chmod(MODE)
            temporary.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise self._unusable(error) from None

    def count(self, outcome: TickOutcome) -> None:
        """Count a run that did not take place."""
        with self._lock:
            self.save(self.load().counted(outcome))

    def end(self, ran: _Ran) -> None:
        """Bring the file up to date after a run."""
        with self._lock:
            self.save(_after(self.load(), ran))

    def _temporary(self) -> Path:
        """Make an empty file beside it under a name that the node exporter does not read."""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        except OSError as error:
            raise self._unusable(error) from None
        os.close(handle)
        return Path(name)

    def _unusable(self, error: OSError) -> ConfigError:
        return ConfigError(f"the heartbeat file {self.path} cannot be written: {error.strerror}; see its folder")


# -- a run ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Ran:
    """What is known of a run when it has ended; `orgs` are those that were looked at, with all that the store says."""

    outcome: TickOutcome = TickOutcome.FAILED
    exit_code: int = 1
    ended: float = 0.0
    duration: float = 0.0
    policy: LoadedPolicy | None = None
    result: RunResult | None = None
    successes: Mapping[str, float | None] = field(default_factory=dict)
    live: Mapping[str, int] = field(default_factory=dict)
    queued: Mapping[str, int] = field(default_factory=dict)


def _after(before: Heartbeat, ran: _Ran) -> Heartbeat:
    """Return the heartbeat after a run; what the run did not find out stays as it was."""
    orgs = dict(before.orgs)
    if ran.policy is not None:
        orgs = {org: orgs.get(org, OrgVitals()) for org in ran.policy.policy.orgs}
    if ran.result is None:
        orgs = {org: replace(vitals, exit_code=ran.exit_code) for org, vitals in orgs.items()}
    for result in ran.result.orgs if ran.result is not None else ():
        orgs[result.org] = _with_result(orgs.get(result.org, OrgVitals()), result)
    for org, success in ran.successes.items():
        live, queued = ran.live.get(org), ran.queued.get(org)
        orgs[org] = replace(orgs[org], last_success=success, tasks_live=live, queued=queued)
    return replace(before, last_run=ran.ended, duration=ran.duration, orgs=orgs).counted(ran.outcome)


def _with_result(vitals: OrgVitals, result: OrgResult) -> OrgVitals:
    written = Counter(vitals.written)
    if result.apply is not None:
        written.update({step.value: count for step, count in result.apply.steps.items()})
    return replace(
        vitals,
        exit_code=result.exit_code,
        api_requests=result.usage.requests if result.usage is not None else 0,
        findings=result.check.findings if result.check is not None else vitals.findings,
        written=written,
    )


class Pulse:
    """What a run tells of itself while its heartbeat is kept."""

    def __init__(self) -> None:
        self.ran = _Ran()

    def observe(self, policy: LoadedPolicy, store: Store, result: RunResult) -> None:
        """Take in what a run did, and what the store says of every org of its policy."""
        uids = {org: found.org_uid for org in policy.policy.orgs if (found := load_description(store, org)) is not None}
        last = {org: last_whole_run(store, uid, applied=result.applied) for org, uid in uids.items()}
        self.ran.policy, self.ran.result = policy, result
        self.ran.outcome, self.ran.exit_code = outcome_of(result), result.exit_code
        self.ran.successes = {org: when.timestamp() if when is not None else None for org, when in last.items()}
        live = {org: TaskBooks(store, uid).links([LinkState.LIVE]) for org, uid in uids.items()}
        self.ran.live = {org: sum(1 for _ in links) for org, links in live.items()}
        self.ran.queued = {org: count_queue(store, uid) for org, uid in uids.items()}


@contextmanager
def keep_heartbeat(file: HeartbeatFile | None, clock: Clock) -> Iterator[Pulse]:
    """Bring a heartbeat file up to date when the run inside has ended, however it ends.

    Args:
        file: The file; None keeps none.
        clock: Tells the time.

    Raises:
        ConfigError: The run was done, but the file cannot be written.

    Example:
        >>> with kam_sync.keep_heartbeat(kam_sync.HeartbeatFile(Path("kam-sync.prom")), settings.clock) as pulse:
        ...     pulse.observe(policy, store, kam_sync.run(policy, store, settings))
        >>> 'kam_sync_last_run_exit_code{org="main"} 0.0' in Path("kam-sync.prom").read_text()
        True
    """
    pulse = Pulse()
    if file is None:
        yield pulse
        return
    started = clock.now()

    def end() -> None:
        ended = clock.now()
        pulse.ran.ended, pulse.ran.duration = ended.timestamp(), (ended - started) / dt.timedelta(seconds=1)
        file.end(pulse.ran)

    try:
        yield pulse
    except BaseException as error:
        known = error if isinstance(error, KamSyncError) else None
        pulse.ran.exit_code = known.exit_code if known is not None else 1
        pulse.ran.outcome = TickOutcome.FAILED if known is not None else TickOutcome.CRASHED
        if not isinstance(error, Exception):  # Ctrl-C, or a second signal to end
            pulse.ran.outcome = TickOutcome.STOPPED
        with suppress(ConfigError):  # what ended the run matters more
            end()
        raise
    end()
