"""Where the six roles are recorded in an org: the account team, user lookups on Account, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync.assignments import NOT_MAPPED
from kam_sync.records import Role
from kam_sync_salesforce import settings
from kam_sync_salesforce._notes import GRANT, Notes
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

TEAM = "AccountTeamMember"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSource:
    """The account team.

    Args:
        object: AccountTeamMember.
        fields: The fields to ask for.
        to_account: The relationship's name in SOQL.
        value_fields: The fields whose values stand for roles: TeamMemberRole and the org's own multi-select one.
        roles: Value (case-folded) → roles.
    """

    object: ObjectInfo
    fields: tuple[str, ...]
    to_account: str
    value_fields: tuple[FieldInfo, ...]
    roles: Mapping[str, tuple[Role, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSources:
    """What can be read; `mapped` is false where the policy file maps no source at all."""

    mapped: bool
    team: TeamSource | None = None
    lookups: tuple[tuple[Role, FieldInfo], ...] = ()


def resolve_roles(wanted: settings.Roles, objects: Mapping[str, ObjectInfo], notes: Notes) -> RoleSources:
    """Return the usable sources of roles and note every role that none of them can record.

    A role one of whose sources cannot be read is unknown even if another source can: that nobody holds it could
    not be said.
    """
    if not wanted.team_roles and not any(wanted.user_fields.values()):
        for name in ("roles", *(f"roles.{role.value}" for role in Role)):
            # Exactly these words: by them the core sees that an assignments file may tell instead.
            notes.cannot_know(name, NOT_MAPPED)
        notes.should_set_up(
            "roles",
            "nothing says who holds the six roles",
            "map roles.team_roles (account team) or roles.user_fields (user lookups on Account)",
        )
        return RoleSources(mapped=False)
    broken: dict[Role, str] = {}
    recordable: set[Role] = set()
    team = _resolve_team(wanted, objects, broken, recordable, notes) if wanted.team_roles else None
    lookups = _resolve_lookups(wanted, objects["account"], broken, recordable, notes)
    if team is None and not lookups:
        notes.cannot_know("roles", next(iter(broken.values()), "no source of roles can be read"))
    for role in Role:
        name = f"roles.{role.value}"
        if role in broken:
            notes.cannot_know(name, broken[role])
        elif role not in recordable:
            notes.cannot_know(name, "no source records this role")
            notes.should_set_up(
                name,
                f"no mapped source can record who is {role.label}",
                f"map a value of roles.team_roles or a field of roles.user_fields to {role.value}",
            )
    if team is not None:
        notes.label("roles", "the account team")
    return RoleSources(mapped=True, team=team, lookups=lookups)


def _resolve_team(
    wanted: settings.Roles,
    objects: Mapping[str, ObjectInfo],
    broken: dict[Role, str],
    recordable: set[Role],
    notes: Notes,
) -> TeamSource | None:
    found = objects.get(TEAM.lower())
    names = ("AccountId", "UserId", "TeamMemberRole", *([wanted.team_field] if wanted.team_field else []))
    missing = found.missing(*names) if found else (TEAM,)
    if found is None or missing:
        reason = f"{', '.join(missing)} does not exist or may not be read"
        broken.update({role: reason for roles in wanted.team_roles.values() for role in roles})
        fix = GRANT if found else "switch on Account Teams and grant read access, or map roles.user_fields instead"
        notes.should_set_up("roles", reason, fix)
        return None
    fields = tuple(field for name in names[2:] if (field := found.field(name)))
    _check_values(wanted, fields, recordable, notes)
    lookup = found.field("AccountId")
    return TeamSource(
        object=found,
        fields=found.present(*names, "CreatedDate"),
        to_account=(lookup.relationship if lookup else "") or "Account",
        value_fields=fields,
        roles={value.casefold(): roles for value, roles in wanted.team_roles.items()},
    )


def _check_values(wanted: settings.Roles, fields: tuple[FieldInfo, ...], recordable: set[Role], notes: Notes) -> None:
    """Note mapped values that people cannot choose, and label the roles of those that they can."""
    for value, roles in wanted.team_roles.items():
        holder = next((field for field in fields if value.casefold() in map(str.casefold, field.values)), None)
        # A picklist that describe lists no values of cannot be checked.
        if holder is None and any(field.values for field in fields):
            for role in roles:
                notes.should_set_up(
                    f"roles.{role.value}",
                    f'the account team has no active role "{value}"',
                    f"add it to the picklist, or map one of: {', '.join(v for field in fields for v in field.values)}",
                )
            continue
        recordable.update(roles)
        field = holder or fields[0]
        for role in roles:
            notes.label(f"roles.{role.value}", f'"{value}" in the account team field "{field.title}"')


def _resolve_lookups(
    wanted: settings.Roles, account: ObjectInfo, broken: dict[Role, str], recordable: set[Role], notes: Notes
) -> tuple[tuple[Role, FieldInfo], ...]:
    usable: list[tuple[Role, FieldInfo]] = []
    for role, names in wanted.user_fields.items():
        for name in names:
            field = account.field(name)
            if field is not None and "User" in field.reference_to:
                usable.append((role, field))
                recordable.add(role)
                notes.label(f"roles.{role.value}", f'the account field "{field.title}"')
                continue
            reason = f"Account.{name} " + ("is not a lookup to User" if field else "does not exist or may not be read")
            broken[role] = reason
            notes.should_set_up(f"roles.{role.value}", reason, "map a lookup to User" if field else GRANT)
    return tuple(usable)
