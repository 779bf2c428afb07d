"""The real `kam-sync schedule` process and the signals that stop it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest
from sqlalchemy import select

from kam_sync.store import Store, schema
from kam_sync_hubspot.local_crm import LocalHubSpot
from support_schedule import LONG, Shop, open_shop, samples

KAM_SYNC = Path(sys.executable).with_name("kam-sync")
STOPPED_RUN = {("kam_sync_ticks_total", frozenset({("outcome", "stopped")})): 1.0}


class Process:
    """A running service whose log lines are read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: Queue[str] = Queue()
        self.seen: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.put(line.rstrip("\n"))

    def until(self, text: str) -> str:
        """Wait for a line that holds a text."""
        while True:
            line = self._lines.get(timeout=LONG)
            self.seen.append(line)
            if text in line:
                return line

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait until it has ended and return its exit code; all its lines are seen then."""
        code = self._process.wait(LONG)
        self._reader.join(LONG)
        while not self._lines.empty():
            self.seen.append(self._lines.get())
        return code

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(LONG)
        assert self._process.stderr is not None
        self._process.stderr.close()


@contextmanager
def started(shop: Shop, *words: str) -> Iterator[Process]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAM_SYNC")}
    process = Process(
        subprocess.Popen(  # noqa: S603 - our own command
            [KAM_SYNC, "schedule", "--every", "6h", "--apply", "--heartbeat", "kam-sync.prom", *words],
            cwd=shop.folder,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
    )
    try:
        yield process
    finally:
        process.kill()


class Blocked:
    """Holds the answer to the first request of a pull, which comes under the org's lease."""

    def __init__(self, crm: LocalHubSpot) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()
        crm.recorder = lambda exchange: self._hold(exchange.path)

    def _hold(self, path: str) -> None:
        if "/owners" in path and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(LONG)


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop("hubspot", folder) as opened:
        yield opened


@pytest.fixture
def blocked(shop: Shop) -> Iterator[Blocked]:
    assert isinstance(shop.crm, LocalHubSpot)
    holding = Blocked(shop.crm)
    yield holding
    holding.go_on.set()


def leases(shop: Shop) -> list[float]:
    with Store.at(shop.folder / "kam-sync.db") as store, store.begin() as connection:
        return list(connection.scalars(select(schema.leases.c.expires_at)))


def test_an_idle_service_ends_at_once_and_well(shop: Shop) -> None:
    with started(shop) as process:
        assert re.fullmatch(
            r'\S+Z INFO serving runs="every 6h" mode=apply orgs="org" next=\S+Z', process.until("serving")
        )
        process.send(signal.SIGTERM)
        assert process.end() == 0
    assert [line.partition("Z ")[2] for line in process.seen[1:]] == [
        'INFO stopping signal=SIGTERM grace=30s hint="a second signal ends it at once"',
        "INFO stopped",
    ]


def test_a_run_at_work_ends_between_two_steps_and_the_service_ends_well(shop: Shop, blocked: Blocked) -> None:
    with started(shop, "--once-at-start") as process:
        assert blocked.reached.wait(LONG)
        process.send(signal.SIGTERM)
        process.until("stopping signal=SIGTERM grace=30s")
        blocked.go_on.set()
        assert process.end() == 0
    assert any("run ends run=1 outcome=stopped" in line for line in process.seen)
    assert leases(shop) == [0.0]
    assert shop.open_tasks() == []
    assert STOPPED_RUN.items() <= samples((shop.folder / "kam-sync.prom").read_text()).items()
    assert not [line for line in process.seen if "Traceback" in line]


@pytest.mark.parametrize(("grace", "number", "code"), [("30s", signal.SIGTERM, 143), ("0s", signal.SIGINT, 130)])
def test_a_second_signal_or_the_end_of_the_grace_ends_a_run_where_it_is(
    shop: Shop, blocked: Blocked, grace: str, number: signal.Signals, code: int
) -> None:
    with started(shop, "--once-at-start", "--grace", grace) as process:
        assert blocked.reached.wait(LONG)
        process.send(number)
        process.until(f"stopping signal={number.name}")
        if grace == "30s":
            process.send(number)
        assert process.end() == code
    assert any("grace is over" in line for line in process.seen) == (grace == "0s")
    assert leases(shop) == [0.0]
    assert STOPPED_RUN.items() <= samples((shop.folder / "kam-sync.prom").read_text()).items()
    assert not [line for line in process.seen if "Traceback" in line]
