"""What checking leaves behind for planning: one judgement per account, and a light list of failing topics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from kam_sync.engine import AccountOutcome, Finding, RuleOutcome
from kam_sync.records import Role
from kam_sync.rules_api import Topic
from kam_sync.severity import Severity

OWNERS_TOPICS: Final = frozenset({Topic.ROLES, Topic.SERVICE, Topic.PROCESS})
"""The topics whose tasks go to the account's owner."""

LEADS: Final[Mapping[str, Role]] = {Topic.RELATIONS: Role.RELATIONSHIP_LEAD, Topic.GROWTH: Role.RESULTS_DRIVER}
"""The topics whose tasks go to the holder of a role (catalogue, "to"); all others go to the project manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """Who gets the tasks of a topic; `certain` is false where the choice rests on something unknown."""

    user_id: str | None
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One account as judged.

    Args:
        account_id: The account.
        account_name: Its name in the CRM.
        revenue: Its revenue, by which queued tasks are ordered.
        outcome: What the rules say.
        since: Fingerprint → the day a finding was first seen failing without a break.
        worthy: Fingerprints of the findings a task may speak of: active, severe enough, failing long enough.
        owner: The account's owner, or who stands in.
        project_manager: The holder of the project-manager role, or who stands in.
        leads: Topic → the holder of the role that leads in it, or who stands in.
    """

    account_id: str
    account_name: str
    revenue: float = 0.0
    outcome: AccountOutcome
    since: Mapping[str, dt.date] = field(default_factory=dict)
    worthy: frozenset[str] = frozenset()
    owner: Assignee
    project_manager: Assignee
    leads: Mapping[str, Assignee] = field(default_factory=dict)

    def assignee(self, topic: str) -> Assignee:
        """Return who gets the task of a topic: its leading role, the account's owner, or else the project manager."""
        if topic in OWNERS_TOPICS:
            return self.owner
        return self.leads.get(topic, self.project_manager)

    def outcome_of(self, code: str) -> RuleOutcome | None:
        """Return the outcome of a rule, or None when it did not run."""
        return next((outcome for outcome in self.outcome.outcomes if outcome.code == code), None)

    def worthy_findings(self, topic: str) -> tuple[Finding, ...]:
        """Return the findings of a topic that a task may speak of."""
        return tuple(f for f in self.outcome.findings if f.topic == topic and f.fingerprint in self.worthy)

    def topics(self) -> tuple[str, ...]:
        """Return the topics with something a task may speak of."""
        return tuple(sorted({f.topic for f in self.outcome.findings if f.fingerprint in self.worthy}))


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioJudgement:
    """The portfolio as judged: findings that are about no single account, with the day each was first seen.

    It is kept last, so that there is one only where a check came to its end. `checked_on` is the day of that check in
    the org's time zone; None where an earlier version of kam-sync made it.
    """

    outcome: AccountOutcome
    since: Mapping[str, dt.date] = field(default_factory=dict)
    checked_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFailure:
    """That a topic of an account fails: just enough to put it in order."""

    account_id: str
    topic: str
    severity: Severity
    revenue: float
    since: dt.date


class Judgements(Protocol):
    """Where planning finds what checking left."""

    def of(self, account_id: str) -> Judgement | None:
        """Return the judgement of an account, or None when it was not judged."""
        ...

    def failures(self) -> Iterator[TopicFailure]:
        """Yield every topic of every account with something a task may speak of."""
        ...
