"""Stopping a service by SIGTERM or SIGINT: the first signal asks, the second one or the end of the grace ends it."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final

from kam_sync.durations import words

_log: Final = logging.getLogger(__name__)


@contextmanager
def stopped_by_signals(stop: Callable[[], None], grace: Callable[[], dt.timedelta]) -> Iterator[None]:
    """Let signals stop what is done inside, in the main thread of the process.

    The first signal calls `stop`. A second one, or the end of the grace, raises SystemExit with 128 and the number of
    the signal, wherever the main thread is: on its way out it gives leases back.

    Args:
        stop: Must be safe in a signal handler: takes no lock, writes nothing.
        grace: How long `stop` may take.
    """
    heard: SimpleQueue[int | None] = SimpleQueue()
    numbers: list[int] = []

    def received(number: int, _frame: FrameType | None) -> None:
        numbers.append(number)
        if len(numbers) > 1:
            raise SystemExit(128 + number)
        stop()
        heard.put(number)

    def watch() -> None:
        # A handler must not write a log, which may be in the middle of another line.
        number = heard.get()
        if number is None:
            return
        name = signal.Signals(number).name
        _log.info("stopping signal=%s grace=%s hint=%s", name, words(grace()), '"a second signal ends it at once"')
        try:
            heard.get(timeout=grace().total_seconds())
        except Empty:
            _log.warning("grace is over: ending at once; what is in flight is settled by the next run")
            signal.pthread_kill(main, number)

    main = threading.main_thread().ident or 0
    before = {number: signal.signal(number, received) for number in (signal.SIGTERM, signal.SIGINT)}
    watcher = threading.Thread(target=watch, name="kam-sync-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        heard.put(None)
        watcher.join()
        for number, handler in before.items():
            signal.signal(number, handler)
    if numbers:
        _log.info("stopped")
