"""A digest as a message of Slack's Block Kit, within its limits and with nothing in it that Slack would obey.

Limits and escaping: https://docs.slack.dev/reference/block-kit/blocks and
https://docs.slack.dev/messaging/formatting-message-text (read in 2025).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync.digesting.presenting import Document, Entry, Section, Table

MOST_BLOCKS: Final = 50
"""Slack: blocks in a message."""
MOST_TEXT: Final = 3000
"""Slack: characters in the text of a section."""
MOST_HEADER: Final = 150
"""Slack: characters in a header."""
MOST_LINE: Final = 600
"""Characters of one line before it is cut, so that several fit into a section."""
_BREAK: Final = "\u200b"
"""A space without width: after it `*`, `_` and `~` format nothing."""

Block = Mapping[str, object]


def as_slack(document: Document) -> Mapping[str, object]:
    """Return a digest as the body that an incoming webhook of Slack takes; what is cut is said to be."""
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(document.title, MOST_HEADER), "emoji": False}},
        _text(escape(_cut(document.lead, MOST_LINE))),
    ]
    blocks += [_text(text) for text in _sections(document)]
    blocks = blocks[: MOST_BLOCKS - 1]
    footer = escape(_cut(" ".join(document.footer), MOST_LINE))
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": footer, "verbatim": True}]})
    return {"text": escape(document.title), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def escape(text: str) -> str:
    """Return a text that Slack shows as it is: no mention, no link, no formatting."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return re.sub(r"([*_~])", rf"{_BREAK}\1{_BREAK}", text.replace("`", "'"))


def _sections(document: Document) -> Iterator[str]:
    for section in document.sections:
        lines = _lines(section) if isinstance(section, Section) else _rows(section)
        yield _fitting(f"*{escape(section.heading)}*", list(lines))


def _lines(section: Section) -> Iterator[str]:
    for line in section.lines:
        yield f"• {_linked(line)}"


def _linked(line: Entry) -> str:
    text, label = escape(_cut(line.text, MOST_LINE)), escape(_cut(line.label, MOST_LINE // 2))
    if label and line.url and len(line.url) <= MOST_LINE:
        label = f"<{line.url.replace('&', '&amp;')}|{label.replace('|', '¦')}>"
    return f"{label}: {text}" if label else text


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        told = [f"{value} {column}" for column, value in zip(table.columns[1:-1], row[1:-1], strict=True)]
        note = f" ({row[-1]})" if row[-1] else ""
        counts = ", ".join(told)
        yield f"• {escape(_cut(f'{row[0]}: {counts}{note}', MOST_LINE))}"


def _fitting(heading: str, lines: Sequence[str]) -> str:
    """Return a heading and as many lines as fit into one section, and how many do not."""
    text = heading
    for index, line in enumerate(lines):
        rest = f"\nand {len(lines) - index} more"
        if len(text) + len(line) + 1 + len(rest) > MOST_TEXT:
            return text + rest
        text = f"{text}\n{line}"
    return text


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
