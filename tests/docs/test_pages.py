"""The pages of docs/: every code block of them does what it says, on local CRMs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kam_sync.clock import ManualClock
from kam_sync.demo import START
from support_docs import reader_of
from support_markdown import ROOT, links, steps

DOCS = ROOT / "docs"
GENERATED = "<!-- Made by `make docs`"
"""Stands on pages whose blocks are no commands but signatures; a test holds them to the code."""
PAGES = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if GENERATED not in (text := page.read_text(encoding="utf-8")) and any(steps(text))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_holds_from_top_to_bottom(page: Path, folder: Path) -> None:
    with reader_of(page, folder, ManualClock(START)) as reader:
        reader.follow_page()


def test_the_tutorial_is_among_them() -> None:
    assert DOCS / "tutorial.md" in PAGES


def test_the_index_leads_to_every_page() -> None:
    index = DOCS / "README.md"
    linked = {(DOCS / target).resolve() for target, _ in links(index.read_text(encoding="utf-8"))}
    pages = {page for page in DOCS.rglob("*.md") if page != index and page.parent not in linked}
    assert pages - linked == set()
