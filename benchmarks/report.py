"""Time, peak memory and file size of the report at 1,000 and 10,000 accounts, out of a store filled by a dry run.

Each measurement is a process of its own, so that its peak is that of making the report alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scale import START, portfolio

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.registry import load_rules
from kam_sync.reporting.building import report
from kam_sync.reporting.formats import ReportFormat
from kam_sync.reporting.saving import save_report
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.testing.memory import MemoryCrm

NAME = "report-benchmark"


def policy(folder: Path) -> LoadedPolicy:
    """Return the policy of the measured org."""
    orgs = f"orgs: {{org: {{connector: memory, crm: {NAME}}}}}"
    text = f"version: 1\n{orgs}\ntasks: {{fallback_assignee: u0@vendor.example}}\n"
    return parse_policy(text, path=folder / "kam-sync.yaml", rules=load_rules())


def fill(folder: Path, accounts: int) -> None:
    """Fill a store by a dry run over a CRM in memory."""
    clock = ManualClock(START)
    crm = MemoryCrm(NAME, clock)
    crm.load(portfolio(accounts))
    with Store.at(folder / "kam-sync.db") as store:
        result = job.run(policy(folder), store, JobSettings(clock=clock))
    crm.stop()
    if result.exit_code:
        sys.exit(str(result.orgs[0].error))


def measure(folder: Path) -> None:
    """Make the report in every form and print what it took."""
    begun = time.perf_counter()
    with Store.at(folder / "kam-sync.db") as store:
        made = report(policy(folder), store, JobSettings(clock=ManualClock(START)))
    figures: dict[str, float] = {"accounts": len(made.accounts), "build_s": round(time.perf_counter() - begun, 1)}
    for form in ReportFormat:
        begun = time.perf_counter()
        file = folder / f"report.{form}"
        save_report(made, file, form)
        figures[f"{form}_s"] = round(time.perf_counter() - begun, 1)
        figures[f"{form}_mb"] = round(file.stat().st_size / 1e6, 1)
    figures["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(figures))


def main() -> None:
    """Run the benchmark, or one of its processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", type=Path, metavar="FOLDER")
    parser.add_argument("--accounts", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the files are left")
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
        return
    for accounts in given.accounts:
        with tempfile.TemporaryDirectory() as name:
            folder = given.keep / str(accounts) if given.keep else Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            fill(folder, accounts)
            subprocess.run([sys.executable, __file__, "--measure", str(folder)], check=True)  # noqa: S603 - this script


if __name__ == "__main__":
    main()
