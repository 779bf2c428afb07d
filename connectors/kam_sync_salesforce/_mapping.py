"""Turns Salesforce's rows into kam-sync's records, or says why a row is none.

Every record passes through the core's validator of its kind. What a row means is decided here; which rows and fields
are asked for is decided by `_pulling`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from kam_sync.identity import find_task_key
from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import ADAPTERS, ActivityKind, ActivityStatus, Record, RecordKind, Role
from kam_sync_salesforce._accounts import AccountSource
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._plans import PlanSource
from kam_sync_salesforce._queries import is_record_id, record_id
from kam_sync_salesforce._roles import RoleSources, TeamSource
from kam_sync_salesforce._schema import FieldInfo
from kam_sync_salesforce._task_text import reference_in

Values = Mapping[str, object]
"""The values of one record, before validation."""
Mapper = Callable[[Row], Iterable[Values]]

OPPORTUNITY_PREFIX: Final = "006"
"""What the id of every opportunity begins with, in every org."""
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_TAGS: Final = re.compile(r"<[^>]*>|&nbsp;")


class RowError(ValueError):
    """A row cannot be a record; the message names the field and what was expected, never a value."""


def page_of(kind: RecordKind, rows: Sequence[Row], mapper: Mapper, *, account_field: str | None) -> Page:
    """Return a page of records, each id once.

    Args:
        kind: What the rows are to become.
        rows: As Salesforce sent them.
        mapper: Yields the values of a row's records; may raise RowError.
        account_field: The field that names the account a rejected row hangs on; None where it hangs on all.
    """
    records: dict[str, Record] = {}
    rejected: list[RejectedRecord] = []
    for row in rows:
        try:
            found = [ADAPTERS[kind].validate_python(values) for values in mapper(row)]
        except (RowError, ValidationError) as error:
            account = row.get(account_field) if account_field else None
            rejected.append(
                RejectedRecord(
                    kind=kind,
                    id=record_id(row["Id"]),
                    account_ids=(record_id(account),) if is_record_id(account) else (),
                    reason=_reason(error),
                )
            )
        else:
            for record in found:
                records.setdefault(record.id, record)
    return Page(records=tuple(records.values()), rejected=tuple(rejected))


def _reason(error: RowError | ValidationError) -> str:
    if isinstance(error, RowError):
        return str(error)
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in details)


def _id(row: Row, field: str) -> str:
    value = _optional_id(row, field)
    if value is None:
        raise RowError(f"{field}: expected an id, found nothing")
    return value


def _optional_id(row: Row, field: str) -> str | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    try:
        return record_id(value)
    except ValueError as error:
        raise RowError(f"{field}: {error}") from None


def _flag(row: Row, field: str) -> bool:
    value = row.get(field)
    if not isinstance(value, bool):
        raise RowError(f"{field}: expected true or false")
    return value


def day(row: Row, field: str, zone: ZoneInfo) -> dt.date | None:
    """Return a date field as it is, or a moment as the date it has in the org's zone.

    Raises:
        RowError: It is neither.
    """
    value = row.get(field)
    if value is None:
        return None
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RowError(f"{field}: expected a date or a moment with its zone")
    return moment.astimezone(zone).date()


def user_values(row: Row) -> Iterator[Values]:
    """Yield the values of a user; whoever is active and of our company may own tasks."""
    active = _flag(row, "IsActive")
    yield {
        "id": _id(row, "Id"),
        "name": row.get("Name"),
        "email": row.get("Email"),
        "active": active,
        "assignable": active and row.get("UserType") == "Standard",
        "manager_id": _optional_id(row, "ManagerId"),
    }


def account_mapper(
    source: AccountSource, merged: Mapping[str, Sequence[str]], in_scope: Callable[[Row], bool], zone: ZoneInfo
) -> Mapper:
    """Return the mapper of accounts; `merged` gives the ids of the accounts that were merged into each."""

    def values(row: Row) -> Iterator[Values]:
        found: dict[str, object] = {"id": _id(row, "Id"), "name": row.get("Name"), "in_scope": in_scope(row)}
        found["merged_ids"] = tuple(merged.get(str(found["id"]), ()))
        for attribute, field in source.fields.items():
            if attribute in {"owner_id", "parent_id"}:
                found[attribute] = _optional_id(row, field.name)
            elif attribute == "created_on":
                found[attribute] = day(row, field.name, zone)
            elif attribute == "tier":
                tier = row.get(field.name)
                found[attribute] = None if tier is None else str(tier)
            else:
                found[attribute] = row.get(field.name)
        yield found

    return values


def contact_values(row: Row) -> Iterator[Values]:
    """Yield the values of a contact."""
    yield {
        "id": _id(row, "Id"),
        "account_ids": (_id(row, "AccountId"),),
        "name": row.get("Name"),
        "title": row.get("Title"),
        "owner_id": _optional_id(row, "OwnerId"),
    }


def opportunity_mapper(zone: ZoneInfo) -> Mapper:
    """Return the mapper of opportunities."""

    def values(row: Row) -> Iterator[Values]:
        yield {
            "id": _id(row, "Id"),
            "account_ids": (_id(row, "AccountId"),),
            "name": row.get("Name"),
            "owner_id": _optional_id(row, "OwnerId"),
            "is_open": not _flag(row, "IsClosed"),
            "close_on": day(row, "CloseDate", zone),
            "next_step": row.get("NextStep"),
            "amount": row.get("Amount"),
        }

    return values


def _activity(row: Row, kind: ActivityKind, status: ActivityStatus, on: dt.date | None) -> dict[str, object]:
    what = _optional_id(row, "WhatId")
    return {
        "id": _id(row, "Id"),
        "account_ids": (_id(row, "AccountId"),),
        "opportunity_ids": (what,) if what and what.startswith(OPPORTUNITY_PREFIX) else (),
        "kind": kind,
        "status": status,
        "on": on,
        "owner_id": _optional_id(row, "OwnerId"),
        "subject": row.get("Subject") or "",
    }


def task_mapper(key_field: str | None, zone: ZoneInfo) -> Mapper:
    """Return the mapper of tasks; our own are told by the key field, or by the reference line where it was read."""

    def values(row: Row) -> Iterator[Values]:
        kind = ActivityKind.CALL if row.get("TaskSubtype") == "Call" else ActivityKind.TASK
        status = ActivityStatus.DONE if _flag(row, "IsClosed") else ActivityStatus.OPEN
        key = row.get(key_field) if key_field else None
        description = row.get("Description")
        yield {
            **_activity(row, kind, status, day(row, "ActivityDate", zone)),
            "our_key": (find_task_key(key) if isinstance(key, str) else None)
            or (reference_in(description) if isinstance(description, str) else None),
        }

    return values


def event_mapper(zone: ZoneInfo) -> Mapper:
    """Return the mapper of events: meetings, on the day they begin in the org's zone; an event has no status."""

    def values(row: Row) -> Iterator[Values]:
        # An all-day event has a date without zone; its moment, if any, is midnight UTC.
        timed = row.get("IsAllDayEvent") is not True and row.get("ActivityDateTime") is not None
        on = day(row, "ActivityDateTime" if timed else "ActivityDate", zone)
        yield _activity(row, ActivityKind.MEETING, ActivityStatus.OPEN, on)

    return values


