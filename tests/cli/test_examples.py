"""The examples hold: the policy and the assignments file."""

from __future__ import annotations

import re

import pytest

from kam_sync.assignments import load_assignments
from kam_sync.config import LoadedPolicy, load_policy
from kam_sync.config.digest import DigestPolicy
from kam_sync.config.models import Policy
from kam_sync.registry import load_rules
from support_markdown import ROOT

EXAMPLES = ROOT / "examples"


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
