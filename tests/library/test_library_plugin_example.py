"""The example of a plugin, installed with pip as anyone would: its own tests pass, its rule is found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support_cli import MEMORY_DISK
from support_markdown import ROOT, Block, blocks

EXAMPLE = ROOT / "examples" / "plugin"
PAGE = ROOT / "docs" / "writing-a-plugin.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = re.compile(r"^`(examples/plugin/[^`]+)`:\n\n(?=```)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A copy of the example, and where pip put what it installs."""

    folder: Path
    site: Path

    def run(self, *command: str) -> str:
        """Run a command of the environment in the copy; nothing of whoever runs the tests is seen."""
        environment = {
            "PYTHONPATH": str(self.site),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PYTEST_ADDOPTS": f"-p no:xdist -p no:hypothesispytest --basetemp={self.folder}/temporary",
        }
        done = subprocess.run(  # noqa: S603 - what the page says, and our own interpreter
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        folder, site = Path(name) / "plugin", Path(name) / "site"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        made = Installed(folder=folder, site=site)
        options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
        made.run(sys.executable, "-m", "pip", "install", *options, "--target", str(site), ".")
        yield made


def shell(page: str) -> list[Block]:
    return [block for block in blocks(page) if block.kind == "sh"]


def test_every_command_of_the_page_does_what_it_says(installed: Installed) -> None:
    said = ""
    commands = [line for block in shell(TEXT) for line in block.text.splitlines()]
    assert commands[0] == "pip install --editable '.[dev]'", "the fixture does this without a network"
    for line in commands[1:]:
        said += installed.run("sh", "-c", line)
    assert "few-contacts" in said
    assert "at_least" in said
    assert re.search(r"\b5\d passed, 1 skipped", said)
    quoted = [block.text.strip() for block in blocks(TEXT) if block.kind == "text"]
    assert quoted
    for text in quoted:
        assert text in said


def named(page: str) -> dict[int, str]:
    """Return the files that code blocks are said to be from, by the line on which the block begins."""
    return {page.count("\n", 0, found.end()) + 1: found.group(1) for found in NAMED.finditer(page)}


def code(text: str) -> list[str]:
    """Return the lines that say something, wherever they are indented to."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def strays(page: str) -> list[str]:
    """Return the code blocks that are not, line by line, in the file they are said to be from."""
    found = []
    for block in blocks(page):
        if block.kind in {"sh", "text"}:
            continue
        file = named(page).get(block.line)
        there = code((ROOT / file).read_text(encoding="utf-8")) if file else []
        lines = code(block.text)
        if not any(there[start : start + len(lines)] == lines for start in range(len(there))):
            found.append(f"{block.kind} in line {block.line}")
    return found


def test_every_other_block_of_the_page_stands_in_the_file_it_names() -> None:
    assert {block.kind for block in blocks(TEXT)} == {"sh", "text", "python", "toml"}
    assert strays(TEXT) == []


def test_a_block_that_no_file_holds_is_seen() -> None:
    start = "`examples/plugin/pyproject.toml`:\n\n"
    assert strays(start + "```toml\n[build-system]\n```\n") == []
    assert strays(start + "```toml\n[build-sistem]\n```\n") == ["toml in line 3"]
    assert strays("```toml\n[build-system]\n```\n") == ["toml in line 1"]
    assert strays("```yaml\na: 1\n```\n") == ["yaml in line 1"]


def test_every_file_of_the_example_is_in_its_table() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in (EXAMPLE / "kam_sync_acme").glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"^\| `kam_sync_acme/(\w+\.py)`", readme, re.MULTILINE)) == files
