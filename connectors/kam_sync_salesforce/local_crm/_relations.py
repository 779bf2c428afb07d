"""What the platform writes beside a record: the history of owners, direct contacts, and who takes part in activities.

These rows are nobody's own work: they come with the record that they are about and follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._derived import Act, Record

_CONTACT_PREFIX: Final = "003"


def stamps(user_id: str, moment: str) -> Record:
    """Return the audit fields of a row that was made and never changed."""
    return {
        "CreatedDate": moment,
        "CreatedById": user_id,
        "LastModifiedDate": moment,
        "LastModifiedById": user_id,
        "SystemModstamp": moment,
    }


def owner_history(account_id: Value, *, old: tuple[Value, Value], new: tuple[Value, Value]) -> Iterator[Record]:
    """Yield the two rows of a change of owner: the names, then the ids; each owner is given as (id, name)."""
    for place, kind in ((1, "Text"), (0, "EntityId")):
        yield {
            "AccountId": account_id,
            "Field": "Owner",
            "DataType": kind,
            "OldValue": old[place],
            "NewValue": new[place],
        }


def direct_relation(account_id: Value, contact_id: Value, roles: str | None = None) -> Record:
    """Return the relation of a contact to the account it belongs to."""
    return {
        "AccountId": account_id,
        "ContactId": contact_id,
        "Roles": roles,
        "IsDirect": 1,
        "IsActive": 1,
        "IsDeleted": 0,
    }


def who_relation(activity: str, activity_id: Value, contact_id: Value) -> Record:
    """Return the row of TaskWhoRelation or EventWhoRelation that names a contact."""
    return {"RelationId": contact_id, f"{activity}Id": activity_id, "Type": "Contact", "IsDeleted": 0}


def event_relation(
    event_id: Value, related_id: Value, *, what: bool = False, parent: bool = False, invited: bool = False
) -> Record:
    """Return the row of EventRelation for what (or whom) an event is related to, or for somebody invited."""
    return {
        "EventId": event_id,
        "RelationId": related_id,
        "IsWhat": int(what),
        "IsParent": int(parent),
        "IsInvitee": int(invited),
        "Status": "Accepted" if invited else None,
        "IsDeleted": 0,
    }


def event_copy(event: Mapping[str, Value], copy_id: str, user_id: str) -> Record:
    """Return the copy of an event that stands in an invited user's calendar."""
    return {**event, "Id": copy_id, "OwnerId": user_id, "WhoId": None, "IsChild": 1, "IsGroupEvent": 1}


def follow(
    db: Database, object_name: str, record: Mapping[str, Value], previous: Mapping[str, Value] | None, act: Act
) -> None:
    """Write what follows from a record that was made or changed."""
    if object_name == "Account" and previous is not None and previous["OwnerId"] != record["OwnerId"]:
        _remember_owner(db, record, previous, act)
    elif object_name == "Contact" and (previous is None or previous["AccountId"] != record["AccountId"]):
        _relate_contact(db, record, previous, act)
    elif object_name in {"Task", "Event"}:
        _relate_activity(db, object_name, record, previous or {}, act)


def take_part(
    db: Database, object_name: str, activity_id: str, contacts: Sequence[str], guests: Sequence[str], act: Act
) -> None:
    """Add contacts to an activity, beside the one of its WhoId, and invite users to an event."""
    activity = db.record(db.catalogue[object_name], activity_id) or {}
    for contact in contacts:
        if contact != activity["WhoId"]:
            add_row(db, f"{object_name}WhoRelation", who_relation(object_name, activity_id, contact), act)
            if object_name == "Event":
                add_row(db, "EventRelation", event_relation(activity_id, contact, parent=True), act)
    whole = db.catalogue["Event"]
    for guest in guests:
        db.change(whole, activity_id, {"IsGroupEvent": 1})
        add_row(db, "EventRelation", event_relation(activity_id, guest, invited=True), act)
        copy = event_copy(activity, db.new_id(whole.key_prefix), guest)
        db.insert(whole, copy)
        db.execute("INSERT INTO event_copy VALUES (?, ?)", (copy["Id"], activity_id))


def add_row(db: Database, object_name: str, values: Record, act: Act) -> None:
    """Store a row of the platform's own, with id and stamps."""
    whole = db.catalogue[object_name]
    made = stamps(act.user_id, act.stamp)
    own = {name: value for name, value in made.items() if whole.field(name) is not None}
    db.insert(whole, {"Id": db.new_id(whole.key_prefix), "IsDeleted": 0, **values, **own})


def _remember_owner(db: Database, record: Mapping[str, Value], previous: Mapping[str, Value], act: Act) -> None:
    def named(user_id: Value) -> tuple[Value, Value]:
        found = db.row('SELECT "Name" FROM "User" WHERE "Id" = ?', (user_id,))
        return user_id, found[0] if found else None

    for row in owner_history(record["Id"], old=named(previous["OwnerId"]), new=named(record["OwnerId"])):
        add_row(db, "AccountHistory", row, act)


def _relate_contact(db: Database, record: Mapping[str, Value], previous: Mapping[str, Value] | None, act: Act) -> None:
    if previous is not None:
        _drop(db, "AccountContactRelation", {"ContactId": record["Id"], "AccountId": previous["AccountId"]}, act)
    if record["AccountId"] is None:
        return
    # Somebody related to the account indirectly becomes a contact of its own.
    found = db.execute(
        'UPDATE "AccountContactRelation" SET "IsDirect" = 1, "LastModifiedDate" = :at, "LastModifiedById" = :by, '
        '"SystemModstamp" = :at WHERE "AccountId" = :account AND "ContactId" = :contact AND "IsDeleted" = 0',
        {"at": act.stamp, "by": act.user_id, "account": record["AccountId"], "contact": record["Id"]},
    )
    if not found:
        add_row(db, "AccountContactRelation", direct_relation(record["AccountId"], record["Id"]), act)


def _relate_activity(
    db: Database, object_name: str, record: Mapping[str, Value], before: Mapping[str, Value], act: Act
) -> None:
    activity_id, who, former = record["Id"], record["WhoId"], before.get("WhoId")
    if who != former:
        relation = f"{object_name}WhoRelation"
        for person in (former, who):
            _drop(db, relation, {f"{object_name}Id": activity_id, "RelationId": person}, act)
        if str(who or "").startswith(_CONTACT_PREFIX):
            add_row(db, relation, who_relation(object_name, activity_id, who), act)
    if object_name != "Event":
        return
    for name in ("WhatId", "WhoId"):
        if record[name] == before.get(name):
            continue
        _drop(db, "EventRelation", {"EventId": activity_id, "RelationId": before.get(name)}, act)
        if record[name] is not None:
            related = event_relation(activity_id, record[name], what=name == "WhatId", parent=True)
            add_row(db, "EventRelation", related, act)


def _drop(db: Database, object_name: str, matching: Mapping[str, Value], act: Act) -> None:
    conditions = " AND ".join(f'"{name}" = ?' for name in matching)
    for (row_id,) in db.rows(f'SELECT "Id" FROM "{object_name}" WHERE {conditions}', tuple(matching.values())):  # noqa: S608 - names of this module
        db.execute("INSERT INTO deletion VALUES (?, ?, ?)", (object_name, row_id, act.stamp))
        db.execute(f'DELETE FROM "{object_name}" WHERE "Id" = ?', (row_id,))  # noqa: S608 - names of this module
