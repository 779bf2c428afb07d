"""The plan: what applying would do, as data that can be read, kept in a file and checked again before it is done."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from kam_sync.errors import ConfigError
from kam_sync.lifecycle import CREATING, Step, TaskField, TaskLink
from kam_sync.ports import TaskState, TaskWrite
from kam_sync.severity import Severity

PLAN_VERSION: Final = 1
PLAN_HOURS: Final = 24
"""A plan older than this is not applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One step with the task of an account and topic.

    Args:
        id: Unique within the plan.
        step: What is done.
        account_id: The account.
        account_name: Its name.
        topic: The task's topic.
        reason: Why, for the reader.
        link: What we hold of the task afterwards; `written` is completed by what the CRM answers.
        revision: The link's revision the step was planned on; None when there was no link.
        before: The task as it was seen when planning; applying requires it unchanged.
        write: What is written into the CRM; None when only our own books change.
        ours: The fields whose read-back becomes `written`.
        ended: Former episodes as they are to be kept.
    """

    id: str
    step: Step
    account_id: str
    account_name: str
    topic: str
    reason: str
    link: TaskLink
    revision: int | None = None
    before: TaskState | None = None
    write: TaskWrite | None = None
    ours: frozenset[TaskField] = frozenset()
    ended: tuple[TaskLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A task that waits behind a cap: shown, never hidden."""

    account_id: str
    account_name: str
    topic: str
    severity: Severity
    cap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A reason why the plan is not applied unless someone accepts it by `name`."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgPlan:
    """The plan of one org; `watermarks` tell as of when each kind of record was pulled."""

    org: str
    org_uid: str
    watermarks: Mapping[str, dt.datetime] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    queued: tuple[Queued, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def writes(self) -> tuple[Operation, ...]:
        """The operations that write into the CRM."""
        return tuple(operation for operation in self.operations if operation.write is not None)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many operations there are of each step."""
        return dict(sorted(Counter(operation.step.value for operation in self.operations).items()))

    @property
    def creations(self) -> int:
        """How many tasks would be made."""
        return sum(operation.step in CREATING for operation in self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run would do in all orgs; times are UTC."""

    version: int = PLAN_VERSION
    created_at: dt.datetime
    expires_at: dt.datetime
    policy_hash: str
    orgs: tuple[OrgPlan, ...]

    @property
    def no_changes(self) -> bool:
        """Whether applying would write nothing."""
        return not any(org.writes for org in self.orgs)


_PLAN: Final = TypeAdapter(Plan)


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan file that only its owner can read: it quotes account names and findings.

    Raises:
        ConfigError: The file cannot be written.

    Example:
        >>> kam_sync.save_plan(kam_sync.plan(policy, store, settings).plan, Path("plan.json"))
    """
    data = json.loads(_PLAN.dump_json(plan))
    text = json.dumps({"no_changes": plan.no_changes, **data}, ensure_ascii=False, indent=1)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # not a pipe or a device, which is not ours to close
                os.fchmod(file.fileno(), 0o600)  # the mode above is for a new file only
                file.truncate(0)
            file.write(text + "\n")
    except OSError as error:
        raise ConfigError(f"cannot write the plan file {path}: {error.strerror}") from None


def load_plan(path: Path) -> Plan:
    """Read a plan file; raises ConfigError when it is not one.

    Example:
        >>> kam_sync.load_plan(Path("nowhere.json"))
        Traceback (most recent call last):
        kam_sync.errors.ConfigError: cannot read the plan file nowhere.json: FileNotFoundError; make one with `plan`
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the plan file {path}: {type(error).__name__}; make one with `plan`") from None
    if not isinstance(data, dict) or data.get("version") != PLAN_VERSION:
        raise ConfigError(f"{path} is not a plan file of this version of kam-sync; make a new one with `plan`")
    data.pop("no_changes", None)
    try:
        return _PLAN.validate_python(data, strict=False)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ConfigError(f"the plan file {path} is damaged at {where}; make a new one with `plan`") from None
