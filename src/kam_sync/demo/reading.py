"""Reading a task's body as a person sees it, whether the CRM keeps plain text or HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_BREAKS: Final = frozenset({"p", "li", "br", "div", "ul", "ol"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _BREAKS:
            self.lines.append("- " if tag == "li" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        self.lines[-1] += data


def readable(body: str) -> tuple[str, ...]:
    """Return the lines of a task's body; markup becomes line breaks and bullets, links their text."""
    if not body.lstrip().startswith("<"):
        return tuple(body.splitlines())
    reader = _Reader()
    reader.feed(body)
    reader.close()
    return tuple(line.strip() for line in reader.lines if line.strip() not in {"", "-"})
