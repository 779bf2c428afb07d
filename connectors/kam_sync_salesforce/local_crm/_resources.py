"""The REST resources besides collections and composites: each function answers one call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from kam_sync_salesforce.local_crm._call import Call
from kam_sync_salesforce.local_crm._cascade import RECYCLE_BIN_DAYS
from kam_sync_salesforce.local_crm._describe import describe_json, object_json
from kam_sync_salesforce.local_crm._errors import (
    ApiError,
    RowError,
    method_not_allowed,
    not_served,
    resource_not_found,
)
from kam_sync_salesforce.local_crm._faults import FaultKind
from kam_sync_salesforce.local_crm._http import Response
from kam_sync_salesforce.local_crm._ids import normalize_id
from kam_sync_salesforce.local_crm._moments import parse_moment, stamp
from kam_sync_salesforce.local_crm._schema import SObject
from kam_sync_salesforce.local_crm._sharing import account_sql

_UPDATED_DAYS: Final = 30
"""So far back getUpdated reaches; getDeleted reaches as far as the recycle bin."""
_MOST_REPLICATED: Final = 600_000
"""Salesforce's limit of ids in one answer of getUpdated or getDeleted."""
_BODY_SINCE: Final = 46.0
"""From this version an upsert that updates answers with a body."""


def resources(call: Call) -> Response:
    """List the resources that are served."""
    _only(call, "GET")
    names = ("sobjects", "query", "queryAll", "limits", "composite")
    return Response(body={name: f"{call.base}/{name}" for name in names})


def limits(call: Call) -> Response:
    """Tell the org's limits."""
    _only(call, "GET")
    daily = call.switches.daily_limit
    return Response(
        body={
            "DailyApiRequests": {"Max": daily, "Remaining": max(0, daily - call.usage.used())},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        },
    )


