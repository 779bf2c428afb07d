"""Our tasks: what is written, what is read back, and what becomes of a write when things go wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from kam_sync.errors import (
    AuthError,
    ConnectorError,
    MalformedAnswerError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
)
from kam_sync.ports import (
    KeyLookup,
    Line,
    Priority,
    Section,
    TaskState,
    TaskStatus,
    TaskText,
    TaskWrite,
    WriteOutcome,
    WriteResult,
)
from kam_sync_hubspot._answers import HubSpotObject
from kam_sync_hubspot._html import LONGEST_BODY
from kam_sync_hubspot._tasks import state_of
from kam_sync_hubspot._values import UnfitValueError
from support_hubspot import TinyPortal, Waits, associated, batch, connector_of, forbidden, record
from support_scripted_server import Reply, ScriptedServer, SentRequest, scripted_server

KEY = "k1" + "a" * 24 + "-1"
OTHER_KEY = "k1" + "b" * 24 + "-1"
BODY = TaskText(sections=(Section(heading="What is wrong", lines=(Line(text="Nobody innovates <here>"),)),))
CREATE = TaskWrite(
    operation_id="op-1",
    key=KEY,
    task_id=None,
    account_id="11",
    subject="Fill the\nroles",
    text=BODY,
    owner_id="71",
    due_on=dt.date(2026, 12, 1),
    priority=Priority.HIGH,
    status=TaskStatus.OPEN,
)
UPDATE = TaskWrite(operation_id="op-2", key=KEY, task_id="31", account_id="11", subject="New subject")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def portal(server: ScriptedServer) -> TinyPortal:
    tiny = TinyPortal()
    server.answer = tiny
    return tiny


def write(
    server: ScriptedServer,
    *writes: TaskWrite,
    waits: Waits | None = None,
    zone: str = "Europe/Lisbon",
    settings: Mapping[str, object] | None = None,
) -> Sequence[WriteResult]:
    with connector_of(server, waits, zone=zone, settings=settings) as connector:
        results = connector.write_tasks(writes)
    assert [each.operation_id for each in results] == [each.operation_id for each in writes]
    return results


def outcomes(results: Sequence[WriteResult]) -> list[WriteOutcome]:
    return [each.outcome for each in results]


def creates(count: int) -> list[TaskWrite]:
    return [replace(CREATE, operation_id=f"op-{i}", key=f"k1{i:024x}-1") for i in range(1, count + 1)]


def updates(count: int) -> list[TaskWrite]:
    return [replace(UPDATE, operation_id=f"up-{i}", task_id=str(30 + i)) for i in range(1, count + 1)]


def created(request: SentRequest) -> Reply:
    """Answer a batch create as HubSpot documents it, in another order than asked."""
    records = [record(str(900 + i), trace=str(each["objectWriteTraceId"])) for i, each in enumerate(request.inputs())]
    return Reply(status=201, body=batch(reversed(records)))


# Creating --------------------------------------------------------------------------------------------------------


def test_a_create_carries_key_company_trace_and_reminder(server: ScriptedServer) -> None:
    server.answer = created
    [result] = write(server, CREATE, zone="America/Lima")
    assert result == WriteResult(operation_id="op-1", outcome=WriteOutcome.WRITTEN, task_id="900")
    [request] = server.requests
    assert request.path == "/crm/objects/2026-09/tasks/batch/create"
    assert request.inputs() == [
        {
            "objectWriteTraceId": "op-1",
            "properties": {
                "kam_sync_key": KEY,
                "hs_task_subject": "Fill the roles",
                "hs_task_body": "<p><strong>What is wrong</strong></p><p>Nobody innovates &lt;here&gt;</p>",
                "hs_task_type": "TODO",
                "hs_task_status": "NOT_STARTED",
                "hs_task_priority": "HIGH",
                "hs_timestamp": "2026-12-01T22:00:00Z",
                "hs_task_reminders": str(int(dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC).timestamp() * 1000)),
                "hubspot_owner_id": "71",
            },
            "associations": [
                {
                    "to": {"id": "11"},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}],
                }
            ],
        }
    ]


def test_every_property_value_is_text(server: ScriptedServer) -> None:
    server.answer = created
    write(server, CREATE)
    properties = server.requests[0].inputs()[0]["properties"]
    assert isinstance(properties, dict)
    assert all(isinstance(value, str) for value in properties.values())


@pytest.mark.parametrize(
    ("priority", "expected"), [(Priority.LOW, "LOW"), (Priority.NORMAL, "MEDIUM"), (None, "MEDIUM")]
)
def test_priorities_have_hubspots_words(server: ScriptedServer, priority: Priority | None, expected: str) -> None:
    server.answer = created
    write(server, replace(CREATE, priority=priority))
    properties = server.requests[0].inputs()[0]["properties"]
    assert isinstance(properties, dict)
    assert properties["hs_task_priority"] == expected


def test_a_reminder_that_has_passed_and_an_unknown_owner_are_left_out(server: ScriptedServer) -> None:
    server.answer = created
    write(server, replace(CREATE, due_on=dt.date(2026, 11, 23), owner_id=None))
    properties = server.requests[0].inputs()[0]["properties"]
    assert isinstance(properties, dict)
    assert properties["hs_timestamp"] == "2026-11-23T17:00:00Z"
    assert "hs_task_reminders" not in properties
    assert "hubspot_owner_id" not in properties


def test_the_key_property_of_the_policy_is_used(server: ScriptedServer) -> None:
    server.answer = created
    write(server, CREATE, settings={"tasks": {"key_property": "our_key"}})
    properties = server.requests[0].inputs()[0]["properties"]
    assert isinstance(properties, dict)
    assert properties["our_key"] == KEY


def test_results_are_matched_by_trace_id_whatever_their_order(server: ScriptedServer) -> None:
    server.answer = created
    results = write(server, *creates(3))
    assert [each.task_id for each in results] == ["900", "901", "902"]


def test_results_without_trace_ids_are_matched_by_key(server: ScriptedServer) -> None:
    first, second = creates(2)
    records = [record("902", kam_sync_key=second.key), record("901", kam_sync_key=first.key)]
    server.script(Reply(status=200, body=batch(records)))
    results = write(server, first, second)
    assert outcomes(results) == [WriteOutcome.WRITTEN] * 2
    assert [each.task_id for each in results] == ["901", "902"]


def test_a_create_that_the_answer_does_not_speak_of_is_uncertain(server: ScriptedServer) -> None:
    server.script(Reply(status=201, body=batch([record("901", trace="op-1"), record("999", trace="strange")])))
    assert outcomes(write(server, *creates(2))) == [WriteOutcome.WRITTEN, WriteOutcome.UNCERTAIN]


def trace_error(trace: str, category: str, message: str = "It failed.") -> Mapping[str, object]:
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": {"objectWriteTraceId": [trace]},
    }


def test_refused_creates_are_told_one_by_one(server: ScriptedServer) -> None:
    secret = 'Property values were not valid for anna@kunde.example: "Fill the roles" ' + "x" * 400
    errors = [
        trace_error("op-2", "VALIDATION_ERROR", secret),
        trace_error("op-3", "OBJECT_NOT_FOUND", "No company with id 11"),
        trace_error("op-4", "CONFLICT"),
        trace_error("op-5", "INTERNAL_ERROR"),
    ]
    body = {**batch([record("901", trace="op-1")], errors), "correlationId": "a8d2c7b0-0000-4000-8000-00000000000c"}
    server.script(Reply(status=207, body=body))
    results = write(server, *creates(5))
    assert outcomes(results) == [
        WriteOutcome.WRITTEN,
        WriteOutcome.REJECTED,
        WriteOutcome.REJECTED,
        WriteOutcome.UNCERTAIN,
        WriteOutcome.UNCERTAIN,
    ]
    told = results[1].problem
    assert "VALIDATION_ERROR" in told
    assert "correlationId a8d2c7b0" in told
    assert "anna" not in told
    assert "Fill the roles" not in told
    assert len(told) < 320


def test_an_error_that_names_nobody_is_the_only_writes_own(server: ScriptedServer) -> None:
    body = batch([], [{"category": "VALIDATION_ERROR", "message": "No."}])
    server.script(Reply(status=207, body=body), Reply(status=207, body=body))
    assert outcomes(write(server, CREATE)) == [WriteOutcome.REJECTED]
    assert outcomes(write(server, *creates(2))) == [WriteOutcome.UNCERTAIN] * 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(dropped=True),
        Reply(status=500, body={}),
        Reply(status=502, body=b"\xff\xfe<html>", content_type="text/html"),
        Reply(status=504, body={}),
        Reply(status=201, body="<html></html>", content_type="text/html"),
        Reply(status=201, body='{"results": [{"id"'),
        Reply(status=201, body=batch([]), cut=30),
        Reply(status=201, body={"status": "PENDING", "results": []}),
        Reply(status=200, body={"status": "COMPLETE"}),
        Reply(status=202, body=batch([])),
    ],
)
def test_a_create_without_a_believable_answer_is_uncertain_and_never_sent_again(
    server: ScriptedServer, reply: Reply
) -> None:
    server.script(reply)
    results = write(server, *creates(3))
    assert outcomes(results) == [WriteOutcome.UNCERTAIN] * 3
    assert all(each.problem for each in results)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [423, 429])
def test_a_create_that_was_held_back_is_sent_again(server: ScriptedServer, status: int) -> None:
    waits = Waits()
    server.script(Reply(status=status, headers={"Retry-After": "4"}, body={}))
    server.answer = created
    assert outcomes(write(server, CREATE, waits=waits)) == [WriteOutcome.WRITTEN]
    assert waits.slept == [4.0]


def test_a_create_that_is_held_back_and_then_lost_is_uncertain(server: ScriptedServer) -> None:
    server.script(Reply(status=429, headers={"Retry-After": "1"}, body={}), Reply(dropped=True))
    assert outcomes(write(server, CREATE)) == [WriteOutcome.UNCERTAIN]
    assert len(server.requests) == 2


def refuse_batch_with(bad: set[str], status: int, category: str) -> Callable[[SentRequest], Reply]:
    """Refuse any batch as a whole that has a bad input, as HubSpot does without trace ids."""

    def answer(request: SentRequest) -> Reply:
        names = {str(each["objectWriteTraceId"]) for each in request.inputs()}
        if names & bad:
            return Reply(status=status, body={"category": category, "message": "One of them is wrong."})
        if request.path.endswith("/update"):
            return Reply(body=batch(record(str(each["id"])) for each in request.inputs()))
        return created(request)

    return answer


def test_a_batch_refused_as_a_whole_is_split_until_the_bad_one_is_found(server: ScriptedServer) -> None:
    server.answer = refuse_batch_with({"op-5"}, 400, "VALIDATION_ERROR")
    results = write(server, *creates(8))
    assert [each.operation_id for each in results if each.outcome is not WriteOutcome.WRITTEN] == ["op-5"]
    assert results[4].outcome is WriteOutcome.REJECTED
    assert "One of them is wrong" in results[4].problem
    assert len(server.requests) <= 7


@pytest.mark.parametrize(
    ("status", "category", "expected"),
    [
        (400, "VALIDATION_ERROR", WriteOutcome.REJECTED),
        (400, "", WriteOutcome.REJECTED),
        (400, "SOMETHING_NEW", WriteOutcome.REJECTED),
        (404, "OBJECT_NOT_FOUND", WriteOutcome.REJECTED),
        (409, "CONFLICT", WriteOutcome.UNCERTAIN),
        (409, "", WriteOutcome.UNCERTAIN),
    ],
)
def test_what_a_refused_create_means(
    server: ScriptedServer, status: int, category: str, expected: WriteOutcome
) -> None:
    server.answer = refuse_batch_with({"op-1"}, status, category)
    assert outcomes(write(server, CREATE)) == [expected]


# Changing --------------------------------------------------------------------------------------------------------


def updated(request: SentRequest) -> Reply:
    return Reply(body=batch(record(str(each["id"])) for each in request.inputs()))


def sent_properties(server: ScriptedServer, change: TaskWrite, zone: str = "Europe/Lisbon") -> Mapping[str, object]:
    server.answer = updated
    assert outcomes(write(server, change, zone=zone)) == [WriteOutcome.WRITTEN]
    [sent] = server.requests[-1].inputs()
    assert sent["id"] == change.task_id
    assert sent["objectWriteTraceId"] == change.operation_id
    assert set(sent) == {"id", "objectWriteTraceId", "properties"}
    properties = sent["properties"]
    assert isinstance(properties, dict)
    return properties


def test_only_what_changes_is_sent(server: ScriptedServer) -> None:
    assert sent_properties(server, UPDATE) == {"hs_task_subject": "New subject"}
    assert server.requests[-1].path == "/crm/objects/2026-09/tasks/batch/update"
    assert sent_properties(server, replace(UPDATE, subject=None, owner_id="72", priority=Priority.LOW)) == {
        "hubspot_owner_id": "72",
        "hs_task_priority": "LOW",
    }


def test_closing_with_a_note_keeps_what_people_wrote(server: ScriptedServer) -> None:
    change = replace(
        UPDATE,
        subject=None,
        status=TaskStatus.CLOSED,
        note="Solved <b>",
        current_body='<p>Old <b>text</b></p><img src="https://x.example/i">',
    )
    assert sent_properties(server, change) == {
        "hs_task_status": "COMPLETED",
        "hs_task_body": '<p>Old <b>text</b></p><img src="https://x.example/i"><p>Solved &lt;b&gt;</p>',
    }


def test_a_note_behind_a_new_text_fits(server: ScriptedServer) -> None:
    long = TaskText(sections=(Section(heading="", lines=tuple(Line(text="y" * 900) for _ in range(90))),))
    body = sent_properties(server, replace(UPDATE, subject=None, text=long, note="Noted"))["hs_task_body"]
    assert isinstance(body, str)
    assert len(body) <= LONGEST_BODY
    assert body.endswith("<p>…</p><p>Noted</p>")


def test_a_note_that_no_longer_fits_does_not_hinder_closing(server: ScriptedServer) -> None:
    change = replace(
        UPDATE, subject=None, status=TaskStatus.CLOSED, note="Solved", current_body="z" * (LONGEST_BODY - 5)
    )
    assert sent_properties(server, change) == {"hs_task_status": "COMPLETED"}


def test_reopening_sets_due_date_and_reminder(server: ScriptedServer) -> None:
    change = replace(UPDATE, subject=None, status=TaskStatus.OPEN, due_on=dt.date(2026, 12, 24))
    assert sent_properties(server, change, zone="Asia/Kolkata") == {
        "hs_task_status": "NOT_STARTED",
        "hs_timestamp": "2026-12-24T11:30:00Z",
        "hs_task_reminders": str(int(dt.datetime(2026, 12, 24, 3, 30, tzinfo=dt.UTC).timestamp() * 1000)),
    }


def test_moving_the_due_date_alone_leaves_the_reminder(server: ScriptedServer) -> None:
    assert sent_properties(server, replace(UPDATE, subject=None, due_on=dt.date(2026, 12, 24))) == {
        "hs_timestamp": "2026-12-24T17:00:00Z"
    }


def test_an_update_of_a_deleted_task_is_gone(server: ScriptedServer) -> None:
    first, second, third = updates(3)
    errors = [
        {"category": "OBJECT_NOT_FOUND", "message": "No object with id 32.", "context": {"ids": ["32"]}},
        trace_error("up-3", "VALIDATION_ERROR"),
    ]
    server.script(Reply(status=207, body=batch([record("31")], errors)))
    results = write(server, first, second, third)
    assert outcomes(results) == [WriteOutcome.WRITTEN, WriteOutcome.GONE, WriteOutcome.REJECTED]
    assert [each.task_id for each in results] == ["31", "32", "33"]


@pytest.mark.parametrize(
    ("status", "category", "expected"),
    [(404, "OBJECT_NOT_FOUND", WriteOutcome.GONE), (400, "VALIDATION_ERROR", WriteOutcome.REJECTED)],
)
def test_an_update_refused_as_a_whole_is_split(
    server: ScriptedServer, status: int, category: str, expected: WriteOutcome
) -> None:
    server.answer = refuse_batch_with({"up-2"}, status, category)
    assert outcomes(write(server, *updates(4))) == [
        WriteOutcome.WRITTEN,
        expected,
        WriteOutcome.WRITTEN,
        WriteOutcome.WRITTEN,
    ]


def test_an_update_that_may_pass_later_has_failed(server: ScriptedServer) -> None:
    server.script(Reply(status=207, body=batch([], [trace_error("up-1", "RATE_LIMITS")])))
    assert outcomes(write(server, *updates(1))) == [WriteOutcome.FAILED]


def test_an_update_is_repeated_and_uncertain_only_in_the_end(server: ScriptedServer) -> None:
    server.script(Reply(dropped=True), Reply(status=503, body={}))
    server.answer = updated
    assert outcomes(write(server, UPDATE)) == [WriteOutcome.WRITTEN]
    server.script(*[Reply(status=503, body={})] * 5)
    assert outcomes(write(server, UPDATE)) == [WriteOutcome.UNCERTAIN]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body="<html></html>", content_type="text/html"),
        Reply(body=batch([])),
        Reply(body=batch([record("31", archived=True)])),
    ],
)
def test_an_update_without_a_believable_answer_is_uncertain(server: ScriptedServer, reply: Reply) -> None:
    server.script(reply)
    assert outcomes(write(server, UPDATE)) == [WriteOutcome.UNCERTAIN]


# Both ------------------------------------------------------------------------------------------------------------


def test_changes_go_first_and_results_keep_their_order(server: ScriptedServer) -> None:
    server.answer = refuse_batch_with(set(), 400, "")
    results = write(server, CREATE, UPDATE, *[replace(CREATE, operation_id="op-3", key=OTHER_KEY)])
    assert outcomes(results) == [WriteOutcome.WRITTEN] * 3
    assert [path.rpartition("/")[2] for path in server.paths()] == ["update", "create"]


def test_more_than_a_batch_is_split(server: ScriptedServer) -> None:
    server.answer = created
    assert len(write(server, *creates(205))) == 205
    assert [len(request.inputs()) for request in server.requests] == [100, 100, 5]


def test_writing_nothing_sends_nothing(server: ScriptedServer) -> None:
    assert write(server) == []
    assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=401, body={}), AuthError),
        (forbidden("crm.objects.contacts.write"), PermissionDeniedError),
        (Reply(status=429, body={"policyName": "DAILY"}), QuotaExhaustedError),
        (Reply(status=429, body={}, headers={"Retry-After": "300"}), RateLimitedError),
        (Reply(status=477, body={}), ConnectorError),
        (Reply(status=404, body="<html></html>"), ConnectorError),
    ],
)
@pytest.mark.parametrize("change", [CREATE, UPDATE])
def test_it_raises_when_nothing_was_written(
    server: ScriptedServer, reply: Reply, expected: type[ConnectorError], change: TaskWrite
) -> None:
    server.script(reply)
    with connector_of(server) as connector, pytest.raises(expected):
        connector.write_tasks([change])
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 477])
def test_it_does_not_raise_when_something_was_written(server: ScriptedServer, status: int) -> None:
    server.script(Reply(body=batch([record("31")])), Reply(status=status, body={}))
    results = write(server, UPDATE, *creates(1), waits=Waits())
    assert outcomes(results) == [WriteOutcome.WRITTEN, WriteOutcome.FAILED]
    assert str(status) in results[1].problem


def test_after_a_stop_nothing_more_is_sent(server: ScriptedServer) -> None:
    server.script(Reply(body=batch([record("31")])), Reply(status=401, body={}))
    results = write(server, *updates(1), *creates(205))
    assert outcomes(results) == [WriteOutcome.WRITTEN, *[WriteOutcome.FAILED] * 205]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        replace(CREATE, subject=None),
        replace(CREATE, text=None),
        replace(CREATE, due_on=None),
        replace(UPDATE, note="x"),
    ],
)
def test_a_write_that_can_never_be_right_is_refused_before_anything_is_sent(
    server: ScriptedServer, wrong: TaskWrite
) -> None:
    with connector_of(server) as connector, pytest.raises(ValueError, match=wrong.operation_id):
        connector.write_tasks([replace(UPDATE, operation_id="first"), wrong])
    assert server.requests == []


def test_two_writes_with_one_operation_id_are_refused(server: ScriptedServer) -> None:
    with connector_of(server) as connector, pytest.raises(ValueError, match="same operation id"):
        connector.write_tasks([CREATE, CREATE])


# Reading ---------------------------------------------------------------------------------------------------------

TASK = record(
    "31",
    hs_task_subject=" Fill the  roles ",
    hs_task_body='<div dir="auto" data-top-level="true"><p>Nobody&nbsp;innovates</p></div>',
    hs_task_status="NOT_STARTED",
    hs_task_priority="HIGH",
    hs_timestamp="2026-12-01T17:00:00.000Z",
    hubspot_owner_id="71",
    hs_lastmodifieddate="2026-11-20T07:30:00.123Z",
    kam_sync_key=KEY,
)


def test_a_task_is_read_in_its_normal_form(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tasks", TASK)
    with connector_of(server) as connector:
        found = connector.read_tasks(["31"])
    assert found == {
        "31": TaskState(
            id="31",
            key=KEY,
            subject="Fill the roles",
            body="<p>Nobody innovates</p>",
            owner_id="71",
            due_on=dt.date(2026, 12, 1),
            priority=Priority.HIGH,
            status=TaskStatus.OPEN,
            modified_at=dt.datetime(2026, 11, 20, 7, 30, 0, 123000, tzinfo=dt.UTC),
        )
    }


def test_deleted_tasks_need_the_archives_word_and_the_rest_is_left_out(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    portal.put("tasks", TASK)
    portal.archived["tasks"] = {"32": record("32", archived=True, hs_task_status="COMPLETED", kam_sync_key=KEY)}
    with connector_of(server) as connector:
        found = connector.read_tasks(["31", "32", "33", "31"])
    assert {task_id: state.deleted for task_id, state in found.items()} == {"31": False, "32": True}
    assert found["32"].status is TaskStatus.CLOSED
    assert [request.query["archived"] for request in server.requests] == [["false"], ["true"]]
    assert [each["id"] for each in server.requests[1].inputs()] == ["32", "33"]


def test_many_tasks_are_read_in_full_batches(server: ScriptedServer, portal: TinyPortal) -> None:
    ids = [str(5000 + number) for number in range(250)]
    portal.put("tasks", *(record(each, hs_task_status="NOT_STARTED") for each in ids))
    with connector_of(server) as connector:
        assert len(connector.read_tasks(ids)) == 250
        assert connector.read_tasks([]) == {}
    assert connector.usage().by_call == {"read tasks": 3}


def test_a_task_that_cannot_be_read_is_left_out(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tasks", TASK, record("32", hs_timestamp="bald"))
    with connector_of(server) as connector:
        assert set(connector.read_tasks(["31", "32"])) == {"31"}


def state(**properties: object) -> TaskState:
    return state_of(HubSpotObject(id="31", properties=properties), ZoneInfo("Asia/Kolkata"), "kam_sync_key")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("NOT_STARTED", TaskStatus.OPEN),
        ("IN_PROGRESS", TaskStatus.OPEN),
        ("WAITING", TaskStatus.OPEN),
        (None, TaskStatus.OPEN),
        ("COMPLETED", TaskStatus.CLOSED),
        ("DEFERRED", TaskStatus.DEFERRED),
    ],
)
def test_every_status_is_one_of_three(stored: str | None, expected: TaskStatus) -> None:
    assert state(hs_task_status=stored).status is expected


@pytest.mark.parametrize(
    ("stored", "expected"),
    [("LOW", Priority.LOW), ("MEDIUM", Priority.NORMAL), ("HIGH", Priority.HIGH), ("NONE", None), (None, None)],
)
def test_a_priority_of_hubspots_own_is_none(stored: str | None, expected: Priority | None) -> None:
    assert state(hs_task_priority=stored).priority is expected


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("2026-12-01T17:00:00Z", dt.date(2026, 12, 1)),
        ("2026-12-01T18:30:00.999Z", dt.date(2026, 12, 2)),
        ("2026-12-01T23:30:00+05:00", dt.date(2026, 12, 2)),
        ("1796144400000", dt.date(2026, 12, 1)),
        ("2026-12-01", dt.date(2026, 12, 1)),
        (None, None),
        ("", None),
    ],
)
def test_the_due_date_is_the_day_in_the_orgs_time_zone(stored: str | None, expected: dt.date | None) -> None:
    assert state(hs_timestamp=stored).due_on == expected


def test_an_unfit_value_is_named_not_shown() -> None:
    with pytest.raises(UnfitValueError, match=r"^hs_timestamp is not a date$"):
        state(hs_timestamp="9" * 15)


def test_a_change_stamp_that_cannot_be_read_is_no_stamp() -> None:
    assert state(hs_lastmodifieddate="neulich").modified_at is None
    assert state(hs_lastmodifieddate="2026-12-01").modified_at is None


# Finding ---------------------------------------------------------------------------------------------------------


def test_a_task_is_found_by_its_key_among_those_of_its_accounts(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tasks", TASK, record("32", hs_task_status="NOT_STARTED"))
    portal.link("companies", "tasks", {"11": ["32"], "12": ["31", "32"]})
    with connector_of(server) as connector:
        found = connector.find_tasks(
            [
                KeyLookup(key=KEY, account_ids=("11", "12")),
                KeyLookup(key=OTHER_KEY, account_ids=("11",)),
                KeyLookup(key="k1none-1", account_ids=()),
            ]
        )
    assert set(found) == {KEY, OTHER_KEY}
    task = found[KEY]
    assert task is not None
    assert (task.id, task.account_id) == ("31", "12")
    assert found[OTHER_KEY] is None
    assert connector.usage().by_call == {"associations companies→tasks": 1, "read tasks": 1}


def test_finding_reads_all_pages_of_associations(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.association_page_size = 2
    portal.put("tasks", TASK, *(record(str(number), hs_task_status="WAITING") for number in range(20, 25)))
    portal.link("companies", "tasks", {"11": ["20", "21", "22", "23", "24", "31"]})
    with connector_of(server) as connector:
        found = connector.find_tasks([KeyLookup(key=KEY, account_ids=("11",))])
    assert found[KEY] is not None


def test_a_task_that_could_not_be_read_leaves_absence_unproven(server: ScriptedServer) -> None:
    server.script(
        Reply(body=associated({"11": ["31", "32"], "12": ["33"]})),
        Reply(
            body=batch(
                [record("31", hs_task_status="WAITING", kam_sync_key=KEY), record("33", hs_task_status="WAITING")]
            )
        ),
    )
    lookups = [
        KeyLookup(key=KEY, account_ids=("11",)),
        KeyLookup(key=OTHER_KEY, account_ids=("11",)),
        KeyLookup(key="k1third-1", account_ids=("12",)),
    ]
    with connector_of(server) as connector:
        found = connector.find_tasks(lookups)
    assert set(found) == {KEY, "k1third-1"}
    assert found[KEY] is not None
    assert found["k1third-1"] is None


def test_a_task_with_an_unfit_value_leaves_absence_unproven(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tasks", record("31", hs_timestamp="bald"))
    portal.link("companies", "tasks", {"11": ["31"]})
    with connector_of(server) as connector:
        assert connector.find_tasks([KeyLookup(key=KEY, account_ids=("11",))]) == {}


def test_finding_fails_when_associations_are_not_complete(server: ScriptedServer) -> None:
    server.script(Reply(status=207, body={**associated({"11": []}), "errors": [{"category": "INTERNAL_ERROR"}]}))
    with connector_of(server) as connector, pytest.raises(ConnectorError):
        connector.find_tasks([KeyLookup(key=KEY, account_ids=("11",))])
    server.script(Reply(body="<html></html>", content_type="text/html"))
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError):
        connector.find_tasks([KeyLookup(key=KEY, account_ids=("11",))])


def test_finding_nothing_sends_nothing(server: ScriptedServer) -> None:
    with connector_of(server) as connector:
        assert connector.find_tasks([]) == {}
    assert server.requests == []


def test_a_batch_holds_a_hundred(server: ScriptedServer) -> None:
    with connector_of(server) as connector:
        assert connector.batch_size == 100
