"""Search over HTTP: filters, sorting, the cap of 10,000 and an index that lags behind writes."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync_hubspot.local_crm.bodies import Filter, SearchBody, Sort
from kam_sync_hubspot.local_crm.definitions import PropertyDefinition
from kam_sync_hubspot.local_crm.errors import invalid, not_served
from kam_sync_hubspot.local_crm.exchange import Answer, Call, json_answer
from kam_sync_hubspot.local_crm.moments import iso, milliseconds, parse_date, parse_moment
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.reading import next_page, record_json
from kam_sync_hubspot.local_crm.record_store import StoredRecord

PAGE: Final = 200
"""Records per search page at most; vendor limit."""
CAP: Final = 10_000
"""Results of one query that can be reached by paging; vendor limit."""
GROUPS: Final = 5
"""Filter groups of one query at most; vendor limit."""
FILTERS_PER_GROUP: Final = 10
"""Filters of one group at most; vendor limit."""
FILTERS: Final = 25
"""Filters of one query at most; vendor limit."""

_COMPARED: Final[Mapping[str, str]] = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}

_SEEN = """
WITH seen AS (
  SELECT o.id AS id, CASE WHEN v.id IS NULL THEN o.properties ELSE v.properties END AS properties
  FROM objects o LEFT JOIN (
    SELECT id, properties, MIN(valid_until) FROM search_versions WHERE type = :type AND valid_until > :now GROUP BY id
  ) v ON v.id = o.id
  WHERE o.type = :type AND o.archived_at IS NULL AND (v.id IS NULL OR v.properties IS NOT NULL))
"""
# What search sees: of a record that was written lately, the oldest version that has not expired; NULL hides it.


@dataclass(slots=True)
class _Query:
    """SQL under construction with its bound values; property names and values are always bound, never written in."""

    values: dict[str, object]

    def bind(self, value: object) -> str:
        name = f"b{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def _contains_token(text: str | None, wanted: str) -> bool:
    """Whether one of the words of a text is the wanted one, in which `*` stands for anything."""
    if text is None:
        return False
    pattern = re.compile(".*".join(re.escape(part) for part in wanted.lower().split("*")))
    return any(pattern.fullmatch(word) for word in re.split(r"[^\w]+", text.lower()) if word)


class Searching:
    """The search route."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        portal.database.connection.create_function("contains_token", 2, _contains_token, deterministic=True)

    def search(self, call: Call) -> Answer:
        """POST /{objectType}/search: a page of what the index holds; results may be out of date, never archived."""
        call.allow_query()
        body, object_type = call.model(SearchBody), call.object_type()
        limit, offset = self._window(body)
        now = self._portal.clock.now()
        self._portal.records.forget_search_versions(now)
        query = _Query({"type": int(object_type), "now": milliseconds(now)})
        where = self._where(object_type, body, query)
        order = self._order(object_type, body, query)
        connection = self._portal.database.connection
        count = " ".join((_SEEN, "SELECT COUNT(*) FROM seen WHERE", where))
        total: tuple[int] = connection.execute(count, query.values).fetchone()
        page = f"LIMIT {query.bind(limit)} OFFSET {query.bind(offset)}"
        sql = " ".join((_SEEN, "SELECT id, properties FROM seen WHERE", where, "ORDER BY", order, page))
        rows = connection.execute(sql, query.values)
        results = self._results(object_type, body.properties, rows)
        answer: dict[str, object] = {"total": total[0], "results": results}
        if offset + len(results) < total[0] and results:
            answer["paging"] = next_page(call, offset + len(results))
        return json_answer(200, answer)

    def _window(self, body: SearchBody) -> tuple[int, int]:
        if body.query:
            raise not_served("a search by `query`; use filters")
        if not 1 <= body.limit <= PAGE:
            raise invalid(f"limit must be between 1 and {PAGE}")
        text = str(body.after or 0)
        if not text.isdecimal():
            raise invalid("after is not a paging cursor of a search")
        limit, offset = self._portal.switches.page_size(body.limit), int(text)
        if offset + limit > CAP:
            raise invalid(f"A search reaches its first {CAP} results only; narrow it by a filter.")
        filters = [len(group.filters) for group in body.filter_groups]
        if len(filters) > GROUPS or sum(filters) > FILTERS or any(count > FILTERS_PER_GROUP for count in filters):
            raise invalid(
                f"A search takes {GROUPS} filter groups, {FILTERS_PER_GROUP} filters per group and {FILTERS} in all."
            )
        return limit, offset

    def _results(self, object_type: ObjectType, asked: Sequence[str], rows: sqlite3.Cursor) -> list[dict[str, object]]:
        pick = self._portal.catalogue.answered(object_type, asked)
        results = []
        for number, text in rows:
            properties: dict[str, str] = json.loads(text)
            record = StoredRecord(object_type=object_type, id=number, properties=properties)
            results.append(record_json(record, pick(properties)))
        return results

    def _definition(self, object_type: ObjectType, name: str) -> PropertyDefinition:
        found = self._portal.catalogue.definitions(object_type).get(name)
        if found is None:
            raise invalid(f"There was a problem with the request: property {name} does not exist")
        return found

    def _where(self, object_type: ObjectType, body: SearchBody, query: _Query) -> str:
        groups = [
            " AND ".join(
                _condition(self._definition(object_type, each.property_name), each, query) for each in group.filters
            )
            for group in body.filter_groups
            if group.filters
        ]
        return " OR ".join(f"({group})" for group in groups) or "1"

    def _order(self, object_type: ObjectType, body: SearchBody, query: _Query) -> str:
        parts = []
        for each in body.sorts:
            if isinstance(each, Sort):
                name, direction = each.property_name, each.direction
            else:
                name, direction = each.removeprefix("-"), "DESCENDING" if each.startswith("-") else "ASCENDING"
            if direction not in {"ASCENDING", "DESCENDING"}:
                raise invalid("The direction of a sort is ASCENDING or DESCENDING.")
            column = _column(self._definition(object_type, name), query)
            parts.append(column + (" DESC" if direction == "DESCENDING" else " ASC"))
        return ", ".join([*parts, "id ASC"])


