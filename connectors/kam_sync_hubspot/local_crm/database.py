"""The one SQLite file that holds a local portal: schema, transactions, counters and small facts."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "hubspot.db"
SCHEMA_VERSION = "2"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slugs (
  kind TEXT NOT NULL, slug TEXT NOT NULL, id INTEGER NOT NULL, alias INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, slug)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS slugs_by_id ON slugs (kind, id);
CREATE TABLE IF NOT EXISTS owners (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL UNIQUE, email TEXT NOT NULL, first_name TEXT NOT NULL,
  last_name TEXT NOT NULL, archived INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  person INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS property_definitions (
  type INTEGER NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (type, name));
CREATE TABLE IF NOT EXISTS property_groups (
  type INTEGER NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (type, name));
CREATE TABLE IF NOT EXISTS objects (
  type INTEGER NOT NULL, id INTEGER NOT NULL, properties TEXT NOT NULL, archived_at TEXT, PRIMARY KEY (type, id));
CREATE INDEX IF NOT EXISTS archived_objects ON objects (type, id) WHERE archived_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS child_companies ON objects (json_extract(properties, '$.hs_parent_company_id'))
  WHERE type = 2 AND json_extract(properties, '$.hs_parent_company_id') IS NOT NULL;
CREATE TABLE IF NOT EXISTS archived_tasks (id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS archived_tasks_by_company ON archived_tasks (company_id);
CREATE TABLE IF NOT EXISTS merged (
  type INTEGER NOT NULL, former_id INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (type, former_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merged_by_id ON merged (type, id);
CREATE TABLE IF NOT EXISTS unique_values (
  type INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL,
  PRIMARY KEY (type, name, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unique_values_by_id ON unique_values (type, id);
CREATE TABLE IF NOT EXISTS search_versions (
  type INTEGER NOT NULL, id INTEGER NOT NULL, valid_until INTEGER NOT NULL, properties TEXT);
CREATE INDEX IF NOT EXISTS search_versions_by_object ON search_versions (type, id, valid_until);
CREATE INDEX IF NOT EXISTS search_versions_by_end ON search_versions (valid_until);
CREATE TABLE IF NOT EXISTS property_history (
  type INTEGER NOT NULL, id INTEGER NOT NULL, source TEXT NOT NULL, entries TEXT NOT NULL,
  PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS associations (
  from_type INTEGER NOT NULL, from_id INTEGER NOT NULL, to_type INTEGER NOT NULL, to_id INTEGER NOT NULL,
  type_id INTEGER NOT NULL, PRIMARY KEY (from_type, from_id, to_type, to_id, type_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS association_labels (
  type_id INTEGER PRIMARY KEY, from_type INTEGER NOT NULL, to_type INTEGER NOT NULL, name TEXT NOT NULL,
  label TEXT NOT NULL, inverse_id INTEGER NOT NULL);
"""
# objects: the state as it is. archived_tasks: on which company a task hung, for people who look into the recycle bin;
# the API never tells. search_versions: what search still sees of an object until `valid_until` (ms); NULL properties
# hide an object that search does not know yet. property_history: only what the present values do not tell, see
# history.py. associations: every association once per direction.


class Database:
    """The open file; one connection that all threads share, one transaction at a time.

    Args:
        folder: Made with mode 0700 if it does not exist; the file in it is made with mode 0600.

    Raises:
        RuntimeError: Another program serves this folder, or the file is of another version.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / FILE_NAME
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._depth = 0
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=0)
        try:
            self._prepare(path)
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self, path: Path) -> None:
        try:
            # A crash of this process loses nothing; only a crash of the machine could.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = OFF"):
                self.connection.execute(f"PRAGMA {pragma}").fetchall()
            self.connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise RuntimeError(f"cannot open {path}: {error}; is another local HubSpot serving this folder?") from error
        version = self.fact("schema")
        if version is None:
            self.set_fact("schema", SCHEMA_VERSION)
        elif version != SCHEMA_VERSION:
            raise RuntimeError(f"{path} is of version {version}, this program reads {SCHEMA_VERSION}; remove it")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything in the block or nothing; waits for other threads' blocks. May be nested."""
        with self._lock:
            if self._depth:
                yield
                return
            self.connection.execute("BEGIN")
            self._depth = 1
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            else:
                self.connection.execute("COMMIT")
            finally:
                self._depth = 0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo only the block when it raises, inside a transaction."""
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self.connection.execute("RELEASE attempt")

    def fact(self, name: str) -> str | None:
        """Return a small fact about the portal, or None."""
        row: tuple[str] | None = self.connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def set_fact(self, name: str, value: str) -> None:
        """Keep a small fact about the portal."""
        self.connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def next_id(self, counter: str, *, first: int) -> int:
        """Return the next number of a counter, which begins with `first`."""
        self.connection.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = last + 1", (counter, first)
        )
        row: tuple[int] = self.connection.execute("SELECT last FROM counters WHERE name = ?", (counter,)).fetchone()
        return row[0]

    def reserve_ids(self, counter: str, count: int, *, first: int) -> Iterable[int]:
        """Return `count` numbers of a counter in a row."""
        if count == 0:
            return range(0)
        start = self.next_id(counter, first=first)
        self.connection.execute("UPDATE counters SET last = last + ? WHERE name = ?", (count - 1, counter))
        return range(start, start + count)

    def close(self) -> None:
        """Close the file, once nobody is in a transaction."""
        with self._lock:
            self.connection.close()
