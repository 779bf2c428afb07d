"""Examples of the rules in `ownership`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kam_sync.records import OpportunityType, Purpose, User
from kam_sync.rules_api import Example
from kam_sync_rules._customer_builders import CUSTOMER, customer, meant, passed, sale, without
from kam_sync_rules._examples import USERS, ago, meeting, now, on

NEW: Final = OpportunityType.NEW_BUSINESS
TEAM: Final = {**USERS, **{slug: User(id=slug, name=slug.title()) for slug in ("noor", "tala")}}
"""Five people who work with us, beside two who do not any more."""


def seller_is_manager() -> Sequence[Example]:
    """Return the examples of KAM801."""
    own = customer(users=TEAM, opportunities=[sale(is_won=True, type_=NEW, close_on=ago(365))])
    return (
        Example(title="won by the owner exactly 365 days ago", snapshot=own, context=now(), expected=("",)),
        Example(
            title="won on a leap day, a year ago",
            snapshot=customer(users=TEAM, opportunities=[sale(is_won=True, type_=NEW, close_on=dt.date(2024, 2, 29))]),
            context=on(2025, 2, 28),
            expected=("",),
        ),
        Example(
            title="a smaller team and a longer time by the policy",
            snapshot=customer(opportunities=[sale(is_won=True, type_=NEW, close_on=ago(400))]),
            context=now(),
            params={"team": 3, "days": 400},
            expected=("",),
        ),
        Example(
            title="won 366 days ago, or dated ahead",
            snapshot=customer(
                users=TEAM,
                opportunities=[
                    sale(is_won=True, type_=NEW, close_on=ago(366)),
                    sale("D2", is_won=True, type_=NEW, close_on=ago(-1)),
                ],
            ),
            context=now(),
        ),
        Example(
            title="won by somebody else, grown by the owner, and lost",
            snapshot=customer(
                users=TEAM,
                opportunities=[
                    sale(owner="bao", is_won=True, type_=NEW, close_on=ago(9)),
                    sale("D2", is_won=True, type_=OpportunityType.EXPANSION, close_on=ago(9)),
                    sale("D3", is_open=False, type_=NEW, close_on=ago(9)),
                ],
            ),
            context=now(),
        ),
        Example(
            title="neither the account nor the opportunity has an owner",
            snapshot=customer(
                replace(CUSTOMER, owner_id=None),
                users=TEAM,
                opportunities=[sale(owner=None, is_won=True, type_=NEW, close_on=ago(9))],
            ),
            context=now(),
        ),
        Example(
            title="four people, with one to whom no task can be assigned",
            snapshot=replace(own, users={**TEAM, "tala": User(id="tala", name="Tala", assignable=False)}),
            context=now(),
            not_applicable=True,
        ),
        *without(own, "opportunities", "opportunity.type", "account.owner_id"),
    )


def missing_handover() -> Sequence[Example]:
    """Return the examples of KAM802."""
    changed = customer(owner_changes=[passed(ago(15))])
    won = customer(opportunities=[sale(owner="chidi", is_won=True, type_=NEW, close_on=ago(180))])
    handover = Purpose.HANDOVER
    return (
        Example(title="the owner changed 15 days ago", snapshot=changed, context=now(), expected=("owner",)),
        Example(
            title="new business was won by somebody else 180 days ago",
            snapshot=won,
            context=now(),
            expected=("won",),
        ),
        Example(
            title="15 days over a leap day, and a handover before",
            snapshot=customer(
                replace(CUSTOMER, handover_on=dt.date(2024, 2, 14)), owner_changes=[passed(dt.date(2024, 2, 15))]
            ),
            context=on(2024, 3, 1),
            expected=("owner",),
        ),
        Example(
            title="a handover that is planned only",
            snapshot=customer(owner_changes=[passed(ago(15))], activities=[meant(meeting(ago(-3)), handover)]),
            context=now(),
            expected=("owner",),
        ),
        Example(
            title="one of the two places for handovers is known",
            snapshot=replace(changed, unknown=frozenset({"activities"})),
            context=now(),
            expected=("owner",),
        ),
        Example(
            title="the owner is judged although sales are not known",
            snapshot=replace(changed, unknown=frozenset({"opportunities"})),
            context=now(),
            expected=("owner",),
        ),
        Example(
            title="sooner and longer by the policy",
            snapshot=customer(
                owner_changes=[passed(ago(300))],
                opportunities=[sale(owner="chidi", is_won=True, type_=NEW, close_on=ago(4))],
            ),
            context=now(),
            params={"days": 3, "last_days": 300},
            expected=("owner", "won"),
        ),
        Example(
            title="changed exactly 14 days ago, after an earlier change",
            snapshot=customer(owner_changes=[passed(ago(14)), passed(ago(90), before="bao", after="chidi")]),
            context=now(),
        ),
        Example(title="changed 181 days ago", snapshot=customer(owner_changes=[passed(ago(181))]), context=now()),
        Example(
            title="recorded on the day itself",
            snapshot=replace(changed, account=replace(CUSTOMER, handover_on=ago(15))),
            context=now(),
        ),
        Example(
            title="a handover meeting took place",
            snapshot=replace(won, known_activities=(meant(meeting(ago(20)), handover),)),
            context=now(),
        ),
        Example(
            title="won by the owner, by nobody, or no new business",
            snapshot=customer(
                opportunities=[
                    sale(is_won=True, type_=NEW, close_on=ago(30)),
                    sale("D2", owner=None, is_won=True, type_=NEW, close_on=ago(30)),
                    sale("D3", owner="bao", is_won=True, type_=OpportunityType.RENEWAL, close_on=ago(30)),
                ]
            ),
            context=now(),
        ),
        *without(changed, "owner_changes"),
        *without(won, "opportunities", "opportunity.type", "account.owner_id"),
        *_no_place_for_handovers(),
    )


def _no_place_for_handovers() -> Sequence[Example]:
    changed = customer(owner_changes=[passed(ago(15))])
    return tuple(
        Example(
            title=f"neither the field for handovers nor {name} is known",
            snapshot=replace(changed, unknown=frozenset({"account.handover_on", name})),
            context=now(),
            unknown=True,
        )
        for name in ("activities", "activity.purposes.handover")
    )


def owner_churn() -> Sequence[Example]:
    """Return the examples of KAM803."""
    twice = customer(owner_changes=[passed(dt.date(2024, 6, 16), before="bao", after="chidi"), passed(ago(9))])
    return (
        Example(title="twice, the first exactly 12 months ago", snapshot=twice, context=now(), expected=("",)),
        Example(
            title="twelve months before a leap day",
            snapshot=customer(owner_changes=[passed(dt.date(2023, 2, 28)), passed(dt.date(2024, 2, 1))]),
            context=on(2024, 2, 29),
            expected=("",),
        ),
        Example(
            title="once in six months by the policy",
            snapshot=customer(owner_changes=[passed(ago(9), before=None, after="stranger")]),
            context=now(),
            params={"changes": 1, "months": 6},
            expected=("",),
        ),
        Example(title="once", snapshot=customer(owner_changes=[passed(ago(9))]), context=now()),
        Example(
            title="twice, the first twelve months and a day ago",
            snapshot=customer(owner_changes=[passed(dt.date(2024, 6, 15)), passed(ago(9))]),
            context=now(),
        ),
        Example(title="never", snapshot=customer(), context=now()),
        *without(twice, "owner_changes"),
    )
