"""The report for whoever answers for all key accounts: what is covered, what is open, who carries it, how it goes.

It is built from the store alone, as of the last check, and given out as HTML, JSON or CSV with the same figures.
"""

from kam_sync.reporting.building import report
from kam_sync.reporting.counting import Figures, count
from kam_sync.reporting.exports import report_csv, report_json
from kam_sync.reporting.figures import Report
from kam_sync.reporting.saving import ReportFormat, save_report

__all__ = ["Figures", "Report", "ReportFormat", "count", "report", "report_csv", "report_json", "save_report"]
