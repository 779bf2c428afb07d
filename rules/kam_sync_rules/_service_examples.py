"""Examples of the rules in `service`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kam_sync.records import Grade, Purpose
from kam_sync.rules_api import Example
from kam_sync_rules._customer_builders import CUSTOMER, answer, complaint, customer, meant, sale, without
from kam_sync_rules._examples import ago, call, meeting, now, on

TOP: Final = replace(CUSTOMER, tier="A")


def unasked_reference() -> Sequence[Example]:
    """Return the examples of KAM605."""
    content = [answer(ago(10))]
    done = sale(is_won=True, close_on=ago(200), delivered_on=ago(61))
    unasked = customer(feedback=content, opportunities=[done])
    return (
        Example(title="delivered 61 days ago", snapshot=unasked, context=now(), expected=("opportunity:D1",)),
        Example(
            title="asked the day before the delivery, a year ago",
            snapshot=customer(
                replace(CUSTOMER, reference_requested_on=dt.date(2024, 2, 28)),
                feedback=[answer(dt.date(2025, 2, 1), Grade.B)],
                opportunities=[sale(is_won=True, delivered_on=dt.date(2024, 2, 29))],
            ),
            context=on(2025, 2, 28),
            expected=("opportunity:D1",),
        ),
        Example(
            title="deliveries are not recorded: the close date counts",
            snapshot=customer(feedback=content, opportunities=[done], unknown=["opportunity.delivered_on"]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="of several deliveries the last counts",
            snapshot=customer(
                feedback=content,
                opportunities=[done, sale("D2", is_won=True, delivered_on=ago(300))],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="sooner, longer and with a lower grade by the policy",
            snapshot=customer(
                feedback=[answer(ago(9), Grade.C)], opportunities=[sale(is_won=True, delivered_on=ago(400))]
            ),
            context=now(),
            params={"days": 10, "last_days": 400, "least_grade": "C"},
            expected=("opportunity:D1",),
        ),
        Example(
            title="delivered exactly 60 days ago",
            snapshot=customer(feedback=content, opportunities=[sale(is_won=True, delivered_on=ago(60))]),
            context=now(),
        ),
        Example(
            title="delivered 366 days ago",
            snapshot=customer(feedback=content, opportunities=[sale(is_won=True, delivered_on=ago(366))]),
            context=now(),
        ),
        Example(
            title="asked on the day of the delivery",
            snapshot=replace(unasked, account=replace(CUSTOMER, reference_requested_on=ago(61))),
            context=now(),
        ),
        Example(
            title="won and not delivered yet",
            snapshot=customer(feedback=content, opportunities=[sale(is_won=True, close_on=ago(100))]),
            context=now(),
        ),
        Example(
            title="a B- is no time to ask",
            snapshot=customer(feedback=[answer(ago(9), Grade.B_MINUS)], opportunities=[done]),
            context=now(),
        ),
        Example(title="no grade was ever given", snapshot=customer(opportunities=[done]), context=now()),
        Example(title="lost", snapshot=customer(feedback=content, opportunities=[sale(is_open=False)]), context=now()),
        *without(unasked, "opportunities", "feedback", "feedback.grade", "account.reference_requested_on"),
    )


def open_complaint() -> Sequence[Example]:
    """Return the examples of KAM607."""
    urgent = customer(cases=[complaint(ago(3), urgent=True)])
    return (
        Example(title="urgent, and opened three days ago", snapshot=urgent, context=now(), expected=("case:K1",)),
        Example(
            title="opened 15 days ago, over a leap day",
            snapshot=customer(cases=[complaint(dt.date(2024, 2, 20))]),
            context=on(2024, 3, 6),
            expected=("case:K1",),
        ),
        Example(
            title="each complaint is a problem of its own",
            snapshot=customer(cases=[complaint(ago(15)), complaint(ago(5), slug="K2", urgent=True)]),
            context=now(),
            expected=("case:K1", "case:K2"),
        ),
        Example(
            title="which cases are urgent is not known, and one is old",
            snapshot=customer(
                cases=[complaint(ago(15)), complaint(ago(2), slug="K2")], unknown=["case.is_high_priority"]
            ),
            context=now(),
            expected=("case:K1",),
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer(cases=[complaint(ago(1), urgent=True), complaint(ago(4), slug="K2")]),
            context=now(),
            params={"urgent_days": 0, "days": 3},
            expected=("case:K1", "case:K2"),
        ),
        Example(
            title="urgent, and opened exactly two days ago",
            snapshot=customer(cases=[complaint(ago(2), urgent=True)]),
            context=now(),
        ),
        Example(title="opened exactly 14 days ago", snapshot=customer(cases=[complaint(ago(14))]), context=now()),
        Example(
            title="closed",
            snapshot=customer(cases=[complaint(ago(90), urgent=True, is_open=False)]),
            context=now(),
        ),
        Example(title="no opening date", snapshot=customer(cases=[complaint(None, urgent=True)]), context=now()),
        *without(urgent, "cases", "case.is_high_priority"),
    )


def missing_business_review() -> Sequence[Example]:
    """Return the examples of KAM608."""
    review = Purpose.BUSINESS_REVIEW
    old = customer(TOP, activities=[meant(meeting(ago(101)), review)])
    return (
        Example(title="none was ever held", snapshot=customer(TOP), context=now(), expected=("",)),
        Example(title="the last was held 101 days ago", snapshot=old, context=now(), expected=("",)),
        Example(
            title="101 days over a leap day",
            snapshot=customer(TOP, activities=[meant(meeting(dt.date(2023, 11, 30)), review)]),
            context=on(2024, 3, 10),
            expected=("",),
        ),
        Example(
            title="one that is planned and a meeting about something else do not count",
            snapshot=customer(TOP, activities=[meant(meeting(ago(-3)), review), meeting(ago(3))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="more often by the policy",
            snapshot=customer(TOP, activities=[meant(call(ago(31)), review)]),
            context=now(),
            params={"days": 30},
            expected=("",),
        ),
        Example(
            title="held exactly 100 days ago",
            snapshot=customer(TOP, activities=[meant(meeting(ago(100)), review)]),
            context=now(),
        ),
        Example(
            title="held yesterday", snapshot=customer(TOP, activities=[meant(meeting(ago(1)), review)]), context=now()
        ),
        Example(title="a lower tier", snapshot=customer(), context=now(), not_applicable=True),
        Example(
            title="a key account for 99 days",
            snapshot=customer(replace(TOP, key_since=ago(99))),
            context=now(),
            not_applicable=True,
        ),
        *without(old, "activities", "activity.purposes.business_review", "account.tier"),
    )
