"""HubSpot's refusals and faults as kam-sync's errors, and what of HubSpot's words may be shown.

Judged by status and body only: each package of the SDK has exception classes of its own. No message made here holds
a token, an e-mail address, a property value or a query string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync.errors import (
    AuthError,
    ConnectorError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
)

LONGEST_QUOTE: Final = 200
"""Characters of HubSpot's own words that a message holds at most."""
LOCKED_WAIT: Final = 2.0
"""Seconds to wait after 423 at least (HubSpot: bursts of writes lock records)."""
WINDOWS: Final[Mapping[str, float]] = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
"""Seconds of HubSpot's rate windows by policy name, for 429 answers that come without Retry-After."""

_EMAIL: Final = re.compile(r"[^\s@\"'<>()\[\],;:]+@[^\s@\"'<>()\[\],;:]+")
_URL: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_SECRET: Final = re.compile(r"\b(?:bearer\s+\S+|pat-[\w-]+|eyJ[\w.-]+)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'|“[^”]*”|`[^`]*`")
_SCOPE: Final = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,79}")
_CORRELATION: Final = re.compile(r"[0-9A-Za-z-]{8,64}")


class RejectedCallError(ConnectorError):
    """HubSpot refused a call for what it asks (400, 409, or 404 naming an object); nothing of it was done.

    Args:
        message: For the user.
        category: HubSpot's category, such as VALIDATION_ERROR; empty when it gave none.
        problem: HubSpot's words in safe form.
    """

    def __init__(self, message: str, *, category: str, problem: str) -> None:
        super().__init__(message)
        self.category = category
        self.problem = problem


class UnansweredError(ConnectorError):
    """A call that must not be repeated got no answer that could be believed: it may or may not have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """HubSpot's error body; every field of it is optional in the documentation."""

    message: str = ""
    category: str = ""
    policy_name: str = ""
    correlation_id: str = ""
    scopes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: object) -> ErrorBody:
        """Return what can be read of a body: JSON text, bytes, or parsed JSON; anything else reads as empty."""
        if isinstance(body, str | bytes):
            try:
                body = json.loads(body)
            except ValueError:
                return cls()
        if not isinstance(body, dict):
            return cls()
        correlation = _text(body, "correlationId")
        return cls(
            message=_text(body, "message"),
            category=_code(body, "category") or _code(body, "errorType"),
            policy_name=_code(body, "policyName"),
            correlation_id=correlation if _CORRELATION.fullmatch(correlation) else "",
            scopes=_scopes(body),
        )


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _code(body: Mapping[str, object], name: str) -> str:
    value = _text(body, name)
    return value if _CODE.fullmatch(value) else ""


def _scopes(body: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of missing scopes, which HubSpot lists in the context of the body or of its `errors`."""
    errors = body.get("errors")
    found: dict[str, None] = {}
    for part in (body, *(errors if isinstance(errors, list) else ())):
        context = part.get("context") if isinstance(part, dict) else None
        for name in ("missingScopes", "requiredScopes", "requiredGranularScopes"):
            scopes = context.get(name) if isinstance(context, dict) else None
            for scope in scopes if isinstance(scopes, list) else ():
                if isinstance(scope, str) and _SCOPE.fullmatch(scope):
                    found[scope] = None
    return tuple(found)


def safe_words(message: str, *, names: Collection[str] = (), values: Collection[str] = ()) -> str:
    """Return HubSpot's message without record content, at most LONGEST_QUOTE characters.

    Args:
        message: HubSpot's words; a JSON array of property errors inside (as 400 answers have) is boiled down to the
            error codes and property names.
        names: Property names of the call, which may be quoted.
        values: Property values of the call, which are taken out wherever they appear.
    """
    head, bracket, tail = message.partition("[{")
    if bracket:
        return _cut(
            "; ".join(filter(None, (_redact(head, names, values).rstrip(" :"), *_property_errors(tail, names))))
        )
    return _cut(_redact(message, names, values))


def _property_errors(tail: str, names: Collection[str]) -> list[str]:
    try:
        parsed, _end = json.JSONDecoder().raw_decode("[{" + tail)
    except ValueError:
        return []
    problems = []
    for item in parsed:
        if not isinstance(item, dict):
            continue
        name = _text(item, "name")
        problems.append(f"{_code(item, 'error') or 'invalid'} ({name if name in names else 'a property'})")
    return problems


def _redact(text: str, names: Collection[str], values: Collection[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        if value and value in text and value not in names:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", text)
    for pattern in (_SECRET, _URL, _EMAIL):
        text = pattern.sub("…", text)
    text = _QUOTED.sub(lambda match: match[0] if match[0][1:-1] in names else "…", text)
    return " ".join(text.split())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header; HubSpot gives seconds, never a date."""
    value = headers.get("Retry-After", "").strip()
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d+)?", value) else None


