"""Answering "why": everything kam-sync knows about one account, and every finding of the last check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kam_sync import notebook
from kam_sync.config import LoadedPolicy
from kam_sync.engine import Finding
from kam_sync.errors import ConfigError
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import TaskLink
from kam_sync.plans import Queued
from kam_sync.ports import OrgDescription
from kam_sync.pulling import guarded
from kam_sync.records import AccountSnapshot
from kam_sync.roles import RoleCoverage, coverage
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.baseline import Baseline
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.runs import load_description, load_queue
from kam_sync.store.snapshots import Snapshots
from kam_sync.store.tasks import TaskBooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One account: what was pulled, what the rules say of it, and its tasks.

    `released` are the findings of the baseline, by fingerprint, with the day from which tasks may speak of each.
    `queued` are the topics that waited behind a cap when the org was last planned.
    """

    org: str
    description: OrgDescription
    snapshot: AccountSnapshot
    coverage: Sequence[RoleCoverage]
    judgement: Judgement
    links: tuple[TaskLink, ...]
    released: Mapping[str, dt.date]
    queued: tuple[Queued, ...]

    def __repr__(self) -> str:
        return f"<Why {self.org}: {len(self.judgement.outcome.findings)} findings, {len(self.links)} tasks>"

    def _repr_html_(self) -> str:
        return notebook.why_html(self)


def why(policy: LoadedPolicy, store: Store, settings: JobSettings, account: str) -> tuple[Why, ...]:
    """Explain the accounts whose id is `account` or whose name contains it, as of the last check.

    Raises:
        ConfigError: No account matches, those that do went with a later pull, or nothing was checked yet.

    Example:
        >>> (account,) = kam_sync.why(policy, store, settings, "okafor")
        >>> [(role.role.value, role.level.name) for role in account.coverage if role.level is not None][:2]
        [('results_driver', 'NAMED'), ('relationship_lead', 'NAMED')]
    """
    found: list[Why] = []
    went = False
    for org in settings.chosen(policy):
        description = load_description(store, org)
        if description is None:
            continue
        wanted = account.casefold()
        for judgement in StoredJudgements(store, description.org_uid).all():
            if judgement.account_id == account or wanted in judgement.account_name.casefold():
                explained = _why(policy, store, settings, org, description, judgement)
                went = went or explained is None
                found += [explained] if explained is not None else []
    if went and not found:
        raise ConfigError(f"{account!r} has gone out of scope since the last check; run `kam-sync check`")
    if not found:
        raise ConfigError(
            f"no account in scope is called {account!r} as of the last check; run `kam-sync check`, or give its id"
        )
    return tuple(found)


def _why(
    policy: LoadedPolicy,
    store: Store,
    settings: JobSettings,
    org: str,
    description: OrgDescription,
    judgement: Judgement,
) -> Why | None:
    """Explain one account; None when a pull since the check has found it gone."""
    section = policy.policy.orgs[org]
    empty = guarded(store, description, settings.null_jump(policy)).unknown
    unknown = frozenset({*description.unknown, *empty})
    inherit = frozenset(section.inherit)
    snapshots = Snapshots(store, description.org_uid)
    snapshot = next(snapshots.stream(unknown, inherit=inherit, only=judgement.account_id), None)
    if snapshot is None:
        return None
    links = TaskBooks(store, description.org_uid).of_account(judgement.account_id)
    today = settings.clock.now().astimezone(section.zone).date()
    return Why(
        org=org,
        description=description,
        snapshot=snapshot,
        coverage=coverage(snapshot, today),
        judgement=judgement,
        links=links,
        released=Baseline(store, description.org_uid).dates(),
        queued=load_queue(store, description.org_uid, judgement.account_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgFinding:
    """A finding of the last check with the account it is about; silenced ones say so in `finding.state`.

    One that is about the whole portfolio has neither the id nor the name of an account.
    """

    org: str
    account_id: str
    account_name: str
    since: dt.date
    finding: Finding


def findings(policy: LoadedPolicy, store: Store, settings: JobSettings) -> Iterator[OrgFinding]:
    """Yield every finding of the last check, org by org, in the order of account ids; touches no network.

    Example:
        >>> [found.finding.code for found in kam_sync.findings(policy, store, settings)]
        ['KAM101', 'KAM201', 'KAM203']
    """
    for org in settings.chosen(policy):
        description = load_description(store, org)
        if description is None:
            continue
        for judgement in StoredJudgements(store, description.org_uid).all():
            for finding in judgement.outcome.findings:
                yield OrgFinding(
                    org=org,
                    account_id=judgement.account_id,
                    account_name=judgement.account_name,
                    since=judgement.since[finding.fingerprint],
                    finding=finding,
                )
        portfolio = StoredJudgements(store, description.org_uid).portfolio()
        if portfolio is None:
            continue
        for finding in portfolio.outcome.findings:
            since = portfolio.since[finding.fingerprint]
            yield OrgFinding(org=org, account_id="", account_name="", since=since, finding=finding)
