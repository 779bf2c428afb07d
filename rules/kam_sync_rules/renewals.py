"""The family of contracts that end: each has its renewal under way, and what may be lost is replaced in time."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.dates import add_days, add_months
from kam_sync.figures.retention import ending, new_pipeline, weighted
from kam_sync.portfolio_rules import PortfolioResult, PortfolioSnapshot, portfolio_rule
from kam_sync.records import AccountSnapshot, Contract, OpportunityType, Purpose, RecordKind
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
from kam_sync_rules import _renewals_examples as examples
from kam_sync_rules._activities import is_next_step, peoples_activities
from kam_sync_rules._text import money, quoted

MOST_EVIDENCE: Final = 5


class UnplannedRenewalParams(RuleParams):
    """Parameters of `unplanned-renewal`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=3650)] = 90
    """So many days before a contract ends its renewal must be under way."""

    late_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """For so many days after its close date an open renewal still counts; after them it is forgotten."""

    grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after its due date an open task still counts as a step."""


class UnreplacedRevenueParams(RuleParams):
    """Parameters of `unreplaced-revenue`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=60)] = 6
    """So many months ahead contracts and opportunities are looked at."""


@rule(
    code="KAM317",
    name="unplanned-renewal",
    catalogue_id="G17",
    topic=Topic.GROWTH,
    needs=("contracts", "contract.end_on", "opportunities", "opportunity.type"),
    uses=("activities", "activity.purposes.renewal"),
    severity=Severity.HIGH,
    params=UnplannedRenewalParams,
    examples=examples.unplanned_renewal,
)
def unplanned_renewal(snapshot: AccountSnapshot, context: RuleContext, params: UnplannedRenewalParams) -> RuleResult:
    """Flags a contract that ends soon while nobody works on its renewal.

    What it does:
        Looks at each active contract that ends from today to `days` (90) ahead, both days included. Its renewal is
        under way when the account has an open opportunity of the type renewal that has no close date, or one at most
        `late_days` (30) ago; or, where the purposes of activities are known, when a next step is there for a renewal:
        an open activity dated today or later with an owner who is not deactivated, a task also until `grace_days` (7)
        after its due date. One renewal stands for all contracts of the account. A contract without an end, or one that
        has ended, is not looked at.

    Why it matters:
        Who begins to talk about a renewal when the contract ends talks about the price only (catalogue G17).

    Example:
        A contract ends on 2025-09-14, and the account has no open renewal: from 2025-06-16 on that is a problem.

    Fix:
        Open the renewal as an opportunity, or plan the step that prepares it; if the contract has been renewed or
        given up, correct the contract.
    """
    last = add_days(context.today, params.days)
    due = ending(snapshot.contracts, add_days(context.today, -1), last)
    if not due or _renewal_is_open(snapshot, context.days_ago(params.late_days)):
        return ()
    if snapshot.knows("activities", "activity.purposes.renewal") and any(
        Purpose.RENEWAL in step.purposes
        for step in peoples_activities(snapshot)
        if is_next_step(step, snapshot, context.today, params.grace_days)
    ):
        return ()
    return [_unplanned(contract, snapshot, context) for contract in due]


def _renewal_is_open(snapshot: AccountSnapshot, since: dt.date) -> bool:
    return any(
        deal.is_open and deal.type is OpportunityType.RENEWAL and (deal.close_on is None or deal.close_on >= since)
        for deal in snapshot.opportunities
    )


def _stale_renewals(snapshot: AccountSnapshot) -> tuple[Evidence, ...]:
    """Name the open renewals, which are all long past their close date; or say that there is none."""
    late = sorted(
        (deal.close_on, deal.id, deal.name)
        for deal in snapshot.opportunities
        if deal.is_open and deal.type is OpportunityType.RENEWAL and deal.close_on is not None
    )
    return tuple(
        Evidence(
            text=f"The open renewal {quoted(name)} should have closed on {date}",
            record=(RecordKind.OPPORTUNITY, deal_id),
        )
        for date, deal_id, name in late[: MOST_EVIDENCE - 1]
    ) or (Evidence(text="The account has no open renewal"),)


