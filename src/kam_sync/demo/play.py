"""The demo: local CRMs, a policy, and five weeks in a minute; every claim is checked against the CRMs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, load_policy
from kam_sync.demo.acts import Cast, DemoError
from kam_sync.demo.board import Board
from kam_sync.demo.outcomes import outcome_of, renewal_of
from kam_sync.demo.sandbox import Sandbox
from kam_sync.demo.scenes import (
    Acted,
    Ending,
    Expectation,
    Filed,
    Followed,
    Intro,
    Missing,
    Morning,
    Opening,
    Outcome,
    Repeated,
    Returned,
    Scene,
)
from kam_sync.engine import FindingState
from kam_sync.explaining import OrgFinding, Why, findings, why
from kam_sync.job import OrgResult, RunResult
from kam_sync.lifecycle import CREATING, DISMISSED_DAYS, LinkState
from kam_sync.local_crms import LocalCrm, PersonsTask
from kam_sync.progress import Progress, silent
from kam_sync.registry import load_rules
from kam_sync.rules_api import Topic
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.tasks import TaskBooks

START: Final = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
"""When the play begins unless something else is asked for: a Monday."""
NIGHTS: Final = 1
"""Days until what waits behind the day's cap is made."""
DAYS_AT_WORK: Final = 2
"""Days between what people do and the run that answers it."""
DAYS_AWAY: Final = DISMISSED_DAYS + 1
"""Days after which tasks that were set aside may return."""
DEMO_DAYS: Final = NIGHTS + DAYS_AT_WORK + DAYS_AWAY
"""How long the play lasts on its own clock."""
EXAMPLES: Final = 4
"""Findings shown in full."""
TELLING: Final = (Topic.ROLES, Topic.RELATIONS, Topic.SERVICE, Topic.PLAN)
"""What they are about, as long as something of it was found."""

Watch = Callable[[], AbstractContextManager[Progress]]
"""Opens something that a run tells its progress to."""


def _unwatched() -> AbstractContextManager[Progress]:
    return nullcontext(silent)


def run_demo(
    folder: Path,
    show: Callable[[Scene], None],
    *,
    kinds: Mapping[str, type[LocalCrm]],
    start: dt.datetime = START,
    watch: Watch = _unwatched,
) -> None:
    """Play the demo in a new folder, which keeps policy, state and CRMs afterwards.

    Args:
        folder: Where everything is made.
        show: Takes each scene as soon as it was played.
        kinds: Org name → local CRM, such as `kam_sync.registry.load_local_crms` gives.
        start: The moment at which the play's own clock begins; it ends DEMO_DAYS later.
        watch: Opens the progress of a run.

    Raises:
        DemoError: Something did not come about as the demo claims.
        ConfigError: The folder holds something already, or no local CRM is installed.
    """
    clock = ManualClock(start)
    with Sandbox.start(folder, kinds=kinds, clock=clock) as sandbox:
        if not sandbox.fresh:
            raise DemoError(f"{folder} holds a sandbox already; name a new folder")
        policy = load_policy(sandbox.policy_path, load_rules())
        with Store(policy.state_url) as store:
            _Play(sandbox, policy, store, clock, show, watch).play()


