"""Examples of the rules in `role_players`: cases that flag, that are clean, that are unknown, and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kam_sync.dates import BusinessCalendar
from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot, BuyingRole, Opportunity, OpportunityType, Role, RoleAssignment
from kam_sync.rules_api import Example
from kam_sync_rules._account_builders import not_known, somebody, technical, with_fields, without, won_deal
from kam_sync_rules._examples import ago, all_roles, call, company, deal, holds, meeting, now, on, task

EXPERT = Role.TECHNICAL_EXPERT


def _account(slug: str, roles: Iterable[RoleAssignment], *, tier: str | None = "A") -> AccountSnapshot:
    return with_fields(company(tier=tier, roles=roles), id=slug, name=f"Αφοί Ζαχαράκη {slug}")


def single_role_holder() -> Sequence[PortfolioExample]:
    """Return the examples of KAM104."""
    top, lower = _account("A1", all_roles()), _account("A2", all_roles(), tier="B")
    shared = [*all_roles(without=[EXPERT]), holds(EXPERT, "bao")]
    nobody_there = replace(now(), top_tiers=frozenset())
    return (
        PortfolioExample(
            title="two accounts, one of them of the top tier",
            accounts=(top, lower),
            context=now(),
            expected=(("A1", ""),),
        ),
        PortfolioExample(
            title="somebody else holds one of the roles too",
            accounts=(_account("A1", [*all_roles(), holds(EXPERT, "bao")]), lower),
            context=now(),
            expected=(("A1", ""),),
        ),
        PortfolioExample(
            title="the org has no top tier",
            accounts=(top, lower),
            context=nobody_there,
            expected=(("A1", ""), ("A2", "")),
        ),
        PortfolioExample(
            title="one account is enough by the policy",
            accounts=(top,),
            context=now(),
            params={"more_than": 0},
            expected=(("A1", ""),),
        ),
        PortfolioExample(
            title="of a third account a role is not known",
            accounts=(top, lower, without(_account("A3", all_roles()), "roles.innovator")),
            context=now(),
            expected=(("A1", ""),),
        ),
        PortfolioExample(title="one account only", accounts=(top,), context=now()),
        PortfolioExample(
            title="another expert at the one account", accounts=(_account("A1", shared), lower), context=now()
        ),
        PortfolioExample(
            title="two people hold all six",
            accounts=(_account("A1", [*all_roles(), *all_roles("bao")]), lower),
            context=now(),
        ),
        PortfolioExample(
            title="the one account has another holder of all six",
            accounts=(top, _account("A2", all_roles("bao"))),
            context=now(),
        ),
        PortfolioExample(
            title="somebody who left and somebody outside the CRM",
            accounts=(
                *(_account(slug, all_roles("gone")) for slug in ("A1", "A2")),
                *(_account(slug, [holds(role, None, name="Đặng Văn Ý") for role in Role]) for slug in ("A3", "A4")),
            ),
            context=now(),
        ),
        PortfolioExample(
            title="both accounts are of a lower tier",
            accounts=(lower, _account("A3", all_roles(), tier=None)),
            context=now(),
        ),
        *(
            PortfolioExample(
                title=f"{name} is not known",
                accounts=(without(top, name), without(lower, name)),
                unknown_names=frozenset({name}),
                context=now(),
                unknown=True,
            )
            for name in ("roles",)
        ),
    )


def _growing(before: float, since: float, *, target: float | None = 15, unknown: Iterable[str] = ()) -> AccountSnapshot:
    """Return an account of one person, with what was won in 2024 and in 2025 up to the middle of March."""
    deals = [won_deal("W1", dt.date(2024, 3, 1), before), won_deal("W2", dt.date(2025, 3, 1), since)]
    snapshot = company(roles=all_roles(), opportunities=deals, unknown=unknown)
    return with_fields(snapshot, growth_target=target)


def forced_role_pairing() -> Sequence[Example]:
    """Return the examples of KAM105."""
    behind = _growing(1000, 1040)
    driver = holds(Role.RESULTS_DRIVER, "bao")
    apart = replace(behind, known_roles=(*all_roles(without=[Role.RESULTS_DRIVER]), driver))
    july = replace(on(2025, 9, 30), calendar=BusinessCalendar(fiscal_year_start=7))
    leap = replace(
        behind,
        known_opportunities=(won_deal("W1", dt.date(2023, 2, 28), 100), won_deal("W2", dt.date(2023, 3, 1), 9000)),
    )
    return (
        Example(title="growth of 4 % against 15 %", snapshot=behind, context=now(), expected=("",)),
        Example(title="growth of just under 10 %", snapshot=_growing(1000, 1099), context=now(), expected=("",)),
        Example(
            title="on a leap day of a fiscal year from October on",
            snapshot=leap,
            context=replace(on(2024, 2, 29), calendar=BusinessCalendar(fiscal_year_start=10)),
            expected=("",),
        ),
        Example(
            title="the target is for this fiscal year",
            snapshot=with_fields(behind, growth_target_year=2025),
            context=now(),
            expected=("",),
        ),
        Example(
            title="which year the target is for is not known",
            snapshot=without(with_fields(behind, growth_target_year=2024), "account.growth_target_year"),
            context=now(),
            expected=("",),
        ),
        Example(
            title="nothing may be missing by the policy, from the first month on",
            snapshot=_growing(1000, 1149),
            context=on(2025, 3, 31),
            params={"points": 0, "first_month": 3},
            expected=("",),
        ),
        Example(title="growth of exactly 10 %", snapshot=_growing(1000, 1100), context=now()),
        Example(title="two people", snapshot=apart, context=now()),
        Example(
            title="somebody who left",
            snapshot=replace(behind, known_roles=all_roles("gone")),
            context=now(),
        ),
        Example(
            title="one who is not among the users",
            snapshot=replace(behind, known_roles=all_roles("stranger")),
            context=now(),
            unknown=True,
        ),
        Example(title="in the third month", snapshot=behind, context=on(2025, 3, 31), not_applicable=True),
        Example(title="in the third month of a year from July on", snapshot=behind, context=july, not_applicable=True),
        Example(title="no target", snapshot=_growing(1000, 10, target=None), context=now(), not_applicable=True),
        Example(
            title="the target is for another year",
            snapshot=with_fields(behind, growth_target_year=2024),
            context=now(),
            not_applicable=True,
        ),
        Example(title="nothing was won before", snapshot=_growing(0, 10), context=now(), not_applicable=True),
        *not_known(
            (
                "roles",
                "roles.results_driver",
                "roles.relationship_lead",
                "opportunities",
                "opportunity.amount",
                "account.growth_target",
            ),
            behind,
        ),
    )


def _needing(
    *deals: Opportunity, buyer: bool = False, roles: Iterable[RoleAssignment] = (), last: dt.date | None = None
) -> AccountSnapshot:
    """Return an account with deals, perhaps a technical buyer, and the last call of 阮宝林."""
    snapshot = company(roles=roles, opportunities=deals, activities=[call(last, "bao")] if last else ())
    contacts = (somebody("K1", BuyingRole.TECHNICAL_BUYER),) if buyer else ()
    return replace(snapshot, known_contacts=contacts)


def missing_technical_expert() -> Sequence[Example]:
    """Return the examples of KAM107."""
    flagged = ("opportunity:D1",)
    expert = holds(EXPERT, "bao")
    open_deal = replace(deal(), type=OpportunityType.NEW_BUSINESS)
    january = _needing(technical(), roles=[expert], last=dt.date(2025, 1, 10))
    stranger = holds(EXPERT, "stranger")
    return (
        Example(title="nobody is named", snapshot=_needing(technical()), context=now(), expected=flagged),
        Example(title="91 days after the last call", snapshot=january, context=on(2025, 4, 11), expected=flagged),
        Example(
            title="91 days after a leap day",
            snapshot=_needing(technical(), roles=[expert], last=dt.date(2024, 2, 29)),
            context=on(2024, 5, 30),
            expected=flagged,
        ),
        Example(
            title="a technical buyer makes every open deal one",
            snapshot=_needing(open_deal, technical("D2"), buyer=True),
            context=now(),
            expected=("opportunity:D1", "opportunity:D2"),
        ),
        Example(
            title="a technical buyer is enough where stages are not known",
            snapshot=without(_needing(open_deal, buyer=True), "opportunity.stages.technical"),
            context=now(),
            expected=flagged,
        ),
        Example(
            title="only somebody else is active, and the expert left",
            snapshot=_needing(technical(), roles=[holds(EXPERT, "gone")], last=ago(3)),
            context=now(),
            expected=flagged,
        ),
        Example(
            title="an open task of the expert is not done yet",
            snapshot=replace(_needing(technical(), roles=[expert]), known_activities=(task(ago(3), "bao"),)),
            context=now(),
            expected=flagged,
        ),
        Example(
            title="somebody who is not among the users and does nothing",
            snapshot=_needing(technical(), roles=[stranger]),
            context=now(),
            expected=flagged,
        ),
        Example(
            title="a month by the policy",
            snapshot=_needing(technical(), roles=[expert], last=ago(31)),
            context=now(),
            params={"days": 30},
            expected=flagged,
        ),
        Example(title="exactly 90 days after the last call", snapshot=january, context=on(2025, 4, 10)),
        Example(
            title="a renewal, a closed deal and one in another stage",
            snapshot=_needing(
                technical("D1", OpportunityType.RENEWAL), replace(technical("D2"), is_open=False), deal("D3")
            ),
            context=now(),
        ),
        Example(
            title="the technical buyer has left",
            snapshot=replace(
                _needing(open_deal), known_contacts=(somebody("K1", BuyingRole.TECHNICAL_BUYER, left=True),)
            ),
            context=now(),
        ),
        Example(
            title="the expert met the customer",
            snapshot=replace(_needing(technical(), roles=[expert]), known_activities=(meeting(ago(3), "bao"),)),
            context=now(),
        ),
        Example(
            title="an expert outside the CRM, whose activity cannot be seen",
            snapshot=_needing(technical(), roles=[holds(EXPERT, None, name="Ngozi Adébáyọ̀")]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="an active expert who is not among the users",
            snapshot=replace(_needing(technical(), roles=[stranger]), known_activities=(call(ago(3), "stranger"),)),
            context=now(),
            unknown=True,
        ),
        Example(
            title="neither stages nor contacts are known",
            snapshot=without(_needing(technical(), buyer=True), "opportunity.stages", "contacts"),
            context=now(),
            unknown=True,
        ),
        *not_known(("roles", "roles.technical_expert", "opportunities", "activities"), _needing(technical())),
        *not_known(("opportunity.stages", "opportunity.stages.technical", "opportunity.type"), _needing(technical())),
        *not_known(
            ("contacts", "contact.buying_roles", "contact.buying_roles.technical_buyer"),
            _needing(open_deal, buyer=True),
        ),
    )
