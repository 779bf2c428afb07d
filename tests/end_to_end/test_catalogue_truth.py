"""Every rule of the catalogue on labelled portfolios: it finds what was planted and nothing else, in every CRM."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from kam_sync import explaining, job
from kam_sync.checking import CheckResult
from kam_sync.dates import add_days
from kam_sync.engine import FindingState, OutcomeKind
from kam_sync.session import JobSettings
from kam_sync.severity import Severity
from kam_sync.store import schema
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.snapshots import Snapshots
from kam_sync.testing.memory import MemoryCrm
from kam_sync_salesforce.local_crm import LocalSalesforce
from support_catalogue_healthy import WHITESPACE
from support_catalogue_healthy_portfolio import HEALTHY
from support_catalogue_labels import OWN, Codes, LabelledPortfolio
from support_catalogue_portfolios import PLANNED_TWICE, PORTFOLIOS
from support_local_salesforce import Rest
from support_orgs import KINDS, Org, start_org

RULES: Final = {
    "select": ["KAM"],
    "top_tiers": ["A"],
    "settings": {"KAM319": {"params": {"products": list(WHITESPACE)}}},
}
SECOND_PLANS: Final = {"twice": (-10, 190), "successor": (201, 400)}
"""Account → when its second plan begins and ends, in days from today; the first one ends after 200 days."""
PLANS: Final = (
    "SELECT AccountId, Status, Last_Review__c, Next_Review__c, Relationship_Map__c, AccountChallenges, "
    "Revenue_Goals__c, AccountStrategicPriorities, Strengths__c, Weaknesses__c, Swot_Opportunities__c, Threats__c, "
    "Swot_Reviewed__c FROM AccountPlan"
)
Found = Mapping[str, list[explaining.OrgFinding]]


@contextmanager
def _checked(
    kind: str, folder: Path, given: LabelledPortfolio, arrange: Callable[[Org], None] = lambda _org: None
) -> Iterator[tuple[Org, CheckResult]]:
    """Load a portfolio into a CRM, pull it, and judge it; `arrange` does what a portfolio has no words for."""
    changes = given.org.get(kind, {})
    org = start_org(kind, folder, portfolio=given.portfolio, start=given.start, org=changes, rules=RULES)
    try:
        arrange(org)
        pulled = job.pull(org.policy, org.store, _settings(org))
        assert pulled.exit_code == 0, [result.error for result in pulled.orgs]
        _know_the_roles(org, given)
        (result,) = job.check(org.policy, org.store, _settings(org)).orgs
        assert result.error is None
        assert result.check is not None
        assert result.check.errors == ()
        yield org, result.check
    finally:
        org.close()


def _settings(org: Org) -> JobSettings:
    return JobSettings(clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds))


def _know_the_roles(org: Org, given: LabelledPortfolio) -> None:
    """Let kam-sync have seen every role since it is held: HubSpot does not tell it, an older installation knows."""
    since = {account.name: account.role_since_days for account in given.portfolio.accounts}
    table = schema.role_first_seen
    seen = {
        role.id: add_days(given.start.date(), since[snapshot.account.name])
        for snapshot in Snapshots(org.store, org.uid).stream(frozenset())
        for role in snapshot.known_roles
    }
    days: dict[dt.date, list[str]] = {}
    for assignment_id, day in seen.items():
        days.setdefault(day, []).append(assignment_id)
    with org.store.begin() as connection:
        for day, ids in days.items():
            connection.execute(table.update().where(table.c.assignment_id.in_(ids)).values(first_seen_on=day))


def _findings(org: Org) -> Found:
    """Return all findings of the last check by the slug of the account."""
    slugs = {name: slug for slug, name in org.slugs.items()} | {"": OWN}
    found: dict[str, list[explaining.OrgFinding]] = {}
    for each in explaining.findings(org.policy, org.store, _settings(org)):
        found.setdefault(slugs[each.account_name], []).append(each)
    return found


def _codes(found: Found, *states: FindingState) -> Codes:
    return {slug: Counter(f.finding.code for f in each if f.finding.state in states) for slug, each in found.items()}


def _differences(labels: Codes, found: Codes) -> set[tuple[str, str, str]]:
    """Return slug, code, and how often it was expected and found, wherever the two differ."""
    nothing: Counter[str] = Counter()
    return {
        (slug, code, f"expected {labels.get(slug, nothing)[code]}, found {found.get(slug, nothing)[code]}")
        for slug in labels.keys() | found.keys()
        for code in labels.get(slug, nothing).keys() | found.get(slug, nothing).keys()
        if labels.get(slug, nothing)[code] != found.get(slug, nothing)[code]
    }


def _worst(found: Found) -> Mapping[tuple[str, str], Severity]:
    worst: dict[tuple[str, str], Severity] = {}
    for slug, each in found.items():
        for given in each:
            place = (slug, given.finding.code)
            worst[place] = max(given.finding.severity, worst.get(place, given.finding.severity))
    return worst


def _assert_as_labelled(found: Found, given: LabelledPortfolio) -> None:
    assert _differences(given.labels, _codes(found, *FindingState)) == set()
    assert _differences(given.inhibited, _codes(found, FindingState.INHIBITED)) == set()
    worst = _worst(found)
    assert {place: worst.get(place) for place in given.severities} == given.severities


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", PORTFOLIOS, ids=lambda given: given.name)
def test_exactly_the_planted_gaps_are_found(kind: str, given: LabelledPortfolio, tmp_path: Path) -> None:
    with _checked(kind, tmp_path, given) as (org, _):
        _assert_as_labelled(_findings(org), given)


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_judges_the_healthy_portfolio_and_finds_nothing(kind: str, tmp_path: Path) -> None:
    with _checked(kind, tmp_path, HEALTHY) as (org, result):
        _assert_as_labelled(_findings(org), HEALTHY)
        judgements = StoredJudgements(org.store, org.uid)
        portfolio = judgements.portfolio()
        assert portfolio is not None
        outcomes = [outcome for judgement in judgements.all() for outcome in judgement.outcome.outcomes]
        passed = {o.code for o in (*outcomes, *portfolio.outcome.outcomes) if o.kind is OutcomeKind.PASSED}
    assert result.unknown == {}
    assert {configured.rule.code for configured in org.policy.rules} - passed == set()


def _add_second_plans(org: Org) -> None:
    """Give accounts a second plan as complete as the first."""
    today = org.clock.now().date()
    for slug, (start, end) in SECOND_PLANS.items():
        dates = (add_days(today, start), add_days(today, end))
        if isinstance(org.crm, MemoryCrm):
            first = org.crm.plans[slug]
            org.crm.plans[f"{slug} again"] = replace(first, id=f"{first.id} again", start_on=dates[0], end_on=dates[1])
        else:
            assert isinstance(org.crm, LocalSalesforce)
            _copy_plan(org.crm, org.slugs[slug], *dates)


def _copy_plan(crm: LocalSalesforce, account: str, start_on: dt.date, end_on: dt.date) -> None:
    """Copy the plan of an account of the local Salesforce with other dates, as its user would."""
    rest = Rest(crm)
    try:
        (account_id,) = {row["Id"] for row in rest.query("SELECT Id, Name FROM Account") if row["Name"] == account}
        (first,) = (row for row in rest.query(PLANS) if row["AccountId"] == account_id)
        own = {"Name": "Second plan", "StartDate": start_on.isoformat(), "EndDate": end_on.isoformat()}
        plan = {name: value for name, value in first.items() if name != "attributes"} | own
        answer = rest.call("POST", "sobjects/AccountPlan", plan)
        assert answer.status == 201, answer.content
    finally:
        rest.close()


@pytest.mark.parametrize("kind", ["memory", "salesforce"])  # HubSpot holds a plan in the company's own properties
def test_two_plans_at_once_are_found(kind: str, tmp_path: Path) -> None:
    with _checked(kind, tmp_path, PLANNED_TWICE, _add_second_plans) as (org, _):
        _assert_as_labelled(_findings(org), PLANNED_TWICE)
