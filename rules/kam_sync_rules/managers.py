"""The family of account managers: each key account has a dedicated one, and each of them has goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.portfolio_rules import PortfolioResult, PortfolioSnapshot, portfolio_rule
from kam_sync.records import AccountSnapshot, RecordKind, User
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _managers_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._text import person, quoted


class NoDedicatedManagerParams(RuleParams):
    """Parameters of `no-dedicated-manager`; it has none."""


class OwnerWithoutGoalsParams(RuleParams):
    """Parameters of `owner-without-goals`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """So many days a new account may be without a growth target; keep it equal to that of KAM310."""


@rule(
    code="KAM804",
    name="no-dedicated-manager",
    catalogue_id="H04",
    topic=Topic.PROCESS,
    needs=("account.owner_id",),
    severity=Severity.CRITICAL,
    params=NoDedicatedManagerParams,
    examples=examples.no_dedicated_manager,
)
def no_dedicated_manager(
    snapshot: AccountSnapshot, context: RuleContext, params: NoDedicatedManagerParams
) -> RuleResult:
    """Flags an account that no person of ours takes care of.

    What it does:
        The owner of the account must be an active user to whom tasks can be assigned: no queue, no integration user,
        nobody deactivated. An owner who is not among the users that were read cannot be judged.

    Why it matters:
        What belongs to everybody is cared for by nobody: a key account needs one manager by name (catalogue H04; S4:
        dedicated managers).

    Example:
        The owner of the account left, and the user is deactivated.

    Fix:
        Make an account manager the owner of the account.
    """
    owner_id = snapshot.account.owner_id
    record = (RecordKind.ACCOUNT, snapshot.account.id)
    if not owner_id:
        return [_unmanaged("The account has no owner", Evidence(text="Its owner is empty", record=record), context)]
    owner = snapshot.users.get(owner_id)
    if owner is None:
        return [Unknown(key="", name="account.owner_id")]
    if owner.active and owner.assignable:
        return ()
    name = person(owner.name, owner.id)
    what = "is nobody to whom tasks can be assigned" if owner.active else "is deactivated"
    evidence = Evidence(text=f"Its owner {name} {what}", record=(RecordKind.USER, owner.id))
    return [_unmanaged(f"The account belongs to {name}, who cannot take care of it", evidence, context)]


def _unmanaged(title: str, evidence: Evidence, context: RuleContext) -> Problem:
    return Problem(
        title=title,
        evidence=(evidence,),
        why="What belongs to everybody is cared for by nobody.",
        action=f"Assign a dedicated manager: set {context.label('account.owner_id')}.",
        done_when="An active person owns the account.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What `owner-without-goals` must know of an account."""

    owner_id: str | None
    name: str
    has_target: bool
    is_new: bool


def _goals(snapshot: AccountSnapshot, context: RuleContext, params: OwnerWithoutGoalsParams) -> object:
    return Goals(
        owner_id=snapshot.account.owner_id,
        name=snapshot.account.name,
        has_target=snapshot.account.growth_target is not None,
        is_new=is_younger(snapshot, context.today, params.grace_days),
    )


@portfolio_rule(
    code="KAM805",
    name="owner-without-goals",
    catalogue_id="H05",
    topic=Topic.PROCESS,
    needs=("account.owner_id", "account.growth_target"),
    uses=("account.created_on", "account.key_since"),
    severity=Severity.LOW,
    params=OwnerWithoutGoalsParams,
    examples=examples.owner_without_goals,
    collect=_goals,
)
def owner_without_goals(
    portfolio: PortfolioSnapshot, context: RuleContext, params: OwnerWithoutGoalsParams
) -> PortfolioResult:
    """Flags an account manager none of whose key accounts has a growth target.

    What it does:
        Takes the owners of the accounts in scope. When none of somebody's accounts has a growth target, that is a
        problem of the portfolio. An account that has been a key account for less than `grace_days` (30) may be without
        one: somebody who has only such accounts is not judged. Nor is an owner who is deactivated or nobody, which is
        for `no-dedicated-manager`; of an owner who is not among the users nothing can be said. While the owner or the
        target of some account is unknown, anybody may have a target there, and nothing is said.

    Why it matters:
        Who has no goals cannot tell how well the accounts do, and nobody else can (catalogue H05; S4: managers with
        goals).

    Example:
        A manager owns three key accounts, and the growth target of each is empty.

    Fix:
        Agree the goals with the manager, and set the growth targets.
    """
    if portfolio.left_out:
        return [Unknown(key="owner:*", name=min(portfolio.left_out.values()))]
    owned: dict[str, list[tuple[str, Goals]]] = {}
    for account_id, goals in sorted(portfolio.collected.items()):
        if isinstance(goals, Goals) and goals.owner_id:
            owned.setdefault(goals.owner_id, []).append((account_id, goals))
    result: list[Problem | Unknown] = []
    for owner_id, accounts in sorted(owned.items()):
        if any(goals.has_target for _, goals in accounts) or all(goals.is_new for _, goals in accounts):
            continue
        owner = portfolio.users.get(owner_id)
        if owner is None:
            result.append(Unknown(key=f"owner:{owner_id}", name="account.owner_id"))
        elif owner.active and owner.assignable:
            result.append(_without_goals(owner, accounts, context))
    return result


def _without_goals(owner: User, accounts: Sequence[tuple[str, Goals]], context: RuleContext) -> Problem:
    name = person(owner.name, owner.id)
    return Problem(
        key=f"owner:{owner.id}",
        title=f"None of the key accounts of {name} has a growth target",
        evidence=tuple(
            Evidence(text=f"{quoted(goals.name)} has none", record=(RecordKind.ACCOUNT, account_id))
            for account_id, goals in accounts[:5]
        ),
        why="Who has no goals cannot tell how well the accounts do.",
        action=f"Agree goals with {name}, and set {context.label('account.growth_target')}.",
        done_when="An account of this manager has a growth target.",
    )
