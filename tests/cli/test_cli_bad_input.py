"""Bad input ends in one message that names the thing, the place and the next step: no traceback, no secret."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from support_cli import POLICY, CommandLine

SECRET = "correct-horse-battery-staple"

ORG = "version: 1\norgs:\n  main: {connector: memory, crm: {crm}}\n"


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        pytest.param(
            ORG + "ruls: {}\n", ["kam-sync.yaml:4", "ruls", "unknown key", "did you mean 'rules'?"], id="unknown key"
        ),
        pytest.param(
            ORG + "tasks:\n  caps:\n    live_per_acount: 3\n",
            ["kam-sync.yaml:6", "tasks.caps.live_per_acount", "did you mean 'live_per_account'?"],
            id="unknown key below",
        ),
        pytest.param(
            ORG + "rules: {}\nrules: {}\n", ["kam-sync.yaml:5", "'rules'", "twice", "keep one"], id="doubled key"
        ),
        pytest.param(
            "version: 1\norgs:\n  main:\n    connector: memry\n    crm: x\n",
            ["kam-sync.yaml:4", "no connector 'memry' is installed", "did you mean 'memory'?"],
            id="unknown connector",
        ),
        pytest.param(
            "version: 1\norgs:\n  main:\n    connector: hubspot\n    auth: {access_token: '${KAM_TEST_TOKEN}'}\n",
            ["kam-sync.yaml:5", "orgs.main.auth.access_token", "KAM_TEST_TOKEN is not set"],
            id="missing environment variable",
        ),
        pytest.param(
            f"version: 1\norgs:\n  main:\n    connector: hubspot\n    auth:\n      access_token: {SECRET}\n",
            ["kam-sync.yaml:6", "access_token", "only as ${NAME} of an environment variable"],
            id="literal secret",
        ),
        pytest.param(
            ORG + "rules: {select: [KAM9]}\n", ["kam-sync.yaml:4", "no rule begins with 'KAM9'"], id="unknown rule"
        ),
        pytest.param(
            ORG + "rules:\n  settings:\n    KAM103: {params: {dys: 30}}\n",
            ["kam-sync.yaml:6", "KAM103.params.dys", "did you mean 'days'?"],
            id="unknown parameter",
        ),
        pytest.param("version: 2\norgs: {}\n", ["kam-sync.yaml:1", "version"], id="another version"),
        pytest.param("version: 1\norgs: [main]\n", ["kam-sync.yaml:2", "orgs"], id="orgs is a list"),
        pytest.param("version: 1\n\torgs: {}\n", ["kam-sync.yaml:2", "not YAML"], id="no YAML"),
        pytest.param("", ["kam-sync.yaml", "kam-sync init"], id="empty"),
        pytest.param(ORG + "state: nonsense\n", ["`state:`", "sqlite:///kam-sync.db"], id="no database URL"),
        pytest.param(ORG + "assignments: roles.csv\n", ["roles.csv", "cannot be read"], id="no assignments file"),
        pytest.param(
            ORG + "tasks: {fallback_assignee: gone@vendor.example}\n",
            ["tasks.fallback_assignee", "no active user of main"],
            id="unknown assignee",
        ),
    ],
)
def test_a_bad_policy(cli: CommandLine, policy: str, said: list[str]) -> None:
    cli.write_policy(policy)
    answer = cli("run")
    assert answer.code == 2
    for words in said:
        assert words in answer.err
    assert answer.err.strip().splitlines()[-1].startswith("kam-sync: ")
    assert "Traceback" not in answer.all
    assert SECRET not in answer.all


def test_no_policy_file(cli: CommandLine) -> None:
    Path("kam-sync.yaml").unlink()
    answer = cli("run")
    assert answer.code == 2
    assert answer.err == "kam-sync: there is no policy file kam-sync.yaml; make one with `kam-sync init`\n"


def test_a_policy_path_that_is_a_folder(cli: CommandLine) -> None:
    answer = cli("--policy", ".", "run")
    assert answer.code == 2
    assert "cannot be read" in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot read the plan file plan.json"),
        ("[1]", "plan.json is not a plan file of this version"),
        ('{"version": 99}', "plan.json is not a plan file of this version"),
        ('{"version": 1}', "the plan file plan.json is damaged at"),
    ],
)
@pytest.mark.parametrize("command", ["show", "apply"])
def test_a_broken_plan_file(cli: CommandLine, command: str, text: str, said: str) -> None:
    Path("plan.json").write_text(text, encoding="utf-8")
    answer = cli(command, "plan.json")
    assert answer.code == 2
    assert said in answer.err
    assert "`plan`" in answer.err


def test_a_plan_file_that_was_meddled_with(cli: CommandLine) -> None:
    cli.done("plan", "-o", "plan.json")
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    data["orgs"][0]["operations"][0]["step"] = "shred"
    Path("plan.json").write_text(json.dumps(data), encoding="utf-8")
    answer = cli("apply", "plan.json")
    assert answer.code == 2
    assert "damaged at orgs.0.operations.0.step" in answer.err


def test_a_plan_without_the_org_asked_for(cli: CommandLine) -> None:
    cli.done("plan", "-o", "plan.json")
    answer = cli("apply", "plan.json", "--org", "elsewhere")
    assert answer.code == 2
    assert "the plan holds nothing for elsewhere" in answer.err


def test_a_plan_that_cannot_be_written(cli: CommandLine) -> None:
    answer = cli("plan", "-o", "no/such/folder/plan.json")
    assert answer.code == 2
    assert "cannot write the plan file no/such/folder/plan.json" in answer.err


def test_a_template_that_cannot_be_written(cli: CommandLine) -> None:
    answer = cli("init", "--hubspot", "-o", "no/such/folder/kam-sync.yaml")
    assert answer.code == 2
    assert "cannot write no/such/folder/kam-sync.yaml" in answer.err


def test_a_misspelt_rule_is_guessed(cli: CommandLine) -> None:
    assert "did you mean 'missing-role'?" in cli("explain", "mising-role").err
    assert "`kam-sync rules` lists them" in cli("explain", "?").err


def test_what_cannot_be_accepted_is_refused_with_what_can(cli: CommandLine) -> None:
    answer = cli("run", "--apply", "--accept", "anything")
    assert "'anything' cannot be accepted" in answer.err
    assert "closings, creates, filled, foreign-keys" in answer.err


def test_a_state_file_of_something_else(cli: CommandLine) -> None:
    Path("kam-sync.db").write_text("this is no database, but long enough to look at. " * 20, encoding="utf-8")
    answer = cli("run")
    assert answer.code == 2
    assert "state database" in answer.err
    assert "check `state:`" in answer.err


@pytest.mark.parametrize("connector", ["hubspot", "salesforce"])
def test_an_unreachable_host(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, connector: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    monkeypatch.setenv("KAM_TEST_TOKEN", SECRET)
    auth = {
        "hubspot": f"    auth: {{access_token: '${{KAM_TEST_TOKEN}}'}}\n    host: http://127.0.0.1:{port}\n",
        "salesforce": "    auth: {method: access_token, access_token: '${KAM_TEST_TOKEN}', "
        f"instance_url: 'http://127.0.0.1:{port}'}}\n",
    }[connector]
    cli.write_policy(f"version: 1\norgs:\n  main:\n    connector: {connector}\n    allow_loopback_http: true\n" + auth)
    answer = cli("doctor")
    assert answer.code == 1
    assert "kam-sync: main: " in answer.err
    assert "again" in answer.err
    assert "Traceback" not in answer.all
    assert SECRET not in answer.all


def test_an_error_of_the_crm_is_said_without_its_markup_being_obeyed(cli: CommandLine) -> None:
    cli.crm.reject = lambda _write: "no [bold]room[/] \x1b[31mhere\x1b[0m"
    answer = cli("run", "--apply")
    assert answer.code == 4
    assert "no [bold]room[/] \\x1b[31mhere\\x1b[0m" in answer.err
    assert "\x1b" not in answer.all


def test_policies_are_checked_before_anything_is_called(cli: CommandLine) -> None:
    cli.write_policy(POLICY + "nonsense: 1\n")
    assert cli("run").code == 2
    assert cli.crm.calls == 0
