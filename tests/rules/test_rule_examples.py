"""Runs every example of every rule as a run would judge it, and checks that the examples leave nothing out."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import Final

import pytest

from kam_sync.engine import OutcomeKind
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.rules_api import NOT_APPLICABLE, Rule
from kam_sync.testing.rule_contract import Effect, PortfolioRuleContract, RuleContract, Tolerated, effects
from kam_sync.testing.rule_examples import Said, wanted
from kam_sync_rules import RULES
from rules.pack_rules import CORE_RULES, PORTFOLIO_RULES

EXCEPTIONS: Final[Sequence[Tolerated]] = (
    Tolerated(
        effect=Effect.OPENS,
        names="account.created_on",
        codes="KAM106 KAM201 KAM202 KAM207 KAM214 KAM501 KAM502 KAM503 KAM505 KAM506 KAM508 KAM511 "
        "KAM512 KAM515 KAM516 KAM601 KAM805",
        reason="an age that nobody knows gives no grace",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="account.key_since",
        codes="KAM106 KAM207 KAM310 KAM319 KAM501 KAM509 KAM601 KAM608",
        reason="an age that nobody knows gives no grace",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="account.key_since",
        codes="KAM323",
        reason="its creation alone tells how old a key account is then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="plan.start_on",
        codes="KAM202",
        reason="a plan without a start has always run",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="goal.start_on",
        codes="KAM215",
        reason="a goal without a start is under way",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="account.growth_target_year",
        codes="KAM105 KAM311",
        reason="a target without a year is for this one",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="account.growth_target_year",
        codes="KAM106 KAM310",
        reason="a target without a year is for this one",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="account.tier",
        codes="KAM106 KAM205",
        reason="an unknown tier is none of the top ones, which are cared for closer",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="plan.next_review_on",
        codes="KAM205",
        reason="the time since the last review tells it then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="plan.next_review_on",
        codes="KAM205",
        reason="the time since the last review tells it then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="plan.parts.revenue_goals",
        codes="KAM106 KAM202",
        reason="a plan is as complete as the parts that are mapped",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="plan.parts.strategy",
        codes="KAM106",
        reason="a plan is as complete as the parts that are mapped",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="plan.parts.key_relations",
        codes="KAM202",
        reason="a plan is as complete as the parts that are mapped",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="plan.parts.key_relations",
        codes="KAM202",
        reason="a plan is as complete as the parts that are mapped",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="plan.swot.strengths plan.swot.threats",
        codes="KAM211",
        reason="a SWOT is as full as the parts that are mapped",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="activity.attendee_ids",
        codes="KAM207",
        reason="every meeting of the team counts where nobody says who was there",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="activity.purposes activity.purposes.team_meeting",
        codes="KAM213",
        reason="every meeting may be one with the customer where purposes are not told",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="contact.left",
        codes="KAM107 KAM206 KAM321 KAM506 KAM508 KAM509 KAM512 KAM517",
        reason="who left counts as being there, where nobody says who left",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="contact.left",
        codes="KAM502 KAM503 KAM505 KAM507 KAM508 KAM511 KAM512 KAM702 KAM707",
        reason="who left counts as being there, where nobody says who left",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="contact.left contact.bounced",
        codes="KAM510",
        reason="the other of the two tells who is gone then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="contact.stance",
        codes="KAM510",
        reason="supporters are told by their roles then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="contact.level",
        codes="KAM206 KAM321 KAM508 KAM509",
        reason="titles tell it then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="contact.level",
        codes="KAM206 KAM508",
        reason="titles tell it then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="contact.influence",
        codes="KAM504",
        reason="the profile of a member is asked for less then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="plans plan.swot.threats",
        codes="KAM513",
        reason="a deal is defended by its next step, whatever the plan says",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="activities activity.purposes.renewal",
        codes="KAM317",
        reason="an open opportunity tells of the renewal then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="opportunity.delivered_on",
        codes="KAM320 KAM605",
        reason="the close date counts then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="opportunity.delivered_on",
        codes="KAM320 KAM605",
        reason="the close date counts then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="opportunities opportunity.tender_on",
        codes="KAM701",
        reason="the tender of the account is no longer seen to be that of an opportunity",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="activity.purposes.tender_preparation",
        codes="KAM701",
        reason="steps on the opportunity tell of its preparation then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="contact.buying_roles.technical_buyer",
        codes="KAM702",
        reason="a role that cannot be recorded is not asked for",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="quotes quote.expires_on",
        codes="KAM703 KAM704",
        reason="an opportunity with quotes is judged by itself then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="quotes quote.sent_on",
        codes="KAM705",
        reason="an opportunity with quotes is judged by itself then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="opportunity.stages.proposal",
        codes="KAM703",
        reason="what was sent tells of a proposal then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="opportunity.proposal_sent_on",
        codes="KAM703",
        reason="the stage tells of a proposal then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="quotes quote.sent_on",
        codes="KAM706",
        reason="the opportunity tells when it was sent then",
    ),
    Tolerated(
        effect=Effect.CLOSES,
        names="opportunity.proposal_sent_on",
        codes="KAM706",
        reason="quotes tell when it was sent then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="account.handover_on",
        codes="KAM802",
        reason="activities tell of handovers then",
    ),
    Tolerated(
        effect=Effect.OPENS,
        names="activities activity.purposes.handover",
        codes="KAM802",
        reason="the field tells of handovers then",
    ),
)
"""Where something unknown may change an answer: something else tells it, or it only ever spared somebody.

Every row happens in an example, so that none outlives its reason.
"""

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


class TestStandardPack(RuleContract):
    rules = RULES
    tolerated = EXCEPTIONS


class TestStandardPortfolioRules(PortfolioRuleContract):
    rules = tuple(PORTFOLIO_RULES.values())
    tolerated = EXCEPTIONS


@each_rule
def test_every_rule_has_several_cases_that_flag_and_that_are_clean(rule: Rule | PortfolioRule) -> None:
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
    assert effects(outcome(), outcome("a")) == {Effect.OPENS}
    assert effects(outcome("a"), outcome("b")) == {Effect.OPENS, Effect.CLOSES}
    assert effects(outcome("a"), outcome(left_open="a")) == set()
