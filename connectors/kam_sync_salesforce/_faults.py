"""Turns what Salesforce answers when it says no into the errors of kam-sync.

Pure: a status and a parsed body go in, an error comes out. Nothing of the body but an error code, the names of a
missing field and its object, and what is known to be fixed text reaches a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from kam_sync.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    KamSyncError,
    MalformedAnswerError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
)

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,79}")
_NO_SUCH: Final = re.compile(r"No such column '(\w{1,80})' on entity '(\w{1,80})'")

LOCKED: Final = "UNABLE_TO_LOCK_ROW"
"""Another transaction holds the record or its account; passes within seconds."""
TRANSIENT_CODES: Final = frozenset({LOCKED, "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "REQUEST_RUNNING_TOO_LONG"})
_FORBIDDEN: Final[Mapping[str, str]] = {
    "API_DISABLED_FOR_ORG": "the org's edition has no API access; ask Salesforce for it or use another org",
    "API_CURRENTLY_DISABLED": "the API is switched off for this org; ask Salesforce support",
    "TXN_SECURITY_METERING_ERROR": 'a transaction security policy blocks it; give the permission "Exempt from '
    'Transaction Security" to the integration user',
    "FUNCTIONALITY_NOT_ENABLED": "the feature is not switched on in this org; switch it on or take it out of the "
    "mapping",
}
_TOO_SLOW: Final = frozenset({"QUERY_TIMEOUT", "OPERATION_TOO_LARGE", "EXCEEDED_ID_LIMIT"})


class NoAnswerError(TransientError):
    """A write went out and nothing certain came back; never repeated blindly."""

    retryable: ClassVar[bool] = False


class LocatorExpiredError(ConnectorError):
    """The cursor of a query is gone: the query must be asked anew."""


class RefusedChangeError(ConnectorError):
    """Salesforce refused to make, change or delete something of the org's setup; it may be there, or gone, already."""


@dataclass(frozen=True, slots=True)
class VendorError:
    """The first error in an answer; `code` is empty when there is none that looks like one."""

    code: str
    message: str


def malformed(call: str, how: str) -> MalformedAnswerError:
    """Return the error for an answer that is not as documented.

    Args:
        call: Short name of the call.
        how: Completes "Salesforce answered the call …", without any value of the answer.
    """
    return MalformedAnswerError(
        f'Salesforce answered "{call}" {how}: run again later; if it stays so, check proxies and report it'
    )


