"""Mending the books: taking back what kam-sync wrote, and adopting its tasks after the store was lost."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kam_sync import operations
from kam_sync.applying import ApplyResult
from kam_sync.config import LoadedPolicy
from kam_sync.errors import ConfigError
from kam_sync.identity import episode_of, task_key
from kam_sync.job import OrgResult, RunResult, for_each_org
from kam_sync.lifecycle import DISMISSED_DAYS, LinkState, Seen, Step, TaskLink
from kam_sync.plans import OrgPlan
from kam_sync.ports import TaskState, TaskStatus
from kam_sync.session import JobSettings, OrgSession
from kam_sync.store import Store
from kam_sync.store.leases import break_lease
from kam_sync.store.runs import load_description


def retract(
    policy: LoadedPolicy, store: Store, settings: JobSettings, *, run_id: str | None, apply: bool = False
) -> RunResult:
    """Close the open tasks that a run made, or all runs (`run_id` None); only plans unless `apply` is given.

    What people changed on the tasks stays. A later run opens them again if the problems stand: change the policy first.

    Example:
        >>> kam_sync.run(policy, store, settings, apply=True).orgs[0].apply.written
        3
        >>> kam_sync.retract(policy, store, settings, run_id=None).orgs[0].plan.counts
        {'withdraw': 3}
    """

    def work(session: OrgSession, result: OrgResult) -> None:
        applied = ApplyResult()
        if apply:
            session.settle(applied)
        links = [link for link in session.books.of_run(run_id) if link.state is not LinkState.ENDED]
        observed = session.connector.read_tasks([link.task_id for link in links]) if links else {}
        result.plan = OrgPlan(
            org=session.org,
            org_uid=session.description.org_uid,
            operations=tuple(
                operations.closing(
                    Step.WITHDRAW,
                    link,
                    link,
                    observed[link.task_id],
                    session.today,
                    name=_account_name(session, link),
                    reason="it was taken back",
                )
                for link in links
                if link.task_id in observed and _is_open(observed[link.task_id])
            ),
        )
        if apply:
            result.apply = applied
            session.apply(result.plan, applied)

    return for_each_org(policy, store, settings, work, applied=apply)


def _is_open(state: TaskState) -> bool:
    return not state.deleted and state.status is not TaskStatus.CLOSED


def _account_name(session: OrgSession, link: TaskLink) -> str:
    judgement = session.judgements.of(link.account_id)
    return judgement.account_name if judgement is not None else link.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What recovering took over, and the task keys it could not place (another installation's, or merged accounts')."""

    adopted: int
    left: tuple[str, ...]


def recover(policy: LoadedPolicy, store: Store, settings: JobSettings) -> tuple[RunResult, Mapping[str, Recovery]]:
    """Adopt tasks that carry a kam-sync key of this org but are not in the books, every field treated as a person's.

    Example:
        >>> result, recovered = kam_sync.recover(policy, store, settings)
        >>> recovered["main"].adopted
        0
    """
    recoveries: dict[str, Recovery] = {}

    def work(session: OrgSession, result: OrgResult) -> None:
        session.settle(ApplyResult())
        result.pull = session.pull()
        foreign = dict(_foreign(session))
        places = _places(session, {key.partition("-")[0] for key in foreign})
        observed = session.connector.read_tasks(sorted(foreign.values())) if foreign else {}
        groups: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for key, task_id in foreign.items():
            place = places.get(key.partition("-")[0])
            if place is not None and task_id in observed:
                groups[place].append((episode_of(key), key))
        links = [
            link
            for place, episodes in sorted(groups.items())
            for link in _adopted(session, place, sorted(episodes), {k: observed[foreign[k]] for _, k in episodes})
        ]
        session.books.adopt(links)
        adopted = {link.key for link in links}
        recoveries[session.org] = Recovery(adopted=len(links), left=tuple(sorted(set(foreign) - adopted)))

    return for_each_org(policy, store, settings, work), recoveries


def _foreign(session: OrgSession) -> Iterable[tuple[str, str]]:
    """Yield (task key, task id) of tasks in the mirror that carry a key the books do not know."""
    for key, activity in session.mirror.our_activities():
        if session.books.link(key) is None:
            yield key, activity.id.rpartition(":")[2]


def _places(session: OrgSession, prefixes: set[str]) -> dict[str, tuple[str, str]]:
    """Return hash part of a key → (account, topic), for the hashes asked for."""
    topics = sorted({configured.rule.topic for configured in session.policy.rules})
    uid = session.description.org_uid
    merged = session.mirror.merged()
    found = {}
    for account_id in (*session.mirror.account_ids(), *merged):
        for topic in topics:
            prefix = task_key(uid, account_id, topic, 1).partition("-")[0]
            if prefix in prefixes:
                found[prefix] = (merged.get(account_id, account_id), topic)
    return found


def _adopted(
    session: OrgSession, place: tuple[str, str], episodes: Sequence[tuple[int, str]], states: Mapping[str, TaskState]
) -> Iterable[TaskLink]:
    """Yield the links of one account and topic, each as its task stands.

    Of several that are open the next run keeps one and closes the others; closed ones before the last are history.
    """
    account_id, topic = place
    known = any((link.account_id, link.topic) == place for link in session.books.links())
    for number, (episode, key) in enumerate(episodes, start=1):
        state = states[key]
        link = TaskLink(
            org_uid=session.description.org_uid,
            account_id=account_id,
            topic=topic,
            key=key,
            state=LinkState.ENDED,
            episode=episode,
            task_id=state.id,
            created_at=state.modified_at,
        )
        if state.status is TaskStatus.OPEN:
            yield replace(link, state=LinkState.LIVE)
        elif state.status is TaskStatus.DEFERRED:
            until = session.today + dt.timedelta(days=DISMISSED_DAYS)
            yield replace(link, state=LinkState.DISMISSED, dismissed_as=Seen.DEFERRED, dismissals=1, until=until)
        elif known or number < len(episodes):
            yield link
        else:
            closed_on = (state.modified_at or session.settings.clock.now()).date()
            yield replace(link, state=LinkState.CLOSED, closed_on=closed_on)


def end_lease(policy: LoadedPolicy, store: Store, org: str) -> None:
    """End the lease of an org whoever holds it; raises ConfigError for an org that was never looked at."""
    if org not in policy.policy.orgs:
        raise ConfigError(f"there is no org {org!r} in the policy; there are: {', '.join(policy.policy.orgs)}")
    description = load_description(store, org)
    if description is None:
        raise ConfigError(f"{org} was never pulled, so that no run can hold it")
    break_lease(store, description.org_uid)
