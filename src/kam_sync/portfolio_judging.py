"""Judging the portfolio: runs the rules over all accounts at once, and says what each says of every account.

Pure: what each rule must know of an account is collected while snapshots pass by; no two are held together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kam_sync.engine import ConfiguredRule, Finding, OutcomeKind, RuleOutcome, finding_of, unknown_need, unknown_outcome
from kam_sync.names import with_narrower
from kam_sync.portfolio_rules import AccountProblem, PortfolioRule, PortfolioSnapshot
from kam_sync.records import AccountSnapshot, UnknownValueError
from kam_sync.rules_api import NotApplicable, Problem, RuleContext, Unknown

PORTFOLIO: Final = ""
"""What stands for the account's id in a finding that is about the whole portfolio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioOutcome:
    """What the portfolio rules say.

    `own` are the outcomes whose findings are about the whole portfolio; `accounts` holds, by rule code, the findings of
    single accounts; `blind` by rule code the accounts of which something was unknown, with the name of it.
    """

    own: tuple[RuleOutcome, ...] = ()
    accounts: Mapping[str, Mapping[str, tuple[Finding, ...]]] = field(default_factory=dict)
    blind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, account_id: str) -> tuple[RuleOutcome, ...]:
        """Return what the portfolio rules say of one account."""
        return tuple(self._of(outcome, account_id) for outcome in self.own)

    def _of(self, outcome: RuleOutcome, account_id: str) -> RuleOutcome:
        if outcome.kind is OutcomeKind.NOT_APPLICABLE or outcome.is_unknown("*"):
            return replace(outcome, findings=())
        blind = self.blind.get(outcome.code, {}).get(account_id)
        if blind is not None:
            part = Unknown(key="*", name=blind)
            return RuleOutcome(code=outcome.code, topic=outcome.topic, kind=OutcomeKind.UNKNOWN, unknown=(part,))
        findings = self.accounts.get(outcome.code, {}).get(account_id, ())
        # What is unknown of the portfolio may be what a finding of this account rests on: it stays open there too.
        kind = OutcomeKind.FAILED if findings else OutcomeKind.UNKNOWN if outcome.unknown else OutcomeKind.PASSED
        return RuleOutcome(
            code=outcome.code, topic=outcome.topic, kind=kind, findings=findings, unknown=outcome.unknown
        )


class PortfolioJudge:
    """Collects from snapshots as they pass by, then judges.

    Args:
        rules: The configured rules; those that judge single accounts are left aside.
        context: Today and the rest.
    """

    def __init__(self, rules: Sequence[ConfiguredRule], context: RuleContext) -> None:
        self._rules = [(given, given.rule) for given in rules if isinstance(given.rule, PortfolioRule)]
        self._context = context
        self._collected: dict[str, dict[str, object]] = {rule.code: {} for _, rule in self._rules}
        self._blind: dict[str, dict[str, str]] = {rule.code: {} for _, rule in self._rules}
        self._errors: dict[str, str] = {}

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to judge."""
        return bool(self._rules)

    @property
    def reads_accounts(self) -> bool:
        """Whether some rule must see the snapshot of every account in scope."""
        return any(rule.collect is not None for _, rule in self._rules)

    def collect(self, snapshot: AccountSnapshot) -> None:
        """Take from a snapshot what the rules must know of it."""
        snapshot = replace(snapshot, unknown=with_narrower(snapshot.unknown))
        for configured, rule in self._rules:
            if rule.collect is None or rule.code in self._errors:
                continue
            need = unknown_need(rule, snapshot.unknown)
            if need is not None:
                self._blind[rule.code][snapshot.account.id] = need
                continue
            try:
                found = rule.collect(snapshot, self._context, configured.tuning.params)
            except UnknownValueError as error:
                self._blind[rule.code][snapshot.account.id] = error.name
            except Exception as error:  # noqa: BLE001 - whatever a plugin's rule raised must not end the run
                self._errors[rule.code] = f"rule {rule.code} failed with {type(error).__name__}"
            else:
                self._collected[rule.code][snapshot.account.id] = found

    def judge(self, portfolio: PortfolioSnapshot) -> PortfolioOutcome:
        """Return what the rules say; `portfolio.collected` is filled in here."""
        portfolio = replace(portfolio, unknown=with_narrower(portfolio.unknown))
        own: list[RuleOutcome] = []
        accounts: dict[str, dict[str, tuple[Finding, ...]]] = {}
        for configured, rule in self._rules:
            outcome, by_account = self._run(configured, rule, portfolio)
            own.append(outcome)
            accounts[rule.code] = by_account
        return PortfolioOutcome(own=tuple(own), accounts=accounts, blind=self._blind)

    def _run(
        self, configured: ConfiguredRule, rule: PortfolioRule, portfolio: PortfolioSnapshot
    ) -> tuple[RuleOutcome, dict[str, tuple[Finding, ...]]]:
        nobody: dict[str, tuple[Finding, ...]] = {}
        need = unknown_need(rule, portfolio.unknown)
        if need is not None:
            return unknown_outcome(rule, need), nobody
        if rule.code in self._errors:
            return unknown_outcome(rule, "rule", self._errors[rule.code]), nobody
        try:
            given = replace(portfolio, collected=self._collected[rule.code], left_out=self._blind[rule.code])
            result = rule.check(given, self._context, configured.tuning.params)
            parts = () if isinstance(result, NotApplicable) else tuple(result)
        except UnknownValueError as error:
            return unknown_outcome(rule, error.name), nobody
        except Exception as error:  # noqa: BLE001 - as above
            return unknown_outcome(rule, "rule", f"rule {rule.code} failed with {type(error).__name__}"), nobody
        if isinstance(result, NotApplicable):
            return RuleOutcome(code=rule.code, topic=rule.topic, kind=OutcomeKind.NOT_APPLICABLE), nobody
        findings: list[Finding] = []
        by_account: dict[str, tuple[Finding, ...]] = {}
        for part in parts:
            if isinstance(part, AccountProblem):
                finding = finding_of(rule, part.problem, configured.tuning, portfolio.org_uid, part.account_id)
                by_account[part.account_id] = (*by_account.get(part.account_id, ()), finding)
            elif isinstance(part, Problem):
                findings.append(finding_of(rule, part, configured.tuning, portfolio.org_uid, PORTFOLIO))
        unknown = tuple(part for part in parts if isinstance(part, Unknown))
        kind = OutcomeKind.FAILED if findings or by_account else OutcomeKind.UNKNOWN if unknown else OutcomeKind.PASSED
        outcome = RuleOutcome(code=rule.code, topic=rule.topic, kind=kind, findings=tuple(findings), unknown=unknown)
        return outcome, by_account
