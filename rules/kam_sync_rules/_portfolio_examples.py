"""Examples of the rules in `portfolio`: cases that flag, that are clean, that are unknown and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot, Opportunity, SalesRow
from kam_sync_rules._examples import ago, now, on
from kam_sync_rules._growth_builders import key_account, not_known_anywhere, running, sold, won

_OWN = (("", ""),)


def _shares(key: float, others: float) -> tuple[SalesRow, ...]:
    """Return two key accounts that share what key accounts bought, and others that are not too great each."""
    few = tuple(sold(f"O{number}", others / 10) for number in range(10))
    return (sold("K1", key / 2, key=True), sold("K2", key / 2, key=True), *few)


def key_share_out_of_band() -> Sequence[PortfolioExample]:
    """Return the examples of KAM313."""
    low = PortfolioExample(title="20 %", context=now(), sales=_shares(20, 80), expected=_OWN)
    return (
        low,
        PortfolioExample(title="just below 30 %", context=now(), sales=_shares(29.9, 70.1), expected=_OWN),
        PortfolioExample(title="just above 55 %", context=now(), sales=_shares(55.1, 44.9), expected=_OWN),
        PortfolioExample(
            title="a subsidiary counts with its parent that is a key account",
            context=now(),
            sales=(sold("K1", 10, key=True), sold("S1", 50, parent="K1"), sold("O1", 40)),
            expected=_OWN,
        ),
        PortfolioExample(
            title="groups are not known, and single accounts make too much already",
            context=now(),
            sales=_shares(60, 40),
            unknown_names=frozenset({"account.parent_id"}),
            expected=_OWN,
        ),
        PortfolioExample(
            title="another band by the policy",
            context=now(),
            sales=_shares(40, 60),
            params={"least_percent": 41, "most_percent": 50},
            expected=_OWN,
        ),
        PortfolioExample(
            title="groups are not known, and single accounts are within the band",
            context=now(),
            sales=_shares(40, 60),
            unknown_names=frozenset({"account.parent_id"}),
            unknown=True,
        ),
        PortfolioExample(title="exactly 30 %", context=now(), sales=_shares(30, 70)),
        PortfolioExample(title="exactly 55 %", context=now(), sales=_shares(55, 45)),
        PortfolioExample(title="no sales", context=now(), sales=_shares(0, 0), not_applicable=True),
        PortfolioExample(title="no accounts", context=now(), not_applicable=True),
        *not_known_anywhere(["sales", "account.parent_id"], low),
    )


def _one(amount: float, *, key: bool = True) -> tuple[SalesRow, ...]:
    """Return a customer who bought for so much of 100 in all, the rest spread thinly; another key account is small."""
    rest = tuple(sold(f"O{number}", (100 - amount) / 10) for number in range(10))
    return (sold("K1", amount, key=key), sold("K2", 0, key=True), *rest)


def dependence() -> Sequence[PortfolioExample]:
    """Return the examples of KAM314."""
    group = (
        sold("K1", 20, parent="HQ", key=True),
        sold("K2", 20, parent="K1", key=True),
        sold("S1", 30, parent="HQ"),
        *(sold(f"O{number}", 3) for number in range(10)),
    )
    half = PortfolioExample(title="exactly 50 %", context=now(), sales=_one(50), expected=(("K1", "top1"),))
    return (
        half,
        PortfolioExample(
            title="a group under a parent without a row; of equal key accounts the smallest id",
            context=now(),
            sales=group,
            expected=(("K1", "top1"),),
        ),
        PortfolioExample(
            title="one customer above 75 %, so the key accounts too",
            context=now(),
            sales=_one(76),
            expected=(("K1", "top1"), ("", "key_share")),
        ),
        PortfolioExample(
            title="a customer who is no key account",
            context=now(),
            sales=_one(60, key=False),
            expected=(("", "top1"),),
        ),
        PortfolioExample(
            title="many key accounts that make nearly all",
            context=now(),
            sales=(*(sold(f"K{number}", 9, key=True) for number in range(9)), sold("O1", 19)),
            expected=(("", "key_share"),),
        ),
        PortfolioExample(
            title="groups are not known, and a single account makes half",
            context=now(),
            sales=_one(50),
            unknown_names=frozenset({"account.parent_id"}),
            expected=(("K1", "top1"),),
        ),
        PortfolioExample(
            title="other shares by the policy",
            context=now(),
            sales=_one(30),
            params={"warn_percent": 25, "critical_percent": 28},
            expected=(("K1", "top1"), ("", "key_share")),
        ),
        PortfolioExample(title="just below 50 %", context=now(), sales=_one(49.9)),
        PortfolioExample(
            title="many key accounts that make exactly 75 %",
            context=now(),
            sales=(*(sold(f"K{number}", 7.5, key=True) for number in range(10)), sold("O1", 25)),
        ),
        PortfolioExample(title="no sales", context=now(), sales=(sold("K1", 0, key=True),), not_applicable=True),
        PortfolioExample(
            title="groups are not known, and single accounts make little",
            context=now(),
            sales=group,
            unknown_names=frozenset({"account.parent_id"}),
            unknown=True,
        ),
        *not_known_anywhere(["sales"], half),
    )


def _family(
    success: Opportunity, *children: AccountSnapshot, unknown: Sequence[str] = ()
) -> tuple[AccountSnapshot, ...]:
    return (key_account("A1", opportunities=[success], unknown=unknown), *children)


def unreplicated_success() -> Sequence[PortfolioExample]:
    """Return the examples of KAM320."""
    branch = key_account("A2", parent="A1")
    served = key_account("A3", parent="A1", opportunities=[running(is_open=False)])
    flagged = PortfolioExample(
        title="one branch of two was never offered anything",
        context=now(),
        accounts=_family(won(9, ago(30)), branch, served),
        expected=(("A1", "child:A2"),),
    )
    return (
        flagged,
        PortfolioExample(
            title="delivered exactly 12 months ago, though won before, at the end of February",
            context=on(2025, 2, 28),
            accounts=_family(won(9, dt.date(2023, 1, 1), delivered_on=dt.date(2024, 2, 28)), branch),
            expected=(("A1", "child:A2"),),
        ),
        PortfolioExample(
            title="when it was delivered is not known: it was won a month ago",
            context=now(),
            accounts=_family(won(9, ago(30), delivered_on=ago(-30)), branch, unknown=["opportunity.delivered_on"]),
            expected=(("A1", "child:A2"),),
        ),
        PortfolioExample(
            title="two branches, and a branch of a branch",
            context=now(),
            accounts=_family(won(9, ago(30)), branch, key_account("A3", parent="A1"), key_account("A4", parent="A3")),
            expected=(("A1", "child:A2"), ("A1", "child:A3")),
        ),
        PortfolioExample(
            title="two years by the policy",
            context=now(),
            accounts=_family(won(9, dt.date(2023, 6, 16)), branch),
            params={"months": 24},
            expected=(("A1", "child:A2"),),
        ),
        PortfolioExample(
            title="delivered more than 12 months ago, or not yet, or not won",
            context=now(),
            accounts=(
                key_account(
                    "A1",
                    opportunities=[
                        won(9, dt.date(2025, 1, 1), delivered_on=dt.date(2024, 6, 15), slug="W1"),
                        won(9, ago(30), delivered_on=ago(-1), slug="W2"),
                        won(9, None, slug="W3"),
                        running(close_on=ago(9), is_open=False),
                    ],
                ),
                branch,
            ),
        ),
        PortfolioExample(
            title="the account above is not in scope, or is the account itself",
            context=now(),
            accounts=(branch, key_account("A3", parent="A3", opportunities=[won(9, ago(30))])),
        ),
        PortfolioExample(
            title="every branch has an opportunity", context=now(), accounts=_family(won(9, ago(30)), served)
        ),
        *not_known_anywhere(["opportunities", "account.parent_id"], flagged),
    )
