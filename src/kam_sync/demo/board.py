"""One org while the demo plays: kam-sync's tasks as the CRM holds them, side by side with what our books say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync.demo.acts import DemoError, Held
from kam_sync.lifecycle import LinkState, TaskLink
from kam_sync.local_crms import LocalCrm, PersonsTask
from kam_sync.portfolio import Portfolio
from kam_sync.store import Store
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.snapshots import Snapshots
from kam_sync.store.tasks import TaskBooks

NEED_HISTORY: Final = frozenset({"KAM103"})
"""Rules that judge a holder only after some time: where a CRM does not tell since when somebody holds a role, that
time begins on the day kam-sync first sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """How many gaps the portfolio holds, how many tasks that makes now, and how many gaps only show later."""

    gaps: int
    tasks: int
    later: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The tasks of one org from both sides."""

    org: str
    org_uid: str
    crm: LocalCrm
    portfolio: Portfolio
    store: Store

    def tasks(self) -> Mapping[str, PersonsTask]:
        """Return task key → task, deleted ones too, as the CRM holds them now."""
        return {task.key: task for task in self.crm.people.tasks(include_deleted=True) if task.key is not None}

    def open_tasks(self) -> Sequence[PersonsTask]:
        """Return kam-sync's open tasks."""
        return [task for task in self.tasks().values() if task.open and not task.deleted]

    def held(self) -> Sequence[Held]:
        """Return every live task with its link, in the order of the tasks."""
        books = TaskBooks(self.store, self.org_uid)
        links = {link.key: link for link in books.links([LinkState.LIVE])}
        return [(task, links[key]) for key, task in self.tasks().items() if key in links]

    def link(self, slug: str, topic: str) -> TaskLink | None:
        """Return the current link of an account and topic."""
        account_id = self.account_ids()[slug]
        links = TaskBooks(self.store, self.org_uid).links()
        return next((link for link in links if (link.account_id, link.topic) == (account_id, topic)), None)

    def person(self, slug: str) -> str:
        """Return a person's name."""
        return next((user.name for user in self.portfolio.users if user.slug == slug), slug)

    def place(self, key: str) -> tuple[str, str, str]:
        """Return (org, account name, topic) of the task with a key."""
        link = TaskBooks(self.store, self.org_uid).link(key)
        judgement = StoredJudgements(self.store, self.org_uid).of(link.account_id) if link is not None else None
        if link is None or judgement is None:
            raise DemoError(f"{self.org}: the task with the key {key} is not in the books")
        return self.org, judgement.account_name, link.topic

    def account_ids(self) -> Mapping[str, str]:
        """Return slug → the CRM's id of every judged account; they are matched by name, which is unique here."""
        slugs = {account.name: account.slug for account in self.portfolio.accounts}
        judged = StoredJudgements(self.store, self.org_uid).all()
        return {slugs[judgement.account_name]: judgement.account_id for judgement in judged}

    def failing(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Return (account slug, topic) → the codes of the rules that a task should speak of."""
        slugs = {account.name: account.slug for account in self.portfolio.accounts}
        return {
            (slugs[judgement.account_name], topic): frozenset(f.code for f in judgement.worthy_findings(topic))
            for judgement in StoredJudgements(self.store, self.org_uid).all()
            for topic in judgement.topics()
        }

    def check_planted(self) -> Planted:
        """Compare what was found with what the portfolio holds; raises DemoError unless the two are the same."""
        planted = {
            (account.slug, topic): codes
            for account in self.portfolio.accounts
            if account.key_account
            for topic, codes in account.expected.items()
        }
        found = self.failing()
        patient = frozenset() if self._tells_since() else NEED_HISTORY
        later = 0
        for place in sorted(set(planted) | set(found)):
            wanted, got = planted.get(place, frozenset()), found.get(place, frozenset())
            if got - wanted or wanted - got - patient:
                slug, topic = place
                raise DemoError(f"{self.org}: {slug}, {topic}: planted {sorted(wanted)}, found {sorted(got)}")
            later += len(wanted - got)
        return Planted(gaps=sum(map(len, planted.values())), tasks=len(found), later=later)

    def _tells_since(self) -> bool:
        """Return whether the CRM tells since when somebody holds a role."""
        snapshots = Snapshots(self.store, self.org_uid).stream(frozenset())
        return any(role.since is not None for snapshot in snapshots for role in snapshot.known_roles)

    def check_one_each(self) -> None:
        """Raise DemoError if an open task is unknown to the books, or an account has two on one topic."""
        links = {link.key: link for link in TaskBooks(self.store, self.org_uid).links()}
        seen: set[tuple[str, str]] = set()
        for task in self.open_tasks():
            link = links.get(task.key or "")
            if link is None:
                raise DemoError(f"{self.org}: the open task {task.id} is not in the books")
            if (link.account_id, link.topic) in seen:
                raise DemoError(f"{self.org}: {task.account} has two open tasks on {link.topic}")
            seen.add((link.account_id, link.topic))
