"""Keeping a report in a file that only its owner can read: it quotes names and findings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kam_sync.errors import ConfigError
from kam_sync.replacing import replacing
from kam_sync.reporting.exports import report_csv, report_json
from kam_sync.reporting.figures import Report
from kam_sync.reporting.formats import ReportFormat


def save_report(report: Report, path: Path, form: ReportFormat = ReportFormat.HTML) -> None:
    """Write a report into a file, mode 0600, whole or not at all: until it is complete an earlier one stays.

    Raises:
        ConfigError: The file cannot be written, or what the charts are drawn with is not installed.

    Example:
        >>> made = kam_sync.report(policy, store, settings)
        >>> kam_sync.save_report(made, Path("report.csv"), "csv")
    """
    parts = _parts(report, form)
    try:
        with replacing(path) as file:
            for part in parts:
                file.write(part)
    except OSError as error:
        raise ConfigError(f"cannot write the report {path}: {error.strerror}; name another file") from None


def _parts(report: Report, form: ReportFormat) -> Iterable[str]:
    match form:
        case ReportFormat.HTML:
            from kam_sync.reporting.html import html_parts  # noqa: PLC0415 - JSON and CSV need no templates

            return html_parts(report)
        case ReportFormat.JSON:
            return (report_json(report),)
        case ReportFormat.CSV:
            return (report_csv(report),)
