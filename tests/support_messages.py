"""The messages that users may meet, read from the code: what is raised, refused, or found to be set up."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support_markdown import ROOT

HOLE = "…"
"""What stands in a message for what is known only when it is said."""
EXPLAINED = frozenset(
    {
        "AuthError",
        "ConfigError",
        "DeliveryError",
        "LeaseHeldError",
        "Mistake",
        "PermissionDeniedError",
        "PluginError",
        "QuotaExhaustedError",
        "RefusedChangeError",
        "RefusedError",
        "Refusal",
        "SetupItem",
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
    reader = _Reader(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (found := _said(node)) is not None:
            of, said = found
            for text in reader.texts(said):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield Message(of=of, text=text.replace("`", ""), place=place)


_SAID_BY = {"Refusal": "reason", "SetupFinding": "problem", "Mistake": "message", "SetupItem": "remedy"}
"""What is no error, and in which argument it says what is the matter."""


def _said(call: ast.Call) -> tuple[str, ast.expr] | None:
    """Return what a call makes and the expression that says its message; None for any other call."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=[said, *_]) if name.endswith("Error") and name not in dir(builtins):
            return name, said
        case ast.Call(func=ast.Attribute(attr="error"), args=[_, said]):
            return "ConfigError", said  # kam_sync.config.document.Document.error
        case ast.Call(func=ast.Name(id="replace"), keywords=keywords):
            return next((("SetupItem", each.value) for each in keywords if each.arg == "remedy"), None)
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in _SAID_BY:
            return next(((name, each.value) for each in keywords if each.arg == _SAID_BY[name]), None)
        case _:
            return None


class _Reader:
    """Tells what expressions of one module may say, as far as the module itself tells."""

    def __init__(self, tree: ast.Module) -> None:
        self._tables = {target: _values(value) for target, value in _given(tree) if isinstance(value, ast.Dict)}
        self._named: dict[str, list[ast.expr]] = defaultdict(list)
        self._returned: dict[str, list[ast.expr]] = {}
        for target, value in _given(tree):
            self._named[target].append(value)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                inside = ast.walk(node)
                self._returned[node.name] = [
                    each.value for each in inside if isinstance(each, ast.Return) and each.value is not None
                ]

    def texts(self, said: ast.expr, seen: frozenset[str] = frozenset()) -> list[str]:
        """Return what an expression may say; nothing where all of it is known only when it is said."""
        match said:
            case ast.Constant(value=str(text)):
                return [text] if text else []
            case ast.JoinedStr(values=parts):
                texts = [""]
                for part in parts:
                    texts = [text + more for text in texts for more in self._part(part)]
                return [text for text in texts if text.strip(HOLE + " :.;")]
            case ast.IfExp(body=body, orelse=orelse):
                return [*self.texts(body, seen), *self.texts(orelse, seen)]
            case ast.Name(id=name) if name not in seen:
                return self._all(self._named.get(name, []), seen | {name})
            case ast.Call(func=ast.Name(id=name)) if name not in seen:
                return self._all(self._returned.get(name, []), seen | {name})
            case _:
                return []

    def _all(self, expressions: Sequence[ast.expr], seen: frozenset[str]) -> list[str]:
        return [text for each in expressions for text in self.texts(each, seen)]

    def _part(self, part: ast.expr) -> list[str]:
        match part:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.FormattedValue(value=ast.Subscript(value=ast.Name(id=name))) if name in self._tables:
                return self._tables[name]
            case ast.FormattedValue(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, *default])
            ) if name in self._tables:
                return [*self._tables[name], *self._all(default, frozenset())]
            case _:
                return [HOLE]


def _given(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield every name of a module, or of its functions, with what is assigned to it."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Call(func=ast.Name(id=function))):
                yield from _unpacked(tree, names, function)


def _unpacked(tree: ast.Module, names: Sequence[ast.expr], function: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that the tuple of a function of the module is unpacked into, with what each may be."""
    made = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function), None)
    for node in ast.walk(made) if made is not None else ():
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            for name, value in zip(names, node.value.elts, strict=False):
                if isinstance(name, ast.Name):
                    yield name.id, value


def _values(table: ast.Dict) -> list[str]:
    return [each.value for each in table.values if isinstance(each, ast.Constant) and isinstance(each.value, str)]
