"""Merged accounts: the older task is kept under the account that is left, the other is closed as merged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.core_builders import (
    DAY,
    PASSED,
    TODAY,
    UID,
    UNKNOWN,
    failing,
    judged,
)
from core.core_planning import (
    Books,
    Place,
    born,
    closed,
    dismissed,
    only,
    plan,
)
from kam_sync.identity import task_key
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import LinkState, Step
from kam_sync.plans import Operation
from kam_sync.ports import TaskStatus

MERGED = {"beta": "acme"}
GAP = failing("innovator")
BETA = failing("innovator", account="beta")


def operations(*places: Place, judgement: Judgement | None = GAP, days: int = 0) -> dict[str, Operation]:
    """The operations of a run after the merge, by the key of the task."""
    books = Books(
        links=tuple(place.link for place in places),
        tasks=tuple(place.task for place in places),
        merged=MERGED,
        today=TODAY + days * DAY,
    )
    given = plan(*(() if judgement is None else (judgement,)), books=books)
    return {operation.link.key: operation for operation in given.operations}


def older(place: Place) -> Place:
    made_at = place.link.created_at
    assert made_at is not None
    return replace(place, link=replace(place.link, created_at=made_at - DAY))


@pytest.mark.parametrize("keep", ["acme", "beta"])
def test_the_older_task_is_kept_and_the_other_closed(keep: str) -> None:
    acme, beta = born(GAP), born(BETA)
    kept, other = (older(acme), beta) if keep == "acme" else (older(beta), acme)
    found = operations(kept, other)
    ended = found[other.link.key]
    assert (ended.step, ended.link.state, ended.link.account_id) == (Step.MERGE, LinkState.ENDED, "acme")
    assert ended.write is not None
    assert (ended.write.task_id, ended.write.status) == (other.task.id, TaskStatus.CLOSED)
    assert ended.before == other.task
    assert ended.write.note == (
        "Closed by kam-sync on 2026-03-02: its account was merged into Acme Öl, which keeps an older task"
    )
    if keep == "beta":
        assert found[kept.link.key].link.account_id == "acme"
    else:
        assert kept.link.key not in found


def test_a_single_task_moves_with_its_account_and_keeps_its_key() -> None:
    moved = operations(born(BETA))[born(BETA).link.key]
    assert (moved.step, moved.link.account_id, moved.link.state) == (Step.UPDATE, "acme", LinkState.LIVE)
    assert (moved.link.key, moved.revision) == (task_key(UID, "beta", "roles", 1), 1)


def test_a_task_that_may_not_be_judged_moves_too() -> None:
    moved = only(plan(judged(UNKNOWN), books=replace(born(BETA).books(merged=MERGED))))
    assert (moved.write, moved.link.account_id) == (None, "acme")


def test_a_live_task_is_kept_before_an_older_one_that_was_put_away() -> None:
    found = operations(older(dismissed(GAP)), born(BETA))
    ended = found[born(GAP).link.key]
    assert (ended.step, ended.link.state, ended.write) == (Step.MERGE, LinkState.ENDED, None)
    assert found[born(BETA).link.key].link.account_id == "acme"


def test_a_merged_task_that_is_closed_anyway_is_only_booked() -> None:
    found = operations(born(GAP), closed(BETA, judged(PASSED, account="beta")))
    assert found[born(BETA).link.key].write is None


def test_a_deferred_task_that_is_one_too_many_is_closed() -> None:
    ended = operations(older(born(GAP)), born(BETA).seen(status=TaskStatus.DEFERRED))[born(BETA).link.key]
    assert ended.write is not None


def test_a_task_that_is_one_too_many_and_not_seen_waits() -> None:
    kept, other = older(born(GAP)), born(BETA)
    books = Books(links=(kept.link, other.link), tasks=(kept.task,), merged=MERGED)
    assert plan(GAP, books=books).operations == ()


def test_topics_do_not_mix() -> None:
    plans = failing("innovator", account="beta", topic="plan")
    found = operations(born(GAP), born(plans), judgement=judged(*GAP.outcome.outcomes, *plans.outcome.outcomes))
    assert all(operation.step is not Step.MERGE for operation in found.values())


def test_a_new_episode_is_made_under_the_account_that_is_left() -> None:
    (renewed,) = operations(dismissed(BETA), days=30).values()
    assert (renewed.step, renewed.link.account_id) == (Step.RENEW, "acme")
    assert renewed.link.key == task_key(UID, "acme", "roles", 1)
    assert renewed.ended[0].account_id == "acme"


def test_a_task_of_an_account_merged_into_one_out_of_scope_is_withdrawn() -> None:
    (gone,) = operations(born(BETA), judgement=None).values()
    assert (gone.step, gone.link.account_id) == (Step.WITHDRAW, "acme")


def test_no_third_task_is_made_for_the_account_that_is_left() -> None:
    assert Step.CREATE not in {operation.step for operation in operations(born(BETA)).values()}
