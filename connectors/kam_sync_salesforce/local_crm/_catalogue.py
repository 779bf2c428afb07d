"""Which objects and fields there are: all of them, and what is left of them for the API user.

`Switches` are what an administrator of a real org can do to kam-sync; they hold until they are changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from kam_sync_salesforce.local_crm._activities import KEY_FIELD
from kam_sync_salesforce.local_crm._schema import Field, SObject
from kam_sync_salesforce.local_crm._security_objects import SECURITY_OBJECTS

_SAME_FIELD_ON: Final = {"Task": "Event", "Event": "Task"}
"""A custom field of Activity is a field of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the org is set up; replace the whole with `dataclasses.replace`.

    Args:
        missing_objects: API names of objects that the org does not have (or may not be seen): INVALID_TYPE.
        hidden_fields: Fields, as `Account.Tier__c`, that field-level security hides from the API user: INVALID_FIELD.
        not_createable_fields: Fields, as `Task.Priority`, that the API user may not set on new records.
        not_updateable_fields: Fields that the API user may not change.
        key_field_exists: Whether Activity has the external-id field KamSync_Key__c.
        key_field_unique: Whether that field is unique; without it a key may match several tasks (HTTP 300).
        page_size: At most so many records in a page, below Salesforce's 2,000 and below the client's wish.
        daily_limit: API calls in rolling 24 hours; beyond it every call is refused with REQUEST_LIMIT_EXCEEDED.
        hidden_accounts: Ids of accounts that sharing keeps from the API user, with everything that hangs on them.
        connected_app: Name for which Sforce-Limit-Info tells the per-app usage too.
        session_hours: After so many hours without a call a session expires.
        view_setup: Whether the API user has "View Setup and Configuration"; without it there are no permission sets
            and no Tooling API for it.
        customize_application: Whether the API user has "Customize Application" and "Manage Profiles and Permission
            Sets", and so may make and delete fields, values and permission sets.
    """

    missing_objects: frozenset[str] = frozenset()
    hidden_fields: frozenset[str] = frozenset()
    not_createable_fields: frozenset[str] = frozenset()
    not_updateable_fields: frozenset[str] = frozenset()
    key_field_exists: bool = True
    key_field_unique: bool = True
    page_size: int | None = None
    daily_limit: int = 100_000
    hidden_accounts: frozenset[str] = frozenset()
    connected_app: str | None = None
    session_hours: float = 2.0
    view_setup: bool = True
    customize_application: bool = True

    def __post_init__(self) -> None:
        if self.page_size is not None and self.page_size < 1:
            msg = "page_size must be at least 1"
            raise ValueError(msg)


class Catalogue:
    """Objects by name; the names' case does not matter, as in Salesforce."""

    def __init__(self, objects: Iterable[SObject]) -> None:
        self._by_name = {each.name.lower(): each for each in objects}
        self._by_prefix = {each.key_prefix: each for each in self._by_name.values()}

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_name.values())

    def find(self, name: str) -> SObject | None:
        """Return the object of an API name; None when there is none."""
        return self._by_name.get(name.lower())

    def __getitem__(self, name: str) -> SObject:
        return self._by_name[name.lower()]

    def of_id(self, record_id: str) -> SObject | None:
        """Return the object whose records' ids begin as this one does."""
        return self._by_prefix.get(record_id[:3])

    def with_field(self, object_name: str, new: Field) -> Catalogue:
        """Return a catalogue in which an object has a field, in place of the one that had its name."""

        def changed(each: SObject) -> SObject:
            if each.field(new.name) is None:
                return replace(each, fields=(*each.fields, new))
            return replace(each, fields=tuple(new if old.name == new.name else old for old in each.fields))

        return Catalogue(changed(each) if each.name == object_name else each for each in self)

    def without_field(self, object_name: str, name: str) -> Catalogue:
        """Return a catalogue in which an object has not got a field."""
        return Catalogue(
            replace(each, fields=tuple(field for field in each.fields if field.name != name))
            if each.name == object_name
            else each
            for each in self
        )

    def with_object(self, new: SObject) -> Catalogue:
        """Return a catalogue with one more object."""
        return Catalogue([*self._by_name.values(), new])

    def seen_by_api(
        self,
        switches: Switches,
        version: float = 999.0,
        *,
        hidden: frozenset[str] = frozenset(),
        locked: frozenset[str] = frozenset(),
    ) -> Catalogue:
        """Return what the API user sees of this catalogue with a version of the API.

        Args:
            switches: How the org is set up.
            version: Of the API.
            hidden: Fields (`Object.Field`) that no permission set opens to the user, beside those of the switches.
            locked: Fields that no permission set lets the user edit, beside those of the switches.
        """
        missing = {name.lower() for name in switches.missing_objects}
        if not switches.view_setup:
            missing |= {each.name.lower() for each in SECURITY_OBJECTS}
        switches = replace(
            switches,
            hidden_fields=switches.hidden_fields | hidden,
            not_createable_fields=switches.not_createable_fields | locked,
            not_updateable_fields=switches.not_updateable_fields | locked,
        )
        return Catalogue(
            _seen_by_api(each, switches, version)
            for each in self._by_name.values()
            if each.name.lower() not in missing and each.since <= version
        )

    def check(self, switches: Switches) -> None:
        """Raise ValueError when switches name an object or field that this catalogue does not have."""
        for name in switches.missing_objects:
            if self.find(name) is None:
                msg = f"no object {name} to be missing"
                raise ValueError(msg)
        for path in switches.hidden_fields | switches.not_createable_fields | switches.not_updateable_fields:
            object_name, _, field_name = path.partition(".")
            found = self.find(object_name)
            if found is None or found.field(field_name) is None:
                msg = f"no field {path} to be switched; write it as Object.Field"
                raise ValueError(msg)


def _matcher(paths: frozenset[str], object_name: str) -> Callable[[Field], bool]:
    names = {path.lower() for path in paths}
    twin = _SAME_FIELD_ON.get(object_name)

    def matches(each: Field) -> bool:
        if f"{object_name}.{each.name}".lower() in names:
            return True
        return twin is not None and each.custom and f"{twin}.{each.name}".lower() in names

    return matches


def _seen_by_api(whole: SObject, switches: Switches, version: float) -> SObject:
    hidden = _matcher(switches.hidden_fields, whole.name)
    not_createable = _matcher(switches.not_createable_fields, whole.name)
    not_updateable = _matcher(switches.not_updateable_fields, whole.name)
    fields: list[Field] = []
    for each in whole.fields:
        seen = each
        if each.since > version or hidden(each) or (each.name == KEY_FIELD and not switches.key_field_exists):
            continue
        if each.name == KEY_FIELD and not switches.key_field_unique:
            seen = replace(seen, unique=False)
        if not_createable(each):
            seen = replace(seen, createable=False)
        if not_updateable(each):
            seen = replace(seen, updateable=False)
        fields.append(seen)
    if whole in SECURITY_OBJECTS and not switches.customize_application:
        return replace(whole, fields=tuple(fields), createable=False, updateable=False, deletable=False)
    return replace(whole, fields=tuple(fields))
