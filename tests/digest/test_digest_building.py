"""Who is told what, in which order: credit first, nobody forgotten, nothing told to the wrong person."""

from __future__ import annotations

import datetime as dt

from digest.digest_facts import AMAL, TODAY, WEEK, built, closed, facts, failing, live, review, solved, waiting
from kam_sync.digesting.building import build_digests
from kam_sync.digesting.facts import WeekCounts
from kam_sync.digesting.presenting import ALL_CLEAR, Section, present
from kam_sync.ports import SetupFinding
from kam_sync.records import User
from kam_sync.severity import Severity

DAY = dt.timedelta(days=1)


def everything() -> dict[str, object]:
    return {
        "accounts": {"amal": 2},
        "findings": (failing(since=WEEK.first), failing(since=WEEK.last, returned=True, code="KAM203")),
        "solved": (solved(),),
        "live": (live(due_on=TODAY - DAY), live(due_on=TODAY), live(due_on=None)),
        "closed": (closed(),),
        "waiting": (waiting(),),
        "reviews": (review(),),
        "week": WeekCounts(opened=2, solved=1, failing=3),
        "week_before": WeekCounts(opened=0, solved=0, failing=2),
        "setup": (SetupFinding(subject="roles", problem="no roles", fix="map them"),),
        "unknown": {"KAM508": 3},
        "problems": ("contact records are unknown: no right",),
    }


def test_what_was_solved_comes_before_what_is_open() -> None:
    portfolio, own = built(facts(**everything()))
    headings = [section.heading.partition(":")[0] for section in present(own["Amal Haddad"]).sections]
    assert headings == [
        "Solved this week",
        "Tasks closed since all was solved",
        "Back again",
        "New this week",
        "Overdue tasks",
        "Tasks due within 7 days",
        "Open",
        "Tasks that wait in the queue",
        "Plan reviews in the next 28 days",
    ]
    more = [section.heading.partition(":")[0] for section in present(portfolio).sections]
    assert more[2:4] == ["Findings against the week before, silenced ones too", "By owner"]
    assert more[-2:] == ["Not judged", "To be set up"]
    assert [heading for heading in more if heading in headings] == headings


def test_only_what_began_within_the_seven_days_is_new() -> None:
    days = (WEEK.first - DAY, WEEK.first, WEEK.last, WEEK.last + DAY)
    portfolio, _ = built(facts(findings=tuple(failing(since=day) for day in days)))
    assert [finding.since for finding in portfolio.new] == [WEEK.first, WEEK.last]
    assert portfolio.open == {Severity.HIGH: 4}


def test_what_had_been_solved_before_is_back_and_not_new() -> None:
    portfolio, _ = built(facts(findings=(failing(since=WEEK.last, returned=True),)))
    assert (len(portfolio.new), len(portfolio.returned)) == (0, 1)


def test_the_five_worst_are_named_and_of_equals_the_oldest() -> None:
    found = [failing(code=f"KAM10{n}", since=dt.date(2026, 10, n + 1)) for n in range(6)]
    found += [failing(code="KAM201", severity=Severity.CRITICAL, since=TODAY), failing(severity=Severity.INFO)]
    portfolio, _ = built(facts(findings=tuple(reversed(found))))
    assert [finding.code for finding in portfolio.top] == ["KAM201", "KAM100", "KAM101", "KAM102", "KAM103"]
    assert list(portfolio.open.items()) == [(Severity.CRITICAL, 1), (Severity.HIGH, 6), (Severity.INFO, 1)]


def test_a_task_is_overdue_after_its_day_and_soon_for_a_week() -> None:
    days = (TODAY - DAY, TODAY, TODAY + 7 * DAY, TODAY + 8 * DAY, None)
    portfolio, _ = built(facts(live=tuple(live(due_on=day) for day in days)))
    assert [task.due_on for task in portfolio.overdue] == [TODAY - DAY]
    assert [task.due_on for task in portfolio.due_soon] == [TODAY, TODAY + 7 * DAY]
    assert portfolio.later == 2


def test_each_is_told_the_own_and_the_portfolio_all() -> None:
    portfolio, own = built(facts(findings=(failing("amal"), failing("bo")), solved=(solved("bo"),)))
    assert {name: (d.open_count, len(d.solved)) for name, d in own.items()} == {
        "Amal Haddad": (1, 0),
        "Bo Lindqvist": (1, 1),
    }
    assert (portfolio.open_count, len(portfolio.solved)) == (2, 1)


