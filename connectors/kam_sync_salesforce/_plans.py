"""Where account plans are kept in an org: an object with a lookup to Account, or fields of Account itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from kam_sync.names import NAMES
from kam_sync.records import PlanPart, RecordKind, SwotPart
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import DATES, field_label, is_filled
from kam_sync_salesforce._notes import GRANT, Notes, absent
from kam_sync_salesforce._record_settings import Plan, PlanFields
from kam_sync_salesforce._rows import Mapper, Values, day, optional_id, required_id
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

PartT = TypeVar("PartT", bound=StrEnum)

_REVIEWS: Final = ("last_review_on", "next_review_on")
_MODIFIED: Final = "LastModifiedDate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSource:
    """What can be read of plans.

    Args:
        object: The plan object; Account itself where plans are fields of it.
        on_account: Whether plans are fields of Account.
        account_field: The lookup to Account; None on Account.
        dates: Attribute of the record (`start_on`, …) → field.
        parts: Part → all the fields that make it up.
        swot: The same for the parts of the SWOT.
        active: The field that tells active plans, with its values case-folded; None where all are.
    """

    object: ObjectInfo
    on_account: bool
    account_field: FieldInfo | None
    dates: Mapping[str, FieldInfo]
    parts: Mapping[PlanPart, tuple[FieldInfo, ...]]
    swot: Mapping[SwotPart, tuple[FieldInfo, ...]]
    active: tuple[FieldInfo, frozenset[str]] | None

    @property
    def texts(self) -> tuple[FieldInfo, ...]:
        """The fields of all parts."""
        return tuple(field for fields in (*self.parts.values(), *self.swot.values()) for field in fields)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields to ask for."""
        own = ("Id",) if self.on_account else self.object.present("Name", "OwnerId")
        found = [*self.dates.values(), *self.texts]
        if self.account_field is not None:
            found.append(self.account_field)
        if self.active is not None:
            found.append(self.active[0])
        return (*own, *(field.name for field in found))


def resolve_plan(wanted: Plan | None, objects: Mapping[str, ObjectInfo], notes: Notes) -> PlanSource | None:
    """Return what can be read of plans; None, and noted, where plans are not mapped or cannot be read."""
    if not notes.wanted.kind(RecordKind.PLAN):
        return None
    source = _resolve_source(wanted, objects, notes)
    if source is None:
        reason = notes.unknown["plans"]
        for name in NAMES.values():
            if name.kind is RecordKind.PLAN:
                notes.cannot_know(name.name, reason)
    return source


def _resolve_source(wanted: Plan | None, objects: Mapping[str, ObjectInfo], notes: Notes) -> PlanSource | None:
    if wanted is None:
        notes.unmapped("plans", "plan.object")
        notes.should_set_up(
            "plans", "nothing says where account plans are kept", "map plan.object, such as AccountPlan, and its fields"
        )
        return None
    found = objects.get(wanted.object.lower())
    if found is None:
        notes.unreadable("plans", (wanted.object,))
        return None
    lookup = found.field(wanted.account_field)
    if not wanted.on_account and (lookup is None or "Account" not in lookup.reference_to or not lookup.relationship):
        reason = f"{found.name}.{wanted.account_field} is not a lookup to Account that may be read"
        notes.wrong("plans", reason, "set plan.account_field to the lookup, and grant read access to it")
        return None
    active = found.field(wanted.active.field) if wanted.active else None
    if wanted.active and active is None:
        notes.unreadable("plans", (f"{found.name}.{wanted.active.field}",))
        return None
    records = "the plan fields of the account" if wanted.on_account else f'the "{found.label}" records of the account'
    notes.label("plans", records)
    return PlanSource(
        object=found,
        on_account=wanted.on_account,
        account_field=lookup,
        dates=_resolve_dates(wanted, found, notes),
        parts=_resolve_parts("parts", PlanPart, wanted.parts, found, notes),
        swot=_resolve_parts("swot", SwotPart, wanted.swot, found, notes),
        active=(active, frozenset(str(v).casefold() for v in wanted.active.values))
        if active and wanted.active
        else None,
    )


def _resolve_dates(wanted: Plan, found: ObjectInfo, notes: Notes) -> dict[str, FieldInfo]:
    dates: dict[str, FieldInfo] = {}
    for attribute in PlanFields.model_fields:
        name: str | None = getattr(wanted.fields, attribute)
        if attribute == "modified_on" and not wanted.on_account:
            # Any change of the record counts; of an account, most changes are none of its plan.
            name = name or _MODIFIED
        canonical = f"plan.{attribute}"
        # Of an account, whatever is mapped says whether there is a plan at all.
        if not (wanted.on_account or notes.wanted.name(canonical)):
            continue
        field = found.field(name)
        if name is None:
            notes.unmapped(canonical, f"plan.fields: {attribute}")
        elif field is None:
            notes.unreadable(canonical, (f"{found.name}.{name}",))
        elif field.type not in DATES:
            notes.wrong(canonical, f"{found.name}.{field.name} is not a date", "map a date field")
        else:
            dates[attribute] = field
            notes.label(canonical, field_label(field, found))
    if all(getattr(wanted.fields, attribute) is None for attribute in _REVIEWS):
        notes.should_set_up(
            "plan.next_review_on",
            "nothing says when a plan was or will be reviewed; Salesforce has no field of its own for it",
            "map plan.fields.next_review_on or plan.fields.last_review_on to a date field of the org",
        )
    return dates


def _resolve_parts(
    section: str, parts: type[PartT], wanted: Mapping[PartT, Sequence[str]], found: ObjectInfo, notes: Notes
) -> dict[PartT, tuple[FieldInfo, ...]]:
    usable: dict[PartT, tuple[FieldInfo, ...]] = {}
    for part in parts:
        canonical = f"plan.{section}.{part.value}"
        if not (found.name == "Account" or notes.wanted.name(canonical)):
            continue
        names = wanted.get(part, ())
        missing = found.missing(*names)
        if not names:
            notes.unmapped(canonical, f"plan.{section}: {part.value}")
        elif missing:
            notes.wrong(canonical, absent(missing), GRANT)
        else:
            fields = tuple(field for name in names if (field := found.field(name)))
            usable[part] = fields
            titles = " and ".join(f'"{field.title}"' for field in fields)
            where = f"the {found.label.lower()} {'field' if len(fields) == 1 else 'fields'} {titles}"
            notes.label(canonical, where)
    return usable


def plan_mapper(source: PlanSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of plans; fields of Account make a plan only where one of them is filled."""

    def values(row: Row) -> Iterator[Values]:
        dates = {attribute: day(row, field.name, zone) for attribute, field in source.dates.items()}
        touched = any(is_filled(row.get(field.name), field) for field in source.texts)
        if source.on_account and not touched and not any(dates.values()):
            return
        yield {
            "id": required_id(row, "Id"),
            "account_id": required_id(row, source.account_field.name if source.account_field else "Id"),
            "name": "" if source.on_account else (row.get("Name") or ""),
            "active": _is_active(row, source),
            "owner_id": None if source.on_account else optional_id(row, "OwnerId"),
            "parts": _filled(row, source.parts),
            "swot": _filled(row, source.swot),
            **dates,
        }

    return values


def _filled(row: Row, parts: Mapping[PartT, tuple[FieldInfo, ...]]) -> dict[PartT, bool]:
    return {part: all(is_filled(row.get(field.name), field) for field in fields) for part, fields in parts.items()}


def _is_active(row: Row, source: PlanSource) -> bool:
    if source.active is None:
        return True
    field, values = source.active
    found = row.get(field.name)
    return found is not None and str(found).casefold() in values
