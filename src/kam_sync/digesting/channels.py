"""The seam between digests and what carries them: what is delivered, to whom, and what a carrier may say of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from kam_sync.digesting.building import Digest
from kam_sync.digesting.presenting import Document

Begin = Callable[[], None]
"""Called right before the point of no return; when it raises, nothing may leave."""


class Arrival(StrEnum):
    """What is known after a delivery left."""

    ARRIVED = "arrived"
    UNCERTAIN = "uncertain"
    """No answer came: it may or may not have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One digest for one recipient by one channel.

    `recipient` is an e-mail address for mail and empty for everything else. `id` is the same whenever this delivery
    is made again, by which a receiver may recognise it.
    """

    id: str
    digest: Digest
    document: Document
    recipient: str = ""


class Carrier(Protocol):
    """Carries parcels by one channel of the policy."""

    repeatable: ClassVar[bool]
    """Whether carrying a parcel twice is the same as carrying it once."""

    def recipients(self, digest: Digest) -> tuple[str, ...]:
        """Return to whom a digest goes, each a delivery of its own; none when there is no address to write to."""
        ...

    def carry(self, parcel: Parcel, begin: Begin) -> Arrival:
        """Carry a parcel; calls `begin` right before it leaves.

        Raises:
            TransientError: It certainly did not arrive, and may the next time.
            RateLimitedError: The same, and the receiver said when.
            DeliveryError: It certainly did not arrive, and will not before a person changes something.
        """
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


def hashed(*parts: str) -> str:
    """Return a hash that stands for something which is not to be told."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
