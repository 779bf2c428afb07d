"""Fixtures of the schedule's tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support_cli import MEMORY_DISK
from support_schedule import Shop, open_shop


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder on the memory disk where there is one, since every commit waits for the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop("memory", folder) as opened:
        yield opened
