"""The contract every rule keeps, as a test class to inherit: its examples hold, and it reads what it names and no more.

The pytest plugin collects it for a rule pack; see `docs/writing-a-plugin.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

import pytest

from kam_sync.engine import OutcomeKind, RuleOutcome
from kam_sync.names import NAMES
from kam_sync.portfolio_judging import PortfolioOutcome
from kam_sync.portfolio_rules import PortfolioExample, PortfolioRule
from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import Example, Rule
from kam_sync.testing.blanking import KNOWN, blank, blank_portfolio, named, with_values
from kam_sync.testing.rule_examples import (
    Said,
    expected,
    outcome_of,
    portfolio_outcome_of,
    said,
    unknown_in,
    wanted,
    without_knowing,
)

AnyRule = Rule | PortfolioRule
AnyExample = Example | PortfolioExample


class Effect(StrEnum):
    """What may become of a problem when something that a rule uses becomes unknown."""

    OPENS = "opens"
    CLOSES = "closes"
    """The problem is gone without being left open: a task about it would be closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerated:
    """These names, when they become unknown, may open or close a problem of these rules, and why that is right.

    `names` and `codes` are separated by blanks. Each must happen in an example, so that none outlives its reason.
    """

    effect: Effect
    names: str
    codes: str
    reason: str


def effects(before: Said, after: Said) -> set[Effect]:
    """Return whether a problem opened, or went without being left open."""
    opened = set(after.found) - set(before.found)
    closed = {
        (account, key) for account, key in set(before.found) - set(after.found) if not after.is_open(account, key)
    }
    return ({Effect.OPENS} if opened else set()) | ({Effect.CLOSES} if closed else set())


def outcome_on(rule: AnyRule, example: AnyExample) -> RuleOutcome | PortfolioOutcome:
    """Return everything that a rule of either sort says of an example."""
    if isinstance(rule, Rule) and isinstance(example, Example):
        return outcome_of(rule, example)
    if isinstance(rule, PortfolioRule) and isinstance(example, PortfolioExample):
        return portfolio_outcome_of(rule, example)
    raise TypeError(f"the rule {rule.code} and its example {example.title!r} are of different sorts")


def alone(rule: AnyRule, example: AnyExample) -> AnyExample:
    """Return an example with only what is fetched for a rule."""
    if isinstance(example, Example):
        return replace(example, snapshot=blank(example.snapshot, named(rule)))
    return blank_portfolio(example, named(rule))


def turned(example: AnyExample) -> AnyExample:
    """Return an example whose records arrive in the opposite order."""

    def turn(snapshot: AccountSnapshot) -> AccountSnapshot:
        return with_values(snapshot, {attribute: getattr(snapshot, attribute)[::-1] for attribute in KNOWN.values()})

    if isinstance(example, Example):
        return replace(example, snapshot=turn(example.snapshot))
    users = example.users or next((snapshot.users for snapshot in example.accounts), {})
    accounts = tuple(turn(snapshot) for snapshot in reversed(example.accounts))
    return replace(example, accounts=accounts, sales=example.sales[::-1], users=users)


