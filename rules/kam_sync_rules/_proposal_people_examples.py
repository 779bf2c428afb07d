"""Examples of the rules in `proposal_people`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.records import BuyingRole
from kam_sync.rules_api import Example
from kam_sync_rules._customer_builders import buyer, customer, sale, without
from kam_sync_rules._examples import now


def untailored_proposal() -> Sequence[Example]:
    """Return the examples of KAM707."""
    proposal = sale(at_proposal=True, contacts=["yui", "kenji"])
    bare = customer(opportunities=[proposal], contacts=[buyer("yui"), buyer("kenji")])
    return (
        Example(title="no contact has a buying role", snapshot=bare, context=now(), expected=("opportunity:D1",)),
        Example(
            title="no contact takes part in it",
            snapshot=customer(
                opportunities=[sale(at_proposal=True)], contacts=[buyer("yui", BuyingRole.DECISION_MAKER)]
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the one with a role has left",
            snapshot=customer(
                opportunities=[proposal], contacts=[buyer("yui", BuyingRole.CHAMPION, left=True), buyer("kenji")]
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="one has a role, whichever it is",
            snapshot=customer(opportunities=[proposal], contacts=[buyer("yui", BuyingRole.OTHER), buyer("kenji")]),
            context=now(),
        ),
        Example(
            title="at another stage, or closed",
            snapshot=customer(opportunities=[sale(), sale("D2", at_proposal=True, is_open=False)]),
            context=now(),
        ),
        Example(
            title="somebody takes part who is not among the contacts",
            snapshot=customer(opportunities=[proposal], contacts=[buyer("yui")]),
            context=now(),
            unknown=True,
        ),
        *without(
            bare,
            "opportunities",
            "opportunity.stages.proposal",
            "opportunity.contact_ids",
            "contacts",
            "contact.buying_roles",
        ),
    )


def unnamed_proposal_team() -> Sequence[Example]:
    """Return the examples of KAM708."""
    alone = customer(opportunities=[sale(at_proposal=True, team=["ayse"])])
    return (
        Example(title="the owner alone", snapshot=alone, context=now(), expected=("opportunity:D1",)),
        Example(
            title="beside the owner only somebody deactivated",
            snapshot=customer(opportunities=[sale(at_proposal=True, team=["ayse", "gone"])]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="nobody at all, or somebody unknown alone",
            snapshot=customer(
                opportunities=[
                    sale(owner=None, at_proposal=True),
                    sale("D2", owner=None, at_proposal=True, team=["stranger"]),
                ]
            ),
            context=now(),
            expected=("opportunity:D1", "opportunity:D2"),
        ),
        Example(
            title="three by the policy",
            snapshot=customer(opportunities=[sale(at_proposal=True, team=["ayse", "bao"])]),
            context=now(),
            params={"people": 3},
            expected=("opportunity:D1",),
        ),
        Example(
            title="the owner and one more",
            snapshot=customer(opportunities=[sale(at_proposal=True, team=["bao"])]),
            context=now(),
        ),
        Example(
            title="at another stage, or closed",
            snapshot=customer(opportunities=[sale(), sale("D2", at_proposal=True, is_open=False)]),
            context=now(),
        ),
        Example(
            title="somebody is not among the users",
            snapshot=customer(opportunities=[sale(at_proposal=True, team=["stranger"])]),
            context=now(),
            unknown=True,
        ),
        *without(alone, "opportunities", "opportunity.stages.proposal", "opportunity.team_ids"),
    )
