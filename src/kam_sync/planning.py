"""Planning: from judgements, links and the tasks as the CRM shows them to operations. Pure: no I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kam_sync import operations
from kam_sync.caps import CapCounts
from kam_sync.cases import Case, PlanningInput, linked_findings, make_case
from kam_sync.identity import task_key
from kam_sync.judgements import Judgement, TopicFailure
from kam_sync.lifecycle import (
    CREATING,
    OPENING,
    TASK_TABLE,
    LinkState,
    Seen,
    Step,
    TaskField,
    TaskLink,
    is_over,
    our_fields,
    seen_as,
)
from kam_sync.plans import Operation, OrgPlan, Queued

_RANK: Final[Mapping[Step, int]] = {
    Step.CLOSE: 0,
    Step.WITHDRAW: 0,
    Step.MERGE: 0,
    Step.SOLVE: 1,
    Step.LEAVE: 1,
    Step.DISMISS: 1,
    Step.TAKE_BACK: 2,
    Step.UPDATE: 2,
    Step.REOPEN: 3,
    Step.RENEW: 4,
    Step.CREATE: 4,
}
"""Closings come first, so that a run that is cut off leaves fewer untrue tasks; creations last."""

_STANDING: Final = (
    LinkState.LIVE,
    LinkState.DISMISSED,
    LinkState.EXHAUSTED,
    LinkState.CLOSED,
    LinkState.WITHDRAWN,
)
"""Which of two tasks is kept when their accounts were merged: the earlier in this list, then the older."""


_TWICE: Final = "another task of kam-sync speaks of the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A task that should open; `case` is None where there is none yet, `instead` is done when it may not open."""

    failure: TopicFailure
    step: Step
    case: Case | None = None
    instead: Operation | None = None

    def order(self) -> tuple[float, float, str, str, str]:
        """Sort by severity, then revenue, then age."""
        failure = self.failure
        return (-failure.severity, -failure.revenue, failure.since.isoformat(), failure.account_id, failure.topic)


def plan_org(given: PlanningInput) -> OrgPlan:
    """Return the plan of one org: closings first, then our own books, updates, and what the caps let open."""
    return _Planner(given).run()