def _unplanned(contract: Contract, snapshot: AccountSnapshot, context: RuleContext) -> Problem:
    return Problem(
        key=f"contract:{contract.id}",
        title=f"The contract {quoted(contract.name)} ends on {contract.end_on} and its renewal is not under way",
        evidence=(
            Evidence(
                text=f"Contract {quoted(contract.name)}, end: {contract.end_on}",
                record=(RecordKind.CONTRACT, contract.id),
            ),
            *_stale_renewals(snapshot),
        ),
        why="Who begins to talk about a renewal when the contract ends talks about the price only.",
        action="Open an opportunity of the type renewal, or plan the step that prepares the renewal; if the contract "
        f"has been renewed or given up, correct {context.label('contract.end_on')}.",
        done_when="A renewal is open or planned on the account, or the contract does not end soon any more.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replacing:
    """What ends on an account, and the opportunities that could replace it: ids with their weighted amounts."""

    contracts: tuple[Contract, ...]
    pipeline: tuple[tuple[str, float], ...]


def _replacing(snapshot: AccountSnapshot, context: RuleContext, params: UnreplacedRevenueParams) -> _Replacing:
    until = add_months(context.today, params.months)
    deals = new_pipeline(snapshot.opportunities, context.today, until)
    return _Replacing(
        contracts=ending(snapshot.contracts, context.today, until),
        pipeline=tuple((deal.id, weighted(deal)) for deal in deals),
    )


@portfolio_rule(
    code="KAM318",
    name="unreplaced-revenue",
    catalogue_id="G18",
    topic=Topic.GROWTH,
    needs=(
        "contracts",
        "contract.end_on",
        "contract.value",
        "opportunities",
        "opportunity.amount",
        "opportunity.probability",
        "opportunity.type",
    ),
    severity=Severity.MEDIUM,
    params=UnreplacedRevenueParams,
    examples=examples.unreplaced_revenue,
    collect=_replacing,
)
def unreplaced_revenue(
    portfolio: PortfolioSnapshot, context: RuleContext, params: UnreplacedRevenueParams
) -> PortfolioResult:
    """Flags a portfolio in which contracts end that new sales would not replace.

    What it does:
        Adds up the value of the active contracts of all key accounts that end after today and within `months` (6), the
        same day of the month included. Against it stands what the open opportunities that are not renewals and shall
        close in the same span are worth, each times its probability; one without a type counts, one without an amount
        or a probability is worth 0, and one on several accounts counts once. When the contracts are worth more, the
        portfolio has a problem; no single account has. It does not apply when no contract ends. While something of
        this is unknown on a key account, either sum may be greater than is seen, and nothing is said.

    Why it matters:
        New accounts take longer to win than old ones to end; who begins when they have ended is late (catalogue G18).

    Example:
        On 2025-06-16 contracts of 500,000 a year end until 2025-12-16. The new sales that shall close until then are
        worth 800,000, each at 50 %, that is 400,000: a problem.

    Fix:
        Renew early what can be renewed, and fill the pipeline with new sales that close before the contracts end.
    """
    if portfolio.left_out:
        return [Unknown(key="", name=min(portfolio.left_out.values()))]
    found = [entry for entry in portfolio.collected.values() if isinstance(entry, _Replacing)]
    contracts = {contract.id: contract for entry in found for contract in entry.contracts}
    deals = {deal_id: worth for entry in found for deal_id, worth in entry.pipeline}
    if not contracts:
        return NOT_APPLICABLE
    value = math.fsum(contract.value or 0.0 for contract in contracts.values())
    pipeline = math.fsum(deals.values())
    if value <= pipeline:
        return ()
    greatest = sorted(contracts.values(), key=lambda contract: (-(contract.value or 0.0), contract.id))
    return [
        Problem(
            title=f"Contracts worth {money(value)} end within {params.months} months, and new sales worth "
            f"{money(pipeline)} stand against them",
            evidence=tuple(
                Evidence(
                    text=f"Contract {quoted(contract.name)} worth {money(contract.value or 0.0)} ends on "
                    f"{contract.end_on}",
                    record=(RecordKind.CONTRACT, contract.id),
                )
                for contract in greatest[:MOST_EVIDENCE]
            ),
            why="New accounts take longer to win than old ones to end: who begins when they have ended is late.",
            action="Renew early what can be renewed, and fill the pipeline with new sales that close before these "
            "contracts end.",
            done_when="The weighted new sales are worth as much as the contracts that end in the same span.",
        )
    ]
