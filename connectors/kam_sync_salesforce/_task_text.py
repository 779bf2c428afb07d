"""The text of a task as Salesforce takes it: plain, cut to its limits, with the task's key in the last line.

Salesforce shows descriptions as text, so there is no mark-up to escape; what is taken out of values is whatever could
break a line or hide text. Nothing here knows of requests or rows.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from kam_sync.identity import TASK_KEY
from kam_sync.ports import Line, Section, TaskText

DESCRIPTION_LIMIT: Final = 32_000
"""Characters of Task.Description (Salesforce); a line break counts as two, a character beyond the BMP too."""
SUBJECT_LIMIT: Final = 255
"""Characters of Task.Subject (Salesforce)."""

_ELLIPSIS: Final = "…"
_REFERENCE: Final = "Reference: "
_REFERENCE_LINE: Final = re.compile(rf"^{_REFERENCE}({TASK_KEY.pattern})[ \t]*$", re.MULTILINE)
_SPACES: Final = re.compile(r"[ \t]+")
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_DIRECTION: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that turn the direction of text; joiners, which Persian and Hindi names need, stay."""


def one_line(text: str) -> str:
    """Return a text that cannot break its line or hide anything: controls become spaces, direction marks go."""
    cleaned = "".join(" " if _breaks(char) else char for char in text if char not in _DIRECTION)
    return _SPACES.sub(" ", cleaned).strip()


def _breaks(char: str) -> bool:
    # Cc: controls; Cs: halves of a character, which are no valid UTF-8; Zl, Zp: line and paragraph separators.
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}


def _cost(char: str) -> int:
    return 2 if char == "\n" or ord(char) > 0xFFFF else 1


def size(text: str) -> int:
    """Return how many characters Salesforce counts, with two for a line break and for a character beyond the BMP."""
    return sum(map(_cost, text))


def cut(text: str, limit: int) -> str:
    """Return the text, or as much of its beginning as fits the limit with an ellipsis; empty where nothing fits."""
    if size(text) <= limit:
        return text
    spent = 1
    for index, char in enumerate(text):
        spent += _cost(char)
        if spent > limit:
            return text[:index].rstrip() + _ELLIPSIS if limit > 0 else ""
    return text


def subject(text: str) -> str:
    """Return a subject as Salesforce takes it."""
    return cut(one_line(text), SUBJECT_LIMIT)


def render(text: TaskText) -> str:
    """Return a task's text as plain text: headings, lines and lists, a blank line between the sections."""
    return "\n\n".join(_render_section(section) for section in text.sections)


def _render_section(section: Section) -> str:
    bullet = "- " if section.bullets else ""
    lines = [f"{bullet}{_render_line(line)}" for line in section.lines]
    heading = one_line(section.heading)
    return "\n".join([heading, *lines] if heading else lines)


def _render_line(line: Line) -> str:
    text = one_line(line.text)
    if line.url is not None and _URL.fullmatch(line.url):
        return f"{text} {line.url}" if text else line.url
    return text


def body(base: str, note: str | None, key: str) -> str:
    """Return a description: a base, a note below it, the key in the last line; only the base is cut to make room.

    Args:
        base: Rendered text, or the description as it is now; a reference line in it is moved to the end.
        note: Text to append.
        key: The task key.
    """
    ending = f"{_REFERENCE}{key}"
    if note is not None:
        added = "\n".join(map(one_line, note.splitlines())).strip()
        room = DESCRIPTION_LIMIT - size(f"\n\n{ending}")
        ending = f"{cut(added, room)}\n\n{ending}" if added else ending
    former = re.compile(rf"\n*^{_REFERENCE}{re.escape(key)}$\n*", re.MULTILINE)
    own = cut(former.sub("\n\n", normalized(base)).strip(), DESCRIPTION_LIMIT - size(f"\n\n{ending}"))
    return f"{own}\n\n{ending}" if own else ending


def reference_in(description: str) -> str | None:
    """Return the task key in a description's reference line (the last one, people may write below it), or None."""
    found = _REFERENCE_LINE.findall(normalized(description))
    return str(found[-1]) if found else None


def normalized(text: object) -> str:
    """Return a text field as it is compared: line feeds only, no blanks at the ends of lines or of the whole."""
    if not isinstance(text, str):
        return ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
