"""Small cases for the tests of the core: records, rules by script, and judgements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kam_sync.engine import (
    AccountOutcome,
    ConfiguredRule,
    Finding,
    FindingState,
    OutcomeKind,
    RuleOutcome,
    RuleTuning,
)
from kam_sync.identity import fingerprint
from kam_sync.judgements import Assignee, Judgement, TopicFailure
from kam_sync.records import Account, AccountSnapshot, Record, Role, RoleAssignment, User
from kam_sync.rules_api import Example, Problem, Rule, RuleContext, RuleParams, RuleResult, Unknown
from kam_sync.severity import Severity

UID = "org-1"
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
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
