"""Examples of the rules in `selection`: cases that flag, that are clean, that are unknown and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.rules_api import Example
from kam_sync_rules._examples import now, on
from kam_sync_rules._growth_builders import key_account, not_known, not_known_anywhere, sold

_NAMES = ("product_fit", "financial_strength", "cultural_fit", "potential", "geography", "revenue")
_OWN = (("", ""),)


def _scores(*scores: float | None) -> Mapping[str, float | None]:
    return dict(zip(_NAMES, scores, strict=False))


def weak_selection_criteria() -> Sequence[PortfolioExample]:
    """Return the examples of KAM401."""
    two = PortfolioExample(
        title="two criteria",
        context=now(),
        accounts=(key_account(criteria=_scores(1, None)),),
        expected=_OWN,
    )
    return (
        two,
        PortfolioExample(
            title="six criteria",
            context=now(),
            accounts=(key_account(criteria=_scores(1, 1, 1, 1, 1, 1)),),
            expected=_OWN,
        ),
        PortfolioExample(
            title="revenue alone, however many",
            context=now(),
            accounts=(key_account(criteria={"revenue": 1, "Revenue_growth": 1, "revenue_next_year": 0}),),
            expected=_OWN,
        ),
        PortfolioExample(
            title="other bounds by the policy",
            context=now(),
            accounts=(key_account(criteria=_scores(1, 1, 1)),),
            params={"least": 4, "most": 8},
            expected=_OWN,
        ),
        PortfolioExample(
            title="three criteria, over all accounts",
            context=now(),
            accounts=(key_account(criteria=_scores(1, 1)), key_account("A2", criteria={"revenue": 1})),
        ),
        PortfolioExample(
            title="five criteria, none of them scored",
            context=now(),
            accounts=(key_account(criteria=_scores(None, None, None, None, None)),),
        ),
        PortfolioExample(title="no account in scope", context=now(), not_applicable=True),
        *not_known_anywhere(["account.criteria"], two),
    )


def stale_selection_scores() -> Sequence[Example]:
    """Return the examples of KAM402."""
    return (
        Example(
            title="one of three has no score",
            snapshot=key_account(criteria=_scores(1, None, 0)),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="scored 12 months and a day ago",
            snapshot=key_account(criteria=_scores(1, 1, 0), scored_on=dt.date(2024, 6, 15)),
            context=now(),
            expected=("old",),
        ),
        Example(
            title="nothing is scored, and the date is old",
            snapshot=key_account(criteria=_scores(None, None), scored_on=dt.date(2020, 1, 1)),
            context=now(),
            expected=("missing", "old"),
        ),
        Example(
            title="one has no score, and the date is not known",
            snapshot=key_account(criteria=_scores(1, None), unknown=["account.scored_on"]),
            context=now(),
            expected=("missing",),
        ),
        Example(
            title="three months by the policy, at the end of a month",
            snapshot=key_account(criteria=_scores(1, 1), scored_on=dt.date(2025, 2, 27)),
            context=on(2025, 5, 31),
            params={"months": 3},
            expected=("old",),
        ),
        Example(
            title="scored exactly 12 months ago, on 29 February's day before",
            snapshot=key_account(criteria=_scores(1, 1, 0), scored_on=dt.date(2023, 2, 28)),
            context=on(2024, 2, 29),
        ),
        Example(
            title="scored, nobody knows when",
            snapshot=key_account(criteria=_scores(0, 0, 0)),
            context=now(),
        ),
        Example(title="no criterion is mapped", snapshot=key_account(), context=now(), not_applicable=True),
        *not_known(
            ["account.criteria", "account.scored_on"],
            lambda names: key_account(criteria=_scores(1, 1), scored_on=dt.date(2020, 1, 1), unknown=names),
        ),
    )


def unmet_selection_criteria() -> Sequence[Example]:
    """Return the examples of KAM403."""
    return (
        Example(
            title="one of four",
            snapshot=key_account(criteria=_scores(1, 0, 0, 0.9)),
            context=now(),
            expected=("",),
        ),
        Example(
            title="two of five",
            snapshot=key_account(criteria=_scores(1, 5, 0, 0, 0)),
            context=now(),
            expected=("",),
        ),
        Example(
            title="met from 3 on, and all of them, by the policy",
            snapshot=key_account(criteria=_scores(3, 2.9, 5)),
            context=now(),
            params={"met_from": 3, "least_percent": 100},
            expected=("",),
        ),
        Example(title="half of four", snapshot=key_account(criteria=_scores(1, 1, 0, 0)), context=now()),
        Example(title="all of three", snapshot=key_account(criteria=_scores(1, 2, 3)), context=now()),
        Example(
            title="one has no score",
            snapshot=key_account(criteria=_scores(0, 0, 0, None)),
            context=now(),
            not_applicable=True,
        ),
        Example(title="no criterion is mapped", snapshot=key_account(), context=now(), not_applicable=True),
        *not_known(["account.criteria"], lambda names: key_account(criteria=_scores(0, 0, 0), unknown=names)),
    )


def promotion_candidate() -> Sequence[PortfolioExample]:
    """Return the examples of KAM404."""
    three = PortfolioExample(
        title="three of four",
        context=now(),
        sales=(sold("O1", 10, criteria=_scores(1, 1, 1, 0)),),
        expected=(("", "account:O1"),),
    )
    return (
        three,
        PortfolioExample(
            title="two of three accounts, without sales",
            context=now(),
            sales=(
                sold("O1", 0, criteria=_scores(1, 1, 1)),
                sold("O2", 0, criteria=_scores(1, 1, 0)),
                sold("O3", 0, criteria=_scores(1, 0, 0)),
            ),
            expected=(("", "account:O1"), ("", "account:O2")),
        ),
        PortfolioExample(
            title="met from 3 on, and a third of them, by the policy",
            context=now(),
            sales=(sold("O1", 10, criteria=_scores(3, 3, 2, 2)),),
            params={"met_from": 3, "more_than_percent": 33},
            expected=(("", "account:O1"),),
        ),
        PortfolioExample(
            title="just half of them", context=now(), sales=(sold("O1", 10, criteria=_scores(1, 1, 0, 0)),)
        ),
        PortfolioExample(
            title="a key account, one not fully scored, and one that is not scored at all",
            context=now(),
            sales=(
                sold("K1", 10, key=True, criteria=_scores(1, 1, 1)),
                sold("O1", 10, criteria=_scores(1, 1, 1, None)),
                sold("O2", 10),
            ),
        ),
        *not_known_anywhere(["sales", "account.criteria"], three),
    )
