"""The whole job on the seeded portfolio: exactly the planted truth becomes tasks, and a second run writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync import job
from kam_sync.session import JobSettings
from kam_sync.store import schema
from kam_sync.store.snapshots import Snapshots
from support_orgs import KINDS, START, Org, portfolio_for, start_org


@pytest.fixture(params=KINDS)
def org(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Org]:
    org = start_org(str(request.param), tmp_path)
    _know_the_roles(org)
    yield org
    org.close()


def _know_the_roles(org: Org) -> None:
    """Let kam-sync have seen every role since it is held: HubSpot does not tell it, an older installation knows."""
    settings = JobSettings(clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds))
    assert job.pull(org.policy, org.store, settings).exit_code == 0
    since = {account.name: account.role_since_days for account in portfolio_for(org.kind).accounts}
    table = schema.role_first_seen
    for snapshot in Snapshots(org.store, org.uid).stream(frozenset()):
        day = START.date() + dt.timedelta(days=since[snapshot.account.name])
        ids = [role.id for role in snapshot.known_roles]
        with org.store.begin() as connection:
            connection.execute(table.update().where(table.c.assignment_id.in_(ids)).values(first_seen_on=day))


def _truth(kind: str) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (account.slug, topic): codes
        for account in portfolio_for(kind).accounts
        for topic, codes in account.expected.items()
    }


def test_the_first_run_makes_exactly_the_planted_tasks_and_the_second_writes_nothing(org: Org) -> None:
    result = org.done()
    links = org.links()
    found = {
        (task.account, links[task.key].topic): frozenset(finding.code for finding in links[task.key].findings)
        for task in org.open_tasks()
        if task.key
    }
    assert found == _truth(org.kind)
    assert result.apply is not None
    assert result.apply.written == len(found)
    again = org.done()
    assert again.plan is not None
    assert not again.plan.operations


def test_each_task_speaks_of_every_finding_in_the_crms_own_text(org: Org) -> None:
    org.done()
    links = org.links()
    for task in org.open_tasks():
        assert task.key is not None
        assert task.due_on is not None
        assert task.due_on > org.clock.now().date()
        assert task.owner
        for finding in links[task.key].findings:
            plain = finding.section.heading
            if not set("<>&\"'") & set(plain):
                assert plain in task.body


def test_a_dry_run_writes_nothing(org: Org) -> None:
    result = org.run(apply=False)
    assert result.exit_code == 0
    assert result.plan is not None
    assert result.plan.creations == len(_truth(org.kind))
    assert org.tasks() == []


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_default_caps_the_rest_is_queued_and_drains_with_time(kind: str, tmp_path: Path) -> None:
    capped = start_org(kind, tmp_path, caps={})
    _know_the_roles(capped)
    try:
        result = capped.done()
        assert result.plan is not None
        made, queued = len(capped.open_tasks()), len(result.plan.queued)
        assert queued
        assert made + queued == len(_truth(kind))
        capped.clock.advance(hours=25)
        following = capped.done()
        assert following.plan is not None
        assert len(capped.open_tasks()) > made
    finally:
        capped.close()
