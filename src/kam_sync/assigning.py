"""Who gets the tasks of an account: an active person, as near to the matter as the CRM tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kam_sync.judgements import Assignee
from kam_sync.records import AccountSnapshot, Role, User


def owner_of(snapshot: AccountSnapshot, fallback: str | None) -> Assignee:
    """Return the account's owner, or who stands in: a manager, then the fallback."""
    return _assignee(snapshot, [snapshot.account.owner_id], fallback, certain=_knows_owner(snapshot))


def holder_of(snapshot: AccountSnapshot, role: Role, fallback: str | None) -> Assignee:
    """Return the holder of a role, or who stands in: the account's owner, a manager of either, then the fallback."""
    known = snapshot.knows("roles", f"roles.{role.value}")
    holders = sorted(held.user_id for held in snapshot.known_roles if held.role is role and held.user_id)
    if known and any(snapshot.users[holder].assignable for holder in holders if holder in snapshot.users):
        return _assignee(snapshot, holders, fallback, certain=True)
    candidates = [*(holders if known else ()), snapshot.account.owner_id]
    return _assignee(snapshot, candidates, fallback, certain=known and _knows_owner(snapshot))


def _knows_owner(snapshot: AccountSnapshot) -> bool:
    return "account.owner_id" not in snapshot.unknown


def _assignee(
    snapshot: AccountSnapshot, candidates: Sequence[str | None], fallback: str | None, *, certain: bool
) -> Assignee:
    """Return the first candidate who can own a task, else a manager of one of them, else the fallback.

    A candidate who is not among the users that were pulled is someone we know nothing of: nothing is certain then.
    """
    certain = certain and all(candidate is None or candidate in snapshot.users for candidate in candidates)
    for candidate in candidates:
        user = snapshot.users.get(candidate or "")
        if user is not None and user.assignable:
            return Assignee(user_id=user.id, certain=certain)
    for candidate in candidates:
        manager = _manager(snapshot.users, candidate)
        if manager is not None:
            return Assignee(user_id=manager, certain=certain)
    return Assignee(user_id=fallback, certain=certain)


def _manager(users: Mapping[str, User], user_id: str | None) -> str | None:
    """Return the nearest manager above a user who can own a task; a cycle of managers ends the search."""
    seen: set[str] = set()
    user = users.get(user_id or "")
    while user is not None and user.manager_id is not None and user.manager_id not in seen:
        seen.add(user.manager_id)
        user = users.get(user.manager_id)
        if user is not None and user.assignable:
            return user.id
    return None
