"""Logging in: the token endpoint, and which access tokens are good."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs

from kam_sync_salesforce.local_crm._database import Database
from kam_sync_salesforce.local_crm._errors import OAuthError
from kam_sync_salesforce.local_crm._http import Request, Response

_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SESSIONS: Final = "sessions"


class Sessions:
    """Gives out access tokens and knows them again, also after a restart.

    Args:
        db: Where the client's key and secret are, and the tokens between two starts.
        now: The present moment.
    """

    def __init__(self, db: Database, now: Callable[[], dt.datetime]) -> None:
        self._db = db
        self._now = now
        self._lock = threading.Lock()
        kept: dict[str, str] = json.loads(db.setting(_SESSIONS) or "{}")
        self._last_use = {token: dt.datetime.fromisoformat(moment) for token, moment in kept.items()}

    def token(self, request: Request, *, instance_url: str, org_id: str, user_id: str) -> Response:
        """Answer a request to the token endpoint; raises OAuthError."""
        if request.method != "POST":
            raise OAuthError("invalid_request", "must use HTTP POST")
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        match form.get("grant_type"):
            case "client_credentials":
                self._check_client(form, request.headers.get("authorization", ""))
            case grant if grant == _JWT_GRANT:
                self._check_assertion(form.get("assertion", ""))
            case None:
                raise OAuthError("invalid_request", "grant type not specified")
            case _:
                raise OAuthError("unsupported_grant_type", "grant type not supported")
        token = f"{org_id[:15]}!{secrets.token_urlsafe(48)}"
        with self._lock:
            self._last_use[token] = self._now()
        answer = {
            "access_token": token,
            "signature": base64.b64encode(secrets.token_bytes(32)).decode(),
            "scope": "api",
            "instance_url": instance_url,
            "id": f"{instance_url}/id/{org_id}/{user_id}",
            "token_type": "Bearer",
            "issued_at": str(int(self._now().timestamp() * 1000)),
        }
        return Response(body=answer)

    def accepts(self, authorization: str, *, hours: float) -> bool:
        """Return whether a header Authorization holds a living session, whose life it renews."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in {"bearer", "oauth"}:
            return False
        now = self._now()
        with self._lock:
            used = self._last_use.get(token.strip())
            if used is None or now - used > dt.timedelta(hours=hours):
                self._last_use.pop(token.strip(), None)
                return False
            self._last_use[token.strip()] = now
        return True

    def end(self, authorization: str) -> None:
        """Throw a session away."""
        with self._lock:
            self._last_use.pop(authorization.partition(" ")[2].strip(), None)

    def save(self) -> None:
        """Keep the living sessions for the next start; inside a transaction."""
        with self._lock:
            kept = {token: moment.isoformat() for token, moment in self._last_use.items()}
        self._db.set_setting(_SESSIONS, json.dumps(kept))

    def _check_client(self, form: Mapping[str, str], authorization: str) -> None:
        key, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise OAuthError("invalid_client", "invalid client credentials") from error
        with self._db.reading():
            known_key, known_secret = self._db.setting("consumer_key"), self._db.setting("consumer_secret")
        if key != known_key:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if secret != known_secret:
            raise OAuthError("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        """Look at the shape of a JWT; its signature is not verified, since no certificate was uploaded here."""
        parts = assertion.split(".")
        if len(parts) != 3 or not parts[2]:
            raise OAuthError("invalid_grant", "invalid assertion")
        header, claims = _part(parts[0]), _part(parts[1])
        texts = all(isinstance(claims.get(name), str) and claims[name] for name in ("iss", "sub", "aud"))
        expiry = claims.get("exp")
        timed = isinstance(expiry, int | float) and not isinstance(expiry, bool)
        if header.get("alg") != "RS256" or not texts or not timed:
            raise OAuthError("invalid_grant", "invalid assertion")
        with self._db.reading():
            known_key = self._db.setting("consumer_key")
        if claims["iss"] != known_key:
            raise OAuthError("invalid_client_id", "client identifier invalid")


def _part(text: str) -> dict[str, object]:
    try:
        decoded: object = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
