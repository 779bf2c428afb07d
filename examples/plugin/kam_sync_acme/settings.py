"""What an org's section of a policy holds for Acme; an unknown key is an error, and the token is never printed."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

LOOPBACK: Final = "127.0.0.1"
"""The only host that may be spoken to without TLS."""


class AcmeSettings(BaseModel):
    """Where Acme is, and the token that it knows us by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    access_token: SecretStr

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", LOOPBACK):
            raise ValueError("expected the address of Acme, beginning with https://")
        return url.rstrip("/")
