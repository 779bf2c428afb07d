"""The messages that users may meet, read from the code: what is raised, refused, or found to be set up."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kam_sync import errors
from support_markdown import ROOT

HOLE = "…"
"""What stands in a message for what is known only when it is said."""
EXPLAINED = frozenset(
    {
        "AuthError",
        "ConfigError",
        "LeaseHeldError",
        "PermissionDeniedError",
        "PluginError",
        "QuotaExhaustedError",
        "RefusedError",
        "Refusal",
        "StoreError",
    }
)
"""What a user must do something about; the others say to run again."""
_NOT_FOR_USERS = ("local_crm", "testing", "demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: what is raised with it, its text with holes, and where it stands."""

    of: str
    text: str
    place: str


def messages() -> Iterator[Message]:
    """Yield every literal message of core, connectors and rules."""
    for folder in ("src", "connectors", "rules"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not set(path.parts) & set(_NOT_FOR_USERS):
                yield from _of_module(path)


def _of_module(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tables = {
        target.id: _values(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (found := _said(node)) is not None:
            of, said = found
            for text in _texts(said, tables):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield Message(of=of, text=text.replace("`", ""), place=place)


_ERRORS = frozenset(name for name, _class in inspect.getmembers(errors, inspect.isclass) if name.endswith("Error"))


def _said(call: ast.Call) -> tuple[str, ast.expr] | None:
    """Return what a call makes and the expression that says its message; None for any other call."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=[said, *_]) if name in _ERRORS:
            return name, said
        case ast.Call(func=ast.Attribute(attr="error"), args=[_, said]):
            return "ConfigError", said  # kam_sync.config.document.Document.error
        case ast.Call(func=ast.Name(id="Refusal" | "SetupFinding" as name), keywords=keywords):
            wanted = {"Refusal": "reason", "SetupFinding": "problem"}[name]
            return next(((name, each.value) for each in keywords if each.arg == wanted), None)
        case _:
            return None


def _values(table: ast.Dict) -> list[str]:
    return [each.value for each in table.values if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _texts(said: ast.expr, tables: Mapping[str, list[str]]) -> list[str]:
    """Return what an expression may say; nothing where all of it is known only when it is said."""
    match said:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            texts = [""]
            for part in parts:
                texts = [text + more for text in texts for more in _part(part, tables)]
            return [text for text in texts if text.strip(HOLE + " :.;")]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, tables), *_texts(orelse, tables)]
        case _:
            return []


def _part(part: ast.expr, tables: Mapping[str, list[str]]) -> list[str]:
    match part:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.FormattedValue(value=ast.Subscript(value=ast.Name(id=name))) if name in tables:
            return tables[name]
        case ast.FormattedValue(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, *default])
        ) if name in tables:
            return [*tables[name], *(text for each in default for text in _texts(each, tables))]
        case _:
            return [HOLE]
