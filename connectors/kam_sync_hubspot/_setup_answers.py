"""The shapes of HubSpot's answers about a portal's set-up: account, properties, pipelines, association labels.

Checked like those of `_answers`: what is not as documented raises MalformedAnswerError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kam_sync_hubspot._answers import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyOption:
    """A value that a property can have, as HubSpot keeps it and as people see it."""

    value: str
    label: str
    description: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinition:
    """A property of an object type; `calculated` and `read_only` ones are never filled by people."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    referenced_object_type: str
    choices: tuple[PropertyOption, ...] = ()
    description: str = ""
    hubspot_defined: bool = False
    calculated: bool = False
    hidden: bool = False
    read_only: bool = False
    fixed: bool = False
    """Whether its definition, and with it its options, cannot be changed."""

    @property
    def options(self) -> tuple[str, ...]:
        """The values that it can have; none when it can have any."""
        return tuple(choice.value for choice in self.choices)

    @property
    def holds_owners(self) -> bool:
        """Whether its values are ids of HubSpot users as owners."""
        return self.referenced_object_type.upper() == "OWNER"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """The portal: its id, the host name of its user interface and its time zone as it tells them."""

    portal_id: str
    ui_domain: str
    timezone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of a pipeline of deals or tickets; `closed` is None where HubSpot does not say."""

    id: str
    label: str
    closed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationLabel:
    """A label that associations of a pair of object types can carry; type ids are unique within a category."""

    category: str
    type_id: int
    label: str


def property_definitions(call: str, payload: object, *, archived: bool = False) -> Mapping[str, PropertyDefinition]:
    """Read the properties of an object type: the living ones, of which there always are some, or the archived ones."""
    reader = Reader(call)
    found = {}
    for value in reader.sequence(reader.mapping(payload, "the body").get("results"), "results"):
        holder = reader.mapping(value, "a property")
        definition = _definition(reader, holder)
        if reader.flag(holder, "archived") is archived:
            found[definition.name] = definition
    if not found and not archived:
        raise reader.fail("there are no properties at all")
    return found


def property_definition(call: str, payload: object) -> PropertyDefinition:
    """Read one property."""
    reader = Reader(call)
    return _definition(reader, reader.mapping(payload, "the body"))


def _definition(reader: Reader, holder: Mapping[str, object]) -> PropertyDefinition:
    name, type_ = reader.text(holder, "name"), reader.text(holder, "type")
    if not name or not type_:
        raise reader.fail("a property lacks its name or type")
    options = reader.sequence(holder.get("options") or [], "options")
    changes = holder.get("modificationMetadata")
    changes = changes if isinstance(changes, dict) else {}
    return PropertyDefinition(
        name=name,
        label=reader.text(holder, "label") or name,
        type=type_,
        field_type=reader.text(holder, "fieldType") or "",
        group=reader.text(holder, "groupName") or "",
        referenced_object_type=reader.text(holder, "referencedObjectType") or "",
        choices=tuple(_options(reader.mapping(option, "an option") for option in options)),
        description=_words(holder, "description"),
        hubspot_defined=holder.get("hubspotDefined") is True,
        calculated=holder.get("calculated") is True,
        hidden=holder.get("hidden") is True,
        read_only=changes.get("readOnlyValue") is True,
        fixed=changes.get("readOnlyDefinition") is True or changes.get("readOnlyOptions") is True,
    )


def _options(given: Iterable[Mapping[str, object]]) -> Iterator[PropertyOption]:
    for holder in given:
        value = holder.get("value")
        if isinstance(value, str):
            label, description = _words(holder, "label") or value, _words(holder, "description")
            hidden = holder.get("hidden") is True
            yield PropertyOption(value=value, label=label, description=description, hidden=hidden)


def _words(holder: Mapping[str, object], name: str) -> str:
    """Return a text that nothing is decided by but a setup; what is none reads as empty."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def check_made(call: str, payload: object, name: object) -> None:
    """Refuse an answer to a change that does not tell of what was changed; it comes bare or, in places, as `entity`."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    made = reader.mapping(body.get("entity", body), "the entity")
    if made.get("name") != name:
        raise reader.fail("it does not tell of what was asked for")


def property_groups(call: str, payload: object) -> frozenset[str]:
    """Read the names of the property groups of an object type, archived ones left out."""
    reader = Reader(call)
    found = set()
    for value in reader.sequence(reader.mapping(payload, "the body").get("results"), "results"):
        holder = reader.mapping(value, "a property group")
        name = reader.text(holder, "name")
        if not name:
            raise reader.fail("a property group lacks its name")
        if not reader.flag(holder, "archived"):
            found.add(name)
    return frozenset(found)


def account_details(call: str, payload: object) -> AccountDetails:
    """Read the portal's details."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    return AccountDetails(
        portal_id=reader.id(body.get("portalId"), "portalId"),
        ui_domain=reader.text(body, "uiDomain") or "",
        timezone=reader.text(body, "timeZone") or "",
    )


def pipeline_stages(call: str, payload: object) -> tuple[Stage, ...]:
    """Read the stages of all pipelines of an object type."""
    reader = Reader(call)
    found = []
    for value in reader.sequence(reader.mapping(payload, "the body").get("results"), "results"):
        pipeline = reader.mapping(value, "a pipeline")
        for each in reader.sequence(pipeline.get("stages"), "a pipeline's stages"):
            stage = reader.mapping(each, "a stage")
            stage_id = reader.text(stage, "id")
            if not stage_id:
                raise reader.fail("a stage lacks its id")
            metadata = reader.mapping(stage.get("metadata") or {}, "a stage's metadata")
            found.append(Stage(id=stage_id, label=reader.text(stage, "label") or stage_id, closed=_closed(metadata)))
    return tuple(found)


def _closed(metadata: Mapping[str, object]) -> bool | None:
    """Return whether records in a stage are closed; the metadata are texts, `isClosed` in places a boolean."""
    state, closed = metadata.get("ticketState"), metadata.get("isClosed")
    if isinstance(state, str) and state.upper() in {"OPEN", "CLOSED"}:
        return state.upper() == "CLOSED"
    if isinstance(closed, bool | str) and str(closed).lower() in {"true", "false"}:
        return str(closed).lower() == "true"
    return None


def association_labels(call: str, payload: object) -> tuple[AssociationLabel, ...]:
    """Read the labels of a pair of object types; types without a label are left out."""
    reader = Reader(call)
    found = []
    for value in reader.sequence(reader.mapping(payload, "the body").get("results"), "results"):
        holder = reader.mapping(value, "a label")
        type_id, label = holder.get("typeId"), reader.text(holder, "label")
        if not isinstance(type_id, int) or isinstance(type_id, bool):
            raise reader.fail("a label's typeId is not a number")
        if label:
            found.append(AssociationLabel(category=reader.text(holder, "category") or "", type_id=type_id, label=label))
    return tuple(found)
