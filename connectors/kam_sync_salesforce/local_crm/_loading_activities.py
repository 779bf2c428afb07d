"""Importing tasks, calls and meetings with everybody who takes part in them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from kam_sync.portfolio import PortfolioActivity
from kam_sync.records import ActivityKind, ActivityStatus
from kam_sync_salesforce.local_crm._activities import CALL_SUBTYPE, CLOSED_STATUS, OPEN_STATUS
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._importing import Import
from kam_sync_salesforce.local_crm._loading_owned import Owned
from kam_sync_salesforce.local_crm._moments import day_stamp
from kam_sync_salesforce.local_crm._relations import event_copy, event_relation, who_relation
from kam_sync_salesforce.local_crm._words import PURPOSES

_MOST_CONTACTS: Final = 50
"""Salesforce's limit of contacts that an activity is related to."""


def shape_of(kind: ActivityKind, status: ActivityStatus, on: dt.date | None, today: dt.date) -> tuple[str, str]:
    """Return the object of an activity (Task or Event) and a task's status; ValueError for what cannot exist.

    A call is a completed task, but one that is open and still to come is a task not started.
    """
    if kind is ActivityKind.MEETING:
        if on is None:
            msg = "an Event needs a date"
            raise ValueError(msg)
        return "Event", ""
    if status is ActivityStatus.CANCELED:
        msg = f"a Task has no status for canceled, so a canceled {kind} cannot be recorded"
        raise ValueError(msg)
    planned = kind is ActivityKind.CALL and (on is not None and on > today)
    if status is ActivityStatus.DONE or (kind is ActivityKind.CALL and not planned):
        return "Task", CLOSED_STATUS
    return "Task", OPEN_STATUS


def check_participants(kind: ActivityKind, owner: str, contacts: tuple[str, ...], attendees: tuple[str, ...]) -> None:
    """Raise ValueError for participants that Salesforce cannot record."""
    if attendees and kind is not ActivityKind.MEETING:
        msg = f"only an Event has invitees, so nobody of ours attends a {kind} beside its owner"
        raise ValueError(msg)
    if owner in attendees:
        msg = f"the owner {owner!r} cannot be invited too"
        raise ValueError(msg)
    if len(contacts) > _MOST_CONTACTS:
        msg = f"it has more than {_MOST_CONTACTS} contacts"
        raise ValueError(msg)


def load_activity(into: Import, owned: Owned, activity: PortfolioActivity) -> str:
    """Take an activity and return its id."""
    whose = f"the activity {activity.subject!r} of {owned.whose}"
    if activity.owner is None:
        msg = f"{whose} has no owner, which Salesforce cannot record"
        raise ValueError(msg)
    deal_id = into.found("deal", owned.child(activity.deal), whose) if activity.deal is not None else None
    on = None if activity.days is None else into.today + dt.timedelta(days=activity.days)
    contacts, attendees = tuple(dict.fromkeys(activity.contacts)), tuple(dict.fromkeys(activity.attendees))
    try:
        object_name, status = shape_of(activity.kind, activity.status, on, into.today)
        check_participants(activity.kind, activity.owner, contacts, attendees)
    except ValueError as error:
        msg = f"{whose} cannot be loaded: {error}"
        raise ValueError(msg) from None
    owner = into.found("user", activity.owner, whose)
    people = [into.found("contact", owned.child(slug), whose) for slug in contacts]
    guests = [into.found("user", slug, whose) for slug in attendees]
    past = min(activity.days or 0, 0)
    record: Record = {
        "Id": into.table(object_name).new_id(),
        "Subject": activity.subject or None,
        "AccountId": owned.id,
        "WhatId": deal_id or owned.id,
        "WhoId": people[0] if people else None,
        "OwnerId": owner,
        "ActivityDate": on.isoformat() if on else None,
        "Type": PURPOSES[activity.purpose] if activity.purpose else None,
    }
    created = into.moment(past - 7)
    if object_name == "Task":
        _load_task(into, activity, record, status, by=owner, at=created)
    elif on:
        _load_event(into, activity, record, on, (people, guests), by=owner, at=created)
    for person in people:
        _add(into, f"{object_name}WhoRelation", who_relation(object_name, record["Id"], person), record, owner, created)
    return str(record["Id"])


def _load_task(into: Import, activity: PortfolioActivity, record: Record, status: str, *, by: str, at: str) -> None:
    finished = into.moment(min(activity.days or 0, 0), 15) if status == CLOSED_STATUS else None
    record |= {"Status": status, "IsClosed": int(finished is not None), "CompletedDateTime": finished}
    record["TaskSubtype"] = CALL_SUBTYPE if activity.kind is ActivityKind.CALL else "Task"
    into.add("Task", record, by=by, at=at, changed=finished)


def _load_event(
    into: Import,
    activity: PortfolioActivity,
    record: Record,
    on: dt.date,
    participants: tuple[list[str], list[str]],
    *,
    by: str,
    at: str,
) -> None:
    people, guests = participants
    start, end = day_stamp(on, 10), day_stamp(on, 11)
    record |= {"StartDateTime": start, "ActivityDateTime": start, "EndDateTime": end, "DurationInMinutes": 60}
    record["IsGroupEvent"] = int(bool(guests))
    if activity.status is ActivityStatus.CANCELED:
        # People cancel an event in Salesforce by deleting it.
        record |= {"IsDeleted": 1, "_deleted_at": into.present}
    canceled = into.present if record.get("IsDeleted") else None
    _add_deletable(into, "Event", record, by=by, at=at, changed=canceled)
    rows = [event_relation(record["Id"], record["WhatId"], what=True, parent=True)]
    rows += [event_relation(record["Id"], person, parent=True) for person in people]
    rows += [event_relation(record["Id"], guest, invited=True) for guest in guests]
    for row in rows:
        _add(into, "EventRelation", row, record, by, at)
    for guest in guests:
        copy = event_copy(record, into.table("Event").new_id(), guest)
        _add_deletable(into, "Event", copy, by=by, at=at, changed=canceled)
        into.db.execute("INSERT INTO event_copy VALUES (?, ?)", (copy["Id"], record["Id"]))


def _add(into: Import, object_name: str, row: Record, activity: Record, by: str, at: str) -> None:
    """Take a row about an activity, deleted when that is."""
    gone = {name: activity[name] for name in ("IsDeleted", "_deleted_at") if name in activity}
    _add_deletable(into, object_name, row | gone, by=by, at=at)


def _add_deletable(
    into: Import, object_name: str, record: Record, *, by: str, at: str, changed: str | None = None
) -> None:
    record_id = into.add(object_name, record, by=by, at=at, changed=changed)
    if record.get("IsDeleted"):
        into.db.execute("INSERT INTO deletion VALUES (?, ?, ?)", (object_name, record_id, into.present))
