"""The sections of the policy file that say where records and their fields are kept in a Salesforce org.

Only the shape belongs here; whether objects and fields exist in the org is found out by `_discovery`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kam_sync.field_mapping import Fields, Values
from kam_sync.records import Grade, PlanPart, Scale, SwotPart
from kam_sync_salesforce._section import ApiName, ApiNames, Finite, Section, Text, api_name

NATIVE_GOALS: Final = "AccountPlanObjective"
NATIVE_CONTRACTS: Final = "Contract"

DEFAULT_FIELDS: Final[Mapping[str, str]] = {
    "account.revenue": "AnnualRevenue",
    "contact.department": "Department",
    "opportunity.type": "Type",
    "opportunity.stages": "StageName",
    "activity.purposes": "Type",
}
"""Salesforce's own fields, where the policy file names no other."""

DEFAULT_VALUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "opportunity.type": {
        "new_business": ("New Business", "New Customer"),
        "expansion": ("Existing Business", "Existing Customer - Upgrade", "Upsell", "Cross-sell"),
        "renewal": ("Renewal", "Existing Customer - Replacement"),
    },
    "contact.buying_roles": {
        "decision_maker": ("Decision Maker",),
        "economic_buyer": ("Economic Buyer", "Economic Decision Maker"),
        "technical_buyer": ("Technical Buyer", "Evaluator"),
        "champion": ("Champion",),
        "executive_sponsor": ("Executive Sponsor",),
        "influencer": ("Influencer",),
        "end_user": ("Business User", "End User"),
        "blocker": ("Blocker",),
        "other": ("Other",),
    },
}
"""Values of Salesforce's own picklists, where the policy file says nothing about a name."""


def _with_defaults(given: object) -> object:
    """Return the fields with those of Salesforce's own; null takes one of these away."""
    if not isinstance(given, Mapping):
        return given
    return {name: field for name, field in {**DEFAULT_FIELDS, **given}.items() if field is not None}


