"""The caps and who comes first when there is not room for all; what waits is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.core_builders import (
    DAY,
    PASSED,
    TODAY,
    UNKNOWN,
    failing,
    finding,
    judged,
    outcome,
)
from core.core_planning import (
    NO_CAPS,
    Books,
    Place,
    born,
    closed,
    dismissed,
    plan,
)
from kam_sync.caps import Caps
from kam_sync.judgements import Assignee, Judgement
from kam_sync.lifecycle import LinkState, Step
from kam_sync.plans import OrgPlan
from kam_sync.ports import TaskStatus
from kam_sync.severity import Severity

PER_ACCOUNT = replace(NO_CAPS, live_per_account=1)
PER_OWNER = replace(NO_CAPS, live_per_owner=2)
NEW = replace(NO_CAPS, new_per_owner=2)


def books(*places: Place, caps: Caps = NO_CAPS, recent: dict[str, int] | None = None, days: int = 0) -> Books:
    return Books(
        links=tuple(place.link for place in places),
        tasks=tuple(place.task for place in places),
        caps=caps,
        recent=recent or {},
        today=TODAY + days * DAY,
    )


def made(given: OrgPlan) -> list[str]:
    return [operation.account_id for operation in given.operations if operation.step in {Step.CREATE, Step.RENEW}]


def waiting(given: OrgPlan) -> list[tuple[str, str]]:
    return [(queued.account_id, queued.cap) for queued in given.queued]


def topics(*names: str, account: str = "acme") -> Judgement:
    return judged(
        *(
            outcome(finding(code=f"TST{n}01", topic=name, account=account), code=f"TST{n}01", topic=name)
            for n, name in enumerate(names, start=1)
        ),
        account=account,
    )


# -- each cap ---------------------------------------------------------------------------------------------------------


def test_an_account_has_so_many_live_tasks_at_most() -> None:
    given = plan(topics("roles", "plan", "next-steps"), books=books(caps=replace(NO_CAPS, live_per_account=2)))
    assert len(given.operations) == 2
    assert waiting(given) == [("acme", "2 live tasks per account")]


def test_a_live_task_fills_its_account() -> None:
    given = plan(topics("roles", "plan"), books=books(born(topics("roles")), caps=PER_ACCOUNT))
    assert (made(given), waiting(given)) == ([], [("acme", "1 live tasks per account")])


def test_an_owner_has_so_many_live_tasks_at_most() -> None:
    given = plan(*(failing(account=name) for name in ("a", "b", "c")), books=books(caps=PER_OWNER))
    assert (made(given), waiting(given)) == (["a", "b"], [("c", "2 live tasks per owner")])


def test_live_tasks_count_for_whoever_has_them_now() -> None:
    places = [born(failing(account=name)) for name in ("a", "b")]
    judgements = [failing(account=name) for name in ("a", "b", "c")]
    full = plan(*judgements, books=books(*places, caps=PER_OWNER))
    assert waiting(full) == [("c", "2 live tasks per owner")]
    given_away = plan(*judgements, books=books(places[0], places[1].seen(owner="bo"), caps=PER_OWNER))
    assert made(given_away) == ["c"]


def test_a_task_that_is_not_seen_still_counts() -> None:
    places = [born(failing(account=name)) for name in ("a", "b")]
    blind = replace(books(*places, caps=PER_OWNER), tasks=())
    given = plan(*(failing(account=name) for name in ("a", "b", "c")), books=blind)
    assert waiting(given) == [("c", "2 live tasks per owner")]


def test_a_task_whose_account_cannot_be_judged_still_counts() -> None:
    places = [born(failing(account=name)) for name in ("a", "b")]
    judgements = [judged(UNKNOWN, account="a"), judged(UNKNOWN, account="b"), failing(account="c")]
    assert waiting(plan(*judgements, books=books(*places, caps=PER_OWNER))) == [("c", "2 live tasks per owner")]


def test_a_task_that_closes_in_this_run_makes_room() -> None:
    places = [born(failing(account=name)) for name in ("a", "b")]
    judgements = [judged(PASSED, account="a"), failing(account="b"), failing(account="c")]
    given = plan(*judgements, books=books(*places, caps=PER_OWNER))
    assert (made(given), waiting(given)) == (["c"], [])


def test_a_dismissed_task_makes_room() -> None:
    given = plan(
        failing(account="a"), failing(account="b"), books=books(dismissed(failing(account="a")), caps=PER_OWNER)
    )
    assert (made(given), waiting(given)) == (["b"], [])


def test_an_owner_gets_so_many_new_tasks_a_day() -> None:
    judgements = [failing(account=name) for name in ("a", "b", "c")]
    assert waiting(plan(*judgements, books=books(caps=NEW))) == [("c", "2 new tasks per owner in 24 hours")]
    given = plan(*judgements, books=books(caps=NEW, recent={"amal": 1, "bo": 9}))
    assert (made(given), len(given.queued)) == (["a"], 2)


def test_reopening_is_not_a_new_task_but_a_live_one() -> None:
    place = closed(failing(account="a"), judged(PASSED, account="a"))
    reopened = plan(failing(account="a"), books=books(place, caps=NEW, recent={"amal": 2}))
    assert [operation.step for operation in reopened.operations] == [Step.REOPEN]
    full = books(place, born(failing(account="b")), caps=replace(NO_CAPS, live_per_owner=1))
    assert waiting(plan(failing(account="a"), failing(account="b"), books=full)) == [("a", "1 live tasks per owner")]


def test_updates_and_closings_need_no_room() -> None:
    places = [born(failing("x", account=name)) for name in ("a", "b")]
    tight = Caps(live_per_account=1, live_per_owner=1, new_per_owner=1)
    given = plan(failing("x", "y", account="a"), judged(PASSED, account="b"), books=books(*places, caps=tight))
    assert {operation.step for operation in given.operations} == {Step.UPDATE, Step.CLOSE}


def test_what_a_person_opened_again_needs_no_room() -> None:
    place = dismissed(failing(account="a")).seen(status=TaskStatus.OPEN)
    full = books(place, born(failing(account="b")), caps=replace(NO_CAPS, live_per_owner=1))
    given = plan(failing(account="a"), failing(account="b"), books=full)
    assert [operation.step for operation in given.operations] == [Step.TAKE_BACK]


def test_caps_of_one_owner_do_not_hold_for_another() -> None:
    given = plan(
        failing(account="a"),
        replace(failing(account="b"), owner=Assignee(user_id="bo")),
        books=books(caps=replace(NO_CAPS, live_per_owner=1, new_per_owner=1)),
    )
    assert made(given) == ["a", "b"]


# -- who comes first --------------------------------------------------------------------------------------------------


def first(*judgements: Judgement) -> str:
    """The account that gets the one task there is room for."""
    (name,) = made(plan(*judgements, books=books(caps=replace(NO_CAPS, live_per_owner=1))))
    return name


LOW = failing(account="a", severity=Severity.LOW)


def test_the_more_severe_comes_first() -> None:
    rich = replace(LOW, revenue=1e9, since=dict.fromkeys(LOW.since, TODAY - 99 * DAY))
    assert first(rich, failing(account="b", severity=Severity.HIGH)) == "b"


def test_of_the_same_severity_the_greater_revenue_comes_first() -> None:
    old = failing(account="a", since=TODAY - 99 * DAY)
    assert first(old, replace(failing(account="b"), revenue=1.0)) == "b"


def test_of_the_same_revenue_the_older_comes_first() -> None:
    assert first(failing(account="a"), failing(account="b", since=TODAY - DAY)) == "b"


def test_of_the_same_age_it_is_always_the_same_one() -> None:
    one, other = failing(account="a"), failing(account="b")
    assert first(one, other) == first(other, one) == "a"


def test_the_worst_finding_of_a_topic_counts() -> None:
    mixed = judged(
        outcome(
            finding("x", account="b", severity=Severity.LOW), finding("y", account="b", severity=Severity.CRITICAL)
        ),
        account="b",
    )
    assert first(failing(account="a", severity=Severity.HIGH), mixed) == "b"


def test_new_and_returning_tasks_stand_in_one_line() -> None:
    place = closed(LOW, judged(PASSED, account="a"))
    given = plan(LOW, failing(account="b"), books=books(place, caps=replace(NO_CAPS, live_per_owner=1)))
    assert [(operation.step, operation.account_id) for operation in given.operations] == [(Step.CREATE, "b")]
    assert [queued.account_id for queued in given.queued] == ["a"]


# -- what waits -------------------------------------------------------------------------------------------------------


def test_what_waits_is_shown_with_its_severity_and_reason() -> None:
    (queued,) = plan(
        failing(account="a"), books=books(caps=replace(NO_CAPS, new_per_owner=1), recent={"amal": 1})
    ).queued
    assert (queued.account_id, queued.account_name, queued.topic, queued.severity) == (
        "a",
        "Acme Öl",
        "roles",
        Severity.HIGH,
    )


def test_where_nobody_can_be_assigned_the_task_waits() -> None:
    given = plan(replace(failing(), owner=Assignee(user_id=None)))
    assert given.operations == ()
    assert waiting(given) == [("acme", "nobody can be assigned: set tasks.fallback_assignee")]


def test_a_dismissal_is_noted_though_its_new_episode_waits() -> None:
    place = born(failing("x", account="a")).seen(status=TaskStatus.CLOSED)
    given = plan(failing("x", "y", account="a"), books=books(place, caps=NEW, recent={"amal": 2}))
    (noted,) = given.operations
    assert (noted.step, noted.link.state) == (Step.DISMISS, LinkState.DISMISSED)
    assert waiting(given) == [("a", "2 new tasks per owner in 24 hours")]


def test_a_returning_task_that_waits_changes_nothing() -> None:
    place = dismissed(failing(account="a"))
    given = plan(failing(account="a"), books=books(place, caps=NEW, recent={"amal": 2}, days=30))
    assert (given.operations, len(given.queued)) == ((), 1)


@pytest.mark.parametrize("count", [1, 7])
def test_no_more_open_than_there_is_room_for(count: int) -> None:
    caps = Caps(live_per_account=3, live_per_owner=count, new_per_owner=5)
    judgements = [topics("roles", "plan", account=f"a{number}") for number in range(10)]
    given = plan(*judgements, books=books(caps=caps))
    assert len(made(given)) == min(count, 5)
    assert len(made(given)) + len(given.queued) == 20
