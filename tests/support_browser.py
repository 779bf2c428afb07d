"""A visit to a page in a real browser, as tests make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page


@dataclass(slots=True)
class Visit:
    """A page as a test visits it, with everything it asked for and complained of."""

    page: Page
    file: Path
    requests: list[str] = field(default_factory=list)
    failures: list[str | None] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, state: str = "") -> Page:
        self.page.goto(self.file.as_uri() + state)
        return self.page

    @property
    def names(self) -> list[str]:
        """The accounts that are shown, in their order."""
        return self.page.locator("#matrix tbody tr th").all_inner_texts()

    @property
    def told(self) -> str:
        """What the live region says."""
        return self.page.locator("#matches").inner_text()


Visiting = Callable[..., Visit]
