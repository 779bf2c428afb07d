"""What the rules on the customer's people share: names for them, and the two lacks that several rules speak of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import StringConstraints

from kam_sync.records import AccountSnapshot, Contact, RecordKind
from kam_sync.rules_api import Evidence, RuleContext
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._contacts import contacts_spoken_with, contacts_there, is_executive, last_touches
from kam_sync_rules._text import joined

MOST_EVIDENCE: Final = 5
"""So many of the people or deals at issue are named (design, section 6)."""

AGE_NAMES: Final = ("account.created_on", "account.key_since")
"""What tells how long it has been a key account; every rule that asks `is_younger` uses them."""

TOUCH_NAMES: Final = ("activities", "activity.contact_ids")
"""What tells when a contact was last in touch with us."""

Words = tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...]
"""Words that a parameter lists, none of them empty."""


def contact_name(contact: Contact) -> str:
    """Return a contact's name on one line, or the id of one whose name is empty."""
    return " ".join(contact.name.split()) or f"contact {contact.id}"


def names_of(contacts: Sequence[Contact]) -> str:
    """Return the names of contacts as a person lists them, the first few only."""
    names = [contact_name(contact) for contact in contacts[:MOST_EVIDENCE]]
    return joined([*names, "others"] if len(contacts) > MOST_EVIDENCE else names)


def of_contact(contact: Contact, text: str) -> Evidence:
    """Return a fact about a contact: the name, then the text."""
    return Evidence(text=f"{contact_name(contact)} {text}", record=(RecordKind.CONTACT, contact.id))


def touched_words(contact: Contact, touches: Mapping[str, dt.date]) -> str:
    """Say when a contact was last in touch with us."""
    date = touches.get(contact.id)
    return f"was last in touch with us on {date}" if date else "was never in touch with us"


def first_unknown(snapshot: AccountSnapshot, *names: str) -> str | None:
    """Return the first of these canonical names that is unknown, or None."""
    return next((name for name in names if not snapshot.knows(name)), None)


def too_few_spoken_with(
    snapshot: AccountSnapshot, context: RuleContext, *, days: int, least: int
) -> tuple[Contact, ...] | None:
    """Return with whom we met or talked in the last days when those are fewer than `least`, else None.

    None too while the account is younger than that. Needs `contacts`, `activities` and `activity.contact_ids`.
    """
    if is_younger(snapshot, context.today, days):
        return None
    spoken_with = contacts_spoken_with(snapshot, context.today, context.days_ago(days))
    return spoken_with if len(spoken_with) < least else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutiveReach:
    """How we stand with the customer's executives.

    `gap` is `missing` when none is known, `untouched` when none was touched in the last days, else empty; `unknown` is
    the canonical name without which that cannot be told.
    """

    executives: tuple[Contact, ...]
    gap: str = ""
    unknown: str | None = None


def executive_reach(
    snapshot: AccountSnapshot, context: RuleContext, *, days: int, grace_days: int, titles: Sequence[str]
) -> ExecutiveReach:
    """Return how we stand with the executives; no gap while the account is too young for it.

    Needs `contacts` and `contact.title`, uses `contact.level` and what `TOUCH_NAMES` says.
    """
    executives = tuple(contact for contact in contacts_there(snapshot) if is_executive(contact, snapshot, titles))
    if not executives:
        young = is_younger(snapshot, context.today, grace_days)
        return ExecutiveReach(executives=(), gap="" if young else "missing")
    if is_younger(snapshot, context.today, days):
        return ExecutiveReach(executives=executives)
    unknown = first_unknown(snapshot, *TOUCH_NAMES)
    if unknown is not None:
        return ExecutiveReach(executives=executives, unknown=unknown)
    touches = last_touches(snapshot, context.today)
    limit = context.days_ago(days)
    reached = any(touches.get(contact.id, dt.date.min) >= limit for contact in executives)
    return ExecutiveReach(executives=executives, gap="" if reached else "untouched")
