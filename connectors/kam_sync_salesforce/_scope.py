"""The scope: which accounts are judged, as a condition in SOQL and as a test of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync_salesforce import settings
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._queries import Value, any_of, path, quote
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo

_NUMBERS = frozenset({"int", "double", "currency", "percent", "long"})
_MOMENTS = frozenset({"date", "datetime", "time"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Accounts whose `field` has one of `values`; the values are of the field's own type."""

    field: FieldInfo
    values: tuple[Value, ...]

    def where(self, to_account: str = "") -> str:
        """Return the condition; `to_account` is the relationship from the queried object to its account."""
        field = path(to_account, self.field.name)
        if self.field.type == "multipicklist":
            return f"{field} INCLUDES ({', '.join(quote(value) for value in self.values)})"
        return any_of(field, self.values)

    def holds(self, row: Mapping[str, object]) -> bool:
        """Return whether an account's row is in scope, as Salesforce would judge: texts ignore case."""
        found = row.get(self.field.name)
        if self.field.type == "multipicklist":
            chosen = {part.casefold() for part in found.split(";")} if isinstance(found, str) else set()
            return any(str(value).casefold() in chosen for value in self.values)
        if isinstance(found, str):
            return any(isinstance(value, str) and value.casefold() == found.casefold() for value in self.values)
        return found is not None and any(type(value) is not str and value == found for value in self.values)


def resolve_scope(wanted: settings.Scope | None, account: ObjectInfo, notes: Notes) -> Scope | None:
    """Return the scope of an org; None for every account, and also where it cannot be had (noted as blocking)."""
    if wanted is None:
        return None
    field = account.field(wanted.field)
    if field is None:
        problem = f"Account.{wanted.field} does not exist or may not be read, so nobody knows which accounts are meant"
        notes.should_set_up("scope", problem, "correct scope.field or grant read access to it", blocks_apply=True)
        return None
    values = tuple(_typed(value, field) for value in wanted.values)
    usable = tuple(value for value in values if value is not None)
    if not field.filterable or len(usable) < len(values):
        problem = f"scope.values do not fit Account.{field.name}, which is of type {field.type}"
        fix = "give values of that type, or another field: a checkbox, picklist, text or number that can be filtered by"
        notes.should_set_up("scope", problem, fix, blocks_apply=True)
        return None
    _check_picklist(usable, field, notes)
    return Scope(field=field, values=usable)


def _typed(value: bool | float | str, field: FieldInfo) -> Value | None:
    """Return a value of the policy file in the field's type; None where it does not fit."""
    if field.type == "boolean":
        words = {"true": True, "false": False}
        return words.get(value.lower()) if isinstance(value, str) else (value if isinstance(value, bool) else None)
    if field.type in _MOMENTS or isinstance(value, bool):
        return None
    if field.type in _NUMBERS:
        return None if isinstance(value, str) else value
    return str(value)


def _check_picklist(values: tuple[Value, ...], field: FieldInfo, notes: Notes) -> None:
    existing = {value.casefold() for value in field.values}
    absent = [str(value) for value in values if str(value).casefold() not in existing]
    if field.type in {"picklist", "multipicklist"} and existing and absent:
        notes.should_set_up(
            "scope",
            f"Account.{field.name} has no active value {', '.join(absent)}",
            f"use its values: {', '.join(field.values)}",
            blocks_apply=len(absent) == len(values),
        )
