"""From a value of a JSON body to the value of a column, with the errors that Salesforce gives for wrong ones."""

from __future__ import annotations

from typing import Final

from kam_sync_salesforce.local_crm._database import Value
from kam_sync_salesforce.local_crm._errors import ApiError, RowError
from kam_sync_salesforce.local_crm._ids import normalize_id
from kam_sync_salesforce.local_crm._moments import parse_date, parse_moment, stamp
from kam_sync_salesforce.local_crm._schema import NUMBERS, Field, FieldType

_TOKENS: Final = {str: "VALUE_STRING", bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}


def _not_deserializable(expected: str, value: object) -> ApiError:
    if isinstance(value, bool):
        token = "VALUE_TRUE" if value else "VALUE_FALSE"
    else:
        token = _TOKENS.get(type(value), "START_ARRAY" if isinstance(value, list) else "START_OBJECT")
    shown = value if isinstance(value, str | int | float) else "{"
    read = f"{expected} from {token} value {shown}"
    message = f"Cannot deserialize instance of {read} or request may be missing a required field"
    return ApiError(400, "JSON_PARSER_ERROR", message)


def to_column(field: Field, value: object) -> Value:
    """Return what a column holds for a JSON value; texts are trimmed and an empty text is null.

    Raises:
        ApiError: The JSON type does not fit, which Salesforce refuses for the whole request.
        RowError: The value does not fit the field.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        if field.type is FieldType.BOOLEAN:
            raise RowError(
                "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: ", (field.name,)
            )
        return None
    if field.type is FieldType.BOOLEAN:
        if not isinstance(value, bool):
            raise _not_deserializable("boolean", value)
        return int(value)
    if field.type in NUMBERS:
        return _number(field, value)
    if not isinstance(value, str):
        raise _not_deserializable(
            "string" if field.type not in {FieldType.DATE, FieldType.DATETIME} else field.type, value
        )
    if field.type is FieldType.DATE:
        day = parse_date(value)
        if day is None:
            raise _not_deserializable("date", value)
        return day.isoformat()
    if field.type is FieldType.DATETIME:
        moment = parse_moment(value)
        if moment is None:
            raise _not_deserializable("datetime", value)
        return stamp(moment)
    if field.type is FieldType.REFERENCE:
        return _reference(field, value)
    return _text(field, value.strip())


def _number(field: Field, value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_deserializable(field.type, value)
    if field.type is FieldType.INT:
        if isinstance(value, float):
            raise _not_deserializable("int", value)
        return value
    return float(value)


def _reference(field: Field, value: str) -> str:
    found = normalize_id(value)
    if found is None:
        raise RowError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (field.name,))
    return found


def _text(field: Field, value: str) -> str:
    if field.type is FieldType.MULTIPICKLIST:
        return _choices(field, value)
    if field.type is FieldType.PICKLIST:
        return _choice(field, value)
    if len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise RowError("STRING_TOO_LONG", message, (field.name,))
    return value


def _choice(field: Field, value: str) -> str:
    for known in field.values:
        if known.casefold() == value.casefold():
            return known
    if field.restricted:
        message = f"{field.label}: bad value for restricted picklist field: {value}"
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    return value


def _choices(field: Field, value: str) -> str:
    chosen = {_choice(field, part.strip()) for part in value.split(";") if part.strip()}
    ordered = [known for known in field.values if known in chosen]
    return ";".join([*ordered, *sorted(chosen - set(ordered))])
