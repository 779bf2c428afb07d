"""The records themselves and what search may see of them; no rules about what may be written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kam_sync_hubspot.local_crm.database import Database
from kam_sync_hubspot.local_crm.moments import milliseconds
from kam_sync_hubspot.local_crm.objects import ObjectType

_FIRST_IDS: Final[Mapping[str, int]] = {
    "activities": 61_000_000_001,
    ObjectType.CONTACT.plural: 5_000_000_001,
    ObjectType.COMPANY.plural: 5_000_000_001,
    ObjectType.DEAL.plural: 5_000_000_001,
    ObjectType.TICKET.plural: 5_000_000_001,
    ObjectType.QUOTE.plural: 5_000_000_001,
    **{each.plural: 7_000_000_001 for each in ObjectType if each.is_custom},
}
"""Where each space of ids begins: past 32 bits, and the same number can be a company and a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record: properties that are set, as text in HubSpot's forms; `archived_at` is None for a live one."""

    object_type: ObjectType
    id: int
    properties: Mapping[str, str]
    archived_at: str | None = None

    @property
    def created_at(self) -> str:
        """The moment of creation."""
        return self.properties[self.object_type.created_property]

    @property
    def updated_at(self) -> str:
        """The moment of the last change."""
        return self.properties[self.object_type.modified_property]


def with_properties(record: StoredRecord, values: Mapping[str, str]) -> StoredRecord:
    """Return a record with other property values; an empty text clears one."""
    merged = {name: value for name, value in {**record.properties, **values}.items() if value != ""}
    return replace(record, properties=merged)


Row = tuple[int, str, str | None]


class RecordStore:
    """Records by object type and id. Everything runs inside a transaction of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_id(self, object_type: ObjectType) -> int:
        """Return a new id."""
        space = "activities" if object_type.is_activity else object_type.plural
        return self._database.next_id(f"ids of {space}", first=_FIRST_IDS[space])

    def reserve_ids(self, object_type: ObjectType, count: int) -> Iterable[int]:
        """Return so many new ids in a row."""
        space = "activities" if object_type.is_activity else object_type.plural
        return self._database.reserve_ids(f"ids of {space}", count, first=_FIRST_IDS[space])

    def current_id(self, object_type: ObjectType, record_id: int) -> int:
        """Return the id under which a record lives now: the id itself, or of the record it was merged into."""
        row: tuple[int] | None = self._database.connection.execute(
            "SELECT id FROM merged WHERE type = ? AND former_id = ?", (object_type, record_id)
        ).fetchone()
        return record_id if row is None else row[0]

    def find(self, object_type: ObjectType, record_id: int, *, archived: bool = False) -> StoredRecord | None:
        """Return a record by its present or a former id, or None; live and archived ones are separate worlds."""
        row: Row | None = self._database.connection.execute(
            "SELECT id, properties, archived_at FROM objects WHERE type = ? AND id = ?",
            (object_type, self.current_id(object_type, record_id)),
        ).fetchone()
        if row is None or (row[2] is not None) is not archived:
            return None
        return _record(object_type, row)

    def find_any(self, object_type: ObjectType, record_id: int) -> StoredRecord | None:
        """Return a record, live or archived, or None."""
        return self.find(object_type, record_id) or self.find(object_type, record_id, archived=True)

    def page(
        self, object_type: ObjectType, *, after: int, limit: int, archived: bool, inclusive: bool = False
    ) -> list[StoredRecord]:
        """Return records by ascending id, from beyond `after` on (or from it on)."""
        start = after if inclusive else after + 1
        sql = (
            "SELECT id, properties, archived_at FROM objects INDEXED BY archived_objects"
            " WHERE type = ? AND archived_at IS NOT NULL AND id >= ? ORDER BY id LIMIT ?"
            if archived
            else "SELECT id, properties, archived_at FROM objects"
            " WHERE type = ? AND archived_at IS NULL AND id >= ? ORDER BY id LIMIT ?"
        )
        rows = self._database.connection.execute(sql, (object_type, start, limit))
        return [_record(object_type, row) for row in rows]

    def many(self, object_type: ObjectType, ids: Sequence[int], *, archived: bool) -> dict[int, StoredRecord]:
        """Return the records of these ids by the id asked for; former ids find the record they were merged into."""
        listed = json.dumps(ids)
        former: dict[int, int] = dict(
            self._database.connection.execute(
                "SELECT former_id, id FROM merged WHERE type = ? AND former_id IN (SELECT value FROM json_each(?))",
                (object_type, listed),
            ).fetchall()
        )
        present = {asked: former.get(asked, asked) for asked in ids}
        rows = self._database.connection.execute(
            "SELECT id, properties, archived_at FROM objects WHERE type = ? AND id IN (SELECT value FROM json_each(?))",
            (object_type, json.dumps(sorted(set(present.values())))),
        )
        found = {row[0]: _record(object_type, row) for row in rows if (row[2] is not None) is archived}
        return {asked: found[now] for asked, now in present.items() if now in found}

    def id_with(self, object_type: ObjectType, name: str, value: str) -> int | None:
        """Return the id of the live record that has this value of a unique property, or None."""
        row: tuple[int] | None = self._database.connection.execute(
            "SELECT id FROM unique_values WHERE type = ? AND name = ? AND value = ?",
            (object_type, name, value.lower()),
        ).fetchone()
        return None if row is None else row[0]

    def claim(self, object_type: ObjectType, record_id: int, values: Mapping[str, str]) -> None:
        """Note a record's values of unique properties; an empty one is given up. The caller has checked them."""
        for name, value in values.items():
            self._database.connection.execute(
                "DELETE FROM unique_values WHERE type = ? AND id = ? AND name = ?", (object_type, record_id, name)
            )
            if value:
                self._database.connection.execute(
                    "INSERT INTO unique_values VALUES (?, ?, ?, ?)", (object_type, name, value.lower(), record_id)
                )

    def insert(self, record: StoredRecord) -> None:
        """Add a record; search sees it at once unless `hide_from_search` says otherwise."""
        self._database.connection.execute("INSERT INTO objects VALUES (?, ?, ?, ?)", row_of(record))

    def replace(self, record: StoredRecord) -> None:
        """Overwrite a record; search sees it at once unless `keep_for_search` was called before."""
        self._database.connection.execute(
            "UPDATE objects SET properties = ?, archived_at = ? WHERE type = ? AND id = ?",
            (_text(record.properties), record.archived_at, record.object_type, record.id),
        )

    def archive(self, record: StoredRecord, at: str) -> StoredRecord:
        """Archive a record; its unique values are free again and search no longer finds it."""
        archived = replace(record, archived_at=at)
        self.replace(archived)
        self._database.connection.execute(
            "DELETE FROM unique_values WHERE type = ? AND id = ?", (record.object_type, record.id)
        )
        return archived

    def remember_company(self, task_id: int, company_id: int) -> None:
        """Note on which company a task hung that is being archived."""
        self._database.connection.execute("INSERT OR REPLACE INTO archived_tasks VALUES (?, ?)", (task_id, company_id))

    def former_company(self, task_id: int) -> int | None:
        """Return the company on which an archived task hung, or None."""
        row: tuple[int] | None = self._database.connection.execute(
            "SELECT company_id FROM archived_tasks WHERE id = ?", (task_id,)
        ).fetchone()
        return None if row is None else row[0]

    def archived_tasks_of(self, company_id: int) -> list[int]:
        """Return the ids of the archived tasks that hung on a company."""
        rows = self._database.connection.execute(
            "SELECT id FROM archived_tasks WHERE company_id = ? ORDER BY id", (company_id,)
        )
        return [row[0] for row in rows]

    def merge_ids(self, object_type: ObjectType, former_ids: Iterable[int], new_id: int) -> None:
        """Let former ids lead to a record, and remove their own rows."""
        connection = self._database.connection
        for former in former_ids:
            connection.execute("UPDATE merged SET id = ? WHERE type = ? AND id = ?", (new_id, object_type, former))
            connection.execute("INSERT INTO merged VALUES (?, ?, ?)", (object_type, former, new_id))
            if object_type is ObjectType.COMPANY:
                connection.execute("UPDATE archived_tasks SET company_id = ? WHERE company_id = ?", (new_id, former))
            for table in ("objects", "search_versions", "unique_values"):
                connection.execute(f"DELETE FROM {table} WHERE type = ? AND id = ?", (object_type, former))  # noqa: S608 - the names stand above

    def former_ids(self, object_type: ObjectType, record_id: int) -> list[int]:
        """Return the ids that were merged into a record, ascending."""
        rows = self._database.connection.execute(
            "SELECT former_id FROM merged WHERE type = ? AND id = ? ORDER BY former_id", (object_type, record_id)
        )
        return [row[0] for row in rows]

    def children_of(self, company_id: int) -> list[int]:
        """Return the ids of the live companies below a company."""
        rows = self._database.connection.execute(
            "SELECT id FROM objects INDEXED BY child_companies WHERE type = 2"
            " AND json_extract(properties, '$.hs_parent_company_id') = ? AND archived_at IS NULL ORDER BY id",
            (str(company_id),),
        )
        return [row[0] for row in rows]

    def hide_from_search(self, record: StoredRecord, until: dt.datetime) -> None:
        """Let search know nothing of a new record until a moment."""
        self._add_version(record, until, None)

    def keep_for_search(self, former: StoredRecord, until: dt.datetime) -> None:
        """Let search see a record as it was until a moment."""
        self._add_version(former, until, _text(former.properties))

    def _add_version(self, record: StoredRecord, until: dt.datetime, properties: str | None) -> None:
        self._database.connection.execute(
            "INSERT INTO search_versions VALUES (?, ?, ?, ?)",
            (record.object_type, record.id, milliseconds(until), properties),
        )

    def forget_search_versions(self, now: dt.datetime) -> None:
        """Drop what search no longer sees."""
        self._database.connection.execute("DELETE FROM search_versions WHERE valid_until <= ?", (milliseconds(now),))

    def is_empty(self) -> bool:
        """Return whether there is no record at all, not even an archived one."""
        row: tuple[int] = self._database.connection.execute("SELECT EXISTS (SELECT 1 FROM objects)").fetchone()
        return not row[0]


_text: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""How properties are written; made once, since a portfolio writes it a hundred thousand times."""


def row_of(record: StoredRecord) -> tuple[int, int, str, str | None]:
    """Return the row of the table `objects` for a record."""
    return (record.object_type, record.id, _text(record.properties), record.archived_at)


def _record(object_type: ObjectType, row: Row) -> StoredRecord:
    properties: dict[str, str] = json.loads(row[1])
    return StoredRecord(object_type=object_type, id=row[0], properties=properties, archived_at=row[2])
