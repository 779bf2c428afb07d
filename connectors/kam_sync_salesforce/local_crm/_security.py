"""The platform's rules for permission sets, and what they open: a field made through the API is nobody's at first.

The integration user's profile gives access to every object and to all fields that were there before or that an
administrator added by hand; `Guard` is about the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kam_sync_salesforce.local_crm._catalogue import Catalogue
from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._errors import RowError
from kam_sync_salesforce.local_crm._schema import Field
from kam_sync_salesforce.local_crm._security_objects import SECURITY_OBJECTS

NAMES: Final = frozenset(each.name for each in SECURITY_OBJECTS)
ACTIVITY: Final = "Activity"
"""The object on which the custom fields of Task and Event are made."""
ACTIVITY_TWINS: Final = ("Task", "Event")
_NOT_GRANTED: Final = frozenset({"AccountTeamMember", "OpportunityTeamMember", "User", "Organization", *ACTIVITY_TWINS})
"""Objects that no object permission is given for: they follow another object, or a user permission."""
_ONCE: Final = {
    "PermissionSet": ("Name",),
    "ObjectPermissions": ("ParentId", "SobjectType"),
    "FieldPermissions": ("ParentId", "Field"),
    "PermissionSetAssignment": ("AssigneeId", "PermissionSetId"),
}
_CODES: Final = {"PermissionSet": "DUPLICATE_DEVELOPER_NAME"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Fields that are closed to the API user (`Object.Field` in small letters): to read, and to edit."""

    hidden: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()


def guard_of(db: Database, user_id: str) -> Guard:
    """Return which fields made through the API are closed to a user, by the permission sets assigned to them."""
    made = [
        f"{name}.{field}".lower()
        for owner, field in db.rows("SELECT object, name FROM made_field WHERE guarded = 1")
        for name in (ACTIVITY_TWINS if owner == ACTIVITY else (owner,))
    ]
    if not made:
        return Guard()
    granted = db.rows(
        'SELECT f."Field", f."PermissionsRead", f."PermissionsEdit" FROM "FieldPermissions" AS f '
        'JOIN "PermissionSetAssignment" AS a ON a."PermissionSetId" = f."ParentId" WHERE a."AssigneeId" = ?',
        (user_id,),
    )
    readable = {str(field).lower() for field, read, _ in granted if read}
    editable = {str(field).lower() for field, _, edit in granted if edit}
    return Guard(hidden=frozenset(made) - readable, locked=frozenset(made) - editable)


def permissionable(each: Field) -> bool:
    """Return whether field-level security is set for a field: not for what the platform sets or always needs."""
    return (each.custom or (each.createable and each.nillable and each.updateable)) and each.name != "OwnerId"


def check(db: Database, object_name: str, record: Record) -> None:
    """Check a record of one of these objects before it is stored; raises RowError."""
    if object_name not in NAMES:
        return
    _check_once(db, object_name, record)
    if object_name == "FieldPermissions":
        _check_field(db.catalogue, record)
    elif object_name == "ObjectPermissions":
        _check_object(db, record)


def _check_once(db: Database, object_name: str, record: Record) -> None:
    names = _ONCE[object_name]
    condition = " AND ".join(f'"{name}" = ? COLLATE NOCASE' for name in names)
    found = db.row(
        f'SELECT "Id" FROM "{object_name}" WHERE {condition} AND "Id" IS NOT ?',  # noqa: S608 - names of this module
        (*(record[name] for name in names), record.get("Id")),
    )
    if found:
        code = _CODES.get(object_name, "DUPLICATE_VALUE")
        raise RowError(code, f"duplicate value found: {names[-1]} duplicates value on record with id: {found[0]}")


def _check_field(catalogue: Catalogue, record: Record) -> None:
    object_name, _, field = str(record["Field"]).partition(".")
    owner = catalogue.find(object_name)
    found = owner.field(field) if owner else None
    if owner is None or found is None or owner.name != record["SobjectType"] or not permissionable(found):
        message = f"Field Name: bad value for restricted picklist field: {record['Field']}"
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ("Field",))
    _check_implied(record, "PermissionsEdit", "PermissionsRead")
    if not record["PermissionsRead"]:
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "You can't grant no access to a field", ("PermissionsRead",))


def _check_object(db: Database, record: Record) -> None:
    owner = db.catalogue.find(str(record["SobjectType"]))
    if owner is None or owner.name in _NOT_GRANTED or owner.name in NAMES:
        message = f"Object Name: bad value for restricted picklist field: {record['SobjectType']}"
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ("SobjectType",))
    for more in ("PermissionsCreate", "PermissionsEdit", "PermissionsDelete", "PermissionsViewAllRecords"):
        _check_implied(record, more, "PermissionsRead")
    _check_implied(record, "PermissionsModifyAllRecords", "PermissionsViewAllRecords")
    above = db.row(
        'SELECT 1 FROM "ObjectPermissions" WHERE "ParentId" = ? AND "SobjectType" = ? AND "PermissionsRead" = 1',
        (record["ParentId"], "Account"),
    )
    hangs_on_account = any(each.reference_to == ("Account",) for each in owner.fields if not each.custom)
    if owner.name != "Account" and hangs_on_account and record["PermissionsRead"] and above is None:
        message = f"Permission Read {owner.label} depends on permission(s): Read Account"
        raise RowError("FIELD_INTEGRITY_EXCEPTION", message)


def _check_implied(record: Record, more: str, less: str) -> None:
    if record[more] and not record[less]:
        message = (
            f"Permission {more.removeprefix('Permissions')} depends on permission(s): {less[len('Permissions') :]}"
        )
        raise RowError("FIELD_INTEGRITY_EXCEPTION", message, (more,))


def before_delete(db: Database, object_name: str, record_id: Value) -> None:
    """Delete what a permission set grants with it; raises RowError while it is assigned to somebody."""
    if object_name != "PermissionSet":
        return
    if db.row('SELECT 1 FROM "PermissionSetAssignment" WHERE "PermissionSetId" = ?', (record_id,)):
        message = "Your attempt to delete the permission set could not be completed: it is assigned to users"
        raise RowError("DELETE_FAILED", message)
    for child in ("FieldPermissions", "ObjectPermissions"):
        db.execute(f'DELETE FROM "{child}" WHERE "ParentId" = ?', (record_id,))  # noqa: S608 - names of this module
