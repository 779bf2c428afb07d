"""The family of selection: by which criteria accounts become key accounts, and whether they meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.portfolio_rules import PortfolioResult, PortfolioSnapshot, portfolio_rule
from kam_sync.records import AccountSnapshot, RecordKind, SalesRow
from kam_sync.rules_api import (
    NOT_APPLICABLE,
    Evidence,
    Problem,
    RuleContext,
    RuleParams,
    RuleResult,
    Topic,
    Unknown,
    rule,
)
from kam_sync.severity import Severity
from kam_sync_rules import _selection_examples as examples
from kam_sync_rules._text import joined, money, quoted

CRITERIA: Final = "account.criteria"
REVENUE: Final = "revenue"
"""What the name of a criterion holds that speaks of size alone."""


class WeakSelectionCriteriaParams(RuleParams):
    """Parameters of `weak-selection-criteria`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least: Annotated[int, Field(ge=1, le=100)] = 3
    """With fewer criteria the choice rests on too little."""

    most: Annotated[int, Field(ge=1, le=100)] = 5
    """With more criteria nobody can say any more why an account was chosen."""


class StaleSelectionScoresParams(RuleParams):
    """Parameters of `stale-selection-scores`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=120)] = 12
    """Scores older than so many months are to be gone over."""


class UnmetSelectionCriteriaParams(RuleParams):
    """Parameters of `unmet-selection-criteria`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    met_from: Annotated[float, Field(ge=-1_000_000, le=1_000_000)] = 1.0
    """From this score on a criterion is met; a ticked box scores 1."""

    least_percent: Annotated[float, Field(ge=0, le=100)] = 50
    """This share of the criteria must be met."""


