"""Telling how far a job is: a live line per org on a terminal, one line per stage anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from kam_sync.cli.blocks import counted, counted_kind
from kam_sync.cli.terminal import Terminal
from kam_sync.escaping import one_line

Tell = Callable[[str, str, int], None]
"""Takes the org's name, what is being done, and how much of it is done; kam_sync.session.Progress."""

STAGES: Final = ("judged", "written")
"""What is told beside the kinds of record that are pulled."""


@contextmanager
def progress(terminal: Terminal, *, live_only: bool = False) -> Iterator[Tell]:
    """Give the function that a job tells its progress to; it writes on standard error.

    Args:
        terminal: Where to.
        live_only: Say nothing where there is no terminal.
    """
    if terminal.quiet or (live_only and not terminal.err.is_terminal):
        yield _silent
    elif terminal.err.is_terminal:
        with _live(terminal) as tell:
            yield tell
    else:
        plain = _Plain(terminal)
        yield plain.tell
        plain.end()


def _silent(_org: str, _what: str, _count: int) -> None:
    return


@contextmanager
def _live(terminal: Terminal) -> Iterator[Tell]:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=terminal.err, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(org: str, what: str, count: int) -> None:
            if org not in tasks:
                tasks[org] = bar.add_task("", total=None)
            bar.update(tasks[org], description=one_line(f"{org}: {_words(what, count)}"))

        yield tell


class _Plain:
    """Collects the counts of a stage and writes one line when the next one begins."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._org = ""
        self._counts: dict[str, int] = {}

    def tell(self, org: str, what: str, count: int) -> None:
        if org != self._org or (what in STAGES and what not in self._counts):
            self.end()
        self._org = org
        self._counts[what] = count

    def end(self) -> None:
        if self._counts:
            words = ", ".join(_words(what, count) for what, count in self._counts.items())
            self._terminal.err.file.write(one_line(f"{self._org}: {words}") + "\n")
        self._counts = {}


def _words(what: str, count: int) -> str:
    if what == "judged":
        return f"{counted(count, 'account')} judged"
    if what == "written":
        return f"{counted(count, 'task')} written"
    return counted_kind(count, what)
