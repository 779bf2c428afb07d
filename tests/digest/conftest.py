"""Fixtures of the digests' tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.store import Store
from support_cli import MEMORY_DISK


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder on the memory disk where there is one, since every commit waits for the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.at(folder / "kam-sync.db") as store:
        yield store
