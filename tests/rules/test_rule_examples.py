"""Runs every example of every rule as a run would judge it, and checks that the examples leave nothing out."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Final

import pytest

from kam_sync.engine import OutcomeKind
from kam_sync.portfolio_rules import PortfolioExample, PortfolioRule
from kam_sync.rules_api import NOT_APPLICABLE, Example, Rule
from kam_sync_rules import RULES
from rules.pack_rules import CORE_RULES, PORTFOLIO_RULES, Said, expected, said, unknown_in, wanted, without_knowing

EXAMPLES: Final = [(rule, example) for rule in RULES for example in rule.examples()]
OPENS, CLOSES = "opens", "closes"


@dataclass(frozen=True, slots=True)
class Row:
    """These names, when they become unknown, may open or close a problem of these rules, without leaving it open."""

    effect: str
    names: str
    codes: str
    reason: str


EXCEPTIONS: Final[Sequence[Row]] = (
    Row(
        OPENS,
        "account.created_on",
        "KAM106 KAM201 KAM202 KAM207 KAM214 KAM501 KAM502 KAM503 KAM505 KAM506 KAM508 KAM511 KAM512 KAM515 KAM516 "
        "KAM601 KAM805",
        "an age that nobody knows gives no grace",
    ),
    Row(
        OPENS,
        "account.key_since",
        "KAM106 KAM207 KAM310 KAM319 KAM501 KAM509 KAM601 KAM608",
        "an age that nobody knows gives no grace",
    ),
    Row(CLOSES, "account.key_since", "KAM323", "its creation alone tells how old a key account is then"),
    Row(OPENS, "plan.start_on", "KAM202", "a plan without a start has always run"),
    Row(OPENS, "goal.start_on", "KAM215", "a goal without a start is under way"),
    Row(OPENS, "account.growth_target_year", "KAM105 KAM311", "a target without a year is for this one"),
    Row(CLOSES, "account.growth_target_year", "KAM106 KAM310", "a target without a year is for this one"),
    Row(CLOSES, "account.tier", "KAM106 KAM205", "an unknown tier is none of the top ones, which are cared for closer"),
    Row(OPENS, "plan.next_review_on", "KAM205", "the time since the last review tells it then"),
    Row(CLOSES, "plan.next_review_on", "KAM205", "the time since the last review tells it then"),
    Row(OPENS, "plan.parts.revenue_goals", "KAM106 KAM202", "a plan is as complete as the parts that are mapped"),
    Row(OPENS, "plan.parts.strategy", "KAM106", "a plan is as complete as the parts that are mapped"),
    Row(OPENS, "plan.parts.key_relations", "KAM202", "a plan is as complete as the parts that are mapped"),
    Row(CLOSES, "plan.parts.key_relations", "KAM202", "a plan is as complete as the parts that are mapped"),
    Row(CLOSES, "plan.swot.strengths plan.swot.threats", "KAM211", "a SWOT is as full as the parts that are mapped"),
    Row(CLOSES, "activity.attendee_ids", "KAM207", "every meeting of the team counts where nobody says who was there"),
    Row(
        CLOSES,
        "activity.purposes activity.purposes.team_meeting",
        "KAM213",
        "every meeting may be one with the customer where purposes are not told",
    ),
    Row(
        OPENS,
        "contact.left",
        "KAM107 KAM206 KAM321 KAM506 KAM508 KAM509 KAM512 KAM517",
        "who left counts as being there, where nobody says who left",
    ),
    Row(
        CLOSES,
        "contact.left",
        "KAM502 KAM503 KAM505 KAM507 KAM508 KAM511 KAM512 KAM702 KAM707",
        "who left counts as being there, where nobody says who left",
    ),
    Row(CLOSES, "contact.left contact.bounced", "KAM510", "the other of the two tells who is gone then"),
    Row(CLOSES, "contact.stance", "KAM510", "supporters are told by their roles then"),
    Row(OPENS, "contact.level", "KAM206 KAM321 KAM508 KAM509", "titles tell it then"),
    Row(CLOSES, "contact.level", "KAM206 KAM508", "titles tell it then"),
    Row(OPENS, "contact.influence", "KAM504", "the profile of a member is asked for less then"),
    Row(OPENS, "plans plan.swot.threats", "KAM513", "a deal is defended by its next step, whatever the plan says"),
    Row(OPENS, "activities activity.purposes.renewal", "KAM317", "an open opportunity tells of the renewal then"),
    Row(OPENS, "opportunity.delivered_on", "KAM320 KAM605", "the close date counts then"),
    Row(CLOSES, "opportunity.delivered_on", "KAM320 KAM605", "the close date counts then"),
    Row(
        OPENS,
        "opportunities opportunity.tender_on",
        "KAM701",
        "the tender of the account is no longer seen to be that of an opportunity",
    ),
    Row(
        OPENS,
        "activity.purposes.tender_preparation",
        "KAM701",
        "steps on the opportunity tell of its preparation then",
    ),
    Row(CLOSES, "contact.buying_roles.technical_buyer", "KAM702", "a role that cannot be recorded is not asked for"),
    Row(OPENS, "quotes quote.expires_on", "KAM703 KAM704", "an opportunity with quotes is judged by itself then"),
    Row(OPENS, "quotes quote.sent_on", "KAM705", "an opportunity with quotes is judged by itself then"),
    Row(CLOSES, "opportunity.stages.proposal", "KAM703", "what was sent tells of a proposal then"),
    Row(CLOSES, "opportunity.proposal_sent_on", "KAM703", "the stage tells of a proposal then"),
    Row(CLOSES, "quotes quote.sent_on", "KAM706", "the opportunity tells when it was sent then"),
    Row(CLOSES, "opportunity.proposal_sent_on", "KAM706", "quotes tell when it was sent then"),
    Row(OPENS, "account.handover_on", "KAM802", "activities tell of handovers then"),
    Row(OPENS, "activities activity.purposes.handover", "KAM802", "the field tells of handovers then"),
)
"""Where something unknown may change an answer: something else tells it, or it only ever spared somebody.

