"""Accounts whose roles are held and yet show that they are not played, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount
from kam_sync.records import (
    OpportunityType,
    PlanPart,
    Role,
)
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    closed,
    contact,
    fields,
    more_activities,
    more_deals,
    planning,
    with_deal,
    without_deal,
)
from support_catalogue_labels import gap
from support_catalogue_people import (
    CALL,
    MEETING,
    SILENT,
    TASK,
    Team,
    done,
    planned,
    usual_activities,
)
from support_catalogue_planted_roles import technical


def _lost_to_a_rival(account: PortfolioAccount, team: Team, days: int) -> PortfolioAccount:
    return more_deals(account, replace(closed("lost", team.owner, days, won=False), competitor="Rivalis"))


def alone(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    """One person plays all six roles and is the only one of ours who does anything."""
    return replace(
        account,
        roles=dict.fromkeys(Role, (team.owner,)),
        activities=(
            done(MEETING, -6, team.owner, "dm", "eb", "ex"),
            done(CALL, -9, team.owner, "ch", "tb"),
            planned(MEETING, 12, team.owner, "dm"),
        ),
    )


def _forsaken(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    """Nobody of ours did anything for five months, and the team is new; nothing is for sale but was lost."""
    account = contact(replace(account, role_since_days=-60), "tb", lambda each: replace(each, created_days=-170))
    lost = replace(closed("lost", team.owner, -200, won=False), products=("Sensors",))
    return replace(
        more_deals(without_deal(account, "next"), lost),
        activities=usual_activities(team, meeting=-150, call=-150, work=-150, internal=-150, visit=-190, review=-150),
    )


def _parts(account: PortfolioAccount, *parts: PlanPart) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, parts=frozenset(parts)))


def _reviewed(account: PortfolioAccount, last: int | None, following: int | None) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, last_review_days=last, next_review_days=following))


def _driver(account: PortfolioAccount, won: float) -> PortfolioAccount:
    """Only a renewal is for sale, and so much was won this year after 100 000 the year before."""
    account = with_deal(account, "won", lambda each: replace(each, amount=won))
    return with_deal(account, "next", lambda each: replace(each, type=OpportunityType.RENEWAL))


def _knows(account: PortfolioAccount, team: Team, lost: int, *two_way: str) -> PortfolioAccount:
    """A deal was lost to a rival, and in 90 days only some people were spoken with."""
    account = _lost_to_a_rival(account, team, lost)
    return replace(
        account,
        activities=(
            done(MEETING, -6, team.owner, *two_way, attendees=(team.lead,)),
            done(TASK, -9, team.lead, "dm", "eb", "tb", "ch", "ex"),
            *usual_activities(team, meeting=None, call=None, visit=None, review=None),
        ),
    )


def _met_nobody_new(account: PortfolioAccount, team: Team, created: int) -> PortfolioAccount:
    account = contact(account, "tb", lambda each: replace(each, created_days=created))
    return _lost_to_a_rival(account, team, -60)


def _nothing_new(account: PortfolioAccount, team: Team, executive: int, tried: int | None = None) -> PortfolioAccount:
    """The executive was last met on a day; nothing new is offered, or was on a day long ago."""
    account = with_deal(account, "next", lambda each: replace(each, products=("Pumps",)))
    if tried is not None:
        lost = replace(closed("tried", team.owner, -200, won=False), products=("Sensors",), created_days=tried)
        account = more_deals(account, lost)
    return replace(
        account,
        activities=(
            done(MEETING, -6, team.owner, "dm", "eb", attendees=(team.lead,)),
            done(MEETING, executive, team.owner, "ex"),
            *usual_activities(team, meeting=None),
        ),
    )


def _expert(account: PortfolioAccount, team: Team, expert: int, buyer: int) -> PortfolioAccount:
    """The technical people judge; the expert did something and the technical buyer was met last on a day."""
    account = technical(contact(account, "ch", lambda each: replace(each, created_days=-150)))
    return replace(
        account,
        activities=(
            done(CALL, -9, team.lead, "ch"),
            done(MEETING, buyer, team.owner, "tb"),
            *usual_activities(team, call=None, work=None, visit=None),
            done(TASK, expert, team.expert),
        ),
    )


def _slipping(account: PortfolioAccount, last: int, following: int | None = None) -> PortfolioAccount:
    """One part in four of the plan is there, and it was reviewed on a day."""
    return _reviewed(_parts(account, PlanPart.CURRENT_STATE), last, following)


SYMPTOMS: Final = (
    gap(
        "driver-sells-renewals-only",
        "Baobab Textiles PLC",
        "KAM310",
        lambda a, t: _driver(fields(a, growth_target=None), 120_000.0),
        silenced="KAM106",
    ),
    gap(
        "driver-9-per-cent",
        "Terschelling Cranberry",
        "KAM311",
        lambda a, t: _driver(a, 109_000.0),
        silenced="KAM106",
    ),
    gap("driver-10-per-cent", "Iveragh Salt", "", lambda a, t: _driver(a, 110_000.0)),
    # Nobody hears of a finding as low as KAM511, so it cannot silence the worse one.
    gap(
        "lead-met-nobody-new-181-days",
        "Grønnkjær Emballage ApS",
        "KAM511 KAM106",
        lambda a, t: _met_nobody_new(a, t, -181),
        severity={"KAM106": Severity.MEDIUM},
    ),
    gap("lead-met-somebody-new-180-days", "Tábua Queijos", "", lambda a, t: _met_nobody_new(a, t, -180)),
    gap(
        "lead-knows-two",
        "Oristano Pecorino",
        "KAM502",
        lambda a, t: _knows(a, t, -365, "dm", "ch"),
        silenced="KAM106",
    ),
    gap("lead-knows-two-lost-before", "Nampula Caju", "KAM502", lambda a, t: _knows(a, t, -366, "dm", "ch")),
    gap("lead-knows-three", "Årdal Smelteverk", "", lambda a, t: _knows(a, t, -60, "dm", "ch", "tb")),
    gap(
        "innovator-without-executive",
        "Łódzka Przędza Sp. k.",
        "KAM508",
        lambda a, t: _nothing_new(a, t, -121),
        silenced="KAM106 KAM509",
        severity={"KAM508": Severity.MEDIUM},
    ),
    gap("innovator-with-executive", "Skive Glasværk", "KAM509", lambda a, t: _nothing_new(a, t, -120)),
    gap(
        "innovator-tried-12-months-ago",
        "Salcedo Muebles",
        "KAM508",
        lambda a, t: _nothing_new(a, t, -121, -365),
        silenced="KAM509",
    ),
    gap(
        "innovator-tried-before",
        "Ruse Керамика",
        "KAM508",
        lambda a, t: _nothing_new(a, t, -121, -366),
        silenced="KAM106 KAM509",
    ),
    gap("one-man-show", "Kealoha Marine Supply", "KAM501 KAM207", alone, silenced="KAM106"),
    gap(
        "two-without-meeting",
        "Waihīnau Wool",
        "KAM207",
        lambda a, t: more_activities(alone(a, t), done(TASK, -8, SILENT)),
    ),
    gap(
        "forsaken",
        "Ängelsbäck Tråd AB",
        "KAM501 KAM207 KAM608",
        _forsaken,
        silenced="KAM106 KAM502 KAM508 KAM509 KAM509 KAM516",
        severity={"KAM501": Severity.HIGH},
        tier="A",
    ),
    gap(
        "expert-keeps-away",
        "Mirović Hidraulika d.o.o.",
        "KAM106",
        lambda a, t: _expert(a, t, -31, -91),
        severity={"KAM106": Severity.MEDIUM},
    ),
    gap("expert-30-days-ago", "Kalmthout Heide", "", lambda a, t: _expert(a, t, -30, -91)),
    gap("technical-buyer-90-days-ago", "Hiiumaa Viinaköök", "", lambda a, t: _expert(a, t, -31, -90)),
    gap(
        "planner-lets-slip",
        "Cổ Loa Gạch Ngói",
        "KAM202 KAM205",
        lambda a, t: _slipping(a, -100, -10),
        silenced="KAM106",
        severity={"KAM202": Severity.HIGH},
    ),
    gap("planner-180-days", "Cervia Dolce Sale", "KAM202", lambda a, t: _slipping(a, -180)),
    gap(
        "planner-181-days",
        "Kaliningrad Янтарь",
        "KAM202 KAM205",
        lambda a, t: _slipping(a, -181),
        silenced="KAM106",
    ),
    gap("planner-of-a-top-account-90-days", "Sõrve Kadakas", "KAM202", lambda a, t: _slipping(a, -90), tier="A"),
    gap(
        "planner-of-a-top-account-91-days",
        "Nijō Tatami 畳",
        "KAM202 KAM205",
        lambda a, t: _slipping(a, -91),
        silenced="KAM106",
        tier="A",
    ),
    gap(
        "planner-with-half-a-plan",
        "Vinhais Fumeiro",
        "KAM202 KAM205",
        lambda a, t: _reviewed(_parts(a, PlanPart.CURRENT_STATE, PlanPart.STRATEGY), -100, -10),
        severity={"KAM202": Severity.MEDIUM},
    ),
    gap(
        "planner-with-a-step-7-days-over",
        "Koper Solinar",
        "KAM202 KAM209 KAM213",
        lambda a, t: replace(
            _parts(a, PlanPart.CURRENT_STATE),
            goals=(),
            activities=usual_activities(t, coming=None, task=-7),
        ),
    ),
)
"""Rule KAM106 and what inhibits it."""
