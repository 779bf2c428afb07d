"""The examples in the docstrings of the public functions do what they show."""

from __future__ import annotations

import doctest
import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

import kam_sync
from kam_sync import job
from kam_sync.records import RecordKind
from library.conftest import library_world
from support_cli import MEMORY_DISK
from support_memory import World

PUBLIC = {name: getattr(kam_sync, name) for name in kam_sync.__all__}
DOCUMENTED = {name: value for name, value in PUBLIC.items() if ">>>" in (value.__doc__ or "")}
WRITING = ("apply_plan", "retract", "set_baseline")
"""What the examples of these leave behind, others must not meet."""
SHOWN_ELSEWHERE = {"send_digests", "setup", "setup_files", "survey"}
"""These need a channel, or an org that can be set up: docs/digest.md and docs/how-to show them."""


def _begin(folder: Path) -> World:
    world = library_world(folder)
    (folder / "kam-sync.yaml").write_text(
        f"version: 1\norgs: {{main: {{connector: memory, crm: {world.crm.crm_name}}}}}\n"
        "rules: {select: [KAM101, KAM201, KAM203]}\n",
        encoding="utf-8",
    )
    job.run(world.policy, world.store, world.settings)
    return world


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        world = _begin(Path(name))
        yield world
        world.close()


def failures(document: str, world: World) -> str:
    """Return what the examples of a docstring say instead of what they show."""
    known = {"kam_sync": kam_sync, "Path": Path, "RecordKind": RecordKind}
    known |= {"policy": world.policy, "store": world.store, "settings": world.settings}
    test = doctest.DocTestParser().get_doctest(inspect.cleandoc(document), known, "example", None, 0)
    assert test.examples
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


def test_every_public_function_shows_an_example() -> None:
    functions = {name for name, value in PUBLIC.items() if isinstance(value, FunctionType)}
    assert functions - set(DOCUMENTED) == SHOWN_ELSEWHERE
    assert {"Store", "JobSettings", "FindingsTable"} <= set(DOCUMENTED)


@pytest.mark.parametrize("name", sorted(set(DOCUMENTED) - set(WRITING)))
def test_an_example_does_what_it_shows(name: str, shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    document = PUBLIC[name].__doc__ or ""
    if "pandas" in document:
        pytest.importorskip("pandas")
    monkeypatch.chdir(shared.policy.folder)
    assert failures(document, shared) == ""


@pytest.mark.parametrize("name", WRITING)
def test_an_example_that_writes_does_what_it_shows(name: str, folder: Path) -> None:
    world = _begin(folder)
    assert failures(PUBLIC[name].__doc__ or "", world) == ""
    world.close()


def test_an_example_that_does_not_hold_is_seen(shared: World) -> None:
    assert "Expected" in failures(">>> len(policy.rules)\n4\n", shared)
