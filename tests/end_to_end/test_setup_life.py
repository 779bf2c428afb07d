"""From a CRM in which nothing is prepared to tasks by a policy of one's own, and back to nothing."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kam_sync.cli import main
from kam_sync.clock import ManualClock
from kam_sync.config import load_policy
from kam_sync.local_crms import LocalCrm
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioUser
from kam_sync.records import Role
from kam_sync.registry import load_rules
from kam_sync.session import JobSettings
from kam_sync.setting_up import OrgSetup, setup
from kam_sync.setup_ports import ItemState
from kam_sync.store import Store
from kam_sync_hubspot.local_crm import LocalHubSpot
from kam_sync_salesforce.local_crm import LocalSalesforce
from support_cli import MEMORY_DISK

START = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
HEAD = "amina@vendor.example"
PEOPLE = ("amina", "birk", "chidi")
PORTFOLIO = Portfolio(
    name="Vendor",
    users=tuple(
        PortfolioUser(slug=slug, name=f"{slug.title()} Þór", email=f"{slug}@vendor.example", manager=manager)
        for slug, manager in zip(PEOPLE, (None, "amina", "amina"), strict=True)
    ),
    accounts=tuple(
        PortfolioAccount(slug=slug, name=name, owner="birk")
        for slug, name in (("one", "Ånes Båtbyggeri"), ("two", "Окна & двери"), ("three", "紙と糸"))
    ),
)


@dataclass(slots=True)
class Bare:
    """A CRM without anything of ours, and somebody who begins with it on the command line."""

    kind: str
    crm: LocalCrm
    clock: ManualClock
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        policy = str(self.folder / "kam-sync.yaml")
        given = (*words, "--output", policy) if words[0] == "init" else ("--policy", policy, *words)
        done = main(given, clock=self.clock, sleep=lambda seconds: self.clock.advance(seconds=seconds))
        shown = self.capsys.readouterr()
        assert done == code, (words, shown.out[-3000:], shown.err[-3000:])
        return shown.out + shown.err

    def connection(self) -> str:
        """Write a policy that says no more than how to reach the CRM."""
        section = dict(self.crm.org_settings)
        path = self.folder / "connection.yaml"
        policy = {"version": 1, "orgs": {"org": section}, "tasks": {"fallback_assignee": HEAD}}
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(policy, file)
        return str(path)

    def items(self) -> OrgSetup:
        policy = load_policy(self.folder / "kam-sync.yaml", load_rules())
        settings = JobSettings(clock=self.clock, sleep=lambda seconds: self.clock.advance(seconds=seconds))
        with Store(policy.state_url) as store:
            (found,) = setup(policy, store, settings)
        return found


@pytest.fixture(params=[LocalHubSpot, LocalSalesforce], ids=lambda kind: kind.name)
def bare(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Bare]:
    clock = ManualClock(START)
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        crm = request.param.start(Path(name) / "crm", clock=clock, bare=True)
        try:
            crm.load(PORTFOLIO)
            yield Bare(kind=request.param.name, crm=crm, clock=clock, folder=Path(name), capsys=capsys)
        finally:
            crm.stop()


def test_from_nothing_to_tasks_and_back(bare: Bare) -> None:
    told = bare("init", f"--{bare.kind}", "--connect-as", bare.connection(), "--yes")
    assert "setup (shows how the CRM would get" in told

    # Planned, nothing is made; then all of it; then there is nothing left to make.
    planned = bare.items()
    assert len(planned.chosen) >= 8
    assert {item.state for item in planned.items} <= {ItemState.MISSING, ItemState.PRESENT}
    assert "Nothing was changed." in bare("setup")
    assert [item.id for item in bare.items().chosen] == [item.id for item in planned.chosen]
    assert f"{len(planned.chosen)} items made" in bare("setup", "--apply")
    assert "nothing is missing that setup could make" in bare("setup", "--apply")
    made = bare.items()
    assert {item.id for item in made.items if item.state is ItemState.OURS} == {item.id for item in planned.chosen}

    # People use what was made, and a run reads and writes it.
    people = bare.crm.people
    for account in ("one", "two", "three"):
        if bare.kind == "hubspot":  # where nothing marks key accounts, as in the bare Salesforce, every account is one
            people.set_in_scope(account, in_scope=True)
        for role in Role:
            people.assign_role(account, role, "chidi")
        people.set_plan(account, next_review_on=dt.date(2027, 1, 11), start_on=dt.date(2026, 1, 1))
    people.clear_role("two", Role.INNOVATOR)
    people.set_plan("three", next_review_on=dt.date(2026, 11, 1), start_on=dt.date(2026, 1, 1))
    bare("run", "--apply")
    ours = {(task.account, task.subject.partition(": ")[2]): task for task in people.tasks() if task.key and task.open}
    assert {account for account, _ in ours} == {"two", "three"}
    assert ("two", "cover the account roles") in ours
    assert ("three", "bring the account plan up to date") in ours
    people.assign_role("two", Role.INNOVATOR, "birk")
    bare.clock.advance(hours=24)
    bare("run", "--apply")
    assert not any(task.open for task in people.tasks() if task.key == ours["two", "cover the account roles"].key)

    # It goes again, but not while tasks are recognised by it, nor what people entered without a word.
    refused = bare("setup", "--remove", "--apply", code=6)
    assert "close them with `kam-sync retract --all --apply` first" in refused
    bare("retract", "--all", "--apply")
    assert "--accept filled" in bare("setup", "--remove", "--apply", code=6)
    bare("setup", "--remove", "--apply", "--accept", "filled")
    left = bare.items()
    assert [item.id for item in left.chosen] == [item.id for item in planned.chosen]
    assert "nothing of setup's is there" in bare("setup", "--remove")
