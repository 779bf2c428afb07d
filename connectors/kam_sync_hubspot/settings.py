"""What an org's section of the policy file holds for HubSpot: strict models, secrets masked.

Only the shape is judged here; whether a property exists in the portal is judged by `describe`. Where the records come
from is in `record_settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, TypeAdapter, field_validator, model_validator

from kam_sync.field_mapping import Fields, Values
from kam_sync.records import Role
from kam_sync_hubspot.record_settings import (
    DEFAULT_FIELDS,
    DEFAULT_VALUES,
    Actions,
    Cases,
    ContactLabels,
    Contracts,
    Criteria,
    CustomerFeedback,
    Goals,
    Plan,
    PropertyName,
    PropertyNames,
    Quotes,
    Sales,
    Section,
    WireValues,
)

LOOPBACK: Final = "127.0.0.1"
"""The only host that may be spoken to without TLS."""
BURST_CALLS: Final = 90
"""Calls per ten seconds at first; HubSpot's smallest burst limit is 100 (usage guidelines)."""


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError("a property is named twice")
    return names


class Auth(Section):
    """The access token of a service key or of a private app.

    Args:
        access_token: The token, as ${NAME}.
    """

    access_token: SecretStr

    @field_validator("access_token")
    @classmethod
    def _usable_in_a_header(cls, token: SecretStr) -> SecretStr:
        value = token.get_secret_value()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("the access token must be one printable ASCII word; is its environment variable set?")
        return token


class Scope(Section):
    """Which companies are judged: those whose property has one of the values (or contains one, if multi-valued).

    Args:
        property: A property of companies.
        values: The values that make a company a key account.
    """

    property: PropertyName
    values: WireValues


class Roles(Section):
    """Owner-type company properties that name the holders of each role; one may serve several roles.

    Args:
        owner_properties: Role and the company properties (field type HubSpot user) that name its holders.
    """

    owner_properties: Mapping[Role, PropertyNames] = Field(default_factory=dict)

    @field_validator("owner_properties")
    @classmethod
    def _no_property_twice(cls, given: Mapping[Role, tuple[str, ...]]) -> Mapping[Role, tuple[str, ...]]:
        return {role: _unique(names) for role, names in given.items()}


class Tasks(Section):
    """Where a task carries its key.

    Args:
        key_property: The property of tasks that carries the key; without it in the portal nothing is written.
    """

    key_property: PropertyName = "kam_sync_key"


class Limits(Section):
    """How much of the portal's API calls may be used.

    Args:
        calls_per_10_seconds: A ceiling; without it kam-sync begins with 90 and then follows what HubSpot tells of its
            limit.
        day_share: Share of the account's daily calls, by whatever app, at which a run stops.
    """

    calls_per_10_seconds: Annotated[int, Field(ge=1, le=1000)] | None = None
    day_share: Annotated[float, Field(gt=0, le=1)] = 0.8


class HubSpotSettings(Section):
    """HubSpot's part of an org's section in the policy file.

    Args:
        auth: How kam-sync logs in.
        host: Where the API is; HubSpot's own host.
        allow_loopback_http: Only for a local CRM: plain http to this machine.
        api_version: Version of the API.
        scope: Which companies are key accounts; without it all are.
        fields: Canonical name and the field of the CRM that holds it; null takes a default away.
        values: Canonical name of a choice, our value, and the CRM's values that mean it.
        criteria: Name of a criterion for key accounts and the field of the account, a number, that scores it.
        sales: Where it is recorded what was sold to an account in the last 12 months; without it won deals are
            counted.
        plan: Where account plans are; without it plans are unknown.
        goals: Where the goals of plans are.
        actions: Where the actions of plans are.
        feedback: Where it is recorded what customers think of us.
        contracts: Where contracts are.
        cases: Which cases are urgent.
        quotes: Fields of quotes.
        roles: Where the six roles are recorded.
        contact_labels: Buying role and the labels of company-contact associations that mean it.
        tasks: How kam-sync's tasks are written.
        limits: How much of the portal's API calls may be used.
    """

    auth: Auth
    host: str = "https://api.hubapi.com"
    allow_loopback_http: bool = False
    api_version: Literal["2026-09", "2026-03", "v3"] = "2026-09"
    scope: Scope | None = None
    fields: Fields = Field(default_factory=dict, validate_default=True)
    values: Values = Field(default_factory=dict, validate_default=True)
    criteria: Criteria = Field(default_factory=dict)
    sales: Sales | None = None
    roles: Roles = Field(default_factory=Roles)
    plan: Plan | None = None
    goals: Goals | None = None
    actions: Actions | None = None
    feedback: CustomerFeedback | None = None
    contracts: Contracts | None = None
    cases: Cases = Field(default_factory=Cases)
    quotes: Quotes = Field(default_factory=Quotes)
    contact_labels: ContactLabels = Field(default_factory=dict)
    tasks: Tasks = Field(default_factory=Tasks)
    limits: Limits = Field(default_factory=Limits)

    @field_validator("fields", mode="before")
    @classmethod
    def _over_the_default_fields(cls, given: object) -> object:
        """Null takes a default away."""
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in {**DEFAULT_FIELDS, **given}.items() if value is not None}

    @field_validator("fields", mode="after")
    @classmethod
    def _fields_are_properties(cls, given: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        return TypeAdapter(Mapping[str, PropertyNames]).validate_python(given)

    @field_validator("values", mode="before")
    @classmethod
    def _over_the_default_values(cls, given: object) -> object:
        """What the policy says about a name replaces all defaults of that name."""
        return {**DEFAULT_VALUES, **given} if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _host_is_safe(self) -> HubSpotSettings:
        """The access token goes to this host with every request."""
        parts = urlsplit(self.host)
        plain = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port is not None else "")
        if self.origin != plain:
            raise ValueError("host must be a plain origin in lower case such as https://api.hubapi.com")
        if parts.scheme == "https":
            return self
        if parts.scheme == "http" and parts.hostname == LOOPBACK and self.allow_loopback_http:
            return self
        raise ValueError(
            f"host must begin with https://; plain http is for a local CRM at http://{LOOPBACK}:PORT only, "
            "with allow_loopback_http: true"
        )

    @property
    def origin(self) -> str:
        """The host without a trailing slash."""
        return self.host.rstrip("/")
