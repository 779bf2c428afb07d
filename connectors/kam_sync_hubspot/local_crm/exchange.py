"""What travels: a call on its way in, an answer on its way out, and the recorded pair of both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from kam_sync_hubspot.local_crm.errors import invalid, not_served
from kam_sync_hubspot.local_crm.objects import ObjectType, object_type_named

JSON_TYPE = "application/json;charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded request with its answer, as text.

    `path` holds the query too. `faulted` says that a switched fault bent or lost this exchange, so that it proves
    nothing about the contract; `answer_body` is then what was sent, if anything was.
    """

    method: str
    path: str
    request_body: str
    status: int
    answer_body: str
    faulted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer before it is sent."""

    status: int
    payload: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a JSON body."""
    payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status=status, payload=payload, headers=headers or {})


NO_CONTENT = Answer(status=204)
"""The answer to what leaves nothing to say."""


class Body(BaseModel):
    """Base of the bodies of requests: strict, since a field nobody described is a mistake of the caller."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


BodyT = TypeVar("BodyT", bound=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose route is known.

    Args:
        version: `v3`, `v4`, `2026-03` or `2026-09`.
        path: The path as it came, without query.
        query: Every query parameter with all its values.
        body: The raw body.
        parts: The variable segments of the route.
        base_url: Where the local HubSpot listens; links in pages begin with it.
        repeat_record: Set by a fault: the page begins with the record that ended the page before.
    """

    version: str
    path: str
    query: Mapping[str, Sequence[str]]
    body: bytes
    parts: Mapping[str, str]
    base_url: str
    repeat_record: bool = False

    def object_type(self, part: str = "objectType") -> ObjectType:
        """Return the object type that a segment of the path names; refuses an unknown one."""
        name = self.parts[part]
        found = object_type_named(name)
        if found is None:
            raise invalid(f"Unable to infer object type from: {name}")
        return found

    def model(self, model: type[BodyT]) -> BodyT:
        """Return the body as a model; refuses anything that is not one, naming what is wrong."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            where = "; ".join(
                f"{'.'.join(str(step) for step in problem['loc']) or 'body'}: {problem['msg']}"
                for problem in error.errors(include_url=False, include_input=False)
            )
            raise invalid(f"Invalid input JSON: {where}") from None

    def allow_query(self, *names: str) -> None:
        """Refuse query parameters other than these."""
        if unknown := sorted(set(self.query) - set(names)):
            raise not_served(f"the query parameter {', '.join(unknown)} of {self.path}")

    def text(self, name: str) -> str | None:
        """Return the last value of a query parameter, or None."""
        values = self.query.get(name)
        return values[-1] if values else None

    def listed(self, name: str) -> list[str]:
        """Return the values of a list parameter, given with commas or repeated."""
        return [item for value in self.query.get(name, ()) for item in value.split(",") if item]

    def flag(self, name: str) -> bool:
        """Return a boolean parameter; refuses what is neither `true` nor `false`."""
        value = (self.text(name) or "false").lower()
        if value not in {"true", "false"}:
            raise invalid(f"{name} must be true or false")
        return value == "true"

    def limit(self, *, default: int, maximum: int) -> int:
        """Return the page size that was asked for; refuses one outside 1 and the maximum."""
        text = self.text("limit")
        if text is None:
            return default
        if not text.isdecimal() or not 1 <= int(text) <= maximum:
            raise invalid(f"limit must be between 1 and {maximum}")
        return int(text)

    def after(self) -> int:
        """Return the paging cursor, 0 where there is none; refuses one that this server did not give."""
        text = self.text("after")
        if text is None or text == "":
            return 0
        if not text.isdecimal():
            raise invalid("after is not a paging cursor of this list")
        return int(text)
