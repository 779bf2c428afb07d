"""One run: pull → check → plan → apply for every org of a policy, each under its own lease.

The functions here are the library's front door; the command line only calls them and prints what they return.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kam_sync import notebook
from kam_sync.applying import ApplyResult
from kam_sync.checking import CheckResult
from kam_sync.config import LoadedPolicy
from kam_sync.errors import ConfigError, KamSyncError, RefusedError
from kam_sync.plans import PLAN_HOURS, OrgPlan, Plan
from kam_sync.ports import ApiUsage
from kam_sync.pulling import PullResult
from kam_sync.session import JobSettings, OrgSession, check_mirror
from kam_sync.store import Store
from kam_sync.store.leases import Lease
from kam_sync.store.mirror import Mirror
from kam_sync.store.runs import RunBooks, load_description


@dataclass(slots=True, kw_only=True)
class OrgResult:
    """What a run did in one org; a stage that was not reached is None."""

    org: str
    org_uid: str = ""
    name: str = ""
    pull: PullResult | None = None
    check: CheckResult | None = None
    plan: OrgPlan | None = None
    apply: ApplyResult | None = None
    usage: ApiUsage | None = None
    error: KamSyncError | None = None

    @property
    def exit_code(self) -> int:
        """What this org's part asks the command line to exit with."""
        if self.error is not None:
            return self.error.exit_code
        pulled = self.pull is None or not (self.pull.problems or self.pull.rejected)
        checked = self.check is None or not self.check.errors
        applied = self.apply is None or self.apply.complete
        return 0 if pulled and checked and applied else 4

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong, in words for the user; a write that a CRM refused is told with the account's name."""
        return tuple(_problems(self))

    def __repr__(self) -> str:
        return f"<OrgResult {self.org}: exit code {self.exit_code}>"

    def _repr_html_(self) -> str:
        return notebook.org_html(self)


