"""Turns Salesforce's rows of users, accounts, activities and roles into kam-sync's records.

The other kinds are mapped by the modules that know where they are kept. What a row means is decided here; which rows
and fields are asked for is decided by `_pulling`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.identity import find_task_key
from kam_sync.records import ActivityKind, ActivityStatus, Role
from kam_sync_salesforce._accounts import AccountSource, scores_of
from kam_sync_salesforce._activities import CONTACT_PREFIX, USER_PREFIX, ActivitySource
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._roles import RoleSources, TeamSource
from kam_sync_salesforce._rows import Mapper, RowError, Values, day, flag, optional_id, required_id
from kam_sync_salesforce._schema import FieldInfo
from kam_sync_salesforce._task_text import reference_in

OPPORTUNITY_PREFIX: Final = "006"
"""What the id of every opportunity begins with, in every org."""
People = Callable[[str], Iterable[str]]
"""Activity → ids of the contacts and users who are linked to it."""


def user_values(row: Row) -> Iterator[Values]:
    """Yield the values of a user; whoever is active and of our company may own tasks."""
    active = flag(row, "IsActive")
    yield {
        "id": required_id(row, "Id"),
        "name": row.get("Name"),
        "email": row.get("Email"),
        "active": active,
        "assignable": active and row.get("UserType") == "Standard",
        "manager_id": optional_id(row, "ManagerId"),
    }


def account_mapper(
    source: AccountSource, merged: Mapping[str, Sequence[str]], in_scope: Callable[[Row], bool], zone: ZoneInfo
) -> Mapper:
    """Return the mapper of accounts; `merged` gives the ids of the accounts that were merged into each."""

    def values(row: Row) -> Iterator[Values]:
        found: dict[str, object] = {"id": required_id(row, "Id"), "name": row.get("Name"), "in_scope": in_scope(row)}
        found["merged_ids"] = tuple(merged.get(str(found["id"]), ()))
        for attribute, field in source.natives.items():
            read_day = attribute == "created_on"
            found[attribute] = day(row, field.name, zone) if read_day else optional_id(row, field.name)
        for attribute, mapped in source.mapped.items():
            found[attribute] = mapped.read(row, zone)
        yield {**found, "criteria": scores_of(source, row, zone)}

    return values


def _activity(
    row: Row,
    source: ActivitySource,
    zone: ZoneInfo,
    people: People,
    *,
    kind: ActivityKind,
    status: ActivityStatus,
    on: dt.date | None,
) -> dict[str, object]:
    what, activity, owner = optional_id(row, "WhatId"), required_id(row, "Id"), optional_id(row, "OwnerId")
    linked = tuple(people(activity))
    found: dict[str, object] = {
        "id": activity,
        "account_ids": (required_id(row, "AccountId"),),
        "opportunity_ids": (what,) if what and what.startswith(OPPORTUNITY_PREFIX) else (),
        "kind": kind,
        "status": status,
        "on": on,
        "owner_id": owner,
        "subject": row.get("Subject") or "",
    }
    if source.contacts:
        first = optional_id(row, "WhoId")
        everyone = (*([first] if first else []), *linked)
        found["contact_ids"] = tuple(dict.fromkeys(one for one in everyone if one.startswith(CONTACT_PREFIX)))
    if source.attendees:
        ours = (one for one in linked if one.startswith(USER_PREFIX) and one != owner)
        found["attendee_ids"] = tuple(dict.fromkeys(ours))
    if source.purposes is not None:
        found["purposes"] = source.purposes.read(row, zone)
    return found


def task_mapper(source: ActivitySource, key_field: str | None, zone: ZoneInfo, people: People) -> Mapper:
    """Return the mapper of tasks; our own are told by the key field, or by the reference line where it was read."""

    def values(row: Row) -> Iterator[Values]:
        kind = ActivityKind.CALL if row.get("TaskSubtype") == "Call" else ActivityKind.TASK
        status = ActivityStatus.DONE if flag(row, "IsClosed") else ActivityStatus.OPEN
        key = row.get(key_field) if key_field else None
        description = row.get("Description")
        on = day(row, "ActivityDate", zone)
        yield {
            **_activity(row, source, zone, people, kind=kind, status=status, on=on),
            "our_key": (find_task_key(key) if isinstance(key, str) else None)
            or (reference_in(description) if isinstance(description, str) else None),
        }

    return values


def event_mapper(source: ActivitySource, zone: ZoneInfo, people: People) -> Mapper:
    """Return the mapper of events: meetings, on the day they begin in the org's zone; an event has no status."""

    def values(row: Row) -> Iterator[Values]:
        # An all-day event has a date without zone; its moment, if any, is midnight UTC.
        timed = row.get("IsAllDayEvent") is not True and row.get("ActivityDateTime") is not None
        on = day(row, "ActivityDateTime" if timed else "ActivityDate", zone)
        kind, status = ActivityKind.MEETING, ActivityStatus.OPEN
        yield _activity(row, source, zone, people, kind=kind, status=status, on=on)

    return values


def team_mapper(team: TeamSource, zone: ZoneInfo) -> Mapper:
    """Return the mapper of account team members: one record for each role that a member's values stand for.

    The id does not hold the row's own, since a member who is removed and added again holds the same role.
    """

    def values(row: Row) -> Iterator[Values]:
        account, user = required_id(row, "AccountId"), required_id(row, "UserId")
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
        account = required_id(row, "Id")
        for role, field in roles.lookups:
            user = optional_id(row, field.name)
            if user is not None:
                yield {
                    "id": f"{account}:{user}:{role.value}:{field.name}",
                    "account_id": account,
                    "role": role,
                    "user_id": user,
                    "source": f'the account field "{field.title}"',
                }

    return values
