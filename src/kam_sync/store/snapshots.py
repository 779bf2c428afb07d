"""Snapshots out of the mirror: one account after the other with everything that hangs on it, in constant memory."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from sqlalchemy import and_, select

from kam_sync.names import RELATIONS
from kam_sync.records import (
    ADAPTERS,
    Account,
    AccountPlan,
    AccountSnapshot,
    Activity,
    ActivityKind,
    Case,
    Contact,
    Contract,
    Feedback,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    Quote,
    Record,
    RecordKind,
    RoleAssignment,
    User,
)
from kam_sync.store import schema
from kam_sync.store.database import Store
from kam_sync.store.inheriting import inherit_from_parents
from kam_sync.store.mirror import Mirror

CHUNK: Final = 200
"""Accounts read together when streaming; large enough to spare queries, small enough to keep memory flat."""

RecordT = TypeVar("RecordT", bound=Record)


class Snapshots:
    """The snapshots of one org."""

    def __init__(self, store: Store, org_uid: str) -> None:
        self._store = store
        self._org_uid = org_uid
        self._mirror = Mirror(store, org_uid)

    def stream(
        self, unknown: frozenset[str], *, inherit: frozenset[str] = frozenset(), only: str | None = None
    ) -> Iterator[AccountSnapshot]:
        """Yield a snapshot of every account in scope, in the order of their ids, with constant memory.

        Args:
            unknown: What is unknown in the whole org; kinds that were not pulled completely are added.
            inherit: The relations (`roles`, `plans`) that an account without its own takes from its parents.
            only: The id of a single account to yield.
        """
        everywhere = unknown | self.unpulled()
        rejected: dict[str, set[str]] = defaultdict(set)
        for reject in self._mirror.rejects():
            if reject.kind in RELATIONS:
                for account_id in reject.account_ids or ("",):
                    rejected[account_id].add(RELATIONS[reject.kind])
        everywhere |= rejected.pop("", set())
        users = self._mirror.users()
        chunk: list[str] = []
        for account_id in [only] if only else self._mirror.account_ids(in_scope_only=True):
            chunk.append(account_id)
            if len(chunk) == CHUNK:
                yield from self._build(chunk, users, everywhere, rejected, inherit)
                chunk = []
        if chunk:
            yield from self._build(chunk, users, everywhere, rejected, inherit)

    def unpulled(self) -> frozenset[str]:
        """Return the relations that were not pulled completely, or not at all."""
        states = self._mirror.states()
        return frozenset(
            relation for kind, relation in RELATIONS.items() if kind not in states or not states[kind].complete
        )

    def _build(
        self,
        account_ids: list[str],
        users: Mapping[str, User],
        unknown: frozenset[str],
        rejected: Mapping[str, set[str]],
        inherit: frozenset[str],
    ) -> Iterator[AccountSnapshot]:
        hanging = self._hanging(account_ids)
        task_ids = self._our_task_ids(account_ids)
        above = inherit_from_parents(hanging, inherit, rejected, self._hanging)
        first_seen = self._first_seen(
            [role.id for found in above.records.values() for role in found if isinstance(role, RoleAssignment)]
        )
        for account_id in account_ids:
            found = hanging[account_id]
            account = next((record for record in found if isinstance(record, Account)), None)
            if account is None:
                continue
            roles_and_plans = above.records[account_id]
            roles = _only(roles_and_plans, RoleAssignment)
            yield AccountSnapshot(
                org_uid=self._org_uid,
                account=account,
                users=users,
                unknown=unknown | rejected.get(account_id, set()) | above.unknown[account_id],
                known_contacts=_only(found, Contact),
                known_roles=roles,
                known_opportunities=_only(found, Opportunity),
                known_activities=tuple(
                    activity for activity in _only(found, Activity) if not _is_ours(activity, task_ids)
                ),
                known_plans=_only(roles_and_plans, AccountPlan),
                known_goals=_only(roles_and_plans, PlanGoal),
                known_actions=_only(roles_and_plans, PlanAction),
                known_feedback=_only(found, Feedback),
                known_quotes=_only(found, Quote),
                known_cases=_only(found, Case),
                known_contracts=_only(found, Contract),
                known_owner_changes=_only(found, OwnerChange),
                role_since={role.id: first_seen[role.id] for role in roles if role.id in first_seen},
            )

    def _hanging(self, account_ids: Iterable[str]) -> dict[str, list[Record]]:
        """Return everything that hangs on some accounts, the accounts themselves included."""
        links, records = schema.mirror_links, schema.mirror_records
        found: dict[str, list[Record]] = defaultdict(list)
        statement = (
            select(links.c.account_id, records.c.kind, records.c.payload)
            .join(
                records,
                and_(
                    records.c.org_uid == links.c.org_uid,
                    records.c.kind == links.c.kind,
                    records.c.id == links.c.record_id,
                ),
            )
            .where(links.c.org_uid == self._org_uid, links.c.account_id.in_(list(account_ids)))
            .order_by(links.c.account_id, records.c.kind, records.c.id)
        )
        with self._store.begin() as connection:
            for row in connection.execute(statement):
                found[row.account_id].append(ADAPTERS[RecordKind(row.kind)].validate_json(row.payload))
        return found

    def _our_task_ids(self, account_ids: list[str]) -> frozenset[str]:
        table = schema.task_links
        asked = frozenset(account_ids)
        losers = [loser for loser, winner in self._mirror.merged().items() if winner in asked]
        with self._store.begin() as connection:
            return frozenset(
                connection.scalars(
                    select(table.c.task_id).where(
                        table.c.org_uid == self._org_uid,
                        table.c.account_id.in_([*account_ids, *losers]),
                        table.c.task_id != "",
                    )
                )
            )

    def _first_seen(self, assignment_ids: list[str]) -> dict[str, dt.date]:
        table = schema.role_first_seen
        found: dict[str, dt.date] = {}
        with self._store.begin() as connection:
            for start in range(0, len(assignment_ids), 500):
                part = assignment_ids[start : start + 500]
                rows = connection.execute(
                    select(table).where(table.c.org_uid == self._org_uid, table.c.assignment_id.in_(part))
                )
                found.update((row.assignment_id, row.first_seen_on) for row in rows)
        return found


def _only(found: Iterable[Record], kind: type[RecordT]) -> tuple[RecordT, ...]:
    return tuple(record for record in found if isinstance(record, kind))


def _is_ours(activity: Activity, task_ids: frozenset[str]) -> bool:
    """Return whether kam-sync made a task: it carries a key, or the link table knows its id."""
    known = activity.kind is ActivityKind.TASK and activity.id.rpartition(":")[2] in task_ids
    return activity.our_key is not None or known
