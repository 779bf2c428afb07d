"""Digests posted to webhooks: Slack's, and any other that takes JSON.

An answer tells what happened. Where none came after the request left, or where a gateway speaks instead of the
receiver, nobody knows.
"""

from __future__ import annotations

from typing import ClassVar, Final

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from kam_sync.config.digest import SlackChannel, WebhookChannel
from kam_sync.digesting.building import Digest
from kam_sync.digesting.channels import Arrival, Begin, Parcel
from kam_sync.digesting.exporting import as_json
from kam_sync.digesting.slack import as_slack
from kam_sync.errors import DeliveryError, RateLimitedError, TransientError

TIMEOUT: Final = (10.0, 60.0)
"""Seconds to wait for a connection, and for an answer."""
_GATEWAY: Final = frozenset({502, 504})
"""Answers of a gateway that got none itself (RFC 9110, 15.6): what lies behind it may have taken the request."""
_BUSY: Final = 429


class PostCarrier:
    """Posts digests to a webhook; its URL is never told.

    Args:
        channel: The channel as the policy has it.
        name: The channel's name, for messages.
    """

    repeatable: ClassVar[bool] = False

    def __init__(self, channel: SlackChannel | WebhookChannel, name: str) -> None:
        self._channel = channel
        self._name = name
        self._session = requests.Session()

    def recipients(self, digest: Digest) -> tuple[str, ...]:
        """Return the one recipient, who has no address."""
        del digest
        return ("",)

    def carry(self, parcel: Parcel, begin: Begin) -> Arrival:
        """Post a digest; see Carrier."""
        is_slack = isinstance(self._channel, SlackChannel)
        body = as_slack(parcel.document) if is_slack else as_json(parcel.digest, parcel.document, parcel.id)
        begin()
        try:
            with self._session.post(
                self._channel.url.get_secret_value(),
                json=body,
                headers={"Idempotency-Key": parcel.id},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,  # the status tells everything; a body of any length stays unread
            ) as answer:
                return self._judged(answer)
        except requests.RequestException as error:
            if not _was_connected(error):
                raise TransientError(f"{self._name} cannot be reached ({type(error).__name__})") from None
            return Arrival.UNCERTAIN

    def close(self) -> None:
        """Give back the connection."""
        self._session.close()

    def _judged(self, answer: requests.Response) -> Arrival:
        code = answer.status_code
        if 200 <= code < 300:
            return Arrival.ARRIVED
        if code in _GATEWAY:
            return Arrival.UNCERTAIN
        text = f"{self._name} answered with {code}"
        if code == _BUSY:
            wait = answer.headers.get("Retry-After", "")
            raise RateLimitedError(text, retry_after=float(wait) if wait.isdigit() else None)
        if code >= 500:
            raise TransientError(text)
        raise DeliveryError(f"{text}; see whether the webhook is still there and its URL is right")


def _was_connected(error: requests.RequestException) -> bool:
    """Return whether a request may have left before it failed."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)):
        return False
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return False
    cause = error.args[0] if error.args else None
    return not (isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError))
