"""A request and an answer as the API's handlers see them, without sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from kam_sync_salesforce.local_crm._errors import ApiError


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer, for whoever records them; secrets are in it as they were sent.

    `path` has the query. `status` is 0 and `answer` empty where the connection was closed without an answer.
    """

    method: str
    path: str
    request: str
    status: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request: `target` is path and query as sent, header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as sent, without query and without a slash at its end."""
        return urlsplit(self.target).path.rstrip("/")

    def parameters(self) -> dict[str, str]:
        """Return the query's parameters, the last of each name."""
        found = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in found.items()}

    @property
    def decoded_target(self) -> str:
        """The path and query as a person reads them."""
        return unquote(self.target.replace("+", " "))

    def json_object(self) -> dict[str, object]:
        """Return the body as a JSON object; raises ApiError JSON_PARSER_ERROR."""
        try:
            parsed: object = json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, json.JSONDecodeError) else "not JSON in UTF-8"
            raise ApiError(400, "JSON_PARSER_ERROR", f"Unexpected character or end of input: {reason}") from error
        if not isinstance(parsed, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object")
        return parsed


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer: `body` is written as JSON, or sent as it is when it is text (HTML); None sends nothing."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, str]:
        """Return the body's bytes and its content type."""
        if self.body is None:
            return b"", ""
        if isinstance(self.body, str):
            return self.body.encode(), "text/html;charset=UTF-8"
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json;charset=UTF-8"
