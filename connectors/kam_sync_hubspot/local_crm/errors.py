"""What the local HubSpot says when it refuses: HubSpot's error shape, one function per kind."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence

SCOPES_LINK = "https://developers.hubspot.com/scopes"


class RefusalError(Exception):
    """Ends a request with an error answer; whatever the request had written is rolled back.

    Args:
        status: HTTP status.
        body: The JSON body.
        headers: Headers beside the usual ones.
    """

    def __init__(self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body.get('category')}: {body.get('message')}")
        self.status = status
        self.body = body
        self.headers = headers or {}

    @property
    def message(self) -> str:
        """The message of the body."""
        return str(self.body.get("message", ""))

    def as_batch_error(self, context: Mapping[str, Sequence[str]]) -> dict[str, object]:
        """Return the entry of a 207 answer's `errors` for this refusal, with more context."""
        inner = self.body.get("context")
        merged = {**(inner if isinstance(inner, dict) else {}), **{key: list(value) for key, value in context.items()}}
        return {
            "status": "error",
            "category": self.body.get("category"),
            "message": self.message,
            "context": merged,
            "errors": self.body.get("errors", []),
            "links": {},
        }


def error_body(
    category: str | None,
    message: str,
    *,
    sub_category: str | None = None,
    errors: Iterable[Mapping[str, object]] = (),
    context: Mapping[str, Sequence[str]] | None = None,
    **more: object,
) -> dict[str, object]:
    """Return an error body with a fresh correlation id; parts that are empty are left out."""
    body: dict[str, object] = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    if category:
        body["category"] = category
    if sub_category:
        body["subCategory"] = sub_category
    if context:
        body["context"] = {key: list(value) for key, value in context.items()}
    if listed := [dict(error) for error in errors]:
        body["errors"] = listed
    return body | more


def invalid(
    message: str,
    *,
    errors: Iterable[Mapping[str, object]] = (),
    context: Mapping[str, Sequence[str]] | None = None,
) -> RefusalError:
    """Return the 400 for a request HubSpot does not accept."""
    return RefusalError(400, error_body("VALIDATION_ERROR", message, errors=errors, context=context))


def invalid_properties(problems: Sequence[tuple[str, str, str]], portal_id: int) -> RefusalError:
    """Return the 400 for property values: HubSpot puts a JSON array of the problems inside the message.

    Args:
        problems: Name, code and message of each.
        portal_id: The portal's id, part of each problem.
    """
    listed = [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": portal_id,
        }
        for name, code, message in problems
    ]
    return invalid(
        f"Property values were not valid: {json.dumps(listed)}",
        errors=[
            {"message": message, "code": code, "context": {"propertyName": [name]}} for name, code, message in problems
        ],
    )


def required_properties(object_name: str, names: Sequence[str]) -> RefusalError:
    """Return the 400 for a record created without properties that it must have."""
    return invalid(
        f"Error creating {object_name.upper()}. Some required properties were not set.",
        context={"properties": sorted(names)},
    )


def not_found(message: str = "resource not found", context: Mapping[str, Sequence[str]] | None = None) -> RefusalError:
    """Return the 404 for something that does not exist or is not visible."""
    return RefusalError(404, error_body("OBJECT_NOT_FOUND", message, context=context))


def missing_objects(object_name: str, ids: Sequence[str]) -> dict[str, object]:
    """Return the entry of a 207 answer's `errors` that names the ids of a batch that were not found."""
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {object_name.upper()} objects, they may be deleted or not exist. "
        "Check that ids are valid.",
        "context": {"ids": list(ids)},
    }


def conflict(message: str) -> RefusalError:
    """Return the 409 for something that exists already."""
    return RefusalError(409, error_body("CONFLICT", message))


def unauthorized() -> RefusalError:
    """Return the 401 for a missing or wrong access token."""
    return RefusalError(
        401,
        error_body(
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
            "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        ),
    )


def missing_scopes(scopes: Sequence[str]) -> RefusalError:
    """Return the 403 for a token without the scopes of a call, which the body names."""
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"missingScopes": list(scopes), "requiredGranularScopes": list(scopes)},
    }
    return RefusalError(
        403,
        error_body(
            "MISSING_SCOPES",
            "This app hasn't been granted all required scopes to make this call. "
            f"Read more about required scopes here: {SCOPES_LINK}.",
            errors=[detail],
            links={"scopes": SCOPES_LINK},
        ),
    )


def rate_limited(policy_name: str | None, retry_after: float | None) -> RefusalError:
    """Return the 429; HubSpot names the policy that was hit and does not always say how long to wait.

    Args:
        policy_name: `DAILY`, `SECONDLY`, `TEN_SECONDLY_ROLLING`, or None to leave it out.
        retry_after: Seconds for the header Retry-After, or None to leave it out.
    """
    reached = {"DAILY": "daily", "SECONDLY": "secondly"}.get(policy_name or "", "ten_secondly_rolling")
    body: dict[str, object] = {
        "status": "error",
        "message": f"You have reached your {reached} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid.uuid4()),
        "requestId": str(uuid.uuid4()),
    }
    if policy_name:
        body["policyName"] = policy_name
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return RefusalError(429, body, headers)


def not_served(what: str) -> RefusalError:
    """Return the 501 for what HubSpot has and the local HubSpot does not: nothing is ever made up."""
    return RefusalError(501, error_body("NOT_SERVED_LOCALLY", f"The local HubSpot does not serve {what}."))
