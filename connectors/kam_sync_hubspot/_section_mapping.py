"""Goals, actions, feedback and contracts as kam-sync's records, from objects of their own or from companies. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.ports import RejectedRecord
from kam_sync.records import Record, RecordKind, grade_of
from kam_sync_hubspot._answers import is_id
from kam_sync_hubspot._mapping import validated
from kam_sync_hubspot._section_schema import SectionMapping
from kam_sync_hubspot._values import (
    Properties,
    UnfitValueError,
    day_of,
    is_filled,
    is_selected,
    number,
    text,
)
from kam_sync_hubspot.record_settings import CustomerFeedback

_DATES: Final = frozenset({"start_on", "due_on", "progress_on", "on", "end_on"})
_FILLED: Final = frozenset({"has_metric", "has_reason"})
_IDS: Final = frozenset({"owner_id", "goal_id", "contact_id"})
_SINGLE: Final = frozenset({RecordKind.GOAL, RecordKind.ACTION})
"""Kinds that belong to one plan, hence to one account."""


def section_records(
    record_id: str, account_ids: tuple[str, ...], given: Properties, mapping: SectionMapping, zone: ZoneInfo
) -> Sequence[Record | RejectedRecord]:
    """Return the records that an object stands for.

    Feedback is one with all its accounts; a contract of several companies is one for each. A goal or action belongs to
    one plan: of one that hangs on several companies it cannot be said to which.
    """
    kind = mapping.kind
    if kind is RecordKind.FEEDBACK:
        return [_record(record_id, account_ids, given, mapping, zone, {"account_ids": account_ids})]
    if kind in _SINGLE and len(account_ids) > 1:
        reason = "it hangs on several companies, so that it cannot be said to whose plan it belongs"
        return [RejectedRecord(kind=kind, id=record_id, account_ids=account_ids, reason=reason)]
    ids = {each: record_id if len(account_ids) == 1 else f"{record_id}:{each}" for each in account_ids}
    return [
        _record(each_id, (account_id,), given, mapping, zone, {"account_id": account_id})
        for account_id, each_id in ids.items()
    ]


def is_empty(given: Properties, mapping: SectionMapping) -> bool:
    """Return whether a company holds nothing of the kind; raises UnfitValueError when that cannot be said."""
    return not any(
        is_filled(given, definition) for definitions in mapping.attributes.values() for definition in definitions
    )


def _record(
    record_id: str,
    account_ids: tuple[str, ...],
    given: Properties,
    mapping: SectionMapping,
    zone: ZoneInfo,
    holder: Mapping[str, object],
) -> Record | RejectedRecord:
    def make() -> Mapping[str, object]:
        found: dict[str, object] = {"id": record_id, **holder}
        for attribute in mapping.attributes:
            found[attribute] = _value(attribute, given, mapping, zone)
        if mapping.kind is RecordKind.FEEDBACK:
            if found.get("on") is None:
                raise UnfitValueError(f"{mapping.attributes['on'][0].name} is empty, so that its date is not known")
            return found
        counts = "is_active" if mapping.kind is RecordKind.CONTRACT else "is_open"
        chosen = mapping.selection
        found[counts] = chosen is None or is_selected(given, chosen.property, chosen.values)
        found["name"] = found.get("name") or f"{mapping.kind.value} {record_id}"
        return found

    return validated(mapping.kind, record_id, account_ids, make)


def _value(attribute: str, given: Properties, mapping: SectionMapping, zone: ZoneInfo) -> object:
    definitions = mapping.attributes[attribute]
    name = definitions[0].name
    if attribute in _FILLED:
        return all(is_filled(given, definition) for definition in definitions)
    if attribute in _DATES:
        return day_of(given, definitions[0], zone)
    if attribute in _IDS:
        return _id(given, name)
    if attribute == "value":
        return number(given, name)
    return _grade(given, name, mapping) if attribute == "grade" else text(given, name)


def _id(given: Properties, name: str) -> str | None:
    found = text(given, name)
    if found is not None and not is_id(found):
        raise UnfitValueError(f"{name} is not an id")
    return found


def _grade(given: Properties, name: str, mapping: SectionMapping) -> object:
    section, answer = mapping.section, text(given, name)
    if not isinstance(section, CustomerFeedback) or answer is None:
        return None
    found = grade_of(answer, section.scale, section.grades)
    if found is None:
        raise UnfitValueError(f"{name} is no answer on the scale {section.scale}")
    return found
