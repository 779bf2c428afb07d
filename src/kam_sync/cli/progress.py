"""Telling how far a job is: a live line per org on a terminal, one line per stage anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from kam_sync.cli.blocks import counted, counted_kind
from kam_sync.cli.terminal import Terminal
from kam_sync.escaping import one_line
from kam_sync.progress import JUDGED, WRITTEN, silent
from kam_sync.progress import Progress as Tell


@contextmanager
def progress(terminal: Terminal, *, live_only: bool = False) -> Iterator[Tell]:
    """Give the function that a job tells its progress to; it writes on standard error.

    Args:
        terminal: Where to.
        live_only: Say nothing where there is no terminal.
    """
    if terminal.quiet or (live_only and not terminal.err.is_terminal):
        yield silent
    elif terminal.err.is_terminal:
        with _live(terminal) as tell:
            yield tell
    else:
        plain = _Plain(terminal)
        yield plain.tell
        plain.end()


class _Rate(ProgressColumn):
    """How many records a second go by, once that can be said."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


@contextmanager
def _live(terminal: Terminal) -> Iterator[Tell]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        _Rate(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=terminal.err, transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        stages: dict[str, str] = {}

        def tell(org: str, stage: str, done: int, total: int | None) -> None:
            if org not in tasks:
                tasks[org] = bar.add_task("", total=None)
            if stages.get(org) != stage:
                bar.reset(tasks[org], total=total)
                stages[org] = stage
            words = one_line(f"{org}: {_words(stage, done, total)}")
            bar.update(tasks[org], completed=done, total=total, description=words)

        yield tell


class _Plain:
    """Collects the counts of a stage and writes one line when the next one begins."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._org = ""
        self._counts: dict[str, int] = {}

    def tell(self, org: str, stage: str, done: int, _total: int | None) -> None:
        if org != self._org or (stage in {JUDGED, WRITTEN} and stage not in self._counts):
            self.end()
        self._org = org
        self._counts[stage] = done

    def end(self) -> None:
        if self._counts:
            words = ", ".join(_words(stage, done, None) for stage, done in self._counts.items())
            self._terminal.err.file.write(one_line(f"{self._org}: {words}") + "\n")
        self._counts = {}


def _words(stage: str, done: int, total: int | None) -> str:
    if stage not in {JUDGED, WRITTEN}:
        return counted_kind(done, stage)
    noun = "account" if stage == JUDGED else "task"
    return f"{counted(done, noun)} {stage}" if total is None else f"{done:,} of {counted(total, noun)} {stage}"
