"""Counts requests, keeps to HubSpot's rate and stops at our share of the account's day.

Everything here acts before and after one HTTP request, a retried one too; it knows neither SDK nor answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from kam_sync.errors import QuotaExhaustedError
from kam_sync.ports import ApiUsage, Runtime
from kam_sync.throttling import RateLimit
from kam_sync_hubspot.settings import BURST_CALLS, Limits

WINDOW: Final = 10.0
"""Seconds of HubSpot's burst window (usage guidelines)."""
MARGIN: Final = 0.9
"""The part of the burst limit that HubSpot tells of which is used: its window and ours do not begin together."""
SEARCHES_A_SECOND: Final = 4
"""HubSpot: five searches a second for the whole account, of whatever app; its answers carry no rate headers."""


class CallBudget:
    """What may be called and what was called.

    Args:
        limits: The policy's limits.
        runtime: Clock and sleep for the rate limit.
    """

    def __init__(self, limits: Limits, runtime: Runtime) -> None:
        self._ceiling = limits.calls_per_10_seconds
        self._day_share = limits.day_share
        self._rate = RateLimit(self._ceiling or BURST_CALLS, WINDOW, clock=runtime.clock, sleep=runtime.sleep)
        self._searches = RateLimit(SEARCHES_A_SECOND, 1.0, clock=runtime.clock, sleep=runtime.sleep)
        self._requests = 0
        self._by_call: Counter[str] = Counter()
        self._day_used: int | None = None
        self._day_total: int | None = None

    def before(self, call: str, *, searches: bool = False) -> None:
        """Wait until a request may begin and count it; raises QuotaExhaustedError when the day's share is used."""
        if self._day_total and self._day_used is not None and self._day_used >= self._day_share * self._day_total:
            raise QuotaExhaustedError(
                f"stopped before {call!r}: {self._day_used} of this HubSpot account's {self._day_total} daily calls "
                f"are used, and limits.day_share allows {self._day_share:.0%}; run again after midnight in the "
                "account's time zone, or raise the share"
            )
        if searches:
            self._searches.wait()
        self._rate.wait()
        self._requests += 1
        self._by_call[call] += 1

    def after(self, headers: Mapping[str, str]) -> None:
        """Take over what the headers of an answer tell; search and some errors come without them."""
        burst = _number(headers, "X-HubSpot-RateLimit-Max")
        if burst:
            milliseconds = _number(headers, "X-HubSpot-RateLimit-Interval-Milliseconds") or WINDOW * 1000
            told = int(burst * WINDOW * 1000 / milliseconds * MARGIN)
            self._rate.correct(told if self._ceiling is None else min(told, self._ceiling))
        total = _number(headers, "X-HubSpot-RateLimit-Daily")
        remaining = _number(headers, "X-HubSpot-RateLimit-Daily-Remaining")
        if total and remaining is not None:
            self._day_total = total
            self._day_used = max(0, total - remaining)

    def usage(self) -> ApiUsage:
        """Return the requests so far and the day's figures as last told."""
        return ApiUsage(
            requests=self._requests,
            by_call=dict(self._by_call),
            quota_used=self._day_used,
            quota_total=self._day_total,
        )


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(name, "").strip()
    return int(value) if value.isascii() and value.isdecimal() else None