def _problems(result: OrgResult) -> Iterator[str]:
    if result.pull is not None:
        for kind, problem in result.pull.problems.items():
            yield f"{kind.value.replace('_', ' ')} records are unknown: {problem}"
        if result.pull.rejected:
            records = f"{result.pull.rejected} record{'' if result.pull.rejected == 1 else 's'}"
            yield f"{records} did not validate, so what hangs on them is unknown"
    if result.check is not None:
        yield from result.check.errors
    if result.apply is not None:
        yield from (f"{account}: {what}" for account, what in result.apply.problems)
    if result.error is not None:
        yield str(result.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run did in all orgs."""

    run_id: str
    applied: bool
    orgs: tuple[OrgResult, ...]
    plan: Plan | None = None

    @property
    def exit_code(self) -> int:
        """0 when all went well, an org's own code when all orgs share it, else 4 (partial)."""
        codes = {org.exit_code for org in self.orgs}
        return codes.pop() if len(codes) == 1 else 4

    def __repr__(self) -> str:
        return f"<RunResult: {notebook.run_title(self)}>"

    def _repr_html_(self) -> str:
        return notebook.run_html(self)


Work = Callable[[OrgSession, OrgResult], None]


def in_org(policy: LoadedPolicy, org: str, store: Store, settings: JobSettings, work: Work) -> OrgResult:
    """Do some work in one org under its lease; an error of kam-sync ends up in the result."""
    result = OrgResult(org=org)
    session: OrgSession | None = None
    try:
        settings.go_on(org)
        session = OrgSession(policy, org, store, settings)
        description = session.describe()
        result.org_uid, result.name = description.org_uid, description.name
        session.lease = _lease(store, description.org_uid, org, settings)
        session.lease.acquire()
        try:
            work(session, result)
        finally:
            session.lease.release()
    except KamSyncError as error:
        result.error = error
    except Exception as error:
        if settings.contain is None:
            raise
        result.error = settings.contain(org, error)
    finally:
        if session is not None:
            result.usage = session.connector.usage()
            session.connector.close()
    return result


def for_each_org(
    policy: LoadedPolicy, store: Store, settings: JobSettings, work: Work, *, applied: bool = False
) -> RunResult:
    """Do some work in every chosen org and keep the record of the run."""
    run_id = uuid.uuid4().hex

    def recorded(session: OrgSession, result: OrgResult) -> None:
        session.run_id = run_id
        books = RunBooks(store, run_id, session.org)
        books.begin(result.org_uid, settings.clock.now(), applied=applied)
        work(session, result)

    results = []
    for org in settings.chosen(policy):
        result = in_org(policy, org, store, settings, recorded)
        RunBooks(store, run_id, org).finish(result.org_uid, settings.clock.now(), summary(result))
        results.append(result)
    return RunResult(run_id=run_id, applied=applied, orgs=tuple(results))


def _lease(store: Store, org_uid: str, org: str, settings: JobSettings) -> Lease:
    return Lease(store, org_uid, org, f"{socket.gethostname()}:{os.getpid()}", settings.clock)


def summary(result: OrgResult) -> dict[str, object]:
    """Return what a run did in an org as plain counts, for the run's record and for output."""
    return {
        "exit_code": result.exit_code,
        "error": str(result.error) if result.error else None,
        "rows": {kind.value: count for kind, count in result.pull.rows.items()} if result.pull else None,
        "accounts": result.check.accounts if result.check else None,
        "findings": sum(result.check.findings.values()) if result.check else None,
        "operations": dict(result.plan.counts) if result.plan else None,
        "queued": len(result.plan.queued) if result.plan else None,
        "written": result.apply.written if result.apply else None,
        "api_calls": result.usage.requests if result.usage else None,
    }


def pull(policy: LoadedPolicy, store: Store, settings: JobSettings) -> RunResult:
    """Pull every org into the mirror.

    Example:
        >>> (org,) = kam_sync.pull(policy, store, settings).orgs
        >>> org.pull.rows[RecordKind.ACCOUNT]
        2
    """

    def work(session: OrgSession, result: OrgResult) -> None:
        result.pull = session.pull()

    return for_each_org(policy, store, settings, work)


def check(policy: LoadedPolicy, store: Store, settings: JobSettings) -> RunResult:
    """Judge the mirror of every org as of its last pull, without calling any CRM.

    Raises:
        ConfigError: An org was never pulled.

    Example:
        >>> (org,) = kam_sync.check(policy, store, settings).orgs
        >>> org.check.findings
        {('KAM101', 'high'): 1, ('KAM201', 'high'): 1, ('KAM203', 'high'): 1}
    """
    results = []
    for org in settings.chosen(policy):
        description = load_description(store, org)
        if description is None or not Mirror(store, description.org_uid).states():
            raise ConfigError(f"{org} was never pulled; run `kam-sync pull` first")
        result = OrgResult(org=org, org_uid=description.org_uid, name=description.name)
        lease = _lease(store, description.org_uid, org, settings)
        try:
            lease.acquire()  # a run at work must not plan on judgements that are half written
            try:
                result.check = check_mirror(policy, org, description, store, settings, alive=lease.beat)
            finally:
                lease.release()
        except KamSyncError as error:
            result.error = error
        results.append(result)
    return RunResult(run_id="", applied=False, orgs=tuple(results))


def plan(policy: LoadedPolicy, store: Store, settings: JobSettings) -> RunResult:
    """Pull, check and plan every org; the result's `plan` can be saved, read and applied within a day.

    Example:
        >>> result = kam_sync.plan(policy, store, settings)
        >>> result.plan.orgs[0].counts
        {'create': 3}
    """
    result = for_each_org(policy, store, settings, _pull_check_plan)
    return replace(result, plan=make_plan(policy, settings, result.orgs))


def make_plan(policy: LoadedPolicy, settings: JobSettings, orgs: tuple[OrgResult, ...]) -> Plan:
    """Return the plan of all orgs that got one."""
    now = settings.clock.now()
    return Plan(
        created_at=now,
        expires_at=now + dt.timedelta(hours=PLAN_HOURS),
        policy_hash=policy.digest,
        orgs=tuple(org.plan for org in orgs if org.plan is not None),
    )


def _pull_check_plan(session: OrgSession, result: OrgResult) -> None:
    result.pull = session.pull()
    _check_plan(session, result)


def _check_plan(session: OrgSession, result: OrgResult) -> None:
    result.check = session.check()
    result.plan = session.plan(result.check)


def run(policy: LoadedPolicy, store: Store, settings: JobSettings, *, apply: bool = False) -> RunResult:
    """Do the whole job: pull, check, plan and, when `apply` is given, write.

    What an earlier run left in flight is settled before planning, but only when this run may write; the pull comes
    first, since it tells which accounts were merged meanwhile.

    Example:
        >>> result = kam_sync.run(policy, store, settings)
        >>> result
        <RunResult: Dry run, 1 org, exit code 0>
        >>> result.orgs[0].problems
        ()
    """

    def work(session: OrgSession, result: OrgResult) -> None:
        applied = ApplyResult()
        result.pull = session.pull()
        if apply:
            session.settle(applied)
        _check_plan(session, result)
        if apply and result.plan is not None:
            result.apply = applied
            session.apply(result.plan, applied)

    result = for_each_org(policy, store, settings, work, applied=apply)
    return replace(result, plan=make_plan(policy, settings, result.orgs))


def apply_plan(policy: LoadedPolicy, store: Store, settings: JobSettings, plan: Plan) -> RunResult:
    """Apply a plan that was made earlier; what was changed since is skipped as a conflict.

    Raises:
        RefusedError: The plan has expired, or the policy was changed since it was made.

    Example:
        >>> result = kam_sync.plan(policy, store, settings)
        >>> kam_sync.apply_plan(policy, store, settings, result.plan).orgs[0].apply.written
        3
    """
    if settings.clock.now() >= plan.expires_at:
        raise RefusedError(f"the plan expired on {plan.expires_at:%Y-%m-%d at %H:%M} UTC; make a new one with `plan`")
    if plan.policy_hash != policy.digest:
        raise RefusedError("the policy file was changed since the plan was made; make a new one with `plan`")
    plans = {org.org: org for org in plan.orgs}

    def work(session: OrgSession, result: OrgResult) -> None:
        planned = plans[session.org]
        if planned.org_uid != session.description.org_uid:
            raise RefusedError(f"the plan was made for another org than {session.org} is now; make a new one")
        result.plan = _without_accepted(planned, settings)
        result.apply = ApplyResult()
        session.settle(result.apply)
        session.apply(result.plan, result.apply)

    chosen = tuple(org for org in plans if not settings.orgs or org in settings.orgs)
    if not chosen:
        raise ConfigError(
            f"the plan holds nothing for {', '.join(settings.orgs) or 'any org'}; make a new one with `plan`"
        )
    return for_each_org(policy, store, replace(settings, orgs=chosen), work, applied=True)


def _without_accepted(plan: OrgPlan, settings: JobSettings) -> OrgPlan:
    return replace(plan, refusals=tuple(r for r in plan.refusals if r.name not in settings.accept))
