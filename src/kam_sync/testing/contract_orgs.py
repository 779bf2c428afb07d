"""The org on which a connector is checked: a local CRM with an invented portfolio, and the connector to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final, Protocol
from zoneinfo import ZoneInfo

from kam_sync.clock import ManualClock
from kam_sync.config import OrgPolicy
from kam_sync.identity import task_key
from kam_sync.local_crms import LocalCrm, PersonsTask
from kam_sync.portfolio import Portfolio
from kam_sync.ports import (
    Connector,
    Line,
    Priority,
    Runtime,
    Section,
    TaskStatus,
    TaskText,
    TaskWrite,
    WriteOutcome,
)
from kam_sync.records import Record, RecordKind

START: Final = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
"""When the contract is checked; the clock moves only where a connector waits."""
TEXT: Final = TaskText(
    sections=(
        Section(
            heading="1. Nobody holds the role of innovator at <b>Ärger & Söhne</b>",
            lines=(Line(text="Last seen: 2026-03-01", url="https://crm.example/1"), Line(text='Quote: "so \\ so"')),
            bullets=True,
        ),
        Section(heading="About this task", lines=(Line(text="It closes by itself."),)),
    )
)
"""A body with everything that a CRM's format may stumble over."""


class ContractCrm(LocalCrm, Protocol):
    """A local CRM that can show that the contract of connectors is kept."""

    absent_task_id: ClassVar[str]
    """Has the shape of a task's id, and there never was such a task."""
    lacks: ClassVar[frozenset[str]]
    """Relations (`kam_sync.names`) that the CRM has no place for, such as `quotes`; the connector says so too."""

    def id_of(self, slug: str) -> str:
        """Return the CRM's id of an account or user of the loaded portfolio."""
        ...

    def lose_answer(self) -> None:
        """Carry out the next creation of tasks, and break the connection instead of answering."""
        ...


@dataclass(slots=True, kw_only=True)
class ContractOrg:
    """A local CRM with a portfolio of the contract, and a connector to it.

    Args:
        crm: The local CRM.
        connector: A connector that is opened to it.
        today: The date there.
        made: The keys of the tasks that tests made, in order.
    """

    crm: ContractCrm
    connector: Connector
    today: dt.date
    made: list[str] = field(default_factory=list)

    def ids(self, slug: str) -> str:
        """Return the CRM's id of an account or user of the portfolio."""
        return self.crm.id_of(slug)

    def pull(self, kind: RecordKind) -> list[Record]:
        """Return every record of a kind, accounts pulled first."""
        accounts = sorted(
            record.id for page in self.connector.pull(RecordKind.ACCOUNT, lambda: ()) for record in page.records
        )
        pages = list(self.connector.pull(kind, lambda: accounts))
        if any(page.rejected for page in pages):
            raise AssertionError(f"{kind.value}: {[reject.reason for page in pages for reject in page.rejected]}")
        return [record for page in pages for record in page.records]

    def write(self, **values: object) -> TaskWrite:
        """Return the creation of a task on the key account, with some values changed."""
        key = task_key("contract", "key", "roles", len(self.made) + 1)
        self.made.append(key)
        given: dict[str, object] = {
            "operation_id": f"op-{key}",
            "key": key,
            "task_id": None,
            "account_id": self.ids("key"),
            "subject": "Ärger & Söhne: cover the account roles",
            "text": TEXT,
            "owner_id": self.ids("piotr"),
            "due_on": self.today + dt.timedelta(days=3),
            "priority": Priority.HIGH,
            "status": TaskStatus.OPEN,
            **values,
        }
        return TaskWrite(**given)  # type: ignore[arg-type]  # the values are those of the fields

    def create(self) -> str:
        """Make a task and return its id."""
        (result,) = self.connector.write_tasks([self.write()])
        if result.outcome is not WriteOutcome.WRITTEN or result.task_id is None:
            raise AssertionError(f"the task was not written: {result}")
        return result.task_id

    def seen(self, task_id: str) -> PersonsTask:
        """Return a task as people see it."""
        return next(task for task in self.crm.people.tasks(include_deleted=True) if task.id == task_id)

    def change(self, task_id: str, **values: object) -> TaskWrite:
        """Return a change of a task."""
        given: dict[str, object] = {
            "operation_id": f"change-{task_id}",
            "key": self.made[-1],
            "task_id": task_id,
            "account_id": self.ids("key"),
            **values,
        }
        return TaskWrite(**given)  # type: ignore[arg-type]  # the values are those of the fields


@contextmanager
def contract_org(
    crm_class: type[ContractCrm],
    connector_class: type[Connector],
    folder: Path,
    *,
    portfolio: Portfolio,
    changes: Mapping[str, object] | None = None,
) -> Iterator[ContractOrg]:
    """Start a local CRM with a portfolio and connect to it, until the end of the `with` block.

    Args:
        crm_class: The local CRM.
        connector_class: The connector that is checked.
        folder: Where the local CRM keeps its state.
        portfolio: What it is loaded with: `portfolio()` of the class of tests.
        changes: Settings of the org's section of a policy, instead of those that the local CRM gives.
    """
    clock = ManualClock(START)
    crm = crm_class.start(folder, clock=clock)
    try:
        crm.load(portfolio)
        section = OrgPolicy.model_validate({**crm.org_settings, **(changes or {})})
        settings = connector_class.settings_model.model_validate(section.settings)
        runtime = Runtime(clock=clock, sleep=lambda seconds: clock.advance(seconds=seconds), timezone=ZoneInfo("UTC"))
        with closing(connector_class.open(settings, runtime)) as connector:
            yield ContractOrg(crm=crm, connector=connector, today=START.date())
    finally:
        crm.stop()
