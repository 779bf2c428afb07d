"""Checking: judges every account in the mirror and leaves judgements, history and set-up findings in the store."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kam_sync.assigning import holder_of, owner_of
from kam_sync.dates import add_days
from kam_sync.engine import (
    AccountOutcome,
    ConfiguredRule,
    Finding,
    FindingState,
    Suppression,
    inhibit,
    judge,
    silence,
)
from kam_sync.judgements import LEADS, Judgement, PortfolioJudgement
from kam_sync.names import RELATIONS
from kam_sync.portfolio_judging import PORTFOLIO, PortfolioJudge, PortfolioOutcome
from kam_sync.portfolio_rules import PortfolioSnapshot
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.probes import Probe, judge_probes
from kam_sync.records import AccountSnapshot, RecordKind, Role
from kam_sync.rules_api import RuleContext
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.baseline import Baseline
from kam_sync.store.judging import FindingHistory, StoredJudgements
from kam_sync.store.mirror import Mirror
from kam_sync.store.snapshots import Snapshots
from kam_sync.suppressions import SuppressionUse

NO_ROLES: Final = "KAM108"
"""Catalogue R08: no account has role data; one finding for the org."""
CHUNK: Final = 100
"""Accounts judged between two commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """What checking of one org rests on.

    `fallback` is the id of the user who gets what nobody else can get. `max_null_jump` is by how much the filled
    share of a field may fall, as a share of 1. `needed` are the names that some rule cannot do without; None is all.
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
    needed: frozenset[str] | None = None


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
    description, today = given.description, given.context.today
    snapshots = Snapshots(store, description.org_uid)
    judgements = StoredJudgements(store, description.org_uid)
    history = FindingHistory(store, description.org_uid)
    baseline = Baseline(store, description.org_uid)
    released = baseline.dates()
    unknown, setup = judge_probes(
        given.probes, frozenset(description.unknown), description.labels, given.max_null_jump, given.needed
    )
    everywhere = frozenset(description.unknown) | frozenset(unknown)
    judgements.clear()
    counts = _Counts()
    use = SuppressionUse(given.suppressions)
    portfolio = _judge_portfolio(store, given, everywhere, alive)
    chunk: list[tuple[AccountSnapshot, AccountOutcome]] = []

    def keep() -> None:
        since = history.record([outcome for _, outcome in chunk], today)
        judged = [_judgement(snapshot, outcome, since, given, released) for snapshot, outcome in chunk]
        for judgement in judged:
            counts.add(judgement.outcome)
            counts.accounts += 1
        judgements.add(judged)
        chunk.clear()
        progress("judged", counts.accounts)
        alive()

    for snapshot in snapshots.stream(everywhere, inherit=given.inherit):
        outcome = judge(snapshot, given.rules, given.context, given.suppressions, portfolio.of(snapshot.account.id))
        use.see(outcome, today)
        chunk.append((snapshot, outcome))
        if len(chunk) == CHUNK:
            keep()
    keep()
    own = AccountOutcome(account_id=PORTFOLIO, outcomes=silence(portfolio.own, given.suppressions, today))
    use.see(own, today)
    counts.add(own)
    since = history.record([own], today)
    history.end_absent(today)
    baseline.forget_solved()
    judgements.keep_portfolio(PortfolioJudgement(outcome=own, since=since, checked_on=today))
    return CheckResult(
        accounts=counts.accounts,
        findings=dict(counts.findings),
        silenced=counts.silenced,
        unknown=dict(counts.unknown),
        worst=counts.worst,
        setup=tuple(map(_coded, (*description.setup, *setup, *use.findings(today)))),
        good_fields=tuple(name for name in given.probes if name not in unknown),
        errors=tuple(sorted(counts.errors)),
    )


def _coded(found: SetupFinding) -> SetupFinding:
    return replace(found, code=NO_ROLES) if found.subject == "roles" else found


def _judge_portfolio(
    store: Store, given: CheckInput, unknown: frozenset[str], alive: Callable[[], None]
) -> PortfolioOutcome:
    """Run the rules over the portfolio; the snapshots are read for it only when one of them must see accounts."""
    rules = PortfolioJudge(given.rules, given.context)
    if not rules.has_rules:
        return PortfolioOutcome()
    mirror = Mirror(store, given.description.org_uid)
    snapshots = Snapshots(store, given.description.org_uid)
    if rules.reads_accounts:
        for snapshot in snapshots.stream(unknown, inherit=given.inherit):
            rules.collect(snapshot)
            alive()
    # One sales row that did not validate makes every share wrong.
    sales = {RELATIONS[RecordKind.SALES]} if any(r.kind is RecordKind.SALES for r in mirror.rejects()) else set()
    return rules.judge(
        PortfolioSnapshot(
            org_uid=given.description.org_uid,
            users=mirror.users(),
            unknown=unknown | snapshots.unpulled() | sales,
            known_sales=mirror.sales(),
            accounts_total=given.description.accounts_total,
        )
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
    snapshot: AccountSnapshot,
    outcome: AccountOutcome,
    since: Mapping[str, dt.date],
    given: CheckInput,
    released: Mapping[str, dt.date],
) -> Judgement:
    waits = {configured.rule.code: configured.for_days for configured in given.rules}
    own = {finding.fingerprint: since[finding.fingerprint] for finding in outcome.findings}
    today = given.context.today

    def is_heard(finding: Finding) -> bool:
        """Return whether a task speaks of it, or will: what the baseline holds back still covers narrower findings."""
        ripe = add_days(own[finding.fingerprint], waits[finding.code]) <= today
        return finding.severity >= given.min_severity and ripe

    def is_worthy(finding: Finding) -> bool:
        return is_heard(finding) and released.get(finding.fingerprint, today) <= today

    outcome = replace(outcome, outcomes=inhibit(outcome.outcomes, is_heard))
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
        owner=owner_of(snapshot, given.fallback),
        project_manager=holder_of(snapshot, Role.PROJECT_MANAGER, given.fallback),
        leads={topic: holder_of(snapshot, role, given.fallback) for topic, role in LEADS.items()},
    )
