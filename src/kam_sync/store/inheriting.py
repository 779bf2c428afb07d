"""Roles and plans that an account takes from the accounts above it, so that subsidiaries need none of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kam_sync.records import Account, AccountPlan, PlanAction, PlanGoal, Record, RoleAssignment

MOST_LEVELS: Final = 10
"""Levels of parents looked through; a cycle of parents ends here."""

_Inherited = RoleAssignment | AccountPlan | PlanGoal | PlanAction
_KINDS: Final[Mapping[str, tuple[type[_Inherited], ...]]] = {
    "roles": (RoleAssignment,),
    "plans": (AccountPlan, PlanGoal, PlanAction),
}
"""Relation → what is taken; an account that has the first of a relation's kinds takes nothing."""

_ALONG: Final[Mapping[str, frozenset[str]]] = {"roles": frozenset(), "plans": frozenset({"goals", "actions"})}
"""Relation → the relations that come along with it."""

Hanging = Callable[[Iterable[str]], Mapping[str, list[Record]]]
"""Returns everything that hangs on some accounts, the accounts themselves included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """The roles and plans of some accounts, and the relations that are unknown because a parent's are.

    A plan takes its goals and actions along.
    """

    records: dict[str, list[RoleAssignment | AccountPlan | PlanGoal | PlanAction]]
    unknown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def inherit_from_parents(
    hanging: Mapping[str, list[Record]],
    inherit: frozenset[str],
    rejected: Mapping[str, set[str]],
    hanging_on: Hanging,
) -> Inherited:
    """Return the roles and plans of each account, taken from the nearest parent that has some where asked.

    Args:
        hanging: Account id → what hangs on it.
        inherit: The relations (`roles`, `plans`) that are inherited.
        rejected: Account id → its relations of which a record did not validate.
        hanging_on: Reads what hangs on the parents.
    """
    own = {
        account_id: [record for record in found if isinstance(record, _Inherited)]
        for account_id, found in hanging.items()
    }
    result = Inherited(records=defaultdict(list, own))
    for relation in sorted(inherit):
        kinds = _KINDS[relation]
        waiting = {
            account_id: parent
            for account_id, found in hanging.items()
            if (parent := _parent(found)) and not any(isinstance(record, kinds[0]) for record in own[account_id])
        }
        for _ in range(MOST_LEVELS):
            if not waiting:
                break
            above = hanging_on(set(waiting.values()))
            following: dict[str, str] = {}
            for account_id, parent in waiting.items():
                found = above.get(parent, [])
                taken = [record for record in found if isinstance(record, kinds)]
                grandparent = _parent(found)
                if relation in rejected.get(parent, set()) or not any(isinstance(r, Account) for r in found):
                    result.unknown[account_id].add(relation)
                elif any(isinstance(record, kinds[0]) for record in taken):
                    result.records[account_id] = [*result.records[account_id], *taken]
                    result.unknown[account_id] |= _ALONG[relation] & rejected.get(parent, set())
                elif grandparent:
                    following[account_id] = grandparent
            waiting = following
    return result


def _parent(found: Iterable[Record]) -> str | None:
    return next((record.parent_id for record in found if isinstance(record, Account)), None)
