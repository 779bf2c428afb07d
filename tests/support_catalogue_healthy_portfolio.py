"""A portfolio in order under every rule of the specification, and the customers beside the key accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioCase, PortfolioContract, PortfolioQuote
from kam_sync.records import (
    BuyingRole,
    ContactLevel,
    OpportunityStage,
    OpportunityType,
    Purpose,
    Stance,
)
from support_catalogue_healthy import (
    closed,
    contact,
    deal,
    fields,
    more_activities,
    more_contacts,
    more_deals,
    other_customer,
    with_deal,
)
from support_catalogue_labels import gap, labelled
from support_catalogue_people import MEETING, SILENT, TASK, Team, done, person, planned, team


def others(count: int, sold: float, bought: int | None = None, staff: Team | None = None) -> Iterator[PortfolioAccount]:
    """Yield accounts out of scope, of which so many (all by default) bought something in the last 12 months.

    Whose they are matters to nobody; `staff` says it where few people are.
    """
    for number in range(count):
        amount = sold if bought is None or number < bought else 0.0
        yield other_customer(f"other{number}", f"Laufkundschaft {number}", staff or team(number), sold=amount)


def scored(slug: str, name: str, criteria: Mapping[str, float]) -> PortfolioAccount:
    """Return an account out of scope whose selection criteria were scored."""
    return replace(other_customer(slug, name, team(0), sold=50_000.0), criteria=criteria)


MET: Final = {"product_fit": 1.0, "financial_strength": 1.0, "cultural_fit": 0.0}
HALF_SCORED: Final = {"product_fit": 1.0, "financial_strength": 1.0}
UNMET: Final = {"product_fit": 1.0, "financial_strength": 0.0, "cultural_fit": 0.5}


def _renewing(account: PortfolioAccount, owner: Team) -> PortfolioAccount:
    account = fields(
        more_deals(account, deal("renewal", owner.owner, 60, type_=OpportunityType.RENEWAL)),
        cost_to_serve=60_000.0,
        cost_to_serve_year_before=60_000.0,
        cost_to_serve_two_years_before=60_000.0,
    )
    account = more_activities(account, planned(MEETING, 20, owner.owner, "dm", purpose=Purpose.RENEWAL))
    return replace(account, contracts=(PortfolioContract(slug="c", name="Service", end_days=60, value=9_000.0),))


def _tendering(account: PortfolioAccount, owner: Team) -> PortfolioAccount:
    found = replace(deal("tender", owner.owner, 250), tender_days=200, contacts=("dm", "eb", "tb", "ch"))
    return more_activities(
        more_deals(fields(account, tender_on=210), found),
        done(MEETING, -20, owner.owner, "dm", purpose=Purpose.TENDER_PREPARATION),
        planned(TASK, 9, owner.owner, deal="tender"),
    )


def _proposing(account: PortfolioAccount, owner: Team) -> PortfolioAccount:
    offer = replace(
        deal("offer", owner.owner),
        stage=OpportunityStage.PROPOSAL,
        proposal_sent_days=-12,
        proposal_expires_days=40,
        contacts=("dm", "eb"),
        team=(owner.expert,),
    )
    quoted = replace(
        deal("quoted", owner.owner), stage=OpportunityStage.PROPOSAL, contacts=("dm",), team=(owner.expert,)
    )
    account = more_activities(
        more_deals(account, offer, quoted),
        *(done(MEETING, -11, owner.owner, "dm", deal=slug) for slug in ("offer", "quoted")),
        *(planned(MEETING, 14, owner.owner, "dm", deal=slug) for slug in ("offer", "quoted")),
    )
    return replace(
        account, quotes=(PortfolioQuote(slug="q", name="Quote", deal="quoted", sent_days=-12, expires_days=40),)
    )


def _handed_over(account: PortfolioAccount, owner: Team) -> PortfolioAccount:
    account = more_deals(account, closed("first", SILENT, -60, type_=OpportunityType.NEW_BUSINESS))
    account = more_activities(account, done(MEETING, -58, owner.owner, "dm", purpose=Purpose.HANDOVER))
    return fields(replace(account, owners_before=((SILENT, -70),)), handover_on=-50)


def _judging(account: PortfolioAccount, owner: Team) -> PortfolioAccount:
    """The technical people judge an offer; the executive is the sponsor, and another was new and greeted."""
    account = with_deal(account, "next", lambda each: replace(each, stage=OpportunityStage.TECHNICAL))
    account = contact(account, "ex", lambda each: replace(each, buying_roles=(BuyingRole.EXECUTIVE_SPONSOR,)))
    new = person(account.slug, "nx", "Finance director", ContactLevel.EXECUTIVE, owner=owner.owner, created=-45)
    account = more_activities(more_contacts(account, new), done(MEETING, -38, owner.lead, "nx"))
    return fields(account, trigger_on=-40, trigger="Second plant announced")


def _contested(account: PortfolioAccount, owner: Team) -> PortfolioAccount:
    """A rival is there and is planned for, a blocker is cared for, a complaint is young."""
    account = with_deal(account, "next", lambda each: replace(each, competitor="Rivalis"))
    account = more_deals(account, replace(closed("lost", owner.owner, -70, won=False), competitor="Rivalis"))
    blocker = person(
        account.slug,
        "bl",
        "Head of legal",
        ContactLevel.MANAGER,
        BuyingRole.BLOCKER,
        owner=owner.owner,
        stance=Stance.BLOCKER,
    )
    account = more_activities(more_contacts(account, blocker), done(MEETING, -25, owner.lead, "bl"))
    case = PortfolioCase(slug="k", name="Late part", opened_days=-1, owner=owner.owner, is_high_priority=True)
    return fields(replace(account, cases=(case,)), competitor="Rivalis", recovery_target="B-")


HEALTHY: Final = labelled(
    "healthy",
    (
        gap("renewing", "Reykhólar Þörungar", "", _renewing, tier="A"),
        gap("tendering", "Øst-Vågan Kraft", "", _tendering, tier="A"),
        gap("proposing", "Corvo Lacticínios", "", _proposing),
        gap("handed-over", "Şavşat Bal", "", _handed_over),
        gap("new-key-account", "Taganrog Якорь", "", lambda a, t: fields(a, key_since=-60)),
        gap("judging", "Mutare Tea Estates", "", _judging),
        gap("branch", "Mutare Tea Blending", "", lambda a, t: replace(a, parent="judging")),
        gap("contested", "Bouzigues Huîtres", "", _contested),
    ),
    *others(30, 50_000.0, 22),
    scored("scored-low", "Knokke Kruiden", UNMET),
    scored("scored-in-part", "Poprad Pleť", HALF_SCORED),
)
"""Exactly 20 % of all accounts are key accounts; nothing at all is to be found."""
