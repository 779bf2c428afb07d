"""What a policy file says about a Salesforce org, checked as far as that goes without asking Salesforce.

Only the shape belongs here; whether objects, fields and values exist in the org is found out by `_discovery`. The
sections about records beside accounts and roles are in `_record_settings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from kam_sync.ports import Priority
from kam_sync.records import Role
from kam_sync_salesforce._record_settings import RecordSettings
from kam_sync_salesforce._section import ApiName, Finite, Section, Text

_DOMAIN: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")
_LOOPBACK: Final = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")
SHARED_LOGIN_DOMAINS: Final = frozenset({"login", "test"})
"""Hosts where people of every org log in; client credentials need the org's own My Domain host."""


def _domain(value: str) -> str:
    if value.lower().endswith(".salesforce.com") or not _DOMAIN.fullmatch(value):
        msg = 'expected only what stands before ".salesforce.com", such as "acme.my" or "login"'
        raise ValueError(msg)
    return value


def is_loopback(url: str) -> bool:
    """Return whether a URL is plain http on 127.0.0.1 with a port, as local CRMs are reached."""
    return _LOOPBACK.fullmatch(url.rstrip("/")) is not None


def _instance_url(value: str) -> str:
    parts = urlsplit(value)
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment and "@" not in parts.netloc
    if not (is_loopback(value) or (parts.scheme == "https" and parts.hostname and bare)):
        msg = 'expected "https://" and a host, such as https://acme.my.salesforce.com'
        raise ValueError(msg)
    return value.rstrip("/")


Domain = Annotated[str, AfterValidator(_domain)]
InstanceUrl = Annotated[str, AfterValidator(_instance_url)]


class ClientCredentials(Section):
    """The OAuth client credentials flow of an external client app with a Run-As user.

    Args:
        method: This method: `client_credentials`.
        consumer_key: Consumer key of the external client app.
        consumer_secret: Its consumer secret, as ${NAME}.
        domain: My Domain without `.salesforce.com`, such as `acme.my`.
    """

    method: Literal["client_credentials"]
    consumer_key: SecretStr
    consumer_secret: SecretStr
    domain: Domain

    @field_validator("domain")
    @classmethod
    def _own_host(cls, value: str) -> str:
        if value.lower() in SHARED_LOGIN_DOMAINS:
            msg = 'client credentials need the org\'s own My Domain, such as "acme.my"'
            raise ValueError(msg)
        return value


class Jwt(Section):
    """The OAuth JWT bearer flow: no secret travels, only an assertion signed with the private key.

    Args:
        method: This method: `jwt`.
        username: The user on whose behalf kam-sync logs in.
        consumer_key: Consumer key of the app that knows the certificate.
        private_key: The private key in PEM form, as ${NAME}; either it or `private_key_file`.
        private_key_file: A file with the private key.
        domain: `login`, `test`, or My Domain without `.salesforce.com`.
        instance_url: Where the API is, when it is not what the login answers.
    """

    method: Literal["jwt"]
    username: SecretStr
    consumer_key: SecretStr
    private_key: SecretStr | None = None
    private_key_file: Path | None = None
    domain: Domain = "login"
    instance_url: InstanceUrl | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.private_key is None) == (self.private_key_file is None):
            msg = "give either private_key or private_key_file"
            raise ValueError(msg)
        if self.instance_url is not None and not self.instance_url.lower().endswith(".salesforce.com"):
            msg = "instance_url must end in .salesforce.com: the login library knows no other host for JWT"
            raise ValueError(msg)
        return self


class AccessToken(Section):
    """A ready-made access token; it cannot be renewed here, so an expired one ends the run.

    Args:
        method: This method: `access_token`.
        access_token: The token, as ${NAME}.
        instance_url: Where the API is, such as https://acme.my.salesforce.com.
    """

    method: Literal["access_token"]
    access_token: SecretStr
    instance_url: InstanceUrl


