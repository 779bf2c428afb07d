"""The part of HubSpot's policy section that says where records come from: properties, values, plans, objects.

Only the shape is judged here; whether an object, property or value exists in the portal is judged by `describe`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from kam_sync.records import BuyingRole, Grade, PlanPart, Scale, SwotPart

COMPANIES: Final = "companies"
"""The object type of accounts; goals, actions, feedback and contracts may be held in its properties."""

DEFAULT_FIELDS: Final[Mapping[str, str]] = {
    "account.revenue": "annualrevenue",
    "contact.level": "hs_seniority",
    "contact.buying_roles": "hs_buying_role",
    "opportunity.type": "dealtype",
    "opportunity.stages": "dealstage",
    "opportunity.loss_reason": "closed_lost_reason",
    "activity.purposes": "hs_activity_type",
}
"""HubSpot's own properties behind canonical names."""

DEFAULT_VALUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "contact.level": {
        "executive": ("executive", "owner", "partner", "vp"),
        "director": ("director",),
        "manager": ("manager",),
        "staff": ("senior", "employee", "entry"),
    },
    "contact.buying_roles": {
        "decision_maker": ("DECISION_MAKER",),
        "economic_buyer": ("BUDGET_HOLDER",),
        "champion": ("CHAMPION",),
        "executive_sponsor": ("EXECUTIVE_SPONSOR",),
        "influencer": ("INFLUENCER",),
        "end_user": ("END_USER",),
        "blocker": ("BLOCKER",),
        "other": ("OTHER", "LEGAL_AND_COMPLIANCE"),
    },
    "opportunity.type": {"new_business": ("newbusiness",), "expansion": ("existingbusiness",)},
}
"""The values that HubSpot's own properties come with."""


def _as_wire_value(value: object) -> object:
    """Return YAML's `true` and `7` as HubSpot writes them, since its property values are strings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


# Internal names of properties are letters, digits and underscores; whether one exists is for the portal to say.
PROPERTY_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
PropertyName = Annotated[str, StringConstraints(pattern=rf"^{PROPERTY_NAME.pattern}$")]
_Properties = Annotated[tuple[PropertyName, ...], Field(min_length=1, max_length=10)]
PropertyNames = Annotated[_Properties, BeforeValidator(_as_list, json_schema_input_type=PropertyName | _Properties)]
_WireText = Annotated[str, StringConstraints(min_length=1)]
WireValue = Annotated[_WireText, BeforeValidator(_as_wire_value, json_schema_input_type=_WireText | bool | int)]
_WireValues = Annotated[tuple[WireValue, ...], Field(min_length=1)]
WireValues = Annotated[_WireValues, BeforeValidator(_as_list, json_schema_input_type=_WireText | _WireValues)]
ObjectType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Criterion = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Labels = Annotated[tuple[Label, ...], Field(min_length=1)]
Labels = Annotated[_Labels, BeforeValidator(_as_list, json_schema_input_type=Label | _Labels)]
Criteria = Mapping[Criterion, PropertyName]
ContactLabels = Mapping[BuyingRole, Labels]


class Section(BaseModel):
    """A part of the policy file: closed, frozen, and its values are in no error message."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let the schema know every name under which a key may be written."""
        schema = handler.resolve_ref_schema(handler(core))
        for name, field in cls.model_fields.items():
            if isinstance(field.validation_alias, AliasChoices):
                names = [each for each in field.validation_alias.choices if isinstance(each, str)]
                given = schema["properties"].pop(names[0])
                others = {each: {**given, "description": f"The same as `{names[0]}`."} for each in names[1:]}
                schema["properties"] |= {names[0]: given, **others}
                schema["required"] = [each for each in schema["required"] if each not in {name, *names}]
                schema["oneOf"] = [{"required": [each]} for each in names]
        return schema


class Selection(Section):
    """Records whose property has one of the values (or contains one, if multi-valued), whatever their case.

    Args:
        property: The property.
        values: The values.
    """

    property: PropertyName = Field(validation_alias=AliasChoices("property", "field"))
    values: WireValues


class Sales(Section):
    """The company property, a number, that says what was sold in the last 12 months.

    Args:
        property: The property.
    """

    property: PropertyName = Field(validation_alias=AliasChoices("property", "field"))


class PlanField(StrEnum):
    """The dates of an account plan; names are those of AccountPlan."""

    START_ON = "start_on"
    END_ON = "end_on"
    LAST_REVIEW_ON = "last_review_on"
    NEXT_REVIEW_ON = "next_review_on"
    MODIFIED_ON = "modified_on"
    SWOT_ON = "swot_on"


