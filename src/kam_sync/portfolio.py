"""An invented portfolio in neutral words, which every local CRM can load in its own shape.

Days are counted from "today" (negative: past), so a portfolio is as fresh on any date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_sync.records import (
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    ContactLevel,
    Grade,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    Role,
    Stance,
    SwotPart,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioUser:
    """One of our people; `slug` names the person throughout, `manager` is another slug.

    `person` is false for what can own accounts but is nobody: a queue in HubSpot, an integration user in Salesforce.
    """

    slug: str
    name: str
    email: str
    active: bool = True
    manager: str | None = None
    person: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioActivity:
    """A task, meeting or call of a person, `days` from today; None is a task without a due date.

    `owner` is a user slug, or None for an activity that nobody owns (only HubSpot can hold one; a local CRM whose
    vendor always sets an owner refuses it). `deal` names one of the account's deals, `contacts` the slugs of its
    contacts who take part, `attendees` our people beside the owner.
    """

    kind: ActivityKind
    status: ActivityStatus
    days: int | None
    owner: str | None
    subject: str = ""
    deal: str | None = None
    contacts: tuple[str, ...] = ()
    attendees: tuple[str, ...] = ()
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioDeal:
    """An opportunity or deal; days from today; `next_step` is the undated text on it.

    `is_won` counts only when it is not open. `probability` is from 0 to 1. `team` are our people beside the owner,
    `contacts` slugs of the account's contacts.
    """

    slug: str
    name: str
    owner: str
    close_days: int
    is_open: bool = True
    next_step: str | None = None
    amount: float = 0.0
    is_won: bool = False
    created_days: int = -120
    probability: float = 0.5
    type: OpportunityType | None = None
    stage: OpportunityStage | None = None
    stage_days: int | None = None
    loss_reason: str | None = None
    competitor: str | None = None
    products: tuple[str, ...] = ()
    success_criteria: bool = False
    tender_days: int | None = None
    proposal_sent_days: int | None = None
    proposal_expires_days: int | None = None
    delivered_days: int | None = None
    team: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioPlan:
    """An account plan; days from today, None where the date is empty; `parts` and `swot` are the filled ones.

    `modified_days` can be chosen only where the CRM lets an import say so; None is when it was loaded.
    """

    parts: frozenset[PlanPart] = frozenset(PlanPart)
    start_days: int | None = -200
    end_days: int | None = None
    last_review_days: int | None = None
    next_review_days: int | None = None
    modified_days: int | None = None
    swot: frozenset[SwotPart] = frozenset()
    swot_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioGoal:
    """A goal of the account's plan; days from today; `actions` are names of actions with owner and due date."""

    slug: str
    name: str
    owner: str | None = None
    start_days: int | None = None
    due_days: int | None = None
    has_metric: bool = True
    progress_days: int | None = None
    is_open: bool = True
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioContact:
    """A person of the customer's; days from today; `slug` names the person within the account."""

    name: str
    title: str
    email: str
    slug: str = ""
    owner: str | None = None
    created_days: int = -600
    department: str | None = None
    level: ContactLevel | None = None
    buying_roles: tuple[BuyingRole, ...] = ()
    stance: Stance | None = None
    stance_days: int | None = None
    influence: str | None = None
    decision_criteria: str | None = None
    left: bool = False
    bounced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioFeedback:
    """A grade the customer gave, `days` from today, with the reason if one was told."""

    days: int
    grade: Grade
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioQuote:
    """A quote for one of the account's deals; days from today."""

    slug: str
    name: str
    deal: str
    sent_days: int | None = None
    expires_days: int | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioCase:
    """A complaint; days from today."""

    slug: str
    name: str
    opened_days: int
    owner: str
    is_open: bool = True
    is_high_priority: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioContract:
    """A contract; `value` a year."""

    slug: str
    name: str
    end_days: int | None
    value: float = 0.0
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioAccount:
    """A customer with everything that hangs on it.

    `tier` is `A`, `B` or `C`. `roles` gives the user slugs that hold each role. `created_days` is negative.
    `key_account` puts it in scope. `expected` is the planted truth, written by hand: for each topic that must get
    a task, the rule codes the task must speak of; an account without an entry is healthy or out of scope. `fields`
    are values of mapped account fields by canonical name without `account.`: numbers, texts, grades, and for dates days
    from today; `criteria` are scores. `owners_before` are former owners with the days from today on which each gave the
    account on, oldest first.
    """

    slug: str
    name: str
    owner: str
    tier: str = "B"
    revenue: float = 0.0
    created_days: int = -900
    key_account: bool = True
    parent: str | None = None
    roles: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    role_since_days: int = -400
    plan: PortfolioPlan | None = None
    contacts: tuple[PortfolioContact, ...] = ()
    deals: tuple[PortfolioDeal, ...] = ()
    activities: tuple[PortfolioActivity, ...] = ()
    goals: tuple[PortfolioGoal, ...] = ()
    feedback: tuple[PortfolioFeedback, ...] = ()
    quotes: tuple[PortfolioQuote, ...] = ()
    cases: tuple[PortfolioCase, ...] = ()
    contracts: tuple[PortfolioContract, ...] = ()
    owners_before: tuple[tuple[str, int], ...] = ()
    fields: Mapping[str, str | float | int] = field(default_factory=dict)
    criteria: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """People and customers of one invented company of ours."""

    name: str
    users: tuple[PortfolioUser, ...]
    accounts: tuple[PortfolioAccount, ...]