class _Play:
    def __init__(
        self,
        sandbox: Sandbox,
        policy: LoadedPolicy,
        store: Store,
        clock: ManualClock,
        show: Callable[[Scene], None],
        watch: Watch,
    ) -> None:
        self._sandbox = sandbox
        self._policy = policy
        self._store = store
        self._clock = clock
        self._show = show
        self._watch = watch
        self._boards: dict[str, Board] = {}
        self._calls: Counter[str] = Counter()
        self._runs = 0

    def play(self) -> None:
        self._show(self._opening())
        missing = self._missing()
        self._show(missing)
        filed = self._filed(missing.examples)
        self._show(filed)
        self._show(self._repeated())
        self._clock.advance(days=NIGHTS)
        morning = self._morning(filed.result)
        self._show(morning)
        acted = self._acted()
        self._show(acted)
        self._clock.advance(days=DAYS_AT_WORK)
        followed = self._followed(acted, morning.result)
        self._show(followed)
        self._clock.advance(days=DAYS_AWAY)
        self._show(self._returned(followed.outcomes))
        self._show(self._repeated())
        self._show(self._ending())

    # -- running --------------------------------------------------------------------------------------------------

    def _settings(self, progress: Progress = silent) -> JobSettings:
        # Whoever has to wait lets the play's own clock run on.
        return JobSettings(
            clock=self._clock, sleep=lambda seconds: self._clock.advance(seconds=seconds), progress=progress
        )

    def _run(self, *, apply: bool = True) -> RunResult:
        with self._watch() as tell:
            result = job.run(self._policy, self._store, self._settings(tell), apply=apply)
        self._runs += 1
        for org in result.orgs:
            self._calls[org.org] += org.usage.requests if org.usage is not None else 0
            if org.exit_code:
                raise DemoError(f"{org.org}: the run ended with {org.exit_code}: {org.error or job.summary(org)}")
            self._boards[org.org] = Board(
                org=org.org,
                org_uid=org.org_uid,
                crm=self._sandbox.crms[org.org],
                portfolio=self._sandbox.portfolios[org.org],
                store=self._store,
            )
            self._check_caps(org)
        for board in self._boards.values():
            board.check_one_each()
        return result

    def _check_caps(self, org: OrgResult) -> None:
        most = self._policy.policy.tasks.caps.new_per_owner
        writes = [op.write for op in org.plan.operations if op.step in CREATING] if org.plan is not None else []
        for owner, count in Counter(write.owner_id for write in writes if write is not None).items():
            if most is not None and count > most:
                raise DemoError(f"{org.org}: {owner} got {count} new tasks at once, and the cap is {most}")

    def _all_tasks(self) -> Mapping[str, Sequence[PersonsTask]]:
        return {name: crm.people.tasks(include_deleted=True) for name, crm in self._sandbox.crms.items()}

    # -- the scenes -----------------------------------------------------------------------------------------------

    def _opening(self) -> Opening:
        intros = tuple(
            Intro(
                org=name,
                name=self._sandbox.portfolios[name].name,
                url=crm.url,
                people=len(self._sandbox.portfolios[name].users),
                accounts=len(self._sandbox.portfolios[name].accounts),
                key_accounts=sum(account.key_account for account in self._sandbox.portfolios[name].accounts),
            )
            for name, crm in self._sandbox.crms.items()
        )
        return Opening(now=self._clock.now(), intros=intros, policy_path=self._sandbox.policy_path)

    def _missing(self) -> Missing:
        before = self._all_tasks()
        result = self._run(apply=False)
        if self._all_tasks() != before:
            raise DemoError("the dry run changed a task")
        planted = {name: board.check_planted() for name, board in self._boards.items()}
        examples = _examples(list(findings(self._policy, self._store, self._settings())))
        return Missing(
            result=result,
            planted=sum(one.gaps for one in planted.values()),
            later={name: one.later for name, one in planted.items() if one.later},
            examples=examples,
            covered=self._covered(examples),
        )

    def _covered(self, examples: Sequence[OrgFinding]) -> tuple[Why, ...]:
        """Return the accounts of the examples and, of every org, one that lacks nothing."""
        places = [(found.org, found.account_id) for found in examples]
        for org, board in self._boards.items():
            ids = board.account_ids()
            healthy = (a.slug for a in board.portfolio.accounts if a.key_account and not a.expected)
            places += [(org, ids[slug]) for slug in list(healthy)[:1]]
        found: list[Why] = []
        for org, account_id in dict.fromkeys(places):
            settings = JobSettings(clock=self._clock, orgs=(org,))
            found += why(self._policy, self._store, settings, account_id)[:1]
        return tuple(found)

    def _filed(self, examples: Sequence[OrgFinding]) -> Filed:
        result = self._run()
        tasks = {name: board.open_tasks() for name, board in self._boards.items()}
        for org in result.orgs:
            if org.plan is None or org.apply is None:
                raise DemoError(f"{org.org}: nothing was planned or applied")
            wanted, made = self._boards[org.org].check_planted().tasks, len(tasks[org.org])
            written, queued = org.apply.written, len(org.plan.queued)
            if not made == written == wanted - queued:
                raise DemoError(f"{org.org}: {wanted} tasks wanted, {queued} queued, {written} written, {made} there")
        places = {self._boards[name].place(str(task.key)): task for name, found in tasks.items() for task in found}
        spoken_of = [(one.org, one.account_name, str(one.finding.topic)) for one in examples]
        whole = next((places[place] for place in spoken_of if place in places), None)
        if whole is None:
            raise DemoError("none of the examples has a task")
        people = {task.owner: board.person(task.owner) for name, board in self._boards.items() for task in tasks[name]}
        return Filed(result=result, tasks=tasks, whole=whole, people=people)

    def _repeated(self) -> Repeated:
        before = self._all_tasks()
        result = self._run()
        written = sum(org.apply.written for org in result.orgs if org.apply is not None)
        planned = sum(len(org.plan.operations) for org in result.orgs if org.plan is not None)
        if written or planned or self._all_tasks() != before:
            raise DemoError(f"a second run at the same moment planned {planned} operations and wrote {written} tasks")
        return Repeated(now=self._clock.now(), result=result)

    def _acted(self) -> Acted:
        acts = tuple(
            act
            for org, board in self._boards.items()
            for act in Cast(org, board.crm, board.portfolio, board.held(), self._clock.now().date()).act()
        )
        return Acted(acts=acts, days=DAYS_AT_WORK)

    def _morning(self, former: RunResult) -> Morning:
        result = self._run()
        return Morning(now=self._clock.now(), result=result, drained=self._drained(former))

    def _followed(self, acted: Acted, former: RunResult) -> Followed:
        known = {name: set(board.tasks()) for name, board in self._boards.items()}
        result = self._run()
        plans = {org.org: org.plan for org in result.orgs if org.plan is not None}
        drained = self._drained(former)
        return Followed(
            now=self._clock.now(),
            result=result,
            outcomes=tuple(
                outcome_of(act, self._boards[act.org], plans[act.org], self._clock.now()) for act in acted.acts
            ),
            drained=drained,
            fresh=tuple(
                (name, task)
                for name, board in self._boards.items()
                for key, task in board.tasks().items()
                if key not in known[name] and board.place(key) not in drained
            ),
        )

    def _drained(self, former: RunResult) -> tuple[tuple[str, str, str], ...]:
        """Return what waited behind a cap in a former run and is a live task now."""
        waited = {
            (org.org, queued.account_name, queued.topic)
            for org in former.orgs
            if org.plan is not None
            for queued in org.plan.queued
        }
        live = {board.place(link.key) for board in self._boards.values() for _task, link in board.held()}
        return tuple(sorted(waited & live))

    def _returned(self, outcomes: Sequence[Outcome]) -> Returned:
        result = self._run()
        plans = {org.org: org.plan for org in result.orgs if org.plan is not None}
        renewals = tuple(
            renewal_of(outcome, self._boards[outcome.act.org], plans[outcome.act.org])
            for outcome in outcomes
            if outcome.act.expectation is Expectation.SET_ASIDE
        )
        return Returned(now=self._clock.now(), days=DAYS_AWAY, result=result, renewals=renewals)

    def _ending(self) -> Ending:
        books = {name: TaskBooks(self._store, board.org_uid) for name, board in self._boards.items()}
        return Ending(
            live={name: sum(1 for _ in book.links([LinkState.LIVE])) for name, book in books.items()},
            closed={name: sum(1 for _ in book.links([LinkState.CLOSED])) for name, book in books.items()},
            runs=self._runs,
            api_calls=dict(self._calls),
            folder=self._sandbox.folder,
        )


def _examples(found: Sequence[OrgFinding]) -> tuple[OrgFinding, ...]:
    """Return the worst finding of each topic, from one org and the other in turn; none that a broader one covers."""
    found = [one for one in found if one.finding.state is FindingState.ACTIVE]
    present = {str(one.finding.topic): None for one in found}
    topics = [str(topic) for topic in TELLING if topic in present]
    topics += [topic for topic in present if topic not in topics]
    orgs = list(dict.fromkeys(one.org for one in found))
    chosen = []
    for number, topic in enumerate(topics[:EXAMPLES]):
        org = orgs[number % len(orgs)]
        fitting = [one for one in found if one.finding.topic == topic]
        fitting = [one for one in fitting if one.org == org] or fitting
        chosen.append(max(fitting, key=lambda one: (one.finding.severity, len(one.finding.problem.evidence))))
    return tuple(chosen)
