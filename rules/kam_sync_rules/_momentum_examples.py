"""Examples of the rules in `momentum`: cases that flag, that are clean, that are unknown and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityStatus, ContactLevel
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, call, meeting, now, on, task
from kam_sync_rules._growth_builders import executive, key_account, not_known, running, touching

_NO_TRIGGER = ("account.trigger_on",)


def unanswered_trigger() -> Sequence[Example]:
    """Return the examples of KAM321."""
    return (
        *_executives_that_flag(),
        *_triggers_that_flag(),
        *_answered(),
        Example(
            title="activities are not known",
            snapshot=key_account(contacts=[executive(created_on=ago(20))], trigger_on=ago(20), unknown=["activities"]),
            context=now(),
            unknown=True,
        ),
        *not_known(
            ["contacts", "contact.created_on", "activity.contact_ids"],
            lambda names: key_account(contacts=[executive(created_on=ago(20))], unknown=names),
        ),
        Example(
            title="neither level nor title is known",
            snapshot=key_account(contacts=[executive(created_on=ago(20))], unknown=["contact.level", "contact.title"]),
            context=now(),
            unknown=True,
        ),
        *not_known(["account.trigger_on"], lambda names: key_account(trigger_on=ago(20), unknown=names)),
    )


def _executives_that_flag() -> Sequence[Example]:
    return (
        Example(
            title="a new executive for 15 days",
            snapshot=key_account(contacts=[executive(created_on=ago(15))], activities=[call(ago(1))]),
            context=now(),
            expected=("contact:E1",),
        ),
        Example(
            title="a new executive by title for exactly 90 days, touched only before",
            snapshot=key_account(
                contacts=[executive(created_on=ago(90), level=None)], activities=[touching(call(ago(91)), "E1")]
            ),
            context=now(),
            expected=("contact:E1",),
        ),
        Example(
            title="a touch of somebody else, a canceled one and one to come",
            snapshot=key_account(
                contacts=[executive(created_on=ago(20))],
                activities=[
                    touching(call(ago(1)), "E2"),
                    touching(meeting(ago(2), status=ActivityStatus.CANCELED), "E1"),
                    touching(meeting(ago(-2)), "E1"),
                ],
            ),
            context=now(),
            expected=("contact:E1",),
        ),
        Example(
            title="whether people left is not known",
            snapshot=key_account(contacts=[executive(created_on=ago(20), left=True)], unknown=["contact.left"]),
            context=now(),
            expected=("contact:E1",),
        ),
        Example(
            title="the trigger is not known, a new executive is",
            snapshot=key_account(contacts=[executive(created_on=ago(20))], unknown=_NO_TRIGGER),
            context=now(),
            expected=("contact:E1",),
        ),
        Example(
            title="other days and titles by the policy",
            snapshot=key_account(
                contacts=[executive(created_on=ago(120), level=None, title="Werkleiterin Süd")],
            ),
            context=now(),
            params={"days": 30, "within_days": 120, "executive_titles": ("Werkleiterin",)},
            expected=("contact:E1",),
        ),
    )


def _triggers_that_flag() -> Sequence[Example]:
    return (
        Example(
            title="news 15 days old, and nothing since",
            snapshot=key_account(trigger_on=ago(15), trigger="Neues Werk in Győr", activities=[call(ago(16))]),
            context=now(),
            expected=("trigger",),
        ),
        Example(
            title="news exactly 90 days old, over a leap day",
            snapshot=key_account(trigger_on=dt.date(2024, 1, 1)),
            context=on(2024, 3, 31),
            expected=("trigger",),
        ),
        Example(
            title="news, and the contacts are not known, nor what the news is",
            snapshot=key_account(trigger_on=ago(20), trigger="x", unknown=["contacts", "account.trigger"]),
            context=now(),
            expected=("trigger",),
        ),
    )


def _answered() -> Sequence[Example]:
    return (
        Example(
            title="what is exactly 14 days old may still be answered",
            snapshot=key_account(contacts=[executive(created_on=ago(14))], trigger_on=ago(14)),
            context=now(),
        ),
        Example(
            title="what is 91 days old calls for nobody any more",
            snapshot=key_account(contacts=[executive(created_on=ago(91))], trigger_on=ago(91)),
            context=now(),
        ),
        Example(
            title="answered on the same day",
            snapshot=key_account(
                contacts=[executive(created_on=ago(20))],
                trigger_on=ago(20),
                activities=[touching(task(ago(20), done=True), "E1")],
            ),
            context=now(),
        ),
        Example(
            title="a manager, an executive who left, and one since nobody knows when",
            snapshot=key_account(
                contacts=[
                    executive("E1", created_on=ago(20), level=ContactLevel.MANAGER),
                    executive("E2", created_on=ago(20), left=True),
                    executive("E3"),
                    executive("E4", created_on=ago(20), level=None, title="Vice President"),
                    executive("E5", created_on=ago(20), level=None, title=None),
                ]
            ),
            context=now(),
        ),
    )


def stalled_opportunity() -> Sequence[Example]:
    """Return the examples of KAM322."""
    return (
        Example(
            title="in its stage for 61 days",
            snapshot=key_account(opportunities=[running(stage_since=ago(61))]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="two of three, over a leap day",
            snapshot=key_account(
                opportunities=[
                    running(slug="D1", stage_since=dt.date(2023, 12, 31)),
                    running(slug="D2", stage_since=dt.date(2024, 1, 1)),
                    running(slug="D3", stage_since=dt.date(2020, 1, 1)),
                ]
            ),
            context=on(2024, 3, 1),
            expected=("opportunity:D1", "opportunity:D3"),
        ),
        Example(
            title="ten days by the policy",
            snapshot=key_account(opportunities=[running(stage_since=ago(11))]),
            context=now(),
            params={"days": 10},
            expected=("opportunity:D1",),
        ),
        Example(
            title="in its stage for exactly 60 days",
            snapshot=key_account(opportunities=[running(stage_since=ago(60))]),
            context=now(),
        ),
        Example(
            title="closed, or since nobody knows when",
            snapshot=key_account(
                opportunities=[running(stage_since=ago(900), is_open=False), running(slug="D2")],
            ),
            context=now(),
        ),
        *not_known(
            ["opportunities", "opportunity.stage_since"],
            lambda names: key_account(opportunities=[running(stage_since=ago(61))], unknown=names),
        ),
    )


def neglected_new_account() -> Sequence[Example]:
    """Return the examples of KAM323."""
    return (
        Example(
            title="created 15 days ago, and nothing happened",
            snapshot=key_account(created_on=ago(15)),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a key account for exactly 90 days, last called 15 days ago",
            snapshot=key_account(key_since=ago(90), activities=[call(ago(15)), meeting(ago(-1)), task(ago(3))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="since when it is a key account is not known, but when it was created",
            snapshot=key_account(created_on=ago(30), key_since=ago(2), unknown=["account.key_since"]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="other days by the policy",
            snapshot=key_account(created_on=ago(365), activities=[call(ago(8))]),
            context=now(),
            params={"days": 7, "new_days": 365},
            expected=("",),
        ),
        Example(
            title="called exactly 14 days ago",
            snapshot=key_account(created_on=ago(40), activities=[call(ago(14))]),
            context=now(),
        ),
        Example(
            title="a meeting yesterday that was never marked as held",
            snapshot=key_account(created_on=ago(40), activities=[meeting(ago(1))]),
            context=now(),
        ),
        Example(
            title="14 days old",
            snapshot=key_account(created_on=ago(14)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="91 days old",
            snapshot=key_account(created_on=ago(91)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="nobody knows since when",
            snapshot=key_account(created_on=None),
            context=now(),
            not_applicable=True,
        ),
        *not_known(["activities", "account.created_on"], lambda names: key_account(created_on=ago(30), unknown=names)),
    )
