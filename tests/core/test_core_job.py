"""One run over all orgs: what it exits with, what stops one org and not the others, and what it leaves behind."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select

from core.conftest import MakeWorld
from core.core_builders import scripted_rule
from core.core_pair import TWO, Pair, calls_of, raising
from kam_sync import job
from kam_sync.config import parse_policy
from kam_sync.errors import (
    AuthError,
    ConfigError,
    LeaseHeldError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RefusedError,
    TransientError,
)
from kam_sync.job import OrgResult, RunResult
from kam_sync.ports import Page, RejectedRecord, SetupFinding
from kam_sync.records import RecordKind, Role
from kam_sync.registry import load_rules
from kam_sync.store import schema
from kam_sync.store.leases import Lease
from support_memory import POLICY, healthy

# -- exit codes of one org --------------------------------------------------------------------------------------------


def test_a_run_without_findings_exits_with_0(world_of: MakeWorld) -> None:
    result = world_of(healthy("acme")).run()
    assert (result.exit_code, result.error) == (0, None)


def test_a_run_with_findings_exits_with_0(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    result = world.run()
    assert result.exit_code == 0
    assert result.apply is not None
    assert result.apply.written == 1


@pytest.mark.parametrize("kind", [RecordKind.OPPORTUNITY, RecordKind.ROLE, RecordKind.ACTIVITY])
def test_a_kind_that_fails_exits_with_4(world_of: MakeWorld, kind: RecordKind) -> None:
    world = world_of(healthy("acme"))
    world.crm.failing_pulls[kind] = PermissionDeniedError("the user may not read it")
    assert world.run().exit_code == 4


def test_a_rejected_record_exits_with_4(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    bad = RejectedRecord(kind=RecordKind.OPPORTUNITY, id="c", account_ids=("acme",), reason="name: expected a string")
    world.crm.rejected_pages[RecordKind.OPPORTUNITY] = Page(records=(), rejected=(bad,))
    assert world.run().exit_code == 4


def test_a_rejected_write_exits_with_4(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.crm.reject = lambda _write: "no"
    assert world.run().exit_code == 4


def test_a_rule_that_raises_exits_with_4(world_of: MakeWorld) -> None:
    def broken(*_given: object) -> tuple[()]:
        raise RuntimeError

    rules = (*load_rules(), scripted_rule("TST101", broken))
    world = world_of(healthy("acme"))
    text = POLICY.format(crm=world.crm.crm_name, caps="{}").replace("[KAM101,", "[TST101, KAM101,")
    world.policy = parse_policy(text, path=world.policy.folder / "p.yaml", rules=rules, environment={})
    assert world.run().exit_code == 4


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthError("expired"), 7),
        (PermissionDeniedError("forbidden"), 7),
        (QuotaExhaustedError("used up"), 1),
        (TransientError("lost"), 1),
        (ConfigError("wrong"), 2),
    ],
)
@pytest.mark.parametrize("at", ["describe", "pull account"])
def test_an_error_that_ends_the_org_has_its_own_code(world_of: MakeWorld, error: Exception, code: int, at: str) -> None:
    world = world_of(healthy("acme"))
    world.crm.on_call = raising(error, at)
    result = world.run()
    assert (result.exit_code, result.error) == (code, error)


def test_a_held_lease_exits_with_5_and_touches_nothing(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.run()
    Lease(world.store, f"memory-{world.crm.crm_name}", "main", "another", world.clock).acquire()
    calls = calls_of(world.crm)
    result = world.run()
    assert (result.exit_code, calls) == (5, ["describe"])


def test_a_refusal_exits_with_6_and_writes_nothing(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.crm.setup = (SetupFinding(subject="tasks.key", problem="no key", fix="make one", blocks_apply=True),)
    result = world.run()
    assert result.exit_code == 6
    assert str(result.error) == "nothing was written into main: no key; make one"
    assert world.crm.writes == 0


def test_a_bug_is_no_result_but_leaves_the_lease(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.on_call = raising(ZeroDivisionError(), "pull opportunity")
    with pytest.raises(ZeroDivisionError):
        world.run()
    world.crm.on_call = lambda _name: None
    assert world.run().exit_code == 0


def test_a_database_that_fails_in_the_middle_ends_its_org_and_not_the_run(pair: Pair) -> None:
    def fail(name: str) -> None:
        if name == "pull role":
            with pair.world.store.begin() as connection:
                connection.exec_driver_sql("alter table mirror_links rename to away")

    def mend(name: str) -> None:
        if name == "describe":
            with pair.world.store.begin() as connection:
                connection.exec_driver_sql("alter table away rename to mirror_links")

    pair.one.on_call, pair.two.on_call = fail, mend
    result = pair.run()
    assert [org.exit_code for org in result.orgs] == [1, 0]
    assert "the state database failed" in str(result.orgs[0].error)


# -- several orgs -----------------------------------------------------------------------------------------------------


def test_two_orgs_that_are_well_exit_with_0(pair: Pair) -> None:
    assert pair.run().exit_code == 0


def test_one_org_without_credentials_does_not_stop_the_other(pair: Pair) -> None:
    pair.one.on_call = raising(AuthError("expired"), "describe")
    pair.two.clear_role("beta", Role.INNOVATOR)
    result = pair.run()
    assert [org.exit_code for org in result.orgs] == [7, 0]
    assert result.exit_code == 4
    assert len(pair.two.tasks()) == 1


def test_two_orgs_without_credentials_exit_with_7(pair: Pair) -> None:
    for crm in (pair.one, pair.two):
        crm.on_call = raising(AuthError("expired"), "describe")
    assert pair.run().exit_code == 7


def test_only_the_chosen_orgs_are_worked_on(pair: Pair) -> None:
    calls = calls_of(pair.one)
    result = pair.run(orgs=("two",))
    assert ([org.org for org in result.orgs], calls) == (["two"], [])


def test_an_unknown_org_is_named_with_those_there_are(pair: Pair) -> None:
    with pytest.raises(ConfigError, match="there is no org 'three' in the policy; there are: one, two"):
        pair.run(orgs=("three",))


def org_result(error: Exception | None = None) -> OrgResult:
    assert error is None or isinstance(error, (ConfigError, AuthError, RefusedError, LeaseHeldError))
    return OrgResult(org="one", error=error)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ((None,), 0),
        ((None, None), 0),
        ((AuthError("x"), AuthError("y")), 7),
        ((AuthError("x"), None), 4),
        ((RefusedError("x"), None), 4),
        ((RefusedError("x"),), 6),
        ((LeaseHeldError("x"), LeaseHeldError("y")), 5),
        ((LeaseHeldError("x"), AuthError("y")), 4),
        ((ConfigError("x"),), 2),
    ],
)
def test_orgs_share_a_code_or_are_partial(errors: tuple[Exception | None, ...], code: int) -> None:
    result = RunResult(run_id="r", applied=True, orgs=tuple(org_result(error) for error in errors))
    assert result.exit_code == code


def test_two_sections_that_lead_to_one_org_are_refused(pair: Pair) -> None:
    text = TWO.format(one=pair.one.crm_name, two=pair.one.crm_name)
    pair.policy = parse_policy(text, path=pair.policy.folder / "p.yaml", rules=load_rules(), environment={})
    result = pair.run()
    assert isinstance(result.orgs[1].error, ConfigError)


def test_an_org_that_is_named_twice_is_worked_on_once(pair: Pair) -> None:
    assert [org.org for org in pair.run(orgs=("one", "two", "one")).orgs] == ["one", "two"]


# -- dry runs and what a run leaves behind ----------------------------------------------------------------------------


def test_a_run_is_dry_unless_it_is_told_otherwise(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.clear_role("acme", Role.INNOVATOR)
    calls = calls_of(world.crm)
    result = job.run(world.policy, world.store, world.settings)
    assert result.plan is not None
    assert (result.applied, len(result.plan.orgs[0].operations)) == (False, 1)
    assert result.orgs[0].apply is None
    assert not {"write tasks", "find tasks"} & set(calls)


def test_a_run_is_recorded_with_its_counts(pair: Pair) -> None:
    pair.one.clear_role("acme", Role.INNOVATOR)
    result = pair.run()
    with pair.world.store.begin() as connection:
        rows = {row.org: row for row in connection.execute(select(schema.runs))}
    assert {row.id for row in rows.values()} == {result.run_id}
    kept = json.loads(rows["one"].summary)
    assert (kept["exit_code"], kept["accounts"], kept["findings"], kept["written"]) == (0, 2, 1, 1)
    assert kept["operations"] == {"create": 1}
    assert kept["rows"]["account"] == 2
    assert kept["api_calls"] == result.orgs[0].usage.requests if result.orgs[0].usage else False


def test_an_error_is_recorded_in_words(world_of: MakeWorld) -> None:
    world = world_of(healthy("acme"))
    world.crm.on_call = raising(QuotaExhaustedError("used up"), "pull opportunity")
    world.run()
    with world.store.begin() as connection:
        (row,) = connection.execute(select(schema.runs))
    kept = json.loads(row.summary)
    assert (kept["error"], kept["exit_code"], kept["findings"]) == ("used up", 1, None)


def test_today_is_the_date_in_the_orgs_zone(world_of: MakeWorld) -> None:
    text = POLICY.replace("connector: memory", "connector: memory\n    timezone: Pacific/Kiritimati")
    world = world_of(healthy("acme"), policy=text)
    world.clock.advance(hours=3)
    world.crm.clear_role("acme", Role.INNOVATOR)
    world.run()
    (task,) = world.crm.tasks()
    assert world.clock.now().date() == dt.date(2026, 3, 2)
    assert task.due_on == dt.date(2026, 3, 6)
