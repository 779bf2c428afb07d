"""A competitor's shortest path into an account: where we leave it open, ranked, each opening with its evidence.

It runs through units that we never talked to, through offers that we lack, and through important people who have not
heard from us (catalogue, section 7). Pass contacts who left neither in nor on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kam_sync.dates import add_days, add_months
from kam_sync.figures.decision_group import KEY_ROLES
from kam_sync.records import Contact, Opportunity, RecordKind
from kam_sync.rules_api import Evidence

LACK_WORDS: Final = ("product gap", "missing feature", "functionality", "product fit")
"""Words of a loss reason by which something was lost because our offer lacks it."""

UNIT_MONTHS: Final = 12
CONTACT_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class UntouchedUnit:
    """A unit of the customer's: who we know there, and when any of them was last in touch with us, None for never."""

    key: str
    name: str
    contacts: tuple[Contact, ...]
    last_touch: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietContact:
    """A contact and since when we have been silent: since the last touch, or, if `never`, since it was recorded."""

    contact: Contact
    since: dt.date
    never: bool


class OpeningKind(StrEnum):
    """What a competitor can come in by; the order of the members is the order of the ranking."""

    UNIT = "unit"
    OFFER = "offer"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One place where the account is open to a competitor; `rank` counts from 1, the shortest way in."""

    rank: int
    kind: OpeningKind
    name: str
    evidence: tuple[Evidence, ...]


def unit_key(name: str) -> str:
    """Return how a unit is told apart: without regard to case or blanks."""
    return " ".join(name.split()).casefold()


def untouched_units(
    contacts: Sequence[Contact], touches: Mapping[str, dt.date], since: dt.date, units: Sequence[str] = ()
) -> tuple[UntouchedUnit, ...]:
    """Return the units where nobody was in touch with us from a day on, never touched ones first, then by silence.

    Args:
        contacts: The customer's people; their departments are the units.
        touches: Contact id → last touch (`kam_sync.figures.touches.last_touches`).
        since: The first day that counts.
        units: Units that there are beside those departments.
    """
    names: dict[str, str] = {}
    people: dict[str, list[Contact]] = {}
    for name in units:
        names.setdefault(unit_key(name), " ".join(name.split()))
    for contact in sorted(contacts, key=lambda contact: contact.id):
        key = unit_key(contact.department or "")
        names.setdefault(key, " ".join((contact.department or "").split()))
        people.setdefault(key, []).append(contact)
    names.pop("", None)
    found = [
        UntouchedUnit(
            key=key,
            name=name,
            contacts=tuple(people.get(key, ())),
            last_touch=max((touches[one.id] for one in people.get(key, ()) if one.id in touches), default=None),
        )
        for key, name in names.items()
    ]
    untouched = [unit for unit in found if unit.last_touch is None or unit.last_touch < since]
    return tuple(sorted(untouched, key=lambda unit: (unit.last_touch or dt.date.min, bool(unit.contacts), unit.key)))


def lost_for_lack(
    opportunities: Sequence[Opportunity], since: dt.date, words: Sequence[str] = LACK_WORDS
) -> tuple[Opportunity, ...]:
    """Return what was lost from a day on because our offer lacks something, the latest first.

    A loss counts when its reason contains one of `words`, whatever the case; one without a close date does not.
    """
    lost = [
        deal
        for deal in opportunities
        if not deal.is_open and not deal.is_won and deal.close_on is not None and deal.close_on >= since
    ]
    lacking = [deal for deal in lost if _says(deal.loss_reason, words)]
    return tuple(sorted(lacking, key=lambda deal: (deal.close_on or since, deal.id), reverse=True))


def _says(reason: str | None, words: Sequence[str]) -> bool:
    text = " ".join((reason or "").split()).casefold()
    return any(word.casefold() in text for word in words)


def quiet_contacts(
    contacts: Iterable[Contact], touches: Mapping[str, dt.date], before: dt.date
) -> tuple[QuietContact, ...]:
    """Return the contacts whose last touch lies before a day, the longest silent first.

    Somebody who was never touched counts from when the contact was recorded; without that date nothing is said.
    """
    dated = ((contact, touches.get(contact.id)) for contact in contacts)
    since = ((contact, touched or contact.created_on, touched is None) for contact, touched in dated)
    found = [
        QuietContact(contact=contact, since=date, never=never)
        for contact, date, never in since
        if date is not None and date < before
    ]
    return tuple(sorted(found, key=lambda quiet: (quiet.since, quiet.contact.id)))


def shortest_path(
    *,
    contacts: Sequence[Contact],
    touches: Mapping[str, dt.date],
    opportunities: Sequence[Opportunity],
    today: dt.date,
    units: Sequence[str] = (),
    words: Sequence[str] = LACK_WORDS,
    unit_months: int = UNIT_MONTHS,
    contact_days: int = CONTACT_DAYS,
) -> tuple[Opening, ...]:
    """Return a competitor's ways into the account, the shortest first.

    Units come first, those we never talked to before those we have not talked to for `unit_months`; then what we lack,
    the reason that lost us most before others; then people in a key buying role who have not been touched for more
    than `contact_days`, the longest silent first. Pass as empty what is unknown: it opens nothing.
    """
    year = add_months(today, -unit_months)
    key_people = [contact for contact in contacts if not KEY_ROLES.isdisjoint(contact.buying_roles)]
    openings = [
        *(_by_unit(unit) for unit in untouched_units(contacts, touches, year, units)),
        *_by_offer(lost_for_lack(opportunities, year, words)),
        *(_by_contact(quiet) for quiet in quiet_contacts(key_people, touches, add_days(today, -contact_days))),
    ]
    return tuple(
        Opening(rank=rank, kind=kind, name=name, evidence=evidence)
        for rank, (kind, name, evidence) in enumerate(openings, start=1)
    )


_Draft = tuple[OpeningKind, str, tuple[Evidence, ...]]


def _by_unit(unit: UntouchedUnit) -> _Draft:
    if not unit.contacts:
        return OpeningKind.UNIT, unit.name, (Evidence(text="We know nobody there"),)
    touched = f"The last touch there was on {unit.last_touch}" if unit.last_touch else "Nobody there was ever touched"
    people = (
        Evidence(text=f"{contact.name} works there", record=(RecordKind.CONTACT, contact.id))
        for contact in unit.contacts
    )
    return OpeningKind.UNIT, unit.name, (Evidence(text=touched), *people)


def _by_offer(lost: Sequence[Opportunity]) -> list[_Draft]:
    by_reason: dict[str, list[Opportunity]] = {}
    for deal in lost:
        by_reason.setdefault(unit_key(deal.loss_reason or ""), []).append(deal)
    return [
        (
            OpeningKind.OFFER,
            " ".join((deals[0].loss_reason or "").split()),
            tuple(
                Evidence(text=f"{deal.name} was lost on {deal.close_on}", record=(RecordKind.OPPORTUNITY, deal.id))
                for deal in deals
            ),
        )
        for deals in sorted(by_reason.values(), key=len, reverse=True)
    ]


def _by_contact(quiet: QuietContact) -> _Draft:
    text = f"Recorded on {quiet.since} and never touched" if quiet.never else f"Last touched on {quiet.since}"
    evidence = Evidence(text=text, record=(RecordKind.CONTACT, quiet.contact.id))
    return OpeningKind.CONTACT, quiet.contact.name, (evidence,)
