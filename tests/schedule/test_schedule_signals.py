"""Signals inside one process: the end without any, strangers' signals, and handlers given back."""

from __future__ import annotations

import datetime as dt
import signal
import threading

import pytest

from kam_sync.scheduling.signals import SIGNALS, stopped_by_signals
from support_schedule import LONG

LATER = dt.timedelta(minutes=5)


def test_without_a_signal_nothing_stops_and_everything_is_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    stopped: list[bool] = []
    with stopped_by_signals(lambda: stopped.append(True), lambda: LATER):
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert stopped == []
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert signal.set_wakeup_fd(-1) == -1
    assert not [thread for thread in threading.enumerate() if thread.name == "kam-sync-signals"]


def test_a_stranger_s_signal_stops_nothing_and_ours_does(caplog: pytest.LogCaptureFixture) -> None:
    stopped = threading.Event()
    heard: list[int] = []
    former = signal.signal(signal.SIGUSR1, lambda number, _frame: heard.append(number))
    try:
        with stopped_by_signals(stopped.set, lambda: LATER):
            signal.raise_signal(signal.SIGUSR1)
            assert heard == [signal.SIGUSR1]
            signal.raise_signal(signal.SIGTERM)
            assert stopped.wait(LONG)
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert "signal=SIGUSR1" not in caplog.text


def test_the_end_of_the_grace_ends_the_main_thread_wherever_it_is() -> None:
    never = threading.Event()
    given_back: list[bool] = []

    def serve() -> None:
        with stopped_by_signals(lambda: None, lambda: dt.timedelta(0)):
            try:
                signal.raise_signal(signal.SIGTERM)
                never.wait(LONG)
            finally:
                signal.raise_signal(signal.SIGTERM)  # one more must not keep a lease from being given back
                given_back.append(True)

    with pytest.raises(SystemExit) as ended:
        serve()
    assert ended.value.code == 128 + signal.SIGTERM
    assert given_back == [True]
