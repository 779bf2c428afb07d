"""The JSON Schema of the policy: takes what holds, refuses what an editor can see does not, and says what keys mean."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from ruamel.yaml import YAML

import kam_sync
from kam_sync.clock import ManualClock
from kam_sync.config.models import OrgPolicy, Policy
from kam_sync.config.schema import argument_descriptions, models_in
from kam_sync.demo import START
from kam_sync.demo.sandbox import policy_text, seeded_portfolio
from kam_sync.errors import ConfigError
from kam_sync.registry import load_connector, load_local_crms, load_rules
from kam_sync.scaffold import policy_template
from support_cli import memory_folder
from support_docs import LOCAL_VALUES
from support_markdown import ROOT, blocks

CONNECTORS = ("hubspot", "salesforce")
HUBSPOT = "version: 1\norgs:\n  h: {connector: hubspot, auth: {access_token: '${TOKEN}'}%s}\n"


@cache
def _schema() -> dict[str, object]:
    schema: dict[str, object] = json.loads((ROOT / "docs/reference/kam-sync.schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def _validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(_schema())
    return Draft202012Validator(_schema())


def _definitions() -> dict[str, dict[str, object]]:
    """Return every section of the schema by its name, the whole file by the empty one."""
    definitions = _schema()["$defs"]
    assert isinstance(definitions, dict)
    return {"": _schema(), **definitions}


def _problems(text: str) -> list[str]:
    """Return what is wrong with a policy file by its schema; dates are texts to an editor."""
    data = json.loads(json.dumps(YAML(typ="safe").load(io.StringIO(text)), default=str))
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(data)]


def _readme() -> Iterator[str]:
    yield from (
        block.text for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if block.kind == "yaml"
    )


def test_it_takes_the_policies_of_readme_example_and_template() -> None:
    policies = [*_readme(), (ROOT / "examples" / "kam-sync.yaml").read_text(encoding="utf-8")]
    policies.append(policy_template(["salesforce", "hubspot"]))
    assert len(policies) >= 3
    for text in policies:
        assert _problems(text) == []


def test_it_takes_the_policy_of_a_sandbox() -> None:
    with memory_folder() as folder:
        crms = {name: kind.start(folder / name, clock=ManualClock(START)) for name, kind in load_local_crms().items()}
        try:
            text = policy_text(crms, {name: seeded_portfolio(name) for name in crms})
        finally:
            for crm in crms.values():
                crm.stop()
    assert _problems(text) == []


@pytest.mark.parametrize(
    "more",
    [
        "",
        ", fields: {account.tier: tier, opportunity.type: null, contact.stance: [stance]}",
        ", roles: {owner_properties: {innovator: innovator_owner}}",
        ", scope: {property: is_key, values: important}",
        ", scope: {property: is_key, values: [true, 7, a]}",
        ", sales: {field: sold}",
        ", limits: {day_share: '${SHARE}'}",
        ", api_version: '${VERSION}'",
        ", feedback: {object: companies, fields: {on: graded_on, grade: grade}}",
    ],
)
def test_it_takes_every_way_of_writing(more: str) -> None:
    text = HUBSPOT % more
    assert _problems(text) == []
    _parse(text)


def _parse(text: str) -> None:
    environment = {**LOCAL_VALUES, "TOKEN": "a-token", "SHARE": "0.5", "VERSION": "2026-03"}
    kam_sync.parse_policy(text, path=ROOT / "kam-sync.yaml", rules=load_rules(), environment=environment)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HUBSPOT % ", host: 7", "$.orgs.h.host"),
        (HUBSPOT % ", hots: https://api.hubapi.com", "$.orgs.h"),
        (HUBSPOT % ", fields: {acount.tier: tier}", "$.orgs.h.fields"),
        (HUBSPOT % ", scope: {values: [a]}", "$.orgs.h.scope"),
        (HUBSPOT % ", goals: {object: 2-1, fields: {titel: x}}", "$.orgs.h.goals"),
        (HUBSPOT % ", feedback: {object: 2-1, fields: {on: x}}", "$.orgs.h.feedback"),
        (HUBSPOT % ", limits: {day_share: 2}", "$.orgs.h.limits.day_share"),
        (HUBSPOT % ", calendar: {weekend: [caturday]}", "$.orgs.h.calendar.weekend[0]"),
        ("version: 1\norgs: {h: {connector: hubspott}}\n", "$.orgs.h.connector"),
        ("version: 1\norgs: {h: {connector: hubspot}}\n", "$.orgs.h"),
        ("version: 1\norgs: {s: {connector: salesforce, auth: {method: jvt}}}\n", "$.orgs.s.auth"),
        ("version: 2\norgs: {}\n", "$.version"),
        ((HUBSPOT % "") + "rules: {settings: {KAM103: {params: {quite_days: 3}}}}\n", "$.rules.settings.KAM103.params"),
        ((HUBSPOT % "") + "rules: {settings: {KAM103: {severity: grave}}}\n", "$.rules.settings.KAM103.severity"),
        ((HUBSPOT % "") + "suppress: [{code: KAM1, author: ines, until: 2027-01-31}]\n", "$.suppress[0]"),
        ((HUBSPOT % "") + "tasks: {caps: {new_per_owner: 0}}\n", "$.tasks.caps.new_per_owner"),
    ],
)
def test_it_refuses_what_the_policy_refuses_and_says_where(text: str, place: str) -> None:
    assert place in {problem.partition(": ")[0] for problem in _problems(text)}, _problems(text)
    with pytest.raises(ConfigError):
        _parse(text)


def test_every_key_of_the_policy_says_what_it_means() -> None:
    """Whoever adds a key says below `Args:` of its model, or by Field(description=…), what it means."""
    done: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [Policy, OrgPolicy, *(load_connector(name).settings_model for name in CONNECTORS)]
    silent = []
    while waiting:
        model = waiting.pop()
        if model in done:
            continue
        done.add(model)
        said = argument_descriptions(model)
        for name, field in model.model_fields.items():
            waiting += models_in(field.annotation)
            if not (field.description or said.get(name)):
                silent.append(f"{model.__module__}.{model.__name__}.{name}")
        assert said.keys() <= {*model.model_fields}, f"{model.__name__} speaks of keys that it has not"
    assert silent == []
    assert len(done) > 30


def _schemas(node: object) -> Iterator[dict[str, object]]:
    """Yield every schema within a schema."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key not in {"default", "enum", "const", "required"}:
                yield from _schemas(value)
    elif isinstance(node, list):
        for item in node:
            yield from _schemas(item)


