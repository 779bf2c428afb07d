"""The shapes of HubSpot's answers, checked before anything in them is believed.

Parsed JSON comes in, plain frozen data goes out, and whatever is not as documented raises MalformedAnswerError: an
answer that cannot be read must never look like an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kam_sync.errors import MalformedAnswerError

UNFINISHED: Final = frozenset({"PENDING", "PROCESSING", "CANCELED"})
"""States of a batch in which its results are not all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastValue:
    """What a property was set to, and when (ISO with an offset, as it came)."""

    value: str | None
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotObject:
    """A record of any object type as it came: property values are strings or None where HubSpot keeps its word.

    `history` is that of the properties whose history was asked for.
    """

    id: str
    properties: Mapping[str, object]
    history: Mapping[str, tuple[PastValue, ...]] = field(default_factory=dict)
    archived: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An owner; `id` is what assigns, not the user id. `type` is PERSON or QUEUE."""

    id: str
    first_name: str
    last_name: str
    email: str | None
    type: str
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of a list; `after` is the cursor of the next one."""

    objects: tuple[HubSpotObject, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of a search; `total` counts all records found."""

    objects: tuple[HubSpotObject, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersPage:
    """A page of owners; `after` is the cursor of the next one."""

    owners: tuple[Owner, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchError:
    """Why inputs of a batch failed (a part of a 207 answer); every field is optional in the documentation."""

    category: str
    sub_category: str
    message: str
    ids: tuple[str, ...]
    trace_ids: tuple[str, ...]

    @property
    def means_absent(self) -> bool:
        """Whether the error says that something is not there, rather than that reading it failed."""
        return self.category == "OBJECT_NOT_FOUND" or self.sub_category.endswith("NO_ASSOCIATIONS_FOUND")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """The results and errors of a batch; their order promises nothing."""

    objects: tuple[HubSpotObject, ...]
    errors: tuple[BatchError, ...]
    correlation_id: str = ""


AssociationType = tuple[str, int]
"""Category and id of an association's type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationAnswer:
    """For each record asked about: what it is associated with, by which types, and the cursor of its next page."""

    to_ids: Mapping[str, Mapping[str, frozenset[AssociationType]]]
    after: Mapping[str, str]
    errors: tuple[BatchError, ...]


class Reader:
    """Narrows the JSON of one call's answer; every refusal names the call and the place.

    Args:
        call: Short name of the call.
    """

    def __init__(self, call: str) -> None:
        self._call = call

    def fail(self, problem: str) -> MalformedAnswerError:
        """Return the error for an answer with such a problem."""
        return MalformedAnswerError(
            f"HubSpot's answer to {self._call!r} is not what it documents: {problem}; nothing of it was used. "
            "Run again; if it stays, check host and api_version"
        )

    def mapping(self, value: object, where: str) -> Mapping[str, object]:
        """Return a JSON object."""
        if not isinstance(value, dict):
            raise self.fail(f"{where} is not an object")
        return value

    def sequence(self, value: object, where: str) -> Sequence[object]:
        """Return a JSON array."""
        if not isinstance(value, list):
            raise self.fail(f"{where} is not an array")
        return value

    def id(self, value: object, where: str) -> str:
        """Return an id, which HubSpot gives as a string of digits or, in places, as a number."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not is_id(value):
            raise self.fail(f"{where} is not an id")
        return value

    def text(self, holder: Mapping[str, object], name: str) -> str | None:
        """Return an optional string."""
        value = holder.get(name)
        if value is not None and not isinstance(value, str):
            raise self.fail(f"{name} is not text")
        return value

    def flag(self, holder: Mapping[str, object], name: str) -> bool:
        """Return an optional boolean; absent is false."""
        value = holder.get(name, False)
        if not isinstance(value, bool):
            raise self.fail(f"{name} is not true or false")
        return value


def is_id(value: str) -> bool:
    """Return whether a string has the form of HubSpot's ids: digits."""
    return 0 < len(value) <= 20 and value.isascii() and value.isdecimal()


def _next(reader: Reader, holder: Mapping[str, object]) -> str | None:
    """Return the cursor of the next page (`paging.next.after`), or None when there is none."""
    paging = holder.get("paging")
    if paging is None:
        return None
    following = reader.mapping(paging, "paging").get("next")
    if following is None:
        return None
    after = reader.mapping(following, "paging.next").get("after")
    if not isinstance(after, str) or not after:
        raise reader.fail("paging.next.after is not text")
    return after


def _object(reader: Reader, value: object) -> HubSpotObject:
    holder = reader.mapping(value, "a result")
    return HubSpotObject(
        id=reader.id(holder.get("id"), "a result's id"),
        properties=reader.mapping(holder.get("properties"), "a result's properties"),
        history=_history(reader, holder),
        archived=reader.flag(holder, "archived"),
        created_at=reader.text(holder, "createdAt"),
        updated_at=reader.text(holder, "updatedAt"),
        trace_id=reader.text(holder, "objectWriteTraceId"),
    )


def _history(reader: Reader, holder: Mapping[str, object]) -> Mapping[str, tuple[PastValue, ...]]:
    """Return the history that came with a record; none came with a call that did not ask for it."""
    given = reader.mapping(holder.get("propertiesWithHistory") or {}, "propertiesWithHistory")
    found: dict[str, tuple[PastValue, ...]] = {}
    for name, values in given.items():
        past = []
        for value in reader.sequence(values, "a property's history"):
            version = reader.mapping(value, "a version of a property")
            at = reader.text(version, "timestamp")
            if not at:
                raise reader.fail("a version of a property lacks its timestamp")
            past.append(PastValue(value=reader.text(version, "value"), at=at))
        found[name] = tuple(past)
    return found


def _objects(reader: Reader, body: Mapping[str, object], expected: Sequence[str]) -> tuple[HubSpotObject, ...]:
    """Return the results; a record with none of the properties asked for shows that the asking was ignored."""
    objects = tuple(_object(reader, value) for value in reader.sequence(body.get("results"), "results"))
    ids = {item.id for item in objects}
    if len(ids) != len(objects):
        raise reader.fail("a record appears twice")
    for item in objects:
        if expected and item.properties.keys().isdisjoint(expected):
            raise reader.fail("a record has none of the properties asked for")
    return objects


def list_page(call: str, payload: object, properties: Sequence[str]) -> ListPage:
    """Read a page of a list of records."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    return ListPage(objects=_objects(reader, body, properties), after=_next(reader, body))


def search_page(call: str, payload: object, properties: Sequence[str]) -> SearchPage:
    """Read a page of a search; one without its total is refused."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    total = body.get("total")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise reader.fail("total is not a number")
    return SearchPage(objects=_objects(reader, body, properties), total=total)


def owners_page(call: str, payload: object) -> OwnersPage:
    """Read a page of owners."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    owners = []
    for value in reader.sequence(body.get("results"), "results"):
        holder = reader.mapping(value, "a result")
        owner_id = reader.id(holder.get("id"), "an owner's id")
        if "archived" not in holder:
            raise reader.fail("an owner does not say whether it is archived")
        owners.append(
            Owner(
                id=owner_id,
                first_name=reader.text(holder, "firstName") or "",
                last_name=reader.text(holder, "lastName") or "",
                email=reader.text(holder, "email"),
                type=reader.text(holder, "type") or "",
                archived=reader.flag(holder, "archived"),
            )
        )
    return OwnersPage(owners=tuple(owners), after=_next(reader, body))


def _context_values(context: Mapping[str, object], *names: str) -> tuple[str, ...]:
    given = [context.get(name) for name in names]
    values = [value for each in given for value in (each if isinstance(each, list) else [each])]
    return tuple(str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool))


def _errors(reader: Reader, body: Mapping[str, object]) -> tuple[BatchError, ...]:
    found = []
    for value in reader.sequence(body.get("errors", []), "errors"):
        holder = reader.mapping(value, "an error")
        context = holder.get("context")
        context = reader.mapping(context, "an error's context") if context is not None else {}
        sub_category = holder.get("subCategory")
        found.append(
            BatchError(
                category=reader.text(holder, "category") or "",
                sub_category=sub_category if isinstance(sub_category, str) else "",
                message=reader.text(holder, "message") or "",
                ids=_context_values(context, "ids", "id", "objectId", "fromObjectId"),
                trace_ids=_context_values(context, "objectWriteTraceId"),
            )
        )
    return tuple(found)


def batch_answer(
    call: str, payload: object, properties: Sequence[str] = (), *, with_history: bool = False
) -> BatchAnswer:
    """Read the answer to a batch; a batch that is not finished is refused, and one without the history asked for."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    if body.get("status") in UNFINISHED:
        raise reader.fail("the batch is not finished")
    if with_history:
        for value in reader.sequence(body.get("results"), "results"):
            reader.mapping(reader.mapping(value, "a result").get("propertiesWithHistory"), "propertiesWithHistory")
    return BatchAnswer(
        objects=_objects(reader, body, properties),
        errors=_errors(reader, body),
        correlation_id=reader.text(body, "correlationId") or "",
    )


def association_answer(call: str, payload: object) -> AssociationAnswer:
    """Read the answer to a batch read of associations."""
    reader = Reader(call)
    body = reader.mapping(payload, "the body")
    if body.get("status") in UNFINISHED:
        raise reader.fail("the batch is not finished")
    to_ids: dict[str, Mapping[str, frozenset[AssociationType]]] = {}
    after: dict[str, str] = {}
    for value in reader.sequence(body.get("results"), "results"):
        holder = reader.mapping(value, "a result")
        from_id = reader.id(reader.mapping(holder.get("from"), "a result's from").get("id"), "a result's from.id")
        if from_id in to_ids:
            raise reader.fail("a record appears twice")
        found: dict[str, frozenset[AssociationType]] = {}
        for each in reader.sequence(holder.get("to"), "a result's to"):
            association = reader.mapping(each, "an association")
            to_id = reader.id(association.get("toObjectId"), "toObjectId")
            found[to_id] = found.get(to_id, frozenset()) | _association_types(reader, association)
        to_ids[from_id] = found
        following = _next(reader, holder)
        if following is not None:
            after[from_id] = following
    return AssociationAnswer(to_ids=to_ids, after=after, errors=_errors(reader, body))


def _association_types(reader: Reader, association: Mapping[str, object]) -> frozenset[AssociationType]:
    found = set()
    for value in reader.sequence(association.get("associationTypes") or [], "associationTypes"):
        holder = reader.mapping(value, "an association's type")
        type_id = holder.get("typeId")
        if isinstance(type_id, int) and not isinstance(type_id, bool):
            found.add((reader.text(holder, "category") or "", type_id))
    return frozenset(found)
