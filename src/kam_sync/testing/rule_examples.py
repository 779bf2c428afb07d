"""How an example of a rule is run, as a run would judge it; for the contract of rules and for tests of one's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from kam_sync.engine import AccountOutcome, ConfiguredRule, OutcomeKind, RuleOutcome, RuleTuning, judge
from kam_sync.portfolio_judging import PortfolioJudge, PortfolioOutcome
from kam_sync.portfolio_rules import PortfolioExample, PortfolioRule, PortfolioSnapshot
from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import Example, Rule, RuleContext


def configured(rule: Rule | PortfolioRule, params: Mapping[str, object]) -> ConfiguredRule:
    """Return a rule with parameters other than the defaults."""
    return ConfiguredRule(rule=rule, tuning=RuleTuning(params=rule.params_model.model_validate(params)))


def outcome_of(rule: Rule, example: Example, snapshot: AccountSnapshot | None = None) -> RuleOutcome:
    """Return what a rule says of its example, or of another snapshot instead."""
    (outcome,) = judge(snapshot or example.snapshot, [configured(rule, example.params)], example.context).outcomes
    return outcome


def judged_by(snapshot: AccountSnapshot, context: RuleContext, *rules: ConfiguredRule) -> AccountOutcome:
    """Return what some rules say of an account."""
    return judge(snapshot, rules, context)


def portfolio_outcome_of(rule: PortfolioRule, example: PortfolioExample) -> PortfolioOutcome:
    """Return what a rule says of its example, collected and judged as in a run."""
    judge_all = PortfolioJudge([configured(rule, example.params)], example.context)
    for snapshot in example.accounts:
        judge_all.collect(replace(snapshot, unknown=snapshot.unknown | example.unknown_names))
    users = example.users or next((snapshot.users for snapshot in example.accounts), {})
    return judge_all.judge(
        PortfolioSnapshot(
            org_uid="example",
            users=users,
            unknown=example.unknown_names,
            known_sales=example.sales,
            accounts_total=example.accounts_total,
        )
    )


def wanted(example: Example | PortfolioExample) -> OutcomeKind:
    """Return the outcome that an example demands."""
    if example.not_applicable:
        return OutcomeKind.NOT_APPLICABLE
    if example.unknown:
        return OutcomeKind.UNKNOWN
    return OutcomeKind.FAILED if example.expected else OutcomeKind.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a rule of either sort says of an example.

    `found` are the problems by account and key, the account empty for those of the example's one account and for those
    of the portfolio itself; `is_open` tells of one that is not found whether it is left open.
    """

    kind: OutcomeKind
    error: str
    found: tuple[tuple[str, str], ...]
    is_open: Callable[[str, str], bool]


def said(rule: Rule | PortfolioRule, example: Example | PortfolioExample) -> Said:
    """Return what a rule says of one of its examples, judged as in a run."""
    if isinstance(rule, Rule) and isinstance(example, Example):
        outcome = outcome_of(rule, example)
        return Said(
            kind=outcome.kind,
            error=outcome.error,
            found=tuple(sorted(("", finding.key) for finding in outcome.findings)),
            is_open=lambda _account, key: outcome.is_unknown(key),
        )
    if not (isinstance(rule, PortfolioRule) and isinstance(example, PortfolioExample)):
        raise TypeError(f"the rule {rule.code} and its example {example.title!r} are of different sorts")
    judged = portfolio_outcome_of(rule, example)
    (own,) = judged.own
    of_accounts = [(account, one.key) for account, some in judged.accounts[rule.code].items() for one in some]
    return Said(
        kind=own.kind,
        error=own.error,
        found=tuple(sorted([*(("", finding.key) for finding in own.findings), *of_accounts])),
        is_open=lambda account, key: (judged.of(account)[0] if account else own).is_unknown(key),
    )


def expected(example: Example | PortfolioExample) -> tuple[tuple[str, str], ...]:
    """Return the problems that an example demands, as `Said.found` has them."""
    if isinstance(example, Example):
        return tuple(sorted(("", key) for key in example.expected))
    return tuple(sorted(example.expected))


def unknown_in(example: Example | PortfolioExample) -> frozenset[str]:
    """Return what is unknown in the whole of an example."""
    return example.snapshot.unknown if isinstance(example, Example) else example.unknown_names


def without_knowing(
    example: Example | PortfolioExample, names: Collection[str], account_id: str | None = None
) -> Example | PortfolioExample:
    """Return an example in which these names are unknown too, of one account only or everywhere."""
    if isinstance(example, Example):
        return replace(example, snapshot=replace(example.snapshot, unknown=example.snapshot.unknown.union(names)))
    if account_id is None:
        return replace(example, unknown_names=example.unknown_names.union(names))
    accounts = (
        replace(one, unknown=one.unknown.union(names)) if one.account.id == account_id else one
        for one in example.accounts
    )
    return replace(example, accounts=tuple(accounts))
