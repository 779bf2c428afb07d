"""Examples of the rules in `routines`: cases that flag, that are clean, that are unknown, and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kam_sync.records import AccountSnapshot, ActivityStatus, Purpose
from kam_sync.rules_api import Example
from kam_sync_rules._account_builders import for_purpose, not_known, with_fields, without, won_deal
from kam_sync_rules._examples import ago, call, company, deal, meeting, now, on, task

TEAM = Purpose.TEAM_MEETING
LEAP = dt.date(2024, 2, 29)


def missing_team_meeting() -> Sequence[Example]:
    """Return the examples of KAM207."""
    january = company(activities=[for_purpose(meeting(dt.date(2025, 1, 10)), TEAM, "bao")])
    alone = company(activities=[for_purpose(meeting(ago(3)), TEAM)])
    return (
        Example(title="the team has never met", snapshot=company(), context=now(), expected=("",)),
        Example(title="91 days after its last meeting", snapshot=january, context=on(2025, 4, 11), expected=("",)),
        Example(title="one of us alone is no team", snapshot=alone, context=now(), expected=("",)),
        Example(
            title="the owner is named twice",
            snapshot=company(activities=[for_purpose(meeting(ago(3)), TEAM, "ayse")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a call, a task, a canceled meeting and a planned one",
            snapshot=company(
                activities=[
                    for_purpose(call(ago(3)), TEAM, "bao"),
                    for_purpose(task(ago(3), done=True), TEAM, "bao"),
                    for_purpose(meeting(ago(3), status=ActivityStatus.CANCELED), TEAM, "bao"),
                    for_purpose(meeting(ago(-3)), TEAM, "bao"),
                    for_purpose(meeting(ago(3)), Purpose.BUSINESS_REVIEW, "bao"),
                ]
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="an account that is exactly 90 days old",
            snapshot=company(created_on=ago(90)),
            context=now(),
            expected=("",),
        ),
        Example(
            title="neither its age nor since when it is a key account is known",
            snapshot=company(created_on=ago(3), unknown=["account.created_on", "account.key_since"]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="once a month by the policy",
            snapshot=january,
            context=on(2025, 2, 10),
            params={"days": 30},
            expected=("",),
        ),
        Example(title="exactly 90 days after its last meeting", snapshot=january, context=on(2025, 4, 10)),
        Example(
            title="exactly 90 days after a leap day",
            snapshot=company(activities=[for_purpose(meeting(LEAP), TEAM, "bao")]),
            context=on(2024, 5, 29),
        ),
        Example(
            title="who took part is not known",
            snapshot=without(alone, "activity.attendee_ids"),
            context=now(),
        ),
        Example(
            title="an account 89 days old",
            snapshot=company(created_on=ago(89)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="an old account that became a key account lately",
            snapshot=with_fields(company(), key_since=ago(10)),
            context=now(),
            not_applicable=True,
        ),
        *not_known(("activities", "activity.purposes", "activity.purposes.team_meeting"), company()),
    )


def empty_account_calendar() -> Sequence[Example]:
    """Return the examples of KAM213."""
    august = company(activities=[meeting(dt.date(2025, 8, 1))])
    return (
        Example(title="nothing is booked", snapshot=company(), context=now(), expected=("",)),
        Example(title="the next meeting is 46 days ahead", snapshot=august, context=now(), expected=("",)),
        Example(
            title="only our own team is to meet",
            snapshot=company(activities=[for_purpose(meeting(ago(-5)), TEAM, "bao")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a task is no meeting, and one of somebody who left none either",
            snapshot=company(activities=[task(ago(-5)), meeting(ago(-5), "gone"), meeting(ago(-5), None)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a meeting of the past and a canceled one",
            snapshot=company(activities=[meeting(ago(1)), meeting(ago(-5), status=ActivityStatus.CANCELED)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="our own record does not count",
            snapshot=company(activities=[replace(meeting(ago(-5)), our_key="k1" + "0" * 24 + "-1")]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a month ahead by the policy",
            snapshot=company(activities=[meeting(ago(-31))]),
            context=now(),
            params={"days": 30},
            expected=("",),
        ),
        Example(title="the next meeting is exactly 45 days ahead", snapshot=august, context=on(2025, 6, 17)),
        Example(title="a call on this day", snapshot=company(activities=[call(ago(0), done=False)]), context=now()),
        Example(
            title="from the middle of January to a leap day",
            snapshot=company(activities=[meeting(LEAP)]),
            context=on(2024, 1, 15),
        ),
        Example(
            title="what a meeting is for is not known",
            snapshot=company(
                activities=[for_purpose(meeting(ago(-5)), TEAM, "bao")], unknown=["activity.purposes.team_meeting"]
            ),
            context=now(),
        ),
        *not_known(("activities",), company()),
    )


def _reported(date: dt.date | None) -> AccountSnapshot:
    return with_fields(company(), progress_report_on=date)


def missing_progress_report() -> Sequence[Example]:
    """Return the examples of KAM214."""
    january = _reported(dt.date(2025, 1, 10))
    return (
        Example(title="none ever went out", snapshot=_reported(None), context=now(), expected=("",)),
        Example(title="91 days after the last one", snapshot=january, context=on(2025, 4, 11), expected=("",)),
        Example(title="91 days after a leap day", snapshot=_reported(LEAP), context=on(2024, 5, 30), expected=("",)),
        Example(
            title="every month by the policy",
            snapshot=_reported(ago(32)),
            context=now(),
            params={"days": 31},
            expected=("",),
        ),
        Example(
            title="an account whose age is not known",
            snapshot=with_fields(
                company(created_on=None, unknown=["account.key_since"]), key_since=ago(3), progress_report_on=None
            ),
            context=now(),
            expected=("",),
        ),
        Example(title="exactly 90 days after the last one", snapshot=january, context=on(2025, 4, 10)),
        Example(title="dated ahead", snapshot=_reported(ago(-3)), context=now()),
        Example(
            title="an account 89 days old", snapshot=company(created_on=ago(89)), context=now(), not_applicable=True
        ),
        *not_known(("account.progress_report_on",), _reported(None)),
    )


def missing_success_criteria() -> Sequence[Example]:
    """Return the examples of KAM216."""
    march = won_deal("W1", dt.date(2025, 3, 1), criteria=False)
    return (
        Example(
            title="a deal was won without them",
            snapshot=company(opportunities=[march]),
            context=now(),
            expected=("opportunity:W1",),
        ),
        Example(
            title="exactly 365 days after it was won",
            snapshot=company(opportunities=[march]),
            context=on(2026, 3, 1),
            expected=("opportunity:W1",),
        ),
        Example(
            title="the field is empty",
            snapshot=company(opportunities=[won_deal("W1", ago(5)), won_deal("W2", ago(5), criteria=True)]),
            context=now(),
            expected=("opportunity:W1",),
        ),
        Example(title="366 days after it was won", snapshot=company(opportunities=[march]), context=on(2026, 3, 2)),
        Example(
            title="won on a leap day, over a year before",
            snapshot=company(opportunities=[won_deal("W1", LEAP)]),
            context=on(2025, 3, 1),
        ),
        Example(
            title="they are recorded",
            snapshot=company(opportunities=[won_deal("W1", ago(5), criteria=True)]),
            context=now(),
        ),
        Example(
            title="open, lost, and won without a date",
            snapshot=company(
                opportunities=[deal("D1"), deal("D2", close_on=ago(5), is_open=False), won_deal("W1", None)]
            ),
            context=now(),
        ),
        Example(
            title="only the last month by the policy",
            snapshot=company(opportunities=[won_deal("W1", ago(31))]),
            context=now(),
            params={"days": 30},
        ),
        *not_known(("opportunities", "opportunity.success_criteria"), company(opportunities=[won_deal("W1", ago(5))])),
    )
