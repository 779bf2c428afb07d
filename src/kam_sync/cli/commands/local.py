"""Commands that need no account anywhere: demo and sandbox, on the local CRMs that are installed."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import datetime as dt
import shlex
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kam_sync.cli.invocation import command, invocation

if TYPE_CHECKING:
    from kam_sync.cli.blocks import Line

PANEL = "Try it out"


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    command(app, "demo", panel=PANEL)(demo)
    command(app, "sandbox", panel=PANEL)(sandbox)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="kam-sync-") as name:
        yield Path(name)


def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", metavar="DIR", help="Keep policy, state and CRMs in this new folder.", show_default=False
        ),
    ] = None,
) -> int:
    """Play five weeks of kam-sync at work on local CRMs, in about a minute."""
    from kam_sync.cli.blocks import Line, Tone
    from kam_sync.cli.progress import progress
    from kam_sync.cli.views.scenes import scene_blocks
    from kam_sync.demo import DEMO_DAYS, START, run_demo
    from kam_sync.demo.scenes import Scene
    from kam_sync.registry import load_local_crms, load_rules

    call = invocation(context)
    terminal = call.terminal
    names = {rule.code: rule.name for rule in load_rules()}
    numbers = count()

    def show(scene: Scene) -> None:
        terminal.report(scene_blocks(next(numbers), scene, names))

    # What is kept is played so that it ends now: whoever goes on finds the dates as fresh as in the play.
    start = call.clock.now() - dt.timedelta(days=DEMO_DAYS) if keep is not None else START
    with _folder(keep) as folder:
        run_demo(folder, show, kinds=load_local_crms(), start=start, watch=lambda: progress(terminal, live_only=True))
    terminal.report([Line(), Line("What to do next", Tone.STRONG), *_after_demo(keep)])
    return 0


def _after_demo(kept: Path | None) -> Iterator[Line]:
    from kam_sync.cli.blocks import Line

    if kept is not None:
        folder = shlex.quote(str(kept))
        policy = shlex.quote(str(kept / "kam-sync.yaml"))
        yield Line(f"  kam-sync sandbox --dir {folder}        serves these CRMs again; in another terminal:")
        yield Line(f"  kam-sync --policy {policy} state links     and every other command")
    else:
        yield Line("  kam-sync sandbox                      local CRMs and a policy of your own to play with")
        yield Line("  kam-sync demo --keep DIR              this play, with everything kept to look at")
    yield Line("  kam-sync init --salesforce --hubspot  a policy for real orgs; nothing is written without --apply")


def sandbox(
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
    """Serve local CRMs with invented customers, and a policy file that reads them, until Ctrl-C."""
    from kam_sync.cli.blocks import Line, Tone, table
    from kam_sync.demo.sandbox import Sandbox
    from kam_sync.registry import load_local_crms

    call = invocation(context)
    terminal = call.terminal
    with _folder(folder) as place, Sandbox.start(place, kinds=load_local_crms(), clock=call.clock) as running:
        call.policy_path = running.policy_path
        rows = [(name, running.portfolios[name].name, crm.url) for name, crm in running.crms.items()]
        terminal.show(
            [
                Line(f"Serving {len(rows)} local CRMs from {place}; Ctrl-C ends it.", Tone.GOOD),
                table("org", "company", "URL", rows=rows),
                Line(f"Next, in another terminal: {call.again('run')}"),
            ]
        )
        sys.stdout.flush()
        threading.Event().wait()
    return 0
