"""Deleting and merging: what goes with a record, what stays behind and what moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._derived import Act, refresh_last_activity
from kam_sync_salesforce.local_crm._moments import stamp
from kam_sync_salesforce.local_crm._role_places import team_fields
from kam_sync_salesforce.local_crm._schema import SObject

RECYCLE_BIN_DAYS: Final = 15
"""So long Salesforce keeps deleted records; getDeleted reaches as far back."""

_GOES_WITH: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Account": tuple(
        (child, '"AccountId" IN ({})')
        for child in (
            "Contact",
            "Opportunity",
            "AccountTeamMember",
            "AccountPlan",
            "Task",
            "Event",
            "AccountContactRelation",
            "AccountHistory",
            "Case",
            "Contract",
        )
    ),
    "Opportunity": (
        ("Task", '"WhatId" IN ({})'),
        ("Event", '"WhatId" IN ({})'),
        ("OpportunityContactRole", '"OpportunityId" IN ({})'),
        ("OpportunityTeamMember", '"OpportunityId" IN ({})'),
        ("Quote", '"OpportunityId" IN ({})'),
    ),
    "Contact": (
        ("Task", '"WhoId" IN ({}) AND "WhatId" IS NULL'),
        ("Event", '"WhoId" IN ({}) AND "WhatId" IS NULL'),
        ("AccountContactRelation", '"ContactId" IN ({})'),
        ("OpportunityContactRole", '"ContactId" IN ({})'),
        ("TaskWhoRelation", '"RelationId" IN ({})'),
        ("EventWhoRelation", '"RelationId" IN ({})'),
        ("EventRelation", '"RelationId" IN ({})'),
    ),
    "AccountPlan": (("AccountPlanObjective", '"AccountPlanId" IN ({})'),),
    "AccountPlanObjective": (("AccountPlanObjectiveMeasure", '"AccountPlanObjectiveId" IN ({})'),),
    "Task": (("TaskWhoRelation", '"TaskId" IN ({})'),),
    "Event": (
        ("EventRelation", '"EventId" IN ({})'),
        ("EventWhoRelation", '"EventId" IN ({})'),
        ("Event", '"Id" IN (SELECT copy FROM event_copy WHERE parent IN ({}))'),
    ),
}
"""Object → what is deleted with a record of it; `{}` stands for the ids of the deleted ones."""
_WITHOUT_BIN: Final = frozenset({"AccountTeamMember", "OpportunityTeamMember"})
"""What never reaches the recycle bin when it is deleted by itself."""

_MOVES: Final = (
    ("Contact", "AccountId"),
    ("Opportunity", "AccountId"),
    ("AccountPlan", "AccountId"),
    ("Account", "ParentId"),
    ("Task", "WhatId"),
    ("Task", "AccountId"),
    ("Event", "WhatId"),
    ("Event", "AccountId"),
    ("EventRelation", "RelationId"),
    ("AccountContactRelation", "AccountId"),
    ("Case", "AccountId"),
    ("Contract", "AccountId"),
    ("Plan_Action__c", "Account__c"),
    ("Feedback__c", "Account__c"),
)
"""What moves to the winner when accounts are merged; team members are united one by one, histories stay behind."""


def delete(db: Database, whole: SObject, record_id: str, act: Act) -> None:
    """Delete a record with what hangs on it; a team member deleted by itself never reaches the recycle bin."""
    if whole.name in _WITHOUT_BIN or not whole.has_recycle_bin:
        db.execute("INSERT INTO deletion VALUES (?, ?, ?)", (whole.name, record_id, act.stamp))
        db.execute(f'DELETE FROM "{whole.name}" WHERE "Id" = ?', (record_id,))  # noqa: S608 - names come from the catalogue
        return
    record = db.record(whole, record_id) or {}
    _recycle(db, whole.name, '"Id" = :id', record_id, act)
    _recycle_children(db, whole.name, ":id", record_id, act)
    _clear_lookups(db, whole.name, ":id", record_id, act)
    for other in db.catalogue:
        for each in other.fields:
            if other.name.endswith("__c") and not each.nillable and each.reference_to == (whole.name,):
                _recycle(db, other.name, f'"{each.name}" = :id', record_id, act)
    if whole.name in {"Task", "Event"}:
        refresh_last_activity(db, [record], act)


def _recycle_children(db: Database, parent: str, ids: str, record_id: str, act: Act) -> None:
    for child, template in _GOES_WITH.get(parent, ()):
        condition = template.format(ids)
        _recycle(db, child, condition, record_id, act)
        if child != parent:
            gone = f'SELECT "Id" FROM "{child}" WHERE {condition}'  # noqa: S608 - conditions of this module
            _clear_lookups(db, child, gone, record_id, act)
            _recycle_children(db, child, gone, record_id, act)


def _recycle(db: Database, object_name: str, condition: str, record_id: str, act: Act) -> None:
    values: dict[str, Value] = {"id": record_id, "at": act.stamp, "by": act.user_id, "object": object_name}
    whole = db.catalogue[object_name]
    matches = f'FROM "{object_name}" WHERE {condition} AND "IsDeleted" = 0'
    changes = {"LastModifiedDate": ":at", "LastModifiedById": ":by", "SystemModstamp": ":at"}
    audit = "".join(f', "{name}" = {mark}' for name, mark in changes.items() if whole.field(name) is not None)
    db.execute(f'INSERT INTO deletion SELECT :object, "Id", :at {matches}', values)
    db.execute(
        f'UPDATE "{object_name}" SET "IsDeleted" = 1, _deleted_at = :at{audit} '  # noqa: S608 - conditions of this module
        f'WHERE {condition} AND "IsDeleted" = 0',
        values,
    )


def _clear_lookups(db: Database, target: str, ids: str, record_id: str, act: Act) -> None:
    """Empty the org's own lookups to deleted records, and the parents of accounts."""
    for other in db.catalogue:
        for each in other.fields:
            if each.reference_to == (target,) and each.nillable and (each.custom or each.name == "ParentId"):
                db.execute(
                    f'UPDATE "{other.name}" SET "{each.name}" = NULL, "SystemModstamp" = :at '  # noqa: S608 - names come from the catalogue
                    f'WHERE "{each.name}" IN ({ids}) AND "IsDeleted" = 0',
                    {"id": record_id, "at": act.stamp},
                )


