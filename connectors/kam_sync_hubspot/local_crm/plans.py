"""What a person writes into the plan properties of a company; loading and people share it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from kam_sync.records import PlanPart, SwotPart
from kam_sync_hubspot.local_crm.vocabulary import PLAN_FIELDS, PLAN_PARTS, SWOT_PARTS

PLAN_PROPERTIES: Final = (*PLAN_FIELDS.values(), *PLAN_PARTS.values(), *SWOT_PARTS.values())
"""Every company property that is a part of the plan."""


def plan_properties(
    *,
    parts: frozenset[PlanPart],
    start_on: dt.date | None,
    last_review_on: dt.date | None,
    next_review_on: dt.date | None,
    modified_on: dt.date,
    end_on: dt.date | None = None,
    swot: frozenset[SwotPart] = frozenset(),
    swot_on: dt.date | None = None,
) -> dict[str, str]:
    """Return the company properties of a plan, empty texts for what it lacks."""
    dates = {
        "start_on": start_on,
        "end_on": end_on,
        "last_review_on": last_review_on,
        "next_review_on": next_review_on,
        "modified_on": modified_on,
        "swot_on": swot_on,
    }
    return {
        **{PLAN_FIELDS[name]: day.isoformat() if day else "" for name, day in dates.items()},
        **{name: f"Notes on the {part.label}." if part in parts else "" for part, name in PLAN_PARTS.items()},
        **{name: f"Notes on {part.value}." if part in swot else "" for part, name in SWOT_PARTS.items()},
    }
