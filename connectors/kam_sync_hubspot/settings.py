"""What an org's section of the policy file holds for HubSpot: strict models, secrets masked.

Only the shape is judged here; whether a property exists in the portal is judged by `describe`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from kam_sync.records import PlanPart, Role

LOOPBACK: Final = "127.0.0.1"
"""The only host that may be spoken to without TLS."""
BURST_CALLS: Final = 90
"""Calls per ten seconds at first; HubSpot's smallest burst limit is 100 (usage guidelines)."""


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError("a property is named twice")
    return names


def _as_wire_value(value: object) -> object:
    """Return YAML's `true` and `7` as HubSpot writes them, since its property values are strings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


# Internal names of properties are letters, digits and underscores; whether one exists is for the portal to say.
PropertyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
PropertyNames = Annotated[tuple[PropertyName, ...], Field(min_length=1, max_length=10)]
WireValue = Annotated[str, BeforeValidator(_as_wire_value), StringConstraints(min_length=1)]


class PlanField(StrEnum):
    """The dates of an account plan; names are those of AccountPlan."""

    START_ON = "start_on"
    END_ON = "end_on"
    LAST_REVIEW_ON = "last_review_on"
    NEXT_REVIEW_ON = "next_review_on"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class Auth(_Section):
    """The access token of a service key or of a private app."""

    access_token: SecretStr

    @field_validator("access_token")
    @classmethod
    def _usable_in_a_header(cls, token: SecretStr) -> SecretStr:
        value = token.get_secret_value()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("the access token must be one printable ASCII word; is its environment variable set?")
        return token


class Scope(_Section):
    """Which companies are judged: those whose property has one of the values (or contains one, if multi-valued)."""

    property: PropertyName
    values: Annotated[tuple[WireValue, ...], Field(min_length=1)]


class Fields(_Section):
    """Company properties behind optional account fields; None leaves a field unmapped, hence unknown."""

    tier: PropertyName | None = Field(default=None, alias="account.tier")
    revenue: PropertyName | None = Field(default="annualrevenue", alias="account.revenue")


class Roles(_Section):
    """Owner-type company properties that name the holders of each role; one may serve several roles."""

    owner_properties: Mapping[Role, PropertyNames] = Field(default_factory=dict)

    @field_validator("owner_properties")
    @classmethod
    def _no_property_twice(cls, given: Mapping[Role, tuple[str, ...]]) -> Mapping[Role, tuple[str, ...]]:
        return {role: _unique(names) for role, names in given.items()}


class Plan(_Section):
    """Company properties that hold the account plan; a part is filled when all of its properties are."""

    fields: Mapping[PlanField, PropertyName] = Field(default_factory=dict)
    parts: Mapping[PlanPart, PropertyNames] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _maps_something(self) -> Plan:
        if not self.fields and not self.parts:
            raise ValueError("map at least one field or part, or leave out `plan`")
        return self


class Tasks(_Section):
    """Where a task carries its key."""

    key_property: PropertyName = "kam_sync_key"


class Limits(_Section):
    """How much of the portal's API calls may be used.

    `calls_per_10_seconds` is a ceiling; without it kam-sync begins with 90 and then follows what HubSpot tells of its
    limit. `day_share` is the share of the account's daily calls, by whatever app, at which kam-sync stops.
    """

    calls_per_10_seconds: Annotated[int, Field(ge=1, le=1000)] | None = None
    day_share: Annotated[float, Field(gt=0, le=1)] = 0.8


class HubSpotSettings(_Section):
    """HubSpot's part of an org's section in the policy file."""

    auth: Auth
    host: str = "https://api.hubapi.com"
    allow_loopback_http: bool = False
    api_version: Literal["2026-09", "2026-03", "v3"] = "2026-09"
    scope: Scope | None = None
    fields: Fields = Field(default_factory=Fields)
    roles: Roles = Field(default_factory=Roles)
    plan: Plan | None = None
    tasks: Tasks = Field(default_factory=Tasks)
    limits: Limits = Field(default_factory=Limits)

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
