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
    StringConstraints,
    model_validator,
)

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


def _all_as_lists(given: object) -> object:
    return {name: _as_list(value) for name, value in given.items()} if isinstance(given, Mapping) else given


# Internal names of properties are letters, digits and underscores; whether one exists is for the portal to say.
PROPERTY_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
PropertyName = Annotated[str, StringConstraints(pattern=rf"^{PROPERTY_NAME.pattern}$")]
PropertyNames = Annotated[tuple[PropertyName, ...], BeforeValidator(_as_list), Field(min_length=1, max_length=10)]
WireValue = Annotated[str, BeforeValidator(_as_wire_value), StringConstraints(min_length=1)]
WireValues = Annotated[tuple[WireValue, ...], BeforeValidator(_as_list), Field(min_length=1)]
ObjectType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Criterion = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Labels = Annotated[tuple[Label, ...], BeforeValidator(_as_list), Field(min_length=1)]
Criteria = Mapping[Criterion, PropertyName]
ContactLabels = Mapping[BuyingRole, Labels]


class Section(BaseModel):
    """A part of the policy file: closed, frozen, and its values are in no error message."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class Selection(Section):
    """Records whose property has one of the values (or contains one, if multi-valued), whatever their case."""

    property: PropertyName = Field(validation_alias=AliasChoices("property", "field"))
    values: WireValues


class Sales(Section):
    """The company property, a number, that says what was sold in the last 12 months."""

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
    """Company properties that hold the account plan; a part is filled when all of its properties are."""

    fields: Mapping[PlanField, PropertyName] = Field(default_factory=dict)
    parts: Mapping[PlanPart, PropertyNames] = Field(default_factory=dict)
    swot: Mapping[SwotPart, PropertyNames] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _maps_something(self) -> Plan:
        if not self.fields.keys() - {PlanField.MODIFIED_ON} and not self.parts and not self.swot:
            raise ValueError("map at least one field or part, beside modified_on, or leave out `plan`")
        return self


class RecordSection(Section):
    """Records of an object type that hangs on companies, or of the company's own properties (`companies`)."""

    attributes: ClassVar[frozenset[str]] = frozenset()
    """What can be mapped."""
    filled: ClassVar[frozenset[str]] = frozenset()
    """Of that, what may name several properties, all of which must be filled."""
    required: ClassVar[frozenset[str]] = frozenset()
    """Of that, what must be mapped."""

    object: ObjectType
    fields: Annotated[Mapping[str, PropertyNames], BeforeValidator(_all_as_lists)] = Field(default_factory=dict)

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
    """Goals of account plans."""

    attributes = frozenset({"name", "owner_id", "start_on", "due_on", "has_metric", "progress_on"})
    filled = frozenset({"has_metric"})

    open: Selection | None = None

    @property
    def selection(self) -> Selection | None:
        """Which goals are open."""
        return self.open


class Actions(RecordSection):
    """Actions of account plans; `goal_id` is a property with the id of the goal's record."""

    attributes = frozenset({"name", "owner_id", "due_on", "goal_id"})

    open: Selection | None = None

    @property
    def selection(self) -> Selection | None:
        """Which actions are open."""
        return self.open


class CustomerFeedback(RecordSection):
    """What customers think of us; `grades` is the least score of each grade, where the scale is one of scores."""

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
    """Contracts with customers."""

    attributes = frozenset({"name", "end_on", "value"})

    active: Selection | None = None

    @property
    def selection(self) -> Selection | None:
        """Which contracts are in force."""
        return self.active


class Cases(Section):
    """Which tickets are urgent; without it those of HubSpot's priorities HIGH and URGENT."""

    urgent: Selection | None = None


class Quotes(Section):
    """Properties of quotes."""

    fields: Mapping[Annotated[str, StringConstraints(pattern="^(sent_on|expires_on)$")], PropertyName] = Field(
        default_factory=dict
    )
