"""A mirror to fill by hand, for the tests of the core."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from core.core_builders import (
    DAY,
    NOW,
    TODAY,
    UID,
)
from kam_sync.checking import CheckInput, CheckResult, check_org
from kam_sync.engine import ConfiguredRule, Suppression
from kam_sync.ports import OrgDescription, Page, RejectedRecord
from kam_sync.probes import Probe, judge_probes
from kam_sync.records import (
    Account,
    AccountSnapshot,
    Activity,
    ActivityKind,
    ActivityStatus,
    Contact,
    Record,
    RecordKind,
    RoleAssignment,
)
from kam_sync.rules_api import RuleContext
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.mirror import Mirror
from kam_sync.store.snapshots import Snapshots


def account(name: str, *, parent: str | None = None, in_scope: bool = True, merged: tuple[str, ...] = ()) -> Account:
    return Account(id=name, name=name.title(), owner_id="amal", parent_id=parent, in_scope=in_scope, merged_ids=merged)


def contact(name: str, *accounts: str) -> Contact:
    return Contact(id=name, account_ids=accounts, name=name.title())


def todo(name: str, *accounts: str, our_key: str | None = None, kind: ActivityKind = ActivityKind.TASK) -> Activity:
    return Activity(
        id=name, account_ids=accounts, kind=kind, status=ActivityStatus.OPEN, on=TODAY, owner_id="amal", our_key=our_key
    )


class FilledMirror:
    """A mirror with the pulls it is told of."""

    def __init__(self, store: Store, org_uid: str = UID, *, pulled: Iterable[RecordKind] = RecordKind) -> None:
        self.store = store
        self.org_uid = org_uid
        self.mirror = Mirror(store, org_uid)
        for kind in pulled:
            self.pull(kind)

    def pull(
        self,
        kind: RecordKind,
        *records: Record,
        pages: Iterable[tuple[Record, ...]] = (),
        rejected: tuple[RejectedRecord, ...] = (),
        problem: str = "",
        today: dt.date = TODAY,
    ) -> None:
        """Pull a kind: one page of `records`, or several `pages`; with a problem the pull is not complete."""
        number = self.mirror.begin(kind, NOW)
        for page in (*pages, records):
            self.mirror.add(kind, number, Page(records=page))
            if any(isinstance(record, RoleAssignment) for record in page):
                self.mirror.note_roles(Page(records=page), today)
        if rejected:
            self.mirror.add(kind, number, Page(records=(), rejected=rejected))
        self.mirror.finish(kind, number, problem)

    def snapshots(
        self, *, unknown: Iterable[str] = (), inherit: Iterable[str] = (), only: str | None = None
    ) -> dict[str, AccountSnapshot]:
        found = Snapshots(self.store, self.org_uid).stream(frozenset(unknown), inherit=frozenset(inherit), only=only)
        return {snapshot.account.id: snapshot for snapshot in found}

    def one(self, name: str, *, inherit: Iterable[str] = ()) -> AccountSnapshot:
        return self.snapshots(inherit=inherit, only=name)[name]


def checking(
    store: Store,
    *rules: ConfiguredRule,
    description: OrgDescription | None = None,
    suppressions: Sequence[Suppression] = (),
    min_severity: Severity = Severity.MEDIUM,
    fallback: str | None = "zoe",
    probes: Mapping[str, Probe] | None = None,
    offset: int = 0,
) -> CheckResult:
    """Judge the mirror of a store, `offset` days from today."""
    org = description or OrgDescription(org_uid=UID, name="One")
    return check_org(
        store,
        CheckInput(
            description=org,
            rules=rules,
            suppressions=suppressions,
            context=RuleContext(today=TODAY + offset * DAY),
            min_severity=min_severity,
            fallback=fallback,
            inherit=frozenset(),
            guarded=judge_probes(probes or {}, frozenset(org.unknown), org.labels, 0.2),
        ),
    )
