"""The assignments file: who plays which role where, for companies whose CRM has no field for it."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kam_sync.errors import ConfigError
from kam_sync.ports import OrgDescription
from kam_sync.records import Role, RoleAssignment, User

COLUMNS: Final = ("org", "account", "role", "person")
"""The columns that must be there; `since` (YYYY-MM-DD) is optional."""
SOURCE: Final = "assignments file"
NOT_MAPPED: Final = "not mapped"
"""The reason that connectors give for what no one has told them a field for; any other reason is a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One line of the file; `person` is an e-mail address or user id in the CRM, or a name for someone outside it."""

    account_id: str
    role: Role
    person: str
    since: dt.date | None = None


def load_assignments(path: Path) -> Mapping[str, Sequence[Assignment]]:
    """Return org → assignments of a CSV file with the columns org, account, role, person and since.

    Raises:
        ConfigError: The file cannot be read, or a line is wrong; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"{path}:1: the column {missing[0]!r} is missing; needed are {', '.join(COLUMNS)}")
            found: dict[str, list[Assignment]] = defaultdict(list)
            for row in reader:
                found[(row["org"] or "").strip()].append(_assignment(row, f"{path}:{reader.line_num}"))
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"the assignments file {path} cannot be read: {type(error).__name__}") from None


def _assignment(row: Mapping[str, str | None], place: str) -> Assignment:
    values = {name: (row.get(name) or "").strip() for name in (*COLUMNS, "since")}
    empty = [name for name in COLUMNS if not values[name]]
    if empty:
        raise ConfigError(f"{place}: the column {empty[0]!r} is empty")
    try:
        role = Role(values["role"].lower().replace(" ", "_"))
    except ValueError:
        raise ConfigError(f"{place}: {values['role']!r} is not a role; there are: {', '.join(Role)}") from None
    try:
        since = dt.date.fromisoformat(values["since"]) if values["since"] else None
    except ValueError:
        raise ConfigError(f"{place}: `since` is a date such as 2026-01-31") from None
    return Assignment(account_id=values["account"], role=role, person=values["person"], since=since)


def describe_with(assignments: Sequence[Assignment], description: OrgDescription) -> OrgDescription:
    """Return the description of an org that has an assignments file: no role is unknown for want of a field.

    A role that is unknown for another reason stays so: its field is mapped, and who is named there cannot be seen.
    """
    if not assignments:
        return description
    wanting = {name for name, why in description.unknown.items() if _is_role(name) and why.startswith(NOT_MAPPED)}
    return replace(
        description,
        unknown={name: why for name, why in description.unknown.items() if name not in wanting},
        setup=tuple(finding for finding in description.setup if finding.subject not in wanting),
        labels={
            **{f"roles.{role}": f"the role {role.label} in the assignments file" for role in Role},
            **description.labels,
        },
    )


def _is_role(name: str) -> bool:
    return name == "roles" or name.startswith("roles.")


def as_roles(assignments: Sequence[Assignment], users: Mapping[str, User]) -> tuple[RoleAssignment, ...]:
    """Return the assignments as role assignments; a person who is no user of the CRM is known by name only.

    Of several users with one address, such as someone who left and came back, the active one is meant.
    """
    likeliest_last = sorted(users.values(), key=lambda user: (user.active, user.assignable, user.id))
    by_email = {user.email.casefold(): user.id for user in likeliest_last if user.email}
    roles = []
    for assignment in assignments:
        person = assignment.person
        user_id = person if person in users else by_email.get(person.casefold())
        if user_id is None and "@" in person:
            user_id = person  # an address that leads to no user: somebody unknown, who neither fills nor lacks the role
        roles.append(
            RoleAssignment(
                id=f"{assignment.account_id}:{assignment.role}:{user_id or person.casefold()}:file",
                account_id=assignment.account_id,
                role=assignment.role,
                user_id=user_id,
                holder_name=None if user_id else person,
                since=assignment.since,
                source=SOURCE,
            )
        )
    return tuple(roles)
