"""Building a report from the store: mirror, judgements, history, tasks and queue of every org; touches no network."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from kam_sync.checking import with_code
from kam_sync.config import LoadedPolicy
from kam_sync.engine import Finding, OutcomeKind, RuleOutcome
from kam_sync.errors import ConfigError, LeaseHeldError
from kam_sync.escaping import web_link
from kam_sync.figures.plan_review import next_review
from kam_sync.figures.role_matrix import role_matrix
from kam_sync.judgements import Judgement, PortfolioJudgement
from kam_sync.lifecycle import LinkState, TaskField, TaskLink
from kam_sync.plans import Queued
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.pulling import guarded
from kam_sync.records import AccountSnapshot, RecordKind, Role, User
from kam_sync.rendering import record_url
from kam_sync.reporting.figures import (
    MissingOrg,
    Person,
    QueuedTask,
    Report,
    ReportedAccount,
    ReportedEvidence,
    ReportedFinding,
    ReportedOrg,
    ReportedTask,
    Unjudged,
)
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.baseline import Baseline
from kam_sync.store.judging import FindingHistory, StoredJudgements
from kam_sync.store.mirror import Mirror
from kam_sync.store.runs import last_write, load_description, load_queue
from kam_sync.store.snapshots import Snapshots
from kam_sync.store.tasks import TaskBooks
from kam_sync.suppressions import SuppressionUse

SYMPTOMS: Final = "KAM106"
"""The rule that says of each role whether the account looks as if nobody played it; its keys are the roles."""
SHOWN_STATES: Final = (LinkState.LIVE, LinkState.DISMISSED, LinkState.EXHAUSTED)
"""Tasks that are shown: those that ask for something, and those that a person put away while something still fails."""


def report(policy: LoadedPolicy, store: Store, settings: JobSettings) -> Report:
    """Return the report on every chosen org as of its last check; reads the store only.

    Raises:
        ConfigError: None of the orgs was checked yet.
        LeaseHeldError: An org was checked anew meanwhile, so that what was read does not fit together.

    Example:
        >>> kam_sync.check(policy, store, settings).exit_code
        0
        >>> made = kam_sync.report(policy, store, settings)
        >>> [(account.name, len(account.findings)) for account in made.accounts][:1]
        [('Okafor Bâtiment', 3)]
    """
    orgs: list[ReportedOrg] = []
    accounts: list[ReportedAccount] = []
    missing: list[MissingOrg] = []
    for org in settings.chosen(policy):
        description = load_description(store, org)
        judged = StoredJudgements(store, description.org_uid).portfolio() if description is not None else None
        if description is None or judged is None or judged.checked_at is None:
            missing.append(MissingOrg(org=org, reason=_why_missing(store, description, judged)))
            continue
        reader = _OrgReader(policy, store, settings, org, description, judged, judged.checked_at)
        found, facts = reader.read()
        accounts += found
        orgs.append(facts)
    if not orgs:
        reasons = "; ".join(f"{gone.org} {gone.reason}" for gone in missing)
        raise ConfigError(f"there is nothing to report: {reasons}; run `kam-sync run`")
    accounts.sort(key=_most_to_do)
    return Report(orgs=tuple(orgs), accounts=tuple(accounts), missing=tuple(missing))


def _why_missing(store: Store, description: OrgDescription | None, judged: PortfolioJudgement | None) -> str:
    if description is None or not Mirror(store, description.org_uid).states():
        return "was never pulled"
    if judged is not None:
        return "was checked by an earlier version of kam-sync, which did not note when"
    if next(StoredJudgements(store, description.org_uid).all(), None) is not None:
        return "has a check under way or cut off"
    return "was never checked"


def _most_to_do(account: ReportedAccount) -> tuple[int, int, int, str, str, str]:
    worst = -1 if account.worst is None else int(account.worst)
    return (-worst, -len(account.open_findings), account.covered, account.name.casefold(), account.org, account.id)


@dataclass(slots=True)
class _Unmatched:
    """What is counted of accounts that are in the judgements or in the books, and not in the report."""

    gone: int = 0


class _OrgReader:
    """Reads one org; every account once, its judgement and its snapshot side by side."""

    def __init__(
        self,
        policy: LoadedPolicy,
        store: Store,
        settings: JobSettings,
        org: str,
        description: OrgDescription,
        judged: PortfolioJudgement,
        checked_at: dt.datetime,
    ) -> None:
        self._policy, self._store, self._settings, self._org = policy, store, settings, org
        self._description, self._judged, self._checked_at = description, judged, checked_at
        self._section = policy.policy.orgs[org]
        self._today = checked_at.astimezone(self._section.zone).date()
        self._mirror = Mirror(store, description.org_uid)
        self._users = self._mirror.users()
        self._released = Baseline(store, description.org_uid).dates()
        self._use = SuppressionUse(policy.suppressions(org))

    def read(self) -> tuple[list[ReportedAccount], ReportedOrg]:
        uid = self._description.org_uid
        unsure = guarded(self._store, self._description, self._settings.null_jump(self._policy), self._policy.needed)
        tasks, queue = self._tasks(), self._queue()
        unmatched = _Unmatched()
        accounts = [
            self._account(snapshot, judgement, tasks.pop(snapshot.account.id, ()), queue.get(snapshot.account.id, ()))
            for snapshot, judgement in self._matched(frozenset(unsure.unknown), unmatched)
        ]
        self._use.see(self._judged.outcome, self._today)
        elsewhere = sum(task.state is LinkState.LIVE for left in tasks.values() for task in left)
        unknown = {**self._description.unknown, **unsure.unknown}
        facts = self._facts(accounts, unknown, unsure.setup, unmatched.gone, elsewhere)
        again = StoredJudgements(self._store, uid).portfolio()
        if again is None or again.checked_at != self._checked_at:
            raise LeaseHeldError(f"{self._org} was checked anew while the report was made; make the report again")
        return accounts, facts

    def _matched(self, unknown: frozenset[str], unmatched: _Unmatched) -> Iterator[tuple[AccountSnapshot, Judgement]]:
        """Yield what is both judged and still in scope; both come in the order of account ids, neither is held."""
        unread = {name for name in ("plans", "plan.next_review_on") if name not in self._policy.wanted}
        snapshots = Snapshots(self._store, self._description.org_uid).stream(
            frozenset(self._description.unknown) | unknown | unread, inherit=frozenset(self._section.inherit)
        )
        current = next(snapshots, None)
        for judgement in StoredJudgements(self._store, self._description.org_uid).all():
            self._use.see(judgement.outcome, self._today)
            while current is not None and current.account.id < judgement.account_id:
                current = next(snapshots, None)
            if current is None or current.account.id != judgement.account_id:
                unmatched.gone += 1
                continue
            yield current, judgement

    def _account(
        self,
        snapshot: AccountSnapshot,
        judgement: Judgement,
        tasks: Iterable[ReportedTask],
        queue: Iterable[Queued],
    ) -> ReportedAccount:
        account = snapshot.account
        clear = {account.id: _without_symptoms(judgement.outcome_of(SYMPTOMS))}
        (row,) = role_matrix([snapshot], self._today, clear)
        return ReportedAccount(
            org=self._org,
            id=account.id,
            name=account.name,
            owner=self._person(account.owner_id, known="account.owner_id" not in snapshot.unknown),
            url=self._url((RecordKind.ACCOUNT, account.id)),
            tier=None if "account.tier" in snapshot.unknown else account.tier,
            roles=row.roles,
            review=next_review(snapshot, self._today),
            findings=self._findings(judgement.outcome.findings, judgement.since),
            unjudged=tuple(map(_unjudged, filter(_left_open, judgement.outcome.outcomes))),
            tasks=tuple(tasks),
            queue=tuple(self._queued(each, judgement) for each in queue),
        )

    def _findings(self, findings: Iterable[Finding], since: Mapping[str, dt.date]) -> tuple[ReportedFinding, ...]:
        found = [
            ReportedFinding(
                code=finding.code,
                name=finding.name,
                topic=str(finding.topic),
                severity=finding.severity,
                key=finding.key,
                fingerprint=finding.fingerprint,
                title=finding.problem.title,
                evidence=tuple(
                    ReportedEvidence(text=evidence.text, url=self._url(evidence.record))
                    for evidence in finding.problem.evidence
                ),
                why=finding.problem.why,
                action=finding.problem.action,
                done_when=finding.problem.done_when,
                since=since[finding.fingerprint],
                state=finding.state,
                reason=finding.reason,
                released=self._held_back(finding.fingerprint),
            )
            for finding in findings
        ]
        found.sort(
            key=lambda finding: (not finding.is_open, -finding.severity, finding.since, finding.code, finding.key)
        )
        return tuple(found)

    def _held_back(self, fingerprint: str) -> dt.date | None:
        day = self._released.get(fingerprint)
        return day if day is not None and day > self._today else None

    def _tasks(self) -> dict[str, tuple[ReportedTask, ...]]:
        found: dict[str, list[ReportedTask]] = defaultdict(list)
        books = TaskBooks(self._store, self._description.org_uid)
        for link in books.links(SHOWN_STATES):
            found[link.account_id].append(self._task(link))
        return {account: tuple(sorted(tasks, key=lambda task: task.topic)) for account, tasks in found.items()}

    def _task(self, link: TaskLink) -> ReportedTask:
        due = link.wanted.get(TaskField.DUE)
        template = self._description.task_url
        return ReportedTask(
            topic=link.topic,
            state=link.state,
            task_id=link.task_id,
            owner=self._person(link.wanted.get(TaskField.OWNER)),
            url=web_link(template.replace("{id}", link.task_id)) if template and link.task_id else None,
            due_on=dt.date.fromisoformat(due) if due else None,
            made_on=link.created_at.astimezone(self._section.zone).date() if link.created_at else None,
            until=link.until if link.state is LinkState.DISMISSED else None,
            codes=tuple(dict.fromkeys(finding.code for finding in link.findings)),
        )

    def _queue(self) -> Mapping[str, list[Queued]]:
        found: dict[str, list[Queued]] = defaultdict(list)
        for queued in load_queue(self._store, self._description.org_uid):
            found[queued.account_id].append(queued)
        return found

    def _queued(self, queued: Queued, judgement: Judgement) -> QueuedTask:
        assignee = judgement.assignee(queued.topic)
        return QueuedTask(
            topic=queued.topic,
            severity=queued.severity,
            cap=queued.cap,
            owner=self._person(assignee.user_id, known=assignee.certain),
        )

    def _person(self, user_id: str | None, *, known: bool = True) -> Person:
        user: User | None = self._users.get(user_id or "")
        if not known:
            return Person(org=self._org, known=False)
        return Person(org=self._org, id=user_id or None, name=user.name if user else user_id or "")

    def _url(self, record: tuple[RecordKind, str] | None) -> str | None:
        return web_link(record_url(record, self._description))

    def _facts(
        self,
        accounts: list[ReportedAccount],
        unknown: Mapping[str, str],
        setup: tuple[SetupFinding, ...],
        gone: int,
        elsewhere: int,
    ) -> ReportedOrg:
        uid = self._description.org_uid
        pulled = [state.pulled_at for state in self._mirror.states().values()]
        rejected = {reject.id for reject in self._mirror.rejects() if reject.kind is RecordKind.ACCOUNT}
        return ReportedOrg(
            org=self._org,
            org_uid=uid,
            name=self._description.name,
            checked_at=self._checked_at,
            checked_on=self._today,
            pulled_at=min(pulled, default=None),
            pulled_since=any(at > self._checked_at for at in pulled),
            written_at=last_write(self._store, uid),
            accounts=len(accounts),
            gone=gone,
            rejected=len(rejected),
            live_tasks_elsewhere=elsewhere,
            setup=tuple(map(with_code, chain(self._description.setup, setup, self._use.findings(self._today)))),
            unknown=dict(sorted(unknown.items())),
            portfolio=self._findings(self._judged.outcome.findings, self._judged.since),
            changes=FindingHistory(self._store, uid).daily(),
        )


def _without_symptoms(outcome: RuleOutcome | None) -> frozenset[Role]:
    """Return the roles of which the rule, where it ran, showed that they are played; unknown is not shown."""
    if outcome is None or outcome.error or outcome.kind is OutcomeKind.NOT_APPLICABLE:
        return frozenset()
    shown = {finding.key for finding in outcome.findings}
    return frozenset(role for role in Role if role.value not in shown and not outcome.is_unknown(role.value))


def _left_open(outcome: RuleOutcome) -> bool:
    return bool(outcome.unknown or outcome.error)


def _unjudged(outcome: RuleOutcome) -> Unjudged:
    names = tuple(sorted({part.name for part in outcome.unknown}))
    return Unjudged(code=outcome.code, names=names, error=outcome.error)
