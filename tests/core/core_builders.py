"""Small cases for the tests of the core: records, rules by script, judgements, and what planning is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kam_sync.caps import Caps
from kam_sync.cases import PlanningInput
from kam_sync.engine import (
    AccountOutcome,
    ConfiguredRule,
    Finding,
    FindingState,
    OutcomeKind,
    RuleOutcome,
    RuleTuning,
)
from kam_sync.identity import fingerprint, task_key
from kam_sync.judgements import Assignee, Judgement, TopicFailure
from kam_sync.lifecycle import LinkState, TaskLink, field_values
from kam_sync.planning import plan_org
from kam_sync.plans import Operation, OrgPlan
from kam_sync.ports import OrgDescription, Priority, TaskState, TaskStatus, TaskWrite
from kam_sync.records import Account, AccountSnapshot, Record, Role, RoleAssignment, User
from kam_sync.rules_api import Example, Problem, Rule, RuleContext, RuleParams, RuleResult, Unknown
from kam_sync.severity import Severity
from kam_sync.testing.memory import plain_text

UID = "org-1"
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
NO_CAPS = Caps(live_per_account=None, live_per_owner=None, new_per_owner=None)
DUE_DAYS: Mapping[Severity, int] = {
    Severity.CRITICAL: 1,
    Severity.HIGH: 3,
    Severity.MEDIUM: 7,
    Severity.LOW: 14,
    Severity.INFO: 14,
}
DESCRIPTION = OrgDescription(org_uid=UID, name="Org One", task_url="https://crm.example/task/{id}")
CONTEXT = RuleContext(today=TODAY)

# -- records ----------------------------------------------------------------------------------------------------------

AMAL = User(id="amal", name="Amal Haddad", email="amal@vendor.example", manager_id="ines")
BO = User(id="bo", name="Bo Lindqvist", email="bo@vendor.example", manager_id="ines")
INES = User(id="ines", name="Inês Carvalho", email="ines@vendor.example")
USERS = (AMAL, BO, INES)


def by_id(*users: User) -> Mapping[str, User]:
    return {user.id: user for user in users}


def gone(user: User) -> User:
    """The same user, deactivated."""
    return replace(user, active=False, assignable=False)


def snapshot(
    account: Account | None = None,
    *,
    unknown: Iterable[str] = (),
    users: Iterable[User] = USERS,
    roles: tuple[RoleAssignment, ...] = (),
) -> AccountSnapshot:
    return AccountSnapshot(
        org_uid=UID,
        account=account or Account(id="acme", name="Acme Öl", owner_id="amal"),
        users=by_id(*users),
        unknown=frozenset(unknown),
        known_roles=roles,
    )


def holds(role: Role, user_id: str, account_id: str = "acme") -> RoleAssignment:
    return RoleAssignment(
        id=f"{account_id}:{role}:{user_id}", account_id=account_id, role=role, user_id=user_id, source="team"
    )


def ids(records: Iterable[Record]) -> list[str]:
    return [record.id for record in records]


# -- rules by script --------------------------------------------------------------------------------------------------


def problem(
    key: str = "", *, severity: Severity | None = None, covers: tuple[tuple[str, str], ...] = (), title: str = "A gap"
) -> Problem:
    return Problem(
        key=key,
        title=title,
        why="It hurts.",
        action="Fill it.",
        done_when="It is filled.",
        severity=severity,
        covers=covers,
    )


def _no_examples() -> Sequence[Example]:
    return ()


def scripted_rule(
    code: str = "TST101",
    answer: RuleResult | Callable[[AccountSnapshot, RuleContext, RuleParams], RuleResult] = (),
    *,
    needs: tuple[str, ...] = (),
    topic: str = "roles",
    severity: Severity = Severity.MEDIUM,
    params: type[RuleParams] = RuleParams,
    aliases: tuple[str, ...] = (),
    name: str = "",
) -> Rule:
    """A rule that answers as told."""

    def check(given: AccountSnapshot, context: RuleContext, parameters: RuleParams) -> RuleResult:
        return answer(given, context, parameters) if callable(answer) else answer

    return Rule(
        code=code,
        name=name or f"scripted-{code.lower()}",
        catalogue_id="",
        topic=topic,
        needs=needs,
        severity=severity,
        params_model=params,
        check=check,
        doc="Flags what it is told to flag.",
        examples=_no_examples,
        aliases=aliases,
    )


def configured(rule: Rule, *, severity: Severity | None = None, for_days: int = 0) -> ConfiguredRule:
    tuning = RuleTuning(params=rule.params_model(), severity=severity)
    return ConfiguredRule(rule=rule, tuning=tuning, for_days=for_days)


# -- judgements -------------------------------------------------------------------------------------------------------


def finding(
    key: str = "",
    *,
    code: str = "TST101",
    topic: str = "roles",
    account: str = "acme",
    severity: Severity = Severity.HIGH,
    state: FindingState = FindingState.ACTIVE,
    title: str = "",
) -> Finding:
    return Finding(
        fingerprint=fingerprint(UID, code, account, key),
        code=code,
        name="scripted",
        topic=topic,
        account_id=account,
        severity=severity,
        problem=problem(key, title=title or f"Gap {code} {key}"),
        state=state,
    )


def outcome(
    *findings: Finding,
    code: str = "TST101",
    topic: str = "roles",
    kind: OutcomeKind | None = None,
    unknown: tuple[str, ...] = (),
) -> RuleOutcome:
    """What one rule says: its findings, and the keys it cannot judge."""
    said = OutcomeKind.FAILED if findings else OutcomeKind.UNKNOWN if unknown else OutcomeKind.PASSED
    return RuleOutcome(
        code=code,
        topic=topic,
        kind=kind or said,
        findings=findings,
        unknown=tuple(Unknown(key=key, name="something") for key in unknown),
    )


PASSED = outcome()
UNKNOWN = outcome(unknown=("*",))
NOT_APPLICABLE = outcome(kind=OutcomeKind.NOT_APPLICABLE)


def judged(
    *outcomes: RuleOutcome,
    account: str = "acme",
    name: str = "Acme Öl",
    owner: str | None = "amal",
    manager: Assignee | None = None,
    certain: bool = True,
    revenue: float = 0.0,
    since: dt.date = TODAY,
    worthy: frozenset[str] | None = None,
) -> Judgement:
    """The judgement of one account; every active finding is worthy unless told otherwise."""
    all_findings = [found for said in outcomes for found in said.findings]
    active = frozenset(found.fingerprint for found in all_findings if found.state is FindingState.ACTIVE)
    assignee = Assignee(user_id=owner, certain=certain)
    return Judgement(
        account_id=account,
        account_name=name,
        revenue=revenue,
        outcome=AccountOutcome(account_id=account, outcomes=outcomes),
        since={found.fingerprint: since for found in all_findings},
        worthy=active if worthy is None else worthy,
        owner=assignee,
        project_manager=manager or assignee,
    )


def failing(
    *keys: str, account: str = "acme", topic: str = "roles", severity: Severity = Severity.HIGH, since: dt.date = TODAY
) -> Judgement:
    """The judgement of an account on which one rule fails with these keys."""
    found = [finding(key, account=account, topic=topic, severity=severity) for key in keys or ("",)]
    return judged(outcome(*found, topic=topic), account=account, since=since)


class GivenJudgements:
    """Judgements by hand; implements kam_sync.judgements.Judgements."""

    def __init__(self, *given: Judgement) -> None:
        self._given = {judgement.account_id: judgement for judgement in given}

    def of(self, account_id: str) -> Judgement | None:
        return self._given.get(account_id)

    def failures(self) -> Iterator[TopicFailure]:
        for judgement in self._given.values():
            for topic in judgement.topics():
                findings = judgement.worthy_findings(topic)
                yield TopicFailure(
                    account_id=judgement.account_id,
                    topic=topic,
                    severity=max(found.severity for found in findings),
                    revenue=judgement.revenue,
                    since=min(judgement.since[found.fingerprint] for found in findings),
                )


# -- planning ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What planning is told beside the judgements."""

    links: tuple[TaskLink, ...] = ()
    tasks: tuple[TaskState, ...] = ()
    today: dt.date = TODAY
    caps: Caps = NO_CAPS
    merged: Mapping[str, str] = field(default_factory=dict)
    recent: Mapping[str, int] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    absent: bool = True
    episodes: Mapping[tuple[str, str], int] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)