def _column(definition: PropertyDefinition, query: _Query) -> str:
    """Return the SQL for a property's value as it is compared: numbers as numbers, texts without case."""
    if definition.name == "hs_object_id":
        return "id"
    raw = f"json_extract(properties, {query.bind('$.' + json.dumps(definition.name))})"
    if definition.type == "number":
        return f"CAST({raw} AS REAL)"
    return f"lower({raw})" if definition.type == "string" else raw


def _operand(definition: PropertyDefinition, text: str | None, *, fold: bool = True) -> object:
    if text is None:
        raise invalid(f"The filter on {definition.name} lacks a value.")
    try:
        match definition.type:
            case "number":
                return int(text) if definition.name == "hs_object_id" else float(text)
            case "datetime":
                return iso(parse_moment(text))
            case "date":
                return parse_date(text).isoformat()
            case "string" if fold:
                return text.lower()
            case _:
                return text
    except ValueError:
        raise invalid(f"{text} is not a value of {definition.name}, which is of type {definition.type}.") from None


def _condition(definition: PropertyDefinition, given: Filter, query: _Query) -> str:
    column = _column(definition, query)

    def bound(text: str | None) -> str:
        return query.bind(_operand(definition, text))

    if given.operator in _COMPARED:
        return f"{column} {_COMPARED[given.operator]} {bound(given.value)}"
    operators: Mapping[str, Callable[[], str]] = {
        "BETWEEN": lambda: f"{column} BETWEEN {bound(given.value)} AND {bound(given.high_value)}",
        "IN": lambda: f"{column} IN {_list(definition, given, query)}",
        "NOT_IN": lambda: f"{column} NOT IN {_list(definition, given, query)}",
        "HAS_PROPERTY": lambda: f"{column} IS NOT NULL",
        "NOT_HAS_PROPERTY": lambda: f"{column} IS NULL",
        "CONTAINS_TOKEN": lambda: f"contains_token({column}, {query.bind(_word(given))})",
        "NOT_CONTAINS_TOKEN": lambda: f"NOT contains_token({column}, {query.bind(_word(given))})",
    }
    if given.operator not in operators:
        raise invalid(f"{given.operator} is not a search operator.")
    return operators[given.operator]()


def _list(definition: PropertyDefinition, given: Filter, query: _Query) -> str:
    """Return the list of an IN; values for texts must be lower case already, as the service wants them."""
    if not given.values:
        raise invalid(f"The filter {given.operator} on {definition.name} lacks values.")
    operands = [_operand(definition, text, fold=False) for text in given.values]
    return "(" + ", ".join(query.bind(operand) for operand in operands) + ")"


def _word(given: Filter) -> str:
    if not given.value:
        raise invalid(f"The filter {given.operator} on {given.property_name} lacks a value.")
    return given.value
