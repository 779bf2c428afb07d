"""HTTP to Acme: the token, retries, the count of requests, and every failure as an error of kam-sync."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import requests

from kam_sync.errors import (
    AuthError,
    MalformedAnswerError,
    PermissionDeniedError,
    RateLimitedError,
    TransientError,
)
from kam_sync.ports import ApiUsage
from kam_sync.retrying import call_with_retries
from kam_sync_acme.settings import AcmeSettings

TIMEOUT: Final = (10.0, 60.0)
"""Seconds to connect, and between two pieces of an answer."""
PAGE: Final = 100
"""Items on a page; Acme gives no more."""

Item = Mapping[str, object]


class AcmeClient:
    """One session with Acme; `sleep` waits between attempts."""

    def __init__(self, settings: AcmeSettings, sleep: Callable[[float], None]) -> None:
        self._url = settings.url
        self._sleep = sleep
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {settings.access_token.get_secret_value()}"
        self._calls: Counter[str] = Counter()

    def get(self, name: str, **query: str | Sequence[str]) -> Item:
        """Read something; repeated while the failure may pass."""
        return call_with_retries(lambda: self._call("GET", name, params=query), sleep=self._sleep)

    def post(self, name: str, body: Item) -> Item:
        """Write something, once: whether a write without an answer was carried out is not known."""
        return self._call("POST", name, json=body)

    def usage(self) -> ApiUsage:
        """Return the requests so far, repeated ones too."""
        return ApiUsage(requests=self._calls.total(), by_call=dict(self._calls))

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _call(
        self,
        method: str,
        name: str,
        *,
        params: Mapping[str, str | Sequence[str]] | None = None,
        json: Item | None = None,
    ) -> Item:
        self._calls[f"{method} {name}"] += 1
        try:
            answer = self._session.request(
                method, f"{self._url}/api/{name}", params=params, json=json, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise TransientError(f"Acme did not answer ({type(error).__name__}); it may do so later") from error
        return _content(answer, name)


def _content(answer: requests.Response, name: str) -> Item:
    """Return the JSON of an answer, or raise what its status means; the body of a refusal is told to nobody."""
    match answer.status_code:
        case 200:
            pass
        case 401:
            raise AuthError("Acme refused the token; put a new one into the environment")
        case 403:
            raise PermissionDeniedError(f"Acme does not let this token use {name!r}; ask its administrator")
        case 429:
            wait = answer.headers.get("Retry-After", "")
            raise RateLimitedError("Acme asks for fewer calls", retry_after=float(wait) if wait.isdecimal() else None)
        case status if status >= 500:
            raise TransientError(f"Acme failed with status {status}; it may work later")
        case status:
            raise MalformedAnswerError(f"Acme answered {name!r} with status {status}, which it does not document")
    try:
        content = answer.json()
    except requests.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise MalformedAnswerError(f"Acme answered {name!r} with something that is no JSON object")
    return content


def items(answer: Item, key: str = "items") -> Sequence[Item]:
    """Return a list of objects from an answer; raises MalformedAnswerError when there is none."""
    found = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise MalformedAnswerError(f"Acme's answer has no list {key!r}")
    return found
