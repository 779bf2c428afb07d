"""The messages that users may meet, read from the code: what is raised, refused, or found to be set up."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kam_sync import errors
from support_literals import Literals
from support_markdown import ROOT

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
        "ValueError",
    }
)
"""What a user must do something about; the others say to run again."""
_JUDGES_POLICIES = re.compile(r"src/kam_sync/(config/.*|crontab|dates|durations|mailbox)\.py|connectors/.*settings\.py")
"""Modules whose ValueErrors pydantic hands to whoever wrote the policy file."""
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
    literals = Literals(tree)
    module = str(path.relative_to(ROOT))
    for call, names in literals.calls(tree):
        if (found := _said(call)) is None:
            continue
        of, said = found
        if of != "ValueError" or _JUDGES_POLICIES.fullmatch(module):
            for text in dict.fromkeys(literals.texts(said, names)):
                yield Message(of=of, text=text.replace("`", ""), place=f"{module}:{call.lineno}")


_ERRORS = EXPLAINED | {name for name, _class in inspect.getmembers(errors, inspect.isclass) if name.endswith("Error")}
_SAID_BY = {"Refusal": "reason", "SetupFinding": "problem", "Mistake": "message", "SetupItem": "remedy"}
"""What is no error, and in which argument it says what is the matter."""


def _said(call: ast.Call) -> tuple[str, ast.expr] | None:
    """Return what a call makes and the expression that says its message; None for any other call."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=[said, *_]) if name in _ERRORS:
            return name, said
        case ast.Call(func=ast.Attribute(attr="error"), args=[_, said]):
            return "ConfigError", said  # kam_sync.config.document.Document.error
        case ast.Call(func=ast.Name(id="replace"), keywords=keywords):
            return next((("SetupItem", each.value) for each in keywords if each.arg == "remedy"), None)
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in _SAID_BY:
            return next(((name, each.value) for each in keywords if each.arg == _SAID_BY[name]), None)
        case _:
            return None
