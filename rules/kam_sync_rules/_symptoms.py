"""What shows at an account when a role is not played, whoever holds it: proxies, evidence and never proof.

Each sign is a function that answers with evidence when it shows, None when it does not, and the canonical name (a
string) without which it cannot be told. A sign about a window does not show on an account younger than the window.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.figures.plan_completeness import plan_completeness
from kam_sync.figures.plan_review import plan_in_force
from kam_sync.figures.whitespace import attempts
from kam_sync.records import (
    AccountSnapshot,
    BuyingRole,
    Contact,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    RecordKind,
    Role,
)
from kam_sync.rules_api import Evidence, RuleContext, RuleParams, Unknown
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._activities import happened, happened_on, is_next_step, peoples_activities
from kam_sync_rules._contacts import EXECUTIVE_TITLES, contacts_there, has_role, last_touches
from kam_sync_rules._holders import holders_of
from kam_sync_rules._pace import PACE_NAMES, target_of_this_year, target_pace
from kam_sync_rules._plan_facts import PART_NAMES, REVIEW_NAMES, known_parts, plan_named, review_due
from kam_sync_rules._relations import Words, executive_reach, first_unknown, names_of, too_few_spoken_with
from kam_sync_rules._team_meetings import team_meetings
from kam_sync_rules._text import joined, person, quoted

Sign = Evidence | str | None


class SymptomDespiteRoleParams(RuleParams):
    """Parameters of `symptom-despite-role`; those that another rule has too are best kept equal to its own."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    symptoms: Annotated[int, Field(ge=1, le=4)] = 2
    """So many signs must show at once that a role is not played."""

    points: Annotated[float, Field(ge=0, le=1000)] = 5
    """Results driver: by so many percentage points growth may lie below the target."""

    first_month: Annotated[int, Field(ge=1, le=12)] = 4
    """Results driver: from this month of the fiscal year on growth is judged."""

    contacts: Annotated[int, Field(ge=1, le=100)] = 3
    """Relationship lead: at least so many contacts must have met or talked with us within `active_days`."""

    active_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """The days within which contacts, our people, the team meeting and technical buyers count."""

    new_contact_days: Annotated[int, Field(ge=1, le=3650)] = 180
    """Relationship lead: within so many days a contact must have been created."""

    lost_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Relationship lead: within so many days no deal may be lost to a rival."""

    executive_days: Annotated[int, Field(ge=1, le=3650)] = 120
    """Innovator: within so many days an executive must have been in touch with us."""

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """Innovator: so many days a new key account may be without a known executive."""

    executive_titles: Annotated[Words, Field(max_length=500)] = EXECUTIVE_TITLES
    """Innovator: words of a title by which a contact without a level is an executive."""

    product_months: Annotated[int, Field(ge=1, le=120)] = 12
    """Innovator: within so many months a product not won before must have been offered."""

    people: Annotated[int, Field(ge=1, le=100)] = 2
    """Collaborator: at least so many of our people must have been active within `active_days`."""

    expert_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Technical expert: within so many days one must have been active while a deal is in a technical stage."""

    least_percent: Annotated[int, Field(ge=0, le=100)] = 50
    """Project manager: a plan must be so complete."""

    review_days: Annotated[int, Field(ge=1, le=3650)] = 180
    """Project manager: so many days after one review of the plan the next is due, where no date is set."""

    top_tier_review_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """The same for accounts of a top tier."""

    step_grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """Project manager: for so many days after its due date an open task still counts as a step."""


Reader = Callable[[AccountSnapshot, RuleContext, SymptomDespiteRoleParams], Sign]


def _latest(deals: Sequence[Opportunity]) -> Opportunity | None:
    return max(deals, key=lambda deal: (deal.close_on or dt.date.min, deal.id), default=None)


def _no_growth_deal(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "opportunities", "opportunity.type")
    if unknown is not None:
        return unknown
    growing = {OpportunityType.NEW_BUSINESS, OpportunityType.EXPANSION}
    shows = not any(deal.is_open and deal.type in growing for deal in snapshot.opportunities)
    return Evidence(text="No deal for new business or expansion is open") if shows else None


