"""The family of growth: a target for the year, sales at its pace, a cost that pays, and products not yet sold."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.dates import MONTHS, add_days
from kam_sync.figures.pace import GrowthPace, won_between
from kam_sync.figures.whitespace import Cell, attempts, whitespace
from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import (
    NOT_APPLICABLE,
    Evidence,
    Problem,
    RuleContext,
    RuleParams,
    RuleResult,
    Topic,
    Unknown,
    rule,
)
from kam_sync.severity import Severity
from kam_sync_rules import _growth_examples as examples
from kam_sync_rules._accounts import is_younger, key_account_since
from kam_sync_rules._inhibition import covering
from kam_sync_rules._pace import PACE_NAMES, target_of_this_year, target_pace
from kam_sync_rules._text import joined, money, quoted

COSTS: Final = (
    "account.cost_to_serve",
    "account.cost_to_serve_year_before",
    "account.cost_to_serve_two_years_before",
)
"""The cost of serving an account in the last 12 months, in those before, and in those before these."""

MOST_PRODUCTS: Final = 10
"""So many of the products that could be sold are named."""


class MissingGrowthTargetParams(RuleParams):
    """Parameters of `missing-growth-target`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """So many days a new key account may be without a target."""

    suggested_percent: Annotated[int, Field(ge=0, le=1000)] = 15
    """The target that the task names as an example; nothing is judged by it."""


class GrowthBehindPaceParams(RuleParams):
    """Parameters of `growth-behind-pace`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    points: Annotated[float, Field(ge=0, le=1000)] = 5
    """By so many percentage points growth may lie below the target."""

    first_month: Annotated[int, Field(ge=1, le=12)] = 4
    """From this month of the fiscal year on it is judged; before, too little was sold to say anything."""


class CostAboveRevenueParams(RuleParams):
    """Parameters of `cost-above-revenue`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least_ratio: Annotated[float, Field(ge=0, le=1000)] = 1
    """What was won must be at least so many times the cost of serving the account."""


