"""What the portal really has of what is wanted of contacts, deals, meetings, calls, tickets and quotes.

Each function looks only at what somebody reads: nothing is asked about an object of which nothing is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kam_sync.field_mapping import MAPPABLE
from kam_sync.names import NAMES
from kam_sync.records import BuyingRole
from kam_sync_hubspot._answers import AssociationType
from kam_sync_hubspot._checking import Checker, Definitions, Gap, Gaps
from kam_sync_hubspot._setup_answers import AssociationLabel, PropertyDefinition, Stage
from kam_sync_hubspot._values import DATES, MappedField
from kam_sync_hubspot.settings import HubSpotSettings

SINGULAR: Final[Mapping[str, str]] = {
    "companies": "company",
    "contacts": "contact",
    "deals": "deal",
    "tasks": "task",
    "meetings": "meeting",
    "calls": "call",
    "tickets": "ticket",
    "quotes": "quote",
}
"""Object type → how people call one record of it."""

STAGE: Final = "dealstage"
"""The property whose values are ids of stages, which `values:` may name by their labels."""

NATIVE: Final[Mapping[str, Mapping[str, str]]] = {
    "contacts": {
        "contact.created_on": "createdate",
        "contact.bounced": "hs_email_hard_bounce_reason_enum",
    },
    "deals": {
        "opportunity.created_on": "createdate",
        "opportunity.probability": "hs_deal_stage_probability",
        "opportunity.stage_since": "hs_v2_date_entered_current_stage",
        "opportunity.team_ids": "hs_all_collaborator_owner_ids",
    },
    "meetings": {"activity.attendee_ids": "hs_attendee_owner_ids"},
}
"""HubSpot's own properties that are read only when somebody wants them, by object type and canonical name."""

_NOT_IN_HUBSPOT: Final[Mapping[str, str]] = {
    "contact.reports_to_id": "HubSpot does not record whom a contact reports to",
}

LookUp = Callable[[str], Definitions | Gap]
"""Tells the properties of an object type."""
StagesOf = Callable[[str], Sequence[Stage] | Gap]
"""Tells the stages of an object type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMapping:
    """What is read of an object type beside its bare properties, by attribute of the record.

    Args:
        fields: Properties that policies map.
        native: HubSpot's own properties.
        labels: Type of an association from a company → the buying role that its label stands for.
    """

    fields: Mapping[str, MappedField] = field(default_factory=dict)
    native: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    labels: Mapping[AssociationType, BuyingRole] = field(default_factory=dict)

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of the properties."""
        found = [definition.name for each in self.fields.values() for definition in each.definitions]
        return tuple(dict.fromkeys([*found, *(definition.name for definition in self.native.values())]))


def _wanted(gaps: Gaps, names: Collection[str]) -> list[str]:
    return [name for name in names if gaps.wanted.fetches(name)]


def _by_attribute(found: Mapping[str, MappedField | None]) -> Mapping[str, MappedField]:
    return {NAMES[name].attribute: mapped for name, mapped in found.items() if mapped is not None}


def _native(object_type: str, checker: Checker) -> Mapping[str, PropertyDefinition]:
    found = {name: checker.own(name, NATIVE[object_type][name]) for name in _wanted(checker.gaps, NATIVE[object_type])}
    return {NAMES[name].attribute: definition for name, definition in found.items() if definition is not None}


