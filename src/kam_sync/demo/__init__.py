"""The demo and the sandbox: kam-sync at work on local CRMs, with no account anywhere.

The demo is a play whose every claim is checked while it runs: it raises DemoError rather than show something that
did not happen. What it shows is handed over as data; the command line prints it.
"""

from __future__ import annotations

from kam_sync.demo.acts import DemoError
from kam_sync.demo.desk import ask_desk, open_desk
from kam_sync.demo.play import DEMO_DAYS, START, run_demo
from kam_sync.demo.sandbox import Sandbox

__all__ = ["DEMO_DAYS", "START", "DemoError", "Sandbox", "ask_desk", "open_desk", "run_demo"]
