"""Checking the mirror: who gets the tasks, what is worth one, what is counted, what is unknown by its emptiness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.core_builders import (
    AMAL,
    BO,
    DAY,
    INES,
    TODAY,
    UID,
    configured,
    finding,
    gone,
    holds,
    problem,
    scripted_rule,
)
from core.core_mirror import FilledMirror, account, checking
from kam_sync.checking import CHUNK, CheckInput, check_org
from kam_sync.engine import ConfiguredRule, Suppression
from kam_sync.judgements import Assignee, Judgement
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.probes import Guarded, Probe
from kam_sync.records import Account, RecordKind, Role, RoleAssignment, User
from kam_sync.rules_api import RuleContext
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.judging import StoredJudgements

ZOE = User(id="zoe", name="Zoë Ōta")


def test_no_role_anywhere_is_one_finding_for_the_administrator(store: Store) -> None:
    filled = FilledMirror(store)
    filled.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))
    probes = {"roles": Probe(field="roles", rows=2, filled=0)}
    result = checking(store, configured(scripted_rule("TST101", [problem()], needs=("roles",))), probes=probes)
    assert [(found.code, found.subject) for found in result.setup] == [("KAM108", "roles")]
    assert (result.findings, result.unknown) == ({}, {"TST101": 2})


def judgement(store: Store, account_id: str = "acme") -> Judgement:
    found = StoredJudgements(store, UID).of(account_id)
    assert found is not None
    return found


@pytest.fixture
def mirror(store: Store) -> FilledMirror:
    filled = FilledMirror(store)
    filled.pull(RecordKind.USER, AMAL, BO, INES, ZOE)
    filled.pull(RecordKind.ACCOUNT, account("acme"))
    return filled


# -- who gets the tasks -----------------------------------------------------------------------------------------------


def assignees(
    mirror: FilledMirror,
    *users: User,
    owner: str | None = "amal",
    roles: tuple[RoleAssignment, ...] = (),
    unknown: Mapping[str, str] | None = None,
    fallback: str | None = "zoe",
) -> tuple[Assignee, Assignee]:
    """Who gets the tasks about roles, and all others."""
    mirror.pull(RecordKind.USER, *users)
    mirror.pull(RecordKind.ACCOUNT, Account(id="acme", name="Acme", owner_id=owner))
    mirror.pull(RecordKind.ROLE, *roles)
    description = OrgDescription(org_uid=UID, name="One", unknown=unknown or {})
    checking(mirror.store, description=description, fallback=fallback)
    said = judgement(mirror.store)
    assert said.assignee("roles") == said.owner
    assert said.assignee("next-steps") == said.assignee("plan") == said.assignee("own") == said.project_manager
    return said.owner, said.project_manager


def to(user_id: str | None, *, certain: bool = True) -> Assignee:
    return Assignee(user_id=user_id, certain=certain)


MANAGES = holds(Role.PROJECT_MANAGER, "bo")


def test_without_a_project_manager_all_goes_to_the_owner(mirror: FilledMirror) -> None:
    assert assignees(mirror, AMAL, BO, INES, ZOE) == (to("amal"), to("amal"))


def test_what_is_not_about_roles_goes_to_the_project_manager(mirror: FilledMirror) -> None:
    assert assignees(mirror, AMAL, BO, INES, ZOE, roles=(MANAGES,)) == (to("amal"), to("bo"))


def test_of_two_project_managers_it_is_always_the_same_one(mirror: FilledMirror) -> None:
    roles = (MANAGES, holds(Role.PROJECT_MANAGER, "ines"))
    found = {assignees(mirror, AMAL, BO, INES, ZOE, roles=given)[1].user_id for given in (roles, roles[::-1])}
    assert found == {"bo"}


def test_an_inactive_project_manager_gives_way_to_a_colleague_then_to_the_owner(mirror: FilledMirror) -> None:
    both = (MANAGES, holds(Role.PROJECT_MANAGER, "ines"))
    assert assignees(mirror, AMAL, gone(BO), INES, ZOE, roles=both)[1] == to("ines")
    assert assignees(mirror, AMAL, gone(BO), INES, ZOE, roles=(MANAGES,))[1] == to("amal")


def test_an_inactive_owner_gives_way_to_the_manager(mirror: FilledMirror) -> None:
    assert assignees(mirror, gone(AMAL), BO, INES, ZOE) == (to("ines"), to("ines"))


def test_an_active_user_who_takes_no_tasks_gives_way_too(mirror: FilledMirror) -> None:
    robot = replace(AMAL, assignable=False)
    assert assignees(mirror, robot, BO, INES, ZOE)[0] == to("ines")


def test_the_chain_of_managers_is_climbed(mirror: FilledMirror) -> None:
    above = replace(gone(INES), manager_id="zoe")
    assert assignees(mirror, gone(AMAL), above, ZOE, fallback="bo")[0] == to("zoe")


def test_the_manager_of_the_project_manager_comes_before_the_fallback(mirror: FilledMirror) -> None:
    orphan = replace(gone(AMAL), manager_id=None)
    assert assignees(mirror, orphan, gone(BO), INES, ZOE, roles=(MANAGES,)) == (to("zoe"), to("ines"))


@pytest.mark.parametrize("fallback", ["zoe", None])
def test_at_the_end_there_is_the_fallback(mirror: FilledMirror, fallback: str | None) -> None:
    assert assignees(mirror, gone(AMAL), gone(INES), ZOE, fallback=fallback)[0] == to(fallback)
    assert assignees(mirror, AMAL, ZOE, owner=None, fallback=fallback)[0] == to(fallback)


def test_a_cycle_of_managers_comes_to_an_end(mirror: FilledMirror) -> None:
    users = (replace(gone(AMAL), manager_id="ines"), replace(gone(INES), manager_id="amal"), ZOE)
    assert assignees(mirror, *users)[0] == to("zoe")


def test_with_roles_unknown_the_choice_of_a_project_manager_is_not_certain(mirror: FilledMirror) -> None:
    for name in ("roles", "roles.project_manager"):
        found = assignees(mirror, AMAL, BO, INES, ZOE, roles=(MANAGES,), unknown={name: "not readable"})
        assert found == (to("amal"), to("amal", certain=False))


def test_with_another_role_unknown_it_is_certain(mirror: FilledMirror) -> None:
    found = assignees(mirror, AMAL, BO, INES, ZOE, roles=(MANAGES,), unknown={"roles.innovator": "not mapped"})
    assert found == (to("amal"), to("bo"))


def test_with_the_owner_unknown_only_a_project_manager_is_certain(mirror: FilledMirror) -> None:
    unknown = {"account.owner_id": "not readable"}
    assert assignees(mirror, AMAL, BO, INES, ZOE, unknown=unknown) == (
        to("amal", certain=False),
        to("amal", certain=False),
    )
    assert assignees(mirror, AMAL, BO, INES, ZOE, roles=(MANAGES,), unknown=unknown)[1] == to("bo")


def test_with_the_owner_unknown_a_project_manager_who_left_makes_nothing_certain(mirror: FilledMirror) -> None:
    found = assignees(
        mirror, AMAL, gone(BO), INES, ZOE, owner=None, roles=(MANAGES,), unknown={"account.owner_id": "not readable"}
    )
    assert not found[1].certain


def test_an_owner_who_is_not_among_the_users_makes_the_choice_uncertain(mirror: FilledMirror) -> None:
    assert not assignees(mirror, BO, INES, ZOE, owner="amal")[0].certain


# -- what is worth a task ---------------------------------------------------------------------------------------------

FAILING = scripted_rule(answer=[problem("innovator")])
FINGERPRINT = finding("innovator").fingerprint


@pytest.mark.parametrize(("least", "worthy"), [(Severity.LOW, True), (Severity.MEDIUM, True), (Severity.HIGH, False)])
def test_only_what_is_severe_enough_is_worth_a_task(mirror: FilledMirror, least: Severity, worthy: bool) -> None:
    checking(mirror.store, configured(FAILING), min_severity=least)
    assert (FINGERPRINT in judgement(mirror.store).worthy) is worthy


@pytest.mark.parametrize(("offset", "worthy"), [(0, False), (2, False), (3, True), (40, True)])
def test_only_what_has_failed_long_enough_is_worth_a_task(mirror: FilledMirror, offset: int, worthy: bool) -> None:
    checking(mirror.store, configured(FAILING, for_days=3))
    checking(mirror.store, configured(FAILING, for_days=3), offset=offset)
    assert (FINGERPRINT in judgement(mirror.store).worthy) is worthy


def test_the_days_are_counted_without_a_break(mirror: FilledMirror) -> None:
    checking(mirror.store, configured(FAILING, for_days=3))
    checking(mirror.store, configured(scripted_rule(answer=()), for_days=3), offset=2)
    checking(mirror.store, configured(FAILING, for_days=3), offset=3)
    said = judgement(mirror.store)
    assert said.worthy == frozenset()
    assert dict(said.since) == {FINGERPRINT: TODAY + 3 * DAY}


def test_what_is_suppressed_is_not_worth_a_task(mirror: FilledMirror) -> None:
    silent = Suppression(code="TST", reason="agreed")
    result = checking(mirror.store, configured(FAILING), suppressions=[silent])
    said = judgement(mirror.store)
    assert (said.worthy, said.topics(), result.silenced) == (frozenset(), (), 1)
    assert list(StoredJudgements(mirror.store, UID).failures()) == []


@pytest.mark.parametrize(
    "broad",
    [
        configured(scripted_rule("TST102", [problem(covers=(("TST101", "*"),))], severity=Severity.LOW)),
        configured(scripted_rule("TST102", [problem(covers=(("TST101", "*"),))]), for_days=30),
    ],
    ids=["not severe enough", "has to wait"],
)
def test_what_is_not_worth_a_task_covers_nothing_that_is(mirror: FilledMirror, broad: ConfiguredRule) -> None:
    checking(mirror.store, configured(FAILING), broad)
    assert FINGERPRINT in judgement(mirror.store).worthy


# -- what is counted --------------------------------------------------------------------------------------------------


def test_findings_are_counted_by_code_and_severity(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme"), account("beta"), account("top", in_scope=False))
    rules = (
        configured(scripted_rule("TST101", [problem("a"), problem("b", severity=Severity.LOW)])),
        configured(scripted_rule("TST102", [problem(severity=Severity.CRITICAL)])),
    )
    result = checking(mirror.store, *rules)
    assert result.accounts == 2
    assert dict(result.findings) == {("TST101", "medium"): 2, ("TST101", "low"): 2, ("TST102", "critical"): 2}
    assert result.worst is Severity.CRITICAL


def test_without_findings_nothing_is_worst(mirror: FilledMirror) -> None:
    result = checking(mirror.store, configured(scripted_rule(answer=())))
    assert (result.worst, dict(result.findings), dict(result.unknown)) == (None, {}, {})


def test_accounts_that_a_rule_cannot_judge_are_counted(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))
    description = OrgDescription(org_uid=UID, name="One", unknown={"plans": "not mapped"})
    result = checking(mirror.store, configured(scripted_rule("TST201", needs=("plans",))), description=description)
    assert dict(result.unknown) == {"TST201": 2}


def test_a_rule_that_raises_is_told_once(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))

    def broken(*_given: object) -> tuple[()]:
        raise RuntimeError("Acme")

    result = checking(mirror.store, configured(scripted_rule(answer=broken)))
    assert result.errors == ("rule TST101 failed with RuntimeError",)


# -- the whole mirror -------------------------------------------------------------------------------------------------


def test_every_account_is_judged_over_chunks(store: Store) -> None:
    mirror = FilledMirror(store)
    names = [f"a{number:04d}" for number in range(2 * CHUNK + 1)]
    mirror.pull(RecordKind.ACCOUNT, *(account(name) for name in names))
    assert checking(store, configured(FAILING)).accounts == len(names)
    assert [said.account_id for said in StoredJudgements(store, UID).all()] == names
    assert len(list(StoredJudgements(store, UID).failures())) == len(names)


def test_a_new_check_forgets_accounts_that_are_gone(mirror: FilledMirror) -> None:
    checking(mirror.store, configured(FAILING))
    mirror.pull(RecordKind.ACCOUNT, account("beta"))
    checking(mirror.store, configured(FAILING))
    assert [said.account_id for said in StoredJudgements(mirror.store, UID).all()] == ["beta"]
    assert [failure.account_id for failure in StoredJudgements(mirror.store, UID).failures()] == ["beta"]


def test_a_judgement_survives_the_store(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, Account(id="acme", name="Łódź Glas", owner_id="amal", revenue=1e9))
    answer = [problem("a", covers=(("TST102", "*"),), severity=Severity.CRITICAL), problem("b")]
    checking(mirror.store, configured(scripted_rule(answer=answer)))
    said = judgement(mirror.store)
    assert (said.account_name, said.revenue) == ("Łódź Glas", 1e9)
    assert [found.problem for found in said.worthy_findings("roles")] == answer
    (failure,) = StoredJudgements(mirror.store, UID).failures()
    assert (failure.severity, failure.since, failure.revenue) == (Severity.CRITICAL, TODAY, 1e9)


def test_progress_is_told_and_the_lease_kept_chunk_by_chunk(store: Store) -> None:
    FilledMirror(store).pull(RecordKind.ACCOUNT, *(account(f"a{number:04d}") for number in range(CHUNK + 1)))
    told: list[tuple[int, int | None]] = []
    beats: list[None] = []
    given = CheckInput(
        description=OrgDescription(org_uid=UID, name="One"),
        rules=(),
        suppressions=(),
        context=RuleContext(today=TODAY),
        min_severity=Severity.MEDIUM,
        fallback=None,
        inherit=frozenset(),
        guarded=Guarded(),
    )
    check_org(
        store, given, progress=lambda _stage, done, total: told.append((done, total)), alive=lambda: beats.append(None)
    )
    assert told == [(CHUNK, CHUNK + 1), (CHUNK + 1, CHUNK + 1)]
    assert len(beats) == 2


# -- set-up -----------------------------------------------------------------------------------------------------------


def test_a_field_that_nobody_fills_makes_its_rules_unknown(mirror: FilledMirror) -> None:
    probes = {"roles": Probe(field="roles", rows=40, filled=0), "plans": Probe(field="plans", rows=40, filled=9)}
    described = SetupFinding(subject="tasks.key", problem="no key", fix="make one", blocks_apply=True)
    result = checking(
        mirror.store,
        configured(scripted_rule(needs=("roles",))),
        probes=probes,
        description=OrgDescription(org_uid=UID, name="One", setup=(described,)),
    )
    assert dict(result.unknown) == {"TST101": 1}
    assert [found.subject for found in result.setup] == ["tasks.key", "roles"]
    assert result.good_fields == ("plans",)
