"""The records kam-sync judges, the same for every CRM: plain frozen data, validated where it enters.

No behaviour beyond reading belongs here. A record holds what the CRM says; what is *unknown* (not mapped,
not readable, a failed page) is said by the snapshot's `unknown` names, never by an empty value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter


class RecordKind(StrEnum):
    """The kinds of record that a connector can pull, in the order in which they are pulled."""

    USER = "user"
    ACCOUNT = "account"
    CONTACT = "contact"
    ROLE = "role"
    OPPORTUNITY = "opportunity"
    ACTIVITY = "activity"
    PLAN = "plan"


class Role(StrEnum):
    """The six strategic-account roles on the seller's side (catalogue, section 1)."""

    RESULTS_DRIVER = "results_driver"
    RELATIONSHIP_LEAD = "relationship_lead"
    INNOVATOR = "innovator"
    COLLABORATOR = "collaborator"
    TECHNICAL_EXPERT = "technical_expert"
    PROJECT_MANAGER = "project_manager"

    @property
    def label(self) -> str:
        """The role's name as a person reads it."""
        return self.value.replace("_", " ")


class PlanPart(StrEnum):
    """The four parts that every account plan has (catalogue, section 2)."""

    KEY_RELATIONS = "key_relations"
    CURRENT_STATE = "current_state"
    REVENUE_GOALS = "revenue_goals"
    STRATEGY = "strategy"

    @property
    def label(self) -> str:
        """The part's name as a person reads it."""
        return self.value.replace("_", " ")


class ActivityKind(StrEnum):
    """What sort of activity a record is."""

    TASK = "task"
    MEETING = "meeting"
    CALL = "call"


class ActivityStatus(StrEnum):
    """How an activity stands in the CRM.

    A meeting that was never marked stays `open` after its date; that it took place is for the reader to
    conclude from the date, since pulling knows no "today".
    """

    OPEN = "open"
    DONE = "done"
    CANCELED = "canceled"


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

    `created_on` is a date in the org's time zone. `merged_ids` are ids of accounts that were merged into this
    one. `in_scope` is false for accounts that are pulled only to be inherited from.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person on the customer's side; only what rules need is pulled."""

    id: str
    account_ids: tuple[str, ...]
    name: str
    title: str | None = None
    owner_id: str | None = None


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
    """A sale in progress or past; `close_on` is a date without zone, `amount` in the org's currency."""

    id: str
    account_ids: tuple[str, ...]
    name: str
    owner_id: str | None = None
    is_open: bool
    close_on: dt.date | None = None
    next_step: str | None = None
    amount: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A task, meeting or call.

    `on` is the due date of a task and the start date of a meeting or call, in the org's time zone. `our_key` is
    the task key when kam-sync made it (any installation's key): such an activity counts for nothing. `id` is
    unique over all kinds of activity of an org.
    """

    id: str
    account_ids: tuple[str, ...]
    opportunity_ids: tuple[str, ...] = ()
    kind: ActivityKind
    status: ActivityStatus
    on: dt.date | None = None
    owner_id: str | None = None
    subject: str = ""
    our_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """An account plan, native or in the org's own fields; all dates are without zone.

    `parts` has an entry for every *mapped* part and says whether it is filled.
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
    parts: Mapping[PlanPart, bool] = field(default_factory=dict)


Record = User | Account | Contact | RoleAssignment | Opportunity | Activity | AccountPlan

ADAPTERS: Final[Mapping[RecordKind, TypeAdapter[Record]]] = {
    RecordKind.USER: TypeAdapter(User),
    RecordKind.ACCOUNT: TypeAdapter(Account),
    RecordKind.CONTACT: TypeAdapter(Contact),
    RecordKind.ROLE: TypeAdapter(RoleAssignment),
    RecordKind.OPPORTUNITY: TypeAdapter(Opportunity),
    RecordKind.ACTIVITY: TypeAdapter(Activity),
    RecordKind.PLAN: TypeAdapter(AccountPlan),
}
"""The one validator of each kind; connectors pass everything through it, the mirror reads back through it."""


def account_ids_of(record: Record) -> tuple[str, ...]:
    """Return the ids of the accounts that a record hangs on; a user hangs on none, an account on itself."""
    match record:
        case User():
            return ()
        case Account():
            return (record.id,)
        case Contact() | Opportunity() | Activity():
            return record.account_ids
        case RoleAssignment() | AccountPlan():
            return (record.account_id,)


class UnknownValueError(Exception):
    """A rule read something that is unknown; the engine turns it into the outcome `unknown`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """One account with everything that hangs on it, as of the last pull.

    `unknown` names what is not known for this account: a relation (`contacts`, `roles`, `opportunities`,
    `activities`, `plans`), a field (`account.tier`, `plan.next_review_on`), or one role (`roles.innovator`).
    Reading a relation through its property when it is unknown raises `UnknownValueError`, so that a rule cannot
    mistake what is unknown for what is empty. `users` holds every user of the org by id. `role_since` tells when
    kam-sync first saw an assignment (by RoleAssignment.id), a date in the org's time zone.
    """

    org_uid: str
    account: Account
    users: Mapping[str, User]
    unknown: frozenset[str] = frozenset()
    known_contacts: tuple[Contact, ...] = ()
    known_roles: tuple[RoleAssignment, ...] = ()
    known_opportunities: tuple[Opportunity, ...] = ()
    known_activities: tuple[Activity, ...] = ()
    known_plans: tuple[AccountPlan, ...] = ()
    role_since: Mapping[str, dt.date] = field(default_factory=dict)

    def _require(self, name: str) -> None:
        if name in self.unknown:
            raise UnknownValueError(name)

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The account's contacts; raises UnknownValueError when they are unknown."""
        self._require("contacts")
        return self.known_contacts

    @property
    def roles(self) -> tuple[RoleAssignment, ...]:
        """The account's role assignments; raises UnknownValueError when they are unknown."""
        self._require("roles")
        return self.known_roles

    @property
    def opportunities(self) -> tuple[Opportunity, ...]:
        """The account's opportunities; raises UnknownValueError when they are unknown."""
        self._require("opportunities")
        return self.known_opportunities

    @property
    def activities(self) -> tuple[Activity, ...]:
        """The account's activities that are not kam-sync's own; raises UnknownValueError when unknown."""
        self._require("activities")
        return self.known_activities

    @property
    def plans(self) -> tuple[AccountPlan, ...]:
        """The account's plans; raises UnknownValueError when they are unknown."""
        self._require("plans")
        return self.known_plans
