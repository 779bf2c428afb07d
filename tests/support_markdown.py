"""Reading Markdown files as far as their tests need: code blocks and directions, tables between markers, links."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>[^\s`]*)[^\n`]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_STEP = re.compile(_FENCE.pattern + r"|^<!-- test: (?P<direction>[^\n]*?) -->$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A code block: what it says it is, its text, and the line of the file on which it begins."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What a hidden comment `<!-- test: … -->` says to the test of the page."""

    text: str
    line: int


def steps(markdown: str) -> Iterator[Block | Direction]:
    """Yield code blocks and directions as a reader, and the test, come upon them."""
    for found in _STEP.finditer(markdown):
        line = markdown.count("\n", 0, found.start()) + 1
        if found["direction"] is not None:
            yield Direction(text=found["direction"], line=line)
        else:
            yield Block(kind=found["kind"], text=textwrap.dedent(found["text"]), line=line)


def blocks(markdown: str) -> Iterator[Block]:
    """Yield the code blocks."""
    yield from (step for step in steps(markdown) if isinstance(step, Block))


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
