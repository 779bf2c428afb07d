"""Reads that are complete or fail: lists to their last page, batches with every id accounted for.

Built on single calls of the client; what is read here is either all there is or an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from kam_sync.errors import ConnectorError, MalformedAnswerError
from kam_sync_hubspot._answers import AssociationAnswer, AssociationType, BatchError, HubSpotObject, Owner
from kam_sync_hubspot._client import ASSOCIATION_BATCH_SIZE, BATCH_SIZE, SEARCH_PAGE_SIZE, HubSpotClient
from kam_sync_hubspot._errors import safe_words

ItemT = TypeVar("ItemT")


def batches(items: Iterable[ItemT], size: int) -> Iterator[list[ItemT]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class _Cursors:
    """The cursors of one list: a list that comes back to one of them would never end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen: set[str] = set()

    def advance(self, after: str | None) -> str | None:
        if after is not None and after in self._seen:
            raise MalformedAnswerError(
                f"HubSpot's list of {self._what} came back to a page that was read before; nothing of it is complete. "
                "Run again"
            )
        if after is not None:
            self._seen.add(after)
        return after


def list_objects(
    client: HubSpotClient, object_type: str, properties: Sequence[str]
) -> Iterator[tuple[HubSpotObject, ...]]:
    """Yield all records of an object type page by page; the caller looks for records that appear twice."""
    cursors = _Cursors(object_type)
    after: str | None = None
    while True:
        page = client.list_page(object_type, properties, after=after)
        yield page.objects
        after = cursors.advance(page.after)
        if after is None:
            return


def list_owners(client: HubSpotClient) -> Mapping[str, Owner]:
    """Return all owners by id: the active ones, then the archived ones, which need a list of their own."""
    found: dict[str, Owner] = {}
    for archived in (False, True):
        cursors = _Cursors("archived owners" if archived else "owners")
        listed: set[str] = set()
        after: str | None = None
        while True:
            page = client.owners_page(archived=archived, after=after)
            for owner in page.owners:
                if owner.id in listed or owner.archived is not archived:
                    raise MalformedAnswerError(
                        "HubSpot's list of owners names one twice, or an archived one among the active ones: run again"
                    )
                listed.add(owner.id)
                found[owner.id] = owner
            after = cursors.advance(page.after)
            if after is None:
                break
    return found


