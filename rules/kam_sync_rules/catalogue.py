"""The rule catalogue, id by id, and what became of each: a rule, a figure, a set-up finding, or a refusal with reason.

The ideas come from the catalogue's sources; this table says where each of them lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kam_sync.rules_api import RuleFacts

IDS: Final[Mapping[str, tuple[str, int, int]]] = {
    "R": ("The six roles", 1, 8),
    "P": ("Plan, next steps, reviews, goals", 1, 16),
    "G": ("Growth, revenue, portfolio", 10, 23),
    "K": ("Selection of key accounts", 1, 6),
    "C": ("Relations, decision group, competitors", 1, 17),
    "V": ("Satisfaction, service, references", 1, 9),
    "T": ("Tenders and proposals", 1, 8),
    "H": ("Handover and separation of duties", 1, 6),
}
"""Family → its name, its first number and its last."""

ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {
    "R08": ("set-up finding", "`KAM108`: no role data anywhere is one finding for the org, never one for each account"),
    "G12": ("figure", "`kam_sync.figures.retention`: what came up for renewal and was renewed, beside new sales"),
    "G15": ("figure", "`kam_sync.figures.concentration`: the share of accounts that makes 80 % of sales"),
    "V09": ("refused", "neither Salesforce nor HubSpot records whether feedback has reached product development"),
    "H06": ("figure", "`kam_sync.figures.load`: open findings by manager and area; quality is for people to judge"),
}
"""Catalogue id → its state and the reason, for what is no rule."""


def catalogue_ids() -> tuple[str, ...]:
    """Return every id of the catalogue, in its order."""
    return tuple(
        f"{family}{number:02d}" for family, (_, first, last) in IDS.items() for number in range(first, last + 1)
    )


def catalogue_page(rules: Sequence[RuleFacts]) -> str:
    """Return the table of every catalogue id with its state, as Markdown."""
    by_id = {rule.catalogue_id: rule for rule in rules}
    lines = [
        "# The catalogue and what became of it",
        "",
        "<!-- Made by `make docs` from the installed rules and the catalogue's ids; do not change it here. -->",
        "",
        "Everything that the sources say an account manager can be told from CRM data. What each rule does is in",
        "[rules.md](rules.md).",
    ]
    for family, (title, _, _) in IDS.items():
        lines += ["", f"## {title}", "", "| id | state | where, or why not |", "|---|---|---|"]
        for catalogue_id in catalogue_ids():
            if not catalogue_id.startswith(family):
                continue
            rule = by_id.get(catalogue_id)
            if rule is not None:
                lines.append(f"| {catalogue_id} | rule | `{rule.code}` {rule.name}: {' '.join(rule.summary.split())} |")
            else:
                state, why = ELSEWHERE.get(catalogue_id, ("missing", ""))
                lines.append(f"| {catalogue_id} | {state} | {why} |")
    return "\n".join([*lines, ""])