Every row happens in an example, so that none outlives its reason.
"""

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.code}: {case.title}" for rule, case in EXAMPLES])
def test_example(rule: Rule | PortfolioRule, example: Example | PortfolioExample) -> None:
    outcome = said(rule, example)
    assert outcome.error == ""
    assert outcome.kind is wanted(example)
    assert outcome.found == expected(example)


@each_rule
def test_every_rule_has_cases_that_flag_and_that_are_clean(rule: Rule | PortfolioRule) -> None:
    kinds = [wanted(example) for example in rule.examples()]
    assert kinds.count(OutcomeKind.FAILED) >= 2
    assert kinds.count(OutcomeKind.PASSED) >= 2


def names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_in(inner)


def reached(function: FunctionType, seen: set[FunctionType]) -> Iterator[object]:
    """Yield whatever a function of the pack names, and what the pack's functions name that it calls."""
    seen.add(function)
    for name in names_in(function.__code__):
        value = function.__globals__.get(name)
        yield value
        if isinstance(value, FunctionType) and value.__module__.startswith("kam_sync_rules") and value not in seen:
            yield from reached(value, seen)


def may_not_apply(rule: Rule | PortfolioRule) -> bool:
    function = inspect.getclosurevars(rule.check).nonlocals["function"]
    return any(value is NOT_APPLICABLE for value in reached(function, set()))


@each_rule
def test_a_rule_that_may_not_apply_has_a_case_in_which_it_does_not(rule: Rule | PortfolioRule) -> None:
    kinds = [wanted(example) for example in rule.examples()]
    assert (OutcomeKind.NOT_APPLICABLE in kinds) == may_not_apply(rule)


def test_the_source_tells_which_of_the_core_rules_may_not_apply() -> None:
    assert {rule.code for rule in CORE_RULES if may_not_apply(rule)} == {"KAM201", "KAM202", "KAM205"}


