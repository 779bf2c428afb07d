"""The table of what silences what: nothing covers beside it, every row of it happens, and it makes no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

import kam_sync_rules
from kam_sync.engine import Finding, FindingState, silence
from kam_sync.records import AccountSnapshot, BuyingRole, PlanPart, Role, SwotPart
from kam_sync.rules_api import Example, Rule, RuleContext
from kam_sync.testing.rule_examples import configured, judged_by, outcome_of, portfolio_outcome_of
from kam_sync_rules._account_builders import somebody, technical
from kam_sync_rules._examples import ago, all_roles, call, company, deal, holds, now, plan, task
from kam_sync_rules._inhibition import INHIBITS, covering
from rules.pack_rules import ACCOUNT_RULES, PACK, PORTFOLIO_RULES

SOURCES: Final[Mapping[str, str]] = {
    path.name: path.read_text(encoding="utf-8") for path in sorted(Path(kam_sync_rules.__file__).parent.glob("*.py"))
}
ROWS: Final = [(broad, row.code) for broad, rows in INHIBITS.items() for row in rows]


def findings_of(code: str) -> Iterator[tuple[str, Finding]]:
    """Yield what a rule finds in its examples, with the title of the example."""
    judging = PACK[code]
    if isinstance(judging, Rule):
        for example in judging.examples():
            yield from ((example.title, finding) for finding in outcome_of(judging, example).findings)
        return
    for case in judging.examples():
        outcome = portfolio_outcome_of(judging, case)
        for own in outcome.own:
            yield from ((case.title, finding) for finding in own.findings)
        for findings in outcome.accounts[code].values():
            yield from ((case.title, finding) for finding in findings)


@pytest.mark.parametrize("code", PACK)
def test_what_a_finding_covers_is_in_the_table(code: str) -> None:
    silenced = {row.code for row in INHIBITS.get(code, ())}
    for title, finding in findings_of(code):
        for narrower, _ in finding.problem.covers:
            assert narrower in silenced, (title, narrower)


def test_the_table_speaks_of_rules_that_exist_once_each_and_gives_a_reason() -> None:
    assert list(INHIBITS) == sorted(INHIBITS)
    assert len(ROWS) == len(set(ROWS))
    for broad, rows in INHIBITS.items():
        assert {broad, *(row.code for row in rows)} <= set(PACK)
        assert all(row.keys and row.because for row in rows)


def test_no_rule_is_silenced_by_what_it_silences() -> None:
    def beneath(code: str) -> set[str]:
        below = {row.code for row in INHIBITS.get(code, ())} - {code}
        return below.union(*(beneath(narrower) for narrower in below))

    for broad in INHIBITS:
        assert broad not in beneath(broad)


def _of_one_role(role: Role, user: str) -> AccountSnapshot:
    return company(roles=[holds(role, user, since=ago(400))])


def _made_up() -> Mapping[tuple[str, str], AccountSnapshot]:
    """Return, for rows that the examples of the two rules do not show together, an account that does."""
    engineered = replace(
        company(
            roles=[*all_roles(without=[Role.TECHNICAL_EXPERT]), holds(Role.TECHNICAL_EXPERT, "bao", since=ago(400))],
            opportunities=[technical()],
            activities=[call(ago(3))],
        ),
        known_contacts=(somebody("K1", BuyingRole.TECHNICAL_BUYER),),
    )
    managed = company(roles=all_roles(), plans=[plan(*tuple(PlanPart)[:3], next_review_on=ago(1))])
    sold = replace(
        company(opportunities=[replace(deal(), proposal_sent_on=ago(20), proposal_expires_on=ago(-9))]),
        known_activities=(task(ago(-1)),),
    )
    empty_swot = replace(plan(PlanPart.CURRENT_STATE, start_on=ago(400)), swot=dict.fromkeys(SwotPart, False))
    return {
        ("KAM101", "KAM107"): company(roles=all_roles(without=[Role.TECHNICAL_EXPERT]), opportunities=[technical()]),
        ("KAM102", "KAM107"): company(roles=[holds(Role.TECHNICAL_EXPERT, "gone")], opportunities=[technical()]),
        ("KAM107", "KAM103"): engineered,
        ("KAM107", "KAM106"): engineered,
        ("KAM202", "KAM106"): managed,
        ("KAM202", "KAM211"): company(plans=[empty_swot]),
        ("KAM203", "KAM706"): sold,
        ("KAM205", "KAM106"): managed,
        ("KAM207", "KAM106"): _of_one_role(Role.COLLABORATOR, "ayse"),
    }


def _cases(broad: str, narrow: str) -> Iterator[tuple[AccountSnapshot, RuleContext]]:
    made_up = _made_up().get((broad, narrow))
    if made_up is not None:
        yield made_up, now()
    for code in (broad, narrow):
        examples: list[Example] = list(ACCOUNT_RULES[code].examples())
        yield from ((example.snapshot, example.context) for example in examples if not example.params)


@pytest.mark.parametrize(("broad", "narrow"), [row for row in ROWS if row[0] in ACCOUNT_RULES])
def test_every_row_happens_on_some_account(broad: str, narrow: str) -> None:
    rules = [configured(ACCOUNT_RULES[code], {}) for code in sorted({broad, narrow})]
    for snapshot, context in _cases(broad, narrow):
        for finding in judged_by(snapshot, context, *rules).findings:
            if finding.code == narrow and finding.state is FindingState.INHIBITED:
                assert finding.reason == f"covered by {broad}"
                return
    pytest.fail(f"no account shows that {broad} silences {narrow}")


@pytest.mark.parametrize(("broad", "narrow"), [row for row in ROWS if row[0] in PORTFOLIO_RULES])
def test_every_row_happens_in_some_portfolio(broad: str, narrow: str) -> None:
    for case in PORTFOLIO_RULES[broad].examples():
        plain = replace(case, params={})
        both = [own for code in (broad, narrow) for own in portfolio_outcome_of(PORTFOLIO_RULES[code], plain).own]
        for outcome in silence(both, (), case.context.today):
            if any(f.code == narrow and f.state is FindingState.INHIBITED for f in outcome.findings):
                return
    pytest.fail(f"no portfolio shows that {broad} silences {narrow}")


def uncovered_words(source: str) -> Iterator[str]:
    """Yield the codes that a `covers=` names outside a call of `covering`."""

    def codes(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "covering":
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        for child in ast.iter_child_nodes(node):
            yield from codes(child)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "covers":
            yield from codes(node.value)


@pytest.mark.parametrize("name", SOURCES)
def test_rules_take_what_they_cover_from_the_table(name: str) -> None:
    assert list(uncovered_words(SOURCES[name])) == []


def test_the_scan_sees_what_it_looks_for() -> None:
    source = 'a(covers=(("KAM101", "x"),))\nb(covers=() if c else covering("KAM102", ("KAM101", "y")))'
    assert list(uncovered_words(source)) == ["KAM101", "x"]


def test_covering_refuses_what_the_table_does_not_hold() -> None:
    assert covering("KAM102", ("KAM101", "innovator")) == (("KAM101", "innovator"),)
    with pytest.raises(ValueError, match="KAM102 does not cover KAM203"):
        covering("KAM102", ("KAM203", ""))
