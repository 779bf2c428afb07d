"""A real Chromium for the page: one per session, a fresh page for each test, every request written down.

Where there is no Chromium the tests are skipped, unless KAM_SYNC_BROWSER=required says that there must be one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from kam_sync.reporting import html
from kam_sync.reporting.figures import Report
from kam_sync.reporting.formats import ReportFormat
from kam_sync.reporting.saving import save_report
from support_browser import Visit, Visiting
from support_reporting import large, sample

REQUIRED = os.environ.get("KAM_SYNC_BROWSER") == "required"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        assert not REQUIRED, "KAM_SYNC_BROWSER=required, and there is no chromium on the PATH"
        pytest.skip("there is no chromium on the PATH; install it to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _saved(report: Report, file: Path) -> Path:
    save_report(report, file, ReportFormat.HTML)
    return file


@pytest.fixture(scope="session")
def small(folder: Path) -> Path:
    """The report with something of everything, hostile names too."""
    return _saved(sample(), folder / "small.html")


@pytest.fixture(scope="session")
def packed(folder: Path) -> Path:
    """A report whose details are packed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "MOST_INLINE", 100)
        patch.setattr(html, "PACK", 90)
        return _saved(large(260), folder / "packed.html")


@pytest.fixture
def visiting(browser: Browser, small: Path) -> Iterator[Visiting]:
    """Open visits; when the test ends, none may have asked for anything but its file, nor complained."""
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    def visit(file: Path = small, *, width: int = 1280, dark: bool = False, script: bool = True) -> Visit:
        context = browser.new_context(
            viewport=ViewportSize(width=width, height=900),
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        made = Visit(page=context.new_page(), file=file)
        made.page.on("request", lambda request: made.requests.append(request.url))
        made.page.on("requestfailed", lambda request: made.failures.append(request.failure))
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("dialog", lambda dialog: made.complaints.append(dialog.message))
        visits.append(made)
        return made

    yield visit
    for context in contexts:
        context.close()
    for made in visits:
        assert {url.partition("#")[0] for url in made.requests} <= {made.file.as_uri(), "data:,"}
        assert made.complaints == []
