"""The role matrix: accounts by the six roles, each with its level and who holds it (catalogue, sections 1 and 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kam_sync.records import AccountSnapshot, Role
from kam_sync.roles import RoleCoverage, RoleLevel, coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMatrixRow:
    """One account of the matrix; `roles` has an entry for each of the six, in their order."""

    account_id: str
    account_name: str
    roles: tuple[RoleCoverage, ...]

    @property
    def covered(self) -> int:
        """How many of the six roles are known to be held."""
        return sum(role.level is not None and role.level > RoleLevel.ABSENT for role in self.roles)


def role_matrix(
    snapshots: Iterable[AccountSnapshot],
    today: dt.date,
    clear: Mapping[str, frozenset[Role]] | None = None,
) -> tuple[RoleMatrixRow, ...]:
    """Return the role matrix of some accounts, in their order.

    Args:
        snapshots: The accounts.
        today: The date in the org's time zone; a holder who did something in the 90 days before plays the role.
        clear: Account id → the roles of which no symptom shows that nobody plays them (such as those of which
            `KAM106` found none); a role that is active and clear is evidenced, the highest level.
    """
    evidence = clear or {}
    return tuple(
        RoleMatrixRow(
            account_id=snapshot.account.id,
            account_name=snapshot.account.name,
            roles=tuple(
                _with_evidence(role, evidence.get(snapshot.account.id, frozenset()))
                for role in coverage(snapshot, today)
            ),
        )
        for snapshot in snapshots
    )


def _with_evidence(covered: RoleCoverage, clear: frozenset[Role]) -> RoleCoverage:
    evidenced = covered.level is RoleLevel.ACTIVE and covered.role in clear
    return replace(covered, level=RoleLevel.EVIDENCED) if evidenced else covered
