"""A digest as JSON for any other receiver: documented in docs/digest.md, and stable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kam_sync.digesting.building import Digest
from kam_sync.digesting.presenting import Document, Entry, Section, Table

JSON_VERSION: Final = 1
"""Grows when a key goes or changes its meaning; new keys do not count."""


def as_json(digest: Digest, document: Document, delivery_id: str) -> Mapping[str, object]:
    """Return a digest as data for JSON; `delivery_id` is the same whenever this delivery is made again."""
    return {
        "version": JSON_VERSION,
        "id": delivery_id,
        "audience": "portfolio" if digest.is_portfolio else "owner",
        "name": digest.name,
        "week": digest.period.name,
        "first_day": digest.period.first.isoformat(),
        "last_day": digest.period.last.isoformat(),
        "counts": {
            "accounts": digest.accounts,
            "solved": len(digest.solved),
            "tasks_closed": len(digest.closed),
            "returned": len(digest.returned),
            "new": len(digest.new),
            "overdue": len(digest.overdue),
            "due_soon": len(digest.due_soon),
            "open": {severity.label: count for severity, count in digest.open.items()},
            "waiting": len(digest.waiting),
        },
        "title": document.title,
        "lead": document.lead,
        "sections": [_section(section) for section in document.sections],
        "footer": list(document.footer),
    }


def _section(section: Section | Table) -> Mapping[str, object]:
    if isinstance(section, Table):
        return {"heading": section.heading, "columns": list(section.columns), "rows": [list(r) for r in section.rows]}
    return {"heading": section.heading, "lines": [_entry(line) for line in section.lines]}


def _entry(line: Entry) -> Mapping[str, str | None]:
    return {"label": line.label, "text": line.text, "url": line.url}
