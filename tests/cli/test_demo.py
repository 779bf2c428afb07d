"""The demo plays on any local CRM, tells what really happened, and cannot pass falsely."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from kam_sync.clock import ManualClock
from kam_sync.demo import DEMO_DAYS, START, DemoError, Sandbox, run_demo
from kam_sync.demo.reading import readable
from kam_sync.demo.scenes import (
    Acted,
    Ending,
    Expectation,
    Filed,
    Followed,
    Missing,
    Morning,
    Opening,
    Repeated,
    Returned,
    Scene,
)
from kam_sync.engine import FindingState
from kam_sync.errors import ConfigError
from kam_sync.local_crms import LocalCrm
from kam_sync.ports import TaskWrite, WriteOutcome, WriteResult
from kam_sync.records import ActivityKind, ActivityStatus, Record, RecordKind, Role
from kam_sync.testing.memory import MemoryCrm
from support_cli import MEMORY_DISK, CommandLine


class FirstCrm(MemoryCrm):
    name = "salesforce"


class SecondCrm(MemoryCrm):
    name = "hubspot"


KINDS: Mapping[str, type[LocalCrm]] = {"first": FirstCrm, "second": SecondCrm}


def _play(folder: Path, kinds: Mapping[str, type[LocalCrm]], start: dt.datetime = START) -> list[Scene]:
    scenes: list[Scene] = []
    run_demo(folder / "demo", scenes.append, kinds=kinds, start=start)
    return scenes


@pytest.fixture(scope="module")
def scenes() -> Iterator[list[Scene]]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield _play(Path(name), KINDS)


SceneT = TypeVar("SceneT")


def _scene(scenes: list[Scene], kind: type[SceneT]) -> SceneT:
    return next(scene for scene in scenes if isinstance(scene, kind))


def test_the_scenes_come_in_order(scenes: list[Scene]) -> None:
    kinds = [Opening, Missing, Filed, Repeated, Morning, Acted, Followed, Returned, Repeated, Ending]
    assert [type(scene) for scene in scenes] == kinds


def test_the_first_look_shows_findings_in_full_and_who_plays_which_role(scenes: list[Scene]) -> None:
    missing = _scene(scenes, Missing)
    assert len({example.finding.topic for example in missing.examples}) == 4
    assert {example.finding.state for example in missing.examples} == {FindingState.ACTIVE}
    assert len({example.org for example in missing.examples}) == 2
    assert all(len(why.coverage) == len(Role) for why in missing.covered)
    assert not missing.result.applied


def test_tasks_are_shown_as_the_crm_holds_them_and_some_wait(scenes: list[Scene]) -> None:
    filed = _scene(scenes, Filed)
    assert set(filed.tasks) == set(KINDS)
    assert all(task.open and task.key for tasks in filed.tasks.values() for task in tasks)
    assert filed.whole.subject
    assert any(org.plan.queued for org in filed.result.orgs if org.plan)
    assert _scene(scenes, Morning).drained


def test_every_way_of_working_is_played_in_every_org_and_has_its_outcome(scenes: list[Scene]) -> None:
    acted, followed = _scene(scenes, Acted), _scene(scenes, Followed)
    for org in KINDS:
        played = [act.expectation for act in acted.acts if act.org == org]
        assert set(played) == set(Expectation)
        assert len(played) == 11
    assert [outcome.act for outcome in followed.outcomes] == list(acted.acts)
    accounts = [(act.org, act.account) for act in acted.acts if act.account]
    assert len(set(accounts)) == len(accounts)


def test_what_was_set_aside_returns_as_the_next_episode(scenes: list[Scene]) -> None:
    renewals = _scene(scenes, Returned).renewals
    assert len(renewals) == 4
    assert all("episode 2" in renewal.seen for renewal in renewals)


def test_a_repeated_run_writes_nothing(scenes: list[Scene]) -> None:
    for scene in scenes:
        if isinstance(scene, Repeated):
            assert [org.apply.written for org in scene.result.orgs if org.apply] == [0, 0]


def test_the_ending_counts_what_is_there(scenes: list[Scene]) -> None:
    ending = _scene(scenes, Ending)
    assert ending.runs == 7
    assert all(ending.live[org] > 20 and ending.api_calls[org] > 0 for org in KINDS)


# -- it cannot pass falsely -------------------------------------------------------------------------------------------


class LosesRoles(FirstCrm):
    """Gives out one role assignment too few."""

    def records(self, kind: RecordKind) -> list[Record]:
        found = super().records(kind)
        return found[1:] if kind is RecordKind.ROLE else found


class LosesTasks(FirstCrm):
    """Says that it wrote a task, and deletes it."""

    def write(self, write: TaskWrite) -> WriteResult:
        result = super().write(write)
        if result.task_id is not None:
            self.task_rows[result.task_id].deleted = True
        return result


class ForgetsRoles(FirstCrm):
    """A person names a holder in vain."""

    def assign_role(self, account: str, role: Role, user: str) -> None:
        del account, role, user


class RevivesTasks(FirstCrm):
    """A task that a person ticks off is open again."""

    def complete_task(self, task_id: str) -> None:
        super().complete_task(task_id)
        self.reopen_task(task_id)


class OverwritesPeople(FirstCrm):
    """A person's words do not stay."""

    def edit_task(
        self,
        task_id: str,
        *,
        subject: str | None = None,
        body: str | None = None,
        owner: str | None = None,
        due_on: dt.date | None = None,
        raw_priority: str | None = None,
    ) -> None:
        del subject
        super().edit_task(task_id, body=body, owner=owner, due_on=due_on, raw_priority=raw_priority)


