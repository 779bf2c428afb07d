"""Answering "why" and "what stands in the way", from the store and from a look at the org."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.conftest import MakeWorld
from core.core_builders import (
    AMAL,
    DAY,
    TODAY,
    UID,
    USERS,
    by_id,
    gone,
    holds,
    snapshot,
)
from kam_sync import diagnosing, explaining, job
from kam_sync.diagnosing import Readiness
from kam_sync.engine import FindingState
from kam_sync.errors import AuthError, ConfigError
from kam_sync.ports import SetupFinding
from kam_sync.records import Account, AccountSnapshot, Activity, ActivityKind, ActivityStatus, Role, RoleAssignment
from kam_sync.registry import load_rules
from kam_sync.roles import ACTIVE_DAYS, RoleCoverage, RoleLevel, coverage
from support_memory import World, healthy


@pytest.fixture
def world(world_of: MakeWorld) -> World:
    """Two accounts, one without an innovator, after a run."""
    made = world_of(healthy("acme"), healthy("beta"))
    made.crm.clear_role("acme", Role.INNOVATOR)
    made.run()
    return made


# -- why --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["acme", "Firma Acme", "firma acme", "FIRMA AC"])
def test_an_account_is_found_by_id_or_part_of_its_name(world: World, name: str) -> None:
    (found,) = explaining.why(world.policy, world.store, world.settings, name)
    assert (found.org, found.snapshot.account.id) == ("main", "acme")
    assert [finding.key for finding in found.judgement.outcome.findings] == ["innovator"]
    assert [link.topic for link in found.links] == ["roles"]
    assert {covered.role: covered.level for covered in found.coverage}[Role.INNOVATOR] is RoleLevel.ABSENT


def test_a_name_of_several_finds_them_all(world: World) -> None:
    found = explaining.why(world.policy, world.store, world.settings, "firma")
    assert [why.snapshot.account.id for why in found] == ["acme", "anchor", "beta"]


def test_every_episode_is_told(world: World) -> None:
    world.crm.complete_task(world.ours("acme", "roles")[0].id)
    world.run()
    world.clock.advance(days=30)
    world.run()
    (found,) = explaining.why(world.policy, world.store, world.settings, "acme")
    assert [link.episode for link in found.links] == [1, 2]


def test_explaining_calls_no_crm(world: World) -> None:
    calls: list[str] = []
    world.crm.on_call = calls.append
    explaining.why(world.policy, world.store, world.settings, "acme")
    list(explaining.findings(world.policy, world.store, world.settings))
    assert calls == []


def test_an_account_that_nobody_knows_is_a_configuration_error(world: World) -> None:
    with pytest.raises(ConfigError, match="no account in scope is called 'zeta' as of the last check"):
        explaining.why(world.policy, world.store, world.settings, "zeta")


def test_before_the_first_check_there_is_nothing_to_explain(world_of: MakeWorld) -> None:
    fresh = world_of(healthy("acme"))
    with pytest.raises(ConfigError, match="run `kam-sync check`"):
        explaining.why(fresh.policy, fresh.store, fresh.settings, "acme")


def test_an_account_that_went_since_the_check_is_a_configuration_error(world: World) -> None:
    world.crm.delete_account("acme")
    job.pull(world.policy, world.store, world.settings)
    with pytest.raises(ConfigError):
        explaining.why(world.policy, world.store, world.settings, "acme")


def test_what_the_rules_take_for_unknown_is_shown_as_unknown(world: World) -> None:
    for account in ("acme", "beta", "anchor"):
        world.crm.clear_role(account, Role.COLLABORATOR)
    world.run()
    (found,) = explaining.why(world.policy, world.store, world.settings, "beta")
    assert {covered.role: covered.level for covered in found.coverage}[Role.COLLABORATOR] is None


# -- findings ---------------------------------------------------------------------------------------------------------


def test_findings_come_with_their_account_and_first_day(world: World) -> None:
    world.clock.advance(days=3)
    world.run()
    (found,) = explaining.findings(world.policy, world.store, world.settings)
    assert (found.org, found.account_id, found.account_name) == ("main", "acme", "Firma Acme")
    assert (found.finding.code, found.finding.key, found.finding.state) == ("KAM101", "innovator", FindingState.ACTIVE)
    assert found.since == dt.date(2026, 3, 2)


def test_an_org_that_was_never_checked_has_no_findings(world_of: MakeWorld) -> None:
    fresh = world_of(healthy("acme"))
    assert list(explaining.findings(fresh.policy, fresh.store, fresh.settings)) == []


# -- doctor -----------------------------------------------------------------------------------------------------------


def test_a_healthy_org_is_ready_for_every_rule(world: World) -> None:
    (found,) = diagnosing.doctor(world.policy, world.store, world.settings)
    assert (found.org, found.error, found.exit_code) == ("main", None, 0)
    assert [rule.code for rule in found.rules if rule.selected] == ["KAM101", "KAM201", "KAM203"]
    assert {rule.code for rule in found.rules} == {rule.code for rule in load_rules()}
    assert {rule.state for rule in found.rules if rule.selected} <= {Readiness.READY, Readiness.PARTLY}
    assert all(rule.missing == () for rule in found.rules if rule.selected)
    assert found.usage is not None
    assert found.usage.requests == 1


def test_what_stands_in_the_way_of_a_rule_is_told_with_its_reason(world: World) -> None:
    world.crm.unknown = {"roles": "not mapped", "contacts": "forbidden"}
    world.crm.setup = (SetupFinding(subject="roles", problem="no role is mapped", fix="map one"),)
    (found,) = diagnosing.doctor(world.policy, world.store, world.settings)
    chosen = {rule.code: rule for rule in found.rules if rule.selected}
    assert {code: rule.missing for code, rule in chosen.items()} == {
        "KAM101": (("roles", "not mapped"),),
        "KAM201": (),
        "KAM203": (),
    }
    assert chosen["KAM101"].state is Readiness.UNKNOWN
    assert found.description is not None
    assert [finding.subject for finding in found.description.setup] == ["roles"]


def test_an_org_that_cannot_be_reached_is_told_and_the_next_one_looked_at(world: World) -> None:
    def expired(_name: str) -> None:
        raise AuthError("the token has expired")

    world.crm.on_call = expired
    (found,) = diagnosing.doctor(world.policy, world.store, world.settings)
    assert (found.description, found.rules, found.exit_code) == (None, (), 7)
    assert str(found.error) == "the token has expired"


def test_doctor_takes_no_lease_and_pulls_nothing(world: World) -> None:
    calls: list[str] = []
    world.crm.on_call = calls.append
    diagnosing.doctor(world.policy, world.store, world.settings)
    assert calls == ["describe"]


def test_an_unknown_org_is_a_configuration_error(world: World) -> None:
    with pytest.raises(ConfigError, match="there is no org 'mian'"):
        diagnosing.doctor(world.policy, world.store, replace(world.settings, orgs=("mian",)))


# -- how the roles are covered ----------------------------------------------------------------------------------------


def covered(given: AccountSnapshot, role: Role = Role.INNOVATOR) -> RoleCoverage:
    (found,) = [found for found in coverage(given, TODAY) if found.role is role]
    return found


def active(days: int, *, status: ActivityStatus = ActivityStatus.DONE, owner: str = "amal") -> Activity:
    return Activity(
        id="m1",
        account_ids=("acme",),
        kind=ActivityKind.MEETING,
        status=status,
        on=TODAY - days * DAY,
        owner_id=owner,
    )


def with_activity(activity: Activity | None, *, unknown: tuple[str, ...] = ()) -> AccountSnapshot:
    return AccountSnapshot(
        org_uid=UID,
        account=Account(id="acme", name="Acme"),
        users=by_id(*USERS),
        unknown=frozenset(unknown),
        known_roles=(holds(Role.INNOVATOR, "amal"),),
        known_activities=(activity,) if activity else (),
    )


def test_all_six_roles_are_told() -> None:
    assert [found.role for found in coverage(snapshot(), TODAY)] == list(Role)


def test_a_role_that_nobody_holds_is_absent() -> None:
    assert covered(snapshot()) == RoleCoverage(role=Role.INNOVATOR, level=RoleLevel.ABSENT, holders=())


def test_a_deactivated_user_holds_nothing() -> None:
    given = snapshot(users=[gone(AMAL)], roles=(holds(Role.INNOVATOR, "amal"),))
    assert covered(given).level is RoleLevel.ABSENT


@pytest.mark.parametrize("unknown", ["roles", "roles.innovator"])
def test_a_role_that_cannot_be_known_has_no_level(unknown: str) -> None:
    assert covered(snapshot(unknown=[unknown])).level is None
    assert covered(snapshot(unknown=["roles.collaborator"])).level is RoleLevel.ABSENT


def test_a_role_held_by_an_unknown_user_has_no_level() -> None:
    assert covered(snapshot(users=[], roles=(holds(Role.INNOVATOR, "amal"),))).level is None


@pytest.mark.parametrize(
    ("activity", "level"),
    [
        (None, RoleLevel.NAMED),
        (active(0), RoleLevel.ACTIVE),
        (active(ACTIVE_DAYS), RoleLevel.ACTIVE),
        (active(ACTIVE_DAYS + 1), RoleLevel.NAMED),
        (active(-1), RoleLevel.NAMED),
        (active(5, owner="bo"), RoleLevel.NAMED),
        (active(5, status=ActivityStatus.CANCELED), RoleLevel.NAMED),
    ],
)
def test_a_holder_with_activity_plays_the_role(activity: Activity | None, level: RoleLevel) -> None:
    found = covered(with_activity(activity))
    assert (found.level, found.holders) == (level, ("Amal Haddad",))


def test_without_knowing_activities_a_holder_is_named() -> None:
    assert covered(with_activity(active(5), unknown=("activities",))).level is RoleLevel.NAMED


def test_somebody_outside_the_crm_is_named() -> None:
    outside = RoleAssignment(id="r", account_id="acme", role=Role.INNOVATOR, holder_name="Zoë Ōta", source="file")
    found = covered(snapshot(roles=(outside,)))
    assert (found.level, found.holders) == (RoleLevel.NAMED, ("Zoë Ōta",))


def test_several_holders_are_named_once_each_in_order() -> None:
    roles = (holds(Role.INNOVATOR, "bo"), holds(Role.INNOVATOR, "amal"), replace(holds(Role.INNOVATOR, "bo"), id="x"))
    assert covered(snapshot(roles=roles)).holders == ("Amal Haddad", "Bo Lindqvist")


def test_what_waits_behind_a_cap_is_told(world_of: MakeWorld) -> None:
    capped = world_of(healthy("acme"), caps="{live_per_account: 1}")
    capped.crm.clear_role("acme", Role.INNOVATOR)
    capped.crm.clear_plan("acme")
    capped.run()
    (found,) = explaining.why(capped.policy, capped.store, capped.settings, "acme")
    assert len(found.links) == 1
    assert [(each.account_id, each.topic) for each in found.queued] == [
        ("acme", "roles" if found.links[0].topic == "plan" else "plan")
    ]
    capped.crm.set_plan("acme", next_review_on=capped.clock.now().date() + 40 * DAY)
    capped.crm.assign_role("acme", Role.INNOVATOR, "bo")
    capped.run()
    (found,) = explaining.why(capped.policy, capped.store, capped.settings, "acme")
    assert found.queued == ()
