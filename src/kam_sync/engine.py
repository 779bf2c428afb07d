"""Judging: runs the configured rules over one snapshot. Pure: no I/O, no clock.

Suppression and inhibition are computed here each time and stored nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kam_sync.identity import fingerprint
from kam_sync.names import wider, with_narrower
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.records import AccountSnapshot, UnknownValueError
from kam_sync.rules_api import NotApplicable, Problem, Rule, RuleContext, RuleFacts, RuleParams, Unknown
from kam_sync.severity import Severity


class OutcomeKind(StrEnum):
    """What a rule says of an account."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


class FindingState(StrEnum):
    """Whether a finding speaks or is silenced."""

    ACTIVE = "active"
    SUPPRESSED = "suppressed"
    INHIBITED = "inhibited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem with its identity; `reason` says why it is suppressed or what inhibits it."""

    fingerprint: str
    code: str
    name: str
    topic: str
    account_id: str
    severity: Severity
    problem: Problem
    state: FindingState = FindingState.ACTIVE
    reason: str = ""

    @property
    def key(self) -> str:
        """The problem's key within its rule and account."""
        return self.problem.key


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """What one rule says of one account; `unknown` are the parts that could not be judged."""

    code: str
    topic: str
    kind: OutcomeKind
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    error: str = ""

    def is_unknown(self, key: str) -> bool:
        """Return whether a problem of this key could not be judged."""
        return any(
            part.key == key or (part.key.endswith("*") and key.startswith(part.key[:-1])) for part in self.unknown
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOutcome:
    """What all rules say of one account, in the order of their codes."""

    account_id: str
    outcomes: tuple[RuleOutcome, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, silenced ones too."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A decision of the policy file to stay silent about findings.

    `code` is a rule code or a prefix of one; `account_id` and `key` are None for all. `until` is the last day it
    holds, in the org's time zone; None is for ever. `place` is where it stands in the policy file; `here_only` says
    that it holds for no other org.
    """

    code: str
    account_id: str | None = None
    key: str | None = None
    until: dt.date | None = None
    reason: str
    place: str = ""
    here_only: bool = True

    def silences(self, finding: Finding, today: dt.date) -> bool:
        """Return whether it covers a finding today."""
        return (
            finding.code.startswith(self.code)
            and self.account_id in {None, finding.account_id}
            and self.key in {None, finding.key}
            and (self.until is None or today <= self.until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTuning:
    """Parameters and severity of a rule as the policy sets them; a severity of None leaves the rule's own."""

    params: RuleParams
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredRule:
    """A rule with what the policy says about it.

    `for_days` is how long it must have failed before a task speaks of it. `tiers` holds the tuning for accounts of
    a tier, instead of `tuning`; a rule over the portfolio has none.
    """

    rule: Rule | PortfolioRule
    tuning: RuleTuning
    for_days: int = 0
    tiers: Mapping[str, RuleTuning] = field(default_factory=dict)

    def tuning_for(self, snapshot: AccountSnapshot) -> RuleTuning:
        """Return the tuning for an account; an unknown tier gets the general one."""
        tier = snapshot.account.tier
        if tier is None or "account.tier" in snapshot.unknown:
            return self.tuning
        return self.tiers.get(tier, self.tuning)


def judge(
    snapshot: AccountSnapshot,
    rules: Sequence[ConfiguredRule],
    context: RuleContext,
    suppressions: Sequence[Suppression] = (),
    portfolio: Sequence[RuleOutcome] = (),
) -> AccountOutcome:
    """Return what the rules say of an account.

    A rule whose needs are unknown, which reads something unknown, or which fails with an exception of its own,
    gives the outcome `unknown`: it opens nothing and resolves nothing.

    Args:
        snapshot: The account.
        rules: The configured rules; those over the portfolio are left aside.
        context: Today and the rest.
        suppressions: What the policy silences.
        portfolio: What the rules over the portfolio say of this account.
    """
    snapshot = replace(snapshot, unknown=with_narrower(snapshot.unknown))
    outcomes = [
        *(_run(given, given.rule, snapshot, context) for given in rules if isinstance(given.rule, Rule)),
        *portfolio,
    ]
    outcomes.sort(key=lambda outcome: outcome.code)
    return AccountOutcome(account_id=snapshot.account.id, outcomes=silence(outcomes, suppressions, context.today))


def unknown_need(rule: RuleFacts, unknown: frozenset[str]) -> str | None:
    """Return the first of a rule's needs that is unknown, or None; a need is unknown when what it is a part of is."""
    return next((need for need in rule.needs if not unknown.isdisjoint(wider(need))), None)


def unknown_outcome(rule: RuleFacts, name: str, error: str = "") -> RuleOutcome:
    """Return the outcome of a rule that cannot be judged for what is unknown, or for an error of its own."""
    part = Unknown(key="*", name=name)
    return RuleOutcome(code=rule.code, topic=rule.topic, kind=OutcomeKind.UNKNOWN, unknown=(part,), error=error)


def _run(configured: ConfiguredRule, rule: Rule, snapshot: AccountSnapshot, context: RuleContext) -> RuleOutcome:
    need = unknown_need(rule, snapshot.unknown)
    if need is not None:
        return unknown_outcome(rule, need)
    tuning = configured.tuning_for(snapshot)
    try:
        result = rule.check(snapshot, context, tuning.params)
        parts = () if isinstance(result, NotApplicable) else tuple(result)  # a rule may be written with `yield`
    except UnknownValueError as error:
        return unknown_outcome(rule, error.name)
    except Exception as error:  # noqa: BLE001 - whatever a plugin's rule raised must not end the run nor close a task
        return unknown_outcome(rule, "rule", f"rule {rule.code} failed with {type(error).__name__}")
    if isinstance(result, NotApplicable):
        return RuleOutcome(code=rule.code, topic=rule.topic, kind=OutcomeKind.NOT_APPLICABLE)
    problems = [part for part in parts if isinstance(part, Problem)]
    unknown = tuple(part for part in parts if isinstance(part, Unknown))
    if len(problems) + len(unknown) != len(parts):
        return unknown_outcome(
            rule, "rule", f"rule {rule.code} answered with something that is neither Problem nor Unknown"
        )
    findings = tuple(finding_of(rule, problem, tuning, snapshot.org_uid, snapshot.account.id) for problem in problems)
    kind = OutcomeKind.FAILED if findings else OutcomeKind.UNKNOWN if unknown else OutcomeKind.PASSED
    return RuleOutcome(code=rule.code, topic=rule.topic, kind=kind, findings=findings, unknown=unknown)


def finding_of(rule: RuleFacts, problem: Problem, tuning: RuleTuning, org_uid: str, account_id: str) -> Finding:
    """Return a problem with its identity; an empty account id stands for the whole portfolio."""
    return Finding(
        fingerprint=fingerprint(org_uid, rule.identity_code, account_id, problem.key),
        code=rule.code,
        name=rule.name,
        topic=rule.topic,
        account_id=account_id,
        severity=next(s for s in (tuning.severity, problem.severity, rule.severity) if s is not None),
        problem=problem,
    )


def silence(
    outcomes: Sequence[RuleOutcome], suppressions: Sequence[Suppression], today: dt.date
) -> tuple[RuleOutcome, ...]:
    """Silence what the policy suppresses, then what a finding that still speaks covers."""
    return inhibit(
        _with_findings(outcomes, lambda finding: _suppressed(finding, suppressions, today)), lambda _finding: True
    )


def inhibit(outcomes: Sequence[RuleOutcome], may_cover: Callable[[Finding], bool]) -> tuple[RuleOutcome, ...]:
    """Silence the findings that a broader one covers; computed anew, whatever was inhibited before.

    What is silenced silences nothing itself, so that somebody always speaks for what is not heard: a finding is decided
    once everything that covers it is. Of two that cover each other the worse speaks.

    Args:
        outcomes: The outcomes of one account.
        may_cover: Tells of an active finding whether it may silence others; one that nobody will hear of may not.
    """
    heard = _with_findings(outcomes, _uninhibited)
    covered: dict[tuple[str, str], str] = {}
    every = (finding for outcome in heard for finding in outcome.findings)
    speaking = (f for f in every if f.state is FindingState.ACTIVE and may_cover(f))
    waiting = sorted(speaking, key=lambda finding: (-finding.severity, finding.code, finding.key))
    while waiting:
        free = [finding for finding in waiting if not any(_covers(other, finding) for other in waiting)]
        decided = free or waiting[:1]
        for finding in decided:
            if _inhibited(finding, covered).state is FindingState.ACTIVE:
                for code, key in finding.problem.covers:
                    covered.setdefault((code, key), finding.code)
        done = {finding.fingerprint for finding in decided}
        waiting = [finding for finding in waiting if finding.fingerprint not in done]
    return _with_findings(heard, lambda finding: _inhibited(finding, covered))


def _covers(broad: Finding, narrow: Finding) -> bool:
    """Return whether one finding would silence another."""
    if broad.fingerprint == narrow.fingerprint or not broad.problem.covers:
        return False
    return _covering(narrow, dict.fromkeys(broad.problem.covers, broad.code)) is not None


def _covering(narrow: Finding, covered: Mapping[tuple[str, str], str]) -> str | None:
    """Return the code that covers a finding by its key, or else by `*`, which covers other rules' findings only."""
    by_key = covered.get((narrow.code, narrow.key))
    by_star = covered.get((narrow.code, "*"))
    return by_key or (by_star if by_star != narrow.code else None)


def _with_findings(outcomes: Sequence[RuleOutcome], change: Callable[[Finding], Finding]) -> tuple[RuleOutcome, ...]:
    return tuple(
        replace(outcome, findings=tuple(map(change, outcome.findings))) if outcome.findings else outcome
        for outcome in outcomes
    )


def _uninhibited(finding: Finding) -> Finding:
    inhibited = finding.state is FindingState.INHIBITED
    return replace(finding, state=FindingState.ACTIVE, reason="") if inhibited else finding


def _suppressed(finding: Finding, suppressions: Sequence[Suppression], today: dt.date) -> Finding:
    for suppression in suppressions:
        if suppression.silences(finding, today):
            return replace(finding, state=FindingState.SUPPRESSED, reason=suppression.reason)
    return finding


def _inhibited(finding: Finding, covered: Mapping[tuple[str, str], str]) -> Finding:
    """Silence a finding that a broader one covers."""
    by = _covering(finding, covered)
    if by is None or finding.state is not FindingState.ACTIVE:
        return finding
    return replace(finding, state=FindingState.INHIBITED, reason=f"covered by {by}")
