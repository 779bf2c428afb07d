"""What holds for the whole source: documented, told the time, of a size to read."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import kam_sync
from kam_sync import errors
from kam_sync.errors import KamSyncError

ROOT = Path(__file__).parents[2]
PACKAGES = ("src/kam_sync", "connectors/kam_sync_salesforce", "connectors/kam_sync_hubspot", "rules/kam_sync_rules")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CORE = sorted((ROOT / "src/kam_sync").rglob("*.py"))
CLOCK = ROOT / "src/kam_sync/clock.py"
MOST_LINES = 420
LONGER = {
    "src/kam_sync/testing/memory.py",  # a CRM and its connector in one, for tests
}
WALL_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=name_of)


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_sources_are_where_they_are_looked_for() -> None:
    found = {name_of(path) for path in SOURCES}
    assert {"src/kam_sync/planning.py", "rules/kam_sync_rules/roles.py"} <= found
    assert len(found) > 50


# -- documentation ----------------------------------------------------------------------------------------------------


def public(node: ast.AST, *, inside: str = "") -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    """Yield every public class and function of a module or class with its name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef)) and not child.name.startswith("_"):
            name = f"{inside}{child.name}"
            yield name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, inside=f"{name}.")


@each(CORE)
def test_everything_public_is_documented_in_sentences(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), "the module says what belongs into it"
    for name, node in public(module):
        first = (ast.get_docstring(node) or "").partition("\n\n")[0]
        assert first.rstrip().endswith((".", ":", "?")), name


def core_modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(kam_sync.__path__, "kam_sync.")
    return [importlib.import_module(module.name) for module in found if not module.name.endswith("__main__")]


@pytest.mark.parametrize("module", core_modules(), ids=lambda module: module.__name__)
def test_what_a_module_exports_is_there_and_in_order(module: ModuleType) -> None:
    exported = getattr(module, "__all__", ())
    assert list(exported) == sorted(exported, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert all(hasattr(module, name) for name in exported)


def test_importing_the_package_costs_nothing() -> None:
    asked = "import sys, kam_sync; print(*sorted(set(sys.modules) & {'sqlalchemy', 'pydantic', 'ruamel', 'tenacity'}))"
    done = subprocess.run(  # noqa: S603 - this interpreter, with a text of our own
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


# -- errors -----------------------------------------------------------------------------------------------------------


ERRORS: list[type[KamSyncError]] = [
    given
    for _, given in inspect.getmembers(errors, inspect.isclass)
    if issubclass(given, KamSyncError) and given.__module__ == errors.__name__
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_belongs_to_the_tree_and_says_how_to_exit(error: type[KamSyncError]) -> None:
    assert error.__name__.endswith("Error")
    assert error.exit_code in {1, 2, 4, 5, 6, 7}
    assert error.__name__ in (errors.__doc__ or "")


def test_the_drawn_tree_tells_the_true_exit_codes() -> None:
    drawn = re.findall(r"(\w+Error) +exit ([0-9])", errors.__doc__ or "")
    assert {(error.__name__, str(error.exit_code)) for error in ERRORS} == set(drawn)


def test_there_is_no_error_outside_the_tree() -> None:
    found = inspect.getmembers(errors, lambda given: inspect.isclass(given) and issubclass(given, Exception))
    assert {given for _, given in found} == set(ERRORS)


def test_only_what_passes_is_retryable() -> None:
    assert {error.__name__ for error in ERRORS if error.retryable} == {"RateLimitedError", "TransientError"}


# -- time and randomness ----------------------------------------------------------------------------------------------


def wall_clock_calls(path: Path) -> list[str]:
    """Every call of a class or module of the standard library that reads the wall clock."""
    found = []
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        whole = ast.unparse(node.func)
        base, _, called = whole.rpartition(".")
        clocks = {"time"} if called in {"time", "time_ns", "localtime", "gmtime"} else {"datetime", "date", "dt"}
        if called in WALL_CLOCK and base.rpartition(".")[2] in clocks:
            found.append(f"{node.lineno}: {whole}")
    return found


@each([path for path in SOURCES if path != CLOCK])
def test_nobody_but_the_clock_reads_the_wall_clock_and_nobody_waits(path: Path) -> None:
    assert wall_clock_calls(path) == []
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if ast.unparse(call.func) in {"time.sleep", "sleep"}]


def test_the_clock_does() -> None:
    assert [call.partition(": ")[2] for call in wall_clock_calls(CLOCK)] == ["dt.datetime.now"]


# -- size -------------------------------------------------------------------------------------------------------------


def test_modules_can_be_read_in_one_sitting() -> None:
    long = {name_of(path) for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES}
    assert long == LONGER