def resolve_contacts(
    settings: HubSpotSettings, look_up: LookUp, labels: Callable[[], Sequence[AssociationLabel] | Gap], gaps: Gaps
) -> ObjectMapping:
    """Return what is read of contacts; their buying roles come from a property and from association labels."""
    for name, reason in _NOT_IN_HUBSPOT.items():
        gaps.note(name, reason)
    names = _wanted(gaps, [name for name in MAPPABLE if name.startswith("contact.")])
    if not names and not _wanted(gaps, NATIVE["contacts"]):
        return ObjectMapping()
    usable_labels: Mapping[AssociationType, BuyingRole] = {}
    if "contact.buying_roles" in names:
        usable_labels = _labels(settings, labels, gaps)
    mapped = [name for name in names if name in settings.fields]
    for name in names:
        if name not in settings.fields and not (name == "contact.buying_roles" and usable_labels):
            gaps.note(name, f"not mapped: set fields: {name}")
    if not mapped and not _wanted(gaps, NATIVE["contacts"]):
        _note_roles_without_label(usable_labels, gaps, mapped=False)
        return ObjectMapping(labels=usable_labels)
    checker = Checker("contact", look_up("contacts"), gaps)
    fields = {name: checker.mapped(name, settings) for name in mapped if name != "contact.buying_roles"}
    if "contact.buying_roles" in mapped:
        fields["contact.buying_roles"] = _buying_roles(settings, checker, usable_labels)
    else:
        _note_roles_without_label(usable_labels, gaps, mapped=False)
    return ObjectMapping(fields=_by_attribute(fields), native=_native("contacts", checker), labels=usable_labels)


def _buying_roles(
    settings: HubSpotSettings, checker: Checker, labels: Mapping[AssociationType, BuyingRole]
) -> MappedField | None:
    name = "contact.buying_roles"
    [property_name] = settings.fields[name]
    if labels and not checker.has(property_name):
        _note_roles_without_label(labels, checker.gaps, mapped=False)
        return None
    definition = checker.one(name, property_name, "" if property_name == "hs_buying_role" else f"fields: {name}")
    if definition is None:
        return None
    by_label = [role.value for role in labels.values()]
    choices = checker.choices(name, settings, definition.options, by_label)
    return MappedField(name=NAMES[name], definitions=(definition,), choices=choices) if choices else None


def _note_roles_without_label(labels: Mapping[AssociationType, BuyingRole], gaps: Gaps, *, mapped: bool) -> None:
    """Note which buying roles no label tells, where labels are all there is."""
    if labels and not mapped:
        for role in BuyingRole:
            if role not in labels.values():
                gaps.note(f"contact.buying_roles.{role}", f"not mapped: set contact_labels: {role}")


def _labels(
    settings: HubSpotSettings, labels: Callable[[], Sequence[AssociationLabel] | Gap], gaps: Gaps
) -> Mapping[AssociationType, BuyingRole]:
    """Return the types of the labels that `contact_labels` names, as they are from a company to a contact."""
    if not settings.contact_labels:
        return {}
    there = labels()
    found: dict[AssociationType, BuyingRole] = {}
    for role, names in settings.contact_labels.items():
        part = f"contact.buying_roles.{role}"
        if isinstance(there, Gap):
            gaps.note(part, there.reason, there.fix)
            continue
        for name in names:
            types = [(each.category, each.type_id) for each in there if each.label.casefold() == name.casefold()]
            if not types:
                gaps.note(
                    part,
                    f'companies and contacts have no association label "{name}"',
                    f"correct contact_labels: {role}; there are {', '.join(repr(each.label) for each in there)}",
                )
            found |= dict.fromkeys(types, role)
    return found


def resolve_deals(settings: HubSpotSettings, look_up: LookUp, stages: StagesOf, gaps: Gaps) -> ObjectMapping:
    """Return what is read of deals; the ids of their stages are found by label, too."""
    names = _wanted(gaps, [name for name in MAPPABLE if name.startswith("opportunity.")])
    if not any(name in settings.fields for name in names) and not _wanted(gaps, NATIVE["deals"]):
        for name in names:
            gaps.note(name, f"not mapped: set fields: {name}")
        return ObjectMapping()
    checker = Checker("deal", look_up("deals"), gaps)
    fields: dict[str, MappedField | None] = {}
    for name in names:
        by_stage = settings.fields.get(name) == (STAGE,) and name == "opportunity.stages"
        fields[name] = _stages(settings, checker, stages) if by_stage else checker.mapped(name, settings)
    return ObjectMapping(fields=_by_attribute(fields), native=_native("deals", checker))


