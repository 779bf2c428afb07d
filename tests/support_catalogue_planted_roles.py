"""Accounts with gaps in the six roles, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount
from kam_sync.records import (
    OpportunityStage,
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
    LEFT,
    MEETING,
    SILENT,
    TASK,
    Team,
    done,
    planned,
    usual_activities,
)


def _held(account: PortfolioAccount, role: Role, *holders: str) -> PortfolioAccount:
    """Return an account with other holders of a role; without any, nobody holds it."""
    roles = {each: slugs for each, slugs in account.roles.items() if each is not role}
    return replace(account, roles={**roles, role: holders} if holders else roles)


def _paired(account: PortfolioAccount, won: float) -> PortfolioAccount:
    """Return an account whose owner is also its relationship lead, and which grew to so much from 100 000."""
    account = _held(account, Role.RELATIONSHIP_LEAD, account.owner)
    return with_deal(account, "won", lambda each: replace(each, amount=won))


def _lost_to_a_rival(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    return more_deals(account, replace(closed("lost", team.owner, -60, won=False), competitor="Rivalis"))


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


def _technical(account: PortfolioAccount, type_: OpportunityType = OpportunityType.EXPANSION) -> PortfolioAccount:
    return with_deal(account, "next", lambda each: replace(each, stage=OpportunityStage.TECHNICAL, type=type_))


def _parts(account: PortfolioAccount, *parts: PlanPart) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, parts=frozenset(parts)))


def _reviewed(account: PortfolioAccount, last: int | None, following: int | None) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, last_review_days=last, next_review_days=following))


ROLES: Final = (
    gap("no-innovator", "Kavrakoğlu Boya A.Ş.", "KAM101", lambda a, t: _held(a, Role.INNOVATOR)),
    gap(
        "two-roles-missing",
        "Ndovu Cement Works Ltd",
        "KAM101 KAM101",
        lambda a, t: _held(_held(a, Role.INNOVATOR), Role.COLLABORATOR),
        tier="A",
    ),
    gap(
        "collaborator-left",
        "Žalgirio Medus UAB",
        "KAM102",
        lambda a, t: _held(a, Role.COLLABORATOR, LEFT),
        silenced="KAM101",
    ),
    gap(
        "one-of-two-left",
        "Mestre Açúcar do Norte",
        "KAM102",
        lambda a, t: _held(a, Role.COLLABORATOR, t.planner, LEFT),
    ),
    gap(
        "innovator-silent",
        "Hütte & Söhne Feinguss",
        "KAM103",
        lambda a, t: _held(a, Role.INNOVATOR, t.lead, SILENT),
    ),
    gap(
        "innovator-quiet-91-days",
        "Pähkinäpuu Oy",
        "KAM103",
        lambda a, t: more_activities(_held(a, Role.INNOVATOR, t.lead, SILENT), done(TASK, -91, SILENT)),
    ),
    gap(
        "innovator-active-90-days-ago",
        "Tūī Ridge Orchards",
        "",
        lambda a, t: more_activities(_held(a, Role.INNOVATOR, t.lead, SILENT), done(TASK, -90, SILENT)),
    ),
    gap(
        "innovator-named-lately",
        "Sæbakken Mekaniske",
        "",
        lambda a, t: replace(_held(a, Role.INNOVATOR, t.lead, SILENT), role_since_days=-60),
    ),
    gap(
        "forced-pair",
        "Cascade Verrerie SARL",
        "KAM311",
        lambda a, t: _paired(a, 109_000.0),
        silenced="KAM105",
        severity={"KAM311": Severity.HIGH},
    ),
    gap("pair-on-pace", "Ostrava Válcovny s.r.o.", "", lambda a, t: _paired(a, 110_000.0)),
    gap(
        "driver-sells-renewals-only",
        "Baobab Textiles PLC",
        "KAM310",
        lambda a, t: with_deal(
            fields(a, growth_target=None), "next", lambda each: replace(each, type=OpportunityType.RENEWAL)
        ),
        silenced="KAM106",
    ),
    # Nobody hears of a finding as low as KAM511, so it cannot silence the worse one.
    gap(
        "lead-meets-nobody-new",
        "Grønnkjær Emballage ApS",
        "KAM511 KAM106",
        lambda a, t: _lost_to_a_rival(contact(a, "tb", lambda each: replace(each, created_days=-400)), t),
    ),
    gap(
        "lead-knows-two",
        "Oristano Pecorino",
        "KAM502",
        lambda a, t: replace(
            _lost_to_a_rival(a, t),
            activities=(
                done(MEETING, -6, t.owner, "dm", attendees=(t.lead,)),
                done(TASK, -9, t.lead, "eb", "ch", "ex"),
                *usual_activities(t, meeting=None, call=None),
            ),
        ),
        silenced="KAM106",
    ),
    gap(
        "innovator-without-executive",
        "Łódzka Przędza Sp. k.",
        "KAM508",
        lambda a, t: replace(
            with_deal(a, "next", lambda each: replace(each, products=("Pumps",))),
            activities=(
                done(MEETING, -6, t.owner, "dm", "eb", attendees=(t.lead,)),
                done(MEETING, -130, t.owner, "ex"),
                *usual_activities(t, meeting=None),
            ),
        ),
        silenced="KAM106 KAM509",
        severity={"KAM508": Severity.MEDIUM},
    ),
    gap("one-man-show", "Kealoha Marine Supply", "KAM501 KAM207", alone, silenced="KAM106"),
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
        lambda a, t: replace(
            _technical(contact(a, "ch", lambda each: replace(each, created_days=-150))),
            activities=(
                done(CALL, -9, t.lead, "ch"),
                done(MEETING, -95, t.owner, "tb"),
                *usual_activities(t, call=None, work=None, visit=None),
                done(TASK, -45, t.expert),
            ),
        ),
        severity={"KAM106": Severity.MEDIUM},
    ),
    gap(
        "planner-lets-slip",
        "Cổ Loa Gạch Ngói",
        "KAM202 KAM205",
        lambda a, t: _reviewed(_parts(a, PlanPart.CURRENT_STATE), -100, -10),
        silenced="KAM106",
    ),
    gap(
        "no-expert-for-the-deal",
        "Vâlcea Sticlărie S.A.",
        "KAM101",
        lambda a, t: _held(a, Role.TECHNICAL_EXPERT),
        silenced="KAM107",
    ),
    gap(
        "expert-gone-quiet",
        "Mwangaza Solar Ltd",
        "KAM107",
        lambda a, t: replace(_technical(a), activities=usual_activities(t, work=-91)),
        silenced="KAM103",
        severity={"KAM107": Severity.HIGH},
    ),
    gap(
        "expert-90-days-ago",
        "Quillagua Minerales SpA",
        "",
        lambda a, t: replace(a, activities=usual_activities(t, work=-90)),
    ),
    gap(
        "expert-quiet-renewal-only",
        "Szalóki Gépgyár Kft.",
        "KAM103",
        lambda a, t: replace(
            with_deal(a, "next", lambda each: replace(each, type=OpportunityType.RENEWAL)),
            activities=usual_activities(t, work=-91),
        ),
    ),
)
"""Rules KAM101 to KAM107 but KAM104, which judges the portfolio, and their inhibition."""
