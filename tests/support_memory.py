"""A small org in memory with a policy and a store, for tests of the core."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.lifecycle import LinkState, TaskLink
from kam_sync.local_crms import PersonsTask
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioActivity, PortfolioPlan, PortfolioUser
from kam_sync.records import ActivityKind, ActivityStatus, Role
from kam_sync.registry import load_rules
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.tasks import TaskBooks
from kam_sync.testing.memory import MemoryCrm

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)

USERS = (
    PortfolioUser(slug="amal", name="Amal Haddad", email="amal@vendor.example", manager="ines"),
    PortfolioUser(slug="bo", name="Bo Lindqvist", email="bo@vendor.example", manager="ines"),
    PortfolioUser(slug="ines", name="Inês Carvalho", email="ines@vendor.example"),
)

POLICY = """\
version: 1
orgs:
  main:
    connector: memory
    crm: {crm}
rules:
  select: [KAM101, KAM201, KAM203]
  top_tiers: [A]
tasks:
  fallback_assignee: ines@vendor.example
  caps: {caps}
safety: {{max_close_count: 1000, max_creates: 1000, max_row_drop: 1}}
"""

NO_CAPS = "{live_per_account: null, live_per_owner: null, new_per_owner: null}"


def healthy(slug: str, **changes: object) -> PortfolioAccount:
    """An account without any gap, for as long as a test may last."""
    values: dict[str, object] = {
        "slug": slug,
        "name": f"Firma {slug.title()}",
        "owner": "amal",
        "roles": dict.fromkeys(Role, ("amal",)),
        "plan": PortfolioPlan(next_review_days=9000),
        "activities": (
            PortfolioActivity(
                kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=9000, owner="amal", subject="Review"
            ),
        ),
        **changes,
    }
    return PortfolioAccount(**values)  # type: ignore[arg-type]  # the values are those of the fields


@dataclass(slots=True)
class World:
    """An org in memory, its policy and its store."""

    crm: MemoryCrm
    clock: ManualClock
    policy: LoadedPolicy
    store: Store

    @property
    def settings(self) -> JobSettings:
        return JobSettings(clock=self.clock, sleep=lambda seconds: self.clock.advance(seconds=seconds))

    def run(self, *, apply: bool = True, accept: frozenset[str] = frozenset()) -> job.OrgResult:
        settings = JobSettings(
            clock=self.clock, sleep=lambda seconds: self.clock.advance(seconds=seconds), accept=accept
        )
        return job.run(self.policy, self.store, settings, apply=apply).orgs[0]

    @property
    def books(self) -> TaskBooks:
        return TaskBooks(self.store, f"memory-{self.crm.crm_name}")

    def links(self) -> dict[tuple[str, str], TaskLink]:
        """The current link of every account and topic."""
        return {(link.account_id, link.topic): link for link in self.books.links()}

    def ours(self, account: str, topic: str) -> list[PersonsTask]:
        """Every task that was ever made for an account and topic, oldest first, deleted ones too."""
        keys = {
            link.key
            for state in LinkState
            if state is not LinkState.NONE
            for link in self.books.links([state])
            if (link.account_id, link.topic) == (account, topic)
        }
        return [task for task in self.crm.tasks(include_deleted=True) if task.key in keys]

    def open_tasks(self, account: str, topic: str) -> list[PersonsTask]:
        return [task for task in self.ours(account, topic) if task.open and not task.deleted]

    def close(self) -> None:
        self.store.close()
        self.crm.stop()


def make_world(folder: Path, *accounts: PortfolioAccount, caps: str = NO_CAPS, policy: str = POLICY) -> World:
    """Start an org with these accounts beside one healthy account that keeps every field in use."""
    clock = ManualClock(START)
    name = uuid.uuid4().hex
    crm = MemoryCrm(name, clock)
    anchor = healthy("anchor", owner="ines", roles=dict.fromkeys(Role, ("ines",)))
    crm.load(Portfolio(name="Vendor", users=USERS, accounts=(anchor, *accounts)))
    loaded = parse_policy(
        policy.format(crm=name, caps=caps), path=folder / "kam-sync.yaml", rules=load_rules(), environment={}
    )
    return World(crm=crm, clock=clock, policy=loaded, store=Store.at(folder / "kam-sync.db"))
