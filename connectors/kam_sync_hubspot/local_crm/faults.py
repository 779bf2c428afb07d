"""Faults that can be switched on: what real HubSpot does to its callers on a bad day."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from kam_sync_hubspot.local_crm.errors import RefusalError, error_body, rate_limited
from kam_sync_hubspot.local_crm.exchange import Answer, json_answer

_HTML = b"<!DOCTYPE html><html><head><title>HubSpot</title></head><body><h1>Sorry!</h1></body></html>"


class FaultKind(StrEnum):
    """What goes wrong. Up to CLOSED_CONNECTION the request is not carried out; from LOST_ANSWER on it is."""

    RATE_LIMITED = "rate limited"
    """429; `retry_after` and `policy_name` are sent only if given."""
    LOCKED = "locked"
    """423, as in bursts of writes."""
    MIGRATING = "migrating"
    """477 with Retry-After: the portal is being moved."""
    STATUS = "status"
    """The error status `status` with HubSpot's error shape and no category."""
    BAD_GATEWAY_HTML = "bad gateway, HTML"
    """502 with a page for people."""
    HTML_INSTEAD_OF_JSON = "HTML instead of JSON"
    """200 with a page for people."""
    CLOSED_CONNECTION = "closed connection"
    """The connection is closed before anything happened."""
    LOST_ANSWER = "lost answer"
    """The request is carried out and committed, then the connection is closed."""
    OTHER_STATUS = "other status"
    """The right body under the success status `status`, such as 200 instead of 201."""
    TRUNCATED_JSON = "truncated JSON"
    """The body ends in its middle."""
    NO_RESULTS = "no results"
    """The answer lacks its key `results`."""
    RECORD_WITHOUT_ID = "record without id"
    """The first record of the answer has no id; in associations, the record that they are of."""
    NUMBER_AS_VALUE = "number as value"
    """The first record of the answer has a number where a property's text belongs."""
    RECORD_ON_TWO_PAGES = "record on two pages"
    """A list's next page begins with the record that ended the page before; waits for a call with `after`."""


_NOT_CARRIED_OUT = frozenset(
    {
        FaultKind.RATE_LIMITED,
        FaultKind.LOCKED,
        FaultKind.MIGRATING,
        FaultKind.STATUS,
        FaultKind.BAD_GATEWAY_HTML,
        FaultKind.HTML_INSTEAD_OF_JSON,
        FaultKind.CLOSED_CONNECTION,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault for the next `count` requests that match, after letting `skip` of them pass.

    Args:
        kind: What goes wrong.
        method: The HTTP method, or None for any.
        path: A regular expression searched in the path with its query.
        count: How often it strikes.
        skip: How many matching requests pass before.
        status: The status for STATUS and OTHER_STATUS.
        retry_after: Seconds for RATE_LIMITED and MIGRATING.
        policy_name: The policy for RATE_LIMITED.
    """

    kind: FaultKind
    method: str | None = None
    path: str = ""
    count: int = 1
    skip: int = 0
    status: int = 503
    retry_after: float | None = None
    policy_name: str | None = None

    @property
    def prevents(self) -> bool:
        """Whether the request is not carried out at all."""
        return self.kind in _NOT_CARRIED_OUT

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request, its path with the query, is one of those meant."""
        if self.kind is FaultKind.RECORD_ON_TWO_PAGES and "after=" not in path:
            return False
        return self.method in {None, method} and re.search(self.path, path) is not None

    def answer(self) -> Answer | None:
        """Return what is answered instead of carrying the request out; None closes the connection."""
        match self.kind:
            case FaultKind.RATE_LIMITED:
                return _refused(rate_limited(self.policy_name, self.retry_after))
            case FaultKind.LOCKED:
                return json_answer(423, error_body(None, "The resource is locked by another operation."))
            case FaultKind.MIGRATING:
                seconds = 86_400 if self.retry_after is None else self.retry_after
                body = error_body(None, "This account is being migrated between data hosting locations.")
                return json_answer(477, body, {"Retry-After": f"{seconds:g}"})
            case FaultKind.STATUS:
                return json_answer(self.status, error_body(None, "internal error"))
            case FaultKind.BAD_GATEWAY_HTML:
                return Answer(status=502, payload=_HTML, content_type="text/html; charset=utf-8")
            case FaultKind.HTML_INSTEAD_OF_JSON:
                return Answer(status=200, payload=_HTML, content_type="text/html; charset=utf-8")
            case _:
                return None

    def bend(self, answer: Answer) -> Answer | None:
        """Return the answer of a request that was carried out, bent; None closes the connection.

        Raises:
            TypeError: The answer has nothing that this fault could bend; the test that added it is mistaken.
        """
        match self.kind:
            case FaultKind.LOST_ANSWER:
                return None
            case FaultKind.OTHER_STATUS:
                return replace(answer, status=self.status)
            case FaultKind.TRUNCATED_JSON:
                return replace(answer, payload=answer.payload[: len(answer.payload) * 2 // 3])
            case FaultKind.NO_RESULTS | FaultKind.RECORD_WITHOUT_ID | FaultKind.NUMBER_AS_VALUE:
                return _with_bent_body(self.kind, answer)
            case _:
                return answer


def _refused(refusal: RefusalError) -> Answer:
    return json_answer(refusal.status, refusal.body, refusal.headers)


def _with_bent_body(kind: FaultKind, answer: Answer) -> Answer:
    body: object = json.loads(answer.payload)
    if not isinstance(body, dict):
        raise TypeError(f"the fault {kind.value!r} needs an answer that is a JSON object")
    results = body.get("results")
    if kind is FaultKind.NO_RESULTS:
        body.pop("results", None)
    else:
        record = results[0] if isinstance(results, list) and results else body
        holder = record.get("from", record) if kind is FaultKind.RECORD_WITHOUT_ID else record.get("properties")
        if not isinstance(holder, dict) or not holder or (kind is FaultKind.RECORD_WITHOUT_ID and "id" not in holder):
            raise TypeError(f"the fault {kind.value!r} needs an answer with a record to bend")
        if kind is FaultKind.RECORD_WITHOUT_ID:
            del holder["id"]
        else:
            holder[next(iter(holder))] = 5
    return replace(json_answer(answer.status, body), headers=answer.headers)


class Faults:
    """The faults that are switched on, in the order in which they were added; safe for several threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switch a fault on; where several match a request, the one added first strikes."""
        if fault.count < 1 or fault.skip < 0:
            raise ValueError("a fault strikes at least once and skips no negative number of requests")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._waiting.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that have not struck as often as they should, with what is left of them."""
        with self._lock:
            return tuple(self._waiting)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request and count it, or None.

        Args:
            method: The HTTP method.
            path: The path with its query.
        """
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if not fault.matches(method, path):
                    continue
                if fault.skip:
                    self._waiting[index] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.count > 1:
                    self._waiting[index] = replace(fault, count=fault.count - 1)
                else:
                    del self._waiting[index]
                return fault
            return None
