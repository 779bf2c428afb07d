"""Digests out of a store that real runs have filled: what people did between two runs is told truly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, text

import kam_sync
from kam_sync.digesting.building import Digest
from kam_sync.digesting.presenting import present
from kam_sync.errors import ConfigError, LeaseHeldError
from kam_sync.records import Role
from kam_sync.store import Store, schema
from kam_sync.store.judging import StoredJudgements
from kam_sync.store.leases import Lease
from support_memory import POLICY, World, healthy, make_world

BERLIN = "digest: {timezone: Europe/Berlin, portfolio: [files], channels: {files: {kind: file, folder: out}}}\n"


@pytest.fixture
def world(folder: Path) -> Iterator[World]:
    world = make_world(folder, healthy("ada"), healthy("bly", owner="bo", roles=dict.fromkeys(Role, ("bo",))))
    yield world
    world.close()


def told(world: World, week: str | None = None) -> dict[str, Digest]:
    digests = kam_sync.digest(world.policy, world.store, world.settings, week=week)
    return {digest.name or "portfolio": digest for digest in digests}


def run(world: World, *, days: int = 0) -> None:
    world.clock.advance(days=days)
    result = world.run()
    assert result.error is None


def test_what_was_solved_is_told_in_the_words_in_which_it_failed(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    world.crm.people.assign_role("ada", Role.INNOVATOR, "amal")
    run(world, days=3)
    world.clock.advance(days=4)
    digests = told(world)
    for name in ("portfolio", "Amal Haddad"):
        (solved,) = digests[name].solved
        assert (solved.account, solved.code, solved.on) == ("Firma Ada", "KAM101", dt.date(2026, 3, 5))
        assert solved.what == "Nobody holds the role of innovator"
        (closed,) = digests[name].closed
        assert (closed.request, closed.on) == ("cover the account roles", dt.date(2026, 3, 5))
        assert closed.url.startswith("https://crm.example/task/")
    assert digests["Bo Lindqvist"].solved == ()
    assert digests["Bo Lindqvist"].all_clear


def test_a_store_that_kept_no_words_names_the_rule(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    with world.store.begin() as connection:
        connection.execute(delete(schema.finding_titles))
    world.crm.people.assign_role("ada", Role.INNOVATOR, "amal")
    run(world, days=1)
    world.clock.advance(days=6)
    assert told(world)["portfolio"].solved[0].what == "missing role"


def test_what_returned_is_no_credit_and_comes_back_as_such(world: World) -> None:
    people = world.crm.people
    people.clear_role("ada", Role.INNOVATOR)
    run(world)
    people.assign_role("ada", Role.INNOVATOR, "amal")
    run(world, days=1)
    people.clear_role("ada", Role.INNOVATOR)
    run(world, days=1)
    world.clock.advance(days=5)
    digest = told(world)["Amal Haddad"]
    assert digest.solved == ()
    assert digest.new == ()
    assert [(found.code, found.since) for found in digest.returned] == [("KAM101", dt.date(2026, 3, 4))]


def test_what_left_the_scope_is_no_credit(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    world.crm.people.set_in_scope("ada", in_scope=False)
    run(world, days=1)
    world.clock.advance(days=6)
    digest = told(world)["portfolio"]
    assert (digest.solved, digest.closed, digest.open_count) == ((), (), 0)
    assert digest.week is not None
    assert (digest.week.opened, digest.week.solved, digest.week.failing) == (1, 0, 0)


def test_whoever_a_person_gave_the_task_to_is_told(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    (task,) = world.open_tasks("ada", "roles")
    world.crm.people.edit_task(task.id, owner="bo", due_on=dt.date(2026, 3, 20))
    run(world, days=1)
    world.clock.advance(days=6)
    digests = told(world)
    assert digests["Amal Haddad"].all_clear
    bos = digests["Bo Lindqvist"]
    assert [finding.account for finding in bos.top] == ["Firma Ada"]
    assert (bos.later, bos.overdue, bos.due_soon) == (1, (), ())


def test_who_was_deactivated_is_told_nothing_and_the_head_is(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    world.crm.people.deactivate_user("amal")
    assert kam_sync.pull(world.policy, world.store, world.settings).exit_code == 0
    assert kam_sync.check(world.policy, world.store, world.settings).exit_code == 0
    world.clock.advance(days=7)
    digests = told(world)
    assert "Amal Haddad" not in digests
    assert ("(nobody)", "Amal Haddad is no longer active") in {
        (row.name, row.note) for row in digests["portfolio"].owners
    }


def test_reviews_are_told_four_weeks_ahead(world: World) -> None:
    for account, days in (("ada", 28), ("bly", 29)):
        world.crm.people.set_plan(account, next_review_on=dt.date(2026, 3, 9) + dt.timedelta(days=days))
    run(world)
    world.clock.advance(days=7)
    digest = told(world)["portfolio"]
    assert [(review.account, review.on) for review in digest.reviews] == [("Firma Ada", dt.date(2026, 4, 6))]


def test_what_waits_is_told_with_the_cap(folder: Path) -> None:
    caps = "{live_per_account: null, live_per_owner: 1, new_per_owner: null}"
    world = make_world(folder, healthy("ada", roles={}), healthy("bly", plan=None), caps=caps)
    run(world)
    world.clock.advance(days=7)
    digest = told(world)["Amal Haddad"]
    assert [(task.account, task.request) for task in digest.waiting] == [
        ("Firma Bly", "bring the account plan up to date")
    ]
    assert digest.waiting[0].cap == "1 live tasks per owner"
    world.close()


def test_two_weeks_are_compared(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    world.crm.people.clear_role("bly", Role.INNOVATOR)
    run(world, days=7)
    world.crm.people.assign_role("ada", Role.INNOVATOR, "amal")
    run(world, days=1)
    world.clock.advance(days=6)
    digest = told(world)["portfolio"]
    assert digest.period.name == "2026-W11"
    assert digest.week is not None
    assert digest.week_before is not None
    assert (digest.week.opened, digest.week.solved, digest.week.failing) == (1, 1, 1)
    assert (digest.week_before.opened, digest.week_before.solved, digest.week_before.failing) == (1, 0, 1)
    earlier = told(world, "2026-W10")["portfolio"]
    assert earlier.week_before is None


def test_what_is_not_known_is_told_to_the_head_only(world: World) -> None:
    world.crm.unknown["roles"] = "no right to read it"
    run(world)
    world.clock.advance(days=7)
    digests = told(world)
    assert digests["portfolio"].needs[0].unknown["KAM101"] == 3
    assert digests["Amal Haddad"].needs == ()
    assert "KAM101 on 3 accounts" in str(present(digests["portfolio"]).sections)


# -- when -------------------------------------------------------------------------------------------------------------


def at(world: World, moment: str) -> str:
    """The week that is told of at a moment."""
    now = world.clock.now()
    world.clock.advance(seconds=(dt.datetime.fromisoformat(moment) - now).total_seconds())
    return told(world)["portfolio"].period.name


def test_a_week_is_over_at_midnight_in_its_zone_when_clocks_change_too(folder: Path) -> None:
    policy = (POLICY + BERLIN.replace("{", "{{").replace("}", "}}")).replace(
        "connector: memory", "connector: memory\n    timezone: Europe/Berlin"
    )
    world = make_world(folder, healthy("ada"), policy=policy)
    run(world)
    assert at(world, "2026-03-29T21:59:59+00:00") == "2026-W12"
    assert at(world, "2026-03-29T22:00:00+00:00") == "2026-W13"  # summer time began on that Sunday
    assert at(world, "2026-10-25T22:59:59+00:00") == "2026-W42"
    assert at(world, "2026-10-25T23:00:00+00:00") == "2026-W43"
    assert at(world, "2027-01-03T23:00:00+00:00") == "2026-W53"
    world.close()


def test_a_week_is_not_over_while_it_lasts_in_an_org(folder: Path) -> None:
    policy = (POLICY + BERLIN.replace("{", "{{").replace("}", "}}")).replace(
        "connector: memory", "connector: memory\n    timezone: America/Los_Angeles"
    )
    world = make_world(folder, healthy("ada"), policy=policy)
    run(world)
    assert at(world, "2026-03-16T06:59:59+00:00") == "2026-W10"
    assert at(world, "2026-03-16T07:00:00+00:00") == "2026-W11"
    world.close()


def test_a_week_that_lasts_can_be_seen_and_not_sent(folder: Path) -> None:
    world = make_world(folder, healthy("ada"), policy=POLICY + BERLIN.replace("{", "{{").replace("}", "}}"))
    run(world)
    digests = kam_sync.digest(world.policy, world.store, world.settings, week="2026-W10")
    planned = kam_sync.planned_deliveries(world.policy, world.store, world.settings, digests)
    assert [delivery.outcome.value for delivery in planned.deliveries] == ["due when the week is over"]
    with pytest.raises(ConfigError, match="can be sent from the day after"):
        kam_sync.send_digests(world.policy, world.store, world.settings, digests)
    with pytest.raises(ConfigError, match="begins on 2026-03-09"):
        told(world, "2026-W11")
    world.close()


# -- what cannot be told ----------------------------------------------------------------------------------------------


def test_nothing_is_told_before_the_first_check(world: World) -> None:
    with pytest.raises(ConfigError, match="main was never pulled"):
        told(world)
    kam_sync.pull(world.policy, world.store, world.settings)
    with pytest.raises(ConfigError, match="main has no finished check"):
        told(world)


def test_a_check_that_was_cut_off_is_not_taken_for_good_news(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    StoredJudgements(world.store, f"memory-{world.crm.crm_name}").clear()  # what a check does first
    with pytest.raises(ConfigError, match="has no finished check"):
        told(world)


def test_a_run_at_work_is_waited_for_and_not_hindered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run(world)
    lease = Lease(world.store, f"memory-{world.crm.crm_name}", "main", "another", world.clock)
    lease.acquire()
    with pytest.raises(LeaseHeldError, match="a run of kam-sync is at work on main"):
        told(world)
    lease.release()
    users = kam_sync.store.mirror.Mirror.users

    def interrupted(mirror: kam_sync.store.mirror.Mirror) -> object:
        if not beginning:
            beginning.append(True)
            lease.acquire()
            lease.release()
        return users(mirror)

    beginning: list[bool] = []
    monkeypatch.setattr(kam_sync.store.mirror.Mirror, "users", interrupted)
    with pytest.raises(LeaseHeldError, match="worked on main meanwhile"):
        told(world)


def test_only_some_orgs_are_not_sent(folder: Path) -> None:
    policy = POLICY.replace("rules:", "  other: {{connector: memory, crm: elsewhere}}\nrules:")
    world = make_world(folder, policy=policy + BERLIN.replace("{", "{{").replace("}", "}}"))
    settings = kam_sync.JobSettings(clock=world.clock, orgs=("main",))
    assert kam_sync.run(world.policy, world.store, settings).exit_code == 0
    world.clock.advance(days=7)
    digests = kam_sync.digest(world.policy, world.store, settings)
    with pytest.raises(ConfigError, match="for all orgs together"):
        kam_sync.send_digests(world.policy, world.store, settings, digests)
    world.close()


def dump(store: Store) -> list[str]:
    """Everything in a store."""
    with store.begin() as connection:
        names = connection.scalars(text("select name from sqlite_master where type = 'table' order by name")).all()
        return [str(connection.execute(text(f"select * from {name}")).all()) for name in names]  # noqa: S608 - ours


def test_looking_changes_nothing(world: World) -> None:
    world.crm.people.clear_role("ada", Role.INNOVATOR)
    run(world)
    world.clock.advance(days=7)
    before, calls = dump(world.store), world.crm.calls
    digests = kam_sync.digest(world.policy, world.store, world.settings)
    kam_sync.planned_deliveries(world.policy, world.store, world.settings, digests)
    assert (dump(world.store), world.crm.calls) == (before, calls)
