"""Checks the envelopes of Salesforce's answers: pages of a query, results of a write, results of a batch.

What is inside them is not looked at; an envelope that is not as documented is an error, since believing half of an
answer is worse than having none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kam_sync_salesforce._faults import fault, malformed
from kam_sync_salesforce._queries import is_record_id

Row = Mapping[str, object]
"""A record or a result as Salesforce sends it."""

_NEXT_PAGE: Final = re.compile(r"/services/data/[A-Za-z0-9./_-]+")


def page_of(answer: object, call: str, *, single: bool) -> tuple[list[Row], str | None]:
    """Return the records and the next page's path of a query answer; any doubt is an error."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("done"), bool):
        raise malformed(call, "with a page that does not say whether it is the last one")
    records, following = answer.get("records"), answer.get("nextRecordsUrl")
    if not isinstance(records, list) or not all(isinstance(row, Mapping) for row in records):
        raise malformed(call, "with a page that has no list of records")
    if not all(is_record_id(row.get("Id")) for row in records):
        raise malformed(call, "with a page that has a record without an Id")
    if not answer["done"]:
        if not isinstance(following, str) or not _NEXT_PAGE.fullmatch(following):
            raise malformed(call, "with a page that does not say where the next one is")
        return records, following
    # Of many pages the sum is not compared: rows may be deleted between two of them.
    if single and answer.get("totalSize") != len(records):
        raise malformed(call, "with a page that has not as many records as it says")
    return records, None


def count_of(answer: object, call: str) -> int:
    """Return the number that a `SELECT COUNT()` answers with; it has no records."""
    total = answer.get("totalSize") if isinstance(answer, Mapping) else None
    if not isinstance(total, int) or isinstance(total, bool):
        raise malformed(call, "without a number")
    return total


def results_of(answer: object, expected: int, call: str) -> list[Row]:
    """Return the results of a collections call, one for each record sent."""
    if isinstance(answer, list) and len(answer) == expected:
        results = [result for result in answer if isinstance(result, Mapping)]
        if len(results) == expected and all(_is_result(result) for result in results):
            return results
    raise malformed(call, "without one result for each record")


def _is_result(result: Row) -> bool:
    if result.get("success") is True:
        return is_record_id(result.get("id"))
    return result.get("success") is False and isinstance(result.get("errors"), list)


def batch_results_of(answer: object, expected: int, call: str) -> list[object]:
    """Return the bodies of a composite batch's results, one for each subrequest.

    Raises:
        KamSyncError: A subrequest failed; the error is the one it would have raised by itself.
    """
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or len(results) != expected:
        raise malformed(call, "without one result for each subrequest")
    bodies: list[object] = []
    for result in results:
        status = result.get("statusCode") if isinstance(result, Mapping) else None
        if not isinstance(status, int):
            raise malformed(call, "with a result that has no status")
        if status != 200:
            raise fault(status, result.get("result"), call)
        bodies.append(result.get("result"))
    return bodies
