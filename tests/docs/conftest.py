"""Fixtures of the documentation's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_cli import memory_folder


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers have nothing of whoever runs the tests."""
    for name in ("KAM_SYNC_POLICY", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as place:
        yield place
