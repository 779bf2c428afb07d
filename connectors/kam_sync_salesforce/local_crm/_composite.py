"""Several requests in one: composite and composite/batch. References between them and rollback are not served."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from kam_sync_salesforce.local_crm._call import Call
from kam_sync_salesforce.local_crm._errors import ApiError, method_not_allowed, not_served
from kam_sync_salesforce.local_crm._http import Request, Response

MOST_REQUESTS: Final = 25
"""Salesforce's limit of requests in one composite or batch."""
_PATH: Final = re.compile(r"/?(?:services/data/)?v\d{2}\.0/")

Answer = Callable[[Call], Response]


def batch(call: Call, answer: Answer) -> Response:
    """Answer a composite/batch, whose requests have nothing to do with each other."""
    requests = _requests(call, "batchRequests")
    if call.request.json_object().get("haltOnError"):
        raise not_served("haltOnError of composite/batch")
    results = [answer(_inner(call, each, body=each.get("richInput"))) for each in requests]
    failed = any(result.status >= 400 for result in results)
    rows = [{"statusCode": result.status, "result": result.body} for result in results]
    return Response(body={"hasErrors": failed, "results": rows})


def composite(call: Call, answer: Answer) -> Response:
    """Answer a composite, each of whose requests has a referenceId."""
    requests = _requests(call, "compositeRequest")
    if call.request.json_object().get("allOrNone"):
        raise not_served("allOrNone of composite")
    if "@{" in call.request.body.decode("utf-8", "replace"):
        raise not_served("references between the requests of a composite")
    answers = [(each, answer(_inner(call, each, body=each.get("body")))) for each in requests]
    return Response(
        body={
            "compositeResponse": [
                {
                    "body": result.body,
                    "httpHeaders": dict(result.headers),
                    "httpStatusCode": result.status,
                    "referenceId": each.get("referenceId"),
                }
                for each, result in answers
            ],
        },
    )


def _requests(call: Call, name: str) -> list[Mapping[str, object]]:
    if call.request.method != "POST":
        raise method_not_allowed(call.request.method, "POST")
    requests = call.request.json_object().get(name)
    if not isinstance(requests, list) or not requests or not all(isinstance(each, dict) for each in requests):
        raise ApiError(400, "INVALID_INPUT", f"The request needs a list {name}")
    if len(requests) > MOST_REQUESTS:
        raise ApiError(400, "LIMIT_EXCEEDED", f"A request can have up to {MOST_REQUESTS} subrequests")
    return requests


def _inner(call: Call, each: Mapping[str, object], *, body: object) -> Call:
    method, url = each.get("method"), each.get("url")
    if not isinstance(method, str) or not isinstance(url, str) or not _PATH.match(url):
        raise ApiError(400, "INVALID_INPUT", "A subrequest needs a method and the URL of a versioned resource")
    target = call.base + "/" + _PATH.sub("", url, count=1)
    if target.removeprefix(call.base).rstrip("/") in {"/composite", "/composite/batch"}:
        raise ApiError(400, "INVALID_INPUT", "A composite cannot hold another")
    headers = each.get("httpHeaders")
    own = {str(key).lower(): str(value) for key, value in headers.items()} if isinstance(headers, dict) else {}
    encoded = b"" if body is None else json.dumps(body).encode()
    return replace(call, request=Request(method=method.upper(), target=target, headers=own, body=encoded))
