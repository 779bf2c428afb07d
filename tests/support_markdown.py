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
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


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


def links(markdown: str) -> Iterator[tuple[str, str]]:
    """Yield what a file links to: file (empty for itself) and heading (may be empty), without what is on the web."""
    yield from (found for found in _LINK.findall(_FENCE.sub("", markdown)) if "://" not in found[0])


def anchors(markdown: str) -> frozenset[str]:
    """Return the anchors of a file's headings, as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", markdown))
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()) for heading in headings)
    return frozenset(heading.strip().replace(" ", "-") for heading in plain)


def between(markdown: str, name: str) -> str:
    """Return what stands between `<!-- name: begin -->` and `<!-- name: end -->`."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    assert markdown.count(begin) == 1, begin
    assert markdown.count(end) == 1, end
    return markdown.partition(begin)[2].partition(end)[0]
