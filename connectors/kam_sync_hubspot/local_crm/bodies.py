"""The bodies of requests as HubSpot takes them; a field that is not here is refused."""

from __future__ import annotations

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from kam_sync_hubspot.local_crm.exchange import Body


class CamelBody(Body):
    """Base: names in camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class RecordId(CamelBody):
    """Names a record."""

    id: str


class ReadBatch(CamelBody):
    """POST …/batch/read."""

    inputs: list[RecordId]
    properties: tuple[str, ...] = ()
    properties_with_history: tuple[str, ...] = ()
    id_property: str | None = None


class TypeSpec(CamelBody):
    """Names an association type."""

    association_category: str
    association_type_id: int


class LinkSpec(CamelBody):
    """An association inside a create."""

    to: RecordId
    types: list[TypeSpec]


class CreateInput(CamelBody):
    """One record to create."""

    properties: dict[str, str]
    associations: tuple[LinkSpec, ...] = ()
    object_write_trace_id: str | None = None


class CreateBatch(CamelBody):
    """POST …/batch/create."""

    inputs: list[CreateInput]


class UpdateInput(CamelBody):
    """One record to change, or to create by a unique property; upsert takes no associations."""

    id: str
    properties: dict[str, str]
    id_property: str | None = None
    object_write_trace_id: str | None = None


class UpdateBatch(CamelBody):
    """POST …/batch/update and …/batch/upsert."""

    inputs: list[UpdateInput]


class IdBatch(CamelBody):
    """POST …/batch/archive."""

    inputs: list[RecordId]


class PropertiesBody(CamelBody):
    """PATCH of one record."""

    properties: dict[str, str]


class MergeBody(CamelBody):
    """POST …/merge."""

    object_id_to_merge: str
    primary_object_id: str


class Filter(CamelBody):
    """One condition of a search."""

    property_name: str
    operator: str
    value: str | None = None
    high_value: str | None = None
    values: list[str] | None = None


class FilterGroup(CamelBody):
    """Conditions that must all hold."""

    filters: list[Filter]


class Sort(CamelBody):
    """The long form of an order."""

    property_name: str
    direction: str = "ASCENDING"


class SearchBody(CamelBody):
    """POST …/search; groups are alternatives."""

    filter_groups: tuple[FilterGroup, ...] = ()
    sorts: tuple[str | Sort, ...] = ()
    query: str | None = None
    properties: tuple[str, ...] = ()
    limit: int = 10
    after: str | int | None = None


class AssociationReadInput(CamelBody):
    """One record whose associations are read, from a cursor on."""

    id: str
    after: str | None = None


class AssociationReadBatch(CamelBody):
    """POST /crm/associations/…/batch/read."""

    inputs: list[AssociationReadInput]


class Ends(CamelBody):
    """Two records to associate by the usual type."""

    origin: RecordId = Field(alias="from")
    to: RecordId


class DefaultAssociationBatch(CamelBody):
    """POST …/batch/associate/default."""

    inputs: list[Ends]


class TypedEnds(Ends):
    """Two records to associate by given types."""

    types: list[TypeSpec]


class AssociationCreateBatch(CamelBody):
    """POST …/batch/create."""

    inputs: list[TypedEnds]


class ArchivedEnds(CamelBody):
    """A record and those it is dissociated from."""

    origin: RecordId = Field(alias="from")
    to: list[RecordId]


class AssociationArchiveBatch(CamelBody):
    """POST …/batch/archive."""

    inputs: list[ArchivedEnds]


class LabelBody(CamelBody):
    """POST …/labels."""

    label: str
    name: str
    inverse_label: str | None = None


class OptionBody(CamelBody):
    """One option of a property to create."""

    label: str
    value: str
    display_order: int = -1
    hidden: bool = False
    description: str = ""


class PropertyBody(CamelBody):
    """POST /crm/properties/…: a property to create."""

    name: str
    label: str
    type: str
    field_type: str
    group_name: str
    description: str = ""
    options: tuple[OptionBody, ...] = ()
    display_order: int = -1
    external_options: bool = False
    form_field: bool = False
    has_unique_value: bool = False
    hidden: bool = False
    referenced_object_type: str | None = None


class PropertyChangeBody(CamelBody):
    """PATCH /crm/properties/…: what of a property changes; options replace all there were."""

    label: str | None = None
    type: str | None = None
    field_type: str | None = None
    group_name: str | None = None
    description: str | None = None
    options: tuple[OptionBody, ...] | None = None
    display_order: int | None = None
    form_field: bool | None = None
    hidden: bool | None = None


class GroupChangeBody(CamelBody):
    """PATCH /crm/properties/…/groups: what of a group changes."""

    label: str | None = None
    display_order: int | None = None


class GroupBody(CamelBody):
    """POST /crm/properties/…/groups."""

    name: str
    label: str
    display_order: int = -1
