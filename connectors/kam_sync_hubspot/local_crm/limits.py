"""HubSpot's rate limits on the injected clock: always told in the headers, enforced when switched on."""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque

from kam_sync.clock import Clock
from kam_sync_hubspot.local_crm.errors import RefusalError, rate_limited

WINDOW_SECONDS = 10
"""The length of the rolling window for all calls; vendor limit."""


class RateLimits:
    """Counts calls; a Professional portal's limits unless changed.

    Public attributes may be set at any time. `enforced` switches refusals on: the burst limit (rolling ten
    seconds), the search limit (one second, its own policy) and the daily limit. `daily_used` is the day's count; the
    day is the portal's, UTC. `tell_retry_after` adds Retry-After to refusals for bursts.
    """

    def __init__(self, clock: Clock) -> None:
        self.enforced = False
        self.per_ten_seconds = 190
        self.searches_per_second = 5
        self.daily = 650_000
        self.daily_used = 0
        self.tell_retry_after = False
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: deque[dt.datetime] = deque()
        self._searches: deque[dt.datetime] = deque()
        self._day = clock.now().date()

    def admit(self, *, search: bool) -> dict[str, str]:
        """Count one call and return the rate headers of its answer.

        Raises:
            RefusalError: 429, when limits are enforced and one is reached; a refused call is not counted.
        """
        with self._lock:
            now = self._clock.now()
            if now.date() != self._day:
                self._day, self.daily_used = now.date(), 0
            _drop_before(self._calls, now - dt.timedelta(seconds=WINDOW_SECONDS))
            _drop_before(self._searches, now - dt.timedelta(seconds=1))
            if self.enforced:
                self._refuse(now, search=search)
            _count(self._calls, now, self.per_ten_seconds)
            if search:
                _count(self._searches, now, self.searches_per_second)
            self.daily_used += 1
            return {} if search else self._headers()

    def _refuse(self, now: dt.datetime, *, search: bool) -> None:
        if self.daily_used >= self.daily:
            raise rate_limited("DAILY", None)
        if len(self._calls) >= self.per_ten_seconds:
            raise self._burst("TEN_SECONDLY_ROLLING", self._calls[0] + dt.timedelta(seconds=WINDOW_SECONDS) - now)
        if search and len(self._searches) >= self.searches_per_second:
            raise self._burst("SECONDLY", self._searches[0] + dt.timedelta(seconds=1) - now)

    def _burst(self, policy_name: str, wait: dt.timedelta) -> RefusalError:
        return rate_limited(policy_name, wait.total_seconds() if self.tell_retry_after else None)

    def _headers(self) -> dict[str, str]:
        return {
            "X-HubSpot-RateLimit-Max": str(self.per_ten_seconds),
            "X-HubSpot-RateLimit-Remaining": str(max(0, self.per_ten_seconds - len(self._calls))),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW_SECONDS * 1000),
            "X-HubSpot-RateLimit-Daily": str(self.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.daily - self.daily_used)),
        }


def _drop_before(moments: deque[dt.datetime], start: dt.datetime) -> None:
    while moments and moments[0] <= start:
        moments.popleft()


def _count(moments: deque[dt.datetime], now: dt.datetime, limit: int) -> None:
    moments.append(now)
    while len(moments) > limit:  # only when not enforced: a clock that stands still must not fill the memory
        moments.popleft()
