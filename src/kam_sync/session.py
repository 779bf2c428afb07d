"""One org while it is worked on: its connector, what it found out, its books, and the stages of a run.

No stage knows of the command line or of other orgs; `kam_sync.job` strings them together.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kam_sync.applying import Applier, ApplyResult
from kam_sync.assignments import Assignment, describe_with, load_assignments
from kam_sync.breaker import ACCEPTABLE, refusals
from kam_sync.caps import Caps
from kam_sync.cases import PlanningInput
from kam_sync.checking import CheckInput, CheckResult, check_org
from kam_sync.clock import Clock, SystemClock
from kam_sync.config import LoadedPolicy
from kam_sync.errors import ConfigError, KamSyncError, RefusedError, StoppedError
from kam_sync.lifecycle import LinkState, TaskLink
from kam_sync.planning import plan_org
from kam_sync.plans import OrgPlan
from kam_sync.ports import Connector, OrgDescription, Runtime, TaskState
from kam_sync.progress import Progress, silent
from kam_sync.pulling import PullResult, accept_probes, guarded, pull_org
from kam_sync.records import RecordKind, User
from kam_sync.registry import load_connector
from kam_sync.rules_api import RuleContext
from kam_sync.store import Store
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.leases import Lease
from kam_sync.store.mirror import Mirror
from kam_sync.store.runs import save_description, save_queue, sections_of
from kam_sync.store.tasks import TaskBooks

READ_AT_ONCE: Final = 1000
"""Tasks asked for at once; connectors cut this into the CRM's own batches."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """How to run, beside the policy: time, and which refusals a person accepts.

    `stopping` is asked between two steps whether to end early; what was asked to stop ends with a StoppedError in the
    result of each org that is not done. `contain` makes the error of an org out of a bug that ended its work, so that
    the other orgs are still worked on; without it a bug is raised.

    Example:
        >>> kam_sync.JobSettings(orgs=("emea",), accept=frozenset({"rows"})).orgs
        ('emea',)
    """

    clock: Clock = field(default_factory=SystemClock)
    sleep: Callable[[float], None] = time.sleep
    progress: Progress = silent
    accept: frozenset[str] = frozenset()
    orgs: tuple[str, ...] = ()
    stopping: Callable[[], bool] = _never
    contain: Callable[[str, Exception], KamSyncError] | None = None

    def __post_init__(self) -> None:
        unknown = sorted(self.accept - ACCEPTABLE)
        if unknown:
            raise ConfigError(f"{unknown[0]!r} cannot be accepted; there are: {', '.join(sorted(ACCEPTABLE))}")

    def chosen(self, policy: LoadedPolicy) -> tuple[str, ...]:
        """Return the orgs to work on, each once; all of the policy when none is named.

        Raises:
            ConfigError: One that is named is not in the policy.
        """
        there = policy.policy.orgs
        for org in self.orgs:
            if org not in there:
                raise ConfigError(f"there is no org {org!r} in the policy; there are: {', '.join(there)}")
        return tuple(dict.fromkeys(self.orgs)) or tuple(there)

    def go_on(self, org: str) -> None:
        """Do nothing, or raise StoppedError when the run is asked to stop."""
        if self.stopping():
            raise StoppedError(f"the run was asked to stop before {org} was done; the next run goes on")

    def null_jump(self, policy: LoadedPolicy) -> float:
        """Return by how much the filled share of a field may fall before it is unknown, as a share of 1."""
        return 1.0 if "null-jump" in self.accept else policy.policy.safety.max_null_jump


class OrgSession:
    """One org while it is worked on: connector, description, books.

    With `everything` the connector looks at all that is mapped, not only at what the selected rules read.
    """

    def __init__(
        self, policy: LoadedPolicy, org: str, store: Store, settings: JobSettings, *, everything: bool = False
    ) -> None:
        self.policy = policy
        self.org = org
        self.store = store
        self.settings = settings
        self.section = policy.policy.orgs[org]
        self.run_id = ""
        self.lease: Lease | None = None
        runtime = Runtime(
            clock=settings.clock,
            sleep=settings.sleep,
            timezone=self.section.zone,
            include_parents=bool(self.section.inherit),
            wanted=None if everything else policy.wanted,
        )
        self.connector: Connector = load_connector(self.section.connector).open(policy.settings[org], runtime)
        self.description = OrgDescription(org_uid="", name=org)

    # -- what is read ---------------------------------------------------------------------------------------------

    @property
    def today(self) -> dt.date:
        """The date in the org's time zone."""
        return self.settings.clock.now().astimezone(self.section.zone).date()

    @property
    def mirror(self) -> Mirror:
        """The org's mirror."""
        return Mirror(self.store, self.description.org_uid)

    @property
    def books(self) -> TaskBooks:
        """The org's links and outbox."""
        return TaskBooks(self.store, self.description.org_uid)

    @property
    def judgements(self) -> StoredJudgements:
        """The org's judgements."""
        return StoredJudgements(self.store, self.description.org_uid)

    def alive(self) -> None:
        """Keep the lease; raises LeaseHeldError when it was taken over, StoppedError when the run is to stop."""
        self.settings.go_on(self.org)
        if self.lease is not None:
            self.lease.beat()

    def _progress(self, stage: str, done: int, total: int | None) -> None:
        self.settings.progress(self.org, stage, done, total)

    # -- the stages -----------------------------------------------------------------------------------------------

    def describe(self) -> OrgDescription:
        """Look at the org and remember what was found for commands that do not call it.

        Raises:
            ConfigError: Another section of the policy leads to the same org; each would take back the other's tasks.
        """
        found = self.connector.describe()
        for other in sections_of(self.store, found.org_uid):
            if other != self.org and other in self.policy.policy.orgs and self._leads(other, found.org_uid):
                raise ConfigError(
                    f"the sections {other} and {self.org} of the policy lead to the same org; take one of them out"
                )
        self.description = describe_with(self._assignments(), found)
        save_description(self.store, self.org, self.description)
        return self.description

    def _leads(self, other: str, org_uid: str) -> bool:
        """Return whether another section still leads to an org as it once did; when in doubt it does."""
        session: OrgSession | None = None
        try:
            session = OrgSession(self.policy, other, self.store, self.settings)
            return session.connector.describe().org_uid == org_uid
        except StoppedError:
            raise
        except KamSyncError:
            return True
        finally:
            if session is not None:
                session.connector.close()

    def pull(self) -> PullResult:
        """Pull everything into the mirror."""
        return pull_org(
            self.connector,
            self.description,
            self.store,
            clock=self.settings.clock,
            today=self.today,
            wanted=self.policy.wanted,
            assignments=self._assignments(),
            progress=self._progress,
            alive=self.alive,
        )

    def _assignments(self) -> Sequence[Assignment]:
        path = self.policy.policy.assignments
        found = load_assignments(self.policy.folder / path) if path else {}
        for org in found:
            if org not in self.policy.policy.orgs:
                raise ConfigError(
                    f"the assignments file {path} names the org {org!r}, which is not in the policy; "
                    f"there are: {', '.join(self.policy.policy.orgs)}"
                )
        return found.get(self.org, ())

    def check(self) -> CheckResult:
        """Judge the mirror."""
        return check_mirror(self.policy, self.org, self.description, self.store, self.settings, alive=self.alive)

    def observe(self) -> Mapping[str, TaskState]:
        """Read our tasks as the CRM shows them now: all that are not settled, and closed ones whose topic fails."""
        failing = {(failure.account_id, failure.topic) for failure in self.judgements.failures()}
        merged = self.mirror.merged()

        def matters(link: TaskLink) -> bool:
            account = merged.get(link.account_id, link.account_id)
            settled = link.state in {LinkState.CLOSED, LinkState.WITHDRAWN}
            return not settled or (account, link.topic) in failing

        ids = sorted({link.task_id for link in self.books.links() if link.task_id and matters(link)})
        observed: dict[str, TaskState] = {}
        for start in range(0, len(ids), READ_AT_ONCE):
            observed.update(self.connector.read_tasks(ids[start : start + READ_AT_ONCE]))
            self.alive()
        return observed

    def plan(self, check: CheckResult) -> OrgPlan:
        """Plan what to do with the tasks of this org."""
        tasks = self.policy.policy.tasks
        states = self.mirror.states()
        users = self.mirror.users()
        rejected = {reject.id for reject in self.mirror.rejects() if reject.kind is RecordKind.ACCOUNT}
        whole = states[RecordKind.ACCOUNT].complete
        now = self.settings.clock.now()
        observed = self.observe()
        plan = plan_org(
            PlanningInput(
                org=self.org,
                description=self.description,
                today=self.today,
                judgements=self.judgements,
                links=self.books.links(),
                episodes=self.books.episodes(),
                observed=observed,
                merged=self.mirror.merged(),
                absent=lambda account_id: whole and account_id not in rejected,
                recent=self.books.made_since(now - dt.timedelta(hours=24)),
                caps=Caps(**tasks.caps.model_dump()),
                due_days=tasks.all_due_days,
                assignable=lambda user_id: user_id not in users or users[user_id].assignable,
                aliases={alias: c.rule.code for c in self.policy.rules for alias in c.rule.aliases},
            )
        )
        save_queue(self.store, self.description.org_uid, plan.queued)
        found = refusals(
            plan,
            safety=self.policy.policy.safety,
            live=sum(1 for _ in self.books.links([LinkState.LIVE])),
            states=states,
            foreign_keys=self.mirror.foreign_keys(),
            setup=check.setup,
            fallback=fallback_assignee(self.policy, self.org, users),
        )
        refused = tuple(refusal for refusal in found if refusal.name not in self.settings.accept)
        if not any(refusal.name == "rows" for refusal in refused):
            self.mirror.accept_counts()
        accept_probes(self.store, self.description.org_uid, check.good_fields)
        watermarks = {kind.value: state.pulled_at for kind, state in states.items() if state.complete}
        return replace(plan, watermarks=watermarks, refusals=refused)

    def apply(self, plan: OrgPlan, result: ApplyResult) -> None:
        """Apply a plan; raises RefusedError when the breaker stands against it."""
        if plan.refusals:
            raise RefusedError(_refusal_message(self.org, plan))
        self._applier().apply(plan, result)

    def settle(self, result: ApplyResult) -> None:
        """Find out what became of operations an earlier run left in flight."""
        self._applier().settle(result)

    def _applier(self) -> Applier:
        return Applier(
            connector=self.connector,
            books=self.books,
            clock=self.settings.clock,
            run_id=self.run_id,
            alive=self.alive,
            progress=self._progress,
            merged=self.mirror.merged(),
        )


