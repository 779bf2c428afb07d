"""Where account plans are kept in an org: an object with a lookup to Account, or fields of Account itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync.records import PlanPart
from kam_sync_salesforce import settings
from kam_sync_salesforce._notes import GRANT, Notes
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

_DATES = frozenset({"date", "datetime"})
_REVIEWS = ("last_review_on", "next_review_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSource:
    """What can be read of plans.

    Args:
        object: The plan object; Account itself where plans are fields of it.
        on_account: Whether plans are fields of Account.
        account_field: The lookup to Account; None on Account.
        dates: Attribute of the record (`start_on`, …) → field.
        parts: Part → all the fields that make it up.
        active: The field that tells active plans, with its values case-folded; None where all are.
    """

    object: ObjectInfo
    on_account: bool
    account_field: FieldInfo | None
    dates: Mapping[str, FieldInfo]
    parts: Mapping[PlanPart, tuple[FieldInfo, ...]]
    active: tuple[FieldInfo, frozenset[str]] | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields to ask for."""
        own = ("Id",) if self.on_account else self.object.present("Name", "OwnerId")
        found = [*self.dates.values(), *(field for fields in self.parts.values() for field in fields)]
        if self.account_field is not None:
            found.append(self.account_field)
        if self.active is not None:
            found.append(self.active[0])
        return (*own, *(field.name for field in found))


def resolve_plan(wanted: settings.Plan | None, objects: Mapping[str, ObjectInfo], notes: Notes) -> PlanSource | None:
    """Return what can be read of plans; None, and noted, where plans are not mapped or cannot be read."""
    source = _resolve_source(wanted, objects, notes)
    if source is None:
        for name in (*settings.PlanFields.model_fields, *(f"parts.{part.value}" for part in PlanPart)):
            notes.cannot_know(f"plan.{name}", notes.unknown["plans"])
    return source


def _resolve_source(wanted: settings.Plan | None, objects: Mapping[str, ObjectInfo], notes: Notes) -> PlanSource | None:
    if wanted is None:
        notes.cannot_know("plans", "not mapped")
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
        notes.cannot_know("plans", reason)
        notes.should_set_up("plans", reason, "set plan.account_field to the lookup, and grant read access to it")
        return None
    active = found.field(wanted.active.field) if wanted.active else None
    if wanted.active and active is None:
        notes.unreadable("plans", (f"{found.name}.{wanted.active.field}",))
        return None
    where = "account" if wanted.on_account else found.label.lower()
    records = "the plan fields of the account" if wanted.on_account else f'the "{found.label}" records of the account'
    notes.label("plans", records)
    return PlanSource(
        object=found,
        on_account=wanted.on_account,
        account_field=lookup,
        dates=_resolve_dates(wanted.fields, found, where, notes),
        parts=_resolve_parts(wanted.parts, found, where, notes),
        active=(active, frozenset(str(v).casefold() for v in wanted.active.values))
        if active and wanted.active
        else None,
    )


def _resolve_dates(wanted: settings.PlanFields, found: ObjectInfo, where: str, notes: Notes) -> dict[str, FieldInfo]:
    dates: dict[str, FieldInfo] = {}
    for attribute in settings.PlanFields.model_fields:
        name: str | None = getattr(wanted, attribute)
        canonical = f"plan.{attribute}"
        field = found.field(name)
        if name is None:
            notes.cannot_know(canonical, "not mapped")
        elif field is None:
            notes.unreadable(canonical, (f"{found.name}.{name}",))
        elif field.type not in _DATES:
            notes.cannot_know(canonical, f"{found.name}.{field.name} is not a date")
            notes.should_set_up(canonical, f"{found.name}.{field.name} is not a date", "map a date field")
        else:
            dates[attribute] = field
            notes.label(canonical, f'the {where} field "{field.title}"')
    if all(getattr(wanted, attribute) is None for attribute in _REVIEWS):
        notes.should_set_up(
            "plan.next_review_on",
            "nothing says when a plan was or will be reviewed; Salesforce has no field of its own for it",
            "map plan.fields.next_review_on or plan.fields.last_review_on to a date field of the org",
        )
    return dates


def _resolve_parts(
    wanted: Mapping[PlanPart, tuple[str, ...]], found: ObjectInfo, where: str, notes: Notes
) -> dict[PlanPart, tuple[FieldInfo, ...]]:
    parts: dict[PlanPart, tuple[FieldInfo, ...]] = {}
    for part in PlanPart:
        canonical = f"plan.parts.{part.value}"
        names = wanted.get(part, ())
        missing = found.missing(*names)
        if not names:
            notes.cannot_know(canonical, "not mapped")
        elif missing:
            notes.cannot_know(canonical, f"{', '.join(missing)} does not exist or may not be read")
            notes.should_set_up(canonical, f"{', '.join(missing)} does not exist or may not be read", GRANT)
        else:
            fields = tuple(field for name in names if (field := found.field(name)))
            parts[part] = fields
            titles = " and ".join(f'"{field.title}"' for field in fields)
            notes.label(canonical, f"the {where} {'field' if len(fields) == 1 else 'fields'} {titles}")
    return parts
