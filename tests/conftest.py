"""What holds for all tests: where their folders are, which examples are tried, who hears Ctrl-C."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

from support_cli import MEMORY_DISK

settings.register_profile("same", derandomize=True)
# The suite tries the same examples each time, so that it fails for what was changed; `make explore` tries others.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_configure() -> None:
    """Put `tmp_path` on the memory disk where there is one, since every commit waits for the disk."""
    if MEMORY_DISK.is_dir():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_DISK))


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Begun in the background of a shell, we are deaf to Ctrl-C, and so would be the processes that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
