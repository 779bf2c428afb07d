"""Builds SOQL: flat queries in the order of Id, with every value quoted and every name checked.

Sends nothing. SOQL has no parameters, so nothing reaches a query but through `quote`, `record_id` and `path`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from kam_sync_salesforce._section import API_NAME

Value = str | bool | int | float | dt.date | dt.datetime

CHUNK: Final = 200
"""Values in one IN list: 200 ids or keys keep the URL under Salesforce's 16,384 bytes for URI and headers."""

_RECORD_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_SUFFIX: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ESCAPES: Final = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)
ItemT = TypeVar("ItemT")


def record_id(value: object) -> str:
    """Return a record id in its 18-character form, which names a record wherever case is lost.

    Raises:
        ValueError: It is not a Salesforce id; the message holds no value.
    """
    if not isinstance(value, str) or not _RECORD_ID.fullmatch(value):
        msg = "expected a Salesforce id of 15 or 18 letters and digits"
        raise ValueError(msg)
    if len(value) == 18:
        return value
    # Each suffix character tells which of five characters are capitals, the first one in the lowest bit.
    suffix = (
        _SUFFIX[sum(1 << bit for bit, char in enumerate(value[start : start + 5]) if "A" <= char <= "Z")]
        for start in (0, 5, 10)
    )
    return value + "".join(suffix)


def is_record_id(value: object) -> bool:
    """Return whether a value has the shape of a record id."""
    return isinstance(value, str) and _RECORD_ID.fullmatch(value) is not None


def quote(value: Value) -> str:
    """Return a value as a SOQL literal; a moment must be aware."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return "'" + value.translate(_ESCAPES) + "'"


def path(*names: str) -> str:
    """Return the path of a field (`Account.Tier__c`) after checking each name; empty names are left out."""
    steps = [step for name in names if name for step in name.split(".")]
    if not steps or not all(API_NAME.fullmatch(step) for step in steps):
        msg = "not the API name of a field"
        raise ValueError(msg)
    return ".".join(steps)


def any_of(field: str, values: Sequence[Value]) -> str:
    """Return the condition that a field has one of the values.

    Booleans are compared one by one: `IN` is not documented for them.
    """
    if not values:
        msg = "IN () is not SOQL"
        raise ValueError(msg)
    if len(values) == 1:
        return f"{path(field)} = {quote(values[0])}"
    if any(isinstance(value, bool) for value in values):
        return "(" + " OR ".join(f"{path(field)} = {quote(value)}" for value in values) + ")"
    return f"{path(field)} IN ({', '.join(quote(value) for value in values)})"


def chunks(items: Iterable[ItemT], size: int = CHUNK) -> Iterator[list[ItemT]]:
    """Yield the items in lists of at most `size`."""
    chunk: list[ItemT] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A flat query of one object; its rows come in the order of Id, so that it can be taken up again after one.

    `where` are conditions that all hold. `include_deleted` asks queryAll: rows in the recycle bin and archived
    activities come too. `converted` are fields whose amounts are to come in the integration user's currency; they
    keep their names in the answer.
    """

    sobject: str
    fields: tuple[str, ...]
    where: tuple[str, ...] = ()
    include_deleted: bool = False
    converted: frozenset[str] = frozenset()

    def soql(self, after: str | None = None) -> str:
        """Return the query as SOQL.

        Args:
            after: Id of the last row already seen; only rows beyond it are asked for.
        """
        fields = ", ".join(dict.fromkeys(("Id", *map(self._selected, self.fields))))
        where = [*self.where, *([f"Id > {quote(record_id(after))}"] if after else [])]
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        return f"SELECT {fields} FROM {path(self.sobject)}{condition} ORDER BY Id"  # noqa: S608 - all parts checked

    def _selected(self, field: str) -> str:
        return f"convertCurrency({path(field)})" if field in self.converted else path(field)
