"""The objects that say who may see what: permission sets, what they grant, and to whom they are assigned.

All of them have every audit field here, where Salesforce gives some only SystemModstamp. PermissionSet has five of
Salesforce's several hundred user permissions: those that an integration needs.
"""

from __future__ import annotations

from typing import Final

from kam_sync_salesforce.local_crm._schema import SObject, audit_fields, flag, identity, lookup, text

PERMISSION_SET: Final = SObject(
    name="PermissionSet",
    key_prefix="0PS",
    fields=(
        identity(),
        text("Name", 80, nillable=False),
        text("Label", 80, nillable=False),
        text("Description", 255),
        flag("IsOwnedByProfile", settable=False),
        flag("PermissionsApiEnabled"),
        flag("PermissionsEditTask"),
        flag("PermissionsActivitiesAccess"),
        flag("PermissionsCustomizeApplication"),
        flag("PermissionsViewSetup"),
        *audit_fields(),
    ),
)

OBJECT_PERMISSIONS: Final = SObject(
    name="ObjectPermissions",
    key_prefix="110",
    plural="Object Permissions",
    fields=(
        identity(),
        lookup("ParentId", "PermissionSet", nillable=False, updateable=False),
        text("SobjectType", 80, nillable=False),
        flag("PermissionsRead"),
        flag("PermissionsCreate"),
        flag("PermissionsEdit"),
        flag("PermissionsDelete"),
        flag("PermissionsViewAllRecords"),
        flag("PermissionsModifyAllRecords"),
        *audit_fields(),
    ),
)

FIELD_PERMISSIONS: Final = SObject(
    name="FieldPermissions",
    key_prefix="01k",
    plural="Field Permissions",
    fields=(
        identity(),
        lookup("ParentId", "PermissionSet", nillable=False, updateable=False),
        text("SobjectType", 80, nillable=False),
        text("Field", 255, nillable=False),
        flag("PermissionsRead"),
        flag("PermissionsEdit"),
        *audit_fields(),
    ),
)

PERMISSION_SET_ASSIGNMENT: Final = SObject(
    name="PermissionSetAssignment",
    key_prefix="0Pa",
    updateable=False,
    fields=(
        identity(),
        lookup("AssigneeId", "User", nillable=False),
        lookup("PermissionSetId", "PermissionSet", nillable=False),
        *audit_fields(),
    ),
)

SECURITY_OBJECTS: Final = (PERMISSION_SET, OBJECT_PERMISSIONS, FIELD_PERMISSIONS, PERMISSION_SET_ASSIGNMENT)
