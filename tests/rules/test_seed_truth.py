"""The planted truth of the seeded portfolios against what the core rules say; and they are what they claim to be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from kam_sync.engine import OutcomeKind
from kam_sync.portfolio import Portfolio, PortfolioAccount
from kam_sync.records import ActivityKind, ActivityStatus
from kam_sync.testing.seed import hubspot_portfolio, salesforce_portfolio
from rules.pack_rules import CORE_CODES, CORE_RULES
from rules.portfolio_snapshots import judged, snapshots, spoken_of

PORTFOLIOS = {"salesforce": salesforce_portfolio, "hubspot": hubspot_portfolio}
ACCOUNTS = [
    (crm, account.slug)
    for crm, portfolio in PORTFOLIOS.items()
    for account in portfolio().accounts
    if account.key_account
]
DAYS = [dt.date(2024, 2, 29), dt.date(2025, 6, 16), dt.date(2025, 12, 31), dt.date(2026, 3, 1)]


def planted(account: PortfolioAccount) -> Mapping[str, frozenset[str]]:
    """Return what is planted of the core rules; of the others the snapshots here hold too little."""
    said = {topic: codes & CORE_CODES for topic, codes in account.expected.items()}
    return {topic: codes for topic, codes in said.items() if codes}


each_portfolio = pytest.mark.parametrize("make", PORTFOLIOS.values(), ids=PORTFOLIOS)


@pytest.mark.parametrize(("crm", "slug"), ACCOUNTS, ids=str)
def test_rules_say_of_every_account_what_was_planted(crm: str, slug: str) -> None:
    portfolio = PORTFOLIOS[crm]()
    account = next(account for account in portfolio.accounts if account.slug == slug)
    for today in DAYS:
        snapshot = snapshots(portfolio, today, crm_tells_since=crm == "salesforce")[slug]
        assert spoken_of(judged(snapshot, CORE_RULES, today)) == planted(account)


@each_portfolio
@pytest.mark.parametrize("shift", [-1, 1])
def test_truth_does_not_depend_on_the_time_zone(make: Callable[[], Portfolio], shift: int) -> None:
    portfolio, today = make(), DAYS[1]
    taken = snapshots(portfolio, today, crm_tells_since=True)
    for account in portfolio.accounts:
        if account.key_account:
            outcome = judged(taken[account.slug], CORE_RULES, today + dt.timedelta(days=shift))
            assert spoken_of(outcome) == planted(account), account.slug
            severities = [finding.severity for finding in outcome.findings]
            assert severities == [f.severity for f in judged(taken[account.slug], CORE_RULES, today).findings], (
                account.slug
            )


@each_portfolio
def test_every_rule_is_spoken_of_alone_and_beside_another(make: Callable[[], Portfolio]) -> None:
    said = [codes for account in make().accounts for codes in planted(account).values()]
    for rule in CORE_RULES:
        assert any(codes == {rule.code} for codes in said), rule.code
    assert any(len(codes) > 1 for codes in said)
    assert {len(planted(account)) for account in make().accounts} == {0, 1, 2, 3}


@each_portfolio
def test_nothing_of_a_full_mirror_is_unknown_but_deals_that_an_account_speaks_for(
    make: Callable[[], Portfolio],
) -> None:
    for snapshot in snapshots(make(), DAYS[1], crm_tells_since=True).values():
        for outcome in judged(snapshot, CORE_RULES, DAYS[1]).outcomes:
            assert outcome.error == ""
            assert outcome.kind is not OutcomeKind.UNKNOWN
            assert all(outcome.code == "KAM203" and part.key.startswith("opportunity:") for part in outcome.unknown)


@each_portfolio
def test_many_accounts_stay_silent(make: Callable[[], Portfolio]) -> None:
    accounts = make().accounts
    healthy = [account for account in accounts if account.key_account and not account.expected]
    out_of_scope = [account for account in accounts if not account.key_account]
    assert len(accounts) >= 30
    assert len(healthy) >= 8
    assert len(out_of_scope) >= 2
    assert not any(account.expected for account in out_of_scope)


@each_portfolio
def test_accounts_out_of_scope_have_gaps_that_only_scope_silences(make: Callable[[], Portfolio]) -> None:
    portfolio = make()
    for account in portfolio.accounts:
        if not account.key_account:
            # The same account judged as if it were in scope.
            inside = Portfolio(
                name="inside",
                users=portfolio.users,
                accounts=(
                    type(account)(
                        slug=account.slug,
                        name=account.name,
                        owner=account.owner,
                        roles=account.roles,
                        plan=account.plan,
                        deals=account.deals,
                        activities=account.activities,
                    ),
                ),
            )
            snapshot = snapshots(inside, DAYS[1], crm_tells_since=True)[account.slug]
            assert set(spoken_of(judged(snapshot, CORE_RULES, DAYS[1]))) == {"roles", "plan", "next-steps"}


@each_portfolio
def test_references_hold(make: Callable[[], Portfolio]) -> None:
    portfolio = make()
    users = {user.slug for user in portfolio.users}
    accounts = {account.slug for account in portfolio.accounts}
    assert len(users) == len(portfolio.users)
    assert len(accounts) == len(portfolio.accounts)
    assert {user.manager for user in portfolio.users} - {None} <= users
    deals = [deal.slug for account in portfolio.accounts for deal in account.deals]
    assert len(deals) == len(set(deals))
    for account in portfolio.accounts:
        own_deals = {deal.slug for deal in account.deals}
        assert {account.owner} | {deal.owner for deal in account.deals} <= users
        assert account.parent in accounts | {None}
        assert {slug for slugs in account.roles.values() for slug in slugs} <= users
        assert all(1 <= len(slugs) <= 2 for slugs in account.roles.values())
        assert {activity.owner for activity in account.activities} - {None} <= users
        assert {activity.deal for activity in account.activities} - {None} <= own_deals
        assert account.created_days <= account.role_since_days
        assert account.contacts


@each_portfolio
def test_two_people_left_and_one_of_them_still_holds_roles(make: Callable[[], Portfolio]) -> None:
    portfolio = make()
    left = {user.slug for user in portfolio.users if not user.active}
    holders = {slug for account in portfolio.accounts for slugs in account.roles.values() for slug in slugs}
    assert len(left) == 2
    assert len(left & holders) == 1
    assert 8 <= len(portfolio.users) <= 10


def test_each_portfolio_holds_only_what_its_crm_can() -> None:
    in_salesforce = [activity for account in salesforce_portfolio().accounts for activity in account.activities]
    in_hubspot = [activity for account in hubspot_portfolio().accounts for activity in account.activities]
    assert all(activity.owner for activity in in_salesforce)
    assert not any(activity.status is ActivityStatus.CANCELED for activity in in_salesforce)
    assert any(activity.days is None for activity in in_salesforce)
    assert all(activity.days is not None for activity in in_hubspot)
    assert any(activity.owner is None for activity in in_hubspot)
    assert all(
        activity.kind is ActivityKind.TASK for activity in (*in_salesforce, *in_hubspot) if activity.days is None
    )


def test_names_are_distinct_and_hold_what_breaks_careless_code() -> None:
    names = [account.name for make in PORTFOLIOS.values() for account in make().accounts]
    assert max(Counter(names).values()) == 1
    assert len(names) >= 60
    everything = "".join(names)
    for mark in ("'", '"', "&", "<b>", "<script>", "&amp;", "\\", ";", "%", "_", "{", "🍨", "🦊"):
        assert mark in everything
    for first, last in (
        ("А", "я"),
        ("ء", "ي"),
        ("א", "ת"),
        ("Α", "ω"),
        ("一", "龥"),
        ("가", "힣"),
        ("ऄ", "ह"),
        ("ก", "ฮ"),
    ):
        assert any(first <= letter <= last for letter in everything), (first, last)
