"""A service at work in a thread of its own over a local CRM, fired and watched by a test."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

from prometheus_client.parser import text_string_to_metric_families

from kam_sync.clock import Clock, ManualClock, SystemClock
from kam_sync.config import load_policy
from kam_sync.heartbeat import TickOutcome
from kam_sync.local_crms import LocalCrm
from kam_sync.portfolio import Portfolio
from kam_sync.ports import Connector, Page
from kam_sync.records import RecordKind, Role
from kam_sync.registry import load_connector, load_local_crms, load_rules
from kam_sync.scheduling import JobService, Tick
from kam_sync.session import JobSettings
from kam_sync.testing.memory import MemoryCrm
from support_memory import USERS, healthy
from support_orgs import NO_CAPS, START, policy_text

LONG = 60.0
"""Seconds until a test gives up waiting; nothing waits so long."""
RULES = load_rules()

Sample = tuple[str, frozenset[tuple[str, str]]]


def samples(text: str) -> Mapping[Sample, float]:
    """Return the samples of a text in Prometheus' format, read by its own library."""
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


@dataclass(slots=True, kw_only=True)
class Shop:
    """A local CRM with two accounts, one of them without roles, and a policy file that reads it."""

    crm: LocalCrm
    clock: ManualClock
    folder: Path
    hooks: list[Callable[[str], None]] = field(default_factory=list)

    @property
    def policy_path(self) -> Path:
        return self.folder / "kam-sync.yaml"

    def write_policy(self, **sections: object) -> None:
        given = {"tasks": {"caps": dict(NO_CAPS)}, "safety": {"max_close_count": 1000, "max_row_drop": 1}, **sections}
        text = policy_text(self.crm.org_settings, "ines@vendor.example", **given)
        self.policy_path.write_text(text, encoding="utf-8")

    def account(self, name: str) -> str:
        """Return the id of an account of which we know a task by a part of its subject."""
        return next(task.account for task in self.crm.people.tasks() if name in task.subject)

    def open_tasks(self) -> list[str]:
        return sorted(task.subject for task in self.crm.people.tasks() if task.key and task.open and not task.deleted)


@contextmanager
def open_shop(kind: str, folder: Path) -> Iterator[Shop]:
    clock = ManualClock(START)
    classes: dict[str, type[LocalCrm]] = {**load_local_crms(), "memory": MemoryCrm}
    crm = classes[kind].start(folder / "crm", clock=clock)
    try:
        anchor = healthy("anchor", owner="ines", roles=dict.fromkeys(Role, ("ines",)))
        bare = (healthy("birch", roles={}), healthy("cedar", roles={}, owner="bo"))
        crm.load(Portfolio(name="Vendor", users=USERS, accounts=(anchor, *bare)))
        shop = Shop(crm=crm, clock=clock, folder=folder)
        shop.write_policy(rules={"select": ["KAM101"]})
        yield shop
    finally:
        crm.stop()


def hooked(name: str, hooks: list[Callable[[str], None]]) -> type[Connector]:
    """Return an installed connector that calls hooks with the kind of record before each pull, which may raise."""
    real = load_connector(name)

    def pull(self: Connector, kind: RecordKind, account_ids: Callable[[], Iterable[str]]) -> Iterator[Page]:
        for hook in hooks:
            hook(kind.value)
        return real.pull(self, kind, account_ids)

    return type("Hooked", (real,), {"pull": pull})


@dataclass(slots=True, kw_only=True)
class Served:
    """A service at work; every tick comes out of `tick`, in the order in which they ended."""

    service: JobService
    heartbeat: Path
    ticks: Queue[Tick]

    def tick(self) -> Tick:
        return self.ticks.get(timeout=LONG)

    def run(self) -> Tick:
        """Let a tick be due and return it when it has ended."""
        self.service.fire()
        return self.tick()

    def metrics(self) -> Mapping[Sample, float]:
        return samples(self.heartbeat.read_text(encoding="utf-8"))

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics()[f"kam_sync_{name}", frozenset(labels.items())]

    def outcomes(self) -> dict[str, int]:
        counts = {outcome: int(self.metric("ticks_total", outcome=outcome)) for outcome in TickOutcome}
        return {outcome.value: count for outcome, count in counts.items() if count}


@contextmanager
def serving(
    shop: Shop,
    *,
    apply: bool = True,
    machine_clock: Clock | None = None,
    options: Mapping[str, object] | None = None,
    heartbeat: str | None = "kam-sync.prom",
) -> Iterator[Served]:
    """Serve in a thread until the end of the block."""
    ticks: Queue[Tick] = Queue()
    service = JobService(
        load=lambda: load_policy(shop.policy_path, RULES, environment={}),
        settings=JobSettings(clock=shop.clock, sleep=lambda seconds: shop.clock.advance(seconds=seconds)),
        options={"every": dt.timedelta(days=30)} if options is None else options,
        apply=apply,
        heartbeat=shop.folder / heartbeat if heartbeat is not None else None,
        observe=ticks.put,
        machine_clock=machine_clock or SystemClock(),
    )
    failures: list[BaseException] = []
    ready = threading.Event()

    def serve() -> None:
        try:
            service.serve(ready=ready.set)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(LONG)
        if failures:
            raise failures[0]
        yield Served(service=service, heartbeat=shop.folder / "kam-sync.prom", ticks=ticks)
    finally:
        service.stop()
        thread.join(LONG)
    assert not thread.is_alive()
    assert failures == []
