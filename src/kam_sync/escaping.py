"""Making a CRM's text harmless where it ends up: on one line, in a cell of a spreadsheet that opens CSV, as a link."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line separators, and the marks that turn the direction of all that follows.

The joiners that Persian, Hindi and emoji need (U+200C, U+200D) and the plain direction marks are not among them.
"""
_FORMULA: Final = "=+-@\t\r＝＋－＠"
"""What a cell begins with that a spreadsheet takes for a formula (OWASP, "CSV injection"), full width too."""


def one_line(text: str) -> str:
    """Return a text as one line: control characters, line breaks too, are shown as escapes and not obeyed."""
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(match.group())
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def cell(text: str) -> str:
    """Return a text as a cell of a CSV file that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ")[:1] in set(_FORMULA) else text


def web_link(url: str | None) -> str | None:
    """Return a URL that a person may be led to, None for anything but plain http and https."""
    if not url or any(sign in "<>\"'|\\" or sign.isspace() or not sign.isprintable() for sign in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None
