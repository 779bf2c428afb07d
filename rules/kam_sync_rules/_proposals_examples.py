"""Examples of the rules in `proposals`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kam_sync.dates import BusinessCalendar
from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import Example, RuleContext
from kam_sync_rules._customer_builders import about, customer, offer, sale, without
from kam_sync_rules._examples import ago, call, meeting, now, on, task

FREE_FRIDAY: Final = BusinessCalendar(weekend=frozenset({4, 5}))
"""Friday and Saturday are free."""


def _unless(snapshot: AccountSnapshot, *names: str) -> AccountSnapshot:
    return replace(snapshot, unknown=frozenset(names))


def undated_proposal() -> Sequence[Example]:
    """Return the examples of KAM703."""
    quote = customer(opportunities=[sale()], quotes=[offer()])
    deal = customer(opportunities=[sale(at_proposal=True)])
    return (
        Example(title="an open quote without an expiry", snapshot=quote, context=now(), expected=("quote:Q1",)),
        Example(title="no quote at a proposal stage", snapshot=deal, context=now(), expected=("opportunity:D1",)),
        Example(
            title="a proposal was sent, and stages tell nothing",
            snapshot=customer(opportunities=[sale(sent_on=ago(3))], unknown=["opportunity.stages.proposal"]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="a proposal was sent at another stage",
            snapshot=customer(opportunities=[sale(sent_on=ago(3))]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="a quote without an opportunity",
            snapshot=customer(quotes=[offer(deal=None)]),
            context=now(),
            expected=("quote:Q1",),
        ),
        Example(
            title="quotes are not known: opportunities are judged by themselves",
            snapshot=_unless(deal, "quotes"),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="every proposal is dated",
            snapshot=customer(
                opportunities=[sale(), sale("D2", at_proposal=True, expires_on=ago(-9))],
                quotes=[offer(expires_on=ago(-9))],
            ),
            context=now(),
        ),
        Example(
            title="an opportunity with a quote is judged by it",
            snapshot=customer(opportunities=[sale(at_proposal=True)], quotes=[offer(expires_on=ago(-9))]),
            context=now(),
        ),
        Example(
            title="the quote or its opportunity is closed",
            snapshot=customer(
                opportunities=[sale(at_proposal=True), sale("D2", is_open=False)],
                quotes=[offer(is_open=False), offer("Q2", deal="D2"), offer("Q3", deal="elsewhere")],
            ),
            context=now(),
        ),
        Example(title="no proposal yet", snapshot=customer(opportunities=[sale()]), context=now()),
        *without(quote, "opportunities", "quotes", "quote.expires_on"),
        *without(deal, "opportunity.proposal_expires_on"),
        Example(
            title="nothing tells which opportunities hold a proposal",
            snapshot=_unless(deal, "opportunity.stages.proposal", "opportunity.proposal_sent_on"),
            context=now(),
            unknown=True,
        ),
    )


def expiring_proposal() -> Sequence[Example]:
    """Return the examples of KAM704."""
    quote = customer(opportunities=[sale()], quotes=[offer(expires_on=ago(-7))])
    deal = customer(opportunities=[sale(expires_on=ago(1))])
    return (
        Example(title="a quote expires in exactly seven days", snapshot=quote, context=now(), expected=("quote:Q1",)),
        Example(title="a proposal expired yesterday", snapshot=deal, context=now(), expected=("opportunity:D1",)),
        Example(
            title="seven days over a leap day",
            snapshot=customer(opportunities=[sale(expires_on=dt.date(2024, 3, 6))]),
            context=on(2024, 2, 28),
            expected=("opportunity:D1",),
        ),
        Example(
            title="earlier by the policy",
            snapshot=customer(opportunities=[sale(expires_on=ago(-14))]),
            context=now(),
            params={"days": 14},
            expected=("opportunity:D1",),
        ),
        Example(
            title="in eight days",
            snapshot=customer(
                opportunities=[sale(), sale("D2", expires_on=ago(-8))], quotes=[offer(expires_on=ago(-8))]
            ),
            context=now(),
        ),
        Example(
            title="an opportunity with a quote is judged by it",
            snapshot=customer(opportunities=[sale(expires_on=ago(1))], quotes=[offer(expires_on=ago(-30))]),
            context=now(),
        ),
        Example(
            title="eight days over a leap day",
            snapshot=customer(opportunities=[sale(expires_on=dt.date(2024, 3, 7))]),
            context=on(2024, 2, 28),
        ),
        Example(
            title="no date is a matter of another rule", snapshot=customer(quotes=[offer(deal=None)]), context=now()
        ),
        Example(
            title="closed",
            snapshot=customer(
                opportunities=[sale(), sale("D2", is_open=False, expires_on=ago(3))],
                quotes=[offer(is_open=False, expires_on=ago(3)), offer("Q2", deal="D2", expires_on=ago(3))],
            ),
            context=now(),
        ),
        *without(quote, "opportunities", "quotes", "quote.expires_on"),
        *without(deal, "opportunity.proposal_expires_on"),
    )


def unconfirmed_proposal() -> Sequence[Example]:
    """Return the examples of KAM705; the examples' own day is a Monday."""
    thursday, monday = dt.date(2025, 6, 12), dt.date(2025, 6, 16)
    friday_free = RuleContext(today=monday, calendar=FREE_FRIDAY)
    quote = customer(opportunities=[sale()], quotes=[offer(sent_on=ago(10))])
    deal = customer(opportunities=[sale(sent_on=thursday)])
    return (
        Example(title="a quote, and silence", snapshot=quote, context=now(), expected=("quote:Q1",)),
        Example(
            title="sent on Thursday: due on Friday, seen on Monday",
            snapshot=deal,
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the same where Friday and Saturday are free: due on Sunday",
            snapshot=deal,
            context=friday_free,
            expected=("opportunity:D1",),
        ),
        Example(
            title="what happened before, on another opportunity, or as a task on the account",
            snapshot=customer(
                opportunities=[sale(sent_on=thursday), sale("D2")],
                activities=[call(ago(5)), about(call(ago(1)), "D2"), task(ago(1), done=True)],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="sent exactly 30 days ago",
            snapshot=customer(opportunities=[sale(sent_on=ago(30))]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="at once, and for longer, by the policy",
            snapshot=customer(
                opportunities=[sale(sent_on=ago(1)), sale("D2", sent_on=ago(60)), sale("D3", sent_on=ago(61))]
            ),
            context=now(),
            params={"business_days": 0, "last_days": 60},
            expected=("opportunity:D1", "opportunity:D2"),
        ),
        Example(
            title="an opportunity with a quote that was not sent yet is judged by it",
            snapshot=customer(opportunities=[sale(sent_on=thursday)], quotes=[offer()]),
            context=now(),
        ),
        Example(
            title="sent on Friday: due on Monday",
            snapshot=customer(opportunities=[sale(sent_on=dt.date(2025, 6, 13))]),
            context=now(),
        ),
        Example(
            title="sent on Thursday where Friday and Saturday are free, and it is Sunday",
            snapshot=deal,
            context=RuleContext(today=dt.date(2025, 6, 15), calendar=FREE_FRIDAY),
        ),
        Example(
            title="something was done on the opportunity on the day of sending",
            snapshot=customer(
                opportunities=[sale(sent_on=thursday)], activities=[about(task(thursday, done=True), "D1")]
            ),
            context=now(),
        ),
        Example(
            title="a call on the account that names no opportunity",
            snapshot=customer(opportunities=[sale(sent_on=thursday)], activities=[call(ago(1))]),
            context=now(),
        ),
        Example(
            title="a quote without an opportunity, and a meeting",
            snapshot=customer(quotes=[offer(deal=None, sent_on=thursday)], activities=[about(meeting(ago(1)), "D2")]),
            context=now(),
        ),
        Example(
            title="sent 31 days ago",
            snapshot=customer(opportunities=[sale(sent_on=ago(31))]),
            context=now(),
        ),
        *without(quote, "opportunities", "activities", "quotes", "quote.sent_on"),
        *without(deal, "opportunity.proposal_sent_on"),
    )


def missing_interim_date() -> Sequence[Example]:
    """Return the examples of KAM706."""
    quote = customer(opportunities=[sale()], quotes=[offer(sent_on=ago(8))])
    deal = customer(opportunities=[sale(sent_on=ago(60))], activities=[task(ago(-3))])
    return (
        Example(title="a quote eight days ago", snapshot=quote, context=now(), expected=("opportunity:D1",)),
        Example(
            title="sent exactly 60 days ago, with a step on the account only",
            snapshot=deal,
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="a step that is over, and one that nobody owns",
            snapshot=customer(
                opportunities=[sale(sent_on=ago(9))],
                activities=[about(task(ago(1)), "D1"), about(meeting(ago(-3), None), "D1")],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="sooner and longer by the policy",
            snapshot=customer(opportunities=[sale(sent_on=ago(4)), sale("D2", sent_on=ago(90))]),
            context=now(),
            params={"days": 3, "last_days": 90},
            expected=("opportunity:D1", "opportunity:D2"),
        ),
        Example(
            title="quotes are not known, and the proposal is on the opportunity",
            snapshot=_unless(deal, "quotes"),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="sent exactly seven days ago",
            snapshot=customer(opportunities=[sale(sent_on=ago(7))]),
            context=now(),
        ),
        Example(title="sent 61 days ago", snapshot=customer(opportunities=[sale(sent_on=ago(61))]), context=now()),
        Example(
            title="a meeting on the opportunity is today",
            snapshot=customer(opportunities=[sale(sent_on=ago(9))], activities=[about(meeting(ago(0)), "D1")]),
            context=now(),
        ),
        Example(
            title="the last quote was sent a week ago",
            snapshot=customer(opportunities=[sale()], quotes=[offer(sent_on=ago(30)), offer("Q2", sent_on=ago(7))]),
            context=now(),
        ),
        Example(
            title="a quote without an opportunity, and one of a closed opportunity",
            snapshot=customer(
                opportunities=[sale(is_open=False)],
                quotes=[offer(deal=None, sent_on=ago(9)), offer("Q2", sent_on=ago(9))],
            ),
            context=now(),
        ),
        *without(quote, "opportunities", "activities"),
        Example(
            title="neither quotes nor opportunities tell",
            snapshot=_unless(quote, "quote.sent_on", "opportunity.proposal_sent_on"),
            context=now(),
            unknown=True,
        ),
    )
