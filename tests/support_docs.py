"""A reader of the documentation: follows a page from top to bottom and does what its code blocks say.

The reader has one folder, local CRMs instead of real ones, and the command line in this process. What a page cannot
say in its blocks stands in hidden comments, each for the block after it:

    <!-- test: put into kam-sync.yaml -->       its sections replace those of this file
    <!-- test: write script.py -->              it becomes this file, beside being checked
    <!-- test: exits 3 -->                      its last command ends with this exit code
    <!-- test: with a policy -->                there is a policy by now; the page does not say where from
    <!-- test: people fill in -->               people use in the CRM what `kam-sync setup` made
    <!-- test: on Windows -->                   it is not run: it is for another system than the tests run on
    <!-- test: ini, cron by tests/x.py -->      blocks of these kinds on the whole page are checked by another test file
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self
from unittest import mock

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from kam_sync.assignments import load_assignments
from kam_sync.cli import main
from kam_sync.cli.blocks import Heading, Line, Table
from kam_sync.cli.terminal import Terminal
from kam_sync.cli.views.sandbox import serving_blocks
from kam_sync.cli.views.scenes import scene_blocks
from kam_sync.clock import Clock, ManualClock, SystemClock
from kam_sync.config import parse_policy
from kam_sync.config.models import Policy
from kam_sync.demo import Sandbox, open_desk, run_demo
from kam_sync.demo.scenes import Filed, Scene
from kam_sync.portfolio import Portfolio
from kam_sync.registry import load_local_crms, load_rules
from kam_sync.scaffold import policy_template, variables
from kam_sync.testing.memory import MemoryCrm
from support_cli import ACCOUNTS, POLICY, memory_folder
from support_docs_orgs import BareOrgs, bare_orgs
from support_markdown import ROOT, Block, Direction, steps
from support_memory import USERS
from support_shown import is_part, is_shown

BIN = Path(sys.executable).parent
CRON_FIELD = re.compile(r"(\*|\d{1,2})(/\d{1,2})?")
HARMLESS = frozenset({"cat", "grep", "head", "ls", "mkdir", "sort", "tail", "true", "wc"})
"""What a page may call beside kam-sync: it touches nothing outside the reader's folder."""
LOCAL_VALUES = {
    "SALESFORCE_CONSUMER_KEY": "a-key",
    "SALESFORCE_CONSUMER_SECRET": "a-secret",
    "SALESFORCE_DOMAIN": "acme.my",
    "HUBSPOT_ACCESS_TOKEN": "a-token",
    "KAM_SYNC_FALLBACK": "somebody@acme.example",
}
"""Values for the environment variables that a page says are to be set."""
POLICY_BASE = """\
version: 1
orgs:
  hubspot: {connector: memory, crm: nowhere}
  salesforce: {connector: memory, crm: nowhere}
"""
"""What the sections of a policy are checked in that a page shows alone."""


