"""Answering "why": everything kam-sync knows about one account, and what stands in the way of rules in an org."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kam_sync.config import LoadedPolicy
from kam_sync.engine import Finding
from kam_sync.errors import ConfigError, KamSyncError
from kam_sync.judgements import Judgement
from kam_sync.lifecycle import TaskLink
from kam_sync.ports import ApiUsage, OrgDescription
from kam_sync.probes import judge_probes
from kam_sync.pulling import load_probes
from kam_sync.records import AccountSnapshot
from kam_sync.roles import RoleCoverage, coverage
from kam_sync.session import JobSettings, OrgSession
from kam_sync.store import Store
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.mirror import Mirror
from kam_sync.store.runs import load_description
from kam_sync.store.tasks import TaskBooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One account: what was pulled, what the rules say of it, and its tasks."""

    org: str
    description: OrgDescription
    snapshot: AccountSnapshot
    coverage: Sequence[RoleCoverage]
    judgement: Judgement
    links: tuple[TaskLink, ...]


def why(policy: LoadedPolicy, store: Store, settings: JobSettings, account: str) -> tuple[Why, ...]:
    """Explain the accounts whose id is `account` or whose name contains it, as of the last check.

    Raises:
        ConfigError: No account matches, those that do went with a later pull, or nothing was checked yet.
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
    mirror = Mirror(store, description.org_uid)
    unmapped = frozenset(description.unknown)
    probes = load_probes(store, description.org_uid)
    guarded, _ = judge_probes(probes, unmapped, description.labels, settings.null_jump(policy))
    inherit = frozenset(section.inherit)
    snapshot = next(mirror.snapshots(unmapped | guarded.keys(), inherit=inherit, only=judgement.account_id), None)
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
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgFinding:
    """A finding of the last check with the account it is about; silenced ones say so in `finding.state`."""

    org: str
    account_id: str
    account_name: str
    since: dt.date
    finding: Finding


def findings(policy: LoadedPolicy, store: Store, settings: JobSettings) -> Iterator[OrgFinding]:
    """Yield every finding of the last check, org by org, in the order of account ids; touches no network."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReadiness:
    """Whether a rule can be judged in an org; `unknown` are the canonical names that stand in its way, with reasons."""

    code: str
    name: str
    unknown: tuple[tuple[str, str], ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in its way."""
        return not self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What `doctor` found in one org."""

    org: str
    description: OrgDescription | None
    rules: tuple[RuleReadiness, ...]
    usage: ApiUsage | None
    error: KamSyncError | None = None

    @property
    def exit_code(self) -> int:
        """What this org's part asks the command line to exit with."""
        return self.error.exit_code if self.error else 0


def doctor(policy: LoadedPolicy, store: Store, settings: JobSettings) -> tuple[Diagnosis, ...]:
    """Look at every org without pulling: reachable, mapped, permitted, and which rules can be judged."""
    return tuple(_diagnose(policy, store, settings, org) for org in settings.chosen(policy))


def _diagnose(policy: LoadedPolicy, store: Store, settings: JobSettings, org: str) -> Diagnosis:
    session: OrgSession | None = None
    try:
        session = OrgSession(policy, org, store, settings)
        description = session.describe()
        rules = tuple(
            RuleReadiness(
                code=configured.rule.code,
                name=configured.rule.name,
                unknown=tuple(
                    (need, description.unknown[need]) for need in configured.rule.needs if need in description.unknown
                ),
            )
            for configured in policy.rules
        )
        return Diagnosis(org=org, description=description, rules=rules, usage=session.connector.usage())
    except KamSyncError as error:
        usage = session.connector.usage() if session else None
        return Diagnosis(org=org, description=None, rules=(), usage=usage, error=error)
    finally:
        if session is not None:
            session.connector.close()
