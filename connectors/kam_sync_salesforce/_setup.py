"""What an org's section needs as items that setup makes and removes, and the making and removing of fields.

Every step may be taken twice, by two at once, or again after its answer was lost: "it is there already" counts as made
once a look confirms it. Nothing is changed or removed that does not bear the mark of setup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kam_sync.errors import ConnectorError, PermissionDeniedError
from kam_sync.ports import Runtime
from kam_sync.setup_ports import ItemState, SetupItem
from kam_sync_salesforce._faults import RefusedChangeError
from kam_sync_salesforce._queries import any_of
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._setup_access import PermissionSetSpec, integration_set, people_set
from kam_sync_salesforce._setup_files import setup_folder
from kam_sync_salesforce._setup_grants import Granter, lacks
from kam_sync_salesforce._setup_look import CustomField, Look, custom_fields, look, see_objects
from kam_sync_salesforce._setup_metadata import field_metadata
from kam_sync_salesforce._setup_needs import ACTIVITY, Kind, Need, Needs, is_own, needs_of
from kam_sync_salesforce._setup_part import Part
from kam_sync_salesforce._setup_values import TEAM_ROLE, TeamValues
from kam_sync_salesforce._wanted import Wanted
from kam_sync_salesforce.settings import SalesforceSettings

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

_SETS: Final = ("KamSync", "KamSync_People")
_MAKE: Final = "make field"
_REMOVE: Final = "remove field"
_COUNT: Final = "count values"
_FIELD_REMOVAL: Final = (
    "Salesforce keeps a deleted field and its values for 15 days, in Setup > Object Manager > Fields & Relationships > "
    "Deleted Fields; then they are gone"
)
_SET_REMOVAL: Final = "whoever has it loses the access it gives; no record is touched"
_OBJECT_BY_HAND: Final = (
    "Salesforce's REST and Tooling APIs make no objects: deploy the files that setup writes, or make it in Setup > "
    "Object Manager; then let the integration user read it"
)
_FEATURES: Final[Mapping[str, str]] = {
    TEAM.lower(): "switch on Account Teams (Setup > Account Teams), or map roles.user_fields instead",
    "accountplan": "switch on account plans (Setup > Account Plan Settings), or map plan.object to an object of yours",
}


class Setup:
    """Sets up one org.

    Args:
        client: The way to it.
        settings: Its section.
        runtime: Says which kinds of record are read.
    """

    def __init__(self, client: SalesforceClient, settings: SalesforceSettings, runtime: Runtime) -> None:
        self._client = client
        self._settings = settings
        self._wanted = Wanted(runtime)
        self._needs: Final[Needs] = needs_of(settings)
        self._values = TeamValues(client, self._needs, settings.roles.team_field)
        self._granter = Granter(client)
        self._parts: dict[str, Part] = {}

    def items(self) -> tuple[SetupItem, ...]:
        """Look at the org and return everything that the section needs, in the order in which it is made.

        Raises:
            PermissionDeniedError: The user may not look at the org's setup.
        """
        seen = look(self._client, self._needs, _SETS)
        parts = [*self._object_parts(seen), *self._field_parts(seen), *self._values.parts(seen)]
        parts += self._set_parts(seen, {part.item.id: part.item.state for part in parts})
        self._parts = {part.item.id: part for part in parts}
        return self._counted(seen, [part.item for part in parts])

    def make(self, item: SetupItem) -> None:
        """Make an item; making it twice is no error.

        Raises:
            PermissionDeniedError: The user may not change the org's setup.
            ConnectorError: Salesforce does not make it.
        """
        self._part(item).make()

    def remove(self, item: SetupItem) -> None:
        """Remove an item that setup made; one that is gone, or is not ours, is left as it is."""
        self._part(item).remove()

    def files(self) -> Mapping[str, str]:
        """Return what is missing or ours as a folder for Salesforce's own deployment tool: path → text.

        It needs no right to look at the setup; without it, fields that are hidden from our user count as missing.
        """
        objects = see_objects(self._client, self._needs)
        try:
            known: Mapping[str, CustomField] = custom_fields(self._client, self._own_names())
        except PermissionDeniedError:
            known = {}
        made = [need for need in self._needs.fields if need.custom and _to_make(need, objects, known)]
        new_objects = [name for name in self._needs.objects if is_own(name) and name.lower() not in objects]
        specs = (self._integration_set(self._needs.fields, objects, new_objects), people_set(made))
        team = objects.get(TEAM.lower())
        role = team.field(TEAM_ROLE) if team else None
        lacking = self._values.lacking(objects) if role and self._settings.roles.team_field is None else ()
        return setup_folder(
            api_version=self._settings.api_version,
            objects=new_objects,
            fields=made,
            sets=[spec for spec in specs if spec.fields],
            team_values=(role.values if role else (), lacking),
        )

    # --- below: the parts ---

    def _part(self, item: SetupItem) -> Part:
        if item.id not in self._parts:
            self.items()
        part = self._parts.get(item.id)
        if part is None:
            raise ConnectorError(f"{item.id} is nothing that the org's section needs: read the items again")
        return part

    def _own_names(self) -> list[str]:
        return [need.name for need in self._needs.fields if need.custom]

    def _object_parts(self, seen: Look) -> Iterator[Part]:
        for name, serves in self._needs.objects.items():
            if name.lower() in seen.objects:
                continue
            remedy = _FEATURES.get(name.lower(), "let the integration user read it, or correct the mapping")
            yield Part(
                item=SetupItem(
                    id=f"object {name}",
                    title=f"{'custom ' if is_own(name) else ''}object {name}",
                    serves=serves,
                    state=ItemState.BY_HAND,
                    remedy=_OBJECT_BY_HAND if is_own(name) else remedy,
                )
            )

    def _field_parts(self, seen: Look) -> Iterator[Part]:
        for need in self._needs.fields:
            there, info = seen.fields.get(need.path.lower()), _visible(need, seen.objects)
            item = SetupItem(id=f"field {need.path}", title=need.title, serves=need.serves, state=ItemState.PRESENT)
            if info is not None and not need.fits(info):
                yield Part(item=replace(item, state=ItemState.DIFFERS, remedy=_other_kind(need, info)))
            elif there is not None and there.ours:
                ours = replace(item, state=ItemState.OURS, removal=_FIELD_REMOVAL)
                yield Part(item=ours, remove=self._remover(need))
            elif info is not None or there is not None:
                # What Salesforce has itself is only worth a word where it cannot be read.
                yield from [Part(item=item)] if need.custom else []
            elif _owner(need) not in seen.objects:
                # A missing feature of Salesforce's own is told by its object, if it is told at all.
                by_hand = replace(item, state=ItemState.BY_HAND, remedy=f"it comes with the object {need.owner}")
                yield from [Part(item=by_hand)] if need.custom else []
            elif not need.custom:
                remedy = f"let the integration user read {need.path}, or map another field"
                yield Part(item=replace(item, state=ItemState.BY_HAND, remedy=remedy))
            else:
                missing = replace(item, state=ItemState.MISSING)
                yield Part(item=missing, make=self._maker(need), remove=self._remover(need))

    def _set_parts(self, seen: Look, states: Mapping[str, ItemState]) -> Iterator[Part]:
        usable = [need for need in self._needs.fields if _state(need, states) is not ItemState.BY_HAND]
        made = [need for need in usable if _state(need, states) in {ItemState.OURS, ItemState.MISSING}]
        for spec, needs in ((self._integration_set(usable, seen.objects, ()), usable), (people_set(made), made)):
            if not spec.fields or (spec.name not in seen.sets and not _wants_access(usable, seen, states)):
                continue
            state = self._set_state(spec, seen)
            item = SetupItem(
                id=f"permission set {spec.name}",
                title=_set_title(spec),
                serves=_served(spec, needs),
                state=state,
                remedy="" if state is not ItemState.DIFFERS else _set_remedy(spec),
                removal=_SET_REMOVAL if state is ItemState.OURS else "",
            )
            yield Part(item=item, make=self._granting(spec.name), remove=self._revoking(spec.name))

    def _set_state(self, spec: PermissionSetSpec, seen: Look) -> ItemState:
        there = seen.sets.get(spec.name)
        if there is None:
            return ItemState.MISSING
        lacking = lacks(spec, there, seen.objects, self._client.user_id())
        if there.ours:
            return ItemState.MISSING if lacking else ItemState.OURS
        return ItemState.DIFFERS if lacking else ItemState.PRESENT

    def _integration_set(
        self, needs: Sequence[Need], objects: Mapping[str, ObjectInfo], new_objects: Sequence[str]
    ) -> PermissionSetSpec:
        named = [name for name in self._needs.objects if name.lower() in objects]
        return integration_set(needs, [*named, *new_objects], objects, self._wanted)

    # --- below: how they are made and removed ---

    def _maker(self, need: Need) -> Callable[[], None]:
        def make() -> None:
            body = {"FullName": need.path, "Metadata": field_metadata(need)}
            try:
                self._client.change("POST", "tooling/sobjects/CustomField", body, _MAKE)
            except RefusedChangeError:
                if need.path.lower() not in custom_fields(self._client, [need.name]):
                    raise

        return make

    def _remover(self, need: Need) -> Callable[[], None]:
        def remove() -> None:
            there = custom_fields(self._client, [need.name]).get(need.path.lower())
            if there is None or not there.ours:
                return
            try:
                self._client.change("DELETE", f"tooling/sobjects/CustomField/{there.id}", None, _REMOVE)
            except RefusedChangeError:
                if need.path.lower() in custom_fields(self._client, [need.name]):
                    raise

        return remove

    def _granting(self, name: str) -> Callable[[], None]:
        def make() -> None:
            # The fields have been made since the items were told, so what there is to grant is looked at anew.
            seen = look(self._client, self._needs, ())
            there = [need for need in self._needs.fields if _visible(need, seen.objects) or _there(need, seen.fields)]
            ours = [need for need in there if _is_ours(need, seen.fields)]
            for spec in (self._integration_set(there, seen.objects, ()), people_set(ours)):
                if spec.name == name:
                    self._granter.make(spec, seen.objects)

        return make

    def _revoking(self, name: str) -> Callable[[], None]:
        return lambda: self._granter.remove(name)

    def _counted(self, seen: Look, items: Sequence[SetupItem]) -> tuple[SetupItem, ...]:
        """Return the items with how many records hold a value in those that are ours, in one call for each 25."""
        asked: list[tuple[str, str, str]] = []
        uncounted: set[str] = set()
        needs = {f"field {need.path}": need for need in self._needs.fields}
        for item in items:
            need = needs.get(item.id)
            if item.state is not ItemState.OURS:
                continue
            if need is not None:
                info = _visible(need, seen.objects)
                if info is None or not info.filterable:
                    uncounted.add(item.id)
                    continue
                filled = f"{info.name} = TRUE" if info.type == "boolean" else f"{info.name} != NULL"
                asked += [(item.id, owner, filled) for owner in _owners(need)]
            elif item.id == f"values {TEAM}.{TEAM_ROLE}":
                asked.append((item.id, TEAM, any_of(TEAM_ROLE, self._values.ours(seen))))
            elif item.id.startswith("values "):
                uncounted.add(item.id)
        counts = self._client.counts([(owner, condition) for _, owner, condition in asked], _COUNT)
        totals: dict[str, int] = {}
        for (item_id, _, _), count in zip(asked, counts, strict=True):
            totals[item_id] = totals.get(item_id, 0) + count
        return tuple(replace(item, filled=None if item.id in uncounted else totals.get(item.id, 0)) for item in items)


def _owner(need: Need) -> str:
    return "task" if need.owner == ACTIVITY else need.owner.lower()


def _owners(need: Need) -> tuple[str, ...]:
    return ("Task", "Event") if need.owner == ACTIVITY else (need.owner,)


def _visible(need: Need, objects: Mapping[str, ObjectInfo]) -> FieldInfo | None:
    owner = objects.get(_owner(need))
    return owner.field(need.name) if owner else None


def _there(need: Need, fields: Mapping[str, CustomField]) -> bool:
    return need.path.lower() in fields


def _is_ours(need: Need, fields: Mapping[str, CustomField]) -> bool:
    there = fields.get(need.path.lower())
    return there is not None and there.ours


def _to_make(need: Need, objects: Mapping[str, ObjectInfo], known: Mapping[str, CustomField]) -> bool:
    """Return whether a field belongs into the files: one that is missing or ours, never one of people's."""
    if need.path.lower() in known:
        return _is_ours(need, known)
    return _visible(need, objects) is None


