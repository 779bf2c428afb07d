"""Where this org's people record who plays which of the six roles: by whatever fields and values the org has.

A multi-select picklist on the account team takes several roles of one person; the team role takes one; a user lookup
on Account takes one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kam_sync.records import Role
from kam_sync_salesforce.local_crm._catalogue import Catalogue
from kam_sync_salesforce.local_crm._schema import FieldType
from kam_sync_salesforce.local_crm._words import ROLE_LABELS

TEAM = "AccountTeamMember"
TEAM_ROLE_FIELD = "TeamMemberRole"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePlace:
    """A field that can record a role; `several` is a multi-select picklist."""

    object_name: str
    field: str
    several: bool = False


def role_place(catalogue: Catalogue, role: Role) -> RolePlace | None:
    """Return where a role is recorded, the widest place first; None where there is none."""
    label = ROLE_LABELS[role]
    team, account = catalogue[TEAM], catalogue["Account"]
    for each in team.fields:
        if each.custom and each.type is FieldType.MULTIPICKLIST and label in each.values:
            return RolePlace(object_name=TEAM, field=each.name, several=True)
    own = team.field(TEAM_ROLE_FIELD)
    if own is not None and label in own.values:
        return RolePlace(object_name=TEAM, field=own.name)
    for each in account.fields:
        named = each.name.removesuffix("__c").replace("_", " ").casefold()
        if each.custom and each.reference_to == ("User",) and label.casefold() in {named, each.label.casefold()}:
            return RolePlace(object_name="Account", field=each.name)
    return None


def team_fields(catalogue: Catalogue) -> Iterator[str]:
    """Yield the multi-select picklists of the account team."""
    for each in catalogue[TEAM].fields:
        if each.custom and each.type is FieldType.MULTIPICKLIST:
            yield each.name


def member_values(catalogue: Catalogue, roles: Mapping[Role, tuple[str, ...]], user: str) -> dict[str, str]:
    """Return the fields of a team member who plays some of the roles, as far as the org can record them."""
    values: dict[str, str] = {}
    for role in Role:
        place = role_place(catalogue, role) if user in roles.get(role, ()) else None
        if place is None or place.object_name != TEAM:
            continue
        if place.several and place.field in values:
            values[place.field] += f";{ROLE_LABELS[role]}"
        else:
            values.setdefault(place.field, ROLE_LABELS[role])
    return values


def lookup_values(catalogue: Catalogue, roles: Mapping[Role, tuple[str, ...]]) -> dict[str, str]:
    """Return the user lookups of an account and the slug of the user each of them names."""
    places = {role: role_place(catalogue, role) for role, users in roles.items() if users}
    return {place.field: roles[role][0] for role, place in places.items() if place and place.object_name == "Account"}
