"""The portal's properties and property groups: kept in the database, validating what is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from kam_sync_hubspot.local_crm.database import Database
from kam_sync_hubspot.local_crm.definitions import GROUPS, PropertyDefinition
from kam_sync_hubspot.local_crm.errors import conflict, invalid, invalid_properties, not_found, not_served
from kam_sync_hubspot.local_crm.objects import DEFAULT_PROPERTIES, ObjectType
from kam_sync_hubspot.local_crm.portal_properties import bare_properties, portal_properties
from kam_sync_hubspot.local_crm.values import InvalidValueError, normalise


class Catalogue:
    """What properties there are. Definitions are few and also kept in memory."""

    def __init__(self, database: Database, portal_id: int, *, bare: bool = False) -> None:
        self._database = database
        self._portal_id = portal_id
        self._archived: dict[ObjectType, dict[str, PropertyDefinition]] = {each: {} for each in ObjectType}
        self._definitions: dict[ObjectType, dict[str, PropertyDefinition]] = {each: {} for each in ObjectType}
        if database.fact("properties") is None:
            self._seed(bare=bare)
        self.reload()

    def reload(self) -> None:
        """Read the definitions anew, after a transaction that changed some was rolled back."""
        for definitions in (*self._definitions.values(), *self._archived.values()):
            definitions.clear()
        rows = self._database.connection.execute("SELECT type, definition FROM property_definitions ORDER BY rowid")
        for number, text in rows:
            definition = PropertyDefinition.model_validate_json(text)
            kept = self._archived if definition.archived else self._definitions
            kept[ObjectType(number)][definition.name] = definition

    def _seed(self, *, bare: bool) -> None:
        with self._database.transaction():
            for object_type in ObjectType:
                if bare and object_type.is_custom:
                    continue
                for definition in bare_properties(object_type) if bare else portal_properties(object_type):
                    self._insert(object_type, definition)
                groups = list(GROUPS[object_type].items())
                for name, label in groups[:1] if bare else groups:
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

    def archived(self, object_type: ObjectType) -> Mapping[str, PropertyDefinition]:
        """Return the archived properties of an object type by name."""
        return self._archived[object_type]

    def add(self, object_type: ObjectType, definition: PropertyDefinition) -> None:
        """Add a property; refuses a name that is taken (409) and a group that does not exist (400).

        A property takes the place of an archived one of its name; the values that records kept are served again.
        """
        if definition.name in self._definitions[object_type]:
            raise conflict(f"A property named '{definition.name}' already exists.")
        self._check_group(object_type, definition)
        if self._archived[object_type].pop(definition.name, None) is not None:
            self._database.connection.execute(
                "DELETE FROM property_definitions WHERE type = ? AND name = ?", (object_type, definition.name)
            )
        self._insert(object_type, definition)
        self._definitions[object_type][definition.name] = definition

    def _check_group(self, object_type: ObjectType, definition: PropertyDefinition) -> None:
        if definition.group_name not in self.groups(object_type):
            raise invalid(f"The property group {definition.group_name} does not exist.")

    def change(self, object_type: ObjectType, definition: PropertyDefinition) -> None:
        """Change a property as its API does: not HubSpot's own (400), nor into a group that does not exist (400)."""
        if self.definition(object_type, definition.name).modification_metadata.read_only_definition:
            raise invalid(f"The definition of {definition.name} is read only.")
        self._check_group(object_type, definition)
        self.redefine(object_type, definition)

    def archive(self, object_type: ObjectType, name: str, at: str) -> None:
        """Archive a property; refuses HubSpot's own (400). What records hold in it is kept, and no longer served."""
        found = self.definition(object_type, name)
        if not found.modification_metadata.archivable:
            raise invalid(f"The property {name} cannot be archived.")
        archived = found.model_copy(update={"archived": True, "archived_at": at})
        self.redefine(object_type, archived)
        del self._definitions[object_type][name]
        self._archived[object_type][name] = archived

    def restore(self, object_type: ObjectType, name: str) -> None:
        """Restore an archived property as an administrator would, with its values; raises KeyError where none is."""
        restored = self._archived[object_type][name].model_copy(update={"archived": False, "archived_at": None})
        self._definitions[object_type][name] = restored
        self.redefine(object_type, restored)
        del self._archived[object_type][name]

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

    def rename_group(self, object_type: ObjectType, name: str, label: str) -> None:
        """Give a property group another label."""
        self._database.connection.execute(
            "UPDATE property_groups SET label = ? WHERE type = ? AND name = ?", (label, object_type, name)
        )

    def drop_group(self, object_type: ObjectType, name: str) -> None:
        """Remove a property group; refuses one that holds properties (400)."""
        if any(each.group_name == name for each in self._definitions[object_type].values()):
            raise invalid(f"The property group {name} still has properties.")
        self._database.connection.execute(
            "DELETE FROM property_groups WHERE type = ? AND name = ?", (object_type, name)
        )

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
