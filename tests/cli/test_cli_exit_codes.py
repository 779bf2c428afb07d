"""The frozen exit codes (design: command line), each from the situation it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from kam_sync.errors import AuthError, PermissionDeniedError, TransientError
from kam_sync.records import RecordKind
from kam_sync.store import Store
from kam_sync.store.leases import Lease
from support_cli import POLICY, CommandLine


def _failing(cli: CommandLine, call: str, error: Exception) -> None:
    def fail(name: str) -> None:
        if name == call:
            raise error

    cli.crm.on_call = fail


def test_0_findings_or_not(cli: CommandLine) -> None:
    assert cli("run").code == 0
    assert cli("check").code == 0
    assert cli("plan").code == 0


def test_1_a_failure(cli: CommandLine) -> None:
    _failing(cli, "describe", TransientError("the CRM gave no answer; try again later"))
    answer = cli("run")
    assert answer.code == 1
    assert answer.err == "kam-sync: main: the CRM gave no answer; try again later\n"


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run", "--nonsense"],
        ["run", "--org", "elsewhere"],
        ["run", "--accept", "everything"],
        ["check", "--fail-on", "terrible"],
        ["check", "--format", "html"],
        ["explain", "KAM999"],
        ["show", "nowhere.json"],
        ["retract"],
        ["retract", "--all", "--run", "x"],
        ["retract", "--run", "x"],
        ["why", "nobody"],
        ["state", "unlock", "elsewhere"],
        ["state", "unlock", "main"],
        ["init"],
        ["check"],
        ["--policy", "nowhere.yaml", "run"],
    ],
)
def test_2_usage_or_configuration(cli: CommandLine, words: list[str]) -> None:
    answer = cli(*words)
    assert answer.code == 2
    assert answer.err
    assert "Traceback" not in answer.all


@pytest.mark.parametrize(("limit", "code"), [("info", 3), ("medium", 3), ("high", 3), ("HIGH", 3), ("critical", 0)])
def test_3_only_when_asked_for_findings(cli: CommandLine, limit: str, code: int) -> None:
    cli.done("pull")
    assert cli("check", "--fail-on", limit).code == code


def test_3_only_when_asked_for_changes(cli: CommandLine) -> None:
    assert cli("plan", "--exit-code").code == 3
    cli.done("run", "--apply")
    assert cli("plan", "--exit-code").code == 0


def test_4_partial(cli: CommandLine) -> None:
    cli.crm.failing_pulls = {RecordKind.PLAN: TransientError("the second page did not come")}
    answer = cli("run")
    assert answer.code == 4
    assert "plan records are unknown: the second page did not come" in answer.err


def test_0_when_what_no_selected_rule_reads_cannot_be_read(cli: CommandLine) -> None:
    cli.crm.failing_pulls = {RecordKind.CONTACT: TransientError("the second page did not come")}
    assert cli("run").code == 0


def test_4_when_orgs_end_differently(cli: CommandLine) -> None:
    cli.write_policy(
        "version: 1\norgs:\n  main: {connector: memory, crm: {crm}}\n  gone: {connector: memory, crm: nowhere}\n"
    )
    assert cli("run").code == 4
    assert cli("doctor").code == 4
    assert cli("doctor", "--org", "gone").code == 2


def test_5_another_run_holds_the_org(cli: CommandLine) -> None:
    with Store.at(Path("kam-sync.db")) as store:
        Lease(store, f"memory-{cli.crm.crm_name}", "main", "another", cli.clock).acquire()
    answer = cli("run")
    assert answer.code == 5
    assert "another run of kam-sync is at work on main" in answer.err
    assert "state unlock" in answer.err


def test_5_ends_when_a_person_unlocks(cli: CommandLine) -> None:
    cli.done("pull")
    with Store.at(Path("kam-sync.db")) as store:
        Lease(store, f"memory-{cli.crm.crm_name}", "main", "another", cli.clock).acquire()
    assert cli("run").code == 5
    cli.done("state", "unlock", "main")
    cli.done("run")


def test_6_the_breaker_and_what_it_says_can_be_accepted(cli: CommandLine) -> None:
    cli.write_policy(POLICY + "safety: {max_creates: 1}\n")
    answer = cli("run", "--apply")
    assert answer.code == 6
    assert "4 tasks would be made, more than safety.max_creates = 1" in answer.err
    assert "repeat with --accept creates" in answer.err
    assert not [task for task in cli.crm.tasks() if task.key]
    assert cli("run").code == 0
    cli.done("run", "--apply", "--accept", "creates")
    assert len([task for task in cli.crm.tasks() if task.key]) == 4


def test_6_a_refused_plan_can_be_accepted_when_it_is_applied(cli: CommandLine) -> None:
    cli.write_policy(POLICY + "safety: {max_creates: 1}\n")
    cli.done("plan", "-o", "plan.json")
    assert "Refused (creates)" in cli.done("show", "plan.json").out
    assert cli("apply", "plan.json").code == 6
    cli.done("apply", "plan.json", "--accept", "creates")


def test_6_without_a_fallback_assignee(cli: CommandLine) -> None:
    cli.write_policy("version: 1\norgs: {main: {connector: memory, crm: {crm}}}\n")
    answer = cli("run", "--apply")
    assert answer.code == 6
    assert "set tasks.fallback_assignee" in answer.err


def test_6_an_expired_plan(cli: CommandLine) -> None:
    cli.done("plan", "-o", "plan.json")
    cli.clock.advance(hours=24)
    answer = cli("apply", "plan.json")
    assert answer.code == 6
    assert "the plan expired on 2026-03-03 at 09:00 UTC" in answer.err


def test_6_a_plan_of_another_policy(cli: CommandLine) -> None:
    cli.done("plan", "-o", "plan.json")
    cli.write_policy(POLICY.replace("KAM203", "KAM204"))
    answer = cli("apply", "plan.json")
    assert answer.code == 6
    assert "the policy file was changed" in answer.err


@pytest.mark.parametrize("error", [AuthError("the token is wrong"), PermissionDeniedError("no right to read tasks")])
@pytest.mark.parametrize("words", [["run"], ["doctor"], ["run", "--apply"], ["pull"]])
def test_7_authentication_or_permission(cli: CommandLine, words: list[str], error: Exception) -> None:
    _failing(cli, "describe", error)
    answer = cli(*words)
    assert answer.code == 7
    assert f"main: {error}" in answer.err


def test_130_ctrl_c_is_quiet(cli: CommandLine) -> None:
    def interrupt(_name: str) -> None:
        raise KeyboardInterrupt

    cli.crm.on_call = interrupt
    answer = cli("run")
    assert answer.code == 130
    assert answer.all == ""
    cli.crm.on_call = lambda _name: None
    cli.done("run")
