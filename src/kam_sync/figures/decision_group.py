"""How well the customer's decision group is known: which buying roles have a name, and what is recorded of its members.

Only what selling needs is counted: role, stance, influence, criteria, and whether we were ever in touch. Personal data
such as birthdays is neither asked for nor scored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kam_sync.records import BuyingRole, Contact

KEY_ROLES: Final = frozenset(
    {BuyingRole.DECISION_MAKER, BuyingRole.ECONOMIC_BUYER, BuyingRole.CHAMPION, BuyingRole.EXECUTIVE_SPONSOR}
)
"""The buying roles whose loss or silence hurts most."""

WANTED_ROLES: Final = (
    BuyingRole.DECISION_MAKER,
    BuyingRole.ECONOMIC_BUYER,
    BuyingRole.TECHNICAL_BUYER,
    BuyingRole.CHAMPION,
)
"""The buying roles that a decision group is asked for unless somebody says otherwise (catalogue C03)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which buying roles of a decision group are known: role → who plays it, empty where nobody is known to."""

    people: Mapping[BuyingRole, tuple[Contact, ...]]

    @property
    def missing(self) -> tuple[BuyingRole, ...]:
        """The roles that nobody is known to play, in the order asked."""
        return tuple(role for role, contacts in self.people.items() if not contacts)

    @property
    def percent(self) -> int | None:
        """The share of the roles that somebody is known to play, rounded down; None when no role was asked for."""
        if not self.people:
            return None
        return (len(self.people) - len(self.missing)) * 100 // len(self.people)


def coverage(contacts: Sequence[Contact], roles: Sequence[BuyingRole] = WANTED_ROLES) -> Coverage:
    """Return who plays each of these buying roles; one person may play several, several people may play one."""
    return Coverage(
        people={role: tuple(contact for contact in contacts if role in contact.buying_roles) for role in roles}
    )


class ProfilePart(StrEnum):
    """What is worth knowing of a member of the decision group, beside the buying role that makes one a member."""

    STANCE = "stance"
    INFLUENCE = "influence"
    DECISION_CRITERIA = "decision_criteria"
    TOUCH = "touch"
    """Whether anything ever happened with this person."""

    @property
    def label(self) -> str:
        """The part as a person reads it."""
        return "any contact with us" if self is ProfilePart.TOUCH else self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A member of the decision group, and which of the parts asked for are empty."""

    contact: Contact
    empty: tuple[ProfilePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFilling:
    """How much is recorded of a decision group; the buying role itself is one of the things asked, and filled."""

    profiles: tuple[Profile, ...]
    asked: int
    filled: int

    @property
    def percent(self) -> int | None:
        """The share that is filled, rounded down; None when the group has no member."""
        return self.filled * 100 // self.asked if self.asked else None


def profile_filling(
    contacts: Sequence[Contact], parts: Sequence[ProfilePart] = tuple(ProfilePart), touched: Collection[str] = ()
) -> ProfileFilling:
    """Return how much of these parts is recorded of the members: the contacts with a buying role, whichever.

    Args:
        contacts: The customer's people.
        parts: What to ask for; leave out what the org does not record.
        touched: Ids of the contacts with whom anything ever happened.
    """
    profiles = tuple(
        Profile(contact=contact, empty=tuple(part for part in parts if not _is_filled(contact, part, touched)))
        for contact in contacts
        if contact.buying_roles
    )
    asked = len(profiles) * (len(parts) + 1)
    return ProfileFilling(
        profiles=profiles, asked=asked, filled=asked - sum(len(profile.empty) for profile in profiles)
    )


def _is_filled(contact: Contact, part: ProfilePart, touched: Collection[str]) -> bool:
    match part:
        case ProfilePart.STANCE:
            return contact.stance is not None
        case ProfilePart.INFLUENCE:
            return contact.influence
        case ProfilePart.DECISION_CRITERIA:
            return contact.decision_criteria
        case ProfilePart.TOUCH:
            return contact.id in touched
