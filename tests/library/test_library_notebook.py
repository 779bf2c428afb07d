"""What results show in a notebook: everything that counts, harmless, and without records in plain representations."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import kam_sync
from kam_sync import job, notebook
from kam_sync.errors import AuthError, TransientError
from kam_sync.ports import Page, RejectedRecord, SetupFinding
from kam_sync.records import RecordKind
from kam_sync.tabulating import FindingsTable
from library.conftest import library_world
from support_cli import MEMORY_DISK
from support_memory import World

HOSTILE = '"><script>alert(1)</script>\u202eקסם <b onclick=x>&amp; Söhne'
VOID = {"br", "hr"}
ALLOWED = {"div", "p", "strong", "bdi", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "span", "a"}


class Reader(HTMLParser):
    """Reads a fragment and notes what a browser would make of it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def read(source: str) -> Reader:
    reader = Reader(source)
    assert reader.tags <= ALLOWED
    assert reader.attributes <= {"style", "scope", "aria-hidden", "href", "rel"}
    return reader


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        made = library_world(Path(name), HOSTILE)
        job.run(made.policy, made.store, made.settings)
        yield made
        made.close()


@pytest.fixture(scope="module")
def result(world: World) -> job.RunResult:
    return job.run(world.policy, world.store, world.settings)


def test_a_dry_run_shows_counts_and_what_next(result: job.RunResult) -> None:
    said = read(result._repr_html_()).text
    assert "Dry run, 1 org, exit code 0" in said
    assert "main: " in said
    assert "write the tasks" in said
    assert "Problems" not in said
    (org,) = result.orgs
    assert read(org._repr_html_()).text.count("write the tasks") == 1


def test_a_run_that_did_not_go_well_shows_its_problems(world: World, folder: Path) -> None:
    failing = library_world(folder, HOSTILE)
    failing.crm.failing_pulls[RecordKind.CONTACT] = TransientError("the <b>line</b> was cut; run again")
    rejected = RejectedRecord(kind=RecordKind.ROLE, id="R1", account_ids=("okafor",), reason="role: expected a role")
    failing.crm.rejected_pages[RecordKind.ROLE] = Page(records=(), rejected=(rejected,))
    failing.crm.setup = (SetupFinding(subject="tasks.key", problem="there is none", fix="make it", blocks_apply=True),)
    done = job.run(failing.policy, failing.store, failing.settings, apply=True)
    said = read(done._repr_html_()).text
    assert "1 record did not validate" in said
    assert "nothing can be written before that" in said
    assert "nothing is written (" in said
    assert done.orgs[0].problems[-1].startswith("nothing was written into main")
    failing.close()


def test_an_org_that_cannot_be_reached_shows_its_error(folder: Path) -> None:
    away = library_world(folder)

    def refuse(_call: str) -> None:
        raise AuthError("the CRM refused the token; make a new one")

    away.crm.on_call = refuse
    done = job.run(away.policy, away.store, away.settings)
    assert "refused the token" in read(done._repr_html_()).text
    assert repr(done) == "<RunResult: Dry run, 1 org, exit code 7>"
    (diagnosis,) = kam_sync.doctor(away.policy, away.store, away.settings)
    assert "it could not be looked at" in read(diagnosis._repr_html_()).text
    away.close()


def test_findings_are_a_table_worst_first(world: World) -> None:
    table = kam_sync.findings_table(world.policy, world.store, world.settings)
    said = read(table._repr_html_())
    assert "3 findings" in said.text
    assert HOSTILE in said.text
    assert "script" not in said.tags
    many = FindingsTable(rows=table.rows * 40)
    assert "20 more are in `rows`" in read(many._repr_html_()).text
    assert "Nothing is wrong." in read(FindingsTable(rows=())._repr_html_()).text


def test_an_account_is_explained(world: World, result: job.RunResult) -> None:
    assert result.exit_code == 0
    (why,) = kam_sync.why(world.policy, world.store, world.settings, "okafor")
    said = read(why._repr_html_())
    assert HOSTILE in said.text
    assert "innovator" in said.text
    assert "absent" in said.text
    assert "KAM201" in said.text


def test_a_task_is_linked_where_there_is_a_web_page(folder: Path) -> None:
    made = library_world(folder)
    job.run(made.policy, made.store, made.settings, apply=True)
    (why,) = kam_sync.why(made.policy, made.store, made.settings, "okafor")
    assert all(link.startswith("https://crm.example/task/t") for link in read(why._repr_html_()).links)
    assert len(read(why._repr_html_()).links) == 3
    made.close()


def test_only_web_pages_are_linked() -> None:
    assert notebook._link("task", "javascript:alert(1)") == "task"
    assert notebook._link("task", "") == "task"
    assert isinstance(notebook._link("task", "https://crm.example/1"), notebook.Html)


def test_a_diagnosis_shows_what_to_set_up(world: World) -> None:
    world.crm.setup = (SetupFinding(subject="plan.next_review_on", problem="<i>gone</i>", fix="map it"),)
    world.crm.unknown = {"plans": "not mapped"}
    (diagnosis,) = kam_sync.doctor(world.policy, world.store, world.settings)
    world.crm.setup, world.crm.unknown = (), {}
    said = read(diagnosis._repr_html_()).text
    assert "<i>gone</i>" in said
    assert "plans: not mapped" in said


def test_plain_representations_are_short_and_hold_no_record(world: World, result: job.RunResult) -> None:
    (why,) = kam_sync.why(world.policy, world.store, world.settings, "okafor")
    (diagnosis,) = kam_sync.doctor(world.policy, world.store, world.settings)
    table = kam_sync.findings_table(world.policy, world.store, world.settings)
    for value in (result, result.orgs[0], why, diagnosis, table):
        assert len(repr(value)) < 80
        assert "script" not in repr(value)
        assert repr(value).startswith(f"<{type(value).__name__}")