def test_every_key_of_the_schema_says_what_it_means() -> None:
    """Under the name by which it is written: `from` of a mail's sender, too."""
    said: dict[str, object] = {}
    for name, definition in _definitions().items():
        properties = definition.get("properties", {})
        assert isinstance(properties, dict)
        said |= {f"{name}.{key}": given.get("description") for key, given in properties.items()}
    assert [key for key, words in said.items() if not words] == []
    assert "SmtpChannel.from" in said


def test_every_default_is_what_a_file_may_hold() -> None:
    with_default = [each for each in _schemas(_schema()) if "default" in each]
    wrong = [
        each["default"]
        for each in with_default
        if not Draft202012Validator({**each, "$defs": _schema()["$defs"]}).is_valid(each["default"])
    ]
    assert wrong == []
    assert {"1h", "30s", "0s"} <= {each["default"] for each in with_default if isinstance(each["default"], str)}


def test_the_reference_has_every_section_of_the_schema() -> None:
    page = (ROOT / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    sections = {name: each for name, each in _definitions().items() if name.endswith(("Channel", "Policy"))}
    assert "SmtpChannel" in sections
    assert [name for name, each in sections.items() if f"\n{each['description']}\n" not in page] == []


def test_the_command_line_prints_it_for_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    from kam_sync.cli import main

    assert main(["validate", "--schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert "org with memory" in printed["$defs"]
    assert {"org with hubspot", "org with salesforce"} <= printed["$defs"].keys()
    assert printed["properties"]["rules"]["description"] == "Which rules run, and how they are tuned."
