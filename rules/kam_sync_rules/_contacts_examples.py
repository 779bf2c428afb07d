"""Examples of the rules in `contacts`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityKind, ActivityStatus, BuyingRole, ContactLevel, Stance
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, now, on
from kam_sync_rules._relations_builders import (
    contact,
    customer,
    met,
    sale,
    unknown_cases,
    without,
    younger_than,
)

CHAMPION, SPONSOR = BuyingRole.CHAMPION, BuyingRole.EXECUTIVE_SPONSOR
OPEN = ActivityStatus.OPEN


def unmanaged_blocker() -> Sequence[Example]:
    """Return the examples of KAM506."""
    blocker = contact("c1", stance=Stance.BLOCKER)
    last_of_april = [met(dt.date(2025, 4, 30), "c1")]
    return (
        *_blocker_flags(),
        Example(
            title="met exactly 60 days ago, over two ends of a month",
            snapshot=customer([blocker], last_of_april),
            context=on(2025, 6, 29),
        ),
        Example(
            title="a task with the blocker was done",
            snapshot=customer([blocker], [met(ago(3), "c1", kind=ActivityKind.TASK)]),
            context=now(),
        ),
        Example(
            title="a meeting with the blocker is planned",
            snapshot=customer([blocker], [met(ago(-30), "c1", status=OPEN)]),
            context=now(),
        ),
        Example(
            title="a task for it is seven days overdue",
            snapshot=customer([blocker], [met(ago(7), "c1", kind=ActivityKind.TASK, status=OPEN)]),
            context=now(),
        ),
        Example(
            title="nobody blocks, or who did has left",
            snapshot=customer(
                [contact("c1", BuyingRole.BLOCKER), contact("c2", stance=Stance.BLOCKER, left=True)],
            ),
            context=now(),
        ),
        Example(
            title="the account is 59 days old",
            snapshot=customer([blocker], created_on=younger_than(60)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(customer([blocker]), now(), "contacts", "contact.stance", "activities", "activity.contact_ids"),
    )


def _blocker_flags() -> Sequence[Example]:
    blocker = contact("c1", stance=Stance.BLOCKER)
    key = ("contact:c1",)
    return (
        Example(title="a blocker whom nobody has met", snapshot=customer([blocker]), context=now(), expected=key),
        Example(
            title="met 61 days ago, over two ends of a month",
            snapshot=customer([blocker], [met(dt.date(2025, 4, 30), "c1")]),
            context=on(2025, 6, 30),
            expected=key,
        ),
        Example(
            title="61 days over a leap day, while a deal is open",
            snapshot=customer([blocker], [met(dt.date(2023, 12, 31), "c1")], opportunities=[sale()]),
            context=on(2024, 3, 1),
            expected=key,
        ),
        Example(
            title="the deals are not known",
            snapshot=customer([blocker], opportunities=[sale()], unknown=["opportunities"]),
            context=now(),
            expected=key,
        ),
        Example(
            title="the step is with somebody else, ownerless, or eight days overdue",
            snapshot=customer(
                [blocker, contact("c2", stance=Stance.SUPPORTER)],
                [
                    met(ago(-3), "c2", status=OPEN),
                    met(ago(-4), "c1", status=OPEN, owner=None),
                    met(ago(8), "c1", kind=ActivityKind.TASK, status=OPEN),
                ],
            ),
            context=now(),
            expected=key,
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer([blocker], [met(ago(31), "c1"), met(ago(1), "c1", kind=ActivityKind.TASK, status=OPEN)]),
            context=now(),
            params={"days": 30, "grace_days": 0},
            expected=key,
        ),
    )


def quiet_contact() -> Sequence[Example]:
    """Return the examples of KAM509."""
    decider = contact("c1", BuyingRole.ECONOMIC_BUYER)
    chief = contact("c2", title="Chief Operating Officer")
    quiet = customer([decider, chief], [met(ago(31), "c1"), met(ago(91), "c2")])
    return (
        *_quiet_flags(),
        Example(
            title="the decider exactly 30 days ago, the executive exactly 90",
            snapshot=customer([decider, chief], [met(ago(30), "c1"), met(ago(90), "c2")]),
            context=now(),
        ),
        Example(
            title="the champion was touched 30 days ago, over a leap day",
            snapshot=customer([contact("c1", CHAMPION)], [met(dt.date(2024, 1, 31), "c1")]),
            context=on(2024, 3, 1),
        ),
        Example(
            title="nobody was met, but all are new",
            snapshot=customer(
                [contact("c1", CHAMPION, created_on=ago(30)), contact("c2", title="CFO", created_on=ago(90))]
            ),
            context=now(),
        ),
        Example(
            title="an influencer, a vice president, and a decider who has left",
            snapshot=customer(
                [
                    contact("c1", BuyingRole.INFLUENCER),
                    contact("c2", title="Vice President"),
                    contact("c3", CHAMPION, left=True),
                ]
            ),
            context=now(),
        ),
        Example(
            title="a level says more than a title",
            snapshot=customer([contact("c2", title="President", level=ContactLevel.STAFF)]),
            context=now(),
        ),
        Example(
            title="created without a date, and never touched",
            snapshot=customer([contact("c1", CHAMPION, created_on=None)]),
            context=now(),
        ),
        Example(
            title="a key account for 29 days",
            snapshot=customer([decider], key_since=younger_than(30)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="a key account for 89 days: executives are not judged yet",
            snapshot=customer([chief], key_since=younger_than(90)),
            context=now(),
        ),
        *unknown_cases(
            quiet,
            now(),
            "contacts",
            "contact.buying_roles",
            "activities",
            "activity.contact_ids",
            "contact.created_on",
        ),
        Example(
            title="titles are not known, and somebody has no level",
            snapshot=without(customer([chief, contact("c3", level=ContactLevel.STAFF)]), "contact.title"),
            context=now(),
            unknown=True,
        ),
        Example(
            title="titles are not known, and everybody has a level",
            snapshot=without(customer([contact("c3", level=ContactLevel.STAFF)]), "contact.title"),
            context=now(),
        ),
        Example(
            title="neither level nor title is known",
            snapshot=without(customer([contact("c2", title="Chief Executive")]), "contact.level", "contact.title"),
            context=now(),
            unknown=True,
        ),
    )


def _quiet_flags() -> Sequence[Example]:
    decider = contact("c1", BuyingRole.ECONOMIC_BUYER)
    chief = contact("c2", title="Chief Operating Officer")
    touches = [met(ago(31), "c1"), met(ago(91), "c2")]
    return (
        Example(
            title="the decider 31 days ago, the executive 91",
            snapshot=customer([decider, chief], touches),
            context=now(),
            expected=("deciders", "executives"),
        ),
        Example(
            title="the champion was touched 31 days ago, over a leap day",
            snapshot=customer([contact("c1", CHAMPION)], [met(dt.date(2024, 1, 31), "c1")]),
            context=on(2024, 3, 2),
            expected=("deciders",),
        ),
        Example(
            title="recorded 31 days ago and never met",
            snapshot=customer([contact("c1", CHAMPION, created_on=ago(31))], [met(ago(-1), "c1", status=OPEN)]),
            context=now(),
            expected=("deciders",),
        ),
        Example(
            title="an executive who decides is judged as a decider only",
            snapshot=customer([contact("c1", BuyingRole.DECISION_MAKER, level=ContactLevel.EXECUTIVE)]),
            context=now(),
            expected=("deciders",),
        ),
        Example(
            title="everybody, by the policy",
            snapshot=customer([decider, chief, contact("c3", title="Foreman")], touches),
            context=now(),
            params={
                "deciders_days": 31,
                "executives_days": 60,
                "others_days": 120,
                "executive_titles": ["chief operating"],
            },
            expected=("executives", "others"),
        ),
        Example(
            title="deciders are judged though levels and titles are not known",
            snapshot=without(customer([decider]), "contact.level", "contact.title"),
            context=now(),
            expected=("deciders",),
        ),
    )


def departed_key_contact() -> Sequence[Example]:
    """Return the examples of KAM510."""
    gone = customer([contact("c1", CHAMPION, left=True)])
    bounced = customer([contact("c1", SPONSOR, BuyingRole.END_USER, bounced=True)])
    key = ("contact:c1",)
    return (
        Example(title="the champion has left", snapshot=gone, context=now(), expected=key),
        Example(title="mail to the sponsor bounces", snapshot=bounced, context=now(), expected=key),
        Example(
            title="left and bounced is one problem, and each person is one",
            snapshot=customer(
                [
                    contact("c1", BuyingRole.DECISION_MAKER, left=True, bounced=True),
                    contact("c2", BuyingRole.ECONOMIC_BUYER, bounced=True),
                ]
            ),
            context=now(),
            expected=("contact:c1", "contact:c2"),
        ),
        Example(
            title="a supporter without a role in buying",
            snapshot=customer([contact("c1", stance=Stance.SUPPORTER, left=True)]),
            context=now(),
            expected=key,
        ),
        Example(
            title="left is known, bounced is not",
            snapshot=without(gone, "contact.bounced"),
            context=now(),
            expected=key,
        ),
        Example(
            title="bounced is known, left is not",
            snapshot=without(bounced, "contact.left"),
            context=now(),
            expected=key,
        ),
        Example(
            title="who left decided nothing and was no supporter",
            snapshot=customer(
                [contact("c1", BuyingRole.INFLUENCER, stance=Stance.BLOCKER, left=True), contact("c2", bounced=True)]
            ),
            context=now(),
        ),
        Example(
            title="all key people are there",
            snapshot=customer([contact("c1", CHAMPION), contact("c2", SPONSOR, stance=Stance.SUPPORTER)]),
            context=now(),
        ),
        Example(
            title="supporters cannot be told",
            snapshot=customer([contact("c1", stance=Stance.SUPPORTER, left=True)], unknown=["contact.stance"]),
            context=now(),
        ),
        *unknown_cases(gone, now(), "contacts", "contact.buying_roles"),
        Example(
            title="neither is known",
            snapshot=without(gone, "contact.left", "contact.bounced"),
            context=now(),
            unknown=True,
        ),
    )


def unowned_contact() -> Sequence[Example]:
    """Return the examples of KAM517."""
    alone = customer([contact("c1", BuyingRole.DECISION_MAKER, owner=None)])
    chief = contact("c1", level=ContactLevel.EXECUTIVE, owner=None)
    return (
        Example(title="the decision maker has no owner", snapshot=alone, context=now(), expected=("",)),
        Example(
            title="the owner is deactivated",
            snapshot=customer([contact("c1", SPONSOR, owner="gone")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="an executive by level, and a champion: one problem",
            snapshot=customer([chief, contact("c2", CHAMPION, owner="left")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="all are owned, by a user nobody knows too",
            snapshot=customer([contact("c1", CHAMPION), contact("c2", SPONSOR, owner="stranger")]),
            context=now(),
        ),
        Example(
            title="who is no key person, or has left, needs no owner",
            snapshot=customer(
                [
                    contact("c1", BuyingRole.INFLUENCER, owner=None),
                    contact("c2", CHAMPION, owner=None, left=True),
                    contact("c3", title="Chief Executive", owner=None),
                ]
            ),
            context=now(),
        ),
        Example(
            title="levels cannot be told",
            snapshot=customer([chief], unknown=["contact.level"]),
            context=now(),
        ),
        *unknown_cases(alone, now(), "contacts", "contact.owner_id", "contact.buying_roles"),
    )
