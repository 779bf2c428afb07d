"""Concentration: how much of all sales hangs on one customer, on the key accounts, on the few.

Accounts are rolled up by the account above them first, or a group of subsidiaries would hide what one customer is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kam_sync.records import SalesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesGroup:
    """An account with all that lie below it; `root_id` is the topmost, which need not be among the rows."""

    root_id: str
    rows: tuple[SalesRow, ...]

    @property
    def amount(self) -> float:
        """What the whole group bought, in the org's currency."""
        return math.fsum(row.amount for row in self.rows)

    @property
    def in_scope(self) -> bool:
        """Whether any account of the group is a key account."""
        return any(row.in_scope for row in self.rows)

    @property
    def lead(self) -> SalesRow | None:
        """The account in scope that bought most; of equal ones the one with the smallest id; None without any."""
        return min((row for row in self.rows if row.in_scope), key=lambda row: (-row.amount, row.id), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """How the sales of a portfolio are spread; `groups` are ordered by amount, the greatest first, then by root.

    `total` is greater than 0.
    """

    groups: tuple[SalesGroup, ...]
    total: float

    @property
    def key_share(self) -> float:
        """The share of all sales that groups with a key account make, from 0 to 1."""
        return math.fsum(group.amount for group in self.groups if group.in_scope) / self.total

    @property
    def top(self) -> SalesGroup:
        """The group that bought most."""
        return self.groups[0]

    @property
    def top1_share(self) -> float:
        """The share of all sales that the greatest group makes, from 0 to 1."""
        return self.top.amount / self.total

    @property
    def herfindahl(self) -> float:
        """The Herfindahl index: 1 when one group buys all, 1/n when n groups buy alike."""
        return math.fsum((group.amount / self.total) ** 2 for group in self.groups)

    def pareto(self, share: float = 0.8) -> float:
        """Return which share of the groups with sales it takes, greatest first, to make this share of all sales."""
        buying = [group for group in self.groups if group.amount > 0]
        made = 0.0
        for count, group in enumerate(buying, start=1):
            made += group.amount
            if made >= share * self.total * (1 - 1e-12):  # sums of floats fall short by a hair
                return count / len(buying)
        return 1.0


def concentration(rows: Iterable[SalesRow], *, roll_up: bool = True) -> Concentration | None:
    """Return how sales are spread over groups, or None when there are no sales.

    Args:
        rows: One row per account; of an id that comes twice the last one counts.
        roll_up: Whether accounts are taken together with those above them; without it each stands for itself.
    """
    groups = sales_groups(rows) if roll_up else _alone(rows)
    total = math.fsum(group.amount for group in groups)
    return Concentration(groups=groups, total=total) if total > 0 else None


def sales_groups(rows: Iterable[SalesRow]) -> tuple[SalesGroup, ...]:
    """Return the rows rolled up by the account above them, the greatest group first.

    An account above that has no row of its own still holds its children together. Accounts that lie above each other
    in a circle, which CRMs do not always forbid, are one group under the smallest of their ids.
    """
    by_id = {row.id: row for row in rows}
    roots: dict[str, str] = {}
    for account_id in sorted(by_id):
        chain = tuple(_upwards(account_id, by_id, roots))
        top = _root(chain, by_id, roots)
        roots.update(dict.fromkeys(chain, top))
    members: dict[str, list[SalesRow]] = {}
    for account_id in sorted(by_id):
        members.setdefault(roots[account_id], []).append(by_id[account_id])
    return _ordered([SalesGroup(root_id=root, rows=tuple(found)) for root, found in members.items()])


def _upwards(account_id: str, by_id: Mapping[str, SalesRow], roots: Mapping[str, str]) -> Iterator[str]:
    """Yield an account and those above it, until one whose root is known, the topmost one, or one passed before."""
    passed: set[str] = set()
    while account_id not in passed:
        passed.add(account_id)
        yield account_id
        row = by_id.get(account_id)
        if account_id in roots or row is None or not row.parent_id:
            return
        account_id = row.parent_id


def _root(chain: Sequence[str], by_id: Mapping[str, SalesRow], roots: Mapping[str, str]) -> str:
    last = chain[-1]
    if last in roots:
        return roots[last]
    row = by_id.get(last)
    if row is None or not row.parent_id:
        return last
    return min(chain[chain.index(row.parent_id) :])


def _alone(rows: Iterable[SalesRow]) -> tuple[SalesGroup, ...]:
    by_id = {row.id: row for row in rows}
    return _ordered([SalesGroup(root_id=account_id, rows=(row,)) for account_id, row in by_id.items()])


def _ordered(groups: Iterable[SalesGroup]) -> tuple[SalesGroup, ...]:
    return tuple(sorted(groups, key=lambda group: (-group.amount, group.root_id)))
