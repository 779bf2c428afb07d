"""Task links and the outbox of one org: the books that make writing into a CRM safe to interrupt and repeat."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, insert, select, update

from kam_sync.lifecycle import LinkState, TaskField, TaskLink
from kam_sync.plans import Operation
from kam_sync.store import schema
from kam_sync.store.database import Store
from kam_sync.store.mirror import upsert

_LINK: Final = TypeAdapter(TaskLink)
_OPERATION: Final = TypeAdapter(Operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An operation that was begun and of which the end is not known."""

    id: int
    run_id: str
    operation: Operation


class TaskBooks:
    """Links and outbox of the org with this id."""

    def __init__(self, store: Store, org_uid: str) -> None:
        self._store = store
        self._org_uid = org_uid

    # -- links ------------------------------------------------------------------------------------------------

    def links(self, states: Iterable[LinkState] = ()) -> Iterator[TaskLink]:
        """Yield the links in some states (all but ended ones where none are named), in the order of their keys."""
        table = schema.task_links
        wanted = [state.value for state in states or [state for state in LinkState if state is not LinkState.ENDED]]
        last = ""
        while True:
            with self._store.begin() as connection:
                rows = connection.execute(
                    select(table.c.key, table.c.payload)
                    .where(table.c.org_uid == self._org_uid, table.c.state.in_(wanted), table.c.key > last)
                    .order_by(table.c.key)
                    .limit(500)
                ).all()
            for row in rows:
                yield _LINK.validate_json(row.payload)
            if len(rows) < 500:
                return
            last = rows[-1].key

    def link(self, key: str) -> TaskLink | None:
        """Return the link with a key, ended ones too."""
        with self._store.begin() as connection:
            return self._link(connection, key)

    def of_run(self, run_id: str | None) -> tuple[TaskLink, ...]:
        """Return the links of the tasks that a run made, or all runs."""
        table = schema.task_links
        where = [table.c.org_uid == self._org_uid, table.c.task_id != ""]
        if run_id is not None:
            where.append(table.c.run_id == run_id)
        with self._store.begin() as connection:
            payloads = connection.scalars(select(table.c.payload).where(*where).order_by(table.c.key))
            return tuple(_LINK.validate_json(payload) for payload in payloads)

    def of_account(self, account_id: str) -> tuple[TaskLink, ...]:
        """Return every link of an account, ended ones too, oldest episode first."""
        table = schema.task_links
        with self._store.begin() as connection:
            payloads = connection.scalars(
                select(table.c.payload)
                .where(table.c.org_uid == self._org_uid, table.c.account_id == account_id)
                .order_by(table.c.topic, table.c.episode)
            )
            return tuple(_LINK.validate_json(payload) for payload in payloads)

    def episodes(self) -> Mapping[tuple[str, str], int]:
        """Return the highest episode of every account and topic that ever had a task."""
        table = schema.task_links
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table.c.account_id, table.c.topic, func.max(table.c.episode).label("episode"))
                .where(table.c.org_uid == self._org_uid)
                .group_by(table.c.account_id, table.c.topic)
            )
            return {(row.account_id, row.topic): row.episode for row in rows}

    def made_since(self, moment: dt.datetime) -> Mapping[str, int]:
        """Return owner → tasks made for them since a moment."""
        table = schema.task_links
        with self._store.begin() as connection:
            owners = connection.scalars(
                select(table.c.owner_id).where(
                    table.c.org_uid == self._org_uid,
                    table.c.created_at > moment.astimezone(dt.UTC).isoformat(),
                    table.c.owner_id.is_not(None),
                )
            )
            return Counter(owner for owner in owners if owner is not None)

    def adopt(self, links: Sequence[TaskLink]) -> None:
        """Take in links that were recovered from the CRM."""
        with self._store.begin() as connection:
            for link in links:
                self._put(connection, link, None)

    def _link(self, connection: Connection, key: str) -> TaskLink | None:
        table = schema.task_links
        payload = connection.scalar(select(table.c.payload).where(table.c.org_uid == self._org_uid, table.c.key == key))
        return _LINK.validate_json(payload) if payload is not None else None

    def _put(self, connection: Connection, link: TaskLink, run_id: str | None) -> None:
        stored = self._link(connection, link.key)
        kept = replace(link, revision=(stored.revision if stored else 0) + 1)
        table = schema.task_links
        made_by = connection.scalar(
            select(table.c.run_id).where(table.c.org_uid == self._org_uid, table.c.key == link.key)
        )
        row: dict[str, object] = {
            "org_uid": self._org_uid,
            "key": kept.key,
            "account_id": kept.account_id,
            "topic": kept.topic,
            "state": kept.state.value,
            "episode": kept.episode,
            "task_id": kept.task_id,
            "owner_id": kept.wanted.get(TaskField.OWNER),
            "created_at": kept.created_at.astimezone(dt.UTC).isoformat() if kept.created_at else None,
            "run_id": made_by if stored else run_id,
            "revision": kept.revision,
            "payload": _LINK.dump_json(kept).decode(),
        }
        upsert(connection, table, [row])

    # -- outbox -----------------------------------------------------------------------------------------------

    def begin_operations(self, run_id: str, operations: Sequence[Operation], at: dt.datetime) -> None:
        """Write down the intent to do some operations, before the CRM is called."""
        with self._store.begin() as connection:
            connection.execute(
                insert(schema.outbox),
                [
                    {
                        "org_uid": self._org_uid,
                        "run_id": run_id,
                        "operation_id": operation.id,
                        "key": operation.link.key,
                        "state": "in flight",
                        "payload": _OPERATION.dump_json(operation).decode(),
                        "problem": "",
                        "at": at.isoformat(),
                    }
                    for operation in operations
                ],
            )

    def in_flight(self) -> tuple[Intent, ...]:
        """Return the operations of which the end is not known, oldest first."""
        table = schema.outbox
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table).where(table.c.org_uid == self._org_uid, table.c.state == "in flight").order_by(table.c.id)
            )
            return tuple(
                Intent(id=row.id, run_id=row.run_id, operation=_OPERATION.validate_json(row.payload)) for row in rows
            )

    def finish(self, run_id: str, operation: Operation, link: TaskLink | None, problem: str = "") -> None:
        """End an operation in one transaction: with the link as it is now, or with none when nothing happened.

        An operation of that run that is no longer in flight was ended by another process: nothing moves. What is
        ended keeps no payload, which would pile up account names and old bodies.
        """
        table = schema.outbox
        with self._store.begin() as connection:
            ended = connection.execute(
                update(table)
                .where(
                    table.c.org_uid == self._org_uid,
                    table.c.run_id == run_id,
                    table.c.operation_id == operation.id,
                    table.c.state == "in flight",
                )
                .values(state="done" if link is not None else "dropped", problem=problem[:500], payload="")
            )
            if link is None or ended.rowcount == 0:
                return
            for former in operation.ended:
                self._put(connection, former, run_id)
            self._put(connection, link, run_id)
