"""How a report says things: levels, states and people in words, the same in HTML, JSON and CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from kam_sync.names import NAMES
from kam_sync.reporting.figures import Person
from kam_sync.roles import RoleLevel

LEVELS: Final[Mapping[RoleLevel | None, str]] = {
    None: "unknown",
    RoleLevel.ABSENT: "absent",
    RoleLevel.NAMED: "named",
    RoleLevel.ACTIVE: "active",
    RoleLevel.EVIDENCED: "evidenced",
}
"""How far a role is played; unknown is not absent."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def person_label(person: Person) -> str:
    """Return how one of our people is called; nobody and somebody unknown are said as such."""
    if not person.known:
        return "unknown"
    return person.name or person.id or "nobody"


def person_key(person: Person) -> str:
    """Return what tells our people apart over all orgs."""
    return f"{person.org}/{person.id or ''}" if person.known else f"{person.org}/?"


def words_of(name: str) -> str:
    """Return what a canonical name is about, as a person reads it."""
    return NAMES[name].words if name in NAMES else name


def day(date: dt.date | None) -> str:
    """Return a date as people read it, such as `23 Nov 2026`, whatever the machine's language; empty for none."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}" if date is not None else ""


def moment(at: dt.datetime | None) -> str:
    """Return a moment as people read it, in UTC, such as `23 Nov 2026, 08:00 UTC`; empty for none."""
    if at is None:
        return ""
    utc = at.astimezone(dt.UTC)
    return f"{day(utc.date())}, {utc:%H:%M} UTC"


def month(bucket: str) -> str:
    """Return a month such as `2026-11` as `Nov 2026`; anything else stays as it is."""
    year, dash, number = bucket.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}" if dash and number.isdigit() else bucket
