"""Retention: which contract value was kept, what was newly sold beside it, and what is about to end.

A new sale is worth its pay only where what there was is kept (catalogue G12), so both are told for the same span.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kam_sync.dates import add_days
from kam_sync.records import Contract, Opportunity, OpportunityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What became of contracts that ended in a span, and what was newly won in it; in the org's currency.

    `lost` are the contracts that were not renewed, the most valuable first.
    """

    ended: float
    renewed: float
    new_business: float
    lost: tuple[Contract, ...]

    @property
    def share(self) -> float | None:
        """The share of the ended value that was renewed, from 0 to 1; None when no value ended."""
        return self.renewed / self.ended if self.ended > 0 else None


def retention(
    contracts: Iterable[Contract],
    opportunities: Iterable[Opportunity],
    first: dt.date,
    last: dt.date,
    *,
    within_days: int = 180,
) -> Retention:
    """Return what was kept of the contracts that ended in a span, both days included, and what was newly won in it.

    A contract was renewed when a renewal of its account was won with a close date at most `within_days` away from its
    end, or when an active contract of the account ends later and stands for no other ended one: of those that are left
    the one with the nearest end. A contract without a value counts as 0, an opportunity without an amount too.
    """
    every = tuple(contracts)
    deals = tuple(deal for deal in opportunities if deal.is_won and not deal.is_open and deal.close_on is not None)
    ended = sorted(
        ((contract.end_on, contract) for contract in every if contract.end_on and first <= contract.end_on <= last),
        key=lambda pair: (pair[0], pair[1].id),
    )
    used: set[str] = set()
    kept: list[Contract] = []
    lost: list[Contract] = []
    for end, contract in ended:
        renewed = _renewal_won(contract, end, deals, within_days)
        follower = None if renewed else _follower(contract, end, every, used)
        if follower is not None:
            used.add(follower.id)
        (kept if renewed or follower is not None else lost).append(contract)
    return Retention(
        ended=math.fsum(contract.value or 0.0 for _, contract in ended),
        renewed=math.fsum(contract.value or 0.0 for contract in kept),
        new_business=math.fsum(
            deal.amount or 0.0
            for deal in deals
            if deal.type is OpportunityType.NEW_BUSINESS and deal.close_on and first <= deal.close_on <= last
        ),
        lost=tuple(sorted(lost, key=lambda contract: (-(contract.value or 0.0), contract.id))),
    )


def _renewal_won(contract: Contract, end: dt.date, deals: Sequence[Opportunity], within_days: int) -> bool:
    first, last = add_days(end, -within_days), add_days(end, within_days)
    return any(
        deal.type is OpportunityType.RENEWAL
        and contract.account_id in deal.account_ids
        and deal.close_on is not None
        and first <= deal.close_on <= last
        for deal in deals
    )


def _follower(contract: Contract, end: dt.date, contracts: Sequence[Contract], used: set[str]) -> Contract | None:
    later = (
        (other.end_on, other.id, other)
        for other in contracts
        if other.account_id == contract.account_id
        and other.is_active
        and other.id not in used
        and other.end_on is not None
        and other.end_on > end
    )
    return min(later, key=lambda found: found[:2], default=(None, "", None))[2]


def ending(contracts: Iterable[Contract], after: dt.date, until: dt.date) -> tuple[Contract, ...]:
    """Return the active contracts that end after one day and at the latest on another, the first to end first."""
    found = [
        (contract.end_on, contract.id, contract)
        for contract in contracts
        if contract.is_active and contract.end_on is not None and after < contract.end_on <= until
    ]
    return tuple(contract for _, _, contract in sorted(found, key=lambda entry: entry[:2]))


def weighted(opportunity: Opportunity) -> float:
    """Return what an opportunity is worth times how likely it is to be won; 0 where one of these is empty."""
    return (opportunity.amount or 0.0) * (opportunity.probability or 0.0)


def new_pipeline(opportunities: Iterable[Opportunity], after: dt.date, until: dt.date) -> tuple[Opportunity, ...]:
    """Return the open opportunities, other than renewals, that shall close after one day and at the latest on another.

    One whose type is empty is not said to be a renewal, so it counts.
    """
    return tuple(
        deal
        for deal in opportunities
        if deal.is_open
        and deal.type is not OpportunityType.RENEWAL
        and deal.close_on is not None
        and after < deal.close_on <= until
    )
