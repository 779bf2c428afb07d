"""Temporary tables on disk, so that pulls of any size keep their memory constant.

Only ids and the mapped properties of accounts are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kam_sync.scratch import scratch_database


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledCompany:
    """A company as it was listed, with its creation stamp and the properties needed later that are set.

    `properties` is None for a company of which nothing is needed later. `scored` says that one of its selection
    criteria is filled in.
    """

    id: str
    parent_id: str | None
    in_scope: bool
    created_at: str | None
    properties: Mapping[str, object] | None
    scored: bool = False


class CompanySpool:
    """The companies of one listing: which there are, what is above what, and the properties kept for later."""

    def __init__(self) -> None:
        self._connection = scratch_database()
        self._connection.execute(
            "CREATE TABLE company (id TEXT PRIMARY KEY, parent_id TEXT, in_scope INTEGER, created_at TEXT, kept TEXT,"
            " scored INTEGER) WITHOUT ROWID"
        )
        self._connection.execute("CREATE TABLE won (id TEXT PRIMARY KEY, amount REAL) WITHOUT ROWID")

    def clear(self) -> None:
        """Forget everything, for another listing."""
        self._connection.execute("DELETE FROM company")

    def add(self, companies: Sequence[SpooledCompany]) -> bool:
        """Keep a page; return whether all of them were new."""
        before = self._connection.total_changes
        self._connection.executemany(
            "INSERT OR IGNORE INTO company VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    each.id,
                    each.parent_id,
                    each.in_scope,
                    each.created_at,
                    None if each.properties is None else json.dumps(each.properties),
                    each.scored,
                )
                for each in companies
            ),
        )
        return self._connection.total_changes - before == len(companies)

    def parents(self) -> Iterator[SpooledCompany]:
        """Yield the companies out of scope that are above one in scope at any height, by ascending id."""
        rows = self._connection.execute(
            "WITH RECURSIVE above (id) AS ("
            " SELECT parent_id FROM company WHERE in_scope AND parent_id IS NOT NULL"
            " UNION SELECT company.parent_id FROM company JOIN above USING (id) WHERE company.parent_id IS NOT NULL)"
            " SELECT id, parent_id, in_scope, created_at, kept, scored FROM company"
            " WHERE NOT in_scope AND id IN above ORDER BY id"
        )
        for row in rows:
            yield _company(row)

    def find(self, ids: Iterable[str]) -> Mapping[str, SpooledCompany]:
        """Return the companies of these ids that were listed with their properties."""
        rows = self._connection.execute(
            "SELECT id, parent_id, in_scope, created_at, kept, scored FROM company"
            " WHERE id IN (SELECT value FROM json_each(?)) AND kept IS NOT NULL",
            (json.dumps(list(ids)),),
        )
        return {company.id: company for company in map(_company, rows)}

    def all(self) -> Iterator[SpooledCompany]:
        """Yield every company, by ascending id."""
        for row in self._connection.execute(
            "SELECT id, parent_id, in_scope, created_at, kept, scored FROM company ORDER BY id"
        ):
            yield _company(row)

    def forget_sales(self) -> None:
        """Forget what was won, for another count."""
        self._connection.execute("DELETE FROM won")

    def add_sales(self, won: Iterable[tuple[str, float]]) -> None:
        """Add what was won with companies, in any number of parts."""
        self._connection.executemany(
            "INSERT INTO won VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET amount = amount + excluded.amount", won
        )

    def of_interest(self) -> Iterator[tuple[SpooledCompany, float]]:
        """Yield the companies in scope, scored or with sales, and all above them, with what was won."""
        rows = self._connection.execute(
            "WITH RECURSIVE chosen (id) AS ("
            " SELECT id FROM company LEFT JOIN won USING (id) WHERE in_scope OR scored OR coalesce(amount, 0) > 0"
            " UNION SELECT company.parent_id FROM company JOIN chosen USING (id) WHERE company.parent_id IS NOT NULL)"
            " SELECT id, parent_id, in_scope, created_at, kept, scored, coalesce(amount, 0)"
            " FROM company LEFT JOIN won USING (id)"
            " WHERE id IN chosen ORDER BY id"
        )
        for row in rows:
            yield _company(row[:6]), row[6]

    def close(self) -> None:
        """Delete the file."""
        self._connection.close()


def _company(row: tuple[str, str | None, int, str | None, str | None, int]) -> SpooledCompany:
    properties: dict[str, object] | None = None if row[4] is None else json.loads(row[4])
    return SpooledCompany(
        id=row[0],
        parent_id=row[1],
        in_scope=bool(row[2]),
        created_at=row[3],
        properties=properties,
        scored=bool(row[5]),
    )


class LinkSpool:
    """Which records hang on which others, gathered from one side and read back from the other."""

    def __init__(self) -> None:
        self._connection = scratch_database()
        self._connection.execute(
            "CREATE TABLE link (object_id TEXT, holder_id TEXT, PRIMARY KEY (object_id, holder_id)) WITHOUT ROWID"
        )

    def add(self, links: Iterable[tuple[str, str]]) -> None:
        """Keep links of an object to a holder."""
        self._connection.executemany("INSERT OR IGNORE INTO link VALUES (?, ?)", links)

    def object_ids(self) -> Iterator[str]:
        """Yield every object once, by ascending id."""
        for (object_id,) in self._connection.execute("SELECT DISTINCT object_id FROM link ORDER BY object_id"):
            yield object_id

    def holders(self, object_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the holders of these objects, ascending."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(object_ids, ())
        rows = self._connection.execute(
            "SELECT object_id, holder_id FROM link WHERE object_id IN (SELECT value FROM json_each(?))"
            " ORDER BY object_id, holder_id",
            (json.dumps(list(object_ids)),),
        )
        for object_id, holder_id in rows:
            found[object_id] += (holder_id,)
        return found

    def close(self) -> None:
        """Delete the file."""
        self._connection.close()
