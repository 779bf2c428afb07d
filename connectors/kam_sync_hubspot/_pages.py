"""Records and rejects gathered into pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import Record, RecordKind
from kam_sync_hubspot._client import PAGE_SIZE
from kam_sync_hubspot._reading import batches

AccountIds = Callable[[], Iterable[str]]
Mapped = Record | RejectedRecord


def page_of(mapped: Iterable[Mapped]) -> Page:
    """Return one page of everything."""
    records: list[Record] = []
    rejected: list[RejectedRecord] = []
    for each in mapped:
        if isinstance(each, RejectedRecord):
            rejected.append(each)
        else:
            records.append(each)
    return Page(records=tuple(records), rejected=tuple(rejected))


def pages_of(mapped: Iterable[Mapped]) -> Iterator[Page]:
    """Yield pages of at most PAGE_SIZE records."""
    for batch in batches(mapped, PAGE_SIZE):
        yield page_of(batch)


def filled(pages: Iterable[Page]) -> Iterator[Page]:
    """Yield the pages that hold something."""
    for page in pages:
        if page.records or page.rejected:
            yield page


def unanswered(kind: RecordKind, object_id: str, account_ids: tuple[str, ...], prefix: str = "") -> RejectedRecord:
    """Return the reject of a record that is named by another, but not answered with."""
    return RejectedRecord(
        kind=kind,
        id=f"{prefix}{object_id}",
        account_ids=account_ids,
        reason="HubSpot names it but did not answer with it: it was deleted or merged just now, or may not be read",
    )
