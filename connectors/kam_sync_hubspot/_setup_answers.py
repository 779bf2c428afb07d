"""The shapes of HubSpot's answers about a portal's set-up: account, properties, pipelines, association labels.

Checked like those of `_answers`: what is not as documented raises MalformedAnswerError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync_hubspot._answers import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinition:
    """A property of an object type."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    referenced_object_type: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """The portal: its id and the host name of its user interface."""

    portal_id: str
    ui_domain: str


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


def property_definitions(call: str, payload: object) -> Mapping[str, PropertyDefinition]:
    """Read the properties of an object type, archived ones left out."""
    reader = Reader(call)
    found = {}
    for value in reader.sequence(reader.mapping(payload, "the body").get("results"), "results"):
        holder = reader.mapping(value, "a property")
        name = reader.text(holder, "name")
        type_ = reader.text(holder, "type")
        if not name or not type_:
            raise reader.fail("a property lacks its name or type")
        options = reader.sequence(holder.get("options") or [], "options")
        values = [reader.mapping(option, "an option").get("value") for option in options]
        if not reader.flag(holder, "archived"):
            found[name] = PropertyDefinition(
                name=name,
                label=reader.text(holder, "label") or name,
                type=type_,
                field_type=reader.text(holder, "fieldType") or "",
                group=reader.text(holder, "groupName") or "",
                referenced_object_type=reader.text(holder, "referencedObjectType") or "",
                options=tuple(option for option in values if isinstance(option, str)),
            )
    if not found:
        raise reader.fail("there are no properties at all")
    return found


def account_details(call: str, payload: object) -> AccountDetails:
    """Read the portal's details."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    return AccountDetails(
        portal_id=reader.id(body.get("portalId"), "portalId"),
        ui_domain=reader.text(body, "uiDomain") or "",
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
