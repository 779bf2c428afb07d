"""Who plays the six roles on an account, and to what extent (catalogue, section 1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from kam_sync.records import AccountSnapshot, ActivityStatus, Role, RoleAssignment

ACTIVE_DAYS: Final = 90
"""A holder with an activity on the account in so many days plays the role (catalogue, "levels")."""


class RoleLevel(IntEnum):
    """To what extent a role is played (catalogue, "levels")."""

    ABSENT = 0
    NAMED = 1
    ACTIVE = 2
    EVIDENCED = 3
    """Active, and no symptom shows that nobody plays it; `coverage` alone cannot tell, the role matrix can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCoverage:
    """One role on one account: its level (None when unknown) and the names of those who hold it."""

    role: Role
    level: RoleLevel | None
    holders: tuple[str, ...]


def coverage(snapshot: AccountSnapshot, today: dt.date) -> tuple[RoleCoverage, ...]:
    """Return how each of the six roles is covered.

    A deactivated user holds nothing. A role whose only holder is not among the users that were pulled is unknown.
    """
    return tuple(_cover(snapshot, role, today) for role in Role)


def _cover(snapshot: AccountSnapshot, role: Role, today: dt.date) -> RoleCoverage:
    if {"roles", f"roles.{role.value}"} & snapshot.unknown:
        return RoleCoverage(role=role, level=None, holders=())
    named = [assignment for assignment in snapshot.known_roles if assignment.role is role]
    held = [assignment for assignment in named if _holds(snapshot, assignment)]
    names = tuple(sorted({_name(snapshot, assignment) for assignment in held}))
    if not held:
        unseen = any(_holds(snapshot, assignment) is None for assignment in named)
        return RoleCoverage(role=role, level=None if unseen else RoleLevel.ABSENT, holders=())
    if "activities" in snapshot.unknown:
        return RoleCoverage(role=role, level=RoleLevel.NAMED, holders=names)
    since = today - dt.timedelta(days=ACTIVE_DAYS)
    active = {
        activity.owner_id
        for activity in snapshot.known_activities
        if activity.on is not None and since <= activity.on <= today and activity.status is not ActivityStatus.CANCELED
    }
    level = RoleLevel.ACTIVE if any(assignment.user_id in active for assignment in held) else RoleLevel.NAMED
    return RoleCoverage(role=role, level=level, holders=names)


def _holds(snapshot: AccountSnapshot, assignment: RoleAssignment) -> bool | None:
    """Return whether the person named holds the role; None when it is a user who was not pulled."""
    if not assignment.user_id:
        return bool((assignment.holder_name or "").strip())
    user = snapshot.users.get(assignment.user_id)
    return user.active if user is not None else None


def _name(snapshot: AccountSnapshot, assignment: RoleAssignment) -> str:
    user = snapshot.users.get(assignment.user_id or "")
    return user.name if user is not None else assignment.holder_name or ""
