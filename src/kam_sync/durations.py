"""Lengths of time as people write them in a policy file and on the command line."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_WRITTEN: Final = re.compile(r"([0-9]{1,7})([smhd]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(written: str) -> dt.timedelta:
    """Return the length of time that is written as `90s`, `30m`, `6h`, `2d`, or as plain seconds.

    Raises:
        ValueError: It is written otherwise.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise ValueError(f"expected a length of time such as 90s, 30m, 6h or 2d, not {written!r}")
    return dt.timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def words(length: dt.timedelta) -> str:
    """Return a length of time as `parse_duration` reads it, in the largest unit that takes it whole."""
    seconds = round(length.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _SECONDS[unit] == 0) if seconds else "s"
    return f"{seconds // _SECONDS[unit]}{unit}"


def _parsed(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("expected a length of time such as 90s, 30m, 6h or 2d")  # noqa: TRY004 - pydantic takes ValueError
    return parse_duration(str(value)) if isinstance(value, (str, int)) else value


Duration = Annotated[
    dt.timedelta,
    BeforeValidator(_parsed),
    PlainSerializer(words, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "length of time", "pattern": "^[0-9]{1,7}[smhd]?$"},
                {"type": "integer", "minimum": 0},
            ]
        }
    ),
]
"""A length of time in a policy file."""
