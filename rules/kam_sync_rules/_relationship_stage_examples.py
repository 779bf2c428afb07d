"""Examples of the rule in `relationship_stage`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, now
from kam_sync_rules._relations_builders import contact, customer, met, people, unknown_cases, without, younger_than


def unfit_relationship_stage() -> Sequence[Example]:
    """Return the examples of KAM515."""
    chief = contact("c1", title="Chief Executive Officer")
    close = [met(ago(90), "c1", "c2", "c3")]
    fitting = customer([chief, *people(3)[1:]], close, stage="Strategic")
    return (
        *_unfit(),
        Example(title="as close as it says", snapshot=fitting, context=now()),
        Example(title="a stage that claims less", snapshot=customer(stage="Tactical"), context=now()),
        Example(
            title="a stage that claims less needs nothing to be known",
            snapshot=without(customer(stage="Tactical"), "contacts", "activities", "activity.contact_ids"),
            context=now(),
        ),
        Example(
            title="an account 89 days old with an executive whom nobody has met",
            snapshot=customer([chief], stage="Strategic", created_on=younger_than(90)),
            context=now(),
        ),
        Example(
            title="an account 29 days old",
            snapshot=customer(created_on=younger_than(30)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(
            fitting,
            now(),
            "account.relationship_stage",
            "contacts",
            "activities",
            "activity.contact_ids",
            "contact.title",
        ),
    )


def _unfit() -> Sequence[Example]:
    chief = contact("c1", title="Chief Executive Officer")
    three = people(3)
    return (
        Example(title="no stage", snapshot=customer(), context=now(), expected=("unset",)),
        Example(title="blanks are no stage", snapshot=customer(stage=" \t"), context=now(), expected=("unset",)),
        Example(
            title="exactly 30 days old, and no stage",
            snapshot=customer(created_on=ago(30)),
            context=now(),
            expected=("unset",),
        ),
        Example(
            title="strategic, but no executive is known",
            snapshot=customer(three, [met(ago(3), "c1", "c2", "c3")], stage=" STRATEGIC "),
            context=now(),
            expected=("mismatch",),
        ),
        Example(
            title="strategic, but only two people talk with us",
            snapshot=customer([chief, *three[1:]], [met(ago(3), "c1", "c2"), met(ago(91), "c3")], stage="Strategic"),
            context=now(),
            expected=("mismatch",),
        ),
        Example(
            title="strategic, but the executive was last touched 121 days ago",
            snapshot=customer(
                [chief, *people(4)[1:]], [met(ago(121), "c1"), met(ago(3), "c2", "c3", "c4")], stage="Strategic"
            ),
            context=now(),
            expected=("mismatch",),
        ),
        Example(
            title="no executive is enough, whoever took part in activities",
            snapshot=without(customer(three, stage="Strategic"), "activities", "activity.contact_ids"),
            context=now(),
            expected=("mismatch",),
        ),
        Example(
            title="too few are enough, whatever their titles",
            snapshot=without(customer([chief], stage="Strategic"), "contact.title"),
            context=now(),
            expected=("mismatch",),
        ),
        Example(
            title="another word, no grace and less patience by the policy",
            snapshot=customer(
                [chief, *three[1:]], [met(ago(31), "c1"), met(ago(3), "c2", "c3")], stage="Partner", created_on=ago(40)
            ),
            context=now(),
            params={
                "strategic_stages": ["partner"],
                "grace_days": 0,
                "days": 30,
                "least": 2,
                "executives_days": 30,
                "executive_titles": ["chief"],
            },
            expected=("mismatch",),
        ),
    )
