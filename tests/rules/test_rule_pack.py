"""Checks that walk the whole rule pack: codes, names, docstrings, parameters, walls, clock, and what rules may read."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kam_sync_rules
from kam_sync.rules_api import DOC_HEADINGS, Rule, Topic
from kam_sync_rules import RULES

CATALOGUE = {
    "KAM101": ("R01", "missing-role", Topic.ROLES),
    "KAM102": ("R02", "inactive-role-holder", Topic.ROLES),
    "KAM103": ("R03", "unplayed-role", Topic.ROLES),
    "KAM201": ("P01", "missing-plan", Topic.PLAN),
    "KAM202": ("P02", "incomplete-plan", Topic.PLAN),
    "KAM203": ("P03", "missing-next-step", Topic.NEXT_STEPS),
    "KAM204": ("P04", "broken-next-step", Topic.NEXT_STEPS),
    "KAM205": ("P05", "overdue-plan-review", Topic.PLAN),
}
"""Codes, catalogue ids and names are promises to users: they never change."""

PACK = Path(kam_sync_rules.__file__).parent
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in sorted(PACK.glob("*.py"))}
ALLOWED_STDLIB = {"__future__", "collections", "dataclasses", "datetime", "enum", "typing"}
ALLOWED_CORE = {"kam_sync.records", "kam_sync.rules_api", "kam_sync.severity"}
CLOCK_READERS = {"now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp"}
MOVED_BY_OUR_TASKS = re.compile(
    r"last_?activity_?(date|on|at)|notes_(next_activity_date|last_updated|last_contacted)|last_?modified|systemmodstamp"
    r"|hs_lastmodifieddate|hs_last_sales_activity\w*",
    re.IGNORECASE,
)

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
each_source = pytest.mark.parametrize("name", SOURCES)


def imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def clock_uses(source: str) -> Iterator[str]:
    """Yield calls such as `dt.date.today()`; `context.today` is no call."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_READERS:
            yield ast.unparse(node)


def fields_moved_by_our_tasks(source: str) -> Iterator[str]:
    """Yield attributes, names and strings, except docstrings, that name a field which a task of ours would move."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        said = ""
        if isinstance(node, ast.Attribute):
            said = node.attr
        elif isinstance(node, ast.Name):
            said = node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            said = node.value
        yield from (found.group() for found in MOVED_BY_OUR_TASKS.finditer(said))


def test_only_the_rules_are_public() -> None:
    public = {name for name in vars(kam_sync_rules) if not name.startswith("_")}
    modules = {path.stem for path in PACK.glob("[a-z]*.py")}
    assert kam_sync_rules.__all__ == ["RULES"]
    assert public - modules == {"RULES", "Rule", "Final", "annotations"}


def test_rules_are_those_of_the_catalogue_in_the_order_of_their_codes() -> None:
    said = {rule.code: (rule.catalogue_id, rule.name, rule.topic) for rule in RULES}
    assert said == CATALOGUE
    assert [rule.code for rule in RULES] == sorted(CATALOGUE)


@each_rule
def test_docstring_has_the_headings_in_order_and_says_where_the_idea_is_from(rule: Rule) -> None:
    lines = [line.strip() for line in rule.doc.splitlines()]
    assert [line for line in lines if line.removesuffix(":") in DOC_HEADINGS and line.endswith(":")] == [
        f"{heading}:" for heading in DOC_HEADINGS
    ]
    assert f"catalogue {rule.catalogue_id}" in rule.doc
    assert rule.summary.startswith("Flags ")
    assert rule.summary.endswith(".")
    for heading in DOC_HEADINGS:
        assert lines[lines.index(f"{heading}:") + 1], heading


@each_rule
def test_parameters_are_described_bounded_and_strict(rule: Rule) -> None:
    schema = rule.params_model.model_json_schema()
    assert schema["additionalProperties"] is False
    assert rule.params_model.model_config["frozen"] is True
    for name, field in schema.get("properties", {}).items():
        assert field["description"].endswith("."), name
        assert field["type"] == "boolean" or {"minimum", "maximum"} <= set(field), name


@each_rule
def test_the_docstring_tells_the_defaults_of_the_parameters(rule: Rule) -> None:
    for name, field in rule.params_model.model_fields.items():
        assert f"`{name}" in rule.doc, name
        if not isinstance(field.default, bool):
            assert str(field.default) in rule.doc, name


@each_source
def test_rules_import_only_records_the_rule_api_and_pure_modules(name: str) -> None:
    for module in imports(SOURCES[name]):
        top = module.partition(".")[0]
        assert (
            module in ALLOWED_CORE
            or top in {"kam_sync_rules", "pydantic"}
            or (top in ALLOWED_STDLIB and top in sys.stdlib_module_names)
        ), module


@each_source
def test_rules_read_no_clock(name: str) -> None:
    assert list(clock_uses(SOURCES[name])) == []


@each_source
def test_rules_read_no_field_that_our_own_tasks_move(name: str) -> None:
    assert list(fields_moved_by_our_tasks(SOURCES[name])) == []


@each_source
def test_modules_stay_readable(name: str) -> None:
    assert len(SOURCES[name].splitlines()) <= 400


def test_the_scans_see_what_they_look_for() -> None:
    bad = "\n".join(
        (
            '"""LastActivityDate in prose."""',
            "import datetime as dt",
            "d = dt.date.today()",
            "e = account.LastActivityDate",
            'f = x["notes_last_updated"]',
        )
    )
    assert list(clock_uses(bad)) == ["dt.date.today()"]
    assert sorted(fields_moved_by_our_tasks(bad)) == ["LastActivityDate", "notes_last_updated"]
    assert list(imports("import os\nfrom kam_sync.store import x")) == ["os", "kam_sync.store"]
