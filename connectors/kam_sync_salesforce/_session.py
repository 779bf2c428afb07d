"""How requests leave this machine: with timeouts, counted, and with tokens only where they belong.

Knows `requests` and nothing of the vendor's library, which is given the session to send by.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests

from kam_sync.errors import ConfigError
from kam_sync_salesforce._meter import Meter

CONNECT_TIMEOUT: Final = 10.0
READ_TIMEOUT: Final = 150.0
"""Seconds; a SOQL query may run for 120 s (Salesforce's limit) before its answer begins."""
LOOPBACK: Final = "127.0.0.1"
_TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105 - a path, not a secret
_IDENTITY: Final = re.compile(r".*/id/[A-Za-z0-9]+/(005[A-Za-z0-9]+)")


class SalesforceSession(requests.Session):
    """A session that always has timeouts, counts what it sends, and keeps tokens off plain http and other hosts."""

    def __init__(self, meter: Meter, *, allow_loopback_http: bool, login_url: str | None) -> None:
        super().__init__()
        # Any auth object keeps requests from replacing our Authorization header by what ~/.netrc says.
        self.auth = _leave_as_is
        self.last_status = 0
        self.user_id: str | None = None
        self._meter = meter
        self._allow_loopback_http = allow_loopback_http
        self._login_url = (login_url or "").rstrip("/")

    def request(
        self,
        method: str | bytes,
        url: str | bytes,
        *args: Any,  # noqa: ANN401 - requests' own signature has 16 parameters
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> requests.Response:
        """Send a request as `requests` does, but by the rules of this class; redirects are not followed."""
        target = self._target(url.decode() if isinstance(url, bytes) else url)
        kwargs.setdefault("timeout", (CONNECT_TIMEOUT, READ_TIMEOUT))
        kwargs["allow_redirects"] = False
        if headers := kwargs.get("headers"):
            # The library always asks for indented JSON, which only makes answers bigger.
            kwargs["headers"] = {name: value for name, value in headers.items() if name != "X-PrettyPrint"}
        if urlsplit(target).hostname == LOOPBACK:
            kwargs["proxies"] = {"no_proxy": LOOPBACK}
        self._meter.sending()
        response = super().request(method, target, *args, **kwargs)
        self.last_status = response.status_code
        self._meter.received(response.headers.get("Sforce-Limit-Info"))
        if urlsplit(target).path == _TOKEN_PATH:
            self.user_id = _user_of(response)
        return response

    def _target(self, url: str) -> str:
        parts = urlsplit(url)
        if self._login_url and parts.path == _TOKEN_PATH:
            return self._login_url + _TOKEN_PATH
        if parts.hostname == LOOPBACK and self._allow_loopback_http:
            # The library writes https whatever it is given.
            return urlunsplit(parts._replace(scheme="http"))
        if parts.scheme != "https":
            raise ConfigError(
                "refused to send credentials over plain http; use https, or for a local CRM on 127.0.0.1 set "
                "allow_loopback_http: true"
            )
        return url


def _leave_as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _user_of(response: requests.Response) -> str | None:
    """Return the id of the user we have logged in as: the last part of the identity URL in a token answer."""
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        return None
    return user_id_of(answer.get("id")) if isinstance(answer, dict) else None


def user_id_of(identity_url: object) -> str | None:
    """Return the id of the user that an identity URL ends in; None where it is none."""
    found = _IDENTITY.fullmatch(identity_url) if isinstance(identity_url, str) else None
    return found[1] if found else None
