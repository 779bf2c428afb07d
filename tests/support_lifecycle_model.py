"""What the design says about the task of one account and topic, written on its own to hold the product against it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

Standing = Literal["none", "live", "dismissed", "exhausted", "closed"]


@dataclass
class Model:
    """What the design says about the task of one account and topic."""

    standing: Standing = "none"
    shown: frozenset[str] = frozenset()
    dismissed: frozenset[str] = frozenset()
    until: dt.date | None = None
    dismissals: int = 0
    closed_on: dt.date | None = None
    task_id: str = ""
    made: int = 0
    gaps: set[str] = field(default_factory=set)

    def after_run(self, seen: str, today: dt.date, unknown_gap: str = "") -> tuple[bool | None, bool]:
        """Return (must a task be open; None: whatever it was, was a new one made) after a run.

        `unknown_gap` could not be judged in this run: it neither opens nor closes anything.
        """
        failing = frozenset(self.gaps - {unknown_gap})
        kept = self.shown & {unknown_gap}
        if not failing and kept:
            return None, False
        if not failing:
            if self.standing in {"live", "dismissed", "exhausted"}:
                self.standing, self.closed_on, self.dismissals = "closed", today, 0
                return False, False
            return None if seen == "open" else False, False
        if self.standing == "live" and seen != "open":
            self.dismissals += 1
            self.dismissed = self.shown
            self.standing = "exhausted" if self.dismissals == 3 else "dismissed"
            self.until = today + dt.timedelta(days=30)
        if self.standing in {"dismissed", "exhausted", "closed"} and seen == "open":
            return self._open(failing | kept, new=False)
        if self.standing == "exhausted":
            return False, False
        if self.standing == "dismissed":
            assert self.until is not None
            if failing <= self.dismissed and today < self.until:
                return False, False
            return self._open(failing | kept, new=seen != "deferred")
        if self.standing == "closed":
            assert self.closed_on is not None
            recent = today <= self.closed_on + dt.timedelta(days=14)
            return self._open(failing | kept, new=seen == "deleted" or (not recent and seen != "deferred"))
        return self._open(failing | kept, new=self.standing == "none")

    def _open(self, failing: frozenset[str], *, new: bool) -> tuple[bool, bool]:
        self.standing, self.shown = "live", failing
        self.made += new
        return True, new