def error_of(
    status: int,
    body: object,
    headers: Mapping[str, str],
    *,
    call: str,
    names: Collection[str] = (),
    values: Collection[str] = (),
) -> ConnectorError:
    """Return the error that an answer with a failure status means.

    Args:
        status: The HTTP status; 0 is a failure before any answer.
        body: The answer's body as it came.
        headers: The answer's headers, looked up in HubSpot's spelling.
        call: Short name of the call, such as `read tasks`.
        names: See safe_words.
        values: See safe_words.
    """
    parsed = ErrorBody.parse(body)
    words = safe_words(parsed.message, names=names, values=values)
    reference = f" (correlationId {parsed.correlation_id})" if parsed.correlation_id else ""
    where = f"HubSpot answered {status} to {call!r}"
    said = f": {words}" if words else ""
    if status in {423, 429}:
        return _slow_down(status, parsed, _retry_after(headers), where, reference)
    return _refusal(status, parsed, headers, f"{where}{said}{reference}", f"{words}{reference}".strip())


def _slow_down(status: int, parsed: ErrorBody, retry_after: float | None, where: str, reference: str) -> ConnectorError:
    if status == 423:
        wait = max(LOCKED_WAIT, retry_after or 0.0)
        return RateLimitedError(f"{where}: the records are locked; try again later{reference}", retry_after=wait)
    if parsed.policy_name == "DAILY" or "daily limit" in parsed.message.lower():
        return QuotaExhaustedError(
            f"{where}: the account's calls of this day are used up; they are renewed at midnight in the account's "
            f"time zone{reference}"
        )
    wait_for = retry_after if retry_after is not None else WINDOWS.get(parsed.policy_name)
    return RateLimitedError(f"{where}: too many calls in a short time{reference}", retry_after=wait_for)


def _refusal(status: int, parsed: ErrorBody, headers: Mapping[str, str], told: str, problem: str) -> ConnectorError:
    if status == 401:
        why = "has expired" if parsed.category == "EXPIRED_AUTHENTICATION" else "is not accepted"
        return AuthError(f"{told}. The access token {why}: make a new one in HubSpot and set auth.access_token")
    if status == 403:
        missing = ", ".join(parsed.scopes) or "HubSpot did not name it; see the connector's README for all of them"
        return PermissionDeniedError(f"{told}. Give the access token the missing scope: {missing}")
    if status == 404 and parsed.category != "OBJECT_NOT_FOUND":
        return ConnectorError(f"{told}. HubSpot does not know this address: check host and api_version")
    if status in {400, 404, 409}:
        category = parsed.category or {404: "OBJECT_NOT_FOUND", 409: "CONFLICT"}.get(status, "")
        return RejectedCallError(told, category=category, problem=problem or f"HubSpot answered {status}")
    if status == 414:
        return ConnectorError(f"{told}. The address became too long: map fewer properties")
    if status == 477:
        hours = (_retry_after(headers) or 86400.0) / 3600
        return ConnectorError(
            f"{told}. HubSpot is moving this account's data and is closed to calls for up to {hours:.1f} hours: "
            "run again after that"
        )
    if status == 530:
        return AuthError(f"{told}. HubSpot's gateway does so for an access token of a wrong form: set it anew")
    if status == 408 or (500 <= status <= 599 and status not in {501, 505}):
        return TransientError(f"{told}. This passes as a rule: run again later")
    return ConnectorError(f"{told}. This is not an answer that HubSpot documents for the call")
