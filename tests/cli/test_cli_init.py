"""`init` and `setup` as people meet them: asked step by step, agreed to at once, and without looking at anything."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from kam_sync.setup_ports import ItemState
from support_cli import CommandLine
from support_setup import SetupOrg, install, item

POLICY = Path("mine.yaml")


class Keyboard(io.StringIO):
    """What a person types, a line an answer."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def there(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> SetupOrg:
    monkeypatch.setenv("MEMORY_CRM", cli.crm.crm_name)
    return install(monkeypatch)


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    def type_in(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", Keyboard("".join(f"{line}\n" for line in lines)))

    return type_in


def _written() -> list[str]:
    return [line.strip(" #") for line in POLICY.read_text(encoding="utf-8").splitlines() if line.startswith("    # ")]


@pytest.mark.usefixtures("there")
def test_all_proposals_are_agreed_to_where_nobody_can_be_asked(cli: CommandLine) -> None:
    out = cli.done("init", "--salesforce", "--output", str(POLICY)).out
    assert "salesforce: Ægir & Søn, time zone Europe/Copenhagen" in out
    assert "Customer tier (Tier__c)" in out
    assert _written()[:2] == ["account.tier: Tier__c", "roles.innovator: sponsor, new_innovator"]
    assert "timezone: Europe/Copenhagen" in POLICY.read_text(encoding="utf-8")
    assert "Next: kam-sync --policy mine.yaml setup (shows how the CRM would get new_innovator)" in out
    assert POLICY.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("there")
def test_a_person_chooses_by_number_by_name_and_leaves_out(cli: CommandLine, types: Callable[..., None]) -> None:
    types("1", "9", "segmento", "2, 1", "-")
    answer = cli.done("init", "--output", str(POLICY))
    assert _written()[:2] == ["account.tier: Segment__c", "roles.innovator: inventor, sponsor"]
    assert "'9' is none of these" in answer.err
    assert "Next: kam-sync --policy mine.yaml doctor" in answer.out
    assert "plan.next_review_on" not in POLICY.read_text(encoding="utf-8")


@pytest.mark.usefixtures("there")
def test_enter_agrees_and_the_end_of_the_input_writes_nothing(cli: CommandLine, types: Callable[..., None]) -> None:
    types("", "")
    answer = cli("init", "--salesforce", "--output", str(POLICY))
    assert (answer.code, POLICY.exists()) == (2, False)
    assert "stopped; nothing was written" in answer.err
    types("", "", "")
    cli.done("init", "--salesforce", "--output", str(POLICY))
    assert _written()[0] == "account.tier: Tier__c"


@pytest.mark.usefixtures("there")
def test_one_only_means_one(cli: CommandLine, types: Callable[..., None]) -> None:
    types("1,2", "2", "", "")
    assert "choose one only" in cli.done("init", "--salesforce", "--output", str(POLICY)).err
    assert _written()[0] == "account.tier: Segment__c"


@pytest.mark.usefixtures("there")
def test_without_secrets_nothing_is_looked_at(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEMORY_CRM")
    out = cli.done("init", "--salesforce", "--output", str(POLICY)).out
    assert "salesforce: not looked at (MEMORY_CRM not set)" in out
    assert cli.crm.calls == 0
    POLICY.unlink()
    refused = cli("init", "--salesforce", "--survey", "--output", str(POLICY))
    assert (refused.code, POLICY.exists()) == (2, False)
    assert "set MEMORY_CRM" in refused.err


@pytest.mark.usefixtures("there")
def test_no_survey_looks_at_nothing(cli: CommandLine) -> None:
    cli.done("init", "--salesforce", "--no-survey", "--output", str(POLICY))
    assert cli.crm.calls == 0


@pytest.mark.usefixtures("there")
def test_the_connection_of_another_policy_is_taken_over(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEMORY_CRM")
    Path("other.yaml").write_text(
        f"version: 1\norgs:\n  north: {{connector: salesforce, crm: {cli.crm.crm_name}, timezone: Asia/Tokyo}}\n"
        "tasks: {fallback_assignee: {north: ines@vendor.example}}\n",
        encoding="utf-8",
    )
    cli.done("init", "--salesforce", "--connect-as", "other.yaml", "--output", str(POLICY))
    text = POLICY.read_text(encoding="utf-8")
    assert (
        f"  north:\n    connector: salesforce\n    timezone: Europe/Copenhagen\n    crm: {cli.crm.crm_name}\n" in text
    )
    assert '  fallback_assignee:\n    north: "ines@vendor.example"\n' in text
    cli.done("--policy", str(POLICY), "validate")
    for wrong in ("version: 1\n", "version: 1\norgs: {a: {connector: memory}}\n", "- 1\n"):
        Path("other.yaml").write_text(wrong, encoding="utf-8")
        assert cli("init", "--salesforce", "--connect-as", "other.yaml", "--output", "new.yaml").code == 2
    assert cli("init", "--salesforce", "--connect-as", "absent.yaml", "--output", "new.yaml").code == 2


@pytest.mark.usefixtures("there")
def test_an_org_that_cannot_be_reached_ends_it_and_writes_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORY_CRM", "nowhere")
    answer = cli("init", "--salesforce", "--output", str(POLICY))
    assert (answer.code, POLICY.exists()) == (2, False)
    assert "nowhere" in answer.err


@pytest.mark.usefixtures("there")
def test_a_file_that_is_there_is_found_before_anything_is_asked(cli: CommandLine) -> None:
    answer = cli("init", "--salesforce")
    assert answer.code == 2
    assert "is there already" in answer.err
    assert cli.crm.calls == 0


def test_setup_is_shown_first_then_done_then_done_with(cli: CommandLine, there: SetupOrg) -> None:
    cli.done("init", "--salesforce", "--output", str(POLICY))
    there.has(item(1), item(2, ItemState.PRESENT), item(3, ItemState.DIFFERS, remedy="make it a date"))
    policy = ("--policy", str(POLICY))
    text = POLICY.read_text(encoding="utf-8").replace("${KAM_SYNC_FALLBACK}", "ines@vendor.example")
    POLICY.write_text(text, encoding="utf-8")
    shown = cli.done("setup", *policy).out
    assert "salesforce: 1 item to make" in shown
    assert "+ make   text field 1" in shown
    assert "make it a date" in shown
    assert "Nothing was changed." in shown
    assert "Next: kam-sync --policy mine.yaml setup --apply" in shown
    made = cli.done("setup", "--apply", *policy).out
    assert "salesforce: 1 item made" in made
    assert "do by hand what the table says" in made
    assert "nothing is missing that setup could make" in cli.done("setup", "--apply", *policy).out
    there.has(item(1, ItemState.OURS, filled=2, removal="can be restored for 15 days"))
    removal = cli.done("setup", "--remove", *policy).out
    assert "2 records hold a value; can be restored for 15 days" in removal
    refused = cli("setup", "--remove", "--apply", *policy)
    assert (refused.code, there.acts) == (6, ["make field 1"])
    assert "--accept filled" in refused.err
    assert "1 item removed" in cli.done("setup", "--remove", "--apply", "--accept", "filled", *policy).out


def test_setup_files_go_with_nothing_else(cli: CommandLine, there: SetupOrg) -> None:
    there.files = {"a/b.xml": "<b/>"}
    cli.write_policy("version: 1\norgs: {main: {connector: salesforce, crm: {crm}}}\n")
    assert "wrote 1 file" in cli.done("setup", "--files", "out").out
    assert Path("out/main/a/b.xml").read_text(encoding="utf-8") == "<b/>"
    assert cli("setup", "--files", "out2", "--apply").code == 2
    there.files = {}
    assert "main: no file: nothing is missing that files could make" in cli.done("setup", "--files", "out3").out
