"""The records themselves: plain frozen data, validated where it enters.

A field that is None is empty in the CRM, or not pulled because no selected rule reads it. What is *unknown* is said by
the snapshot's `unknown` names, never by an empty value. Dates are in the org's time zone unless said otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from kam_sync.records.words import (
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    ContactLevel,
    Grade,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    RecordKind,
    Role,
    Stance,
    SwotPart,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Someone of ours: a Salesforce user or a HubSpot owner.

    `assignable` says that the CRM accepts this user as the owner of a task: active and a person.
    `email` serves to match people and never reaches a message.
    """

    id: str
    name: str
    email: str | None = None
    active: bool = True
    assignable: bool = True
    manager_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer company.

    Args:
        id: The CRM's id.
        name: Its name.
        owner_id: The user who owns it.
        parent_id: The account above it in its group.
        tier: The value of the org's tier field.
        revenue: The customer's own size, by which queued tasks are ordered; in the org's currency.
        created_on: When the CRM first had it.
        merged_ids: Ids of accounts that were merged into this one.
        in_scope: False for accounts that are pulled only to be inherited from.
        key_since: When it became a key account, where the org records that.
        growth_target: The target for growth in the fiscal year, in per cent.
        growth_target_year: The fiscal year the target is for, named by the year in which it ends.
        cost_to_serve: What serving it cost in the last 12 months, in the org's currency.
        cost_to_serve_year_before: The same for the 12 months before.
        cost_to_serve_two_years_before: The same for the 12 months before those.
        relationship_stage: The value of the org's field for it.
        competitor: A rival known to be active there.
        progress_report_on: When the last progress report went out.
        handover_on: When the last handover from one of our people to another was recorded.
        tender_on: The date of its next tender.
        reference_requested_on: When it was last asked for a reference.
        trigger_on: When something happened there that calls for us, such as an investment.
        trigger: What that was.
        recovery_target: The grade that a recovery plan aims at first.
        criteria: Each mapped selection criterion and its score; None where it was not scored; a ticked box counts 1.
        scored_on: When the criteria were last scored.
    """

    id: str
    name: str
    owner_id: str | None = None
    parent_id: str | None = None
    tier: str | None = None
    revenue: float | None = None
    created_on: dt.date | None = None
    merged_ids: tuple[str, ...] = ()
    in_scope: bool = True
    key_since: dt.date | None = None
    growth_target: float | None = None
    growth_target_year: int | None = None
    cost_to_serve: float | None = None
    cost_to_serve_year_before: float | None = None
    cost_to_serve_two_years_before: float | None = None
    relationship_stage: str | None = None
    competitor: str | None = None
    progress_report_on: dt.date | None = None
    handover_on: dt.date | None = None
    tender_on: dt.date | None = None
    reference_requested_on: dt.date | None = None
    trigger_on: dt.date | None = None
    trigger: str | None = None
    recovery_target: Grade | None = None
    criteria: Mapping[str, float | None] = field(default_factory=dict)
    scored_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person on the customer's side; only what rules need is pulled.

    `buying_roles` are united over the account and its opportunities. `stance_on` is when the stance was last set.
    `influence` and `decision_criteria` say only whether something is recorded. `left` says that the org marked the
    person as no longer at the company, `bounced` that mail to this person came back.
    """

    id: str
    account_ids: tuple[str, ...]
    name: str
    title: str | None = None
    owner_id: str | None = None
    created_on: dt.date | None = None
    department: str | None = None
    level: ContactLevel | None = None
    reports_to_id: str | None = None
    buying_roles: tuple[BuyingRole, ...] = ()
    stance: Stance | None = None
    stance_on: dt.date | None = None
    influence: bool = False
    decision_criteria: bool = False
    left: bool = False
    bounced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """One of our people holding one of the six roles on an account.

    `user_id` is None for a person outside the CRM, who is then known by `holder_name` only. `since` is a date
    in the org's time zone where the CRM tells it. `source` says where it was read, in the user's words.
    """

    id: str
    account_id: str
    role: Role
    user_id: str | None = None
    holder_name: str | None = None
    since: dt.date | None = None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """A sale in progress or past; `close_on` and other dates without zone, `amount` in the org's currency.

    Args:
        id: The CRM's id.
        account_ids: The accounts it hangs on.
        name: Its name.
        owner_id: The user who owns it.
        is_open: Whether it is neither won nor lost.
        is_won: Whether it was won.
        close_on: When it is expected to close, or closed.
        created_on: When it was made.
        next_step: The undated text on it.
        amount: What it is worth.
        probability: How likely it is to be won, from 0 to 1.
        type: New business, expansion or renewal, by the org's own types.
        stages: Which of the stages that rules speak of it is in.
        stage_since: Since when it has been in its stage.
        loss_reason: Why it was lost, in the org's own words.
        competitor: The rival in it.
        products: The product families it is about.
        success_criteria: Whether scope and success benchmarks are recorded; None where that is not mapped.
        tender_on: The date of the tender it is.
        proposal_sent_on: When the proposal was sent.
        proposal_expires_on: Until when the proposal is valid.
        delivered_on: When what was sold was delivered.
        team_ids: Our users who work on it, its owner included.
        contact_ids: The customer's people who take part in it.
    """

    id: str
    account_ids: tuple[str, ...]
    name: str
    owner_id: str | None = None
    is_open: bool
    is_won: bool = False
    close_on: dt.date | None = None
    created_on: dt.date | None = None
    next_step: str | None = None
    amount: float | None = None
    probability: float | None = None
    type: OpportunityType | None = None
    stages: tuple[OpportunityStage, ...] = ()
    stage_since: dt.date | None = None
    loss_reason: str | None = None
    competitor: str | None = None
    products: tuple[str, ...] = ()
    success_criteria: bool | None = None
    tender_on: dt.date | None = None
    proposal_sent_on: dt.date | None = None
    proposal_expires_on: dt.date | None = None
    delivered_on: dt.date | None = None
    team_ids: tuple[str, ...] = ()
    contact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A task, meeting or call.

    `on` is the due date of a task and the start date of a meeting or call, in the org's time zone. `contact_ids` are
    the customer's people who take part, `attendee_ids` our users beside the owner. `our_key` is the task key when
    kam-sync made it (any installation's key): such an activity counts for nothing. `id` is unique over all kinds of
    activity of an org.
    """

    id: str
    account_ids: tuple[str, ...]
    opportunity_ids: tuple[str, ...] = ()
    kind: ActivityKind
    status: ActivityStatus
    on: dt.date | None = None
    owner_id: str | None = None
    subject: str = ""
    contact_ids: tuple[str, ...] = ()
    attendee_ids: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    our_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """An account plan, native or in the org's own fields; all dates but `modified_on` are without zone.

    `parts` and `swot` have an entry for every *mapped* part and say whether it is filled. `swot_on` is when the SWOT
    was last gone over, `modified_on` when anybody last changed the plan.
    """

    id: str
    account_id: str
    name: str = ""
    active: bool = True
    owner_id: str | None = None
    start_on: dt.date | None = None
    end_on: dt.date | None = None
    last_review_on: dt.date | None = None
    next_review_on: dt.date | None = None
    modified_on: dt.date | None = None
    parts: Mapping[PlanPart, bool] = field(default_factory=dict)
    swot: Mapping[SwotPart, bool] = field(default_factory=dict)
    swot_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGoal:
    """A goal of an account plan; dates without zone.

    `has_metric` says whether a figure to reach is recorded, `progress_on` when the figure reached was last updated.
    """

    id: str
    account_id: str
    name: str
    is_open: bool = True
    owner_id: str | None = None
    start_on: dt.date | None = None
    due_on: dt.date | None = None
    has_metric: bool = False
    progress_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAction:
    """An action of an account plan; `goal_id` is the goal it serves, `due_on` a date without zone."""

    id: str
    account_id: str
    name: str
    goal_id: str | None = None
    is_open: bool = True
    owner_id: str | None = None
    due_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a customer thinks of us: `grade` is None when the answer holds none; `has_reason` whether it says why."""

    id: str
    account_ids: tuple[str, ...]
    on: dt.date
    grade: Grade | None = None
    has_reason: bool = False
    contact_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A quote or proposal that was made for an opportunity; `is_open` until it is accepted, refused or withdrawn."""

    id: str
    account_ids: tuple[str, ...]
    opportunity_id: str | None = None
    name: str
    is_open: bool = True
    owner_id: str | None = None
    sent_on: dt.date | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A customer's complaint or request: a Salesforce case or a HubSpot ticket."""

    id: str
    account_ids: tuple[str, ...]
    name: str
    is_open: bool
    is_high_priority: bool = False
    owner_id: str | None = None
    opened_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract with a customer; `value` a year, in the org's currency; dates without zone."""

    id: str
    account_id: str
    name: str
    is_active: bool = True
    owner_id: str | None = None
    end_on: dt.date | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """An account that passed from one of our people to another; the first owner ever is no change."""

    id: str
    account_id: str
    on: dt.date
    from_id: str | None = None
    to_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesRow:
    """The light row by which a portfolio is judged: an account, in scope or not, and what it bought.

    `amount` is what was won with it in the last 12 months, in the org's currency. `criteria` as in Account. There are
    rows for every account with sales, with a scored criterion, in scope, or above one of these.
    """

    id: str
    name: str
    parent_id: str | None = None
    owner_id: str | None = None
    in_scope: bool = False
    amount: float = 0.0
    criteria: Mapping[str, float | None] = field(default_factory=dict)


Record = (
    User
    | Account
    | Contact
    | RoleAssignment
    | Opportunity
    | Activity
    | AccountPlan
    | PlanGoal
    | PlanAction
    | Feedback
    | Quote
    | Case
    | Contract
    | OwnerChange
    | SalesRow
)

ADAPTERS: Final[Mapping[RecordKind, TypeAdapter[Record]]] = {
    RecordKind.USER: TypeAdapter(User),
    RecordKind.ACCOUNT: TypeAdapter(Account),
    RecordKind.CONTACT: TypeAdapter(Contact),
    RecordKind.ROLE: TypeAdapter(RoleAssignment),
    RecordKind.OPPORTUNITY: TypeAdapter(Opportunity),
    RecordKind.ACTIVITY: TypeAdapter(Activity),
    RecordKind.PLAN: TypeAdapter(AccountPlan),
    RecordKind.GOAL: TypeAdapter(PlanGoal),
    RecordKind.ACTION: TypeAdapter(PlanAction),
    RecordKind.FEEDBACK: TypeAdapter(Feedback),
    RecordKind.QUOTE: TypeAdapter(Quote),
    RecordKind.CASE: TypeAdapter(Case),
    RecordKind.CONTRACT: TypeAdapter(Contract),
    RecordKind.OWNER_CHANGE: TypeAdapter(OwnerChange),
    RecordKind.SALES: TypeAdapter(SalesRow),
}
"""The one validator of each kind; connectors pass everything through it, the mirror reads back through it."""


def account_ids_of(record: Record) -> tuple[str, ...]:
    """Return the ids of the accounts a record hangs on; users and sales rows hang on none, an account on itself."""
    match record:
        case User() | SalesRow():
            return ()
        case Account():
            return (record.id,)
        case Contact() | Opportunity() | Activity() | Feedback() | Quote() | Case():
            return record.account_ids
        case RoleAssignment() | AccountPlan() | PlanGoal() | PlanAction() | Contract() | OwnerChange():
            return (record.account_id,)
