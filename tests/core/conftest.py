"""Fixtures of the core's tests: a store in a file, and small orgs in memory that are closed in the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from core.core_builders import NOW
from core.core_pair import TWO, Pair, anchored
from kam_sync.clock import ManualClock
from kam_sync.config import parse_policy
from kam_sync.portfolio import PortfolioAccount
from kam_sync.registry import load_rules
from kam_sync.store import Store
from kam_sync.testing.memory import MemoryCrm
from support_memory import NO_CAPS, POLICY, World, healthy, make_world

MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


class MakeWorld(Protocol):
    """Makes an org in memory with its policy and store."""

    def __call__(self, *accounts: PortfolioAccount, caps: str = NO_CAPS, policy: str = POLICY) -> World: ...


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for stores: on the memory disk where there is one, since every commit waits for the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.at(folder / "kam-sync.db") as opened:
        yield opened


@pytest.fixture
def world_of(folder: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(*accounts: PortfolioAccount, caps: str = NO_CAPS, policy: str = POLICY) -> World:
        world = make_world(folder, *accounts, caps=caps, policy=policy)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()


@pytest.fixture
def pair(world_of: MakeWorld) -> Iterator[Pair]:
    world = world_of(healthy("acme"))
    two = MemoryCrm(f"{world.crm.crm_name}-two", world.clock)
    two.load(anchored("beta"))
    text = TWO.format(one=world.crm.crm_name, two=two.crm_name)
    policy = parse_policy(text, path=world.policy.folder / "two.yaml", rules=load_rules(), environment={})
    yield Pair(world=world, two=two, policy=policy)
    two.stop()
