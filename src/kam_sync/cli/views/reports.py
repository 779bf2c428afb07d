"""What `report` says when it has written a file: the headline, where the file is, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kam_sync.cli.blocks import Block, Line, Tone, counted
from kam_sync.reporting.counting import count
from kam_sync.reporting.figures import Report
from kam_sync.reporting.words import day


def report_blocks(report: Report, file: Path, following: str) -> Iterator[Block]:
    """Show what the report comes to; `following` is the command to go on with."""
    headline = count(report).headline
    severities = ", ".join(f"{number} {severity.label}" for severity, number in headline.findings.items())
    yield Line(f"{file}: the report as of the check of {day(report.checked_on)}", Tone.STRONG)
    yield Line(
        f"{counted(headline.accounts, 'account')}, {headline.fully_covered} covered in all six roles; "
        f"{counted(headline.open_findings, 'open finding')}{f' ({severities})' if severities else ''}; "
        f"{counted(headline.live_tasks, 'live task')}, {headline.queued} waiting"
    )
    if headline.not_fully_judged or headline.rejected:
        unread = f", {headline.rejected} could not be read" if headline.rejected else ""
        yield Line(f"{counted(headline.not_fully_judged, 'account')} could not be judged in full{unread}", Tone.WARNING)
    yield Line(f"Next: open it in a browser, or {following}" if file.suffix == ".html" else f"Next: {following}")
