"""One org at work: which tasks are read, what an account that cannot be read means, and what the policy brings in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from core.conftest import MakeWorld
from kam_sync import diagnosing, explaining, job
from kam_sync.errors import ConfigError
from kam_sync.ports import Page, Priority, RejectedRecord, Runtime, TaskState
from kam_sync.records import RecordKind, Role
from kam_sync.testing.memory import MemoryConnector
from support_memory import POLICY, World, healthy

WITH_FILE = POLICY.replace("rules:", "assignments: roles.csv\nrules:")


def read_by(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run once and return the ids of the tasks that were read."""
    asked: list[str] = []
    read_tasks = MemoryConnector.read_tasks

    def listening(connector: MemoryConnector, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        asked.extend(task_ids)
        return read_tasks(connector, task_ids)

    monkeypatch.setattr(MemoryConnector, "read_tasks", listening)
    world.run()
    monkeypatch.undo()
    return asked


# -- which tasks are read ---------------------------------------------------------------------------------------------


def test_an_open_task_is_read_in_every_run(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    assert read_by(world, monkeypatch) == [world.ours("acme", "roles")[0].id]


def test_a_settled_task_is_read_only_when_its_topic_fails(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    world.crm.assign_role("acme", Role.INNOVATOR, "bo")
    world.run()
    task_id = world.ours("acme", "roles")[0].id
    assert read_by(world, monkeypatch) == []
    world.crm.clear_role("acme", Role.INNOVATOR)
    assert read_by(world, monkeypatch)[0] == task_id


def test_the_task_of_a_merged_account_is_read_for_the_one_that_is_left(
    world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(healthy("acme"), healthy("beta"))
    world.crm.clear_role("beta", Role.INNOVATOR)
    world.run()
    task_id = world.ours("beta", "roles")[0].id
    world.crm.assign_role("beta", Role.INNOVATOR, "bo")
    world.run()
    world.crm.merge_accounts(winner="acme", loser="beta")
    world.crm.clear_role("acme", Role.INNOVATOR)
    assert task_id in read_by(world, monkeypatch)
    assert [task.id for task in world.crm.tasks() if task.open] == [task_id]


def test_peoples_own_tasks_are_never_read_by_id(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_by(world_of(healthy("acme")), monkeypatch) == []


# -- accounts that cannot be read -------------------------------------------------------------------------------------


def test_an_account_that_does_not_validate_keeps_its_task(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"), healthy("beta"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    account = world.crm.accounts.pop("acme")
    bad = RejectedRecord(kind=RecordKind.ACCOUNT, id="acme", account_ids=("acme",), reason="name: expected a string")
    world.crm.rejected_pages[RecordKind.ACCOUNT] = Page(records=(), rejected=(bad,))
    result = world.run()
    assert result.plan is not None
    assert (result.exit_code, result.plan.operations) == (4, ())
    world.crm.rejected_pages.clear()
    world.crm.accounts["acme"] = account
    assert world.run().exit_code == 0
    assert [task.open for task in world.crm.tasks()] == [True]


def test_an_account_out_of_scope_loses_its_task(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    world.crm.set_in_scope("acme", in_scope=False)
    world.run()
    (task,) = world.crm.tasks()
    assert not task.open
    assert "no longer among the key accounts" in task.body


# -- what the policy brings in ----------------------------------------------------------------------------------------


def test_roles_from_the_assignments_file_are_roles(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"), policy=WITH_FILE)
    world.crm.clear_role("acme", Role.INNOVATOR)
    path = world.policy.folder / "roles.csv"
    path.write_text("org,account,role,person\nmain,anchor,innovator,bo\n", encoding="utf-8")
    world.run(apply=False)
    (found,) = explaining.findings(world.policy, world.store, world.settings)
    assert found.finding.key == "innovator"
    path.write_text("org,account,role,person\nmain,acme,innovator,bo@vendor.example\n", encoding="utf-8")
    world.run(apply=False)
    assert list(explaining.findings(world.policy, world.store, world.settings)) == []


def test_an_assignment_to_an_unknown_org_is_a_configuration_error(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"), policy=WITH_FILE)
    path = world.policy.folder / "roles.csv"
    path.write_text("org,account,role,person\nmian,acme,innovator,bo\n", encoding="utf-8")
    result = world.run(apply=False)
    assert result.exit_code == 2
    assert "names the org 'mian', which is not in the policy; there are: main" in str(result.error)


def test_an_address_that_leads_to_no_user_neither_fills_nor_lacks_a_role(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"), policy=WITH_FILE)
    world.crm.clear_role("acme", Role.INNOVATOR)
    path = world.policy.folder / "roles.csv"
    path.write_text("org,account,role,person\nmain,acme,innovator,b0@vendor.example\n", encoding="utf-8")
    result = world.run(apply=False)
    assert list(explaining.findings(world.policy, world.store, world.settings)) == []
    assert result.check is not None
    assert result.check.unknown["KAM101"] == 1


def test_a_missing_assignments_file_is_a_configuration_error_of_the_org(world_of: MakeWorld) -> None:
    result = world_of(healthy("acme"), policy=WITH_FILE).run()
    assert result.exit_code == 2
    assert "roles.csv cannot be read: FileNotFoundError" in str(result.error)


@pytest.mark.parametrize(("inherit", "parents"), [("[]", False), ("[roles]", True), ("[plans, roles]", True)])
def test_a_connector_is_told_zone_and_whether_parents_are_wanted(
    world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch, inherit: str, parents: bool
) -> None:
    told: list[Runtime] = []
    opened = MemoryConnector.open.__func__  # type: ignore[attr-defined]  # the function behind the class method

    def listening(cls: type[MemoryConnector], settings: BaseModel, runtime: Runtime) -> object:
        told.append(runtime)
        return opened(cls, settings, runtime)

    monkeypatch.setattr(MemoryConnector, "open", classmethod(listening))
    text = POLICY.replace("connector: memory", f"connector: memory\n    timezone: Asia/Tokyo\n    inherit: {inherit}")
    world = world_of(healthy("acme"), policy=text)
    world.run()
    assert [(runtime.timezone, runtime.include_parents) for runtime in told] == [(ZoneInfo("Asia/Tokyo"), parents)]


def test_a_suppression_keeps_a_task_from_being_made_and_takes_back_one_that_was(world_of: MakeWorld) -> None:
    silent = "suppress:\n- {{code: KAM101, account: acme, reason: agreed, author: Ines, until: 2026-03-10}}\nrules:"
    world = world_of(healthy("acme"), healthy("beta"), policy=POLICY.replace("rules:", silent))
    for name in ("acme", "beta"):
        world.crm.clear_role(name, Role.INNOVATOR)
    world.run()
    assert [task.account for task in world.crm.tasks()] == ["beta"]
    world.clock.advance(days=9)
    world.run()
    assert sorted(task.account for task in world.crm.tasks()) == ["acme", "beta"]


def test_a_tasks_priority_is_the_crms(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    assert {task.raw_priority for task in world.crm.tasks()} == {Priority.HIGH.value}


def test_a_look_at_an_org_is_not_a_pull(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    diagnosing.doctor(world.policy, world.store, world.settings)
    with pytest.raises(ConfigError, match="main was never pulled"):
        job.check(world.policy, world.store, world.settings)
