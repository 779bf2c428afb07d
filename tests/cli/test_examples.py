"""The examples hold: the policy, the assignments file, the rule of one's own."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.assignments import load_assignments
from kam_sync.config import LoadedPolicy, load_policy
from kam_sync.config.digest import DigestPolicy
from kam_sync.config.models import Policy
from kam_sync.engine import ConfiguredRule, OutcomeKind, RuleTuning, judge
from kam_sync.registry import load_rules
from kam_sync.rules_api import Rule
from support_cli import POLICY, CommandLine
from support_markdown import ROOT

EXAMPLES = ROOT / "examples"
OWN = EXAMPLES / "own_rule"


@pytest.fixture
def policy() -> LoadedPolicy:
    path = EXAMPLES / "kam-sync.yaml"
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{(\w+)\}", text))
    values = {name: "https://hooks.vendor.example/x" if name.endswith("_URL") else "x" for name in names}
    return load_policy(path, load_rules(), environment=values)


def test_the_policy_uses_every_section(policy: LoadedPolicy) -> None:
    used = policy.policy.model_dump(exclude_unset=True)
    assert set(used) == set(Policy.model_fields)
    for name in ("rules", "tasks", "safety"):
        annotation = Policy.model_fields[name].annotation
        assert annotation is not None
        assert set(used[name]) == set(annotation.model_fields), name
    assert set(used["digest"]) == set(DigestPolicy.model_fields)
    for org, settings in policy.settings.items():
        assert settings.model_fields_set, org


def test_the_policy_means_what_it_says(policy: LoadedPolicy) -> None:
    rules = {configured.rule.code: configured for configured in policy.rules}
    assert "KAM103" not in rules
    assert rules["KAM201"].for_days == 7
    assert rules["KAM205"].tiers["A"].params.model_dump()["top_tier_days"] == 60
    assert policy.state_url.endswith("/examples/state/kam-sync.db")


def test_the_assignments_name_orgs_of_the_policy(policy: LoadedPolicy) -> None:
    assert policy.policy.assignments is not None
    assignments = load_assignments(policy.folder / policy.policy.assignments)
    assert set(assignments) <= set(policy.policy.orgs)
    assert sum(map(len, assignments.values())) == 3


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as `pip install` would make it known: on the path, with its metadata beside it."""
    project = tomllib.loads((OWN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (group, entries), *others = project["entry-points"].items()
    assert others == []
    metadata = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    points = "".join(f"{name} = {value}\n" for name, value in entries.items())
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{points}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.syspath_prepend(str(OWN))
    yield
    sys.modules.pop("acme_kam_rules", None)


def _own_rule() -> Rule:
    (found,) = [rule for rule in load_rules() if isinstance(rule, Rule) and rule.code == "ACME101"]
    return found


@pytest.mark.usefixtures("installed")
def test_the_own_rule_is_found_and_its_examples_hold() -> None:
    rule = _own_rule()
    for example in rule.examples():
        params = rule.params_model.model_validate(example.params)
        configured = ConfiguredRule(rule=rule, tuning=RuleTuning(params=params))
        (outcome,) = judge(example.snapshot, [configured], example.context).outcomes
        assert (outcome.kind is OutcomeKind.UNKNOWN) is example.unknown, example.title
        assert [finding.key for finding in outcome.findings] == list(example.expected), example.title


@pytest.mark.usefixtures("installed")
def test_the_own_rule_takes_part_like_any_other(cli: CommandLine) -> None:
    assert "few-contacts" in cli.done("rules").out
    assert "at_least" in cli.done("explain", "few-contacts").out
    cli.write_policy(POLICY.replace("[KAM101, KAM201, KAM203]", "[ACME]"))
    out = cli.done("run", "--apply").out
    assert re.search(r"medium +ACME101 +few-contacts +5", out)
    assert any(task.subject == "Still & Co: strengthen the relations" for task in cli.crm.tasks())