class KeepsLeavers(FirstCrm):
    """Nobody can leave."""

    def deactivate_user(self, user: str) -> None:
        del user


class TouchesTasks(FirstCrm):
    """Something happens in the CRM whenever it is looked at."""

    def records(self, kind: RecordKind) -> list[Record]:
        if kind is RecordKind.USER:
            self._put_activity(next(iter(self.accounts)), ActivityKind.TASK, None, None, ActivityStatus.DONE, "noise")
        return super().records(kind)


class RefusesWrites(FirstCrm):
    """Refuses every write."""

    def write(self, write: TaskWrite) -> WriteResult:
        return WriteResult(operation_id=write.operation_id, outcome=WriteOutcome.REJECTED, problem="no")


@pytest.mark.parametrize(
    ("crm", "claim"),
    [
        (LosesRoles, "planted"),
        (LosesTasks, "tasks wanted"),
        (ForgetsRoles, "not closed by kam-sync"),
        (RevivesTasks, "not left alone"),
        (OverwritesPeople, "not the person's word stands"),
        (KeepsLeavers, "not handed on"),
        (TouchesTasks, "the dry run changed a task"),
        (RefusesWrites, "the run ended with 4"),
    ],
)
def test_a_claim_that_does_not_hold_ends_the_demo(folder: Path, crm: type[LocalCrm], claim: str) -> None:
    with pytest.raises(DemoError, match=claim):
        _play(folder, {"only": crm})


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def local_crms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam_sync.registry.load_local_crms", lambda: KINDS)


@pytest.mark.usefixtures("local_crms")
def test_the_command_tells_the_whole_story(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(cli.folder))
    answer = cli.done("demo")
    for words in (
        "1. What is wrong?",
        "2. The run that writes",
        "3. The same run again",
        "4. The next morning",
        "5. People work in their CRMs",
        "6. The run after that",
        "7. 31 days later",
        "8. The same run again",
        "What to do next",
    ):
        assert f"\n{words}" in answer.out
    assert answer.err == ""
    assert "0 tasks written" in answer.out


@pytest.mark.usefixtures("local_crms")
def test_what_is_kept_ends_now_and_holds_policy_state_and_record(cli: CommandLine) -> None:
    out = cli.done("demo", "--keep", "kept").out
    assert "kam-sync sandbox --dir kept" in out
    assert {"kam-sync.yaml", "kam-sync.db", "sandbox.json"} <= {path.name for path in Path("kept").iterdir()}
    ended = cli.clock.now()
    assert f"31 days later, {ended:%A %Y-%m-%d}" in out
    assert f"On the clock of this play it is {ended - dt.timedelta(days=DEMO_DAYS):%A %Y-%m-%d}" in out


@pytest.mark.usefixtures("local_crms")
def test_a_demo_is_kept_in_a_new_folder_only(cli: CommandLine) -> None:
    answer = cli("demo", "--keep", ".")
    assert answer.code == 2
    assert "neither empty nor a sandbox" in answer.err


def test_a_demo_is_not_played_in_a_sandbox(folder: Path) -> None:
    Sandbox.start(folder / "demo", kinds=KINDS, clock=ManualClock(START)).stop()
    with pytest.raises(DemoError, match="holds a sandbox already"):
        _play(folder, KINDS)


def test_without_a_local_crm_there_is_no_demo(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no local CRM is installed"):
        _play(folder, {})


# -- reading a task as a person does ----------------------------------------------------------------------------------


def test_plain_text_is_read_as_it_is() -> None:
    assert readable("1. Rot & <b>Fett</b>\n- a\n\nb") == ("1. Rot & <b>Fett</b>", "- a", "", "b")


def test_html_is_read_as_lines_with_entities_resolved() -> None:
    body = '<p><b>1. A &amp; B</b></p><ul><li>eins <a href="x">zwei</a></li><li>&lt;b&gt;</li></ul><p>Ende</p>'
    assert readable(body) == ("1. A & B", "- eins zwei", "- <b>", "Ende")
