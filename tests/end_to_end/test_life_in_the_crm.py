"""What people do with tasks in each CRM, and what becomes of the tasks when the facts change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync import upkeep
from kam_sync.errors import RefusedError
from kam_sync.lifecycle import LinkState
from kam_sync.local_crms import PersonsTask
from kam_sync.portfolio import Portfolio
from kam_sync.records import ActivityKind, PlanPart, Role
from kam_sync.session import JobSettings
from kam_sync.store import Store
from support_memory import USERS, healthy
from support_orgs import KINDS, Org, start_org

ACCOUNTS = ("anchor", "lumen", "miro", "nova")
RULES = {"select": ["KAM101", "KAM201", "KAM203"], "top_tiers": ["A"]}
SAFETY = {"max_close_count": 100, "max_row_drop": 1}


@pytest.fixture(params=KINDS)
def org(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Org]:
    portfolio = Portfolio(name="Vendor", users=USERS, accounts=tuple(healthy(slug) for slug in ACCOUNTS))
    org = start_org(str(request.param), tmp_path, portfolio=portfolio, rules=RULES, safety=SAFETY)
    assert org.done().plan is not None
    assert org.tasks() == []
    yield org
    org.close()


def _gap(org: Org, account: str = "lumen", role: Role = Role.INNOVATOR) -> PersonsTask:
    """Leave a role of an account without a holder and return the task that asks for one."""
    org.people.clear_role(account, role)
    org.done()
    return _the_open(org, account)


def _the_open(org: Org, account: str, topic: str = "roles") -> PersonsTask:
    (task,) = org.open_tasks(account, topic)
    return task


def _now(org: Org, task: PersonsTask) -> PersonsTask:
    return next(now for now in org.people.tasks(include_deleted=True) if now.id == task.id)


def _nothing_more(org: Org) -> None:
    result = org.done()
    assert result.plan is not None
    assert not result.plan.operations, [(op.step, op.reason) for op in result.plan.operations]


def test_a_solved_task_is_closed_with_a_note_and_reopened_when_the_problem_returns_soon(org: Org) -> None:
    task = _gap(org)
    assert "innovator" in task.body
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    org.clock.advance(days=2)
    org.done()
    closed = _now(org, task)
    assert not closed.open
    assert "Closed by kam-sync on 2026-11-25" in closed.body
    _nothing_more(org)
    org.people.clear_role("lumen", Role.INNOVATOR)
    org.clock.advance(days=14)
    org.done()
    again = _the_open(org, "lumen")
    assert again.id == task.id
    assert again.due_on is not None
    assert again.due_on > org.clock.now().date()
    assert "Closed by kam-sync" not in again.body
    _nothing_more(org)


def test_a_problem_that_returns_late_gets_a_new_task_that_names_the_former(org: Org) -> None:
    task = _gap(org)
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    org.done()
    org.clock.advance(days=15)
    org.people.clear_role("lumen", Role.INNOVATOR)
    org.done()
    renewed = _the_open(org, "lumen")
    assert renewed.id != task.id
    assert renewed.key != task.key
    assert "earlier task" in renewed.body
    _nothing_more(org)


def test_a_task_follows_the_facts_while_it_is_open(org: Org) -> None:
    task = _gap(org)
    org.people.clear_role("lumen", Role.COLLABORATOR)
    org.done()
    assert "collaborator" in _now(org, task).body
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    org.done()
    now = _now(org, task)
    assert now.open
    assert "role of innovator" not in now.body
    org.people.set_owner("lumen", "bo")
    org.done()
    assert _now(org, task).owner == "bo"
    _nothing_more(org)


def test_people_keep_what_they_changed(org: Org) -> None:
    task = _gap(org)
    day = dt.date(2027, 1, 15)
    org.people.edit_task(task.id, subject="Zoë asks: who innovates?", owner="bo", due_on=day)
    org.people.clear_role("lumen", Role.COLLABORATOR)
    org.people.set_owner("lumen", "ines")
    org.done()
    now = _now(org, task)
    assert (now.subject, now.owner, now.due_on) == ("Zoë asks: who innovates?", "bo", day)
    assert "collaborator" in now.body
    org.people.edit_task(task.id, body="Our own words, 100 % ours.")
    org.people.clear_role("lumen", Role.TECHNICAL_EXPERT)
    org.done()
    assert "technical expert" not in _now(org, task).body
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    org.people.assign_role("lumen", Role.COLLABORATOR, "amal")
    org.people.assign_role("lumen", Role.TECHNICAL_EXPERT, "amal")
    org.done()
    closed = _now(org, task)
    assert not closed.open
    assert "Our own words" in closed.body
    assert "Closed by kam-sync" in closed.body
    org.people.clear_role("lumen", Role.INNOVATOR)
    org.done()
    back = _the_open(org, "lumen")
    assert (back.id, back.subject, back.owner) == (task.id, now.subject, "bo")
    assert "Our own words" in back.body
    _nothing_more(org)


def test_who_mends_the_fact_and_ticks_the_task_has_simply_solved_it(org: Org) -> None:
    task = _gap(org)
    org.people.complete_task(task.id)
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    before = _now(org, task)
    org.done()
    assert _now(org, task) == before
    assert org.links()[task.key or ""].state is LinkState.CLOSED


def test_a_task_completed_over_a_standing_problem_stays_away_for_30_days(org: Org) -> None:
    task = _gap(org)
    org.people.complete_task(task.id)
    org.done()
    for days in (1, 28):
        org.clock.advance(days=days)
        org.done()
        assert org.open_tasks("lumen") == []
    org.clock.advance(days=1)
    org.done()
    renewed = _the_open(org, "lumen")
    assert renewed.id != task.id
    _nothing_more(org)


def test_a_worse_finding_ends_the_peace_at_once(org: Org) -> None:
    task = _gap(org)
    org.people.complete_task(task.id)
    org.people.clear_role("lumen", Role.RESULTS_DRIVER)
    org.done()
    renewed = _the_open(org, "lumen")
    assert renewed.id != task.id
    assert "results driver" in renewed.body
    _nothing_more(org)


def test_a_deferred_task_comes_back_as_the_same_task(org: Org) -> None:
    task = _gap(org)
    org.people.defer_task(task.id)
    org.done()
    assert _now(org, task).raw_status.casefold() == "deferred"
    org.clock.advance(days=30)
    org.done()
    assert _the_open(org, "lumen").id == task.id
    _nothing_more(org)


def test_a_deleted_task_is_not_made_again_before_its_time(org: Org) -> None:
    task = _gap(org)
    org.people.delete_task(task.id)
    org.done()
    org.clock.advance(days=29)
    org.done()
    assert org.open_tasks("lumen") == []
    org.clock.advance(days=1)
    org.done()
    assert _the_open(org, "lumen").id != task.id


def test_a_dismissed_task_that_a_person_reopens_is_live_again(org: Org) -> None:
    task = _gap(org)
    org.people.complete_task(task.id)
    org.done()
    org.people.reopen_task(task.id)
    org.done()
    assert _the_open(org, "lumen").id == task.id
    assert org.links()[task.key or ""].state is LinkState.LIVE
    _nothing_more(org)


def test_a_task_reopened_by_a_person_after_all_is_solved_is_theirs(org: Org) -> None:
    task = _gap(org)
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    org.done()
    org.people.reopen_task(task.id)
    before = _now(org, task)
    org.done()
    assert _now(org, task) == before
    _nothing_more(org)


def test_dismissed_three_times_it_is_left_to_the_report(org: Org) -> None:
    _gap(org)
    for _ in range(3):
        org.people.complete_task(_the_open(org, "lumen").id)
        org.done()
        org.clock.advance(days=30)
        org.done()
    assert org.open_tasks("lumen") == []
    org.clock.advance(days=300)
    result = org.done()
    assert org.open_tasks("lumen", "roles") == []
    assert result.check is not None
    assert result.check.findings["KAM101", "high"] == 1


def test_an_account_that_leaves_the_scope_gets_its_task_withdrawn_once(org: Org) -> None:
    task = _gap(org)
    org.people.set_in_scope("lumen", in_scope=False)
    org.done()
    withdrawn = _now(org, task)
    assert not withdrawn.open
    assert "no longer among the key accounts" in withdrawn.body
    _nothing_more(org)


def test_a_deleted_account_takes_its_task_out_of_the_books(org: Org) -> None:
    task = _gap(org)
    org.people.delete_account("lumen")
    org.done()
    assert org.links()[task.key or ""].state is LinkState.WITHDRAWN
    _nothing_more(org)


def test_of_two_merged_accounts_the_older_task_is_kept(org: Org) -> None:
    older = _gap(org, "lumen")
    org.clock.advance(days=1)
    younger = _gap(org, "miro")
    org.people.merge_accounts(winner="miro", loser="lumen")
    org.people.clear_role("miro", Role.INNOVATOR)
    org.done()
    assert _now(org, older).open
    closed = _now(org, younger)
    assert not closed.open
    assert "merged" in closed.body
    _nothing_more(org)
    org.people.assign_role("miro", Role.INNOVATOR, "amal")
    org.done()
    assert not _now(org, older).open
    _nothing_more(org)


def test_a_lost_store_refuses_to_write_until_it_is_recovered(org: Org, tmp_path: Path) -> None:
    solved, standing = _gap(org, "lumen"), _gap(org, "miro")
    org.store.close()
    org.store = Store.at(tmp_path / "new.db")
    refused = org.run()
    assert isinstance(refused.error, RefusedError)
    assert refused.exit_code == 6
    assert "state recover" in str(refused.error)
    settings = JobSettings(clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds))
    _, recoveries = upkeep.recover(org.policy, org.store, settings)
    assert recoveries["org"].adopted == 2
    _nothing_more_of_people(org, standing)
    org.people.assign_role("lumen", Role.INNOVATOR, "amal")
    org.done()
    assert not _now(org, solved).open
    assert _now(org, standing).open
    assert len(org.tasks("miro")) == 1


def _nothing_more_of_people(org: Org, task: PersonsTask) -> None:
    """Every field of an adopted task counts as a person's, so that nothing in the CRM moves."""
    before = _now(org, task)
    result = org.done()
    assert result.apply is not None
    assert result.apply.written == 0
    assert _now(org, task) == before


