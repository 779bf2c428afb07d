"""The process family: severities, boundaries and coverings of tenders, proposals and owners, and who has no goals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kam_sync.dates import BusinessCalendar, add_months
from kam_sync.engine import FindingState
from kam_sync.names import with_narrower
from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot, BuyingRole, Purpose
from kam_sync.rules_api import NotApplicable, Problem, Rule, RuleContext, Unknown
from kam_sync.severity import Severity
from kam_sync.testing.rule_examples import portfolio_outcome_of
from kam_sync_rules import decision_group, managers, ownership, proposals, tenders
from kam_sync_rules._customer_builders import CUSTOMER, about, buyer, customer, meant, offer, passed, sale
from kam_sync_rules._examples import USERS, ago, call, meeting, now, task
from rules.portfolio_snapshots import judged

TENDER_ON = dt.date(2025, 11, 30)
GOALS = managers.owner_without_goals


def said(rule: Rule, snapshot: AccountSnapshot, context: RuleContext | None = None) -> Sequence[Problem | Unknown]:
    result = rule.check(snapshot, context or now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return tuple(result)


def at(*day: int, weekend: frozenset[int] = frozenset({5, 6})) -> RuleContext:
    return RuleContext(today=dt.date(*day), calendar=BusinessCalendar(weekend=weekend))


# -- tenders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "severity"),
    [
        ((2025, 2, 28), None),
        ((2025, 5, 29), None),
        ((2025, 5, 30), Severity.HIGH),
        ((2025, 8, 29), Severity.HIGH),
        ((2025, 8, 30), Severity.CRITICAL),
        ((2025, 11, 30), Severity.CRITICAL),
    ],
)
def test_a_tender_grows_more_severe_by_calendar_months(today: tuple[int, int, int], severity: Severity | None) -> None:
    (found,) = said(tenders.late_tender_preparation, customer(opportunities=[sale(tender_on=TENDER_ON)]), at(*today))
    assert isinstance(found, Problem)
    assert found.severity is severity
    assert tenders.late_tender_preparation.severity is Severity.MEDIUM


@pytest.mark.parametrize("today", [(2025, 2, 27), (2025, 12, 1)])
def test_outside_the_time_a_tender_is_no_matter(today: tuple[int, int, int]) -> None:
    assert said(tenders.late_tender_preparation, customer(opportunities=[sale(tender_on=TENDER_ON)]), at(*today)) == ()


def test_texts_of_a_tender_name_the_milestones_and_stay_the_same() -> None:
    snapshot = customer(opportunities=[sale(tender_on=TENDER_ON)])
    first = said(tenders.late_tender_preparation, snapshot, at(2025, 3, 1))
    later = said(tenders.late_tender_preparation, snapshot, at(2025, 4, 30))
    assert first == later
    (found,) = first
    assert isinstance(found, Problem)
    assert [evidence.text.split(":")[0] for evidence in found.evidence[1:]] == [
        "By 2025-02-28",
        "By 2025-03-30",
        "By 2025-04-30",
        "By 2025-08-30",
    ]


def test_a_preparation_without_an_opportunity_counts_for_every_tender_and_ours_for_none() -> None:
    held = meant(meeting(ago(1)), Purpose.TENDER_PREPARATION)
    account = replace(CUSTOMER, tender_on=add_months(ago(0), 5))
    deals = [sale(tender_on=TENDER_ON)]
    assert said(tenders.late_tender_preparation, customer(account, opportunities=deals, activities=[held])) == ()
    on_deal = customer(account, opportunities=deals, activities=[about(held, "D1")])
    assert said(tenders.late_tender_preparation, on_deal) == ()
    ours = customer(account, opportunities=deals, activities=[replace(held, our_key="ours")])
    assert len(said(tenders.late_tender_preparation, ours)) == 2


def test_an_old_planned_meeting_is_no_preparation_and_an_open_task_is() -> None:
    deals = [sale(tender_on=TENDER_ON)]
    for activity, flagged in ((meeting(dt.date(2024, 1, 9)), True), (task(dt.date(2025, 1, 9)), False)):
        prepared = meant(activity, Purpose.TENDER_PREPARATION)
        found = said(tenders.late_tender_preparation, customer(opportunities=deals, activities=[prepared]))
        assert bool(found) is flagged


def test_the_tender_speaks_for_the_roles_that_it_lists() -> None:
    snapshot = customer(
        opportunities=[sale(tender_on=TENDER_ON, contacts=["yui"])], contacts=[buyer("yui", BuyingRole.CHAMPION)]
    )
    rules = [tenders.unknown_tender_participants, decision_group.incomplete_decision_group]
    findings = judged(snapshot, rules, ago(0)).findings
    assert {finding.key for finding in findings if finding.state is FindingState.INHIBITED} == {
        "decision_maker",
        "economic_buyer",
        "technical_buyer",
    }
    (found,) = (finding for finding in findings if finding.state is FindingState.ACTIVE)
    assert found.problem.title.endswith("nobody is known as decision maker, economic buyer or technical buyer")


# -- proposals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "severity"), [(8, "none"), (7, None), (0, None), (-1, Severity.HIGH), (-400, Severity.HIGH)]
)
def test_how_near_an_expiry_may_be(days: int, severity: Severity | str | None) -> None:
    found = said(proposals.expiring_proposal, customer(opportunities=[sale(expires_on=ago(-days))]))
    assert [one.severity for one in found if isinstance(one, Problem)] == ([] if severity == "none" else [severity])


@pytest.mark.parametrize(
    ("sent", "weekend", "first_seen"),
    [
        ((2025, 6, 12), {5, 6}, (2025, 6, 14)),  # Thursday: the call is due on Friday
        ((2025, 6, 12), {4, 5}, (2025, 6, 16)),  # where Friday and Saturday are free: on Sunday
        ((2025, 6, 13), {5, 6}, (2025, 6, 17)),  # Friday: on Monday
        ((2025, 6, 13), {4, 5}, (2025, 6, 16)),  # the same, sent on a free day
        ((2024, 2, 29), {5, 6}, (2024, 3, 2)),  # a leap day, Thursday: on Friday
    ],
)
def test_the_call_is_due_in_one_working_day(
    sent: tuple[int, int, int], weekend: set[int], first_seen: tuple[int, int, int]
) -> None:
    snapshot = customer(opportunities=[sale(sent_on=dt.date(*sent))])
    day = dt.date(*first_seen)
    context = at(*first_seen, weekend=frozenset(weekend))
    assert len(said(proposals.unconfirmed_proposal, snapshot, context)) == 1
    before = replace(context, today=day - dt.timedelta(days=1))
    assert said(proposals.unconfirmed_proposal, snapshot, before) == ()


def test_the_missing_call_speaks_for_the_missing_date() -> None:
    snapshot = customer(opportunities=[sale()], quotes=[offer(sent_on=ago(9))])
    findings = judged(snapshot, [proposals.unconfirmed_proposal, proposals.missing_interim_date], ago(0)).findings
    states = {(finding.code, finding.key): finding.state for finding in findings}
    assert states == {
        ("KAM705", "quote:Q1"): FindingState.ACTIVE,
        ("KAM706", "opportunity:D1"): FindingState.INHIBITED,
    }


def test_a_call_after_sending_leaves_the_missing_date() -> None:
    snapshot = customer(opportunities=[sale(sent_on=ago(9))], activities=[about(call(ago(8)), "D1")])
    rules = [proposals.unconfirmed_proposal, proposals.missing_interim_date]
    assert [finding.code for finding in judged(snapshot, rules, ago(0)).findings] == ["KAM706"]


@pytest.mark.parametrize(("days", "flagged"), [(7, False), (8, True), (60, True), (61, False)])
def test_how_long_the_next_date_may_be_missing(days: int, flagged: bool) -> None:
    snapshot = customer(opportunities=[sale(sent_on=ago(days))])
    assert bool(said(proposals.missing_interim_date, snapshot)) is flagged


@pytest.mark.parametrize(
    "unknown",
    [
        ["quotes"],
        ["quote.sent_on"],
        ["opportunity.proposal_sent_on"],
        ["quotes", "opportunity.proposal_sent_on"],
        ["quotes", "quote.expires_on", "opportunity.proposal_expires_on"],
    ],
)
def test_a_proposal_is_judged_where_its_date_is_known_and_left_open_where_not(unknown: list[str]) -> None:
    snapshot = customer(
        opportunities=[sale(sent_on=ago(9), expires_on=ago(2))],
        quotes=[offer(sent_on=ago(9), expires_on=ago(2))],
        unknown=with_narrower(frozenset(unknown)),
    )
    for rule, date in (
        (proposals.undated_proposal, "expires_on"),
        (proposals.expiring_proposal, "expires_on"),
        (proposals.unconfirmed_proposal, "sent_on"),
    ):
        names = {"quote": f"quote.{date}", "opportunity": f"opportunity.proposal_{date}"}
        for found in said(rule, snapshot):
            known = snapshot.knows(names[found.key.partition(":")[0]])
            assert known is isinstance(found, Problem), (rule.code, found.key)


# -- ownership --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "flagged"), [(14, False), (15, True), (180, True), (181, False)])
def test_how_long_a_handover_may_be_missing(days: int, flagged: bool) -> None:
    assert bool(said(ownership.missing_handover, customer(owner_changes=[passed(ago(days))]))) is flagged


@pytest.mark.parametrize(("days", "flagged"), [(16, True), (15, False), (0, False)])
def test_a_handover_counts_from_the_day_of_the_change(days: int, flagged: bool) -> None:
    change = [passed(ago(15))]
    by_field = customer(replace(CUSTOMER, handover_on=ago(days)), owner_changes=change)
    assert bool(said(ownership.missing_handover, by_field)) is flagged
    held = meant(call(ago(days)), Purpose.HANDOVER)
    by_activity = customer(owner_changes=change, activities=[held])
    assert bool(said(ownership.missing_handover, by_activity)) is flagged


def test_each_event_is_left_open_by_itself() -> None:
    snapshot = customer(owner_changes=[passed(ago(15))], unknown=["owner_changes", "opportunity.type"])
    assert list(said(ownership.missing_handover, snapshot)) == [
        Unknown(key="owner", name="owner_changes"),
        Unknown(key="won", name="opportunity.type"),
    ]


def test_owners_are_named_even_when_they_are_gone_or_unknown() -> None:
    changes = [passed(ago(30), before=None, after="gone"), passed(ago(20), before="gone", after="stranger")]
    (found,) = said(ownership.owner_churn, customer(owner_changes=changes))
    assert isinstance(found, Problem)
    assert [evidence.text for evidence in found.evidence] == [
        f"From Solveig Ødemark to user stranger on {ago(20)}",
        f"From nobody to Solveig Ødemark on {ago(30)}",
    ]


# -- managers: the rule over the portfolio ----------------------------------------------------------------------------


def portfolio_keys(example: PortfolioExample) -> tuple[list[tuple[str, str]], bool]:
    """Return which problems come of the portfolio or an account, and whether anything is unknown."""
    outcome = portfolio_outcome_of(GOALS, example)
    assert outcome.own[0].error == ""
    found = [("", finding.key) for finding in outcome.own[0].findings]
    on_accounts = outcome.accounts["KAM805"].items()
    found += [(account_id, finding.key) for account_id, findings in on_accounts for finding in findings]
    return found, bool(outcome.own[0].unknown)


def test_an_owner_has_one_problem_with_five_accounts_at_most_as_evidence() -> None:
    accounts = [customer(replace(CUSTOMER, id=f"A{n}")) for n in range(8)]
    example = PortfolioExample(title="many", accounts=tuple(accounts), context=now(), users=USERS)
    assert portfolio_keys(example) == ([("", "owner:ayse")], False)
    (found,) = portfolio_outcome_of(GOALS, example).own[0].findings
    assert len(found.problem.evidence) == 5


def test_an_account_whose_age_is_unknown_counts_as_old() -> None:
    account = customer(replace(CUSTOMER, created_on=ago(1)), unknown=["account.created_on", "account.key_since"])
    example = PortfolioExample(title="ageless", accounts=(account,), context=now())
    assert portfolio_keys(example) == ([("", "owner:ayse")], False)
