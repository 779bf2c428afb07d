"""Makes a permission set, fills it, assigns it, and removes it again.

Each step adds what is lacking and leaves what is there, so that a half-made set is completed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kam_sync.errors import ConnectorError, PermissionDeniedError
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._faults import RefusedChangeError, setup_fault, vendor_error
from kam_sync_salesforce._queries import chunks, record_id
from kam_sync_salesforce._schema import ObjectInfo
from kam_sync_salesforce._setup_access import PermissionSetSpec
from kam_sync_salesforce._setup_look import PERMISSION_SET, PermissionSetState, permission_sets

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

_CALL: Final = "grant access"
_REMOVE: Final = "remove permission set"
_BATCH: Final = 200
"""Records in one collections call (Salesforce's limit)."""
_ATTEMPTS: Final = 5
"""How often a grant is sent while no answer comes; one that is there already is refused as a duplicate."""
_THERE: Final = frozenset({"DUPLICATE_VALUE", "DUPLICATE_DEVELOPER_NAME"})
_SWITCHED_OFF: Final = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
"""The object belongs to a feature that is switched off."""


def lacks(
    spec: PermissionSetSpec, state: PermissionSetState, objects: Mapping[str, ObjectInfo], user_id: str | None
) -> bool:
    """Return whether a permission set that exists lacks something of what it should grant.

    Objects that our user does not see are left out: whether they exist cannot be told.
    """
    fields = any(
        grant.path.lower() not in state.fields or (grant.edit and not state.fields[grant.path.lower()][1])
        for grant in spec.fields
    )
    readable = any(name.lower() not in state.objects for name in spec.objects if name.lower() in objects)
    assigned = spec.assigned and user_id is not None and record_id(user_id) not in state.assignments
    return fields or readable or assigned


class Granter:
    """Makes and removes permission sets in one org."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client

    def make(self, spec: PermissionSetSpec, objects: Mapping[str, ObjectInfo]) -> None:
        """Make a permission set as far as it is not there, fill it and assign it.

        Raises:
            PermissionDeniedError: The user may not manage permission sets.
            RefusedChangeError: Salesforce refuses a part of it, or a set of that name is not ours.
        """
        state = permission_sets(self._client, [spec.name]).get(spec.name)
        if state is None:
            self._create(spec, objects.get(PERMISSION_SET.lower()))
            state = permission_sets(self._client, [spec.name]).get(spec.name)
        if state is None or not state.ours:
            raise RefusedChangeError(f"the permission set {spec.name} is not one that setup made: rename it")
        self._write("POST", _new_objects(spec, state), allowed={_SWITCHED_OFF})
        self._write("PATCH", _changed_objects(spec, state))
        self._write("POST", _new_fields(spec, state))
        self._write("PATCH", _changed_fields(spec, state))
        user_id = self._client.user_id() if spec.assigned else None
        if user_id is not None and record_id(user_id) not in state.assignments:
            row = {"AssigneeId": user_id, "PermissionSetId": state.id}
            self._write("POST", [_record("PermissionSetAssignment", row)])

    def remove(self, name: str) -> None:
        """Take a permission set that setup made from whoever has it and delete it; one that is not ours stays."""
        state = permission_sets(self._client, [name]).get(name)
        if state is None or not state.ours:
            return
        for assignment in state.assignments.values():
            self._delete(f"sobjects/PermissionSetAssignment/{assignment}")
        self._delete(f"sobjects/{PERMISSION_SET}/{state.id}")
        if name in permission_sets(self._client, [name]):
            raise RefusedChangeError(f"Salesforce did not delete the permission set {name}: do so in Setup")

    def _create(self, spec: PermissionSetSpec, described: ObjectInfo | None) -> None:
        named = [f"Permissions{name}" for name in spec.user_permissions]
        # An edition may lack a user permission, and naming it would fail the whole record.
        there = [name for name in named if described is None or described.field(name) is not None]
        body = {"Name": spec.name, "Label": spec.label, "Description": spec.description, **dict.fromkeys(there, True)}
        try:
            self._client.change("POST", f"sobjects/{PERMISSION_SET}", body, _CALL)
        except RefusedChangeError:
            if spec.name not in permission_sets(self._client, [spec.name]):
                raise

    def _delete(self, path: str) -> None:
        try:
            self._client.change("DELETE", path, None, _REMOVE)
        except PermissionDeniedError:
            raise
        except RefusedChangeError:
            return  # gone already, or refused: the look afterwards tells which

    def _write(self, method: str, records: Sequence[Row], allowed: frozenset[str] | set[str] = frozenset()) -> None:
        for chunk in chunks(records, _BATCH):
            results = self._client.write(method, "composite/sobjects", chunk, _CALL, unanswered_attempts=_ATTEMPTS)
            refused = [result for result in results if result.get("success") is not True]
            for result in refused:
                error = vendor_error(result.get("errors"))
                if error.code not in _THERE and error.code not in allowed:
                    raise self._refusal(result)

    def _refusal(self, result: Row) -> ConnectorError:
        error = setup_fault(400, result.get("errors"), _CALL)
        return error if isinstance(error, ConnectorError) else ConnectorError(str(error))


def _record(sobject: str, values: Row) -> Row:
    return {"attributes": {"type": sobject}, **values}


def _new_objects(spec: PermissionSetSpec, state: PermissionSetState) -> list[Row]:
    return [
        _record(
            "ObjectPermissions",
            {"ParentId": state.id, "SobjectType": name, "PermissionsRead": True, "PermissionsViewAllRecords": True},
        )
        for name in spec.objects
        if name.lower() not in state.object_rows
    ]


def _changed_objects(spec: PermissionSetSpec, state: PermissionSetState) -> list[Row]:
    return [
        _record(
            "ObjectPermissions",
            {"Id": state.object_rows[name.lower()], "PermissionsRead": True, "PermissionsViewAllRecords": True},
        )
        for name in spec.objects
        if name.lower() in state.object_rows and name.lower() not in state.objects
    ]


def _new_fields(spec: PermissionSetSpec, state: PermissionSetState) -> list[Row]:
    return [
        _record(
            "FieldPermissions",
            {
                "ParentId": state.id,
                "SobjectType": grant.owner,
                "Field": grant.path,
                "PermissionsRead": True,
                "PermissionsEdit": grant.edit,
            },
        )
        for grant in spec.fields
        if grant.path.lower() not in state.fields
    ]


def _changed_fields(spec: PermissionSetSpec, state: PermissionSetState) -> list[Row]:
    return [
        _record("FieldPermissions", {"Id": state.fields[grant.path.lower()][0], "PermissionsEdit": True})
        for grant in spec.fields
        if grant.edit and grant.path.lower() in state.fields and not state.fields[grant.path.lower()][1]
    ]
