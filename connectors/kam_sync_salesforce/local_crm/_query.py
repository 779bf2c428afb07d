"""Running a query page by page: cursors keep the row numbers of a result in the database, never in memory."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync_salesforce.local_crm._database import Database, Row
from kam_sync_salesforce.local_crm._errors import ApiError
from kam_sync_salesforce.local_crm._moments import stamp
from kam_sync_salesforce.local_crm._schema import FieldType
from kam_sync_salesforce.local_crm._soql_parser import parse
from kam_sync_salesforce.local_crm._soql_paths import Column, Scope
from kam_sync_salesforce.local_crm._soql_sql import Statement, compile_query

LARGEST_PAGE: Final = 2_000
"""Salesforce's limit of records in a page; its default too."""
SMALLEST_WISH: Final = 200
"""A client may not ask for smaller pages than this; Salesforce's limit."""
_LONGEST_SOQL: Final = 100_000
"""Salesforce's limit in characters."""
_CURSOR_DAYS: Final = 2
"""So long a cursor lives."""
_CURSOR_PREFIX: Final = "01g"
_LOCATOR: Final = re.compile(r"(01g[A-Za-z0-9]{12,15})-(\d{1,9})")

Json = dict[str, object]


def page_size(options: str | None, cap: int | None) -> int:
    """Return the records of a page by the header Sforce-Query-Options and the org's own cap."""
    match = re.search(r"batchSize\s*=\s*(\d+)", options or "", re.IGNORECASE)
    wish = min(max(int(match[1]), SMALLEST_WISH), LARGEST_PAGE) if match else LARGEST_PAGE
    return min(wish, cap or LARGEST_PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRunner:
    """Runs queries for one request.

    Args:
        db: The state.
        scope: What the query may see.
        now: The moment, for the life of cursors.
        base: The path of the API version, such as `/services/data/v66.0`.
        size: Records in a page.
    """

    db: Database
    scope: Scope
    now: dt.datetime
    base: str
    size: int

    def run(self, soql: str) -> Json:
        """Return the first page of a query."""
        if len(soql) > _LONGEST_SOQL:
            raise ApiError(400, "QUERY_TOO_COMPLICATED", f"SOQL of more than {_LONGEST_SOQL:,} characters")
        query = parse(soql)
        statement = compile_query(soql, query, self.scope)
        try:
            with self.db.reading():
                return self._counted(statement) if query.count else self._first_page(soql, statement)
        except sqlite3.OperationalError as error:
            # SQLite's own limits (nesting, variables) are the only way to get here.
            raise ApiError(400, "QUERY_TOO_COMPLICATED", "The query is too complicated") from error

    def _first_page(self, soql: str, statement: Statement) -> Json:
        found = self._first(statement)
        if len(found) <= self.size:
            return {"totalSize": len(found), "done": True, "records": self._render(statement, found)}
        cursor, first, total = self._open_cursor(soql, statement)
        return self._page(statement, cursor, first, total, 0)

    def more(self, locator: str) -> Json:
        """Return the page that a nextRecordsUrl names; raises ApiError INVALID_QUERY_LOCATOR."""
        match = _LOCATOR.fullmatch(locator)
        with self.db.reading():
            found = match and self.db.row(
                "SELECT soql, include_all, first, total FROM cursor WHERE id = ? AND created > ?",
                (match[1], stamp(self.now - dt.timedelta(days=_CURSOR_DAYS))),
            )
            if not match or not found:
                raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            soql, include_all, first, total = found
            scope = Scope(
                view=self.scope.view,
                hidden_accounts=self.scope.hidden_accounts,
                include_all=bool(include_all),
                today=self.scope.today,
            )
            statement = compile_query(str(soql), parse(str(soql)), scope)
            return self._page(statement, match[1], int(first or 0), int(total or 0), int(match[2]))

    def _counted(self, statement: Statement) -> Json:
        limit = -1 if statement.limit is None else statement.limit
        sql = f"SELECT COUNT(*) FROM (SELECT 1 {_source(statement)} LIMIT {limit} OFFSET {statement.offset})"  # noqa: S608 - names come from the catalogue, values are bound
        (total,) = self.db.row(sql, statement.parameters) or (0,)
        return {"totalSize": total, "done": True, "records": []}

    def _first(self, statement: Statement) -> list[Row]:
        most = self.size + 1 if statement.limit is None else min(self.size + 1, statement.limit)
        window = f"LIMIT {most} OFFSET {statement.offset}"
        sql = f"SELECT {_columns(statement)} {_source(statement)}{_order(statement)} {window}"
        return self.db.rows(sql, statement.parameters)

    def _open_cursor(self, soql: str, statement: Statement) -> tuple[str, int, int]:
        limit = -1 if statement.limit is None else statement.limit
        with self.db.transaction():
            self._drop_old_cursors()
            (before,) = self.db.row("SELECT COALESCE(MAX(position), 0) FROM cursor_row") or (0,)
            total = self.db.execute(
                f"INSERT INTO cursor_row (record) SELECT t0._row {_source(statement)}{_order(statement)} "
                f"LIMIT {limit} OFFSET {statement.offset}",
                statement.parameters,
            )
            cursor, first = self.db.new_id(_CURSOR_PREFIX), int(before or 0) + 1
            self.db.execute(
                "INSERT INTO cursor VALUES (?, ?, ?, ?, ?, ?)",
                (cursor, soql, int(self.scope.include_all), stamp(self.now), first, total),
            )
        return cursor, first, total

    def _drop_old_cursors(self) -> None:
        limit = (stamp(self.now - dt.timedelta(days=_CURSOR_DAYS)),)
        for cursor, first, total in self.db.rows("SELECT id, first, total FROM cursor WHERE created <= ?", limit):
            end = int(first or 0) + int(total or 0)
            self.db.execute("DELETE FROM cursor_row WHERE position >= ? AND position < ?", (first, end))
            self.db.execute("DELETE FROM cursor WHERE id = ?", (cursor,))

    def _page(self, statement: Statement, cursor: str, first: int, total: int, offset: int) -> Json:
        rows = self.db.rows(
            f"SELECT {_columns(statement)} FROM cursor_row AS c "  # noqa: S608 - names come from the catalogue
            f'CROSS JOIN "{statement.root.name}" AS t0 ON t0._row = c.record {statement.joins} '
            "WHERE c.position >= :page_start AND c.position < :page_end ORDER BY c.position",
            {
                **statement.parameters,
                "page_start": first + offset,
                "page_end": first + min(offset + self.size, total),
            },
        )
        end = offset + self.size
        page: Json = {"totalSize": total, "done": end >= total}
        if end < total:
            page["nextRecordsUrl"] = f"{self.base}/query/{cursor}-{end}"
        page["records"] = self._render(statement, rows)
        return page

    def _render(self, statement: Statement, rows: Iterable[Row]) -> list[Json]:
        group = _plan(statement)
        return [_rendered(group, row, self.base) or {} for row in rows]


def _source(statement: Statement) -> str:
    return f'FROM "{statement.root.name}" AS t0 {statement.joins} WHERE {statement.where}'


def _order(statement: Statement) -> str:
    return f" ORDER BY {statement.order}" if statement.order else ""


def _columns(statement: Statement) -> str:
    parts = ['t0."Id"', f"'{statement.root.name}'"]
    for chain in _chains(statement.columns):
        record_id, object_name, _ = statement.parents[chain]
        parts += [record_id, object_name]
    return ", ".join([*parts, *(column.sql for column in statement.columns)])


def _chains(columns: Sequence[Column]) -> list[tuple[str, ...]]:
    chains = {column.names[:end]: None for column in columns for end in range(1, len(column.names))}
    return list(chains)


@dataclass(slots=True, kw_only=True)
class _Group:
    """How an object of the answer is made of a row: where its id and type are, and what it holds in which order."""

    id_at: int
    polymorphic: bool
    items: dict[str, tuple[int, FieldType] | _Group]


def _plan(statement: Statement) -> _Group:
    groups: dict[tuple[str, ...], _Group] = {(): _Group(id_at=0, polymorphic=False, items={})}
    chains = _chains(statement.columns)
    for place, chain in enumerate(chains, start=1):
        groups[chain] = _Group(id_at=2 * place, polymorphic=statement.parents[chain][2], items={})
    for place, column in enumerate(statement.columns, start=2 * len(chains) + 2):
        chain = column.names[:-1]
        for end in range(1, len(chain) + 1):
            groups[chain[: end - 1]].items.setdefault(chain[end - 1], groups[chain[:end]])
        groups[chain].items[column.names[-1]] = (place, column.field.type)
    return groups[()]


def _rendered(group: _Group, row: Row, base: str) -> Json | None:
    record_id, object_name = row[group.id_at], row[group.id_at + 1]
    if record_id is None:
        return None
    kind = "Name" if group.polymorphic else object_name
    record: Json = {"attributes": {"type": kind, "url": f"{base}/sobjects/{object_name}/{record_id}"}}
    for name, item in group.items.items():
        if isinstance(item, _Group):
            record[name] = _rendered(item, row, base)
        else:
            value = row[item[0]]
            record[name] = bool(value) if item[1] is FieldType.BOOLEAN and value is not None else value
    return record
