"""Accounts with gaps in the decision group, rivals and the relationship stage, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioContact
from kam_sync.records import BuyingRole, ContactLevel, Stance, SwotPart
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    Days,
    closed,
    contact,
    every_contact,
    fields,
    more_activities,
    more_contacts,
    more_deals,
    with_deal,
    without_contact,
    without_swot,
)
from support_catalogue_labels import gap
from support_catalogue_people import (
    CALL,
    LEFT,
    TASK,
    Team,
    done,
    mapped,
    person,
    planned,
)
from support_catalogue_planted_threads import seen_apart, spoken
from support_orgs import START

_ON: Final = Days(START.date())


def _unprofiled(given: PortfolioContact) -> PortfolioContact:
    return replace(given, influence=None, decision_criteria=None)


def _executive(account: PortfolioAccount, title: str, level: ContactLevel | None) -> PortfolioAccount:
    return contact(account, "ex", lambda each: replace(each, title=title, level=level))


def _departed(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    """A champion and a sponsor have left, mail to a decision maker and to a supporter comes back."""
    level, role = ContactLevel, BuyingRole
    return more_activities(
        more_contacts(
            account,
            replace(person(account.slug, "p1", "Buyer", level.STAFF, role.CHAMPION, owner=team.owner), left=True),
            replace(
                person(account.slug, "p2", "Director", level.DIRECTOR, role.EXECUTIVE_SPONSOR, owner=team.owner),
                left=True,
            ),
            replace(
                person(account.slug, "p3", "Director", level.DIRECTOR, role.DECISION_MAKER, owner=team.owner),
                bounced=True,
            ),
            replace(
                person(account.slug, "p4", "Planner", level.STAFF, owner=team.owner, stance=Stance.SUPPORTER),
                bounced=True,
            ),
            replace(person(account.slug, "p5", "Planner", level.STAFF, role.INFLUENCER, owner=team.owner), left=True),
            replace(person(account.slug, "p6", "Planner", level.STAFF, role.END_USER, owner=team.owner), bounced=True),
        ),
        done(CALL, -7, team.lead, "p3", "p4", "p6"),
    )


def _rivalled(account: PortfolioAccount) -> PortfolioAccount:
    """A rival is known on the account and in its open deal."""
    account = with_deal(account, "next", lambda each: replace(each, competitor="Rivalis"))
    return fields(account, competitor="Rivalis")


def _lost_for_gaps(account: PortfolioAccount, team: Team, second: int) -> PortfolioAccount:
    return more_deals(
        account,
        replace(closed("gap1", team.owner, -40, won=False), loss_reason="Product gap: no telemetry"),
        replace(closed("gap2", team.owner, second, won=False), loss_reason="MISSING FEATURE"),
        replace(closed("price", team.owner, -50, won=False), loss_reason="Price"),
    )


GROUP: Final = (
    gap(
        "no-champion",
        "Aarschot Kant",
        "KAM503",
        lambda a, t: contact(a, "ch", lambda each: replace(each, buying_roles=())),
    ),
    gap(
        "no-champion-no-economic-buyer",
        "Yuzawa 酒造",
        "KAM503 KAM503",
        lambda a, t: contact(
            contact(a, "ch", lambda each: replace(each, buying_roles=())),
            "eb",
            lambda each: replace(each, buying_roles=(BuyingRole.INFLUENCER,)),
        ),
    ),
    gap(
        "no-decision-maker-no-technical-buyer",
        "Tafí Quesos",
        "KAM503 KAM503",
        lambda a, t: contact(
            contact(a, "dm", lambda each: replace(each, buying_roles=())),
            "tb",
            lambda each: replace(each, buying_roles=()),
        ),
    ),
    gap(
        "no-champion-yet",
        "Umeå Näver",
        "",
        lambda a, t: fields(contact(a, "ch", lambda each: replace(each, buying_roles=())), key_since=-29),
    ),
    gap(
        "one-person-two-parts",
        "Lalibela Spices",
        "",
        lambda a, t: contact(
            contact(a, "ch", lambda each: replace(each, buying_roles=())),
            "eb",
            lambda each: replace(each, buying_roles=(BuyingRole.ECONOMIC_BUYER, BuyingRole.CHAMPION)),
        ),
    ),
    gap(
        "thin-profiles",
        "Monção Alvarinho",
        "KAM504",
        lambda a, t: every_contact(
            a, lambda each: mapped(_unprofiled(each), Stance.SUPPORTER if each.slug == "ch" else None)
        ),
    ),
    gap("profiles-60-per-cent", "Grudziądz Wagony", "", lambda a, t: every_contact(a, _unprofiled)),
    gap("no-map", "Tromsdal Rein", "KAM505", lambda a, t: every_contact(a, lambda each: mapped(each, None))),
    gap(
        "map-181-days-old",
        "Kayseri Pastırma",
        "KAM505",
        lambda a, t: every_contact(a, lambda each: replace(each, stance_days=-181)),
    ),
    gap(
        "map-180-days-old",
        "Cirebon Batik",
        "",
        lambda a, t: every_contact(a, lambda each: replace(each, stance_days=-200 if each.slug == "dm" else -180)),
    ),
    gap(
        "no-supporter",
        "Ponferrada Pizarra",
        "KAM507",
        lambda a, t: contact(a, "ch", lambda each: mapped(each, Stance.NEUTRAL)),
    ),
    gap(
        "only-three-mapped",
        "Gällivare Malm",
        "KAM507",
        lambda a, t: every_contact(
            a, lambda each: mapped(each, Stance.NEUTRAL if each.slug in {"dm", "eb", "tb"} else None)
        ),
    ),
    gap(
        "only-two-mapped",
        "Lom Lozari",
        "",
        lambda a, t: every_contact(a, lambda each: mapped(each, Stance.NEUTRAL if each.slug in {"dm", "eb"} else None)),
    ),
    gap(
        "no-executive",
        "Wexcombe Hurdles",
        "KAM508",
        lambda a, t: without_contact(a, "ex"),
        severity={"KAM508": Severity.MEDIUM},
    ),
    gap(
        "vice-president-only",
        "Marikina Sapatos",
        "KAM508",
        lambda a, t: _executive(a, "Vice President, Operations", None),
        severity={"KAM508": Severity.HIGH},
        tier="A",
    ),
    gap(
        "owner-by-title-manager-by-level",
        "Kuusamo Puu",
        "KAM508",
        lambda a, t: _executive(a, "Owner", ContactLevel.MANAGER),
    ),
    gap(
        "executive-by-title",
        "Balassagyarmat Sör",
        "",
        lambda a, t: _executive(a, "President and Chief Executive", None),
    ),
    gap("executive-by-title-abroad", "Rügenwalde Räucherei", "", lambda a, t: _executive(a, "Geschäftsführerin", None)),
    gap(
        "key-people-gone",
        "Chefchaouen Indigo",
        "KAM510 KAM510 KAM510 KAM510",
        _departed,
        severity={"KAM510": Severity.CRITICAL},
    ),
    gap(
        "rival-undefended",
        "Jõgeva Seeme",
        "KAM513 KAM513 KAM203 KAM211",
        lambda a, t: without_swot(
            with_deal(_rivalled(a), "next", lambda each: replace(each, next_step=None)), SwotPart.THREATS
        ),
        severity={"KAM513": Severity.HIGH},
    ),
    gap(
        "rival-in-the-deal-countered",
        "Opatija Maraschino",
        "KAM211",
        lambda a, t: more_activities(
            without_swot(with_deal(a, "next", lambda each: replace(each, competitor="Rivalis")), SwotPart.THREATS),
            planned(TASK, 15, t.owner, deal="next"),
        ),
    ),
    gap("rival-among-the-threats", "Viljandi Vill", "", lambda a, t: _rivalled(a)),
    gap("offer-gaps", "Humahuaca Lana", "KAM514", lambda a, t: _lost_for_gaps(a, t, _ON(2025, 11, 23))),
    gap(
        "offer-gaps-in-other-words",
        "Hinterstoder Loden",
        "KAM514",
        lambda a, t: more_deals(
            a,
            replace(closed("gap1", t.owner, -40, won=False), loss_reason="Lacks functionality"),
            replace(closed("gap2", t.owner, -50, won=False), loss_reason="Poor Product Fit"),
        ),
    ),
    gap("offer-gaps-over-12-months", "Piran Sol", "", lambda a, t: _lost_for_gaps(a, t, _ON(2025, 11, 22))),
    gap("no-stage", "Zermühlen Senf", "KAM515", lambda a, t: fields(a, relationship_stage=None)),
    gap("no-stage-yet", "Kampot Pepper", "", lambda a, t: fields(a, relationship_stage=None, key_since=-29)),
    gap(
        "strategic-without-executive",
        "Sliema Lace",
        "KAM515 KAM508",
        lambda a, t: fields(without_contact(a, "ex"), relationship_stage="Strategic"),
        severity={"KAM515": Severity.MEDIUM},
    ),
    gap(
        "strategic-with-two",
        "Bürgenstock Seile",
        "KAM515 KAM502",
        lambda a, t: fields(spoken(a, t, "dm", "ch"), relationship_stage="Strategic"),
    ),
    gap(
        "strategic-with-a-third-90-days-ago",
        "Dauphin Noix",
        "",
        lambda a, t: fields(
            more_activities(spoken(a, t, "dm", "ch"), done(CALL, -90, t.owner, "eb")), relationship_stage="Strategic"
        ),
    ),
    gap(
        "strategic-with-a-third-91-days-ago",
        "Umbertide Tabacco",
        "KAM515 KAM502",
        lambda a, t: fields(
            more_activities(spoken(a, t, "dm", "ch"), done(CALL, -91, t.owner, "eb")), relationship_stage="Strategic"
        ),
    ),
    gap(
        "strategic-executive-120-days",
        "Kärdla Kalur",
        "KAM509",
        lambda a, t: fields(seen_apart(a, t, executive=-120), relationship_stage="Strategic"),
    ),
    gap(
        "strategic-executive-121-days",
        "Çukurova Pamuk",
        "KAM515 KAM508",
        lambda a, t: fields(seen_apart(a, t, executive=-121), relationship_stage="Strategic"),
        silenced="KAM509",
    ),
    gap("strategic-indeed", "Pukekohe Onions", "", lambda a, t: fields(a, relationship_stage="Strategic")),
    gap(
        "people-of-somebody-who-left",
        "Nagykőrös Méz",
        "KAM517",
        lambda a, t: contact(
            contact(a, "dm", lambda each: replace(each, owner=LEFT)), "ex", lambda each: replace(each, owner=LEFT)
        ),
    ),
    gap(
        "engineer-of-somebody-who-left",
        "Donostia Sagardoa",
        "",
        lambda a, t: contact(a, "tb", lambda each: replace(each, owner=LEFT)),
    ),
)
"""Rules about the decision group, rivals and the stage of the relationship."""
