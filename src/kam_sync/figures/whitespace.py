"""White space: what a customer could buy of us and never did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum

from kam_sync.records import Opportunity


class Cell(StrEnum):
    """How a customer stands to one of our products."""

    OWNED = "owned"
    """It was won at least once."""
    OPEN = "open"
    """It was never won, and an opportunity about it is open."""
    WHITE = "white"


def product_key(name: str) -> str:
    """Return what two spellings of a product have in common: case and blanks do not tell products apart."""
    return " ".join(name.split()).casefold()


def whitespace(products: Iterable[str], opportunities: Iterable[Opportunity]) -> Mapping[str, Cell]:
    """Return for each product, in the order given, how the customer of these opportunities stands to it."""
    deals = tuple(opportunities)
    owned = _keys(deal for deal in deals if _is_won(deal))
    tried = _keys(deal for deal in deals if deal.is_open)
    return {
        product: Cell.OWNED if key in owned else Cell.OPEN if key in tried else Cell.WHITE
        for product, key in ((product, product_key(product)) for product in products)
    }


def whitespace_grid(
    products: Iterable[str], accounts: Iterable[tuple[str, Iterable[Opportunity]]]
) -> Mapping[str, Mapping[str, Cell]]:
    """Return the row of `whitespace` for each account, given by its id and its opportunities."""
    names = tuple(products)
    return {account_id: whitespace(names, opportunities) for account_id, opportunities in accounts}


def attempts(opportunities: Iterable[Opportunity], since: dt.date) -> tuple[Opportunity, ...]:
    """Return the opportunities that tried something new: a product that the customer had not bought before.

    Those count that are open or were made on a day or later. Bought before is what was won in another opportunity
    that closed before this one was made; of an open one, what was won at all.
    """
    deals = tuple(opportunities)
    recent = (deal for deal in deals if deal.is_open or (deal.created_on is not None and deal.created_on >= since))
    return tuple(deal for deal in recent if _keys((deal,)) - _bought_before(deal, deals))


def _bought_before(deal: Opportunity, deals: Iterable[Opportunity]) -> frozenset[str]:
    made = None if deal.is_open else deal.created_on
    return _keys(
        other
        for other in deals
        if other.id != deal.id and _is_won(other) and (made is None or other.close_on is None or other.close_on < made)
    )


def _is_won(deal: Opportunity) -> bool:
    return deal.is_won and not deal.is_open


def _keys(deals: Iterable[Opportunity]) -> frozenset[str]:
    return frozenset(product_key(product) for deal in deals for product in deal.products)
