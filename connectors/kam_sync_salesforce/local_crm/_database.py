"""The local Salesforce's state: one SQLite file in one folder, one table for each object, used by one process.

One connection is shared under one lock; what holds the lock never waits for a client.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from kam_sync_salesforce.local_crm._bare import bare
from kam_sync_salesforce.local_crm._catalogue import Catalogue
from kam_sync_salesforce.local_crm._ids import make_id
from kam_sync_salesforce.local_crm._objects import STANDARD_OBJECTS
from kam_sync_salesforce.local_crm._schema import Field, FieldType, SObject

Value = str | int | float | None
Row = tuple[Value, ...]

FILE_NAME: Final = "salesforce.sqlite"
_FORMAT: Final = 3
"""Goes up when an older file cannot be read any more."""
_OWN_ONLY: Final = "own_only"
_FIELD_ADAPTER: Final = TypeAdapter(Field)

_INTERNAL_TABLES: Final = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sequence (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE slug (kind TEXT NOT NULL, slug TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, slug));
CREATE INDEX slug_id ON slug (id);
CREATE TABLE deletion (object TEXT NOT NULL, id TEXT NOT NULL, deleted_at TEXT NOT NULL);
CREATE INDEX deletion_object ON deletion (object, deleted_at);
CREATE TABLE custom_field (
    object TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (object, name)
);
CREATE TABLE gone_field (object TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (object, name));
CREATE TABLE made_field (
    id TEXT PRIMARY KEY, object TEXT NOT NULL, name TEXT NOT NULL, metadata TEXT NOT NULL, guarded INTEGER NOT NULL
);
CREATE TABLE value_set (name TEXT PRIMARY KEY, metadata TEXT NOT NULL);
CREATE TABLE custom_object (name TEXT NOT NULL, label TEXT NOT NULL, prefix TEXT NOT NULL);
CREATE TABLE event_copy (copy TEXT PRIMARY KEY, parent TEXT NOT NULL);
CREATE INDEX event_copy_parent ON event_copy (parent);
CREATE TABLE cursor (
    id TEXT PRIMARY KEY, soql TEXT NOT NULL, include_all INTEGER NOT NULL, created TEXT NOT NULL,
    first INTEGER NOT NULL, total INTEGER NOT NULL
);
CREATE TABLE cursor_row (position INTEGER PRIMARY KEY, record INTEGER NOT NULL);
"""


