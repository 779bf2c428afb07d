"""The demo, which needs no account anywhere: kam-sync at work on the local CRMs that are installed."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import datetime as dt
import shlex
import tempfile
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
    """Register this command."""
    command(app, "demo", panel=PANEL)(demo)


@contextmanager
def kept_or_temporary(kept: Path | None) -> Iterator[Path]:
    """Give the folder that was asked for, or a temporary one that goes when the block ends."""
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
    with kept_or_temporary(keep) as folder:
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
