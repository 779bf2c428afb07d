"""The section `digest:` of a policy: when a digest's week begins, who gets digests, and by which channels."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from kam_sync.config.places import Location
from kam_sync.dates import Weekday, require_zone
from kam_sync.mailbox import Mailbox, is_address, parse_mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong at a place of the section; where a name is no channel's, `written` and those that are `known`."""

    location: Location
    message: str
    written: str = ""
    known: tuple[str, ...] = ()


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MailSecurity(StrEnum):
    """How the way to a mail server is protected; `none` is for a server on this very machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS: Final = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}
"""The ports of RFC 6409 and RFC 8314, and plain SMTP's."""


def is_loopback(host: str) -> bool:
    """Return whether a host is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_secret_url(location: Location, value: str) -> bool:
    """Return whether this is a webhook's URL, which is a secret: whoever knows it may post. Loopback ones are not."""
    if location[:2] != ("digest", "channels") or location[-1] != "url":
        return False
    try:
        return not is_loopback(urlsplit(value).hostname or "")
    except ValueError:
        return True


def _require_address(value: str) -> str:
    if not is_address(value):
        raise ValueError("expected one e-mail address such as head@vendor.example")
    return value


class SmtpChannel(_Section):
    """A mail server, which gets a mail in plain text and HTML for each recipient.

    Args:
        kind: This kind: `smtp`.
        host: Name or address of the mail server.
        port: Its port; unless it is given, 587 with `starttls`, 465 with `tls` and 25 with `none`.
        security: How the way to it is protected; `none` is for a server on this very machine.
        username: Who logs in; without it nobody does.
        password: The password of `username`, as ${NAME}.
        sender: Whom the mail is from, such as `Key Accounts <kam@vendor.example>`.
        to: Who gets the portfolio's digest; owners' go to the owners' own addresses as the CRM knows them.
    """

    kind: Literal["smtp"]
    host: Annotated[str, Field(pattern=r"^[^\s/@]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: MailSecurity = MailSecurity.STARTTLS
    username: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, Field(validation_alias="from")]
    to: tuple[Annotated[str, AfterValidator(_require_address)], ...] = ()

    @field_validator("sender")
    @classmethod
    def _is_mailbox(cls, value: str) -> str:
        parse_mailbox(value)
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("give both username and password, or neither")
        if self.security is MailSecurity.NONE and not is_loopback(self.host):
            raise ValueError("security none is for a mail server on this very machine; use starttls or tls")
        return self

    @property
    def server_port(self) -> int:
        """The port to connect to."""
        return self.port or _PORTS[self.security]

    @property
    def mailbox(self) -> Mailbox:
        """Whom the mail is from."""
        return parse_mailbox(self.sender)


class _PostChannel(_Section):
    """A webhook.

    Args:
        url: Where to post, as ${NAME}, since whoever knows it may post; plain http only on this very machine.
    """

    url: SecretStr

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
            host = parts.hostname or ""
        except ValueError:
            host = ""
        if not host or parts.scheme not in {"http", "https"}:
            raise ValueError("expected a URL that begins with https://")
        if parts.scheme == "http" and not is_loopback(host):
            raise ValueError("a webhook is called by https; plain http is for this very machine only")
        return value


class SlackChannel(_PostChannel):
    """An incoming webhook of Slack, which gets a message in Block Kit.

    Args:
        kind: This kind: `slack`.
    """

    kind: Literal["slack"]


class WebhookChannel(_PostChannel):
    """Any other webhook, which is posted JSON.

    Args:
        kind: This kind: `webhook`.
    """

    kind: Literal["webhook"]


class FileChannel(_Section):
    """A folder, which gets a text and an HTML file for each digest.

    Args:
        kind: This kind: `file`.
        folder: The folder; a relative one starts from the folder of the policy. It is made if it is not there.
    """

    kind: Literal["file"]
    folder: Annotated[str, Field(min_length=1)]


Channel = SmtpChannel | SlackChannel | WebhookChannel | FileChannel
ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class DigestPolicy(_Section):
    """Weekly digests.

    Args:
        weekday: The day with which a week begins.
        timezone: The time zone in which it begins, such as Europe/Berlin.
        owners: Channels of the digests that each owner gets about their own accounts.
        portfolio: Channels of the digest about everything.
        channels: Name and settings of each channel; names are yours, each is used by `owners` or `portfolio`.
    """

    weekday: Weekday = Weekday.MONDAY
    timezone: Annotated[str, AfterValidator(require_zone)] = "UTC"
    owners: tuple[str, ...] = ()
    portfolio: tuple[str, ...] = ()
    channels: dict[ChannelName, Annotated[Channel, Field(discriminator="kind")]] = Field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a week begins."""
        return ZoneInfo(self.timezone)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong between the keys of the section."""
        known = tuple(self.channels)
        for audience, names in (("owners", self.owners), ("portfolio", self.portfolio)):
            for index, name in enumerate(names):
                if name not in self.channels:
                    message = "there is no such channel under digest.channels"
                    yield Mistake(location=(audience, index), message=message, written=name, known=known)
        for name, channel in self.channels.items():
            for_portfolio = name in self.portfolio
            if not for_portfolio and name not in self.owners:
                yield Mistake(location=("channels", name), message=_UNUSED)
            if isinstance(channel, SmtpChannel) and for_portfolio != bool(channel.to):
                message = _TO_MISSING if for_portfolio else _TO_UNUSED
                yield Mistake(location=("channels", name, "to"), message=message)
        if not known:
            yield Mistake(location=(), message="name at least one channel under digest.channels")


_UNUSED: Final = "nothing is sent here; name the channel in digest.owners or digest.portfolio"
_TO_MISSING: Final = "the portfolio's digest is sent here, so say to whom, such as [head@vendor.example]"
_TO_UNUSED: Final = "these get the portfolio's digest, which is not sent here; name the channel in digest.portfolio"
