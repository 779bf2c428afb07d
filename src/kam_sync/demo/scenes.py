"""What the demo shows, scene by scene, as data: everything in it was read from run results and from the CRMs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kam_sync.explaining import OrgFinding, Why
from kam_sync.job import RunResult
from kam_sync.lifecycle import TaskLink
from kam_sync.local_crms import PersonsTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Intro:
    """One local CRM before anything is run."""

    org: str
    name: str
    url: str
    people: int
    accounts: int
    key_accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The CRMs are up and a policy file is there; nothing was run yet."""

    now: dt.datetime
    intros: tuple[Intro, ...]
    policy_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The dry run: what is wrong.

    `planted` is how many gaps, as (account, rule), the portfolios hold; the demo has checked that exactly these were
    found, except for those of `later`, org → how many: rules that wait for a history which that CRM does not tell.
    `examples` are shown in full, `covered` are a few accounts with their six roles.
    """

    result: RunResult
    planted: int
    later: Mapping[str, int]
    examples: tuple[OrgFinding, ...]
    covered: tuple[Why, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The first run that writes: org → kam-sync's tasks as the CRM holds them now.

    `whole` is the task that speaks of one of the findings shown before, to be read whole. `people` are the names of
    those who own tasks, by their slugs.
    """

    result: RunResult
    tasks: Mapping[str, Sequence[PersonsTask]]
    whole: PersonsTask
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A second run at the same moment; the demo has checked that it wrote nothing."""

    now: dt.datetime
    result: RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """The run of the next morning, when a day's cap begins anew.

    `drained` are (org, account name, topic) of tasks that waited behind a cap before and are in the CRM now.
    """

    now: dt.datetime
    result: RunResult
    drained: tuple[tuple[str, str, str], ...]


class Expectation(StrEnum):
    """What must come of something a person did."""

    CLOSED = "closed by kam-sync"
    SET_ASIDE = "left alone for 30 days"
    KEPT = "the person's word stands"
    FOUND = "found"
    HANDED_ON = "handed on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something a person did in a CRM.

    Args:
        org: The org.
        account: The account's slug; empty for an act that is not about one account.
        about: The account's name, or the person's.
        did: What was done.
        topic: The topic of the task it is about.
        task: kam-sync's task as the person saw it; None where there was none.
        expectation: What must come of it.
        person: The slug of the person it is about.
        theirs: The open tasks of kam-sync's that this person had.
    """

    org: str
    account: str = ""
    about: str
    did: str
    topic: str = ""
    task: PersonsTask | None = None
    expectation: Expectation
    person: str = ""
    theirs: tuple[PersonsTask, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """People worked in their CRMs; then `days` days passed."""

    acts: tuple[Act, ...]
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an act: the task as the CRM holds it now (None: deleted, or none yet), and what our books say."""

    act: Act
    task: PersonsTask | None
    link: TaskLink | None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The run after people acted; `drained` as in Morning, `fresh` are the tasks that are new beside these."""

    now: dt.datetime
    result: RunResult
    outcomes: tuple[Outcome, ...]
    drained: tuple[tuple[str, str, str], ...]
    fresh: tuple[tuple[str, PersonsTask], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What became of a task that a person had set aside: a new one for the next episode, or a place in the queue."""

    former: Act
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The run after the days had passed for which tasks were set aside."""

    now: dt.datetime
    days: int
    result: RunResult
    renewals: tuple[Renewal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What there is at the end: org → live tasks; the API calls of the whole demo; where everything is."""

    live: Mapping[str, int]
    closed: Mapping[str, int]
    runs: int
    api_calls: Mapping[str, int]
    folder: Path


Scene = Opening | Missing | Filed | Repeated | Morning | Acted | Followed | Returned | Ending
