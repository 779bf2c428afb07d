"""Examples of the rules in `steps`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityStatus
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, call, company, deal, meeting, now, on, task


def missing_next_step() -> Sequence[Example]:
    """Return the examples of KAM203."""
    return (
        *_account_flags(),
        *_deal_flags(),
        Example(title="a task due today", snapshot=company(activities=[task(ago(0))]), context=now()),
        Example(title="a meeting today", snapshot=company(activities=[meeting(ago(0))]), context=now()),
        Example(
            title="a planned call",
            snapshot=company(activities=[call(ago(-3), done=False)]),
            context=now(),
        ),
        Example(
            title="a task overdue by exactly seven days, over a leap day",
            snapshot=company(activities=[task(dt.date(2024, 2, 23))]),
            context=on(2024, 3, 1),
        ),
        Example(
            title="the owner is not among the users, which proves nothing",
            snapshot=company(activities=[task(ago(-3), "stranger")]),
            context=now(),
        ),
        Example(
            title="the deal has a step of its own",
            snapshot=company(activities=[task(ago(-3), deal="D1")], opportunities=[deal()]),
            context=now(),
        ),
        Example(
            title="the deal says its next step and closes today",
            snapshot=company(activities=[task(ago(-3))], opportunities=[deal(next_step="sign", close_on=ago(0))]),
            context=now(),
        ),
        Example(
            title="the deal says its next step and has no close date",
            snapshot=company(activities=[task(ago(-3))], opportunities=[deal(next_step="sign")]),
            context=now(),
        ),
        Example(
            title="a closed deal needs no step",
            snapshot=company(activities=[task(ago(-3))], opportunities=[deal(is_open=False)]),
            context=now(),
        ),
        Example(
            title="deals are not judged by the policy",
            snapshot=company(activities=[task(ago(-3))], opportunities=[deal()], unknown=["opportunities"]),
            context=now(),
            params={"per_opportunity": False},
        ),
        Example(
            title="activities are not known",
            snapshot=company(unknown=["activities"], opportunities=[deal()]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="there is a step, and the deals are not known",
            snapshot=company(activities=[task(ago(-3))], unknown=["opportunities"]),
            context=now(),
            unknown=True,
        ),
    )


def _account_flags() -> Sequence[Example]:
    return (
        Example(title="nothing is planned", snapshot=company(), context=now(), expected=("",)),
        Example(
            title="what is done, canceled or over is no next step",
            snapshot=company(
                activities=[
                    task(ago(-3), done=True),
                    meeting(ago(-4), status=ActivityStatus.CANCELED),
                    meeting(ago(1)),
                    call(ago(2), done=False),
                ]
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a task overdue by eight days, over the end of a month",
            snapshot=company(activities=[task(dt.date(2025, 4, 30))]),
            context=on(2025, 5, 8),
            expected=("",),
        ),
        Example(
            title="no grace by the policy",
            snapshot=company(activities=[task(ago(1))]),
            context=now(),
            params={"grace_days": 0},
            expected=("",),
        ),
        Example(
            title="a step without a date, without an owner, or of a deactivated user",
            snapshot=company(
                activities=[task(None), task(ago(-3), None), meeting(ago(-3), None), meeting(ago(-3), "left")]
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the account's lack speaks for its deals; a deal's text does not speak for the account",
            snapshot=company(opportunities=[deal(), deal("D2", next_step="sign", close_on=ago(-30))]),
            context=now(),
            expected=("", "opportunity:D1"),
        ),
        Example(
            title="the account is judged although its deals are not known",
            snapshot=company(unknown=["opportunities"]),
            context=now(),
            expected=("",),
        ),
    )


def _deal_flags() -> Sequence[Example]:
    step = task(ago(-3), deal="D2")
    return (
        Example(
            title="a deal without a step beside one that has it",
            snapshot=company(activities=[step], opportunities=[deal(close_on=ago(-30)), deal("D2")]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="a text counts no more when the close date has passed",
            snapshot=company(activities=[step], opportunities=[deal(next_step="sign", close_on=ago(1))]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="blanks are no next step",
            snapshot=company(activities=[step], opportunities=[deal(next_step=" \n", close_on=ago(-30))]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the deal's only step is canceled",
            snapshot=company(
                activities=[step, meeting(ago(-5), status=ActivityStatus.CANCELED, deal="D1")],
                opportunities=[deal()],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
    )


def broken_next_step() -> Sequence[Example]:
    """Return the examples of KAM204."""
    return (
        Example(
            title="the only open task is overdue by eight days",
            snapshot=company(activities=[task(dt.date(2025, 3, 3))]),
            context=on(2025, 3, 11),
            expected=("",),
        ),
        Example(
            title="overdue by eight days, over a leap day",
            snapshot=company(activities=[task(dt.date(2024, 2, 22))]),
            context=on(2024, 3, 1),
            expected=("",),
        ),
        Example(
            title="a task without a date",
            snapshot=company(activities=[task(None), task(ago(-3))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="nobody owns the task",
            snapshot=company(activities=[task(ago(-3), None)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the owner of the task is deactivated",
            snapshot=company(activities=[task(ago(-3), "gone")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="several broken tasks are one problem",
            snapshot=company(activities=[task(ago(days), name=f"Step {days}") for days in range(8, 16)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="less patience by the policy",
            snapshot=company(activities=[task(ago(2))]),
            context=now(),
            params={"days": 1},
            expected=("",),
        ),
        Example(title="no open task", snapshot=company(), context=now()),
        Example(
            title="overdue by exactly seven days",
            snapshot=company(activities=[task(dt.date(2025, 3, 3))]),
            context=on(2025, 3, 10),
        ),
        Example(
            title="meetings and calls are never overdue",
            snapshot=company(activities=[meeting(ago(60)), call(ago(60), done=False), meeting(ago(-3), None)]),
            context=now(),
        ),
        Example(
            title="what is done is no matter any more",
            snapshot=company(activities=[task(ago(60), done=True), task(None, None, done=True)]),
            context=now(),
        ),
        Example(
            title="the owner is not among the users, which proves nothing",
            snapshot=company(activities=[task(ago(-3), "stranger")]),
            context=now(),
        ),
        Example(
            title="activities are not known", snapshot=company(unknown=["activities"]), context=now(), unknown=True
        ),
    )
