"""Runs every example of every rule through the engine, and checks that the examples leave nothing out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kam_sync.engine import ConfiguredRule, OutcomeKind, RuleTuning, judge
from kam_sync.rules_api import Example, Rule
from kam_sync_rules import RULES

EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples()]
PARTLY_UNKNOWN = {
    "KAM101": {"roles.innovator"},
    "KAM102": {"roles.collaborator"},
    "KAM103": {"roles.technical_expert"},
    "KAM201": set[str](),
    "KAM202": {"plan.parts.key_relations", "plan.parts.current_state", "plan.parts.revenue_goals"},
    "KAM203": {"opportunities"},
    "KAM204": set[str](),
    "KAM205": {"plan.next_review_on", "plan.last_review_on", "plan.start_on"},
}
"""Beside its needs, what a rule reads and cannot judge without."""
MAY_NOT_APPLY = {"KAM201", "KAM202", "KAM205"}

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def wanted(example: Example) -> OutcomeKind:
    if example.not_applicable:
        return OutcomeKind.NOT_APPLICABLE
    if example.unknown:
        return OutcomeKind.UNKNOWN
    return OutcomeKind.FAILED if example.expected else OutcomeKind.PASSED


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.code}: {case.title}" for rule, case in EXAMPLES])
def test_example(rule: Rule, example: Example) -> None:
    tuning = RuleTuning(params=rule.params_model.model_validate(example.params))
    outcome = judge(example.snapshot, [ConfiguredRule(rule=rule, tuning=tuning)], example.context).outcomes[0]
    assert outcome.error == ""
    assert outcome.kind is wanted(example)
    assert sorted(finding.key for finding in outcome.findings) == sorted(example.expected)


@each_rule
def test_every_rule_has_cases_that_flag_and_that_are_clean(rule: Rule) -> None:
    kinds = [wanted(example) for example in rule.examples()]
    assert kinds.count(OutcomeKind.FAILED) >= 2
    assert kinds.count(OutcomeKind.PASSED) >= 2
    assert (OutcomeKind.NOT_APPLICABLE in kinds) == (rule.code in MAY_NOT_APPLY)


@each_rule
def test_everything_a_rule_needs_has_a_case_in_which_it_is_unknown(rule: Rule) -> None:
    unknown = {name for example in rule.examples() if example.unknown for name in example.snapshot.unknown}
    assert unknown == set(rule.needs) | PARTLY_UNKNOWN[rule.code]


@each_rule
def test_titles_tell_cases_apart_and_say_one_thing_only(rule: Rule) -> None:
    examples: Sequence[Example] = rule.examples()
    titles = [example.title for example in examples]
    assert len(set(titles)) == len(titles)
    for example in examples:
        assert sum((bool(example.expected), example.unknown, example.not_applicable)) <= 1, example.title


@each_rule
def test_some_case_sets_every_parameter_of_a_rule(rule: Rule) -> None:
    assert set(rule.params_model.model_fields) == {name for example in rule.examples() for name in example.params}
