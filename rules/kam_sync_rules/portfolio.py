"""The family of the portfolio as a whole: how much hangs on whom, and success that goes no further than one account."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.figures.concentration import Concentration, SalesGroup, concentration
from kam_sync.portfolio_rules import AccountProblem, PortfolioResult, PortfolioSnapshot, portfolio_rule
from kam_sync.records import AccountSnapshot, Opportunity, RecordKind
from kam_sync.rules_api import NOT_APPLICABLE, Evidence, Problem, RuleContext, RuleParams, Topic, Unknown
from kam_sync.severity import Severity
from kam_sync_rules import _portfolio_examples as examples
from kam_sync_rules._inhibition import covering
from kam_sync_rules._text import money, percent, quoted

PARENT: Final = "account.parent_id"
MOST_EVIDENCE: Final = 5


class KeyShareOutOfBandParams(RuleParams):
    """Parameters of `key-share-out-of-band`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least_percent: Annotated[float, Field(ge=0, le=100)] = 30
    """Below this share of all sales the key accounts are hardly the right ones."""

    most_percent: Annotated[float, Field(ge=0, le=100)] = 55
    """Above this share of all sales much hangs on the key accounts."""


class DependenceParams(RuleParams):
    """Parameters of `dependence`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    warn_percent: Annotated[float, Field(ge=0, le=100)] = 50
    """From this share of all sales on one customer is a high problem."""

    critical_percent: Annotated[float, Field(ge=0, le=100)] = 75
    """Above this share one customer, or all key accounts together, are a critical problem."""


class UnreplicatedSuccessParams(RuleParams):
    """Parameters of `unreplicated-success`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=120)] = 12
    """A success of the last so many months can be taken further."""


def _spread(portfolio: PortfolioSnapshot) -> Concentration | None:
    return concentration(portfolio.sales, roll_up=PARENT not in portfolio.unknown)


def _points(share: float) -> float:
    """Return a share as per cent, without the crumbs that floats leave."""
    return round(share * 100, 6)


@portfolio_rule(
    code="KAM313",
    name="key-share-out-of-band",
    catalogue_id="G13",
    topic=Topic.GROWTH,
    needs=("sales",),
    uses=(PARENT,),
    severity=Severity.INFO,
    params=KeyShareOutOfBandParams,
    examples=examples.key_share_out_of_band,
)
def key_share_out_of_band(
    portfolio: PortfolioSnapshot, _context: RuleContext, params: KeyShareOutOfBandParams
) -> PortfolioResult:
    """Flags a portfolio in which key accounts make an unusually small or great share of all sales.

    What it does:
        Accounts are taken together with all those above and below them. Divides the sales of the groups that hold a
        key account by all sales of the last 12 months. A share below `least_percent` (30) or above `most_percent` (55)
        is a note on the portfolio; the bounds themselves are fine. Where it is unknown which account lies above which,
        each stands for itself; then a great share is certain, and of any other nothing is said. The rule does not
        apply without sales.

    Why it matters:
        With a small share the care goes to the wrong customers, with a great one too much hangs on few (catalogue
        G13, which takes 30 to 55 % as normal).

    Example:
        Key accounts bought for 200,000 of 1,000,000 in all: 20 %, a note.

    Fix:
        See whether the right customers are key accounts; or win others besides them.
    """
    spread = _spread(portfolio)
    if spread is None:
        return NOT_APPLICABLE
    share = _points(spread.key_share)
    if share <= params.most_percent and PARENT in portfolio.unknown:
        return [Unknown(key="", name=PARENT)]
    if params.least_percent <= share <= params.most_percent:
        return ()
    low = share < params.least_percent
    bound = f"less than {params.least_percent:g} %" if low else f"more than {params.most_percent:g} %"
    return [
        Problem(
            title=f"Key accounts make {percent(spread.key_share)} of all sales, {bound}",
            evidence=(_total(spread), *_groups(spread)),
            why="A small share means that the care goes to the wrong customers."
            if low
            else "A great share means that much hangs on few customers.",
            action="See whether the right customers are key accounts." if low else "Win customers besides them.",
            done_when=f"Key accounts make {params.least_percent:g} to {params.most_percent:g} % of all sales.",
        )
    ]


