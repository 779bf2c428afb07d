"""Comparing what a page shows with what a command gives: ids, dates and widths differ from run to run, words do not."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CHANGING = (
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "DATE"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"\b(?:[0-9a-f]{32}|(?=[A-Za-z]*\d)[0-9A-Za-z]{18}|\d{9,})\b"), "ID"),
)
"""What is different in every run: dates, ports, ids of runs, of Salesforce's and of HubSpot's records."""
GAP = "…"
"""Alone on a line: lines left out. In a line: anything."""


def is_shown(quoted: str, shown: str) -> bool:
    """Return whether the quoted lines are among those shown, one below the other except where a gap is."""
    lines = [_plain(line) for line in shown.splitlines()]
    lines = [line for line in lines if line]
    place = 0
    chunks = _chunks([line for line in map(_plain, quoted.splitlines()) if line])
    for chunk in chunks:
        starts = range(place, len(lines) - len(chunk) + 1)
        start = next((s for s in starts if all(p.fullmatch(lines[s + i]) for i, p in enumerate(chunk))), None)
        if start is None:
            return False
        place = start + len(chunk)
    return bool(chunks)


def _plain(line: str) -> str:
    for pattern, name in _CHANGING:
        line = pattern.sub(name, line)
    return " ".join(line.split())


def _chunks(lines: Sequence[str]) -> list[list[re.Pattern[str]]]:
    chunks: list[list[re.Pattern[str]]] = [[]]
    for line in lines:
        if line == GAP:
            chunks.append([])
        else:
            chunks[-1].append(re.compile(".*".join(map(re.escape, line.split(GAP)))))
    return [chunk for chunk in chunks if chunk]


def is_part(shown: object, actual: object) -> bool:
    """Return whether JSON holds what a page shows of it; keys and items that the page leaves out may be there."""
    match shown, actual:
        case str(), str():
            return is_shown(shown, actual) if shown else actual == ""
        case dict(), dict():
            return all(key in actual and is_part(value, actual[key]) for key, value in shown.items())
        case list(), list():
            return all(any(is_part(item, other) for other in actual) for item in shown if item != GAP)
        case _:
            return shown == actual
