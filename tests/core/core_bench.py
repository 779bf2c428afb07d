"""A CRM in memory with its books, for the tests of applying and settling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from core.core_builders import TODAY, failing
from core.core_planning import Books, plan
from kam_sync.applying import Applier, ApplyResult
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import LinkState, TaskLink
from kam_sync.plans import OrgPlan
from kam_sync.store.tasks import TaskBooks
from kam_sync.testing.memory import MemoryConnector, MemoryCrm


@dataclass(slots=True)
class Bench:
    """A CRM, its books, and runs that plan and apply."""

    crm: MemoryCrm
    books: TaskBooks
    alive: Callable[[], None] = lambda: None

    def applier(self, run_id: str = "run-1") -> Applier:
        return Applier(
            connector=MemoryConnector(self.crm),
            books=self.books,
            clock=self.crm.clock,
            run_id=run_id,
            alive=self.alive,
        )

    def plan(self, *judgements: Judgement, today: dt.date = TODAY) -> OrgPlan:
        tasks = tuple(task.state() for task in self.crm.task_rows.values())
        episodes = self.books.episodes()
        given = Books(links=tuple(self.books.links()), tasks=tasks, today=today, episodes=episodes)
        return plan(*judgements, books=given)

    def apply(self, given: OrgPlan, run_id: str = "run-1") -> ApplyResult:
        result = ApplyResult()
        self.applier(run_id).apply(given, result)
        return result

    def run(self, *judgements: Judgement, today: dt.date = TODAY) -> ApplyResult:
        return self.apply(self.plan(*judgements, today=today))

    def link(self, account: str = "acme") -> TaskLink:
        (link,) = [link for link in self.books.of_account(account) if link.state is not LinkState.ENDED]
        return link

    def states(self) -> list[str]:
        return [task.raw_status for task in self.crm.tasks()]


def many(count: int) -> list[Judgement]:
    return [failing(account=f"a{number}") for number in range(count)]