def _total(spread: Concentration) -> Evidence:
    return Evidence(text=f"All sales of the last 12 months: {money(spread.total)}")


def _groups(spread: Concentration) -> list[Evidence]:
    """Name the greatest groups that hold a key account, each by the key account that bought most."""
    leads = [(group, group.lead) for group in spread.groups]
    return [
        Evidence(text=f"{quoted(lead.name)}, its group: {money(group.amount)}", record=(RecordKind.ACCOUNT, lead.id))
        for group, lead in leads
        if lead is not None
    ][: MOST_EVIDENCE - 1]


@portfolio_rule(
    code="KAM314",
    name="dependence",
    catalogue_id="G14",
    topic=Topic.GROWTH,
    needs=("sales",),
    uses=(PARENT,),
    severity=Severity.CRITICAL,
    params=DependenceParams,
    examples=examples.dependence,
)
def dependence(portfolio: PortfolioSnapshot, _context: RuleContext, params: DependenceParams) -> PortfolioResult:
    """Flags sales that hang on one customer, or on the key accounts alone.

    What it does:
        Accounts are taken together with all those above and below them. The greatest group's share of all sales of the
        last 12 months is a high problem from `warn_percent` (50) on, and a critical one above `critical_percent` (75).
        It is told on the key account of that group that bought most, or, when the group holds none, of the whole
        portfolio. When all groups with a key account together make more than `critical_percent`, the portfolio has
        another critical problem. The title says which of the two it is. Where it is unknown which account lies above
        which, each stands for itself; then what is found is certain, and of what is not found nothing is said. The
        rule does not apply without sales.

    Why it matters:
        Who lives on one customer is lost with that customer, and cannot say no before (catalogue G14, which draws the
        line at 75 %).

    Example:
        A customer bought for 500,000 and its subsidiary for 280,000, all others together for 220,000: that group makes
        78 % of all sales, a critical problem on the customer.

    Fix:
        Make a plan that lowers the share: win and grow others; until then, secure this customer by contracts.
    """
    spread = _spread(portfolio)
    if spread is None:
        return NOT_APPLICABLE
    result: list[Problem | AccountProblem | Unknown] = []
    if _points(spread.top1_share) >= params.warn_percent:
        lead = spread.top.lead
        problem = _top1(spread, params)
        result.append(problem if lead is None else AccountProblem(account_id=lead.id, problem=problem))
    elif PARENT in portfolio.unknown:
        result.append(Unknown(key="top1", name=PARENT))
    if _points(spread.key_share) > params.critical_percent:
        result.append(_key_share(spread, params))
    elif PARENT in portfolio.unknown:
        result.append(Unknown(key="key_share", name=PARENT))
    return result


def _top1(spread: Concentration, params: DependenceParams) -> Problem:
    critical = _points(spread.top1_share) > params.critical_percent
    return Problem(
        key="top1",
        title=f"One customer with its group makes {percent(spread.top1_share)} of all sales",
        evidence=(_total(spread), *_members(spread.top)),
        why="Who lives on one customer is lost with that customer, and cannot say no before.",
        action="Make a plan that lowers the share: win and grow other customers, and secure this one by contracts.",
        done_when=f"No customer with its group makes {params.warn_percent:g} % of all sales or more.",
        severity=Severity.CRITICAL if critical else Severity.HIGH,
    )


def _members(group: SalesGroup) -> list[Evidence]:
    rows = sorted((row for row in group.rows if row.amount), key=lambda row: (-row.amount, row.id))
    return [
        Evidence(text=f"{quoted(row.name)} bought for {money(row.amount)}", record=(RecordKind.ACCOUNT, row.id))
        for row in rows[: MOST_EVIDENCE - 1]
    ]


