"""The baseline for onboarding: what is wrong already drips into tasks at a bearable pace; what is new comes at once.

Nothing is hidden: every finding stays in reports, with the day from which tasks may speak of it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync.config import LoadedPolicy
from kam_sync.dates import add_days
from kam_sync.engine import Finding, FindingState
from kam_sync.errors import ConfigError
from kam_sync.judgements import Judgement
from kam_sync.session import JobSettings
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.baseline import Baseline
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.runs import load_description

WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResult:
    """The baseline of one org: how many findings it holds, and when the last of them may become a task."""

    org: str
    findings: int
    last_on: dt.date | None


def release_dates(
    judgements: Iterable[Judgement], min_severity: Severity, per_week: int, today: dt.date
) -> Mapping[str, dt.date]:
    """Return fingerprint → the day from which a task may speak of it.

    What would be one task comes out together; each assignee gets `per_week` such topics a week, the first today: the
    worst first, then by the account's revenue, then by name. What a broader finding covers comes out no earlier than
    the last of its assignee's topics, should it ever have to speak for itself.
    """
    waiting: dict[str | None, list[tuple[int, float, str, str, list[Finding]]]] = defaultdict(list)
    covered: dict[str | None, list[Finding]] = defaultdict(list)
    for judgement in judgements:
        topics: dict[str, list[Finding]] = defaultdict(list)
        for finding in judgement.outcome.findings:
            if finding.severity < min_severity:
                continue
            if finding.state is FindingState.ACTIVE:
                topics[finding.topic].append(finding)
            elif finding.state is FindingState.INHIBITED:
                covered[judgement.assignee(finding.topic).user_id].append(finding)
        for topic, found in topics.items():
            worst = max(int(finding.severity) for finding in found)
            entry = (-worst, -judgement.revenue, judgement.account_name, topic, found)
            waiting[judgement.assignee(topic).user_id].append(entry)
    dates = {
        finding.fingerprint: add_days(today, WEEK * (number // per_week))
        for entries in waiting.values()
        for number, (*_, found) in enumerate(sorted(entries, key=lambda entry: entry[:-1]))
        for finding in found
    }
    for assignee, found in covered.items():
        last = add_days(today, WEEK * (max(len(waiting[assignee]) - 1, 0) // per_week))
        dates |= {finding.fingerprint: last for finding in found}
    return dates


def set_baseline(
    policy: LoadedPolicy, store: Store, settings: JobSettings, *, per_week: int
) -> tuple[BaselineResult, ...]:
    """Take what the last check found as the baseline of each chosen org, instead of the one it had.

    Raises:
        ConfigError: An org was not checked yet, or `per_week` is less than 1.

    Example:
        >>> (org,) = kam_sync.set_baseline(policy, store, settings, per_week=1)
        >>> org.findings, org.last_on.isoformat()
        (3, '2026-03-16')
    """
    if per_week < 1:
        raise ConfigError("a baseline releases at least one topic a week")
    results = []
    for org in settings.chosen(policy):
        description = load_description(store, org)
        judgements = StoredJudgements(store, description.org_uid) if description is not None else None
        if description is None or judgements is None or judgements.portfolio() is None:
            raise ConfigError(f"{org} was not checked yet; run `kam-sync check` first")
        today = settings.clock.now().astimezone(policy.policy.orgs[org].zone).date()
        dates = release_dates(judgements.all(), policy.policy.tasks.min_severity, per_week, today)
        Baseline(store, description.org_uid).replace(dates)
        results.append(BaselineResult(org=org, findings=len(dates), last_on=max(dates.values(), default=None)))
    return tuple(results)


def clear_baseline(policy: LoadedPolicy, store: Store, settings: JobSettings) -> tuple[str, ...]:
    """Do away with the baseline of each chosen org: tasks may speak of everything from the next check on.

    Example:
        >>> kam_sync.clear_baseline(policy, store, settings)
        ('main',)
    """
    cleared = []
    for org in settings.chosen(policy):
        description = load_description(store, org)
        if description is not None:
            Baseline(store, description.org_uid).replace({})
            cleared.append(org)
    return tuple(cleared)
