"""Whole runs of one rule while what it reads comes, goes, or arrives spoilt, through a real connector.

What each local CRM hides, and how, is said by the tests of its connector; here is what must then hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kam_sync.engine import RuleOutcome
from kam_sync.job import OrgResult
from kam_sync.local_crms import PersonsTask
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioFeedback
from kam_sync.records import Grade, RecordKind
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.runs import load_description
from kam_sync.testing.record_contract import record_portfolio
from kam_sync_hubspot.local_crm import LocalHubSpot
from kam_sync_salesforce.local_crm import LocalSalesforce
from support_orgs import Org, start_org

PARTIAL = 4
"""The exit code of a run that did only part of its work."""
CORE_RULES = ("KAM101", "KAM102", "KAM103", "KAM201", "KAM202", "KAM203", "KAM204", "KAM205")
"""The rules about roles, plans and next steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Something that a rule reads and that an org can stop to tell.

    Args:
        name: Its canonical name, which is unknown without it.
        code: A rule that finds something about the account `whole` by it.
        hidden: What is hidden, as the local CRM names it.
    """

    name: str
    code: str
    hidden: str

    def __str__(self) -> str:
        return f"{self.name}-{self.code}"


def risky_portfolio() -> Portfolio:
    """Return the portfolio of the contract of records with something to find about each kind of record of `whole`.

    There are at least two records of each kind, so that a page of one is not the last.
    """
    portfolio = record_portfolio()
    return replace(portfolio, accounts=tuple(map(_risky, portfolio.accounts)))


def _risky(account: PortfolioAccount) -> PortfolioAccount:
    if account.slug == "bare":
        return replace(account, owner="noor", feedback=(PortfolioFeedback(days=-4, grade=Grade.C),))
    if account.slug != "whole":
        return account
    grow, vague = account.goals
    (offer,) = account.quotes
    (supply,) = account.contracts
    return replace(
        account,
        goals=(
            replace(grow, actions=(*grow.actions, "Visit the plant")),
            replace(vague, owner="piotr", has_metric=True),  # what it lacks are actions only
        ),
        quotes=(replace(offer, expires_days=3), replace(offer, slug="spare", name="Spare parts", expires_days=200)),
        contracts=(supply, replace(supply, slug="care", name="Care", end_days=900)),
    )


def run_of(kind: str, folder: Path, *codes: str, org: Mapping[str, object] | None = None) -> Org:
    """Start a local CRM with a policy that selects some rules, each of them serious enough for a task."""
    rules = {
        "select": list(codes),
        "top_tiers": ["A"],
        "settings": {code: {"severity": "high"} for code in codes if len(code) == len("KAM101")},
    }
    return start_org(kind, folder, portfolio=risky_portfolio(), org=org, rules=rules)


def unknown_of(org: Org) -> Mapping[str, str]:
    """Return what the last run found unknown, with the reasons."""
    description = load_description(org.store, "org")
    assert description is not None
    return description.unknown


def outcome_of(org: Org, code: str, account: str = "whole") -> RuleOutcome:
    """Return what a rule said of an account in the last run."""
    assert isinstance(org.crm, LocalHubSpot | LocalSalesforce)
    judgement = StoredJudgements(org.store, org.uid).of(org.crm.id_of(account))
    assert judgement is not None
    outcome = judgement.outcome_of(code)
    assert outcome is not None
    return outcome


def all_tasks(org: Org) -> list[PersonsTask]:
    """Return every task that is in the CRM, deleted ones too."""
    return sorted(org.people.tasks(include_deleted=True), key=lambda task: task.id)


def written(result: OrgResult) -> int:
    """Return how many tasks a run wrote."""
    assert result.apply is not None
    return result.apply.written


def opens_nothing(org: Org, lost: Lost) -> None:
    """See that a run without something opens no task about it, and says what is unknown and why."""
    before = all_tasks(org)
    assert written(org.done()) == 0
    assert all_tasks(org) == before
    assert unknown_of(org)[lost.name]
    outcome = outcome_of(org, lost.code)
    assert outcome.unknown
    assert not outcome.findings


def in_part(org: Org, kind: RecordKind) -> OrgResult:
    """Run and see that the pull of one kind failed, was told of, and the rest went on."""
    result = org.run()
    assert result.error is None, result.error
    assert result.pull is not None
    assert list(result.pull.problems) == [kind]
    assert result.pull.problems[kind]
    assert result.exit_code == PARTIAL
    return result


def with_a_reject(org: Org) -> OrgResult:
    """Run and see that one record was rejected and no more."""
    result = org.run()
    assert result.error is None, result.error
    assert result.pull is not None
    assert (result.pull.rejected, result.pull.problems) == (1, {})
    assert result.exit_code == PARTIAL
    return result


def closes_nothing(org: Org, code: str, lose: Callable[[], None], run: Callable[[], OrgResult]) -> None:
    """See that what was found while something was known stays open, word for word, once it is unknown.

    Args:
        org: The org, whole so far.
        code: The rule.
        lose: Takes something away.
        run: Makes the run after that.
    """
    assert written(org.done()) > 0
    keys = {finding.key for finding in outcome_of(org, code).findings}
    open_before = org.open_tasks("whole")
    assert keys
    assert open_before
    before = all_tasks(org)
    lose()
    assert written(run()) == 0
    assert all_tasks(org) == before
    outcome = outcome_of(org, code)
    assert not outcome.findings
    assert all(outcome.is_unknown(key) for key in keys), outcome.unknown
