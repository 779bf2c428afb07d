"""The command line: typer for the words, rich for the looks, no logic; everything it does is a library function.

`main` is its only public name. What is imported here is imported by `kam-sync --help`: nothing heavy belongs here or
at the top of the command modules.
"""

from __future__ import annotations

from kam_sync.cli.app import main

__all__ = ["main"]
