"""Deleting and merging: what goes with a record, what stays behind and what moves."""

from __future__ import annotations

import datetime as dt
from typing import Final

from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._derived import Act, refresh_last_activity
from kam_sync_salesforce.local_crm._moments import stamp
from kam_sync_salesforce.local_crm._schema import SObject

RECYCLE_BIN_DAYS: Final = 15
"""So long Salesforce keeps deleted records; getDeleted reaches as far back."""

_GOES_WITH: Final = {
    "Account": (
        ("Contact", '"AccountId" = :id'),
        ("Opportunity", '"AccountId" = :id'),
        ("AccountTeamMember", '"AccountId" = :id'),
        ("AccountPlan", '"AccountId" = :id'),
        ("Task", '"AccountId" = :id'),
        ("Event", '"AccountId" = :id'),
    ),
    "Opportunity": (("Task", '"WhatId" = :id'), ("Event", '"WhatId" = :id')),
    "Contact": (("Task", '"WhoId" = :id AND "WhatId" IS NULL'), ("Event", '"WhoId" = :id AND "WhatId" IS NULL')),
}
"""Object → what is deleted with a record of it."""

_MOVES: Final = (
    ("Contact", "AccountId"),
    ("Opportunity", "AccountId"),
    ("AccountPlan", "AccountId"),
    ("Account", "ParentId"),
    ("Task", "WhatId"),
    ("Task", "AccountId"),
    ("Event", "WhatId"),
    ("Event", "AccountId"),
)
"""What moves to the winner when accounts are merged; team members are united one by one."""


def delete(db: Database, whole: SObject, record_id: str, act: Act) -> None:
    """Delete a record with what hangs on it; a team member deleted by itself never reaches the recycle bin."""
    if whole.name == "AccountTeamMember" or not whole.has_recycle_bin:
        db.execute("INSERT INTO deletion VALUES (?, ?, ?)", (whole.name, record_id, act.stamp))
        db.execute(f'DELETE FROM "{whole.name}" WHERE "Id" = ?', (record_id,))  # noqa: S608 - names come from the catalogue
        return
    record = db.record(whole, record_id) or {}
    _recycle(db, whole.name, '"Id" = :id', record_id, act)
    for child, condition in _GOES_WITH.get(whole.name, ()):
        _recycle(db, child, condition, record_id, act)
    for other in db.catalogue:
        for each in other.fields:
            if whole.name not in each.reference_to:
                continue
            if other.name.endswith("__c") and not each.nillable:
                _recycle(db, other.name, f'"{each.name}" = :id', record_id, act)
            elif other.name == "Account" and each.name == "ParentId":
                _clear_parent(db, record_id, act)
    if whole.name in {"Task", "Event"}:
        refresh_last_activity(db, [record], act)


def _recycle(db: Database, object_name: str, condition: str, record_id: str, act: Act) -> None:
    values: dict[str, Value] = {"id": record_id, "at": act.stamp, "by": act.user_id, "object": object_name}
    matches = f'FROM "{object_name}" WHERE {condition} AND "IsDeleted" = 0'
    db.execute(f'INSERT INTO deletion SELECT :object, "Id", :at {matches}', values)
    db.execute(
        f'UPDATE "{object_name}" SET "IsDeleted" = 1, _deleted_at = :at, "LastModifiedDate" = :at, '  # noqa: S608 - conditions of this module
        f'"LastModifiedById" = :by, "SystemModstamp" = :at WHERE {condition} AND "IsDeleted" = 0',
        values,
    )


def _clear_parent(db: Database, record_id: str, act: Act) -> None:
    db.execute(
        'UPDATE "Account" SET "ParentId" = NULL, "SystemModstamp" = ? WHERE "ParentId" = ? AND "IsDeleted" = 0',
        (act.stamp, record_id),
    )


def merge_accounts(db: Database, *, winner: str, loser: str, act: Act) -> None:
    """Move everything of one account to another and put the emptied one into the recycle bin, MasterRecordId set."""
    _unite_teams(db, winner, loser, act)
    for child, reference in _MOVES:
        db.execute(
            f'UPDATE "{child}" SET "{reference}" = :winner, "LastModifiedDate" = :at, "LastModifiedById" = :by, '  # noqa: S608 - names of this module
            f'"SystemModstamp" = :at WHERE "{reference}" = :loser AND "IsDeleted" = 0',
            {"winner": winner, "loser": loser, "at": act.stamp, "by": act.user_id},
        )
    # The winner may have hung below the loser.
    db.execute('UPDATE "Account" SET "ParentId" = NULL WHERE "Id" = ? AND "ParentId" = "Id"', (winner,))
    delete(db, db.catalogue["Account"], loser, act)
    db.change(db.catalogue["Account"], loser, {"MasterRecordId": winner})
    refresh_last_activity(db, [{"AccountId": winner, "WhatId": None, "WhoId": None}], act)


def _unite_teams(db: Database, winner: str, loser: str, act: Act) -> None:
    members = db.catalogue["AccountTeamMember"]
    query = (
        'SELECT "Id", "UserId", "Account_Roles__c" FROM "AccountTeamMember" WHERE "AccountId" = ? AND "IsDeleted" = 0'
    )
    kept = {user: (str(member), roles) for member, user, roles in db.rows(query, (winner,))}
    moved: dict[str, Value] = {
        "LastModifiedDate": act.stamp,
        "LastModifiedById": act.user_id,
        "SystemModstamp": act.stamp,
    }
    for member, user, roles in db.rows(query, (loser,)):
        if user not in kept:
            db.change(members, str(member), {"AccountId": winner, **moved})
            continue
        own_member, own_roles = kept[user]
        db.change(members, own_member, {"Account_Roles__c": _united(own_roles, roles), **moved})
        delete(db, members, str(member), act)


def _united(one: Value, other: Value) -> str | None:
    parts = [part for roles in (one, other) for part in str(roles or "").split(";") if part]
    return ";".join(dict.fromkeys(parts)) or None


def purge(db: Database, now: dt.datetime) -> None:
    """Empty the recycle bin of what has lain in it for 15 days."""
    limit = stamp(now - dt.timedelta(days=RECYCLE_BIN_DAYS))
    with db.transaction():
        for each in db.catalogue:
            db.execute(f'DELETE FROM "{each.name}" WHERE _deleted_at < ?', (limit,))  # noqa: S608 - names come from the catalogue
        db.execute("DELETE FROM deletion WHERE deleted_at < ?", (limit,))
