"""What customers think of us: answers in an object of the org's own, or the latest one in fields of the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.records import Grade, RecordKind, Scale, grade_of
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import DATES, field_label, is_filled, plain
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._own_objects import OwnSource, resolve_own
from kam_sync_salesforce._record_settings import Feedback
from kam_sync_salesforce._rows import Mapper, RowError, Values, day, required_id
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

_HISTORY: Final = "feedback.history"
_OWN: Final = ("on", "grade")
"""What is read here: a grade depends on the scale, and a date is what makes an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSource:
    """What can be read of feedback, with the scale of the answers."""

    own: OwnSource
    on: FieldInfo
    grade: FieldInfo
    scale: Scale
    grades: Mapping[Grade, float]


def resolve_feedback(
    section: Feedback | None, objects: Mapping[str, ObjectInfo], notes: Notes
) -> FeedbackSource | None:
    """Return what can be read of feedback; None, and noted, where it is not mapped or too little can be read."""
    if not notes.wanted.kind(RecordKind.FEEDBACK):
        return None
    if section is None:
        notes.unmapped("feedback", "feedback.object")
        return None
    others = {name: fields for name, fields in section.fields.items() if name not in _OWN}
    own = resolve_own(RecordKind.FEEDBACK, section, others, objects, notes, leave=(*_OWN, "name"))
    if own is None:
        return None
    found = own.sobject
    on, grade = (found.field(section.fields[name][0]) for name in _OWN)
    if on is None or grade is None:
        notes.unreadable("feedback", found.missing(*(section.fields[name][0] for name in _OWN)))
        return None
    if on.type not in DATES:
        notes.wrong("feedback", f"{found.name}.{on.name} is not a date", "map a date in feedback.fields: on")
        return None
    notes.label("feedback.grade", field_label(grade, found))
    if own.on_account:
        notes.cannot_know(_HISTORY, "fields of the account hold the latest feedback only: set feedback.object")
    else:
        notes.label(_HISTORY, f'the "{found.label}" records of the account')
    return FeedbackSource(
        own=replace(own, extra=(on.name, grade.name)),
        on=on,
        grade=grade,
        scale=section.scale,
        grades=section.grades,
    )


def feedback_mapper(source: FeedbackSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of feedback; what has neither a date nor a grade was never answered and is none."""

    def values(row: Row) -> Iterator[Values]:
        answered = is_filled(row.get(source.grade.name), source.grade)
        on = day(row, source.on.name, zone)
        found = source.own.values(row, zone) or {"id": required_id(row, "Id")}
        if on is None and not answered:
            return
        if on is None:
            raise RowError(f"{source.on.name}: expected the date of the feedback, found nothing")
        grade = grade_of(plain(row.get(source.grade.name), source.grade), source.scale, source.grades or None)
        if answered and grade is None:
            raise RowError(f"{source.grade.name}: expected an answer on the scale {source.scale}")
        yield {**found, "account_ids": (source.own.account_of(row),), "on": on, "grade": grade}

    return values
