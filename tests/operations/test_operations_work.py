"""What docs/operations.md says to do works: backup and upgrade commands, and the log lines it shows."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.cli import main
from kam_sync.cli.logs import LineFormatter
from kam_sync.errors import TransientError
from kam_sync.heartbeat import TickOutcome
from kam_sync.store import Store
from kam_sync.store.runs import list_runs
from support_cli import MEMORY_DISK
from support_markdown import ROOT, blocks
from support_schedule import Shop, hooked, open_shop, serving

BLOCKS = tuple(blocks((ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
BIN = Path(sys.executable).parent


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


def block_with(word: str) -> str:
    (text,) = [block.text for block in BLOCKS if block.kind == "sh" and word in block.text]
    return text


def backup(shop: Shop) -> int:
    """Do the shell block that makes a backup, with the installed command, and return its exit code."""
    done = subprocess.run(  # noqa: S603 - what the page says
        [shutil.which("sh") or "/bin/sh", "-e", "-c", block_with("backup.db")],
        cwd=shop.folder,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode


def test_shell_blocks_do_what_they_say(folder: Path) -> None:
    with open_shop("memory", folder) as shop, contextlib.chdir(folder):
        assert backup(shop) != 0  # nothing is there yet, and nothing is made
        assert not (folder / "kam-sync.db").exists()
        for line in block_with("kam-sync validate").splitlines():
            command, *words = shlex.split(line)
            assert command == "kam-sync"
            assert main(words, clock=shop.clock) == 0, line
        assert shop.open_tasks() == []
        assert backup(shop) == 0
    copy = folder / "backup.db"
    assert copy.stat().st_mode & 0o077 == 0
    with Store.at(copy) as store:
        assert len(list_runs(store)) == 1


def shape(line: str) -> str:
    """Return a log line without its facts' values: level, event, and the keys of its facts."""
    without_quotes = re.sub(r'"(?:\\.|[^"\\])*"', "x", line)
    return re.sub(r"=\S+", "=", without_quotes).partition(" ")[2]


def test_the_log_lines_are_those_that_are_shown(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "kam_sync")

    def unreachable(kind: str) -> None:
        if kind == "opportunity":
            raise TransientError("HTTP 503")

    with open_shop("memory", folder) as shop:
        monkeypatch.setattr("kam_sync.session.load_connector", lambda name: hooked(name, shop.hooks))
        _run_both_ways(shop, unreachable)
    formatter = LineFormatter()
    told = {shape(formatter.format(record)) for record in caplog.records}
    (shown,) = [block.text for block in BLOCKS if block.kind == "text"]
    for line in shown.splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ ", line)
        assert shape(line) in told, line


def _run_both_ways(shop: Shop, unreachable: object) -> None:
    shop.write_policy(rules={"select": ["KAM101", "KAM314", "KAM4"]})
    with serving(shop) as served:
        assert served.run().outcome is TickOutcome.SUCCESS
        assert callable(unreachable)
        shop.hooks.append(unreachable)
        assert served.run().outcome is TickOutcome.PARTIAL
        served.service._skipped()
        assert served.tick().outcome is TickOutcome.SKIPPED
