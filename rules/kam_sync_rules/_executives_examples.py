"""Examples of the rules in `executives`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityStatus, ContactLevel
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, now, on
from kam_sync_rules._relations_builders import contact, customer, met, unknown_cases, without, younger_than

TITLES = ("Chief Executive Officer", "Geschäftsführerin", "مدیرعامل", "代表取締役社長", "Founder/CTO")
"""Titles of executives, in several languages."""

BELOW = ("Vice President Purchasing", "Chiefly responsible for pallets", "Presidential archivist", "Buyer", None)
"""Titles of people who are none."""


def missing_executive_contact() -> Sequence[Example]:
    """Return the examples of KAM508."""
    chief = contact("c1", title="Chief Executive Officer")
    return (
        *_executive_flags(),
        *(
            Example(
                title=f"the title {title} is an executive's",
                snapshot=customer([contact("c1", title=title)], [met(ago(3), "c1")]),
                context=now(),
            )
            for title in TITLES
        ),
        Example(
            title="an executive by level, touched exactly 120 days ago",
            snapshot=customer([contact("c1", title="Buyer", level=ContactLevel.EXECUTIVE)], [met(ago(120), "c1")]),
            context=now(),
        ),
        Example(
            title="one of two executives was touched, over a leap day",
            snapshot=customer(
                [chief, contact("c2", title="CFO")], [met(dt.date(2022, 1, 1), "c1"), met(dt.date(2023, 11, 2), "c2")]
            ),
            context=on(2024, 3, 1),
        ),
        Example(
            title="an executive whom nobody has met, at an account 119 days old",
            snapshot=customer([chief], created_on=younger_than(120)),
            context=now(),
        ),
        Example(
            title="no executive, at an account 29 days old",
            snapshot=customer(created_on=younger_than(30)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(customer([chief]), now(), "contacts", "contact.title", "activities", "activity.contact_ids"),
    )


def _executive_flags() -> Sequence[Example]:
    chief = contact("c1", title="Chief Executive Officer")
    line = [contact("c1", title="Buyer", reports_to="c2"), contact("c2", title="Head of Purchasing")]
    return (
        Example(
            title="nobody high enough",
            snapshot=customer([contact(f"c{number}", title=title) for number, title in enumerate(BELOW)]),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="a level says more than a title; who has left does not count",
            snapshot=customer(
                [
                    contact("c1", title="President", level=ContactLevel.DIRECTOR),
                    contact("c2", title="Chief Executive", left=True),
                ]
            ),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="the line of managers leads to a head of purchasing, at a top-tier account",
            snapshot=customer(line, [met(ago(3), "c1")], tier="A"),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="none is known, whoever took part in activities",
            snapshot=without(customer(line), "activities", "activity.contact_ids"),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="an executive touched 121 days ago, over a leap day",
            snapshot=customer([chief, *line[1:]], [met(dt.date(2023, 11, 1), "c1"), met(dt.date(2024, 2, 1), "c2")]),
            context=on(2024, 3, 1),
            expected=("untouched",),
        ),
        Example(
            title="a meeting with an executive is only planned",
            snapshot=customer([chief], [met(ago(-3), "c1", status=ActivityStatus.OPEN)]),
            context=now(),
            expected=("untouched",),
        ),
        Example(
            title="other titles, no grace and less patience by the policy",
            snapshot=customer(
                [contact("c1", title="Master Brewer"), contact("c2", title="Chief Executive")],
                [met(ago(60), "c1"), met(ago(3), "c2")],
                created_on=ago(60),
            ),
            context=now(),
            params={"executive_titles": ["master brewer"], "days": 59, "grace_days": 0},
            expected=("untouched",),
        ),
    )
