"""Counting a report: the figures of the headline, the trend, the load and the calendar."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_sync.engine import FindingState
from kam_sync.figures.plan_review import PlanReview, ReviewState
from kam_sync.records import Role
from kam_sync.reporting.counting import Week, age_of, count, review_bucket, review_buckets, weeks
from kam_sync.reporting.figures import Report
from kam_sync.roles import RoleLevel
from kam_sync.severity import Severity
from support_reporting import AMAL, HOSTILE, NOA, NOBODY, SOMEBODY, TODAY, account, finding, org, sample, task


def test_the_headline_counts_what_is_there() -> None:
    headline = count(sample()).headline
    assert headline.accounts == 4 + len(HOSTILE)
    # Named is covered; of the account with `3333??` it cannot be said; `0123?3` is known to lack a role.
    assert headline.fully_covered == 2 + len(HOSTILE)
    assert headline.coverage_unknown == 1
    assert headline.findings == {
        Severity.CRITICAL: 1,
        Severity.HIGH: 1 + len(HOSTILE),
        Severity.MEDIUM: 1,
        Severity.LOW: 1,  # on the portfolio
    }
    assert headline.open_findings == 4 + len(HOSTILE)
    assert headline.silenced == 1
    assert headline.live_tasks == 1 + 1, "one on an account, one elsewhere; what was put away is not live"
    assert headline.queued == 1
    assert headline.not_fully_judged == 2
    assert headline.rejected == 2


def test_unknown_is_not_absent_in_the_coverage() -> None:
    coverage = count(sample()).coverage
    everyone = 4 + len(HOSTILE)
    assert coverage[Role.RESULTS_DRIVER][RoleLevel.ABSENT] == 1
    assert coverage[Role.TECHNICAL_EXPERT][None] == 2
    assert coverage[Role.TECHNICAL_EXPERT][RoleLevel.ABSENT] == 0
    assert all(sum(levels.values()) == everyone for levels in coverage.values())


def test_every_open_finding_has_one_topic_one_age_and_one_rule() -> None:
    figures = count(sample())
    every = figures.headline.open_findings
    for groups in (figures.topics, figures.ages, {rule.code: rule.findings for rule in figures.rules}):
        assert sum(number for counts in groups.values() for number in counts.values()) == every
    assert figures.ages["longer"] == {Severity.CRITICAL: 1}
    assert figures.rules[0].code == "KAM101"
    assert figures.rules[0].oldest == TODAY - dt.timedelta(days=200)
    portfolio = next(rule for rule in figures.rules if rule.code == "KAM405")
    assert portfolio.accounts == 0


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "up to a week"),
        (7, "up to a week"),
        (8, "up to a month"),
        (30, "up to a month"),
        (31, "up to 3 months"),
        (90, "up to 3 months"),
        (180, "up to 6 months"),
        (181, "longer"),
        (4000, "longer"),
    ],
)
def test_ages_end_where_they_say(days: int, words: str) -> None:
    assert age_of(TODAY - dt.timedelta(days=days), TODAY) == words


def test_the_load_of_people_knows_nobody_and_the_unknown() -> None:
    owners = {load.person: load for load in count(sample()).owners}
    assert owners[AMAL].accounts == 1 + len(HOSTILE)
    assert owners[AMAL].live_tasks == 1
    assert owners[AMAL].queued == 1
    assert owners[NOA].findings == {Severity.MEDIUM: 1}
    assert {NOBODY, SOMEBODY} <= owners.keys()


def test_two_people_of_the_same_id_in_two_orgs_are_two() -> None:
    namesake = replace(AMAL, org="west")
    one, other = account(1, owner=AMAL), account(2, owner=namesake, org="west")
    assert len(count(Report(orgs=(org(), org("west")), accounts=(one, other))).owners) == 2


def test_who_has_a_task_and_no_account_is_counted_too() -> None:
    loads = count(Report(orgs=(org(),), accounts=(account(1, owner=NOA, tasks=(task(owner=AMAL),)),))).owners
    assert [(load.person, load.accounts, load.live_tasks) for load in loads] == [(NOA, 1, 0), (AMAL, 0, 1)]


def test_the_trend_has_every_week_and_ends_today() -> None:
    assert count(sample()).weeks == (
        Week(ends_on=dt.date(2026, 11, 8), opened=7, resolved=0, gone=0, open=7),
        Week(ends_on=dt.date(2026, 11, 15), opened=0, resolved=2, gone=0, open=5),
        Week(ends_on=dt.date(2026, 11, 22), opened=3, resolved=0, gone=0, open=8),
        Week(ends_on=TODAY, opened=0, resolved=0, gone=1, open=7),
    )


def test_a_long_history_is_cut_and_still_counts_from_its_beginning() -> None:
    found = weeks({(dt.date(2024, 1, 1), "opened"): 5}, TODAY)
    assert len(found) == 26
    assert {week.open for week in found} == {5}


def test_what_lies_after_the_day_is_not_in_the_trend() -> None:
    assert weeks({(TODAY + dt.timedelta(days=1), "opened"): 5}, TODAY) == ()
    assert weeks({}, TODAY) == ()


CHANGES = st.dictionaries(
    st.tuples(
        st.dates(min_value=dt.date(2026, 7, 1), max_value=TODAY), st.sampled_from(["opened", "resolved", "gone"])
    ),
    st.integers(min_value=1, max_value=50),
)


@given(CHANGES)
def test_the_trend_adds_up(changes: Mapping[tuple[dt.date, str], int]) -> None:
    found = weeks(changes, TODAY)
    for before, after in itertools.pairwise(found):
        assert after.open == before.open + after.opened - after.resolved - after.gone
        assert after.ends_on - before.ends_on <= dt.timedelta(days=7)
    opened = sum(number for (_, event), number in changes.items() if event == "opened")
    assert (found[-1].open if found else 0) == 2 * opened - sum(changes.values())


@pytest.mark.parametrize(
    ("review", "bucket"),
    [
        (PlanReview(state=ReviewState.OVERDUE, on=dt.date(2026, 11, 24)), "overdue"),
        (PlanReview(state=ReviewState.PLANNED, on=TODAY), "2026-11"),
        (PlanReview(state=ReviewState.PLANNED, on=dt.date(2027, 4, 30)), "2027-04"),
        (PlanReview(state=ReviewState.PLANNED, on=dt.date(2027, 5, 1)), "later"),
        (PlanReview(state=ReviewState.UNDATED), "no date"),
        (PlanReview(state=ReviewState.NO_PLAN), "no plan"),
        (PlanReview(state=ReviewState.UNKNOWN), "unknown"),
    ],
)
def test_a_review_stands_under_its_month_or_its_state(review: PlanReview, bucket: str) -> None:
    assert review_bucket(review, TODAY) == bucket
    assert bucket in review_buckets(TODAY)


def test_every_account_is_in_the_calendar_once() -> None:
    figures = count(sample())
    assert sum(figures.reviews.values()) == figures.headline.accounts
    assert figures.reviews["overdue"] == figures.reviews["unknown"] == figures.reviews["no plan"] == 1


def test_what_kept_accounts_from_being_judged_is_counted_by_account() -> None:
    unknown = {each.name: each.accounts for each in count(sample()).unknown}
    assert unknown == {"roles.technical_expert": 2, "activities": 1, "roles.project_manager": 1}


def test_an_account_with_silenced_findings_only_has_no_worst() -> None:
    quiet = account(1, findings=(finding(state=FindingState.INHIBITED),))
    assert quiet.worst is None
    assert quiet.silenced == 1
