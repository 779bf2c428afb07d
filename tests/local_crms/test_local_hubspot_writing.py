"""Creating, changing, upserting, archiving and merging, asked by a plain HTTP client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync_hubspot.local_crm import ObjectType, RequiredProperty
from support_local_hubspot import SMALL, Running, dig, link, running

DAY = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL) as started:
        yield started


def task_input(trace: str | None, **properties: str) -> dict[str, object]:
    given: dict[str, object] = {"properties": {"hs_timestamp": "2026-12-01T09:00:00Z", **properties}}
    given["associations"] = []
    return given if trace is None else {**given, "objectWriteTraceId": trace}


@pytest.mark.parametrize("base", ["/crm/v3/objects", "/crm/objects/2026-03", DAY])
def test_batch_create_makes_tasks_with_their_associations(hubspot: Running, base: str) -> None:
    company = hubspot.crm.id_of("solaris")
    inputs = [
        {**task_input(f"t{number}", hs_task_subject=f"Task {number}"), "associations": [link(company, 192)]}
        for number in range(3)
    ]
    reply = hubspot.client.post(f"{base}/tasks/batch/create", {"inputs": inputs})
    assert (reply.status, reply.at("status")) == (201, "COMPLETE")
    by_trace = {str(each["objectWriteTraceId"]): each for each in reply.each()}
    assert {trace: dig(each, "properties", "hs_task_subject") for trace, each in by_trace.items()} == {
        "t0": "Task 0",
        "t1": "Task 1",
        "t2": "Task 2",
    }
    assert [each["objectWriteTraceId"] for each in reply.each()] != ["t0", "t1", "t2"]  # the order is not promised
    read = hubspot.client.post("/crm/associations/2026-09/companies/tasks/batch/read", {"inputs": [{"id": company}]})
    associated = {str(each["toObjectId"]) for each in read.each("results", 0, "to")}
    assert {str(each["id"]) for each in by_trace.values()} <= associated


def test_one_bad_input_fails_alone_only_when_every_input_has_its_own_trace_id(hubspot: Running) -> None:
    before = len(hubspot.crm.people.tasks())
    bad = {"hs_task_status": "PERHAPS"}
    good_and_bad = [task_input("a"), task_input("b", **bad), task_input("c")]
    partial = hubspot.client.post(f"{DAY}/tasks/batch/create", {"inputs": good_and_bad})
    assert partial.status == 207
    assert {str(each["objectWriteTraceId"]) for each in partial.each()} == {"a", "c"}
    (error,) = partial.each("errors")
    assert dig(error, "context", "objectWriteTraceId") == ["b"]
    assert error["category"] == "VALIDATION_ERROR"
    assert len(hubspot.crm.people.tasks()) == before + 2
    for traces in (("a", None, "c"), ("a", "a", "c"), (None, None, None)):
        inputs = [task_input(traces[0]), task_input(traces[1], **bad), task_input(traces[2])]
        whole = hubspot.client.post(f"{DAY}/tasks/batch/create", {"inputs": inputs})
        assert (whole.status, whole.at("category")) == (400, "VALIDATION_ERROR")
    assert len(hubspot.crm.people.tasks()) == before + 2


def test_an_unknown_property_in_a_write_is_a_validation_error_with_json_inside_its_message(hubspot: Running) -> None:
    reply = hubspot.client.post(f"{DAY}/companies", {"properties": {"no_such": "1", "hs_object_id": "7"}})
    assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")
    listed = json.loads(str(reply.at("message")).partition(": ")[2])
    assert [(each["name"], each["error"]) for each in listed] == [
        ("no_such", "PROPERTY_DOESNT_EXIST"),
        ("hs_object_id", "READ_ONLY_VALUE"),
    ]
    assert [each["code"] for each in reply.each("errors")] == ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"]


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("account_tier", "A", "A"),
        ("account_tier", "a", None),
        ("annualrevenue", "12.5", "12.5"),
        ("annualrevenue", "much", None),
        ("annualrevenue", "nan", None),
        ("hs_is_target_account", "true", "true"),
        ("hs_is_target_account", "yes", None),
        ("plan_start", "2026-12-24", "2026-12-24"),
        ("plan_start", "1798070400000", "2026-12-24"),
        ("plan_start", "1798070400001", None),
        ("plan_start", "24.12.2026", None),
        ("plan_goals", "", None),
        ("hs_parent_company_id", "999", None),
    ],
)
def test_values_are_checked_and_kept_in_hubspots_forms(
    hubspot: Running, name: str, value: str, stored: str | None
) -> None:
    reply = hubspot.client.post(f"{DAY}/companies", {"properties": {"name": "V", name: value}})
    if stored is None and value != "":
        assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")
    else:
        assert reply.status == 201
        assert hubspot.properties("companies", str(reply.at("id")), name)[name] == stored


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("1798106400000", "2026-12-24T10:00:00.000Z"),
        ("2026-12-24T10:00:00Z", "2026-12-24T10:00:00.000Z"),
        ("2026-12-24T12:00:00.1239+02:00", "2026-12-24T10:00:00.123Z"),
        ("2026-12-24T10:00:00", None),
        ("tomorrow", None),
        ("99999999999999999", None),
    ],
)
def test_moments_are_milliseconds_or_iso_with_a_zone(hubspot: Running, value: str, stored: str | None) -> None:
    reply = hubspot.client.post(f"{DAY}/tasks", {"properties": {"hs_timestamp": value}})
    assert reply.status == (400 if stored is None else 201)
    if stored is not None:
        assert reply.at("properties", "hs_timestamp") == stored


def test_several_options_are_joined_by_semicolons(hubspot: Running) -> None:
    good = hubspot.create("contacts", {"hs_buying_role": "CHAMPION;DECISION_MAKER"})
    assert hubspot.properties("contacts", good, "hs_buying_role")["hs_buying_role"] == "CHAMPION;DECISION_MAKER"
    bad = hubspot.client.post(f"{DAY}/contacts", {"properties": {"hs_buying_role": "CHAMPION;HERO"}})
    assert bad.status == 400


def test_only_the_id_of_an_active_owner_is_an_owner(hubspot: Running) -> None:
    owners = hubspot.client.get("/crm/owners/2026-09").each()
    amara = next(each for each in owners if each["firstName"] == "Amara")
    assert amara["id"] != str(amara["userId"])
    for value in (str(amara["userId"]), "1", "Amara", hubspot.owner("left")):
        reply = hubspot.client.post(f"{DAY}/companies", {"properties": {"name": "O", "hubspot_owner_id": value}})
        assert reply.status == 400
        assert "INVALID_OWNER_ID" in reply.text
    hubspot.company(hubspot_owner_id=str(amara["id"]), innovator_owner=str(amara["id"]))


def test_a_company_may_keep_its_archived_owner_in_a_write(hubspot: Running) -> None:
    nordic = hubspot.crm.id_of("nordic")
    same = {"hubspot_owner_id": hubspot.owner("left"), "city": "Umeå"}
    reply = hubspot.client.call("PATCH", f"{DAY}/companies/{nordic}", {"properties": same})
    assert reply.status == 200
    assert reply.at("properties", "city") == "Umeå"


def test_property_values_must_be_texts(hubspot: Running) -> None:
    for value in (5, True, None, ["A"]):
        reply = hubspot.client.post(f"{DAY}/companies", {"properties": {"name": value}})
        assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")


def test_an_administrators_rule_is_enforced_per_input_and_in_2026_09_only(hubspot: Running) -> None:
    hubspot.crm.switches.required_on_create.append(
        RequiredProperty(object_type=ObjectType.TASK, name="hs_task_body", when={"hs_task_priority": "HIGH"})
    )
    inputs = [task_input("low", hs_task_priority="LOW"), task_input("high", hs_task_priority="HIGH")]
    reply = hubspot.client.post(f"{DAY}/tasks/batch/create", {"inputs": inputs})
    assert reply.status == 207
    assert dig(reply.each("errors")[0], "context") == {"properties": ["hs_task_body"], "objectWriteTraceId": ["high"]}
    assert [each["objectWriteTraceId"] for each in reply.each()] == ["low"]
    single = hubspot.client.post(f"{DAY}/tasks", {"properties": inputs[1]["properties"]})
    assert (single.status, single.at("context", "properties")) == (400, ["hs_task_body"])
    for older in ("/crm/objects/2026-03", "/crm/v3/objects"):
        assert hubspot.client.post(f"{older}/tasks/batch/create", {"inputs": inputs}).status == 201


def test_batch_update_changes_what_it_names_and_moves_the_stamp(hubspot: Running) -> None:
    company = hubspot.crm.id_of("solaris")
    before = hubspot.properties("companies", company, "name", "account_tier")
    body = {"inputs": [{"id": company, "properties": {"account_tier": "B", "plan_goals": ""}}]}
    reply = hubspot.client.post(f"{DAY}/companies/batch/update", body)
    assert reply.status == 200
    after = hubspot.properties("companies", company, "name", "account_tier")
    assert after["account_tier"] == "B"
    assert after["name"] == before["name"]
    assert str(after["hs_lastmodifieddate"]) > str(before["hs_lastmodifieddate"])
    hubspot.client.post(f"{DAY}/companies/batch/update", body)
    again = hubspot.properties("companies", company)
    assert str(again["hs_lastmodifieddate"]) > str(after["hs_lastmodifieddate"])  # though the clock stood still


def test_batch_update_reports_unknown_and_archived_ids_and_changes_the_rest(hubspot: Running) -> None:
    live, gone = hubspot.task(), hubspot.task()
    hubspot.client.post(f"{DAY}/tasks/batch/archive", {"inputs": [{"id": gone}]})
    inputs = [
        {"id": each, "properties": {"hs_task_subject": "New"}, "objectWriteTraceId": f"trace-{each}"}
        for each in (live, gone, "4711")
    ]
    reply = hubspot.client.post(f"{DAY}/tasks/batch/update", {"inputs": inputs})
    assert reply.status == 207
    assert reply.ids() == [live]
    assert [dig(each, "context") for each in reply.each("errors")] == [
        {"ids": [each], "objectWriteTraceId": [f"trace-{each}"]} for each in (gone, "4711")
    ]
    without = [{"id": each, "properties": {"hs_task_subject": "Newer"}} for each in (live, "4711")]
    assert hubspot.client.post(f"{DAY}/tasks/batch/update", {"inputs": without}).status == 207


def test_batch_update_refuses_the_same_id_twice(hubspot: Running) -> None:
    task = hubspot.task()
    one = {"id": task, "properties": {"hs_task_subject": "x"}}
    reply = hubspot.client.post(f"{DAY}/tasks/batch/update", {"inputs": [one, one]})
    assert reply.status == 400
    assert task in str(reply.at("message"))


def test_a_rejected_batch_update_without_trace_ids_changes_nothing(hubspot: Running) -> None:
    first, second = hubspot.task(hs_task_subject="one"), hubspot.task(hs_task_subject="two")
    inputs = [
        {"id": first, "properties": {"hs_task_subject": "changed"}},
        {"id": second, "properties": {"hs_task_status": "WRONG"}},
    ]
    assert hubspot.client.post(f"{DAY}/tasks/batch/update", {"inputs": inputs}).status == 400
    assert hubspot.properties("tasks", first, "hs_task_subject")["hs_task_subject"] == "one"


def test_upsert_goes_by_a_unique_property_and_tells_what_is_new(hubspot: Running) -> None:
    inputs = [
        {"id": "aiko@solaris.example", "idProperty": "email", "properties": {"jobtitle": "Head of buying"}},
        {"id": "lucia@new.example", "idProperty": "email", "properties": {"firstname": "Lucía"}},
    ]
    reply = hubspot.client.post(f"{DAY}/contacts/batch/upsert", {"inputs": inputs})
    assert reply.status == 200
    assert [each["new"] for each in reply.each()] == [False, True]
    assert dig(reply.each()[1], "properties", "email") == "lucia@new.example"
    refused = hubspot.client.post(
        f"{DAY}/tasks/batch/upsert",
        {"inputs": [{"id": "k1", "idProperty": "kam_sync_key", "properties": {"hs_timestamp": "5"}}]},
    )
    assert refused.status == 400
    assert "non-unique 0-27 property" in str(refused.at("message"))
    with_associations = {"inputs": [{**inputs[0], "associations": []}]}
    assert hubspot.client.post(f"{DAY}/contacts/batch/upsert", with_associations).status == 400


def test_a_unique_value_is_refused_with_409_until_its_record_is_archived(hubspot: Running) -> None:
    first = hubspot.create("contacts", {"email": "sole@solo.example"})
    second = hubspot.client.post(f"{DAY}/contacts", {"properties": {"email": "Sole@solo.example"}})
    assert (second.status, second.at("category")) == (409, "CONFLICT")
    assert hubspot.client.call("DELETE", f"{DAY}/contacts/{first}").status == 204
    hubspot.create("contacts", {"email": "sole@solo.example"})


def test_an_association_to_something_missing_fails_the_create(hubspot: Running) -> None:
    before = hubspot.client.get(f"{DAY}/tasks", limit=100).ids()
    for bad, status in ((link("4711", 192), 404), (link(hubspot.crm.id_of("solaris"), 191), 400)):
        body = {"properties": {"hs_timestamp": "5"}, "associations": [bad]}
        assert hubspot.client.post(f"{DAY}/tasks", body).status == status
    assert hubspot.client.get(f"{DAY}/tasks", limit=100).ids() == before


def test_deals_know_from_their_stage_whether_they_are_closed(hubspot: Running) -> None:
    deal = hubspot.create("0-3", {"dealname": "New", "pipeline": "88120417", "dealstage": "165800302"})
    names = ("hs_is_closed", "hs_is_closed_won", "pipeline")
    assert hubspot.properties("deals", deal, *names)["hs_is_closed"] == "false"
    for stage, won in (("165800303", "true"), ("165800304", "false")):
        hubspot.client.call("PATCH", f"{DAY}/deals/{deal}", {"properties": {"dealstage": stage}})
        found = hubspot.properties("deals", deal, *names)
        assert (found["hs_is_closed"], found["hs_is_closed_won"]) == ("true", won)
    wrong = hubspot.client.call("PATCH", f"{DAY}/deals/{deal}", {"properties": {"dealstage": "closedwon"}})
    assert wrong.status == 400


def test_batch_limits_hold_for_writes(hubspot: Running) -> None:
    inputs = [task_input(str(number)) for number in range(101)]
    assert hubspot.client.post(f"{DAY}/tasks/batch/create", {"inputs": inputs}).status == 400
    assert hubspot.client.post(f"{DAY}/tasks/batch/create", {"inputs": []}).status == 400
    ids = [{"id": str(number)} for number in range(101)]
    assert hubspot.client.post(f"{DAY}/tasks/batch/archive", {"inputs": ids}).status == 400
    assert hubspot.client.post(f"{DAY}/tasks/batch/archive", {"inputs": ids[:100]}).status == 204


@pytest.mark.parametrize("new_id", [True, False])
def test_merging_companies_moves_everything_and_former_ids_lead_to_the_result(
    hubspot: Running, *, new_id: bool
) -> None:
    assert hubspot.crm.merge_makes_new_id is True
    hubspot.crm.merge_makes_new_id = new_id
    winner, loser, child = (hubspot.crm.id_of(slug) for slug in ("quiet", "solaris", "nordic"))
    task = hubspot.task(winner)
    reply = hubspot.client.post(f"{DAY}/companies/merge", {"primaryObjectId": winner, "objectIdToMerge": loser})
    assert reply.status == 200
    result = str(reply.at("id"))
    assert (result not in {winner, loser}) is new_id
    assert new_id or result == winner
    listed = set(hubspot.client.get(f"{DAY}/companies", limit=100).ids())
    assert listed == {result, child}
    former = [winner, loser] if new_id else [loser]
    properties = hubspot.properties(
        "companies", result, "hs_merged_object_ids", "name", "account_tier", "plan_strategy"
    )
    assert properties["hs_merged_object_ids"] == ";".join(sorted(former))
    assert properties["name"] == "Quiet Fields Ltd"  # the winner's value
    assert properties["plan_strategy"]  # what only the loser had
    for old in (winner, loser):
        assert hubspot.client.get(f"{DAY}/companies/{old}").at("id") == result
    read = hubspot.client.post(
        f"{DAY}/companies/batch/read", {"inputs": [{"id": winner}, {"id": loser}], "properties": []}
    )
    assert (read.status, read.ids()) == (200, [result])
    associated = hubspot.client.post(
        "/crm/associations/2026-09/companies/tasks/batch/read", {"inputs": [{"id": result}]}
    )
    assert {str(each["toObjectId"]) for each in associated.each("results", 0, "to")} >= {task}
    assert len(associated.each("results", 0, "to")) == 3
    assert hubspot.properties("companies", child, "hs_parent_company_id")["hs_parent_company_id"] == result
    contact = hubspot.client.get(f"{DAY}/contacts", properties="associatedcompanyid").each()[0]
    assert dig(contact, "properties", "associatedcompanyid") == result


def test_merging_again_keeps_all_former_ids(hubspot: Running) -> None:
    ids = [hubspot.company(name=f"Double {number}") for number in range(3)]
    first = hubspot.client.post(f"{DAY}/companies/merge", {"primaryObjectId": ids[0], "objectIdToMerge": ids[1]})
    second = hubspot.client.post(
        f"{DAY}/companies/merge", {"primaryObjectId": str(first.at("id")), "objectIdToMerge": ids[2]}
    )
    merged = second.at("properties", "hs_merged_object_ids")
    assert merged == ";".join(sorted([*ids, str(first.at("id"))]))
    for old in ids:
        assert hubspot.client.get(f"{DAY}/companies/{old}").at("id") == second.at("id")
    assert (
        hubspot.client.post(f"{DAY}/companies/merge", {"primaryObjectId": ids[0], "objectIdToMerge": ids[1]}).status
        == 400
    )


def test_archiving_a_company_leaves_its_tasks_hanging_on_nothing(hubspot: Running) -> None:
    company = hubspot.company(name="Short-lived")
    child = hubspot.company(name="Child", hs_parent_company_id=company)
    task = hubspot.task(company)
    hubspot.client.post(f"{DAY}/companies/batch/archive", {"inputs": [{"id": company}]})
    read = hubspot.client.post("/crm/associations/2026-09/tasks/companies/batch/read", {"inputs": [{"id": task}]})
    assert read.at("errors", 0, "subCategory") == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert hubspot.client.get(f"{DAY}/tasks/{task}").status == 200
    assert hubspot.properties("companies", child, "hs_parent_company_id")["hs_parent_company_id"] is None


def test_a_parent_counts_its_children(hubspot: Running) -> None:
    parent = hubspot.company(name="Group")
    children = [hubspot.company(name=f"Part {number}", hs_parent_company_id=parent) for number in range(2)]

    def count() -> object:
        return hubspot.properties("companies", parent, "hs_num_child_companies")["hs_num_child_companies"]

    assert count() == "2"
    hubspot.client.call("PATCH", f"{DAY}/companies/{children[0]}", {"properties": {"hs_parent_company_id": ""}})
    assert count() == "1"
    hubspot.client.call("DELETE", f"{DAY}/companies/{children[1]}")
    assert count() is None
