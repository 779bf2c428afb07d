"""Faults that a test or a demo can make the local Salesforce show, each for some requests."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What goes wrong."""

    SESSION_EXPIRED = "session_expired"
    """401 INVALID_SESSION_ID; the session itself is thrown away too."""
    TOTAL_LIMIT = "total_limit"
    """403 REQUEST_LIMIT_EXCEEDED, the day's calls are used up."""
    CONCURRENT_LIMIT = "concurrent_limit"
    """403 REQUEST_LIMIT_EXCEEDED, too many long calls at a time."""
    UNAVAILABLE = "unavailable"
    """503 with a page of HTML, nothing done."""
    ERROR = "error"
    """`status`, `code` and `message` as a top-level error, nothing done."""
    ROW_ERROR = "row_error"
    """`code` and `message` for records of a write; the others are written."""
    CLOSED = "closed"
    """The connection is closed before anything is done."""
    LOST_ANSWER = "lost_answer"
    """Everything is done and committed, then the connection is closed without an answer."""
    HTML_ANSWER = "html_answer"
    """200 with a page of HTML, nothing done."""
    TRUNCATED_ANSWER = "truncated_answer"
    """Everything is done; the JSON of the answer ends in its middle."""
    MALFORMED_RECORD = "malformed_record"
    """A page of a query holds `value` in a record's `field_name`, whatever type the field has."""


MESSAGES: Final = {
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record or 1 records",
    "DUPLICATE_VALUE": "duplicate value found: KamSync_Key__c duplicates value on record with id: <unknown>",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule of the org says no",
    "UNKNOWN_EXCEPTION": "An unexpected error occurred. Please include this ErrorId if you contact support",
    "QUERY_TIMEOUT": "Your query request was running for too long.",
    "INVALID_QUERY_LOCATOR": "invalid query locator",
    "SERVER_UNAVAILABLE": "The server is temporarily unavailable",
}
"""Salesforce's words for some codes, where a fault brings none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault and the requests that it befalls.

    Args:
        kind: What goes wrong.
        method: The HTTP method; None is any.
        path: Pattern (a regular expression, searched) for the decoded path with its query; empty is any.
        body: Pattern searched in the request's body; empty is any.
        count: After so many requests it is over; None is for ever.
        skip: So many matching requests pass unharmed first.
        status: The status of an `ERROR`.
        code: The error code of an `ERROR` or `ROW_ERROR`.
        message: Its message; Salesforce's words for the code where it is empty.
        rows: Which records of the request or page, counted from 0; None is all that match `record`.
        record: Pattern searched in a record's JSON; empty is any.
        field_name: The field that a `MALFORMED_RECORD` spoils.
        value: What it puts there.
    """

    kind: FaultKind
    method: str | None = None
    path: str = ""
    body: str = ""
    count: int | None = 1
    skip: int = 0
    status: int = 500
    code: str = "UNKNOWN_EXCEPTION"
    message: str = ""
    rows: frozenset[int] | None = None
    record: str = ""
    field_name: str = "Id"
    value: object = field(default_factory=lambda: {"unexpected": True})

    def matches(self, method: str, target: str, body: str) -> bool:
        """Return whether a request is one that the fault befalls."""
        return (
            self.method in {None, method}
            and re.search(self.path, target) is not None
            and re.search(self.body, body) is not None
        )

    def hits(self, row: int, record_json: str) -> bool:
        """Return whether a record of the request or page is hit."""
        return (self.rows is None or row in self.rows) and re.search(self.record, record_json) is not None

    @property
    def words(self) -> str:
        """The message that goes with the code."""
        return self.message or MESSAGES.get(self.code, self.code)


@dataclass(slots=True)
class _Active:
    fault: Fault
    seen: int = 0


class Faults:
    """The faults in force; the first that matches a request befalls it, and at most one does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[_Active] = []
        self._fired = 0

    def add(self, fault: Fault) -> None:
        """Put a fault in force, after those that already are."""
        with self._lock:
            self._active.append(_Active(fault))

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._active.clear()

    @property
    def fired(self) -> int:
        """How many requests met a fault so far."""
        return self._fired

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that are still in force."""
        with self._lock:
            return tuple(active.fault for active in self._active)

    def take(self, method: str, target: str, body: str) -> Fault | None:
        """Return the fault that befalls a request, and count it."""
        with self._lock:
            for active in self._active:
                fault = active.fault
                if not fault.matches(method, target, body):
                    continue
                active.seen += 1
                if active.seen <= fault.skip:
                    continue
                if fault.count is not None and active.seen - fault.skip >= fault.count:
                    self._active.remove(active)
                self._fired += 1
                return fault
        return None
