"""Building a report from the store: what it says is what the mirror and the judgements say, as of the last check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

import kam_sync
from kam_sync.engine import FindingState
from kam_sync.errors import ConfigError, LeaseHeldError
from kam_sync.escaping import web_link
from kam_sync.explaining import findings, why
from kam_sync.figures.plan_review import ReviewState
from kam_sync.lifecycle import LinkState
from kam_sync.portfolio import PortfolioAccount, PortfolioContact, PortfolioPlan
from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import RecordKind, Role
from kam_sync.reporting.building import report
from kam_sync.reporting.counting import count
from kam_sync.reporting.figures import Report, ReportedAccount
from kam_sync.roles import RoleLevel
from kam_sync.store import schema
from kam_sync.store.judging import FindingHistory, StoredJudgements
from kam_sync.store.runs import load_description, save_description
from support_memory import NO_CAPS, World, healthy, make_world

RULES = "select: [KAM101, KAM201, KAM203, KAM205]"
POLICY = """\
version: 1
orgs:
  main: {{connector: memory, crm: {crm}, timezone: Pacific/Auckland}}
  west: {{connector: memory, crm: {crm}-west}}
rules:
  RULES
  top_tiers: [A]
tasks:
  fallback_assignee: {{main: ines@vendor.example}}
  caps: {caps}
suppress:
  - {{code: KAM201, org: main, account: hushed, reason: agreed with the board, author: Inês, until: 2027-01-01}}
  - {{code: KAM203, org: main, account: nobody-has-this-id, reason: a slip, author: Inês, until: 2027-01-01}}
