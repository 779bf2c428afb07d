"""What the permission sets that setup makes grant: one for the user kam-sync runs as, one for people.

Pure. A field that is made through an API is closed to everybody (field-level security), kam-sync itself included, until
a permission set opens it. `KamSync` is assigned by setup; `KamSync_People` is made for an administrator to assign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync.records import RecordKind
from kam_sync_salesforce._schema import ObjectInfo
from kam_sync_salesforce._setup_metadata import described
from kam_sync_salesforce._setup_needs import ACTIVITY, Kind, Need
from kam_sync_salesforce._wanted import Wanted

_TWINS: Final = ("Task", "Event")
"""Field-level security of activities' fields is set for tasks and events, though they are made on Activity."""
_FOLLOWING: Final = frozenset({ACTIVITY, *_TWINS, "AccountTeamMember", "OpportunityTeamMember", "User"})
"""Objects without permissions of their own: they follow the account, the opportunity or a user permission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGrant:
    """Access to a field; reading always goes with it."""

    owner: str
    name: str
    edit: bool

    @property
    def path(self) -> str:
        """Object and field, as FieldPermissions names them."""
        return f"{self.owner}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSetSpec:
    """A permission set.

    Args:
        name: The API name.
        label: What people see.
        description: Begins with the mark of setup.
        user_permissions: Such as `EditTask`.
        objects: The objects of which all records may be read.
        fields: The access to fields.
        assigned: Whether it is assigned to the user that kam-sync runs as.
    """

    name: str
    label: str
    description: str
    user_permissions: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    fields: tuple[FieldGrant, ...] = ()
    assigned: bool = False


def integration_set(
    needs: Iterable[Need], objects: Iterable[str], known: Mapping[str, ObjectInfo], wanted: Wanted
) -> PermissionSetSpec:
    """Return the permission set of the user that kam-sync runs as.

    Args:
        needs: The fields that the policy names and the org has or will have.
        objects: The objects that it names and the org has or will have.
        known: The org's objects as far as that user sees them.
        wanted: Which kinds of record are read.
    """
    fields = (
        FieldGrant(owner=owner, name=need.name, edit=need.kind is Kind.KEY)
        for need in needs
        for owner in _owners(need)
        if _grantable(need, known.get(owner.lower()))
    )
    return PermissionSetSpec(
        name="KamSync",
        label="KamSync",
        description=described("what kam-sync reads, and writing its tasks. For the user it runs as"),
        user_permissions=("ActivitiesAccess", "ApiEnabled", "EditTask"),
        objects=tuple(dict.fromkeys(_readable([*_standard(wanted), *objects]))),
        fields=_sorted(fields),
        assigned=True,
    )


def people_set(made: Iterable[Need]) -> PermissionSetSpec:
    """Return the permission set of the people who keep the fields that setup makes; the task key is not among them."""
    fields = (
        FieldGrant(owner=owner, name=need.name, edit=True)
        for need in made
        if need.kind is not Kind.KEY
        for owner in _owners(need)
    )
    return PermissionSetSpec(
        name="KamSync_People",
        label="KamSync People",
        description=described("read and edit the fields that setup made. For account managers; assign it by hand"),
        fields=_sorted(fields),
    )


def _owners(need: Need) -> tuple[str, ...]:
    return _TWINS if need.owner == ACTIVITY else (need.owner,)


def _grantable(need: Need, owner: ObjectInfo | None) -> bool:
    """Return whether access to a field is granted by permission sets: not to what everybody may read anyway."""
    info = owner.field(need.name) if owner else None
    if info is not None:
        return info.permissionable
    # A field of our own that we do not see is closed to us; Salesforce's own may not exist at all.
    return need.custom


def _sorted(fields: Iterable[FieldGrant]) -> tuple[FieldGrant, ...]:
    return tuple(sorted(dict.fromkeys(fields), key=lambda grant: grant.path.lower()))


def _standard(wanted: Wanted) -> Iterator[str]:
    # Account comes first: reading the others depends on reading it.
    yield "Account"
    for kind, name in (
        (RecordKind.CONTACT, "Contact"),
        (RecordKind.OPPORTUNITY, "Opportunity"),
        (RecordKind.CASE, "Case"),
        (RecordKind.CONTRACT, "Contract"),
        (RecordKind.QUOTE, "Quote"),
    ):
        if wanted.kind(kind):
            yield name


def _readable(objects: Iterable[str]) -> Iterator[str]:
    for name in objects:
        if name not in _FOLLOWING:
            yield name
