"""Examples of the rules in `feedback`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kam_sync.records import ActivityStatus, Grade
from kam_sync.rules_api import Example
from kam_sync_rules._customer_builders import CUSTOMER, answer, customer, without
from kam_sync_rules._examples import ago, call, meeting, now, on, task


def overdue_feedback() -> Sequence[Example]:
    """Return the examples of KAM601."""
    old = customer(feedback=[answer(ago(96))])
    return (
        Example(title="no feedback was ever given", snapshot=customer(), context=now(), expected=("",)),
        Example(title="the last feedback was given 96 days ago", snapshot=old, context=now(), expected=("",)),
        Example(
            title="96 days over a leap day",
            snapshot=customer(feedback=[answer(dt.date(2023, 11, 30))]),
            context=on(2024, 3, 5),
            expected=("",),
        ),
        Example(
            title="feedback that is dated ahead was not given yet",
            snapshot=customer(feedback=[answer(ago(-1))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the account is exactly 95 days old",
            snapshot=customer(replace(CUSTOMER, created_on=ago(95))),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a month by the policy",
            snapshot=customer(feedback=[answer(ago(32))]),
            context=now(),
            params={"days": 31},
            expected=("",),
        ),
        Example(
            title="the age of the account is not known",
            snapshot=customer(unknown=["account.created_on", "account.key_since"]),
            context=now(),
            expected=("",),
        ),
        Example(title="given exactly 95 days ago", snapshot=customer(feedback=[answer(ago(95))]), context=now()),
        Example(
            title="given today, without a grade", snapshot=customer(feedback=[answer(ago(0), None)]), context=now()
        ),
        Example(
            title="the account is 94 days old",
            snapshot=customer(replace(CUSTOMER, created_on=ago(94))),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="an old customer became a key account a month ago",
            snapshot=customer(replace(CUSTOMER, key_since=ago(30))),
            context=now(),
            not_applicable=True,
        ),
        *without(old, "feedback"),
    )


def low_grade() -> Sequence[Example]:
    """Return the examples of KAM602."""
    low = customer(feedback=[answer(ago(3), Grade.C)])
    target = replace(CUSTOMER, recovery_target=Grade.B_MINUS)
    return (
        Example(title="the latest grade is a C", snapshot=low, context=now(), expected=("",)),
        Example(
            title="a B- is below B",
            snapshot=customer(feedback=[answer(ago(3), Grade.B_MINUS)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a D after an A",
            snapshot=customer(feedback=[answer(ago(90)), answer(ago(3), Grade.D)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a C in hand: the target is a B-, and a call is agreed for today",
            snapshot=customer(target, feedback=[answer(ago(3), Grade.C)], activities=[call(ago(0), done=False)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="feedback without a grade does not hide the grade before",
            snapshot=customer(feedback=[answer(ago(9), Grade.F), answer(ago(3), None)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="neither the target nor activities are known",
            snapshot=customer(
                target,
                feedback=[answer(ago(3), Grade.C)],
                activities=[call(ago(-3), done=False)],
                unknown=["account.recovery_target", "activities"],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a B+ is not good enough by the policy, nor is a B as a target",
            snapshot=customer(target, feedback=[answer(ago(3), Grade.B_PLUS)]),
            context=now(),
            params={"least_grade": "A", "first_target": "B+"},
            expected=("",),
        ),
        Example(title="a B is good enough", snapshot=customer(feedback=[answer(ago(3), Grade.B)]), context=now()),
        Example(
            title="the grade was low before",
            snapshot=customer(feedback=[answer(ago(90), Grade.F), answer(ago(3), Grade.B)]),
            context=now(),
        ),
        Example(title="no grade was ever given", snapshot=customer(feedback=[answer(ago(3), None)]), context=now()),
        *without(low, "feedback", "feedback.grade"),
    )


def missing_recovery_call() -> Sequence[Example]:
    """Return the examples of KAM603."""
    c_grade = [answer(ago(8), Grade.C)]
    silent = customer(feedback=c_grade, activities=[call(ago(9))])
    return (
        Example(title="nobody talked since", snapshot=silent, context=now(), expected=("",)),
        Example(
            title="a B- eight days ago, over a leap day",
            snapshot=customer(feedback=[answer(dt.date(2024, 2, 22), Grade.B_MINUS)]),
            context=on(2024, 3, 1),
            expected=("",),
        ),
        Example(
            title="a task, a canceled meeting and a meeting that nobody owns are no talk",
            snapshot=customer(
                feedback=c_grade,
                activities=[
                    task(ago(2), done=True),
                    meeting(ago(-2), status=ActivityStatus.CANCELED),
                    meeting(ago(-3), None),
                    meeting(ago(-3), "gone"),
                ],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="less patience by the policy, and an A is asked for",
            snapshot=customer(feedback=[answer(ago(3), Grade.B_PLUS)]),
            context=now(),
            params={"days": 2, "least_grade": "A"},
            expected=("",),
        ),
        Example(
            title="the C was given exactly seven days ago",
            snapshot=customer(feedback=[answer(dt.date(2024, 2, 23), Grade.C)]),
            context=on(2024, 3, 1),
        ),
        Example(
            title="a call on the day of the grade",
            snapshot=customer(feedback=c_grade, activities=[call(ago(8))]),
            context=now(),
        ),
        Example(
            title="a meeting is planned for today",
            snapshot=customer(feedback=c_grade, activities=[meeting(ago(0))]),
            context=now(),
        ),
        Example(title="a B needs no call", snapshot=customer(feedback=[answer(ago(30), Grade.B)]), context=now()),
        Example(title="no grade was ever given", snapshot=customer(), context=now()),
        *without(silent, "feedback", "feedback.grade", "activities"),
    )


def falling_grade() -> Sequence[Example]:
    """Return the examples of KAM604."""
    slope = [answer(ago(200), Grade.A), answer(ago(110), Grade.B_PLUS), answer(ago(20), Grade.B)]
    falling = customer(feedback=slope)
    return (
        Example(title="two drops one after the other", snapshot=falling, context=now(), expected=("",)),
        Example(
            title="from A- to C at once",
            snapshot=customer(feedback=[answer(ago(110), Grade.A_MINUS), answer(ago(20), Grade.C_PLUS)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="from C to F are two letters",
            snapshot=customer(feedback=[answer(ago(110), Grade.C), answer(ago(20), Grade.F)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the first grade was given exactly 24 months before a leap day",
            snapshot=customer(
                feedback=[
                    answer(dt.date(2022, 2, 28), Grade.A),
                    answer(dt.date(2023, 5, 1), Grade.A_MINUS),
                    answer(dt.date(2024, 2, 1), Grade.B_PLUS),
                ]
            ),
            context=on(2024, 2, 29),
            expected=("",),
        ),
        Example(
            title="one drop by one letter is enough by the policy",
            snapshot=customer(feedback=[answer(ago(110), Grade.A), answer(ago(20), Grade.B)]),
            context=now(),
            params={"drops": 3, "letters": 1, "months": 12},
            expected=("",),
        ),
        Example(
            title="the first grade is older than 24 months by a day",
            snapshot=customer(
                feedback=[
                    answer(dt.date(2022, 2, 28), Grade.A),
                    answer(dt.date(2023, 5, 1), Grade.A_MINUS),
                    answer(dt.date(2024, 2, 1), Grade.B_PLUS),
                ]
            ),
            context=on(2024, 3, 1),
        ),
        Example(
            title="the fall came to a halt",
            snapshot=customer(feedback=[*slope, answer(ago(2), Grade.B)]),
            context=now(),
        ),
        Example(
            title="one drop by a letter",
            snapshot=customer(feedback=[answer(ago(110), Grade.A_PLUS), answer(ago(20), Grade.B_MINUS)]),
            context=now(),
        ),
        Example(title="a single grade", snapshot=customer(feedback=[answer(ago(20), Grade.F)]), context=now()),
        *without(falling, "feedback", "feedback.grade", "feedback.history"),
    )


def grade_without_reason() -> Sequence[Example]:
    """Return the examples of KAM606."""
    bare = customer(feedback=[answer(ago(90)), answer(ago(3), Grade.B, reason=False)])
    return (
        Example(title="the latest grade has no reason", snapshot=bare, context=now(), expected=("",)),
        Example(
            title="feedback without a grade speaks for no grade",
            snapshot=customer(feedback=[answer(ago(9), reason=False), answer(ago(3), None)]),
            context=now(),
            expected=("",),
        ),
        Example(title="the latest grade has a reason", snapshot=customer(feedback=[answer(ago(3))]), context=now()),
        Example(
            title="only an earlier grade has none",
            snapshot=customer(feedback=[answer(ago(90), reason=False), answer(ago(3))]),
            context=now(),
        ),
        Example(title="no grade was ever given", snapshot=customer(), context=now()),
        *without(bare, "feedback", "feedback.grade", "feedback.has_reason"),
    )
