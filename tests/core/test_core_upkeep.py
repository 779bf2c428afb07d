"""Mending the books: taking back what was written, and adopting our tasks after the store was lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.conftest import MakeWorld
from kam_sync import upkeep
from kam_sync.config import parse_policy
from kam_sync.errors import ConfigError, LeaseHeldError
from kam_sync.identity import task_key
from kam_sync.lifecycle import LinkState, Seen
from kam_sync.records import ActivityKind, Role
from kam_sync.registry import load_rules
from kam_sync.store import Store
from kam_sync.store.leases import Lease
from kam_sync.upkeep import Recovery
from support_memory import POLICY, World, healthy


@pytest.fixture
def world(world_of: MakeWorld) -> World:
    """Three accounts, each without an innovator, with their tasks made."""
    made = world_of(*(healthy(name) for name in ("acme", "beta", "gamma")))
    for name in ("acme", "beta", "gamma"):
        made.crm.clear_role(name, Role.INNOVATOR)
    made.run()
    assert len(made.crm.tasks()) == 3
    return made


def uid(world: World) -> str:
    return f"memory-{world.crm.crm_name}"


def task_of(world: World, account: str) -> str:
    (task,) = world.open_tasks(account, "roles")
    return task.id


def lose_the_store(world: World) -> None:
    """Delete the store file and go on with a new one."""
    world.store.close()
    for file in world.policy.folder.glob("kam-sync.db*"):
        file.unlink()
    world.store = Store.at(world.policy.folder / "kam-sync.db")


def recovered(world: World) -> Recovery:
    result, recoveries = upkeep.recover(world.policy, world.store, world.settings)
    assert result.exit_code == 0
    return recoveries["main"]


# -- taking back ------------------------------------------------------------------------------------------------------


def test_taking_back_is_planned_first(world: World) -> None:
    writes = world.crm.writes
    result = upkeep.retract(world.policy, world.store, world.settings, run_id=None)
    plan = result.orgs[0].plan
    assert plan is not None
    assert dict(plan.counts) == {"withdraw": 3}
    assert {operation.account_name for operation in plan.operations} == {"Firma Acme", "Firma Beta", "Firma Gamma"}
    assert (world.crm.writes, result.orgs[0].apply) == (writes, None)


def test_taking_back_all_closes_every_open_task_with_a_note(world: World) -> None:
    result = upkeep.retract(world.policy, world.store, world.settings, run_id=None, apply=True)
    assert result.exit_code == 0
    tasks = world.crm.tasks()
    assert not any(task.open for task in tasks)
    assert all(task.body.endswith("Closed by kam-sync on 2026-03-02: it was taken back") for task in tasks)
    assert {link.state for link in world.books.links()} == {LinkState.WITHDRAWN}


def test_taking_back_one_run_leaves_the_others(world: World) -> None:
    world.crm.clear_plan("beta")
    second = world.run()
    assert second.plan is not None
    assert len(second.plan.operations) == 1
    made_by = {link.key for link in world.books.links() if link.topic == "plan"}
    with world.store.begin() as connection:
        (run_id,) = connection.exec_driver_sql("select run_id from task_links where topic = 'plan'").one()
    result = upkeep.retract(world.policy, world.store, world.settings, run_id=run_id, apply=True)
    assert result.orgs[0].plan is not None
    assert {operation.link.key for operation in result.orgs[0].plan.operations} == made_by
    assert sum(task.open for task in world.crm.tasks()) == 3


def test_an_update_by_a_later_run_does_not_make_it_that_runs_task(world: World) -> None:
    world.crm.clear_role("acme", Role.COLLABORATOR)
    world.clock.advance(days=1)
    world.run()
    with world.store.begin() as connection:
        runs = {row[0] for row in connection.exec_driver_sql("select run_id from task_links")}
    assert len(runs) == 1


def test_what_is_not_open_is_not_taken_back(world: World) -> None:
    world.crm.complete_task(task_of(world, "acme"))
    world.crm.delete_task(task_of(world, "beta"))
    result = upkeep.retract(world.policy, world.store, world.settings, run_id=None)
    assert result.orgs[0].plan is not None
    assert [operation.account_id for operation in result.orgs[0].plan.operations] == ["gamma"]


def test_what_people_wrote_stays_when_a_task_is_taken_back(world: World) -> None:
    task_id = task_of(world, "acme")
    world.crm.edit_task(task_id, body="My notes.", subject="Mine now")
    upkeep.retract(world.policy, world.store, world.settings, run_id=None, apply=True)
    (task,) = [task for task in world.crm.tasks() if task.id == task_id]
    assert task.subject == "Mine now"
    assert task.body == "My notes.\n\nClosed by kam-sync on 2026-03-02: it was taken back"


@pytest.mark.parametrize("subject", ["Mine now", "Re: Firma Acme: roles", ""])
def test_what_is_taken_back_is_told_by_the_accounts_name(world: World, subject: str) -> None:
    world.crm.edit_task(task_of(world, "acme"), subject=subject)
    result = upkeep.retract(world.policy, world.store, world.settings, run_id=None)
    assert result.orgs[0].plan is not None
    names = {operation.account_id: operation.account_name for operation in result.orgs[0].plan.operations}
    assert names["acme"] == "Firma Acme"


def test_a_run_that_never_was_takes_nothing_back(world: World) -> None:
    result = upkeep.retract(world.policy, world.store, world.settings, run_id="nothing")
    assert result.orgs[0].plan is not None
    assert result.orgs[0].plan.operations == ()


def test_peoples_own_tasks_are_never_taken_back(world: World) -> None:
    task_id = world.crm.add_activity("acme", kind=ActivityKind.TASK, on=world.crm.today, owner="bo", subject="Call")
    upkeep.retract(world.policy, world.store, world.settings, run_id=None, apply=True)
    assert [task.open for task in world.crm.tasks() if task.id == task_id] == [True]


def test_a_task_taken_back_opens_again_while_its_problem_stands(world: World) -> None:
    upkeep.retract(world.policy, world.store, world.settings, run_id=None, apply=True)
    world.run()
    assert all(task.open for task in world.crm.tasks())
    assert len(world.crm.tasks()) == 3


def test_a_task_taken_back_that_a_person_opens_no_longer_says_that_it_is_closed(world: World) -> None:
    task_id = task_of(world, "acme")
    upkeep.retract(world.policy, world.store, world.settings, run_id=None, apply=True)
    world.crm.reopen_task(task_id)
    world.run()
    (task,) = [task for task in world.crm.tasks() if task.id == task_id]
    assert task.open
    assert "Closed by kam-sync" not in task.body


# -- recovering -------------------------------------------------------------------------------------------------------


def test_after_a_lost_store_nothing_is_written_before_recovering(world: World) -> None:
    lose_the_store(world)
    assert world.run().exit_code == 6
    assert len(world.crm.tasks()) == 3


def test_recovering_adopts_open_tasks_and_writes_nothing(world: World) -> None:
    lose_the_store(world)
    writes = world.crm.writes
    assert recovered(world) == Recovery(adopted=3, left=())
    assert world.crm.writes == writes
    links = list(world.books.links())
    assert {link.state for link in links} == {LinkState.LIVE}
    assert {(link.account_id, link.topic) for link in links} == {(n, "roles") for n in ("acme", "beta", "gamma")}
    assert world.run().exit_code == 0
    assert (len(world.crm.tasks()), world.crm.writes) == (3, writes)


def test_recovering_twice_adopts_nothing_more(world: World) -> None:
    lose_the_store(world)
    recovered(world)
    assert recovered(world) == Recovery(adopted=0, left=())


def test_after_recovering_every_field_is_a_persons(world: World) -> None:
    lose_the_store(world)
    recovered(world)
    before = {task.id: task for task in world.crm.tasks()}
    world.crm.clear_role("acme", Role.COLLABORATOR)
    world.crm.set_owner("beta", "bo")
    world.run()
    assert {task.id: task for task in world.crm.tasks()} == before


def test_a_recovered_task_is_closed_when_all_is_solved(world: World) -> None:
    lose_the_store(world)
    recovered(world)
    world.crm.assign_role("acme", Role.INNOVATOR, "bo")
    world.run()
    assert sorted((task.account, task.open) for task in world.crm.tasks()) == [
        ("acme", False),
        ("beta", True),
        ("gamma", True),
    ]


def test_recovering_adopts_closed_and_deferred_tasks_as_such(world: World) -> None:
    world.crm.complete_task(task_of(world, "acme"))
    world.crm.defer_task(task_of(world, "beta"))
    lose_the_store(world)
    recovered(world)
    links = {link.account_id: link for link in world.books.links()}
    assert (links["acme"].state, links["acme"].closed_on) == (LinkState.CLOSED, world.crm.today)
    assert (links["beta"].state, links["beta"].dismissed_as) == (LinkState.DISMISSED, Seen.DEFERRED)
    assert links["gamma"].state is LinkState.LIVE


def test_of_several_episodes_the_last_is_current(world: World) -> None:
    world.crm.complete_task(task_of(world, "acme"))
    world.run()
    world.clock.advance(days=30)
    world.run()
    assert len(world.ours("acme", "roles")) == 2
    lose_the_store(world)
    assert recovered(world).adopted == 4
    assert [(link.episode, link.state) for link in world.books.of_account("acme")] == [
        (1, LinkState.ENDED),
        (2, LinkState.LIVE),
    ]


def test_keys_of_elsewhere_are_left_and_named(world: World) -> None:
    stranger = task_key("another-org", "acme", "roles", 1)
    next(iter(world.crm.task_rows.values())).key = stranger
    lose_the_store(world)
    assert recovered(world) == Recovery(adopted=2, left=(stranger,))
    assert world.run().exit_code == 6


def test_a_task_of_a_merged_account_is_adopted_under_the_one_that_is_left(world: World) -> None:
    world.crm.task_rows.pop(task_of(world, "acme"))
    lose_the_store(world)
    world.crm.merge_accounts(winner="acme", loser="beta")
    assert recovered(world) == Recovery(adopted=2, left=())
    assert {link.account_id for link in world.books.links()} == {"acme", "gamma"}
    world.run()
    assert sum(task.open for task in world.crm.tasks()) == 2


def test_of_the_tasks_of_merged_accounts_one_is_left_open(world: World) -> None:
    lose_the_store(world)
    world.crm.merge_accounts(winner="acme", loser="beta")
    recovered(world)
    world.run()
    assert sum(task.open for task in world.crm.tasks()) == 2


def test_recovering_with_an_older_copy_of_the_store_leaves_one_task(world: World) -> None:
    world.crm.assign_role("acme", Role.INNOVATOR, "bo")
    world.run()
    copy_of_the_store(world, to="copy")
    world.clock.advance(days=16)
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    assert len(world.crm.tasks(account="acme")) == 2
    copy_of_the_store(world, to="kam-sync.db", source="copy")
    recovered(world)
    world.run()
    assert sum(task.open for task in world.crm.tasks(account="acme")) == 1


def copy_of_the_store(world: World, *, to: str, source: str = "kam-sync.db") -> None:
    folder: Path = world.policy.folder
    world.store.close()
    for file in folder.glob(f"{to}*"):
        file.unlink()
    shutil.copy(folder / source, folder / to)
    world.store = Store.at(folder / "kam-sync.db")


def test_a_recovered_task_stays_open_while_its_rule_waits_again(world: World) -> None:
    text = POLICY.format(crm=world.crm.crm_name, caps="{}").replace(
        "  top_tiers: [A]", "  top_tiers: [A]\n  settings: {KAM101: {for_days: 7}}"
    )
    world.policy = parse_policy(text, path=world.policy.folder / "p.yaml", rules=load_rules(), environment={})
    lose_the_store(world)
    recovered(world)
    world.run()
    assert all(task.open for task in world.crm.tasks())


# -- unlocking --------------------------------------------------------------------------------------------------------


def test_unlocking_lets_the_next_run_go_on(world: World) -> None:
    Lease(world.store, uid(world), "main", "another", world.clock).acquire()
    assert world.run().exit_code == 5
    upkeep.end_lease(world.policy, world.store, "main")
    assert world.run().exit_code == 0


def test_unlocking_fences_whoever_held_it(world: World) -> None:
    lease = Lease(world.store, uid(world), "main", "another", world.clock)
    lease.acquire()
    upkeep.end_lease(world.policy, world.store, "main")
    with pytest.raises(LeaseHeldError):
        lease.beat()


def test_unlocking_an_unknown_org_is_a_configuration_error(world: World) -> None:
    with pytest.raises(ConfigError, match="there is no org 'mian' in the policy; there are: main"):
        upkeep.end_lease(world.policy, world.store, "mian")


def test_unlocking_an_org_that_was_never_looked_at_is_one_too(world_of: MakeWorld) -> None:
    fresh = world_of(healthy("acme"))
    with pytest.raises(ConfigError, match="main was never pulled, so that no run can hold it"):
        upkeep.end_lease(fresh.policy, fresh.store, "main")


def test_recovering_and_taking_back_need_the_lease(world: World) -> None:
    Lease(world.store, uid(world), "main", "another", world.clock).acquire()
    result, recoveries = upkeep.recover(world.policy, world.store, world.settings)
    assert (result.exit_code, recoveries) == (5, {})
    accepted = replace(world.settings, accept=frozenset())
    assert upkeep.retract(world.policy, world.store, accepted, run_id=None, apply=True).exit_code == 5
