"""The next-steps family: boundaries, what covers what, what is held back, and the evidence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kam_sync.engine import FindingState
from kam_sync.records import AccountSnapshot, Activity, ActivityStatus, RecordKind
from kam_sync.rules_api import NotApplicable, Problem, Rule, Unknown
from kam_sync.severity import Severity
from kam_sync_rules._examples import ago, call, company, deal, meeting, now, task
from rules.pack_rules import ACCOUNT_RULES
from rules.portfolio_snapshots import judged

MISSING, BROKEN = ACCOUNT_RULES["KAM203"], ACCOUNT_RULES["KAM204"]


def answer(rule: Rule, snapshot: AccountSnapshot) -> Sequence[Problem | Unknown]:
    result = rule.check(snapshot, now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return result


def broken(snapshot: AccountSnapshot) -> Problem:
    (found,) = answer(BROKEN, snapshot)
    assert isinstance(found, Problem)
    return found


def active(snapshot: AccountSnapshot) -> set[tuple[str, str]]:
    findings = judged(snapshot, [MISSING, BROKEN], ago(0)).findings
    return {(finding.code, finding.key) for finding in findings if finding.state is FindingState.ACTIVE}


@pytest.mark.parametrize("days", range(-2, 12))
def test_an_open_task_is_either_a_step_or_broken(days: int) -> None:
    snapshot = company(activities=[task(ago(days))])
    assert active(snapshot) == (set() if days <= 7 else {("KAM204", "")})


@pytest.mark.parametrize("days", [-1, 0, 1, 7, 8, 30])
def test_a_meeting_or_call_is_a_step_up_to_its_day_and_never_broken(days: int) -> None:
    for activity in (meeting(ago(days)), call(ago(days), done=False)):
        assert active(company(activities=[activity])) == (set() if days <= 0 else {("KAM203", "")})


@pytest.mark.parametrize("status", [ActivityStatus.DONE, ActivityStatus.CANCELED])
def test_what_is_done_or_canceled_is_no_step(status: ActivityStatus) -> None:
    assert active(company(activities=[meeting(ago(-3), status=status)])) == {("KAM203", "")}


def test_severities() -> None:
    account, for_deal = answer(MISSING, company(opportunities=[deal()]))
    assert isinstance(account, Problem)
    assert (account.severity, MISSING.severity, BROKEN.severity) == (None, Severity.HIGH, Severity.MEDIUM)
    assert isinstance(for_deal, Problem)
    assert for_deal.severity is Severity.MEDIUM


def test_an_account_without_a_step_speaks_for_those_of_its_deals_that_lack_one() -> None:
    deals = [deal("D1"), deal("D2", next_step="sign", close_on=ago(-9)), deal("D3", is_open=False)]
    snapshot = company(opportunities=deals)
    account, *lacking = answer(MISSING, snapshot)
    assert account.key == ""
    assert [problem.key for problem in lacking] == ["opportunity:D1"]
    assert isinstance(account, Problem)
    assert [evidence.record for evidence in account.evidence][1:] == [(RecordKind.OPPORTUNITY, "D1")]
    assert active(snapshot) == {("KAM203", "")}


def test_unknown_deals_leave_the_account_judged() -> None:
    left_open = Unknown(key="opportunity:*", name="opportunities")
    assert answer(MISSING, company(activities=[task(ago(-1))], unknown=["opportunities"])) == [left_open]
    unknown, account = answer(MISSING, company(unknown=["opportunities"]))
    assert (account.key, unknown) == ("", left_open)


@pytest.mark.parametrize(
    ("close_in", "text", "flagged"),
    [
        (1, "sign", False),
        (0, "sign", False),
        (-1, "sign", True),
        (None, "sign", False),
        (1, "  ", True),
        (1, None, True),
    ],
)
def test_a_text_is_the_step_of_a_deal_until_its_close_date(
    close_in: int | None, text: str | None, flagged: bool
) -> None:
    closing = deal(next_step=text, close_on=None if close_in is None else ago(-close_in))
    snapshot = company(activities=[task(ago(-1))], opportunities=[closing])
    assert active(snapshot) == ({("KAM203", "opportunity:D1")} if flagged else set())


@pytest.mark.parametrize(
    "own",
    [task(ago(8), deal="D1"), task(None, deal="D1"), task(ago(-5), None, deal="D1"), task(ago(-5), "gone", deal="D1")],
    ids=["overdue", "undated", "ownerless", "deactivated"],
)
def test_a_broken_step_speaks_for_its_account_and_its_deal_but_for_no_other(own: Activity) -> None:
    alone = company(activities=[own], opportunities=[deal("D1")])
    assert active(alone) == {("KAM204", "")}
    beside = company(
        activities=[own, task(ago(-1))],
        opportunities=[deal("D1"), deal("D2")],
    )
    assert active(beside) == {("KAM204", ""), ("KAM203", "opportunity:D2")}


def test_the_five_oldest_broken_tasks_are_named_and_all_are_counted() -> None:
    tasks = [task(ago(days), name=f"Step {days}") for days in (9, 40, 12, 300, 25, 10)]
    found = broken(company(activities=[task(None, name="undated"), *tasks]))
    assert found.title == "7 open tasks are overdue or have no date"
    assert [evidence.text.partition(":")[0] for evidence in found.evidence] == [
        f"Task “Step {days}”" for days in (300, 40, 25, 12, 10)
    ]
    assert found.evidence[0].record == (RecordKind.ACTIVITY, tasks[3].id)


@pytest.mark.parametrize(
    ("activities", "title"),
    [
        ([task(ago(8))], "An open task is overdue"),
        ([task(None)], "An open task has no date"),
        ([task(None, None)], "An open task has no active owner and has no date"),
        ([task(ago(9), "gone")], "An open task is overdue and has no active owner"),
        ([task(ago(9)), task(ago(-1), None)], "2 open tasks are overdue or have no active owner"),
        (
            [task(ago(9)), task(ago(-1), None), task(None)],
            "3 open tasks are overdue, have no active owner or have no date",
        ),
    ],
)
def test_the_title_says_what_is_broken(activities: list[Activity], title: str) -> None:
    assert broken(company(activities=activities)).title == title


def test_the_evidence_says_what_is_the_matter_with_each_task() -> None:
    found = broken(company(activities=[task(ago(20), "gone", name="Offer"), task(None, None, name="")]))
    assert [evidence.text for evidence in found.evidence] == [
        f"Task “Offer”: due on {ago(20)} and owner Solveig Ødemark is deactivated",
        "Task “Task about the “Förderband & Söhne” line”: no date and no owner",
    ]


def test_the_account_is_told_what_took_place_last() -> None:
    activities = [call(ago(30)), meeting(ago(10), "bao"), meeting(ago(4), status=ActivityStatus.CANCELED)]
    (found,) = answer(MISSING, company(activities=activities))
    assert isinstance(found, Problem)
    assert found.evidence[0].record == (RecordKind.ACTIVITY, activities[1].id)
    assert str(ago(10)) in found.evidence[0].text


def test_the_account_names_its_first_deals_to_close_in_the_space_that_a_task_has() -> None:
    deals = [deal(f"D{number}", close_on=ago(-number)) for number in (6, 3, 1, 2, 5, 4)]
    account, *held_back = answer(MISSING, company(opportunities=deals))
    assert isinstance(account, Problem)
    assert [evidence.record for evidence in account.evidence] == [
        None,
        *((RecordKind.OPPORTUNITY, f"D{number}") for number in (1, 2, 3, 4)),
    ]
    assert len(held_back) == len(deals)


def test_the_evidence_of_a_deal_is_its_own() -> None:
    last = meeting(ago(20), deal="D1", name="Demo")
    snapshot = company(
        activities=[call(ago(30)), last, call(ago(2)), task(ago(-1))],
        opportunities=[deal("D1", close_on=ago(5), next_step="sign"), deal("D2", close_on=None)],
    )
    first, second = answer(MISSING, snapshot)
    assert isinstance(first, Problem)
    assert isinstance(second, Problem)
    assert [evidence.text for evidence in first.evidence] == [
        f"Close date: {ago(5)}",
        "Its next step “sign” no longer counts: the close date has passed",
        f"Last activity on this deal: meeting “Demo” on {ago(20)}",
    ]
    assert first.evidence[-1].record == (RecordKind.ACTIVITY, last.id)
    assert [evidence.text for evidence in second.evidence] == [
        "Close date: none",
        "No activity on this deal is recorded",
    ]
