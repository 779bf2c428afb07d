"""Telling how far a job is, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

JUDGED: Final = "judged"
"""The stage in which accounts are judged."""
WRITTEN: Final = "written"
"""The stage in which tasks are written. The stages before are the kinds of record that are pulled."""

StageProgress = Callable[[str, int, int | None], None]
"""Called with the stage, how much of it is done, and how much there is; None where that is not known."""
Progress = Callable[[str, str, int, int | None], None]
"""The same, with the org's name in the policy first."""


def silent_stage(_stage: str, _done: int, _total: int | None) -> None:
    """Tell nobody how far a stage is."""


def silent(_org: str, _stage: str, _done: int, _total: int | None) -> None:
    """Tell nobody how far a job is."""