@each_rule
def test_everything_a_rule_needs_has_a_case_in_which_it_alone_is_unknown(rule: Rule | PortfolioRule) -> None:
    examples: Sequence[Example | PortfolioExample] = rule.examples()
    unknown = [unknown_in(example) for example in examples if example.unknown]
    assert {need for need in rule.needs if {need} not in unknown} == set()
    assert {name for names in unknown for name in names} <= {*rule.needs, *rule.uses}


def effects(before: Said, after: Said) -> set[str]:
    """Return whether a problem opened, or went without being left open."""
    opened = set(after.found) - set(before.found)
    closed = set(before.found) - set(after.found)
    closed = {(account, key) for account, key in closed if not after.is_open(account, key)}
    return ({OPENS} if opened else set()) | ({CLOSES} if closed else set())


def excepted(code: str) -> set[tuple[str, str]]:
    rows = [row for row in EXCEPTIONS if code in row.codes.split()]
    return {(row.effect, name) for row in rows for name in row.names.split()}


@each_rule
def test_what_is_used_and_becomes_unknown_neither_opens_nor_closes(rule: Rule | PortfolioRule) -> None:
    examples: Sequence[Example | PortfolioExample] = rule.examples()
    seen: dict[tuple[str, str], str] = {}
    for example in examples:
        before = said(rule, example)
        for name in rule.uses:
            after = said(rule, without_knowing(example, {name}))
            assert after.error == "", (name, example.title)
            seen.update({(effect, name): example.title for effect in effects(before, after)})
    assert {change: title for change, title in seen.items() if change not in excepted(rule.code)} == {}
    assert excepted(rule.code) - set(seen) == set(), "no example shows it"


@pytest.mark.parametrize("code", PORTFOLIO_RULES)
def test_what_is_unknown_of_one_account_neither_opens_nor_closes(code: str) -> None:
    rule = PORTFOLIO_RULES[code]
    for example in rule.examples():
        before = said(rule, example)
        for name in (*rule.needs, *rule.uses):
            for snapshot in example.accounts:
                after = said(rule, without_knowing(example, {name}, snapshot.account.id))
                assert after.error == "", (name, example.title)
                changes = {(effect, name) for effect in effects(before, after)}
                assert changes <= excepted(code), (name, snapshot.account.id, example.title)


def test_every_exception_gives_its_reason_and_no_two_are_of_the_same() -> None:
    rows = [(row.effect, name, code) for row in EXCEPTIONS for name in row.names.split() for code in row.codes.split()]
    assert len(set(rows)) == len(rows)
    assert all(row.reason for row in EXCEPTIONS)
    assert {code for _, _, code in rows} <= {rule.code for rule in RULES}


def test_the_check_sees_what_opens_what_closes_and_what_is_left_open() -> None:
    def outcome(*found: str, left_open: str = "") -> Said:
        return Said(
            kind=OutcomeKind.PASSED,
            error="",
            found=tuple(("", key) for key in found),
            is_open=lambda _account, key: key == left_open,
        )

    assert effects(outcome("a"), outcome("a")) == set()
    assert effects(outcome(), outcome("a")) == {OPENS}
    assert effects(outcome("a"), outcome("b")) == {OPENS, CLOSES}
    assert effects(outcome("a"), outcome(left_open="a")) == set()


@each_rule
def test_titles_tell_cases_apart_and_say_one_thing_only(rule: Rule | PortfolioRule) -> None:
    examples: Sequence[Example | PortfolioExample] = rule.examples()
    titles = [example.title for example in examples]
    assert len(set(titles)) == len(titles)
    for example in examples:
        assert sum((bool(example.expected), example.unknown, example.not_applicable)) <= 1, example.title


@each_rule
def test_some_case_sets_every_parameter_of_a_rule(rule: Rule | PortfolioRule) -> None:
    assert set(rule.params_model.model_fields) == {name for example in rule.examples() for name in example.params}
