"""Draws docs/images/report.png from the local CRMs: `make screenshot`. Needs a chromium on the PATH."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright
from ruamel.yaml import YAML

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import parse_policy
from kam_sync.config.models import DEFAULT_SELECT
from kam_sync.local_crms import People
from kam_sync.portfolio import Portfolio
from kam_sync.records import ActivityKind, Role
from kam_sync.registry import load_local_crms, load_rules
from kam_sync.reporting.building import report
from kam_sync.reporting.saving import save_report
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.testing.seed import hubspot_portfolio, salesforce_portfolio

IMAGE = Path(__file__).parent / "images" / "report.png"
START = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)
WEEKS = 6
MENDED = 3
"""Accounts of each org that people put in order in a week."""
SIZE = ViewportSize(width=1440, height=1500)
PORTFOLIOS: Mapping[str, Portfolio] = {"hubspot": hubspot_portfolio(), "salesforce": salesforce_portfolio()}


def mend(people: People, portfolio: Portfolio, week: int, today: dt.date) -> None:
    """Let people name who plays the roles on some accounts, and plan a meeting with those customers."""
    lacking = [account for account in portfolio.accounts if account.key_account and account.expected]
    for account in lacking[week * MENDED : (week + 1) * MENDED] if week else []:
        for role in Role:
            people.assign_role(account.slug, role, account.owner)
        people.add_activity(
            account.slug, kind=ActivityKind.MEETING, owner=account.owner, on=today + dt.timedelta(days=40)
        )


def write_report(folder: Path) -> Path:
    """Run the job for some weeks on both local CRMs and write the report; people meet customers meanwhile."""
    clock = ManualClock(START)
    crms = {name: load_local_crms()[name].start(folder / name, clock=clock) for name in PORTFOLIOS}
    fallback = {name: next(u.email for u in given.users if u.active) for name, given in PORTFOLIOS.items()}
    policy = {
        "version": 1,
        "orgs": {name: dict(crm.org_settings) for name, crm in crms.items()},
        "rules": {"top_tiers": ["A"], "select": [*DEFAULT_SELECT, "KAM106"]},
        "tasks": {"fallback_assignee": fallback},
    }
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(policy, text)
    loaded = parse_policy(text.getvalue(), path=folder / "kam-sync.yaml", rules=load_rules(), environment={})
    settings = JobSettings(clock=clock, sleep=lambda seconds: clock.advance(seconds=seconds))
    try:
        for name, crm in crms.items():
            crm.load(PORTFOLIOS[name])
        with Store.at(folder / "kam-sync.db") as store:
            for week in range(WEEKS):
                for name, crm in crms.items():
                    mend(crm.people, PORTFOLIOS[name], week, clock.now().date())
                if job.run(loaded, store, settings, apply=True).exit_code:
                    sys.exit("the run failed")
                clock.advance(days=7)
            save_report(report(loaded, store, settings), folder / "report.html")
    finally:
        for crm in crms.values():
            crm.stop()
    return folder / "report.html"


def draw(file: Path) -> None:
    """Draw the top of the page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium on the PATH")
    IMAGE.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(file.as_uri())
        page.screenshot(path=IMAGE)
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        draw(write_report(Path(name)))
