"""The application: global options, the commands in their groups, and `main`."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from kam_sync import __version__
from kam_sync.cli.commands import (
    digesting,
    explaining,
    local,
    reporting,
    running,
    sandbox,
    scheduling,
    setting_up,
    state,
)
from kam_sync.cli.invocation import INTERRUPTED, POLICY_FILE, Invocation
from kam_sync.clock import Clock, SystemClock

EXIT_CODES: Final = (
    "Exit codes: 0 done, findings or not · 1 failure · 2 usage or configuration · 3 only with `check --fail-on` and "
    "`plan --exit-code` · 4 partial · 5 another run holds the org · 6 refused by the breaker, or a stale or expired "
    "plan · 7 authentication or permission."
)

TERMINATED: Final = 143
"""What shells expect of a command that was asked to end: 128 + SIGTERM."""

app = typer.Typer(
    name="kam-sync",
    help="Check key accounts in Salesforce and HubSpot and keep exactly one live, truthful CRM task per problem.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kam-sync {__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    policy: Annotated[
        Path, typer.Option("--policy", envvar="KAM_SYNC_POLICY", help="The policy file.", show_default=True)
    ] = POLICY_FILE,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no report; problems still appear on standard error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version
    call = context.ensure_object(Invocation)
    call.policy_path, call.quiet = policy, quiet


for commands in (setting_up, running, scheduling, explaining, reporting, digesting, local):
    commands.add_to(app)
app.add_typer(sandbox.app, name="sandbox", rich_help_panel=local.PANEL)
app.add_typer(state.app, name="state", rich_help_panel="Books")


def main(
    arguments: Sequence[str] | None = None,
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: The words after `kam-sync`; those of the process by default.
        clock: Tells the time; the machine's clock by default.
        sleep: Waits so many seconds.
    """
    if arguments is None:
        signal.signal(signal.SIGTERM, _terminated)
    words = _hoisted(sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=words, prog_name="kam-sync", obj=Invocation(clock=clock or SystemClock(), sleep=sleep))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _terminated(_number: int, _frame: FrameType | None) -> None:
    """End in good order, leases given back, when a scheduler or a container asks for it."""
    raise SystemExit(TERMINATED)


def _hoisted(arguments: Sequence[str]) -> list[str]:
    """Return the words with the global options first, so that they may stand after the command too."""
    front: list[str] = []
    rest: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word == "--":
            return [*front, *rest, word, *words]
        if word in {"--quiet", "-q"} or word.startswith("--policy="):
            front.append(word)
        elif word == "--policy":
            front += [word, *words[:1]]
            words = words[1:]
        else:
            rest.append(word)
    return [*front, *rest]
