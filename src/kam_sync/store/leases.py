"""One writer per org: a lease that is taken by compare-and-set, kept alive by heartbeats, and fences late writers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from kam_sync.clock import Clock
from kam_sync.errors import LeaseHeldError
from kam_sync.store import schema
from kam_sync.store.database import Store

LEASE_SECONDS: Final = 600.0
"""A lease whose holder has given no sign for so long may be taken over."""


class Lease:
    """The lease of an org, held from `acquire` to `release`."""

    def __init__(self, store: Store, org_uid: str, org: str, holder: str, clock: Clock) -> None:
        self._store = store
        self._org_uid = org_uid
        self._org = org
        self._holder = holder
        self._clock = clock
        self._token = 0

    def acquire(self) -> None:
        """Take the lease; raises LeaseHeldError while another holder's has not expired."""
        table = schema.leases
        now = self._clock.now().timestamp()
        with self._store.begin() as connection:
            row = connection.execute(select(table).where(table.c.org_uid == self._org_uid)).first()
        if row is None:
            self._token = 1
            try:
                with self._store.begin() as connection:
                    connection.execute(insert(table).values(**self._row(now)))
            except IntegrityError:
                raise self._held() from None
            return
        if row.expires_at > now:
            raise self._held()
        self._token = row.token + 1
        with self._store.begin() as connection:
            taken = connection.execute(
                update(table)
                .where(table.c.org_uid == self._org_uid, table.c.token == row.token)
                .values(**self._row(now))
            )
        if taken.rowcount != 1:
            raise self._held()

    def beat(self) -> None:
        """Say that the holder is alive; raises LeaseHeldError when the lease was taken over."""
        table = schema.leases
        with self._store.begin() as connection:
            kept = connection.execute(
                update(table)
                .where(table.c.org_uid == self._org_uid, table.c.token == self._token)
                .values(expires_at=self._clock.now().timestamp() + LEASE_SECONDS)
            )
        if kept.rowcount != 1:
            raise self._held()

    def release(self) -> None:
        """Give the lease back, if it is still ours."""
        table = schema.leases
        with self._store.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.org_uid == self._org_uid, table.c.token == self._token)
                .values(expires_at=0.0, token=self._token + 1)
            )

    def _row(self, now: float) -> dict[str, object]:
        return {
            "org_uid": self._org_uid,
            "holder": self._holder,
            "token": self._token,
            "expires_at": now + LEASE_SECONDS,
        }

    def _held(self) -> LeaseHeldError:
        return LeaseHeldError(
            f"another run of kam-sync is at work on {self._org}; wait for it to end (an abandoned lease "
            f"expires after {LEASE_SECONDS / 60:.0f} minutes, `kam-sync state unlock` ends it at once)"
        )


@contextmanager
def undisturbed(store: Store, org_uid: str, org: str, clock: Clock) -> Iterator[None]:
    """Read what a run writes, without keeping a run from beginning.

    Raises:
        LeaseHeldError: A run is at work on the org, or began while it was read: what was read may be half written.
    """
    before = _token_at_rest(store, org_uid, org, clock)
    yield
    if _token_at_rest(store, org_uid, org, clock) != before:
        raise LeaseHeldError(f"a run of kam-sync worked on {org} meanwhile; repeat the command")


def _token_at_rest(store: Store, org_uid: str, org: str, clock: Clock) -> int:
    table = schema.leases
    with store.begin() as connection:
        row = connection.execute(select(table).where(table.c.org_uid == org_uid)).first()
    if row is not None and row.expires_at > clock.now().timestamp():
        raise LeaseHeldError(f"a run of kam-sync is at work on {org}; repeat the command when it has ended")
    return int(row.token) if row is not None else 0


def break_lease(store: Store, org_uid: str) -> None:
    """End an org's lease whoever holds it: for a person who knows that no run is at work."""
    with store.begin() as connection:
        connection.execute(
            update(schema.leases)
            .where(schema.leases.c.org_uid == org_uid)
            .values(expires_at=0.0, token=schema.leases.c.token + 1)
        )
