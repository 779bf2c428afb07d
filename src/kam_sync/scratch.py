"""Private temporary databases on disk, with which connectors keep the memory of a pull constant.

SQLite's database without a name: its file has no name either, belongs to its connection alone and is gone when that is
closed, however the process ends. Tables are the business of whoever asks for one.
"""

from __future__ import annotations

import sqlite3
from typing import Final

_PAGE_CACHE: Final = -2048
"""SQLite's page cache in negative KiB; what does not fit goes to the file."""


def scratch_database() -> sqlite3.Connection:
    """Open an empty temporary database, to be closed by the caller; it knows no transactions and cannot roll back.

    It may be used by one thread at a time, which need not be the one that opened it.
    """
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA cache_size = {_PAGE_CACHE}")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    return connection
