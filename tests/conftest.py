"""Where the tests' folders are."""

from __future__ import annotations

import os
import signal

from support_cli import MEMORY_DISK


def pytest_configure() -> None:
    """Put `tmp_path` on the memory disk where there is one, since every commit waits for the disk."""
    if MEMORY_DISK.is_dir():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_DISK))


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Begun in the background of a shell, we are deaf to Ctrl-C, and so would be the processes that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
