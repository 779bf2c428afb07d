"""Reading Markdown files as far as their tests need: code blocks, tables between markers, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A code block: what it says it is, its text, and the line of the file on which it begins."""

    kind: str
    text: str
    line: int


def blocks(markdown: str) -> Iterator[Block]:
    for found in _FENCE.finditer(markdown):
        line = markdown.count("\n", 0, found.start()) + 1
        yield Block(kind=found.group(1), text=found.group(2), line=line)


def links(markdown: str) -> Iterator[str]:
    """Yield what a file links to, without what is on the web."""
    without_code = _FENCE.sub("", markdown)
    yield from (found for found in _LINK.findall(without_code) if "://" not in found)


def between(markdown: str, name: str) -> str:
    """Return what stands between `<!-- name: begin -->` and `<!-- name: end -->`."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    assert markdown.count(begin) == 1, begin
    assert markdown.count(end) == 1, end
    return markdown.partition(begin)[2].partition(end)[0]
