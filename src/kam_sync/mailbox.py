"""E-mail addresses as one may write to them: exactly one, with nothing that a mail server or a header would obey."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final

_PART: Final = r"[^\s\x00-\x20\x7f-\x9f@<>(),;:\\\"\[\]]"
_ADDRESS: Final = re.compile(f"{_PART}{{1,64}}@{_PART}{{1,255}}")
"""One address without quoting, comments or routes (RFC 5321 allows them; no address of a person needs them)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Somebody's address with the name that is shown beside it."""

    name: str
    address: str


def is_address(text: str) -> bool:
    """Return whether a text is one plain e-mail address; not every mail server takes one beyond ASCII (RFC 6531)."""
    local, _, domain = text.partition("@")
    stray = ".." in text or local.startswith((".", "-")) or local.endswith(".")
    stray = stray or domain.startswith((".", "-")) or domain.endswith(".")
    return text.isascii() and _ADDRESS.fullmatch(text) is not None and not stray


def parse_mailbox(text: str) -> Mailbox:
    """Return the mailbox that is written as `address` or `Name <address>`; raises ValueError."""
    name, address = parseaddr(text)
    if not is_address(address) or any(mark in text for mark in "\r\n"):
        raise ValueError("expected an e-mail address such as kam@vendor.example, or Name <kam@vendor.example>")
    return Mailbox(name=name, address=address)
