"""Opening the store's database and handing out transactions, over connections that are kept open between them.

A connection serves one transaction at a time, in whatever thread. An idle one is never carried over a fork, nor used
any more once its file was removed or replaced.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from kam_sync.errors import ConfigError, StoreError
from kam_sync.store import schema

KEPT_OPEN: Final = 2
"""Idle connections: one for the transaction at hand, one for what is written while a query is still read."""


class Store:
    """The database that holds what kam-sync knows, open until `close`; threads may share it.

    Keep it open while work is done, not while a service waits for the next: a SQLite file is complete by itself, to be
    copied or replaced, only when nobody has it open.

    Args:
        url: A database URL such as `sqlite:////var/lib/kam-sync/kam-sync.db`. A SQLite file is made with mode 0600,
            since it holds account and contact names.

    Raises:
        ConfigError: The URL or the file is not usable, or another version of kam-sync made it.

    Example:
        >>> with kam_sync.Store.at(Path("empty.db")) as empty:
        ...     list(kam_sync.findings(policy, empty, settings))
        []
    """

    def __init__(self, url: str) -> None:
        parsed = _parsed(url)
        self._closed = False
        try:
            self._engine = create_engine(
                parsed,
                poolclass=QueuePool,
                pool_size=KEPT_OPEN,
                max_overflow=-1,  # a transaction never waits for another one's connection
                pool_use_lifo=True,
                pool_pre_ping=parsed.get_backend_name() != "sqlite",  # a server may have hung up meanwhile
            )
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"the database driver {error.name!r} is not installed: install it beside kam-sync, "
                "or name another database in `state:`"
            ) from None
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "checkout", _require_same_file)
        event.listen(self._engine, "checkin", self._keep_while_open)
        _ENGINES.add(self._engine)
        try:
            self._make()
        except DBAPIError as error:
            self.close()
            raise ConfigError(
                f"the state database cannot be used ({type(error.orig).__name__}: {error.orig}); "
                "check `state:` in the policy file"
            ) from None
        except BaseException:
            self.close()
            raise

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open the SQLite file at a path."""
        return cls(f"sqlite:///{path.resolve()}")

    def _make(self) -> None:
        """Make what is missing; where another process does the same at this moment, what it made is taken."""
        try:
            schema.metadata.create_all(self._engine)
        except OperationalError:
            schema.metadata.create_all(self._engine)
        if self._version() is None:
            with suppress(IntegrityError), self._engine.begin() as connection:
                connection.execute(insert(schema.meta).values(name="schema", value=str(schema.SCHEMA_VERSION)))
        found = self._version()
        if found != str(schema.SCHEMA_VERSION):
            raise ConfigError(
                f"the state database has schema {found}, this kam-sync needs {schema.SCHEMA_VERSION}; "
                "use the kam-sync that made it, or point `state:` at another file"
            )

    def _version(self) -> str | None:
        with self._engine.begin() as connection:
            return connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "schema"))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end, rolled back on an error.

        Raises:
            StoreError: The database failed; an IntegrityError is the business of the caller.
        """
        try:
            with self._engine.begin() as connection:
                try:
                    yield connection
                except BaseException:
                    if not connection.invalidated:
                        connection.detach()  # a query left half read must not hold the next transaction in the past
                    raise
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreError(
                f"the state database failed ({type(error.orig).__name__}: {error.orig}); see whether its disk is full "
                "or another process keeps it locked, then run again"
            ) from None

    def close(self) -> None:
        """Close all connections, one that is in a transaction at its end."""
        self._closed = True
        self._engine.dispose()

    def _keep_while_open(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        if self._closed:
            entry.invalidate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("`state:` is not a database URL; an example is sqlite:///kam-sync.db") from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise ConfigError("`state:` names no file, and what is kept in memory is forgotten; give it a path")
        path = Path(str(parsed.database))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise ConfigError(f"the state file {path} cannot be written: {error.strerror}") from None
    try:
        parsed.get_dialect()
    except SQLAlchemyError:
        raise ConfigError(f"`state:` names an unknown database {parsed.drivername!r}") from None
    return parsed


def _prepare_sqlite(connection: object, entry: ConnectionPoolEntry) -> None:
    execute = getattr(connection, "execute")  # noqa: B009 - the DB-API connection has no type of its own
    execute("PRAGMA journal_mode = WAL")
    execute("PRAGMA synchronous = FULL")  # what is committed outlives a power cut, whatever SQLite was built with
    execute("PRAGMA busy_timeout = 10000")
    (_, _, path) = execute("PRAGMA database_list").fetchone()
    entry.info["path"] = path
    entry.info["file"] = _file_at(path)


def _require_same_file(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Have another connection opened when the file was removed or replaced: this one writes where nobody reads."""
    if _file_at(entry.info["path"]) != entry.info["file"]:
        raise DisconnectionError


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - at the beginning of every transaction: a Path costs as much as the call
    except OSError:
        return None
    return found.st_dev, found.st_ino


_ENGINES: Final[weakref.WeakSet[Engine]] = weakref.WeakSet()


def _close_idle() -> None:
    for engine in list(_ENGINES):
        engine.dispose()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    # SQLite's connections must not be used, nor even closed, in a child: https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_
    os.register_at_fork(before=_close_idle)
