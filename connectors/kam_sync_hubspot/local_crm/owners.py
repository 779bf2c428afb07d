"""The portal's owners: people of ours and queues, to whom records belong; deactivating archives one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kam_sync_hubspot.local_crm.database import Database

FIRST_OWNER_ID = 74_000_001
FIRST_USER_ID = 9_100_001
"""Another number than the owner's id on purpose: HubSpot refuses a user id as owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One owner; `user_id` is the id as a user, which is no owner id, and which a queue does not have."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    archived: bool
    created_at: str
    updated_at: str
    person: bool

    def as_json(self) -> dict[str, object]:
        """Return it as the owners API answers it: an archived one has no `userId`."""
        user_id = self.user_id if self.person else None
        return {
            "id": str(self.id),
            "email": self.email,
            "type": "PERSON" if self.person else "QUEUE",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else user_id,
            "userIdIncludingInactive": user_id,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archived": self.archived,
        }


Row = tuple[int, int, str, str, str, int, str, str, int]


def _owner(row: Row) -> Owner:
    return Owner(
        id=row[0],
        user_id=row[1],
        email=row[2],
        first_name=row[3],
        last_name=row[4],
        archived=bool(row[5]),
        created_at=row[6],
        updated_at=row[7],
        person=bool(row[8]),
    )


class Owners:
    """All owners."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, people: Iterable[tuple[str, str, bool, bool]], at: str) -> list[int]:
        """Add owners and return their ids.

        Args:
            people: Full name, e-mail address, whether it is active, and whether it is a person: else a queue.
            at: When they were made.
        """
        ids: list[int] = []
        for name, email, active, person in people:
            first, _, last = name.partition(" ")
            owner_id = self._database.next_id("owner ids", first=FIRST_OWNER_ID)
            user_id = self._database.next_id("user ids", first=FIRST_USER_ID)
            self._database.connection.execute(
                "INSERT INTO owners VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (owner_id, user_id, email, first, last, not active, at, at, person),
            )
            ids.append(owner_id)
        return ids

    def find(self, owner_id: int, *, archived: bool) -> Owner | None:
        """Return an owner among the active or the archived ones, or None."""
        row: Row | None = self._database.connection.execute(
            "SELECT * FROM owners WHERE id = ? AND archived = ?", (owner_id, archived)
        ).fetchone()
        return None if row is None else _owner(row)

    def find_by_user(self, user_id: int, *, archived: bool) -> Owner | None:
        """Return the owner of a user id, or None."""
        row: Row | None = self._database.connection.execute(
            "SELECT * FROM owners WHERE user_id = ? AND archived = ? AND person = 1", (user_id, archived)
        ).fetchone()
        return None if row is None else _owner(row)

    def page(self, *, after: int, limit: int, archived: bool, email: str | None) -> list[Owner]:
        """Return owners by ascending id beyond `after`."""
        rows = self._database.connection.execute(
            "SELECT * FROM owners WHERE id > ? AND archived = ? AND (? IS NULL OR lower(email) = lower(?))"
            " ORDER BY id LIMIT ?",
            (after, archived, email, email, limit),
        )
        return [_owner(row) for row in rows]

    def is_active(self, owner_id: str) -> bool:
        """Return whether a text is the id of an active owner."""
        return owner_id.isdecimal() and self.find(int(owner_id), archived=False) is not None

    def archive(self, owner_id: int, at: str) -> None:
        """Deactivate an owner."""
        self._database.connection.execute("UPDATE owners SET archived = 1, updated_at = ? WHERE id = ?", (at, owner_id))

    def is_empty(self) -> bool:
        """Return whether there are no owners."""
        row: tuple[int] = self._database.connection.execute("SELECT EXISTS (SELECT 1 FROM owners)").fetchone()
        return not row[0]
