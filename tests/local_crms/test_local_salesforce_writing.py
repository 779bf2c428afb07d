"""Writing through the local Salesforce: single records, collections, upserts by key, and what a Task does by itself."""
# ruff: noqa: S608 - this is SOQL, put together from the tests' own values

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from support_local_salesforce import KEY, Org, codes, running_org

KEY_ONE = "k1" + "a" * 24 + "-1"
KEY_TWO = "k1" + "b" * 24 + "-1"


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm") as running:
        yield running


def a_task(org: Org, **values: object) -> str:
    answer = org.rest.call("POST", "sobjects/Task", {"WhatId": org.crm.id_of("atlas"), **values})
    assert answer.status == 201, answer.content
    assert (answer.record()["success"], answer.record()["errors"]) == (True, [])
    return str(answer.record()["id"])


def refused(org: Org, values: dict[str, object]) -> tuple[int, object, str, object]:
    answer = org.rest.call("POST", "sobjects/Task", values)
    assert answer.status >= 400, answer.content
    row = answer.rows()[0]
    return answer.status, row["errorCode"], str(row["message"]), row.get("fields")


def test_a_new_task_gets_what_the_platform_sets(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    task = a_task(org, Subject="  Fill the role  ", Description="Line\nline", ActivityDate="2026-11-20")
    assert task.startswith("00T")
    assert len(task) == 18
    shown = org.rest.call("GET", f"sobjects/Task/{task[:15]}").record()
    attributes = shown["attributes"]
    assert isinstance(attributes, dict)
    assert attributes["url"] == f"/services/data/v66.0/sobjects/Task/{task}"
    expected = {
        "Id": task,
        "Subject": "Fill the role",
        "Description": "Line\nline",
        "ActivityDate": "2026-11-20",
        "AccountId": atlas,
        "Status": "Not Started",
        "Priority": "Normal",
        "IsHighPriority": False,
        "IsClosed": False,
        "IsDeleted": False,
        "IsArchived": False,
        "IsReminderSet": False,
        "TaskSubtype": "Task",
        "CompletedDateTime": None,
        "WhoId": None,
        "OwnerId": org.crm.api_user_id,
        "CreatedById": org.crm.api_user_id,
        "LastModifiedById": org.crm.api_user_id,
        "CreatedDate": "2026-11-02T08:30:00.000+0000",
        "SystemModstamp": "2026-11-02T08:30:00.000+0000",
        KEY: None,
    }
    assert {name: shown[name] for name in expected} == expected


def test_the_account_of_a_task_is_derived_from_what_or_who(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    deal = org.rest.names("SELECT Id FROM Opportunity", field="Id")[0]
    contact = org.rest.names("SELECT Id FROM Contact", field="Id")[0]
    for values in ({"WhatId": deal}, {"WhatId": None, "WhoId": contact}, {"WhatId": atlas, "WhoId": contact}):
        assert org.rest.task(a_task(org, **values), "AccountId")["AccountId"] == atlas
    assert org.rest.task(a_task(org, WhatId=None), "AccountId")["AccountId"] is None


def test_closing_and_reopening_follow_the_status(org: Org) -> None:
    task = a_task(org, ActivityDate="2026-12-24", IsReminderSet=True, ReminderDateTime="2026-12-24T09:00:00+01:00")
    assert org.rest.task(task, "ReminderDateTime")["ReminderDateTime"] == "2026-12-24T08:00:00.000+0000"
    org.clock.advance(hours=1)
    assert org.rest.call("PATCH", f"sobjects/Task/{task}", {"Status": "completed", "Priority": "High"}).status == 204
    closed = org.rest.task(task, "Status", "IsClosed", "CompletedDateTime", "IsHighPriority", "LastModifiedDate")
    assert (closed["Status"], closed["IsClosed"], closed["IsHighPriority"]) == ("Completed", True, True)
    assert closed["CompletedDateTime"] == closed["LastModifiedDate"] == "2026-11-02T09:30:00.000+0000"
    org.rest.call("PATCH", f"sobjects/Task/{task}", {"Status": "Deferred"})
    deferred = org.rest.task(task, "IsClosed", "CompletedDateTime")
    assert (deferred["IsClosed"], deferred["CompletedDateTime"]) == (False, None)


def test_completing_a_task_moves_the_accounts_last_activity_and_its_system_stamp(org: Org) -> None:
    def account() -> dict[str, object]:
        soql = f"SELECT LastActivityDate, SystemModstamp, LastModifiedDate FROM Account WHERE Id = '{atlas}'"
        return org.rest.query(soql)[0]

    atlas = org.crm.id_of("atlas")
    before = account()
    task = a_task(org, ActivityDate="2026-12-24")
    assert account() == before
    org.clock.advance(hours=1)
    org.rest.call("PATCH", f"sobjects/Task/{task}", {"Status": "Completed"})
    after = account()
    assert after["LastActivityDate"] == "2026-12-24", "it may lie in the future"
    assert after["SystemModstamp"] == "2026-11-02T09:30:00.000+0000"
    assert after["LastModifiedDate"] == before["LastModifiedDate"]


def test_every_write_moves_the_stamps_even_if_nothing_changes(org: Org) -> None:
    task = a_task(org, Subject="Same")
    org.clock.advance(seconds=61)
    org.rest.call("PATCH", f"sobjects/Task/{task}", {"Subject": "Same"})
    stamps = org.rest.task(task, "CreatedDate", "LastModifiedDate", "SystemModstamp")
    assert stamps["CreatedDate"] == "2026-11-02T08:30:00.000+0000"
    assert stamps["LastModifiedDate"] == stamps["SystemModstamp"] == "2026-11-02T08:31:01.000+0000"


def test_wrong_values_are_refused_with_salesforce_codes(org: Org) -> None:
    atlas, gone, bo = (org.crm.id_of(slug) for slug in ("atlas", "gone", "bo"))
    cases: list[tuple[dict[str, object], str, list[str] | None]] = [
        ({"Subject": "x" * 256}, "STRING_TOO_LONG", ["Subject"]),
        ({"Description": "x" * 32_001}, "STRING_TOO_LONG", ["Description"]),
        ({"Status": "Finished"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"]),
        ({"Status": None}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"]),
        ({"IsClosed": True, "AccountId": atlas}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsClosed", "AccountId"]),
        ({"Nope__c": 1}, "INVALID_FIELD", None),
        ({"OwnerId": gone}, "INACTIVE_OWNER_OR_USER", []),
        ({"WhatId": "nonsense"}, "MALFORMED_ID", ["WhatId"]),
        ({"WhatId": bo}, "FIELD_INTEGRITY_EXCEPTION", ["WhatId"]),
        ({"WhatId": atlas[:3] + "KS0000zzzzzz"}, "INVALID_CROSS_REFERENCE_KEY", ["WhatId"]),
        ({"ActivityDate": "tomorrow"}, "JSON_PARSER_ERROR", None),
        ({"Subject": {"deep": 1}}, "JSON_PARSER_ERROR", None),
        ({"IsReminderSet": "yes"}, "JSON_PARSER_ERROR", None),
        ({"Id": atlas}, "INVALID_FIELD", None),
    ]
    for values, code, fields in cases:
        status, found, _, named = refused(org, values)
        assert (status, found, named) == (400, code, fields), values
    assert len(org.rest.query("SELECT Id FROM Task")) == 2


def test_the_longest_texts_are_accepted(org: Org) -> None:
    task = a_task(org, Subject="ß" * 255, Description="食" * 32_000)
    shown = org.rest.task(task, "Subject", "Description")
    assert (len(str(shown["Subject"])), len(str(shown["Description"]))) == (255, 32_000)


def test_the_owner_may_become_inactive_without_blocking_other_changes(org: Org) -> None:
    task = a_task(org, OwnerId=org.crm.id_of("bo"))
    org.crm.people.deactivate_user("bo")
    assert org.rest.call("PATCH", f"sobjects/Task/{task}", {"Subject": "Still mine"}).status == 204
    assert org.rest.call("PATCH", f"sobjects/Task/{task}", {"OwnerId": org.crm.id_of("gone")}).failure() == (
        400,
        "INACTIVE_OWNER_OR_USER",
    )


def test_deleted_and_missing_records_cannot_be_read_or_changed(org: Org) -> None:
    task = a_task(org)
    assert org.rest.call("DELETE", f"sobjects/Task/{task}").status == 204
    for method, body in (("GET", None), ("PATCH", {"Subject": "x"}), ("DELETE", None)):
        assert org.rest.call(method, f"sobjects/Task/{task}", body).failure() == (404, "ENTITY_IS_DELETED")
        assert org.rest.call(method, f"sobjects/Task/{task[:11]}zzzz", body).failure() == (404, "NOT_FOUND")
        assert org.rest.call(method, "sobjects/Task/nonsense", body).failure() == (404, "NOT_FOUND")
    assert org.rest.call("GET", f"sobjects/Account/{task}").failure() == (404, "NOT_FOUND")


def test_a_task_on_a_deleted_account_is_refused_and_names_the_field(org: Org) -> None:
    org.crm.people.delete_account("ceres")
    status, code, _, fields = refused(org, {"WhatId": org.crm.id_of("ceres")})
    assert (status, code, fields) == (404, "ENTITY_IS_DELETED", ["WhatId"])


def test_objects_without_the_right_to_write_are_refused(org: Org) -> None:
    assert org.rest.call("POST", "sobjects/User", {"LastName": "x"}).failure() == (400, "INVALID_TYPE_FOR_OPERATION")
    status = org.rest.names("SELECT Id FROM TaskStatus", field="Id")[0]
    deleted = org.rest.call("DELETE", f"sobjects/TaskStatus/{status}")
    assert deleted.failure() == (400, "INVALID_TYPE_FOR_OPERATION")


def test_a_single_upsert_creates_with_201_and_updates_with_200(org: Org) -> None:
    path = f"sobjects/Task/{KEY}/{KEY_ONE}"
    created = org.rest.call("PATCH", path, {"Subject": "One"})
    assert (created.status, created.record()["created"]) == (201, True)
    updated = org.rest.call("PATCH", f"sobjects/Task/{KEY}/{KEY_ONE.upper()}", {"Subject": "Two"})
    assert (updated.status, updated.record()["created"]) == (200, False)
    assert updated.record()["id"] == created.record()["id"]
    assert org.rest.call("GET", path).record()["Subject"] == "Two"
    assert org.rest.call("PATCH", f"/services/data/v45.0/{path}", {"Subject": "Three"}).status == 204
    assert org.rest.call("PATCH", path, {KEY: KEY_ONE}).failure() == (400, "INVALID_FIELD")
    assert org.rest.call("PATCH", path, {"Id": "x"}).failure() == (400, "INVALID_FIELD")
    assert org.rest.call("GET", f"sobjects/Task/{KEY}/{KEY_TWO}").failure() == (404, "NOT_FOUND")
    assert org.rest.call("PATCH", "sobjects/Task/Subject/x", {}).failure() == (404, "NOT_FOUND")


def test_keys_may_hold_what_a_url_must_quote(org: Org) -> None:
    path = f"sobjects/Task/{KEY}/{quote('http://x?y z', safe='')}"
    assert org.rest.call("PATCH", path, {"Subject": "Odd"}).status == 201
    assert org.rest.names(f"SELECT {KEY} FROM Task WHERE {KEY} != null", field=KEY) == ["http://x?y z"]


def test_a_key_that_is_not_unique_answers_300_and_writes_nothing(org: Org) -> None:
    org.crm.switches = replace(org.crm.switches, key_field_unique=False)
    first, second = a_task(org, **{KEY: KEY_ONE}), a_task(org, **{KEY: KEY_ONE})
    answer = org.rest.call("PATCH", f"sobjects/Task/{KEY}/{KEY_ONE}", {"Subject": "Which?"})
    assert answer.status == 300
    assert answer.body == [f"/services/data/v66.0/sobjects/Task/{each}" for each in (first, second)]
    assert codes(org.rest.upsert({KEY: KEY_ONE, "Subject": "Which?"})) == ["DUPLICATE_EXTERNAL_ID"]
    assert org.rest.query("SELECT Id FROM Task WHERE Subject = 'Which?'") == []


def test_a_unique_key_is_refused_a_second_time_in_any_case(org: Org) -> None:
    first = a_task(org, **{KEY: KEY_ONE})
    status, code, text, _ = refused(org, {KEY: KEY_ONE.upper()})
    assert (status, code) == (400, "DUPLICATE_VALUE")
    assert first in text
    org.rest.call("DELETE", f"sobjects/Task/{first}")
    assert a_task(org, **{KEY: KEY_ONE}) != first, "a deleted record no longer holds its key"


def test_upserting_a_collection_creates_and_updates_row_by_row(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    created = org.rest.upsert({KEY: KEY_ONE, "WhatId": atlas, "Subject": "One"})
    assert created == [{"id": created[0]["id"], "success": True, "errors": [], "created": True}]
    rows = org.rest.upsert(
        {KEY: KEY_ONE, "Subject": "x" * 256},
        {KEY: KEY_TWO, "WhatId": atlas, "Subject": "Two"},
        {"Subject": "no key"},
        {KEY: KEY_ONE[:-1] + "2", "OwnerId": org.crm.id_of("gone")},
    )
    assert codes(rows) == ["STRING_TOO_LONG", None, "MISSING_ARGUMENT", "INACTIVE_OWNER_OR_USER"]
    assert [row["created"] for row in rows] == [False, True, False, False]
    again = org.rest.upsert({KEY: KEY_ONE.upper(), "Subject": "One again"})
    assert (again[0]["id"], again[0]["created"]) == (created[0]["id"], False)
    assert set(org.rest.names(f"SELECT Subject FROM Task WHERE {KEY} != null", field="Subject")) == {"One again", "Two"}


def test_the_same_key_twice_in_one_request_fails_those_rows(org: Org) -> None:
    rows = org.rest.upsert({KEY: KEY_ONE}, {KEY: KEY_TWO}, {KEY: KEY_ONE.upper()})
    assert codes(rows) == ["DUPLICATE_VALUE", None, "DUPLICATE_VALUE"]
    assert org.rest.names(f"SELECT {KEY} FROM Task WHERE {KEY} != null", field=KEY) == [KEY_TWO]


def test_upserting_the_key_of_a_deleted_task_makes_a_new_one(org: Org) -> None:
    first = org.rest.upsert({KEY: KEY_ONE})[0]["id"]
    org.crm.people.delete_task(str(first))
    (row,) = org.rest.upsert({KEY: KEY_ONE})
    assert row["created"] is True
    assert row["id"] != first
    found = org.rest.query(f"SELECT Id, IsDeleted FROM Task WHERE {KEY} = '{KEY_ONE}' ORDER BY Id", every=True)
    assert [(each["Id"], each["IsDeleted"]) for each in found] == [(first, True), (row["id"], False)]


def test_all_or_none_rolls_everything_back(org: Org) -> None:
    rows = org.rest.upsert({KEY: KEY_ONE}, {KEY: KEY_TWO, "Status": "Finished"}, all_or_none=True)
    assert codes(rows) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
    assert org.rest.query(f"SELECT Id FROM Task WHERE {KEY} != null", every=True) == []


def test_collections_create_update_and_delete_records_of_any_type(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    body = {
        "records": [
            {"attributes": {"type": "Task"}, "WhatId": atlas, "Subject": "T"},
            {"attributes": {"type": "Contact"}, "AccountId": atlas, "FirstName": "Ngozi", "LastName": "Adé"},
            {"attributes": {"type": "Contact"}, "AccountId": atlas},
        ]
    }
    rows = org.rest.call("POST", "composite/sobjects", body).rows()
    assert codes(rows) == [None, None, "REQUIRED_FIELD_MISSING"]
    assert "id" not in rows[2]
    task, contact = str(rows[0]["id"]), str(rows[1]["id"])
    assert org.rest.names(f"SELECT Name FROM Contact WHERE Id = '{contact}'") == ["Ngozi Adé"]
    body = {
        "records": [
            {"attributes": {"type": "Task"}, "id": task, "Priority": "High"},
            {"attributes": {"type": "Task"}, "Id": task[:15], "Subject": "New"},
            {"attributes": {"type": "Task"}, "Subject": "no id"},
            {"attributes": {"type": "Task"}, "id": task[:11] + "zzzz", "Subject": "nobody"},
        ]
    }
    updated = org.rest.call("PATCH", "composite/sobjects", body).rows()
    assert codes(updated) == [None, None, "MISSING_ARGUMENT", "INVALID_CROSS_REFERENCE_KEY"]
    shown = org.rest.task(task, "Priority", "Subject")
    assert (shown["Priority"], shown["Subject"]) == ("High", "New")
    query = {"ids": f"{task},{task},{contact}", "allOrNone": "false"}
    deleted = org.rest.call("DELETE", "composite/sobjects", query=query).rows()
    assert codes(deleted) == [None, "ENTITY_IS_DELETED", None]
    update = {"records": [{"attributes": {"type": "Task"}, "id": task, "Subject": "late"}]}
    assert codes(org.rest.call("PATCH", "composite/sobjects", update).rows()) == ["ENTITY_IS_DELETED"]


def test_requests_that_are_not_well_formed_are_refused_as_a_whole(org: Org) -> None:
    path = f"composite/sobjects/Task/{KEY}"
    task = {"attributes": {"type": "Task"}}
    cases: list[tuple[object, str]] = [
        ({"records": [{**task, KEY: f"k{number}"} for number in range(201)]}, "EXCEEDED_ID_LIMIT"),
        ({"records": [{KEY: "k"}]}, "INVALID_INPUT"),
        ({"records": "x"}, "INVALID_INPUT"),
        ({"records": [{"attributes": {"type": "Event"}, KEY: "k"}]}, "INVALID_INPUT"),
        ({"records": [{"attributes": {"type": "Nope"}, KEY: "k"}]}, "INVALID_TYPE"),
        ({"records": [{**task, KEY: "k"}, {**task, KEY: "l", "Nope": 1}]}, "INVALID_FIELD"),
        ([], "JSON_PARSER_ERROR"),
    ]
    for body, code in cases:
        assert org.rest.call("PATCH", path, body).failure() == (400, code)
    assert org.rest.call("PATCH", "composite/sobjects/Task/Id", {"records": []}).failure() == (404, "NOT_FOUND")
    many = [{"attributes": {"type": ("Task", "Contact")[number % 2]}} for number in range(12)]
    assert org.rest.call("POST", "composite/sobjects", {"records": many}).failure() == (400, "LIMIT_EXCEEDED")
    headers = {"Authorization": f"Bearer {org.rest.token}"}
    broken = org.rest.send("PATCH", f"{org.rest.base}/{path}", '{"records": [', headers)
    assert broken.failure() == (400, "JSON_PARSER_ERROR")
    assert org.rest.query(f"SELECT Id FROM Task WHERE {KEY} != null", every=True) == []


def test_switches_take_the_key_field_and_rights_away(org: Org) -> None:
    crm = org.crm
    crm.switches = replace(crm.switches, not_createable_fields=frozenset({"Task.Priority"}))
    assert refused(org, {"Priority": "High"})[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    task = a_task(org)
    assert org.rest.call("PATCH", f"sobjects/Task/{task}", {"Priority": "High"}).status == 204
    crm.switches = replace(crm.switches, not_updateable_fields=frozenset({"Task.Subject"}))
    update = org.rest.call("PATCH", f"sobjects/Task/{task}", {"Subject": "x"})
    assert update.failure() == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    crm.switches = replace(crm.switches, key_field_exists=False)
    assert org.rest.page(f"SELECT {KEY} FROM Task").failure() == (400, "INVALID_FIELD")
    assert refused(org, {KEY: KEY_ONE})[1] == "INVALID_FIELD"
    body = {"records": [{"attributes": {"type": "Task"}, KEY: KEY_ONE}]}
    assert org.rest.call("PATCH", f"composite/sobjects/Task/{KEY}", body).failure() == (404, "NOT_FOUND")
    crm.switches = replace(crm.switches, hidden_accounts=frozenset({crm.id_of("atlas")}))
    assert refused(org, {"WhatId": crm.id_of("atlas")})[1] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    hidden = org.rest.call("PATCH", f"sobjects/Task/{task}", {"Status": "Completed"})
    assert hidden.failure() == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_a_user_is_on_an_account_team_once(org: Org) -> None:
    member = {"AccountId": org.crm.id_of("ceres"), "UserId": org.crm.id_of("bo"), "TeamMemberRole": "Sales Rep"}
    assert org.rest.call("POST", "sobjects/AccountTeamMember", member).status == 201
    assert org.rest.call("POST", "sobjects/AccountTeamMember", member).failure() == (400, "DUPLICATE_VALUE")


def test_opportunities_follow_their_stage_and_events_their_times(org: Org) -> None:
    (deal,) = org.rest.query("SELECT Id, IsClosed, IsWon, Probability, NextStep FROM Opportunity")
    assert (deal["IsClosed"], deal["NextStep"]) == (False, "Offer")
    org.rest.call("PATCH", f"sobjects/Opportunity/{deal['Id']}", {"StageName": "Closed Won"})
    (won,) = org.rest.query("SELECT IsClosed, IsWon, Probability, LastStageChangeDate FROM Opportunity")
    assert (won["IsClosed"], won["IsWon"], won["Probability"]) == (True, True, 100.0)
    assert won["LastStageChangeDate"] == "2026-11-02T08:30:00.000+0000"
    times = {"StartDateTime": "2026-11-05T14:00:00Z", "DurationInMinutes": 45, "WhatId": org.crm.id_of("atlas")}
    event = org.rest.call("POST", "sobjects/Event", times).record()["id"]
    (shown,) = org.rest.query(f"SELECT ActivityDate, EndDateTime, AccountId FROM Event WHERE Id = '{event}'")
    assert (shown["ActivityDate"], shown["EndDateTime"]) == ("2026-11-05", "2026-11-05T14:45:00.000+0000")
    assert shown["AccountId"] == org.crm.id_of("atlas")
    assert org.rest.call("POST", "sobjects/Event", {}).failure() == (400, "REQUIRED_FIELD_MISSING")
    (account,) = org.rest.query("SELECT LastActivityDate FROM Account WHERE Tier__c = 'A'")
    assert account["LastActivityDate"] == "2026-11-05"


def test_several_requests_go_in_one_composite_or_batch(org: Org) -> None:
    batch = {
        "batchRequests": [
            {"method": "GET", "url": "v66.0/sobjects/Task/describe"},
            {"method": "POST", "url": "v66.0/sobjects/Task", "richInput": {"Subject": "In a batch"}},
            {"method": "GET", "url": "v66.0/query?q=SELECT+Nope+FROM+Task"},
        ]
    }
    answer = org.rest.call("POST", "composite/batch", batch).record()
    results = answer["results"]
    assert isinstance(results, list)
    assert answer["hasErrors"] is True
    assert [result["statusCode"] for result in results] == [200, 201, 400]
    soql = quote("SELECT Id FROM Account WHERE Name IN (" + ",".join(["'ceres 食品'"] * 3000) + ")")
    composite = {
        "compositeRequest": [
            {"method": "GET", "referenceId": "long", "url": f"/services/data/v66.0/query?q={soql}"},
            {"method": "GET", "referenceId": "none", "url": "/services/data/v66.0/sobjects/Task/nonsense"},
        ]
    }
    parts = org.rest.call("POST", "composite", composite).record()["compositeResponse"]
    assert isinstance(parts, list)
    assert [(part["referenceId"], part["httpStatusCode"]) for part in parts] == [("long", 200), ("none", 404)]
    assert parts[0]["body"]["totalSize"] == 1
    assert org.rest.call("POST", "composite", {**composite, "allOrNone": True}).status == 501
    too_many = {"batchRequests": [{"method": "GET", "url": "v66.0/limits"}] * 26}
    assert org.rest.call("POST", "composite/batch", too_many).failure() == (400, "LIMIT_EXCEEDED")
