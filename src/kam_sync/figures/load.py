"""Load: what each of our people carries, in roles, accounts, sales in progress and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kam_sync.records import Account, Opportunity, Role, RoleAssignment


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLoad:
    """What one account adds to the load of people; small, so that those of all accounts can be held together.

    `open_deals` are the ids of its open opportunities with the users who own them.
    """

    account_id: str
    owner_id: str | None
    open_deals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerLoad:
    """What one of our people carries: ids of the accounts and of the open opportunities owned."""

    accounts: tuple[str, ...] = ()
    open_deals: tuple[str, ...] = ()


def account_load(account: Account, opportunities: Iterable[Opportunity] = ()) -> AccountLoad:
    """Return what an account with its opportunities adds to the load of people."""
    return AccountLoad(
        account_id=account.id,
        owner_id=account.owner_id,
        open_deals=tuple(sorted((deal.id, deal.owner_id) for deal in opportunities if deal.is_open and deal.owner_id)),
    )


def manager_loads(loads: Iterable[AccountLoad]) -> Mapping[str, ManagerLoad]:
    """Return the load of everybody who owns an account or an open opportunity, by user id in order.

    An opportunity that hangs on several accounts counts once.
    """
    accounts: dict[str, set[str]] = {}
    deals: dict[str, set[str]] = {}
    for load in loads:
        if load.owner_id:
            accounts.setdefault(load.owner_id, set()).add(load.account_id)
        for deal_id, owner_id in load.open_deals:
            deals.setdefault(owner_id, set()).add(deal_id)
    return {
        user_id: ManagerLoad(
            accounts=tuple(sorted(accounts.get(user_id, ()))), open_deals=tuple(sorted(deals.get(user_id, ())))
        )
        for user_id in sorted(accounts.keys() | deals.keys())
    }


def roles_per_person(assignments: Iterable[RoleAssignment]) -> Mapping[str, Mapping[Role, int]]:
    """Return for each user on how many accounts that user holds each role, by user id in order.

    Holders outside the CRM, who are known by name only, are left out. Roles held nowhere have no entry.
    """
    held: dict[str, set[tuple[Role, str]]] = {}
    for assignment in assignments:
        if assignment.user_id:
            held.setdefault(assignment.user_id, set()).add((assignment.role, assignment.account_id))
    return {
        user_id: {role: count for role in Role if (count := sum(role is held_role for held_role, _ in pairs))}
        for user_id, pairs in sorted(held.items())
    }


def findings_per_manager(findings: Iterable[tuple[str | None, str]]) -> Mapping[str, Mapping[str, int]]:
    """Return how many findings there are in each area on the accounts of each manager (catalogue H06).

    Args:
        findings: One pair for each finding: the owner of its account and its area. Those without an owner come under
            the empty id.
    """
    counts: dict[str, Counter[str]] = {}
    for owner_id, area in findings:
        counts.setdefault(owner_id or "", Counter())[area] += 1
    return {owner_id: dict(sorted(areas.items())) for owner_id, areas in sorted(counts.items())}
