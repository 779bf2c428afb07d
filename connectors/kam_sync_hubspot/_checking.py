"""Looks mapped properties up in the portal and remembers, per canonical name, why one cannot be used.

Nothing that is not checked here is read later: HubSpot ignores an unknown property in silence, and what is then never
filled would look empty.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync.names import NAMES, RELATIONS, FieldType, wanted_kinds
from kam_sync.ports import Runtime
from kam_sync.records import RecordKind
from kam_sync_hubspot._setup_answers import PropertyDefinition
from kam_sync_hubspot._values import DATES, MappedField
from kam_sync_hubspot.record_settings import DEFAULT_FIELDS, DEFAULT_VALUES
from kam_sync_hubspot.settings import HubSpotSettings

Definitions = Mapping[str, PropertyDefinition]

OWNER: Final = "OWNER"
NUMBERS: Final = frozenset({"number"})

_TYPES: Final[Mapping[FieldType | None, Collection[str]]] = {
    FieldType.NUMBER: NUMBERS,
    FieldType.YEAR: frozenset({"number", "string", "enumeration"}),
    FieldType.DATE: DATES,
    FieldType.FLAG: frozenset({"bool", "enumeration"}),
}
"""The types of property that can hold a mapped field; any where there is no entry."""
_ALWAYS_KINDS: Final = frozenset({RecordKind.USER, RecordKind.ACCOUNT, RecordKind.ROLE, RecordKind.ACTIVITY})
"""What the core reads whatever the rules."""
_ALWAYS_NAMES: Final = frozenset(
    {"account.owner_id", "account.parent_id", "account.tier", "account.revenue", "account.created_on"}
)


class Wanted:
    """What somebody reads of an org.

    Args:
        runtime: Its `wanted` names; None is everything.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._names = runtime.wanted

    def kind(self, kind: RecordKind) -> bool:
        """Return whether records of a kind are read."""
        return self._names is None or kind in _ALWAYS_KINDS | wanted_kinds(self._names)

    def fetches(self, name: str) -> bool:
        """Return whether a field has to be fetched for somebody."""
        return name in _ALWAYS_NAMES or self._runtime.wants(name)

    def reports(self, name: str) -> bool:
        """Return whether somebody wants to hear that a name is unknown: it, a part of it, or what it is a part of."""
        if self._names is None or name in _ALWAYS_NAMES or name not in NAMES:
            return True
        known = NAMES[name]
        if name == RELATIONS.get(known.kind):
            return self.kind(known.kind)
        wholes = [name.rpartition(".")[0]] if known.part is not None else []
        return self._runtime.wants(name) or any(whole in self._names for whole in wholes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A canonical name that cannot be known; with `fix`, someone should set something up.

    `problem` says it in a sentence of its own where `reason` is too short for that.
    """

    name: str
    reason: str
    fix: str = ""
    problem: str = ""


class Gaps:
    """Why canonical names cannot be known, gathered; what nobody wants to hear of is dropped.

    Args:
        wanted: What somebody reads.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._gaps: dict[str, list[Gap]] = {}

    def note(self, name: str, reason: str, fix: str = "", problem: str = "") -> None:
        """Remember a reason; several of one name are joined."""
        if self.wanted.reports(name):
            self._gaps.setdefault(name, []).append(Gap(name=name, reason=reason, fix=fix, problem=problem or reason))

    def reason(self, name: str) -> str:
        """Return why a name is unknown, or nothing."""
        return joined(gap.reason for gap in self._gaps.get(name, ()))

    def __contains__(self, name: str) -> bool:
        return name in self._gaps

    def all(self) -> tuple[Gap, ...]:
        """Return one gap for each name."""
        return tuple(
            Gap(
                name=name,
                reason=self.reason(name),
                fix=joined(gap.fix for gap in gaps),
                problem=joined(gap.problem for gap in gaps if gap.fix),
            )
            for name, gaps in self._gaps.items()
        )


class Checker:
    """Looks up the properties of one object type.

    Args:
        what: How people call such a record, such as `company`.
        definitions: The properties; a Gap when they may not be read.
        gaps: Where problems go.
    """

    def __init__(self, what: str, definitions: Definitions | Gap, gaps: Gaps) -> None:
        self._what = what
        self._definitions = definitions
        self.gaps = gaps

    def has(self, property_name: str) -> bool:
        """Return whether a property is there; True when the properties may not be read."""
        return isinstance(self._definitions, Gap) or property_name in self._definitions

    def one(self, name: str, property_name: str, place: str, types: Collection[str] = ()) -> PropertyDefinition | None:
        """Return a property for a canonical name if it exists and has one of the types (or holds owners).

        Args:
            name: The canonical name that is unknown otherwise.
            property_name: The property.
            place: Where the policy maps it; empty for one of HubSpot's own, with which nothing is to be set up.
            types: Types it may have; any when there are none.
        """
        if isinstance(self._definitions, Gap):
            self.gaps.note(name, self._definitions.reason, self._definitions.fix)
            return None
        found = self._definitions.get(property_name)
        if found is None:
            reason, fix = missing_property(self._what, property_name, self._definitions, f"correct {place}")
            self.gaps.note(name, reason, fix if place else "")
            return None
        actual = OWNER if found.holds_owners else found.type
        if types and actual not in types:
            wanted = "HubSpot users (owners)" if OWNER in types else f"values of type {' or '.join(sorted(types))}"
            self.gaps.note(
                name,
                f'the {self._what} property "{property_name}" holds {found.type} values, not {wanted}',
                f"map {place} to a {self._what} property that holds {wanted}" if place else "",
            )
            return None
        return found

    def all_of(
        self, name: str, property_names: Sequence[str], place: str, types: Collection[str] = ()
    ) -> tuple[PropertyDefinition, ...] | None:
        """Return all properties of a canonical name, or None when one of them cannot be used."""
        found = [self.one(name, property_name, place, types) for property_name in property_names]
        usable = tuple(definition for definition in found if definition is not None)
        return usable if len(usable) == len(found) else None

    def own(self, name: str, property_name: str) -> PropertyDefinition | None:
        """Return one of HubSpot's own properties for a canonical name."""
        return self.one(name, property_name, "")

    def mapped(self, name: str, settings: HubSpotSettings) -> MappedField | None:
        """Return the field behind a canonical name of `fields:`, or None when it is not mapped or cannot be used."""
        if name not in settings.fields:
            self.gaps.note(name, f"not mapped: set fields: {name}")
            return None
        known, properties = NAMES[name], settings.fields[name]
        place = "" if properties == (DEFAULT_FIELDS.get(name),) else f"fields: {name}"
        definitions = self.all_of(name, properties, place, _TYPES.get(known.field_type, ()))
        if definitions is None:
            return None
        if known.choices is None:
            return MappedField(name=known, definitions=definitions)
        choices = self.choices(name, settings, definitions[0].options)
        return MappedField(name=known, definitions=definitions, choices=choices) if choices else None

    def choices(
        self, name: str, settings: HubSpotSettings, possible: Collection[str], elsewhere: Collection[str] = ()
    ) -> Mapping[str, tuple[str, ...]]:
        """Return our value → HubSpot's values of a choice, those left out that no record can have.

        Args:
            name: The canonical name.
            settings: The org's settings.
            possible: The values that the property can have; none when it can have any.
            elsewhere: Our values that are told by something else beside the property.
        """
        given = settings.values.get(name, {})
        if not any(given.values()):
            fix = f"map our values to HubSpot's under values: {name}" if name not in DEFAULT_FIELDS else ""
            if not elsewhere:
                self.gaps.note(name, f"not mapped: set values: {name}", fix, f"the values of {name} are not mapped")
            return {}
        folded = {value.casefold() for value in possible}
        explicit = given != DEFAULT_VALUES.get(name)
        found: dict[str, tuple[str, ...]] = {}
        for choice, values in given.items():
            if not folded or not folded.isdisjoint(value.casefold() for value in values):
                found[choice] = values
            elif choice not in elsewhere:
                self._impossible(name, choice, values, possible if explicit else ())
        enum = NAMES[name].choices
        for each in () if enum is None else enum:
            if not given.get(each.value) and each.value not in elsewhere:
                self._part(name, each.value, f"not mapped: set values: {name}: {each.value}")
        if not found and not elsewhere:
            self.gaps.note(name, f"none of the values mapped under values: {name} can be had by a {self._what}")
        return found

    def _impossible(self, name: str, choice: str, values: Sequence[str], possible: Collection[str]) -> None:
        reason = f"a {self._what} cannot have the value {', '.join(map(repr, values))}"
        fix = f"correct values: {name}: {choice}; there are {', '.join(map(repr, list(possible)[:20]))}"
        self._part(name, choice, reason, fix if possible else "")

    def _part(self, name: str, choice: str, reason: str, fix: str = "") -> None:
        """Note what is wrong with one value, under its own name where it has one."""
        part = f"{name}.{choice}"
        if part in NAMES:
            self.gaps.note(part, reason, fix)
        elif fix:
            self.gaps.note(name, reason, fix)


def joined(parts: Iterable[str]) -> str:
    """Return different parts of a sentence as one."""
    return "; ".join(dict.fromkeys(filter(None, parts)))


def missing_property(what: str, property_name: str, definitions: Definitions, correct: str) -> tuple[str, str]:
    """Return the reason and the fix for a property that does not exist."""
    close = difflib.get_close_matches(property_name, definitions, n=1)
    hint = f' (did you mean "{close[0]}"?)' if close else ""
    return (
        f'the {what} property "{property_name}" does not exist in this portal',
        f"{correct}{hint}, or create the property in HubSpot under Settings > Properties",
    )
