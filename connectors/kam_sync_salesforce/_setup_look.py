"""Looks at an org's setup: which fields, values and permission sets there are, and which of them setup made.

Fields are looked for in two places: describe shows those that our user may read, with their types; the Tooling API
shows all, with their descriptions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._faults import malformed
from kam_sync_salesforce._queries import Query, any_of, chunks, is_record_id, quote, record_id
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import ObjectInfo, describe_objects, list_objects
from kam_sync_salesforce._setup_metadata import is_ours
from kam_sync_salesforce._setup_needs import ACTIVITY, Needs

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

VALUE_SET: Final = "SalesTeamRole"
"""The standard value set of AccountTeamMember.TeamMemberRole (and of OpportunityTeamMember's)."""
PERMISSION_SET: Final = "PermissionSet"
LOOK: Final = "look at setup"
_TWINS: Final = frozenset({"Task", "Event"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A custom field that exists, whoever may see it; `ours` says that setup made it."""

    id: str
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSetState:
    """A permission set that exists, with what it grants.

    Args:
        id: Its record id.
        ours: Whether setup made it.
        fields: Path of a field in small letters → the id of the row and whether it lets people edit.
        objects: The objects in small letters of which all records may be read.
        object_rows: Object in small letters → the id of its row.
        assignments: User id → the id of the assignment.
    """

    id: str
    ours: bool
    fields: Mapping[str, tuple[str, bool]]
    objects: frozenset[str]
    object_rows: Mapping[str, str]
    assignments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an org has of what its section needs.

    Args:
        objects: By name in small letters, as our user sees them.
        fields: Path in small letters → custom field, those too that our user does not see.
        team_entries: The entries of the standard picklist of account team roles, where it is needed.
        sets: The permission sets by name.
    """

    objects: Mapping[str, ObjectInfo]
    fields: Mapping[str, CustomField]
    team_entries: Sequence[object]
    sets: Mapping[str, PermissionSetState]


def see_objects(client: SalesforceClient, needs: Needs) -> dict[str, ObjectInfo]:
    """Return the objects that a section is about, by name in small letters, as our user sees them."""
    names = ["Account", "Contact", "Opportunity", "Case", "Contract", "Quote", "Task", "Event", PERMISSION_SET]
    return describe_objects(
        client, list_objects(client), [*names, *needs.objects, *(need.owner for need in needs.fields)]
    )


def look(client: SalesforceClient, needs: Needs, set_names: Sequence[str]) -> Look:
    """Return what an org has of what its section needs.

    Raises:
        PermissionDeniedError: Our user may not look at the org's setup.
    """
    own = [need.name for need in needs.fields if need.custom]
    return Look(
        objects=see_objects(client, needs),
        fields=custom_fields(client, own),
        team_entries=team_entries(client) if needs.team_values else (),
        sets=permission_sets(client, set_names) if set_names else {},
    )


def custom_fields(client: SalesforceClient, names: Iterable[str]) -> dict[str, CustomField]:
    """Return the custom fields of these API names on any object, by path in small letters."""
    found: dict[str, CustomField] = {}
    developer_names = list(dict.fromkeys(name.removesuffix("__c") for name in names))
    for chunk in chunks(developer_names):
        soql = (
            "SELECT Id, DeveloperName, NamespacePrefix, TableEnumOrId, Description, EntityDefinition.QualifiedApiName "  # noqa: S608 - quoted
            f"FROM CustomField WHERE {any_of('DeveloperName', chunk)}"
        )
        for row in client.metadata(soql, LOOK):
            if row.get("NamespacePrefix"):
                continue
            entity = row.get("EntityDefinition")
            owner = entity.get("QualifiedApiName") if isinstance(entity, Mapping) else row.get("TableEnumOrId")
            owner = ACTIVITY if owner in _TWINS else owner
            path = f"{owner}.{row.get('DeveloperName')}__c".lower()
            found[path] = CustomField(id=_id(row.get("Id")), ours=is_ours(row.get("Description")))
    return found


def _id(value: object) -> str:
    if not is_record_id(value):
        raise malformed(LOOK, "with a record that has no Id")
    return record_id(value)


def team_entries(client: SalesforceClient) -> Sequence[object]:
    """Return the entries of the standard picklist of account team roles; none where the org has none."""
    soql = f"SELECT Id, MasterLabel, Metadata FROM StandardValueSet WHERE MasterLabel = {quote(VALUE_SET)}"  # noqa: S608 - quoted
    for row in client.metadata(soql, LOOK):
        metadata = row.get("Metadata")
        entries = metadata.get("standardValue") if isinstance(metadata, Mapping) else None
        if isinstance(entries, list):
            return entries
    return ()


def field_metadata(client: SalesforceClient, field_id: str) -> Mapping[str, object]:
    """Return the Metadata of a custom field, all of which has to be sent back to change a part of it."""
    soql = f"SELECT Id, Metadata FROM CustomField WHERE Id = {quote(field_id)}"  # noqa: S608 - quoted
    for row in client.metadata(soql, LOOK):
        metadata = row.get("Metadata")
        if isinstance(metadata, Mapping):
            return metadata
    raise malformed(LOOK, "without the metadata of a field")


def value_entries(metadata: Mapping[str, object]) -> Sequence[object] | None:
    """Return the entries of a picklist's own values; None where it takes them from a global value set."""
    value_set = metadata.get("valueSet")
    definition = value_set.get("valueSetDefinition") if isinstance(value_set, Mapping) else None
    entries = definition.get("value") if isinstance(definition, Mapping) else None
    return entries if isinstance(entries, list) else None


def permission_sets(client: SalesforceClient, names: Sequence[str]) -> dict[str, PermissionSetState]:
    """Return the permission sets of these names that exist, with what they grant, in four calls at most."""
    query = Query(sobject=PERMISSION_SET, fields=("Name", "Description"), where=(any_of("Name", names),))
    found = {_id(row.get("Id")): row for page in client.rows(query) for row in page}
    if not found:
        return {}
    ids = list(found)
    fields = _by_set(client, "FieldPermissions", ("Field", "PermissionsEdit"), "ParentId", ids)
    rights = ("SobjectType", "PermissionsRead", "PermissionsViewAllRecords")
    objects = _by_set(client, "ObjectPermissions", rights, "ParentId", ids)
    assigned = _by_set(client, "PermissionSetAssignment", ("AssigneeId",), "PermissionSetId", ids)
    return {
        str(row.get("Name")): PermissionSetState(
            id=set_id,
            ours=is_ours(row.get("Description")),
            fields={
                str(each.get("Field")).lower(): (_id(each.get("Id")), each.get("PermissionsEdit") is True)
                for each in fields.get(set_id, ())
            },
            objects=frozenset(
                str(each.get("SobjectType")).lower()
                for each in objects.get(set_id, ())
                if each.get("PermissionsRead") is True and each.get("PermissionsViewAllRecords") is True
            ),
            object_rows={str(each.get("SobjectType")).lower(): _id(each.get("Id")) for each in objects.get(set_id, ())},
            assignments={_id(each.get("AssigneeId")): _id(each.get("Id")) for each in assigned.get(set_id, ())},
        )
        for set_id, row in found.items()
    }


def _by_set(
    client: SalesforceClient, sobject: str, fields: tuple[str, ...], parent: str, ids: Sequence[str]
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for page in client.rows(Query(sobject=sobject, fields=(parent, *fields), where=(any_of(parent, ids),))):
        for row in page:
            found[_id(row.get(parent))].append(row)
    return found


def offered(objects: Mapping[str, ObjectInfo], team_field: str | None) -> frozenset[str]:
    """Return the values (case-folded) that people can choose in the account team."""
    team = objects.get(TEAM.lower())
    fields = [team.field(name) for name in ("TeamMemberRole", team_field)] if team else []
    return frozenset(value.casefold() for field in fields if field for value in field.values)
