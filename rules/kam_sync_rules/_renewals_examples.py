"""Examples of the rules in `renewals`: cases that flag, that are clean, that are unknown and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import ActivityStatus, OpportunityType
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, now, on, task
from kam_sync_rules._growth_builders import (
    contract,
    for_renewal,
    key_account,
    not_known,
    not_known_anywhere,
    running,
)

_RENEWAL = OpportunityType.RENEWAL


def unplanned_renewal() -> Sequence[Example]:
    """Return the examples of KAM317."""
    return (
        *_renewals_that_flag(),
        Example(
            title="the contract ends in 91 days", snapshot=key_account(contracts=[contract(ago(-91))]), context=now()
        ),
        Example(
            title="the contract has ended, is not active, or has no end",
            snapshot=key_account(
                contracts=[
                    contract(ago(1)),
                    contract(ago(-9), slug="C2", active=False),
                    contract(None, slug="C3"),
                ]
            ),
            context=now(),
        ),
        Example(
            title="a renewal without a close date is open",
            snapshot=key_account(contracts=[contract(ago(-60))], opportunities=[running(type_=_RENEWAL)]),
            context=now(),
        ),
        Example(
            title="an open renewal should have closed exactly 30 days ago",
            snapshot=key_account(
                contracts=[contract(ago(-60))], opportunities=[running(type_=_RENEWAL, close_on=ago(30))]
            ),
            context=now(),
        ),
        Example(
            title="the renewal is a step planned for today",
            snapshot=key_account(contracts=[contract(ago(-60))], activities=[for_renewal(ago(0))]),
            context=now(),
        ),
        Example(
            title="the step that prepares the renewal is a week overdue, over the end of a month",
            snapshot=key_account(
                contracts=[contract(dt.date(2024, 4, 30))], activities=[for_renewal(dt.date(2024, 2, 27))]
            ),
            context=on(2024, 3, 5),
        ),
        *not_known(
            ["contracts", "contract.end_on", "opportunities", "opportunity.type"],
            lambda names: key_account(contracts=[contract(ago(-60))], unknown=names),
        ),
    )


def _renewals_that_flag() -> Sequence[Example]:
    ends_soon = [contract(ago(-60))]
    return (
        Example(
            title="the contract ends in exactly 90 days",
            snapshot=key_account(contracts=[contract(ago(-90))]),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="two contracts, one of which ends today",
            snapshot=key_account(contracts=[contract(ago(0)), contract(ago(-30), slug="C2")]),
            context=now(),
            expected=("contract:C1", "contract:C2"),
        ),
        Example(
            title="an open renewal should have closed 31 days ago",
            snapshot=key_account(contracts=ends_soon, opportunities=[running(type_=_RENEWAL, close_on=ago(31))]),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="the renewal is lost, and another opportunity is none",
            snapshot=key_account(
                contracts=ends_soon,
                opportunities=[
                    running(type_=_RENEWAL, is_open=False),
                    running(slug="D2"),
                    running(slug="D3", type_=None),
                ],
            ),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="a step for something else, one of nobody, one that is done and one long overdue",
            snapshot=key_account(
                contracts=ends_soon,
                activities=[
                    task(ago(-3)),
                    for_renewal(ago(-3), None),
                    replace(for_renewal(ago(3)), status=ActivityStatus.DONE),
                    for_renewal(ago(8)),
                ],
            ),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="what kam-sync wrote is no step",
            snapshot=key_account(contracts=ends_soon, activities=[replace(for_renewal(ago(-3)), our_key="kam-sync:1")]),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="purposes are not known: the opportunities decide",
            snapshot=key_account(
                contracts=ends_soon, activities=[for_renewal(ago(-3))], unknown=["activity.purposes.renewal"]
            ),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="activities are not known: the opportunities decide",
            snapshot=key_account(contracts=ends_soon, unknown=["activities"]),
            context=now(),
            expected=("contract:C1",),
        ),
        Example(
            title="other days by the policy",
            snapshot=key_account(
                contracts=[contract(ago(-120))],
                opportunities=[running(type_=_RENEWAL, close_on=ago(1))],
                activities=[for_renewal(ago(1))],
            ),
            context=now(),
            params={"days": 120, "late_days": 0, "grace_days": 0},
            expected=("contract:C1",),
        ),
    )


def unreplaced_revenue() -> Sequence[PortfolioExample]:
    """Return the examples of KAM318."""
    ends = dt.date(2025, 12, 16)
    half = running(amount=800_000, probability=0.5, close_on=ends)
    ending = key_account(contracts=[contract(ends, value=500_000)], opportunities=[half])
    flagged = PortfolioExample(
        title="more ends than is likely to be won", context=now(), accounts=(ending,), expected=(("", ""),)
    )
    return (
        flagged,
        *_pipelines_that_flag(),
        PortfolioExample(
            title="another account has enough new sales",
            context=now(),
            accounts=(
                ending,
                key_account("A2", opportunities=[running(slug="D2", amount=100_000, probability=1, close_on=ago(-9))]),
            ),
        ),
        PortfolioExample(
            title="at the end of a month that is shorter six months later, the day after does not count",
            context=on(2025, 8, 31),
            accounts=(
                key_account(
                    contracts=[
                        contract(dt.date(2026, 2, 28), value=10),
                        contract(dt.date(2026, 3, 1), slug="C2", value=90),
                        contract(dt.date(2025, 8, 31), slug="C3", value=90),
                        contract(dt.date(2025, 12, 1), slug="C4", value=90, active=False),
                    ],
                    opportunities=[running(amount=10, probability=1, close_on=dt.date(2025, 9, 1))],
                ),
            ),
        ),
        PortfolioExample(
            title="nothing ends", context=now(), accounts=(key_account(opportunities=[half]),), not_applicable=True
        ),
        *not_known_anywhere(
            [
                "contracts",
                "contract.end_on",
                "contract.value",
                "opportunities",
                "opportunity.amount",
                "opportunity.probability",
                "opportunity.type",
            ],
            flagged,
        ),
    )


def _pipelines_that_flag() -> Sequence[PortfolioExample]:
    soon = ago(-90)
    shared = running(amount=50, probability=1, close_on=soon)
    return (
        PortfolioExample(
            title="renewals, closed sales and those without an amount, a likelihood or a date replace nothing",
            context=now(),
            accounts=(
                key_account(
                    contracts=[contract(soon, value=1)],
                    opportunities=[
                        running(slug="D1", amount=9, probability=1, close_on=soon, type_=_RENEWAL),
                        running(slug="D2", amount=9, probability=1, close_on=soon, is_open=False),
                        running(slug="D3", amount=9, close_on=soon),
                        running(slug="D4", probability=1, close_on=soon),
                        running(slug="D5", amount=9, probability=1),
                        running(slug="D6", amount=9, probability=1, close_on=ago(0)),
                        running(slug="D7", amount=9, probability=1, close_on=dt.date(2025, 12, 17)),
                    ],
                ),
            ),
            expected=(("", ""),),
        ),
        PortfolioExample(
            title="an opportunity on two accounts counts once",
            context=now(),
            accounts=(
                key_account(contracts=[contract(soon, value=60)], opportunities=[shared]),
                key_account("A2", opportunities=[shared]),
            ),
            expected=(("", ""),),
        ),
        PortfolioExample(
            title="a year by the policy",
            context=now(),
            accounts=(key_account(contracts=[contract(dt.date(2026, 6, 16), value=60)]),),
            params={"months": 12},
            expected=(("", ""),),
        ),
        PortfolioExample(
            title="what has no type is not said to be a renewal, but is too little",
            context=now(),
            accounts=(
                key_account(
                    contracts=[contract(soon, value=60)],
                    opportunities=[running(amount=50, probability=1, close_on=soon, type_=None)],
                ),
            ),
            expected=(("", ""),),
        ),
    )
