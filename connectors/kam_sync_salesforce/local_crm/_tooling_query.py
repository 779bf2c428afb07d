"""Queries of the Tooling API: flat ones, over what there is of fields and value sets, worked out row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kam_sync_salesforce.local_crm._errors import ApiError, not_served
from kam_sync_salesforce.local_crm._soql_parser import Comparison, Condition, Junction, Literal, Membership, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row: what every query may ask for, and what one may ask for that finds a single row."""

    light: Mapping[str, object]
    heavy: Mapping[str, object]
    key: str


def select(soql: str, sources: Mapping[str, Callable[[], Iterator[Found]]], base: str) -> dict[str, object]:
    """Return the answer to a query.

    Args:
        soql: The query.
        sources: What there is to ask for, by the object's name in small letters.
        base: The path of the Tooling API's objects.
    """
    query = parse(soql)
    source = sources.get(query.object_name.lower())
    if source is None:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{query.object_name}' is not supported.")
    if query.count or query.offset:
        raise not_served("counting and offsets in the Tooling API")
    found = [row for row in source() if query.where is None or _holds(query.where, row)]
    found = found[: query.limit]
    wanted = [path.names for path in query.select]
    heavy = {"metadata", "fullname"}
    if len(found) > 1 and any(names[0].lower() in heavy for names in wanted):
        message = (
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more "
            "than one row for retrieval."
        )
        raise ApiError(400, "MALFORMED_QUERY", message)
    records = []
    for row in found:
        record: dict[str, object] = {
            "attributes": {"type": query.object_name, "url": f"{base}/{query.object_name}/{row.key}"}
        }
        for names in wanted:
            _show(record, row, names)
        records.append(record)
    answer: dict[str, object] = {"size": len(records), "totalSize": len(records), "done": True, "queryLocator": None}
    return {**answer, "entityTypeName": query.object_name, "records": records}


def _column(row: Found, name: str) -> tuple[str, object]:
    for held in (row.light, row.heavy):
        for key, value in held.items():
            if key.lower() == name.lower():
                return key, value
    raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on entity")


def _show(record: dict[str, object], row: Found, names: tuple[str, ...]) -> None:
    key, value = _column(row, names[0])
    if len(names) > 1 and isinstance(value, Mapping):
        record[key] = {"attributes": {"type": key, "url": ""}, names[1]: value.get(names[1])}
    else:
        record[key] = value


def _value(row: Found, names: tuple[str, ...]) -> str:
    _, value = _column(row, names[0])
    if len(names) > 1 and isinstance(value, Mapping):
        value = value.get(names[1])
    return str(value or "").lower()


def _holds(condition: Condition, row: Found) -> bool:
    match condition:
        case Junction():
            combine = any if condition.operator.upper() == "OR" else all
            return combine(_holds(each, row) for each in condition.conditions)
        case Comparison(operator="="):
            return _value(row, condition.path.names) == _told(condition.literal)
        case Membership(operator="IN"):
            return _value(row, condition.path.names) in {_told(each) for each in condition.literals}
        case _:
            raise not_served("conditions of the Tooling API other than = and IN, joined by AND and OR")


def _told(literal: Literal) -> str:
    return "" if literal.kind == "null" else literal.text.lower()
