"""Examples of the rules in `competitors`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityKind, ActivityStatus
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, now, on
from kam_sync_rules._relations_builders import (
    contact,
    customer,
    met,
    sale,
    threats,
    unknown_cases,
    without,
    younger_than,
)

RIVAL = "Fjord & Söhne"
OPEN = ActivityStatus.OPEN


def untouched_unit() -> Sequence[Example]:
    """Return the examples of KAM512."""
    logistics = contact("c1", department="Logistics")
    key = ("unit:logistics",)
    untouched = customer([logistics])
    return (
        Example(title="nobody there was ever touched", snapshot=untouched, context=now(), expected=key),
        Example(
            title="a year and a day, over a leap day",
            snapshot=customer([logistics], [met(dt.date(2024, 2, 29), "c1")]),
            context=on(2025, 3, 1),
            expected=key,
        ),
        Example(
            title="the day after the end of a month a year ago",
            snapshot=customer([logistics], [met(dt.date(2024, 5, 31), "c1")]),
            context=on(2025, 6, 1),
            expected=key,
        ),
        Example(
            title="one unit however it is written, and each unit is a problem",
            snapshot=customer(
                [
                    logistics,
                    contact("c2", department=" LOGISTICS "),
                    contact("c3", department="Süd  Straße"),
                    contact("c4", department="倉庫"),
                ],
                [met(ago(3), "c4"), met(ago(-3), "c3", status=OPEN)],
            ),
            context=now(),
            expected=("unit:logistics", "unit:süd strasse"),
        ),
        Example(
            title="a unit that the policy names has no contact, or only one who left",
            snapshot=customer([contact("c1", department="Legal", left=True)], [met(ago(3), "c1")]),
            context=now(),
            params={"units": ["Legal", " Quality "]},
            expected=("unit:legal", "unit:quality"),
        ),
        Example(
            title="less patience by the policy",
            snapshot=customer([logistics], [met(dt.date(2024, 9, 27), "c1")], created_on=dt.date(2024, 9, 1)),
            context=on(2025, 2, 28),
            params={"months": 5, "window_days": 10},
            expected=key,
        ),
        Example(
            title="exactly a year ago, from a leap day on",
            snapshot=customer([logistics], [met(dt.date(2023, 2, 28), "c1")]),
            context=on(2024, 2, 29),
        ),
        Example(
            title="one of two people there was touched",
            snapshot=customer([logistics, contact("c2", department="logistics")], [met(ago(3), "c2")]),
            context=now(),
        ),
        Example(
            title="nobody has a department, or who had one has left",
            snapshot=customer(
                [contact("c1"), contact("c2", department="  "), contact("c3", department="IT", left=True)]
            ),
            context=now(),
        ),
        Example(
            title="the account is 364 days old",
            snapshot=customer([logistics], created_on=younger_than(365)),
            context=now(),
            not_applicable=True,
        ),
        *unknown_cases(untouched, now(), "contacts", "contact.department", "activities", "activity.contact_ids"),
    )


def undefended_competitor() -> Sequence[Example]:
    """Return the examples of KAM513."""
    return (
        *_competitor_flags(),
        *_competitor_clean(),
        *unknown_cases(
            customer(opportunities=[sale()]),
            now(),
            "opportunities",
            "activities",
            "opportunity.competitor",
            "account.competitor",
        ),
        Example(
            title="the account names one, and threats are not known",
            snapshot=customer(competitor=RIVAL, unknown=["plan.swot.threats"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the account names one, and plans are not known",
            snapshot=customer(competitor=RIVAL, unknown=["plans", "plan.swot.threats"]),
            context=now(),
            unknown=True,
        ),
    )


def _competitor_flags() -> Sequence[Example]:
    deal = sale(competitor=RIVAL)
    return (
        Example(
            title="a deal names a rival, and nothing is planned",
            snapshot=customer(opportunities=[deal, sale("D2", competitor=" ")]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the account names one, and there is no plan",
            snapshot=customer(competitor=RIVAL),
            context=now(),
            expected=("account",),
        ),
        Example(
            title="the plan in force names no threat; the one that did has ended or is not active",
            snapshot=customer(
                opportunities=[deal],
                competitor=RIVAL,
                plans=[
                    threats(False),
                    threats(True, end_on=ago(1), slug="P2"),
                    threats(True, active=False, slug="P3"),
                ],
            ),
            context=now(),
            expected=("opportunity:D1", "account"),
        ),
        Example(
            title="the step is for another deal, ownerless, or eight days overdue",
            snapshot=customer(
                opportunities=[deal],
                activities=[
                    met(ago(-3), status=OPEN, deal="D2"),
                    met(ago(-3), status=OPEN, owner=None, deal="D1"),
                    met(ago(8), kind=ActivityKind.TASK, status=OPEN, deal="D1"),
                ],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="no grace, and other words for nobody, by the policy",
            snapshot=customer(
                opportunities=[deal, sale("D2", competitor="Aucun")],
                activities=[met(ago(1), kind=ActivityKind.TASK, status=OPEN, deal="D1")],
            ),
            context=now(),
            params={"grace_days": 0, "nobody": ["aucun"]},
            expected=("opportunity:D1",),
        ),
        Example(
            title="a deal is judged though threats are not known: a step would defend it",
            snapshot=customer(opportunities=[deal], unknown=["plan.swot.threats"]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the account is judged though the deals' rivals are not known",
            snapshot=customer(opportunities=[deal], competitor=RIVAL, unknown=["opportunity.competitor"]),
            context=now(),
            expected=("account",),
        ),
    )


def _competitor_clean() -> Sequence[Example]:
    deal = sale(competitor=RIVAL)
    return (
        Example(
            title="a step hangs on the deal",
            snapshot=customer(opportunities=[deal], activities=[met(ago(0), status=OPEN, deal="D1")]),
            context=now(),
        ),
        Example(
            title="a task for it is seven days overdue",
            snapshot=customer(
                opportunities=[deal],
                activities=[met(ago(7), kind=ActivityKind.TASK, status=OPEN, deal="D1")],
            ),
            context=now(),
        ),
        Example(
            title="the plan names the threat",
            snapshot=customer(opportunities=[deal], competitor=RIVAL, plans=[threats(True)]),
            context=now(),
        ),
        Example(
            title="no rival, a closed deal, and words for nobody",
            snapshot=customer(
                opportunities=[sale(), sale("D2", is_open=False, competitor=RIVAL), sale("D3", competitor=" None ")],
                competitor="N/A",
            ),
            context=now(),
        ),
        Example(
            title="no rival, so nothing needs a plan",
            snapshot=without(customer(opportunities=[sale()]), "plans", "plan.swot.threats"),
            context=now(),
        ),
    )


def repeated_offer_gap() -> Sequence[Example]:
    """Return the examples of KAM514."""
    two = customer(
        opportunities=[
            sale("D1", is_open=False, close_on=dt.date(2024, 2, 29), loss_reason="Product  GAP: no cold chain"),
            sale("D2", is_open=False, close_on=dt.date(2024, 9, 30), loss_reason="Missing feature"),
        ]
    )
    return (
        Example(title="two within a year", snapshot=two, context=on(2024, 10, 1), expected=("",)),
        Example(title="exactly a year ago, from a leap day", snapshot=two, context=on(2025, 2, 28), expected=("",)),
        Example(
            title="other words and fewer by the policy",
            snapshot=customer(
                opportunities=[sale("D1", is_open=False, close_on=ago(100), loss_reason="Fehlende Funktion")]
            ),
            context=now(),
            params={"least": 1, "reasons": ["fehlende"], "months": 4},
            expected=("",),
        ),
        Example(title="one of the two is a year and a day old", snapshot=two, context=on(2025, 3, 1)),
        Example(
            title="one, and others that are won, open, undated, or lost for another reason",
            snapshot=customer(
                opportunities=[
                    sale("D1", is_open=False, close_on=ago(3), loss_reason="product gap"),
                    sale("D2", is_open=False, is_won=True, close_on=ago(3), loss_reason="product gap"),
                    sale("D3", close_on=ago(3), loss_reason="product gap"),
                    sale("D4", is_open=False, loss_reason="product gap"),
                    sale("D5", is_open=False, close_on=ago(3), loss_reason="price"),
                    sale("D6", is_open=False, close_on=ago(3)),
                ]
            ),
            context=now(),
        ),
        Example(title="nothing was lost", snapshot=customer(), context=now()),
        *unknown_cases(two, on(2024, 10, 1), "opportunities", "opportunity.loss_reason"),
    )
