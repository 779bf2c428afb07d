"""Pulling: from a connector into the mirror, kind by kind; a kind that fails becomes unknown and the rest goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update

from kam_sync.assignments import Assignment, as_roles
from kam_sync.clock import Clock
from kam_sync.errors import AuthError, ConnectorError, QuotaExhaustedError
from kam_sync.names import RELATIONS
from kam_sync.ports import Connector, OrgDescription, Page
from kam_sync.probes import Guarded, Probe, Tally, judge_probes
from kam_sync.progress import StageProgress, silent_stage
from kam_sync.records import RecordKind
from kam_sync.store import Store, schema
from kam_sync.store.mirror import Mirror, upsert

"""Called with what is being done and how many records have passed."""

ESSENTIAL: Final = frozenset({RecordKind.USER, RecordKind.ACCOUNT})
"""Without these nothing can be judged, so that their failure ends the run of the org."""
NOT_WANTED: Final = "no rule that is selected reads it"
PAGES_PER_CHUNK: Final = 500
"""Role assignments of the file per page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullResult:
    """What a pull brought; `problems` says per kind what went wrong, in words for the user."""

    rows: dict[RecordKind, int]
    rejected: int
    problems: dict[RecordKind, str]


def pull_org(
    connector: Connector,
    description: OrgDescription,
    store: Store,
    *,
    clock: Clock,
    today: dt.date,
    wanted: frozenset[str] | None = None,
    assignments: Sequence[Assignment] = (),
    progress: StageProgress = silent_stage,
    alive: Callable[[], None] = lambda: None,
) -> PullResult:
    """Pull every kind of record of an org into its mirror.

    Args:
        connector: The connector.
        description: What it found out about the org; a relation that is unknown there is not pulled.
        store: Where the mirror is.
        clock: Tells the time.
        today: The date in the org's time zone.
        wanted: The canonical names that are read; a relation that is not among them is not pulled. None is all.
        assignments: Roles from the assignments file.
        progress: Told after every page.
        alive: Called after every page: keeps the lease.

    Raises:
        ConnectorError: Users or accounts could not be pulled, the credentials are refused, or the day's calls are
            used up.
    """
    mirror = Mirror(store, description.org_uid)
    tally = Tally(wanted)
    rows: dict[RecordKind, int] = {}
    rejected = 0
    problems: dict[RecordKind, str] = {}
    unwanted = [kind for kind, name in RELATIONS.items() if wanted is not None and name not in wanted]
    mirror.skip(unwanted, clock.now(), NOT_WANTED)
    for kind in RecordKind:
        if kind in unwanted:
            continue
        relation = RELATIONS.get(kind, "")
        number = mirror.begin(kind, clock.now())
        count = 0
        from_file = kind is RecordKind.ROLE and bool(assignments)
        if relation in description.unknown:
            mirror.finish(kind, number, description.unknown[relation])
            continue
        try:
            pages = connector.pull(kind, mirror.account_ids)
            for page in pages:
                mirror.add(kind, number, page)
                tally.add(kind, page)
                count += len(page.records)
                rejected += len(page.rejected)
                if kind is RecordKind.ROLE:
                    mirror.note_roles(page, today)
                progress(kind.value, count, None)
                alive()
        except ConnectorError as error:
            problems[kind] = str(error) or type(error).__name__
            mirror.finish(kind, number, problems[kind])
            if kind in ESSENTIAL or isinstance(error, (AuthError, QuotaExhaustedError)):
                raise
            continue
        if from_file:
            count += _add_from_file(mirror, number, assignments, tally, today)
        mirror.finish(kind, number)
        rows[kind] = count
    complete = frozenset(kind for kind, state in mirror.states().items() if state.complete)
    _keep_probes(store, description.org_uid, list(tally.probes(complete)), wanted)
    return PullResult(rows=rows, rejected=rejected, problems=problems)


def _add_from_file(mirror: Mirror, number: int, assignments: Sequence[Assignment], tally: Tally, today: dt.date) -> int:
    known = frozenset(mirror.account_ids())
    roles = as_roles([a for a in assignments if a.account_id in known], mirror.users())
    for start in range(0, len(roles), PAGES_PER_CHUNK):
        page = Page(records=roles[start : start + PAGES_PER_CHUNK])
        mirror.add(RecordKind.ROLE, number, page)
        mirror.note_roles(page, today)
        tally.add(RecordKind.ROLE, page)
    return len(roles)


def _keep_probes(store: Store, org_uid: str, probes: Sequence[Probe], wanted: frozenset[str] | None) -> None:
    table = schema.field_probes
    good = {name: probe.good_rate for name, probe in load_probes(store, org_uid).items()}
    unread = [name for name in good if wanted is not None and name not in wanted]
    with store.begin() as connection:
        connection.execute(delete(table).where(table.c.org_uid == org_uid, table.c.field.in_(unread)))
        upsert(
            connection,
            table,
            [
                {
                    "org_uid": org_uid,
                    "field": probe.field,
                    "rows": probe.rows,
                    "filled": probe.filled,
                    "good_rate": good.get(probe.field),
                }
                for probe in probes
            ],
        )


def load_probes(store: Store, org_uid: str) -> dict[str, Probe]:
    """Return the probes of the last pull by field."""
    table = schema.field_probes
    with store.begin() as connection:
        rows = connection.execute(select(table).where(table.c.org_uid == org_uid))
        return {
            row.field: Probe(field=row.field, rows=row.rows, filled=row.filled, good_rate=row.good_rate) for row in rows
        }


def guarded(
    store: Store, description: OrgDescription, max_jump: float, needed: frozenset[str] | None = None
) -> Guarded:
    """Return what the last pull of an org showed not to be known; the arguments are those of `judge_probes`."""
    probes = load_probes(store, description.org_uid)
    return judge_probes(probes, frozenset(description.unknown), description.labels, max_jump, needed)


def accept_probes(store: Store, org_uid: str, fields: Sequence[str]) -> None:
    """Take the filled shares of some fields as those the next run is measured by."""
    table = schema.field_probes
    probes = load_probes(store, org_uid)
    with store.begin() as connection:
        for probe in probes.values():
            if probe.field in fields:
                connection.execute(
                    update(table)
                    .where(table.c.org_uid == org_uid, table.c.field == probe.field)
                    .values(good_rate=probe.rate)
                )
