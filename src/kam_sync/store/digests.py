"""The deliveries of digests: each claimed by compare-and-set before it is sent, so that none is made twice.

claimed → sending → sent. What a claim that was never sent leaves behind is free again once the claim expires; what was
cut off while sending is uncertain, and only a person has it sent again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from kam_sync.clock import Clock
from kam_sync.errors import LeaseHeldError
from kam_sync.store import schema
from kam_sync.store.database import Store

CLAIM_SECONDS: Final = 600.0
"""A claim whose holder has given no sign for so long is no longer his."""


class DeliveryState(StrEnum):
    """What is known of a delivery."""

    NONE = "none"
    """It was never begun. Never stored."""
    CLAIMED = "claimed"
    """Somebody is about to send it; nothing has left yet."""
    SENDING = "sending"
    """It is leaving at this moment."""
    SENT = "sent"
    FAILED = "failed"
    """It certainly did not arrive."""
    UNCERTAIN = "uncertain"
    """It may or may not have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryKey:
    """What is delivered once: a digest for somebody about a period, by a channel, to a recipient of it."""

    audience: str
    period: str
    channel: str
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """What the books say of a delivery; `at` is when that was written, UTC."""

    key: DeliveryKey
    state: DeliveryState
    token: str = ""
    expires_at: float = 0.0
    problem: str = ""
    at: dt.datetime | None = None


class DigestBooks:
    """The deliveries in a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def look(self, key: DeliveryKey) -> DeliveryRecord:
        """Return what is known of a delivery now; a claim that expired counts as what it left behind."""
        with self._store.begin() as connection:
            return self._settled(_stored(connection, key))

    def claim(self, key: DeliveryKey, *, again: bool = False, repeatable: bool = False) -> DeliveryRecord | None:
        """Claim a delivery; returns None when it is not ours to make: `look` says why.

        Args:
            key: The delivery.
            again: Take it although it was sent, or may have been: a person said so.
            repeatable: Making it twice is the same as making it once.
        """
        with self._store.begin() as connection:
            stored = _stored(connection, key)
        found = self._settled(stored)
        free = {DeliveryState.NONE, DeliveryState.FAILED}
        free |= {DeliveryState.UNCERTAIN} if again or repeatable else set()
        free |= {DeliveryState.SENT} if again else set()
        if found.state is not stored.state and not self._swap(stored, found, states=(stored.state,)):
            return None
        if found.state not in free:
            return None
        claimed = self._changed(found, DeliveryState.CLAIMED, token=uuid.uuid4().hex)
        if found.token:
            return claimed if self._swap(found, claimed, states=(found.state,)) else None
        try:
            with self._store.begin() as connection:
                connection.execute(insert(schema.digests).values(**_row(claimed)))
        except IntegrityError:
            return None
        return claimed

    def begin(self, claim: DeliveryRecord) -> DeliveryRecord:
        """Note that a claimed delivery leaves now; nothing may leave when this raises.

        Raises:
            LeaseHeldError: The claim expired and somebody else has taken it.
        """
        sending = self._changed(claim, DeliveryState.SENDING)
        if not self._swap(claim, sending, states=(DeliveryState.CLAIMED, DeliveryState.SENDING)):
            raise LeaseHeldError("another run of kam-sync is sending this digest")
        return sending

    def finish(self, claim: DeliveryRecord, state: DeliveryState, problem: str = "") -> bool:
        """Note how a delivery ended; returns False when the claim was no longer ours."""
        ended = replace(self._changed(claim, state), expires_at=0.0, problem=problem[:500])
        return self._swap(claim, ended)

    def _settled(self, stored: DeliveryRecord) -> DeliveryRecord:
        """Return a record with an expired claim put down for what it left: nothing, or something uncertain."""
        left = {DeliveryState.CLAIMED: DeliveryState.FAILED, DeliveryState.SENDING: DeliveryState.UNCERTAIN}
        if stored.state in left and stored.expires_at <= self._clock.now().timestamp():
            return replace(stored, state=left[stored.state], problem="a run was cut off")
        return stored

    def _changed(self, record: DeliveryRecord, state: DeliveryState, *, token: str = "") -> DeliveryRecord:
        now = self._clock.now()
        return replace(
            record,
            state=state,
            token=token or record.token,
            expires_at=now.timestamp() + CLAIM_SECONDS,
            problem="",
            at=now,
        )

    def _swap(self, before: DeliveryRecord, after: DeliveryRecord, *, states: tuple[DeliveryState, ...] = ()) -> bool:
        """Replace a record if its token, and its state where some are named, are still as they were."""
        table = schema.digests
        where = [_is(before.key), table.c.token == before.token]
        if states:
            where.append(table.c.state.in_([state.value for state in states]))
        with self._store.begin() as connection:
            return connection.execute(update(table).where(*where).values(**_row(after))).rowcount == 1


def _is(key: DeliveryKey) -> ColumnElement[bool]:
    table = schema.digests
    return and_(
        table.c.audience == key.audience,
        table.c.period == key.period,
        table.c.channel == key.channel,
        table.c.recipient == key.recipient,
    )


def _stored(connection: Connection, key: DeliveryKey) -> DeliveryRecord:
    row = connection.execute(select(schema.digests).where(_is(key))).first()
    if row is None:
        return DeliveryRecord(key=key, state=DeliveryState.NONE)
    return DeliveryRecord(
        key=key,
        state=DeliveryState(row.state),
        token=row.token,
        expires_at=row.expires_at,
        problem=row.problem,
        at=dt.datetime.fromisoformat(row.at),
    )


def _row(record: DeliveryRecord) -> dict[str, object]:
    return {
        "audience": record.key.audience,
        "period": record.key.period,
        "channel": record.key.channel,
        "recipient": record.key.recipient,
        "state": record.state.value,
        "token": record.token,
        "expires_at": record.expires_at,
        "problem": record.problem,
        "at": record.at.isoformat() if record.at else "",
    }
