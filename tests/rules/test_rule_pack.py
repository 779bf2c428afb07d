"""Checks that walk the whole rule pack: codes, names, docstrings, parameters, walls, clock, and what rules may read."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

import kam_sync_rules
from kam_sync.names import NAMES, RELATIONS
from kam_sync.rules_api import DOC_HEADINGS, RuleFacts, Topic
from kam_sync.severity import Severity
from kam_sync_rules import RULES
from rules.pack_rules import PACK

CATALOGUE: Final = {
    "KAM101": ("R01", "missing-role", Topic.ROLES, Severity.HIGH),
    "KAM102": ("R02", "inactive-role-holder", Topic.ROLES, Severity.HIGH),
    "KAM103": ("R03", "unplayed-role", Topic.ROLES, Severity.MEDIUM),
    "KAM104": ("R04", "single-role-holder", Topic.ROLES, Severity.INFO),
    "KAM105": ("R05", "forced-role-pairing", Topic.ROLES, Severity.LOW),
    "KAM106": ("R06", "symptom-despite-role", Topic.ROLES, Severity.MEDIUM),
    "KAM107": ("R07", "missing-technical-expert", Topic.ROLES, Severity.HIGH),
    "KAM201": ("P01", "missing-plan", Topic.PLAN, Severity.HIGH),
    "KAM202": ("P02", "incomplete-plan", Topic.PLAN, Severity.MEDIUM),
    "KAM203": ("P03", "missing-next-step", Topic.NEXT_STEPS, Severity.HIGH),
    "KAM204": ("P04", "broken-next-step", Topic.NEXT_STEPS, Severity.MEDIUM),
    "KAM205": ("P05", "overdue-plan-review", Topic.PLAN, Severity.MEDIUM),
    "KAM206": ("P06", "stale-plan", Topic.PLAN, Severity.MEDIUM),
    "KAM207": ("P07", "missing-team-meeting", Topic.PLAN, Severity.MEDIUM),
    "KAM208": ("P08", "expired-plan", Topic.PLAN, Severity.HIGH),
    "KAM209": ("P09", "missing-goal-horizon", Topic.PLAN, Severity.LOW),
    "KAM210": ("P10", "vague-goal", Topic.PLAN, Severity.LOW),
    "KAM211": ("P11", "missing-swot", Topic.PLAN, Severity.LOW),
    "KAM212": ("P12", "several-active-plans", Topic.PLAN, Severity.LOW),
    "KAM213": ("P13", "empty-account-calendar", Topic.RELATIONS, Severity.MEDIUM),
    "KAM214": ("P14", "missing-progress-report", Topic.PLAN, Severity.LOW),
    "KAM215": ("P15", "unmeasured-goal", Topic.PLAN, Severity.LOW),
    "KAM216": ("P16", "missing-success-criteria", Topic.PROCESS, Severity.MEDIUM),
    "KAM310": ("G10", "missing-growth-target", Topic.GROWTH, Severity.MEDIUM),
    "KAM311": ("G11", "growth-behind-pace", Topic.GROWTH, Severity.HIGH),
    "KAM313": ("G13", "key-share-out-of-band", Topic.GROWTH, Severity.INFO),
    "KAM314": ("G14", "dependence", Topic.GROWTH, Severity.CRITICAL),
    "KAM316": ("G16", "cost-above-revenue", Topic.GROWTH, Severity.MEDIUM),
    "KAM317": ("G17", "unplanned-renewal", Topic.GROWTH, Severity.HIGH),
    "KAM318": ("G18", "unreplaced-revenue", Topic.GROWTH, Severity.MEDIUM),
    "KAM319": ("G19", "untried-whitespace", Topic.GROWTH, Severity.LOW),
    "KAM320": ("G20", "unreplicated-success", Topic.GROWTH, Severity.LOW),
    "KAM321": ("G21", "unanswered-trigger", Topic.GROWTH, Severity.MEDIUM),
    "KAM322": ("G22", "stalled-opportunity", Topic.GROWTH, Severity.MEDIUM),
    "KAM323": ("G23", "neglected-new-account", Topic.GROWTH, Severity.MEDIUM),
    "KAM401": ("K01", "weak-selection-criteria", Topic.GROWTH, Severity.LOW),
    "KAM402": ("K02", "stale-selection-scores", Topic.GROWTH, Severity.LOW),
    "KAM403": ("K03", "unmet-selection-criteria", Topic.GROWTH, Severity.LOW),
    "KAM404": ("K04", "promotion-candidate", Topic.GROWTH, Severity.INFO),
    "KAM405": ("K05", "too-many-key-accounts", Topic.GROWTH, Severity.INFO),
    "KAM406": ("K06", "overloaded-manager", Topic.GROWTH, Severity.MEDIUM),
    "KAM501": ("C01", "single-threaded-here", Topic.RELATIONS, Severity.HIGH),
    "KAM502": ("C02", "single-threaded-there", Topic.RELATIONS, Severity.MEDIUM),
    "KAM503": ("C03", "incomplete-decision-group", Topic.RELATIONS, Severity.MEDIUM),
    "KAM504": ("C04", "thin-decision-group-profile", Topic.RELATIONS, Severity.LOW),
    "KAM505": ("C05", "missing-stakeholder-map", Topic.RELATIONS, Severity.MEDIUM),
    "KAM506": ("C06", "unmanaged-blocker", Topic.RELATIONS, Severity.MEDIUM),
    "KAM507": ("C07", "missing-supporter", Topic.RELATIONS, Severity.MEDIUM),
    "KAM508": ("C08", "missing-executive-contact", Topic.RELATIONS, Severity.MEDIUM),
    "KAM509": ("C09", "quiet-contact", Topic.RELATIONS, Severity.MEDIUM),
    "KAM510": ("C10", "departed-key-contact", Topic.RELATIONS, Severity.CRITICAL),
    "KAM511": ("C11", "no-new-stakeholder", Topic.RELATIONS, Severity.LOW),
    "KAM512": ("C12", "untouched-unit", Topic.RELATIONS, Severity.MEDIUM),
    "KAM513": ("C13", "undefended-competitor", Topic.RELATIONS, Severity.HIGH),
    "KAM514": ("C14", "repeated-offer-gap", Topic.RELATIONS, Severity.MEDIUM),
    "KAM515": ("C15", "unfit-relationship-stage", Topic.RELATIONS, Severity.MEDIUM),
    "KAM516": ("C16", "no-site-visit", Topic.RELATIONS, Severity.LOW),
    "KAM517": ("C17", "unowned-contact", Topic.RELATIONS, Severity.LOW),
    "KAM601": ("V01", "overdue-feedback", Topic.SERVICE, Severity.MEDIUM),
    "KAM602": ("V02", "low-grade", Topic.SERVICE, Severity.HIGH),
    "KAM603": ("V03", "missing-recovery-call", Topic.SERVICE, Severity.HIGH),
    "KAM604": ("V04", "falling-grade", Topic.SERVICE, Severity.MEDIUM),
    "KAM605": ("V05", "unasked-reference", Topic.SERVICE, Severity.LOW),
    "KAM606": ("V06", "grade-without-reason", Topic.SERVICE, Severity.LOW),
    "KAM607": ("V07", "open-complaint", Topic.SERVICE, Severity.HIGH),
    "KAM608": ("V08", "missing-business-review", Topic.SERVICE, Severity.MEDIUM),
    "KAM701": ("T01", "late-tender-preparation", Topic.PROCESS, Severity.MEDIUM),
    "KAM702": ("T02", "unknown-tender-participants", Topic.PROCESS, Severity.HIGH),
    "KAM703": ("T03", "undated-proposal", Topic.PROCESS, Severity.MEDIUM),
    "KAM704": ("T04", "expiring-proposal", Topic.PROCESS, Severity.MEDIUM),
    "KAM705": ("T05", "unconfirmed-proposal", Topic.PROCESS, Severity.HIGH),
    "KAM706": ("T06", "missing-interim-date", Topic.PROCESS, Severity.MEDIUM),
    "KAM707": ("T07", "untailored-proposal", Topic.PROCESS, Severity.LOW),
    "KAM708": ("T08", "unnamed-proposal-team", Topic.PROCESS, Severity.LOW),
    "KAM801": ("H01", "seller-is-manager", Topic.PROCESS, Severity.LOW),
    "KAM802": ("H02", "missing-handover", Topic.PROCESS, Severity.HIGH),
    "KAM803": ("H03", "owner-churn", Topic.PROCESS, Severity.MEDIUM),
    "KAM804": ("H04", "no-dedicated-manager", Topic.PROCESS, Severity.CRITICAL),
    "KAM805": ("H05", "owner-without-goals", Topic.PROCESS, Severity.LOW),
}
"""Codes, catalogue ids, names and topics are promises to users: they never change. Severities change with notice."""

FOLDER = Path(kam_sync_rules.__file__).parent
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.py"))}
ALLOWED_STDLIB = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "itertools",
    "math",
    "re",
    "typing",
}
ALLOWED_CORE = {
    "kam_sync.dates",
    "kam_sync.names",
    "kam_sync.portfolio_rules",
    "kam_sync.records",
    "kam_sync.rules_api",
    "kam_sync.severity",
}
ALLOWED_CORE_PACKAGE = "kam_sync.figures."
CLOCK_READERS = {"now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp"}
MOVED_BY_OUR_TASKS = re.compile(
    r"last_?activity_?(date|on|at)|notes_(next_activity_date|last_updated|last_contacted)|last_?modified|systemmodstamp"
    r"|hs_lastmodifieddate|hs_last_sales_activity\w*",
    re.IGNORECASE,
)

MOST_TOLD: Final = 4
"""Longer lists stand in the table of parameters of the rule's page only."""
Schema = Mapping[str, object]

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
    modules = {path.stem for path in FOLDER.glob("[a-z]*.py")}
    assert kam_sync_rules.__all__ == ["RULES"]
    assert public - modules == {"RULES", "Rule", "PortfolioRule", "Final", "annotations"}


