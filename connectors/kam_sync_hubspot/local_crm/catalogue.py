"""The portal's properties and property groups: kept in the database, validating what is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from kam_sync_hubspot.local_crm.database import Database
from kam_sync_hubspot.local_crm.definitions import GROUPS, PropertyDefinition
from kam_sync_hubspot.local_crm.errors import conflict, invalid, invalid_properties, not_found, not_served
from kam_sync_hubspot.local_crm.objects import DEFAULT_PROPERTIES, ObjectType
from kam_sync_hubspot.local_crm.portal_properties import portal_properties
from kam_sync_hubspot.local_crm.values import InvalidValueError, normalise


class Catalogue:
    """What properties there are. Definitions are few and also kept in memory."""

    def __init__(self, database: Database, portal_id: int) -> None:
        self._database = database
        self._portal_id = portal_id
        self._definitions: dict[ObjectType, dict[str, PropertyDefinition]] = {each: {} for each in ObjectType}
        if database.fact("properties") is None:
            self._seed()
        self.reload()

    def reload(self) -> None:
        """Read the definitions anew, after a transaction that changed some was rolled back."""
        for definitions in self._definitions.values():
            definitions.clear()
        rows = self._database.connection.execute("SELECT type, definition FROM property_definitions ORDER BY rowid")
        for number, text in rows:
            definition = PropertyDefinition.model_validate_json(text)
            self._definitions[ObjectType(number)][definition.name] = definition

    def _seed(self) -> None:
        with self._database.transaction():
            for object_type in ObjectType:
                for definition in portal_properties(object_type):
                    self._insert(object_type, definition)
                for name, label in GROUPS[object_type].items():
                    self.add_group(object_type, name, label)
            self._database.set_fact("properties", "seeded")

    def _insert(self, object_type: ObjectType, definition: PropertyDefinition) -> None:
        self._database.connection.execute(
            "INSERT INTO property_definitions VALUES (?, ?, ?)",
            (object_type, definition.name, json.dumps(definition.as_json(), ensure_ascii=False)),
        )

    def definitions(self, object_type: ObjectType) -> Mapping[str, PropertyDefinition]:
        """Return the properties of an object type by name."""
        return self._definitions[object_type]

    def definition(self, object_type: ObjectType, name: str) -> PropertyDefinition:
        """Return one definition; refuses with 404 where there is none."""
        found = self._definitions[object_type].get(name)
        if found is None:
            raise not_found(f"Property {name} does not exist for {object_type.type_id}")
        return found

    def add(self, object_type: ObjectType, definition: PropertyDefinition) -> None:
        """Add a property; refuses a name that is taken (409) and a group that does not exist (400)."""
        if definition.name in self._definitions[object_type]:
            raise conflict(f"A property named '{definition.name}' already exists.")
        if definition.group_name not in self.groups(object_type):
            raise invalid(f"The property group {definition.group_name} does not exist.")
        self._insert(object_type, definition)
        self._definitions[object_type][definition.name] = definition

    def redefine(self, object_type: ObjectType, definition: PropertyDefinition) -> None:
        """Change a property as an administrator would, such as by giving it more options."""
        self.definition(object_type, definition.name)
        self._database.connection.execute(
            "UPDATE property_definitions SET definition = ? WHERE type = ? AND name = ?",
            (json.dumps(definition.as_json(), ensure_ascii=False), object_type, definition.name),
        )
        self._definitions[object_type][definition.name] = definition

    def drop(self, object_type: ObjectType, name: str) -> None:
        """Remove a property as an administrator would; the values stay but are no longer served."""
        self.definition(object_type, name)
        self._database.connection.execute(
            "DELETE FROM property_definitions WHERE type = ? AND name = ?", (object_type, name)
        )
        del self._definitions[object_type][name]

    def groups(self, object_type: ObjectType) -> Mapping[str, str]:
        """Return the property groups: name → label."""
        rows = self._database.connection.execute(
            "SELECT name, label FROM property_groups WHERE type = ? ORDER BY rowid", (object_type,)
        )
        return dict(rows.fetchall())

    def add_group(self, object_type: ObjectType, name: str, label: str) -> None:
        """Add a property group; refuses a name that is taken (409)."""
        if name in self.groups(object_type):
            raise conflict(f"A property group named '{name}' already exists.")
        self._database.connection.execute("INSERT INTO property_groups VALUES (?, ?, ?)", (object_type, name, label))

    def unique_names(self, object_type: ObjectType) -> tuple[str, ...]:
        """Return the writable properties whose values are unique."""
        return tuple(
            name
            for name, definition in self._definitions[object_type].items()
            if definition.has_unique_value and not definition.modification_metadata.read_only_value
        )

    def answered(
        self, object_type: ObjectType, asked: Iterable[str]
    ) -> Callable[[Mapping[str, str]], dict[str, str | None]]:
        """Return the function that picks from a record's properties what a read answers.

        Unknown names are silently left out, unset ones are null; a read that names nothing gets HubSpot's defaults.
        """
        wanted = list(asked) or list(DEFAULT_PROPERTIES[object_type])
        known = self._definitions[object_type]
        names = [name for name in dict.fromkeys((*wanted, *object_type.always_answered)) if name in known]

        def pick(properties: Mapping[str, str]) -> dict[str, str | None]:
            get = properties.get
            return {name: get(name) for name in names}

        return pick

    def historic(self, object_type: ObjectType, asked: Iterable[str]) -> list[str]:
        """Return the names whose history can be answered, unknown ones left out; refuses what HubSpot calculates."""
        known = self._definitions[object_type]
        names = [name for name in dict.fromkeys(asked) if name in known]
        if calculated := [name for name in names if known[name].calculated]:
            raise not_served(f"the history of {', '.join(calculated)}, which HubSpot calculates")
        return names

    def normalised(
        self, object_type: ObjectType, properties: Mapping[str, str], *, is_active_owner: Callable[[str], bool]
    ) -> dict[str, str]:
        """Return written values as they are stored, empty ones for clearing; refuses with every problem at once."""
        problems: list[tuple[str, str, str]] = []
        accepted: dict[str, str] = {}
        for name, text in properties.items():
            definition = self._definitions[object_type].get(name)
            if definition is None:
                problems.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            elif definition.modification_metadata.read_only_value:
                problems.append(
                    (name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
                )
            else:
                try:
                    accepted[name] = normalise(definition, text, is_active_owner=is_active_owner)
                except InvalidValueError as error:
                    problems.append((name, error.code, str(error)))
        if problems:
            raise invalid_properties(problems, self._portal_id)
        return accepted
