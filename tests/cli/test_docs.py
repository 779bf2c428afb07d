"""What the documentation says of the code is what the code does."""

from __future__ import annotations

import ast
import inspect
import re

import kam_sync
from kam_sync import errors
from kam_sync.cli.app import app
from kam_sync.cli.views.checks import COLUMNS, JSON_VERSION
from kam_sync.config.models import DEFAULT_SELECT
from kam_sync.documentation.commands import command_names
from kam_sync.judgements import LEADS, OWNERS_TOPICS
from kam_sync.records import Role
from kam_sync.rules_api import Topic
from support_cli import CommandLine
from support_markdown import ROOT
from support_tables import FILE, written

README = (ROOT / "README.md").read_text(encoding="utf-8")
LIFE_OF_A_TASK = (ROOT / "docs" / "explanation" / "life-of-a-task.md").read_text(encoding="utf-8")
COMMAND_LINE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_tables_of_the_life_of_a_task_are_not_stale() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text == written(text), "run `python tests/support_tables.py`"
    assert "| live | failing | update | dismiss | dismiss | dismiss | - |" in text


def test_every_command_is_documented_and_no_other() -> None:
    documented = re.findall(r"^### (kam-sync [a-z -]+)$", COMMAND_LINE, re.MULTILINE)
    assert documented == [*command_names(app)]
    assert {"kam-sync run", "kam-sync state runs", "kam-sync sandbox", "kam-sync sandbox tasks"} <= {*documented}


def test_the_json_is_documented_key_by_key(cli: CommandLine) -> None:
    section = COMMAND_LINE.partition("### `check --format json`")[2].partition("###")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    of_org = ["org", "org_uid", "name", "accounts", "worst", "unknown", "errors", "setup", "findings"]
    of_finding = [*COLUMNS, "fingerprint", "evidence", "why", "done_when"]
    assert documented == [*of_org, *of_finding]
    assert f"`version` ({JSON_VERSION})" in section
    cli.done("pull")
    assert cli.done("check", "--format", "csv").out.startswith(",".join(COLUMNS) + "\n")


def test_every_error_is_in_the_contributors_table_with_its_exit_code() -> None:
    documented = dict(re.findall(r"^\| .+ \| `(\w+Error)` \| (\d) \|$", CONTRIBUTING, re.MULTILINE))
    tree = ast.parse(inspect.getsource(errors))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert set(documented) == classes
    for name, code in documented.items():
        assert getattr(errors, name).exit_code == int(code), name


def test_every_make_target_of_the_contributors_table_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^\| `make (\w+)`", CONTRIBUTING, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_changelog_and_readme_count_all_rules_and_name_those_that_run_by_default() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog
    rules = kam_sync.load_rules()
    assert f"{len(rules)} rules" in changelog
    assert f"There are {len(rules)} rules" in README
    section = README.partition("### More rules")[2].partition("###")[0]
    codes = re.findall(r"`(KAM\d{3})`(?:\s+to\s+`(KAM\d{3})`)?", section.partition("`select`")[0])
    spans = [range(int(first[3:]), int((last or first)[3:]) + 1) for first, last in codes]
    assert {f"KAM{number}" for span in spans for number in span} == set(DEFAULT_SELECT)
    assert set(DEFAULT_SELECT) <= set(re.findall(r"`(KAM\d{3})`", changelog))


def test_every_topic_goes_to_whom_the_documentation_says() -> None:
    rows = re.findall(r"^\| ([a-z-]+(?:, [a-z -]+)*) \| the ([a-z' -]+) \|$", LIFE_OF_A_TASK, re.MULTILINE)
    documented = {topic: who for topics, who in rows for topic in topics.split(", ")}
    for topic in Topic:
        lead = LEADS.get(topic, Role.PROJECT_MANAGER)
        assert documented[topic] == ("account's owner" if topic in OWNERS_TOPICS else lead.label), topic


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert list(kam_sync.__all__) == sorted(kam_sync.__all__)
    for name in kam_sync.__all__:
        assert getattr(kam_sync, name).__module__.startswith("kam_sync."), name
        assert name in dir(kam_sync)
    assert not hasattr(kam_sync, "nonsense")


def test_the_public_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse(inspect.getsource(kam_sync))
    (checked,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(kam_sync.__all__)
