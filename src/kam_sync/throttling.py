"""A client-side rate limit; no library at hand takes both its clock and its sleep from outside."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from kam_sync.clock import Clock


class RateLimit:
    """Lets at most `calls` calls begin in any window of `seconds`.

    Args:
        calls: Calls per window.
        seconds: Length of the window.
        clock: Tells the time.
        sleep: Waits so many seconds.
    """

    def __init__(self, calls: int, seconds: float, *, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._begun: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until one more call may begin and count it."""
        while True:
            with self._lock:
                now = self._clock.now().timestamp()
                while self._begun and now - self._begun[0] >= self._seconds:
                    self._begun.popleft()
                if len(self._begun) < self._calls:
                    self._begun.append(now)
                    return
                pause = self._seconds - (now - self._begun[0])
            self._sleep(pause)

    def correct(self, calls: int) -> None:
        """Take over the number of calls per window that the CRM tells of itself."""
        with self._lock:
            self._calls = max(1, calls)
