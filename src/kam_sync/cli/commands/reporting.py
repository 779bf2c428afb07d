"""The command that reports to people who look rather than read: report."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from kam_sync.cli.commands.options import Orgs
from kam_sync.cli.invocation import command, invocation
from kam_sync.errors import ConfigError
from kam_sync.reporting.formats import ReportFormat

PANEL = "Explain"
STDOUT: Final = Path("-")


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    command(app, "report", panel=PANEL)(report)


def report(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The file, report.html (.json, .csv) by default; `-` is standard output, for json and csv.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="What to write.")] = ReportFormat.HTML,
    org: Orgs = None,
) -> int:
    """Write the report for the head of key accounts, as of the last check; calls no CRM."""
    from kam_sync.cli.views.reports import report_blocks
    from kam_sync.reporting.building import report as build
    from kam_sync.reporting.exports import report_csv, report_data
    from kam_sync.reporting.saving import save_report

    call = invocation(context)
    file = output or Path(f"report.{form}")
    if file == STDOUT and form is ReportFormat.HTML:
        raise ConfigError("HTML goes into a file: name one with --output, or take --format json or csv")
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        made = build(policy, store, settings)
    if file != STDOUT:
        save_report(made, file, form)
        call.terminal.report(report_blocks(made, file, call.again("why ACCOUNT")))
    elif form is ReportFormat.JSON:
        call.terminal.data(report_data(made))
    else:
        sys.stdout.write(report_csv(made))
    for gone in made.missing:
        call.terminal.problem(f"the report says nothing of {gone.org}: it {gone.reason}; run `{call.again('run')}`")
    return 4 if made.missing else 0