class _Contract:
    """What the contracts of rules share."""

    rules: ClassVar[Sequence[AnyRule]] = ()
    tolerated: ClassVar[Sequence[Tolerated]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test for every rule, or for every example of every rule."""
        if "example" in metafunc.fixturenames:
            cases = [(rule, example) for rule in self.rules for example in rule.examples()]
            ids = [f"{rule.code}: {example.title}" for rule, example in cases]
            metafunc.parametrize(("rule", "example"), cases, ids=ids)
        elif "rule" in metafunc.fixturenames:
            metafunc.parametrize("rule", self.rules, ids=[rule.code for rule in self.rules])

    def _tolerated(self, code: str) -> set[tuple[Effect, str]]:
        rows = [row for row in self.tolerated if code in row.codes.split()]
        return {(row.effect, name) for row in rows for name in row.names.split()}


class RuleContract(_Contract):
    """What every rule promises its users and the engine; inherit it and name the `rules`."""

    def test_example(self, rule: AnyRule, example: AnyExample) -> None:
        """An example comes out as it says."""
        outcome = said(rule, example)
        assert outcome.error == ""
        assert outcome.kind is wanted(example)
        assert outcome.found == expected(example)

    def test_a_rule_has_cases_that_flag_and_that_are_clean(self, rule: AnyRule) -> None:
        """The documentation shows both, and neither is all the rule can say."""
        kinds = {wanted(example) for example in rule.examples()}
        assert {OutcomeKind.FAILED, OutcomeKind.PASSED} <= kinds

    def test_everything_a_rule_needs_has_a_case_in_which_it_alone_is_unknown(self, rule: AnyRule) -> None:
        """Nothing is called unknown in an example that the rule does not name."""
        examples: Sequence[AnyExample] = rule.examples()
        unknown = [unknown_in(example) for example in examples if example.unknown]
        assert {need for need in rule.needs if {need} not in unknown} == set()
        assert {name for names in unknown for name in names} <= named(rule)

    def test_a_rule_names_only_what_there_is_and_nothing_twice(self, rule: AnyRule) -> None:
        """Needs and uses are canonical names."""
        assert named(rule) <= set(NAMES)
        assert len(named(rule)) == len(rule.needs) + len(rule.uses)

    def test_a_rule_says_the_same_of_what_it_names_alone(self, rule: AnyRule) -> None:
        """What a rule does not name is not fetched for it, so it must not read it."""
        examples: Sequence[AnyExample] = rule.examples()
        for example in examples:
            assert outcome_on(rule, alone(rule, example)) == outcome_on(rule, example), example.title

    def test_what_is_used_and_becomes_unknown_neither_opens_nor_closes(self, rule: AnyRule) -> None:
        """A page that failed to arrive makes no task and closes none, unless that is tolerated for a reason."""
        examples: Sequence[AnyExample] = rule.examples()
        seen: dict[tuple[Effect, str], str] = {}
        for example in examples:
            before = said(rule, example)
            for name in rule.uses:
                after = said(rule, without_knowing(example, {name}))
                assert after.error == "", (name, example.title)
                seen.update({(effect, name): example.title for effect in effects(before, after)})
        tolerated = self._tolerated(rule.code)
        assert {change: title for change, title in seen.items() if change not in tolerated} == {}
        assert tolerated - set(seen) == set(), "no example shows it"

    def test_the_order_in_which_records_arrive_does_not_matter(self, rule: AnyRule) -> None:
        """CRMs promise no order; a task's text must not change with it."""
        examples: Sequence[AnyExample] = rule.examples()
        for example in examples:
            assert outcome_on(rule, turned(example)) == outcome_on(rule, example), example.title

    def test_titles_tell_cases_apart_and_say_one_thing_only(self, rule: AnyRule) -> None:
        """An example flags, or is unknown, or does not apply."""
        examples: Sequence[AnyExample] = rule.examples()
        titles = [example.title for example in examples]
        assert len(set(titles)) == len(titles)
        for example in examples:
            assert sum((bool(example.expected), example.unknown, example.not_applicable)) <= 1, example.title

    def test_some_case_sets_every_parameter(self, rule: AnyRule) -> None:
        """A parameter that no example sets may do nothing."""
        assert set(rule.params_model.model_fields) == {name for example in rule.examples() for name in example.params}


class PortfolioRuleContract(_Contract):
    """What a rule over the portfolio promises beside that; the `rules` are such rules only."""

    def test_what_is_unknown_of_one_account_neither_opens_nor_closes(self, rule: PortfolioRule) -> None:
        """An account of which too little is known is not taken for one without sales."""
        for example in rule.examples():
            before = said(rule, example)
            for snapshot in example.accounts:
                for name in (*rule.needs, *rule.uses):
                    after = said(rule, without_knowing(example, {name}, snapshot.account.id))
                    assert after.error == "", (name, example.title)
                    changes = {(effect, name) for effect in effects(before, after)}
                    assert changes <= self._tolerated(rule.code), (name, snapshot.account.id, example.title)
