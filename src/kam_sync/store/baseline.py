"""The baseline of one org: what was wrong when kam-sync came, and from which day tasks may speak of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import delete, select

from kam_sync.store import schema
from kam_sync.store.database import Store
from kam_sync.store.mirror import upsert


class Baseline:
    """The baseline of the org with this id; empty unless somebody made one."""

    def __init__(self, store: Store, org_uid: str) -> None:
        self._store = store
        self._org_uid = org_uid

    def dates(self) -> Mapping[str, dt.date]:
        """Return the fingerprint of each finding of the baseline with the day from which tasks may speak of it."""
        table = schema.baseline
        with self._store.begin() as connection:
            rows = connection.execute(select(table).where(table.c.org_uid == self._org_uid))
            return {row.fingerprint: row.release_on for row in rows}

    def replace(self, dates: Mapping[str, dt.date]) -> None:
        """Take these findings as the baseline instead of what it was."""
        rows: list[dict[str, object]] = [
            {"org_uid": self._org_uid, "fingerprint": fingerprint, "release_on": day}
            for fingerprint, day in dates.items()
        ]
        with self._store.begin() as connection:
            connection.execute(delete(schema.baseline).where(schema.baseline.c.org_uid == self._org_uid))
            upsert(connection, schema.baseline, rows)

    def forget_solved(self) -> None:
        """Forget findings that no longer fail: should one return, it is new and waits for nothing."""
        table, findings = schema.baseline, schema.findings
        failing = select(findings.c.fingerprint).where(findings.c.org_uid == self._org_uid)
        with self._store.begin() as connection:
            connection.execute(
                delete(table).where(table.c.org_uid == self._org_uid, table.c.fingerprint.not_in(failing))
            )
