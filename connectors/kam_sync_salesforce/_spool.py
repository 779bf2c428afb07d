"""What must wait on disk until the rows come that it belongs to, so that pulls of any size keep their memory constant.

Only ids, chosen values and sales rows are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter

from kam_sync.records import SalesRow
from kam_sync.scratch import scratch_database

_ROW: Final = TypeAdapter(SalesRow)


class LinkSpool:
    """What rows of links say, by what they are linked to."""

    def __init__(self) -> None:
        self._connection = scratch_database()
        self._connection.execute(
            "CREATE TABLE link (holder TEXT, number INTEGER, value TEXT, PRIMARY KEY (holder, number)) WITHOUT ROWID"
        )
        self._number = 0

    def add(self, links: Iterable[tuple[str, str]]) -> None:
        """Keep pairs of a holder and a value."""
        self._connection.executemany("INSERT INTO link VALUES (?, ?, ?)", self._numbered(links))

    def _numbered(self, links: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int, str]]:
        for holder, value in links:
            self._number += 1
            yield holder, self._number, value

    def of(self, holder: str) -> tuple[str, ...]:
        """Return the values of a holder in the order in which they were added."""
        found = self._connection.execute("SELECT value FROM link WHERE holder = ? ORDER BY number", (holder,))
        return tuple(value for (value,) in found)

    def close(self) -> None:
        """Delete the file."""
        self._connection.close()


class SalesSpool:
    """What was won with each account, and the sales row of each, until it is known which of them matter."""

    def __init__(self) -> None:
        self._connection = scratch_database()
        self._connection.execute("CREATE TABLE won (id TEXT PRIMARY KEY, amount REAL) WITHOUT ROWID")
        self._connection.execute(
            "CREATE TABLE sale (id TEXT PRIMARY KEY, parent_id TEXT, matters INTEGER, row TEXT) WITHOUT ROWID"
        )

    def add_won(self, won: Iterable[tuple[str, float]]) -> None:
        """Add what was won with accounts, in any number of parts."""
        self._connection.executemany(
            "INSERT INTO won VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET amount = amount + excluded.amount", won
        )

    def won(self, accounts: Sequence[str]) -> Mapping[str, float]:
        """Return what was won with these accounts, where anything was."""
        return dict(
            self._connection.execute(
                "SELECT id, amount FROM won WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(accounts),)
            )
        )

    def add(self, rows: Iterable[tuple[SalesRow, bool]]) -> None:
        """Keep sales rows, each with whether it matters by itself."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO sale VALUES (?, ?, ?, ?)",
            ((row.id, row.parent_id, matters, _ROW.dump_json(row).decode()) for row, matters in rows),
        )

    def of_interest(self) -> Iterator[SalesRow]:
        """Yield the rows that matter and those of all accounts above them, by ascending id."""
        found = self._connection.execute(
            "WITH RECURSIVE chosen (id) AS ("
            " SELECT id FROM sale WHERE matters"
            " UNION SELECT sale.parent_id FROM sale JOIN chosen USING (id) WHERE sale.parent_id IS NOT NULL)"
            " SELECT row FROM sale WHERE id IN chosen ORDER BY id"
        )
        for (row,) in found:
            yield _ROW.validate_json(row)

    def close(self) -> None:
        """Delete the file."""
        self._connection.close()