def global_describe(call: Call) -> Response:
    """List all objects."""
    _only(call, "GET")
    objects = [object_json(each, call.base) for each in call.view]
    return Response(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def describe(call: Call, object_name: str) -> Response:
    """Describe one object with its fields."""
    _only(call, "GET")
    return Response(body=describe_json(call.object_named(object_name), call.view, call.base))


def query(call: Call, resource: str) -> Response:
    """Run a query (query) or one that sees deleted and archived records (queryAll)."""
    _only(call, "GET")
    soql = call.request.parameters().get("q")
    if soql is None:
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    return spoilt(call, call.queries(include_all=resource.lower() == "queryall").run(soql))


def query_more(call: Call, resource: str, locator: str) -> Response:
    """Answer the next page of a query."""
    _only(call, "GET")
    return spoilt(call, call.queries(include_all=resource.lower() == "queryall").more(locator))


def spoilt(call: Call, page: dict[str, object]) -> Response:
    """Return a page of a query as the answer, spoilt by the fault that befalls the call."""
    records = page["records"]
    if call.fault and call.fault.kind is FaultKind.MALFORMED_RECORD and isinstance(records, list):
        for row, record in enumerate(records):
            if call.fault.hits(row, str(record)):
                record[call.fault.field_name] = call.fault.value
    return Response(body=page)


def object_root(call: Call, object_name: str) -> Response:
    """Show an object in short (GET) or create a record (POST)."""
    seen = call.object_named(object_name)
    if call.request.method == "GET":
        return Response(body={"objectDescribe": object_json(seen, call.base), "recentItems": []})
    _only(call, "GET", "POST")
    values = call.request.json_object()
    _refuse_in_body(values, "Id")
    call.check_row_fault(0, values)
    record_id = call.writer().create(seen.name, values)
    return Response(status=201, body={"id": record_id, "success": True, "errors": []})


def record(call: Call, object_name: str, record_id: str) -> Response:
    """Read, change or delete one record by its id."""
    _only(call, "GET", "PATCH", "DELETE")
    seen = call.object_named(object_name)
    full = _id_of(call, seen, record_id)
    if call.request.method == "GET":
        return _read(call, seen, full)
    if call.request.method == "DELETE":
        call.check_row_fault(0, {"id": full})
        call.writer().delete(seen.name, full)
        return Response(status=204)
    values = call.request.json_object()
    _refuse_in_body(values, "Id")
    call.check_row_fault(0, values)
    call.writer().update(seen.name, full, values)
    return Response(status=204)


def _id_of(call: Call, seen: SObject, record_id: str) -> str:
    full = normalize_id(record_id)
    if full is None:
        message = f"Provided external ID field does not exist or is not accessible: {record_id}"
        raise ApiError(404, "NOT_FOUND", message)
    with call.db.reading():
        if not full.startswith(seen.key_prefix) or call.db.record(seen, full) is None:
            raise resource_not_found()
    return full


def _read(call: Call, seen: SObject, record_id: str) -> Response:
    with call.db.reading():
        try:
            call.writer().existing(call.db.catalogue[seen.name], record_id)
        except RowError as error:
            if error.code == "INSUFFICIENT_ACCESS_OR_READONLY":
                raise resource_not_found() from None
            raise
        names = [each.name for each in seen.fields]
        wanted = call.request.parameters().get("fields")
        if wanted is not None:
            names = [name.strip() for name in wanted.split(",")]
            unknown = [name for name in names if seen.field(name) is None]
            if unknown:
                raise ApiError(400, "INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type {seen.name}")
        page = call.queries(include_all=True).run(
            f"SELECT {', '.join(names)} FROM {seen.name} WHERE Id = '{record_id}'"  # noqa: S608 - SOQL of checked names
        )
    records = page["records"]
    if not isinstance(records, list) or not records:
        raise resource_not_found()
    return Response(body=records[0])


def record_by_key(call: Call, object_name: str, field_name: str, key: str) -> Response:
    """Read or upsert one record by an external id; several matches are a 300 and nothing is written."""
    _only(call, "GET", "PATCH")
    seen = call.object_named(object_name)
    key_field = call.key_field(seen, field_name)
    if "updateOnly" in call.request.parameters():
        raise not_served("the parameter updateOnly")
    writer = call.writer()
    with call.db.transaction():
        found = writer.matching(seen.name, key_field, key)
        if len(found) > 1:
            return Response(status=300, body=[f"{call.base}/sobjects/{seen.name}/{each}" for each in found])
        if call.request.method == "GET":
            if not found:
                raise resource_not_found()
            return _read(call, seen, found[0])
        values = call.request.json_object()
        _refuse_in_body(values, "Id", key_field.name)
        call.check_row_fault(0, {**values, key_field.name: key})
        record_id, created = writer.upsert(seen.name, key_field, key, values)
    if not created and call.version < _BODY_SINCE:
        return Response(status=204)
    answer = {"id": record_id, "success": True, "errors": [], "created": created}
    return Response(status=201 if created else 200, body=answer)


def deleted(call: Call, object_name: str) -> Response:
    """Tell which records were deleted in a span of time, for good or into the recycle bin."""
    _only(call, "GET")
    seen = call.object_named(object_name)
    start, end = _span(call, RECYCLE_BIN_DAYS)
    with call.db.reading():
        found = call.db.rows(
            "SELECT id, deleted_at FROM deletion WHERE object = ? AND deleted_at >= ? AND deleted_at <= ? "
            "ORDER BY deleted_at, id LIMIT ?",
            (seen.name, start, end, _MOST_REPLICATED + 1),
        )
        (earliest,) = call.db.row("SELECT MIN(deleted_at) FROM deletion WHERE object = ?", (seen.name,)) or (None,)
    _check_replicated(len(found))
    return Response(
        body={
            "deletedRecords": [{"id": record_id, "deletedDate": moment} for record_id, moment in found],
            "earliestDateAvailable": earliest or stamp(call.now - dt.timedelta(days=RECYCLE_BIN_DAYS)),
            "latestDateCovered": end,
        },
    )


def updated(call: Call, object_name: str) -> Response:
    """Tell which records were created or changed in a span of time, by SystemModstamp."""
    _only(call, "GET")
    seen = call.object_named(object_name)
    start, end = _span(call, _UPDATED_DAYS)
    if call.db.catalogue[seen.name].field("SystemModstamp") is None:
        raise not_served(f"getUpdated of {seen.name}")
    alive = ' AND "IsDeleted" = 0' if seen.has_recycle_bin else ""
    of_account = account_sql(seen.name, "t") or "NULL"
    with call.db.reading():
        found = call.db.rows(
            f'SELECT "Id", {of_account} FROM "{seen.name}" AS t '  # noqa: S608 - names come from the catalogue
            f'WHERE "SystemModstamp" >= ? AND "SystemModstamp" <= ?{alive} '
            'ORDER BY "SystemModstamp", "Id" LIMIT ?',
            (start, end, _MOST_REPLICATED + 1),
        )
    _check_replicated(len(found))
    ids = [record_id for record_id, owner in found if owner not in call.switches.hidden_accounts]
    return Response(body={"ids": ids, "latestDateCovered": end})


def _check_replicated(count: int) -> None:
    if count > _MOST_REPLICATED:
        raise ApiError(400, "EXCEEDED_ID_LIMIT", f"more than {_MOST_REPLICATED:,} ids; ask for a shorter span")


def _span(call: Call, days: int) -> tuple[str, str]:
    parameters = call.request.parameters()
    start, end = (parse_moment(parameters.get(name, "").replace(" ", "+")) for name in ("start", "end"))
    if start is None or end is None:
        raise ApiError(400, "INVALID_REPLICATION_DATE", "start and end must be moments with a zone")
    if end - start < dt.timedelta(minutes=1):
        raise ApiError(400, "INVALID_REPLICATION_DATE", "startDate before endDate by more than a minute is expected")
    if start < call.now - dt.timedelta(days=days):
        message = f"startDate cannot be more than {days} days ago"
        raise ApiError(400, "INVALID_REPLICATION_DATE", message)
    # What is still being written may get an older stamp: Salesforce covers up to the present moment only.
    return stamp(start), stamp(min(end, call.now))


def _only(call: Call, *methods: str) -> None:
    if call.request.method not in methods:
        raise method_not_allowed(call.request.method, ",".join(methods))


def _refuse_in_body(values: Mapping[str, object], *names: str) -> None:
    refused = {name.lower(): name for name in names}
    for name in values:
        if name.lower() in refused:
            message = f"The {refused[name.lower()]} field should not be specified in the sobject data."
            raise ApiError(400, "INVALID_FIELD", message)