Auth = Annotated[ClientCredentials | Jwt | AccessToken, Field(discriminator="method")]


class Scope(Section):
    """Which accounts are judged: those whose field has one of the values.

    Args:
        field: A field of Account.
        values: The values that make an account a key account.
    """

    field: ApiName
    values: tuple[bool | int | Finite | Text, ...] = Field(min_length=1, max_length=100)


class Roles(Section):
    """Where the six roles are recorded; all sources are united.

    Args:
        team_roles: Value of AccountTeamMember.TeamMemberRole (and of `team_field`) and the roles it stands for.
        team_field: A multi-select picklist on AccountTeamMember.
        user_fields: Role and lookup fields to User on Account.
    """

    team_roles: Mapping[str, tuple[Role, ...]] = Field(default_factory=dict)
    team_field: ApiName | None = None
    user_fields: Mapping[Role, tuple[ApiName, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _field_has_map(self) -> Self:
        if self.team_field is not None and not self.team_roles:
            msg = "team_field needs team_roles: they say which roles its values stand for"
            raise ValueError(msg)
        return self


class Tasks(Section):
    """How kam-sync's tasks are written.

    Args:
        key_field: External-id text field on Activity that carries the task key; null: the weaker mode.
        open_status: Status of an open task; null takes the org's default one.
        closed_status: Status of a task that is done; null takes the org's first closed one.
        deferred_statuses: Statuses by which a person puts a task off.
        priorities: The org's values of Task.Priority for low, normal and high.
    """

    key_field: ApiName | None = None
    open_status: str | None = None
    closed_status: str | None = None
    deferred_statuses: tuple[str, ...] = ("Deferred",)
    priorities: Mapping[Priority, str] = Field(
        default_factory=lambda: {Priority.LOW: "Low", Priority.NORMAL: "Normal", Priority.HIGH: "High"}
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.closed_status in self.deferred_statuses or self.open_status in self.deferred_statuses:
            msg = "open_status and closed_status must not be among deferred_statuses: they would be read as deferred"
            raise ValueError(msg)
        if set(self.priorities) != set(Priority) or len(set(self.priorities.values())) != len(Priority):
            msg = "priorities needs three different values, for low, normal and high"
            raise ValueError(msg)
        return self


class Limits(Section):
    """How much of the org's calls of 24 hours may be used.

    Args:
        day_share: Share of the calls, used by everything together, at which a run stops.
        run_share: Share of the calls that one run may use.
    """

    day_share: float = Field(default=0.8, gt=0, le=1)
    run_share: float = Field(default=0.25, gt=0, le=1)


class SalesforceSettings(RecordSettings):
    """The part of an org's section that the Salesforce connector reads.

    Args:
        auth: How kam-sync logs in.
        allow_loopback_http: Only for a local CRM: plain http to this machine.
        login_url: Only for a local CRM: where it logs in.
        api_version: Version of the REST API.
        scope: Which accounts are key accounts; without it all are.
        roles: Where the six roles are recorded.
        tasks: How kam-sync's tasks are written.
        limits: How much of the org's calls may be used.
    """

    auth: Auth
    allow_loopback_http: bool = False
    login_url: str | None = None
    api_version: Annotated[str, Field(pattern=r"^[1-9][0-9]{1,2}\.0$")] = "66.0"
    scope: Scope | None = None
    roles: Roles = Roles()
    tasks: Tasks = Tasks()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _loopback(self) -> Self:
        if self.login_url is not None and not (self.allow_loopback_http and is_loopback(self.login_url)):
            msg = "login_url is only for a local CRM: http://127.0.0.1:PORT together with allow_loopback_http: true"
            raise ValueError(msg)
        instance = self.auth.instance_url if isinstance(self.auth, AccessToken) else None
        if instance is not None and instance.startswith("http:") and not self.allow_loopback_http:
            msg = "plain http is only for a local CRM: it needs allow_loopback_http: true"
            raise ValueError(msg)
        return self
