"""Salesforce record ids: three characters for the object, twelve for the record, three that make case safe."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In ASCII order, so that ids ascend in the order in which they are given out."""
_SUFFIX_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")
_POD: Final = "KS0"
"""Three characters after the object's prefix, where Salesforce names the instance."""


@lru_cache(maxsize=65536)
def _suffix_letter(five: str) -> str:
    return _SUFFIX_LETTERS[sum(1 << place for place, letter in enumerate(five) if letter.isupper())]


def _suffix(id15: str) -> str:
    return _suffix_letter(id15[:5]) + _suffix_letter(id15[5:10]) + _suffix_letter(id15[10:15])


def normalize_id(text: str) -> str | None:
    """Return the 18-character form of a 15- or 18-character id; None when the text is neither."""
    if not _SHAPE.fullmatch(text):
        return None
    full = text[:15] + _suffix(text[:15])
    return full if text in {full, full[:15]} else None


def make_id(prefix: str, number: int) -> str:
    """Return the 18-character id of the `number`-th record of an object whose ids begin with `prefix`."""
    digits = ""
    rest = number
    while rest:
        rest, place = divmod(rest, 62)
        digits = _DIGITS[place] + digits
    id15 = prefix + _POD + digits.rjust(9, "0")
    return id15 + _suffix(id15)
