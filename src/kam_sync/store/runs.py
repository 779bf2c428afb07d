"""The record of runs, and what was last found out about each org."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update

from kam_sync.plans import Queued
from kam_sync.ports import OrgDescription
from kam_sync.store import schema
from kam_sync.store.database import Store
from kam_sync.store.mirror import upsert

_DESCRIPTION: Final = TypeAdapter(OrgDescription)
_QUEUED: Final = TypeAdapter(Queued)


def save_description(store: Store, org: str, description: OrgDescription) -> None:
    """Keep what was found out about an org, by its name in the policy."""
    payload = _DESCRIPTION.dump_json(description).decode()
    with store.begin() as connection:
        upsert(connection, schema.descriptions, [{"org": org, "org_uid": description.org_uid, "payload": payload}])


def load_description(store: Store, org: str) -> OrgDescription | None:
    """Return what was last found out about an org, or None when it was never looked at."""
    table = schema.descriptions
    with store.begin() as connection:
        payload = connection.scalar(select(table.c.payload).where(table.c.org == org))
    return _DESCRIPTION.validate_json(payload) if payload is not None else None


def save_queue(store: Store, org_uid: str, queued: Sequence[Queued]) -> None:
    """Keep what waits behind a cap as of a plan, instead of what waited before."""
    table = schema.waiting
    rows: list[dict[str, object]] = [
        {
            "org_uid": org_uid,
            "account_id": each.account_id,
            "topic": each.topic,
            "payload": _QUEUED.dump_json(each).decode(),
        }
        for each in queued
    ]
    with store.begin() as connection:
        connection.execute(delete(table).where(table.c.org_uid == org_uid))
        upsert(connection, table, rows)


def load_queue(store: Store, org_uid: str, account_id: str | None = None) -> tuple[Queued, ...]:
    """Return what waited behind a cap when an org was last planned, on one account or on all."""
    table = schema.waiting
    where = [table.c.org_uid == org_uid]
    if account_id is not None:
        where.append(table.c.account_id == account_id)
    with store.begin() as connection:
        payloads = connection.scalars(select(table.c.payload).where(*where).order_by(table.c.account_id, table.c.topic))
        return tuple(_QUEUED.validate_json(payload) for payload in payloads)


def sections_of(store: Store, org_uid: str) -> tuple[str, ...]:
    """Return the names in the policy under which an org was last looked at."""
    table = schema.descriptions
    with store.begin() as connection:
        return tuple(
            connection.scalars(select(table.c.org).where(table.c.org_uid == org_uid).order_by(table.c.org)).all()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What was noted of one run in one org; `finished_at` is None for a run that was cut off. Times are UTC.

    `summary` holds the counts that `kam_sync.job.summary` gives.
    """

    id: str
    org: str
    org_uid: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    applied: bool
    summary: Mapping[str, object]


def list_runs(store: Store, *, limit: int = 20) -> tuple[RunRecord, ...]:
    """Return the latest runs, newest first, one record per org."""
    table = schema.runs
    with store.begin() as connection:
        rows = connection.execute(
            select(table).order_by(table.c.started_at.desc(), table.c.id, table.c.org).limit(limit)
        ).all()
    return tuple(
        RunRecord(
            id=row.id,
            org=row.org,
            org_uid=row.org_uid,
            started_at=dt.datetime.fromisoformat(row.started_at),
            finished_at=dt.datetime.fromisoformat(row.finished_at) if row.finished_at else None,
            applied=row.applied,
            summary=json.loads(row.summary),
        )
        for row in rows
    )


def is_known_run(store: Store, run_id: str) -> bool:
    """Return whether there is a record of a run with this id."""
    with store.begin() as connection:
        return connection.scalar(select(schema.runs.c.id).where(schema.runs.c.id == run_id)) is not None


class RunBooks:
    """The record of one run in one org."""

    def __init__(self, store: Store, run_id: str, org: str) -> None:
        self._store = store
        self._run_id = run_id
        self._org = org

    def begin(self, org_uid: str, started: dt.datetime, *, applied: bool) -> None:
        """Note that the run has begun."""
        row = {
            "id": self._run_id,
            "org_uid": org_uid,
            "org": self._org,
            "started_at": started.isoformat(),
            "applied": applied,
            "summary": "{}",
        }
        with self._store.begin() as connection:
            connection.execute(insert(schema.runs).values(row))

    def finish(self, org_uid: str, finished: dt.datetime, summary: Mapping[str, object]) -> None:
        """Note how the run ended; a run that never reached its org leaves no record."""
        table = schema.runs
        with self._store.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.id == self._run_id, table.c.org_uid == org_uid)
                .values(finished_at=finished.isoformat(), summary=json.dumps(summary, ensure_ascii=False))
            )