def _refusal_message(org: str, plan: OrgPlan) -> str:
    reasons = "; ".join(refusal.reason for refusal in plan.refusals)
    acceptable = [refusal.name for refusal in plan.refusals if refusal.name in ACCEPTABLE]
    way_out = "".join(f" --accept {name}" for name in dict.fromkeys(acceptable))
    hint = f" (to go on all the same, repeat with{way_out})" if len(acceptable) == len(plan.refusals) else ""
    return f"nothing was written into {org}: {reasons}{hint}"


def fallback_assignee(policy: LoadedPolicy, org: str, users: Mapping[str, User]) -> str | None:
    """Return the id of the user who gets what nobody else can get, None when the policy names none.

    Raises:
        ConfigError: The one that is named is no active user of the org.
    """
    named = policy.policy.tasks.fallback_for(org)
    if named is None:
        return None
    wanted = named.casefold()
    for user in users.values():
        if user.assignable and wanted in {name.casefold() for name in (user.id, user.email) if name}:
            return user.id
    raise ConfigError(f"tasks.fallback_assignee is no active user of {org}; name another")


def check_mirror(
    policy: LoadedPolicy,
    org: str,
    description: OrgDescription,
    store: Store,
    settings: JobSettings,
    *,
    alive: Callable[[], None] = lambda: None,
) -> CheckResult:
    """Judge an org's mirror as of its last pull; touches no network."""
    section = policy.policy.orgs[org]
    now = settings.clock.now()
    given = CheckInput(
        description=description,
        rules=policy.rules,
        suppressions=policy.suppressions(org),
        context=RuleContext(
            today=now.astimezone(section.zone).date(),
            top_tiers=policy.policy.rules.top_tiers,
            labels=description.labels,
            calendar=section.calendar.business,
        ),
        min_severity=policy.policy.tasks.min_severity,
        fallback=fallback_assignee(policy, org, Mirror(store, description.org_uid).users()),
        inherit=frozenset(section.inherit),
        guarded=guarded(store, description, settings.null_jump(policy), policy.needed),
        checked_at=now.astimezone(dt.UTC),
    )
    return check_org(
        store, given, progress=lambda stage, done, total: settings.progress(org, stage, done, total), alive=alive
    )
