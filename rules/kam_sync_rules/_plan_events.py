"""What happens at an account that its plan must take in: lost deals, worse grades, new owners, new executives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kam_sync.records import AccountSnapshot, RecordKind
from kam_sync.rules_api import Evidence
from kam_sync_rules._contacts import contacts_there, is_executive
from kam_sync_rules._relations import contact_name, first_unknown
from kam_sync_rules._text import person, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened on a day; `words` go after “that” in a sentence."""

    on: dt.date
    words: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days after one day, up to another, which is in it."""

    after: dt.date
    until: dt.date

    def __contains__(self, date: dt.date) -> bool:
        return self.after < date <= self.until


Source = Callable[[AccountSnapshot, Span, Sequence[str]], Sequence[Event] | str]
"""Returns the events of the days that count, or the canonical name without which they cannot be known."""

EVENT_NAMES: Final = (
    "opportunities",
    "feedback",
    "feedback.grade",
    "feedback.history",
    "owner_changes",
    "contacts",
    "contact.created_on",
    "contact.level",
    "contact.title",
    "contact.left",
)
"""Everything that the sources read where it is known."""


def _lost_deals(snapshot: AccountSnapshot, span: Span, titles: Sequence[str]) -> Sequence[Event] | str:
    if not snapshot.knows("opportunities"):
        return "opportunities"
    return [
        Event(
            on=deal.close_on,
            words=f"the deal {quoted(deal.name)} was lost",
            evidence=Evidence(
                text=f"The deal {quoted(deal.name)} was lost on {deal.close_on}",
                record=(RecordKind.OPPORTUNITY, deal.id),
            ),
        )
        for deal in snapshot.opportunities
        if not deal.is_open and not deal.is_won and deal.close_on is not None and deal.close_on in span
    ]


def _worse_grades(snapshot: AccountSnapshot, span: Span, titles: Sequence[str]) -> Sequence[Event] | str:
    unknown = first_unknown(snapshot, "feedback", "feedback.grade", "feedback.history")
    if unknown is not None:
        return unknown
    graded = [(feedback, feedback.grade) for feedback in snapshot.feedback if feedback.grade is not None]
    return [
        Event(
            on=feedback.on,
            words=f"the customer's grade fell to {grade}",
            evidence=Evidence(
                text=f"The grade was {before} on {earlier.on} and {grade} on {feedback.on}",
                record=(RecordKind.FEEDBACK, feedback.id),
            ),
        )
        for (earlier, before), (feedback, grade) in pairwise(graded)
        if grade.letters_below_a > before.letters_below_a and feedback.on in span
    ]


def _new_owners(snapshot: AccountSnapshot, span: Span, titles: Sequence[str]) -> Sequence[Event] | str:
    if not snapshot.knows("owner_changes"):
        return "owner_changes"
    return [
        Event(
            on=change.on,
            words="the account got another owner",
            evidence=Evidence(
                text=f"The account passed to {_owner(change.to_id, snapshot)} on {change.on}",
                record=(RecordKind.OWNER_CHANGE, change.id),
            ),
        )
        for change in snapshot.owner_changes
        if change.on in span
    ]


def _owner(user_id: str | None, snapshot: AccountSnapshot) -> str:
    if not user_id:
        return "nobody"
    user = snapshot.users.get(user_id)
    return person(user.name if user is not None else "", user_id)


def _new_executives(snapshot: AccountSnapshot, span: Span, titles: Sequence[str]) -> Sequence[Event] | str:
    unknown = first_unknown(snapshot, "contacts", "contact.created_on")
    if unknown is not None:
        return unknown
    new = [(c, c.created_on) for c in contacts_there(snapshot) if c.created_on is not None and c.created_on in span]
    events = [
        Event(
            on=created,
            words=f"the executive {contact_name(contact)} was added",
            evidence=Evidence(
                text=f"The executive {contact_name(contact)} was added on {created}",
                record=(RecordKind.CONTACT, contact.id),
            ),
        )
        for contact, created in new
        if is_executive(contact, snapshot, titles)
    ]
    without_level = any(not snapshot.knows("contact.level") or contact.level is None for contact, _ in new)
    in_doubt = not events and without_level and not snapshot.knows("contact.title")
    return "contact.title" if in_doubt else events


SOURCES: Final[Mapping[str, Source]] = {
    "deals": _lost_deals,
    "grade": _worse_grades,
    "owner": _new_owners,
    "executive": _new_executives,
}
"""Problem key → what happened of that kind."""
