"""Accounts with gaps in tenders, proposals and the part of owners, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import (
    PortfolioAccount,
    PortfolioActivity,
    PortfolioDeal,
    PortfolioQuote,
)
from kam_sync.records import OpportunityStage, OpportunityType, Purpose
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    Days,
    closed,
    contact,
    deal,
    fields,
    more_activities,
    more_deals,
    with_deal,
)
from support_catalogue_labels import gap
from support_catalogue_people import CALL, LEFT, MEETING, QUEUE, SILENT, TASK, Team, done, planned, usual_activities
from support_orgs import START

_ON: Final = Days(START.date())
_DECIDERS: Final = ("dm", "eb", "tb", "ch")


def _tender(account: PortfolioAccount, team: Team, day: int, *contacts: str) -> PortfolioAccount:
    """A deal is a tender on a day, and nothing is done for it."""
    found = replace(deal("tender", team.owner, 250), tender_days=day, contacts=contacts, next_step=None)
    return more_deals(account, found)


def _for_it(team: Team, deal_slug: str) -> PortfolioActivity:
    """Return a next step on a deal."""
    return planned(TASK, 9, team.owner, deal=deal_slug)


def _proposal(
    account: PortfolioAccount,
    team: Team,
    *,
    sent: int | None = -5,
    expires: int | None = 30,
    called: int | None = -4,
    coming: int | None = 9,
    contacts: tuple[str, ...] = ("dm",),
    mates: tuple[str, ...] | None = None,
) -> PortfolioAccount:
    """A proposal is out: sent, confirmed by a call on it, with a next meeting on it, by two of ours for `dm`."""
    found: PortfolioDeal = replace(
        deal("offer", team.owner),
        stage=OpportunityStage.PROPOSAL,
        proposal_sent_days=sent,
        proposal_expires_days=expires,
        contacts=contacts,
        team=(team.expert,) if mates is None else mates,
    )
    account = more_deals(account, found)
    if called is not None:
        account = more_activities(account, done(CALL, called, team.owner, deal="offer"))
    if coming is not None:
        account = more_activities(account, planned(MEETING, coming, team.owner, "dm", deal="offer"))
    return account


def _silent_since(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    """Everybody was only written to for a month; a meeting on the proposal is planned."""
    return replace(
        account,
        activities=(
            *usual_activities(team, meeting=-32, call=-32, work=-33, internal=-34, visit=-35),
            done(TASK, -2, team.lead, "dm", "eb", "ch"),
            planned(MEETING, 9, team.owner, deal="offer"),
        ),
    )


def _quoted(account: PortfolioAccount, team: Team, *, sent: int | None, expires: int) -> PortfolioAccount:
    """The open deal has a quote, and a meeting on it is planned."""
    quote = PortfolioQuote(slug="q1", name="Quote 1", deal="next", sent_days=sent, expires_days=expires)
    return more_activities(replace(account, quotes=(quote,)), planned(MEETING, 9, team.owner, "dm", deal="next"))


def _new_business(account: PortfolioAccount, seller: str, days: int) -> PortfolioAccount:
    return more_deals(account, closed("first", seller, days, type_=OpportunityType.NEW_BUSINESS))


TENDERS: Final = (
    gap(
        "tender-in-9-months",
        "Mnichovo Sklo",
        "KAM701",
        lambda a, t: fields(a, tender_on=_ON(2027, 8, 23)),
        severity={"KAM701": Severity.MEDIUM},
    ),
    gap("tender-in-9-months-and-a-day", "Kribi Cacao", "", lambda a, t: fields(a, tender_on=_ON(2027, 8, 24))),
    gap(
        "tender-in-6-months",
        "Haapsalu Sall",
        "KAM701",
        lambda a, t: fields(a, tender_on=_ON(2027, 5, 23)),
        severity={"KAM701": Severity.HIGH},
    ),
    gap(
        "tender-in-3-months",
        "Otavalo Tejidos",
        "KAM701",
        lambda a, t: fields(a, tender_on=_ON(2027, 2, 23)),
        severity={"KAM701": Severity.CRITICAL},
    ),
    gap(
        "tender-in-3-months-and-a-day",
        "Lahinch Kelp",
        "KAM701",
        lambda a, t: fields(a, tender_on=_ON(2027, 2, 24)),
        severity={"KAM701": Severity.HIGH},
    ),
    gap(
        "tender-prepared",
        "Kyustendil Cherries",
        "",
        lambda a, t: more_activities(
            fields(a, tender_on=_ON(2027, 5, 23)), done(MEETING, -80, t.owner, purpose=Purpose.TENDER_PREPARATION)
        ),
    ),
    gap("tender-over", "Nesebar Shells", "", lambda a, t: fields(a, tender_on=-1)),
    gap(
        "tender-deal-without-step",
        "Arraiolos Tapeçaria",
        "KAM701 KAM203",
        lambda a, t: _tender(a, t, _ON(2027, 5, 24), *_DECIDERS),
        severity={"KAM701": Severity.MEDIUM},
    ),
    gap(
        "tender-deal-with-step",
        "Sremska Rakija",
        "",
        lambda a, t: more_activities(_tender(a, t, _ON(2027, 5, 24), *_DECIDERS), _for_it(t, "tender")),
    ),
    gap(
        "tender-deal-step-7-days-over",
        "Bohinj Mohant",
        "",
        lambda a, t: more_activities(
            _tender(a, t, _ON(2027, 5, 24), *_DECIDERS), planned(TASK, -7, t.owner, deal="tender")
        ),
    ),
    gap(
        "tender-without-decision-maker",
        "Praia Atum",
        "KAM702",
        lambda a, t: more_activities(_tender(a, t, 200, "eb", "tb", "ch"), _for_it(t, "tender")),
    ),
    gap(
        "tender-participants-unknown",
        "Boquete Miel",
        "KAM702",
        lambda a, t: more_activities(_tender(a, t, 200, "dm", "ch"), _for_it(t, "tender")),
        severity={"KAM702": Severity.HIGH},
    ),
    gap(
        "tender-without-champion-anywhere",
        "Rovaniemi Rautio",
        "KAM702",
        lambda a, t: more_activities(
            _tender(contact(a, "ch", lambda each: replace(each, buying_roles=())), t, 200, *_DECIDERS),
            _for_it(t, "tender"),
        ),
        silenced="KAM503",
    ),
)
"""Rules KAM701 and KAM702."""

PROPOSALS: Final = (
    gap("proposal-in-order", "Visby Vadmal", "", _proposal),
    gap("proposal-undated", "Tlaquepaque Vidrio", "KAM703", lambda a, t: _proposal(a, t, expires=None)),
    gap(
        "proposal-expires-in-7-days",
        "Gorenjska Lipa",
        "KAM704",
        lambda a, t: _proposal(a, t, expires=7),
        severity={"KAM704": Severity.MEDIUM},
    ),
    gap("proposal-expires-in-8-days", "Bandırma Tuz", "", lambda a, t: _proposal(a, t, expires=8)),
    gap(
        "proposal-expired",
        "Mikkeli Marja",
        "KAM704",
        lambda a, t: _proposal(a, t, expires=-1),
        severity={"KAM704": Severity.HIGH},
    ),
    gap("quote-expires-in-7-days", "Alcobaça Maçãs", "KAM704", lambda a, t: _quoted(a, t, sent=None, expires=7)),
    gap("quote-in-order", "Zamość Fajans", "", lambda a, t: _quoted(a, t, sent=-1, expires=60)),
    gap("quote-unconfirmed", "Sitges Malvasía", "KAM705", lambda a, t: _quoted(a, t, sent=-4, expires=60)),
    gap(
        "proposal-unconfirmed-since-thursday",
        "Tbilisi Tolma",
        "KAM705",
        lambda a, t: _proposal(a, t, sent=-4, called=None),
        severity={"KAM705": Severity.HIGH},
    ),
    gap("proposal-sent-on-friday", "Aveiro Sal", "", lambda a, t: _proposal(a, t, sent=-3, called=None)),
    gap("proposal-confirmed-that-day", "Röros Kobber", "", lambda a, t: _proposal(a, t, sent=-4, called=-4)),
    gap(
        "proposal-sent-30-days-ago",
        "Karlštejn Bednáři",
        "KAM705",
        lambda a, t: _silent_since(_proposal(a, t, sent=-30, called=None), t),
    ),
    gap(
        "proposal-sent-31-days-ago",
        "Ohrid Pearl",
        "",
        lambda a, t: _silent_since(_proposal(a, t, sent=-31, called=None), t),
    ),
    gap(
        "proposal-sent-60-days-ago",
        "Zierikzee Mosselen",
        "KAM706",
        lambda a, t: _proposal(a, t, sent=-60, called=-59, coming=None),
    ),
    gap(
        "proposal-sent-61-days-ago",
        "Lauterbach Flachs",
        "",
        lambda a, t: _proposal(a, t, sent=-61, called=-60, coming=None),
    ),
    gap(
        "proposal-without-interim-date",
        "Lipari Capperi",
        "KAM706",
        lambda a, t: _proposal(a, t, sent=-8, called=-7, coming=None),
        severity={"KAM706": Severity.MEDIUM},
    ),
    gap(
        "proposal-sent-7-days-ago", "Fiskars Taonta", "", lambda a, t: _proposal(a, t, sent=-7, called=-7, coming=None)
    ),
    gap(
        "proposal-without-any-step",
        "Kerala Coir",
        "KAM203",
        lambda a, t: with_deal(
            _proposal(a, t, sent=-8, called=-7, coming=None), "offer", lambda each: replace(each, next_step=None)
        ),
        silenced="KAM706",
    ),
    gap(
        "proposal-dropped",
        "Cork Harbour Rope",
        "KAM705",
        lambda a, t: replace(
            _proposal(a, t, sent=-8, called=None, coming=None),
            activities=usual_activities(t, meeting=-20, call=-21),
        ),
        silenced="KAM706",
    ),
    gap("proposal-for-nobody", "Guéliz Tapis", "KAM707", lambda a, t: _proposal(a, t, contacts=())),
    gap("proposal-for-no-decider", "Ñuble Carbón", "KAM707", lambda a, t: _proposal(a, t, contacts=("ex",))),
    gap("proposal-of-one", "Suwałki Kartacz", "KAM708", lambda a, t: _proposal(a, t, mates=())),
    gap("proposal-of-one-who-stayed", "Vaasa Vene", "KAM708", lambda a, t: _proposal(a, t, mates=(LEFT,))),
)
"""Rules KAM703 to KAM708."""

OWNERS: Final = (
    gap("sells-and-manages", "Pinhão Socalcos", "KAM801", lambda a, t: _new_business(a, t.owner, -365)),
    gap("sold-over-a-year-ago", "Tokaj Hordó", "", lambda a, t: _new_business(a, t.owner, -366)),
    gap(
        "owner-new-without-handover",
        "Ísafjörður Rækja",
        "KAM802",
        lambda a, t: replace(a, owners_before=((SILENT, -15),)),
        severity={"KAM802": Severity.HIGH},
    ),
    gap("owner-new-14-days", "Sarajevo Ćilim", "", lambda a, t: replace(a, owners_before=((SILENT, -14),))),
    gap("owner-new-180-days-ago", "Brixen Loden", "KAM802", lambda a, t: replace(a, owners_before=((SILENT, -180),))),
    gap("owner-new-181-days-ago", "Colima Coco", "", lambda a, t: replace(a, owners_before=((SILENT, -181),))),
    gap(
        "owner-new-handed-over",
        "Hodonín Lignit",
        "",
        lambda a, t: fields(replace(a, owners_before=((SILENT, -60),)), handover_on=-60),
    ),
    gap(
        "handed-over-too-early",
        "Nida Gintaras",
        "KAM802",
        lambda a, t: fields(replace(a, owners_before=((SILENT, -60),)), handover_on=-61),
    ),
    gap(
        "handover-meeting",
        "Zagora Kilims",
        "",
        lambda a, t: more_activities(
            replace(a, owners_before=((SILENT, -60),)), done(MEETING, -55, t.owner, purpose=Purpose.HANDOVER)
        ),
    ),
    gap("won-without-handover", "Lüneburg Salz", "KAM802", lambda a, t: _new_business(a, SILENT, -15)),
    gap("won-14-days-ago", "Gotland Ull", "", lambda a, t: _new_business(a, SILENT, -14)),
    gap(
        "two-handovers-missing",
        "Debrecen Torma",
        "KAM802 KAM802",
        lambda a, t: _new_business(replace(a, owners_before=((SILENT, -100),)), SILENT, -90),
    ),
    gap(
        "third-owner",
        "Ballina Salmon",
        "KAM803",
        lambda a, t: fields(replace(a, owners_before=((t.lead, -300), (SILENT, -100))), handover_on=-90),
    ),
    gap(
        "third-owner-in-over-12-months",
        "Pirita Klaas",
        "",
        lambda a, t: fields(replace(a, owners_before=((t.lead, -366), (SILENT, -100))), handover_on=-90),
    ),
    gap(
        "owner-left",
        "Xàtiva Paper",
        "KAM804",
        lambda a, t: replace(a, owner=LEFT),
        severity={"KAM804": Severity.CRITICAL},
    ),
    gap("owned-by-a-queue", "Žatec Sládek", "KAM804", lambda a, t: replace(a, owner=QUEUE)),
)
"""Rules KAM801 to KAM804."""
