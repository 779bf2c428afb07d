"""Lines of commented YAML: values quoted where they must be, comments aligned, nothing of a CRM's words put in raw."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

WIDTH: Final = 120
"""Columns that a line has at most, if it can be broken at all."""
COMMENTS_AT: Final = 39
"""The column in which comments begin where there is room."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ /-][A-Za-z0-9_]+)*")
_RESERVED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that some reader of YAML takes for something other than text."""


def scalar(text: str) -> str:
    """Return a text as YAML that reads as this text: bare where nobody could mistake it, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    writer = YAML(pure=True)
    writer.width = 2**20
    written = io.StringIO()
    writer.dump([DoubleQuotedScalarString(text)], written)
    return written.getvalue().removeprefix("- ").rstrip("\n")


def comment(words: str) -> str:
    """Return words as they may stand behind `# `: on one line, and nothing in them that a terminal obeys."""
    return " ".join("".join(each if each.isprintable() else " " for each in words).split())


def line(text: str, said: str = "", *, at: int = COMMENTS_AT) -> str:
    """Return a line with a comment behind it, cut to the width; a comment that finds no room is left out."""
    if not said:
        return text
    start = text.ljust(at) if len(text) < at - 1 else f"{text}  "
    room = WIDTH - len(start) - len("# ")
    words = comment(said)
    if room < 12 or not words:
        return text
    return f"{start}# {words if len(words) <= room else words[: room - 1].rstrip() + '…'}"


def listed(head: str, values: Iterable[str], said: str = "") -> Sequence[tuple[str, str]]:
    """Return `head: [values]` with its comment, or one value a line where that would be too wide."""
    written = [scalar(value) for value in values]
    flow = f"{head}: [{', '.join(written)}]"
    if len(flow) <= WIDTH:
        return [(flow, said)]
    indent = " " * (len(head) - len(head.lstrip()) + 2)
    return [(f"{head}:", said), *((f"{indent}- {value}", "") for value in written)]


def block(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield lines whose comments begin in one column, behind the longest line that leaves room for one."""
    given = list(lines)
    widths = [len(text) + 3 for text, said in given if said and len(text) <= WIDTH // 2]
    at = max((COMMENTS_AT, *widths))
    for text, said in given:
        yield line(text, said, at=at)
