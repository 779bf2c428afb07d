"""The part of SOQL that the local Salesforce understands, as a tree; what it does not know it refuses by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from kam_sync_salesforce.local_crm._errors import not_served
from kam_sync_salesforce.local_crm._soql_tokens import Token, TokenKind, fail, tokenize

_OPERATORS: Final = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NOT_SERVED_CLAUSES: Final = ("USING", "WITH", "GROUP", "HAVING", "FOR", "UPDATE")
_CLAUSES: Final = frozenset({"WHERE", "ORDER", "LIMIT", "OFFSET", "ALL", *_NOT_SERVED_CLAUSES})
_DATE_LITERAL: Final = re.compile(r"today|tomorrow|yesterday|(?:last|this|next)_[a-z0-9_]+|n_[a-z_]+_ago")
_DEEPEST: Final = 100
"""Conditions nested deeper than this are refused; Salesforce calls such a query too complicated."""
_LARGEST_OFFSET: Final = 2_000
"""Salesforce's limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A field, possibly of a parent: `Account.Name`."""

    names: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value of a query; `kind` is null, boolean, string, number, date or datetime."""

    kind: str
    text: str
    pattern: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A field against one value; the operator is =, !=, <, <=, >, >= or LIKE."""

    path: Path
    operator: str
    literal: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A field against several values; the operator is IN, NOT IN, INCLUDES or EXCLUDES."""

    path: Path
    operator: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SemiJoin:
    """A field against the results of a query; `negated` makes it an anti-join."""

    path: Path
    query: Query
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """Conditions joined by AND or OR."""

    operator: str
    conditions: tuple[Condition, ...]
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """The opposite of a condition."""

    condition: Condition


Condition = Comparison | Membership | SemiJoin | Junction | Negation


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """One field of ORDER BY; nulls come first unless the query says otherwise."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query; `count` is SELECT COUNT()."""

    select: tuple[Path, ...]
    count: bool
    object_name: str
    object_position: int
    alias: str | None
    where: Condition | None
    ordering: tuple[Ordering, ...]
    limit: int | None
    offset: int


def parse(soql: str) -> Query:
    """Return the tree of a query; raises ApiError MALFORMED_QUERY, or 501 for SOQL that is not served here."""
    parser = _Parser(soql)
    query = parser.query()
    parser.expect_end()
    return query


