"""From a SOQL tree to one SQL statement over the local tables, by Salesforce's rules of types and nulls.

SOQL knows no third truth value: a comparison with a null field is false, its opposite true. So every condition
here becomes SQL that is never null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from kam_sync_salesforce.local_crm._database import Value
from kam_sync_salesforce.local_crm._derived import archived_sql
from kam_sync_salesforce.local_crm._ids import normalize_id
from kam_sync_salesforce.local_crm._schema import IDS, NUMBERS, FieldType, SObject
from kam_sync_salesforce.local_crm._soql_parser import (
    Comparison,
    Condition,
    Junction,
    Literal,
    Membership,
    Negation,
    Path,
    Query,
    SemiJoin,
)
from kam_sync_salesforce.local_crm._soql_paths import Column, Parameters, Paths, Scope
from kam_sync_salesforce.local_crm._soql_tokens import fail

_MOST_SEMI_JOINS: Final = 2
"""Salesforce's limit in one WHERE."""
_WRONG_LITERAL: Final = (
    "value of filter criterion for field '{name}' must be of type {type} and should {be} enclosed in quotes"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What becomes of a query: parts of SQL that share one set of parameters; `t0` is the object of FROM."""

    root: SObject
    columns: tuple[Column, ...]
    parents: Mapping[tuple[str, ...], tuple[str, str, bool]]
    joins: str
    where: str
    order: str
    limit: int | None
    offset: int
    parameters: Mapping[str, Value]


def compile_query(soql: str, query: Query, scope: Scope) -> Statement:
    """Return the SQL of a query; raises ApiError INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY and others."""
    return _Compiler(soql, query, scope, Parameters(), "t").compile()


class _Compiler:
    def __init__(self, soql: str, query: Query, scope: Scope, parameters: Parameters, prefix: str) -> None:
        self._soql = soql
        self._query = query
        self._scope = scope
        self._parameters = parameters
        self._prefix = prefix
        self._paths = Paths(soql, query, scope, parameters, prefix)

    def compile(self) -> Statement:
        columns: list[Column] = []
        for path in self._query.select:
            column = self._paths.column(path)
            if any(column.names == other.names for other in columns):
                self._paths.invalid_field(path, f"duplicate field selected: {'.'.join(column.names)}")
            columns.append(column)
        where = self._conditions()
        orderings = self._orderings()
        return Statement(
            root=self._paths.root,
            columns=tuple(columns),
            parents=self._paths.parents,
            joins=" ".join(self._paths.joins),
            where=where,
            order=", ".join([*orderings, f"{self._paths.alias}._row"]) if orderings else "",
            limit=self._query.limit,
            offset=self._query.offset,
            parameters=self._parameters.values,
        )

    def _conditions(self) -> str:
        parts = [self._paths.visible(self._paths.root, self._paths.alias)]
        if not self._scope.include_all:
            if self._paths.root.has_recycle_bin:
                parts.append(f'{self._paths.alias}."IsDeleted" = 0')
            archived = archived_sql(self._paths.root.name, self._paths.alias, self._scope.today)
            if archived:
                parts.append(f"NOT {archived}")
        if self._query.where:
            self._check_semi_joins(self._query.where)
            parts.append(self._condition(self._query.where))
        return " AND ".join(part for part in parts if part) or "1"

    def _condition(self, condition: Condition) -> str:
        match condition:
            case Junction():
                return "(" + f" {condition.operator} ".join(map(self._condition, condition.conditions)) + ")"
            case Negation():
                return f"(NOT {self._condition(condition.condition)})"
            case Comparison():
                return self._comparison(condition)
            case Membership():
                return self._membership(condition)
            case SemiJoin():
                return self._semi_join(condition)

    def _filtered(self, path: Path) -> Column:
        column = self._paths.column(path)
        if not column.field.filterable:
            message = f"field '{column.field.name}' can not be filtered in a query call"
            self._paths.invalid_field(path, message)
        return column

    def _comparison(self, condition: Comparison) -> str:
        column = self._filtered(condition.path)
        kind = column.field.type
        if condition.operator == "LIKE":
            if column.field.collation == "" or kind is FieldType.MULTIPICKLIST:
                self._paths.invalid_field(condition.path, f"invalid operator on {kind} field")
            if condition.literal.kind != "string":
                self._wrong_literal(column, condition.literal)
            return f"salesforce_like({self._parameters.bind(condition.literal.pattern)}, {column.sql})"
        value = self._value(column, condition.literal)
        if condition.operator in {"=", "!="}:
            negation = "NOT " if condition.operator == "!=" else ""
            return f"({column.sql} IS {negation}{self._parameters.bind(value)}{column.field.collation})"
        if kind in {FieldType.BOOLEAN, FieldType.MULTIPICKLIST} or value is None:
            self._paths.invalid_field(condition.path, f"invalid operator on {kind} field")
        compared = f"{column.sql} {condition.operator} {self._parameters.bind(value)}{column.field.collation}"
        return f"({compared} AND {column.sql} IS NOT NULL)"

    def _membership(self, condition: Membership) -> str:
        column = self._filtered(condition.path)
        negated = condition.operator in {"NOT IN", "EXCLUDES"}
        multiple = column.field.type is FieldType.MULTIPICKLIST
        if condition.operator in {"INCLUDES", "EXCLUDES"}:
            if not multiple:
                self._paths.invalid_field(condition.path, f"{condition.operator} is only for multi-select picklists")
            inside = " OR ".join(self._includes(column, literal) for literal in condition.literals)
        else:
            if column.field.type is FieldType.BOOLEAN:
                self._paths.invalid_field(condition.path, "invalid operator on boolean field")
            values = [self._value(column, literal) for literal in condition.literals]
            marks = ", ".join(self._parameters.bind(value) for value in values if value is not None)
            inside = (
                f"({column.sql}{column.field.collation} IN ({marks}) AND {column.sql} IS NOT NULL)" if marks else "0"
            )
            if None in values:
                inside += f" OR {column.sql} IS NULL"
        return f"(NOT ({inside}))" if negated else f"({inside})"

    def _includes(self, column: Column, literal: Literal) -> str:
        if literal.kind != "string" or not literal.text:
            self._wrong_literal(column, literal)
        parts = [part.strip().casefold() for part in literal.text.split(";") if part.strip()]
        tests = [
            f"instr(';' || salesforce_fold({column.sql}) || ';', {self._parameters.bind(f';{part};')}) > 0"
            for part in parts
        ]
        return f"({column.sql} IS NOT NULL AND {' AND '.join(tests)})"

    def _semi_join(self, condition: SemiJoin) -> str:
        column = self._filtered(condition.path)
        inner = condition.query
        if (
            column.field.type not in IDS
            or inner.count
            or len(inner.select) != 1
            or inner.ordering
            or inner.limit is not None
        ):
            fail(self._soql, condition.path.position, "a semi-join compares an id field with one id field of a query")
        nested = _Compiler(self._soql, inner, self._scope, self._parameters, f"{self._prefix}s{inner.object_position}x")
        if nested._paths.root.name == self._paths.root.name:
            message = "The inner and outer selects should not be on the same object type"
            fail(self._soql, inner.object_position, message)
        chosen = nested._paths.column(inner.select[0])
        if chosen.field.type not in IDS or len(chosen.names) > 1:
            fail(
                self._soql, inner.select[0].position, "the inner select of a semi-join takes one id field of its object"
            )
        where = nested._conditions()
        source = f'FROM "{nested._paths.root.name}" AS {nested._paths.alias} {" ".join(nested._paths.joins)}'
        sql = f"SELECT {chosen.sql} {source} WHERE {where}"
        inside = f"({column.sql} IN ({sql} AND {chosen.sql} IS NOT NULL) AND {column.sql} IS NOT NULL)"
        return f"(NOT {inside})" if condition.negated else inside

    def _check_semi_joins(self, where: Condition) -> None:
        top: Sequence[Condition] = [where]
        if isinstance(where, Junction):
            top = where.conditions
            if where.operator == "OR" and any(isinstance(each, SemiJoin) for each in top):
                fail(self._soql, where.position, "Semi join sub-selects are not allowed with the 'OR' operator")
        if any(_has_semi_join(each) for each in top if not isinstance(each, SemiJoin)):
            message = (
                "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE "
                "expressions."
            )
            fail(self._soql, self._query.object_position, message)
        if sum(isinstance(each, SemiJoin) for each in top) > _MOST_SEMI_JOINS:
            fail(self._soql, self._query.object_position, f"at most {_MOST_SEMI_JOINS} semi-joins are allowed")
        if self._prefix != "t" and _has_semi_join(where):
            fail(self._soql, self._query.object_position, "Nesting of semi join sub-selects is not supported")

    def _value(self, column: Column, literal: Literal) -> Value:
        kind = column.field.type
        if literal.kind == "null":
            if kind is FieldType.BOOLEAN:
                self._wrong_literal(column, literal)
            return None
        expected = _literal_kind(kind)
        if literal.kind != expected:
            self._wrong_literal(column, literal)
        if expected == "boolean":
            return int(literal.text == "true")
        if expected == "number":
            return float(literal.text)
        if kind in IDS:
            found = normalize_id(literal.text)
            if found is None:
                fail(self._soql, literal.position, f"invalid ID field: {literal.text}", "INVALID_QUERY_FILTER_OPERATOR")
            return found
        return literal.text or None

    def _wrong_literal(self, column: Column, literal: Literal) -> NoReturn:
        expected = _literal_kind(column.field.type)
        be = "be" if expected == "string" else "not be"
        message = _WRONG_LITERAL.format(name=column.field.name, type=column.field.type, be=be)
        fail(self._soql, literal.position, message, "INVALID_FIELD")

    def _orderings(self) -> list[str]:
        parts: list[str] = []
        for each in self._query.ordering:
            column = self._paths.column(each.path)
            if not column.field.sortable:
                self._paths.invalid_field(each.path, f"field '{column.field.name}' can not be sorted in a query call")
            direction = "DESC" if each.descending else "ASC"
            nulls = "LAST" if each.nulls_last else "FIRST"
            parts.append(f"{column.sql}{column.field.collation} {direction} NULLS {nulls}")
        return parts


def _has_semi_join(condition: Condition) -> bool:
    match condition:
        case Junction():
            return any(map(_has_semi_join, condition.conditions))
        case Negation():
            return _has_semi_join(condition.condition)
        case SemiJoin():
            return True
        case Comparison() | Membership():
            return False


def _literal_kind(kind: FieldType) -> str:
    if kind is FieldType.BOOLEAN:
        return "boolean"
    if kind in NUMBERS:
        return "number"
    return str(kind) if kind in {FieldType.DATE, FieldType.DATETIME} else "string"
