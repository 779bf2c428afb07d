"""The family of capacity: not more key accounts than can be cared for, in all and for each account manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.figures.load import AccountLoad, ManagerLoad, account_load, manager_loads
from kam_sync.portfolio_rules import PortfolioResult, PortfolioSnapshot, portfolio_rule
from kam_sync.records import AccountSnapshot, RecordKind, User
from kam_sync.rules_api import NOT_APPLICABLE, Evidence, Problem, RuleContext, RuleParams, Topic, Unknown
from kam_sync.severity import Severity
from kam_sync_rules import _capacity_examples as examples
from kam_sync_rules._text import joined, percent, person


class TooManyKeyAccountsParams(RuleParams):
    """Parameters of `too-many-key-accounts`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    most_percent: Annotated[float, Field(ge=0, le=100)] = 20
    """At most this share of all accounts should be key accounts."""


class OverloadedManagerParams(RuleParams):
    """Parameters of `overloaded-manager`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    most_accounts: Annotated[int, Field(ge=0, le=10_000)] = 15
    """One person can care for so many key accounts."""

    most_opportunities: Annotated[int, Field(ge=0, le=100_000)] = 30
    """One person can work on so many open opportunities at a time."""


def _counted(_snapshot: AccountSnapshot, _context: RuleContext, _params: TooManyKeyAccountsParams) -> bool:
    return True


@portfolio_rule(
    code="KAM405",
    name="too-many-key-accounts",
    catalogue_id="K05",
    topic=Topic.GROWTH,
    needs=("accounts.total",),
    severity=Severity.INFO,
    params=TooManyKeyAccountsParams,
    examples=examples.too_many_key_accounts,
    collect=_counted,
)
def too_many_key_accounts(
    portfolio: PortfolioSnapshot, _context: RuleContext, params: TooManyKeyAccountsParams
) -> PortfolioResult:
    """Flags a portfolio in which too many of all accounts are key accounts.

    What it does:
        Divides the number of accounts in scope by the number of all accounts of the org. More than `most_percent` (20)
        per cent is a note on the portfolio; it is none when the org has no accounts.

    Why it matters:
        When many accounts are key, none is: care is a matter of time (catalogue K05).

    Example:
        Of 120 accounts 37 are in scope, 30.8 %: a note.

    Fix:
        Be strict with new ones: nobody becomes a key account without meeting the criteria. Do not demote any for this.
    """
    total = portfolio.accounts_total
    if total is None:
        return [Unknown(key="", name="accounts.total")]
    if total <= 0:
        return NOT_APPLICABLE
    in_scope = len(portfolio.collected) + len(portfolio.left_out)
    if in_scope * 100 <= params.most_percent * total:
        return ()
    return [
        Problem(
            title=f"{percent(in_scope / total)} of all accounts are key accounts",
            evidence=(Evidence(text=f"Key accounts: {in_scope} of {total}"),),
            why="When many accounts are key, none is: care is a matter of time.",
            action="Be strict with new ones: no account should become a key account without meeting the criteria. Do "
            "not demote any for this alone.",
            done_when=f"At most {params.most_percent:g} % of all accounts are key accounts.",
        )
    ]


def _can_manage(user_id: str, users: Mapping[str, User]) -> bool:
    """Return whether this may be a person who works with us: the others are for `no-dedicated-manager`."""
    user = users.get(user_id)
    return user is None or (user.active and user.assignable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What an account adds to the load of people, and whether its opportunities are in it."""

    load: AccountLoad
    opportunities_known: bool


def _carried(snapshot: AccountSnapshot, _context: RuleContext, _params: OverloadedManagerParams) -> Carried:
    known = snapshot.knows("opportunities")
    load = account_load(snapshot.account, snapshot.opportunities if known else ())
    return Carried(load=load, opportunities_known=known)


@portfolio_rule(
    code="KAM406",
    name="overloaded-manager",
    catalogue_id="K06",
    topic=Topic.GROWTH,
    needs=("account.owner_id",),
    uses=("opportunities",),
    severity=Severity.MEDIUM,
    params=OverloadedManagerParams,
    examples=examples.overloaded_manager,
    collect=_carried,
)
def overloaded_manager(
    portfolio: PortfolioSnapshot, _context: RuleContext, params: OverloadedManagerParams
) -> PortfolioResult:
    """Flags an account manager who owns too many key accounts or too many open opportunities.

    What it does:
        Counts for every owner of a key account the accounts in scope and the open opportunities on accounts in scope
        that this person owns; an opportunity on several accounts counts once. More than `most_accounts` (15) or more
        than `most_opportunities` (30) are a problem of the portfolio. Owners who are deactivated, or no persons, are
        left to `no-dedicated-manager`. While the opportunities of some account are unknown, those who do not already
        own too much may own more than is seen: nothing is said of them, nor while the owner of some account is.

    Why it matters:
        Who cares for too many accounts cares for none of them, and the loud ones win over the important ones
        (catalogue K06).

    Example:
        A manager owns 16 accounts in scope and 4 open opportunities: a problem.

    Fix:
        Give accounts or opportunities to others, or tell the manager which of them come first.
    """
    found = [entry for entry in portfolio.collected.values() if isinstance(entry, Carried)]
    blind = not all(entry.opportunities_known for entry in found)
    # Whoever owns an account whose owner cannot be known owns one more than is seen.
    result: list[Problem | Unknown] = [Unknown(key="owner:*", name=name) for name in set(portfolio.left_out.values())]
    for user_id, load in manager_loads(entry.load for entry in found).items():
        if not load.accounts or not _can_manage(user_id, portfolio.users):
            continue
        if len(load.accounts) > params.most_accounts or len(load.open_deals) > params.most_opportunities:
            result.append(_overloaded(user_id, load, portfolio.users, params))
        elif blind:
            result.append(Unknown(key=f"owner:{user_id}", name="opportunities"))
    return result


def _overloaded(user_id: str, load: ManagerLoad, users: Mapping[str, User], params: OverloadedManagerParams) -> Problem:
    accounts, deals = len(load.accounts), len(load.open_deals)
    much = []
    if accounts > params.most_accounts:
        much.append(f"{accounts} key accounts")
    if deals > params.most_opportunities:
        much.append(f"{deals} open opportunities")
    name = users[user_id].name if user_id in users else ""
    return Problem(
        key=f"owner:{user_id}",
        title=f"{person(name, user_id)} owns {joined(much)}",
        evidence=(
            Evidence(text=f"Key accounts owned: {accounts}", record=(RecordKind.USER, user_id)),
            Evidence(text=f"Open opportunities owned on key accounts: {deals}"),
        ),
        why="Who cares for too many accounts cares for none of them, and the loud ones win over the important ones.",
        action="Give accounts or opportunities to others, or agree which of them come first.",
        done_when=f"Nobody owns more than {params.most_accounts} key accounts or {params.most_opportunities} open "
        "opportunities on them.",
    )
