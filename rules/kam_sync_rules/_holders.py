"""Who holds which role of an account, read the same way by every rule of the roles family."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kam_sync.records import AccountSnapshot, Role, RoleAssignment
from kam_sync_rules._text import person

ROLE_NAMES: Final = tuple(f"roles.{role}" for role in Role)
"""The canonical names of the six roles, which every rule that reads holders uses."""


class Standing(StrEnum):
    """What is known of a person who is named as the holder of a role."""

    ACTIVE = "active"
    OUTSIDE = "outside"
    """Known by name only: someone outside the CRM, who holds the role but whose activity cannot be seen."""
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"
    """A user id that is not among the users that were pulled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person named for a role, with every assignment that says so (several sources may name the same one).

    `user_id` is empty for a person outside the CRM.
    """

    role: Role
    user_id: str
    name: str
    standing: Standing
    assignments: tuple[RoleAssignment, ...]

    @property
    def key(self) -> str:
        """The problem key of this person in this role."""
        return f"{self.role}:{self.user_id}"

    @property
    def may_hold(self) -> bool:
        """Whether this person holds the role or, as an unknown user, might."""
        return self.standing is not Standing.DEACTIVATED

    @property
    def surely_holds(self) -> bool:
        """Whether this person holds the role as far as anyone can tell."""
        return self.standing in {Standing.ACTIVE, Standing.OUTSIDE}

    def since(self, snapshot: AccountSnapshot) -> dt.date | None:
        """Return since when the person has held the role: the earliest of what is known.

        Each assignment counts from the date the CRM tells, else from when kam-sync first saw it.
        """
        dates = (assignment.since or snapshot.role_since.get(assignment.id) for assignment in self.assignments)
        return min((date for date in dates if date is not None), default=None)


def holders_of(snapshot: AccountSnapshot, role: Role) -> tuple[Holder, ...]:
    """Return the people named for a role, in a stable order; an assignment that names nobody is skipped."""
    named: dict[tuple[str, str], list[RoleAssignment]] = {}
    for assignment in sorted(snapshot.roles, key=lambda assignment: assignment.id):
        user_id = assignment.user_id or ""
        name = "" if user_id else (assignment.holder_name or "").strip()
        if assignment.role is role and (user_id or name):
            named.setdefault((user_id, name), []).append(assignment)
    return tuple(_holder(snapshot, role, *person, tuple(named[person])) for person in sorted(named))


def _holder(
    snapshot: AccountSnapshot, role: Role, user_id: str, name: str, assignments: tuple[RoleAssignment, ...]
) -> Holder:
    user = snapshot.users.get(user_id)
    if not user_id:
        standing = Standing.OUTSIDE
    elif user is None:
        standing = Standing.UNKNOWN
    else:
        standing = Standing.ACTIVE if user.active else Standing.DEACTIVATED
        name = user.name
    return Holder(role=role, user_id=user_id, name=person(name, user_id), standing=standing, assignments=assignments)
