"""The forms in which a report is given out."""

from __future__ import annotations

from enum import StrEnum


class ReportFormat(StrEnum):
    """In which form a report is given out."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"
