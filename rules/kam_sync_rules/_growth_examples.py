"""Examples of the rules in `growth`: cases that flag, that are clean, that are unknown and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import AccountSnapshot, Opportunity
from kam_sync.rules_api import Example
from kam_sync_rules._examples import TODAY, ago, now, on
from kam_sync_rules._growth_builders import in_fiscal_year, key_account, not_known, running, won


def missing_growth_target() -> Sequence[Example]:
    """Return the examples of KAM310."""
    return (
        Example(title="no target", snapshot=key_account(), context=now(), expected=("",)),
        Example(
            title="the target is for the fiscal year before",
            snapshot=key_account(target=12, target_year=2024),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the fiscal year that began in April is named by the year in which it ends",
            snapshot=key_account(target=12, target_year=2025),
            context=in_fiscal_year(2025, 4, 1, start=4),
            expected=("",),
        ),
        Example(
            title="no target, and a key account for exactly 30 days",
            snapshot=key_account(key_since=ago(30)),
            context=now(),
            expected=("",),
        ),
        Example(
            title="no grace by the policy",
            snapshot=key_account(created_on=ago(0)),
            context=now(),
            params={"grace_days": 0, "suggested_percent": 8},
            expected=("",),
        ),
        Example(title="a target for this year", snapshot=key_account(target=15, target_year=2025), context=now()),
        Example(title="a target of nothing", snapshot=key_account(target=0, target_year=2025), context=now()),
        Example(title="a target without a year", snapshot=key_account(target=15), context=now()),
        Example(
            title="the year of the target is not known",
            snapshot=key_account(target=15, target_year=2019, unknown=["account.growth_target_year"]),
            context=now(),
        ),
        Example(
            title="the last day of the fiscal year that ends in March",
            snapshot=key_account(target=12, target_year=2025),
            context=in_fiscal_year(2025, 3, 31, start=4),
        ),
        Example(
            title="a key account for 29 days",
            snapshot=key_account(key_since=ago(29)),
            context=now(),
            not_applicable=True,
        ),
        *not_known(["account.growth_target"], lambda names: key_account(unknown=names)),
    )


def _growing(before: float, since: float, *, target: float | None = 15, year: int | None = 2025) -> AccountSnapshot:
    """Return an account that won so much by the middle of June of each year."""
    deals = [won(before, dt.date(2024, 3, 1), slug="W1"), won(since, dt.date(2025, 3, 1), slug="W2")]
    return key_account(target=target, target_year=year, opportunities=deals)


def growth_behind_pace() -> Sequence[Example]:
    """Return the examples of KAM311."""
    return (
        *_growth_that_flags(),
        Example(title="five points below the target", snapshot=_growing(100_000, 110_000), context=now()),
        Example(title="above the target", snapshot=_growing(100_000, 130_000), context=now()),
        Example(
            title="won last year after this day of the year does not count yet",
            snapshot=key_account(
                target=15,
                opportunities=[
                    won(100_000, dt.date(2024, 6, 16), slug="W1"),
                    won(900_000, dt.date(2024, 6, 17), slug="W2"),
                    won(120_000, TODAY, slug="W3"),
                ],
            ),
            context=now(),
        ),
        Example(
            title="on 29 February the year before counts to the 28th",
            snapshot=key_account(
                target=15,
                opportunities=[
                    won(100, dt.date(2023, 2, 28), slug="W1"),
                    won(900, dt.date(2023, 3, 1), slug="W2"),
                    won(120, dt.date(2024, 2, 29), slug="W3"),
                ],
            ),
            context=in_fiscal_year(2024, 2, 29, start=10),
        ),
        *_growth_that_cannot_be_told(),
        *not_known(
            ["opportunities", "opportunity.amount", "account.growth_target"],
            lambda names: key_account(
                target=15, opportunities=[won(9, dt.date(2024, 3, 1)), won(5, TODAY, slug="W2")], unknown=names
            ),
        ),
    )


def _growth_that_flags() -> Sequence[Example]:
    return (
        Example(title="no growth at all", snapshot=_growing(100_000, 100_000), context=now(), expected=("",)),
        Example(
            title="a little more than five points below the target",
            snapshot=_growing(100_000, 109_999),
            context=now(),
            expected=("",),
        ),
        Example(
            title="it may shrink, but by more than was agreed",
            snapshot=_growing(100_000, 80_000, target=-10),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the first day of the fourth month",
            snapshot=_growing(100_000, 90_000),
            context=on(2025, 4, 1),
            expected=("",),
        ),
        Example(
            title="the year of the target is not known",
            snapshot=key_account(
                target=15,
                target_year=2019,
                opportunities=[won(9, dt.date(2024, 3, 1))],
                unknown=["account.growth_target_year"],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="what is won without an amount is no growth, nor what is not won, or won on no day",
            snapshot=key_account(
                target=15,
                opportunities=[
                    won(100, dt.date(2024, 1, 1), slug="W1"),
                    won(None, TODAY, slug="W2"),
                    won(500, None, slug="W3"),
                    running(slug="D1", amount=500, close_on=TODAY),
                    running(slug="D2", amount=500, close_on=TODAY, is_open=False),
                ],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="no points below the target by the policy",
            snapshot=_growing(100_000, 114_999),
            context=on(2025, 3, 31),
            params={"points": 0, "first_month": 1},
            expected=("",),
        ),
    )


def _growth_that_cannot_be_told() -> Sequence[Example]:
    return (
        Example(
            title="the last day of the third month",
            snapshot=_growing(100_000, 0),
            context=on(2025, 3, 31),
            not_applicable=True,
        ),
        Example(
            title="nothing was won the year before",
            snapshot=_growing(0, 50_000),
            context=now(),
            not_applicable=True,
        ),
        Example(title="no target", snapshot=_growing(100_000, 0, target=None), context=now(), not_applicable=True),
        Example(
            title="a target for another year",
            snapshot=_growing(100_000, 0, year=2026),
            context=now(),
            not_applicable=True,
        ),
    )


def _sales_of_three_years(*amounts: float) -> Sequence[Opportunity]:
    """Return what was won in the last 12 months, in those before, and in those before these."""
    return [won(amount, ago(100 + 365 * years), slug=f"W{years}") for years, amount in enumerate(amounts)]


def cost_above_revenue() -> Sequence[Example]:
    """Return the examples of KAM316."""
    return (
        Example(
            title="it costs more than it brings",
            snapshot=key_account(costs=(120, None, None), opportunities=_sales_of_three_years(100)),
            context=now(),
            expected=("ratio",),
        ),
        Example(
            title="it costs and brings nothing",
            snapshot=key_account(costs=(1, None, None)),
            context=now(),
            expected=("ratio",),
        ),
        Example(
            title="what was won on this day last year does not count any more",
            snapshot=key_account(costs=(100, None, None), opportunities=[won(100, dt.date(2024, 6, 16))]),
            context=now(),
            expected=("ratio",),
        ),
        Example(
            title="it brings less for its cost two years running",
            snapshot=key_account(costs=(100, 100, 100), opportunities=_sales_of_three_years(200, 300, 400)),
            context=now(),
            expected=("falling",),
        ),
        Example(
            title="both",
            snapshot=key_account(costs=(300, 200, 100), opportunities=_sales_of_three_years(200, 300, 400)),
            context=now(),
            expected=("ratio", "falling"),
        ),
        Example(
            title="an earlier cost is not known, and this one is too high",
            snapshot=key_account(
                costs=(120, None, None),
                opportunities=_sales_of_three_years(100),
                unknown=["account.cost_to_serve_year_before", "account.cost_to_serve_two_years_before"],
            ),
            context=now(),
            expected=("ratio",),
        ),
        Example(
            title="twice its cost by the policy",
            snapshot=key_account(costs=(100, None, None), opportunities=_sales_of_three_years(199)),
            context=now(),
            params={"least_ratio": 2},
            expected=("ratio",),
        ),
        *_costs_that_pay(),
        *not_known(
            [
                "account.cost_to_serve",
                "opportunities",
                "opportunity.amount",
            ],
            lambda names: key_account(costs=(120, 1, 1), opportunities=_sales_of_three_years(100), unknown=names),
        ),
        *not_known(
            ["account.cost_to_serve_year_before", "account.cost_to_serve_two_years_before"],
            lambda names: key_account(costs=(9, 9, 9), opportunities=_sales_of_three_years(9, 18, 27), unknown=names),
        ),
    )


def _costs_that_pay() -> Sequence[Example]:
    return (
        Example(
            title="it brings just what it costs, on the first day that counts",
            snapshot=key_account(costs=(100, None, None), opportunities=[won(100, dt.date(2024, 6, 17))]),
            context=now(),
        ),
        Example(
            title="it fell once and rose before",
            snapshot=key_account(costs=(100, 100, 100), opportunities=_sales_of_three_years(200, 400, 300)),
            context=now(),
        ),
        Example(
            title="it stayed the same once",
            snapshot=key_account(costs=(100, 100, 100), opportunities=_sales_of_three_years(200, 300, 300)),
            context=now(),
        ),
        Example(
            title="an earlier cost is empty",
            snapshot=key_account(costs=(100, 0, 100), opportunities=_sales_of_three_years(200, 300, 400)),
            context=now(),
        ),
        Example(
            title="the cost is empty",
            snapshot=key_account(opportunities=_sales_of_three_years(200)),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="the cost is 0",
            snapshot=key_account(costs=(0, None, None)),
            context=now(),
            not_applicable=True,
        ),
    )


_PRODUCTS = {"products": ("Belts", "Drives", "Maintenance")}


def untried_whitespace() -> Sequence[Example]:
    """Return the examples of KAM319."""
    return (
        Example(
            title="nothing was ever offered", snapshot=key_account(), context=now(), params=_PRODUCTS, expected=("",)
        ),
        Example(
            title="only what the customer buys already is offered again",
            snapshot=key_account(
                opportunities=[
                    won(100, ago(400), "Belts", slug="W1", created_on=ago(500)),
                    won(100, ago(20), "Belts", slug="W2", created_on=ago(100)),
                    running(" BELTS", slug="D1", created_on=ago(10)),
                ]
            ),
            context=now(),
            params=_PRODUCTS,
            expected=("",),
        ),
        Example(
            title="something new was tried 181 days ago, and lost",
            snapshot=key_account(opportunities=[running("Drives", created_on=ago(181), is_open=False)]),
            context=now(),
            params=_PRODUCTS,
            expected=("",),
        ),
        Example(
            title="a year by the policy",
            snapshot=key_account(opportunities=[running("Drives", created_on=dt.date(2024, 2, 28), is_open=False)]),
            context=on(2025, 2, 28),
            params={"days": 365, **_PRODUCTS},
            expected=("",),
        ),
        Example(
            title="something new was tried exactly 180 days ago, and lost",
            snapshot=key_account(opportunities=[running("Drives", created_on=ago(180), is_open=False)]),
            context=now(),
            params=_PRODUCTS,
        ),
        Example(
            title="something new is open, however old",
            snapshot=key_account(opportunities=[running("drives ", created_on=ago(700))]),
            context=now(),
            params=_PRODUCTS,
        ),
        Example(
            title="something new was tried and won lately",
            snapshot=key_account(opportunities=[won(100, ago(5), "Drives", created_on=ago(90))]),
            context=now(),
            params=_PRODUCTS,
        ),
        Example(
            title="everything was sold, or is on offer",
            snapshot=key_account(
                opportunities=[won(1, ago(900), "Belts", "Drives"), running("Maintenance", created_on=ago(800))]
            ),
            context=now(),
            params=_PRODUCTS,
        ),
        Example(title="no list of products", snapshot=key_account(), context=now(), not_applicable=True),
        Example(
            title="a key account for 179 days",
            snapshot=key_account(key_since=ago(179)),
            context=now(),
            params=_PRODUCTS,
            not_applicable=True,
        ),
        *(
            Example(
                title=f"{name} is not known",
                snapshot=key_account(unknown=[name]),
                context=now(),
                params=_PRODUCTS,
                unknown=True,
            )
            for name in ("opportunities", "opportunity.products", "opportunity.created_on")
        ),
    )
