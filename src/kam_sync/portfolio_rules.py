"""What a rule over the whole portfolio is made of: it looks at all accounts at once, and says what is wrong with which.

Such a rule sees the light sales rows of every account of the org, and, of each account in scope, only what its own
`collect` returns: snapshots are never held together in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kam_sync.records import AccountSnapshot, SalesRow, UnknownValueError, User
from kam_sync.rules_api import NotApplicable, Problem, RuleContext, RuleFacts, RuleParams, Unknown, require_well_formed
from kam_sync.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioSnapshot:
    """The portfolio of one org, as of the last pull.

    Args:
        org_uid: The org.
        users: Every user of the org by id.
        unknown: Canonical names that are unknown in the whole org.
        known_sales: The light row of every account with sales, scored, in scope, or above one of these.
        accounts_total: How many accounts the org has; None when that is not known.
        collected: Account id → what the rule's `collect` returned for it, of accounts in scope whose `needs` are known.
        left_out: Account id → the name that is unknown there, of the other accounts in scope: what is said of the
            portfolio, or of an account by another one's state, must not rest on their absence.
    """

    org_uid: str
    users: Mapping[str, User]
    unknown: frozenset[str] = frozenset()
    known_sales: tuple[SalesRow, ...] = ()
    accounts_total: int | None = None
    collected: Mapping[str, object] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def sales(self) -> tuple[SalesRow, ...]:
        """The sales rows; raises UnknownValueError when they are unknown."""
        if "sales" in self.unknown:
            raise UnknownValueError("sales")
        return self.known_sales


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProblem:
    """A problem of one account that shows only in the light of all; the account must be in scope."""

    account_id: str
    problem: Problem


PortfolioResult = Sequence[Problem | AccountProblem | Unknown] | NotApplicable
"""A plain Problem is the portfolio's own: it is reported, and becomes no task, since it is about no single account."""

Collect = Callable[[AccountSnapshot, RuleContext, RuleParams], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioExample:
    """One case of a portfolio rule, run by a test and shown in its documentation.

    Args:
        title: What the case shows.
        context: Today and the rest.
        accounts: Accounts in scope.
        sales: The sales rows.
        accounts_total: How many accounts the org has.
        users: Every user by id; those of the first account when empty.
        unknown_names: What is unknown in the whole org.
        params: Parameters other than the defaults.
        expected: The problems that must come, in any order: account id (empty for the portfolio's own) and key.
        unknown: Whether the outcome must be `unknown`.
        not_applicable: Whether the outcome must be `not applicable`.
    """

    title: str
    context: RuleContext
    accounts: tuple[AccountSnapshot, ...] = ()
    sales: tuple[SalesRow, ...] = ()
    accounts_total: int | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    unknown_names: frozenset[str] = frozenset()
    params: Mapping[str, object] = field(default_factory=dict)
    expected: tuple[tuple[str, str], ...] = ()
    unknown: bool = False
    not_applicable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRule(RuleFacts):
    """A rule that judges a portfolio.

    `collect` says what it must know of each account in scope; None when the sales rows are enough.
    """

    collect: Collect | None
    check: Callable[[PortfolioSnapshot, RuleContext, RuleParams], PortfolioResult]
    examples: Callable[[], Sequence[PortfolioExample]]


ParamsT = TypeVar("ParamsT", bound=RuleParams)
PortfolioFunction = Callable[[PortfolioSnapshot, RuleContext, ParamsT], PortfolioResult]


def portfolio_rule(
    *,
    code: str,
    name: str,
    catalogue_id: str,
    topic: str,
    needs: tuple[str, ...],
    severity: Severity,
    params: type[ParamsT],
    examples: Callable[[], Sequence[PortfolioExample]],
    collect: Callable[[AccountSnapshot, RuleContext, ParamsT], object] | None = None,
    uses: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
) -> Callable[[PortfolioFunction[ParamsT]], PortfolioRule]:
    """Make a PortfolioRule of the decorated function; the arguments are those of `kam_sync.rules_api.rule`.

    Args:
        code: Unique for ever, such as KAM314.
        name: Says the defect, lower case with dashes.
        catalogue_id: Where the idea comes from; empty for a rule of one's own.
        topic: Which task its problems of accounts speak in.
        needs: Canonical names that must be known.
        severity: Default severity.
        params: Model of the parameters.
        examples: Returns cases that flag, are clean, and are unknown.
        collect: Returns what the rule must know of an account in scope; small, since it is kept for all of them.
        uses: Canonical names that it reads where they are known.
        aliases: Former codes, the oldest first.

    Raises:
        PluginError: The code, the name or the docstring is not as described there.
    """

    def wrap(function: PortfolioFunction[ParamsT]) -> PortfolioRule:
        doc = function.__doc__ or ""
        require_well_formed(code, name, doc)

        def checked(given: RuleParams) -> ParamsT:
            if not isinstance(given, params):
                raise TypeError(f"rule {code} takes {params.__name__}, not {type(given).__name__}")
            return given

        def check(portfolio: PortfolioSnapshot, context: RuleContext, given: RuleParams) -> PortfolioResult:
            return function(portfolio, context, checked(given))

        def collect_one(snapshot: AccountSnapshot, context: RuleContext, given: RuleParams) -> object:
            return collect(snapshot, context, checked(given)) if collect is not None else None

        return PortfolioRule(
            code=code,
            name=name,
            catalogue_id=catalogue_id,
            topic=topic,
            needs=needs,
            uses=uses,
            severity=severity,
            params_model=params,
            collect=collect_one if collect is not None else None,
            check=check,
            doc=doc,
            examples=examples,
            aliases=aliases,
        )

    return wrap
