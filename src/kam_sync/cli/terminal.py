"""Where output goes: rich tables that fit the width on a terminal, plain aligned lines anywhere else."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from kam_sync.cli.blocks import Block, Cell, Heading, Line, Table, Tone
from kam_sync.escaping import cell, one_line

_STYLES: Final[Mapping[Tone, str]] = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.FAINT: "dim",
    Tone.GOOD: "green",
    Tone.WARNING: "yellow",
    Tone.BAD: "red",
}


class Terminal:
    """Standard output and error of one command; colours and NO_COLOR are rich's business.

    Args:
        quiet: Leave out reports and progress, for schedulers; what was asked for by name and problems still appear.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    def report(self, blocks: Iterable[Block]) -> None:
        """Show what was done; nothing when quiet."""
        if not self.quiet:
            self.show(blocks)

    def show(self, blocks: Iterable[Block]) -> None:
        """Show what was asked for."""
        _print(self.out, blocks)

    def problem(self, text: str) -> None:
        """Say on standard error what went wrong."""
        _print(self.err, [Line(f"kam-sync: {text}", Tone.BAD)])

    def data(self, value: object) -> None:
        """Write JSON to standard output, characters beyond ASCII as they are where the output takes them."""
        narrow = not (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
        sys.stdout.write(json.dumps(value, ensure_ascii=narrow, indent=2) + "\n")

    def csv(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write CSV to standard output, guarded against formulas, a row a line."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(one_line(value)) for value in row] for row in rows)
        sys.stdout.write(buffer.getvalue())


def _console(stream: TextIO) -> Console:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # an account name must not end a run on a narrow terminal
    return Console(file=stream, highlight=False, markup=False, emoji=False)


def _print(console: Console, blocks: Iterable[Block]) -> None:
    if console.is_terminal:
        for block in blocks:
            _print_rich(console, block)
    else:
        for line in _plain(blocks):
            console.file.write(line + "\n")


def _print_rich(console: Console, block: Block) -> None:
    match block:
        case Line(text=text):
            indent = len(text) - len(text.lstrip(" "))
            console.print(Padding(_text(Line(text.lstrip(" "), block.tone)), (0, 0, 0, indent), expand=False))
        case Heading(text=text):
            console.print(Text(f"\n{one_line(text)}", style="bold"))
        case Table() if block.rows:
            grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
            for column in block.columns:
                grid.add_column(column, overflow="fold")
            for row in block.rows:
                grid.add_row(*(_text(value) for value in row))
            console.print(grid)
        case Table():
            return


def _text(value: Cell) -> Text:
    if isinstance(value, str):
        return Text(one_line(value))
    return Text(one_line(value.text), style=_STYLES[value.tone])


def _plain(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Line(text=text):
                yield one_line(text)
            case Heading(text=text):
                yield ""
                yield one_line(text)
            case Table():
                yield from _plain_table(block)


def _plain_table(block: Table) -> Iterator[str]:
    if not block.rows:
        return
    rows = [block.columns, *(tuple(_text(value).plain for value in row) for row in block.rows)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(block.columns))]
    for row in rows:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()
