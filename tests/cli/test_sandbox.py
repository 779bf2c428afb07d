"""The sandbox: local CRMs in a folder that can be stopped and started again."""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from kam_sync.clock import SystemClock
from kam_sync.config import load_policy
from kam_sync.demo import Sandbox
from kam_sync.errors import ConfigError
from kam_sync.local_crms import LocalCrm
from kam_sync.registry import load_local_crms, load_rules

KAM_SYNC = Path(sys.executable).with_name("kam-sync")


@pytest.fixture(scope="module")
def kinds() -> Mapping[str, type[LocalCrm]]:
    return load_local_crms()


def test_every_installed_local_crm_is_served_with_a_policy_that_holds(
    folder: Path, kinds: Mapping[str, type[LocalCrm]]
) -> None:
    with Sandbox.start(folder / "box", kinds=kinds, clock=SystemClock()) as sandbox:
        assert set(sandbox.crms) == set(kinds)
        assert sandbox.fresh
        policy = load_policy(sandbox.policy_path, load_rules(), environment={})
        assert set(policy.policy.orgs) == set(kinds)
        for crm in sandbox.crms.values():
            assert crm.people.tasks()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", crm.url)
        assert stat.S_IMODE(sandbox.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(sandbox.policy_path.stat().st_mode) == 0o600


def test_a_sandbox_is_found_again_at_the_same_place_with_the_same_data(
    folder: Path, kinds: Mapping[str, type[LocalCrm]]
) -> None:
    with Sandbox.start(folder / "box", kinds=kinds, clock=SystemClock()) as first:
        urls = {name: crm.url for name, crm in first.crms.items()}
        ids = {name: [task.id for task in crm.people.tasks()] for name, crm in first.crms.items()}
        first.policy_path.write_text("# mine now\n", encoding="utf-8")
    with Sandbox.start(folder / "box", kinds=kinds, clock=SystemClock()) as second:
        assert not second.fresh
        assert {name: crm.url for name, crm in second.crms.items()} == urls
        assert {name: [task.id for task in crm.people.tasks()] for name, crm in second.crms.items()} == ids
        assert second.policy_path.read_text(encoding="utf-8") == "# mine now\n"


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path, kinds: Mapping[str, type[LocalCrm]]) -> None:
    (folder / "kam-sync.yaml").write_text("version: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="neither empty nor a sandbox"):
        Sandbox.start(folder, kinds=kinds, clock=SystemClock())
    assert [path.name for path in folder.iterdir()] == ["kam-sync.yaml"]


def test_a_damaged_record_is_said(folder: Path, kinds: Mapping[str, type[LocalCrm]]) -> None:
    (folder / "sandbox.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"sandbox\.json is damaged"):
        Sandbox.start(folder, kinds=kinds, clock=SystemClock())


def test_a_port_that_is_taken_is_said(folder: Path, kinds: Mapping[str, type[LocalCrm]]) -> None:
    Sandbox.start(folder / "box", kinds=kinds, clock=SystemClock()).stop()
    ports = json.loads((folder / "box" / "sandbox.json").read_text(encoding="utf-8"))["ports"]
    name = sorted(ports)[-1]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports[name]))
        other.listen()
        with pytest.raises(ConfigError, match=f"cannot start in .* at port {ports[name]}"):
            Sandbox.start(folder / "box", kinds=kinds, clock=SystemClock())


@contextmanager
def _serving(place: Path) -> Iterator[str]:
    """Run `kam-sync sandbox` until the block ends; give what it says is the next command."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [KAM_SYNC, "sandbox", "--dir", str(place)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield next(line for line in process.stdout if line.startswith("Next, in another terminal: "))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _run(command: str) -> subprocess.CompletedProcess[str]:
    words = command.split()
    assert words[0] == "kam-sync"
    return subprocess.run([KAM_SYNC, *words[1:]], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own command


def test_the_command_it_prints_works_and_everything_lasts(folder: Path) -> None:
    place = folder / "box"
    with _serving(place) as said:
        command = said.partition(": ")[2].strip()
        assert command.endswith(" run")
        written = _run(f"{command} --apply")
        assert written.returncode == 0, written.stderr
        assert re.findall(r"Applied: (\d+) tasks written", written.stdout) != []
    with _serving(place):
        again = _run(f"{command} --apply")
        assert again.returncode == 0, again.stderr
        assert re.findall(r"Applied: (\d+) tasks written", again.stdout) == ["0", "0"]
