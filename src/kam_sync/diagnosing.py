"""Looking at orgs without pulling: can they be reached, what is mapped, and which rules can be judged there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kam_sync import notebook
from kam_sync.config import LoadedPolicy
from kam_sync.errors import KamSyncError
from kam_sync.names import wider
from kam_sync.ports import ApiUsage, OrgDescription
from kam_sync.pulling import guarded
from kam_sync.rules_api import RuleFacts
from kam_sync.session import JobSettings, OrgSession
from kam_sync.store import Store


class Readiness(StrEnum):
    """How far a rule can be judged in an org."""

    READY = "ready"
    PARTLY = "partly"
    """Something that it would use is unknown; what rests on it is left open."""
    UNKNOWN = "unknown"
    """Something without which it says nothing is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReadiness:
    """How far a rule can be judged in an org.

    `missing` are the canonical names that stand in its way, with reasons; `lacking` those it could do more with.
    """

    code: str
    name: str
    selected: bool
    missing: tuple[tuple[str, str], ...]
    lacking: tuple[tuple[str, str], ...]

    @property
    def state(self) -> Readiness:
        """What that amounts to."""
        if self.missing:
            return Readiness.UNKNOWN
        return Readiness.PARTLY if self.lacking else Readiness.READY


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

    def __repr__(self) -> str:
        return f"<Diagnosis {self.org}: exit code {self.exit_code}>"

    def _repr_html_(self) -> str:
        return notebook.diagnosis_html(self)


def doctor(policy: LoadedPolicy, store: Store, settings: JobSettings) -> tuple[Diagnosis, ...]:
    """Look at every org without pulling: reachable, mapped, permitted, and how far each installed rule can be judged.

    What the last pull showed to be empty everywhere counts as unknown.

    Example:
        >>> (org,) = kam_sync.doctor(policy, store, settings)
        >>> [rule.name for rule in org.rules if rule.selected and rule.missing]
        []
    """
    return tuple(_diagnose(policy, store, settings, org) for org in settings.chosen(policy))


def _diagnose(policy: LoadedPolicy, store: Store, settings: JobSettings, org: str) -> Diagnosis:
    session: OrgSession | None = None
    try:
        session = OrgSession(policy, org, store, settings, everything=True)
        description = session.describe()
        unknown = {**guarded(store, description, settings.null_jump(policy)).unknown, **description.unknown}
        selected = frozenset(configured.rule.code for configured in policy.rules)
        rules = tuple(_readiness(rule, unknown, selected) for rule in policy.installed)
        return Diagnosis(org=org, description=description, rules=rules, usage=session.connector.usage())
    except KamSyncError as error:
        usage = session.connector.usage() if session else None
        return Diagnosis(org=org, description=None, rules=(), usage=usage, error=error)
    finally:
        if session is not None:
            session.connector.close()


def _readiness(rule: RuleFacts, unknown: Mapping[str, str], selected: frozenset[str]) -> RuleReadiness:
    missing = dict(_unknown_of(rule.needs, unknown))
    lacking = dict(_unknown_of(rule.uses, unknown))
    return RuleReadiness(
        code=rule.code,
        name=rule.name,
        selected=rule.code in selected,
        missing=tuple(missing.items()),
        lacking=tuple((name, reason) for name, reason in lacking.items() if name not in missing),
    )


def _unknown_of(names: tuple[str, ...], unknown: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is unknown of some names, or of what they are a part of, with the reason."""
    for name in names:
        for wide in wider(name):
            if wide in unknown:
                yield wide, unknown[wide]
                break
