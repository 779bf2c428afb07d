"""Creating, changing and deleting records by the platform's rules; every refusal is a `RowError`.

Whoever writes, the API user or a person, goes through `Writer`; only loading a portfolio goes around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync_salesforce.local_crm import _cascade, _security
from kam_sync_salesforce.local_crm._catalogue import Catalogue
from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._derived import Act, Record, complete, refresh_last_activity
from kam_sync_salesforce.local_crm._errors import ApiError, RowError
from kam_sync_salesforce.local_crm._ids import normalize_id
from kam_sync_salesforce.local_crm._relations import follow, stamps
from kam_sync_salesforce.local_crm._schema import Field, FieldType, SObject
from kam_sync_salesforce.local_crm._sharing import account_sql
from kam_sync_salesforce.local_crm._values import to_column

_ONCE: Final = {
    "AccountTeamMember": ("AccountId", "UserId"),
    "OpportunityTeamMember": ("OpportunityId", "UserId"),
    "AccountContactRelation": ("AccountId", "ContactId"),
}
"""Object → the fields in which no two of its records agree: of what, and who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes for one actor at one moment.

    Args:
        db: The state; every method opens a transaction of its own (or joins the one around it).
        view: The objects and fields that the actor sees.
        act: Who and when.
        by_api: Whether the API user's object permissions hold; people may do everything.
        hidden_accounts: Ids of accounts that the actor may not see, with what hangs on them.
    """

    db: Database
    view: Catalogue
    act: Act
    by_api: bool = False
    hidden_accounts: frozenset[str] = frozenset()

    def create(self, object_name: str, values: Mapping[str, object]) -> str:
        """Create a record and return its id."""
        seen = self._object(object_name)
        if self.by_api and not seen.createable:
            raise RowError("INVALID_TYPE_FOR_OPERATION", f"entity type {seen.name} does not support create")
        whole = self.db.catalogue[seen.name]
        with self.db.transaction():
            given = self._accept(seen, values, creating=True)
            record: Record = {each.name: _default(each, self.act) for each in whole.fields} | given
            self._check(whole, given, record, previous=None)
            _security.check(self.db, whole.name, record)
            record["Id"] = record_id = self.db.new_id(whole.key_prefix)
            record |= stamps(self.act.user_id, self.act.stamp)
            complete(self.db, whole.name, record, None, self.act)
            self.db.insert(whole, record)
            follow(self.db, whole.name, record, None, self.act)
            if whole.name in {"Task", "Event"}:
                refresh_last_activity(self.db, [record], self.act)
        return record_id

    def update(self, object_name: str, record_id: str, values: Mapping[str, object]) -> None:
        """Change fields of a record; the stamps move even when every value was there already."""
        seen = self._object(object_name)
        if self.by_api and not seen.updateable:
            raise RowError("INVALID_TYPE_FOR_OPERATION", f"entity type {seen.name} does not support update")
        whole = self.db.catalogue[seen.name]
        with self.db.transaction():
            previous = self.existing(whole, record_id)
            given = self._accept(seen, values, creating=False)
            record: Record = previous | given
            self._check(whole, given, record, previous=previous)
            _security.check(self.db, whole.name, record)
            record["LastModifiedDate"] = record["SystemModstamp"] = self.act.stamp
            record["LastModifiedById"] = self.act.user_id
            complete(self.db, whole.name, record, previous, self.act)
            changed = {name: value for name, value in record.items() if value != previous[name]}
            if changed:
                self.db.change(whole, str(record["Id"]), changed)
                follow(self.db, whole.name, record, previous, self.act)
            if whole.name in {"Task", "Event"}:
                refresh_last_activity(self.db, [previous, record], self.act)
            elif whole.name in {"Opportunity", "Contact"} and "AccountId" in changed:
                self._move_activities(record)

    def delete(self, object_name: str, record_id: str) -> None:
        """Delete a record with what hangs on it."""
        seen = self._object(object_name)
        if self.by_api and not seen.deletable:
            raise RowError("INVALID_TYPE_FOR_OPERATION", f"entity type {seen.name} does not support delete")
        whole = self.db.catalogue[seen.name]
        with self.db.transaction():
            record = self.existing(whole, record_id)
            _security.before_delete(self.db, whole.name, record["Id"])
            _cascade.delete(self.db, whole, str(record["Id"]), self.act)

    def upsert(self, object_name: str, key_field: Field, key: str, values: Mapping[str, object]) -> tuple[str, bool]:
        """Update the record that carries a key, or create it; return its id and whether it was created."""
        with self.db.transaction():
            found = self.matching(object_name, key_field, key)
            if len(found) > 1:
                message = f"More than one record found for external id field: [{', '.join(found)}]"
                raise RowError("DUPLICATE_EXTERNAL_ID", message, (key_field.name,))
            if found:
                self.update(object_name, found[0], values)
                return found[0], False
            return self.create(object_name, {**values, key_field.name: key}), True

    def matching(self, object_name: str, key_field: Field, key: str) -> list[str]:
        """Return the ids of the records that carry a key, in any case; deleted ones do not count."""
        found = self.db.rows(
            f'SELECT "Id" FROM "{object_name}" WHERE "{key_field.name}" = ? AND "IsDeleted" = 0 ORDER BY _row',  # noqa: S608 - names come from the catalogue
            (key.strip(),),
        )
        return [str(record_id) for (record_id,) in found]

    def existing(self, whole: SObject, record_id: str) -> Record:
        """Return a record that may be changed."""
        full = normalize_id(record_id)
        if full is None:
            raise RowError("MALFORMED_ID", f"malformed id {record_id}")
        record = self.db.record(whole, full)
        if record is None:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if record.get("IsDeleted"):
            raise RowError("ENTITY_IS_DELETED", "entity is deleted")
        if self._hides(whole, record):
            raise RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
        return record

    def _object(self, name: str) -> SObject:
        found = self.view.find(name)
        if found is None:
            raise RowError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return found

    def _hides(self, whole: SObject, record: Mapping[str, Value]) -> bool:
        account = account_sql(whole.name, "t")
        if not self.hidden_accounts or account is None:
            return False
        found = self.db.row(f'SELECT {account} FROM "{whole.name}" AS t WHERE t."Id" = ?', (record["Id"],))  # noqa: S608 - names come from the catalogue
        return found is not None and found[0] in self.hidden_accounts

    def _accept(self, seen: SObject, values: Mapping[str, object], *, creating: bool) -> Record:
        given: Record = {}
        refused: list[str] = []
        for name, value in values.items():
            if name == "attributes":
                continue
            each = seen.field(name)
            if each is None:
                # Found while the JSON is read, before any record is looked at: the whole request is refused.
                raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {seen.name}")
            if self.by_api and not (each.createable if creating else each.updateable):
                refused.append(each.name)
                continue
            given[each.name] = to_column(each, value)
        if refused:
            message = (
                f"Unable to create/update fields: {', '.join(refused)}. Please check the security settings of this "
                "field and verify that it is read/write for your profile or permission set."
            )
            raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", message, tuple(refused))
        return given

    def _check(self, whole: SObject, given: Record, record: Record, *, previous: Record | None) -> None:
        missing = [
            each.name for each in whole.fields if not each.nillable and each.createable and record[each.name] is None
        ]
        for name in missing:
            each = whole.field(name)
            if name in given and each is not None and each.restricted:
                message = f"{each.label}: bad value for restricted picklist field: null"
                raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (name,))
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise RowError("REQUIRED_FIELD_MISSING", message, tuple(missing))
        for name, value in given.items():
            each = whole.field(name)
            if each is not None and value is not None and (previous is None or previous[name] != value):
                self._check_reference(whole, each, str(value))
                self._check_unique(whole, each, str(value), record)
        if whole.name in _ONCE and previous is None:
            self._check_once(whole.name, record)

    def _check_reference(self, whole: SObject, each: Field, target_id: str) -> None:
        if each.type is not FieldType.REFERENCE:
            return
        target = self.db.catalogue.of_id(target_id)
        if target is None or target.name not in each.reference_to:
            message = f"{each.label}: id value of incorrect type: {target_id}"
            raise RowError("FIELD_INTEGRITY_EXCEPTION", message, (each.name,))
        found = self.db.record(target, target_id)
        if found is None:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (each.name,))
        if found.get("IsDeleted"):
            raise RowError("ENTITY_IS_DELETED", "entity is deleted", (each.name,))
        if self._hides(target, found):
            message = "insufficient access rights on cross-reference id"
            raise RowError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, (each.name,))
        if each.name == "OwnerId" and target.name == "User" and not found["IsActive"]:
            message = f"operation performed with inactive user [{target_id}] as owner of {whole.name.lower()}"
            raise RowError("INACTIVE_OWNER_OR_USER", message)

    def _check_unique(self, whole: SObject, each: Field, value: str, record: Record) -> None:
        seen = self._object(whole.name).field(each.name)
        if seen is None or not seen.unique:
            return
        others = [found for found in self.matching(whole.name, each, value) if found != record["Id"]]
        if others:
            message = f"duplicate value found: {each.name} duplicates value on record with id: {others[0]}"
            raise RowError("DUPLICATE_VALUE", message)

    def _check_once(self, object_name: str, record: Record) -> None:
        of, who = _ONCE[object_name]
        found = self.db.row(
            f'SELECT "Id" FROM "{object_name}" WHERE "{of}" = ? AND "{who}" = ? AND "IsDeleted" = 0',  # noqa: S608 - names of this module
            (record[of], record[who]),
        )
        if found:
            message = f"duplicate value found: {who} duplicates value on record with id: {found[0]}"
            raise RowError("DUPLICATE_VALUE", message)

    def _move_activities(self, record: Record) -> None:
        for activity in ("Task", "Event"):
            self.db.execute(
                f'UPDATE "{activity}" SET "AccountId" = :account, "SystemModstamp" = :at '  # noqa: S608 - names of this module
                'WHERE ("WhatId" = :id OR ("WhoId" = :id AND "WhatId" IS NULL)) AND "IsDeleted" = 0',
                {"account": record["AccountId"], "id": record["Id"], "at": self.act.stamp},
            )


def _default(each: Field, act: Act) -> Value:
    if each.name == "OwnerId":
        return act.user_id
    if isinstance(each.default, bool):
        return int(each.default)
    return each.default
