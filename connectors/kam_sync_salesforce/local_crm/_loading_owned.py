"""The account on which imported records hang."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An account; `owner` is the id of its owner."""

    slug: str
    id: str
    name: str
    owner: str

    @property
    def whose(self) -> str:
        """The account as an error message names it."""
        return f"the account {self.slug!r}"

    def child(self, slug: str) -> str:
        """Return the slug by which the org knows something of the account, such as `atlas/pumps`."""
        return f"{self.slug}/{slug}"
