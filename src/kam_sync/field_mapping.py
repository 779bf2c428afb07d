"""Mapped fields: what a policy says about them, and how a CRM's value becomes the value of a record.

The same for every connector, so that `fields:` and `values:` mean the same everywhere. What fields exist in an org, and
what they are called by default, is the connector's.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from kam_sync.names import NAMES, FieldType, Name
from kam_sync.records import grade_of

_PREFIXES: Final = ("account.", "contact.", "opportunity.", "activity.")

MAPPABLE: Final = tuple(
    name.name for name in NAMES.values() if name.field_type is not None and name.name.startswith(_PREFIXES)
)
"""The canonical names that `fields:` takes: fields of the records that every CRM has; the others have own sections."""

CHOOSABLE: Final = tuple(name.name for name in NAMES.values() if name.choices is not None)
"""The canonical names that `values:` takes."""


class UnfitFieldError(Exception):
    """A field holds what its canonical name cannot mean; the message names neither the value nor the record."""


def _unfit(name: str, known: Collection[str], what: str) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
    return f"{name!r} is no {what}; {hint}"


def _mappable(name: str) -> str:
    if name not in MAPPABLE:
        raise ValueError(_unfit(name, MAPPABLE, "field that can be mapped here"))
    return name


def _choosable(name: str) -> str:
    if name not in CHOOSABLE:
        raise ValueError(_unfit(name, CHOOSABLE, "field whose values can be mapped"))
    return name


def _choice(value: str) -> str:
    known = sorted({each.value for name in CHOOSABLE for each in NAMES[name].choices or ()})
    if value not in known:
        raise ValueError(_unfit(value, known, "value that a field can have"))
    return value


def _one_field(given: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for name, fields in given.items():
        if not fields or (len(fields) > 1 and NAMES[name].field_type is not FieldType.FILLED):
            raise ValueError(f"{name} takes one field")
    return given


def _own_values(given: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    for name, choices in given.items():
        known = [each.value for each in NAMES[name].choices or ()]
        for choice in choices:
            if choice not in known:
                raise ValueError(f"{name}: {_unfit(choice, known, 'value that it can have')}")
    return given


def _as_tuples(given: object) -> object:
    if isinstance(given, Mapping):
        return {name: (value,) if isinstance(value, str) else value for name, value in given.items()}
    return given


def _all_as_tuples(given: object) -> object:
    return {name: _as_tuples(choices) for name, choices in given.items()} if isinstance(given, Mapping) else given


_MappableName = Annotated[str, AfterValidator(_mappable), WithJsonSchema({"type": "string", "enum": [*MAPPABLE]})]
_ChoosableName = Annotated[str, AfterValidator(_choosable), WithJsonSchema({"type": "string", "enum": [*CHOOSABLE]})]
_Choice = Annotated[str, AfterValidator(_choice)]
_OneOrSeveral = str | tuple[str, ...]
"""What a file may hold where several are meant."""

Fields = Annotated[
    Mapping[_MappableName, tuple[str, ...]],
    BeforeValidator(_as_tuples, json_schema_input_type=Mapping[_MappableName, _OneOrSeveral | None]),
    AfterValidator(_one_field),
]
"""`fields:` of an org: canonical name → the CRM's field; several only where all must be filled."""

Values = Annotated[
    Mapping[_ChoosableName, Mapping[_Choice, tuple[str, ...]]],
    BeforeValidator(_all_as_tuples, json_schema_input_type=Mapping[_ChoosableName, Mapping[_Choice, _OneOrSeveral]]),
    AfterValidator(_own_values),
]
"""`values:` of an org: canonical name → our value → the CRM's values that mean it, compared without regard to case."""


def read_field(
    name: Name, raws: Sequence[object], zone: ZoneInfo, choices: Mapping[str, Sequence[str]] | None = None
) -> object:
    """Return what the fields that are mapped to a name mean; None (or nothing, or False) when they are empty.

    Args:
        name: The canonical name.
        raws: What the CRM holds in each of the fields: text, numbers or booleans; multi-select values joined by `;`.
        zone: The org's time zone, in which moments become dates.
        choices: Our value → the CRM's values, for choices; a value that is not among them counts as empty.

    Raises:
        UnfitFieldError: A field holds what the name cannot mean.
    """
    if name.field_type is FieldType.FILLED:
        return all(_text(raw) for raw in raws)
    raw = raws[0] if raws else None
    match name.field_type:
        case FieldType.TEXT:
            return _text(raw) or None
        case FieldType.TEXTS:
            return _several(raw)
        case FieldType.NUMBER:
            return _number(name, raw)
        case FieldType.YEAR:
            number = _number(name, raw)
            return None if number is None else int(number)
        case FieldType.DATE:
            return read_date(name.name, raw, zone)
        case FieldType.FLAG:
            return _flag(name, raw)
        case FieldType.GRADE:
            return _grade(name, raw)
        case FieldType.CHOICE:
            return next(iter(_choices(name, raw, choices or {})), None)
        case FieldType.CHOICES:
            return _choices(name, raw, choices or {})
        case _:
            raise ValueError(f"{name.name} is not mapped by a field")


def _text(raw: object) -> str:
    return "" if raw is None else str(raw).strip()


def _several(raw: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in _text(raw).split(";") if value.strip()))


def _number(name: Name, raw: object) -> float | None:
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool):
        return float(raw)
    try:
        number = float(raw) if isinstance(raw, (int, float, str)) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UnfitFieldError(f"{name.name}: expected a number")
    return number


def _flag(name: Name, raw: object) -> bool:
    text = _text(raw).casefold()
    if text in {"true", "yes", "1"}:
        return True
    if text in {"", "false", "no", "0"}:
        return False
    raise UnfitFieldError(f"{name.name}: expected a checkbox")


def _grade(name: Name, raw: object) -> object:
    grade = grade_of(raw, "letter")
    if grade is None and _text(raw):
        raise UnfitFieldError(f"{name.name}: expected a grade from A+ to F")
    return grade


def read_date(name: str, raw: object, zone: ZoneInfo) -> dt.date | None:
    """Return the date in a field: `2025-03-31`, or a moment with its offset, which becomes a date in `zone`.

    Raises:
        UnfitFieldError: It is neither; the message says so of `name`.
    """
    text = _text(raw)
    if not text:
        return None
    try:
        if len(text) == len("2025-03-31"):
            return dt.date.fromisoformat(text)
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UnfitFieldError(f"{name}: expected a date") from None
    if moment.tzinfo is None:
        raise UnfitFieldError(f"{name}: expected a moment with its offset from UTC")
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        raise UnfitFieldError(f"{name}: expected a date of this era") from None


def _choices(name: Name, raw: object, choices: Mapping[str, Sequence[str]]) -> tuple[object, ...]:
    enum = name.choices
    if enum is None:
        raise ValueError(f"{name.name} has no choices")
    held = {value.casefold() for value in _several(raw)}
    return tuple(choice for choice in enum if held & _folded(choices.get(choice.value, ())))


def _folded(values: Iterable[str]) -> set[str]:
    return {value.casefold() for value in values}
