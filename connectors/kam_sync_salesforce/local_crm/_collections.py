"""sObject Collections: up to 200 records in one request, each with a result of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from kam_sync_salesforce.local_crm._call import Call
from kam_sync_salesforce.local_crm._errors import ApiError, RowError, method_not_allowed, not_served
from kam_sync_salesforce.local_crm._http import Response
from kam_sync_salesforce.local_crm._schema import Field

MOST_RECORDS: Final = 200
"""Salesforce's limit of records in a request."""
_MOST_CHUNKS: Final = 10
"""Salesforce's limit of runs of records of one type."""
_ROLLED_BACK: Final = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Json = dict[str, object]


class _UndoError(Exception):
    """Leaves the transaction of a request that asked for all or none."""


def collections(call: Call) -> Response:
    """Create (POST), update (PATCH) or delete (DELETE) records of any types."""
    writer = call.writer()
    if call.request.method == "DELETE":
        parameters = call.request.parameters()
        ids = [each.strip() for each in parameters.get("ids", "").split(",") if each.strip()]
        if not ids:
            raise ApiError(400, "INVALID_INPUT", "The ids parameter is required")
        _check_count(len(ids))

        def delete(row: int) -> Json:
            owner = call.view.of_id(ids[row])
            call.check_row_fault(row, {"id": ids[row]})
            if owner is None:
                raise RowError("MALFORMED_ID", f"malformed id {ids[row]}")
            writer.delete(owner.name, ids[row])
            return {"id": ids[row], "success": True, "errors": []}

        return _results(call, len(ids), delete, all_or_none=parameters.get("allOrNone", "").lower() == "true")
    if call.request.method not in {"POST", "PATCH"}:
        raise method_not_allowed(call.request.method, "POST,PATCH,DELETE")
    records, all_or_none = _records(call)

    def create(row: int) -> Json:
        record = records[row]
        call.check_row_fault(row, record)
        if _own_id(record) is not None:
            raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",))
        return {"id": writer.create(_type_of(record), _without_id(record)), "success": True, "errors": []}

    def update(row: int) -> Json:
        record = records[row]
        call.check_row_fault(row, record)
        record_id = _own_id(record)
        if not isinstance(record_id, str):
            raise RowError("MISSING_ARGUMENT", "Id not specified in an update call")
        writer.update(_type_of(record), record_id, _without_id(record))
        return {"id": record_id, "success": True, "errors": []}

    return _results(call, len(records), create if call.request.method == "POST" else update, all_or_none=all_or_none)


def collections_of_type(call: Call, object_name: str) -> Response:
    """Refuse to retrieve records by ids, which Salesforce would do."""
    call.object_named(object_name)
    raise not_served("retrieving records through composite/sobjects; use a query")


def upsert_collection(call: Call, object_name: str, field_name: str) -> Response:
    """Create or update records of one type by an external id."""
    if call.request.method != "PATCH":
        raise method_not_allowed(call.request.method, "PATCH")
    seen = call.object_named(object_name)
    key_field = call.key_field(seen, field_name)
    writer = call.writer()
    records, all_or_none = _records(call)
    if any(_type_of(record).lower() != seen.name.lower() for record in records):
        message = f"All records of the request must be of the type {seen.name}"
        raise ApiError(400, "INVALID_INPUT", message)
    keys = [_key_of(record, key_field) for record in records]
    times = Counter(key.casefold() for key in keys if key)

    def upsert(row: int) -> Json:
        call.check_row_fault(row, records[row])
        key = keys[row]
        if not key:
            raise RowError("MISSING_ARGUMENT", f"{key_field.name} not specified")
        if times[key.casefold()] > 1:
            raise RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", (key_field.name,))
        values = {name: value for name, value in records[row].items() if name.lower() != key_field.name.lower()}
        record_id, created = writer.upsert(seen.name, key_field, key, values)
        return {"id": record_id, "success": True, "errors": [], "created": created}

    return _results(call, len(records), upsert, all_or_none=all_or_none, failed={"created": False})


def _results(
    call: Call,
    count: int,
    write: Callable[[int], Json],
    *,
    all_or_none: bool,
    failed: Mapping[str, object] | None = None,
) -> Response:
    results: list[Json] = []
    extra = dict(failed or {})
    try:
        with call.db.transaction():
            for row in range(count):
                try:
                    results.append(write(row))
                except RowError as error:
                    results.append({"success": False, "errors": [error.row()], **extra})
            if all_or_none:
                _undo_unless_all(results)
    except _UndoError:
        undone: Json = {"success": False, "errors": [_ROLLED_BACK.row()], **extra}
        results = [undone if result["success"] else result for result in results]
    return Response(body=results)


def _undo_unless_all(results: Sequence[Json]) -> None:
    if not all(result["success"] for result in results):
        raise _UndoError


def _records(call: Call) -> tuple[Sequence[Mapping[str, object]], bool]:
    body = call.request.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ApiError(400, "INVALID_INPUT", "The request needs a list of records")
    _check_count(len(records))
    types = [_type_of(record).lower() for record in records]
    for name in types:
        if call.view.find(name) is None:
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    chunks = sum(one != other for one, other in pairwise(types)) + 1
    if chunks > _MOST_CHUNKS:
        raise ApiError(400, "LIMIT_EXCEEDED", f"A request can process up to {_MOST_CHUNKS} chunks of one type")
    all_or_none = body.get("allOrNone", False)
    if not isinstance(all_or_none, bool):
        raise ApiError(400, "JSON_PARSER_ERROR", "allOrNone must be a boolean")
    return records, all_or_none


def _check_count(count: int) -> None:
    if count > MOST_RECORDS:
        message = f"record limit reached. cannot submit more than {MOST_RECORDS} records with this request"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)


def _type_of(record: Mapping[str, object]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise ApiError(400, "INVALID_INPUT", "Include an attributes map with a type in every record")
    return name


def _own_id(record: Mapping[str, object]) -> object:
    return next((value for name, value in record.items() if name.lower() == "id"), None)


def _without_id(record: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in record.items() if name.lower() != "id"}


def _key_of(record: Mapping[str, object], key_field: Field) -> str:
    value = next((value for name, value in record.items() if name.lower() == key_field.name.lower()), None)
    return value.strip() if isinstance(value, str) else ""
