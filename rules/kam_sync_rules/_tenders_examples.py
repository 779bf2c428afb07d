"""Examples of the rules in `tenders`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kam_sync.records import BuyingRole, Contract, Purpose
from kam_sync.rules_api import Example
from kam_sync_rules._customer_builders import CUSTOMER, about, buyer, customer, meant, sale, without
from kam_sync_rules._examples import ago, meeting, now, on, task

PREPARATION: Final = "activity.purposes.tender_preparation"
LAST_OF_NOVEMBER: Final = dt.date(2025, 11, 30)
TENDER: Final = sale(tender_on=LAST_OF_NOVEMBER)
ON_ACCOUNT: Final = replace(CUSTOMER, tender_on=LAST_OF_NOVEMBER)
CONTRACT: Final = Contract(id="C1", account_id="A1", name="Rahmenvertrag", end_on=LAST_OF_NOVEMBER)


def late_tender_preparation() -> Sequence[Example]:
    """Return the examples of KAM701."""
    return (
        *_unprepared(),
        *_prepared(),
        *without(customer(opportunities=[TENDER]), "activities", "opportunities", "opportunity.tender_on"),
        *without(customer(ON_ACCOUNT), "account.tender_on", PREPARATION),
        Example(
            title="the ends of contracts are not known, and count by the policy",
            snapshot=customer(contracts=[CONTRACT], unknown=["contract.end_on"]),
            context=now(),
            params={"contract_end_is_tender": True},
            unknown=True,
        ),
        Example(
            title="contracts are not known, and count by the policy",
            snapshot=customer(contracts=[CONTRACT], unknown=["contracts"]),
            context=now(),
            params={"contract_end_is_tender": True},
            unknown=True,
        ),
    )


def _unprepared() -> Sequence[Example]:
    preparation = meant(meeting(ago(30)), Purpose.TENDER_PREPARATION)
    return (
        Example(
            title="nine calendar months before the last of November",
            snapshot=customer(opportunities=[TENDER]),
            context=on(2025, 2, 28),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the tender is today",
            snapshot=customer(opportunities=[sale(tender_on=ago(0))]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="a tender of the account, on another day than that of its opportunity",
            snapshot=customer(replace(ON_ACCOUNT, tender_on=ago(-90)), opportunities=[TENDER]),
            context=now(),
            expected=("account", "opportunity:D1"),
        ),
        Example(
            title="the same tender on the account and its opportunity",
            snapshot=customer(ON_ACCOUNT, opportunities=[TENDER]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the end of a contract by the policy",
            snapshot=customer(contracts=[CONTRACT, replace(CONTRACT, id="C2", is_active=False)]),
            context=now(),
            params={"contract_end_is_tender": True},
            expected=("contract:C1",),
        ),
        Example(
            title="what was prepared is another opportunity",
            snapshot=customer(
                opportunities=[TENDER, sale("D2")], activities=[about(preparation, "D2"), about(task(ago(-3)), "D2")]
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="a preparation that was over before the time, and a task overdue by eight days",
            snapshot=customer(
                opportunities=[TENDER],
                activities=[
                    meant(meeting(dt.date(2025, 2, 27)), Purpose.TENDER_PREPARATION),
                    about(task(ago(8)), "D1"),
                ],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="types of activities are not known: steps on the opportunity count",
            snapshot=customer(opportunities=[TENDER], activities=[preparation], unknown=[PREPARATION]),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="earlier, stricter and without patience by the policy",
            snapshot=customer(
                opportunities=[sale(tender_on=dt.date(2026, 6, 16))], activities=[about(task(ago(1)), "D1")]
            ),
            context=now(),
            params={"months": 12, "high_months": 12, "critical_months": 12, "grace_days": 0},
            expected=("opportunity:D1",),
        ),
    )


def _prepared() -> Sequence[Example]:
    return (
        Example(
            title="a day more than nine months before the last of November",
            snapshot=customer(opportunities=[TENDER]),
            context=on(2025, 2, 27),
        ),
        Example(
            title="the tender was yesterday, or its opportunity is closed",
            snapshot=customer(
                replace(CUSTOMER, tender_on=ago(1)),
                opportunities=[sale(tender_on=ago(1)), sale("D2", tender_on=ago(-9), is_open=False)],
            ),
            context=now(),
        ),
        Example(
            title="a step hangs on the opportunity, overdue by exactly seven days",
            snapshot=customer(opportunities=[TENDER], activities=[about(task(ago(7)), "D1")]),
            context=now(),
        ),
        Example(
            title="a preparation took place on the first day of the time",
            snapshot=customer(
                opportunities=[TENDER], activities=[meant(meeting(dt.date(2025, 2, 28)), Purpose.TENDER_PREPARATION)]
            ),
            context=now(),
        ),
        Example(
            title="a preparation is planned, without a date, for the tender of the account",
            snapshot=customer(ON_ACCOUNT, activities=[meant(task(None), Purpose.TENDER_PREPARATION)]),
            context=now(),
        ),
        Example(title="the end of a contract is no tender", snapshot=customer(contracts=[CONTRACT]), context=now()),
    )


def unknown_tender_participants() -> Sequence[Example]:
    """Return the examples of KAM702."""
    everybody = [
        buyer("yui", BuyingRole.DECISION_MAKER, BuyingRole.ECONOMIC_BUYER),
        buyer("kenji", BuyingRole.TECHNICAL_BUYER),
        buyer("aoi", BuyingRole.CHAMPION),
    ]
    tender = sale(tender_on=ago(0), contacts=["yui", "kenji", "aoi"])
    lacking = customer(opportunities=[sale(tender_on=ago(-90), contacts=["aoi"])], contacts=everybody)
    roles = [f"contact.buying_roles.{role}" for role in BuyingRole]
    return (
        Example(title="only the champion takes part", snapshot=lacking, context=now(), expected=("opportunity:D1",)),
        Example(
            title="nobody takes part in a tender that is today",
            snapshot=customer(opportunities=[sale(tender_on=ago(0))], contacts=everybody),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="the technical buyer has left",
            snapshot=customer(
                opportunities=[tender],
                contacts=[everybody[0], buyer("kenji", BuyingRole.TECHNICAL_BUYER, left=True), everybody[2]],
            ),
            context=now(),
            expected=("opportunity:D1",),
        ),
        Example(
            title="other roles by the policy",
            snapshot=customer(opportunities=[tender], contacts=everybody),
            context=now(),
            params={"roles": ["influencer"]},
            expected=("opportunity:D1",),
        ),
        Example(
            title="everybody is known",
            snapshot=customer(opportunities=[tender], contacts=everybody),
            context=now(),
        ),
        Example(
            title="the org records no technical buyers",
            snapshot=customer(
                opportunities=[tender],
                contacts=[everybody[0], everybody[2], buyer("kenji")],
                unknown=["contact.buying_roles.technical_buyer"],
            ),
            context=now(),
        ),
        Example(
            title="no tender, one that is over, and one that is closed",
            snapshot=customer(
                opportunities=[
                    sale(),
                    sale("D2", tender_on=ago(1)),
                    sale("D3", tender_on=ago(-9), is_open=False),
                ]
            ),
            context=now(),
        ),
        Example(
            title="somebody takes part who is not among the contacts",
            snapshot=customer(opportunities=[sale(tender_on=ago(-90), contacts=["stranger"])], contacts=everybody),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the org records none of the roles",
            snapshot=customer(opportunities=[tender], contacts=everybody, unknown=roles),
            context=now(),
            unknown=True,
        ),
        *without(
            lacking,
            "opportunities",
            "opportunity.tender_on",
            "opportunity.contact_ids",
            "contacts",
            "contact.buying_roles",
        ),
    )