def plan(*judgements: Judgement, books: Books | None = None) -> OrgPlan:
    """Plan one org from hand-made judgements."""
    given = books or Books()
    highest: dict[tuple[str, str], int] = {}
    for link in given.links:
        place = (link.account_id, link.topic)
        highest[place] = max(highest.get(place, 0), link.episode)
    return plan_org(
        PlanningInput(
            org="one",
            description=DESCRIPTION,
            today=given.today,
            judgements=GivenJudgements(*judgements),
            links=[link for link in given.links if link.state is not LinkState.ENDED],
            episodes=highest if given.episodes is None else given.episodes,
            observed={task.id: task for task in given.tasks},
            merged=given.merged,
            absent=lambda _account_id: given.absent,
            recent=given.recent,
            caps=given.caps,
            due_days=DUE_DAYS,
            assignable=lambda user_id: user_id not in given.inactive,
            aliases=given.aliases,
        )
    )


def only(given: OrgPlan) -> Operation:
    """The one operation of a plan."""
    (operation,) = given.operations
    return operation


def carried_out(write: TaskWrite, task_id: str, before: TaskState | None = None) -> TaskState:
    """The task as a CRM without quirks would hold it after a write."""
    now = before or TaskState(
        id=task_id,
        key=write.key,
        subject="",
        body="",
        owner_id=None,
        due_on=None,
        priority=Priority.NORMAL,
        status=TaskStatus.OPEN,
        account_id=write.account_id,
    )
    body = plain_text(write.text) if write.text is not None else now.body
    if write.note is not None:
        body = f"{body}\n\n{write.note}".strip()
    return replace(
        now,
        subject=now.subject if write.subject is None else write.subject,
        body=body,
        owner_id=now.owner_id if write.owner_id is None else write.owner_id,
        due_on=now.due_on if write.due_on is None else write.due_on,
        priority=now.priority if write.priority is None else write.priority,
        status=now.status if write.status is None else write.status,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The task of one account and topic with our link to it, both as after the last run."""

    link: TaskLink
    task: TaskState

    def after(self, operation: Operation) -> Place:
        """The same after an operation was applied."""
        write = operation.write
        task = self.task if write is None else carried_out(write, self.task.id, self.task)
        written = {**operation.link.written, **{name: field_values(task)[name] for name in operation.ours}}
        return Place(link=replace(operation.link, written=written, revision=self.link.revision + 1), task=task)

    def books(self, *, today: dt.date = TODAY, merged: Mapping[str, str] | None = None) -> Books:
        return Books(links=(self.link,), tasks=(self.task,), today=today, merged=merged or {})

    def seen(
        self,
        *,
        status: TaskStatus | None = None,
        deleted: bool = False,
        subject: str | None = None,
        body: str | None = None,
        owner: str | None = None,
        due_on: dt.date | None = None,
        priority: Priority | None = None,
    ) -> Place:
        """The same after a person's act."""
        task = replace(
            self.task,
            status=status or self.task.status,
            deleted=deleted,
            subject=self.task.subject if subject is None else subject,
            body=self.task.body if body is None else body,
            owner_id=self.task.owner_id if owner is None else owner,
            due_on=self.task.due_on if due_on is None else due_on,
            priority=self.task.priority if priority is None else priority,
        )
        return replace(self, task=task)

    def in_state(
        self,
        state: LinkState,
        *,
        closed_on: dt.date | None = None,
        dismissals: int | None = None,
        until: dt.date | None = None,
    ) -> Place:
        """The same with the link in another state."""
        link = replace(
            self.link,
            state=state,
            closed_on=closed_on,
            until=until,
            dismissals=self.link.dismissals if dismissals is None else dismissals,
            dismissed=self.link.findings if state in {LinkState.DISMISSED, LinkState.EXHAUSTED} else (),
        )
        return replace(self, link=link)


def born(judgement: Judgement, *, today: dt.date = TODAY, task_id: str = "") -> Place:
    """The task that a first run makes of a judgement with one failing topic."""
    operation = only(plan(judgement, books=Books(today=today)))
    if operation.write is None:
        raise AssertionError("a creation writes")
    task = carried_out(operation.write, task_id or f"t-{judgement.account_id}")
    made_at = dt.datetime.combine(today, dt.time(9), tzinfo=dt.UTC)
    link = replace(operation.link, task_id=task.id, written=dict(field_values(task)), created_at=made_at, revision=1)
    return Place(link=link, task=task)


def dismissed(judgement: Judgement, *, status: TaskStatus = TaskStatus.CLOSED, deleted: bool = False) -> Place:
    """The task that a person put away on the day it was made."""
    put_away = born(judgement).seen(status=status, deleted=deleted)
    return put_away.after(only(plan(judgement, books=put_away.books())))


def closed(judgement: Judgement, solved: Judgement) -> Place:
    """The task that was made and closed on the same day."""
    place = born(judgement)
    return place.after(only(plan(solved, books=place.books())))


def adopted(*, account: str = "acme", topic: str = "roles", status: TaskStatus = TaskStatus.OPEN) -> Place:
    """A task taken over after the store was lost: we know nothing of what it speaks of, every field is a person's."""
    key = task_key(UID, account, topic, 1)
    task = TaskState(
        id=f"t-{account}",
        key=key,
        subject="An old subject",
        body="An old body",
        owner_id="bo",
        due_on=TODAY,
        priority=Priority.HIGH,
        status=status,
        account_id=account,
    )
    link = TaskLink(
        org_uid=UID, account_id=account, topic=topic, key=key, state=LinkState.LIVE, episode=1, task_id=task.id
    )
    return Place(link=link, task=task)
