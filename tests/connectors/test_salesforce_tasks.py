"""Tasks: what is sent, what becomes of every row, what is uncertain, and reading them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
import responses

from kam_sync.errors import (
    AuthError,
    KamSyncError,
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
from support_salesforce import API_USER, DATA, KEY, Org, Reply, row_results, sfid, task_row

ACCOUNT = sfid("001", 1)
OWNER = sfid("005", 1)
UPSERT = r"PATCH .*/composite/sobjects/Task/KamSync_Key__c"
UPDATE = r"PATCH .*/composite/sobjects "
INSERT = r"POST .*/composite/sobjects "
TEXT = TaskText(sections=(Section(heading="Nobody is Innovator", lines=(Line(text="Name one"),)),))
WEAK: dict[str, object] = {"tasks": {"key_field": None}}
EXPIRED: Reply = (401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def key(number: int) -> str:
    return f"k1{number:024x}-1"


def create(number: int = 1, **changes: object) -> TaskWrite:
    write = TaskWrite(
        operation_id=f"create-{number}",
        key=key(number),
        task_id=None,
        account_id=sfid("001", number),
        subject="Nordhavn Offshore: cover the account roles",
        text=TEXT,
        owner_id=OWNER,
        due_on=dt.date(2026, 12, 1),
        priority=Priority.HIGH,
        status=TaskStatus.OPEN,
    )
    return replace(write, **changes)  # type: ignore[arg-type]  # the fields of a dataclass by name


def change(number: int = 1, **changes: object) -> TaskWrite:
    write = TaskWrite(
        operation_id=f"change-{number}", key=key(number), task_id=sfid("00T", number), account_id=sfid("001", number)
    )
    return replace(write, **{"subject": "New", **changes})  # type: ignore[arg-type]  # as above


def outcomes(results: object) -> list[WriteOutcome]:
    assert isinstance(results, list)
    return [result.outcome for result in results if isinstance(result, WriteResult)]


def error(code: str, message: str = "", *fields: str) -> dict[str, object]:
    return {"statusCode": code, "message": message, "fields": list(fields)}


def ids(*numbers: int) -> list[dict[str, object]]:
    return row_results(*(sfid("00T", number) for number in numbers))


# --- what is sent -------------------------------------------------------------------------------------------------


def test_a_new_task_is_upserted_by_its_key(org: Org) -> None:
    results = org.connector().write_tasks([create()])
    (sent,) = org.writes()
    assert (sent.method, sent.path) == ("PATCH", f"{DATA}/composite/sobjects/Task/KamSync_Key__c")
    assert sent.json == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Task"},
                "KamSync_Key__c": key(1),
                "WhatId": ACCOUNT,
                "Subject": "Nordhavn Offshore: cover the account roles",
                "Description": f"Nobody is Innovator\nName one\n\nReference: {key(1)}",
                "OwnerId": OWNER,
                "ActivityDate": "2026-12-01",
                "Priority": "High",
                "Status": "Not Started",
                "IsReminderSet": True,
                "ReminderDateTime": "2026-12-01T08:00:00.000Z",
            }
        ],
    }
    assert results == [WriteResult(operation_id="create-1", outcome=WriteOutcome.WRITTEN, task_id=sfid("00T", 900))]


def test_an_upsert_that_found_its_task_has_written_it(org: Org) -> None:
    org.reply(UPSERT, (200, [{"id": sfid("00T", 5), "success": True, "created": False, "errors": []}]))
    (result,) = org.connector().write_tasks([create()])
    assert (result.outcome, result.task_id) == (WriteOutcome.WRITTEN, sfid("00T", 5))


def test_a_change_goes_by_id_and_sends_only_what_changes(org: Org) -> None:
    connector = org.connector()
    connector.write_tasks(
        [
            change(1, subject="New subject"),
            change(2, subject=None, status=TaskStatus.CLOSED, note="Solved", current_body="Old text"),
            change(3, subject=None, priority=Priority.LOW, owner_id=OWNER[:15], due_on=dt.date(2027, 7, 1)),
            change(4, subject=None, status=TaskStatus.OPEN, due_on=dt.date(2027, 7, 1)),
        ]
    )
    (sent,) = org.writes()
    assert (sent.method, sent.path) == ("PATCH", f"{DATA}/composite/sobjects")
    task = {"attributes": {"type": "Task"}}
    assert sent.records == [
        {**task, "id": sfid("00T", 1), "Subject": "New subject"},
        {
            **task,
            "id": sfid("00T", 2),
            "Status": "Completed",
            "Description": f"Old text\n\nSolved\n\nReference: {key(2)}",
            "KamSync_Key__c": key(2),
        },
        {**task, "id": sfid("00T", 3), "Priority": "Low", "OwnerId": OWNER, "ActivityDate": "2027-07-01"},
        {
            **task,
            "id": sfid("00T", 4),
            "Status": "Not Started",
            "ActivityDate": "2027-07-01",
            "IsReminderSet": True,
            "ReminderDateTime": "2027-07-01T07:00:00.000Z",
        },
    ]


def test_statuses_and_priorities_are_the_orgs_own(org: Org) -> None:
    org.rows["TaskStatus"][0].append(
        {"Id": sfid("01V", 9), "ApiName": "Fertig", "IsClosed": True, "IsDefault": False, "SortOrder": 9}
    )
    tasks = {
        "key_field": "KamSync_Key__c",
        "open_status": "Not Started",
        "closed_status": "Fertig",
        "priorities": {"low": "3", "normal": "2", "high": "1"},
    }
    org.connector(tasks=tasks).write_tasks([change(1, status=TaskStatus.CLOSED, priority=Priority.HIGH)])
    assert org.writes()[0].records[0]["Status"] == "Fertig"
    assert org.writes()[0].records[0]["Priority"] == "1"


def test_the_closed_status_is_never_one_that_means_deferred(org: Org) -> None:
    org.rows["TaskStatus"] = [
        [
            {"Id": sfid("01V", 1), "ApiName": "Open", "IsClosed": False, "IsDefault": True, "SortOrder": 1},
            {"Id": sfid("01V", 2), "ApiName": "Deferred", "IsClosed": True, "IsDefault": False, "SortOrder": 2},
            {"Id": sfid("01V", 3), "ApiName": "Done", "IsClosed": True, "IsDefault": False, "SortOrder": 3},
        ]
    ]
    connector = org.connector()
    connector.write_tasks([change(1, status=TaskStatus.CLOSED)])
    assert org.writes()[0].records[0]["Status"] == "Done"
    org.rows["Task"] = [[task_row(1, Status="Deferred", IsClosed=True), task_row(2, Status="Done", IsClosed=True)]]
    states = connector.read_tasks([sfid("00T", 1), sfid("00T", 2)])
    assert [state.status for state in states.values()] == [TaskStatus.DEFERRED, TaskStatus.CLOSED]


def test_reminders_that_may_not_be_set_are_left_out(org: Org) -> None:
    org.field("Task", "IsReminderSet")["updateable"] = False
    org.connector().write_tasks([create()])
    assert "ReminderDateTime" not in org.writes()[0].records[0]


def test_batches_are_split_at_200_and_sorted_by_account(org: Org) -> None:
    writes = [create(number) for number in range(250, 0, -1)]
    results = org.connector().write_tasks(writes)
    assert [len(sent.records) for sent in org.writes()] == [200, 50]
    accounts = [str(record["WhatId"]) for sent in org.writes() for record in sent.records]
    assert accounts == sorted(accounts)
    assert [result.operation_id for result in results] == [write.operation_id for write in writes]
    assert {result.outcome for result in results} == {WriteOutcome.WRITTEN}


def test_results_belong_to_their_rows_whatever_the_order(org: Org) -> None:
    org.reply(UPSERT, (200, row_results(sfid("00T", 11), error("STRING_TOO_LONG"), sfid("00T", 13))))
    results = org.connector().write_tasks([create(3), create(1), create(2)])
    assert [(each.operation_id, each.outcome, each.task_id) for each in results] == [
        ("create-3", WriteOutcome.WRITTEN, sfid("00T", 13)),
        ("create-1", WriteOutcome.WRITTEN, sfid("00T", 11)),
        ("create-2", WriteOutcome.REJECTED, None),
    ]


@pytest.mark.parametrize(
    "write",
    [
        create(account_id="1 OR 1"),
        create(owner_id="me"),
        change(task_id="00T/../Account"),
        change(note="Closed", subject=None),
        change(status=TaskStatus.DEFERRED),
    ],
)
def test_what_cannot_be_sent_is_rejected_and_the_others_go(org: Org, write: TaskWrite) -> None:
    results = org.connector().write_tasks([write, change(7)])
    assert outcomes(results) == [WriteOutcome.REJECTED, WriteOutcome.WRITTEN]
    assert len(org.writes()) == 1
    assert results[0].problem


def test_the_same_task_is_not_sent_twice_in_one_call(org: Org) -> None:
    writes = [create(1), replace(create(1), operation_id="again"), change(2), replace(change(2), operation_id="more")]
    assert outcomes(org.connector().write_tasks(writes)) == [
        WriteOutcome.WRITTEN,
        WriteOutcome.FAILED,
        WriteOutcome.WRITTEN,
        WriteOutcome.FAILED,
    ]


def test_nothing_to_do_asks_nothing(org: Org) -> None:
    connector = org.connector()
    assert connector.write_tasks([]) == []
    assert connector.read_tasks([]) == {}
    assert connector.find_tasks([]) == {}
    assert org.sent == []


# --- what becomes of rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ENTITY_IS_DELETED", WriteOutcome.GONE),
        ("SERVER_UNAVAILABLE", WriteOutcome.FAILED),
        ("UNKNOWN_EXCEPTION", WriteOutcome.FAILED),
        ("REQUEST_LIMIT_EXCEEDED", WriteOutcome.FAILED),
        ("PROCESSING_HALTED", WriteOutcome.FAILED),
        ("INACTIVE_OWNER_OR_USER", WriteOutcome.REJECTED),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", WriteOutcome.REJECTED),
        ("REQUIRED_FIELD_MISSING", WriteOutcome.REJECTED),
        ("STRING_TOO_LONG", WriteOutcome.REJECTED),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", WriteOutcome.REJECTED),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", WriteOutcome.REJECTED),
        ("INSUFFICIENT_ACCESS_OR_READONLY", WriteOutcome.REJECTED),
        ("INVALID_CROSS_REFERENCE_KEY", WriteOutcome.REJECTED),
        ("DUPLICATE_VALUE", WriteOutcome.REJECTED),
        ("SOMETHING_NEW", WriteOutcome.REJECTED),
    ],
)
def test_row_errors_of_a_change(org: Org, code: str, outcome: WriteOutcome) -> None:
    org.reply(UPDATE, (200, row_results(error(code, "words", "OwnerId"), sfid("00T", 2))))
    results = org.connector().write_tasks([change(1), change(2)])
    assert outcomes(results) == [outcome, WriteOutcome.WRITTEN]
    assert results[0].task_id == sfid("00T", 1)
    if outcome is not WriteOutcome.GONE:
        assert code in results[0].problem
        assert "OwnerId" in results[0].problem
    assert len(org.writes()) == 1


def test_a_deleted_account_rejects_a_new_task(org: Org) -> None:
    org.reply(UPSERT, (200, row_results(error("ENTITY_IS_DELETED"))))
    assert outcomes(org.connector().write_tasks([create()])) == [WriteOutcome.REJECTED]


def test_an_error_without_a_code_is_a_rejection(org: Org) -> None:
    org.reply(UPDATE, (200, [{"success": False, "errors": []}]))
    (result,) = org.connector().write_tasks([change()])
    assert (result.outcome, result.problem) == (WriteOutcome.REJECTED, "refused without a code")


def test_words_of_the_orgs_own_rules_are_told_without_values_and_addresses(org: Org) -> None:
    message = (
        "Tasks titled 'Nordhavn Offshore: cover the account roles'\nneed approval by sales.ops@ardentia.example, "
        "see Name one. " + "x" * 300
    )
    org.reply(UPSERT, (200, row_results(error("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, "Subject", "b'd"))))
    (result,) = org.connector().write_tasks([create()])
    assert result.problem.startswith(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION (fields: Subject): Tasks titled '…' need approval"
    )
    assert "@" not in result.problem
    assert "Name one" not in result.problem
    assert len(result.problem) < 280


def test_vendor_messages_that_quote_the_record_are_not_told(org: Org) -> None:
    org.reply(UPDATE, (200, row_results(error("STRING_TOO_LONG", "Subject: data value too large: Geheim", "Subject"))))
    (result,) = org.connector().write_tasks([change()])
    assert result.problem == "STRING_TOO_LONG (fields: Subject)"


def test_a_locked_row_is_sent_again_alone(org: Org) -> None:
    locked = error("UNABLE_TO_LOCK_ROW")
    org.reply(UPSERT, (200, row_results(sfid("00T", 1), locked, sfid("00T", 3))), (200, ids(2)))
    results = org.connector().write_tasks([create(1), create(2), create(3)])
    assert [result.task_id for result in results] == [sfid("00T", number) for number in (1, 2, 3)]
    assert [len(sent.records) for sent in org.writes()] == [3, 1]
    assert org.writes()[1].records[0]["KamSync_Key__c"] == key(2)
    assert len(org.naps) == 1


def test_a_row_that_stays_locked_failed_for_now(org: Org) -> None:
    locked = row_results(error("UNABLE_TO_LOCK_ROW"))
    org.reply(UPDATE, *[(200, locked)] * 9)
    assert outcomes(org.connector().write_tasks([change()])) == [WriteOutcome.FAILED]
    assert len(org.writes()) == 3


def test_a_lost_answer_while_repeating_locked_rows_leaves_the_others_written(org: Org) -> None:
    locked = row_results(sfid("00T", 1), error("UNABLE_TO_LOCK_ROW"))
    org.reply(INSERT, (200, locked), requests.ConnectionError("reset"))
    results = org.connector(**WEAK).write_tasks([create(1), create(2)])
    assert outcomes(results) == [WriteOutcome.WRITTEN, WriteOutcome.UNCERTAIN]


def test_a_double_is_settled_by_reading_it(org: Org) -> None:
    double = error("DUPLICATE_VALUE", "duplicate value found: KamSync_Key__c duplicates value on record with id: 00T")
    org.reply(UPSERT, (200, row_results(double, double, double)))
    org.rows["Task"] = [
        [
            task_row(31, KamSync_Key__c=key(1)),
            task_row(32, KamSync_Key__c=key(2), IsDeleted=True),
        ]
    ]
    results = org.connector().write_tasks([create(1), create(2), create(3)])
    assert outcomes(results) == [WriteOutcome.WRITTEN, WriteOutcome.REJECTED, WriteOutcome.REJECTED]
    assert results[0].task_id == sfid("00T", 31)
    (query,) = org.queries("Task")
    assert "/queryAll/" in query.url


def test_a_double_that_cannot_be_read_failed_for_now(org: Org) -> None:
    org.reply(UPSERT, (200, row_results(error("DUPLICATE_VALUE"))))
    org.reply("FROM Task ", (200, "<html>"))
    assert outcomes(org.connector().write_tasks([create()])) == [WriteOutcome.FAILED]


def test_rows_that_fail_a_trigger_together_are_sent_in_halves(org: Org) -> None:
    trigger = error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "TaskTrigger: execution of BeforeInsert")
    org.reply(UPDATE, (200, row_results(*[trigger] * 60)), (200, row_results(*[trigger] * 30)))
    results = org.connector().write_tasks([change(number) for number in range(1, 61)])
    assert [len(sent.records) for sent in org.writes()] == [60, 30, 15, 15, 30]
    assert {result.outcome for result in results} == {WriteOutcome.WRITTEN}


def test_a_trigger_that_always_fails_is_not_asked_for_ever(org: Org) -> None:
    trigger = error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "no")
    org.reply(UPDATE, *[(200, row_results(*[trigger] * size)) for size in (50, 25, 25)])
    results = org.connector().write_tasks([change(number) for number in range(1, 51)])
    assert {result.outcome for result in results} == {WriteOutcome.REJECTED}
    assert len(org.writes()) == 3


# --- no answer, and refusals as a whole ---------------------------------------------------------------------------

LOST: list[Reply] = [
    requests.ConnectionError("reset"),
    requests.ReadTimeout("slow"),
    (503, "<html>Service Unavailable</html>"),
    (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "m"}]),
    (200, "<html>"),
    (200, []),
    (200, {"success": True}),
    (200, [{"success": True, "id": None, "errors": []}]),
    (200, [{"id": sfid("00T", 1)}]),
    (200, ids(1, 2)),
]


@pytest.mark.parametrize("lost", LOST)
def test_an_upsert_is_repeated_once_after_a_lost_answer(org: Org, lost: Reply) -> None:
    org.reply(UPSERT, lost)
    assert outcomes(org.connector().write_tasks([create()])) == [WriteOutcome.WRITTEN]
    assert len(org.writes()) == 2
    assert org.writes()[0].json == org.writes()[1].json


@pytest.mark.parametrize("lost", LOST)
def test_an_upsert_that_stays_without_an_answer_is_uncertain(org: Org, lost: Reply) -> None:
    org.reply(UPSERT, *[lost] * 9)
    results = org.connector().write_tasks([create(1)])
    assert outcomes(results) == [WriteOutcome.UNCERTAIN]
    assert len(org.writes()) == 2


@pytest.mark.parametrize(
    "second", [EXPIRED, (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}])]
)
def test_a_refusal_after_a_lost_answer_does_not_prove_that_nothing_happened(org: Org, second: Reply) -> None:
    org.reply(UPSERT, requests.ConnectionError("reset"), *[second] * 9)
    assert outcomes(org.connector().write_tasks([create()])) == [WriteOutcome.UNCERTAIN]


@pytest.mark.parametrize("lost", LOST)
def test_a_creation_in_the_weaker_mode_is_sent_once(org: Org, lost: Reply) -> None:
    org.reply(INSERT, lost)
    results = org.connector(**WEAK).write_tasks([create(1)])
    assert outcomes(results) == [WriteOutcome.UNCERTAIN]
    assert len(org.writes()) == 1


def test_a_creation_in_the_weaker_mode_carries_its_key_in_the_text(org: Org) -> None:
    org.connector(**WEAK).write_tasks([create(), change(2, text=TEXT)])
    post, patch = org.writes()
    assert (post.method, post.path) == ("POST", f"{DATA}/composite/sobjects")
    assert str(post.records[0]["Description"]).endswith(f"\n\nReference: {key(1)}")
    assert "KamSync_Key__c" not in post.records[0]
    assert str(patch.records[0]["Description"]).endswith(f"\n\nReference: {key(2)}")


@pytest.mark.parametrize("lost", LOST)
def test_a_change_is_repeated_since_it_may_happen_twice(org: Org, lost: Reply) -> None:
    org.reply(UPDATE, *[lost] * 4)
    assert outcomes(org.connector().write_tasks([change()])) == [WriteOutcome.WRITTEN]
    assert len(org.writes()) == 5


def test_a_change_without_any_answer_is_uncertain(org: Org) -> None:
    org.reply(UPDATE, *[requests.ConnectionError("reset")] * 9)
    assert outcomes(org.connector().write_tasks([change()])) == [WriteOutcome.UNCERTAIN]


@pytest.mark.parametrize("mode", [{}, WEAK])
def test_an_expired_session_is_proof_that_nothing_happened(org: Org, mode: dict[str, object]) -> None:
    connector = org.connector(**mode)
    connector.describe()
    org.reply("composite/sobjects", EXPIRED)
    assert outcomes(connector.write_tasks([create()])) == [WriteOutcome.WRITTEN]
    assert len(org.writes()) == 2


REFUSALS: list[tuple[Reply, type[KamSyncError]]] = [
    (EXPIRED, AuthError),
    ((403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": "m"}]), PermissionDeniedError),
    ((403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]), QuotaExhaustedError),
    ((403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests Limit"}]), RateLimitedError),
]


@pytest.mark.parametrize(("refusal", "expected"), REFUSALS)
@pytest.mark.parametrize("mode", [{}, WEAK])
def test_a_refusal_as_a_whole_is_raised_while_nothing_was_written(
    org: Org, refusal: Reply, expected: type[KamSyncError], mode: dict[str, object]
) -> None:
    org.reply("composite/sobjects", *[refusal] * 9)
    with pytest.raises(expected):
        org.connector(**mode).write_tasks([create(), change(2)])


@pytest.mark.parametrize(("refusal", "_expected"), REFUSALS)
def test_once_something_was_written_a_refusal_fails_the_rest(
    org: Org, refusal: Reply, _expected: type[KamSyncError]
) -> None:
    org.reply(UPDATE, *[refusal] * 9)
    results = org.connector().write_tasks([change(2), create(1)])
    assert outcomes(results) == [WriteOutcome.FAILED, WriteOutcome.WRITTEN]


def test_the_quota_guard_after_a_first_call_fails_the_rest(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    org.limit_info = "api-usage=4900/5000"
    assert outcomes(connector.write_tasks([create(1), change(2)])) == [WriteOutcome.WRITTEN, WriteOutcome.FAILED]


def test_tasks_that_cannot_be_written_are_refused_before_anything_is_sent(org: Org) -> None:
    org.object_flags["Task"] = {"createable": False}
    with pytest.raises(PermissionDeniedError, match="Edit Tasks"):
        org.connector().write_tasks([create()])
    assert org.writes() == []


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_task_as_it_stands(org: Org) -> None:
    org.rows["Task"] = [[task_row(Description="Nobody is Innovator.\r\n\r\nDo it. \r\n", Subject=" Subject ")]]
    asked = sfid("00T", 1)[:15]
    assert org.connector().read_tasks([asked, "not an id"]) == {
        asked: TaskState(
            id=sfid("00T", 1),
            key=KEY,
            subject="Subject",
            body="Nobody is Innovator.\n\nDo it.",
            owner_id=OWNER,
            due_on=dt.date(2026, 12, 1),
            priority=Priority.HIGH,
            status=TaskStatus.OPEN,
            modified_at=dt.datetime(2026, 11, 20, 8, 30, tzinfo=dt.UTC),
            account_id=ACCOUNT,
        )
    }
    (query,) = org.queries("Task")
    assert "/queryAll/" in query.url
    assert f"WHERE Id = '{sfid('00T', 1)}' ORDER BY Id" in query.soql


def test_values_of_the_orgs_own_are_none_of_ours(org: Org) -> None:
    org.rows["Task"] = [
        [
            task_row(
                Priority="Urgent",
                ActivityDate=None,
                Description=None,
                KamSync_Key__c=None,
                WhatId=sfid("006", 1),
                IsDeleted=True,
                OwnerId=sfid("00G", 1),
                LastModifiedDate=None,
            )
        ]
    ]
    (state,) = org.connector().read_tasks([sfid("00T", 1)]).values()
    assert (state.priority, state.due_on, state.body, state.key) == (None, None, "", None)
    assert (state.account_id, state.deleted, state.owner_id, state.modified_at) == (ACCOUNT, True, sfid("00G", 1), None)


def test_many_tasks_are_read_200_at_a_time(org: Org) -> None:
    assert org.connector().read_tasks([sfid("00T", number) for number in range(450)]) == {}
    assert [query.soql.count("'00T") for query in org.queries("Task")] == [200, 200, 50]
    assert all(len(query.url) < 16_000 for query in org.queries("Task"))


@pytest.mark.parametrize(
    "changes", [{"IsClosed": None}, {"IsDeleted": "no"}, {"ActivityDate": "soon"}, {"LastModifiedDate": "2026-11-20"}]
)
def test_a_task_without_what_every_task_has_is_malformed(org: Org, changes: dict[str, object]) -> None:
    org.rows["Task"] = [[task_row(**changes)]]
    with pytest.raises(MalformedAnswerError):
        org.connector().read_tasks([sfid("00T", 1)])


def lookup(number: int, *accounts: str) -> KeyLookup:
    return KeyLookup(key=key(number), account_ids=accounts or (sfid("001", number),))


def test_keys_are_looked_up_in_the_key_field_with_absence_proven(org: Org) -> None:
    org.rows["Task"] = [
        [
            task_row(1, KamSync_Key__c=key(1), IsDeleted=True),
            task_row(2, KamSync_Key__c=key(1)),
            task_row(3, KamSync_Key__c=key(1), IsDeleted=True),
            # Salesforce finds a key in any case that somebody may have given it.
            task_row(4, KamSync_Key__c=key(2).upper(), IsDeleted=True),
        ]
    ]
    found = org.connector().find_tasks([lookup(1), lookup(2), lookup(3), KeyLookup(key="x' OR", account_ids=())])
    assert {name: (state.id, state.deleted) if state else None for name, state in found.items()} == {
        key(1): (sfid("00T", 2), False),
        key(2): (sfid("00T", 4), True),
        key(3): None,
    }
    (query,) = org.queries("Task")
    assert f"WHERE KamSync_Key__c IN ('{key(1)}', '{key(2)}', '{key(3)}') ORDER BY Id" in query.soql
    assert "/queryAll/" in query.url


def test_many_keys_stay_within_the_limits_of_a_url(org: Org) -> None:
    assert set(org.connector().find_tasks([lookup(number) for number in range(500)]).values()) == {None}
    assert len(org.queries("Task")) == 3
    assert all(len(query.url) < 12_500 for query in org.queries("Task"))


def test_in_the_weaker_mode_keys_are_found_in_what_we_wrote_on_the_accounts(org: Org) -> None:
    org.rows["Task"] = [
        [
            task_row(1, KamSync_Key__c=None, Description=f"x\r\nReference: {key(1)}"),
            task_row(2, KamSync_Key__c=None, Description=f"x\r\nReference: {key(9)}"),
            task_row(3, KamSync_Key__c=None, Description=f"a copy of {key(2)}"),
        ]
    ]
    wanted = [lookup(1), lookup(2), KeyLookup(key=key(3), account_ids=()), lookup(4, sfid("001", 4), "no id")]
    found = org.connector(**WEAK).find_tasks(wanted)
    assert {name: state.id if state else None for name, state in found.items()} == {
        key(1): sfid("00T", 1),
        key(2): None,
    }
    (query,) = org.queries("Task")
    assert f"CreatedById = '{API_USER}'" in query.soql
    assert f"WHERE WhatId IN ('{sfid('001', 1)}', '{sfid('001', 2)}', '{sfid('001', 4)}')" in query.soql
    assert "KamSync_Key__c" not in query.soql


def test_a_key_field_that_can_only_be_read_is_still_searched(org: Org) -> None:
    org.field("Task", "KamSync_Key__c")["updateable"] = False
    in_field, in_text = task_row(1, KamSync_Key__c=key(1)), task_row(2, KamSync_Key__c=None)
    in_text["Description"] = f"Reference: {key(2)}"
    org.rows["Task"] = [[in_field, in_text]]
    found = org.connector().find_tasks([lookup(1), lookup(2)])
    assert {name: state.id if state else None for name, state in found.items()} == {
        key(1): sfid("00T", 1),
        key(2): sfid("00T", 2),
    }


def test_without_knowing_who_we_are_absence_is_not_proven(org: Org) -> None:
    org.login_extra.clear()
    org.reply(rf"GET {DATA}/ ", (200, {"identity": "https://login.salesforce.com/id/"}))
    assert org.connector(**WEAK).find_tasks([lookup(1)]) == {}
