"""The sandbox: local CRMs that are served until Ctrl-C, and commands to see and do in them what people would."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import datetime as dt
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kam_sync.cli.commands.local import kept_or_temporary
from kam_sync.cli.invocation import command, default_command, invocation

if TYPE_CHECKING:
    from kam_sync.demo.people import Seen, Wish

app = typer.Typer()

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="A part of the account's name.")]
TaskId = Annotated[str, typer.Argument(metavar="TASK", help="The task's id, as `sandbox tasks` shows it.")]


def serve(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            metavar="DIR",
            help="Keep everything in this folder; a temporary one by default.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Serve local CRMs with invented customers, and a policy file that reads them, until Ctrl-C.

    Its commands are what people see and do in these CRMs; they are for the sandbox that the policy file belongs to.
    """
    from kam_sync.cli.views.sandbox import serving_blocks
    from kam_sync.demo import Sandbox, open_desk
    from kam_sync.registry import load_local_crms

    call = invocation(context)
    with (
        kept_or_temporary(folder) as place,
        Sandbox.start(place, kinds=load_local_crms(), clock=call.clock) as running,
        open_desk(running),
    ):
        call.policy_path = running.policy_path
        call.terminal.show(serving_blocks(running, place, call.again("run")))
        sys.stdout.flush()
        threading.Event().wait()
    return 0


def _ask(context: typer.Context, wish: Wish) -> Seen:
    from kam_sync.demo import ask_desk

    return ask_desk(invocation(context).policy_path.absolute().parent, wish)


def tasks(
    context: typer.Context,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="NAME", help="Only of this account: a part of its name.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="People's own tasks and those put away, too.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Each as its owner reads it.")] = False,
) -> int:
    """Show the open tasks of kam-sync as people see them in the CRMs."""
    from kam_sync.cli.blocks import Line, Tone, counted
    from kam_sync.cli.views.sandbox import task_blocks, tasks_table
    from kam_sync.demo.people import SeeTasks

    terminal = invocation(context).terminal
    seen = _ask(context, SeeTasks(account=account, every=every)).tasks
    if full:
        for task in seen:
            terminal.show(task_blocks(task))
    else:
        terminal.show([tasks_table(seen)])
    terminal.report([Line(counted(len(seen), "task"), Tone.FAINT)])
    return 0


def people(context: typer.Context) -> int:
    """List who works here, for `sandbox hold-role`."""
    from kam_sync.cli.views.sandbox import people_table
    from kam_sync.demo.people import SeePeople

    invocation(context).terminal.show([people_table(_ask(context, SeePeople()).people)])
    return 0


def hold_role(
    context: typer.Context,
    account: Account,
    role: Annotated[
        str, typer.Argument(metavar="ROLE", help="Such as innovator or project_manager; `why ACCOUNT` shows all six.")
    ],
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A part of the person's name or e-mail address.")],
) -> int:
    """Name somebody as the holder of a role, as a person would in the CRM."""
    from kam_sync.demo.people import HoldRole
    from kam_sync.errors import ConfigError
    from kam_sync.records import Role

    wanted = role.strip().lower().replace(" ", "_").replace("-", "_")
    known = {each.value: each for each in Role}
    if wanted not in known:
        raise ConfigError(f"there is no role {role!r}; there are: {', '.join(known)}")
    return _done(context, HoldRole(account=account, role=known[wanted], person=person))


def book_meeting(
    context: typer.Context,
    account: Account,
    days: Annotated[int, typer.Option("--in-days", min=0, help="How many days from today.")] = 14,
) -> int:
    """Book a meeting of the account's owner with the customer, as a person would in the CRM."""
    from kam_sync.demo.people import BookMeeting

    day = invocation(context).clock.now().date() + dt.timedelta(days=days)
    return _done(context, BookMeeting(account=account, on=day))


def complete(context: typer.Context, task_id: TaskId) -> int:
    """Tick a task off, as a person would in the CRM."""
    from kam_sync.demo.people import PutAway

    return _done(context, PutAway(task=task_id))


def delete(context: typer.Context, task_id: TaskId) -> int:
    """Delete a task, as a person would in the CRM."""
    from kam_sync.demo.people import PutAway

    return _done(context, PutAway(task=task_id, delete=True))


def _done(context: typer.Context, wish: Wish) -> int:
    from kam_sync.cli.blocks import Line, Tone

    invocation(context).terminal.report([Line(_ask(context, wish).did, Tone.GOOD)])
    return 0


default_command(app)(serve)
command(app, "tasks")(tasks)
command(app, "people")(people)
command(app, "hold-role")(hold_role)
command(app, "book-meeting")(book_meeting)
command(app, "complete")(complete)
command(app, "delete")(delete)
