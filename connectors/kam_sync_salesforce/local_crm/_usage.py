"""Counting API calls in a rolling day, as Sforce-Limit-Info and the resource `limits` tell them."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from typing import Final

from kam_sync_salesforce.local_crm._database import Database

_HOURS: Final = 24
_USAGE: Final = "usage"
_APP_SHARE: Final = 250
"""The allocation of the connected app, where its usage is told; an invented figure."""


class Usage:
    """Counts calls by the hour; keeps its count over a restart.

    Args:
        db: Where the count is between two starts.
        now: The present moment.
    """

    def __init__(self, db: Database, now: Callable[[], dt.datetime]) -> None:
        self._db = db
        self._now = now
        self._lock = threading.Lock()
        kept: dict[str, int] = json.loads(db.setting(_USAGE) or "{}")
        self._by_hour = {int(hour): calls for hour, calls in kept.items()}

    def count(self, limit: int) -> bool:
        """Count a call; return False, without counting it, when the limit is reached."""
        hour = int(self._now().timestamp()) // 3600
        with self._lock:
            self._forget(hour)
            if sum(self._by_hour.values()) >= limit:
                return False
            self._by_hour[hour] = self._by_hour.get(hour, 0) + 1
        return True

    def used(self) -> int:
        """Return the calls of the last 24 hours."""
        with self._lock:
            self._forget(int(self._now().timestamp()) // 3600)
            return sum(self._by_hour.values())

    def header(self, limit: int, app: str | None) -> str:
        """Return the value of Sforce-Limit-Info."""
        used = self.used()
        per_app = f"; per-app-api-usage={used}/{_APP_SHARE}(appName={app})" if app else ""
        return f"api-usage={used}/{limit}{per_app}"

    def save(self) -> None:
        """Keep the count for the next start; inside a transaction."""
        with self._lock:
            kept = {str(hour): calls for hour, calls in self._by_hour.items()}
        self._db.set_setting(_USAGE, json.dumps(kept))

    def _forget(self, hour: int) -> None:
        for old in [each for each in self._by_hour if each <= hour - _HOURS]:
            del self._by_hour[old]
