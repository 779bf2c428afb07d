"""Goals and actions of account plans: Salesforce's own objectives with their measures, or objects of the org's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.records import RecordKind
from kam_sync_salesforce._accounts import LinkSource, resolve_link
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import is_filled
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._own_objects import OwnSource, ValueTest, counting, own_source, resolve_own, resolve_test
from kam_sync_salesforce._record_settings import Actions, Goals
from kam_sync_salesforce._rows import Mapper, Values, day, required_id
from kam_sync_salesforce._schema import ObjectInfo

MEASURES: Final = "AccountPlanObjectiveMeasure"
_MEASURED: Final = {"has_metric": "TargetValue", "progress_on": "CurrentValueTimestamp"}
_NATIVE: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("Name",),
    "owner_id": ("ObjectiveOwnerId",),
    "start_on": ("StartDate",),
    "due_on": ("EndDate",),
}
_CLOSED: Final = frozenset({"closed"})
"""Salesforce's objectives are New, In Progress or Closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSource:
    """What can be read of goals; `measures` are the figures of Salesforce's own objectives, where wanted."""

    own: OwnSource
    measures: LinkSource | None = None
    measured: frozenset[str] = frozenset()
    """The attributes that the measures tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the measures of one objective say."""

    has_metric: bool = False
    progress_on: dt.date | None = None


def goal_objects(section: Goals | None, notes: Notes) -> tuple[str, ...]:
    """Return the objects to describe for goals."""
    if section is None:
        return ()
    return (section.object, *([MEASURES] if _from_measures(section, notes) else []))


def _from_measures(section: Goals, notes: Notes) -> frozenset[str]:
    """Return the attributes that Salesforce's own measures have to tell."""
    if not section.native:
        return frozenset()
    return frozenset(name for name in _MEASURED.keys() - section.fields.keys() if notes.wanted.name(f"goal.{name}"))


def resolve_goals(section: Goals | None, objects: Mapping[str, ObjectInfo], notes: Notes) -> GoalSource | None:
    """Return what can be read of goals; None, and noted, where they are not mapped or too little can be read."""
    if not notes.wanted.kind(RecordKind.GOAL):
        return None
    if section is None:
        notes.unmapped("goals", "goals.object")
        return None
    if section.native:
        return _resolve_native(section, objects, notes)
    own = resolve_own(RecordKind.GOAL, section, section.fields, objects, notes)
    if own is None:
        return None
    test, usable = resolve_test("goals", "goals.open", section.open, own.sobject, notes)
    return GoalSource(own=replace(own, counts=test)) if usable else None


def _resolve_native(section: Goals, objects: Mapping[str, ObjectInfo], notes: Notes) -> GoalSource | None:
    found = objects.get(section.object.lower())
    missing = found.missing("AccountPlanId", "Status") if found else (section.object,)
    plan = found.field("AccountPlanId") if found else None
    if found is None or plan is None or missing:
        fix = "switch on sales account plans and grant read access to their objectives, or map goals.object"
        notes.unreadable("goals", missing, fix)
        return None
    to_plan = plan.relationship or "AccountPlan"
    measured = _from_measures(section, notes)
    fields = {**_NATIVE, **section.fields}
    own = own_source(
        RecordKind.GOAL, found, f"{to_plan}.AccountId", f"{to_plan}.Account", fields, notes, leave=measured
    )
    test, usable = resolve_test("goals", "goals.open", section.open, found, notes)
    status = found.field("Status")
    if not usable or status is None:
        return None
    counts = test or ValueTest(field=status, values=_CLOSED, negated=True)
    measures = _resolve_measures(objects, measured, notes) if measured else None
    told = frozenset(name for name in measured if measures and measures.object.field(_MEASURED[name]))
    return GoalSource(own=replace(own, counts=counts), measures=measures, measured=told)


def _resolve_measures(objects: Mapping[str, ObjectInfo], measured: frozenset[str], notes: Notes) -> LinkSource | None:
    names = tuple(sorted(f"goal.{attribute}" for attribute in measured))
    optional = tuple(_MEASURED[attribute] for attribute in sorted(measured))
    link = resolve_link(
        objects,
        MEASURES,
        notes,
        needed=("AccountPlanObjectiveId",),
        optional=optional,
        unknown=names,
    )
    for attribute in sorted(measured) if link else ():
        field = link.object.field(_MEASURED[attribute]) if link else None
        if link and field:
            notes.label(f"goal.{attribute}", f'the {link.object.label.lower()} field "{field.title}"')
        elif link:
            notes.unreadable(f"goal.{attribute}", link.object.missing(_MEASURED[attribute]))
    return link


def resolve_actions(section: Actions | None, objects: Mapping[str, ObjectInfo], notes: Notes) -> OwnSource | None:
    """Return what can be read of actions; None, and noted, where they are not mapped or too little can be read."""
    if not notes.wanted.kind(RecordKind.ACTION):
        return None
    if section is None:
        notes.unmapped("actions", "actions.object")
        return None
    own = resolve_own(RecordKind.ACTION, section, section.fields, objects, notes)
    if own is None:
        return None
    test, usable = resolve_test("actions", "actions.open", section.open, own.sobject, notes)
    return replace(own, counts=test) if usable else None


def add_measure(found: dict[str, Measured], row: Row, link: LinkSource, zone: ZoneInfo) -> None:
    """Add to each objective what a measure says: whether it has a target, and when it was last updated.

    Raises:
        RowError: The measure holds what it cannot mean.
    """
    goal = required_id(row, link.holder.name)
    former = found.get(goal, Measured())
    target = link.object.field(_MEASURED["has_metric"])
    stamp = day(row, _MEASURED["progress_on"], zone)
    found[goal] = Measured(
        has_metric=former.has_metric or (target is not None and is_filled(row.get(target.name), target)),
        progress_on=max(filter(None, (former.progress_on, stamp)), default=None),
    )


def goal_mapper(source: GoalSource, zone: ZoneInfo, measured: Mapping[str, Measured]) -> Mapper:
    """Return the mapper of goals; `measured` tells what the measures of each say."""

    def values(row: Row) -> Iterator[Values]:
        found = source.own.values(row, zone)
        if found is None:
            return
        figures = measured.get(str(found["id"]), Measured())
        for attribute in source.measured:
            found[attribute] = getattr(figures, attribute)
        yield _planned(found, source.own, row)

    return values


def action_mapper(source: OwnSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of actions."""

    def values(row: Row) -> Iterator[Values]:
        found = source.values(row, zone)
        if found is not None:
            yield _planned(found, source, row)

    return values


def _planned(found: Mapping[str, object], source: OwnSource, row: Row) -> Values:
    return counting({"name": "", **found, "account_id": source.account_of(row)}, source.counts, row, "is_open")
