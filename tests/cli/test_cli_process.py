"""The installed command as a process: quick to start, polite when it is interrupted or cut off."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

KAM_SYNC = Path(sys.executable).with_name("kam-sync")
HEAVY = ("sqlalchemy", "pydantic", "ruamel", "rich", "simple_salesforce", "hubspot", "requests", "urllib3", "tenacity")
"""Packages that take a while to import; typer's own use of rich for the help itself is not ours."""


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [KAM_SYNC, *words], capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **environment}
    )


def test_the_command_is_installed() -> None:
    done = _run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"kam-sync \d+\.\d+\.\d+\n", done.stdout)


def test_the_command_line_is_light_to_import() -> None:
    code = "import sys, kam_sync.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own code
    assert not set(HEAVY) & set(done.stdout.split())


def test_usage_errors_end_with_2() -> None:
    done = _run("frobnicate")
    assert done.returncode == 2
    assert "frobnicate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run([KAM_SYNC, "rules"], stdout=closed, stderr=subprocess.PIPE, check=False, timeout=60)  # noqa: S603 - our own command
    assert done.stderr == b""
    assert done.returncode == 1


def test_a_narrow_output_ends_nothing() -> None:
    done = _run("explain", "KAM202", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert "KAM202" in done.stdout
    assert done.stdout.isascii()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_sandbox_ends_in_good_order_when_it_is_asked_to(tmp_path: Path, number: signal.Signals, code: int) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(  # noqa: S603 - our own command
        [KAM_SYNC, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Next, in another terminal:"):
                break
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(number)
        assert process.wait(timeout=60) == code
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []
