"""The history of property values: who set what when, newest first, as HubSpot answers `propertiesWithHistory`.

Kept is only what the present values do not tell: a property without entries has had its value since the record was
made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kam_sync_hubspot.local_crm.database import Database
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.record_store import StoredRecord

IMPORTED: Final = "IMPORT"
"""The source of what was loaded."""
BY_API: Final = "INTEGRATION"
"""The source of what an integration wrote."""
BY_PERSON: Final = "CRM_UI"
"""The source of what a person did in the user interface."""

Entry = tuple[str, str, str]
"""Value (empty when cleared), moment in HubSpot's form, source; entries are kept oldest first."""
Row = tuple[int, int, str, str]


def history_row(object_type: ObjectType, record_id: int, entries: Mapping[str, Sequence[Entry]]) -> Row:
    """Return the row of the table `property_history` for a record that was loaded."""
    return (object_type, record_id, IMPORTED, json.dumps(entries, ensure_ascii=False, separators=(",", ":")))


class History:
    """Former values of properties; everything runs inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def made(self, record: StoredRecord, source: str) -> None:
        """Note who made a record, which is the source of its first values."""
        self._database.connection.execute(
            "INSERT INTO property_history VALUES (?, ?, ?, '{}')", (record.object_type, record.id, source)
        )

    def changed(self, before: StoredRecord, values: Mapping[str, str], at: str, source: str) -> None:
        """Note values that are being written over those of a record; equal ones are no change.

        Args:
            before: The record as it was.
            values: The new values, empty for clearing.
            at: The moment of the change.
            source: Who wrote them.
        """
        new = {name: value for name, value in values.items() if before.properties.get(name, "") != value}
        if not new:
            return
        maker, entries = self._stored(before.object_type, before.id)
        for name, value in new.items():
            if name not in entries:
                first = before.properties.get(name)
                entries[name] = [] if first is None else [(first, before.created_at, maker)]
            entries[name].append((value, at, source))
        self._keep(before.object_type, before.id, maker, entries)

    def of(self, record: StoredRecord, names: Iterable[str]) -> dict[str, list[dict[str, str]]]:
        """Return the history of some properties of a record, newest first; an empty list for one never set."""
        maker, entries = self._stored(record.object_type, record.id)
        found: dict[str, list[dict[str, str]]] = {}
        for name in names:
            value = record.properties.get(name)
            default: list[Entry] = [] if value is None else [(value, record.created_at, maker)]
            found[name] = [
                {"value": value, "timestamp": at, "sourceType": source}
                for value, at, source in reversed(entries.get(name, default))
            ]
        return found

    def merge(self, winner: StoredRecord, loser: StoredRecord, new_id: int) -> None:
        """Give the history of two records to the one they become: of each property, that of whose value stays."""
        maker = self._stored(winner.object_type, winner.id)[0]
        united: dict[str, list[Entry]] = {}
        for record in (loser, winner):
            source, entries = self._stored(record.object_type, record.id)
            united |= {
                name: entries.get(name, [(value, record.created_at, source)])
                for name, value in record.properties.items()
            }
            self._database.connection.execute(
                "DELETE FROM property_history WHERE type = ? AND id = ?", (record.object_type, record.id)
            )
        self._keep(winner.object_type, new_id, maker, united)

    def _stored(self, object_type: ObjectType, record_id: int) -> tuple[str, dict[str, list[Entry]]]:
        row: tuple[str, str] | None = self._database.connection.execute(
            "SELECT source, entries FROM property_history WHERE type = ? AND id = ?", (object_type, record_id)
        ).fetchone()
        if row is None:
            return IMPORTED, {}
        entries: dict[str, list[Entry]] = json.loads(row[1])
        return row[0], entries

    def _keep(
        self, object_type: ObjectType, record_id: int, maker: str, entries: Mapping[str, Sequence[Entry]]
    ) -> None:
        self._database.connection.execute(
            "INSERT OR REPLACE INTO property_history VALUES (?, ?, ?, ?)",
            (object_type, record_id, maker, json.dumps(entries, ensure_ascii=False, separators=(",", ":"))),
        )
