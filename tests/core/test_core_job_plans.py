"""Refusals and who accepts them, plans that are applied later, and pulling and checking apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.conftest import MakeWorld
from core.core_pair import Pair, calls_of
from kam_sync import job
from kam_sync.config import parse_policy
from kam_sync.errors import (
    ConfigError,
    LeaseHeldError,
    RefusedError,
)
from kam_sync.job import RunResult
from kam_sync.records import Role
from kam_sync.registry import load_rules
from kam_sync.session import JobSettings
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.leases import Lease
from support_memory import POLICY, World, healthy

# -- fallback and acceptance ------------------------------------------------------------------------------------------


def with_fallback(world: World, written: str) -> World:
    text = POLICY.format(crm=world.crm.crm_name, caps="{}").replace("ines@vendor.example", written)
    world.policy = parse_policy(text, path=world.policy.folder / "p.yaml", rules=load_rules(), environment={})
    return world


@pytest.mark.parametrize("written", ["ines", "INES", "Ines@Vendor.example"])
def test_the_fallback_is_named_by_id_or_address(world_of: MakeWorld, written: str) -> None:
    world = with_fallback(world_of(healthy("acme", owner="bo")), written)
    world.crm.users["bo"] = replace(world.crm.users["bo"], active=False, assignable=False, manager_id=None)
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    assert {task.owner for task in world.crm.tasks()} == {"ines"}


def test_a_fallback_who_is_no_active_user_is_a_configuration_error(world_of: MakeWorld) -> None:
    world = with_fallback(world_of(healthy("acme")), "zoe@vendor.example")
    result = world.run()
    assert result.exit_code == 2
    assert str(result.error) == "tasks.fallback_assignee is no active user of main; name another"
    assert "zoe" not in str(result.error)


def test_without_a_fallback_one_may_look_but_not_write(world_of: MakeWorld) -> None:
    world = with_fallback(world_of(healthy("acme")), "null")
    assert world.run(apply=False).exit_code == 0
    result = world.run()
    assert result.exit_code == 6
    assert "--accept" not in str(result.error)


def test_an_empty_fallback_is_not_somebody(world_of: MakeWorld) -> None:
    world = with_fallback(world_of(healthy("acme")), "''")
    world.crm.users["bo"] = replace(world.crm.users["bo"], email=None)
    assert world.run().exit_code in {2, 6}


def test_only_what_the_breaker_knows_can_be_accepted() -> None:
    with pytest.raises(ConfigError, match="'fallback-assignee' cannot be accepted; there are: closings, creates, "):
        JobSettings(accept=frozenset({"fallback-assignee", "rows"}))


def test_a_refusal_says_how_to_accept_it(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"), policy=POLICY.replace("max_creates: 1000", "max_creates: 0"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    refused = world.run()
    assert str(refused.error).endswith("(to go on all the same, repeat with --accept creates)")
    assert world.run(accept=frozenset({"creates"})).exit_code == 0
    assert len(world.crm.tasks()) == 1


def test_lost_rows_are_refused_until_they_are_accepted(world_of: MakeWorld) -> None:
    names = [f"a{number:02d}" for number in range(30)]
    world = world_of(*(healthy(name) for name in names), policy=POLICY.replace("max_row_drop: 1", "max_row_drop: 0.2"))
    world.run()
    for name in names[:10]:
        world.crm.delete_account(name)
    for _ in range(2):
        assert "account records where the last good run saw 31" in str(world.run().error)
    assert world.run(accept=frozenset({"rows"})).exit_code == 0
    assert world.run().exit_code == 0


def test_a_field_that_emptied_over_night_is_unknown_until_it_is_accepted(world_of: MakeWorld) -> None:
    names = [f"a{number:02d}" for number in range(30)]
    world = world_of(*(healthy(name) for name in names))
    world.run()
    for name in names[:20]:
        world.crm.clear_role(name, Role.INNOVATOR)
    for _ in range(2):
        result = world.run()
        assert result.check is not None
        assert "roles.innovator" in {found.subject for found in result.check.setup}
        assert world.crm.writes == 0
    accepted = world.run(accept=frozenset({"null-jump"}))
    assert accepted.apply is not None
    assert accepted.apply.written == 20
    after = world.run()
    assert after.check is not None
    assert "roles.innovator" not in {found.subject for found in after.check.setup}


def test_tasks_of_another_installation_are_refused(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    (task,) = world.crm.task_rows.values()
    task.key = "k1" + "0" * 24 + "-1"
    result = world.run()
    assert result.exit_code == 6
    assert "`kam-sync state recover` takes them over" in str(result.error)


# -- plan now, apply later --------------------------------------------------------------------------------------------


def planned(world: World) -> RunResult:
    world.crm.clear_role("acme", Role.INNOVATOR)
    return job.plan(world.policy, world.store, world.settings)


def apply_plan(world: World, made: RunResult, settings: JobSettings | None = None) -> RunResult:
    assert made.plan is not None
    return job.apply_plan(world.policy, world.store, settings or world.settings, made.plan)


def test_a_plan_is_applied_as_it_was_made(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    made = planned(world)
    assert world.crm.writes == 0
    world.crm.clear_role("acme", Role.COLLABORATOR)
    result = apply_plan(world, made)
    assert (result.exit_code, result.applied) == (0, True)
    (task,) = world.crm.tasks()
    assert "innovator" in task.body
    assert "collaborator" not in task.body


@pytest.mark.parametrize(("hours", "seconds", "refused"), [(23, 3599, False), (24, 0, True), (30, 0, True)])
def test_a_plan_is_good_for_a_day(world_of: MakeWorld, hours: int, seconds: float, refused: bool) -> None:
    world = world_of(healthy("acme"))
    made = planned(world)
    world.clock.advance(hours=hours, seconds=seconds)
    if refused:
        with pytest.raises(RefusedError, match="the plan expired on 2026-03-03 at 09:00 UTC"):
            apply_plan(world, made)
    else:
        assert apply_plan(world, made).exit_code == 0


def test_a_plan_of_another_policy_is_refused(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    made = planned(world)
    world.policy = replace(world.policy, digest="another")
    with pytest.raises(RefusedError, match="the policy file was changed since the plan was made"):
        apply_plan(world, made)


def test_a_plan_of_another_org_is_refused(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    made = planned(world)
    assert made.plan is not None
    elsewhere = replace(made.plan.orgs[0], org_uid="memory-elsewhere")
    result = apply_plan(world, replace(made, plan=replace(made.plan, orgs=(elsewhere,))))
    assert result.exit_code == 6
    assert "the plan was made for another org than main is now" in str(result.orgs[0].error)


def test_a_refused_plan_is_applied_only_when_it_is_accepted(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"), policy=POLICY.replace("max_creates: 1000", "max_creates: 0"))
    made = planned(world)
    assert apply_plan(world, made).exit_code == 6
    accepting = replace(world.settings, accept=frozenset({"creates"}))
    assert apply_plan(world, made, accepting).exit_code == 0
    assert len(world.crm.tasks()) == 1


def test_a_plan_is_applied_to_the_chosen_orgs_only(pair: Pair) -> None:
    pair.one.clear_role("acme", Role.INNOVATOR)
    pair.two.clear_role("beta", Role.INNOVATOR)
    made = job.plan(pair.policy, pair.world.store, pair.world.settings)
    assert made.plan is not None
    settings = replace(pair.world.settings, orgs=("two",))
    job.apply_plan(pair.policy, pair.world.store, settings, made.plan)
    assert (len(pair.one.tasks()), len(pair.two.tasks())) == (0, 1)


def test_a_plan_that_holds_nothing_for_the_chosen_org_writes_nowhere(pair: Pair) -> None:
    pair.one.clear_role("acme", Role.INNOVATOR)
    made = job.plan(pair.policy, pair.world.store, replace(pair.world.settings, orgs=("one",)))
    assert made.plan is not None
    settings = replace(pair.world.settings, orgs=("two",))
    with pytest.raises(ConfigError, match="the plan holds nothing for two"):
        job.apply_plan(pair.policy, pair.world.store, settings, made.plan)
    assert pair.one.tasks() == []


def test_a_task_in_flight_is_not_foreign(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)

    class CutOffError(BaseException):
        """The process is gone."""

    def cut() -> None:
        world.crm.after_write = lambda: None
        raise CutOffError

    world.crm.after_write = cut
    with pytest.raises(CutOffError):
        world.run()
    made = job.plan(world.policy, world.store, world.settings)
    assert made.plan is not None
    assert made.plan.orgs[0].refusals == ()


# -- pull and check apart ---------------------------------------------------------------------------------------------


def test_a_check_judges_the_last_pull_without_a_call(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    assert job.pull(world.policy, world.store, world.settings).exit_code == 0
    calls = calls_of(world.crm)
    result = job.check(world.policy, world.store, world.settings)
    assert calls == []
    assert result.orgs[0].check is not None
    assert dict(result.orgs[0].check.findings) == {("KAM101", "high"): 1}


def test_what_was_never_pulled_cannot_be_checked(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    with pytest.raises(ConfigError, match="main was never pulled; run `kam-sync pull` first"):
        job.check(world.policy, world.store, world.settings)


def test_a_check_beside_a_run_touches_no_judgement(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.run()
    uid = f"memory-{world.crm.crm_name}"
    Lease(world.store, uid, "main", "another", world.clock).acquire()
    seen: list[int] = []

    def look(_org: str, _stage: str, _done: int, _total: int | None) -> None:
        seen.append(1)

    result = job.check(world.policy, world.store, replace(world.settings, progress=look))
    assert (result.exit_code, seen) == (5, [])
    assert isinstance(result.orgs[0].error, LeaseHeldError)
    assert [said.account_id for said in StoredJudgements(world.store, uid).all()] == ["acme", "anchor"]


def test_a_check_gives_its_lease_back(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.run()
    for _ in range(2):
        assert job.check(world.policy, world.store, world.settings).exit_code == 0