def test_who_left_gets_nothing_and_the_portfolio_says_so() -> None:
    portfolio, own = built(facts(findings=(failing("gone"), failing("queue"), failing(None), failing("stranger"))))
    assert own == {}
    assert [(row.name, row.open, row.note) for row in portfolio.owners] == [
        ("(nobody)", 1, "Grete Fürst is no longer active"),
        ("(nobody)", 1, "Sammelstelle is no person"),
        ("(nobody)", 1, "a user who was not pulled"),
        ("(nobody)", 1, "nobody is in charge"),
    ]


def test_who_has_no_address_is_in_the_portfolio_by_name() -> None:
    portfolio, own = built(facts(findings=(failing("mute"),)))
    assert own["Mute Malik"].address is None
    assert [(row.name, row.note) for row in portfolio.owners] == [("Mute Malik", "no e-mail address in the CRM")]


def test_a_broken_address_is_none() -> None:
    broken = [
        "amal@vendor.example\r\nBcc: x@evil.example", "a@b.example, c@d.example", "a@b@c.example", "<a@b.example>",
        "amal@", "@b.example", "amal", "", "a b@c.example", "amal@b..example", "ａmal@b.example",
    ]  # fmt: skip
    for text in broken:
        user = User(id="amal", name="Amal", email=text)
        (_, own) = build_digests([facts(users={"amal": user}, findings=(failing(),))], WEEK)
        assert own.address is None, text


def test_one_person_in_two_crms_gets_one_digest() -> None:
    other = User(id="7", name="A. Haddad", email="Amal@Vendor.example ")
    second = facts(org="second", org_uid="uid-2", users={"7": other}, accounts={"7": 3})
    _, own = built(facts(findings=(failing(),), accounts={"amal": 2}), second)
    assert list(own) == ["Amal Haddad"]
    assert own["Amal Haddad"].accounts == 5
    assert [as_of.org for as_of in own["Amal Haddad"].as_of] == ["main", "second"]


def test_an_owner_with_nothing_to_do_is_told_that_all_is_clear() -> None:
    portfolio, own = built(facts(accounts={"amal": 3}))
    assert own["Amal Haddad"].all_clear
    for digest in (portfolio, own["Amal Haddad"]):
        document = present(digest)
        assert ALL_CLEAR in document.lead
        assert document.title.endswith("all clear")


def test_an_empty_portfolio_still_gives_a_sign_of_life() -> None:
    portfolio, own = built(facts())
    assert own == {}
    assert "with 0 key accounts" in present(portfolio).lead


def test_the_trend_compares_with_the_week_before() -> None:
    before = WeekCounts(opened=9, solved=8, failing=47)
    portfolio, _ = built(facts(week=WeekCounts(opened=5, solved=12, failing=40), week_before=before))
    trend = present(portfolio).sections[0]
    assert isinstance(trend, Section)
    assert [line.plain for line in trend.lines] == [
        "this week: 5 began to fail, 12 solved, 40 failing at its end",
        "the week before: 9 began to fail, 8 solved, 47 failing at its end",
    ]


def test_the_first_week_compares_with_nothing() -> None:
    portfolio, _ = built(facts(week=WeekCounts(opened=5, failing=5)))
    assert portfolio.week_before is None
    assert "nothing to compare with" in str(present(portfolio).sections)


def test_stale_facts_are_said_to_be() -> None:
    portfolio, _ = built(facts(checked_on=WEEK.last - DAY))
    assert any("not checked again before the week was over" in line for line in present(portfolio).footer)
    fresh, _ = built(facts(checked_on=WEEK.last))
    assert not any("not checked again" in line for line in present(fresh).footer)
    assert any("2026-11-23 04:00 UTC" in line for line in present(fresh).footer)


def test_nothing_in_a_digest_depends_on_the_order_of_the_facts() -> None:
    first = (failing("amal"), failing("bo", account="Firma Zwei"), failing("amal", code="KAM203"))
    people = {user.id: user for user in reversed(list(facts().users.values()))}
    turned = facts(findings=tuple(reversed(first)), users=people)
    assert build_digests([facts(findings=first)], WEEK) == build_digests([turned], WEEK)
    assert AMAL.name in {digest.name for digest in build_digests([turned], WEEK)}