def _key_share(spread: Concentration, params: DependenceParams) -> Problem:
    return Problem(
        key="key_share",
        title=f"The key accounts together make {percent(spread.key_share)} of all sales",
        evidence=(_total(spread), *_groups(spread)),
        why="When nearly all sales hang on few customers, the loss of any of them is felt everywhere.",
        action="Win and grow customers besides the key accounts.",
        done_when=f"The key accounts together make at most {params.critical_percent:g} % of all sales.",
        covers=covering("KAM314", ("KAM313", "*")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    """What is known of an account as a branch of others, and as one whose success could be taken to its branches."""

    name: str
    parent_id: str | None
    has_opportunity: bool
    success: tuple[dt.date, str, str] | None
    """When it was delivered, the id and the name of the opportunity."""


def _branch(snapshot: AccountSnapshot, context: RuleContext, params: UnreplicatedSuccessParams) -> _Branch:
    knows_delivery = snapshot.knows("opportunity.delivered_on")
    since = context.months_ago(params.months)
    dated = ((_delivered(deal, knows_delivery), deal) for deal in snapshot.opportunities)
    successes = [
        (date, deal.id, deal.name) for date, deal in dated if date is not None and since <= date <= context.today
    ]
    return _Branch(
        name=snapshot.account.name,
        parent_id=snapshot.account.parent_id,
        has_opportunity=bool(snapshot.opportunities),
        success=max(successes, default=None),
    )


def _delivered(deal: Opportunity, knows_delivery: bool) -> dt.date | None:
    """Return when what was won was delivered: the date of it where it is filled in, else the close date."""
    if deal.is_open or not deal.is_won:
        return None
    return (deal.delivered_on if knows_delivery else None) or deal.close_on


@portfolio_rule(
    code="KAM320",
    name="unreplicated-success",
    catalogue_id="G20",
    topic=Topic.GROWTH,
    needs=("opportunities", PARENT),
    uses=("opportunity.delivered_on",),
    severity=Severity.LOW,
    params=UnreplicatedSuccessParams,
    examples=examples.unreplicated_success,
    collect=_branch,
)
def unreplicated_success(
    portfolio: PortfolioSnapshot, _context: RuleContext, _params: UnreplicatedSuccessParams
) -> PortfolioResult:
    """Flags an account that bought with success while nobody has offered anything to one of its branches.

    What it does:
        Looks for accounts with an opportunity that was won and delivered in the last `months` (12): delivered on its
        delivery date where that is known and filled in, which must not lie ahead, else on its close date. Each key
        account directly below such an account that has no opportunity at all, open, won or lost, is a problem of the
        account above. A branch of which the opportunities are unknown is left open.

    Why it matters:
        What works in one branch is half sold in the next, as long as it is fresh (catalogue G20).

    Example:
        A project of a parent company was delivered on 2025-03-01. One of its two subsidiaries has no opportunity: a
        problem of the parent until 2026-03-01.

    Fix:
        Take the success to that branch: ask for an introduction, and open an opportunity there.
    """
    branches = {key: value for key, value in portfolio.collected.items() if isinstance(value, _Branch)}
    # Whether a branch of which something is unknown has an opportunity is unknown too.
    result: list[AccountProblem | Unknown] = [
        Unknown(key=f"child:{account_id}", name=name) for account_id, name in sorted(portfolio.left_out.items())
    ]
    for child_id, child in sorted(branches.items()):
        parent_id = child.parent_id
        parent = branches.get(parent_id) if parent_id is not None and parent_id != child_id else None
        if parent_id is None or parent is None or parent.success is None or child.has_opportunity:
            continue
        problem = _unreplicated(parent.success, child_id, child.name)
        result.append(AccountProblem(account_id=parent_id, problem=problem))
    return result


def _unreplicated(success: tuple[dt.date, str, str], child_id: str, child_name: str) -> Problem:
    date, deal_id, deal_name = success
    return Problem(
        key=f"child:{child_id}",
        title=f"The success here has not been taken to {quoted(child_name)}",
        evidence=(
            Evidence(text=f"{quoted(deal_name)} was delivered by {date}", record=(RecordKind.OPPORTUNITY, deal_id)),
            Evidence(text=f"{quoted(child_name)} has no opportunity", record=(RecordKind.ACCOUNT, child_id)),
        ),
        why="What works in one branch is half sold in the next, as long as it is fresh.",
        action=f"Ask for an introduction at {quoted(child_name)}, and open an opportunity there.",
        done_when=f"{quoted(child_name)} has an opportunity.",
    )
