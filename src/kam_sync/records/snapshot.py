"""One account with everything that hangs on it, which never mistakes what is unknown for what is empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_sync.records.kinds import (
    Account,
    AccountPlan,
    Activity,
    Case,
    Contact,
    Contract,
    Feedback,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    Quote,
    RoleAssignment,
    User,
)


class UnknownValueError(Exception):
    """A rule read something that is unknown; the engine turns it into the outcome `unknown`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """One account with everything that hangs on it, as of the last pull.

    `unknown` names what is not known for this account: a relation (`contacts`, `feedback`), a field (`account.tier`,
    `contact.stance`), or a part of one (`roles.innovator`, `contact.buying_roles.champion`); `kam_sync.names` lists
    them. Reading a relation through its property when it is unknown raises `UnknownValueError`, so that a rule cannot
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
    known_goals: tuple[PlanGoal, ...] = ()
    known_actions: tuple[PlanAction, ...] = ()
    known_feedback: tuple[Feedback, ...] = ()
    known_quotes: tuple[Quote, ...] = ()
    known_cases: tuple[Case, ...] = ()
    known_contracts: tuple[Contract, ...] = ()
    known_owner_changes: tuple[OwnerChange, ...] = ()
    role_since: Mapping[str, dt.date] = field(default_factory=dict)

    def knows(self, *names: str) -> bool:
        """Return whether all of these canonical names are known for this account."""
        return self.unknown.isdisjoint(names)

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

    @property
    def goals(self) -> tuple[PlanGoal, ...]:
        """The goals of the account's plans; raises UnknownValueError when they are unknown."""
        self._require("goals")
        return self.known_goals

    @property
    def actions(self) -> tuple[PlanAction, ...]:
        """The actions of the account's plans; raises UnknownValueError when they are unknown."""
        self._require("actions")
        return self.known_actions

    @property
    def feedback(self) -> tuple[Feedback, ...]:
        """What the customer thinks of us, oldest first; raises UnknownValueError when it is unknown."""
        self._require("feedback")
        return tuple(sorted(self.known_feedback, key=lambda feedback: (feedback.on, feedback.id)))

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The account's quotes; raises UnknownValueError when they are unknown."""
        self._require("quotes")
        return self.known_quotes

    @property
    def cases(self) -> tuple[Case, ...]:
        """The account's cases; raises UnknownValueError when they are unknown."""
        self._require("cases")
        return self.known_cases

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """The account's contracts; raises UnknownValueError when they are unknown."""
        self._require("contracts")
        return self.known_contracts

    @property
    def owner_changes(self) -> tuple[OwnerChange, ...]:
        """The changes of the account's owner, oldest first; raises UnknownValueError when they are unknown."""
        self._require("owner_changes")
        return tuple(sorted(self.known_owner_changes, key=lambda change: (change.on, change.id)))