def _api_names(given: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for fields in given.values():
        for field in fields:
            api_name(field)
    return given


MappedFields = Annotated[Fields, BeforeValidator(_with_defaults), AfterValidator(_api_names)]
"""`fields:`, completed by Salesforce's own fields."""


class Condition(Section):
    """A field that has one of some values.

    Args:
        field: The field.
        values: The values.
    """

    field: ApiName
    values: tuple[bool | str, ...] = Field(min_length=1)


class PlanFields(Section):
    """The date fields of a plan.

    Args:
        start_on: When it begins.
        end_on: When it ends.
        last_review_on: When it was last reviewed.
        next_review_on: When it is to be reviewed next.
        modified_on: When it was last changed.
        swot_on: When its SWOT analysis was last looked at.
    """

    start_on: ApiName | None = None
    end_on: ApiName | None = None
    last_review_on: ApiName | None = None
    next_review_on: ApiName | None = None
    modified_on: ApiName | None = None
    swot_on: ApiName | None = None


def is_account(name: str) -> bool:
    """Return whether an object is Account itself, so that records are fields of the account."""
    return name.lower() == "account"


def _check_lookup(section: str, sobject: str, account_field: str | None, *, native: str = "") -> None:
    if is_account(sobject) and account_field is not None:
        msg = f"account_field makes no sense for {section} that are fields of Account"
        raise ValueError(msg)
    if not is_account(sobject) and account_field is None and sobject.lower() != native.lower():
        msg = f"account_field is missing: the field of {sobject} that says which account it belongs to"
        raise ValueError(msg)


class Plan(Section):
    """Where account plans are: an object with a lookup to Account, or fields of Account itself.

    Args:
        object: API name of the object; `Account` for fields of the account itself.
        account_field: Its lookup to Account; none for fields of Account.
        active: Which plans are in force; all without it.
        fields: Its dates.
        parts: Part of the plan and the fields that are filled when it is written.
        swot: Part of the SWOT analysis and the fields that are filled when it is written.
    """

    object: ApiName
    account_field: ApiName | None = None
    active: Condition | None = None
    fields: PlanFields = PlanFields()
    parts: Mapping[PlanPart, ApiNames] = Field(default_factory=dict)
    swot: Mapping[SwotPart, ApiNames] = Field(default_factory=dict)

    @property
    def on_account(self) -> bool:
        """Whether plans are fields of the account."""
        return is_account(self.object)

    @model_validator(mode="after")
    def _lookup(self) -> Self:
        _check_lookup("plans", self.object, self.account_field)
        return self


def _attributes(*known: str) -> Callable[[Mapping[str, tuple[str, ...]]], Mapping[str, tuple[str, ...]]]:
    """Return the check that only these attributes are mapped; several fields only where all must be filled."""

    def check(given: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for attribute, fields in given.items():
            if attribute not in known:
                msg = f"{attribute!r} cannot be mapped here; there are: {', '.join(known)}"
                raise ValueError(msg)
            if len(fields) > 1 and not attribute.startswith("has_"):
                msg = f"{attribute} takes one field"
                raise ValueError(msg)
        return given

    return check


class Goals(Section):
    """Where the goals of account plans are: Salesforce's own objectives, another object, or fields of Account.

    Args:
        object: API name of the object.
        account_field: Its lookup to Account; none for Salesforce's own objectives and for fields of Account.
        fields: What is mapped: name, owner_id, start_on, due_on, has_metric (several: all filled), progress_on.
        open: Which goals are open; all without it.
    """

    object: ApiName = NATIVE_GOALS
    account_field: ApiName | None = None
    fields: Annotated[
        Mapping[str, ApiNames],
        AfterValidator(_attributes("name", "owner_id", "start_on", "due_on", "has_metric", "progress_on")),
    ] = Field(default_factory=dict)
    open: Condition | None = None

    @property
    def native(self) -> bool:
        """Whether goals are Salesforce's own objectives, which hang on account plans."""
        return self.object.lower() == NATIVE_GOALS.lower()

    @model_validator(mode="after")
    def _lookup(self) -> Self:
        _check_lookup("goals", self.object, self.account_field, native=NATIVE_GOALS)
        return self


class Actions(Section):
    """Where the actions of account plans are: an object with a lookup to Account, or fields of Account.

    Args:
        object: API name of the object.
        account_field: Its lookup to Account; none for fields of Account.
        fields: What is mapped: name, owner_id, due_on, goal_id.
        open: Which actions are open; all without it.
    """

    object: ApiName
    account_field: ApiName | None = None
    fields: Annotated[Mapping[str, ApiNames], AfterValidator(_attributes("name", "owner_id", "due_on", "goal_id"))] = (
        Field(default_factory=dict)
    )
    open: Condition | None = None

    @model_validator(mode="after")
    def _lookup(self) -> Self:
        _check_lookup("actions", self.object, self.account_field)
        return self


class Feedback(Section):
    """Where customers' feedback is.

    Args:
        object: API name of the object.
        account_field: Its lookup to Account; none for fields of Account.
        fields: What is mapped: on and grade (both required), has_reason (several: all filled), contact_id.
        scale: What the grade is: a letter from A+ to F, or a score of nps (0 to 10) or csat (1 to 5).
        grades: Grade and its least score, instead of those that are usual on the scale.
    """

    object: ApiName
    account_field: ApiName | None = None
    fields: Annotated[Mapping[str, ApiNames], AfterValidator(_attributes("on", "grade", "has_reason", "contact_id"))]
    scale: Scale = "letter"
    grades: Mapping[Grade, Finite] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_lookup("feedback", self.object, self.account_field)
        missing = {"on", "grade"} - self.fields.keys()
        if missing:
            msg = f"fields.{min(missing)} is missing: feedback needs a date and a grade"
            raise ValueError(msg)
        if self.grades and self.scale == "letter":
            msg = "grades makes no sense on the scale letter, whose answers are grades already"
            raise ValueError(msg)
        return self


class Contracts(Section):
    """Where contracts are: Salesforce's own, another object, or fields of Account.

    Args:
        object: API name of the object.
        account_field: Its lookup to Account; none for Salesforce's own contracts and for fields of Account.
        fields: What is mapped: name, end_on, value.
        active: Which contracts are in force; all without it.
    """

    object: ApiName = NATIVE_CONTRACTS
    account_field: ApiName | None = None
    fields: Annotated[Mapping[str, ApiNames], AfterValidator(_attributes("name", "end_on", "value"))] = Field(
        default_factory=dict
    )
    active: Condition | None = None

    @property
    def native(self) -> bool:
        """Whether contracts are Salesforce's own."""
        return self.object.lower() == NATIVE_CONTRACTS.lower()

    @model_validator(mode="after")
    def _lookup(self) -> Self:
        _check_lookup("contracts", self.object, self.account_field, native=NATIVE_CONTRACTS)
        return self


class Cases(Section):
    """Which cases are urgent.

    Args:
        urgent: Those that are; those of the priorities High and Critical without it.
    """

    urgent: Condition | None = None


class QuoteFields(Section):
    """The date fields of a quote.

    Args:
        sent_on: When a quote was sent.
        expires_on: When a quote expires.
    """

    sent_on: ApiName | None = None
    expires_on: ApiName | None = "ExpirationDate"


class Quotes(Section):
    """Fields of quotes that Salesforce has not, or has elsewhere.

    Args:
        fields: The date fields.
    """

    fields: QuoteFields = QuoteFields()


class Sales(Section):
    """The field of Account that holds what was sold in the last 12 months.

    Args:
        field: A number field of Account.
    """

    field: ApiName


class RecordSettings(Section):
    """All that a policy file says about where records are kept, beside accounts in scope and roles.

    Args:
        fields: Canonical name and the field of the CRM that holds it; null takes a default away.
        values: Canonical name of a choice, our value, and the CRM's values that mean it.
        criteria: Name of a criterion for key accounts and the field of the account, a number, that scores it.
        sales: Where it is recorded what was sold to an account in the last 12 months; without it won deals are
            counted.
        plan: Where account plans are; without it plans are unknown.
        goals: Where the goals of plans are; Salesforce's own objectives where plans are Salesforce's own.
        actions: Where the actions of plans are.
        feedback: Where it is recorded what customers think of us.
        contracts: Where contracts are.
        cases: Which cases are urgent.
        quotes: Fields of quotes.
    """

    fields: MappedFields = Field(default_factory=dict, validate_default=True)
    values: Values = Field(default_factory=dict)
    criteria: Mapping[Text, ApiName] = Field(default_factory=dict)
    sales: Sales | None = None
    plan: Plan | None = None
    goals: Goals | None = None
    actions: Actions | None = None
    feedback: Feedback | None = None
    contracts: Contracts = Contracts()
    cases: Cases = Cases()
    quotes: Quotes = Quotes()

    def choices(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Return our value → the org's values for a canonical name; nothing where neither side says any."""
        return self.values.get(name, DEFAULT_VALUES.get(name, {}))

    @property
    def default_fields(self) -> frozenset[str]:
        """Return the canonical names whose field is Salesforce's own one, named by the policy file or not."""
        return frozenset(
            name for name, field in DEFAULT_FIELDS.items() if field.lower() in map(str.lower, self.fields.get(name, ()))
        )

    @property
    def goals_section(self) -> Goals | None:
        """Where goals are: as the policy file says, or beside Salesforce's own plans."""
        if self.goals is not None or self.plan is None or self.plan.object.lower() != "accountplan":
            return self.goals
        return Goals()
