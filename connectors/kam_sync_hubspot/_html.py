"""Task bodies: kam-sync's neutral text as HTML, and any HTML in the one form in which bodies are compared.

What kam-sync writes is already in that form. Every value that came from a CRM is escaped here and nowhere else.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from kam_sync.ports import Line, Section, TaskText

LONGEST_BODY: Final = 65_536
"""HubSpot: characters that a text property holds at most."""
MORE: Final = "<p>…</p>"
"""Ends a body that was cut."""

_BLOCKS: Final = frozenset(
    {
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
        *("li", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_VOID: Final = frozenset({"br", "hr", "img", "wbr"})
_DROPPED: Final = frozenset({"embed", "head", "iframe", "object", "script", "style", "title"})
_WRAPPERS: Final = frozenset({"body", "html"})
_BARE_WRAPPERS: Final = frozenset({"font", "span"})
_LOOKS: Final = frozenset({"class", "color", "data-top-level", "dir", "face", "rel", "size", "style", "target"})
"""Attributes of looks, and what HubSpot's editor adds when it saves."""
_CLOSED_BY: Final = {"p": _BLOCKS - {"br"}, "li": frozenset({"li"}), "tr": frozenset({"tr"})}
_LINK_SCHEMES: Final = frozenset({"http", "https"})
_KEPT_SCHEMES: Final = _LINK_SCHEMES | {"mailto", "tel", ""}
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def one_line(text: str) -> str:
    """Return a text on one line without control characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def is_safe_link(url: str) -> bool:
    """Return whether a URL may become a link: http or https with a host, in one word."""
    try:
        parts = urlsplit(url)
        return parts.scheme in _LINK_SCHEMES and bool(parts.hostname) and url == one_line(url) and " " not in url
    except ValueError:
        return False


def _line(line: Line) -> str:
    text = html.escape(one_line(line.text), quote=False)
    if text and line.url is not None and is_safe_link(line.url):
        return f'<a href="{html.escape(line.url, quote=True)}">{text}</a>'
    return text


def _blocks(section: Section) -> list[tuple[str, str]]:
    """Return the blocks of a section, each with the list it belongs in (`ul` or none)."""
    heading = html.escape(one_line(section.heading), quote=False)
    head = [("", f"<p><strong>{heading}</strong></p>")] if heading else []
    lines = filter(None, map(_line, section.lines))
    return head + [("ul", f"<li>{text}</li>") if section.bullets else ("", f"<p>{text}</p>") for text in lines]


def render(text: TaskText, *, room: int = LONGEST_BODY) -> str:
    """Return the HTML of a text in at most `room` characters; whole lines are left out at its end."""
    pieces: list[str] = []
    length = 0
    within = ""
    for section in text.sections:
        for group, block in _blocks(section):
            piece = block
            if group != within:
                piece = ("</ul>" if within else "") + ("<ul>" if group else "") + block
            if length + len(piece) + len("</ul>") + len(MORE) > room:
                return "".join(pieces) + ("</ul>" if within else "") + MORE
            pieces.append(piece)
            length += len(piece)
            within = group
        if within:
            pieces.append("</ul>")
            length += len("</ul>")
            within = ""
    return "".join(pieces)


def note_paragraph(note: str) -> str:
    """Return a note as a paragraph, line by line."""
    lines = [html.escape(one_line(line), quote=False) for line in note.splitlines()]
    return f"<p>{'<br>'.join(filter(None, lines))}</p>"


def append_note(body: str, note: str) -> str | None:
    """Return a body with a note behind it, or None when the two are too long together: nothing of theirs is cut."""
    whole = body + note_paragraph(note)
    return whole if len(whole) <= LONGEST_BODY else None


class _Normaliser(HTMLParser):
    """Writes what it reads in one form: see `normalise`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, bool]] = []
        self._dropping = 0
        self._preformatted = 0
        self._parts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._dropping += tag != "embed"
        if self._dropping or tag == "embed":
            return
        while self._open and tag in _CLOSED_BY.get(self._open[-1][0], ()):
            self._close_last()
        kept = [(name, value or "") for name, value in attrs if _keeps(name, value or "")]
        shown = tag not in _WRAPPERS and not (tag in _BARE_WRAPPERS and not kept) and not _is_editors_frame(tag, attrs)
        if shown:
            written = "".join(f' {name}="{html.escape(value, quote=True)}"' for name, value in sorted(kept))
            self._parts.append(("block" if tag in _BLOCKS else "inline", f"<{tag}{written}>"))
        if tag not in _VOID:
            self._open.append((tag, shown))
            self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._dropping = max(0, self._dropping - 1)
            return
        if self._dropping or all(tag != name for name, _shown in self._open):
            return
        while self._close_last() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        text = data if self._preformatted else re.sub(r"[\s\x00-\x1f\x7f-\xa0]+", " ", data)
        self._parts.append(("preformatted" if self._preformatted else "text", html.escape(text, quote=False)))

    def _close_last(self) -> str:
        tag, shown = self._open.pop()
        self._preformatted -= tag == "pre"
        if shown:
            self._parts.append(("block" if tag in _BLOCKS else "inline", f"</{tag}>"))
        return tag

    def result(self) -> str:
        """Return what was read; spaces at the edges of blocks are not seen by anyone and left out."""
        while self._open:
            self._close_last()
        merged: list[tuple[str, str]] = []
        for kind, part in self._parts:
            if kind == "text" and merged and merged[-1][0] == "text":
                merged[-1] = ("text", re.sub(" +", " ", merged[-1][1] + part))
            else:
                merged.append((kind, part))
        written = []
        for index, (kind, part) in enumerate(merged):
            if kind == "text" and (index == 0 or merged[index - 1][0] == "block"):
                part = part.lstrip(" ")  # noqa: PLW2901 - the same text, trimmed
            if kind == "text" and (index == len(merged) - 1 or merged[index + 1][0] == "block"):
                part = part.rstrip(" ")  # noqa: PLW2901 - the same text, trimmed
            written.append(part)
        return "".join(written)


def _keeps(name: str, value: str) -> bool:
    if name in _LOOKS or name.startswith("on") or not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        return False
    if name not in {"href", "src"}:
        return True
    try:
        return urlsplit(value.strip()).scheme in _KEPT_SCHEMES
    except ValueError:
        return False


def _is_editors_frame(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    """Whether a tag is the frame that HubSpot's editor puts around a body."""
    return tag == "div" and any(name == "data-top-level" for name, _value in attrs)


def normalise(body: str | None) -> str:
    """Return the HTML of a body in the form in which bodies are compared and written back.

    Without what differs although nobody changed anything: attributes of looks, the editor's frame, spelling of
    entities, white space that is not seen, comments. Scripts, handlers and `javascript:` links are left out as
    HubSpot does. Normalising twice is the same as once.
    """
    parser = _Normaliser()
    parser.feed(body or "")
    parser.close()
    return parser.result()
