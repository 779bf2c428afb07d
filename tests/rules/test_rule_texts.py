"""What a person reads of a finding, over every example of every rule: whole, short, plain, and in absolute dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from kam_sync.engine import Finding
from kam_sync.portfolio_rules import PortfolioExample, PortfolioRule
from kam_sync.rules_api import Example, Rule
from kam_sync.testing.rule_examples import outcome_of, portfolio_outcome_of
from kam_sync_rules import RULES

RELATIVE: Final = re.compile(
    r"\b\d+\s*(d|days?|weeks?)\b(?! (after|apart))|(?<!long )\bago\b|\b(yesterday|today|tomorrow|currently|recently)\b",
    re.IGNORECASE,
)
"""What would change from day to day: a count of days, and words that point from today; a term of months stays."""
CANONICAL: Final = re.compile(r"\b(contact|account|opportunity|activity|plan|goal|contract|quote|case)s?\.[a-z]")
NO_EVIDENCE: Final = frozenset({"KAM101", "KAM201", "KAM209", "KAM502", "KAM503", "KAM511", "KAM515"})
"""Rules on what is not there at all: there may be nothing to show."""
NO_RECORD: Final = NO_EVIDENCE | {
    *("KAM203", "KAM207", "KAM213", "KAM501", "KAM505", "KAM512", "KAM516", "KAM601", "KAM608"),  # nothing happened
    *("KAM310", "KAM311", "KAM316", "KAM319", "KAM321", "KAM323"),  # a value of the account itself, or a sum
    *("KAM401", "KAM402", "KAM403", "KAM405"),  # scores of the account itself, or a count
}
"""Rules whose evidence may be about no other record than the account."""
MOST_EVIDENCE: Final = 5
LONGEST_TITLE: Final = 150

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def findings(rule: Rule | PortfolioRule) -> Iterator[tuple[str, Finding]]:
    """Yield what a rule finds in its examples, with the title of each."""
    examples: Sequence[Example | PortfolioExample] = rule.examples()
    for example in examples:
        if isinstance(rule, Rule) and isinstance(example, Example):
            yield from ((example.title, finding) for finding in outcome_of(rule, example).findings)
        elif isinstance(rule, PortfolioRule) and isinstance(example, PortfolioExample):
            judged = portfolio_outcome_of(rule, example)
            of_accounts = (finding for some in judged.accounts[rule.code].values() for finding in some)
            yield from ((example.title, finding) for finding in (*judged.own[0].findings, *of_accounts))


@each_rule
def test_texts_are_whole_short_and_in_plain_words(rule: Rule | PortfolioRule) -> None:
    for title, finding in findings(rule):
        problem = finding.problem
        assert len(problem.evidence) <= MOST_EVIDENCE, title
        assert len(problem.title) <= LONGEST_TITLE, title
        assert not problem.title.endswith("."), title
        assert all(text.endswith(".") for text in (problem.why, problem.action, problem.done_when)), title
        lines = (problem.title, problem.why, problem.action, problem.done_when, *(e.text for e in problem.evidence))
        for line in lines:
            assert line.strip() == line, title
            assert line, title
            assert not re.search(r"\n|  ", line), line
            assert not CANONICAL.search(line), line


@each_rule
def test_evidence_is_given_and_linked_where_there_is_a_record(rule: Rule | PortfolioRule) -> None:
    evidence = [finding.problem.evidence for _, finding in findings(rule)]
    assert all(evidence) is (rule.code not in NO_EVIDENCE)
    assert all(any(one.record for one in some) for some in evidence) is (rule.code not in NO_RECORD)


@each_rule
def test_what_is_wrong_is_told_in_absolute_dates(rule: Rule | PortfolioRule) -> None:
    for _, finding in findings(rule):
        problem = finding.problem
        for line in (problem.title, *(evidence.text for evidence in problem.evidence)):
            assert not RELATIVE.search(line), line


def test_the_patterns_see_what_they_look_for() -> None:
    for said in ("overdue 12 days", "3 weeks late", "two days ago", "due today", "silent for 90 d"):
        assert RELATIVE.search(said), said
    for said in (
        "due 180 days after the last one",
        "180 days apart",
        "All sales of the last 12 months: 100",
        "scored long ago",
    ):
        assert not RELATIVE.search(said), said
    assert CANONICAL.search("set contact.stance")
    assert not CANONICAL.search("Talk to a contact. Then plan.")
