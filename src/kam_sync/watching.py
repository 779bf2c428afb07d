"""Seeing from outside whether the job still does its work: when each org was last done in full."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kam_sync.config import LoadedPolicy
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.runs import last_whole_run, load_description


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgHealth:
    """When an org was last done in full, in UTC (None for never), and whether that is recent enough."""

    org: str
    last_success: dt.datetime | None
    healthy: bool


def health(
    policy: LoadedPolicy, store: Store, settings: JobSettings, *, max_age: dt.timedelta, dry_runs: bool = False
) -> tuple[OrgHealth, ...]:
    """Return for every org whether a whole run ended with exit code 0 lately; calls no CRM.

    Args:
        policy: The policy.
        store: Its store.
        settings: Which orgs, and the time.
        max_age: How long ago it may be.
        dry_runs: Count runs too that might not write.

    Example:
        >>> import datetime as dt
        >>> kam_sync.run(policy, store, settings).exit_code
        0
        >>> (org,) = kam_sync.health(policy, store, settings, max_age=dt.timedelta(hours=26), dry_runs=True)
        >>> org.healthy
        True
    """
    now = settings.clock.now()
    found = []
    for org in settings.chosen(policy):
        description = load_description(store, org)
        last = last_whole_run(store, description.org_uid, applied=not dry_runs) if description is not None else None
        found.append(OrgHealth(org=org, last_success=last, healthy=last is not None and now - last <= max_age))
    return tuple(found)