def test_rules_are_those_of_the_catalogue_in_the_order_of_their_codes() -> None:
    said = {rule.code: (rule.catalogue_id, rule.name, rule.topic, rule.severity) for rule in RULES}
    assert said == CATALOGUE
    assert [rule.code for rule in RULES] == sorted(CATALOGUE)


def test_every_rule_that_a_module_defines_is_registered() -> None:
    assert list(PACK.values()) == list(RULES)


@each_rule
def test_docstring_has_the_headings_in_order_and_says_where_the_idea_is_from(rule: RuleFacts) -> None:
    lines = [line.strip() for line in rule.doc.splitlines()]
    assert [line for line in lines if line.removesuffix(":") in DOC_HEADINGS and line.endswith(":")] == [
        f"{heading}:" for heading in DOC_HEADINGS
    ]
    assert f"catalogue {rule.catalogue_id}" in " ".join(rule.doc.split())
    assert rule.summary.startswith("Flags ")
    assert rule.summary.endswith(".")
    for heading in DOC_HEADINGS:
        assert lines[lines.index(f"{heading}:") + 1], heading


def inner(schema: Schema, key: str) -> Schema:
    """Return what a JSON schema holds under a key, nothing when it has none."""
    found = schema.get(key, {})
    assert isinstance(found, Mapping)
    return found


