"""The store's connections: kept open between transactions, and as safe as if each transaction opened its own."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert, select, text

from kam_sync.errors import ConfigError, StoreError
from kam_sync.store import Store, schema

FORKED_AND_KILLED = """\
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event, insert
from kam_sync.store import Store, schema

opened = []
event.listen(Engine, "connect", lambda *_given: opened.append(os.getpid()))
store = Store.at(Path(sys.argv[1]))

def note(name):
    with store.begin() as connection:
        connection.execute(insert(schema.meta).values(name=name, value=""))

note("before the fork")
child = os.fork()
if child == 0:
    note("in the child")
    assert opened[-1] == os.getpid(), "the child went on with its parent's connection"
    store.close()
    sys.exit()
note("beside the child")
assert os.waitpid(child, 0)[1] == 0
note("after the fork")
os.kill(os.getpid(), signal.SIGKILL)
"""


def note(store: Store, name: str) -> None:
    with store.begin() as connection:
        connection.execute(insert(schema.meta).values(name=name, value=""))


def notes(store: Store) -> set[str]:
    with store.begin() as connection:
        return set(connection.scalars(select(schema.meta.c.name).where(schema.meta.c.name != "schema")))


@contextmanager
def counted() -> Iterator[list[object]]:
    """Collect every connection that is opened."""
    opened: list[object] = []

    def listen(connection: object, _entry: object) -> None:
        opened.append(connection)

    event.listen(Engine, "connect", listen)
    try:
        yield opened
    finally:
        event.remove(Engine, "connect", listen)


def beside(path: Path) -> set[str]:
    return {file.name.removeprefix(path.name) for file in path.parent.iterdir() if file.name.startswith(path.name)}


def test_transactions_share_a_connection_and_nested_ones_have_one_each(tmp_path: Path) -> None:
    with counted() as opened, Store.at(tmp_path / "kam-sync.db") as store:
        for number in range(20):
            note(store, str(number))
        assert len(opened) == 1
        with store.begin():
            note(store, "inner")
            with store.begin():
                note(store, "innermost")
        assert len(opened) <= 4
        assert notes(store) >= {"19", "inner", "innermost"}


def test_whatever_lies_beside_the_file_is_private_and_goes_with_the_last_connection(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.db"
    with Store.at(path) as store:
        note(store, "x")
        assert beside(path) == {"", "-wal", "-shm"}
        modes = {stat.S_IMODE((tmp_path / f"kam-sync.db{suffix}").stat().st_mode) for suffix in beside(path)}
        assert modes == {0o600}
    assert beside(path) == {""}


def test_what_is_still_in_a_transaction_when_the_store_is_closed_is_closed_after_it(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.db"
    store = Store.at(path)
    with store.begin() as connection:
        connection.execute(insert(schema.meta).values(name="late", value=""))
        store.close()
    assert beside(path) == {""}
    assert notes(store) == {"late"}
    assert beside(path) == {""}


def test_commits_wait_for_the_disk(tmp_path: Path) -> None:
    with Store.at(tmp_path / "kam-sync.db") as store, store.begin() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_and_killed_nothing_that_was_committed_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.db"
    command = [sys.executable, "-W", "error", "-c", FORKED_AND_KILLED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - as above
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    assert beside(path) == {"", "-wal", "-shm"}
    with Store.at(path) as store:
        assert notes(store) == {"before the fork", "in the child", "beside the child", "after the fork"}


def test_threads_may_share_a_store(tmp_path: Path) -> None:
    names = {str(number) for number in range(40)}
    with Store.at(tmp_path / "kam-sync.db") as store:
        with ThreadPoolExecutor(max_workers=4) as threads:
            list(threads.map(lambda name: note(store, name), names))
        assert notes(store) == names


def test_a_query_that_was_left_half_read_does_not_hide_what_others_write(tmp_path: Path) -> None:
    with Store.at(tmp_path / "kam-sync.db") as one, Store.at(tmp_path / "kam-sync.db") as two:
        for number in range(3):
            note(one, str(number))
        with suppress(RuntimeError), one.begin() as connection:
            rows = connection.execute(select(schema.meta))
            rows.fetchone()
            raise RuntimeError
        note(two, "later")
        assert "later" in notes(one)
        note(one, "later still")
        assert "later still" in notes(two)
        rows.close()  # until here it is kept, as an error's traceback would keep it


def test_a_file_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.db"
    with Store.at(tmp_path / "backup.db") as backup:
        note(backup, "restored")
    with Store.at(path) as store:
        note(store, "lost")
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"kam-sync.db{suffix}").unlink()
        (tmp_path / "backup.db").replace(path)
        note(store, "new")
        assert notes(store) == {"restored", "new"}


def test_a_file_that_was_removed_is_missed_not_written_on(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.db"
    with Store.at(path) as store:
        note(store, "x")
        path.unlink()
        with pytest.raises(StoreError, match="no such table"):
            note(store, "y")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_state_that_would_be_forgotten_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="names no file"):
        Store(url)
