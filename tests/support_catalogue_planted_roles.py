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
    Role,
)
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    more_activities,
    with_deal,
)
from support_catalogue_labels import gap
from support_catalogue_people import (
    LEFT,
    SILENT,
    TASK,
    done,
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


def technical(account: PortfolioAccount, type_: OpportunityType = OpportunityType.EXPANSION) -> PortfolioAccount:
    return with_deal(account, "next", lambda each: replace(each, stage=OpportunityStage.TECHNICAL, type=type_))


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
        lambda a, t: replace(technical(a), activities=usual_activities(t, work=-91)),
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
"""Rules KAM101 to KAM107 but KAM104, which judges the portfolio, and KAM106."""