class UntriedWhitespaceParams(RuleParams):
    """Parameters of `untried-whitespace`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    products: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    """The product families that could be sold to every key account, as opportunities name them."""

    days: Annotated[int, Field(ge=1, le=3650)] = 180
    """Within so many days something new must have been tried."""


@rule(
    code="KAM310",
    name="missing-growth-target",
    catalogue_id="G10",
    topic=Topic.GROWTH,
    needs=("account.growth_target",),
    uses=("account.growth_target_year", "account.created_on", "account.key_since"),
    severity=Severity.MEDIUM,
    params=MissingGrowthTargetParams,
    examples=examples.missing_growth_target,
)
def missing_growth_target(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingGrowthTargetParams
) -> RuleResult:
    """Flags a key account that has no growth target for the current fiscal year.

    What it does:
        The target is missing when its field is empty, or when the field for its year names another fiscal year than
        the current one (a fiscal year is named by the calendar year in which it ends). Where the year is unknown or
        empty, any target counts. A target of 0 is a target. In the first `grace_days` (30) of a key account the rule
        does not apply. The task names `suggested_percent` (15) as an example, nothing more.

    Why it matters:
        Without a figure nobody can tell whether the account grows as it should, and nobody pushes (catalogue G10).

    Example:
        On 2025-06-16 the growth target of an account is 12 % for the fiscal year 2024: a problem.

    Fix:
        Agree the growth for this fiscal year, and enter it in the field that the task names.
    """
    if target_of_this_year(snapshot, context) is not None:
        return ()
    if is_younger(snapshot, context.today, params.grace_days):
        return NOT_APPLICABLE
    year = context.calendar.fiscal_year(context.today)
    target = snapshot.account.growth_target
    if target is None:
        evidence = "The growth target is empty"
    else:
        evidence = f"The growth target of {target:g} % is for the fiscal year {snapshot.account.growth_target_year}"
    fields = ["account.growth_target"]
    if snapshot.knows("account.growth_target_year"):
        fields.append("account.growth_target_year")
    return [
        Problem(
            title=f"The account has no growth target for the fiscal year {year}",
            evidence=(Evidence(text=evidence),),
            why="Without a figure nobody can tell whether the account grows as it should, and nobody pushes.",
            action=f"Agree the growth for this fiscal year (for example {params.suggested_percent} %), then set "
            f"{joined([context.label(name) for name in fields])}.",
            done_when=f"A growth target for the fiscal year {year} is set.",
            covers=covering("KAM310", ("KAM106", "results_driver")),
        )
    ]


@rule(
    code="KAM311",
    name="growth-behind-pace",
    catalogue_id="G11",
    topic=Topic.GROWTH,
    needs=PACE_NAMES,
    uses=("account.growth_target_year",),
    severity=Severity.HIGH,
    params=GrowthBehindPaceParams,
    examples=examples.growth_behind_pace,
)
def growth_behind_pace(snapshot: AccountSnapshot, context: RuleContext, params: GrowthBehindPaceParams) -> RuleResult:
    """Flags an account whose sales grow clearly more slowly than its target for the fiscal year.

    What it does:
        Adds up what was won with a close date from the first day of the fiscal year to today, and from the first day
        of the fiscal year before to the same day last year (28 February for the 29th). Growth between the two may lie
        `points` (5) percentage points below the target; more is a problem. A won opportunity without an amount counts
        as 0. The rule does not apply before month `first_month` (4) of the fiscal year, without a target, with a
        target for another fiscal year, or when nothing was won in the span a year before.

    Why it matters:
        A target that is looked at in the last month cannot be reached any more (catalogue G11).

    Example:
        The target is 15 %. Until 2025-06-16 100,000 were won, until 2024-06-16 it was as much: growth of 0 % is a
        problem; 110,000, growth of 10 %, would be fine.

    Fix:
        Find what closes the gap that the task names, and put it into the pipeline; or agree a target that holds.
    """
    growth = target_pace(snapshot, context, params.first_month)
    if growth is None:
        return NOT_APPLICABLE
    return [_behind(growth.pace, growth.target, context)] if growth.is_behind(params.points) else ()


def _behind(pace: GrowthPace, target: float, context: RuleContext) -> Problem:
    gap = pace.won_before * (1 + target / 100) - pace.won
    return Problem(
        title=f"Growth of {pace.percent:+.1f} % is behind the target of {target:+g} %",
        evidence=(
            Evidence(text=f"Won since {pace.begin}: {money(pace.won)}"),
            Evidence(text=f"Won since {pace.begin_before} in as much of the fiscal year: {money(pace.won_before)}"),
            Evidence(text=f"Missing to the target: {money(gap)}"),
        ),
        why="A target that is looked at in the last month of the year cannot be reached any more.",
        action="Find what closes the gap and make opportunities of it; if the target does not hold any more, agree "
        f"another one and set {context.label('account.growth_target')}.",
        done_when="What was won in the fiscal year has grown by the target, or by little less.",
        covers=covering("KAM311", ("KAM105", "*"), ("KAM106", "results_driver")),
    )


@rule(
    code="KAM316",
    name="cost-above-revenue",
    catalogue_id="G16",
    topic=Topic.GROWTH,
    needs=("account.cost_to_serve", "opportunities", "opportunity.amount"),
    uses=COSTS[1:],
    severity=Severity.MEDIUM,
    params=CostAboveRevenueParams,
    examples=examples.cost_above_revenue,
)
def cost_above_revenue(snapshot: AccountSnapshot, context: RuleContext, params: CostAboveRevenueParams) -> RuleResult:
    """Flags an account that costs more to serve than it brings, or brings less for its cost year after year.

    What it does:
        Divides what was won in the last 12 months by what serving the account cost in them. Below `least_ratio` (1)
        is a problem. Another problem is when this ratio is lower than that of the 12 months before, and that one lower
        than that of the 12 months before those; it is not looked for where one of the earlier costs is empty or 0, and
        nothing is said of it where one is unknown. A day belongs to one span only: a span ends today or on the day a
        year or two years before, and begins the day after the one before it ended. The rule does not apply when the
        cost of the last 12 months is empty, or not above 0.

    Why it matters:
        Being generous to a customer who does not pay for it takes the means from those who do (catalogue G16).

    Example:
        Serving an account cost 120,000 in the last 12 months, in which 100,000 were won: a problem.

    Fix:
        Lower the cost, raise the price or sell more; before that, see whether the cost is right in the field that the
        task names.
    """
    cost = snapshot.account.cost_to_serve
    if cost is None or cost <= 0:
        return NOT_APPLICABLE
    result: list[Problem | Unknown] = []
    won = _won_in_year(snapshot, context, 0)
    if won < params.least_ratio * cost:
        result.append(
            Problem(
                key="ratio",
                title="Serving the account costs more than it brings",
                evidence=(
                    Evidence(text=f"Won in the last 12 months: {money(won)}"),
                    Evidence(text=f"Cost to serve in the last 12 months: {money(cost)}"),
                ),
                why="Being generous to a customer who does not pay for it takes the means from those who do.",
                action="Lower the cost, raise the price or sell more; if the cost is not right, correct "
                f"{context.label(COSTS[0])}.",
                done_when=f"What is won in 12 months is at least {params.least_ratio:g} times the cost of serving.",
            )
        )
    unknown = next((name for name in COSTS[1:] if not snapshot.knows(name)), None)
    if unknown is not None:
        return [*result, Unknown(key="falling", name=unknown)]
    return [*result, *_falling(snapshot, context)]


def _won_in_year(snapshot: AccountSnapshot, context: RuleContext, years: int) -> float:
    """Return what was won in the 12 months that ended so many years ago."""
    first = add_days(context.months_ago((years + 1) * MONTHS), 1)
    return won_between(snapshot.opportunities, first, context.months_ago(years * MONTHS))


def _falling(snapshot: AccountSnapshot, context: RuleContext) -> list[Problem]:
    account = snapshot.account
    costs = (account.cost_to_serve, account.cost_to_serve_year_before, account.cost_to_serve_two_years_before)
    ratios = [
        _won_in_year(snapshot, context, years) / cost
        for years, cost in enumerate(costs)
        if cost is not None and cost > 0
    ]
    if len(ratios) < len(costs) or not ratios[0] < ratios[1] < ratios[2]:
        return []
    spans = ("in the last 12 months", "in the 12 months before", "in the 12 months before those")
    return [
        Problem(
            key="falling",
            title="The account brings less and less for what it costs to serve",
            evidence=tuple(
                Evidence(text=f"Won for each 100 of cost {span}: {ratio * 100:.0f}")
                for span, ratio in zip(spans, ratios, strict=True)
            ),
            why="A customer who costs more for less each year is lost money before anybody notices.",
            action="Find what drives the cost or holds back sales, and agree with the customer what changes; if a cost "
            f"is not right, correct {context.label(COSTS[0])}.",
            done_when="What is won for the cost of serving is no longer lower than in the year before.",
        )
    ]


@rule(
    code="KAM319",
    name="untried-whitespace",
    catalogue_id="G19",
    topic=Topic.GROWTH,
    needs=("opportunities", "opportunity.products", "opportunity.created_on"),
    uses=("account.created_on", "account.key_since"),
    severity=Severity.LOW,
    params=UntriedWhitespaceParams,
    examples=examples.untried_whitespace,
)
def untried_whitespace(snapshot: AccountSnapshot, context: RuleContext, params: UntriedWhitespaceParams) -> RuleResult:
    """Flags an account to which nobody has tried to sell anything new for long, though there is something to sell.

    What it does:
        Of the `products` (none unless the policy lists them) those are white that were never won and that no open
        opportunity is about. It is a problem when there are any, and no opportunity about a product that the customer
        had not bought before is open or was made within `days` (180). Case and blanks do not tell products apart. The
        rule does not apply without a list of products, and on accounts that have been key accounts for less than so
        many days.

    Why it matters:
        What a customer does not buy from us it buys elsewhere, and that seller is in the house then (catalogue G19).

    Example:
        We sell belts, drives and maintenance. A customer bought belts, and the last opportunity for anything else was
        made on 2024-11-01 and lost: from 2025-05-01 on that is a problem.

    Fix:
        Pick one of the products that the task lists, and open an opportunity for it.
    """
    if not params.products or is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    cells = whitespace(params.products, snapshot.opportunities)
    white = [product for product, cell in cells.items() if cell is Cell.WHITE]
    if not white or attempts(snapshot.opportunities, context.days_ago(params.days)):
        return ()
    owned = [product for product, cell in cells.items() if cell is Cell.OWNED]
    evidence = [Evidence(text=f"Never bought, and in no open opportunity: {_listed(white)}")]
    if owned:
        evidence.append(Evidence(text=f"Bought so far: {_listed(owned)}"))
    since = key_account_since(snapshot)
    if since is not None:
        evidence.append(Evidence(text=f"A key account since {since}"))
    return [
        Problem(
            title="Nobody has tried to sell the customer anything new",
            evidence=tuple(evidence),
            why="What a customer does not buy from us it buys elsewhere, and that seller is in the house then.",
            action="Pick one of these products and open an opportunity for it, with "
            f"{context.label('opportunity.products')} filled in.",
            done_when="An opportunity for a product that the customer has not bought before is open.",
        )
    ]


def _listed(products: list[str]) -> str:
    more = len(products) - MOST_PRODUCTS
    return joined([quoted(product) for product in products[:MOST_PRODUCTS]] + ([f"{more} more"] if more > 0 else []))
