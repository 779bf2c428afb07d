"""What the command line shows, before it is known whether a terminal, a pipe or a file takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tone(StrEnum):
    """What a text is to the reader; a terminal colours it, a pipe does not."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; as a cell of a table it gives the cell a tone."""

    text: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Heading:
    """What the blocks that follow are about."""

    text: str


Cell = str | Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under named columns; an empty table is not shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


Block = Line | Heading | Table

SEVERITY_TONES: Final[Mapping[str, Tone]] = {
    "critical": Tone.BAD,
    "high": Tone.BAD,
    "medium": Tone.WARNING,
    "low": Tone.PLAIN,
    "info": Tone.FAINT,
}


KIND_NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "feedback": ("grade", "grades"),
    "owner_change": ("change of owner", "changes of owner"),
    "sales": ("row of sales", "rows of sales"),
}
"""Kinds of record that are called otherwise than they are written, one and many of them."""


def severity(label: str) -> Line:
    """Return a severity's name in its tone."""
    return Line(label, SEVERITY_TONES.get(label, Tone.PLAIN))


def table(*columns: str, rows: Sequence[tuple[Cell, ...]]) -> Table:
    """Return a table."""
    return Table(columns=columns, rows=tuple(rows))


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun, such as `1 task`, `2 tasks` and `2 activities`."""
    if count == 1:
        return f"1 {noun}"
    if nouns:
        return f"{count:,} {nouns}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def counted_kind(count: int, kind: str) -> str:
    """Return a count of records of a kind, such as `3 contacts` or `2 changes of owner`."""
    return counted(count, *KIND_NOUNS.get(kind, (kind,)))
