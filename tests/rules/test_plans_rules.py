"""The plan family: severities, boundaries of dates, which plan is judged, and what is left open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from kam_sync.records import AccountSnapshot, PlanPart, RecordKind
from kam_sync.rules_api import NOT_APPLICABLE, Evidence, Problem, Rule, Unknown
from kam_sync.severity import Severity
from kam_sync_rules._examples import TODAY, ago, company, now, plan
from rules.pack_rules import ACCOUNT_RULES

MISSING, INCOMPLETE, REVIEW = ACCOUNT_RULES["KAM201"], ACCOUNT_RULES["KAM202"], ACCOUNT_RULES["KAM205"]
FOUR = tuple(PlanPart)


def severity(rule: Rule, snapshot: AccountSnapshot) -> Severity | None:
    """Return the severity of the only problem, or None when there is none."""
    result = rule.check(snapshot, now(), rule.params_model())
    assert result is not NOT_APPLICABLE
    problems = [part for part in result if isinstance(part, Problem)]
    assert len(problems) == len(result) <= 1
    return (problems[0].severity or rule.severity) if problems else None


def only(rule: Rule, snapshot: AccountSnapshot) -> Problem | Unknown:
    result = rule.check(snapshot, now(), rule.params_model())
    assert result is not NOT_APPLICABLE
    (part,) = result
    return part


@pytest.mark.parametrize(
    ("mapped", "filled", "young", "old"),
    [
        (4, 4, None, None),
        (4, 3, None, Severity.MEDIUM),
        (4, 2, None, Severity.MEDIUM),
        (4, 1, Severity.HIGH, Severity.HIGH),
        (4, 0, Severity.HIGH, Severity.HIGH),
        (3, 2, None, Severity.MEDIUM),
        (3, 1, Severity.HIGH, Severity.HIGH),
        (2, 1, None, Severity.MEDIUM),
        (2, 0, Severity.HIGH, Severity.HIGH),
    ],
)
def test_completeness_by_mapped_and_filled_parts(
    mapped: int, filled: int, young: Severity | None, old: Severity | None
) -> None:
    for start, wanted in ((ago(60), young), (ago(61), old)):
        kept = plan(*FOUR[filled:], unmapped=FOUR[mapped:], start_on=start)
        unknown = [f"plan.parts.{part}" for part in FOUR[mapped:]]
        assert severity(INCOMPLETE, company(plans=[kept], unknown=unknown)) == wanted


def test_an_incomplete_plan_says_how_complete_it_is_and_where_to_fill_it() -> None:
    found = only(INCOMPLETE, company(plans=[plan(FOUR[2], FOUR[3], unmapped=FOUR[:1], start_on=ago(400))]))
    assert isinstance(found, Problem)
    assert found.title == "The account plan is 33 % complete; empty: revenue goals and strategy"
    assert 'revenue goals (the company property "Plan: revenue goals")' in found.action


@pytest.mark.parametrize(("age", "applies"), [(0, False), (30, False), (31, True)])
def test_a_young_account_needs_no_plan(age: int, applies: bool) -> None:
    result = MISSING.check(company(created_on=ago(age)), now(), MISSING.params_model())
    assert (result is NOT_APPLICABLE) != applies


def test_a_young_account_with_a_plan_passes() -> None:
    result = MISSING.check(company(created_on=ago(1), plans=[plan()]), now(), MISSING.params_model())
    assert result == ()


@pytest.mark.parametrize(
    ("overdue", "wanted"),
    [(-1, None), (0, None), (1, Severity.MEDIUM), (30, Severity.MEDIUM), (31, Severity.HIGH)],
)
@pytest.mark.parametrize(("tier", "cadence"), [("A", 90), ("B", 180), (None, 180)])
def test_a_review_becomes_overdue_and_then_high(
    overdue: int, wanted: Severity | None, tier: str | None, cadence: int
) -> None:
    by_date = plan(next_review_on=ago(overdue), last_review_on=ago(1))
    by_last_review = plan(last_review_on=ago(cadence + overdue), start_on=ago(1))
    by_start = plan(start_on=ago(cadence + overdue))
    for judged in (by_date, by_last_review, by_start):
        assert severity(REVIEW, company(tier=tier, plans=[judged])) == wanted


def test_an_unknown_tier_has_the_longer_cadence() -> None:
    snapshot = company(tier="A", plans=[plan(last_review_on=ago(100))], unknown=["account.tier"])
    assert severity(REVIEW, snapshot) is None


def test_the_evidence_of_an_overdue_review_gives_its_dates() -> None:
    found = only(REVIEW, company(plans=[plan(next_review_on=ago(5), last_review_on=ago(200))]))
    assert isinstance(found, Problem)
    assert found.title == f"The review of the account plan was due on {ago(5)}"
    assert [evidence.text for evidence in found.evidence] == [
        "Account plan “Plan P1”",
        f"The next review date is {ago(5)}",
        f"The last review was held on {ago(200)}",
    ]
    never = only(REVIEW, company(plans=[plan(start_on=ago(200))]))
    assert isinstance(never, Problem)
    assert never.title == f"The review of the account plan was due on {ago(20)}"
    assert never.evidence[-1].text == "The last review is not recorded"
    hidden = only(REVIEW, company(plans=[plan(next_review_on=ago(5))], unknown=["plan.last_review_on"]))
    assert isinstance(hidden, Problem)
    assert "last review" not in " ".join(evidence.text for evidence in hidden.evidence)


def test_a_plan_in_fields_of_the_account_has_no_name_to_quote() -> None:
    found = only(REVIEW, company(plans=[replace(plan(next_review_on=ago(5)), name=" ")]))
    assert isinstance(found, Problem)
    assert found.evidence[0] == Evidence(text="The account plan", record=(RecordKind.PLAN, "P1"))


def test_a_missing_plan_points_to_inactive_ones_and_to_the_age_of_the_account() -> None:
    found = only(MISSING, company(created_on=ago(400), plans=[plan(active=False)]))
    assert isinstance(found, Problem)
    assert [evidence.text for evidence in found.evidence] == [
        "The plan “Plan P1” is not active",
        f"The account exists since {ago(400)}",
    ]
    nothing_known = only(MISSING, company(created_on=None))
    assert isinstance(nothing_known, Problem)
    assert nothing_known.evidence == ()


@pytest.mark.parametrize(("filled", "percent"), [(0, 0), (1, 25), (2, 50), (3, 75)])
def test_percent_of_completeness(filled: int, percent: int) -> None:
    found = only(INCOMPLETE, company(plans=[plan(*FOUR[filled:], start_on=ago(400))]))
    assert isinstance(found, Problem)
    assert found.title.startswith(f"The account plan is {percent} % complete; empty: ")


def test_a_plan_without_any_date_is_a_problem_of_its_own_words() -> None:
    found = only(REVIEW, company(plans=[plan()]))
    assert isinstance(found, Problem)
    assert found.title == "The account plan has no review date"
    assert found.severity is None


@pytest.mark.parametrize(
    ("unknown", "asked"),
    [((), "Next plan review"), (("plan.next_review_on",), "Last plan review")],
    ids=["both known", "next unknown"],
)
def test_the_review_task_names_a_field_that_the_org_has(unknown: tuple[str, ...], asked: str) -> None:
    found = only(REVIEW, company(plans=[plan(last_review_on=ago(365))], unknown=unknown))
    assert isinstance(found, Problem)
    assert f'"{asked}"' in found.action


@pytest.mark.parametrize(
    ("hidden", "told"),
    [
        # Which of next review (n), last review (l) and start (s) are given, and whether that is enough to judge by.
        ("", {"": True, "n": True, "l": True, "s": True, "nls": True}),
        ("n", {"": False, "n": False, "l": True, "s": True, "nls": True}),
        ("l", {"": False, "n": True, "l": False, "s": False, "nls": True}),
        ("s", {"": False, "n": True, "l": True, "s": False, "nls": True}),
        ("nl", {"": False, "n": False, "l": False, "s": False, "nls": False}),
        ("ls", {"": False, "n": True, "l": False, "s": False, "nls": True}),
    ],
)
def test_review_dates_some_of_which_are_unknown(hidden: str, told: Mapping[str, bool]) -> None:
    names = {"n": "plan.next_review_on", "l": "plan.last_review_on", "s": "plan.start_on"}
    for given, enough in told.items():
        dated = plan(
            next_review_on=ago(1) if "n" in given else None,
            last_review_on=ago(181) if "l" in given else None,
            start_on=ago(181) if "s" in given else None,
        )
        found = only(REVIEW, company(plans=[dated], unknown=[names[letter] for letter in hidden]))
        assert isinstance(found, Problem) == enough, given
        if isinstance(found, Unknown):
            assert found.key == "*"
            assert found.name in {names[letter] for letter in hidden}


def test_the_plan_that_runs_is_judged_among_several() -> None:
    last_year = plan(slug="old", start_on=ago(500), end_on=ago(135), next_review_on=ago(200))
    this_year = plan(slug="now", start_on=ago(134), end_on=ago(-231), next_review_on=ago(-9))
    next_year = plan(slug="next", start_on=ago(-232))
    off = plan(slug="off", active=False, start_on=ago(10), next_review_on=ago(9))
    assert severity(REVIEW, company(plans=[next_year, last_year, this_year, off])) is None
    assert severity(REVIEW, company(plans=[next_year, last_year, off])) is None
    assert severity(REVIEW, company(plans=[last_year])) is Severity.HIGH


def test_a_plan_runs_from_its_first_day_to_its_last() -> None:
    ends_today = plan(slug="a", start_on=ago(100), end_on=ago(0), next_review_on=ago(9))
    starts_tomorrow = plan(slug="b", start_on=ago(-1), next_review_on=ago(-9))
    assert severity(REVIEW, company(plans=[ends_today, starts_tomorrow])) is Severity.MEDIUM
    starts_today = plan(slug="b", start_on=ago(0), next_review_on=ago(9))
    runs_already = plan(slug="a", start_on=ago(100), next_review_on=ago(-9))
    assert severity(REVIEW, company(plans=[runs_already, starts_today])) is Severity.MEDIUM


def test_mistyped_years_do_not_break_a_rule() -> None:
    for date in (dt.date.min, dt.date.max):
        broken = plan(FOUR[0], start_on=date, last_review_on=date, end_on=date)
        snapshot = company(plans=[broken], created_on=date)
        for rule in (MISSING, INCOMPLETE, REVIEW):
            rule.check(snapshot, now(), rule.params_model())
    assert TODAY not in {dt.date.min, dt.date.max}
