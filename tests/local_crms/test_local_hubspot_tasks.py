"""What is special about tasks, and what activities move elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_local_hubspot import Running, link, running

DAY = "/crm/objects/2026-09"
DONE_AT = "hs_task_completion_date"
TIMELINE = ("notes_next_activity_date", "notes_last_contacted", "notes_last_updated")


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as started:
        yield started


def change(hubspot: Running, object_type: str, record: str, **properties: str) -> int:
    return hubspot.client.call("PATCH", f"{DAY}/{object_type}/{record}", {"properties": properties}).status


@pytest.mark.parametrize("object_type", ["tasks", "meetings", "calls"])
def test_a_due_date_is_required_on_creating_and_cannot_be_cleared(hubspot: Running, object_type: str) -> None:
    reply = hubspot.client.post(f"{DAY}/{object_type}", {"properties": {}})
    assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")
    assert reply.at("context", "properties") == ["hs_timestamp"]
    made = hubspot.create(object_type, {"hs_timestamp": "1798106400000"})
    assert change(hubspot, object_type, made, hs_timestamp="") == 400


def test_a_task_begins_not_started_without_priority(hubspot: Running) -> None:
    task = hubspot.task(hs_task_subject="Subject", hs_task_body="<p>Body &amp; soul</p>")
    found = hubspot.properties(
        "tasks", task, "hs_task_status", "hs_task_priority", "hs_task_type", "hs_task_body", DONE_AT
    )
    assert found["hs_task_status"] == "NOT_STARTED"
    assert found["hs_task_priority"] == "NONE"
    assert found["hs_task_type"] == "TODO"
    assert found["hs_task_body"] == "<p>Body &amp; soul</p>"
    assert found[DONE_AT] is None


def test_completing_sets_the_completion_date_and_reopening_clears_it(hubspot: Running) -> None:
    task = hubspot.task()
    for status in ("IN_PROGRESS", "WAITING", "DEFERRED"):
        assert change(hubspot, "tasks", task, hs_task_status=status) == 200
        assert hubspot.properties("tasks", task, DONE_AT)[DONE_AT] is None
    hubspot.clock.advance(hours=1)
    change(hubspot, "tasks", task, hs_task_status="COMPLETED")
    assert hubspot.properties("tasks", task, DONE_AT)[DONE_AT] == "2026-11-22T13:00:00.000Z"
    hubspot.clock.advance(hours=1)
    change(hubspot, "tasks", task, hs_task_status="COMPLETED", hs_task_subject="Still done")
    assert hubspot.properties("tasks", task, DONE_AT)[DONE_AT] == "2026-11-22T13:00:00.000Z"
    change(hubspot, "tasks", task, hs_task_status="NOT_STARTED", hs_timestamp="2027-01-04T09:00:00Z")
    assert hubspot.properties("tasks", task, DONE_AT)[DONE_AT] is None
    assert change(hubspot, "tasks", task, hs_task_status="DONE") == 400


def test_reminders_are_milliseconds(hubspot: Running) -> None:
    task = hubspot.task(hs_task_reminders="1798106400000")
    found = hubspot.properties("tasks", task, "hs_task_reminders")
    assert found["hs_task_reminders"] == "1798106400000"
    assert change(hubspot, "tasks", task, hs_task_reminders="2026-12-24T10:00:00Z") == 400


def test_the_key_property_holds_any_text_and_is_not_unique(hubspot: Running) -> None:
    key = "k1" + "ab" * 12 + "-1"
    first, second = hubspot.task(kam_sync_key=key), hubspot.task(kam_sync_key=key)
    assert first != second
    definition = hubspot.client.get("/crm/properties/2026-09/tasks/kam_sync_key")
    assert definition.at("hasUniqueValue") is False


def test_a_portal_without_the_key_property_ignores_it_in_reads_and_refuses_it_in_writes(hubspot: Running) -> None:
    task = hubspot.task(kam_sync_key="k1")
    hubspot.crm.drop_property("tasks", "kam_sync_key")
    assert "kam_sync_key" not in hubspot.properties("tasks", task, "kam_sync_key", "hs_task_status")
    assert change(hubspot, "tasks", task, kam_sync_key="k2") == 400
    assert hubspot.client.get("/crm/properties/2026-09/tasks/kam_sync_key").status == 404
    with pytest.raises(KeyError):
        hubspot.crm.drop_property("tasks", "kam_sync_key")
    with pytest.raises(KeyError):
        hubspot.crm.drop_property("line_items", "name")


def test_a_future_task_is_the_next_activity_of_its_company_whoever_made_it(hubspot: Running) -> None:
    company = hubspot.company(name="Judged")
    modified = hubspot.properties("companies", company)["hs_lastmodifieddate"]
    task = hubspot.task(company, hs_timestamp="2026-12-05T09:00:00Z", kam_sync_key="k1")
    found = hubspot.properties("companies", company, *TIMELINE)
    assert found["notes_next_activity_date"] == "2026-12-05T09:00:00.000Z"
    assert found["hs_lastmodifieddate"] == modified
    earlier = hubspot.task(company, hs_timestamp="2026-11-30T09:00:00Z")
    assert hubspot.properties("companies", company, *TIMELINE)["notes_next_activity_date"] == "2026-11-30T09:00:00.000Z"
    change(hubspot, "tasks", earlier, hs_task_status="COMPLETED")
    assert hubspot.properties("companies", company, *TIMELINE)["notes_next_activity_date"] == "2026-12-05T09:00:00.000Z"
    hubspot.client.call("DELETE", f"{DAY}/tasks/{task}")
    assert hubspot.properties("companies", company, *TIMELINE)["notes_next_activity_date"] is None


def test_meetings_and_calls_of_the_past_are_contacts_and_canceled_ones_are_nothing(hubspot: Running) -> None:
    company = hubspot.company(name="Talked to")
    hubspot.create(
        "meetings",
        {"hs_timestamp": "2026-11-20T10:00:00Z", "hs_meeting_outcome": "COMPLETED"},
        [link(company, 188)],
    )
    hubspot.create(
        "calls", {"hs_timestamp": "2026-11-21T10:00:00Z", "hs_call_status": "CANCELED"}, [link(company, 182)]
    )
    ahead = hubspot.create(
        "meetings",
        {"hs_timestamp": "2026-12-01T10:00:00Z", "hs_meeting_outcome": "SCHEDULED"},
        [link(company, 188)],
    )
    found = hubspot.properties("companies", company, *TIMELINE)
    assert found["notes_last_contacted"] == "2026-11-20T10:00:00.000Z"
    assert found["notes_next_activity_date"] == "2026-12-01T10:00:00.000Z"
    change(hubspot, "meetings", ahead, hs_meeting_outcome="CANCELED")
    assert hubspot.properties("companies", company, *TIMELINE)["notes_next_activity_date"] is None


def test_what_hubspot_works_out_cannot_be_written(hubspot: Running) -> None:
    company = hubspot.company(name="Fixed")
    for name in (*TIMELINE, "hs_lastmodifieddate", "createdate", "hs_merged_object_ids", "hs_num_child_companies"):
        assert change(hubspot, "companies", company, **{name: "1798106400000"}) == 400
    task = hubspot.task(company)
    assert change(hubspot, "tasks", task, hs_task_completion_date="1798106400000") == 400
