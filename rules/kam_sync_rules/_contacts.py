"""The customer's people as rules see them: who decides, who stands high, and when each was last in touch with us.

Rules that read these name what they rest on (`contact.buying_roles`, `contact.level`, …) among their needs or uses. A
title tells how high somebody of the customer's stands; it never tells one of our six roles (catalogue, warning 4).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from kam_sync.figures.decision_group import KEY_ROLES as KEY_ROLES  # noqa: PLC0414 - rules read it from here
from kam_sync.figures.touches import last_touches as touches_in
from kam_sync.records import AccountSnapshot, BuyingRole, Contact, ContactLevel
from kam_sync_rules._activities import happened, is_interaction

DECIDERS: Final = frozenset({BuyingRole.DECISION_MAKER, BuyingRole.ECONOMIC_BUYER})
"""Who decides, by authority or by money."""

EXECUTIVE_TITLES: Final = (
    "chief",
    "ceo",
    "cfo",
    "coo",
    "cto",
    "cio",
    "cmo",
    "cpo",
    "president",
    "managing director",
    "director general",
    "executive director",
    "founder",
    "proprietor",
    "managing partner",
    "board member",
    "chairman",
    "chairwoman",
    "geschäftsführer",
    "geschäftsführerin",
    "vorstand",
    "pdg",
    "gérant",
    "director gerente",
    "генеральный директор",
    "مدیرعامل",
    "社長",
)
"""Words by which a title is that of an executive, where the org records no level."""

_LOWER: Final = re.compile(r"\b(vice|assistant to( the)?)[\s-]+")
"""What makes of a president no president."""


def contacts_there(snapshot: AccountSnapshot) -> tuple[Contact, ...]:
    """Return the contacts who are not known to have left, by id; raises when contacts are unknown."""
    may_have_left = snapshot.knows("contact.left")
    there = (contact for contact in snapshot.contacts if not (may_have_left and contact.left))
    return tuple(sorted(there, key=lambda contact: contact.id))


@lru_cache(maxsize=64)
def _words(titles: tuple[str, ...]) -> re.Pattern[str]:
    # A title in a script without blanks has no word boundaries; it is found anywhere.
    parts = [re.escape(title) if title[0] > "\u3000" else rf"\b{re.escape(title)}\b" for title in titles]
    return re.compile("|".join(parts) or r"(?!)")


def is_executive(contact: Contact, snapshot: AccountSnapshot, titles: Sequence[str] = EXECUTIVE_TITLES) -> bool:
    """Return whether a contact is an executive: by the org's level, else by whole words of the title."""
    if snapshot.knows("contact.level") and contact.level is not None:
        return contact.level is ContactLevel.EXECUTIVE
    title = contact.title.casefold() if contact.title and snapshot.knows("contact.title") else ""
    words = _words(tuple(word.casefold() for word in titles))
    return any(not _LOWER.search(title[: found.start()]) for found in words.finditer(title))


def may_be_executive(contact: Contact, snapshot: AccountSnapshot) -> bool:
    """Return whether only the title could tell, and titles cannot be known."""
    return not snapshot.knows("contact.title") and not (snapshot.knows("contact.level") and contact.level)


def has_role(contact: Contact, roles: frozenset[BuyingRole]) -> bool:
    """Return whether a contact has one of these buying roles."""
    return not roles.isdisjoint(contact.buying_roles)


def last_touches(snapshot: AccountSnapshot, today: dt.date) -> dict[str, dt.date]:
    """Return contact id → the last day on which something happened with that contact."""
    return touches_in(snapshot.activities, today)


def contacts_spoken_with(snapshot: AccountSnapshot, today: dt.date, since: dt.date) -> tuple[Contact, ...]:
    """Return the contacts with whom somebody of ours met or talked from a day on."""
    ids = {
        contact_id
        for activity in happened(snapshot, today, since)
        if is_interaction(activity)
        for contact_id in activity.contact_ids
    }
    return tuple(contact for contact in contacts_there(snapshot) if contact.id in ids)
