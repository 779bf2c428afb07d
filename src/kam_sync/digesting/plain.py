"""A digest as plain text: for mail readers without HTML, for files, and for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import east_asian_width

from kam_sync.digesting.presenting import Document, Section, Table


def as_text(document: Document) -> str:
    """Return a digest as lines of text that end with a line feed."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield document.title
    yield ""
    yield document.lead
    for section in document.sections:
        yield ""
        yield section.heading
        yield from _bullets(section) if isinstance(section, Section) else _aligned(section)
    yield ""
    yield from document.footer


def _bullets(section: Section) -> Iterator[str]:
    for line in section.lines:
        yield f"- {line.plain}"
        if line.url:
            yield f"  {line.url}"


def _aligned(table: Table) -> Iterator[str]:
    rows = (table.columns, *table.rows)
    widths = [max(_width(row[column]) for row in rows) for column in range(len(table.columns))]
    for row in rows:
        padded = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