def team_mapper(team: TeamSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of account team members: one record for each role that a member's values stand for.

    The id does not hold the row's own, since a member who is removed and added again holds the same role.
    """

    def values(row: Row) -> Iterator[Values]:
        account, user = _id(row, "AccountId"), _id(row, "UserId")
        for role, field in _team_roles(row, team):
            yield {
                "id": f"{account}:{user}:{role.value}:team",
                "account_id": account,
                "role": role,
                "user_id": user,
                "since": day(row, "CreatedDate", zone),
                "source": f'the account team field "{field.title}"',
            }

    return values


def _team_roles(row: Row, team: TeamSource) -> Iterator[tuple[Role, FieldInfo]]:
    for field in team.value_fields:
        found = row.get(field.name)
        if found is not None and not isinstance(found, str):
            raise RowError(f"{field.name}: expected text")
        chosen = (found or "").split(";") if field.type == "multipicklist" else [found or ""]
        for value in chosen:
            for role in team.roles.get(value.strip().casefold(), ()):
                yield role, field


def lookup_mapper(roles: RoleSources) -> Mapper:
    """Return the mapper of user lookups on Account."""

    def values(row: Row) -> Iterator[Values]:
        account = _id(row, "Id")
        for role, field in roles.lookups:
            user = _optional_id(row, field.name)
            if user is not None:
                yield {
                    "id": f"{account}:{user}:{role.value}:{field.name}",
                    "account_id": account,
                    "role": role,
                    "user_id": user,
                    "source": f'the account field "{field.title}"',
                }

    return values


def plan_mapper(source: PlanSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of plans; fields of Account make a plan only where one of them is filled."""

    def values(row: Row) -> Iterator[Values]:
        dates = {attribute: day(row, field.name, zone) for attribute, field in source.dates.items()}
        filled = {
            part: all(is_filled(row.get(field.name), field) for field in fields)
            for part, fields in source.parts.items()
        }
        touched = any(is_filled(row.get(field.name), field) for fields in source.parts.values() for field in fields)
        if source.on_account and not touched and not any(dates.values()):
            return
        yield {
            "id": _id(row, "Id"),
            "account_id": _id(row, source.account_field.name if source.account_field else "Id"),
            "name": "" if source.on_account else (row.get("Name") or ""),
            "active": _is_active(row, source),
            "owner_id": None if source.on_account else _optional_id(row, "OwnerId"),
            "parts": filled,
            **dates,
        }

    return values


def _is_active(row: Row, source: PlanSource) -> bool:
    if source.active is None:
        return True
    field, values = source.active
    found = row.get(field.name)
    return found is not None and str(found).casefold() in values


def is_filled(value: object, field: FieldInfo) -> bool:
    """Return whether a field says anything: blank text, empty mark-up and an unticked box say nothing."""
    if isinstance(value, str):
        text = _TAGS.sub("", value) if field.html else value
        return text.strip() != ""
    return value is not None and value is not False
