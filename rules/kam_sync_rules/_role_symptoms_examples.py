"""Examples of the rule in `role_symptoms`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kam_sync.records import (
    AccountSnapshot,
    BuyingRole,
    ContactLevel,
    Opportunity,
    OpportunityType,
    PlanPart,
    Purpose,
    Role,
    RoleAssignment,
)
from kam_sync.rules_api import Example
from kam_sync_rules._account_builders import (
    for_purpose,
    not_known,
    somebody,
    technical,
    touching,
    with_fields,
    without,
    won_deal,
)
from kam_sync_rules._examples import ago, call, company, deal, holds, meeting, now, on, plan, task

NOBODY_ACTIVE = ("collaborator", "innovator", "project_manager", "relationship_lead", "results_driver")
LEAP = dt.date(2024, 2, 29)


def _held(role: Role, user: str | None = "ayse", **more: str) -> tuple[RoleAssignment, ...]:
    return (holds(role, user, since=dt.date(2023, 6, 1), **more),)


def _selling(*deals: Opportunity, target: float | None = 15) -> AccountSnapshot:
    """Return an account with a results driver, who is judged by deals and the target."""
    return with_fields(company(roles=_held(Role.RESULTS_DRIVER), opportunities=deals), growth_target=target)


def _known(*, new_days: int = 10, spoken: int = 3) -> AccountSnapshot:
    """Return an account with a relationship lead, three contacts, and calls with so many of them."""
    people = [somebody(f"K{number}", created_on=ago(new_days + number)) for number in range(3)]
    calls = [touching(call(ago(20 + number)), person.id) for number, person in enumerate(people[:spoken])]
    return replace(
        company(roles=_held(Role.RELATIONSHIP_LEAD), activities=calls),
        known_contacts=tuple(people),
    )


def _lost(date: dt.date, rival: str | None = "Sable & Orme") -> Opportunity:
    return replace(deal("L1", close_on=date, is_open=False), competitor=rival)


def _offered(*deals: Opportunity, touched: dt.date | None = None) -> AccountSnapshot:
    """Return an account with an innovator, an executive who was perhaps met, and deals about products."""
    met = [touching(meeting(touched), "E1")] if touched else []
    executive = somebody("E1", level=ContactLevel.EXECUTIVE, title="Chief Engineer")
    return replace(
        company(roles=_held(Role.INNOVATOR), activities=met, opportunities=deals), known_contacts=(executive,)
    )


def _about(slug: str, created_on: dt.date, *products: str, won_on: dt.date | None = None) -> Opportunity:
    made = won_deal(slug, won_on) if won_on else deal(slug)
    return replace(made, created_on=created_on, products=products)


def _teamed(*, second: str | None = "bao", met: dt.date | None = None) -> AccountSnapshot:
    """Return an account with a collaborator, calls of one or two of us, and perhaps a meeting of the team."""
    calls = [call(ago(5)), *([call(ago(6), second)] if second else [])]
    meetings = [for_purpose(meeting(met), Purpose.TEAM_MEETING, "chidi")] if met else []
    return company(roles=_held(Role.COLLABORATOR), activities=[*calls, *meetings])


def _engineered(*, expert: dt.date, buyer: dt.date) -> AccountSnapshot:
    """Return an account with a technical expert and a technical deal; last call of the expert, and to the buyer."""
    return replace(
        company(
            roles=_held(Role.TECHNICAL_EXPERT, "bao"),
            opportunities=[technical()],
            activities=[call(expert, "bao"), touching(call(buyer), "K1")],
        ),
        known_contacts=(somebody("K1", BuyingRole.TECHNICAL_BUYER),),
    )


def _managed(*empty: PlanPart, step: bool = True, review: dt.date | None = None) -> AccountSnapshot:
    """Return an account with a project manager, a plan, and perhaps a step that is due."""
    return company(
        roles=_held(Role.PROJECT_MANAGER),
        plans=[plan(*empty, next_review_on=review or ago(-30))],
        activities=[task(ago(-3))] if step else [],
    )


def symptom_despite_role() -> Sequence[Example]:
    """Return the examples of KAM106."""
    return (
        Example(
            title="one person in five roles and nothing else at all",
            snapshot=company(roles=[*(held for role in NOBODY_ACTIVE for held in _held(Role(role)))]),
            context=now(),
            expected=NOBODY_ACTIVE,
        ),
        *_of_results_driver(),
        *_of_relationship_lead(),
        *_of_innovator(),
        *_of_collaborator(),
        *_of_technical_expert(),
        *_of_project_manager(),
        Example(title="nobody holds a role", snapshot=company(), context=now()),
        Example(
            title="the holder left, or is outside the CRM",
            snapshot=company(
                roles=[*_held(Role.COLLABORATOR, "gone"), *_held(Role.INNOVATOR, None, name="Đặng Văn Ý")]
            ),
            context=now(),
        ),
        Example(
            title="the holder is not among the users",
            snapshot=company(roles=_held(Role.PROJECT_MANAGER, "stranger")),
            context=now(),
            unknown=True,
        ),
        *(
            Example(
                title=f"who is {role.label} is not known",
                snapshot=company(unknown=[f"roles.{role}"]),
                context=now(),
                unknown=True,
            )
            for role in (Role.PROJECT_MANAGER,)
        ),
        *not_known(("roles",), _managed(step=False, review=ago(1))),
    )


def _of_results_driver() -> Sequence[Example]:
    won = (won_deal("W1", dt.date(2024, 3, 1), 1000), won_deal("W2", dt.date(2025, 3, 1), 1099))
    growing = replace(deal("D1"), type=OpportunityType.EXPANSION)
    driver = ("results_driver",)
    idle = _selling(target=None)
    return (
        Example(
            title="behind its pace, and nothing new is open", snapshot=_selling(*won), context=now(), expected=driver
        ),
        Example(
            title="behind the pace of the policy",
            snapshot=_selling(won[0], replace(won[1], amount=1149)),
            context=on(2025, 3, 31),
            params={"points": 0, "first_month": 3},
            expected=driver,
        ),
        Example(
            title="only a renewal is open, and the target is for another year",
            snapshot=with_fields(_selling(replace(growing, type=OpportunityType.RENEWAL)), growth_target_year=2024),
            context=now(),
            expected=driver,
        ),
        Example(
            title="one sign is enough by the policy",
            snapshot=_selling(*won, growing),
            context=now(),
            params={"symptoms": 1},
            expected=driver,
        ),
        Example(title="behind its pace, and a new deal is open", snapshot=_selling(*won, growing), context=now()),
        Example(title="nothing new is open, and growth is on its pace", snapshot=_selling(), context=now()),
        *not_known(("account.growth_target", "opportunity.type"), idle),
        *not_known(("opportunity.amount",), _selling(*won)),
        Example(
            title="deals are not known",
            snapshot=without(idle, "opportunities", "opportunity.type", "opportunity.amount"),
            context=now(),
            unknown=True,
        ),
    )


def _of_relationship_lead() -> Sequence[Example]:
    lead = ("relationship_lead",)
    quiet = _known(new_days=181, spoken=2)
    return (
        Example(title="two contacts talk with us, and nobody is new", snapshot=quiet, context=now(), expected=lead),
        Example(
            title="nobody is new, and a deal was lost to a rival a year before",
            snapshot=replace(_known(new_days=181), known_opportunities=(_lost(ago(365)),)),
            context=now(),
            expected=lead,
        ),
        Example(
            title="shorter spans and more contacts by the policy",
            snapshot=replace(_known(), known_opportunities=(_lost(ago(31)),)),
            context=now(),
            params={"contacts": 4, "new_contact_days": 9, "lost_days": 30},
            expected=lead,
        ),
        Example(title="nobody is new since 180 days, and three talk", snapshot=_known(new_days=180), context=now()),
        Example(
            title="nobody is new; lost without a rival, and to one longer than a year before",
            snapshot=replace(
                _known(new_days=181),
                known_opportunities=(_lost(ago(3), " "), replace(_lost(ago(366)), id="L2")),
            ),
            context=now(),
        ),
        Example(
            title="a key account of three weeks",
            snapshot=with_fields(quiet, key_since=ago(21)),
            context=now(),
        ),
        *not_known(("contacts", "contact.created_on", "activity.contact_ids"), quiet),
        *not_known(("opportunity.competitor",), replace(_known(new_days=181), known_opportunities=(_lost(ago(365)),))),
    )


def _of_innovator() -> Sequence[Example]:
    innovator = ("innovator",)
    pump_won = _about("W1", ago(900), "pumps", won_on=ago(800))
    again = _about("D1", ago(60), "pumps")
    new = _about("D2", dt.date(2024, 6, 16), "filters")
    stale = _offered(pump_won, again, touched=ago(121))
    return (
        Example(title="only pumps again, and no executive met", snapshot=stale, context=now(), expected=innovator),
        Example(
            title="something new over a year before, over a leap day",
            snapshot=_offered(_about("D2", dt.date(2023, 2, 27), "filters")),
            context=on(2024, 2, 28),
            expected=innovator,
        ),
        Example(
            title="shorter spans by the policy",
            snapshot=_offered(pump_won, new, touched=ago(31)),
            context=now(),
            params={"executive_days": 30, "product_months": 11},
            expected=innovator,
        ),
        Example(
            title="other words of titles by the policy, and no grace",
            snapshot=replace(
                _offered(),
                known_contacts=(somebody("E1", title="Chief Engineer"),),
            ),
            context=now(),
            params={"executive_titles": ["prokuristin"], "grace_days": 0},
            expected=innovator,
        ),
        Example(title="the executive was met 120 days before", snapshot=_offered(touched=ago(120)), context=now()),
        Example(title="something new exactly a year before", snapshot=_offered(pump_won, new), context=now()),
        *not_known(("contact.title", "opportunity.products", "opportunity.created_on"), stale),
    )


def _of_collaborator() -> Sequence[Example]:
    collaborator = ("collaborator",)
    alone = _teamed(second=None)
    return (
        Example(title="one of us, and no meeting", snapshot=alone, context=now(), expected=collaborator),
        Example(
            title="three of us and a shorter span by the policy",
            snapshot=_teamed(met=ago(31)),
            context=now(),
            params={"people": 3, "active_days": 30},
            expected=collaborator,
        ),
        Example(title="one of us, and a meeting 90 days before", snapshot=_teamed(met=ago(90)), context=now()),
        Example(title="two of us, and no meeting", snapshot=_teamed(), context=now()),
        Example(
            title="an account 89 days old",
            snapshot=with_fields(alone, created_on=ago(89)),
            context=now(),
        ),
        *not_known(("activities", "activity.attendee_ids", "activity.purposes.team_meeting"), alone),
    )


def _of_technical_expert() -> Sequence[Example]:
    expert = ("technical_expert",)
    silent = _engineered(expert=ago(31), buyer=ago(91))
    return (
        Example(title="neither expert nor buyer was in touch", snapshot=silent, context=now(), expected=expert),
        Example(
            title="a fortnight by the policy",
            snapshot=_engineered(expert=ago(15), buyer=ago(15)),
            context=now(),
            params={"expert_days": 14, "active_days": 14},
            expected=expert,
        ),
        Example(
            title="the expert exactly 30 days before",
            snapshot=_engineered(expert=ago(30), buyer=ago(91)),
            context=now(),
        ),
        Example(
            title="the buyer exactly 90 days before", snapshot=_engineered(expert=ago(31), buyer=ago(90)), context=now()
        ),
        Example(
            title="the buyer is new",
            snapshot=replace(
                silent,
                known_contacts=(somebody("K1", BuyingRole.TECHNICAL_BUYER),),
                known_activities=(touching(call(ago(90), "ayse"), "K1"),),
            ),
            context=now(),
        ),
        *not_known(("opportunity.stages.technical", "contact.buying_roles.technical_buyer"), silent),
    )


def _of_project_manager() -> Sequence[Example]:
    manager = ("project_manager",)
    three = tuple(PlanPart)[:3]
    leap = replace(_managed(step=False), known_plans=(plan(last_review_on=LEAP),))
    return (
        Example(
            title="a plan that is a quarter full, and no step",
            snapshot=_managed(*three, step=False),
            context=now(),
            expected=manager,
        ),
        Example(
            title="no step, and a review that was due the day before",
            snapshot=_managed(step=False, review=ago(1)),
            context=now(),
            expected=manager,
        ),
        Example(
            title="181 days after a review on a leap day", snapshot=leap, context=on(2024, 8, 28), expected=manager
        ),
        Example(
            title="the plan has no date",
            snapshot=replace(_managed(step=False), known_plans=(plan(),)),
            context=now(),
            expected=manager,
        ),
        Example(
            title="the demands of the policy",
            snapshot=replace(
                _managed(three[0]),
                known_plans=(plan(three[0], last_review_on=ago(61)),),
                known_activities=(task(ago(1)),),
            ),
            context=now(),
            params={"least_percent": 80, "review_days": 60, "step_grace_days": 0},
            expected=manager,
        ),
        Example(
            title="a shorter cadence for the top tier by the policy",
            snapshot=with_fields(replace(_managed(step=False), known_plans=(plan(last_review_on=ago(31)),)), tier="A"),
            context=now(),
            params={"top_tier_review_days": 30},
            expected=manager,
        ),
        Example(
            title="a plan that is half full, and no step", snapshot=_managed(*three[:2], step=False), context=now()
        ),
        Example(title="180 days after a review on a leap day", snapshot=leap, context=on(2024, 8, 27)),
        Example(title="a good plan and a step", snapshot=_managed(), context=now()),
        *not_known(("plans",), _managed(*three, step=False)),
        Example(
            title="three parts of the plan are not mapped",
            snapshot=replace(
                _managed(step=False),
                known_plans=(plan(unmapped=three, next_review_on=ago(-30)),),
                unknown=frozenset(f"plan.parts.{part}" for part in three),
            ),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the last review is not mapped",
            snapshot=replace(
                _managed(step=False), known_plans=(plan(start_on=ago(400)),), unknown=frozenset({"plan.last_review_on"})
            ),
            context=now(),
            unknown=True,
        ),
    )
