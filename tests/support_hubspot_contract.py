"""Holds recorded HubSpot exchanges to an independent description of the API: requests and answers alike.

The description is an OpenAPI file derived from another client of HubSpot's; it is not part of this repository, so
tests that need it skip themselves where it is absent. It describes version 2026-03; other versions are mapped to it
first. What it lacks (exact success codes, error bodies, account info, query parameters) is checked by hand here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

CONTRACT_PATH: Final = (
    Path(__file__).parents[1].parent / "shared/contracts/hubspot/hubspot-crm-2026-03.derived.openapi.json"
)
_HOST: Final = "http://hubspot.example"

_TYPE_NAMES: Final[Mapping[str, str]] = {
    "0-1": "contacts",
    "0-2": "companies",
    "deals": "0-3",  # the contract writes deals by their type id
    "0-27": "tasks",
    "0-47": "meetings",
    "0-48": "calls",
}
_DATED: Final = re.compile(r"/crm/(objects|associations|owners|properties|pipelines)/(2026-03|2026-09)(/.*)?")
_LEGACY: Final = re.compile(r"/crm/v[34]/(objects|associations|owners|properties|pipelines)(/.*)?")

SUCCESS: Final[tuple[tuple[str, str, frozenset[int]], ...]] = (
    ("POST", r"/crm/objects/[^/]+/[^/]+/batch/create", frozenset({201, 207})),
    ("POST", r"/crm/objects/[^/]+/[^/]+/batch/archive", frozenset({204})),
    ("POST", r"/crm/objects/[^/]+/[^/]+/batch/(read|update|upsert)", frozenset({200, 207})),
    ("POST", r"/crm/objects/[^/]+/[^/]+/(search|merge)", frozenset({200})),
    ("POST", r"/crm/objects/[^/]+/[^/]+", frozenset({201})),
    ("DELETE", r"/crm/objects/.*", frozenset({204})),
    ("POST", r"/crm/associations/[^/]+/[^/]+/[^/]+/batch/create", frozenset({201, 207})),
    ("POST", r"/crm/associations/[^/]+/[^/]+/[^/]+/batch/archive", frozenset({204})),
    ("POST", r"/crm/associations/[^/]+/[^/]+/[^/]+/batch/read", frozenset({200, 207})),
    ("POST", r"/crm/associations/[^/]+/[^/]+/[^/]+/.*", frozenset({200})),
    ("POST", r"/crm/properties/.*", frozenset({201})),
    ("DELETE", r"/crm/properties/.*", frozenset({204})),
    (".*", ".*", frozenset({200})),
)
"""Success codes by canonical path, first match counts; source: `response_types_map` in hubspot-api-client 12.0.0."""

CATEGORIES: Final = frozenset(
    {
        "VALIDATION_ERROR",
        "OBJECT_NOT_FOUND",
        "CONFLICT",
        "RATE_LIMITS",
        "MISSING_SCOPES",
        "INVALID_AUTHENTICATION",
        "EXPIRED_AUTHENTICATION",
        "NOT_SERVED_LOCALLY",  # the local HubSpot's own word, under status 501 only
    }
)
"""Categories of errors; source: HubSpot's error handling guide. Every field of an error body is optional there."""


class RecordedExchange(Protocol):
    """What an exchange must have; `path` holds the query. `faulted` exchanges prove nothing and are not covered."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def request_body(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def answer_body(self) -> str: ...
    @property
    def faulted(self) -> bool: ...


def canonical(path: str) -> str:
    """Return a path, without its query, as the contract writes it: version 2026-03, its names of object types."""
    bare = urlsplit(path).path
    if dated := _DATED.fullmatch(bare):
        api, rest = dated[1], dated[3] or ""
    elif legacy := _LEGACY.fullmatch(bare):
        api, rest = legacy[1], legacy[2] or ""
        rest = "" if api == "owners" and rest == "/" else rest
    else:
        return bare
    segments = rest.split("/")
    named = {"objects": 1, "associations": 2}.get(api, 0)  # how many leading segments are object types
    segments[1 : 1 + named] = [_TYPE_NAMES.get(segment, segment) for segment in segments[1 : 1 + named]]
    return f"/crm/{api}/2026-03{'/'.join(segments)}"


class Contract:
    """The contract, ready to judge exchanges."""

    def __init__(self, spec: Mapping[str, object]) -> None:
        prepared: dict[str, object] = json.loads(json.dumps(spec))
        prepared["servers"] = [{"url": _HOST}]
        paths = _mapping(prepared["paths"])
        for operations in paths.values():
            for method, operation in _mapping(operations).items():
                if method != "parameters":
                    _describe_body(method, operation)
        self._queries: dict[tuple[str, str], frozenset[str]] = {}
        for path, operations in paths.items():
            if "get" in _mapping(operations):
                query = _mapping(_mapping(_mapping(operations)["get"]).get("x-query-schema", {}))
                self._queries["GET", path] = frozenset(_mapping(query.get("properties", {})))
        self._methods = {
            path: frozenset(method.upper() for method in _mapping(operations) if method != "parameters")
            for path, operations in paths.items()
        }
        self._api = OpenAPI.from_dict(prepared)

    def template(self, method: str, path: str) -> str | None:
        """Return the contract's path for a request, or None where it describes none."""
        wanted = canonical(path).split("/")
        best: tuple[int, str] | None = None
        for template, methods in self._methods.items():
            segments = template.split("/")
            if method not in methods or len(segments) != len(wanted):
                continue
            pairs = list(zip(segments, wanted, strict=True))
            if all(segment == given or (segment.startswith("{") and given) for segment, given in pairs):
                literal = sum(segment == given for segment, given in pairs)
                best = max(best, (literal, template)) if best else (literal, template)
        return best[1] if best else None

    def covers(self, exchange: RecordedExchange) -> bool:
        """Return whether the contract describes this call; a faulted exchange is never covered."""
        return not exchange.faulted and self.template(exchange.method, exchange.path) is not None

    def problems(self, exchange: RecordedExchange) -> list[str]:
        """Return what is wrong with an exchange, in words; an empty list when it keeps the contract.

        An error answer is held to the error shape only, since its request may be wrong on purpose.
        """
        if exchange.status >= 400:
            return error_problems(exchange)
        template = self.template(exchange.method, exchange.path)
        if template is None:
            return [f"{exchange.method} {canonical(exchange.path)} is not described"]
        found = [*self._query_problems(exchange, template), *_status_problems(exchange)]
        data = exchange.request_body.encode() or None
        request = MockRequest(
            _HOST,
            exchange.method.lower(),
            canonical(exchange.path),
            data=data,
            content_type="application/json",
        )
        try:
            self._api.validate_request(request)
        except OpenAPIError as error:
            found.append(f"request: {_words(error)}")
        if exchange.status != 204:
            answer = MockResponse(_as_dated(exchange), status_code=exchange.status, content_type="application/json")
            try:
                self._api.validate_response(request, answer)
            except OpenAPIError as error:
                found.append(f"answer: {_words(error)}")
        return found

    def _query_problems(self, exchange: RecordedExchange, template: str) -> Iterable[str]:
        known = self._queries.get((exchange.method, template))
        if known is None:
            return
        for name in parse_qs(urlsplit(exchange.path).query, keep_blank_values=True):
            if name not in known:
                yield f"the query parameter {name} is not described"


