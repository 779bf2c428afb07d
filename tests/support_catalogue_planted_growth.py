"""Accounts with gaps in growth and in their selection as key accounts, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioContract
from kam_sync.records import ContactLevel, OpportunityType, Purpose
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    Days,
    closed,
    deal,
    every_contact,
    fields,
    more_activities,
    more_contacts,
    more_deals,
    with_deal,
    without_contact,
)
from support_catalogue_labels import gap
from support_catalogue_people import MEETING, TASK, Team, done, mapped, person, planned, usual_activities
from support_orgs import START

_ON: Final = Days(START.date())


def _sold(account: PortfolioAccount, amount: float) -> PortfolioAccount:
    """Sold for so much this year, after 100 000 the year before."""
    return with_deal(account, "won", lambda each: replace(each, amount=amount))


def _served(account: PortfolioAccount, team: Team, cost: float, before: float, two_before: float) -> PortfolioAccount:
    """Sold for 120 000, 100 000 and 100 000 in three spans of 12 months, and cost so much in each."""
    return fields(
        more_deals(account, replace(closed("long-ago", team.owner, -800), amount=100_000.0)),
        cost_to_serve=cost,
        cost_to_serve_year_before=before,
        cost_to_serve_two_years_before=two_before,
    )


def _contracts(account: PortfolioAccount, *ends: int, active: bool = True) -> PortfolioAccount:
    contracts = tuple(
        PortfolioContract(
            slug=f"c{number}", name=f"Service contract {number}", end_days=end, value=2_000.0, is_active=active
        )
        for number, end in enumerate(ends)
    )
    return replace(account, contracts=contracts)


def _only_pumps(account: PortfolioAccount) -> PortfolioAccount:
    """Won nothing but pumps, and has nothing else in its open deal; valves were never tried."""
    account = with_deal(account, "before", lambda each: replace(each, products=("Pumps",)))
    return with_deal(account, "next", lambda each: replace(each, products=("Pumps",)))


def _tried_valves(account: PortfolioAccount, team: Team, created: int) -> PortfolioAccount:
    tried = replace(closed("valves", team.owner, -20, won=False), products=("Valves",), created_days=created)
    return more_deals(_only_pumps(account), tried)


def _new_executive(account: PortfolioAccount, team: Team, slug: str, created: int) -> PortfolioAccount:
    found = person(account.slug, slug, "Finance director", ContactLevel.EXECUTIVE, owner=team.owner, created=created)
    return more_contacts(account, found)


def _triggered(account: PortfolioAccount, team: Team, days: int, last: int) -> PortfolioAccount:
    """Something happened there; the last thing anybody of ours did was on day `last`."""
    account = replace(account, activities=usual_activities(team, meeting=last, call=-19, work=-19))
    return fields(account, trigger_on=days, trigger="Second plant announced")


def _bare(account: PortfolioAccount, since: int) -> PortfolioAccount:
    """A key account since a day, without target, stage, champion, executive, or anybody's stance."""
    account = every_contact(
        without_contact(account, "ex"),
        lambda each: mapped(replace(each, buying_roles=() if each.slug == "ch" else each.buying_roles), None),
    )
    return fields(account, key_since=since, growth_target=None, relationship_stage=None)


def _unattended(account: PortfolioAccount, team: Team, since: int) -> PortfolioAccount:
    """A key account since a day, without report, feedback, visit, business review or meeting of the team."""
    account = replace(account, feedback=(), activities=usual_activities(team, internal=-19, visit=None, review=None))
    account = replace(account, activities=tuple(replace(each, purpose=None) for each in account.activities))
    return fields(account, key_since=since, progress_report_on=None)


