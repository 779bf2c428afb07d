"""Writes the reference, all of which is made from the code: `make docs`."""

from __future__ import annotations

import json
from pathlib import Path

import kam_sync
from kam_sync.cli.app import app
from kam_sync.config.models import DEFAULT_SELECT
from kam_sync.documentation import commands_text, library_page, policy_page, rules_page
from kam_sync_rules import RULES
from kam_sync_rules.catalogue import catalogue_page

FOLDER = Path(__file__).parent / "reference"
CONNECTORS = ("hubspot", "salesforce")
COMMAND_LINE = FOLDER / "command-line.md"
BEGIN, END = "<!-- commands: begin -->\n", "<!-- commands: end -->"


def pages() -> dict[Path, str]:
    """Return the pages by the file that each belongs into."""
    schema = kam_sync.policy_schema(CONNECTORS, RULES)
    return {
        FOLDER / "rules.md": rules_page(RULES, frozenset(DEFAULT_SELECT)),
        FOLDER / "catalogue.md": catalogue_page(RULES),
        FOLDER / "policy.md": policy_page(schema),
        FOLDER / "kam-sync.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n",
        FOLDER / "python-api.md": library_page(kam_sync),
        COMMAND_LINE: _with_commands(COMMAND_LINE.read_text(encoding="utf-8")),
    }


def _with_commands(markdown: str) -> str:
    """Return the page of the command line with its commands as they are; what else is on it is written by hand."""
    before, _, rest = markdown.partition(BEGIN)
    return f"{before}{BEGIN}\n{commands_text(app)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