def _state(need: Need, states: Mapping[str, ItemState]) -> ItemState:
    return states.get(f"field {need.path}", ItemState.PRESENT)


def _served(spec: PermissionSetSpec, needs: Sequence[Need]) -> frozenset[str]:
    granted = {(grant.owner, grant.name) for grant in spec.fields}
    rest_on_it = (need for need in needs if any((owner, need.name) in granted for owner in _owners(need)))
    return frozenset().union(*(need.serves for need in rest_on_it))


def _wants_access(needs: Sequence[Need], seen: Look, states: Mapping[str, ItemState]) -> bool:
    """Return whether something is missing, or hidden from our user: where people gave all access, no set is needed."""
    for need in needs:
        info = _visible(need, seen.objects)
        if _state(need, states) is ItemState.MISSING or info is None:
            return True
        if need.kind is Kind.KEY and not (info.createable and info.updateable):
            return True
    return False


def _other_kind(need: Need, info: FieldInfo) -> str:
    if need.kind is Kind.KEY:
        return (
            f"{need.path} is there, but no external-id, unique text of at least 33 characters: make it so in Setup > "
            "Object Manager > Activity, or name another field in tasks.key_field"
        )
    return (
        f"{need.path} is there and of the type {info.type}, not a {need.kind.value}: name another field in the policy"
    )


def _set_title(spec: PermissionSetSpec) -> str:
    fields = f"{len(spec.fields)} field{'s' * (len(spec.fields) != 1)}"
    if not spec.assigned:
        return f"permission set {spec.name}: read and edit {fields} that setup makes; for people, assigned by hand"
    return (
        f"permission set {spec.name}: read {fields} and all records of {', '.join(spec.objects)}; write tasks; "
        "assigned to the user kam-sync logs in as"
    )


def _set_remedy(spec: PermissionSetSpec) -> str:
    return (
        f"a permission set {spec.name} is there that setup did not make, and it lacks some of this access: add "
        f"{', '.join(grant.path for grant in spec.fields[:5])} and the like to it, or rename it"
    )