def test_what_a_run_made_can_be_taken_back(org: Org) -> None:
    task = _gap(org)
    settings = JobSettings(clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds))
    planned = upkeep.retract(org.policy, org.store, settings, run_id=None)
    assert planned.orgs[0].plan is not None
    assert len(planned.orgs[0].plan.writes) == 1
    assert _now(org, task).open
    upkeep.retract(org.policy, org.store, settings, run_id=None, apply=True)
    taken_back = _now(org, task)
    assert not taken_back.open
    assert "taken back" in taken_back.body


def test_plans_and_next_steps_have_their_own_tasks_and_assignees(org: Org) -> None:
    org.people.assign_role("lumen", Role.PROJECT_MANAGER, "bo")
    if org.kind != "hubspot":  # HubSpot holds one owner per property, the others keep the former holder too
        org.people.clear_role("lumen", Role.PROJECT_MANAGER)
        org.people.assign_role("lumen", Role.PROJECT_MANAGER, "bo")
    org.people.clear_plan("lumen")
    org.people.finish_activities("lumen")
    org.done()
    plan, step = _the_open(org, "lumen", "plan"), _the_open(org, "lumen", "next-steps")
    assert {plan.owner, step.owner} == {"bo"}
    org.people.set_plan("lumen", parts=frozenset(PlanPart), next_review_on=dt.date(2030, 1, 1))
    org.people.add_activity("lumen", kind=ActivityKind.MEETING, on=dt.date(2027, 5, 4), owner="bo")
    org.done()
    assert not _now(org, plan).open
    assert not _now(org, step).open
    _nothing_more(org)


def test_a_person_who_edits_between_plan_and_apply_wins(org: Org) -> None:
    from kam_sync import job

    task = _gap(org)
    org.people.clear_role("lumen", Role.COLLABORATOR)
    settings = JobSettings(clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds))
    planned = job.plan(org.policy, org.store, settings)
    assert planned.plan is not None
    org.people.edit_task(task.id, subject="Changed in between")
    applied = job.apply_plan(org.policy, org.store, settings, planned.plan)
    assert applied.exit_code == 4
    assert applied.orgs[0].apply is not None
    assert applied.orgs[0].apply.conflicts == 1
    assert "collaborator" not in _now(org, task).body
    org.done()
    now = _now(org, task)
    assert now.subject == "Changed in between"
    assert "collaborator" in now.body
    expired = replace(planned.plan, expires_at=org.clock.now())
    with pytest.raises(RefusedError, match="expired"):
        job.apply_plan(org.policy, org.store, settings, expired)
