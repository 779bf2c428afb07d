"""The caps: how many tasks a person and an account can bear, counted while a plan is being made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many tasks people can bear; None lifts a cap."""

    live_per_account: int | None = 3
    live_per_owner: int | None = 15
    new_per_owner: int | None = 5
    """In any 24 hours."""


class CapCounts:
    """What is used up of the caps.

    Args:
        caps: The caps.
        recent: Owner → tasks made for them in the last 24 hours.
    """

    def __init__(self, caps: Caps, recent: Mapping[str, int]) -> None:
        self._caps = caps
        self._live_of_account: Counter[str] = Counter()
        self._live_of_owner: Counter[str] = Counter()
        self._new_of_owner: Counter[str] = Counter(recent)

    def add_live(self, account_id: str, owner: str | None) -> None:
        """Count a task that is live."""
        self._live_of_account[account_id] += 1
        if owner:
            self._live_of_owner[owner] += 1

    def add_new(self, owner: str) -> None:
        """Count a task that is made now, beside counting it live."""
        self._new_of_owner[owner] += 1

    def reached(self, account_id: str, owner: str, *, new: bool) -> str:
        """Return the cap that stands against one more live task, in words, or nothing."""
        for cap, used, words in (
            (self._caps.live_per_account, self._live_of_account[account_id], "live tasks per account"),
            (self._caps.live_per_owner, self._live_of_owner[owner], "live tasks per owner"),
            (self._caps.new_per_owner if new else None, self._new_of_owner[owner], "new tasks per owner in 24 hours"),
        ):
            if cap is not None and used >= cap:
                return f"{cap} {words}"
        return ""
