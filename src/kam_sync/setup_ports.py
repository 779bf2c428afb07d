"""The seam for setting up an org: what a connector offers so that a policy can be proposed and its fields be made.

A connector that has all of `SetsUp` is served by `kam-sync init` (proposals instead of a bare template) and by
`kam-sync setup` (what the policy names and the CRM lacks is made). Both are optional: a connector without it is
written into the policy by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

Answers = Mapping[str, tuple[str, ...]]
"""`Proposal.subject` → the values chosen; an empty tuple leaves the subject out of the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something of the org that may answer a proposal.

    `value` is what the connector's `section` understands, such as a field's API name; `label` is what the org's people
    call it; `detail` is a word on it, such as `date field of Account Plan`.
    """

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One decision that the policy needs, with what the org offers for it.

    Args:
        subject: Canonical name, or `scope`, that is decided; unique within a survey.
        question: What is asked, such as `Which field holds an account's tier?`.
        candidates: What the org has for it, the likeliest first.
        chosen: The values proposed, each a candidate's or one that `setup` would make; empty proposes to leave it out.
        because: Why these, or why none, in the reader's words.
        several: Whether more than one value may be chosen.
    """

    subject: str
    question: str
    candidates: tuple[Candidate, ...]
    chosen: tuple[str, ...]
    because: str
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an org offers for a policy: its name, its IANA time zone, and the proposals in the order to ask them."""

    org_name: str
    timezone: str
    proposals: tuple[Proposal, ...]

    @property
    def proposed(self) -> Answers:
        """The answers of somebody who agrees to everything."""
        return {proposal.subject: proposal.chosen for proposal in self.proposals}


class ItemState(StrEnum):
    """How something that the policy names stands in the org."""

    MISSING = "missing"
    """Setup can make it."""
    PRESENT = "present"
    """It is there, made by people."""
    OURS = "ours"
    """It is there, made by setup and marked so in the CRM; setup can remove it."""
    DIFFERS = "differs"
    """Something of that name is there, of another kind than needed; `SetupItem.remedy` says what to do."""
    BY_HAND = "by hand"
    """It is missing and no API makes it; `SetupItem.remedy` says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupItem:
    """One thing in an org that the policy needs: a field, a value of a picklist, a group, a permission.

    Args:
        id: Unique in the org and the same each time, such as `field Activity.KamSync_Key__c`.
        title: What it is, such as `text field KamSync_Key__c of Activity, 64 characters, unique, external id`.
        serves: The canonical names that rest on it; with `tasks.key` it is not removed while tasks are live.
        state: How it stands.
        remedy: What a person has to do, for `DIFFERS` and `BY_HAND`.
        removal: What becomes of it and of its values on removal, for `OURS`, such as how long it can be restored.
        filled: For `OURS`: how many records hold a value in it, None when that cannot be counted.
    """

    id: str
    title: str
    serves: frozenset[str]
    state: ItemState
    remedy: str = ""
    removal: str = ""
    filled: int | None = 0


@runtime_checkable
class SetsUp(Protocol):
    """What a connector has beside `kam_sync.ports.Connector` to be served by `init` and `setup`.

    Every method that reaches the org may raise the errors of `kam_sync.errors`.
    """

    connection: ClassVar[str]
    """The lines of an org's section that say how to reach and enter the org, commented YAML with four spaces of indent,
    secrets as `${NAME}`."""

    @classmethod
    def section(cls, name: str, connection: str, survey: Survey | None, answers: Answers) -> str:
        """Return an org's section of the policy as commented YAML, two spaces of indent, that validates as it is.

        Args:
            name: The org's name in the policy.
            connection: The lines that say how to reach it: `connection`, or those of another policy.
            survey: What the org offers; None writes the vendor's usual names for an org that was not looked at.
            answers: What was chosen; a subject that is not among them is left out.
        """
        ...

    def survey(self) -> Survey:
        """Look at the org and propose what its section of the policy should say; reads nothing but the schema."""
        ...

    def setup_items(self) -> Sequence[SetupItem]:
        """Return everything in the org that its section of the policy needs, in the order in which it is made."""
        ...

    def set_up(self, item: SetupItem) -> None:
        """Make an item that is missing; making it twice is no error."""
        ...

    def take_down(self, item: SetupItem) -> None:
        """Remove an item that is ours; one that is gone already is no error."""
        ...

    def setup_files(self) -> Mapping[str, str]:
        """Return the same items as files for the vendor's own deployment tool: path → text; empty when it has none."""
        ...
