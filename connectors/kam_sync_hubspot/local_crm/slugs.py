"""Which record or owner a portfolio's slug stands for; people are addressed by it, the API never shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from kam_sync_hubspot.local_crm.database import Database

Kind = Literal["account", "user", "contact", "deal", "goal", "action", "quote", "case", "contract"]


def within(account: str, slug: str) -> str:
    """Return the slug of what hangs on an account and is named within it only, such as a deal or a contact."""
    return f"{account}/{slug}"


class Slugs:
    """Slug → id; contacts, deals and the rest are named `within` their account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: Kind, pairs: Iterable[tuple[str, int]]) -> None:
        """Note slugs with their ids."""
        self.add_rows((kind, slug, number) for slug, number in pairs)

    def add_rows(self, rows: Iterable[tuple[Kind, str, int]]) -> None:
        """Note slugs of several kinds with their ids."""
        self._database.connection.executemany("INSERT INTO slugs (kind, slug, id) VALUES (?, ?, ?)", rows)

    def id_of(self, kind: Kind, slug: str) -> int:
        """Return the id of a slug; raises KeyError where there is none."""
        row: tuple[int] | None = self._database.connection.execute(
            "SELECT id FROM slugs WHERE kind = ? AND slug = ?", (kind, slug)
        ).fetchone()
        if row is None:
            raise KeyError(f"the local HubSpot has no {kind} {slug!r}")
        return row[0]

    def slug_of(self, kind: Kind, number: int) -> str:
        """Return the slug of an id, the winner's after a merge; empty where there is none."""
        row: tuple[str] | None = self._database.connection.execute(
            "SELECT slug FROM slugs WHERE kind = ? AND id = ? ORDER BY alias, slug LIMIT 1", (kind, number)
        ).fetchone()
        return "" if row is None else row[0]

    def merged(self, winner_id: int, loser_id: int, new_id: int) -> None:
        """Let both accounts' slugs stand for the merged record; the loser's becomes an alias."""
        self._database.connection.execute(
            "UPDATE slugs SET id = ?, alias = 1 WHERE kind = 'account' AND id = ?", (new_id, loser_id)
        )
        self._database.connection.execute(
            "UPDATE slugs SET id = ? WHERE kind = 'account' AND id = ?", (new_id, winner_id)
        )
