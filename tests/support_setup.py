"""A connector to a CRM in memory that can also be surveyed and set up, for tests of `init` and `setup`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar

import pytest

from kam_sync import registry
from kam_sync.errors import KamSyncError
from kam_sync.setup_ports import Answers, Candidate, ItemState, Proposal, SetupItem, Survey
from kam_sync.testing.memory import MemoryConnector

TIER = Proposal(
    subject="account.tier",
    question="Which field holds an account's tier?",
    candidates=(
        Candidate(value="Tier__c", label="Customer tier", detail="picklist of Account"),
        Candidate(value="Segment__c", label="Segmento", detail="picklist of Account"),
    ),
    chosen=("Tier__c",),
    because="its name says tier",
)
INNOVATOR = Proposal(
    subject="roles.innovator",
    question="Who is the innovator?",
    candidates=(
        Candidate(value="sponsor", label="Executive Sponsor"),
        Candidate(value="inventor", label="Erfinder"),
    ),
    chosen=("sponsor", "new_innovator"),
    because="nothing is called so",
    several=True,
)
REVIEW = Proposal(
    subject="plan.next_review_on", question="When is the next review?", candidates=(), chosen=(), because="none"
)
SURVEY = Survey(org_name="Ægir & Søn", timezone="Europe/Copenhagen", proposals=(TIER, INNOVATOR, REVIEW))


def item(number: int, state: ItemState = ItemState.MISSING, **changes: object) -> SetupItem:
    """A field that the policy needs."""
    made = SetupItem(
        id=f"field {number}", title=f"text field {number}", serves=frozenset({"account.tier"}), state=state
    )
    return replace(made, **changes)  # type: ignore[arg-type] # the tests name fields of the dataclass only


@dataclass(slots=True)
class SetupOrg:
    """What the org of a `SettingUpConnector` has, and how it behaves."""

    items: dict[str, SetupItem] = field(default_factory=dict)
    refuses: dict[str, KamSyncError] = field(default_factory=dict)
    forgets: set[str] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def has(self, *items: SetupItem) -> None:
        self.items = {each.id: each for each in items}

    def states(self) -> list[ItemState]:
        return [each.state for each in self.items.values()]


class SettingUpConnector(MemoryConnector):
    """Answers as `there` says; every test has one of its own."""

    name: ClassVar[str] = "salesforce"
    there: ClassVar[SetupOrg] = SetupOrg()
    connection: ClassVar[str] = "    crm: ${MEMORY_CRM}\n"
    connection_keys: ClassVar[tuple[str, ...]] = ("crm",)

    @classmethod
    def section(cls, name: str, connection: str, survey: Survey | None, answers: Answers) -> str:
        zone = survey.timezone if survey else "UTC"
        chosen = "".join(f"    # {subject}: {', '.join(values)}\n" for subject, values in answers.items() if values)
        return f"  {name}:\n    connector: salesforce\n    timezone: {zone}\n{connection}{chosen}"

    def survey(self) -> Survey:
        self._call("survey")
        return SURVEY

    def setup_items(self) -> Sequence[SetupItem]:
        return tuple(self.there.items.values())

    def _becomes(self, wanted: SetupItem, state: ItemState, act: str) -> None:
        if wanted.id in self.there.refuses:
            raise self.there.refuses[wanted.id]
        self.there.acts.append(f"{act} {wanted.id}")
        if wanted.id not in self.there.forgets:
            self.there.items[wanted.id] = replace(wanted, state=state)

    def set_up(self, item: SetupItem) -> None:
        self._becomes(item, ItemState.OURS, "make")

    def take_down(self, item: SetupItem) -> None:
        self._becomes(item, ItemState.MISSING, "remove")

    def setup_files(self) -> Mapping[str, str]:
        return self.there.files


def install(patch: pytest.MonkeyPatch) -> SetupOrg:
    """Put the connector in place of Salesforce's and return what its org has."""
    there = SetupOrg()
    patch.setattr(SettingUpConnector, "there", there)
    group = registry.CONNECTORS
    ours = EntryPoint(name="salesforce", value="support_setup:SettingUpConnector", group=group)
    plain = EntryPoint(name="hubspot", value="kam_sync.testing.memory:MemoryConnector", group=group)

    def found(*, group: str) -> Sequence[EntryPoint]:
        return (ours, plain) if group == registry.CONNECTORS else tuple(entry_points(group=group))

    patch.setattr("kam_sync.registry.entry_points", found)
    return there
