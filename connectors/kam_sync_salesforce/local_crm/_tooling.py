"""The Tooling API as far as custom fields and standard picklists go: queries, making, changing, deleting.

Salesforce's table of methods for CustomField names Query, GET, POST and PATCH; that DELETE works too is its practice.
A field made here is closed to everybody until a permission set opens it (see `_security`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kam_sync_salesforce.local_crm._call import Call
from kam_sync_salesforce.local_crm._database import Database
from kam_sync_salesforce.local_crm._errors import ApiError, method_not_allowed, resource_not_found
from kam_sync_salesforce.local_crm._http import Response
from kam_sync_salesforce.local_crm._ids import make_id
from kam_sync_salesforce.local_crm._resources import spoilt
from kam_sync_salesforce.local_crm._schema import Field, SObject
from kam_sync_salesforce.local_crm._security import ACTIVITY, ACTIVITY_TWINS
from kam_sync_salesforce.local_crm._tooling_fields import active_values, field_of, metadata_of, refuse
from kam_sync_salesforce.local_crm._tooling_query import Found, select

_FIELD_PREFIX: Final = "00N"
_OBJECT_PREFIX: Final = "01I"
_SET_ID: Final = "000000000000000AAA"
"""All standard value sets have this id; they are told apart by their names."""
VALUE_SETS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "SalesTeamRole": (("AccountTeamMember", "TeamMemberRole"), ("OpportunityTeamMember", "TeamMemberRole")),
}
"""Standard value set → the fields that have its values; Salesforce has many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A custom field as the Tooling API knows it; `owner` is Activity for a field of tasks and events."""

    id: str
    owner: str
    field: Field
    metadata: Mapping[str, object]
    stored: bool


def query(call: Call) -> Response:
    """Run a query of CustomField or StandardValueSet."""
    _only(call, "GET")
    soql = call.request.parameters().get("q")
    if soql is None:
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    sources: dict[str, Callable[[], Iterator[Found]]] = {}
    if call.switches.view_setup:
        sources = {
            "customfield": lambda: (_field_row(call.db, made) for made in _fields(call.db)),
            "standardvalueset": lambda: (_set_row(call.db, name) for name in VALUE_SETS),
        }
    with call.db.reading():
        return spoilt(call, select(soql, sources, f"{call.base}/tooling/sobjects"))


def custom_fields(call: Call) -> Response:
    """Make a custom field."""
    _only(call, "POST")
    _may_change(call)
    body = call.request.json_object()
    full_name, metadata = body.get("FullName"), body.get("Metadata")
    if not isinstance(full_name, str) or not isinstance(metadata, dict):
        raise refuse("Required fields are missing: [FullName, Metadata]", "REQUIRED_FIELD_MISSING")
    owner, _, name = full_name.partition(".")
    with call.db.transaction():
        objects = _objects(call.db, owner)
        if objects[0].field(name) is not None:
            raise refuse(f"There is already a field named {name} on {owner}.", "DUPLICATE_DEVELOPER_NAME")
        made = field_of(name, metadata, lambda target: call.db.catalogue.find(target) is not None)
        _check_relationship(call.db, metadata)
        field_id = call.db.new_id(_FIELD_PREFIX)
        for each in objects:
            call.db.add_field(each.name, made)
        call.db.execute("INSERT INTO made_field VALUES (?, ?, ?, ?, 1)", (field_id, owner, name, json.dumps(metadata)))
    return Response(status=201, body={"id": field_id, "success": True, "errors": [], "warnings": [], "infos": []})


def custom_field(call: Call, field_id: str) -> Response:
    """Show, change or delete a custom field by its id."""
    _only(call, "GET", "PATCH", "DELETE")
    if not call.switches.view_setup:
        raise resource_not_found()
    if call.request.method != "GET":
        _may_change(call)
    with call.db.transaction():
        made = next((each for each in _fields(call.db) if each.id == field_id), None)
        if made is None:
            raise resource_not_found()
        if call.request.method == "GET":
            row = _field_row(call.db, made)
            return Response(body={**row.light, **row.heavy})
        if call.request.method == "DELETE":
            _delete(call.db, made)
        else:
            _change(call.db, made, call.request.json_object().get("Metadata"))
    return Response(status=204)


def standard_value_set(call: Call, name: str) -> Response:
    """Show a standard value set, or put other values in its place."""
    _only(call, "GET", "PATCH")
    if not call.switches.view_setup or name not in VALUE_SETS:
        raise resource_not_found()
    if call.request.method == "GET":
        row = _set_row(call.db, name)
        return Response(body={**row.light, **row.heavy})
    _may_change(call)
    metadata = call.request.json_object().get("Metadata")
    entries = metadata.get("standardValue") if isinstance(metadata, dict) else None
    if not isinstance(entries, list) or not entries:
        raise refuse("A standard value set needs at least one value", "REQUIRED_FIELD_MISSING")
    values = active_values(entries)
    with call.db.transaction():
        call.db.execute("INSERT OR REPLACE INTO value_set VALUES (?, ?)", (name, json.dumps(metadata)))
        for owner, field_name in VALUE_SETS[name]:
            old = call.db.catalogue[owner].field(field_name)
            if old is not None:
                call.db.change_field(owner, replace(old, values=values))
    return Response(status=204)


def _only(call: Call, *methods: str) -> None:
    if call.request.method not in methods:
        raise method_not_allowed(call.request.method, ",".join(methods))


def _may_change(call: Call) -> None:
    if not (call.switches.view_setup and call.switches.customize_application):
        raise ApiError(403, "INSUFFICIENT_ACCESS", "insufficient access rights on entity: CustomField")


def _objects(db: Database, owner: str) -> list[SObject]:
    found = [db.catalogue.find(name) for name in (ACTIVITY_TWINS if owner == ACTIVITY else (owner,))]
    if owner in ACTIVITY_TWINS or None in found:
        message = f"Entity Enumeration Or ID: bad value for restricted picklist field: {owner}"
        raise refuse(message, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", fields=("TableEnumOrId",))
    return [each for each in found if each is not None]


def _check_relationship(db: Database, metadata: Mapping[str, object]) -> None:
    """Refuse a name for the children of an object that another lookup to it has."""
    name, target = metadata.get("relationshipName"), metadata.get("referenceTo")
    for (stored,) in db.rows("SELECT metadata FROM made_field"):
        other = json.loads(str(stored))
        if name is not None and (other.get("relationshipName"), other.get("referenceTo")) == (name, target):
            message = f"There is already a Child Relationship named {name} on {target}."
            raise refuse(message, "DUPLICATE_VALUE")


def _fields(db: Database) -> Iterator[_Made]:
    """Yield every custom field: those made through the API as they were described, the others as they are."""
    stored = {
        (str(owner), str(name)): (str(field_id), json.loads(str(metadata)))
        for field_id, owner, name, metadata in db.rows("SELECT id, object, name, metadata FROM made_field")
    }
    for each in db.catalogue:
        if each.name == ACTIVITY_TWINS[1]:
            continue
        owner = ACTIVITY if each.name in ACTIVITY_TWINS else each.name
        for field in each.fields:
            if not field.custom:
                continue
            known = stored.get((owner, field.name))
            number = int.from_bytes(hashlib.sha256(f"{owner}.{field.name}".encode()).digest()[:6], "big")
            field_id = known[0] if known else make_id(_FIELD_PREFIX, number)
            metadata = known[1] if known else metadata_of(field)
            yield _Made(id=field_id, owner=owner, field=field, metadata=metadata, stored=known is not None)


def _field_row(db: Database, made: _Made) -> Found:
    own_object = db.catalogue.find(made.owner)
    table = made.owner
    if own_object is not None and made.owner.endswith("__c"):
        table = make_id(_OBJECT_PREFIX, int.from_bytes(made.owner.encode()[:6], "big"))
    return Found(
        light={
            "Id": made.id,
            "DeveloperName": made.field.name.removesuffix("__c"),
            "NamespacePrefix": None,
            "ManageableState": "unmanaged",
            "TableEnumOrId": table,
            "Description": made.metadata.get("description"),
            "EntityDefinition": {"QualifiedApiName": made.owner},
        },
        heavy={"FullName": f"{made.owner}.{made.field.name}", "Metadata": made.metadata},
        key=made.id,
    )


def _set_row(db: Database, name: str) -> Found:
    stored = db.row("SELECT metadata FROM value_set WHERE name = ?", (name,))
    owner, field_name = VALUE_SETS[name][0]
    field = db.catalogue[owner].field(field_name)
    entries = [
        {"valueName": value, "label": value, "default": False, "isActive": None, "description": None}
        for value in (field.values if field else ())
    ]
    plain = {"groupingStringEnum": None, "sorted": False, "standardValue": entries, "urls": None}
    metadata = json.loads(str(stored[0])) if stored else plain
    return Found(
        light={"Id": _SET_ID, "DurableId": name, "MasterLabel": name},
        heavy={"FullName": name, "Metadata": metadata},
        key=name,
    )


def _change(db: Database, made: _Made, metadata: object) -> None:
    if not isinstance(metadata, dict):
        raise refuse("Required fields are missing: [Metadata]", "REQUIRED_FIELD_MISSING")
    changed = field_of(made.field.name, metadata, lambda target: db.catalogue.find(target) is not None)
    if changed.type is not made.field.type:
        raise refuse("Cannot change the type of a field here")
    for each in _objects(db, made.owner):
        db.change_field(each.name, changed)
    guarded = db.row("SELECT guarded FROM made_field WHERE id = ?", (made.id,)) or (0,)
    db.execute(
        "INSERT OR REPLACE INTO made_field VALUES (?, ?, ?, ?, ?)",
        (made.id, made.owner, made.field.name, json.dumps(metadata), guarded[0]),
    )


def _delete(db: Database, made: _Made) -> None:
    for each in _objects(db, made.owner):
        db.drop_field(each.name, made.field.name)
        path = f"{each.name}.{made.field.name}"
        db.execute('DELETE FROM "FieldPermissions" WHERE "Field" = ? COLLATE NOCASE', (path,))
    db.execute("DELETE FROM made_field WHERE id = ?", (made.id,))
