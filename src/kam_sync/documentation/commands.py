"""The reference of the command line: every command with its arguments and options, made from the application."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import PurePath
from typing import Final

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

from kam_sync.documentation.markdown import cell, table

PROGRAM: Final = "kam-sync"


def commands_text(app: typer.Typer) -> str:
    """Return the commands of an application as Markdown: a list of all, then each with what it takes."""
    found = [*_commands(get_command(app), ())]
    overview = [(f"[`{name}`](#{name.replace(' ', '-')})", _first_line(command)) for name, command in found[1:]]
    return "\n".join(
        [
            *table(["command", "what it does"], overview),
            *_parameters(found[0][1], "Options for all commands"),
            *(line for name, command in found[1:] for line in _command(name, command)),
        ]
    )


def command_names(app: typer.Typer) -> tuple[str, ...]:
    """Return every command as it is typed, such as `kam-sync state runs`."""
    return tuple(name for name, _command in _commands(get_command(app), ()))[1:]


def _commands(command: object, above: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Yield a command and all below it; a group that does nothing by itself only where it is the program."""
    if not isinstance(command, TyperGroup) or command.invoke_without_command or not above:
        yield " ".join((PROGRAM, *above)), command
    if isinstance(command, TyperGroup):
        for name in command.commands:
            yield from _commands(command.commands[name], (*above, name))


def _help(command: object) -> str:
    return inspect.cleandoc(str(getattr(command, "help", "") or ""))


def _first_line(command: object) -> str:
    return _help(command).partition("\n\n")[0]


def _command(name: str, command: object) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield " ".join(f"`{part}`" for part in (name, *_usage(command)))
    yield ""
    for paragraph in _help(command).split("\n\n"):
        yield " ".join(paragraph.split())
        yield ""
    yield from _parameters(command, "")


def _usage(command: object) -> Iterator[str]:
    for each in getattr(command, "params", ()):
        if isinstance(each, TyperArgument):
            yield _metavar(each)


def _metavar(argument: TyperArgument) -> str:
    return argument.metavar or str(argument.name).upper()


def _parameters(command: object, title: str) -> Iterator[str]:
    rows = [*_rows(command)]
    if rows and title:
        yield f"### {title}"
        yield ""
    yield from table(["option", "meaning", "default"], rows)


def _rows(command: object) -> Iterator[tuple[str, str, str]]:
    for each in getattr(command, "params", ()):
        if isinstance(each, TyperArgument):
            yield f"`{_metavar(each)}`", each.help or "", "" if each.required else _default(each.default)
        elif isinstance(each, TyperOption) and not each.hidden and each.name not in {"help", *_COMPLETION}:
            names = ", ".join(f"`{name}`" for name in (*each.opts, *each.secondary_opts))
            variable = f" Or `{each.envvar}` in the environment." if isinstance(each.envvar, str) else ""
            value = "" if each.is_flag else f" `{each.metavar or _kind(each)}`"
            yield f"{names}{value}", f"{each.help or ''}{variable}", "" if each.is_flag else _default(each.default)


_COMPLETION: Final = ("install_completion", "show_completion")


def _kind(option: TyperOption) -> str:
    """Return what the value of an option is, as its default shows it."""
    match option.default:
        case Enum() as chosen:
            return cell("|".join(str(choice.value) for choice in type(chosen)))
        case int() | float():
            return "N"
        case PurePath():
            return "PATH"
        case _:
            return "TEXT"


def _default(value: object) -> str:
    if value is None or value == [] or callable(value):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"
