"""The only place that reads the wall clock; everything else is handed a Clock."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests and the demo move their own."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""
        return dt.datetime.now(dt.UTC)


class ManualClock:
    """A clock that stands still until it is moved.

    Args:
        start: An aware moment.
    """

    def __init__(self, start: dt.datetime) -> None:
        self._now = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the moment the clock stands at, in UTC."""
        return self._now

    def advance(self, *, days: int = 0, hours: int = 0, seconds: float = 0) -> None:
        """Move the clock forward."""
        self._now += dt.timedelta(days=days, hours=hours, seconds=seconds)
