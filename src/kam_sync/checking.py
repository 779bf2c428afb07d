"""Checking: judges every account in the mirror and leaves judgements, history and set-up findings in the store."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kam_sync.engine import AccountOutcome, ConfiguredRule, Finding, FindingState, Suppression, inhibit, judge
from kam_sync.judgements import Assignee, Judgement
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.probes import Probe, judge_probes
from kam_sync.records import AccountSnapshot, Role, User
from kam_sync.rules_api import RuleContext
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.judging import FindingHistory, StoredJudgements
from kam_sync.store.mirror import Mirror

CHUNK: Final = 100
"""Accounts judged between two commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """What checking of one org rests on.

    `fallback` is the id of the user who gets what nobody else can get. `max_null_jump` is by how much the filled
    share of a field may fall, as a share of 1.
    """

    description: OrgDescription
    rules: Sequence[ConfiguredRule]
    suppressions: Sequence[Suppression]
    context: RuleContext
    min_severity: Severity
    fallback: str | None
    inherit: frozenset[str]
    probes: Mapping[str, Probe]
    max_null_jump: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found, in counts; the judgements themselves are in the store.

    Args:
        accounts: Accounts judged.
        findings: (rule code, severity label) → active findings.
        silenced: Suppressed or inhibited findings.
        unknown: Rule code → accounts for which the rule could not judge everything.
        worst: The worst active severity.
        setup: What should be set up in the org.
        good_fields: Fields whose filling is as it was or better.
        errors: What rules of plugins failed with.
    """

    accounts: int
    findings: Mapping[tuple[str, str], int]
    silenced: int
    unknown: Mapping[str, int]
    worst: Severity | None
    setup: tuple[SetupFinding, ...]
    good_fields: tuple[str, ...]
    errors: tuple[str, ...] = ()


def check_org(
    store: Store,
    given: CheckInput,
    *,
    progress: Callable[[str, int], None] = lambda _what, _count: None,
    alive: Callable[[], None] = lambda: None,
) -> CheckResult:
    """Judge every account in scope with what the mirror holds; reads no clock and calls no CRM."""
    description = given.description
    mirror = Mirror(store, description.org_uid)
    judgements = StoredJudgements(store, description.org_uid)
    history = FindingHistory(store, description.org_uid)
    unknown, setup = judge_probes(given.probes, frozenset(description.unknown), description.labels, given.max_null_jump)
    judgements.clear()
    counts = _Counts()
    chunk: list[tuple[AccountSnapshot, AccountOutcome]] = []

    def keep() -> None:
        since = history.record([outcome for _, outcome in chunk], given.context.today)
        judged = [_judgement(snapshot, outcome, since, given) for snapshot, outcome in chunk]
        for judgement in judged:
            counts.add(judgement.outcome)
        judgements.add(judged)
        chunk.clear()
        progress("judged", counts.accounts)
        alive()

    everywhere = frozenset(description.unknown) | frozenset(unknown)
    for snapshot in mirror.snapshots(everywhere, inherit=given.inherit):
        chunk.append((snapshot, judge(snapshot, given.rules, given.context, given.suppressions)))
        if len(chunk) == CHUNK:
            keep()
    keep()
    history.end_absent(given.context.today)
    return CheckResult(
        accounts=counts.accounts,
        findings=dict(counts.findings),
        silenced=counts.silenced,
        unknown=dict(counts.unknown),
        worst=counts.worst,
        setup=(*description.setup, *setup),
        good_fields=tuple(name for name in given.probes if name not in unknown),
        errors=tuple(sorted(counts.errors)),
    )


class _Counts:
    def __init__(self) -> None:
        self.accounts = 0
        self.findings: Counter[tuple[str, str]] = Counter()
        self.silenced = 0
        self.unknown: Counter[str] = Counter()
        self.worst: Severity | None = None
        self.errors: set[str] = set()

    def add(self, outcome: AccountOutcome) -> None:
        self.accounts += 1
        for rule in outcome.outcomes:
            if rule.unknown:
                self.unknown[rule.code] += 1
            if rule.error:
                self.errors.add(rule.error)
        for finding in outcome.findings:
            if finding.state is not FindingState.ACTIVE:
                self.silenced += 1
                continue
            self.findings[finding.code, finding.severity.label] += 1
            self.worst = finding.severity if self.worst is None else max(self.worst, finding.severity)


def _judgement(
    snapshot: AccountSnapshot, outcome: AccountOutcome, since: Mapping[str, dt.date], given: CheckInput
) -> Judgement:
    waits = {configured.rule.code: configured.for_days for configured in given.rules}
    own = {finding.fingerprint: since[finding.fingerprint] for finding in outcome.findings}

    def is_worthy(finding: Finding) -> bool:
        ripe = own[finding.fingerprint] + dt.timedelta(days=waits[finding.code]) <= given.context.today
        return finding.severity >= given.min_severity and ripe

    outcome = replace(outcome, outcomes=inhibit(outcome.outcomes, is_worthy))
    return Judgement(
        account_id=snapshot.account.id,
        account_name=snapshot.account.name,
        revenue=snapshot.account.revenue or 0.0,
        outcome=outcome,
        since=own,
        worthy=frozenset(
            finding.fingerprint
            for finding in outcome.findings
            if finding.state is FindingState.ACTIVE and is_worthy(finding)
        ),
        owner=_assignee(snapshot, [snapshot.account.owner_id], given.fallback, certain=_knows_owner(snapshot)),
        project_manager=_project_manager(snapshot, given.fallback),
    )


def _project_manager(snapshot: AccountSnapshot, fallback: str | None) -> Assignee:
    name = f"roles.{Role.PROJECT_MANAGER.value}"
    known = not {"roles", name} & snapshot.unknown
    holders = sorted(
        role.user_id for role in snapshot.known_roles if role.role is Role.PROJECT_MANAGER and role.user_id
    )
    if known and any(snapshot.users[holder].assignable for holder in holders if holder in snapshot.users):
        return _assignee(snapshot, holders, fallback, certain=True)
    candidates = [*(holders if known else ()), snapshot.account.owner_id]
    return _assignee(snapshot, candidates, fallback, certain=known and _knows_owner(snapshot))


def _knows_owner(snapshot: AccountSnapshot) -> bool:
    return "account.owner_id" not in snapshot.unknown


def _assignee(
    snapshot: AccountSnapshot, candidates: Sequence[str | None], fallback: str | None, *, certain: bool
) -> Assignee:
    """Return the first candidate who can own a task, else a manager of one of them, else the fallback.

    A candidate who is not among the users that were pulled is someone we know nothing of: nothing is certain then.
    """
    certain = certain and all(candidate is None or candidate in snapshot.users for candidate in candidates)
    for candidate in candidates:
        user = snapshot.users.get(candidate or "")
        if user is not None and user.assignable:
            return Assignee(user_id=user.id, certain=certain)
    for candidate in candidates:
        manager = _manager(snapshot.users, candidate)
        if manager is not None:
            return Assignee(user_id=manager, certain=certain)
    return Assignee(user_id=fallback, certain=certain)


def _manager(users: Mapping[str, User], user_id: str | None) -> str | None:
    """Return the nearest manager above a user who can own a task; a cycle of managers ends the search."""
    seen: set[str] = set()
    user = users.get(user_id or "")
    while user is not None and user.manager_id is not None and user.manager_id not in seen:
        seen.add(user.manager_id)
        user = users.get(user.manager_id)
        if user is not None and user.assignable:
            return user.id
    return None
