"""The command that reports to people who look rather than read: report."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from kam_sync.cli.commands.options import Orgs
from kam_sync.cli.invocation import command, invocation
from kam_sync.errors import ConfigError

PANEL = "Explain"
STDOUT: Final = Path("-")


class ReportForm(StrEnum):
    """In which form the report is given out; the names are those of kam_sync.reporting.ReportFormat."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"


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
            help="The file; `-` is standard output, for json and csv.  [default: report.FORMAT]",
            show_default=False,
        ),
    ] = None,
    form: Annotated[ReportForm, typer.Option("--format", help="What to write.")] = ReportForm.HTML,
    org: Orgs = None,
) -> int:
    """Write the report for the head of key accounts, as of the last check; calls no CRM."""
    from kam_sync.cli.views.reports import report_blocks
    from kam_sync.reporting import ReportFormat, save_report
    from kam_sync.reporting import report as build
    from kam_sync.reporting.saving import report_parts

    call = invocation(context)
    file = output or Path(f"report.{form}")
    wanted = ReportFormat(form.value)
    if file == STDOUT and wanted is ReportFormat.HTML:
        raise ConfigError("HTML goes into a file: name one with --output, or take --format json or csv")
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        made = build(policy, store, settings)
    if file == STDOUT:
        for part in report_parts(made, wanted):
            sys.stdout.write(part)
    else:
        save_report(made, file, wanted)
        call.terminal.report(report_blocks(made, file, call.again("why ACCOUNT")))
    for gone in made.missing:
        call.terminal.problem(f"the report says nothing of {gone.org}: it {gone.reason}; run `{call.again('run')}`")
    return 4 if made.missing else 0
