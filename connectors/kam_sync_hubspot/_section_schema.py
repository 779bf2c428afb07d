"""What of the policy's goals, actions, feedback and contracts the portal really has, in whatever object it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from kam_sync.names import NAMES, RELATIONS
from kam_sync.records import RecordKind
from kam_sync_hubspot._checking import NUMBERS, OWNER, Checker, Gaps
from kam_sync_hubspot._setup_answers import PropertyDefinition
from kam_sync_hubspot._values import DATES
from kam_sync_hubspot.record_settings import COMPANIES, CustomerFeedback, RecordSection, Selection
from kam_sync_hubspot.settings import HubSpotSettings

SECTIONS: Final[Mapping[RecordKind, str]] = {
    RecordKind.GOAL: "goals",
    RecordKind.ACTION: "actions",
    RecordKind.FEEDBACK: "feedback",
    RecordKind.CONTRACT: "contracts",
}
"""Kind of record → the section of the policy that says where it is held."""

_TYPES: Final[Mapping[str, Collection[str]]] = {
    "owner_id": frozenset({OWNER}),
    "value": NUMBERS,
    **dict.fromkeys(("start_on", "due_on", "progress_on", "on", "end_on"), DATES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionMapping:
    """The properties of goals, actions, feedback or contracts that can be believed, by attribute of the record.

    `selection` with `selected_by` says which of them still count; without it all do.
    """

    kind: RecordKind
    section: RecordSection
    attributes: Mapping[str, tuple[PropertyDefinition, ...]] = field(default_factory=dict)
    selection: Selection | None = None

    @property
    def object_type(self) -> str:
        """The object type that holds them."""
        return self.section.object

    @property
    def on_companies(self) -> bool:
        """Whether they are held in the companies' own properties."""
        return self.section.object == COMPANIES

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of the properties."""
        found = [definition.name for definitions in self.attributes.values() for definition in definitions]
        return tuple(dict.fromkeys([*found, *([self.selection.property] if self.selection else [])]))


def section_of(settings: HubSpotSettings, kind: RecordKind) -> RecordSection | None:
    """Return the section of the policy for a kind."""
    return {
        RecordKind.GOAL: settings.goals,
        RecordKind.ACTION: settings.actions,
        RecordKind.FEEDBACK: settings.feedback,
        RecordKind.CONTRACT: settings.contracts,
    }.get(kind)


def note_unmapped(kind: RecordKind, gaps: Gaps) -> None:
    """Note that the policy does not say where records of a kind are held."""
    gaps.note(RELATIONS[kind], f"not mapped: set {SECTIONS[kind]}: object and fields")


def resolve_section(kind: RecordKind, section: RecordSection, checker: Checker) -> SectionMapping | None:
    """Return the usable part of a section, or None when what makes it out cannot be used.

    What is wrong with an attribute that has no canonical name of its own (the name, the date of feedback, which records
    are open) makes all records of the kind unknown.
    """
    relation, place = RELATIONS[kind], SECTIONS[kind]
    attributes: dict[str, tuple[PropertyDefinition, ...]] = {}
    for attribute in sorted(section.attributes):
        name = f"{kind.value}.{attribute}"
        if attribute not in section.fields:
            if name in NAMES:
                checker.gaps.note(name, f"not mapped: set {place}: fields: {attribute}")
            continue
        usable = checker.all_of(
            name if name in NAMES else relation,
            section.fields[attribute],
            f"{place}: fields: {attribute}",
            _TYPES.get(attribute, ()),
        )
        if usable is not None:
            attributes[attribute] = usable
    if section.selection is not None:
        _check_selection(section.selection, relation, place, checker)
    if isinstance(section, CustomerFeedback) and section.object == COMPANIES:
        checker.gaps.note("feedback.history", "the company holds only the latest feedback: keep feedback in an object")
    if relation in checker.gaps:
        return None
    return SectionMapping(kind=kind, section=section, attributes=attributes, selection=section.selection)


def _check_selection(selection: Selection, relation: str, place: str, checker: Checker) -> None:
    which = "active" if place == "contracts" else "open"
    definition = checker.one(relation, selection.property, f"{place}: {which}: property")
    if definition is None or not definition.options:
        return
    possible = {option.casefold() for option in definition.options}
    impossible = [value for value in selection.values if value.casefold() not in possible]
    if impossible:
        checker.gaps.note(
            relation,
            f'the property "{selection.property}" cannot have the value {", ".join(map(repr, impossible))}',
            f"correct {place}: {which}: values; it can have {', '.join(map(repr, definition.options[:20]))}",
        )
