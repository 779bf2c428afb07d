"""Counts the requests of one connector and keeps it within its share of the org's daily calls.

Knows nothing of HTTP libraries: the session of `_client` tells it what goes out and comes back.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from kam_sync.errors import QuotaExhaustedError
from kam_sync.ports import ApiUsage
from kam_sync_salesforce.settings import Limits

_API_USAGE: Final = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
"""The org's figures in Sforce-Limit-Info; per-app-api-usage, which may follow, is another limit."""


class Meter:
    """Counts requests by call and refuses more when a share of the org's quota is used up."""

    def __init__(self, limits: Limits) -> None:
        self.label = "other"
        self._limits = limits
        self._by_call: Counter[str] = Counter()
        self._used: int | None = None
        self._total: int | None = None

    def sending(self) -> None:
        """Count a request that is about to go out.

        Raises:
            QuotaExhaustedError: The org as a whole, or this run alone, has used its share of the day's calls.
        """
        if self._total and self._used is not None:
            if self._used >= self._limits.day_share * self._total:
                raise QuotaExhaustedError(
                    f"stopped: {self._used} of the org's {self._total} Salesforce API calls of 24 hours are used, "
                    f"which is over limits.day_share ({self._limits.day_share:g}); run again later or raise it"
                )
            if self._by_call.total() >= self._limits.run_share * self._total:
                raise QuotaExhaustedError(
                    f"stopped: this run has made {self._by_call.total()} of the org's {self._total} Salesforce API "
                    f"calls of 24 hours, which is over limits.run_share ({self._limits.run_share:g}); "
                    "narrow the scope or raise it"
                )
        self._by_call[self.label] += 1

    def received(self, limit_info: str | None) -> None:
        """Take over the org's figures from the Sforce-Limit-Info header of an answer, if it has one."""
        if limit_info and (found := _API_USAGE.search(limit_info)):
            self._used, self._total = int(found[1]), int(found[2])

    def usage(self) -> ApiUsage:
        """Return the usage so far."""
        return ApiUsage(
            requests=self._by_call.total(),
            by_call=dict(self._by_call),
            quota_used=self._used,
            quota_total=self._total,
        )
