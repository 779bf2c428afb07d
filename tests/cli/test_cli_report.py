"""`kam-sync report`: which file, what it says, and how it ends."""

from __future__ import annotations

import csv
import io
import json

from support_cli import FORMULA, POLICY, CommandLine

TWO = POLICY.replace("rules:", "  west: {connector: memory, crm: nowhere}\nrules:").replace(
    "fallback_assignee: ines@vendor.example", "fallback_assignee: {main: ines@vendor.example}"
)


def test_before_a_check_it_says_what_to_run(cli: CommandLine) -> None:
    answer = cli("report")
    assert answer.code == 2
    assert "main was never pulled; run `kam-sync run`" in answer.err
    assert not list(cli.folder.glob("report.*"))


def test_it_writes_a_page_and_says_which_and_what_next(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    answer = cli.done("report")
    page = (cli.folder / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>")
    assert "report.html: the report as of the check of 2 Mar 2026" in answer.out
    assert "5 accounts, 3 covered in all six roles; " in answer.out
    assert answer.out.rstrip().endswith("Next: open it in a browser, or kam-sync why ACCOUNT")


def test_quiet_says_nothing_and_writes(cli: CommandLine) -> None:
    cli.done("run", "--quiet")
    assert cli.done("report", "--quiet", "--format", "json", "--output", "given.json").all == ""
    assert json.loads((cli.folder / "given.json").read_text(encoding="utf-8"))["version"] == 1


def test_standard_output_takes_json_and_csv_alone(cli: CommandLine) -> None:
    cli.done("run")
    data = json.loads(cli.done("report", "--format", "json", "--output", "-").out)
    rows = list(csv.DictReader(io.StringIO(cli.done("report", "--format", "csv", "-o", "-").out)))
    assert len(data["accounts"]) == len(rows) == 5
    assert f"'{FORMULA}" in {row["account"] for row in rows}
    refused = cli("report", "--output", "-")
    assert refused.code == 2
    assert "HTML goes into a file" in refused.err
    assert not list(cli.folder.glob("report.*"))


def test_an_org_that_was_never_pulled_is_said_and_makes_it_partial(cli: CommandLine) -> None:
    cli.done("run")
    cli.write_policy(TWO)
    answer = cli("report")
    assert answer.code == 4
    assert "the report says nothing of west: it was never pulled; run `kam-sync run`" in answer.err
    assert "was never pulled: this report says nothing of it" in (cli.folder / "report.html").read_text("utf-8")
    assert cli("report", "--org", "main").code == 0
    assert cli("report", "--org", "west").code == 2
