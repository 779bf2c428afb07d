"""Commands for a job that runs by itself: schedule and health."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from kam_sync.cli.commands.options import Apply, Heartbeat, Orgs
from kam_sync.cli.invocation import command, invocation
from kam_sync.errors import ConfigError

PANEL = "Run it by itself"


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    command(app, "schedule", panel=PANEL)(schedule)
    command(app, "health", panel=PANEL)(health)


def schedule(
    context: typer.Context,
    apply: Apply = False,
    cron: Annotated[
        str | None,
        typer.Option(metavar="FIELDS", help='When, as cron says it, such as "15 4 * * *".', show_default=False),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="LENGTH", help="How often instead, such as 6h.", show_default=False)
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="The time zone of --cron; UTC by default.", show_default=False)
    ] = None,
    jitter: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="Begin up to so much later, by chance, such as 90s.", show_default=False),
    ] = None,
    misfire_grace: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Leave a run out that could only begin later than this; 1h by default.",
            show_default=False,
        ),
    ] = None,
    once_at_start: Annotated[bool, typer.Option("--once-at-start", help="Run once right away, too.")] = False,
    grace: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH", help="How long a run may take to stop when asked; 30s by default.", show_default=False
        ),
    ] = None,
    heartbeat: Heartbeat = None,
    log_level: Annotated[
        str, typer.Option(metavar="LEVEL", help="debug (with tracebacks of bugs), info, warning or error.")
    ] = "info",
    org: Orgs = None,
) -> int:
    """Run the job when it is time, in the foreground, until SIGTERM or Ctrl-C. Nothing is written without --apply.

    A length of time is written as 90s, 30m, 6h or 2d. The section `schedule` of the policy file may say all of this
    but --apply; options win.
    """
    from kam_sync.cli.logs import LogLevel, logging_to
    from kam_sync.session import JobSettings

    if find_spec("apscheduler") is None:
        raise ConfigError("the schedule needs APScheduler; install it: pip install 'kam-sync[schedule]'")
    from kam_sync.scheduling import JobService
    from kam_sync.scheduling.signals import stopped_by_signals

    if log_level not in set(LogLevel):
        raise ConfigError(f"--log-level {log_level}: there are: {', '.join(LogLevel)}")
    call = invocation(context)
    service = JobService(
        load=call.policy,
        settings=JobSettings(clock=call.clock, sleep=call.sleep, orgs=tuple(org or ())),
        options={
            "cron": cron,
            "every": every,
            "timezone": timezone,
            "jitter": jitter,
            "misfire_grace": misfire_grace,
            "once_at_start": once_at_start or None,
            "grace": grace,
        },
        apply=apply,
        heartbeat=heartbeat,
    )
    level = LogLevel.WARNING if call.quiet and log_level == LogLevel.INFO else LogLevel(log_level)
    with logging_to(call.terminal, level), stopped_by_signals(service.stop, lambda: service.grace):
        service.serve()
    return 0


def health(
    context: typer.Context,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="LENGTH", help="How long ago a run may have done everything.")
    ] = "26h",
    dry_runs: Annotated[bool, typer.Option("--dry-runs", help="Count dry runs, too.")] = False,
    org: Orgs = None,
) -> int:
    """Tell whether every org was done in full lately: exit code 0 if so, 1 if not. Calls no CRM."""
    from kam_sync.cli.views.books import health_table
    from kam_sync.durations import parse_duration
    from kam_sync.watching import health as look

    try:
        age = parse_duration(max_age)
    except ValueError as error:
        raise ConfigError(f"--max-age: {error}") from None
    call = invocation(context)
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        found = look(policy, store, settings, max_age=age, dry_runs=dry_runs)
    call.terminal.report([health_table(found, call.clock.now())])
    late = [each for each in found if not each.healthy]
    runs = call.again("state runs")
    for each in late:
        call.terminal.problem(f"{each.org}: no run has done everything within {max_age}; {runs} shows what they did")
    return 1 if late else 0