class Plan(Section):
    """Company properties that hold the account plan; a part is filled when all of its properties are.

    Args:
        fields: Its dates and their properties.
        parts: Part of the plan and the properties that are filled when it is written.
        swot: Part of the SWOT analysis and the properties that are filled when it is written.
    """

    fields: Mapping[PlanField, PropertyName] = Field(default_factory=dict)
    parts: Mapping[PlanPart, PropertyNames] = Field(default_factory=dict)
    swot: Mapping[SwotPart, PropertyNames] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _maps_something(self) -> Plan:
        if not self.fields.keys() - {PlanField.MODIFIED_ON} and not self.parts and not self.swot:
            raise ValueError("map at least one field or part, beside modified_on, or leave out `plan`")
        return self


class RecordSection(Section):
    """Records of an object type that hangs on companies, or of the company's own properties (`companies`).

    Args:
        object: Object type, such as `2-5001`; `companies` for properties of the company itself.
        fields: What is mapped, and the property that holds it.
    """

    attributes: ClassVar[frozenset[str]] = frozenset()
    """What can be mapped."""
    filled: ClassVar[frozenset[str]] = frozenset()
    """Of that, what may name several properties, all of which must be filled."""
    required: ClassVar[frozenset[str]] = frozenset()
    """Of that, what must be mapped."""

    object: ObjectType
    fields: Mapping[str, PropertyNames] = Field(default_factory=dict)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let the schema know what can be mapped here, and what must be."""
        schema = handler.resolve_ref_schema(super().__get_pydantic_json_schema__(core, handler))
        fields = schema["properties"]["fields"]
        fields["propertyNames"] = {"enum": sorted(cls.attributes)}
        if cls.required:
            fields["required"] = sorted(cls.required)
        return schema

    @model_validator(mode="after")
    def _attributes_are_known(self) -> RecordSection:
        for name, properties in self.fields.items():
            if name not in self.attributes:
                raise ValueError(
                    f"fields: {name!r} cannot be mapped here; there are: {', '.join(sorted(self.attributes))}"
                )
            if len(properties) > 1 and name not in self.filled:
                raise ValueError(f"fields: {name} takes one property")
        for name in sorted(self.required - self.fields.keys()):
            raise ValueError(f"fields: {name} must be mapped")
        if self.object == COMPANIES and not self.fields:
            raise ValueError("map at least one field of companies, or leave the section out")
        return self

    @property
    def selection(self) -> Selection | None:
        """Which of the records still count, if the policy says so."""
        return None


class Goals(RecordSection):
    """Goals of account plans.

    Args:
        fields: What is mapped: name, owner_id, start_on, due_on, has_metric (several: all filled), progress_on.
        open: Which goals are open; all without it.
    """

    attributes = frozenset({"name", "owner_id", "start_on", "due_on", "has_metric", "progress_on"})
    filled = frozenset({"has_metric"})

    open: Selection | None = None

    @property
    def selection(self) -> Selection | None:
        """Which goals are open."""
        return self.open


class Actions(RecordSection):
    """Actions of account plans.

    Args:
        fields: What is mapped: name, owner_id, due_on, goal_id (the id of the goal's record).
        open: Which actions are open; all without it.
    """

    attributes = frozenset({"name", "owner_id", "due_on", "goal_id"})

    open: Selection | None = None

    @property
    def selection(self) -> Selection | None:
        """Which actions are open."""
        return self.open


class CustomerFeedback(RecordSection):
    """What customers think of us.

    Args:
        fields: What is mapped: on and grade (both required), has_reason (several: all filled), contact_id.
        scale: What the grade is: a letter from A+ to F, or a score of nps (0 to 10) or csat (1 to 5).
        grades: Grade and its least score, instead of those that are usual on the scale.
    """

    attributes = frozenset({"on", "grade", "has_reason", "contact_id"})
    filled = frozenset({"has_reason"})
    required = frozenset({"on", "grade"})

    scale: Scale = "letter"
    grades: Mapping[Grade, Annotated[float, Field(ge=0, le=10)]] | None = None

    @model_validator(mode="after")
    def _grades_are_of_scores(self) -> CustomerFeedback:
        if self.grades is not None and (self.scale == "letter" or not self.grades):
            raise ValueError("grades: give the least score of at least one grade, and only with scale nps or csat")
        return self


class Contracts(RecordSection):
    """Contracts with customers.

    Args:
        fields: What is mapped: name, end_on, value.
        active: Which contracts are in force; all without it.
    """

    attributes = frozenset({"name", "end_on", "value"})

    active: Selection | None = None

    @property
    def selection(self) -> Selection | None:
        """Which contracts are in force."""
        return self.active


class Cases(Section):
    """Which tickets are urgent.

    Args:
        urgent: Those that are; those of the priorities HIGH and URGENT without it.
    """

    urgent: Selection | None = None


class Quotes(Section):
    """Properties of quotes.

    Args:
        fields: sent_on and expires_on, and their properties.
    """

    fields: Mapping[Annotated[str, StringConstraints(pattern="^(sent_on|expires_on)$")], PropertyName] = Field(
        default_factory=dict
    )
