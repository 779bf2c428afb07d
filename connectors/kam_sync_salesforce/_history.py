"""The history of account owners: what can be read of AccountHistory, and which of its rows are changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.records import RecordKind
from kam_sync_salesforce._accounts import RelationSource
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._notes import Notes, absent
from kam_sync_salesforce._queries import is_record_id, record_id
from kam_sync_salesforce._rows import Mapper, RowError, Values, day, required_id
from kam_sync_salesforce._schema import ObjectInfo

HISTORY: Final = "AccountHistory"
OWNER: Final = "Owner"
"""What AccountHistory.Field holds for a change of OwnerId."""
_USER_PREFIX: Final = "005"
_NEEDED: Final = ("AccountId", "Field", "OldValue", "NewValue", "CreatedDate")


def resolve_history(objects: Mapping[str, ObjectInfo], notes: Notes) -> RelationSource | None:
    """Return what can be read of the history of owners; None, and noted, where too little can."""
    if not notes.wanted.kind(RecordKind.OWNER_CHANGE):
        return None
    found = objects.get(HISTORY.lower())
    if found is None:
        fix = "switch on field history tracking of the account's owner and grant read access to it"
        notes.cannot_know("owner_changes", f"{absent((HISTORY,))}: {fix}")
        return None
    lookup = found.field("AccountId")
    if lookup is None or found.missing(*_NEEDED):
        notes.unreadable("owner_changes", found.missing(*_NEEDED))
        return None
    notes.label("owner_changes", f'the "{found.label}" of the field "Account Owner"')
    return RelationSource(object=found, fields=found.present(*_NEEDED), to_account=lookup.relationship or "Account")


def owner_change_mapper(zone: ZoneInfo) -> Mapper:
    """Return the mapper of changes of owner.

    Salesforce writes two rows for each: one with the names of the owners, one with their ids; only the latter counts.
    """

    def values(row: Row) -> Iterator[Values]:
        new, old = (row.get(field) for field in ("NewValue", "OldValue"))
        if not _is_user(new) or old is None or old == new:
            return
        if not _is_user(old):
            raise RowError("OldValue: expected the id of a user, as NewValue has it")
        on = day(row, "CreatedDate", zone)
        if on is None:
            raise RowError("CreatedDate: expected a moment, found nothing")
        yield {
            "id": required_id(row, "Id"),
            "account_id": required_id(row, "AccountId"),
            "on": on,
            "from_id": record_id(old),
            "to_id": record_id(new),
        }

    return values


def _is_user(value: object) -> bool:
    return is_record_id(value) and str(value).startswith(_USER_PREFIX)
