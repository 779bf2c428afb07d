"""From what a customer answered to a grade: letters, net promoter scores and satisfaction scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from kam_sync.records.words import Grade

Scale = Literal["letter", "nps", "csat"]
"""How feedback is given: a letter with an optional sign, 0 to 10 (net promoter), or 1 to 5 (satisfaction)."""

LEAST: Final[Mapping[Scale, Mapping[Grade, float]]] = {
    "nps": {Grade.A: 9, Grade.B: 7, Grade.C: 5, Grade.D: 3},
    "csat": {Grade.A: 4.5, Grade.B: 4, Grade.C: 3, Grade.D: 2},
}
"""The least score for each grade where the policy says nothing else; what is below is an F."""

_HIGHEST: Final[Mapping[Scale, float]] = {"nps": 10, "csat": 5}

_LETTER: Final = re.compile(r"\s*([A-DFa-df])\s*([+\-\u2212\u2013]?)\s*")


def grade_of(value: object, scale: Scale, least: Mapping[Grade, float] | None = None) -> Grade | None:
    """Return the grade that an answer stands for, or None when it is empty or no answer on that scale.

    Args:
        value: What the CRM holds: text or a number.
        scale: How feedback is given.
        least: The least score for each grade, instead of `LEAST`; nothing on the scale `letter`.
    """
    if scale == "letter":
        found = _LETTER.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return None
        sign = found[2] if found[2] in {"", "+"} else "-"
        letter = found[1].upper()
        return Grade(letter if letter == "F" else f"{letter}{sign}")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        score = float(value)
    except ValueError:
        return None
    if not 0 <= score <= _HIGHEST[scale]:
        return None
    steps = least or LEAST[scale]
    return next((grade for grade in sorted(steps, key=lambda grade: grade.rank) if score >= steps[grade]), Grade.F)