safety: {{max_close_count: 1000, max_creates: 1000, max_row_drop: 1}}
"""
ACCOUNTS = (
    healthy("bare", roles={}, plan=None, activities=(), owner="bo", tier="A", revenue=9.0),
    healthy("hushed", plan=None),
    healthy("late", plan=PortfolioPlan(next_review_days=-3)),
    healthy("undated", plan=PortfolioPlan(next_review_days=None, last_review_days=-10)),
    healthy("half", roles={Role.INNOVATOR: ("bo",)}),
)


def start(folder: Path, *accounts: PortfolioAccount, rules: str = RULES, caps: str = NO_CAPS) -> World:
    return make_world(folder, *(accounts or ACCOUNTS), caps=caps, policy=POLICY.replace("RULES", rules))


def made(world: World) -> Report:
    return report(world.policy, world.store, world.settings)


def by_id(given: Report) -> Mapping[str, ReportedAccount]:
    return {account.id: account for account in given.accounts}


@pytest.fixture(scope="module")
def world(shared_folder: Path) -> Iterator[World]:
    world = start(shared_folder, caps="{live_per_account: 2, live_per_owner: 3, new_per_owner: 3}")
    world.run()
    world.clock.advance(days=9)
    world.run()
    yield world
    world.close()


@pytest.fixture(scope="module")
def given(world: World) -> Report:
    return made(world)


def test_the_report_has_the_findings_of_the_last_check(world: World, given: Report) -> None:
    settings = replace(world.settings, orgs=("main",))
    expected = [
        (found.account_id, found.finding.fingerprint, found.since, found.finding.state, found.finding.severity)
        for found in findings(world.policy, world.store, settings)
        if found.account_id
    ]
    shown = [
        (account.id, finding.fingerprint, finding.since, finding.state, finding.severity)
        for account in given.accounts
        for finding in account.findings
    ]
    assert sorted(shown) == sorted(expected)
    assert len(shown) > 8


def test_the_report_has_the_roles_and_tasks_that_why_tells(world: World, given: Report) -> None:
    settings = replace(world.settings, orgs=("main",))
    for account in given.accounts:
        (told,) = why(world.policy, world.store, settings, account.id)
        assert account.roles == tuple(told.coverage)
        live = {link.task_id for link in told.links if link.state is LinkState.LIVE}
        assert {task.task_id for task in account.tasks if task.state is LinkState.LIVE} == live
        assert [waiting.topic for waiting in account.queue] == [waiting.topic for waiting in told.queued]
    figures = count(given)
    assert figures.headline.live_tasks == sum(1 for _ in world.books.links([LinkState.LIVE])) > 0
    assert figures.headline.queued == sum(len(account.queue) for account in given.accounts) > 0


def test_accounts_with_most_to_do_come_first(given: Report) -> None:
    assert given.accounts[0].id == "bare"
    assert [account.worst for account in given.accounts][-1] is None


def test_silence_is_said_with_its_reason_and_counted_apart(given: Report) -> None:
    (hushed,) = [finding for finding in by_id(given)["hushed"].findings if finding.code == "KAM201"]
    assert hushed.state is FindingState.SUPPRESSED
    assert hushed.reason == "agreed with the board"
    assert not by_id(given)["hushed"].open_findings
    assert count(given).headline.silenced >= 1


def test_a_suppression_that_silences_nothing_is_among_the_set_up(given: Report) -> None:
    assert [found.subject for found in given.orgs[0].setup if found.code == "KAM901"] == ["suppress[1]"]


def test_reviews_are_overdue_undated_missing_or_planned(given: Report) -> None:
    states = {account.id: account.review.state for account in given.accounts}
    assert states["late"] is ReviewState.OVERDUE
    assert states["undated"] is ReviewState.UNDATED
    assert states["bare"] is ReviewState.NO_PLAN
    assert states["half"] is ReviewState.PLANNED


def test_links_lead_into_the_crm(given: Report) -> None:
    bare = by_id(given)["bare"]
    assert bare.url == "https://crm.example/account/bare"
    assert all(task.url == f"https://crm.example/task/{task.task_id}" for task in bare.tasks)


def test_the_org_says_as_of_when_in_its_own_zone(given: Report) -> None:
    org = given.orgs[0]
    assert org.checked_at == dt.datetime(2026, 3, 11, 9, tzinfo=dt.UTC)
    assert org.checked_on == dt.date(2026, 3, 11)
    assert not org.pulled_since
    assert org.written_at == org.checked_at
    assert given.missing[0].org == "west"
    assert given.missing[0].reason == "was never pulled"


def test_the_trend_ends_at_what_fails_now(world: World, given: Report) -> None:
    with world.store.begin() as connection:
        failing = connection.scalar(select(func.count()).select_from(schema.findings))
    assert count(given).weeks[-1].open == failing
    assert sum(given.orgs[0].changes.values()) == len(list(FindingHistory(world.store, given.orgs[0].org_uid).events()))


def test_the_public_name_is_this_function() -> None:
    assert kam_sync.report is report


# -- worlds of their own --------------------------------------------------------------------------------------------


def test_nothing_pulled_checked_or_noted_is_nothing_to_report(folder: Path) -> None:
    world = start(folder)
    with pytest.raises(ConfigError, match=r"main was never pulled; west was never pulled; run `kam-sync run`"):
        made(world)
    kam_sync.pull(world.policy, world.store, replace(world.settings, orgs=("main",)))
    with pytest.raises(ConfigError, match="main was never checked"):
        made(world)
    kam_sync.check(world.policy, world.store, replace(world.settings, orgs=("main",)))
    assert made(world).orgs[0].written_at is None
    judgements = StoredJudgements(world.store, "memory-" + world.crm.crm_name)
    before = judgements.portfolio()
    assert before is not None
    judgements.keep_portfolio(replace(before, checked_at=None))
    with pytest.raises(ConfigError, match="main was checked by an earlier version"):
        made(world)
    with world.store.begin() as connection:
        connection.execute(schema.portfolio_judgements.delete())
    with pytest.raises(ConfigError, match="main has a check under way or cut off"):
        made(world)
    world.close()


def test_a_check_in_between_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = start(folder)
    world.run(apply=False)
    counted = FindingHistory.daily

    def check_first(history: FindingHistory) -> Mapping[tuple[dt.date, str], int]:
        world.clock.advance(seconds=60)
        kam_sync.check(world.policy, world.store, replace(world.settings, orgs=("main",)))
        return counted(history)

    monkeypatch.setattr(FindingHistory, "daily", check_first)
    with pytest.raises(LeaseHeldError, match="main was checked anew while the report was made"):
        made(world)
    world.close()


def test_what_cannot_be_known_is_unknown_and_not_absent(folder: Path) -> None:
    world = start(folder)
    world.crm.unknown["roles.innovator"] = "not mapped"
    world.crm.unknown["account.owner_id"] = "not readable"
    world.run(apply=False)
    account = by_id(made(world))["bare"]
    assert {role.role: role.level for role in account.roles}[Role.INNOVATOR] is None
    assert account.unknown_roles == 1
    assert not account.owner.known
    assert not account.fully_judged
    assert made(world).orgs[0].unknown["roles.innovator"] == "not mapped"
    world.close()


def test_reviews_that_no_rule_reads_are_unknown(folder: Path) -> None:
    world = start(folder, rules="select: [KAM101]")
    world.run(apply=False)
    assert {account.review.state for account in made(world).accounts} == {ReviewState.UNKNOWN}
    world.close()


def test_a_role_is_evidenced_only_where_the_rule_for_it_has_run(folder: Path) -> None:
    busy = tuple(replace(activity, days=-2) for activity in healthy("x").activities for _ in range(2))
    accounts = (healthy("busy", activities=(*busy, *healthy("x").activities)),)
    without = start(folder, *accounts, rules="select: [KAM101]")
    without.run(apply=False)
    assert {role.level for role in by_id(made(without))["busy"].roles} == {RoleLevel.ACTIVE}
    without.close()
    (folder / "more").mkdir()
    world = start(folder / "more", *accounts, rules="select: [KAM101, KAM106]")
    world.run(apply=False)
    account = by_id(made(world))["busy"]
    (judged,) = [
        outcome
        for judgement in StoredJudgements(world.store, "memory-" + world.crm.crm_name).all()
        if judgement.account_id == "busy"
        for outcome in judgement.outcome.outcomes
        if outcome.code == "KAM106"
    ]
    shown = {finding.key for finding in judged.findings}
    for role in account.roles:
        clear = role.role.value not in shown and not judged.is_unknown(role.role.value)
        assert role.level is (RoleLevel.EVIDENCED if clear else RoleLevel.ACTIVE), role.role
    assert RoleLevel.EVIDENCED in {role.level for role in account.roles}
    assert RoleLevel.ACTIVE in {role.level for role in account.roles}
    world.close()


def test_accounts_that_came_or_went_since_the_check(folder: Path) -> None:
    world = start(folder)
    world.run()
    world.clock.advance(hours=1)
    world.crm.set_in_scope("bare", in_scope=False)
    kam_sync.pull(world.policy, world.store, replace(world.settings, orgs=("main",)))
    given = made(world)
    assert "bare" not in by_id(given)
    assert given.orgs[0].gone == 1
    assert given.orgs[0].pulled_since
    live = sum(1 for _ in world.books.links([LinkState.LIVE]))
    assert given.orgs[0].live_tasks_elsewhere > 0
    assert count(given).headline.live_tasks == live
    world.close()


def test_an_account_that_cannot_be_read_is_counted_as_such(folder: Path) -> None:
    world = start(folder)
    rejected = RejectedRecord(kind=RecordKind.ACCOUNT, id="broken", account_ids=("broken",), reason="name is missing")
    world.crm.rejected_pages[RecordKind.ACCOUNT] = Page(records=(), rejected=(rejected,))
    world.run(apply=False)
    assert count(made(world)).headline.rejected == 1
    world.close()


def test_the_baseline_is_said(folder: Path) -> None:
    world = start(folder)
    world.run(apply=False)
    kam_sync.set_baseline(world.policy, world.store, replace(world.settings, orgs=("main",)), per_week=1)
    days = [finding.released for account in made(world).accounts for finding in account.findings]
    assert any(day is not None and day > dt.date(2026, 3, 2) for day in days)
    world.close()


def test_addresses_that_are_not_of_the_web_become_no_links(folder: Path) -> None:
    world = start(
        folder,
        healthy("bare", roles={}),
        healthy("other", contacts=(PortfolioContact(name="Ada", title="Buyer", email="ada@other.example"),)),
    )
    world.run()
    description = load_description(world.store, "main")
    assert description is not None
    for template in ("javascript:alert(1)//{id}", "data:text/html,{id}", "file:///etc/{id}", "//evil.example/{id}", ""):
        urls = dict.fromkeys(RecordKind, template)
        save_description(world.store, "main", replace(description, record_urls=urls, task_url=template))
        for account in made(world).accounts:
            assert account.url is None
            assert {task.url for task in account.tasks} <= {None}
            assert {evidence.url for found in account.findings for evidence in found.evidence} <= {None}
    world.close()


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://crm.example/a?b=c#d", True),
        ("http://localhost:8080/x", True),
        ("HTTPS://crm.example/", True),
        (" https://crm.example/", False),
        ("java\nscript:alert(1)", False),
        ("https:///nowhere", False),
        ("https://[broken", False),
        ("vbscript:x", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_links(url: str | None, *, good: bool) -> None:
    assert (web_link(url) is not None) is good


def test_only_the_orgs_that_are_asked_for_are_reported(folder: Path) -> None:
    world = start(folder)
    world.run(apply=False)
    assert report(world.policy, world.store, replace(world.settings, orgs=("main",))).missing == ()
    with pytest.raises(ConfigError, match="west was never pulled"):
        report(world.policy, world.store, replace(world.settings, orgs=("west",)))
    world.close()