@each_rule
def test_needs_and_uses_name_their_relations(rule: RuleFacts) -> None:
    named = {*rule.needs, *rule.uses}
    assert {RELATIONS[NAMES[name].kind] for name in named if NAMES[name].kind in RELATIONS} <= named


def alternatives(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """Yield what a parameter may be beside null, with the names of types looked up."""
    given = schema.get("anyOf", [schema])
    assert isinstance(given, list)
    for one in given:
        found = inner(definitions, str(one["$ref"]).rpartition("/")[2]) if "$ref" in one else one
        if found.get("type") != "null":
            yield found


def is_bounded(schema: Schema, definitions: Schema) -> bool:
    """Return whether a parameter is a choice, or a number or list with limits; text stands in choices and lists."""
    if schema.get("type") == "array":
        items = list(alternatives(inner(schema, "items"), definitions))
        return "maxItems" in schema and all(item.get("type") == "string" for item in items)
    limits = ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"})
    is_limited = schema.get("type") in {"integer", "number"} and all(set(schema) & either for either in limits)
    return schema.get("type") == "boolean" or "enum" in schema or is_limited


@each_rule
def test_parameters_are_described_bounded_and_strict(rule: RuleFacts) -> None:
    schema: Schema = rule.params_model.model_json_schema()
    assert schema["additionalProperties"] is False
    assert rule.params_model.model_config["frozen"] is True
    for name in inner(schema, "properties"):
        field = inner(inner(schema, "properties"), name)
        assert str(field["description"]).endswith("."), name
        found = list(alternatives(field, inner(schema, "$defs")))
        assert found, name
        assert all(is_bounded(one, inner(schema, "$defs")) for one in found), name


def test_the_check_of_bounds_sees_what_has_none() -> None:
    bounded = {"type": "integer", "minimum": 1, "maximum": 9}
    assert is_bounded(bounded, {})
    assert list(alternatives({"anyOf": [bounded, {"type": "null"}]}, {})) == [bounded]
    assert list(alternatives({"$ref": "#/$defs/Grade"}, {"Grade": {"type": "string", "enum": ["A"]}}))
    for unbounded in (
        {"type": "integer", "minimum": 1},
        {"type": "number", "maximum": 1},
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "number"}, "maxItems": 9},
    ):
        assert not is_bounded(unbounded, {})


@each_rule
def test_the_docstring_tells_the_defaults_of_the_parameters(rule: RuleFacts) -> None:
    for name, field in rule.params_model.model_fields.items():
        assert f"`{name}" in rule.doc, name
        told = field.default if isinstance(field.default, tuple) else (field.default,)
        if not isinstance(field.default, bool) and len(told) <= MOST_TOLD:
            assert [value for value in told if str(value) not in " ".join(rule.doc.split())] == [], name


@each_source
def test_rules_import_only_records_the_rule_api_and_pure_modules(name: str) -> None:
    for module in imports(SOURCES[name]):
        top = module.partition(".")[0]
        assert (
            module in ALLOWED_CORE
            or module.startswith(ALLOWED_CORE_PACKAGE)
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