class UnknownBlockError(Exception):
    """A block or direction that nothing here can check must not be on a page."""


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody who follows a page; used as a context manager, which stops what the page started.

    `ran` holds the commands that were run, `shown` what the last block of commands printed.
    """

    page: Path
    folder: Path
    clock: Clock
    sandboxes: list[Sandbox] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    shown: str | None = None
    _directions: list[Direction] = field(default_factory=list)
    _elsewhere: set[str] = field(default_factory=set)
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _here: Path = field(init=False)
    _expected: int = 0
    _orgs: BareOrgs | None = None
    _names: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._here = self.folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self._open.close()

    def follow_page(self) -> None:
        """Do all that the page says."""
        for step in steps(self.page.read_text(encoding="utf-8")):
            self.follow(step)
        assert not self._directions, f"{self._place(self._directions[0])}: no block follows this direction"

    def follow(self, step: Block | Direction) -> None:
        """Do what one block says, or keep a direction in mind for the next one."""
        if isinstance(step, Direction):
            self._take(step)
            return
        told, self._directions = self._directions, []
        if step.kind in self._elsewhere or any(direction.text.startswith("on ") for direction in told):
            return
        if step.kind not in self._checks:
            raise UnknownBlockError(f"{self._place(step)}: a block of the kind {step.kind!r}")
        self._expected = 0
        with self._at(step):
            for direction in told:
                self._prepare(direction, step)
            self._checks[step.kind](step)

    @property
    def _checks(self) -> Mapping[str, Callable[[Block], None]]:
        return {
            "sh": self._shell,
            "yaml": self._yaml,
            "python": self._python,
            "pycon": self._session,
            "cron": self._cron,
            "text": self._quote,
            "json": self._json,
            "csv": self._assignments,
            "salesforce": lambda block: _check_formula(block.text),
        }

    def _prepare(self, direction: Direction, block: Block) -> None:
        match direction.text.split():
            case ["put", "into", name]:
                _put_sections(self._here / name, block.text)
            case ["write", name]:
                (self._here / name).write_text(block.text, encoding="utf-8")
            case ["exits", code]:
                self._expected = int(code)
            case _:
                raise UnknownBlockError(f"{self._place(direction)}: the direction {direction.text!r}")

    def _take(self, direction: Direction) -> None:
        match direction.text.split():
            case ["put", "into", _] | ["write", _] | ["exits", _] | ["on", _]:
                self._directions.append(direction)
            case ["with", "a", "policy"]:
                self._have_a_policy()
            case ["people", "fill", "in"]:
                assert self._orgs is not None, "no `kam-sync init` before this direction"
                self._orgs.fill_in()
            case [*kinds, "by", file]:
                tested = (ROOT / file).read_text(encoding="utf-8")
                assert self.page.name in tested, f"{self._place(direction)}: {file} does not speak of {self.page.name}"
                self._elsewhere |= {kind.strip(",") for kind in kinds}
            case _:
                raise UnknownBlockError(f"{self._place(direction)}: the direction {direction.text!r}")

    def _place(self, step: Block | Direction) -> str:
        return f"{self.page.relative_to(ROOT)}:{step.line}"

    @contextlib.contextmanager
    def _at(self, block: Block) -> Iterator[None]:
        """Say of what goes wrong in the block where the block is."""
        try:
            yield
        except BaseException as error:
            error.add_note(f"at {self._place(block)}")
            raise

    # -- sh -------------------------------------------------------------------------------------------------------

    def _shell(self, block: Block) -> None:
        lines = [line for line in block.text.replace("\\\n", " ").splitlines() if shlex.split(line, comments=True)]
        self.shown = ""
        for number, line in enumerate(lines, start=1):
            code, shown = self._line(line)
            assert code == (self._expected if number == len(lines) else 0), (line, code, shown[-2000:])
            self.shown += shown

    def _line(self, line: str) -> tuple[int, str]:
        """Do one line of commands and return the exit code and what it shows."""
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        code, shown, words, operator = 0, "", list[str](), ";"
        for token in [*lexer, ";"]:
            if token not in {";", "&&", "||"}:
                words.append(token)
                continue
            if words and ((operator == "&&" and code == 0) or (operator == "||" and code != 0) or operator == ";"):
                code, more = self._pipeline(words)
                shown += more
            words, operator = [], token
        return code, shown

    def _pipeline(self, words: list[str]) -> tuple[int, str]:
        target = None
        if ">" in words:
            place = words.index(">")
            words, (target,) = words[:place], words[place + 1 :]
        first, *others = _split(words, "|")
        code, shown = self._command(first)
        for other in others:
            code, shown = self._harmless(other, shown)
        if target is not None:
            (self._here / target).write_text(shown, encoding="utf-8")
            shown = ""
        return code, shown

    def _command(self, words: list[str]) -> tuple[int, str]:
        match words:
            case ["make", target]:
                return 0, _made(target)
            case ["export", setting]:
                name, _, value = setting.partition("=")
                self.environment[name] = LOCAL_VALUES.get(name, value)
            case ["cd", folder]:
                self._here = (self._here / folder).resolve()
                assert self._here.is_dir(), f"there is no folder {folder}"
            case ["kam-sync", "sandbox", "--dir", folder]:
                return 0, self._serve(folder)
            case ["kam-sync", "init", *_]:
                return self._init(words)
            case ["kam-sync", *_]:
                return self._call(words)
            case [name, *_] if name in HARMLESS:
                return self._harmless(words, "")
            case _:
                raise UnknownBlockError(f"{self.page.name}: the command {shlex.join(words)!r}")
        return 0, ""

    def _call(self, words: list[str]) -> tuple[int, str]:
        """Call kam-sync in this process, with the reader's environment and folder."""
        self.ran.append(shlex.join(words))
        with self._as_reader() as output:
            code = main(words[1:], clock=self.clock, sleep=self._sleep)
            return code, output()

    def _sleep(self, seconds: float) -> None:
        if isinstance(self.clock, ManualClock):
            self.clock.advance(seconds=seconds)
        else:
            time.sleep(seconds)

    @contextlib.contextmanager
    def _as_reader(self) -> Iterator[Callable[[], str]]:
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        raw = out.buffer
        assert isinstance(raw, io.BytesIO)
        with (
            contextlib.chdir(self._here),
            mock.patch.dict(os.environ, self.environment),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            yield lambda: raw.getvalue().decode()

    def _harmless(self, words: list[str], given: str) -> tuple[int, str]:
        if words[0] not in HARMLESS:
            raise UnknownBlockError(f"{self.page.name}: the command {shlex.join(words)!r}")
        done = subprocess.run(  # noqa: S603 - one of a few harmless commands
            words, cwd=self._here, input=given, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    def _serve(self, folder: str) -> str:
        """Serve a sandbox for as long as the page lasts, and return what the command would show of it."""
        with contextlib.chdir(self._here):
            place = Path(folder)
            running = Sandbox.start(place.absolute(), kinds=load_local_crms(), clock=self.clock)
        self._open.enter_context(running)
        self._open.enter_context(open_desk(running))
        self.sandboxes.append(running)
        with self._as_reader() as output:
            Terminal().show(serving_blocks(running, place, f"kam-sync --policy {place / 'kam-sync.yaml'} run"))
            return output()

    def _init(self, words: list[str]) -> tuple[int, str]:
        """Write a policy; where the page said how to enter a real org, look at a local one in its stead."""
        if "--connect-as" in words:
            return self._call(words)
        names = [name for name in ("salesforce", "hubspot") if f"--{name}" in words]
        lacking = set(variables(policy_template(names))) - self.environment.keys()
        assert not lacking, f"the page does not say to set {sorted(lacking)} before `init`"
        self._orgs = self._open.enter_context(bare_orgs(names, self.folder.parent / "orgs", self.clock))
        return self._call([*words, "--connect-as", str(self._orgs.policy_path)])

    def _have_a_policy(self) -> None:
        """Write the policy of a small org, as a reader has one who comes from another page."""
        crm = MemoryCrm(uuid.uuid4().hex, self.clock)
        crm.load(Portfolio(name="Vendor", users=USERS, accounts=ACCOUNTS))
        text = POLICY.replace("{crm}", crm.crm_name)
        (self._here / "kam-sync.yaml").write_text(text, encoding="utf-8")

    # -- the others -----------------------------------------------------------------------------------------------

    def _yaml(self, block: Block) -> None:
        """Check a policy, or sections of one; a mapping of anything else fails, since nothing would check it."""
        text = block.text
        if "version" not in (sections := _sections(text)):
            assert set(sections) <= set(Policy.model_fields), f"these are no sections of a policy: {sorted(sections)}"
            base = {name: lines for name, lines in _sections(POLICY_BASE).items() if name not in sections}
            text = "".join([*base.values(), *sections.values()])
        parse_policy(
            text, path=self._here / "page.yaml", rules=load_rules(), environment=LOCAL_VALUES | self.environment
        )

    def _assignments(self, block: Block) -> None:
        """Check an assignments file, the only kind of CSV that people write."""
        path = self._here / "page.csv"
        path.write_text(block.text, encoding="utf-8")
        assert load_assignments(path), "a file without a row"

    def _python(self, block: Block) -> None:
        """Run a script in this process: any exception but an exit with 0 fails, warnings too."""
        with self._as_reader() as output:
            code: object = None
            try:
                exec(compile(block.text, self._place(block), "exec"), {"__name__": "__main__"})  # noqa: S102 - what the page says
            except SystemExit as end:
                code = end.code
            self.shown = output()
        assert code in {None, 0}, (code, self.shown)

    def _session(self, block: Block) -> None:
        """Run what a Python session shows; names last until the end of the page."""
        example = doctest.DocTestParser().get_doctest(block.text, self._names, self._place(block), None, block.line)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        report = io.StringIO()
        with contextlib.chdir(self._here), mock.patch.dict(os.environ, self.environment):
            failed = runner.run(example, out=report.write, clear_globs=False).failed
        self._names.update(example.globs)
        assert example.examples, "a session without a prompt"
        assert not failed, report.getvalue()

    def _cron(self, block: Block) -> None:
        """Run a line for cron as cron does, by a shell and with the installed command."""
        (line,) = block.text.splitlines()
        *when, command = line.split(maxsplit=5)
        assert len(when) == 5
        assert all(CRON_FIELD.fullmatch(part) for part in when), when
        assert "%" not in command, "cron takes % for the end of the line"
        exports = [f"export {name}={shlex.quote(value)}" for name, value in self.environment.items()]
        (self._here / "environment").write_text("\n".join(exports) + "\n", encoding="utf-8")
        assert command.startswith("cd /srv/kam-sync && ")
        done = subprocess.run(  # noqa: S603 - what the page says
            ["sh", "-c", command.replace("/srv/kam-sync", shlex.quote(str(self._here)))],  # noqa: S607 - any shell
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
        self.ran.append(command)

    def _quote(self, block: Block) -> None:
        assert self.shown is not None, "no command before this block shows it"
        assert is_shown(block.text, self.shown), f"this is not shown:\n{block.text}\nbut:\n{self.shown[-6000:]}"

    def _json(self, block: Block) -> None:
        """Check JSON that a command before it gave; `"…"` and a list's `"…"` stand for what is left out."""
        assert self.shown is not None, "no command before this block gives JSON"
        shown, actual = json.loads(block.text), json.loads(self.shown)
        assert is_part(shown, actual), f"the command does not give this:\n{block.text}"


@contextlib.contextmanager
def reader_of(page: Path, folder: Path, clock: Clock | None = None) -> Iterator[Reader]:
    """Give a reader of a page in a new folder below `folder`."""
    work = folder / "work"
    work.mkdir()
    with Reader(page=page, folder=work, clock=clock or SystemClock()) as reader:
        yield reader


def _split(words: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == separator:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _sections(text: str) -> dict[str, str]:
    """Return the top-level sections of a YAML mapping as they are written, by key."""
    data = YAML().load(text)
    assert isinstance(data, CommentedMap), "this is no mapping"
    starts = [int(data.lc.key(key)[0]) for key in data]
    lines = text.splitlines(keepends=True)
    ends = [*starts[1:], len(lines)]
    return {
        str(key): "".join(lines[start:end]).rstrip("\n") + "\n"
        for key, start, end in zip(data, starts, ends, strict=True)
    }


def _put_sections(path: Path, text: str) -> None:
    """Put sections into a policy file: those of the same name go."""
    sections = _sections(path.read_text(encoding="utf-8")) | _sections(text)
    path.write_text("".join(sections.values()), encoding="utf-8")


def _check_formula(text: str) -> None:
    """Check a formula for Salesforce: its brackets match, and the fields of a task in it are there."""
    from kam_sync_salesforce.local_crm._objects import STANDARD_OBJECTS

    depth = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        assert depth >= 0, "a bracket too many"
    assert depth == 0, "a bracket is missing"
    (task,) = [each for each in STANDARD_OBJECTS if each.name == "Task"]
    named = re.findall(r"\{!\$Record\.(\w+)", text)
    assert named, "no field of the record"
    assert set(named) <= {each.name for each in task.fields}, named


def _made(target: str) -> str:
    """Return what a target of the Makefile shows, as far as pages quote it; it must be there and run by CI."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"the Makefile has no target {target}"
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert f"make {target}" in run, f"continuous integration does not run `make {target}`"
    return _told() if target == "demo" else ""


class _SeenEnoughError(Exception):
    """Ends the demo after the scene in which the first tasks are there."""


@cache
def _told() -> str:
    """Return what the demo shows on the installed local CRMs until the first tasks are there."""
    lines: list[str] = []

    def show(scene: Scene) -> None:
        for block in scene_blocks(1, scene, {}):
            match block:
                case Line(text=text) | Heading(text=text):
                    lines.append(text)
                case Table():
                    continue
        if isinstance(scene, Filed):
            raise _SeenEnoughError

    with memory_folder() as folder, pytest.raises(_SeenEnoughError):
        run_demo(folder / "demo", show, kinds=load_local_crms())
    return "\n".join(lines)
