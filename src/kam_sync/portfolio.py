"""An invented portfolio in neutral words, which every local CRM can load in its own shape.

Days are counted from "today" (negative: past), so a portfolio is as fresh on any date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioUser:
    """One of our people; `slug` names the person throughout, `manager` is another slug."""

    slug: str
    name: str
    email: str
    active: bool = True
    manager: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioActivity:
    """A task, meeting or call of a person, `days` from today; None is a task without a due date.

    `owner` is a user slug, or None for an activity that nobody owns (only HubSpot can hold one; a local CRM whose
    vendor always sets an owner refuses it). `deal` names one of the account's deals.
    """

    kind: ActivityKind
    status: ActivityStatus
    days: int | None
    owner: str | None
    subject: str = ""
    deal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioDeal:
    """An opportunity or deal; `close_days` from today; `next_step` is the undated text on it."""

    slug: str
    name: str
    owner: str
    close_days: int
    is_open: bool = True
    next_step: str | None = None
    amount: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioPlan:
    """An account plan; days from today, None where the date is empty; `parts` are the filled ones."""

    parts: frozenset[PlanPart] = frozenset(PlanPart)
    start_days: int | None = -200
    last_review_days: int | None = None
    next_review_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioContact:
    """A person of the customer's."""

    name: str
    title: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioAccount:
    """A customer with everything that hangs on it.

    `tier` is `A`, `B` or `C`. `roles` gives the user slugs that hold each role. `created_days` is negative.
    `key_account` puts it in scope. `expected` is the planted truth, written by hand: for each topic that must get
    a task, the rule codes the task must speak of; an account without an entry is healthy or out of scope.
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
    expected: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """People and customers of one invented company of ours."""

    name: str
    users: tuple[PortfolioUser, ...]
    accounts: tuple[PortfolioAccount, ...]
