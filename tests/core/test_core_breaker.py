"""The breaker: what looks more like lost data than like the truth is not written, to the very boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from core.core_builders import (
    NOW,
    PASSED,
    failing,
    judged,
)
from core.core_planning import Books, born, plan
from kam_sync.breaker import ACCEPTABLE, FEWEST_LOST_ROWS, refusals
from kam_sync.config.models import SafetyPolicy
from kam_sync.plans import OrgPlan, Refusal
from kam_sync.ports import SetupFinding
from kam_sync.records import RecordKind
from kam_sync.store.mirror import PullState


def refused(
    given: OrgPlan | None = None,
    *,
    safety: SafetyPolicy | None = None,
    live: int = 0,
    states: Mapping[RecordKind, PullState] | None = None,
    foreign: Sequence[str] = (),
    setup: Sequence[SetupFinding] = (),
    fallback: str | None = "ines",
) -> list[Refusal]:
    return list(
        refusals(
            given or OrgPlan(org="one", org_uid="org-1"),
            safety=safety or SafetyPolicy(),
            live=live,
            states=states or {},
            foreign_keys=foreign,
            setup=setup,
            fallback=fallback,
        )
    )


def names(found: Sequence[Refusal]) -> list[str]:
    return [refusal.name for refusal in found]


def creating(count: int) -> OrgPlan:
    return plan(*(failing(account=f"a{number:03d}") for number in range(count)))


def closing(count: int, *, withdrawn: int = 0, left: int = 0, solved: int = 0) -> OrgPlan:
    """A plan that closes so many tasks, withdraws some, and books some that people put away."""
    places, judgements = [], []
    for number in range(count + withdrawn + left + solved):
        account = f"a{number:03d}"
        place = born(failing(account=account))
        places.append(place if number < count + withdrawn else place.seen(deleted=True))
        if number < count or number >= count + withdrawn + left:
            judgements.append(judged(PASSED, account=account))
    books = Books(links=tuple(place.link for place in places), tasks=tuple(place.task for place in places))
    return plan(*judgements, books=books)


def state(rows: int, good: int | None, *, complete: bool = True) -> Mapping[RecordKind, PullState]:
    return {RecordKind.CONTACT: PullState(complete=complete, rows=rows, good_rows=good, pulled_at=NOW, problem="")}


def test_a_quiet_plan_is_not_refused() -> None:
    assert refused() == []


# -- creations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "expected"), [(3, []), (4, ["creates"])])
def test_more_creations_than_allowed_are_refused(count: int, expected: list[str]) -> None:
    found = refused(creating(count), safety=SafetyPolicy(max_creates=3))
    assert names(found) == expected
    if found:
        assert found[0].reason == "4 tasks would be made, more than safety.max_creates = 3"


def test_two_hundred_creations_are_allowed_by_default() -> None:
    assert refused(creating(200)) == []
    assert names(refused(creating(201))) == ["creates"]


# -- closings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "live", "expected"),
    [
        (10, 10, []),
        (11, 11, ["closings"]),
        (11, 54, ["closings"]),
        (11, 55, []),
        (20, 100, []),
        (21, 100, ["closings"]),
    ],
)
def test_more_closings_than_ten_and_a_fifth_are_refused(count: int, live: int, expected: list[str]) -> None:
    assert names(refused(closing(count), live=live)) == expected


def test_withdrawals_count_with_or_without_a_write_and_solved_ones_do_not() -> None:
    assert refused(closing(4, withdrawn=3, left=3), live=10) == []
    (found,) = refused(closing(4, withdrawn=3, left=4), live=11)
    assert found.reason == "11 of 11 live tasks would be closed or withdrawn, more than 10"
    assert refused(closing(4, withdrawn=3, left=3, solved=9), live=19) == []


def test_the_limits_are_the_policys() -> None:
    safety = SafetyPolicy(max_close_count=0, max_close_share=0.5)
    assert refused(closing(2), live=4, safety=safety) == []
    assert names(refused(closing(2), live=3, safety=safety)) == ["closings"]


# -- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "good", "expected"),
    [
        (80, 100, []),
        (79, 100, ["rows"]),
        (0, FEWEST_LOST_ROWS, []),
        (0, FEWEST_LOST_ROWS + 1, ["rows"]),
        (200, 100, []),
        (0, None, []),
    ],
)
def test_a_fall_of_more_than_a_fifth_is_refused(rows: int, good: int | None, expected: list[str]) -> None:
    assert names(refused(states=state(rows, good))) == expected


def test_a_fall_is_told_in_numbers() -> None:
    (found,) = refused(states=state(1, 100))
    assert found.reason == "there are 1 contact records where the last good run saw 100"


def test_an_incomplete_pull_is_no_fall() -> None:
    assert refused(states=state(1, 100, complete=False)) == []


def test_nothing_left_where_there_was_something_is_always_refused() -> None:
    states = {
        RecordKind.ACCOUNT: PullState(complete=True, rows=0, good_rows=5, pulled_at=NOW, problem=""),
    }
    assert refused(closing(0, withdrawn=5), live=5, states=states)


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_keys_that_the_books_do_not_know_are_refused() -> None:
    (found,) = refused(foreign=["k1aaa-1", "k1bbb-2"])
    assert found.name == "foreign-keys"
    assert "2 task(s) of kam-sync that this store does not know (such as k1aaa-1)" in found.reason
    assert "`kam-sync state recover` takes them over" in found.reason


def test_without_a_fallback_assignee_nothing_is_written() -> None:
    (found,) = refused(fallback=None)
    assert found.name == "fallback-assignee"
    assert "set tasks.fallback_assignee" in found.reason


def test_a_set_up_finding_that_blocks_is_a_refusal_and_another_is_not() -> None:
    blocking = SetupFinding(subject="tasks.key", problem="there is no key", fix="make the property", blocks_apply=True)
    other = SetupFinding(subject="plans", problem="no plan is mapped", fix="map one")
    (found,) = refused(setup=[other, blocking])
    assert (found.name, found.reason) == ("tasks.key", "there is no key; make the property")


def test_every_reason_is_told_at_once() -> None:
    found = refused(
        creating(4),
        safety=SafetyPolicy(max_creates=3),
        states=state(1, 100),
        foreign=["k1aaa-1"],
        fallback=None,
    )
    assert names(found) == ["fallback-assignee", "creates", "rows", "foreign-keys"]


def test_what_must_be_mended_cannot_be_accepted() -> None:
    assert {"creates", "closings", "rows", "foreign-keys", "null-jump", "filled"} == ACCEPTABLE