class PromotionCandidateParams(RuleParams):
    """Parameters of `promotion-candidate`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    met_from: Annotated[float, Field(ge=-1_000_000, le=1_000_000)] = 1.0
    """From this score on a criterion is met; a ticked box scores 1."""

    more_than_percent: Annotated[float, Field(ge=0, le=100)] = 50
    """More than this share of the criteria must be met."""


def _words(name: str) -> str:
    return " ".join(name.replace("_", " ").split())


def _listed(names: Sequence[str]) -> str:
    return joined([_words(name) for name in names])


def _met(criteria: Mapping[str, float | None], met_from: float) -> tuple[str, ...] | None:
    """Return which criteria are met, by name; None when there is none, or one was not scored."""
    if not criteria or any(score is None for score in criteria.values()):
        return None
    return tuple(sorted(name for name, score in criteria.items() if score is not None and score >= met_from))


def _criteria_names(
    snapshot: AccountSnapshot, _context: RuleContext, _params: WeakSelectionCriteriaParams
) -> tuple[str, ...]:
    return tuple(sorted(snapshot.account.criteria))


@portfolio_rule(
    code="KAM401",
    name="weak-selection-criteria",
    catalogue_id="K01",
    topic=Topic.GROWTH,
    needs=(CRITERIA,),
    severity=Severity.LOW,
    params=WeakSelectionCriteriaParams,
    examples=examples.weak_selection_criteria,
    collect=_criteria_names,
)
def weak_selection_criteria(
    portfolio: PortfolioSnapshot, context: RuleContext, params: WeakSelectionCriteriaParams
) -> PortfolioResult:
    """Flags a set of selection criteria that is too small, too large, or about revenue alone.

    What it does:
        Counts the selection criteria that the policy maps. Fewer than `least` (3) or more than `most` (5) are a
        problem of the portfolio, and so are criteria whose names all hold the word revenue. It does not apply
        when no account is in scope.

    Why it matters:
        Big is not key: an account is chosen well by a few clear criteria, never by its revenue alone (catalogue K01).

    Example:
        The policy maps revenue and product fit: two criteria, a problem.

    Fix:
        Agree three to five criteria, such as product fit, financial strength, cultural fit and potential, keep a field
        for each, and map them in the policy.
    """
    if portfolio.left_out:  # a criterion may be mapped there that is seen nowhere else
        return [Unknown(key="", name=CRITERIA)]
    if not portfolio.collected:
        return NOT_APPLICABLE
    names = sorted({name for found in portfolio.collected.values() if isinstance(found, tuple) for name in found})
    if names and all(REVENUE in name.casefold() for name in names):
        title = "The key accounts are chosen by revenue alone"
    elif len(names) < params.least:
        title = f"The key accounts are chosen by fewer than {params.least} criteria"
    elif len(names) > params.most:
        title = f"The key accounts are chosen by more than {params.most} criteria"
    else:
        return ()
    return [
        Problem(
            title=title,
            evidence=(Evidence(text=f"Criteria: {_listed(names) if names else 'none'}"),),
            why="Big is not key: accounts are chosen well by a few clear criteria, never by their revenue alone.",
            action=f"Agree {params.least} to {params.most} criteria, not of revenue alone, and keep a score for each "
            f"({context.label(CRITERIA)}).",
            done_when=f"The policy maps {params.least} to {params.most} criteria, one of them not about revenue.",
        )
    ]


@rule(
    code="KAM402",
    name="stale-selection-scores",
    catalogue_id="K02",
    topic=Topic.GROWTH,
    needs=(CRITERIA,),
    uses=("account.scored_on",),
    severity=Severity.LOW,
    params=StaleSelectionScoresParams,
    examples=examples.stale_selection_scores,
)
def stale_selection_scores(
    snapshot: AccountSnapshot, context: RuleContext, params: StaleSelectionScoresParams
) -> RuleResult:
    """Flags a key account whose selection criteria were not all scored, or long ago.

    What it does:
        A mapped criterion without a score is a problem; all of them make one. Scores from before the same day `months`
        (12) ago are another problem; a date that is empty says nothing, and where the date is unknown only the scores
        themselves are looked at. The rule does not apply when no criterion is mapped.

    Why it matters:
        Without scores nobody knows why the account is a key account, and customers change (catalogue K02).

    Example:
        The criteria of an account were last scored on 2024-06-15: from 2025-06-16 on that is a problem.

    Fix:
        Score each criterion as the account is today, and set the date.
    """
    criteria = snapshot.account.criteria
    if not criteria:
        return NOT_APPLICABLE
    result: list[Problem | Unknown] = []
    unscored = sorted(name for name, score in criteria.items() if score is None)
    if unscored:
        result.append(_unscored(unscored, len(criteria), context))
    scored_on = snapshot.account.scored_on
    if not snapshot.knows("account.scored_on"):
        result.append(Unknown(key="old", name="account.scored_on"))
    elif scored_on is not None and scored_on < context.months_ago(params.months):
        result.append(
            Problem(
                key="old",
                title="The scores of the selection criteria are out of date",
                evidence=(Evidence(text=f"Last scored on {scored_on}"),),
                why="Customers change: what made the account a key account may not hold any more.",
                action=f"Score each criterion anew, then set {context.label('account.scored_on')}.",
                done_when=f"The criteria were scored within {params.months} months.",
            )
        )
    return result


def _unscored(names: Sequence[str], total: int, context: RuleContext) -> Problem:
    none_scored = len(names) == total
    return Problem(
        key="missing",
        title="No selection criterion has a score"
        if none_scored
        else f"Not every selection criterion has a score: {_listed(names)}",
        evidence=(Evidence(text=f"Without a score: {_listed(names)}"),),
        why="Without scores nobody knows why the account is a key account.",
        action=f"Score {_listed(names)} ({context.label(CRITERIA)}).",
        done_when="Every selection criterion of the account has a score.",
    )


@rule(
    code="KAM403",
    name="unmet-selection-criteria",
    catalogue_id="K03",
    topic=Topic.GROWTH,
    needs=(CRITERIA,),
    severity=Severity.LOW,
    params=UnmetSelectionCriteriaParams,
    examples=examples.unmet_selection_criteria,
)
def unmet_selection_criteria(
    snapshot: AccountSnapshot, context: RuleContext, params: UnmetSelectionCriteriaParams
) -> RuleResult:
    """Flags a key account that meets fewer than half of the criteria by which key accounts are chosen.

    What it does:
        A criterion is met from the score `met_from` (1.0) on; a ticked box scores 1. When fewer than `least_percent`
        (50) per cent of the mapped criteria are met, the account is to be reviewed. The rule does not apply while one
        of them has no score, or when none is mapped.

    Why it matters:
        A key account that is none takes the time of those that are; yet one cannot be demoted without harm, so this
        asks for a review and never for a demotion (catalogue K03).

    Example:
        Of the four boxes for the criteria of an account one is ticked: a problem.

    Fix:
        Go over the account with those who chose it: are the scores right, or can the account come to meet more?
    """
    criteria = snapshot.account.criteria
    met = _met(criteria, params.met_from)
    if met is None:
        return NOT_APPLICABLE
    if len(met) * 100 >= params.least_percent * len(criteria):
        return ()
    unmet = sorted(set(criteria) - set(met))
    return [
        Problem(
            title=f"The account meets {len(met)} of {len(criteria)} selection criteria",
            evidence=(
                Evidence(text=f"Met: {_listed(met) if met else 'none'}"),
                Evidence(text=f"Not met: {_listed(unmet)}"),
            ),
            why="A key account that is none takes the time of those that are.",
            action="Review with those who chose it whether the scores are right and what would make it meet more "
            f"({context.label(CRITERIA)}); do not demote it for this alone, which does harm.",
            done_when=f"The account meets at least {params.least_percent:g} % of the selection criteria.",
        )
    ]


@portfolio_rule(
    code="KAM404",
    name="promotion-candidate",
    catalogue_id="K04",
    topic=Topic.GROWTH,
    needs=("sales", CRITERIA),
    severity=Severity.INFO,
    params=PromotionCandidateParams,
    examples=examples.promotion_candidate,
)
def promotion_candidate(
    portfolio: PortfolioSnapshot, _context: RuleContext, params: PromotionCandidateParams
) -> PortfolioResult:
    """Flags an account that is no key account and meets most of the criteria by which these are chosen.

    What it does:
        Looks at the accounts out of scope of which every mapped criterion has a score. One that meets more than
        `more_than_percent` (50) per cent of them, from the score `met_from` (1.0) on, is a note on the portfolio. A
        ticked box scores 1.

    Why it matters:
        The next key account is easily overlooked while it is small, and promoting harms nobody (catalogue K04).

    Example:
        An account out of scope has three of the four boxes for the criteria ticked: a note.

    Fix:
        See whether there is the time to care for one more key account; if so, put it in scope.
    """
    result: list[Problem] = []
    for row in sorted(portfolio.sales, key=lambda row: row.id):
        met = None if row.in_scope else _met(row.criteria, params.met_from)
        if met and len(met) * 100 > params.more_than_percent * len(row.criteria):
            result.append(_candidate(row, met))
    return result


def _candidate(row: SalesRow, met: Sequence[str]) -> Problem:
    return Problem(
        key=f"account:{row.id}",
        title=f"{quoted(row.name)} could become a key account: it meets {len(met)} of {len(row.criteria)} criteria",
        evidence=(
            Evidence(text=f"Met: {_listed(met)}", record=(RecordKind.ACCOUNT, row.id)),
            Evidence(text=f"Bought in the last 12 months for {money(row.amount)}"),
        ),
        why="The next key account is easily overlooked while it is small, and promoting harms nobody.",
        action="See whether there is the time to care for one more key account; if so, put it in scope.",
        done_when="The account is in scope, or does not meet most of the criteria any more.",
    )