class _Parser:
    def __init__(self, soql: str) -> None:
        self._soql = soql
        self._tokens = tokenize(soql)
        self._next = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._token
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def _unexpected(self, token: Token | None = None) -> NoReturn:
        found = token or self._token
        fail(self._soql, found.position, f"unexpected token: '{found.text}'")

    def _is_word(self, word: str) -> bool:
        return self._token.kind is TokenKind.NAME and self._token.text.upper() == word

    def _is_sign(self, sign: str) -> bool:
        return self._token.kind is TokenKind.SIGN and self._token.text == sign

    def _take_word(self, word: str) -> bool:
        taken = self._is_word(word)
        if taken:
            self._next += 1
        return taken

    def _take_sign(self, sign: str) -> bool:
        taken = self._is_sign(sign)
        if taken:
            self._next += 1
        return taken

    def _need_word(self, word: str) -> None:
        if not self._take_word(word):
            self._unexpected()

    def _need_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            self._unexpected()

    def expect_end(self) -> None:
        if self._is_word("ALL"):
            fail(self._soql, self._token.position, "ALL ROWS not allowed in this context")
        for clause in _NOT_SERVED_CLAUSES:
            if self._is_word(clause):
                raise not_served(f"SOQL {clause}")
        if self._token.kind is not TokenKind.END:
            self._unexpected()

    def query(self) -> Query:
        self._need_word("SELECT")
        select, count = self._select()
        self._need_word("FROM")
        named = self._path()
        if len(named.names) > 1:
            fail(self._soql, named.position, f"unexpected token: '{'.'.join(named.names)}'")
        alias = self._alias()
        where = self._disjunction() if self._take_word("WHERE") else None
        ordering = self._ordering() if self._take_word("ORDER") else ()
        limit = self._whole_number() if self._take_word("LIMIT") else None
        offset = self._offset() if self._take_word("OFFSET") else 0
        return Query(
            select=select,
            count=count,
            object_name=named.names[0],
            object_position=named.position,
            alias=alias,
            where=where,
            ordering=ordering,
            limit=limit,
            offset=offset,
        )

    def _select(self) -> tuple[tuple[Path, ...], bool]:
        if self._is_word("COUNT") and self._tokens[self._next + 1].text == "(":
            self._next += 2
            if not self._is_sign(")"):
                raise not_served("SOQL aggregates other than COUNT()")
            self._next += 1
            return (), True
        paths = [self._selected()]
        while self._take_sign(","):
            paths.append(self._selected())
        return tuple(paths), False

    def _selected(self) -> Path:
        if self._is_sign("("):
            raise not_served("SOQL child subqueries")
        if self._is_word("TYPEOF"):
            raise not_served("SOQL TYPEOF")
        if self._is_word("FROM"):
            self._unexpected()
        path = self._path()
        if self._is_sign("("):
            raise not_served(f"the SOQL function {'.'.join(path.names)}()")
        return path

    def _path(self) -> Path:
        if self._token.kind is not TokenKind.NAME:
            self._unexpected()
        token = self._advance()
        return Path(names=tuple(token.text.split(".")), position=token.position)

    def _alias(self) -> str | None:
        self._take_word("AS")
        if self._token.kind is not TokenKind.NAME or self._token.text.upper() in _CLAUSES:
            return None
        return self._advance().text

    def _disjunction(self) -> Condition:
        """Read conditions joined by AND or by OR; both in one level need parentheses, as in Salesforce."""
        conditions = [self._condition()]
        operator: str | None = None
        position = self._token.position
        while self._is_word("AND") or self._is_word("OR"):
            word = self._token.text.upper()
            if operator not in {None, word}:
                self._unexpected()
            operator = word
            self._next += 1
            conditions.append(self._condition())
        if operator is None:
            return conditions[0]
        return Junction(operator=operator, conditions=tuple(conditions), position=position)

    def _condition(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            fail(self._soql, self._token.position, "The query is nested too deeply", "QUERY_TOO_COMPLICATED")
        condition = self._bare_condition()
        self._depth -= 1
        return condition

    def _bare_condition(self) -> Condition:
        if self._take_word("NOT"):
            return Negation(condition=self._condition())
        if self._take_sign("("):
            inner = self._disjunction()
            self._need_sign(")")
            return inner
        path = self._path()
        if self._is_sign("("):
            raise not_served(f"the SOQL function {'.'.join(path.names)}()")
        return self._tested(path)

    def _tested(self, path: Path) -> Condition:
        token = self._advance()
        word = token.text.upper()
        if token.kind is TokenKind.SIGN and token.text in _OPERATORS:
            return Comparison(path=path, operator=_OPERATORS[token.text], literal=self._literal())
        if token.kind is not TokenKind.NAME:
            self._unexpected(token)
        if word == "LIKE":
            return Comparison(path=path, operator="LIKE", literal=self._literal())
        if word == "NOT":
            self._need_word("IN")
            return self._in(path, negated=True)
        if word == "IN":
            return self._in(path, negated=False)
        if word not in {"INCLUDES", "EXCLUDES"}:
            self._unexpected(token)
        self._need_sign("(")
        return Membership(path=path, operator=word, literals=self._literals())

    def _in(self, path: Path, *, negated: bool) -> Condition:
        self._need_sign("(")
        if self._is_word("SELECT"):
            query = self.query()
            self._need_sign(")")
            return SemiJoin(path=path, query=query, negated=negated)
        return Membership(path=path, operator="NOT IN" if negated else "IN", literals=self._literals())

    def _literals(self) -> tuple[Literal, ...]:
        literals = [self._literal()]
        while self._take_sign(","):
            literals.append(self._literal())
        self._need_sign(")")
        return tuple(literals)

    def _literal(self) -> Literal:
        token = self._advance()
        kind = str(token.kind)
        if token.kind is TokenKind.NAME:
            word = token.text.lower()
            if word not in {"null", "true", "false"}:
                if self._is_sign(":") or _DATE_LITERAL.fullmatch(word):
                    raise not_served(f"the SOQL date literal {token.text}")
                self._unexpected(token)
            kind = "null" if word == "null" else "boolean"
            return Literal(kind=kind, text=word, pattern="", position=token.position)
        if token.kind is TokenKind.SIGN and token.text == ":":
            fail(self._soql, token.position, "Bind variables only allowed in Apex code")
        if token.kind in {TokenKind.SIGN, TokenKind.END}:
            self._unexpected(token)
        return Literal(kind=kind, text=token.text, pattern=token.pattern, position=token.position)

    def _ordering(self) -> tuple[Ordering, ...]:
        self._need_word("BY")
        orderings = [self._ordered()]
        while self._take_sign(","):
            orderings.append(self._ordered())
        return tuple(orderings)

    def _ordered(self) -> Ordering:
        path = self._path()
        descending = self._take_word("DESC")
        if not descending:
            self._take_word("ASC")
        nulls_last = False
        if self._take_word("NULLS"):
            nulls_last = self._take_word("LAST")
            if not nulls_last:
                self._need_word("FIRST")
        return Ordering(path=path, descending=descending, nulls_last=nulls_last)

    def _whole_number(self) -> int:
        token = self._advance()
        if token.kind is not TokenKind.NUMBER or not token.text.isdigit():
            self._unexpected(token)
        return int(token.text)

    def _offset(self) -> int:
        position = self._token.position
        number = self._whole_number()
        if number > _LARGEST_OFFSET:
            message = f"Maximum SOQL offset allowed is {_LARGEST_OFFSET}"
            fail(self._soql, position, message, "NUMBER_OUTSIDE_VALID_RANGE")
        return number
