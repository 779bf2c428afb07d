"""The labelled portfolios with gaps: every gap of an account, what only a portfolio shows, and a leap day.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioContract
from kam_sync.records import (
    OpportunityType,
    Role,
)
from kam_sync.severity import Severity
from support_catalogue_dates import APRIL, LEAP, MARCH
from support_catalogue_healthy import (
    Days,
    closed,
    deal,
    fields,
    more_deals,
    other_customer,
    with_deal,
)
from support_catalogue_healthy_portfolio import HALF_SCORED, MET, UNMET, others, scored
from support_catalogue_labels import Gap, LabelledPortfolio, gap, labelled
from support_catalogue_people import LEFT, QUEUE, USERS, Team, team
from support_catalogue_planted_group import GROUP
from support_catalogue_planted_growth import GROWTH, SELECTION
from support_catalogue_planted_plans import PLANS, STEPS
from support_catalogue_planted_process import OWNERS, PROPOSALS, TENDERS
from support_catalogue_planted_roles import ROLES
from support_catalogue_planted_service import SERVICE
from support_catalogue_planted_symptoms import SYMPTOMS
from support_catalogue_planted_threads import THREADS
from support_orgs import START

_ON: Final = Days(START.date())


PLANTED: Final = labelled(
    "planted",
    (
        *ROLES,
        *SYMPTOMS,
        *STEPS,
        *PLANS,
        *GROWTH,
        *SELECTION,
        *THREADS,
        *GROUP,
        *SERVICE,
        *TENDERS,
        *PROPOSALS,
        *OWNERS,
    ),
    *others(19, 1_700_000.0),
    scored("promising", "Faro Conserve", MET),
    scored("scored-low", "Knokke Kruiden", UNMET),
    scored("scored-in-part", "Poprad Pleť", HALF_SCORED),
    own="KAM404 KAM405",
)
"""Every gap of a single account, near misses, one account to promote, and far too many key accounts."""


# -- what only a portfolio shows ----------------------------------------------------------------------------------


_FEW: Final = Team(owner="amaia", lead="bashir", expert="bashir", planner="bashir")


def _won(account: PortfolioAccount, amount: float) -> PortfolioAccount:
    return with_deal(account, "won", lambda each: replace(each, amount=amount))


def _contract(account: PortfolioAccount, end: int, value: float) -> PortfolioAccount:
    return replace(account, contracts=(PortfolioContract(slug="c", name="Supply", end_days=end, value=value),))


DEPENDENT: Final = labelled(
    "dependent",
    (
        gap(
            "giant",
            "Hexenküche Gewürze",
            "KAM314",
            lambda a, t: _won(a, 300_000.0),
            severity={"KAM314": Severity.HIGH},
        ),
        gap("minor", "Sjötorp Segelduk", "", lambda a, t: a),
    ),
    other_customer("giant-branch", "Hexenküche Tirol", team(0), sold=200_000.0, parent="giant"),
    *others(10, 10_000.0),
    own="KAM314",
    own_silenced="KAM313",
)
"""The giant buys 69 % with its branch, 42 % without; key accounts buy 86 %."""

_TWO: Final = ("product_fit", "financial_strength")

OUTSIDER: Final = labelled(
    "outsider",
    tuple(
        gap(slug, name, "", lambda a, t: replace(a, criteria=dict.fromkeys(_TWO, 1.0)))
        for slug, name in (("one", "Vetreria Sottoriva"), ("two", "Gdynia Żagle"))
    ),
    other_customer("outsider", "Mégalithe Distribution", team(0), sold=800_000.0),
    other_customer("outsider-branch", "Mégalithe Outre-mer", team(1), sold=400_000.0, parent="outsider"),
    *others(8, 10_000.0),
    own="KAM313 KAM314 KAM401",
    org={
        "salesforce": {"criteria": {name: f"Criterion_{name.title()}__c" for name in _TWO}},
        "hubspot": {"criteria": {name: f"criterion_{name}" for name in _TWO}},
    },
)
"""A group out of scope buys 79 %, key accounts 16 %; only two criteria are kept."""

EVEN: Final = labelled(
    "even",
    (
        gap("one", "Vetreria Sottoriva", "", lambda a, t: _contract(_won(a, 110_000.0), _ON(2027, 5, 23), 60_000.0)),
        gap("two", "Gdynia Żagle", "", lambda a, t: _contract(_won(a, 110_000.0), _ON(2027, 5, 24), 900_000.0)),
    ),
    *others(8, 60_000.0, 3),
)
"""Key accounts buy exactly 55 % and are exactly 20 %; in six months exactly as much ends as is to be expected."""


LOW: Final = labelled(
    "low",
    (gap("one", "Vetreria Sottoriva", "", lambda a, t: a), gap("two", "Gdynia Żagle", "", lambda a, t: a)),
    other_customer("half", "Mégalithe Distribution", team(0), sold=400_000.0),
    *others(8, 80_000.0, 2),
    own="KAM314",
    own_severity={"KAM314": Severity.HIGH},
)
"""Key accounts buy exactly 30 %, a customer out of scope exactly half."""

THREE_QUARTERS: Final = labelled(
    "three-quarters",
    (gap("one", "Vetreria Sottoriva", "KAM314", lambda a, t: _won(a, 360_000.0), severity={"KAM314": Severity.HIGH}),),
    *others(8, 30_000.0, 4),
    own="KAM313",
)
"""One key account buys exactly 75 %, which is much but not yet everything."""

FEW: Final = labelled(
    "few",
    (
        gap(
            "one",
            "Vetreria Sottoriva",
            "",
            lambda a, t: more_deals(a, closed("first", t.owner, -60, type_=OpportunityType.NEW_BUSINESS)),
            staff=_FEW,
        ),
    ),
    *others(8, 60_000.0, 3, _FEW),
    users=tuple(user for user in USERS if user.slug in {_FEW.owner, _FEW.lead, LEFT, QUEUE}),
)
"""Where only two people are, and the two standing users of a Salesforce org, the seller may be the account manager."""


def _of(owner: str) -> Team:
    """Return a team whose others own nothing in that portfolio."""
    return Team(owner=owner, lead="oskar", expert="parisa", planner="rasmus")


def _owned(count: int, owner: str) -> Iterator[Gap]:
    """Yield so many accounts of one owner."""
    for number in range(count):
        yield gap(
            f"{owner}-{number}",
            f"Kolonialwaren {owner.title()} {number}",
            "",
            lambda a, t: a,
            staff=_of(owner),
        )


def _busy(slug: str, name: str, owner: str, deals: int) -> Gap:
    """Return an account whose owner has so many open deals in all."""
    more = tuple(deal(f"d{number}", owner, 200, amount=1_000.0) for number in range(deals - 1))
    return gap(slug, name, "", lambda a, t: more_deals(a, *more), staff=_of(owner))


def _all_six(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    return replace(account, roles=dict.fromkeys(Role, (team.owner,)))


def _delivered(account: PortfolioAccount, days: int) -> PortfolioAccount:
    """What was won this year is still to be delivered, and what was won before was delivered on a day."""
    account = with_deal(account, "won", lambda each: replace(each, delivered_days=20))
    return with_deal(account, "before", lambda each: replace(each, delivered_days=days))


def _untouched_branch(slug: str, name: str, parent: str, owner: str) -> Gap:
    """Return an account below another which never had a deal, so that nothing was tried there either."""
    return gap(slug, name, "KAM319", lambda a, t: replace(a, parent=parent, deals=()), staff=_of(owner))


CROWDED: Final = labelled(
    "crowded",
    (
        *_owned(16, "amaia"),
        *_owned(15, "bashir"),
        _busy("busy-31", "Ozurgeti Bay Leaf", "chiyo", 31),
        _busy("busy-30", "Lerwick Lace", "dilnoza", 30),
        gap("no-goal-at-all", "Tarfaya Wind", "KAM310", lambda a, t: fields(a, growth_target=None), staff=_of("ekow")),
        gap("some-goal", "Olinda Rendas", "", lambda a, t: a, staff=_of("freya")),
        gap("no-goal-here", "Levoča Hodváb", "KAM310", lambda a, t: fields(a, growth_target=None), staff=_of("freya")),
        gap(
            "six-in-one-top",
            "Wakayama 梅",
            "KAM104",
            _all_six,
            tier="A",
            staff=_of("gonzalo"),
            severity={"KAM104": Severity.LOW},
        ),
        gap("six-in-one", "Ulcinj Masline", "", _all_six, staff=_of("gonzalo")),
        gap("six-in-one-once", "Kragerø Is", "", _all_six, tier="A", staff=_of("hana")),
        gap("parent", "Sierra Oculta", "KAM320", lambda a, t: a, staff=_of("iluka")),
        _untouched_branch("child", "Sierra Oculta Norte", "parent", "iluka"),
        gap("delivered-parent", "Wielkie Pole", "KAM320", lambda a, t: _delivered(a, -365), staff=_of("kalani")),
        _untouched_branch("delivered-child", "Wielkie Pole Wschód", "delivered-parent", "kalani"),
        gap("delivered-before", "Ostrov Velký", "", lambda a, t: _delivered(a, -366), staff=_of("kalani")),
        _untouched_branch("child-of-before", "Ostrov Malý", "delivered-before", "kalani"),
        gap(
            "contract-ending",
            "Ystad Mylla",
            "",
            lambda a, t: _contract(a, _ON(2027, 5, 23), 9_000_000.0),
            staff=_of("joyce"),
        ),
    ),
    *others(10, 580_000.0),
    scored("promising", "Faro Conserve", MET),
    scored("promising-too", "Cañada Honda", dict.fromkeys(MET, 2.0)),
    scored("scored-low", "Knokke Kruiden", UNMET),
    own="KAM318 KAM404 KAM404 KAM405 KAM406 KAM406 KAM805",
)
"""16 accounts or 31 deals of one owner are too many, 15 and 30 are not; nearly all accounts are key accounts."""

PLANNED_TWICE: Final = labelled(
    "planned-twice",
    (
        gap("twice", "Tolga Hasır", "KAM212", lambda a, t: a),
        gap("successor", "Penmarc'h Langoustes", "", lambda a, t: a),
    ),
    *others(8, 40_000.0),
)
"""Both must get a second plan: `twice` one that runs beside the first, `successor` one that begins after it."""

PORTFOLIOS: Final[tuple[LabelledPortfolio, ...]] = (
    PLANTED,
    DEPENDENT,
    OUTSIDER,
    EVEN,
    LOW,
    THREE_QUARTERS,
    FEW,
    CROWDED,
    LEAP,
    MARCH,
    APRIL,
)
