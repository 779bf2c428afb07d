"""The reading warnings 8 and 9 of the catalogue (section 0): time words, and grace for new accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from kam_sync.dates import BusinessCalendar
from kam_sync.engine import RuleOutcome
from kam_sync.figures.tender import back_plan, preparation_begins
from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import Example, RuleContext
from kam_sync.testing.rule_examples import outcome_of, portfolio_outcome_of
from kam_sync_rules._customer_builders import CUSTOMER, customer, passed, sale
from kam_sync_rules._examples import ago, now
from rules.pack_rules import ACCOUNT_RULES, PORTFOLIO_RULES


def judged(code: str, snapshot: AccountSnapshot, context: RuleContext | None = None, **params: object) -> RuleOutcome:
    outcome = outcome_of(
        ACCOUNT_RULES[code], Example(title="", snapshot=snapshot, context=context or now(), params=params)
    )
    assert outcome.error == ""
    return outcome


def keys(outcome: RuleOutcome) -> list[str]:
    return sorted(finding.key for finding in outcome.findings)


# -- 8: time words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender_on", "begin"),
    [
        (dt.date(2025, 11, 30), dt.date(2025, 2, 28)),
        (dt.date(2024, 11, 30), dt.date(2024, 2, 29)),
        (dt.date(2026, 5, 31), dt.date(2025, 8, 31)),
        (dt.date(2025, 10, 1), dt.date(2025, 1, 1)),
    ],
)
def test_8_nine_months_are_calendar_months(tender_on: dt.date, begin: dt.date) -> None:
    assert preparation_begins(tender_on) == begin
    snapshot = customer(opportunities=[sale(tender_on=tender_on)])
    assert keys(judged("KAM701", snapshot, RuleContext(today=begin))) == ["opportunity:D1"]
    assert keys(judged("KAM701", snapshot, RuleContext(today=begin - dt.timedelta(days=1)))) == []


@pytest.mark.parametrize(
    ("weekend", "due"),
    [
        ({5, 6}, dt.date(2025, 6, 13)),  # Saturday and Sunday are free: Friday
        ({4, 5}, dt.date(2025, 6, 15)),  # Friday and Saturday are free: Sunday
        ({4}, dt.date(2025, 6, 14)),  # Friday alone is free: Saturday
    ],
)
def test_8_one_day_is_a_business_day_of_the_org(weekend: set[int], due: dt.date) -> None:
    thursday = dt.date(2025, 6, 12)
    calendar = BusinessCalendar(weekend=frozenset(weekend))
    snapshot = customer(opportunities=[sale(sent_on=thursday)])
    on_due = RuleContext(today=due, calendar=calendar)
    assert keys(judged("KAM705", snapshot, on_due)) == []
    late = replace(on_due, today=due + dt.timedelta(days=1))
    assert keys(judged("KAM705", snapshot, late)) == ["opportunity:D1"]
    assert back_plan(thursday, calendar)[-1].on == due


def test_8_holidays_are_no_business_days() -> None:
    calendar = BusinessCalendar(holidays=frozenset({dt.date(2025, 6, 13), dt.date(2025, 6, 16)}))
    snapshot = customer(opportunities=[sale(sent_on=dt.date(2025, 6, 12))])
    assert keys(judged("KAM705", snapshot, RuleContext(today=dt.date(2025, 6, 17), calendar=calendar))) == []
    assert keys(judged("KAM705", snapshot, RuleContext(today=dt.date(2025, 6, 18), calendar=calendar))) != []


def test_8_twelve_months_count_by_the_calendar_over_a_leap_day() -> None:
    changes = [passed(dt.date(2024, 2, 29)), passed(dt.date(2025, 1, 9))]
    snapshot = customer(owner_changes=changes)
    assert keys(judged("KAM803", snapshot, RuleContext(today=dt.date(2025, 2, 28)))) == [""]
    assert keys(judged("KAM803", snapshot, RuleContext(today=dt.date(2025, 3, 1)))) == []


# -- 9: new accounts --------------------------------------------------------------------------------------------------

ABSENCES: Final = {
    ("KAM106", "collaborator"): 90,
    ("KAM201", ""): 30,
    ("KAM207", ""): 90,
    ("KAM214", ""): 90,
    ("KAM310", ""): 30,
    ("KAM319", ""): 180,
    ("KAM501", ""): 90,
    ("KAM502", ""): 90,
    ("KAM503", "*"): 30,
    ("KAM505", "missing"): 30,
    ("KAM506", "*"): 60,
    ("KAM508", "missing"): 30,
    ("KAM508", "untouched"): 120,
    ("KAM509", "deciders"): 30,
    ("KAM509", "executives"): 90,
    ("KAM511", ""): 180,
    ("KAM512", "*"): 365,
    ("KAM515", "unset"): 30,
    ("KAM516", ""): 180,
    ("KAM601", ""): 95,
    ("KAM608", ""): 100,
}
"""Rule and key of a problem that says that something has not been done for so many days (or is not there yet)."""
NEEDS_PARAMETERS: Final[Mapping[str, Mapping[str, object]]] = {"KAM319": {"products": ["Pumpen"]}}


def aged(example: Example, created: int | None, key_since: int | None = None) -> AccountSnapshot:
    today = example.context.today
    account = replace(
        example.snapshot.account,
        created_on=None if created is None else today - dt.timedelta(days=created),
        key_since=None if key_since is None else today - dt.timedelta(days=key_since),
    )
    return replace(example.snapshot, account=account)


def absent(code: str, key: str) -> list[tuple[Example, set[str]]]:
    """Return the cases of such a problem with the keys, when nobody knows how old the account is."""
    params = NEEDS_PARAMETERS.get(code, {})
    cases = []
    for example in ACCOUNT_RULES[code].examples():
        if example.expected and (not example.params or dict(example.params).keys() == params.keys()):
            example = replace(example, params=example.params or params)  # noqa: PLW2901 - the same case with its parameters
            found = set(keys(judged(code, aged(example, None), example.context, **example.params)))
            wanted = found if key == "*" else found & {key}
            if wanted and example.snapshot.knows("account.created_on", "account.key_since"):
                cases.append((example, wanted))
    return cases


@pytest.mark.parametrize(("code", "key"), ABSENCES)
def test_9_a_new_account_has_grace_in_every_rule_on_absence(code: str, key: str) -> None:
    days = ABSENCES[code, key]
    cases = absent(code, key)
    assert cases
    for example, wanted in cases:
        for young in (0, days - 1):
            outcome = judged(code, aged(example, young), example.context, **example.params)
            assert wanted.isdisjoint(keys(outcome)), (example.title, young)
        old = judged(code, aged(example, 5000), example.context, **example.params)
        assert wanted <= set(keys(old)), example.title


@pytest.mark.parametrize(("code", "key"), [pair for pair in ABSENCES if pair[0] != "KAM201"])
def test_9_an_old_customer_that_became_a_key_account_has_grace_too(code: str, key: str) -> None:
    for example, wanted in absent(code, key):
        new = judged(code, aged(example, 5000, ABSENCES[code, key] - 1), example.context, **example.params)
        assert wanted.isdisjoint(keys(new)), example.title


AGE_FOR_OTHER_REASONS: Final = {
    "KAM202": "how old a plan is whose start is unknown",
    "KAM323": "it is about new accounts",
}


def test_9_every_rule_that_reads_the_age_of_an_account_is_listed() -> None:
    ages = {"account.created_on", "account.key_since"}
    reading = {code for code, rule in ACCOUNT_RULES.items() if ages & {*rule.needs, *rule.uses}}
    assert reading - {code for code, _ in ABSENCES} == AGE_FOR_OTHER_REASONS.keys()


def test_9_nobody_is_asked_for_goals_of_new_accounts() -> None:
    rule = PORTFOLIO_RULES["KAM805"]
    for days, expected in ((29, []), (30, ["owner:ayse"])):
        account = customer(replace(CUSTOMER, created_on=ago(days)))
        example = PortfolioExample(title="new", context=now(), accounts=(account,))
        assert keys(portfolio_outcome_of(rule, example).own[0]) == expected
