"""Turns what a caller writes into a property into what HubSpot keeps, or says why it does not."""

from __future__ import annotations

import math
from collections.abc import Callable

from kam_sync_hubspot.local_crm.definitions import PropertyDefinition
from kam_sync_hubspot.local_crm.moments import iso, parse_date, parse_moment

LONGEST_TEXT = 65_536
"""Characters that a text property holds at most; vendor limit."""


class InvalidValueError(Exception):
    """A value that the property does not take; `code` is HubSpot's word for the kind of problem."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normalise(definition: PropertyDefinition, text: str, *, is_active_owner: Callable[[str], bool]) -> str:
    """Return a value in the form that is stored and answered; an empty text clears the property.

    Raises:
        InvalidValueError: The property does not take this value.
    """
    if text == "":
        return ""
    if definition.refers_to_owner:
        for part in text.split(";") if definition.several else [text]:
            if not is_active_owner(part):
                raise InvalidValueError("INVALID_OWNER_ID", f'"{part}" is not the id of an active owner.')
        return text
    match definition.type:
        case "string":
            return _text(text)
        case "number":
            return _number(text)
        case "bool" | "enumeration":
            return _choice(definition, text)
        case "date":
            return _date(text)
        case "datetime":
            return _moment(text)
        case other:
            raise NotImplementedError(f"properties of type {other}")


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise InvalidValueError("PROPERTY_VALUE_TOO_LONG", f"Property values hold at most {LONGEST_TEXT} characters.")
    return text


def _number(text: str) -> str:
    try:
        finite = math.isfinite(float(text))
    except ValueError:
        finite = False
    if not finite or "_" in text:
        raise InvalidValueError("INVALID_DOUBLE", f"{text} was not a valid number.")
    return text.strip()


def _choice(definition: PropertyDefinition, text: str) -> str:
    allowed = {option.value for option in definition.options}
    chosen = [part for part in text.split(";") if part] if definition.several else [text]
    if wrong := [part for part in chosen if part not in allowed]:
        listed = ", ".join(option.value for option in definition.options)
        raise InvalidValueError(
            "INVALID_OPTION", f"{wrong[0]} was not one of the allowed options of {definition.name}: [{listed}]"
        )
    return ";".join(chosen)


def _date(text: str) -> str:
    try:
        return parse_date(text).isoformat()
    except ValueError:
        raise InvalidValueError("INVALID_DATE", f"{text} is neither YYYY-MM-DD nor midnight UTC.") from None


def _moment(text: str) -> str:
    try:
        return iso(parse_moment(text))
    except ValueError:
        raise InvalidValueError(
            "INVALID_DATE", f"{text} is neither milliseconds nor an ISO 8601 moment with a zone."
        ) from None
