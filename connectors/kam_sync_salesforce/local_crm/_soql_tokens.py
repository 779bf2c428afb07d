"""Cutting a SOQL text into tokens, and the error messages that point into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn

from kam_sync_salesforce.local_crm._errors import ApiError
from kam_sync_salesforce.local_crm._moments import parse_date, parse_moment, stamp

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2}))
    |(?P<date>\d{4}-\d{2}-\d{2}(?![\dT]))
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?![\w-]))
    |(?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<sign><=|>=|!=|<>|[=<>(),:])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_LONGEST_STRING: Final = 4_000
"""Salesforce's limit for a string of a WHERE clause, in characters."""


class TokenKind(StrEnum):
    """What a token is."""

    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token: `text` is as written, except that a string has lost its quotes and escapes.

    `pattern` is a string as LIKE reads it: `%` and `_` that were escaped still are.
    """

    kind: TokenKind
    text: str
    position: int
    pattern: str = ""


def fail(soql: str, position: int, message: str, code: str = "MALFORMED_QUERY") -> NoReturn:
    """Raise the error that points at a place of the query, as Salesforce words it."""
    start = max(0, position - 40)
    shown = soql[start : position + 40].replace("\n", " ")
    pointer = " " * (position - start) + "^"
    line = soql.count("\n", 0, position) + 1
    column = position - (soql.rfind("\n", 0, position) + 1) + 1
    raise ApiError(400, code, f"\n{shown}\n{pointer}\nERROR at Row:{line}:Column:{column}\n{message}")


def tokenize(soql: str) -> list[Token]:
    """Return the tokens of a query, an END token last; raises MALFORMED_QUERY."""
    tokens: list[Token] = []
    position = 0
    while position < len(soql):
        match = _TOKEN.match(soql, position)
        if match is None or match.lastgroup is None:
            fail(soql, position, _complaint(soql, position))
        if match.lastgroup != "space":
            tokens.append(_token(soql, TokenKind(match.lastgroup), match.group(), position))
        position = match.end()
    tokens.append(Token(kind=TokenKind.END, text="<EOF>", position=len(soql)))
    return tokens


def _complaint(soql: str, position: int) -> str:
    if soql[position] == "'":
        return "line breaks not allowed in string literals" if "\n" in soql[position:] else "missing closing quote"
    word = re.split(r"[\s,()]", soql[position:], maxsplit=1)[0] or soql[position]
    return f"unexpected token: '{word}'"


def _token(soql: str, kind: TokenKind, text: str, position: int) -> Token:
    if kind is TokenKind.STRING:
        inner = text[1:-1]
        if len(inner) > _LONGEST_STRING:
            fail(soql, position, f"a string of a WHERE clause has more than {_LONGEST_STRING:,} characters")
        plain = _ESCAPE.sub(lambda match: _unescape(soql, position, match[1], for_like=False), inner)
        pattern = _ESCAPE.sub(lambda match: _unescape(soql, position, match[1], for_like=True), inner)
        return Token(kind=kind, text=plain, position=position, pattern=pattern)
    if kind is TokenKind.DATE and parse_date(text) is None:
        fail(soql, position, f"Invalid date: {text}", "INVALID_QUERY_FILTER_OPERATOR")
    if kind is TokenKind.DATETIME:
        moment = parse_moment(text)
        if moment is None:
            fail(soql, position, f"Invalid datetime: {text}", "INVALID_QUERY_FILTER_OPERATOR")
        text = stamp(moment)
    return Token(kind=kind, text=text, position=position)


def _unescape(soql: str, position: int, letter: str, *, for_like: bool) -> str:
    if letter in "%_":
        return f"\\{letter}" if for_like else letter
    if letter not in _ESCAPED:
        fail(soql, position, f"Illegal character sequence '\\{letter}' in string literal")
    plain = _ESCAPED[letter]
    return "\\\\" if for_like and plain == "\\" else plain
