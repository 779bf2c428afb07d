"""An item of setup with how it is made and removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kam_sync.setup_ports import SetupItem


def nothing() -> None:
    """Do nothing: for what only people can make, and for what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An item with how it is made and removed; both may be done twice."""

    item: SetupItem
    make: Callable[[], None] = nothing
    remove: Callable[[], None] = nothing
