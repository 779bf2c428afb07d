"""Two orgs under one policy, and watching or breaking the calls of a CRM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kam_sync import job
from kam_sync.config import LoadedPolicy
from kam_sync.job import RunResult
from kam_sync.portfolio import Portfolio
from kam_sync.records import Role
from kam_sync.testing.memory import MemoryCrm
from support_memory import USERS, World, healthy

TWO = """\
version: 1
orgs:
  one: {{connector: memory, crm: {one}}}
  two: {{connector: memory, crm: {two}}}
rules: {{select: [KAM101]}}
tasks:
  fallback_assignee: ines@vendor.example
"""


def anchored(slug: str = "acme") -> Portfolio:
    anchor = healthy("anchor", owner="ines", roles=dict.fromkeys(Role, ("ines",)))
    return Portfolio(name="Vendor", users=USERS, accounts=(anchor, healthy(slug)))


@dataclass(slots=True)
class Pair:
    """Two orgs under one policy."""

    world: World
    two: MemoryCrm
    policy: LoadedPolicy

    @property
    def one(self) -> MemoryCrm:
        return self.world.crm

    def run(self, *, apply: bool = True, orgs: tuple[str, ...] = ()) -> RunResult:
        settings = replace(self.world.settings, orgs=orgs)
        return job.run(self.policy, self.world.store, settings, apply=apply)


def calls_of(crm: MemoryCrm) -> list[str]:
    calls: list[str] = []
    crm.on_call = calls.append
    return calls


def raising(error: Exception, at: str) -> Callable[[str], None]:
    def on_call(name: str) -> None:
        if name == at:
            raise error

    return on_call
