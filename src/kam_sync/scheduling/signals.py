"""Stopping a service by SIGTERM or SIGINT: the first signal asks, the second one or the end of the grace ends it.

A thread of its own hears the signals, whichever thread the system hands them to: a handler would wait until the main
thread leaves the call it is in, and could not write a log.
"""

from __future__ import annotations

import datetime as dt
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from kam_sync.durations import words

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_log: Final = logging.getLogger(__name__)


class _Ear:
    """Hears signals through the socket that Python writes their numbers into, and acts on them."""

    def __init__(self, stop: Callable[[], None], grace: Callable[[], dt.timedelta]) -> None:
        self._stop = stop
        self._grace = grace
        self._heard, self.told = socket.socketpair()
        self.told.setblocking(False)
        self._main = threading.main_thread().ident or 0
        self.first: signal.Signals | None = None
        self.last: int | None = None
        self._raised = False

    def listen(self) -> None:
        """Act on signals until the end is told by a zero."""
        number = self._hear()
        if not number:
            return
        self.first = signal.Signals(number)
        grace = self._grace()
        self._stop()
        _log.info('stopping signal=%s grace=%s hint="a second signal ends it at once"', self.first.name, words(grace))
        self._heard.settimeout(max(grace.total_seconds(), 0.001))  # 0 would mean not to wait for what is there
        try:
            number = self._hear()
        except TimeoutError:
            _log.warning("grace is over: ending at once; what is in flight is settled by the next run")
        if number:
            self.last = number
            signal.pthread_kill(self._main, number)  # takes the main thread out of whatever call it is in

    def _hear(self) -> int:
        """Return the next of our signals, or zero for the end; Python tells of others that somebody handles, too."""
        while (number := self._heard.recv(1)[0]) not in {0, *SIGNALS}:
            pass
        return number

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal in the main thread: once it was decided to end at once, raise SystemExit.

        Only once: another one would cut off what the first does on its way out, such as giving a lease back.
        """
        if self.last is not None and not self._raised:
            self._raised = True
            raise SystemExit(128 + number)

    def close(self) -> None:
        """Give back the sockets."""
        self._heard.close()
        self.told.close()


@contextmanager
def stopped_by_signals(stop: Callable[[], None], grace: Callable[[], dt.timedelta]) -> Iterator[None]:
    """Let signals stop what is done inside, in the main thread of the process.

    The first signal calls `stop`, in another thread. A second one, or the end of the grace, raises SystemExit with 128
    and the number of the signal, wherever the main thread is: on its way out it gives leases back.

    Args:
        stop: Asks to stop.
        grace: How long that may take.
    """
    ear = _Ear(stop, grace)
    listener = threading.Thread(target=ear.listen, name="kam-sync-signals", daemon=True)
    before = {number: signal.signal(number, ear.receive) for number in SIGNALS}
    former = signal.set_wakeup_fd(ear.told.fileno(), warn_on_full_buffer=False)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        ear.told.send(b"\0")
        listener.join()
        for number, handler in before.items():
            signal.signal(number, handler)
        ear.close()
    if ear.first is not None:
        _log.info("stopped")
