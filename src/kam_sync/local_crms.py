"""The seam of a local CRM: an org on this machine that behaves as the vendor documents, for demo, tests and play.

A local CRM keeps its state in one folder, serves its vendor's API on loopback, and lets a program act as the
people who work in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

from kam_sync.clock import Clock
from kam_sync.portfolio import Portfolio
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsTask:
    """A task as a person sees it in the CRM; `raw_status` is the CRM's own word."""

    id: str
    account: str
    subject: str
    body: str
    owner: str
    due_on: dt.date | None
    open: bool
    deleted: bool
    raw_status: str
    raw_priority: str
    key: str | None


class People(Protocol):
    """What people do in a CRM. Accounts are named by their `Portfolio` slug, people by their user slug.

    Each act behaves as the CRM's own user interface would: stamps move, completion dates are set.
    """

    def tasks(self, *, account: str | None = None, include_deleted: bool = False) -> Sequence[PersonsTask]:
        """Return all tasks, people's own too, oldest first."""
        ...

    def complete_task(self, task_id: str) -> None:
        """Tick a task off."""
        ...

    def defer_task(self, task_id: str) -> None:
        """Set a task to the CRM's status "deferred"."""
        ...

    def reopen_task(self, task_id: str) -> None:
        """Set a completed or deferred task to not started."""
        ...

    def delete_task(self, task_id: str) -> None:
        """Put a task into the recycle bin."""
        ...

    def edit_task(
        self,
        task_id: str,
        *,
        subject: str | None = None,
        body: str | None = None,
        owner: str | None = None,
        due_on: dt.date | None = None,
        raw_priority: str | None = None,
    ) -> None:
        """Change fields of a task."""
        ...

    def assign_role(self, account: str, role: Role, user: str) -> None:
        """Name a user as the holder of a role on an account, beside or instead of others as the CRM has it."""
        ...

    def clear_role(self, account: str, role: Role) -> None:
        """Leave a role of an account without a holder."""
        ...

    def deactivate_user(self, user: str) -> None:
        """Deactivate a user."""
        ...

    def set_owner(self, account: str, user: str) -> None:
        """Give an account another owner."""
        ...

    def add_activity(
        self,
        account: str,
        *,
        kind: ActivityKind,
        on: dt.date,
        owner: str,
        status: ActivityStatus = ActivityStatus.OPEN,
        subject: str = "",
    ) -> str:
        """Record a task, meeting or call on an account and return its id."""
        ...

    def finish_activities(self, account: str) -> None:
        """Complete (tasks) or cancel (meetings from now on) everything open of people's on an account."""
        ...

    def set_plan(
        self,
        account: str,
        *,
        parts: frozenset[PlanPart] = frozenset(PlanPart),
        last_review_on: dt.date | None = None,
        next_review_on: dt.date | None = None,
        start_on: dt.date | None = None,
    ) -> None:
        """Create the plan of an account or overwrite it as a whole; the parts named are filled, others empty."""
        ...

    def clear_plan(self, account: str) -> None:
        """Remove the plan of an account."""
        ...

    def set_in_scope(self, account: str, *, in_scope: bool) -> None:
        """Mark or unmark an account as a key account."""
        ...

    def merge_accounts(self, *, winner: str, loser: str) -> None:
        """Merge two accounts as the CRM does: what hangs on the loser moves to the winner."""
        ...

    def delete_account(self, account: str) -> None:
        """Delete an account."""
        ...


class LocalCrm(Protocol):
    """A local CRM, started by its `start`; served from a thread of this process until `stop`."""

    name: ClassVar[str]
    """The connector it is for, such as `salesforce`."""

    @classmethod
    def start(cls, folder: Path, *, clock: Clock, port: int = 0) -> Self:
        """Open (or make) the state in `folder` and serve it on 127.0.0.1; port 0 takes a free one."""
        ...

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        ...

    def load(self, portfolio: Portfolio) -> None:
        """Fill an empty CRM with an invented portfolio; all its days are counted from the clock's today (UTC)."""
        ...

    @property
    def org_settings(self) -> Mapping[str, object]:
        """The org's section of a policy file that reads this CRM, `connector:` included, secrets and all."""
        ...

    @property
    def people(self) -> People:
        """Act as the people who work in it."""
        ...

    def requests_seen(self) -> int:
        """Return how many HTTP requests it has answered since it started."""
        ...

    def stop(self) -> None:
        """Stop serving and keep the state in the folder."""
        ...
