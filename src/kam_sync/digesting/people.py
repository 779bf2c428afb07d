"""Who a digest is for: the users of all orgs as persons, one where they share an e-mail address. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync.digesting.facts import Fact, OrgFacts
from kam_sync.mailbox import is_address
from kam_sync.records import User

PORTFOLIO: Final = "portfolio"
"""The audience of the digest about everything."""

UserKey = tuple[str, str]
"""An org's name in the policy, and a user's id there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may get a digest.

    `audience` identifies the person without telling who it is. `address` is None where the CRM knows no usable one.
    """

    audience: str
    name: str
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whom users are; `reasons` says of users who get nothing why, by name."""

    persons: Mapping[UserKey, Person]
    reasons: Mapping[UserKey, str]

    def of(self, fact: Fact) -> Person | None:
        """Return whom a fact is told, None when nobody can be told."""
        return self.persons.get((fact.org, fact.user_id)) if fact.user_id is not None else None

    def reason(self, fact: Fact) -> str:
        """Return why nobody can be told of a fact."""
        if fact.user_id is None:
            return "nobody is in charge"
        return self.reasons.get((fact.org, fact.user_id), "a user who was not pulled")


def people_of(orgs: Iterable[OrgFacts]) -> People:
    """Return the persons behind the users of some orgs; a queue, an integration user or who has left is none."""
    persons: dict[UserKey, Person] = {}
    reasons: dict[UserKey, str] = {}
    known: dict[str, Person] = {}
    for facts in orgs:
        for user in sorted(facts.users.values(), key=lambda user: user.id):
            key = (facts.org, user.id)
            if not user.active:
                reasons[key] = f"{user.name} is no longer active"
            elif not user.assignable:
                reasons[key] = f"{user.name} is no person"
            else:
                person = _person(facts.org_uid, user)
                persons[key] = known.setdefault(person.audience, person)
    return People(persons=persons, reasons=reasons)


def _person(org_uid: str, user: User) -> Person:
    address = user.email.strip() if user.email is not None and is_address(user.email.strip()) else None
    identity = address.casefold() if address is not None else f"{org_uid}\n{user.id}"
    hashed = hashlib.sha256(identity.encode()).hexdigest()[:24]
    return Person(audience=f"owner-{hashed}", name=user.name, address=address)
