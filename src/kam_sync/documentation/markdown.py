"""Small pieces of Markdown that every page of the reference is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def cell(text: str) -> str:
    """Return a text as it may stand in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table and the empty line after it; nothing where there are no rows."""
    if not rows:
        return
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(cell(value) for value in row)} |"
    yield ""
