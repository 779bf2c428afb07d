"""Opening the store: private, of one version, and what is unusable is said in words."""

from __future__ import annotations

import datetime as dt
import os
import stat
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text, update

from core.core_builders import NOW, UID, failing
from core.core_planning import born
from kam_sync.errors import ConfigError, KamSyncError
from kam_sync.lifecycle import LinkState, TaskField, TaskLink
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.records import RecordKind
from kam_sync.store import Store, schema
from kam_sync.store.runs import RunBooks, load_description, save_description
from kam_sync.store.tasks import TaskBooks

RUNNING_AS_ROOT = os.geteuid() == 0


def refusal(url: str) -> str:
    with pytest.raises(ConfigError) as caught:
        Store(url)
    return str(caught.value)


# -- opening ----------------------------------------------------------------------------------------------------------


def test_a_store_is_made_where_there_is_none_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "kam-sync.db"
    with Store.at(path) as store, store.begin() as connection:
        connection.execute(text("insert into meta values ('x', 'y')"))
        files = [file for file in path.parent.iterdir() if file.name.startswith("kam-sync.db")]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    link = born(failing()).link
    with Store.at(tmp_path / "kam-sync.db") as store:
        TaskBooks(store, UID).adopt([link])
    with Store.at(tmp_path / "kam-sync.db") as store:
        assert TaskBooks(store, UID).link(link.key) == replace(link, revision=1)


def test_two_may_have_it_open(tmp_path: Path) -> None:
    with Store.at(tmp_path / "kam-sync.db") as one, Store.at(tmp_path / "kam-sync.db") as two:
        TaskBooks(one, UID).adopt([born(failing()).link])
        assert len(list(TaskBooks(two, UID).links())) == 1


@pytest.mark.parametrize("statement", ["CREATE TABLE leases", "INSERT INTO meta"])
def test_two_may_make_it_at_once(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "kam-sync.db"
    made: list[str] = []

    def overtaken(_connection: object, _cursor: object, asked: str, *_rest: object) -> None:
        if asked.strip().startswith(statement) and not made:
            made.append(asked)
            Store.at(path).close()

    event.listen(Engine, "before_cursor_execute", overtaken)
    try:
        Store.at(path).close()
    finally:
        event.remove(Engine, "before_cursor_execute", overtaken)
    assert made


def test_a_database_that_fails_later_is_said_in_words(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("drop table task_links"))
    with pytest.raises(KamSyncError):
        TaskBooks(store, UID).link("k1abc-1")


def test_an_error_in_a_transaction_leaves_nothing(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as connection:
        connection.execute(text("insert into meta values ('x', 'y')"))
        raise RuntimeError
    with store.begin() as connection:
        assert connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "x")) is None


def test_the_store_of_another_version_is_refused(tmp_path: Path) -> None:
    with Store.at(tmp_path / "kam-sync.db") as store, store.begin() as connection:
        connection.execute(update(schema.meta).where(schema.meta.c.name == "schema").values(value="99"))
    message = refusal(f"sqlite:///{tmp_path / 'kam-sync.db'}")
    assert message.startswith(f"the state database has schema 99, this kam-sync needs {schema.SCHEMA_VERSION}; ")


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.db"
    path.write_text("version: 1\n" * 100, encoding="utf-8")
    message = refusal(f"sqlite:///{path}")
    assert "the state database cannot be used" in message
    assert "file is not a database" in message


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}") == f"the state file {tmp_path} cannot be written: Is a directory"


def test_a_place_below_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written" in refusal(f"sqlite:///{tmp_path / 'file' / 'kam-sync.db'}")