def merge_accounts(db: Database, *, winner: str, loser: str, act: Act) -> None:
    """Move everything of one account to another and put the emptied one into the recycle bin, MasterRecordId set."""
    _unite_teams(db, winner, loser, act)
    _unite_relations(db, winner, loser, act)
    for child, reference in _MOVES:
        if db.catalogue.find(child) is None:
            continue
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
    fields = tuple(team_fields(db.catalogue))
    columns = "".join(f', "{name}"' for name in fields)
    query = f'SELECT "Id", "UserId"{columns} FROM "AccountTeamMember" WHERE "AccountId" = ? AND "IsDeleted" = 0'  # noqa: S608 - names come from the catalogue
    kept = {user: (str(member), roles) for member, user, *roles in db.rows(query, (winner,))}
    moved: dict[str, Value] = {
        "LastModifiedDate": act.stamp,
        "LastModifiedById": act.user_id,
        "SystemModstamp": act.stamp,
    }
    for member, user, *roles in db.rows(query, (loser,)):
        if user not in kept:
            db.change(members, str(member), {"AccountId": winner, **moved})
            continue
        own_member, own_roles = kept[user]
        united = {name: _united(*both) for name, *both in zip(fields, own_roles, roles, strict=True)}
        db.change(members, own_member, {**united, **moved})
        delete(db, members, str(member), act)


def _unite_relations(db: Database, winner: str, loser: str, act: Act) -> None:
    """Leave every contact one relation to the account that is left, its direct one where it has one."""
    values: dict[str, Value] = {"winner": winner, "loser": loser}
    doubled = db.rows(
        'SELECT one."Id" FROM "AccountContactRelation" AS one JOIN "AccountContactRelation" AS other '
        'ON other."ContactId" = one."ContactId" AND other."Id" != one."Id" AND other."IsDeleted" = 0 '
        'AND other."AccountId" IN (:winner, :loser) WHERE one."AccountId" IN (:winner, :loser) '
        'AND one."IsDeleted" = 0 AND one."IsDirect" = 0 AND (other."IsDirect" = 1 OR other._row < one._row)',
        values,
    )
    for (relation,) in doubled:
        delete(db, db.catalogue["AccountContactRelation"], str(relation), act)


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