class _Planner:
    def __init__(self, given: PlanningInput) -> None:
        self._in = given
        self._operations: list[Operation] = []
        self._queued: list[Queued] = []
        self._wishes: list[_Wish] = []
        self._caps = CapCounts(given.caps, given.recent)

    def run(self) -> OrgPlan:
        held: set[tuple[str, str]] = set()
        for stored, link in self._merge(self._in.links):
            held.add((link.account_id, link.topic))
            self._continue(make_case(self._in, stored, link))
        for failure in self._in.judgements.failures():
            if (failure.account_id, failure.topic) not in held:
                self._wishes.append(_Wish(failure=failure, step=Step.CREATE))
        for wish in sorted(self._wishes, key=_Wish.order):
            self._open(wish)
        self._operations.sort(key=lambda operation: _RANK[operation.step])
        return OrgPlan(
            org=self._in.org,
            org_uid=self._in.description.org_uid,
            operations=tuple(self._operations),
            queued=tuple(self._queued),
        )

    # -- merged accounts ------------------------------------------------------------------------------------------

    def _merge(self, links: Iterable[TaskLink]) -> list[tuple[TaskLink, TaskLink]]:
        """Return (link as stored, link under the account that is left) and close the tasks that are one too many."""
        groups: dict[tuple[str, str], list[tuple[TaskLink, TaskLink]]] = defaultdict(list)
        for stored in links:
            account_id = self._in.merged.get(stored.account_id, stored.account_id)
            moved = stored if account_id == stored.account_id else replace(stored, account_id=account_id)
            groups[account_id, stored.topic].append((stored, moved))
        kept = []
        for group in groups.values():
            group.sort(key=lambda pair: (_STANDING.index(pair[0].state), str(pair[0].created_at), pair[0].key))
            kept.append(group[0])
            for stored, moved in group[1:]:
                self._end_merged(stored, moved, merged=any(one.account_id != two.account_id for one, two in group))
        return kept

    def _end_merged(self, stored: TaskLink, moved: TaskLink, *, merged: bool) -> None:
        state = self._in.observed.get(stored.task_id)
        seen = seen_as(stored, state)
        if seen is Seen.UNSEEN and stored.state in {LinkState.LIVE, LinkState.DISMISSED, LinkState.EXHAUSTED}:
            return  # it may be open: wait until it is seen
        judgement = self._in.judgements.of(moved.account_id)
        name = judgement.account_name if judgement else moved.account_id
        reason = f"its account was merged into {name}, which keeps an older task" if merged else _TWICE
        ended = replace(moved, state=LinkState.ENDED, closed_on=self._in.today)
        change = None
        if state is not None and seen in {Seen.OPEN, Seen.DEFERRED}:
            write = operations.closing_write(self._in.today, stored, state, reason)
            change = operations.Change(write=write, before=state)
        self._operations.append(
            operations.operation(Step.MERGE, stored, ended, name=name, reason=reason, change=change)
        )

    # -- tasks that exist -----------------------------------------------------------------------------------------

    def _continue(self, case: Case) -> None:
        step = TASK_TABLE[case.link.state, case.verdict, case.seen, is_over(case.link, case.failing, self._in.today)]
        match step:
            case Step.WAIT:
                if case.link.state is LinkState.LIVE:
                    self._count_live(case)
                self._record_move(case)
            case Step.UPDATE | Step.TAKE_BACK:
                self._count_live(case)
                updated = operations.update(self._in, case, step)
                if updated is not None:
                    self._operations.append(updated)
            case Step.CLOSE | Step.WITHDRAW:
                self._operations.append(operations.close(self._in, case, step))
            case Step.SOLVE | Step.LEAVE:
                self._operations.append(operations.note_put_away(self._in, case, step))
            case Step.DISMISS:
                self._dismiss(case)
            case Step.REOPEN | Step.RENEW:
                self._wish(case, step)
            case Step.CREATE | Step.MERGE:
                raise AssertionError(f"the task table cannot ask for {step} here")

    def _count_live(self, case: Case) -> None:
        owner = case.state.owner_id if case.state else case.link.wanted.get(TaskField.OWNER)
        self._caps.add_live(case.link.account_id, owner)

    def _record_move(self, case: Case) -> None:
        """Note that a link now belongs to the account that took in its own."""
        if case.link.account_id != case.stored.account_id:
            self._operations.append(
                operations.operation(
                    Step.UPDATE, case.stored, case.link, name=case.name, reason="its account was merged"
                )
            )

    def _dismiss(self, case: Case) -> None:
        """Note the dismissal; what fails beyond it opens a new episode in the same run."""
        noted = operations.dismiss(self._in, case)
        after = replace(case, link=noted.link)
        step = TASK_TABLE[
            after.link.state, after.verdict, after.seen, is_over(after.link, after.failing, self._in.today)
        ]
        if step in OPENING:
            self._wish(after, step, noted)
        else:
            self._operations.append(noted)

    def _wish(self, case: Case, step: Step, instead: Operation | None = None) -> None:
        topic, judgement = case.link.topic, case.judged
        failure = TopicFailure(
            account_id=case.link.account_id,
            topic=topic,
            severity=max(finding.severity for finding in case.failing),
            revenue=judgement.revenue,
            since=min(judgement.since[finding.fingerprint] for finding in judgement.worthy_findings(topic)),
        )
        self._wishes.append(_Wish(failure=failure, step=step, case=case, instead=instead))

    # -- what opens, within the caps ------------------------------------------------------------------------------

    def _open(self, wish: _Wish) -> None:
        account_id = wish.failure.account_id
        judgement = self._in.judgements.of(account_id)
        if judgement is None:
            raise AssertionError(f"the account {account_id} fails and has no judgement")
        owner = self._owner(wish, judgement)
        new = wish.step in CREATING
        if owner is None:
            self._queue(wish, judgement, "nobody can be assigned: set tasks.fallback_assignee")
        elif cap := self._caps.reached(account_id, owner, new=new):
            self._queue(wish, judgement, cap)
        else:
            self._caps.add_live(account_id, owner)
            if new:
                self._caps.add_new(owner)
            self._operations.append(self._opening(wish, judgement, owner))

    def _owner(self, wish: _Wish, judgement: Judgement) -> str | None:
        """Return who will own the task: when it is opened again, whoever a person gave it to, else the assignee."""
        case = wish.case
        if case is not None and wish.step is Step.REOPEN:
            owner = case.observed.owner_id
            persons = TaskField.OWNER not in our_fields(case.link, case.observed)
            uncertain = not judgement.assignee(wish.failure.topic).certain
            if owner and (persons or uncertain) and self._in.assignable(owner):
                return owner
        return judgement.assignee(wish.failure.topic).user_id

    def _opening(self, wish: _Wish, judgement: Judgement, owner: str) -> Operation:
        case, place = wish.case, (wish.failure.account_id, wish.failure.topic)
        if case is not None and wish.step is Step.REOPEN:
            return operations.reopen(self._in, case, owner)
        org_uid = self._in.description.org_uid
        episode = self._in.episodes.get(place, 0) + 1
        link = TaskLink(
            org_uid=org_uid,
            account_id=place[0],
            topic=place[1],
            key=task_key(org_uid, *place, episode),
            state=LinkState.LIVE,
            episode=episode,
            findings=case.findings if case else linked_findings(self._in, judgement, place[1]),
            dismissals=case.link.dismissals if case else 0,
            former_task_id=case.link.task_id if case else "",
        )
        return operations.create(self._in, link, judgement.account_name, owner, case)

    def _queue(self, wish: _Wish, judgement: Judgement, cap: str) -> None:
        if wish.instead is not None:
            self._operations.append(wish.instead)
        elif wish.case is not None:
            self._record_move(wish.case)
        self._queued.append(
            Queued(
                account_id=wish.failure.account_id,
                account_name=judgement.account_name,
                topic=wish.failure.topic,
                severity=wish.failure.severity,
                cap=cap,
            )
        )