class Database:
    """Opens, makes and changes the file; knows tables and ids but no rules of the platform.

    Args:
        folder: Made with mode 0700 when it is not there; the file in it has 0600.
        own_only: Whether a new file has nothing but Salesforce's own; a file that is there keeps what it is.

    Raises:
        ValueError: The file is of another format, or another process uses it.
    """

    def __init__(self, folder: Path, *, own_only: bool = False) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.path = folder / FILE_NAME
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self._lock = threading.RLock()
        self._depth = 0
        self.connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            self.catalogue = self._open(folder, own_only=own_only)
        except BaseException:
            self.connection.close()
            raise

    def _open(self, folder: Path, *, own_only: bool) -> Catalogue:
        self.connection.create_collation("SALESFORCE", _compare_ignoring_case)
        self.connection.create_function("salesforce_like", 2, _like, deterministic=True)
        self.connection.create_function("salesforce_fold", 1, _fold, deterministic=True)
        try:
            self.connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            # A crash of this process loses nothing; only a crash of the machine could.
            self.connection.execute("PRAGMA synchronous=OFF")
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            msg = f"the local Salesforce in {folder} is in use by another process; stop that one first"
            raise ValueError(msg) from error
        self.connection.execute("COMMIT")
        with self.transaction():
            (found,) = self.row("PRAGMA user_version") or (0,)
            if found not in {0, _FORMAT}:
                msg = f"the local Salesforce in {folder} has format {found}, expected is {_FORMAT}; use a new folder"
                raise ValueError(msg)
            if found == 0:
                self._make_tables(own_only=own_only)
            return self._read_catalogue()

    @property
    def own_only(self) -> bool:
        """Whether the org began with nothing but Salesforce's own."""
        return self.setting(_OWN_ONLY) is not None

    @property
    def _standard(self) -> Iterable[SObject]:
        return bare(STANDARD_OBJECTS) if self.own_only else STANDARD_OBJECTS

    def _make_tables(self, *, own_only: bool) -> None:
        for statement in _INTERNAL_TABLES.split(";"):
            if statement.strip():
                self.connection.execute(statement)
        if own_only:
            self.set_setting(_OWN_ONLY, "yes")
        for each in self._standard:
            self.make_table(each)
        self.connection.execute(f"PRAGMA user_version={_FORMAT}")

    def make_table(self, each: SObject) -> None:
        """Make the table of an object with its indexes."""
        columns = ", ".join(f'"{column.name}" {_column(column)}' for column in each.fields)
        self.connection.execute(f'CREATE TABLE "{each.name}" (_row INTEGER PRIMARY KEY, _deleted_at TEXT, {columns})')
        self.connection.execute(
            f'CREATE INDEX "{each.name}_deleted" ON "{each.name}" (_deleted_at) WHERE _deleted_at IS NOT NULL',
        )
        self.make_indexes(each)

    def make_indexes(self, each: SObject) -> None:
        """Make the indexes of an object's fields."""
        for column in each.fields:
            if column.indexed:
                self.connection.execute(
                    f'CREATE INDEX IF NOT EXISTS "{each.name}_{column.name}" ON "{each.name}" ("{column.name}")',
                )

    def drop_indexes(self, each: SObject) -> None:
        """Drop the indexes of an object's fields, before much is put into it."""
        for column in each.fields:
            if column.indexed:
                self.connection.execute(f'DROP INDEX "{each.name}_{column.name}"')

    def _read_catalogue(self) -> Catalogue:
        catalogue = Catalogue(self._standard)
        for object_name, field_name in self.rows("SELECT object, name FROM gone_field"):
            catalogue = catalogue.without_field(str(object_name), str(field_name))
        for name, label, prefix in self.rows("SELECT name, label, prefix FROM custom_object"):
            catalogue = catalogue.with_object(
                SObject(name=str(name), label=str(label), key_prefix=str(prefix), fields=())
            )
        for object_name, definition in self.rows("SELECT object, definition FROM custom_field ORDER BY rowid"):
            catalogue = catalogue.with_field(str(object_name), _FIELD_ADAPTER.validate_json(str(definition)))
        return catalogue

    def add_field(self, object_name: str, new: Field) -> None:
        """Add a field to an object for good."""
        with self.transaction():
            self.connection.execute(f'ALTER TABLE "{object_name}" ADD COLUMN "{new.name}" {_column(new)}')
            self._remember_field(object_name, new)
            self.catalogue = self._read_catalogue()
            self.make_indexes(self.catalogue[object_name])

    def change_field(self, object_name: str, changed: Field) -> None:
        """Give a field another definition of the same type for good."""
        with self.transaction():
            self._remember_field(object_name, changed)
            self.catalogue = self._read_catalogue()

    def drop_field(self, object_name: str, name: str) -> None:
        """Take a field from an object for good, with all that it holds."""
        with self.transaction():
            self.connection.execute(f'DROP INDEX IF EXISTS "{object_name}_{name}"')
            self.connection.execute(f'ALTER TABLE "{object_name}" DROP COLUMN "{name}"')
            self.connection.execute("DELETE FROM custom_field WHERE object = ? AND name = ?", (object_name, name))
            self.connection.execute("INSERT OR IGNORE INTO gone_field VALUES (?, ?)", (object_name, name))
            self.catalogue = self._read_catalogue()

    def add_object(self, new: SObject) -> None:
        """Add an object for good."""
        with self.transaction():
            self.connection.execute("INSERT INTO custom_object VALUES (?, ?, ?)", (new.name, new.label, new.key_prefix))
            for each in new.fields:
                self._remember_field(new.name, each)
            self.make_table(new)
            self.catalogue = self._read_catalogue()

    def _remember_field(self, object_name: str, new: Field) -> None:
        definition = _FIELD_ADAPTER.dump_json(new).decode()
        self.connection.execute(
            "INSERT INTO custom_field VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET definition = excluded.definition",
            (object_name, new.name, definition),
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the lock, so that what is read belongs together."""
        with self._lock:
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock and commit at the end, or roll back when an exception leaves the block.

        Transactions nest: an inner one rolls back alone, and only the outermost commits.
        """
        with self._lock:
            inner = self._depth > 0
            self.connection.execute(f"SAVEPOINT level{self._depth}" if inner else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self.connection.execute(f"ROLLBACK TO level{self._depth}" if inner else "ROLLBACK")
                if inner:
                    self.connection.execute(f"RELEASE level{self._depth}")
                raise
            self._depth -= 1
            self.connection.execute(f"RELEASE level{self._depth}" if inner else "COMMIT")

    def rows(self, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = ()) -> list[Row]:
        """Return all rows of a query; only for queries whose results are known to be few."""
        with self._lock:
            return self.connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = ()) -> Row | None:
        """Return the first row of a query."""
        with self._lock:
            found: Row | None = self.connection.execute(sql, parameters).fetchone()
        return found

    def execute(self, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = ()) -> int:
        """Run a statement and return the number of rows that it changed."""
        with self._lock:
            return self.connection.execute(sql, parameters).rowcount

    def record(self, each: SObject, record_id: str) -> dict[str, Value] | None:
        """Return all fields of a record, deleted or not, by name."""
        columns = ", ".join(f'"{column.name}"' for column in each.fields)
        found = self.row(f'SELECT {columns} FROM "{each.name}" WHERE "Id" = ?', (record_id,))  # noqa: S608 - names come from the catalogue
        return None if found is None else dict(zip((column.name for column in each.fields), found, strict=True))

    def insert(self, each: SObject, values: Mapping[str, Value]) -> None:
        """Put a record into its table."""
        columns = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        self.execute(f'INSERT INTO "{each.name}" ({columns}) VALUES ({marks})', tuple(values.values()))  # noqa: S608 - names come from the catalogue

    def change(self, each: SObject, record_id: str, values: Mapping[str, Value]) -> None:
        """Overwrite fields of a record."""
        assignments = ", ".join(f'"{name}" = ?' for name in values)
        self.execute(f'UPDATE "{each.name}" SET {assignments} WHERE "Id" = ?', (*values.values(), record_id))  # noqa: S608 - names come from the catalogue

    def new_id(self, prefix: str) -> str:
        """Return the next id of an object; inside a transaction."""
        return make_id(prefix, self.reserve(prefix, 1))

    def reserve(self, prefix: str, count: int) -> int:
        """Return the first of `count` numbers that no record of an object has; inside a transaction."""
        found = self.row(
            "INSERT INTO sequence VALUES (:prefix, :count) ON CONFLICT (prefix) DO UPDATE SET last = last + :count "
            "RETURNING last",
            {"prefix": prefix, "count": count},
        )
        last = found[0] if found else 0
        return int(last or 0) - count + 1

    def setting(self, name: str) -> str | None:
        """Return a setting of the org that no API shows."""
        found = self.row("SELECT value FROM setting WHERE name = ?", (name,))
        return None if found is None else str(found[0])

    def set_setting(self, name: str, value: str) -> None:
        """Keep a setting of the org that no API shows."""
        self.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self.connection.close()


def _column(each: Field) -> str:
    if each.name == "Id":
        return "TEXT NOT NULL UNIQUE"
    return f"{each.column_type}{each.collation}{' NOT NULL DEFAULT 0' if each.type is FieldType.BOOLEAN else ''}"


def _compare_ignoring_case(left: str, right: str) -> int:
    one, other = left.casefold(), right.casefold()
    return (one > other) - (one < other)


def _fold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


@lru_cache(maxsize=256)
def _like_pattern(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(re.escape(next(letters, "\\")))
        elif letter == "%":
            parts.append(".*")
        else:
            parts.append("." if letter == "_" else re.escape(letter))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _like(pattern: str, text: str | None) -> int:
    return int(text is not None and _like_pattern(pattern).fullmatch(text) is not None)
