"""The growth, selection and manager families: boundaries, what is left open, what covers what, and the texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kam_sync.engine import ConfiguredRule, OutcomeKind, RuleTuning, judge
from kam_sync.portfolio_judging import PortfolioJudge, PortfolioOutcome
from kam_sync.portfolio_rules import PortfolioExample, PortfolioRule, PortfolioSnapshot
from kam_sync.records import AccountSnapshot, OpportunityType, RecordKind, User
from kam_sync.rules_api import NotApplicable, Problem, Rule, RuleContext, Unknown
from kam_sync.severity import Severity
from kam_sync_rules import capacity, growth, momentum, portfolio, renewals, selection
from kam_sync_rules._examples import USERS, ago, call, now, on
from kam_sync_rules._growth_builders import (
    contract,
    executive,
    for_renewal,
    key_account,
    running,
    sold,
    touching,
    won,
)


def portfolio_outcome(rule: PortfolioRule, example: PortfolioExample) -> PortfolioOutcome:
    tuning = RuleTuning(params=rule.params_model.model_validate(example.params))
    engine = PortfolioJudge([ConfiguredRule(rule=rule, tuning=tuning)], example.context)
    for snapshot in example.accounts:
        engine.collect(replace(snapshot, unknown=snapshot.unknown | example.unknown_names))
    given = PortfolioSnapshot(
        org_uid="example",
        users=example.users or USERS,
        unknown=example.unknown_names,
        known_sales=example.sales,
        accounts_total=example.accounts_total,
    )
    found = engine.judge(given)
    assert found.own[0].error == ""
    return found


def portfolio_keys(rule: PortfolioRule, example: PortfolioExample) -> tuple[OutcomeKind, list[tuple[str, str]]]:
    found = portfolio_outcome(rule, example)
    own = found.own[0]
    keys = [(finding.account_id, finding.key) for finding in own.findings]
    keys += [(account_id, one.key) for account_id, some in found.accounts[rule.code].items() for one in some]
    return own.kind, sorted(keys)


@pytest.mark.parametrize(
    ("rule", "name", "key"),
    [
        (momentum.unanswered_trigger, "contacts", "contact:E1"),
        (momentum.unanswered_trigger, "contact.created_on", "contact:E1"),
        (momentum.unanswered_trigger, "activity.contact_ids", "contact:E1"),
        (momentum.unanswered_trigger, "account.trigger_on", "trigger"),
        (growth.cost_above_revenue, "account.cost_to_serve_year_before", "falling"),
        (growth.cost_above_revenue, "account.cost_to_serve_two_years_before", "falling"),
        (selection.stale_selection_scores, "account.scored_on", "old"),
    ],
)
def test_what_an_unknown_source_found_does_not_resolve(rule: Rule, name: str, key: str) -> None:
    tuning = RuleTuning(params=rule.params_model())
    snapshot = key_account(costs=(1, 1, 1), criteria={"a": 1}, unknown=[name], opportunities=[won(9, ago(1))])
    outcome = judge(snapshot, [ConfiguredRule(rule=rule, tuning=tuning)], now()).outcomes[0]
    assert outcome.is_unknown(key)


def problems(rule: Rule, snapshot: AccountSnapshot, context: RuleContext | None = None) -> list[Problem]:
    result = rule.check(snapshot, context or now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return [part for part in result if isinstance(part, Problem)]


def test_growth_texts_tell_the_figures_and_the_gap() -> None:
    deals = [won(100_000, dt.date(2024, 3, 1), slug="W1"), won(104_000, dt.date(2025, 3, 1), slug="W2")]
    (problem,) = problems(growth.growth_behind_pace, key_account(target=15, opportunities=deals))
    assert problem.title == "Growth of +4.0 % is behind the target of +15 %"
    assert [evidence.text for evidence in problem.evidence] == [
        "Won since 2025-01-01: 104,000",
        "Won since 2024-01-01 in as much of the fiscal year: 100,000",
        "Missing to the target: 11,000",
    ]
    assert problem.covers == (("KAM105", "*"), ("KAM106", "results_driver"))


def test_a_criterion_whose_name_runs_over_lines_is_named_on_one() -> None:
    (problem,) = problems(selection.stale_selection_scores, key_account(criteria={"product_fit\n with us": None}))
    assert [evidence.text for evidence in problem.evidence] == ["Without a score: product fit with us"]


def test_a_missing_target_is_suggested_and_its_fields_are_named() -> None:
    context = replace(now(), labels={"account.growth_target": 'the field "Target"'})
    (problem,) = problems(growth.missing_growth_target, key_account(), context)
    assert 'for example 15 %), then set the field "Target" and the fiscal year' in problem.action
    (problem,) = problems(growth.missing_growth_target, key_account(unknown=["account.growth_target_year"]), context)
    assert problem.action.endswith('then set the field "Target".')


@pytest.mark.parametrize(
    ("today", "flagged"),
    [
        (dt.date(2024, 1, 30), False),
        (dt.date(2024, 1, 31), True),
        (dt.date(2024, 4, 30), True),
        (dt.date(2024, 5, 1), False),
    ],
)
def test_a_renewal_is_due_from_ninety_days_before_the_end_over_a_leap_day(today: dt.date, flagged: bool) -> None:
    snapshot = key_account(contracts=[contract(dt.date(2024, 4, 30))])
    found = problems(renewals.unplanned_renewal, snapshot, on(today.year, today.month, today.day))
    assert bool(found) is flagged


def test_a_single_step_for_renewal_stands_for_all_contracts() -> None:
    ends = [contract(ago(-5)), contract(ago(-50), slug="C2")]
    assert problems(renewals.unplanned_renewal, key_account(contracts=ends, activities=[for_renewal(ago(-1))])) == []
    open_renewal = running(type_=OpportunityType.RENEWAL, close_on=ago(-300))
    assert problems(renewals.unplanned_renewal, key_account(contracts=ends, opportunities=[open_renewal])) == []


def test_a_forgotten_renewal_is_named() -> None:
    forgotten = running(type_=OpportunityType.RENEWAL, close_on=dt.date(2025, 5, 1))
    snapshot = key_account(contracts=[contract(ago(-5))], opportunities=[forgotten])
    (problem,) = problems(renewals.unplanned_renewal, snapshot)
    assert problem.evidence[1].text == "The open renewal “Neubau D1” should have closed on 2025-05-01"


def test_a_new_executive_is_named_with_the_title_only_where_that_is_known() -> None:
    contacts = [executive(created_on=ago(20))]
    (problem,) = problems(momentum.unanswered_trigger, key_account(contacts=contacts))
    assert "“Chief Operating Officer”" in problem.evidence[0].text
    assert problem.evidence[0].record == (RecordKind.CONTACT, "E1")
    (problem,) = problems(momentum.unanswered_trigger, key_account(contacts=contacts, unknown=["contact.title"]))
    assert "Chief" not in problem.evidence[0].text


@pytest.mark.parametrize("days", range(12, 17))
def test_a_touch_of_a_new_executive_counts_from_the_day_of_creation(days: int) -> None:
    activity = touching(call(ago(days)), "E1")
    snapshot = key_account(contacts=[executive(created_on=ago(15))], activities=[activity])
    assert bool(problems(momentum.unanswered_trigger, snapshot)) is (days > 15)


@pytest.mark.parametrize("age", [14, 15, 90, 91])
def test_a_new_account_is_cared_for_from_day_15_to_day_90(age: int) -> None:
    result = momentum.neglected_new_account.check(
        key_account(created_on=ago(age)), now(), momentum.NeglectedNewAccountParams()
    )
    assert isinstance(result, NotApplicable) is (age in {14, 91})


@pytest.mark.parametrize(("amount", "severity"), [(50, Severity.HIGH), (75, Severity.HIGH), (75.1, Severity.CRITICAL)])
def test_dependence_on_one_customer_turns_critical_above_75_per_cent(amount: float, severity: Severity) -> None:
    rest = tuple(sold(f"O{number}", (100 - amount) / 4) for number in range(4))
    example = PortfolioExample(title="", context=now(), sales=(sold("K1", amount, key=True), *rest))
    found = portfolio_outcome(portfolio.dependence, example)
    (finding,) = found.accounts["KAM314"]["K1"]
    assert finding.severity is severity
    assert finding.problem.title == f"One customer with its group makes {amount:.1f} % of all sales"
    own = found.own[0].findings
    assert [(one.key, one.problem.covers) for one in own] == (
        [("key_share", (("KAM313", "*"),))] if amount > 75 else []
    )


def test_accounts_above_each_other_in_a_circle_are_one_group() -> None:
    rows = (sold("B", 30, parent="C", key=True), sold("C", 30, parent="B"), sold("O", 40))
    example = PortfolioExample(title="", context=now(), sales=rows)
    assert portfolio_keys(portfolio.dependence, example)[1] == [("B", "top1")]


def test_unknown_groups_leave_open_what_single_accounts_do_not_show() -> None:
    example = PortfolioExample(
        title="", context=now(), sales=(sold("K1", 10, key=True), sold("O1", 30), sold("O2", 60))
    )
    blind = replace(example, unknown_names=frozenset({"account.parent_id"}))
    outcome = portfolio_outcome(portfolio.dependence, blind).own[0]
    assert [finding.key for finding in outcome.findings] == ["top1"]
    assert outcome.unknown == (Unknown(key="key_share", name="account.parent_id"),)


def test_an_overloaded_manager_is_judged_only_where_all_deals_are_seen() -> None:
    accounts = (
        key_account("A1", unknown=["opportunities"]),
        key_account("A2", owner="bao", opportunities=[running(slug=f"D{n}", owner="bao") for n in range(31)]),
    )
    outcome = portfolio_outcome(
        capacity.overloaded_manager, PortfolioExample(title="", context=now(), accounts=accounts)
    ).own[0]
    assert [finding.key for finding in outcome.findings] == ["owner:bao"]
    assert outcome.findings[0].problem.title == f"{USERS['bao'].name} owns 31 open opportunities"
    assert outcome.unknown == (Unknown(key="owner:ayse", name="opportunities"),)


def test_a_queue_is_no_manager() -> None:
    users = {"queue": User(id="queue", name="Neukunden", assignable=False)}
    accounts = tuple(key_account(f"A{number}", owner="queue") for number in range(20))
    example = PortfolioExample(title="", context=now(), accounts=accounts, users=users)
    assert portfolio_keys(capacity.overloaded_manager, example) == (OutcomeKind.PASSED, [])
