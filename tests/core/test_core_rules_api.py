"""The decorator that makes a rule refuses what would hurt later, at import, with the rule's name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from pydantic import ValidationError

from core.core_builders import (
    CONTEXT,
    TODAY,
    problem,
    snapshot,
)
from kam_sync.errors import PluginError
from kam_sync.records import Account, AccountSnapshot
from kam_sync.rules_api import Example, Rule, RuleContext, RuleParams, RuleResult, rule
from kam_sync.severity import Severity

Body = Callable[[AccountSnapshot, RuleContext, "Thresholds"], RuleResult]


class Thresholds(RuleParams):
    """Parameters of the rule in these tests."""

    days: int = 30


def _examples() -> Sequence[Example]:
    return ()


def _body(snapshot: AccountSnapshot, context: RuleContext, params: Thresholds) -> RuleResult:
    """Flags what is too old.

    What it does:
        Looks.

    Why it matters:
        It does.

    Example:
        One.

    Fix:
        Mend it.
    """
    del snapshot, context
    return [problem(str(params.days))]


def make(body: Body = _body, *, code: str = "ABC123", name: str = "too-old") -> Rule:
    return rule(
        code=code,
        name=name,
        catalogue_id="",
        topic="roles",
        needs=("roles",),
        severity=Severity.LOW,
        params=Thresholds,
        examples=_examples,
    )(body)


@pytest.mark.parametrize("code", ["KAM1", "KAM1234", "kam123", "K123", "ABCDEFGHI123", "KAM 123", "", "KAM123\n"])
def test_a_code_is_capitals_and_three_digits(code: str) -> None:
    with pytest.raises(PluginError, match="must be 2-8 capitals and three digits"):
        make(code=code)


@pytest.mark.parametrize("name", ["Missing-role", "missing_role", "-role", "role-", "a--b", "", "1-role", "rôle"])
def test_a_name_is_words_joined_by_dashes(name: str) -> None:
    with pytest.raises(PluginError, match="of rule ABC123 must be lower-case words"):
        make(name=name)


def test_a_docstring_without_a_heading_is_named_with_the_heading() -> None:
    def body(snapshot: AccountSnapshot, context: RuleContext, params: Thresholds) -> RuleResult:
        """Flags.

        What it does:
            Looks.

        Example:
            One.
        """
        del snapshot, context, params
        return ()

    with pytest.raises(PluginError, match="of rule ABC123 lacks the headings Why it matters, Fix"):
        make(body)


def test_no_docstring_lacks_every_heading() -> None:
    def body(snapshot: AccountSnapshot, context: RuleContext, params: Thresholds) -> RuleResult:
        del snapshot, context, params
        return ()

    with pytest.raises(PluginError, match="What it does, Why it matters, Example, Fix"):
        make(body)


def test_the_function_gets_its_own_parameters() -> None:
    assert make().check(snapshot(), CONTEXT, Thresholds(days=7)) == [problem("7")]


def test_foreign_parameters_are_refused() -> None:
    with pytest.raises(TypeError, match="rule ABC123 takes Thresholds, not RuleParams"):
        make().check(snapshot(), CONTEXT, RuleParams())


def test_a_misspelt_parameter_is_an_error() -> None:
    with pytest.raises(ValidationError, match="dayz"):
        Thresholds.model_validate({"dayz": 3})


def test_the_summary_is_the_first_line() -> None:
    assert make().summary == "Flags what is too old."


def test_a_rule_keeps_what_it_was_declared_with() -> None:
    made = make()
    assert (made.code, made.name, made.topic, made.needs, made.severity) == (
        "ABC123",
        "too-old",
        "roles",
        ("roles",),
        Severity.LOW,
    )


@pytest.mark.parametrize(
    ("tier", "unknown", "top"),
    [("A", [], True), ("B", [], False), (None, [], False), ("A", ["account.tier"], False)],
)
def test_only_a_known_tier_is_a_top_tier(tier: str | None, unknown: list[str], top: bool) -> None:
    context = RuleContext(today=TODAY, top_tiers=frozenset({"A"}))
    account = Account(id="acme", name="Acme", tier=tier)
    assert context.is_top_tier(snapshot(account, unknown=unknown)) is top


def test_a_place_without_a_label_goes_by_what_it_is() -> None:
    context = RuleContext(today=TODAY, labels={"roles.innovator": 'the property "Innovator"'})
    assert context.label("roles.innovator") == 'the property "Innovator"'
    assert context.label("roles.collaborator") == "the record of who is collaborator"
    assert context.label("acme.own_field") == "acme.own_field"


def test_days_ago_is_a_date() -> None:
    assert RuleContext(today=dt.date(2024, 3, 1)).days_ago(1) == dt.date(2024, 2, 29)
