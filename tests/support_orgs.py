"""A local CRM of any kind with a policy and a store, for tests that run the whole job through the real connectors."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.lifecycle import LinkState, TaskLink
from kam_sync.local_crms import LocalCrm, People, PersonsTask
from kam_sync.portfolio import Portfolio
from kam_sync.registry import load_local_crms, load_rules
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.runs import load_description
from kam_sync.store.tasks import TaskBooks
from kam_sync.testing.memory import MemoryCrm
from kam_sync.testing.seed import hubspot_portfolio, salesforce_portfolio

START = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
NO_CAPS: Mapping[str, object] = {"live_per_account": None, "live_per_owner": None, "new_per_owner": None}
KINDS = ("hubspot", "memory", "salesforce")


def portfolio_for(kind: str) -> Portfolio:
    return hubspot_portfolio() if kind == "hubspot" else salesforce_portfolio()


@dataclass(slots=True)
class Org:
    """A running local CRM with its policy and books."""

    kind: str
    crm: LocalCrm
    clock: ManualClock
    policy: LoadedPolicy
    store: Store
    slugs: Mapping[str, str]

    @property
    def people(self) -> People:
        return self.crm.people

    def run(self, *, apply: bool = True, accept: frozenset[str] = frozenset()) -> job.OrgResult:
        settings = JobSettings(
            clock=self.clock, sleep=lambda seconds: self.clock.advance(seconds=seconds), accept=accept
        )
        return job.run(self.policy, self.store, settings, apply=apply).orgs[0]

    def done(self, *, accept: frozenset[str] = frozenset()) -> job.OrgResult:
        """Run and expect that everything went well."""
        result = self.run(accept=accept)
        assert result.error is None, result.error
        assert result.apply is not None
        assert result.apply.problems == []
        assert result.exit_code == 0, (result.pull, result.check)
        return result

    @property
    def uid(self) -> str:
        description = load_description(self.store, "org")
        assert description is not None
        return description.org_uid

    @property
    def books(self) -> TaskBooks:
        return TaskBooks(self.store, self.uid)

    def links(self) -> dict[str, TaskLink]:
        every = (self.books.links([state]) for state in LinkState if state is not LinkState.NONE)
        return {link.key: link for links in every for link in links}

    def tasks(self, account: str | None = None, topic: str | None = None) -> list[PersonsTask]:
        """Return our tasks as people see them, deleted ones too."""
        links = self.links()
        return [
            task
            for task in self.people.tasks(account=account, include_deleted=True)
            if task.key in links and topic in {None, links[task.key].topic}
        ]

    def open_tasks(self, account: str | None = None, topic: str | None = None) -> list[PersonsTask]:
        return [task for task in self.tasks(account, topic) if task.open and not task.deleted]

    def close(self) -> None:
        self.store.close()
        self.crm.stop()


def policy_text(org: Mapping[str, object], fallback: str, **sections: object) -> str:
    """Return a policy file for one org called `org`."""
    tasks = {"fallback_assignee": fallback, **_mapping(sections.pop("tasks", {}))}
    data = {"version": 1, "orgs": {"org": dict(org)}, "rules": {"top_tiers": ["A"]}, "tasks": tasks, **sections}
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(data, text)
    return text.getvalue()


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def start_org(
    kind: str,
    folder: Path,
    *,
    portfolio: Portfolio | None = None,
    caps: Mapping[str, object] = NO_CAPS,
    org: Mapping[str, object] | None = None,
    start: dt.datetime = START,
    **sections: object,
) -> Org:
    """Start a local CRM of a kind, loaded with a portfolio (the seeded one by default), at a moment."""
    clock = ManualClock(start)
    classes: dict[str, type[LocalCrm]] = {**load_local_crms(), "memory": MemoryCrm}
    crm = classes[kind].start(folder / "crm", clock=clock)
    given = portfolio or portfolio_for(kind)
    crm.load(given)
    fallback = next(user.email for user in given.users if user.active)
    text = policy_text({**crm.org_settings, **(org or {})}, fallback, tasks={"caps": dict(caps)}, **sections)
    policy = parse_policy(text, path=folder / "kam-sync.yaml", rules=load_rules(), environment={})
    return Org(
        kind=kind,
        crm=crm,
        clock=clock,
        policy=policy,
        store=Store.at(folder / "kam-sync.db"),
        slugs={account.slug: account.name for account in given.accounts},
    )
