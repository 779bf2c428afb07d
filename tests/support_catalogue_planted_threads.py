"""Accounts with gaps in who speaks with whom, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioActivity
from kam_sync.records import ContactLevel, Purpose, Stance
from kam_sync.severity import Severity
from support_catalogue_healthy import Days, contact, fields, more_activities, more_contacts
from support_catalogue_labels import gap
from support_catalogue_people import (
    CALL,
    MEETING,
    SILENT,
    TASK,
    Team,
    done,
    person,
    planned,
    usual_activities,
)
from support_catalogue_planted_symptoms import alone
from support_orgs import START

_ON: Final = Days(START.date())


def spoken(account: PortfolioAccount, team: Team, *two_way: str) -> PortfolioAccount:
    """All are written to, and some spoken with."""
    return replace(
        account,
        activities=(
            done(MEETING, -6, team.owner, *two_way, attendees=(team.lead,)),
            done(TASK, -9, team.lead, "dm", "eb", "ch", "tb", "ex"),
            *usual_activities(team, meeting=None, call=None, visit=None, review=None),
        ),
    )


def _internal(team: Team, days: int) -> PortfolioActivity:
    return done(MEETING, days, team.owner, attendees=(SILENT,), purpose=Purpose.TEAM_MEETING)


def _blocked(account: PortfolioAccount, team: Team, touched: int) -> PortfolioAccount:
    blocker = person(account.slug, "bl", "Head of legal", ContactLevel.MANAGER, owner=team.owner, stance=Stance.BLOCKER)
    return more_activities(more_contacts(account, blocker), done(CALL, touched, team.lead, "bl"))


def seen_apart(account: PortfolioAccount, team: Team, *, deciders: int = -6, executive: int = -6) -> PortfolioAccount:
    """The deciders and the executive were last touched on different days."""
    return replace(
        account,
        activities=(
            done(MEETING, deciders, team.owner, "dm", "eb", attendees=(team.lead,)),
            done(MEETING, executive, team.owner, "ex"),
            *usual_activities(team, meeting=None, review=-60),
        ),
    )


def _unit(account: PortfolioAccount, team: Team, department: str, touched: int | None) -> PortfolioAccount:
    found = person(account.slug, "un", "Clerk", ContactLevel.STAFF, owner=team.owner, department=department)
    account = more_contacts(account, found)
    return account if touched is None else more_activities(account, done(TASK, touched, team.lead, "un"))


THREADS: Final = (
    gap(
        "speaks-with-two",
        "Vuelta Larga Café",
        "KAM502",
        lambda a, t: spoken(a, t, "dm", "ch"),
        severity={"KAM502": Severity.MEDIUM},
    ),
    gap(
        "speaks-with-one",
        "Gjøvik Spikerfabrikk",
        "KAM502",
        lambda a, t: spoken(a, t, "dm"),
        severity={"KAM502": Severity.HIGH},
    ),
    gap(
        "spoke-with-a-third-90-days-ago",
        "Mzuzu Timber",
        "",
        lambda a, t: more_activities(spoken(a, t, "dm", "ch"), done(CALL, -90, t.owner, "eb")),
    ),
    gap(
        "spoke-with-a-third-91-days-ago",
        "Rîșca Lână",
        "KAM502",
        lambda a, t: more_activities(spoken(a, t, "dm", "ch"), done(CALL, -91, t.owner, "eb")),
    ),
    gap(
        "second-of-ours-90-days-ago",
        "Shkodra Sapun",
        "",
        lambda a, t: more_activities(alone(a, t), _internal(t, -90)),
    ),
    gap(
        "second-of-ours-91-days-ago",
        "Zlatibor Kajmak",
        "KAM501 KAM207",
        lambda a, t: more_activities(alone(a, t), _internal(t, -91)),
        silenced="KAM106",
    ),
    gap(
        "blocker-untouched-61-days",
        "Fårösund Kalk",
        "KAM506",
        lambda a, t: _blocked(a, t, -61),
        severity={"KAM506": Severity.HIGH},
    ),
    gap("blocker-untouched-60-days", "Quissamã Doces", "", lambda a, t: _blocked(a, t, -60)),
    gap(
        "blocker-in-hand",
        "Łapsze Bacówka",
        "",
        lambda a, t: more_activities(_blocked(a, t, -100), planned(TASK, 5, t.lead, "bl")),
    ),
    gap(
        "blocker-step-7-days-over",
        "Maun Baskets",
        "",
        lambda a, t: more_activities(_blocked(a, t, -100), planned(TASK, -7, t.lead, "bl")),
    ),
    gap(
        "blocker-step-8-days-over",
        "Pamukkale Traverten",
        "KAM506 KAM204",
        lambda a, t: more_activities(_blocked(a, t, -100), planned(TASK, -8, t.lead, "bl")),
    ),
    gap(
        "executive-121-days",
        "Tavşanlı Leblebi",
        "KAM508",
        lambda a, t: seen_apart(a, t, executive=-121),
        silenced="KAM509",
        severity={"KAM508": Severity.HIGH},
        tier="A",
    ),
    gap("executive-120-days", "Ashgabat Atlas", "KAM509", lambda a, t: seen_apart(a, t, executive=-120)),
    gap("executive-90-days", "Brännö Segel", "", lambda a, t: seen_apart(a, t, executive=-90)),
    gap("deciders-31-days", "Gondomar Filigrana", "KAM509", lambda a, t: seen_apart(a, t, deciders=-31)),
    gap("deciders-30-days", "Kõpu Tuletorn", "", lambda a, t: seen_apart(a, t, deciders=-30)),
    gap(
        "all-gone-quiet",
        "Xique Mel",
        "KAM509 KAM509",
        lambda a, t: seen_apart(a, t, deciders=-31, executive=-91),
    ),
    gap("unit-never-met", "Holbæk Lak", "KAM512", lambda a, t: _unit(a, t, "Logistics", None)),
    gap("unit-met-366-days-ago", "Chiloé Lanas", "KAM512", lambda a, t: _unit(a, t, "Logistics", _ON(2025, 11, 22))),
    gap("unit-met-12-months-ago", "Sokoto Leather", "", lambda a, t: _unit(a, t, "Logistics", _ON(2025, 11, 23))),
    gap(
        "unit-never-met-in-364-days",
        "Vlissingen Scheepsbouw",
        "",
        lambda a, t: fields(_unit(a, t, "Logistics", None), key_since=-364),
    ),
    gap(
        "unit-never-met-in-365-days",
        "Bled Kremšnite",
        "KAM512",
        lambda a, t: fields(_unit(a, t, "Logistics", None), key_since=-365),
    ),
    gap("unit-by-another-spelling", "Örkény Tej", "", lambda a, t: _unit(a, t, "ENGINEERING", None)),
    gap(
        "nobody-new-181-days",
        "Porvoo Kupari",
        "KAM511",
        lambda a, t: contact(a, "tb", lambda each: replace(each, created_days=-181)),
    ),
    gap(
        "somebody-new-180-days",
        "Nakuru Pyrethrum",
        "",
        lambda a, t: contact(a, "tb", lambda each: replace(each, created_days=-180)),
    ),
    gap(
        "somebody-new-untouched",
        "Szeged Paprika",
        "KAM511",
        lambda a, t: more_contacts(
            contact(a, "tb", lambda each: replace(each, created_days=-500)),
            person(a.slug, "nw", "Trainee", ContactLevel.STAFF, owner=t.owner, created=-50),
        ),
    ),
    gap(
        "no-visit-181-days",
        "Beypazarı Soda",
        "KAM516",
        lambda a, t: replace(a, activities=usual_activities(t, visit=-181)),
        tier="A",
    ),
    gap(
        "visit-180-days",
        "Skagen Garn",
        "",
        lambda a, t: replace(a, activities=usual_activities(t, visit=-180)),
        tier="A",
    ),
    gap("no-visit-lower-tier", "Batumi Tea", "", lambda a, t: replace(a, activities=usual_activities(t, visit=None))),
)
"""Rules about who speaks with whom."""
