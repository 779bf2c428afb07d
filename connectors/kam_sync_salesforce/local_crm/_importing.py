"""Where imported records are collected: ids, slugs, days counted from today, and rows that go to SQLite in batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from kam_sync_salesforce.local_crm._database import Database, Row
from kam_sync_salesforce.local_crm._derived import Act, Record, complete
from kam_sync_salesforce.local_crm._ids import make_id
from kam_sync_salesforce.local_crm._moments import day_stamp, stamp
from kam_sync_salesforce.local_crm._relations import stamps

_BATCH: Final = 2_000
"""Rows that are handed to SQLite at once."""

_DERIVED: Final = frozenset({"AccountPlanObjectiveMeasure", "Case", "Contact", "Contract", "Feedback__c", "Quote"})
"""Objects whose derived fields the import leaves to the platform; of the others it knows all."""


class Table:
    """Collects records of one object; ids are given out in order and taken for good by the last `flush`."""

    def __init__(self, db: Database, object_name: str) -> None:
        self._db = db
        self._whole = db.catalogue[object_name]
        self._first = self._next = db.reserve(self._whole.key_prefix, 0)
        self._base: Record = {"_deleted_at": None}
        for each in self._whole.fields:
            self._base[each.name] = int(each.default) if isinstance(each.default, bool) else each.default
        columns = ", ".join(f'"{name}"' for name in self._base)
        marks = ", ".join("?" * len(self._base))
        self._sql = f'INSERT INTO "{object_name}" ({columns}) VALUES ({marks})'  # noqa: S608 - names come from the catalogue
        self._rows: list[Row] = []

    def new_id(self) -> str:
        """Return the next id."""
        self._next += 1
        return make_id(self._whole.key_prefix, self._next - 1)

    def whole(self, values: Record) -> Record:
        """Return a record with the defaults of what is not given, and without what the object does not have."""
        return {name: values.get(name, default) for name, default in self._base.items()}

    def add(self, values: Record) -> None:
        """Take a record."""
        self._rows.append(tuple(self.whole(values).values()))
        if len(self._rows) >= _BATCH:
            self._write()

    def flush(self) -> None:
        """Write what is left and take the ids that were given out."""
        self._write()
        self._db.reserve(self._whole.key_prefix, self._next - self._first)
        self._first = self._next

    def _write(self) -> None:
        self._db.connection.executemany(self._sql, self._rows)
        self._rows.clear()


class Import:
    """An import into the org, inside a transaction; its records go around the platform's checks, not its derivations.

    Args:
        db: The state.
        now: The moment; its date in UTC is today.
        administrator: Id of the user in whose name what belongs to nobody is made.
    """

    def __init__(self, db: Database, now: dt.datetime, administrator: str) -> None:
        self.db = db
        self.now = now
        self.today = now.astimezone(dt.UTC).date()
        self.administrator = administrator
        self._stamp = stamp(now)
        self._tables: dict[str, Table] = {}
        self._slugs: dict[tuple[str, str], str] = {}
        self._new_slugs: list[Row] = []

    def know(self, slugs: Iterable[Row]) -> None:
        """Take rows (kind, slug, id) that the org has already."""
        self._slugs |= {(str(kind), str(slug)): str(record_id) for kind, slug, record_id in slugs}

    def table(self, object_name: str) -> Table:
        """Return where records of an object are collected."""
        if object_name not in self._tables:
            self._tables[object_name] = Table(self.db, object_name)
        return self._tables[object_name]

    def add(self, object_name: str, values: Record, *, by: str, at: str, changed: str | None = None) -> str:
        """Take a record, with what the platform derives of it, and return its id.

        Args:
            object_name: The object.
            values: Its fields; `Id` when it has been given out before.
            by: Id of the user who made it.
            at: The moment at which it was made.
            changed: The moment of its last change; that of its making when empty.
        """
        table = self.table(object_name)
        record_id = str(values.get("Id") or table.new_id())
        audit = stamps(by, at)
        if changed is not None and changed > at:
            audit["LastModifiedDate"] = audit["SystemModstamp"] = changed
        record = table.whole({**values, **audit, "Id": record_id})
        if object_name in _DERIVED:
            complete(self.db, object_name, record, None, Act(user_id=by, at=self.now))
            # An import may say what the platform would otherwise date at the present.
            record |= values
        table.add(record)
        return record_id

    def remember(self, kind: str, slug: str, record_id: str) -> None:
        """Keep the slug of a record; raises ValueError when another one has it."""
        if (kind, slug) in self._slugs:
            msg = f"two {kind}s of the portfolio have the same slug, {slug!r}"
            raise ValueError(msg)
        self._slugs[kind, slug] = record_id
        self._new_slugs.append((kind, slug, record_id))

    def found(self, kind: str, slug: str, whose: str) -> str:
        """Return the id of a slug; raises ValueError that says who names it in vain."""
        found = self._slugs.get((kind, slug))
        if found is None:
            msg = f"{whose} names the {kind} {slug.rpartition('/')[2]!r}, which the portfolio does not have there"
            raise ValueError(msg)
        return found

    def flush(self) -> None:
        """Write everything that was taken."""
        for table in self._tables.values():
            table.flush()
        self.db.connection.executemany("INSERT INTO slug VALUES (?, ?, ?)", self._new_slugs)
        self._new_slugs.clear()

    def on(self, days: int | None) -> str | None:
        """Return the date so many days from today, as a field holds it."""
        return None if days is None else (self.today + dt.timedelta(days=days)).isoformat()

    def moment(self, days: int, hour: int = 9) -> str:
        """Return the moment of a day counted from today, but never one after the present."""
        return min(day_stamp(self.today + dt.timedelta(days=days), hour), self._stamp)

    @property
    def present(self) -> str:
        """The moment of the import."""
        return self._stamp


def past(days: int, what: str) -> int:
    """Return days that must not lie ahead; raises ValueError that says of what."""
    if days > 0:
        msg = f"{what} lies ahead, which Salesforce cannot record"
        raise ValueError(msg)
    return days
