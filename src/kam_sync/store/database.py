"""Opening the store's database and handing out transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, create_engine, event, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from kam_sync.errors import ConfigError, StoreError
from kam_sync.store import schema


class Store:
    """The database that holds what kam-sync knows, open until `close`.

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
        try:
            self._engine = create_engine(_parsed(url), poolclass=NullPool)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"the database driver {error.name!r} is not installed: install it beside kam-sync, "
                "or name another database in `state:`"
            ) from None
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
        try:
            self._make()
        except DBAPIError as error:
            raise ConfigError(
                f"the state database cannot be used ({type(error.orig).__name__}: {error.orig}); "
                "check `state:` in the policy file"
            ) from None

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
                yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreError(
                f"the state database failed ({type(error.orig).__name__}: {error.orig}); see whether its disk is full "
                "or another process keeps it locked, then run again"
            ) from None

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

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
    if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
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


def _prepare_sqlite(connection: object, _record: ConnectionPoolEntry) -> None:
    execute = getattr(connection, "execute")  # noqa: B009 - the DB-API connection has no type of its own
    execute("PRAGMA journal_mode = WAL")
    execute("PRAGMA busy_timeout = 10000")