def vendor_error(content: object) -> VendorError:
    """Return the error in an answer's body, whichever of Salesforce's three shapes (or none) it has."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, Mapping):
        return VendorError("", "")
    code = first.get("errorCode") or first.get("statusCode") or first.get("error")
    message = first.get("message") or first.get("error_description")
    known = isinstance(code, str) and _CODE.fullmatch(code) is not None
    return VendorError(str(code) if known else "", message if isinstance(message, str) else "")


def fault(status: int, content: object, call: str) -> KamSyncError:
    """Return the error that an unsuccessful answer stands for.

    Args:
        status: The HTTP status.
        content: The parsed body, or text where it is not JSON.
        call: Short name of the call, for the message.
    """
    error = vendor_error(content)
    said = f'Salesforce answered "{call}" with {error.code or "no error code"} (HTTP {status})'
    if error.code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(error, said)
    if error.code == "INVALID_QUERY_LOCATOR":
        return LocatorExpiredError(f"{said}: the query's cursor is gone; run again")
    if error.code in _TOO_SLOW:
        return ConnectorError(f"{said}: the query asks for too much at once; narrow the scope or map fewer fields")
    if error.code in TRANSIENT_CODES or (status >= 500 and status != 501):
        return TransientError(f"{said}: a fault on Salesforce's side; it usually passes, run again later")
    # 406 and 420 come from Salesforce's front under load, as 429 does elsewhere.
    if status in {406, 420, 429}:
        return RateLimitedError(f"{said}: too many requests at once; run again later")
    if status == 401:
        return AuthError(f"{said}: the session is not valid, or not for the REST API; check auth and its permissions")
    return _refusal(status, error, said)


def _limit(error: VendorError, said: str) -> KamSyncError:
    if "concurrent" in error.message.lower():
        return RateLimitedError(f"{said}: too many long requests at once; run again later")
    return QuotaExhaustedError(f"{said}: the org's API calls of 24 hours are used up; run again tomorrow")


def _refusal(status: int, error: VendorError, said: str) -> KamSyncError:
    if error.code in _FORBIDDEN:
        return PermissionDeniedError(f"{said}: {_FORBIDDEN[error.code]}")
    if error.code in {"INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY"}:
        missing = _NO_SUCH.search(error.message)
        what = f"{missing[2]}.{missing[1]}" if missing else "an object or field"
        return ConnectorError(f"{said}: {what} cannot be read any more; run doctor and check the mapping")
    if status == 403:
        return PermissionDeniedError(f"{said}: the integration user may not do this; check its permission sets")
    if status == 410 or error.code == "UNSUPPORTED_API_VERSION":
        return ConfigError(f"{said}: this API version is retired; set api_version to a newer one")
    if status == 404:
        return ConnectorError(f"{said}: there is no such resource; check api_version and the objects in the mapping")
    if status in {413, 414, 431}:
        return ConnectorError(f"{said}: the request is too long; use fewer values in scope")
    if status < 400:
        return MalformedAnswerError(f"{said}: not an answer of the REST API; check domain, instance_url and proxies")
    return ConnectorError(f"{said}: the request was refused; run doctor and check the mapping")


def setup_fault(status: int, content: object, call: str) -> KamSyncError:
    """Return the error that a refused look at the org's setup, or a refused change of it, stands for.

    Args:
        status: The HTTP status.
        content: The parsed body.
        call: Short name of the call, for the message.
    """
    error = vendor_error(content)
    said = f'Salesforce answered "{call}" with {error.code or "no error code"} (HTTP {status})'
    if error.code in _SETUP_FORBIDDEN or (status == 403 and error.code.startswith("INSUFFICIENT_ACCESS")):
        return PermissionDeniedError(f"{said}: {_SETUP_HINT}")
    if error.code in _TAKEN:
        return RefusedChangeError(f"{said}: the name is taken; choose another in the policy, or remove what has it")
    if error.code in _GONE or status == 404:
        return RefusedChangeError(f"{said}: it is gone already, or the API version does not have it")
    if error.code in _NOT_NOW:
        return RefusedChangeError(f"{said}: something in the org still uses it; see Where is this used? in Setup")
    if status in {400, 405} and error.code not in TRANSIENT_CODES:
        return RefusedChangeError(
            f"{said}: Salesforce does not take this change through its API; make it by hand in Setup > Object Manager"
        )
    return fault(status, content, call)


_SETUP_FORBIDDEN: Final = frozenset(
    {"INVALID_TYPE", "INVALID_TYPE_FOR_OPERATION", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "INSUFFICIENT_ACCESS"}
)
"""INVALID_TYPE is what Salesforce answers a user who may not see the setup, whatever the type."""
_SETUP_HINT: Final = (
    'the user kam-sync logs in as lacks "View Setup and Configuration", "Customize Application" or "Manage Profiles '
    'and Permission Sets" (to delete fields also "View All Data"). Set up with an administrator\'s login instead '
    "(auth: method access_token, in a copy of the policy), or deploy the files that setup writes with Salesforce's own "
    "tool"
)
_TAKEN: Final = frozenset({"DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"})
_GONE: Final = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
_NOT_NOW: Final = frozenset({"DELETE_FAILED", "DEPENDENCY_EXISTS", "CANNOT_DELETE_MANAGED_OBJECT"})


def login_fault(status: int, code: object, call: str) -> KamSyncError:
    """Return the error that a refused login stands for.

    Args:
        status: The HTTP status of the token endpoint's answer.
        code: The OAuth error code, or whatever the login library made of it.
        call: Short name of the call, for the message.
    """
    known = isinstance(code, str) and _CODE.fullmatch(code) is not None
    said = f'Salesforce answered "{call}" with {code if known else "no error code"} (HTTP {status})'
    if status >= 500:
        return TransientError(f"{said}: a fault on Salesforce's side; it usually passes, run again later")
    if status in {420, 429}:
        return RateLimitedError(f"{said}: too many logins; run again later")
    if not known:
        return MalformedAnswerError(f"{said}: this is not Salesforce's token endpoint; check auth.domain and proxies")
    return AuthError(f"{said}: {_LOGIN_HINTS.get(str(code), 'check the auth section and the external client app')}")


_LOGIN_HINTS: Final[Mapping[str, str]] = {
    "invalid_client": "consumer_key or consumer_secret is wrong",
    "invalid_client_id": "consumer_key is wrong, or the external client app is not active yet",
    "invalid_grant": "the user is unknown, frozen, or not allowed to use the external client app (Run-As user, "
    "pre-authorized permission sets, IP relaxation)",
    "unsupported_grant_type": "the external client app does not allow this flow; enable it there",
    "inactive_user": "the user is inactive",
    "inactive_org": "the org is locked or closed",
}
