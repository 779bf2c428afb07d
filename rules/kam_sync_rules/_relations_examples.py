"""Examples of the rules in `relations`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityKind, ActivityStatus, Purpose
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, call, meeting, now, on, task
from kam_sync_rules._relations_builders import contact, customer, met, people, unknown_cases, without, younger_than

THREE = [met(ago(90), "c1"), met(ago(30), "c2", kind=ActivityKind.CALL), met(ago(1), "c3")]


def single_threaded_here() -> Sequence[Example]:
    """Return the examples of KAM501."""
    both = [call(ago(3)), call(ago(90), "bao")]
    alone = customer(activities=[call(ago(3))])
    return (
        Example(title="only the owner is active", snapshot=alone, context=now(), expected=("",)),
        Example(title="nobody is active", snapshot=customer(), context=now(), expected=("",)),
        Example(
            title="the second one was last active 91 days ago, over a leap day",
            snapshot=customer(
                activities=[call(dt.date(2024, 3, 1)), call(dt.date(2023, 12, 1), "bao")],
            ),
            context=on(2024, 3, 1),
            expected=("",),
        ),
        Example(
            title="the second one is deactivated, planned, canceled or our own task",
            snapshot=customer(
                activities=[
                    call(ago(3)),
                    call(ago(3), "gone"),
                    task(ago(3), "bao"),
                    meeting(ago(-3), "bao"),
                    meeting(ago(3), "bao", status=ActivityStatus.CANCELED),
                    met(ago(3), owner="chidi", our_key="k1", kind=ActivityKind.TASK),
                ]
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer(activities=both),
            context=now(),
            params={"days": 30},
            expected=("",),
        ),
        Example(
            title="at most one, whoever the stranger is",
            snapshot=customer(activities=[call(ago(3), "stranger")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="without meetings nobody else can have attended",
            snapshot=without(alone, "activity.attendee_ids"),
            context=now(),
            expected=("",),
        ),
        Example(title="two of us, one exactly 90 days ago", snapshot=customer(activities=both), context=now()),
        Example(
            title="one owner, and a colleague in the meeting",
            snapshot=customer(activities=[met(ago(3), attendees=["bao"])]),
            context=now(),
        ),
        Example(
            title="a meeting that was never marked as held counts",
            snapshot=customer(activities=[call(ago(3)), meeting(ago(1), "bao")]),
            context=now(),
        ),
        Example(
            title="the account is 89 days old",
            snapshot=customer(created_on=younger_than(90)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="an old account became a key account 89 days ago",
            snapshot=customer(key_since=younger_than(90)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="the second one is not among the users",
            snapshot=customer(activities=[call(ago(3)), call(ago(3), "stranger")]),
            context=now(),
            unknown=True,
        ),
        *unknown_cases(customer(activities=[met(ago(3))]), now(), "activities", "activity.attendee_ids"),
    )


def single_threaded_there() -> Sequence[Example]:
    """Return the examples of KAM502."""
    three = people(3)
    leap = [met(dt.date(2023, 12, 2), "c1"), met(dt.date(2024, 2, 29), "c2", "c3")]
    return (
        Example(title="we know nobody", snapshot=customer(), context=now(), expected=("",)),
        Example(title="one person", snapshot=customer(three, THREE[:1]), context=now(), expected=("",)),
        Example(title="two people", snapshot=customer(three, THREE[:2]), context=now(), expected=("",)),
        Example(
            title="the third was last met 91 days ago, over a leap day",
            snapshot=customer(three, leap),
            context=on(2024, 3, 2),
            expected=("",),
        ),
        Example(
            title="the third only got a mail, is planned, or was canceled",
            snapshot=customer(
                three,
                [
                    *THREE[:2],
                    met(ago(2), "c3", kind=ActivityKind.TASK),
                    met(ago(-2), "c3", status=ActivityStatus.OPEN),
                    met(ago(2), "c3", status=ActivityStatus.CANCELED),
                ],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the third has left",
            snapshot=customer([*three[:2], contact("c3", left=True)], THREE),
            context=now(),
            expected=("",),
        ),
        Example(
            title="more asked by the policy",
            snapshot=customer(three, THREE),
            context=now(),
            params={"days": 100, "least": 4, "high_up_to": 3},
            expected=("",),
        ),
        Example(title="three people, one exactly 90 days ago", snapshot=customer(three, THREE), context=now()),
        Example(title="three people, over a leap day", snapshot=customer(three, leap), context=on(2024, 3, 1)),
        Example(
            title="one meeting with three people that was never marked as held",
            snapshot=customer(three, [met(ago(1), "c1", "c2", "c3", status=ActivityStatus.OPEN)]),
            context=now(),
        ),
        Example(
            title="the account is 89 days old",
            snapshot=customer(created_on=younger_than(90)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(customer(three), now(), "contacts", "activities", "activity.contact_ids"),
    )


def no_new_stakeholder() -> Sequence[Example]:
    """Return the examples of KAM511."""
    new = contact("c2", created_on=ago(180))
    return (
        Example(title="we know nobody", snapshot=customer(), context=now(), expected=("",)),
        Example(
            title="the newest contact was created 181 days ago",
            snapshot=customer([contact("c2", created_on=ago(181))], [met(ago(3), "c2")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="created on the last day of August, over a leap day",
            snapshot=customer([contact("c2", created_on=dt.date(2023, 8, 31))], [met(dt.date(2024, 2, 1), "c2")]),
            context=on(2024, 2, 28),
            expected=("",),
        ),
        Example(
            title="a new contact whom nobody has met",
            snapshot=customer([new], [met(ago(-3), "c2", status=ActivityStatus.OPEN), met(ago(3), "c1")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the new one has left again, and of another no date is recorded",
            snapshot=customer(
                [contact("c2", created_on=ago(20), left=True), contact("c3", created_on=None)],
                [met(ago(3), "c2", "c3")],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer([new], [met(ago(3), "c2")]),
            context=now(),
            params={"days": 90},
            expected=("",),
        ),
        Example(
            title="created exactly 180 days ago, and met",
            snapshot=customer([new], [met(ago(3), "c2")]),
            context=now(),
        ),
        Example(
            title="a task done with the new one is a touch",
            snapshot=customer([new], [met(ago(3), "c2", kind=ActivityKind.TASK)]),
            context=now(),
        ),
        Example(
            title="the account is 179 days old",
            snapshot=customer(created_on=younger_than(180)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(customer([new]), now(), "contacts", "contact.created_on", "activities", "activity.contact_ids"),
    )


def no_site_visit() -> Sequence[Example]:
    """Return the examples of KAM516."""
    there = [Purpose.ON_SITE_VISIT]
    return (
        Example(title="no visit is recorded", snapshot=customer(tier="A"), context=now(), expected=("",)),
        Example(
            title="the last visit was 181 days ago",
            snapshot=customer(tier="A", activities=[met(ago(181), purposes=there)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the last visit was on the last day of August, over a leap day",
            snapshot=customer(tier="A", activities=[met(dt.date(2023, 8, 31), purposes=there)]),
            context=on(2024, 2, 28),
            expected=("",),
        ),
        Example(
            title="a visit that is planned, one that was canceled, and a meeting elsewhere",
            snapshot=customer(
                tier="A",
                activities=[
                    met(ago(-3), purposes=there, status=ActivityStatus.OPEN),
                    met(ago(3), purposes=there, status=ActivityStatus.CANCELED),
                    met(ago(3), purposes=[Purpose.BUSINESS_REVIEW]),
                ],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer(tier="A", activities=[met(ago(100), purposes=there)]),
            context=now(),
            params={"days": 90},
            expected=("",),
        ),
        Example(
            title="the last visit was exactly 180 days ago",
            snapshot=customer(tier="A", activities=[met(ago(180), purposes=there)]),
            context=now(),
        ),
        Example(
            title="a visit and business review in one, never marked as held",
            snapshot=customer(
                tier="A",
                activities=[met(ago(3), purposes=[Purpose.BUSINESS_REVIEW, *there], status=ActivityStatus.OPEN)],
            ),
            context=now(),
        ),
        Example(title="not a top-tier account", snapshot=customer(), context=now(), not_applicable=True),
        Example(
            title="the account is 179 days old",
            snapshot=customer(tier="A", created_on=younger_than(180)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(customer(tier="A"), now(), "activities", "activity.purposes.on_site_visit", "account.tier"),
    )