def search_objects(
    client: HubSpotClient, object_type: str, filters: Sequence[Mapping[str, str]], properties: Sequence[str]
) -> Iterator[tuple[HubSpotObject, ...]]:
    """Yield all records that a search finds, by ascending id, page by page.

    Every page is a search of its own beyond the last id, since a search ends at 10,000 results.

    Raises:
        MalformedAnswerError: A page does not ascend, or not beyond the last id: records would be missed.
    """
    last = 0
    while True:
        beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)}
        page = client.search(object_type, [*filters, beyond], properties, limit=SEARCH_PAGE_SIZE)
        ids = [int(item.id) for item in page.objects]
        if ids != sorted(ids) or any(found <= last for found in ids) or (not ids and page.total):
            raise MalformedAnswerError(f"HubSpot's search of {object_type} does not advance: run again")
        yield page.objects
        if len(ids) >= page.total:
            return
        last = max(ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswer:
    """What became of the ids of a batch read: found, said to be gone, or passed over in silence."""

    found: Mapping[str, HubSpotObject]
    gone: frozenset[str]
    unanswered: frozenset[str]


def read_objects(
    client: HubSpotClient,
    object_type: str,
    ids: Sequence[str],
    properties: Sequence[str],
    *,
    archived: bool = False,
    with_history: bool = False,
) -> ReadAnswer:
    """Read at most BATCH_SIZE records by id (HISTORY_BATCH_SIZE with the history of the properties).

    A record that was merged into another in the meantime comes under an id that was not asked for: it is passed over,
    and the id asked for counts as unanswered.

    Raises:
        ConnectorError: An id failed for another reason than that it is not there.
    """
    call = f"read {object_type}"
    answer = client.read_batch(object_type, ids, properties, archived=archived, with_history=with_history)
    asked = frozenset(ids)
    found = {item.id: item for item in answer.objects if item.id in asked}
    missing = asked - found.keys()
    gone = _absent(answer.errors, missing, call, properties)
    return ReadAnswer(found=found, gone=gone, unanswered=missing - gone)


def _absent(
    errors: Sequence[BatchError], missing: frozenset[str], call: str, names: Sequence[str] = ()
) -> frozenset[str]:
    """Return which of the missing ids are said not to be there; any other error is raised."""
    named: set[str] = set()
    nameless = 0
    for error in errors:
        if not error.means_absent:
            raise ConnectorError(
                f"HubSpot could not do a part of {call!r} ({error.category or 'no category'}): "
                f"{safe_words(error.message, names=names)}. What was asked for is not known completely: run again"
            )
        named.update(missing.intersection(error.ids))
        nameless += not error.ids
    rest = missing - named
    return missing if nameless >= len(rest) else frozenset(named)


def read_associations(
    client: HubSpotClient, from_type: str, to_type: str, ids: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """Return for each of at most ASSOCIATION_BATCH_SIZE records all ids of a type that it is associated with.

    See read_typed_associations.
    """
    found = read_typed_associations(client, from_type, to_type, ids)
    return {record_id: tuple(to_ids) for record_id, to_ids in found.items()}


def read_typed_associations(
    client: HubSpotClient, from_type: str, to_type: str, ids: Sequence[str]
) -> Mapping[str, Mapping[str, frozenset[AssociationType]]]:
    """Return the same with the types of each association, among which are its labels.

    A record without associations is documented to come as an error of a kind of its own. One that does not come at all
    is asked for a second time, and only that second silence counts as "none".

    Raises:
        MalformedAnswerError: Paging does not advance, or an unknown record came.
        ConnectorError: A record failed for another reason than having no associations.
    """
    found: dict[str, dict[str, frozenset[AssociationType]]] = {record_id: {} for record_id in ids}
    silent = _read_associations_once(client, from_type, to_type, ids, found)
    if silent:
        _read_associations_once(client, from_type, to_type, sorted(silent), found)
    return found


_Found = Mapping[str, dict[str, frozenset[AssociationType]]]


def _read_associations_once(
    client: HubSpotClient, from_type: str, to_type: str, ids: Sequence[str], found: _Found
) -> frozenset[str]:
    """Add the associations of some records, page after page; return the records that no answer spoke of."""
    call = f"associations {from_type}→{to_type}"
    silent = frozenset(ids)
    pending: list[tuple[str, str | None]] = [(record_id, None) for record_id in ids]
    while pending:
        batch, pending = pending[:ASSOCIATION_BATCH_SIZE], pending[ASSOCIATION_BATCH_SIZE:]
        answer = client.read_associations(from_type, to_type, batch)
        asked = frozenset(record_id for record_id, _after in batch)
        if not answer.to_ids.keys() <= asked:
            raise MalformedAnswerError(f"HubSpot answered {call!r} for records that were not asked about: run again")
        unanswered = asked - answer.to_ids.keys()
        absent = _absent(answer.errors, unanswered, call)
        if any(after is not None and record_id in unanswered for record_id, after in batch):
            raise MalformedAnswerError(f"HubSpot left out the next page of {call!r} of a record: run again")
        silent -= asked - (unanswered - absent)
        pending.extend(_next_pages(answer, found, call))
    return silent


def _next_pages(answer: AssociationAnswer, found: _Found, call: str) -> Iterator[tuple[str, str | None]]:
    """Take over the ids of an answer and yield what to ask next; a further page after nothing new is refused."""
    for record_id, to_ids in answer.to_ids.items():
        known = found[record_id]
        before = len(known)
        for to_id, types in to_ids.items():
            known[to_id] = known.get(to_id, frozenset()) | types
        after = answer.after.get(record_id)
        if after is None:
            continue
        if len(known) == before:
            raise MalformedAnswerError(f"HubSpot's pages of {call!r} do not advance: run again")
        yield record_id, after


def object_batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield ids in lists that fill a batch read."""
    return batches(ids, BATCH_SIZE)
