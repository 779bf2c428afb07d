"""What people do in the local HubSpot, and what the API then shows of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.local_crms import People
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role
from support_local_hubspot import SMALL, Running, running

DAY = "/crm/objects/2026-09"
PLAN = (
    "plan_start",
    "plan_end",
    "plan_last_review",
    "plan_next_review",
    "plan_relations",
    "plan_swot",
    "plan_goals",
    "plan_strategy",
)


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL) as started:
        yield started


def test_tasks_are_told_in_the_crms_words_oldest_first(hubspot: Running) -> None:
    people: People = hubspot.crm.people
    own = hubspot.task(
        hubspot.crm.id_of("nordic"),
        hs_timestamp="2026-12-01T23:30:00Z",
        hs_task_subject="Ours",
        hs_task_body="<p>x</p>",
        hs_task_priority="HIGH",
        hubspot_owner_id=hubspot.owner("jonas"),
        kam_sync_key="k1abc-1",
    )
    made = people.add_activity("nordic", kind=ActivityKind.TASK, on=dt.date(2026, 12, 3), owner="mei", subject="Mine")
    first, second = people.tasks(account="nordic")
    assert (first.id, first.account, first.subject, first.body) == (own, "nordic", "Ours", "<p>x</p>")
    assert (first.owner, first.due_on, first.open, first.deleted) == ("jonas", dt.date(2026, 12, 1), True, False)
    assert (first.raw_status, first.raw_priority, first.key) == ("NOT_STARTED", "HIGH", "k1abc-1")
    assert (second.id, second.owner, second.due_on, second.key) == (made, "mei", dt.date(2026, 12, 3), None)
    everywhere = people.tasks()
    assert [task.account for task in everywhere] == ["solaris", "solaris", "nordic", "nordic"]
    assert everywhere[1].owner == "" or everywhere[0].owner == ""  # one of them nobody owns


def test_ticking_deferring_and_reopening_move_status_completion_and_stamp(hubspot: Running) -> None:
    task = hubspot.task(hubspot.crm.id_of("quiet"))
    stamps = [str(hubspot.properties("tasks", task)["hs_lastmodifieddate"])]
    for act, status, completed in (
        (hubspot.crm.people.defer_task, "DEFERRED", False),
        (hubspot.crm.people.complete_task, "COMPLETED", True),
        (hubspot.crm.people.reopen_task, "NOT_STARTED", False),
    ):
        act(task)
        found = hubspot.properties("tasks", task, "hs_task_status", "hs_task_completion_date")
        assert found["hs_task_status"] == status
        assert (found["hs_task_completion_date"] is not None) is completed
        stamps.append(str(found["hs_lastmodifieddate"]))
        (persons,) = hubspot.crm.people.tasks(account="quiet")
        assert (persons.open, persons.raw_status) == (not completed, status)
    assert stamps == sorted(set(stamps))


def test_a_deleted_task_is_archived_and_only_people_know_where_it_hung(hubspot: Running) -> None:
    task = hubspot.task(hubspot.crm.id_of("quiet"), hs_task_subject="Away")
    hubspot.crm.people.delete_task(task)
    assert hubspot.crm.people.tasks(account="quiet") == []
    assert task not in {each.id for each in hubspot.crm.people.tasks()}
    (deleted,) = [each for each in hubspot.crm.people.tasks(include_deleted=True) if each.deleted]
    assert (deleted.id, deleted.account, deleted.subject) == (task, "quiet", "Away")
    assert hubspot.crm.people.tasks(account="quiet", include_deleted=True) == [deleted]
    assert hubspot.crm.people.tasks(account="nordic", include_deleted=True) == []
    read = hubspot.client.post("/crm/associations/2026-09/tasks/companies/batch/read", {"inputs": [{"id": task}]})
    assert read.at("errors", 0, "subCategory") == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert hubspot.client.get(f"{DAY}/tasks/{task}").status == 404
    assert hubspot.client.get(f"{DAY}/tasks", archived="true").ids() == [task]
    for act in (hubspot.crm.people.delete_task, hubspot.crm.people.complete_task):
        with pytest.raises(KeyError, match="deleted"):
            act(task)


def test_a_task_is_edited_field_by_field(hubspot: Running) -> None:
    task = hubspot.task(hubspot.crm.id_of("quiet"), hs_task_subject="Old", hubspot_owner_id=hubspot.owner("mei"))
    people = hubspot.crm.people
    people.edit_task(task, subject="New")
    (found,) = people.tasks(account="quiet")
    assert (found.subject, found.owner, found.due_on) == ("New", "mei", dt.date(2026, 12, 1))
    people.edit_task(task, body="By hand", owner="jonas", due_on=dt.date(2027, 1, 5), raw_priority="LOW")
    (found,) = people.tasks(account="quiet")
    assert (found.subject, found.body, found.owner) == ("New", "By hand", "jonas")
    assert (found.due_on, found.raw_priority) == (dt.date(2027, 1, 5), "LOW")
    with pytest.raises(ValueError, match="URGENT"):
        people.edit_task(task, raw_priority="URGENT")
    with pytest.raises(ValueError, match="not the id of an active owner"):
        people.edit_task(task, owner="left")
    with pytest.raises(KeyError, match="nobody"):
        people.edit_task(task, owner="nobody")


def test_a_role_property_has_one_value(hubspot: Running) -> None:
    company, people = hubspot.crm.id_of("solaris"), hubspot.crm.people
    names = ("innovator_owner", "innovator_owner_2", "collaborator_owner")
    people.assign_role("solaris", Role.INNOVATOR, "amara")
    people.assign_role("solaris", Role.COLLABORATOR, "mei")
    found = hubspot.properties("companies", company, *names)
    assert [found[name] for name in names] == [hubspot.owner("amara"), hubspot.owner("mei"), hubspot.owner("mei")]
    people.clear_role("solaris", Role.INNOVATOR)
    people.clear_role("solaris", Role.COLLABORATOR)
    found = hubspot.properties("companies", company, *names)
    assert [found[name] for name in names] == [None, None, None]


def test_a_deactivated_user_is_an_archived_owner_who_keeps_what_was_owned(hubspot: Running) -> None:
    hubspot.crm.people.deactivate_user("amara")
    owners = hubspot.client.get("/crm/owners/2026-09").each()
    assert "Amara" not in {owner["firstName"] for owner in owners}
    archived = {str(owner["id"]) for owner in hubspot.client.get("/crm/owners/2026-09", archived="true").each()}
    assert hubspot.owner("amara") in archived
    owner = hubspot.properties("companies", hubspot.crm.id_of("solaris"), "hubspot_owner_id")["hubspot_owner_id"]
    assert owner == hubspot.owner("amara")
    with pytest.raises(ValueError, match="active owner"):
        hubspot.crm.people.set_owner("quiet", "amara")


def test_owner_scope_and_plan(hubspot: Running) -> None:
    people, company = hubspot.crm.people, hubspot.crm.id_of("quiet")
    people.set_owner("quiet", "jonas")
    people.set_in_scope("quiet", in_scope=True)
    found = hubspot.properties("companies", company, "hubspot_owner_id", "hs_is_target_account")
    assert (found["hubspot_owner_id"], found["hs_is_target_account"]) == (hubspot.owner("jonas"), "true")
    people.set_in_scope("quiet", in_scope=False)
    assert hubspot.properties("companies", company, "hs_is_target_account")["hs_is_target_account"] == "false"
    people.set_plan("quiet", start_on=dt.date(2026, 1, 1), next_review_on=dt.date(2026, 12, 31))
    plan = hubspot.properties("companies", company, *PLAN)
    assert (plan["plan_start"], plan["plan_next_review"]) == ("2026-01-01", "2026-12-31")
    assert plan["plan_last_review"] is None
    assert all(plan[name] for name in PLAN[4:])
    people.set_plan("quiet", parts=frozenset({PlanPart.REVENUE_GOALS}), last_review_on=dt.date(2026, 11, 1))
    plan = hubspot.properties("companies", company, *PLAN)
    assert {name for name in PLAN if plan[name]} == {"plan_goals", "plan_last_review"}
    people.clear_plan("quiet")
    assert not any(hubspot.properties("companies", company, *PLAN)[name] for name in PLAN)


def test_activities_are_added_as_people_add_them(hubspot: Running) -> None:
    people = hubspot.crm.people
    meeting = people.add_activity(
        "quiet", kind=ActivityKind.MEETING, on=dt.date(2026, 12, 9), owner="mei", subject="Plan review"
    )
    names = ("hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_outcome", "hs_meeting_title", "hs_timestamp")
    found = hubspot.properties("meetings", meeting, *names)
    assert found["hs_meeting_start_time"] == found["hs_timestamp"] == "2026-12-09T10:00:00.000Z"
    assert found["hs_meeting_end_time"] == "2026-12-09T11:00:00.000Z"
    assert (found["hs_meeting_outcome"], found["hs_meeting_title"]) == ("SCHEDULED", "Plan review")
    call = people.add_activity(
        "quiet", kind=ActivityKind.CALL, on=dt.date(2026, 11, 20), owner="mei", status=ActivityStatus.DONE
    )
    assert hubspot.properties("calls", call, "hs_call_status")["hs_call_status"] == "COMPLETED"
    read = hubspot.client.post(
        "/crm/associations/2026-09/companies/meetings/batch/read", {"inputs": [{"id": hubspot.crm.id_of("quiet")}]}
    )
    assert read.at("results", 0, "to", 0, "toObjectId") == meeting
    done = people.add_activity(
        "quiet", kind=ActivityKind.TASK, on=dt.date(2026, 11, 20), owner="mei", status=ActivityStatus.DONE
    )
    found = hubspot.properties("tasks", done, "hs_task_status", "hs_task_completion_date")
    assert (found["hs_task_status"], found["hs_task_completion_date"]) == ("COMPLETED", "2026-11-22T12:00:00.000Z")
    with pytest.raises(ValueError, match="no canceled task"):
        people.add_activity(
            "quiet", kind=ActivityKind.TASK, on=dt.date(2026, 11, 20), owner="mei", status=ActivityStatus.CANCELED
        )


def test_finishing_completes_peoples_tasks_and_cancels_what_lies_ahead(hubspot: Running) -> None:
    company, people = hubspot.crm.id_of("solaris"), hubspot.crm.people
    ours = hubspot.task(company, kam_sync_key="k1")
    past = people.add_activity("solaris", kind=ActivityKind.MEETING, on=dt.date(2026, 11, 10), owner="mei")
    ahead = people.add_activity("solaris", kind=ActivityKind.CALL, on=dt.date(2026, 12, 10), owner="mei")
    people.finish_activities("solaris")
    assert {task.id for task in people.tasks(account="solaris") if task.open} == {ours}
    meetings = hubspot.client.get(f"{DAY}/meetings", properties="hs_meeting_outcome,hs_meeting_start_time").each()
    outcomes = {str(each["id"]): each["properties"]["hs_meeting_outcome"] for each in meetings}  # type: ignore[index] # an object
    assert outcomes.pop(past) == "SCHEDULED"
    assert set(outcomes.values()) == {"CANCELED"}
    assert hubspot.properties("calls", ahead, "hs_call_status")["hs_call_status"] == "CANCELED"


@pytest.mark.parametrize("new_id", [True, False])
def test_merged_accounts_are_one_under_both_slugs(hubspot: Running, *, new_id: bool) -> None:
    hubspot.crm.merge_makes_new_id = new_id
    winner, loser = hubspot.crm.id_of("quiet"), hubspot.crm.id_of("nordic")
    task, away = hubspot.task(loser), hubspot.task(loser)
    hubspot.crm.people.delete_task(away)
    hubspot.crm.people.merge_accounts(winner="quiet", loser="nordic")
    with_deleted = hubspot.crm.people.tasks(account="quiet", include_deleted=True)
    assert [(each.id, each.account, each.deleted) for each in with_deleted] == [
        (task, "quiet", False),
        (away, "quiet", True),
    ]
    assert hubspot.crm.id_of("quiet") == hubspot.crm.id_of("nordic")
    assert (hubspot.crm.id_of("quiet") == winner) is not new_id
    for slug in ("quiet", "nordic"):
        assert [(each.id, each.account) for each in hubspot.crm.people.tasks(account=slug)] == [(task, "quiet")]
    assert hubspot.client.get(f"{DAY}/companies/{loser}").at("id") == hubspot.crm.id_of("quiet")
    with pytest.raises(ValueError, match="itself"):
        hubspot.crm.people.merge_accounts(winner="quiet", loser="nordic")


def test_a_deleted_account_is_archived_and_gone_for_people(hubspot: Running) -> None:
    company = hubspot.crm.id_of("quiet")
    task = hubspot.task(company)
    hubspot.crm.people.delete_account("quiet")
    assert hubspot.client.get(f"{DAY}/companies", archived="true").ids() == [company]
    (left,) = [each for each in hubspot.crm.people.tasks() if each.id == task]
    assert (left.account, left.deleted) == ("", False)
    with pytest.raises(KeyError, match="deleted"):
        hubspot.crm.people.set_owner("quiet", "mei")


def test_slugs_that_nobody_knows_are_an_error(hubspot: Running) -> None:
    with pytest.raises(KeyError, match="nobody"):
        hubspot.crm.people.tasks(account="nobody")
    with pytest.raises(KeyError, match="nobody"):
        hubspot.crm.id_of("nobody")


def test_people_feel_neither_limits_nor_faults_nor_missing_scopes(hubspot: Running) -> None:
    hubspot.crm.limits.enforced, hubspot.crm.limits.per_ten_seconds = True, 0
    hubspot.crm.switches.missing_scopes.add("crm.objects.companies.write")
    hubspot.crm.people.set_owner("quiet", "jonas")
    assert hubspot.crm.requests_seen() == 0
