"""Every command does what its library function does, and shows it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import pytest

from kam_sync import __version__
from kam_sync.cli.views.checks import COLUMNS
from kam_sync.config import parse_policy
from kam_sync.config.models import DEFAULT_SELECT
from kam_sync.plans import load_plan
from kam_sync.portfolio import Portfolio
from kam_sync.ports import SetupFinding
from kam_sync.registry import load_rules
from kam_sync.scaffold import policy_template, variables
from support_cli import ESCAPES, FORMULA, MARKUP, POLICY, CommandLine
from support_memory import START, healthy


def _ours(cli: CommandLine) -> list[str]:
    return [task.subject for task in cli.crm.tasks() if task.key and task.open]


# -- setting up -------------------------------------------------------------------------------------------------------


def test_the_version_is_printed(cli: CommandLine) -> None:
    assert cli.done("--version").out == f"kam-sync {__version__}\n"


def test_the_help_names_every_command_and_the_exit_codes(cli: CommandLine) -> None:
    out = cli.done("--help").out
    for name in ("init", "doctor", "validate", "run", "pull", "check", "plan", "show", "apply", "retract", "explain"):
        assert re.search(rf"^│ {name} ", out, re.MULTILINE), name
    for name in ("rules", "why", "state", "sandbox", "demo"):
        assert re.search(rf"^│ {name} ", out, re.MULTILINE), name
    assert "7 authentication or permission" in " ".join(out.split())


def test_without_a_command_the_help_is_shown(cli: CommandLine) -> None:
    answer = cli()
    assert answer.code == 2
    assert "Usage" in answer.all


@pytest.mark.parametrize(
    ("flags", "connectors"),
    [
        (["--salesforce"], {"salesforce"}),
        (["--hubspot"], {"hubspot"}),
        (["--salesforce", "--hubspot"], {"salesforce", "hubspot"}),
    ],
)
def test_init_writes_a_policy_that_validates(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, flags: list[str], connectors: set[str]
) -> None:
    answer = cli.done("init", *flags, "--output", "mine.yaml")
    assert Path("mine.yaml").stat().st_mode & 0o777 == 0o600
    assert answer.out.splitlines()[-1] == "3. Next: kam-sync --policy mine.yaml doctor"
    variables = re.findall(r"[A-Z]+(?:_[A-Z]+)+", answer.out.partition("\n2. Set the environment variables")[2])
    for name in variables:
        monkeypatch.setenv(name, "acme.my")
    valid = cli.done("--policy", "mine.yaml", "validate")
    assert {word for word in ("salesforce", "hubspot") if f"({word})" in valid.out} == connectors


def test_init_does_not_overwrite_unless_it_is_forced(cli: CommandLine) -> None:
    before = Path("kam-sync.yaml").read_text(encoding="utf-8")
    refused = cli("init", "--salesforce")
    assert refused.code == 2
    assert "kam-sync.yaml is there already" in refused.err
    assert "--force" in refused.err
    assert Path("kam-sync.yaml").read_text(encoding="utf-8") == before
    cli.done("init", "--salesforce", "--force")
    assert "connector: salesforce" in Path("kam-sync.yaml").read_text(encoding="utf-8")


def test_validate_names_orgs_and_rules(cli: CommandLine) -> None:
    out = cli.done("validate").out
    assert "main (memory)" in out
    assert "KAM101, KAM201, KAM203" in out


@pytest.mark.parametrize("org", ["salesforce", "hubspot"])
def test_what_the_template_offers_in_comments_is_valid_too(org: str) -> None:
    template = policy_template([org])
    offered = re.compile(r"^( *)# ( *(?:[\w.]+:|- \{).*)$", re.MULTILINE)
    text = offered.sub(r"\1\2", template)
    assert len(offered.findall(template)) > 15
    values = {**dict.fromkeys(variables(text), "acme.my"), "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/x"}
    policy = parse_policy(text, path=Path("mine.yaml"), rules=load_rules(), environment=values)
    assert policy.policy.tasks.topics
    assert policy.policy.digest is not None
    assert {"feedback", "values", "criteria", "sales", "quotes", "cases", "contracts"} <= (
        policy.settings[org].model_fields_set
    )


def test_the_template_selects_what_runs_by_default() -> None:
    text = policy_template(["salesforce", "hubspot"])
    values = dict.fromkeys(variables(text), "acme.my")
    policy = parse_policy(text, path=Path("mine.yaml"), rules=load_rules(), environment=values)
    assert policy.policy.rules.select == DEFAULT_SELECT
    named = re.findall(r"KAM(\d{3})(?:-(\d{3}))?", text.partition("# Without `select`")[2].partition("What")[0])
    spans = [range(int(first), int(last or first) + 1) for first, last in named]
    assert {f"KAM{number}" for span in spans for number in span} == set(DEFAULT_SELECT)


def test_doctor_shows_set_up_readiness_and_calls(cli: CommandLine) -> None:
    cli.crm.unknown = {"plans": "not mapped"}
    cli.crm.setup = (SetupFinding(subject="plans", problem="no plan is mapped", fix="map plan.object"),)
    out = cli.done("doctor").out
    assert "no plan is mapped" in out
    assert "map plan.object" in out
    assert "Rules: 2 of the 3 that are selected can be judged in full" in out
    assert re.search(r"KAM201 +missing-plan +yes +unknown \(plans: not mapped\)", out)
    assert re.search(r"KAM101 +missing-role +yes +ready", out)
    assert re.search(r"KAM102 +inactive-role-holder +no +ready", out)
    assert re.search(r"KAM205 +overdue-plan-review +no +unknown \(plans: not mapped\)", out)
    assert re.search(r"KAM206 +stale-plan +no +unknown \(plans: not mapped\)", out)
    assert "1 API call" in out
    assert "Next: kam-sync run" in out


def test_doctor_says_that_the_fallback_assignee_is_missing(cli: CommandLine) -> None:
    cli.write_policy("version: 1\norgs: {main: {connector: memory, crm: {crm}}}\n")
    answer = cli.done("doctor")
    assert "tasks.fallback_assignee" in answer.err


def test_a_baseline_lets_what_is_wrong_already_become_tasks_little_by_little(cli: CommandLine) -> None:
    unchecked = cli("baseline")
    assert unchecked.code == 2
    assert "run `kam-sync check` first" in unchecked.err
    cli.done("pull")
    cli.done("check")
    made = cli.done("baseline", "--per-week", "1")
    assert "main: 14 findings in the baseline, the last of them from 2026-03-23 on." in made.out
    assert "Next: kam-sync check" in made.out
    cli.done("run", "--apply")
    assert len(_ours(cli)) == 1
    assert "[baseline: tasks may speak of it from 2026-03-23]" in "".join(
        cli.done("why", account).out for account in ("formula", "markup", "still", "escapes")
    )
    cli.clock.advance(days=7)
    cli.done("run", "--apply")
    assert len(_ours(cli)) == 2
    assert "main: no baseline any more." in cli.done("baseline", "--clear").out
    cli.done("run", "--apply")
    assert len(_ours(cli)) == 4


# -- working ----------------------------------------------------------------------------------------------------------


def test_a_run_without_apply_shows_the_plan_and_writes_nothing(cli: CommandLine) -> None:
    out = cli.done("run").out
    assert _ours(cli) == []
    assert "Judged 5 accounts: 14 findings" in out
    assert re.search(r"high +KAM101 +missing-role +12", out)
    assert "Plan: 4 create" in out
    assert "Set-up: nothing is missing" in out
    assert "Nothing was written." in out
    assert re.search(r"\d+ API calls", out)
    assert "kam-sync run --apply writes it" in out


def test_a_run_with_apply_writes_and_a_second_one_has_nothing_to_do(cli: CommandLine) -> None:
    out = cli.done("run", "--apply").out
    assert "Applied: 4 tasks written" in out
    assert len(_ours(cli)) == 4
    assert "retract --run " in out
    again = cli.done("run", "--apply").out
    assert "Plan: nothing to do" in again
    assert "Applied: 0 tasks written" in again
    assert len(_ours(cli)) == 4
    dry = cli.done("run").out
    assert "nothing needs to be written" in dry


def test_what_waits_behind_a_cap_is_shown(cli: CommandLine) -> None:
    cli.write_policy(POLICY + "  caps: {new_per_owner: 1}\n")
    out = cli.done("run", "--apply").out
    assert "Queued behind a cap: 3 tasks" in out
    assert "1 new tasks per owner in 24 hours" in out


def test_pull_check_and_why_follow_one_another(cli: CommandLine) -> None:
    pulled = cli.done("pull").out
    assert "5 accounts" in pulled
    assert "Next: kam-sync check" in pulled
    checked = cli.done("check").out
    assert "The account has no active plan" in checked
    assert "Judged 5 accounts" in checked
    assert cli.crm.tasks(account="markup") == cli.crm.tasks(account="markup", include_deleted=True)
    why = cli.done("why", "still").out
    assert "Still & Co (main, silent)" in why
    assert re.search(r"results driver +named +Amal Haddad", why)
    assert re.search(r"KAM203 +failed +1 finding", why)
    assert "There was never a task." in why


def test_why_shows_the_tasks_of_an_account(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    why = cli.done("why", "silent").out
    assert re.search(r"next-steps +live +1 +t\d+ +KAM203 +made 2026-03-02", why)


def test_why_lists_the_accounts_when_many_match(cli: CommandLine) -> None:
    more = tuple(healthy(f"more{number}") for number in range(6))
    cli.crm.load(Portfolio(name="More", users=(), accounts=more))
    cli.done("run")
    out = cli.done("why", "firma").out
    assert "7 accounts match; give the id of one" in out
    assert "more3" in out


def test_check_gives_json_that_is_as_documented(cli: CommandLine) -> None:
    cli.done("pull")
    answer = cli.done("check", "--format", "json")
    data = json.loads(answer.out)
    assert data["version"] == 1
    (org,) = data["orgs"]
    assert set(org) == {"org", "org_uid", "name", "accounts", "worst", "unknown", "errors", "setup", "findings"}
    assert (org["org"], org["accounts"], org["worst"]) == ("main", 5, "high")
    assert len(org["findings"]) == 14
    for finding in org["findings"]:
        assert set(finding) == {*COLUMNS, "fingerprint", "evidence", "why", "done_when"}
    assert {finding["account"] for finding in org["findings"]} == {MARKUP, FORMULA, ESCAPES, "Still & Co"}


def test_check_gives_csv_that_no_spreadsheet_takes_for_a_formula(cli: CommandLine) -> None:
    cli.done("pull")
    answer = cli.done("check", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 14
    accounts = {row["account"] for row in rows}
    assert f"'{FORMULA}" in accounts
    assert MARKUP in accounts
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_a_plan_is_kept_shown_and_applied(cli: CommandLine) -> None:
    planned = cli.done("plan", "--output", "plan.json").out
    assert _ours(cli) == []
    assert "create: 4" in planned
    assert "owner Amal Haddad" in planned
    assert "kam-sync apply plan.json" in planned
    assert Path("plan.json").stat().st_mode & 0o777 == 0o600
    shown = cli.done("show", "plan.json").out
    for account in (MARKUP, FORMULA, "Still & Co"):
        assert account in shown
    assert "The account has no next step" in shown
    assert re.search(r"^  \+ Still & Co · next-steps: it fails$", shown, re.MULTILINE)
    assert "      owner Amal Haddad; due 2026-03-05; priority high\n" in shown
    assert re.search(r"^Amal Haddad +\+4$", shown, re.MULTILINE)
    Path("elsewhere").mkdir()
    assert "owner amal; due" in cli.done("--policy", "elsewhere/none.yaml", "show", "plan.json").out
    applied = cli.done("apply", "plan.json").out
    assert "Applied: 4 tasks written" in applied
    assert len(_ours(cli)) == 4


def test_a_plan_shows_before_and_after_of_a_closing(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    cli.crm.set_plan("escapes", next_review_on=dt.date(2027, 1, 1))
    out = cli.done("plan").out
    assert "close: 1" in out
    assert re.search(r"^  - Weiß.* · plan: everything above is solved$", out, re.MULTILINE)
    assert "      status open → closed; a note is added\n" in out
    assert re.search(r"^Amal Haddad +-1$", out, re.MULTILINE)


def test_applying_a_plan_skips_what_was_changed_since(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    cli.crm.set_plan("escapes", next_review_on=dt.date(2027, 1, 1))
    cli.done("plan", "-o", "plan.json")
    (task,) = [task for task in cli.crm.tasks(account="escapes") if task.key]
    cli.crm.edit_task(task.id, subject="Meins")
    answer = cli("apply", "plan.json")
    assert answer.code == 4
    assert "its task was changed since planning" in answer.err
    assert "1 skipped because something changed" in answer.out


def test_retract_plans_first_and_takes_back_with_apply(cli: CommandLine) -> None:
    run_id = re.search(r"retract --run ([0-9a-f]{32})", cli.done("run", "--apply").out)
    assert run_id is not None
    planned = cli.done("retract", "--run", run_id.group(1)).out
    assert "withdraw: 4" in planned
    assert "Still & Co" in planned
    assert len(_ours(cli)) == 4
    cli.done("retract", "--all", "--apply")
    assert _ours(cli) == []


# -- explaining -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["KAM101", "kam101", "missing-role", "Missing-Role"])
def test_explain_takes_a_code_or_a_name_in_any_case(cli: CommandLine, word: str) -> None:
    out = cli.done("explain", word).out
    assert "KAM101 missing-role" in out
    for heading in ("What it does:", "Why it matters:", "Example:", "Fix:"):
        assert heading in out.splitlines()


def test_explain_lists_parameters_with_default_and_meaning(cli: CommandLine) -> None:
    assert re.search(r"days +90 +For more than so many days", cli.done("explain", "KAM103").out)


def test_rules_say_which_are_selected(cli: CommandLine) -> None:
    out = cli.done("rules").out
    assert re.search(r"KAM101 +missing-role +roles +high +yes", out)
    assert re.search(r"KAM102 +inactive-role-holder +roles +high +no", out)


def test_rules_need_no_policy(cli: CommandLine) -> None:
    Path("kam-sync.yaml").unlink()
    assert "KAM205" in cli.done("rules").out


# -- the books --------------------------------------------------------------------------------------------------------


def test_state_lists_runs_and_links(cli: CommandLine) -> None:
    cli.done("run")
    cli.clock.advance(hours=1)
    cli.done("run", "--apply")
    runs = cli.done("state", "runs").out.splitlines()
    assert len(runs) == 3
    assert re.search(r"main +2026-03-02 10:00 +apply +5 +14 +0 +4", runs[1])
    assert " dry " in runs[2]
    assert len(cli.done("state", "runs", "--limit", "1").out.splitlines()) == 2
    links = cli.done("state", "links").out
    assert re.search(r"main +Still & Co +next-steps +live +1", links)


def test_a_run_that_was_cut_off_is_shown_as_such(cli: CommandLine) -> None:
    def cut(name: str) -> None:
        if name == "write tasks":
            raise KeyboardInterrupt

    cli.crm.on_call = cut
    answer = cli("run", "--apply")
    assert answer.code == 130
    assert answer.err.count("\n") == answer.err.count("accounts")  # progress, and no word of the interruption
    assert "cut off" in cli.done("state", "runs").out


def test_state_path_names_the_file(cli: CommandLine) -> None:
    assert cli.done("state", "path").out.strip() == str((cli.folder / "kam-sync.db").resolve())


def test_state_path_keeps_a_password_to_itself(cli: CommandLine) -> None:
    text = Path("kam-sync.yaml").read_text(encoding="utf-8")
    Path("kam-sync.yaml").write_text(f"{text}state: postgresql://kam:hunter2@db.example/kam\n", encoding="utf-8")
    out = cli.done("state", "path").out
    assert "hunter2" not in out
    assert "db.example" in out


def test_recover_takes_over_tasks_after_the_state_was_lost(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    for path in cli.folder.glob("kam-sync.db*"):
        path.unlink()
    refused = cli("run", "--apply")
    assert refused.code == 6
    assert "state recover" in refused.err
    assert "main: 4 tasks taken over" in cli.done("state", "recover").out
    again = cli.done("run", "--apply").out
    assert "create" not in again
    assert "Applied: 0 tasks written" in again


def test_a_plan_file_is_what_the_library_reads(cli: CommandLine) -> None:
    cli.done("plan", "-o", "plan.json")
    plan = load_plan(Path("plan.json"))
    assert plan.created_at == START
    assert json.loads(Path("plan.json").read_text(encoding="utf-8"))["no_changes"] is False


# -- global options ---------------------------------------------------------------------------------------------------


def test_global_options_may_stand_after_the_command(cli: CommandLine) -> None:
    Path("kam-sync.yaml").rename("other.yaml")
    assert "other.yaml holds" in cli.done("validate", "--policy", "other.yaml").out
    assert "other.yaml holds" in cli.done("--policy=other.yaml", "validate").out
    assert cli.done("validate", "--quiet", "--policy=other.yaml").all == ""


def test_the_policy_may_be_named_in_the_environment(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("kam-sync.yaml").rename("other.yaml")
    monkeypatch.setenv("KAM_SYNC_POLICY", "other.yaml")
    assert "other.yaml holds" in cli.done("validate").out


def test_quiet_says_nothing_when_all_is_well_and_everything_that_went_wrong(cli: CommandLine) -> None:
    assert cli.done("--quiet", "run", "--apply").all == ""
    cli.crm.reject = lambda _write: "no room"
    cli.crm.set_plan("escapes", next_review_on=dt.date(2027, 1, 1))
    answer = cli("--quiet", "run", "--apply")
    assert answer.code == 4
    assert answer.out == ""
    assert "no room" in answer.err


def test_only_the_orgs_asked_for_are_worked_on(cli: CommandLine) -> None:
    cli.write_policy(
        "version: 1\norgs:\n  main: {connector: memory, crm: {crm}}\n  gone: {connector: memory, crm: nowhere}\n"
        "tasks: {fallback_assignee: ines@vendor.example}\n"
    )
    assert "gone" not in cli.done("run", "--org", "main").all
    answer = cli("run")
    assert answer.code == 4
    assert "gone: no memory CRM 'nowhere' is running" in answer.err
