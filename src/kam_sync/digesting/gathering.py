"""Gathering the facts of one org out of the store, as of its last check; calls no CRM and reads no clock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from kam_sync.config import LoadedPolicy
from kam_sync.digesting.facts import (
    ClosedTask,
    DueReview,
    LiveTask,
    OpenFinding,
    OrgFacts,
    SolvedFinding,
    WaitingTask,
    WeekCounts,
)
from kam_sync.digesting.periods import Period
from kam_sync.engine import AccountOutcome, FindingState
from kam_sync.errors import ConfigError
from kam_sync.judgements import Judgement, PortfolioJudgement
from kam_sync.lifecycle import LinkState, TaskField, TaskLink
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.pulling import NOT_WANTED, guarded
from kam_sync.records import RecordKind
from kam_sync.rendering import request
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.judging import FindingEvent, FindingHistory, StoredJudgements
from kam_sync.store.mirror import Mirror
from kam_sync.store.runs import load_queue
from kam_sync.store.tasks import TaskBooks
from kam_sync.suppressions import SuppressionUse

REVIEW_DAYS: Final = 28
"""Plan reviews are told of so many days ahead."""
_GONE: Final = "an account that is no longer in scope"


@dataclass(slots=True, kw_only=True)
class _Gathered:
    accounts: dict[str, Judgement] = field(default_factory=dict)
    findings: list[OpenFinding] = field(default_factory=list)
    opened: dict[str, int] = field(default_factory=dict)
    """Fingerprint → index in `findings`; `accounts` are judgements without what was found."""
    failing: set[str] = field(default_factory=set)
    unknown: Counter[str] = field(default_factory=Counter)


class Gatherer:
    """Gathers the facts of one org for a week.

    Args:
        policy: The policy.
        store: The store.
        settings: How to run.
        org: The org's name in the policy.
        description: What was last found out about it.
    """

    def __init__(
        self, policy: LoadedPolicy, store: Store, settings: JobSettings, org: str, description: OrgDescription
    ) -> None:
        self._policy = policy
        self._store = store
        self._settings = settings
        self._org = org
        self._description = description
        uid = description.org_uid
        self._mirror = Mirror(store, uid)
        self._history = FindingHistory(store, uid)
        self._judgements = StoredJudgements(store, uid)
        self._rules = {rule.code: rule for rule in policy.installed}
        self._topics = {given.rule.code: str(given.rule.topic) for given in policy.rules}
        self._today = settings.clock.now().astimezone(policy.policy.orgs[org].zone).date()
        self._use = SuppressionUse(policy.suppressions(org))
        self._all = _Gathered()
        self._merged: Mapping[str, str] = {}
        self._links: dict[tuple[str, str], TaskLink] = {}
        self._owners: dict[str, str | None] = {}
        self._due: dict[str, dt.date | None] = {}

    def gather(self, period: Period) -> OrgFacts:
        """Return the facts of the org.

        Raises:
            ConfigError: It was never checked, or its last check was cut off.
        """
        portfolio = self._judgements.portfolio()
        if portfolio is None:
            raise ConfigError(f"{self._org} has no finished check; run `kam-sync run`, or `kam-sync check`, first")
        self._merged = self._mirror.merged()
        self._read_links()
        self._read_judgements(portfolio)
        events = tuple(self._history.events(period.before.first, period.last))
        week = tuple(event for event in events if period.has(event.day))
        self._mark_returned(period)
        states = self._mirror.states()
        pulled = states.get(RecordKind.ACCOUNT)
        return OrgFacts(
            org=self._org,
            org_uid=self._description.org_uid,
            today=self._today,
            checked_on=self._checked_on(portfolio),
            pulled_at=pulled.pulled_at if pulled is not None else None,
            users=self._mirror.users(),
            accounts=Counter(account.owner.user_id for account in self._all.accounts.values()),
            findings=tuple(self._all.findings),
            solved=tuple(self._solved(week)),
            live=tuple(self._live()),
            closed=tuple(self._closed(period)),
            waiting=tuple(self._waiting()),
            reviews=tuple(self._reviews()),
            week=self._counts(week, period),
            week_before=self._counts(tuple(event for event in events if period.before.has(event.day)), period.before),
            setup=self._setup(portfolio),
            unknown=dict(sorted(self._all.unknown.items())),
            problems=tuple(
                f"{kind.value.replace('_', ' ')} records are unknown: {state.problem}"
                for kind, state in states.items()
                if not state.complete and state.problem != NOT_WANTED
            ),
        )

    # -- tasks ----------------------------------------------------------------------------------------------------

    def _read_links(self) -> None:
        """Read who has which task and until when: as the CRM showed it at the last pull, else as we last wrote it."""
        shown = dict(self._mirror.our_activities())
        states = [state for state in LinkState if state is not LinkState.NONE]
        for link in TaskBooks(self._store, self._description.org_uid).links(states):
            place = (self._account_id(link.account_id), link.topic)
            if place not in self._links or self._links[place].episode < link.episode:
                self._links[place] = link
            activity, wanted = shown.get(link.key), link.wanted.get(TaskField.DUE)
            written = dt.date.fromisoformat(wanted) if wanted else None
            self._owners[link.key] = activity.owner_id if activity is not None else link.wanted.get(TaskField.OWNER)
            self._due[link.key] = activity.on if activity is not None else written

    def _live(self) -> Iterator[LiveTask]:
        for (account_id, topic), link in sorted(self._links.items()):
            if link.state is LinkState.LIVE:
                yield LiveTask(
                    org=self._org,
                    account=self._name(account_id),
                    user_id=self._owners[link.key],
                    url=self._task_url(link),
                    request=request(topic),
                    due_on=self._due[link.key],
                )

    def _closed(self, period: Period) -> Iterator[ClosedTask]:
        for (account_id, topic), link in sorted(self._links.items()):
            if link.state is LinkState.CLOSED and link.closed_on is not None and period.has(link.closed_on):
                yield ClosedTask(
                    org=self._org,
                    account=self._name(account_id),
                    user_id=self._owners[link.key],
                    url=self._task_url(link),
                    request=request(topic),
                    on=link.closed_on,
                )

    def _waiting(self) -> Iterator[WaitingTask]:
        for queued in load_queue(self._store, self._description.org_uid):
            yield WaitingTask(
                org=self._org,
                account=queued.account_name,
                user_id=self._planned_for(queued.account_id, queued.topic),
                url=self._account_url(queued.account_id),
                request=request(queued.topic),
                severity=queued.severity,
                cap=queued.cap,
            )

    # -- findings -------------------------------------------------------------------------------------------------

    def _read_judgements(self, portfolio: PortfolioJudgement) -> None:
        for judgement in self._judgements.all():
            self._take(judgement.outcome, judgement.since, judgement)
        self._take(portfolio.outcome, portfolio.since)

    def _take(self, outcome: AccountOutcome, since: Mapping[str, dt.date], judgement: Judgement | None = None) -> None:
        if judgement is not None:
            empty = AccountOutcome(account_id=judgement.account_id, outcomes=())
            self._all.accounts[judgement.account_id] = replace(judgement, outcome=empty, since={}, worthy=frozenset())
        self._use.see(outcome, self._today)
        self._all.unknown.update(rule.code for rule in outcome.outcomes if rule.unknown)
        for finding in outcome.findings:
            self._all.failing.add(finding.fingerprint)
            if finding.state is not FindingState.ACTIVE:
                continue
            self._all.opened[finding.fingerprint] = len(self._all.findings)
            self._all.findings.append(
                OpenFinding(
                    org=self._org,
                    account=self._name(outcome.account_id),
                    user_id=self._concerned(outcome.account_id, str(finding.topic)),
                    url=self._account_url(outcome.account_id),
                    code=finding.code,
                    title=finding.problem.title,
                    severity=finding.severity,
                    since=since[finding.fingerprint],
                )
            )

    def _mark_returned(self, period: Period) -> None:
        """Mark what was opened since the week began and had been solved before."""
        recent = {key for key, index in self._all.opened.items() if self._all.findings[index].since >= period.first}
        for key in self._history.solved_before(recent, self._today):
            index = self._all.opened[key]
            self._all.findings[index] = replace(self._all.findings[index], returned=True)

    def _solved(self, week: tuple[FindingEvent, ...]) -> Iterator[SolvedFinding]:
        solved = {event.fingerprint: event for event in week if event.event == "resolved"}
        titles = self._history.titles(solved)
        for event in solved.values():
            if event.fingerprint in self._all.failing:
                continue
            account_id = self._account_id(event.account_id)
            rule = self._rules.get(event.code)
            named = rule.name.replace("-", " ") if rule is not None else event.code
            topic = self._topics.get(event.code, str(rule.topic) if rule is not None else "")
            yield SolvedFinding(
                org=self._org,
                account=self._name(account_id),
                user_id=self._concerned(account_id, topic, LinkState.CLOSED),
                url=self._account_url(account_id),
                code=event.code,
                what=titles.get(event.fingerprint, named),
                severity=event.severity,
                on=event.day,
            )

    def _counts(self, events: tuple[FindingEvent, ...], period: Period) -> WeekCounts:
        kinds = Counter(event.event for event in events)
        return WeekCounts(
            opened=kinds["opened"], solved=kinds["resolved"], failing=self._history.failing_on(period.last)
        )

    # -- the rest -------------------------------------------------------------------------------------------------

    def _reviews(self) -> Iterator[DueReview]:
        until = self._today + dt.timedelta(days=REVIEW_DAYS)
        if "plan.next_review_on" in self._description.unknown:
            return
        for plan in self._mirror.plans():
            account = self._all.accounts.get(plan.account_id)
            if account is None or not plan.active or plan.next_review_on is None:
                continue
            if self._today <= plan.next_review_on <= until:
                yield DueReview(
                    org=self._org,
                    account=account.account_name,
                    user_id=account.assignee("plan").user_id,
                    url=self._account_url(plan.account_id),
                    plan=plan.name,
                    on=plan.next_review_on,
                )

    def _setup(self, portfolio: PortfolioJudgement) -> tuple[SetupFinding, ...]:
        description = self._description
        unsure = guarded(self._store, description, self._settings.null_jump(self._policy), self._policy.needed)
        used = self._use.findings(self._checked_on(portfolio) or self._today)
        return (*description.setup, *unsure.setup, *used)

    def _checked_on(self, portfolio: PortfolioJudgement) -> dt.date | None:
        """Return the day of a check in the org's time zone, None where an earlier version of kam-sync made it."""
        zone = self._policy.policy.orgs[self._org].zone
        return portfolio.checked_at.astimezone(zone).date() if portfolio.checked_at else None

    def _account_id(self, account_id: str) -> str:
        return self._merged.get(account_id, account_id)

    def _name(self, account_id: str) -> str:
        if not account_id:
            return ""
        account = self._all.accounts.get(account_id)
        return account.account_name if account is not None else _GONE

    def _concerned(self, account_id: str, topic: str, *more: LinkState) -> str | None:
        """Return whom something on an account concerns: who has the task of its topic, else who would get it."""
        link = self._links.get((account_id, topic))
        if link is not None and link.state in {LinkState.LIVE, *more} and self._owners[link.key]:
            return self._owners[link.key]
        return self._planned_for(account_id, topic)

    def _planned_for(self, account_id: str, topic: str) -> str | None:
        account = self._all.accounts.get(account_id)
        return account.assignee(topic).user_id if account is not None else None

    def _task_url(self, link: TaskLink) -> str:
        template = self._description.task_url
        return template.replace("{id}", link.task_id) if template and link.task_id else ""

    def _account_url(self, account_id: str) -> str:
        template = self._description.record_urls.get(RecordKind.ACCOUNT, "")
        return template.replace("{id}", account_id) if account_id in self._all.accounts else ""