GROWTH: Final = (
    gap("no-target", "Kőszegi Posztó Zrt.", "KAM310", lambda a, t: fields(a, growth_target=None)),
    gap("old-target", "Tarragó Avellanas", "KAM310", lambda a, t: fields(a, growth_target_year=2025)),
    gap(
        "no-target-yet",
        "Hinemoa Kiwifruit",
        "",
        lambda a, t: replace(fields(a, growth_target=None), created_days=-29),
    ),
    gap(
        "new-29-days",
        "Þykkvibær Kartöflur",
        "",
        lambda a, t: _bare(a, -29),
    ),
    gap(
        "new-30-days",
        "Lugo Queixo",
        "KAM310 KAM503 KAM505 KAM508 KAM515",
        lambda a, t: _bare(a, -30),
    ),
    gap(
        "too-new-for-windows",
        "Tōkamachi 織物",
        "",
        lambda a, t: _unattended(a, t, -89),
        tier="A",
    ),
    gap(
        "in-the-windows-of-90-days",
        "Ghent Kuip",
        "KAM207 KAM214",
        lambda a, t: _unattended(a, t, -90),
        tier="A",
    ),
    gap(
        "growth-9-per-cent",
        "Okavango Basalt",
        "KAM311",
        lambda a, t: _sold(a, 109_000.0),
        severity={"KAM311": Severity.HIGH},
    ),
    gap("growth-10-per-cent", "Silistra Kayısı", "", lambda a, t: _sold(a, 110_000.0)),
    gap(
        "costs-more-than-it-buys",
        "Rautio Turve Oy",
        "KAM316",
        lambda a, t: _served(a, t, 150_000.0, 200_000.0, 100_000.0),
    ),
    gap(
        "ratio-falls-twice",
        "Ghadames Dates",
        "KAM316",
        lambda a, t: _served(a, t, 60_000.0, 40_000.0, 30_000.0),
    ),
    gap(
        "costs-too-much-and-more",
        "Niederthal Zwirn",
        "KAM316 KAM316",
        lambda a, t: _served(a, t, 150_000.0, 100_000.0, 80_000.0),
    ),
    gap(
        "costs-what-it-buys",
        "Cheongsong 사과",
        "",
        lambda a, t: _served(a, t, 120_000.0, 200_000.0, 100_000.0),
    ),
    gap(
        "ratio-falls-once",
        "Lüderitz Austern",
        "",
        lambda a, t: _served(a, t, 60_000.0, 40_000.0, 50_000.0),
    ),
    gap(
        "contracts-end",
        "Belo Vale Minério",
        "KAM317 KAM317",
        lambda a, t: _contracts(a, 0, 90),
        severity={"KAM317": Severity.HIGH},
    ),
    gap("contracts-end-later", "Hofsós Ull ehf.", "", lambda a, t: _contracts(a, -1, 91)),
    gap("contract-ended", "Pirin Meble", "", lambda a, t: _contracts(a, 60, active=False)),
    gap(
        "renewal-in-hand",
        "Dalmore Coopers",
        "",
        lambda a, t: more_deals(_contracts(a, 60), deal("renewal", t.owner, 60, type_=OpportunityType.RENEWAL)),
    ),
    gap(
        "renewal-30-days-late",
        "Setúbal Salinas",
        "",
        lambda a, t: more_activities(
            more_deals(_contracts(a, 60), deal("renewal", t.owner, -30, type_=OpportunityType.RENEWAL)),
            planned(TASK, 9, t.owner, deal="renewal"),
        ),
    ),
    gap(
        "renewal-31-days-late",
        "Ujazd Szkło S.A.",
        "KAM317",
        lambda a, t: more_activities(
            more_deals(_contracts(a, 60), deal("renewal", t.owner, -31, type_=OpportunityType.RENEWAL)),
            planned(TASK, 9, t.owner, deal="renewal"),
        ),
    ),
    gap(
        "renewal-meeting-planned",
        "Kangasala Kuivike",
        "",
        lambda a, t: more_activities(_contracts(a, 60), planned(MEETING, 20, t.owner, purpose=Purpose.RENEWAL)),
    ),
    gap("valves-never-tried", "Erzincan Bakır", "KAM319", lambda a, t: _only_pumps(a)),
    gap("valves-tried-181-days-ago", "Ystradgynlais Tin", "KAM319", lambda a, t: _tried_valves(a, t, -181)),
    gap("valves-tried-180-days-ago", "Moravany Lněné", "", lambda a, t: _tried_valves(a, t, -180)),
    gap(
        "executives-ungreeted",
        "Bajío Aguacates",
        "KAM321 KAM321",
        lambda a, t: _new_executive(_new_executive(a, t, "x15", -15), t, "x90", -90),
    ),
    gap(
        "executive-91-days-new",
        "Bratsk Алюминий",
        "KAM509",
        lambda a, t: _new_executive(a, t, "x91", -91),
    ),
    gap("executive-14-days-new", "Keflavík Net", "", lambda a, t: _new_executive(a, t, "x14", -14)),
    gap(
        "executive-greeted-that-day",
        "Lopburi Silk",
        "",
        lambda a, t: more_activities(_new_executive(a, t, "x40", -40), done(TASK, -40, t.lead, "x40")),
    ),
    gap("trigger-unanswered", "Puente Viejo Hierros", "KAM321", lambda a, t: _triggered(a, t, -15, -16)),
    gap("trigger-answered-that-day", "Aktau Port Logistics", "", lambda a, t: _triggered(a, t, -15, -15)),
    gap("trigger-14-days-old", "Ærøskøbing Både", "", lambda a, t: _triggered(a, t, -14, -16)),
    gap(
        "stalled-deal",
        "Wrzosowa Miody",
        "KAM322",
        lambda a, t: with_deal(a, "next", lambda each: replace(each, created_days=-90, stage_days=-61)),
    ),
    gap(
        "deal-60-days-in-its-stage",
        "Nganjuk Rattan",
        "",
        lambda a, t: with_deal(a, "next", lambda each: replace(each, created_days=-90, stage_days=-60)),
    ),
    gap(
        "new-account-neglected",
        "Tschlin Käserei",
        "KAM323",
        lambda a, t: replace(a, created_days=-60, activities=usual_activities(t, meeting=-15, call=-16, work=-17)),
    ),
    gap(
        "key-account-lately-and-neglected",
        "Al-Qatif Pearls",
        "KAM323",
        lambda a, t: fields(replace(a, activities=usual_activities(t, meeting=-15, call=-16, work=-17)), key_since=-90),
    ),
    gap(
        "new-account-14-days-ago",
        "Ventspils Dēļi",
        "",
        lambda a, t: replace(a, created_days=-60, activities=usual_activities(t, meeting=-14, call=-16, work=-17)),
    ),
    gap(
        "key-account-for-91-days",
        "Sumbawa Honey",
        "",
        lambda a, t: fields(replace(a, activities=usual_activities(t, meeting=-15, call=-16, work=-17)), key_since=-91),
    ),
)
"""Rules KAM310 to KAM323 but those that judge the portfolio."""

SELECTION: Final = (
    gap(
        "unscored",
        "Kremenets Pivo",
        "KAM402",
        lambda a, t: replace(a, criteria={"product_fit": 1.0, "financial_strength": 1.0}),
    ),
    gap("scored-long-ago", "Amorgós Méli", "KAM402", lambda a, t: fields(a, scored_on=_ON(2025, 11, 22))),
    gap(
        "unscored-for-long",
        "Zoutkamp Garnalen",
        "KAM402 KAM402",
        lambda a, t: fields(
            replace(a, criteria={"product_fit": 0.0, "cultural_fit": 0.0}), scored_on=_ON(2025, 11, 22)
        ),
    ),
    gap("scored-12-months-ago", "Hamamatsu 音叉", "", lambda a, t: fields(a, scored_on=_ON(2025, 11, 23))),
    gap(
        "meets-one-of-three",
        "Cabo Raso Percebes",
        "KAM403",
        lambda a, t: replace(a, criteria={"product_fit": 1.0, "financial_strength": 0.5, "cultural_fit": 0.0}),
    ),
)
"""Rules KAM402 and KAM403."""
