"""The mirror of one org: the records of the last pull, and how complete it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Connection, Insert, Row, Table, and_, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import (
    ADAPTERS,
    Account,
    AccountPlan,
    Activity,
    RecordKind,
    RoleAssignment,
    SalesRow,
    User,
    account_ids_of,
)
from kam_sync.store import schema
from kam_sync.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PullState:
    """How the last pull of a kind went; `good_rows` is the row count of the last accepted run."""

    complete: bool
    rows: int
    good_rows: int | None
    pulled_at: dt.datetime
    problem: str


def upsert(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    """Insert rows or overwrite those with the same primary key."""
    if rows:
        connection.execute(_upsert_into(table, connection.dialect.name), rows)


@cache
def _upsert_into(table: Table, dialect: str) -> Insert:
    """Build the statement once for each table: that takes longer than running it on a few rows."""
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    overwriting: Insert = statement.on_conflict_do_update(index_elements=keys, set_=others)
    return overwriting


class Mirror:
    """The mirror of the org with this id."""

    def __init__(self, store: Store, org_uid: str) -> None:
        self._store = store
        self._org_uid = org_uid

    # -- filling ----------------------------------------------------------------------------------------------

    def begin(self, kind: RecordKind, at: dt.datetime) -> int:
        """Begin a pull of a kind and return its number; until it is finished the kind counts as incomplete."""
        with self._store.begin() as connection:
            return self._begin(connection, kind, at, "the pull was not finished")

    def _begin(self, connection: Connection, kind: RecordKind, at: dt.datetime, problem: str) -> int:
        state = self._state(connection, kind)
        pull = (state.pull if state is not None else 0) + 1
        row = {
            "org_uid": self._org_uid,
            "kind": kind.value,
            "pull": pull,
            "complete": False,
            "rows": state.rows if state is not None else 0,
            "good_rows": state.good_rows if state is not None else None,
            "pulled_at": at.isoformat(),
            "problem": problem,
        }
        upsert(connection, schema.mirror_state, [row])
        connection.execute(delete(schema.mirror_rejects).where(self._is(schema.mirror_rejects, kind)))
        return pull

    def add(self, kind: RecordKind, pull: int, page: Page) -> None:
        """Store a page of the pull; a record seen twice hangs on all accounts it was seen with."""
        records = {record.id: record for record in page.records}
        rows: list[dict[str, object]] = [
            {
                "org_uid": self._org_uid,
                "kind": kind.value,
                "id": record.id,
                "pull": pull,
                "in_scope": record.in_scope if isinstance(record, Account) else True,
                "our_key": record.our_key if isinstance(record, Activity) else None,
                "payload": ADAPTERS[kind].dump_json(record).decode(),
            }
            for record in records.values()
        ]
        links: list[dict[str, object]] = [
            {
                "org_uid": self._org_uid,
                "account_id": account_id,
                "kind": kind.value,
                "record_id": record.id,
                "pull": pull,
            }
            for record in page.records
            for account_id in account_ids_of(record)
        ]
        merged: list[dict[str, object]] = [
            {"org_uid": self._org_uid, "loser_id": loser, "winner_id": record.id}
            for record in page.records
            if isinstance(record, Account)
            for loser in record.merged_ids
        ]
        with self._store.begin() as connection:
            upsert(connection, schema.mirror_records, rows)
            upsert(connection, schema.mirror_links, links)
            upsert(connection, schema.mirror_merged, merged)
            upsert(
                connection,
                schema.mirror_rejects,
                [self._reject(reject, to) for reject in page.rejected for to in reject.account_ids or ("",)],
            )

    def _reject(self, reject: RejectedRecord, account_id: str) -> dict[str, object]:
        return {
            "org_uid": self._org_uid,
            "kind": reject.kind.value,
            "record_id": reject.id,
            "account_id": account_id,
            "reason": reject.reason[:300],
        }

    def finish(self, kind: RecordKind, pull: int, problem: str = "") -> None:
        """End a pull; without a problem it was complete, and what it did not see is gone."""
        with self._store.begin() as connection:
            values: dict[str, object] = {"complete": not problem, "problem": problem[:500]}
            if not problem:
                for table in (schema.mirror_records, schema.mirror_links):
                    connection.execute(delete(table).where(self._is(table, kind), table.c.pull != pull))
                values["rows"] = self._count(connection, kind)
                if kind is RecordKind.ROLE:
                    self._forget_roles(connection)
            connection.execute(schema.mirror_state.update().where(self._is(schema.mirror_state, kind)).values(**values))

    def skip(self, kinds: Collection[RecordKind], at: dt.datetime, reason: str) -> None:
        """Leave some kinds unpulled: they are unknown, and what an earlier pull brought is forgotten."""
        with self._store.begin() as connection:
            for kind in kinds:
                self._begin(connection, kind, at, reason)
                for table in (schema.mirror_records, schema.mirror_links):
                    connection.execute(delete(table).where(self._is(table, kind)))

    def _forget_roles(self, connection: Connection) -> None:
        """Forget when vanished assignments were first seen: named again, a holder starts anew."""
        seen, records = schema.role_first_seen, schema.mirror_records
        current = select(records.c.id).where(self._is(records, RecordKind.ROLE))
        connection.execute(delete(seen).where(seen.c.org_uid == self._org_uid, seen.c.assignment_id.not_in(current)))

    def accept_counts(self) -> None:
        """Take the row counts of the complete kinds as those the next run is measured by."""
        table = schema.mirror_state
        with self._store.begin() as connection:
            connection.execute(
                table.update().where(table.c.org_uid == self._org_uid, table.c.complete).values(good_rows=table.c.rows)
            )

    def _is(self, table: Table, kind: RecordKind) -> ColumnElement[bool]:
        return and_(table.c.org_uid == self._org_uid, table.c.kind == kind.value)

    def _state(self, connection: Connection, kind: RecordKind) -> Row[tuple[object, ...]] | None:
        return connection.execute(select(schema.mirror_state).where(self._is(schema.mirror_state, kind))).first()

    def _count(self, connection: Connection, kind: RecordKind) -> int:
        table = schema.mirror_records
        return int(connection.scalar(select(func.count()).where(self._is(table, kind), table.c.in_scope)) or 0)

    # -- reading ----------------------------------------------------------------------------------------------

    def states(self) -> Mapping[RecordKind, PullState]:
        """Return how the last pull of every kind went."""
        with self._store.begin() as connection:
            rows = connection.execute(select(schema.mirror_state).where(schema.mirror_state.c.org_uid == self._org_uid))
            return {
                RecordKind(row.kind): PullState(
                    complete=row.complete,
                    rows=row.rows,
                    good_rows=row.good_rows,
                    pulled_at=dt.datetime.fromisoformat(row.pulled_at),
                    problem=row.problem,
                )
                for row in rows
            }

    def account_ids(self, *, in_scope_only: bool = False) -> Iterator[str]:
        """Yield the ids of the pulled accounts in ascending order."""
        table = schema.mirror_records
        last = ""
        while True:
            where = [self._is(table, RecordKind.ACCOUNT), table.c.id > last]
            if in_scope_only:
                where.append(table.c.in_scope)
            with self._store.begin() as connection:
                ids = connection.scalars(select(table.c.id).where(*where).order_by(table.c.id).limit(1000)).all()
            yield from ids
            if len(ids) < 1000:
                return
            last = ids[-1]

    def count_in_scope(self) -> int:
        """Return how many of the pulled accounts are in scope."""
        table = schema.mirror_records
        with self._store.begin() as connection:
            where = (self._is(table, RecordKind.ACCOUNT), table.c.in_scope)
            return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def merged(self) -> Mapping[str, str]:
        """Return merged account id → the id of the account that is left, chains followed."""
        table, records = schema.mirror_merged, schema.mirror_records
        there = select(records.c.id).where(self._is(records, RecordKind.ACCOUNT))  # a merge may be undone
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table).where(table.c.org_uid == self._org_uid, table.c.loser_id.not_in(there))
            ).all()
        direct = {row.loser_id: row.winner_id for row in rows}
        return {loser: _last(direct, loser) for loser in direct}

    def users(self) -> Mapping[str, User]:
        """Return every user of the org by id."""
        table = schema.mirror_records
        with self._store.begin() as connection:
            payloads = connection.scalars(select(table.c.payload).where(self._is(table, RecordKind.USER)))
            users = (ADAPTERS[RecordKind.USER].validate_json(payload) for payload in payloads)
            return {user.id: user for user in users if isinstance(user, User)}

    def rejects(self) -> tuple[RejectedRecord, ...]:
        """Return the records that did not validate, one entry per account."""
        table = schema.mirror_rejects
        with self._store.begin() as connection:
            rows = connection.execute(select(table).where(table.c.org_uid == self._org_uid))
            return tuple(
                RejectedRecord(
                    kind=RecordKind(row.kind),
                    id=row.record_id,
                    account_ids=(row.account_id,) if row.account_id else (),
                    reason=row.reason,
                )
                for row in rows
            )

    def sales(self) -> tuple[SalesRow, ...]:
        """Return the light rows of the portfolio, by account id; none when they were not pulled."""
        table = schema.mirror_records
        with self._store.begin() as connection:
            payloads = connection.scalars(
                select(table.c.payload).where(self._is(table, RecordKind.SALES)).order_by(table.c.id)
            )
            rows = (ADAPTERS[RecordKind.SALES].validate_json(payload) for payload in payloads)
            return tuple(row for row in rows if isinstance(row, SalesRow))

    def plans(self) -> Iterator[AccountPlan]:
        """Yield every account plan, by id; none when they were not pulled."""
        table = schema.mirror_records
        with self._store.begin() as connection:
            payloads = connection.scalars(
                select(table.c.payload).where(self._is(table, RecordKind.PLAN)).order_by(table.c.id)
            ).all()
        for payload in payloads:
            plan = ADAPTERS[RecordKind.PLAN].validate_json(payload)
            if isinstance(plan, AccountPlan):
                yield plan

    def foreign_keys(self) -> tuple[str, ...]:
        """Return the task keys seen in the CRM that are neither in the books nor in flight, at most a hundred."""
        records, links, outbox = schema.mirror_records, schema.task_links, schema.outbox
        known = select(links.c.key).where(links.c.org_uid == self._org_uid)
        in_flight = select(outbox.c.key).where(outbox.c.org_uid == self._org_uid, outbox.c.state == "in flight")
        with self._store.begin() as connection:
            return tuple(
                str(key)
                for key in connection.scalars(
                    select(records.c.our_key)
                    .where(
                        self._is(records, RecordKind.ACTIVITY),
                        records.c.our_key.is_not(None),
                        records.c.our_key.not_in(known),
                        records.c.our_key.not_in(in_flight),
                    )
                    .order_by(records.c.our_key)
                    .limit(100)
                )
            )

    def our_activities(self) -> Iterator[tuple[str, Activity]]:
        """Yield (task key, activity) of every task in the mirror that carries a kam-sync key."""
        table = schema.mirror_records
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table.c.our_key, table.c.payload)
                .where(self._is(table, RecordKind.ACTIVITY), table.c.our_key.is_not(None))
                .order_by(table.c.our_key)
            ).all()
        for row in rows:
            activity = ADAPTERS[RecordKind.ACTIVITY].validate_json(row.payload)
            if isinstance(activity, Activity):
                yield row.our_key, activity

    def note_roles(self, page: Page, today: dt.date) -> None:
        """Remember the day on which each role assignment was seen first."""
        table = schema.role_first_seen
        rows = [
            {"org_uid": self._org_uid, "assignment_id": record.id, "first_seen_on": today}
            for record in page.records
            if isinstance(record, RoleAssignment)
        ]
        if not rows:
            return
        with self._store.begin() as connection:
            module = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(module.insert(table).on_conflict_do_nothing(), rows)


def _last(direct: Mapping[str, str], loser: str) -> str:
    seen = {loser}
    winner = direct[loser]
    while winner in direct and winner not in seen:
        seen.add(winner)
        winner = direct[winner]
    return winner
