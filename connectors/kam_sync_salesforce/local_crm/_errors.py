"""The ways in which the local Salesforce says no, in the three shapes that Salesforce has.

A top-level error is a list of {message, errorCode, fields}; a row of a collection says {statusCode, message,
fields}; the token endpoint answers an object {error, error_description}.
"""

from __future__ import annotations

from typing import Final

_STATUS_OF_CODE: Final = {
    "ENTITY_IS_DELETED": 404,
    "NOT_FOUND": 404,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
}
"""HTTP statuses of row errors when a single-record resource answers them; every other code is a 400."""


class ApiError(Exception):
    """A whole request is refused with a status and an error code."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def body(self) -> list[dict[str, object]]:
        """Return the answer's body."""
        error: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            error["fields"] = list(self.fields)
        return [error]


class RowError(Exception):
    """One record is refused; a collection reports it in the record's row, a single-record resource as a whole."""

    def __init__(self, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields

    def row(self) -> dict[str, object]:
        """Return the error as an entry of a row's `errors`."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def single(self) -> list[dict[str, object]]:
        """Return the body of a single-record resource that refuses its record."""
        return [{"message": self.message, "errorCode": self.code, "fields": list(self.fields)}]

    @property
    def status(self) -> int:
        """The HTTP status of a single-record resource that refuses its record."""
        return _STATUS_OF_CODE.get(self.code, 400)


class OAuthError(Exception):
    """The token endpoint refuses; always a 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description

    def body(self) -> dict[str, object]:
        """Return the answer's body."""
        return {"error": self.error, "error_description": self.description}


def not_served(what: str) -> ApiError:
    """Return the refusal of something that Salesforce has and the local Salesforce does not; status 501."""
    return ApiError(501, "NOT_SERVED", f"The local Salesforce does not serve this: {what}")


def resource_not_found() -> ApiError:
    """Return Salesforce's answer to a path that names nothing."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def method_not_allowed(method: str, allowed: str) -> ApiError:
    """Return Salesforce's answer to a method that a resource does not have."""
    return ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}")
