"""Examples of the rules in `decision_group`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityKind, BuyingRole, Stance
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, now, on
from kam_sync_rules._relations_builders import contact, customer, met, people, unknown_cases, without, younger_than

DECIDES, PAYS, JUDGES, SPEAKS = (
    BuyingRole.DECISION_MAKER,
    BuyingRole.ECONOMIC_BUYER,
    BuyingRole.TECHNICAL_BUYER,
    BuyingRole.CHAMPION,
)
ALL_FOUR = ("decision_maker", "economic_buyer", "technical_buyer", "champion")


def incomplete_decision_group() -> Sequence[Example]:
    """Return the examples of KAM503."""
    half = customer([contact("c1", JUDGES), contact("c2", SPEAKS, BuyingRole.END_USER)])
    whole = customer([contact("c1", DECIDES, PAYS), contact("c2", JUDGES), contact("c3", SPEAKS), contact("c4", PAYS)])
    missing = ("decision_maker", "economic_buyer")
    return (
        Example(title="two of the four are known", snapshot=half, context=now(), expected=missing),
        Example(title="we know nobody", snapshot=customer(), context=now(), expected=ALL_FOUR),
        Example(
            title="the only champion has left",
            snapshot=customer([contact("c1", DECIDES, PAYS, JUDGES), contact("c2", SPEAKS, left=True)]),
            context=now(),
            expected=("champion",),
        ),
        Example(
            title="titles say nothing about buying",
            snapshot=customer(
                [contact("c1", title="Economic Buyer and Decision Maker"), contact("c2", JUDGES, SPEAKS)]
            ),
            context=now(),
            expected=missing,
        ),
        Example(
            title="other roles asked by the policy, and no grace",
            snapshot=customer([contact("c1", JUDGES)], created_on=ago(0)),
            context=now(),
            params={"roles": ["technical_buyer", "end_user"], "grace_days": 0},
            expected=("end_user",),
        ),
        Example(
            title="one role is not known, one is missing",
            snapshot=without(customer([contact("c1", DECIDES, JUDGES)]), "contact.buying_roles.champion"),
            context=now(),
            expected=("economic_buyer",),
        ),
        Example(title="all four are known, one of them twice", snapshot=whole, context=now()),
        Example(
            title="an account exactly 30 days old",
            snapshot=customer(whole.known_contacts, created_on=ago(30)),
            context=now(),
        ),
        Example(
            title="an account 29 days old",
            snapshot=customer(created_on=younger_than(30)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(half, now(), "contacts", "contact.buying_roles"),
        *unknown_cases(whole, now(), *(f"contact.buying_roles.{role}" for role in ALL_FOUR)),
        Example(
            title="another role is not known",
            snapshot=without(
                whole,
                "contact.buying_roles.executive_sponsor",
                "contact.buying_roles.influencer",
                "contact.buying_roles.end_user",
                "contact.buying_roles.blocker",
                "contact.buying_roles.other",
            ),
            context=now(),
        ),
    )


def thin_decision_group_profile() -> Sequence[Example]:
    """Return the examples of KAM504."""
    role_only = [contact("c1", DECIDES), contact("c2", SPEAKS)]
    three_of_five = [
        contact("c1", DECIDES, stance=Stance.NEUTRAL, influence=True),
        contact("c2", SPEAKS, influence=True, criteria=True),
    ]
    two_of_five = [contact("c1", DECIDES, stance=Stance.SUPPORTER)]
    full = [contact("c1", DECIDES, stance=Stance.SUPPORTER, influence=True, criteria=True)]
    return (
        Example(title="only the roles are recorded", snapshot=customer(role_only), context=now(), expected=("",)),
        Example(
            title="the roles, and that both were met",
            snapshot=customer(role_only, [met(ago(700), "c1", "c2")]),
            context=now(),
            expected=("",),
        ),
        Example(title="two of five", snapshot=customer(two_of_five), context=now(), expected=("",)),
        Example(
            title="more asked by the policy",
            snapshot=customer(three_of_five),
            context=now(),
            params={"least_percent": 61, "least_known": 5},
            expected=("",),
        ),
        Example(
            title="one of three, where only these are known",
            snapshot=without(customer(role_only), "contact.influence", "contact.decision_criteria"),
            context=now(),
            expected=("",),
        ),
        Example(title="exactly three of five", snapshot=customer(three_of_five), context=now()),
        Example(
            title="all of it, and who has no role in buying or has left is not asked",
            snapshot=customer(
                [*full, contact("c3"), contact("c4", DECIDES, left=True)],
                [met(ago(3), "c1", kind=ActivityKind.CALL)],
            ),
            context=now(),
        ),
        Example(
            title="two of three, where only these are known",
            snapshot=without(customer(two_of_five), "contact.influence", "activities", "activity.contact_ids"),
            context=now(),
        ),
        Example(title="nobody has a role in buying", snapshot=customer(people(3)), context=now(), not_applicable=True),
        *unknown_cases(customer(role_only), now(), "contacts", "contact.buying_roles"),
        Example(
            title="only one thing beside the role is known",
            snapshot=without(
                customer(role_only), "contact.stance", "contact.decision_criteria", "activity.contact_ids"
            ),
            context=now(),
            unknown=True,
        ),
    )


def missing_stakeholder_map() -> Sequence[Example]:
    """Return the examples of KAM505."""
    for_us = Stance.SUPPORTER
    old = customer([contact("c1", stance=for_us, stance_on=dt.date(2023, 8, 31)), contact("c2")])
    current = customer(
        [contact("c1", stance=for_us, stance_on=ago(400)), contact("c2", stance=Stance.BLOCKER, stance_on=ago(180))]
    )
    return (
        Example(title="no contact has a stance", snapshot=customer(people(2)), context=now(), expected=("missing",)),
        Example(
            title="who had one has left",
            snapshot=customer([contact("c1"), contact("c2", stance=for_us, stance_on=ago(3), left=True)]),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="no stance, and since when is not known either",
            snapshot=without(customer(people(2)), "contact.stance_on"),
            context=now(),
            expected=("missing",),
        ),
        Example(title="181 days old, over a leap day", snapshot=old, context=on(2024, 2, 28), expected=("old",)),
        Example(
            title="the latest date is old; one has none",
            snapshot=customer([contact("c1", stance=for_us, stance_on=ago(181)), contact("c2", stance=for_us)]),
            context=now(),
            expected=("old",),
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer([contact("c1", stance=for_us, stance_on=ago(91))], created_on=ago(0)),
            context=now(),
            params={"days": 90, "grace_days": 0},
            expected=("old",),
        ),
        Example(title="180 days old, over a leap day", snapshot=old, context=on(2024, 2, 27)),
        Example(title="the latest of two is exactly 180 days old", snapshot=current, context=now()),
        Example(
            title="no stance bears a date",
            snapshot=customer([contact("c1", stance=for_us), contact("c2", stance=Stance.NEUTRAL)]),
            context=now(),
        ),
        Example(title="we know nobody", snapshot=customer(), context=now(), not_applicable=True),
        Example(
            title="the account is 29 days old",
            snapshot=customer(people(2), created_on=younger_than(30)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(current, now(), "contacts", "contact.stance", "contact.stance_on"),
    )


def missing_supporter() -> Sequence[Example]:
    """Return the examples of KAM507."""
    against = [
        contact("c1", stance=Stance.BLOCKER),
        contact("c2", stance=Stance.NEUTRAL),
        contact("c3", stance=Stance.NEUTRAL),
    ]
    return (
        Example(title="three are mapped, none for us", snapshot=customer(against), context=now(), expected=("",)),
        Example(
            title="the only supporter has left",
            snapshot=customer([*against, contact("c4", stance=Stance.SUPPORTER, left=True)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a champion who is neutral is no supporter",
            snapshot=customer([*against[:2], contact("c4", SPEAKS, stance=Stance.NEUTRAL)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="fewer are enough by the policy",
            snapshot=customer(against[:1]),
            context=now(),
            params={"least_mapped": 1},
            expected=("",),
        ),
        Example(title="only two are mapped", snapshot=customer([*against[:2], contact("c4")]), context=now()),
        Example(
            title="one of four supports us",
            snapshot=customer([*against, contact("c4", stance=Stance.SUPPORTER)]),
            context=now(),
        ),
        *unknown_cases(customer(against), now(), "contacts", "contact.stance"),
    )