def _stages(settings: HubSpotSettings, checker: Checker, stages: StagesOf) -> MappedField | None:
    name = "opportunity.stages"
    definition = checker.own(name, STAGE)
    if definition is None:
        return None
    if not any(settings.values.get(name, {}).values()):
        checker.choices(name, settings, ())
        return None
    there = stages("deals")
    if isinstance(there, Gap):
        checker.gaps.note(name, there.reason, there.fix)
        return None
    possible = list(dict.fromkeys(word for stage in there for word in (stage.label, stage.id)))
    choices = checker.choices(name, settings, possible)
    ids = {
        choice: tuple(
            stage.id
            for stage in there
            if not {stage.id.casefold(), stage.label.casefold()}.isdisjoint(value.casefold() for value in values)
        )
        for choice, values in choices.items()
    }
    return MappedField(name=NAMES[name], definitions=(definition,), choices=ids) if ids else None


def resolve_activities(settings: HubSpotSettings, look_up: LookUp, gaps: Gaps) -> Mapping[str, ObjectMapping]:
    """Return what is read of meetings and calls, by object type; what both must have is read of both or of neither."""
    purposes = "activity.purposes"
    wants_purposes = gaps.wanted.fetches(purposes)
    if wants_purposes and not (purposes in settings.fields and any(settings.values.get(purposes, {}).values())):
        where = f"values: {purposes}" if purposes in settings.fields else f"fields: {purposes}"
        gaps.note(purposes, f"not mapped: set {where}")
        wants_purposes = False
    native: Mapping[str, PropertyDefinition] = {}
    if _wanted(gaps, NATIVE["meetings"]):
        native = _native("meetings", Checker("meeting", look_up("meetings"), gaps))
    if not wants_purposes:
        return {"meetings": ObjectMapping(native=native), "calls": ObjectMapping()}
    found = {
        object_type: Checker(SINGULAR[object_type], look_up(object_type), gaps).mapped(purposes, settings)
        for object_type in ("meetings", "calls")
    }
    usable = {object_type: mapped for object_type, mapped in found.items() if mapped is not None}
    if len(usable) < len(found):
        usable = {}
    fields = {object_type: {"purposes": mapped} for object_type, mapped in usable.items()}
    return {
        "meetings": ObjectMapping(fields=fields.get("meetings", {}), native=native),
        "calls": ObjectMapping(fields=fields.get("calls", {})),
    }


def resolve_quotes(settings: HubSpotSettings, look_up: LookUp, gaps: Gaps) -> ObjectMapping:
    """Return what is read of quotes."""
    native: dict[str, PropertyDefinition] = {}
    for attribute, own in (("sent_on", ""), ("expires_on", "hs_expiration_date")):
        name = f"quote.{attribute}"
        given = settings.quotes.fields.get(attribute, own)
        if not gaps.wanted.fetches(name):
            continue
        if not given:
            gaps.note(name, f"not mapped: set quotes: fields: {attribute}")
            continue
        place = f"quotes: fields: {attribute}" if attribute in settings.quotes.fields else ""
        definition = Checker("quote", look_up("quotes"), gaps).one(name, given, place, DATES)
        if definition is not None:
            native[attribute] = definition
    return ObjectMapping(native=native)


def resolve_tickets(settings: HubSpotSettings, look_up: LookUp, gaps: Gaps) -> ObjectMapping:
    """Return what is read of tickets."""
    name = "case.is_high_priority"
    if not gaps.wanted.fetches(name):
        return ObjectMapping()
    urgent = settings.cases.urgent
    checker = Checker("ticket", look_up("tickets"), gaps)
    place = "cases: urgent: property" if urgent else ""
    definition = checker.one(name, urgent.property if urgent else "hs_ticket_priority", place)
    return ObjectMapping(native={"is_high_priority": definition} if definition else {})
