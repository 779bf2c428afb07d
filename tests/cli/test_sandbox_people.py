"""What people see and do in the CRMs of a running sandbox, asked for from another terminal."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from kam_sync.cli import main
from kam_sync.clock import ManualClock
from kam_sync.demo import START, Sandbox, ask_desk, open_desk
from kam_sync.demo.desk import DESK_FILE, LONGEST_WISH
from kam_sync.demo.people import BookMeeting, HoldRole, PutAway, SeePeople, SeeTasks
from kam_sync.errors import ConfigError
from kam_sync.records import Role
from kam_sync.registry import load_local_crms
from support_cli import memory_folder


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    kinds = {"hubspot": load_local_crms()["hubspot"]}  # one tells as much as two
    with (
        memory_folder() as folder,
        Sandbox.start(folder / "box", kinds=kinds, clock=ManualClock(START)) as running,
        open_desk(running),
    ):
        assert main(["--policy", str(running.policy_path), "--quiet", "run", "--apply"], clock=ManualClock(START)) == 0
        yield running


def test_tasks_of_kam_sync_are_seen_by_default_and_every_one_when_asked_for(sandbox: Sandbox) -> None:
    ours = ask_desk(sandbox.folder, SeeTasks()).tasks
    every = ask_desk(sandbox.folder, SeeTasks(every=True)).tasks
    assert {task.org for task in ours} == set(sandbox.crms)
    held = [task for crm in sandbox.crms.values() for task in crm.people.tasks()]
    assert {task.id for task in ours} == {task.id for task in held if task.key and task.open}
    assert {task.id for task in every} == {task.id for task in held}
    assert all(task.subject and task.lines and task.owner and task.account for task in ours)


def test_a_role_is_held_and_a_task_put_away_as_in_the_crm_itself(sandbox: Sandbox) -> None:
    assert (
        "named as innovator"
        in ask_desk(sandbox.folder, HoldRole(account="Rotfuchs", role=Role.INNOVATOR, person="priya")).did
    )
    tasks = ask_desk(sandbox.folder, SeeTasks(account="Rotfuchs")).tasks
    first, second = tasks[:2]
    assert "ticked off" in ask_desk(sandbox.folder, PutAway(task=first.id)).did
    assert "deleted" in ask_desk(sandbox.folder, PutAway(task=second.id, delete=True)).did
    left = {task.id: task.status for task in ask_desk(sandbox.folder, SeeTasks(account="Rotfuchs", every=True)).tasks}
    assert left[first.id] == "COMPLETED"
    assert second.id not in left


def test_a_meeting_is_booked_for_somebody_who_can_hold_it(sandbox: Sandbox) -> None:
    day = START.date()
    did = ask_desk(sandbox.folder, BookMeeting(account="Nattljusets", on=day)).did
    # The account belongs to a shared mailbox, and nobody meets a customer as that.
    people = {person.name for person in ask_desk(sandbox.folder, SeePeople()).people if person.active}
    assert did.partition(" meets ")[0] in people
    assert str(day) in did


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (SeeTasks(account="nobody's"), "no account in the sandbox is called"),
        (SeeTasks(account="r"), r"account names hold 'r': .* and others; write more"),
        (HoldRole(account="Rotfuchs", role=Role.INNOVATOR, person="nobody"), "no person in the sandbox"),
        (PutAway(task="7"), "there is no task '7'"),
    ],
)
def test_what_is_not_there_is_said(sandbox: Sandbox, wish: SeeTasks | HoldRole | PutAway, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ask_desk(sandbox.folder, wish)


def test_the_desk_answers_only_who_can_read_the_folder(sandbox: Sandbox) -> None:
    file = sandbox.folder / DESK_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    address = json.loads(file.read_text(encoding="utf-8"))

    def status(token: str, body: str, headers: dict[str, str]) -> int:
        connection = HTTPConnection("127.0.0.1", address["port"], timeout=10)
        try:
            connection.request("POST", "/", body, {"Authorization": f"Bearer {token}", **headers})
            return connection.getresponse().status
        finally:
            connection.close()

    wish = SeePeople().model_dump_json()
    assert status(address["token"], wish, {}) == 200
    assert status("another", wish, {}) == 401
    assert status(address["token"], wish, {"Content-Length": str(LONGEST_WISH + 1)}) == 411


def test_nonsense_is_answered_and_ends_nothing(sandbox: Sandbox) -> None:
    address = json.loads((sandbox.folder / DESK_FILE).read_text(encoding="utf-8"))
    connection = HTTPConnection("127.0.0.1", address["port"], timeout=10)
    connection.request("POST", "/", "{", {"Authorization": f"Bearer {address['token']}"})
    assert "cannot do that" in json.loads(connection.getresponse().read())["problem"]
    connection.close()
    assert ask_desk(sandbox.folder, SeePeople()).people


def test_without_a_sandbox_the_message_says_how_to_start_one(folder: Path) -> None:
    with pytest.raises(ConfigError, match="start it with `kam-sync sandbox --dir"):
        ask_desk(folder, SeePeople())
    (folder / DESK_FILE).write_text('{"port": 1, "token": "left by one that was killed"}', encoding="utf-8")
    with pytest.raises(ConfigError, match="no sandbox is served"):
        ask_desk(folder, SeePeople())


def test_the_command_line_goes_by_the_folder_of_the_policy(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = ["--policy", str(sandbox.policy_path)]
    capsys.readouterr()
    assert main([*policy, "sandbox", "people"]) == 0
    assert "priya@palmyrene.example" in capsys.readouterr().out
    assert main([*policy, "sandbox", "hold-role", "Rotfuchs", "inovator", "priya"]) == 2
    assert "there is no role 'inovator'" in capsys.readouterr().err
    assert main([*policy, "sandbox", "book-meeting", "Rotfuchs", "--in-days", "3"], clock=ManualClock(START)) == 0
    assert "2026-11-26" in capsys.readouterr().out
    assert main([*policy, "sandbox", "tasks", "--account", "Quote"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].startswith("org ")
    assert out.splitlines()[-1].endswith(("task", "tasks"))