def load_contract() -> Contract | None:
    """Return the contract, or None where it is absent."""
    if not CONTRACT_PATH.exists():
        return None
    return Contract(json.loads(CONTRACT_PATH.read_text(encoding="utf-8")))


def require_contract() -> Contract:
    """Return the contract; skips the test where it is absent."""
    contract = load_contract()
    if contract is None:
        pytest.skip(f"the HubSpot contract is not here: {CONTRACT_PATH}")
    return contract


def error_problems(exchange: RecordedExchange) -> list[str]:
    """Return what is wrong with an error answer, by HubSpot's error shape."""
    try:
        body: object = json.loads(exchange.answer_body)
    except ValueError:
        return ["an error answer is JSON"]
    if not isinstance(body, dict):
        return ["an error answer is an object"]
    found = []
    if body.get("status") != "error":
        found.append("status is `error`")
    found += [f"{name} is a text" for name in ("message", "correlationId") if not isinstance(body.get(name), str)]
    if body.get("category") not in {None, *CATEGORIES}:
        found.append(f"category {body.get('category')} is not one of HubSpot's")
    for error in body.get("errors", []):
        if not isinstance(error, dict) or not isinstance(error.get("message"), str):
            found.append("every one of `errors` has a message")
    return found


def uncovered(contract: Contract, exchanges: Iterable[RecordedExchange]) -> set[str]:
    """Return the calls, as `METHOD path` with ids masked, that the contract does not describe."""
    return {
        f"{exchange.method} {re.sub(r'/[0-9]{5,}', '/{id}', canonical(exchange.path))}"
        for exchange in exchanges
        if not exchange.faulted and contract.template(exchange.method, exchange.path) is None
    }


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _describe_body(method: str, operation: object) -> None:
    """Turn what the contract calls a query of a POST or PATCH into its body; only `inputs` is really required.

    The contract was derived from a client whose signatures do not tell body from query, and which asks for more than
    the service.
    """
    described = _mapping(operation)
    query = described.get("x-query-schema")
    if method not in {"post", "patch"} or "requestBody" in described or not isinstance(query, dict):
        return
    schema = {
        **query,
        "properties": {name: part for name, part in _mapping(query["properties"]).items() if name != "archived"},
        "required": [name for name in query.get("required", []) if name in {"inputs", "properties"}][:1],
    }
    described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}


def _status_problems(exchange: RecordedExchange) -> Iterable[str]:
    path = canonical(exchange.path)
    for method, pattern, statuses in SUCCESS:
        if re.fullmatch(method, exchange.method) and re.fullmatch(pattern, path):
            if exchange.status not in statuses:
                yield f"status {exchange.status} instead of {sorted(statuses)}"
            return


def _as_dated(exchange: RecordedExchange) -> bytes:
    """Return an answer with the ids of v4 associations as texts: numbers are what v4 is known to differ in."""
    if not exchange.path.startswith("/crm/v4/"):
        return exchange.answer_body.encode()
    masked = re.sub(r'"(toObjectId|fromObjectId)":\s*(\d+)', r'"\1":"\2"', exchange.answer_body)
    return masked.encode()


def _words(error: BaseException) -> str:
    """Return an error in one line: what the schema says, or else everything it was caused by."""
    parts: list[str] = []
    details: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        parts.append(str(seen) or type(seen).__name__)
        details += [str(each.message) for each in getattr(seen, "schema_errors", ())]
        seen = seen.__cause__
    return "; ".join(dict.fromkeys(details or parts))
