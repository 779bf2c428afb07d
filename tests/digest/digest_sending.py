"""A policy with channels, a store and digests, for tests of what is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.digest_facts import WEEK, facts, failing
from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.digesting.building import Digest, build_digests
from kam_sync.digesting.facts import OrgFacts
from kam_sync.digesting.sending import DigestDelivery, DigestResult, send_digests
from kam_sync.registry import load_rules
from kam_sync.session import JobSettings
from kam_sync.store import Store

NOW = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)
HEAD = "version: 1\norgs: {main: {connector: memory, crm: nowhere}}\n"


@dataclass(slots=True)
class Office:
    """Sends digests; waiting moves the clock."""

    policy: LoadedPolicy
    store: Store
    digests: Sequence[Digest]
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    waits: list[float] = field(default_factory=list)

    @property
    def settings(self) -> JobSettings:
        return JobSettings(clock=self.clock, sleep=self.waits.append)

    def send(self, *, channel: str | None = None, again: bool = False) -> DigestResult:
        return send_digests(self.policy, self.store, self.settings, self.digests, channel=channel, again=again)

    def one(self, *, again: bool = False) -> DigestDelivery:
        """Send and return the only delivery."""
        (delivery,) = self.send(again=again).deliveries
        return delivery


def office(
    store: Store,
    folder: Path,
    section: str,
    *,
    digests: Sequence[Digest] = (),
    environment: Mapping[str, str] | None = None,
    org: OrgFacts | None = None,
) -> Office:
    """Return an office under the section `digest:` of a policy, which sends the portfolio's digest unless told else."""
    policy = parse_policy(
        HEAD + section, path=folder / "kam-sync.yaml", rules=load_rules(), environment=environment or {}
    )
    portfolio, *_ = build_digests([org or facts(findings=(failing(),))], WEEK)
    return Office(policy=policy, store=store, digests=digests or (portfolio,))
