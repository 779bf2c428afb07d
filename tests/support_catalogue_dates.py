"""Labelled portfolios on dates that are hard to count from: a leap day, and the end of the first quarter.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount
from kam_sync.records import (
    OpportunityType,
    Purpose,
    Role,
)
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    Days,
    fields,
    goal,
    more_activities,
    planning,
    with_deal,
)
from support_catalogue_healthy_portfolio import others
from support_catalogue_labels import gap, labelled
from support_catalogue_people import MEETING, SILENT, Team, planned

_LEAP_DAY: Final = dt.datetime(2028, 2, 29, 8, tzinfo=dt.UTC)
_LEAP: Final = Days(_LEAP_DAY.date())


def _sold_less(account: PortfolioAccount, won: int) -> PortfolioAccount:
    """Sold a tenth of what it was a year and some days before."""
    account = with_deal(account, "won", lambda each: replace(each, amount=10_000.0, close_days=won, delivered_days=-1))
    return with_deal(account, "before", lambda each: replace(each, close_days=won - 365))


def _behind(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    """Growth is far behind, the owner is its relationship lead as well, and only a renewal is for sale."""
    account = with_deal(_sold_less(account, -20), "next", lambda each: replace(each, type=OpportunityType.RENEWAL))
    return replace(account, roles={**account.roles, Role.RELATIONSHIP_LEAD: (team.owner,)})


LEAP: Final = labelled(
    "leap-day",
    (
        gap(
            "swot-12-months",
            "Nazaré Redes",
            "",
            lambda a, t: planning(a, lambda plan: replace(plan, swot_days=_LEAP(2027, 2, 28))),
        ),
        gap(
            "swot-older",
            "Zakopane Oscypek",
            "KAM211",
            lambda a, t: planning(a, lambda plan: replace(plan, swot_days=_LEAP(2027, 2, 27))),
        ),
        gap("scored-12-months", "Haworth Tweed", "", lambda a, t: fields(a, scored_on=_LEAP(2027, 2, 28))),
        gap("scored-older", "Comporta Arroz", "KAM402", lambda a, t: fields(a, scored_on=_LEAP(2027, 2, 27))),
        gap(
            "tender-29th",
            "Kemi Sulfaatti",
            "KAM701",
            lambda a, t: fields(a, tender_on=_LEAP(2028, 11, 29)),
            severity={"KAM701": Severity.MEDIUM},
        ),
        gap("tender-30th", "Lorient Sardines", "KAM701", lambda a, t: fields(a, tender_on=_LEAP(2028, 11, 30))),
        gap(
            "tender-prepared",
            "Vardø Krabbe",
            "",
            lambda a, t: more_activities(
                fields(a, tender_on=_LEAP(2028, 11, 29)),
                planned(MEETING, 3, t.owner, purpose=Purpose.TENDER_PREPARATION),
            ),
        ),
        gap("tender-later", "Mostar Smokve", "", lambda a, t: fields(a, tender_on=_LEAP(2028, 12, 1))),
        gap("behind-in-february", "Inhambane Coco", "", lambda a, t: _sold_less(a, -100)),
        gap(
            "short-goal-29th",
            "Rättvik Garn",
            "",
            lambda a, t: replace(
                a,
                goals=tuple(
                    goal(f"g{number}", due, owner=t.planner)
                    for number, due in enumerate((_LEAP(2028, 8, 29), _LEAP(2029, 8, 29), _LEAP(2029, 8, 30)))
                ),
            ),
        ),
        gap(
            "short-goal-30th",
            "Banská Belá Hrnčiari",
            "KAM209",
            lambda a, t: replace(
                a,
                goals=tuple(
                    goal(f"g{number}", due, owner=t.planner)
                    for number, due in enumerate((_LEAP(2028, 8, 30), _LEAP(2029, 8, 29), _LEAP(2029, 8, 30)))
                ),
            ),
        ),
        gap(
            "third-owner",
            "Ushuaia Centolla",
            "KAM803",
            lambda a, t: fields(
                replace(a, owners_before=((t.lead, _LEAP(2027, 2, 28)), (SILENT, -100))), handover_on=-90
            ),
        ),
        gap(
            "third-owner-later",
            "Kaxgar Ipek",
            "",
            lambda a, t: fields(
                replace(a, owners_before=((t.lead, _LEAP(2027, 2, 27)), (SILENT, -100))), handover_on=-90
            ),
        ),
    ),
    *others(52, 40_000.0),
    start=_LEAP_DAY,
    year=2028,
)
"""Months that count back to 28 February or forward to the 29th of a month."""


MARCH: Final = labelled(
    "march",
    (gap("behind", "Nazaré Redes", "", _behind),),
    *others(8, 10_000.0, 2),
    start=dt.datetime(2027, 3, 31, 8, tzinfo=dt.UTC),
    year=2027,
)
"""In the first three months of a fiscal year growth says nothing."""

APRIL: Final = labelled(
    "april",
    (gap("behind", "Nazaré Redes", "KAM311", _behind, silenced="KAM105 KAM106"),),
    *others(8, 10_000.0, 2),
    start=dt.datetime(2027, 4, 1, 8, tzinfo=dt.UTC),
    year=2027,
)
"""From the fourth month on it does."""
