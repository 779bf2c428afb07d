"""Writes the pages of the documentation that are made from the rules: `make docs`."""

from __future__ import annotations

from pathlib import Path

from kam_sync.config.models import DEFAULT_SELECT
from kam_sync.documentation import rules_page
from kam_sync_rules import RULES
from kam_sync_rules.catalogue import catalogue_page

FOLDER = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Return the pages by the file that each belongs into."""
    return {
        FOLDER / "rules.md": rules_page(RULES, frozenset(DEFAULT_SELECT)),
        FOLDER / "catalogue.md": catalogue_page(RULES),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
