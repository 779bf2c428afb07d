"""A world in memory with one account that has three gaps, as the examples of the library's docstrings know it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.records import Role
from support_cli import MEMORY_DISK
from support_memory import World, healthy, make_world


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder on the memory disk where there is one, since every commit waits for the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


def library_world(folder: Path, name: str = "Okafor Bâtiment") -> World:
    roles = {role: ("amal",) for role in Role if role is not Role.INNOVATOR}
    return make_world(folder, healthy("okafor", name=name, roles=roles, plan=None, activities=()))