def _no_target(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    if not snapshot.knows("account.growth_target"):
        return "account.growth_target"
    has_target = target_of_this_year(snapshot, context) is not None
    year = context.calendar.fiscal_year(context.today)
    return None if has_target else Evidence(text=f"There is no growth target for the fiscal year {year}")


def _behind_pace(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, *PACE_NAMES)
    if unknown is not None:
        return unknown
    stand = target_pace(snapshot, context, params.first_month)
    return Evidence(text=stand.text) if stand is not None and stand.is_behind(params.points) else None


def _few_contacts(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "contacts", "activities", "activity.contact_ids")
    if unknown is not None:
        return unknown
    few = too_few_spoken_with(snapshot, context, days=params.active_days, least=params.contacts)
    if few is None:
        return None
    names = names_of(sorted(few, key=lambda contact: contact.id))
    return Evidence(text=f"Few contacts meet or talk with us; lately: {names or 'none'}")


def _no_new_contact(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "contacts", "contact.created_on")
    if unknown is not None or is_younger(snapshot, context.today, params.new_contact_days):
        return unknown
    newest = max((c.created_on for c in contacts_there(snapshot) if c.created_on is not None), default=None)
    if newest is not None and newest >= context.days_ago(params.new_contact_days):
        return None
    return Evidence(text=f"The newest contact was created on {newest}" if newest else "No contact is known")


def _lost_to_rival(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "opportunities", "opportunity.competitor")
    if unknown is not None:
        return unknown
    limit = context.days_ago(params.lost_days)
    lost = [
        deal
        for deal in snapshot.opportunities
        if not (deal.is_open or deal.is_won) and (deal.competitor or "").strip() and deal.close_on is not None
    ]
    last = _latest([deal for deal in lost if deal.close_on is not None and limit <= deal.close_on <= context.today])
    if last is None:
        return None
    text = f"{quoted(last.name)} was lost on {last.close_on} against {quoted(last.competitor or '')}"
    return Evidence(text=text, record=(RecordKind.OPPORTUNITY, last.id))


def _executives_out_of_touch(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "contacts", "contact.title")
    if unknown is not None:
        return unknown
    reach = executive_reach(
        snapshot,
        context,
        days=params.executive_days,
        grace_days=params.grace_days,
        titles=params.executive_titles,
    )
    if reach.unknown is not None or not reach.gap:
        return reach.unknown
    names = names_of(sorted(reach.executives, key=lambda contact: contact.id))
    return Evidence(text=f"No executive is in touch with us; known: {names or 'none'}")


def _nothing_new_offered(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "opportunities", "opportunity.products", "opportunity.created_on")
    since = context.months_ago(params.product_months)
    if unknown is not None or is_younger(snapshot, context.today, (context.today - since).days):
        return unknown
    offered = attempts(snapshot.opportunities, since)
    shows = not any(deal.created_on is not None and deal.created_on >= since for deal in offered)
    return Evidence(text="No product was offered lately that the customer had not bought before") if shows else None


def _few_of_us(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    if not snapshot.knows("activities"):
        return "activities"
    if is_younger(snapshot, context.today, params.active_days):
        return None
    knows_attendees = snapshot.knows("activity.attendee_ids")
    ids: set[str] = set()
    for activity in happened(snapshot, context.today, context.days_ago(params.active_days)):
        ids |= {activity.owner_id or "", *(activity.attendee_ids if knows_attendees else ())}
    active = [user for id_, user in sorted(snapshot.users.items()) if id_ in ids and user.active]
    if len(active) >= params.people:
        return None
    if not knows_attendees:
        return "activity.attendee_ids"
    names = joined([person(user.name, user.id) for user in active])
    return Evidence(text=f"Few of our people are active here: {names or 'nobody'}")


def _no_team_meeting(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "activities", "activity.purposes.team_meeting")
    if unknown is not None or is_younger(snapshot, context.today, params.active_days):
        return unknown
    held = team_meetings(snapshot, context.today)
    last = happened_on(held[-1], context.today) if held else None
    if last is not None and last >= context.days_ago(params.active_days):
        return None
    return Evidence(
        text=f"The account team last met on {last}" if last else "No meeting of the account team is recorded"
    )


def _stage_without_expert(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    unknown = first_unknown(snapshot, "opportunities", "activities", "opportunity.stages.technical")
    if unknown is not None or is_younger(snapshot, context.today, params.expert_days):
        return unknown
    deals = [d for d in snapshot.opportunities if d.is_open and OpportunityStage.TECHNICAL in d.stages]
    experts = {holder.user_id for holder in holders_of(snapshot, Role.TECHNICAL_EXPERT) if holder.may_hold}
    active = {a.owner_id for a in happened(snapshot, context.today, context.days_ago(params.expert_days))}
    if not deals or not experts.isdisjoint(active):
        return None
    deal = min(deals, key=lambda deal: (deal.close_on or dt.date.max, deal.id))
    text = f"{quoted(deal.name)} is in a technical stage without a recent step of the technical expert"
    return Evidence(text=text, record=(RecordKind.OPPORTUNITY, deal.id))


def _untouched_technical_buyer(
    snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams
) -> Sign:
    unknown = first_unknown(
        snapshot, "contacts", "contact.buying_roles.technical_buyer", "activities", "activity.contact_ids"
    )
    if unknown is not None or is_younger(snapshot, context.today, params.active_days):
        return unknown
    touches = last_touches(snapshot, context.today)

    def last_known(contact: Contact) -> dt.date:
        recorded = contact.created_on if snapshot.knows("contact.created_on") else None
        return touches.get(contact.id) or recorded or dt.date.min

    buyers = [c for c in contacts_there(snapshot) if has_role(c, frozenset({BuyingRole.TECHNICAL_BUYER}))]
    quiet = [c for c in buyers if last_known(c) < context.days_ago(params.active_days)]
    if not quiet:
        return None
    contact = min(quiet, key=lambda contact: (last_known(contact), contact.id))
    date = touches.get(contact.id)
    last = f"was last in touch with us on {date}" if date else "was never in touch with us"
    return Evidence(text=f"The technical buyer {quoted(contact.name)} {last}", record=(RecordKind.CONTACT, contact.id))


def _no_plan(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    if not snapshot.knows("plans"):
        return "plans"
    return None if any(plan.active for plan in snapshot.plans) else Evidence(text="The account has no active plan")


def _half_empty_plan(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    plan = plan_in_force(snapshot.plans, context.today) if snapshot.knows("plans") else None
    if plan is None:
        return None if snapshot.knows("plans") else "plans"
    parts = known_parts(plan, snapshot)
    if len(parts) < 2:
        return next((name for name in PART_NAMES if not snapshot.knows(name)), PART_NAMES[0])
    complete = plan_completeness(parts)
    if complete.filled * 100 >= params.least_percent * complete.known:
        return None
    empty = joined([part.label for part in complete.missing])
    return Evidence(text=f"The plan is {complete.percent} % complete; empty: {empty}", record=_link(plan.id))


def _link(plan_id: str) -> tuple[RecordKind, str]:
    return (RecordKind.PLAN, plan_id)


def _no_step(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    if not snapshot.knows("activities"):
        return "activities"
    steps = (is_next_step(a, snapshot, context.today, params.step_grace_days) for a in peoples_activities(snapshot))
    return None if any(steps) else Evidence(text="Nothing is planned: there is no open, dated and owned step")


def _late_review(snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams) -> Sign:
    plan = plan_in_force(snapshot.plans, context.today) if snapshot.knows("plans") else None
    if plan is None:
        return None if snapshot.knows("plans") else "plans"
    due = review_due(
        plan, snapshot, params.top_tier_review_days if context.is_top_tier(snapshot) else params.review_days
    )
    if isinstance(due, Unknown):
        return due.name
    if due is None:
        return Evidence(text="The plan has no review date", record=plan_named(plan).record)
    return None if due[0] >= context.today else Evidence(text=f"The plan was due for review on {due[0]}")


SIGNS: Final[Mapping[Role, tuple[Reader, ...]]] = {
    Role.RESULTS_DRIVER: (_behind_pace, _no_target, _no_growth_deal),
    Role.RELATIONSHIP_LEAD: (_few_contacts, _no_new_contact, _lost_to_rival),
    Role.INNOVATOR: (_executives_out_of_touch, _nothing_new_offered),
    Role.COLLABORATOR: (_few_of_us, _no_team_meeting),
    Role.TECHNICAL_EXPERT: (_stage_without_expert, _untouched_technical_buyer),
    Role.PROJECT_MANAGER: (_no_plan, _half_empty_plan, _no_step, _late_review),
}
"""The signs of each role (catalogue, section 1), most telling first."""

SIGN_NAMES: Final = (
    *PACE_NAMES,
    "account.growth_target_year",
    "account.created_on",
    "account.key_since",
    "account.tier",
    "opportunity.type",
    "opportunity.competitor",
    "opportunity.products",
    "opportunity.created_on",
    "opportunity.stages",
    "opportunity.stages.technical",
    "contacts",
    "contact.created_on",
    "contact.title",
    "contact.level",
    "contact.left",
    "contact.buying_roles",
    "contact.buying_roles.technical_buyer",
    "activities",
    "activity.contact_ids",
    "activity.attendee_ids",
    "activity.purposes",
    "activity.purposes.team_meeting",
    "plans",
    "plan.end_on",
    *REVIEW_NAMES,
    *PART_NAMES,
)
"""Everything that a sign reads where it is known."""
