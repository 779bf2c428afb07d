"""One call of the command line: its global options, and the guard that turns errors into messages and exit codes."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import functools
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

import typer

from kam_sync.clock import Clock, SystemClock
from kam_sync.errors import KamSyncError

if TYPE_CHECKING:  # these take a while to import, and `--help` needs none of them
    from kam_sync.cli.terminal import Terminal
    from kam_sync.config import LoadedPolicy
    from kam_sync.session import JobSettings
    from kam_sync.store import Store

POLICY_FILE: Final = Path("kam-sync.yaml")
INTERRUPTED: Final = 130
"""What shells expect of a command that Ctrl-C ended: 128 + SIGINT."""

Parameters = ParamSpec("Parameters")


@dataclass(slots=True, kw_only=True)
class Invocation:
    """The global options of one call, and what commands need from the library."""

    clock: Clock = field(default_factory=SystemClock)
    sleep: Callable[[float], None] = time.sleep
    policy_path: Path = POLICY_FILE
    quiet: bool = False

    @property
    def terminal(self) -> Terminal:
        """Where output goes."""
        from kam_sync.cli.terminal import Terminal

        return Terminal(quiet=self.quiet)

    def policy(self) -> LoadedPolicy:
        """Read and check the policy file; raises ConfigError."""
        from kam_sync.config import load_policy
        from kam_sync.registry import load_rules

        return load_policy(self.policy_path, load_rules())

    @contextmanager
    def job(
        self, *, orgs: tuple[str, ...] = (), accept: tuple[str, ...] = ()
    ) -> Iterator[tuple[LoadedPolicy, Store, JobSettings]]:
        """Open what every job needs: the policy, its store, and settings that show progress."""
        from kam_sync.cli.progress import progress
        from kam_sync.session import JobSettings
        from kam_sync.store import Store

        policy = self.policy()
        with progress(self.terminal) as tell:
            settings = JobSettings(
                clock=self.clock, sleep=self.sleep, progress=tell, accept=frozenset(accept), orgs=orgs
            )
            with Store(policy.state_url) as store:
                yield policy, store, settings

    def again(self, words: str) -> str:
        """Return a command line for the reader to go on with, under the same policy file."""
        if self.policy_path == POLICY_FILE:
            return f"kam-sync {words}"
        return f"kam-sync --policy {shlex.quote(str(self.policy_path))} {words}"


def invocation(context: typer.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    found = context.find_root().obj
    if not isinstance(found, Invocation):
        raise TypeError("the command line was started without an invocation")
    return found


def command(
    app: typer.Typer, name: str, *, panel: str | None = None
) -> Callable[[Callable[Parameters, int]], Callable[Parameters, int]]:
    """Register a function as a command; it returns the exit code, and its docstring is the help."""

    def register(function: Callable[Parameters, int]) -> Callable[Parameters, int]:
        @functools.wraps(function)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
            raise typer.Exit(_guarded(lambda: function(*args, **kwargs)))

        app.command(name, rich_help_panel=panel)(guarded)
        return function

    return register


def default_command(
    app: typer.Typer,
) -> Callable[
    [Callable[Concatenate[typer.Context, Parameters], int]], Callable[Concatenate[typer.Context, Parameters], int]
]:
    """Register what a group of commands does when none of them is named; its docstring is the group's help."""

    def register(
        function: Callable[Concatenate[typer.Context, Parameters], int],
    ) -> Callable[Concatenate[typer.Context, Parameters], int]:
        @functools.wraps(function)
        def guarded(context: typer.Context, *args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
            if context.invoked_subcommand is None:
                raise typer.Exit(_guarded(lambda: function(context, *args, **kwargs)))

        app.callback(invoke_without_command=True)(guarded)
        return function

    return register


def _guarded(run: Callable[[], int]) -> int:
    """Run a command; an error that kam-sync raises on purpose becomes one message, Ctrl-C none at all."""
    try:
        code = run()
        sys.stdout.flush()
    except KamSyncError as error:
        from kam_sync.cli.terminal import Terminal

        Terminal().problem(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code
