"""`run --heartbeat`, `health` and `schedule` on the command line."""

from __future__ import annotations

import datetime as dt
import io
import logging
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.cli.logs import LogLevel, logging_to
from kam_sync.cli.terminal import Terminal
from kam_sync.heartbeat import HeartbeatFile, TickOutcome
from kam_sync.scheduling.notifying import notify
from support_cli import CommandLine


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see nothing of whoever runs them."""
    for name in ("KAM_SYNC_POLICY", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "TERM", "NOTIFY_SOCKET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    monkeypatch.chdir(folder)
    line = CommandLine(folder=folder, capsys=capsys)
    yield line
    line.crm.stop()


def test_every_run_from_cron_leaves_its_heartbeat(cli: CommandLine) -> None:
    cli.done("run", "--apply", "--heartbeat", "kam-sync.prom")
    file = HeartbeatFile(cli.folder / "kam-sync.prom")
    first = file.load()
    assert first.ticks[TickOutcome.SUCCESS] == 1
    assert first.orgs["main"].last_success == cli.clock.now().timestamp()
    assert first.orgs["main"].written["create"] == first.orgs["main"].tasks_live == cli.crm.writes
    cli.clock.advance(hours=5)
    cli.done("pull")  # no whole run, so no success of one
    cli.done("retract", "--all", "--apply")
    cli.done("run", "--heartbeat", "kam-sync.prom")
    dry = file.load()
    assert dry.orgs["main"].last_success == cli.clock.now().timestamp()
    cli.crm.on_call = _refuse
    cli.clock.advance(hours=5)
    assert cli("run", "--apply", "--heartbeat", "kam-sync.prom").code == 7
    failed = file.load()
    assert failed.orgs["main"].last_success == first.orgs["main"].last_success
    assert failed.orgs["main"].exit_code == 7
    assert failed.orgs["main"].findings == dry.orgs["main"].findings
    assert {o: n for o, n in failed.ticks.items() if n} == {TickOutcome.SUCCESS: 2, TickOutcome.FAILED: 1}
    cli.write_policy("version: 1\n")
    assert cli("run", "--heartbeat", "kam-sync.prom").code == 2
    assert file.load().orgs["main"].exit_code == 2


def _refuse(_name: str) -> None:
    from kam_sync.errors import AuthError

    raise AuthError("the credentials are wrong")


def test_a_heartbeat_file_that_cannot_be_is_said_before_anything_is_written(cli: CommandLine) -> None:
    answer = cli("run", "--apply", "--heartbeat", "gone/kam-sync.prom")
    assert answer.code == 2
    assert "the heartbeat file gone/kam-sync.prom cannot be written" in answer.err
    assert cli.crm.calls == 0


def test_what_the_extra_brings_is_asked_for_by_name(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam_sync.heartbeat.find_spec", lambda _name: None)
    monkeypatch.setattr("kam_sync.cli.commands.scheduling.find_spec", lambda _name: None)
    for words in (("schedule", "--every", "6h"), ("run", "--heartbeat", "kam-sync.prom")):
        answer = cli(*words)
        assert answer.code == 2
        assert "pip install 'kam-sync[schedule]'" in answer.err


def test_health_tells_by_its_exit_code_whether_all_was_done_lately(cli: CommandLine) -> None:
    never = cli("health")
    assert never.code == 1
    assert "never" in never.out
    assert "main: no run has done everything within 26h; kam-sync state runs shows what they did" in never.err
    cli.done("run")
    assert cli("health").code == 1
    assert cli("health", "--dry-runs").code == 0
    cli.done("run", "--apply")
    cli.clock.advance(hours=26)
    healthy = cli.done("health", "--max-age", "26h")
    assert "26 h 0 min" in healthy.out
    assert healthy.err == ""
    cli.clock.advance(seconds=1)
    assert cli("health").code == 1
    assert cli("--quiet", "health", "--max-age", "2d").all == ""
    assert cli("health", "--max-age", "soon").code == 2
    assert cli("health", "--org", "nobody").code == 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), 'say when to run: --cron "15 4 * * *" or --every 6h'),
        (("--every", "soon"), "--every: expected a length of time"),
        (("--cron", "1 2"), "--cron: expected the five fields of cron"),
        (("--every", "6h", "--cron", "1 2 * * *"), "cron and every exclude each other"),
        (("--every", "6h", "--heartbeat", "gone/a.prom"), "the heartbeat file gone/a.prom cannot be written"),
        (("--every", "6h", "--org", "nobody"), "there is no org 'nobody' in the policy"),
        (("--every", "6h", "--log-level", "loud"), "--log-level loud: there are: debug, info, warning, error"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_at_the_start(
    cli: CommandLine, words: tuple[str, ...], problem: str
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    answer = cli("schedule", *words)
    assert answer.code == 2
    assert problem in answer.err
    assert signal.getsignal(signal.SIGTERM) == before


def test_log_lines_are_one_line_each_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("kam_sync.some.part")
    with logging_to(Terminal(), LogLevel.DEBUG):
        log.info("run begins run=%d", 1)
        log.warning("text=%s", "Weiß\x1b[31m\u202eлевша\nneu")
        with pytest.raises(ValueError, match="a") as caught:
            int("a\nb")
        log.debug("the traceback of a bug", exc_info=caught.value)
    log.warning("nobody listens any more")
    first, second, third, *trace = capsys.readouterr().err.splitlines()
    stamp = dt.datetime.strptime(first.split()[0], "%Y-%m-%dT%H:%M:%S%z")
    assert stamp.utcoffset() == dt.timedelta(0)
    assert first.endswith(" INFO run begins run=1")
    assert second.endswith(r" WARNING text=Weiß\x1b[31m\u202eлевша\nneu")
    assert third.endswith(" DEBUG the traceback of a bug")
    assert all(line.startswith("  ") for line in trace)


def test_log_lines_are_coloured_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr", screen)
    with logging_to(Terminal(), LogLevel.WARNING):
        logging.getLogger("kam_sync").error("[bold]x[/bold] " + "long " * 60)
        logging.getLogger("kam_sync").info("not told")
    text = screen.getvalue()
    assert text.startswith("\x1b[31m")
    assert "[bold]x[/bold]" in text
    assert text.count("\n") == 1


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is found where there are Unix sockets")
@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    address = f"@kam-sync-{os.getpid()}" if abstract else str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0"))
        listener.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1", "STATUS=runs every 6h")
        assert listener.recv(1000) == b"READY=1\nSTATUS=runs every 6h"
    notify("READY=1")  # nobody listens any more: no error
    monkeypatch.setenv("NOTIFY_SOCKET", "vsock:2:1234")
    notify("READY=1")
