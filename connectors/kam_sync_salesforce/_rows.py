"""Rows of Salesforce: their values, pages of records made of them, and why a row is no record.

What the rows of a kind mean is decided by the mappers of `_mapping` and of the modules of each kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from kam_sync.field_mapping import UnfitFieldError, read_date
from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import ADAPTERS, Record, RecordKind
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._queries import is_record_id, record_id

Values = Mapping[str, object]
"""The values of one record, before validation."""
Mapper = Callable[[Row], Iterable[Values]]


class RowError(ValueError):
    """A row cannot be a record; the message names the field and what was expected, never a value."""


def page_of(kind: RecordKind, rows: Sequence[Row], mapper: Mapper, *, account_field: str | None) -> Page:
    """Return a page of records, each id once.

    Args:
        kind: What the rows are to become.
        rows: As Salesforce sent them.
        mapper: Yields the values of a row's records; may raise RowError.
        account_field: The path of the field that names the account a rejected row hangs on; None where it hangs on
            all.
    """
    records: dict[str, Record] = {}
    rejected: list[RejectedRecord] = []
    for row in rows:
        try:
            found = [ADAPTERS[kind].validate_python(values) for values in mapper(row)]
        except (RowError, ValidationError) as error:
            rejected.append(rejection(kind, row, error, account_field))
        else:
            for record in found:
                records.setdefault(record.id, record)
    return Page(records=tuple(records.values()), rejected=tuple(rejected))


def rejection(
    kind: RecordKind, row: Row, error: RowError | ValidationError, account_field: str | None
) -> RejectedRecord:
    """Return why a row is no record, and whose account it would have hung on."""
    account = value_at(row, account_field) if account_field else None
    return RejectedRecord(
        kind=kind,
        id=record_id(row["Id"]),
        account_ids=(record_id(account),) if is_record_id(account) else (),
        reason=_reason(error),
    )


def _reason(error: RowError | ValidationError) -> str:
    if isinstance(error, RowError):
        return str(error)
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in details)


def value_at(row: Row, path: str) -> object:
    """Return the value of a field, or of a parent's field (`Opportunity.AccountId`); None where there is no parent."""
    value: object = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def required_id(row: Row, path: str) -> str:
    """Return the id in a field.

    Raises:
        RowError: It is empty or no id.
    """
    value = optional_id(row, path)
    if value is None:
        raise RowError(f"{path}: expected an id, found nothing")
    return value


def optional_id(row: Row, path: str) -> str | None:
    """Return the id in a field, or None where it is empty; raises RowError when it is no id."""
    value = value_at(row, path)
    if value is None or value == "":
        return None
    try:
        return record_id(value)
    except ValueError as error:
        raise RowError(f"{path}: {error}") from None


def flag(row: Row, field: str) -> bool:
    """Return a checkbox; raises RowError when it is none."""
    value = row.get(field)
    if not isinstance(value, bool):
        raise RowError(f"{field}: expected true or false")
    return value


def text(row: Row, field: str) -> str:
    """Return a text without the blanks around it, empty where there is none; raises RowError when it is no text."""
    value = row.get(field)
    if value is not None and not isinstance(value, str):
        raise RowError(f"{field}: expected text")
    return (value or "").strip()


def day(row: Row, field: str, zone: ZoneInfo) -> dt.date | None:
    """Return a date field as it is, or a moment as the date it has in the org's zone.

    Raises:
        RowError: It is neither.
    """
    try:
        return read_date(field, row.get(field), zone)
    except UnfitFieldError as error:
        raise RowError(str(error)) from None
