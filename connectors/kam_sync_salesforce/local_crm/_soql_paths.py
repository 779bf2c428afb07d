"""From the paths of a SOQL query to SQL expressions: fields, parents, and references to any of several objects."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, NoReturn

from kam_sync_salesforce.local_crm._catalogue import Catalogue
from kam_sync_salesforce.local_crm._database import Value
from kam_sync_salesforce.local_crm._derived import archived_sql
from kam_sync_salesforce.local_crm._schema import Field, FieldType, SObject
from kam_sync_salesforce.local_crm._sharing import account_sql
from kam_sync_salesforce.local_crm._soql_parser import Path, Query
from kam_sync_salesforce.local_crm._soql_tokens import fail

_NAME_FIELDS: Final = frozenset({"name", "firstname", "lastname", "email", "isactive", "username", "title", "phone"})
"""The fields that a polymorphic reference (Salesforce's object Name) lets a query read, besides Id and Type."""
_DEEPEST_PATH: Final = 5
"""Salesforce's limit of relationships in one path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A path of the query as SQL: `names` are the canonical names, `field` says what it holds."""

    names: tuple[str, ...]
    sql: str
    field: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a query may see.

    Args:
        view: The objects and fields there are for the API user.
        hidden_accounts: Ids of accounts that are kept from the API user.
        include_all: Whether deleted and archived records are seen, as queryAll does.
        today: The day from which archiving counts.
    """

    view: Catalogue
    hidden_accounts: frozenset[str]
    include_all: bool
    today: dt.date


class Parameters:
    """The values of a statement; none of them is ever written into SQL."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}

    def bind(self, value: Value) -> str:
        """Keep a value and return the mark that stands for it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def _root(soql: str, query: Query, scope: Scope) -> SObject:
    found = scope.view.find(query.object_name)
    if found is None:
        message = (
            f"sObject type '{query.object_name}' is not supported. If you are attempting to use a custom object, be "
            "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names."
        )
        fail(soql, query.object_position, message, "INVALID_TYPE")
    return found


class Paths:
    """Resolves the paths of one query and collects the joins that they need.

    `parents` maps a chain of relationships to SQL for (id of the parent, name of its object, polymorphic or not).

    Args:
        soql: The text, for error messages.
        query: The query whose paths are resolved.
        scope: What it may see.
        parameters: Where values go.
        prefix: What the aliases of its tables begin with.
    """

    def __init__(self, soql: str, query: Query, scope: Scope, parameters: Parameters, prefix: str) -> None:
        self._soql = soql
        self._query = query
        self._scope = scope
        self._parameters = parameters
        self._prefix = prefix
        self.root = _root(soql, query, scope)
        self.alias = f"{prefix}0"
        self.joins: list[str] = []
        self.parents: dict[tuple[str, ...], tuple[str, str, bool]] = {}
        self._joined: dict[tuple[str, ...], tuple[str, SObject]] = {(): (self.alias, self.root)}

    def visible(self, each: SObject, alias: str) -> str:
        """Return the SQL condition that sharing lets the API user see a record; empty when it always does."""
        if not self._scope.hidden_accounts:
            return ""
        account = account_sql(each.name, alias)
        if account is None:
            return ""
        marks = ", ".join(self._parameters.bind(hidden) for hidden in sorted(self._scope.hidden_accounts))
        return f"({account} IS NULL OR {account} NOT IN ({marks}))"

    def column(self, path: Path) -> Column:
        """Return a path as SQL; raises ApiError INVALID_FIELD."""
        names = list(path.names)
        own_names = {self.root.name.lower(), (self._query.alias or "").lower()}
        if len(names) > 1 and names[0].lower() in own_names and not self.root.relationship(names[0]):
            del names[0]
        if len(names) - 1 > _DEEPEST_PATH:
            self.invalid_field(path, f"a path has more than {_DEEPEST_PATH} relationships")
        chain: tuple[str, ...] = ()
        for name in names[:-1]:
            alias, holder = self._joined[chain]
            reference = holder.relationship(name)
            if reference is None or reference.relationship is None:
                message = (
                    f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
                    "relationship, be sure to append the '__r' after the custom relationship name. Please reference "
                    "your WSDL or the describe call for the appropriate names."
                )
                self.invalid_field(path, message)
            chain = (*chain, reference.relationship)
            if reference.polymorphic:
                if len(chain) != len(names) - 1:
                    self._unknown_column(path, names[len(chain)], "Name")
                return self._of_any(path, alias, reference, chain, names[-1])
            self._join(chain, alias, reference)
        alias, holder = self._joined[chain]
        found = holder.field(names[-1])
        if found is None:
            self._unknown_column(path, names[-1], holder.name)
        sql = f'{alias}."{found.name}"'
        if found.name == "IsArchived":
            sql = archived_sql(holder.name, alias, self._scope.today) or "0"
        return Column(names=(*chain, found.name), sql=sql, field=found)

    def _join(self, chain: tuple[str, ...], alias: str, reference: Field) -> None:
        if chain in self._joined:
            return
        target = self._scope.view.find(reference.reference_to[0])
        if target is None:
            message = f"sObject type '{reference.reference_to[0]}' is not supported."
            fail(self._soql, self._query.object_position, message, "INVALID_FIELD")
        joined = f"{self._prefix}{len(self._joined)}"
        visible = self.visible(target, joined)
        condition = f'{joined}."Id" = {alias}."{reference.name}"' + (f" AND {visible}" if visible else "")
        self.joins.append(f'LEFT JOIN "{target.name}" AS {joined} ON {condition}')
        self._joined[chain] = (joined, target)
        self.parents[chain] = (f'{joined}."Id"', f"'{target.name}'", False)

    def _of_any(self, path: Path, alias: str, reference: Field, chain: tuple[str, ...], name: str) -> Column:
        own = f'{alias}."{reference.name}"'
        targets = [found for found in map(self._scope.view.find, reference.reference_to) if found is not None]
        cases = " ".join(f"WHEN '{target.key_prefix}' THEN '{target.name}'" for target in targets)
        kind = f"(CASE substr({own}, 1, 3) {cases} END)" if cases else "NULL"
        self.parents[chain] = (own, kind, True)
        if name.lower() == "id":
            return Column(names=(*chain, "Id"), sql=own, field=Field(name="Id", type=FieldType.ID))
        if name.lower() == "type":
            return Column(names=(*chain, "Type"), sql=kind, field=Field(name="Type", type=FieldType.PICKLIST))
        having = [(target, found) for target in targets if (found := target.field(name)) is not None]
        if name.lower() not in _NAME_FIELDS or not having:
            self._unknown_column(path, name, "Name")
        values = [
            f'(SELECT any."{found.name}" FROM "{target.name}" AS any WHERE any."Id" = {own})'  # noqa: S608 - names come from the catalogue
            for target, found in having
        ]
        sql = f"COALESCE({', '.join(values)})" if len(values) > 1 else values[0]
        return Column(names=(*chain, having[0][1].name), sql=sql, field=having[0][1])

    def invalid_field(self, path: Path, message: str) -> NoReturn:
        """Raise the error INVALID_FIELD that points at a path."""
        fail(self._soql, path.position, message, "INVALID_FIELD")

    def _unknown_column(self, path: Path, name: str, object_name: str) -> NoReturn:
        message = (
            f"No such column '{name}' on entity '{object_name}'. If you are attempting to use a custom field, be sure "
            "to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
            "appropriate names."
        )
        self.invalid_field(path, message)