@pytest.mark.skipif(RUNNING_AS_ROOT, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be written: Permission denied" in refusal(f"sqlite:///{tmp_path / 'kam-sync.db'}")


@pytest.mark.parametrize("url", ["kam-sync.db", "", "://", "sqlite:/x"])
def test_what_is_no_url_comes_with_an_example(url: str) -> None:
    assert refusal(url) == "`state:` is not a database URL; an example is sqlite:///kam-sync.db"


def test_an_unknown_database_is_named_and_its_password_is_not() -> None:
    assert refusal("foo://ines:secret@db.example/kam") == "`state:` names an unknown database 'foo'"


def test_a_database_without_its_driver_says_what_to_install() -> None:
    message = refusal("mssql+pymssql://ines:secret@db.example/kam")
    assert "secret" not in message


# -- the books --------------------------------------------------------------------------------------------------------


def books_with(store: Store, *links: TaskLink) -> TaskBooks:
    books = TaskBooks(store, UID)
    books.adopt(links)
    return books


def test_links_stream_in_the_order_of_their_keys_without_ended_ones(store: Store) -> None:
    links = [born(failing(account=f"a{number:04d}")).link for number in range(501)]
    ended = replace(links[0], state=LinkState.ENDED)
    books = books_with(store, ended, *links[1:])
    assert [link.key for link in books.links()] == sorted(link.key for link in links[1:])
    assert [link.key for link in books.links([LinkState.ENDED])] == [ended.key]


def test_every_change_of_a_link_counts_its_revision_up(store: Store) -> None:
    link = born(failing()).link
    books = books_with(store, link, link)
    found = books.link(link.key)
    assert found is not None
    assert found.revision == 2


def test_an_unknown_key_has_no_link(store: Store) -> None:
    assert TaskBooks(store, UID).link("k1abc-1") is None


def test_orgs_have_books_of_their_own(store: Store) -> None:
    link = born(failing()).link
    books_with(store, link)
    assert TaskBooks(store, "org-2").link(link.key) is None


def test_an_account_has_all_its_links_oldest_episode_first(store: Store) -> None:
    first = replace(born(failing()).link, state=LinkState.ENDED)
    second = replace(first, key=first.key[:-1] + "2", episode=2, state=LinkState.LIVE)
    books = books_with(store, second, first, born(failing(account="beta")).link)
    assert [link.episode for link in books.of_account("acme")] == [1, 2]


def test_the_highest_episode_counts_ended_ones(store: Store) -> None:
    first = born(failing()).link
    books = books_with(store, first, replace(first, key=first.key[:-1] + "7", episode=7, state=LinkState.ENDED))
    assert dict(books.episodes()) == {("acme", "roles"): 7}


@pytest.mark.parametrize(("hours", "made"), [(23, 1), (24, 0), (25, 0)])
def test_what_was_made_lately_is_counted_by_owner(store: Store, hours: int, made: int) -> None:
    link = replace(born(failing()).link, created_at=NOW)
    books = books_with(store, link)
    since = NOW + dt.timedelta(hours=hours) - dt.timedelta(hours=24)
    assert dict(books.made_since(since)) == ({"amal": 1} if made else {})


def test_made_lately_does_not_hang_on_the_zone_or_on_microseconds(store: Store) -> None:
    east = dt.timezone(dt.timedelta(hours=9))
    link = replace(born(failing()).link, created_at=NOW.astimezone(east) + dt.timedelta(microseconds=1))
    books = books_with(store, link)
    assert dict(books.made_since(NOW.astimezone(east))) == {"amal": 1}
    assert dict(books.made_since(NOW + dt.timedelta(microseconds=1))) == {}


def test_a_task_without_an_owner_of_ours_is_nobodys_new_task(store: Store) -> None:
    wanted = dict(born(failing()).link.wanted)
    del wanted[TaskField.OWNER]
    books = books_with(store, replace(born(failing()).link, wanted=wanted))
    assert dict(books.made_since(NOW - dt.timedelta(days=1))) == {}


# -- descriptions and runs --------------------------------------------------------------------------------------------


def test_a_description_survives_the_store(store: Store) -> None:
    described = OrgDescription(
        org_uid="org-1",
        name="Łódź",
        unknown={"plans": "not mapped"},
        setup=(SetupFinding(subject="plans", problem="no plan", fix="map one", blocks_apply=True),),
        labels={"plans": "the plan"},
        record_urls={RecordKind.CONTACT: "https://crm.example/{id}"},
        task_url="https://crm.example/task/{id}",
    )
    save_description(store, "main", replace(described, name="before"))
    save_description(store, "main", described)
    assert load_description(store, "main") == described
    assert load_description(store, "other") is None


def test_a_run_is_kept_with_its_end(store: Store) -> None:
    books = RunBooks(store, "run-1", "main")
    books.begin("org-1", NOW, applied=True)
    books.finish("org-1", NOW + dt.timedelta(minutes=3), {"exit_code": 0, "name": "Łódź"})
    with store.begin() as connection:
        row = connection.execute(select(schema.runs)).one()
    assert (row.id, row.org, row.applied, row.summary) == ("run-1", "main", True, '{"exit_code": 0, "name": "Łódź"}')
    assert (row.started_at, row.finished_at) == ("2026-03-02T09:00:00+00:00", "2026-03-02T09:03:00+00:00")


def test_a_run_that_never_reached_its_org_leaves_no_record(store: Store) -> None:
    RunBooks(store, "run-1", "main").finish("", NOW, {})
    with store.begin() as connection:
        assert connection.execute(select(schema.runs)).all() == []
