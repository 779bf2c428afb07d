"""Every code block of README.md does what it says, on local CRMs and with the installed command."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from kam_sync.cli.blocks import Heading, Line, Table
from kam_sync.cli.views.scenes import scene_blocks
from kam_sync.clock import SystemClock
from kam_sync.config import load_policy, parse_policy
from kam_sync.demo import Sandbox, run_demo
from kam_sync.demo.scenes import Filed, Scene
from kam_sync.errors import ConfigError
from kam_sync.registry import load_local_crms, load_rules
from kam_sync.scaffold import policy_template, variables
from support_cli import MEMORY_DISK
from support_markdown import ROOT, Block, blocks, links

README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
CRON_FIELD = re.compile(r"(\*|\d{1,2})(/\d{1,2})?")
LOCAL_VALUES = {
    "SALESFORCE_CONSUMER_KEY": "a-key",
    "SALESFORCE_CONSUMER_SECRET": "a-secret",
    "SALESFORCE_DOMAIN": "acme.my",
    "HUBSPOT_ACCESS_TOKEN": "a-token",
    "KAM_SYNC_FALLBACK": "somebody@acme.example",
}
"""Values for the environment variables that the README sets."""


class UnknownBlockError(Exception):
    """A block that nothing here can check must not be in the README."""


@dataclass(slots=True)
class Reader:
    """Somebody who follows the README from top to bottom, in one folder, with local CRMs instead of real ones."""

    folder: Path
    sandbox: Sandbox
    environment: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        kinds: Mapping[str, Callable[[str], None]] = {
            "sh": self._shell,
            "yaml": self._policy,
            "python": self._python,
            "cron": self._cron,
            "text": self._quote,
        }
        if block.kind not in kinds:
            raise UnknownBlockError(f"README.md:{block.line}: a block of the kind {block.kind!r}")
        kinds[block.kind](block.text)

    def _call(self, command: list[str]) -> None:
        environment = {**os.environ, **self.environment, "PATH": f"{BIN}:{os.environ['PATH']}"}
        done = subprocess.run(  # noqa: S603 - what the README says
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
        self.ran.append(command[-1])

    # -- sh -------------------------------------------------------------------------------------------------------

    def _shell(self, text: str) -> None:
        for line in text.splitlines():
            words = shlex.split(line, comments=True)
            match words:
                case ["make", target]:
                    _check_make(target)
                case ["export", setting]:
                    name = setting.partition("=")[0]
                    self.environment[name] = LOCAL_VALUES[name]
                case ["kam-sync", "init", *_]:
                    self._call(["sh", "-c", line])
                    self._edit_policy()
                case ["kam-sync", *_]:
                    self._call(["sh", "-c", line])
                case _:
                    raise UnknownBlockError(f"README.md: the line {line!r}")

    def _edit_policy(self) -> None:
        """Check what `init` wrote, and edit it as every reader must: here, so that it reads the local CRMs."""
        written = self.folder / "kam-sync.yaml"
        loaded = load_policy(written, load_rules(), environment=LOCAL_VALUES)
        assert set(loaded.policy.orgs) == {"salesforce", "hubspot"}
        written.write_text(self.sandbox.policy_path.read_text(encoding="utf-8"), encoding="utf-8")

    # -- the others -----------------------------------------------------------------------------------------------

    def _policy(self, text: str) -> None:
        parse_policy(text, path=self.folder / "readme.yaml", rules=load_rules(), environment=LOCAL_VALUES)

    def _python(self, text: str) -> None:
        script = self.folder / "script.py"
        script.write_text(text, encoding="utf-8")
        self._call([sys.executable, "-W", "error", str(script)])

    def _cron(self, text: str) -> None:
        (line,) = text.splitlines()
        *when, command = line.split(maxsplit=5)
        assert len(when) == 5
        assert all(CRON_FIELD.fullmatch(part) for part in when), when
        assert "%" not in command, "cron takes % for the end of the line"
        exports = [f"export {name}={shlex.quote(value)}" for name, value in self.environment.items()]
        (self.folder / "environment").write_text("\n".join(exports) + "\n", encoding="utf-8")
        assert command.startswith("cd /srv/kam-sync && ")
        self._call(["sh", "-c", command.replace("/srv/kam-sync", shlex.quote(str(self.folder)))])

    def _quote(self, text: str) -> None:
        told = "\n".join(_told())
        assert text.strip() in told, f"the demo does not show this any more:\n{text}"


def _check_make(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"the Makefile has no target {target}"
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert f"make {target}" in run, f"continuous integration does not run `make {target}`"


class _SeenEnoughError(Exception):
    """Ends the demo after the scene in which the first tasks are there."""


@cache
def _told() -> tuple[str, ...]:
    """Return the lines that the demo shows on the installed local CRMs until the first tasks are there."""
    lines: list[str] = []

    def show(scene: Scene) -> None:
        for block in scene_blocks(1, scene, {}):
            match block:
                case Line(text=text) | Heading(text=text):
                    lines.append(text.strip())
                case Table():
                    continue
        if isinstance(scene, Filed):
            raise _SeenEnoughError

    with (
        tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name,
        pytest.raises(_SeenEnoughError),
    ):
        run_demo(Path(name) / "demo", show, kinds=load_local_crms())
    return tuple(lines)


@pytest.fixture
def reader(folder: Path) -> Iterator[Reader]:
    (folder / "work").mkdir()
    with Sandbox.start(folder / "box", kinds=load_local_crms(), clock=SystemClock()) as sandbox:
        yield Reader(folder=folder / "work", sandbox=sandbox)


def test_the_readme_holds_from_top_to_bottom(reader: Reader) -> None:
    found = list(blocks(README))
    assert {block.kind for block in found} == {"sh", "yaml", "python", "cron", "text"}
    for block in found:
        reader.follow(block)
    assert any("run --apply" in command for command in reader.ran)
    assert reader.sandbox.crms["salesforce"].people.tasks()
    for crm in reader.sandbox.crms.values():
        assert [task for task in crm.people.tasks() if task.key]


def test_a_block_that_nothing_checks_fails(reader: Reader) -> None:
    for text in ("```toml\na = 1\n```\n", "```\nplain\n```\n", "```sh\ncurl example.com\n```\n"):
        (block,) = blocks(text)
        with pytest.raises(UnknownBlockError):
            reader.follow(block)


def test_a_block_that_does_not_hold_fails(reader: Reader) -> None:
    (reader.folder / "kam-sync.yaml").write_text("version: 1\n", encoding="utf-8")
    for text in (
        "```sh\nmake coffee\n```\n",
        "```sh\nmake clean\n```\n",
        "```sh\nkam-sync validate\n```\n",
        "```python\nimport kam_sync.nonsense\n```\n",
        "```cron\n15 4 * * cd /srv/kam-sync && kam-sync run\n```\n",
        "```cron\n15 4 * * * cd /srv/kam-sync && kam-sync validate\n```\n",
    ):
        (block,) = blocks(text)
        with pytest.raises(AssertionError):
            reader.follow(block)
    (policy,) = blocks("```yaml\nversion: 1\nruls: {}\n```\n")
    with pytest.raises(ConfigError):
        reader.follow(policy)


def test_the_variables_are_those_of_the_template() -> None:
    assert set(LOCAL_VALUES) == set(variables(policy_template(["salesforce", "hubspot"])))


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "examples"])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
        for target in links(file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_every_exit_code_is_explained() -> None:
    assert re.findall(r"^\| (\d) \| \S", README, re.MULTILINE) == [str(code) for code in range(8)]
