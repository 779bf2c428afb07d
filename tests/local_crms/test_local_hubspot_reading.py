"""Lists, single records and batch reads, asked by a plain HTTP client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from support_local_hubspot import SMALL, Client, Running, dig, link, running

VERSIONS = ("/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09")
DAY = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL) as started:
        yield started


def test_a_call_without_a_token_or_with_a_wrong_one_is_401(hubspot: Running) -> None:
    for token in (None, "pat-wrong"):
        with Client(hubspot.crm.url, token) as stranger:
            reply = stranger.get(f"{DAY}/companies")
            assert (reply.status, reply.at("category")) == (401, "INVALID_AUTHENTICATION")
            assert reply.at("status") == "error"
            assert isinstance(reply.at("correlationId"), str)


@pytest.mark.parametrize("base", VERSIONS)
def test_all_versions_answer_the_same_records_in_the_same_shape(loaded: Running, base: str) -> None:
    reply = loaded.client.get(f"{base}/companies", limit=1, properties="name,annualrevenue,hs_is_target_account")
    (record,) = reply.each()
    assert record["id"] == loaded.crm.id_of("solaris")
    assert record["archived"] is False
    assert isinstance(record["createdAt"], str)
    assert isinstance(record["updatedAt"], str)
    assert dig(record, "properties", "annualrevenue") == "1250000.50"
    assert dig(record, "properties", "hs_is_target_account") == "true"
    assert str(reply.at("paging", "next", "link")).startswith(f"{loaded.crm.url}{base}/companies?")


def test_object_types_are_named_by_plural_or_type_id(loaded: Running) -> None:
    for name, type_id in (
        ("contacts", "0-1"),
        ("companies", "0-2"),
        ("deals", "0-3"),
        ("tasks", "0-27"),
        ("meetings", "0-47"),
        ("calls", "0-48"),
    ):
        by_name = loaded.client.get(f"{DAY}/{name}").ids()
        assert by_name
        assert loaded.client.get(f"{DAY}/{type_id}").ids() == by_name
    assert loaded.client.get(f"{DAY}/line_items").status == 400


def test_a_list_is_paged_through_without_gap_or_overlap(hubspot: Running) -> None:
    made = [hubspot.company(name=f"Company {number}") for number in range(7)]
    seen: list[str] = []
    after: object = None
    pages = 0
    while True:
        reply = hubspot.client.get(f"{DAY}/companies", limit=3, after=after)
        seen += reply.ids()
        pages += 1
        if "paging" not in dict(reply.body if isinstance(reply.body, dict) else {}):
            break
        after = reply.at("paging", "next", "after")
        assert isinstance(after, str)
    assert seen == made
    assert pages == 3


def test_a_page_holds_ten_records_unless_asked_and_never_over_a_hundred(hubspot: Running) -> None:
    for number in range(12):
        hubspot.company(name=f"Company {number}")
    assert len(hubspot.client.get(f"{DAY}/companies").ids()) == 10
    refused = hubspot.client.get(f"{DAY}/companies", limit=101)
    assert (refused.status, refused.at("category")) == (400, "VALIDATION_ERROR")
    hubspot.crm.switches.page_size_cap = 5
    capped = hubspot.client.get(f"{DAY}/companies", limit=100)
    assert len(capped.ids()) == 5
    assert capped.at("paging", "next", "after") == capped.ids()[-1]


def test_unset_properties_are_null_unknown_ones_are_left_out_and_stamps_always_come(hubspot: Running) -> None:
    made = hubspot.company(name="Only a name")
    properties = hubspot.properties("companies", made, "name", "city", "no_such_property")
    assert properties == {
        "name": "Only a name",
        "city": None,
        "createdate": "2026-11-22T12:00:00.000Z",
        "hs_lastmodifieddate": "2026-11-22T12:00:00.000Z",
        "hs_object_id": made,
    }
    default = hubspot.client.get(f"{DAY}/companies/{made}")
    assert dig(default.body, "properties", "domain") is None
    assert "city" not in str(default.body)


def test_properties_may_be_repeated_instead_of_joined(hubspot: Running) -> None:
    made = hubspot.company(name="N", city="Turku")
    reply = hubspot.client.get(f"/crm/v3/objects/companies/{made}", properties=["name", "city"])
    assert dig(reply.body, "properties", "city") == "Turku"


def test_every_property_value_is_a_text_or_null(loaded: Running) -> None:
    names = ",".join(str(each["name"]) for each in loaded.client.get("/crm/properties/2026-09/companies").each())
    for record in loaded.client.get(f"{DAY}/companies", properties=names).each():
        values = record["properties"]
        assert isinstance(values, dict)
        assert all(value is None or isinstance(value, str) for value in values.values())


def test_ids_of_different_object_types_may_be_the_same_number(loaded: Running) -> None:
    companies = set(loaded.client.get(f"{DAY}/companies").ids())
    contacts = set(loaded.client.get(f"{DAY}/contacts").ids())
    assert companies & contacts
    activities = [loaded.client.get(f"{DAY}/{name}").ids() for name in ("tasks", "meetings", "calls")]
    flat = [each for ids in activities for each in ids]
    assert len(flat) == len(set(flat))


def test_archived_records_are_listed_read_and_batch_read_only_when_asked(hubspot: Running) -> None:
    kept, gone = hubspot.company(name="Kept"), hubspot.company(name="Gone")
    assert hubspot.client.post(f"{DAY}/companies/batch/archive", {"inputs": [{"id": gone}]}).status == 204
    assert hubspot.client.get(f"{DAY}/companies").ids() == [kept]
    archived = hubspot.client.get(f"{DAY}/companies", archived="true", properties="name")
    assert archived.ids() == [gone]
    assert archived.at("results", 0, "archived") is True
    assert archived.at("results", 0, "archivedAt") == "2026-11-22T12:00:00.000Z"
    assert hubspot.client.get(f"{DAY}/companies/{gone}").status == 404
    assert hubspot.client.get(f"{DAY}/companies/{gone}", archived="true").at("id") == gone
    both = {"inputs": [{"id": kept}, {"id": gone}], "properties": ["name"]}
    live = hubspot.client.post(f"{DAY}/companies/batch/read", both)
    assert (live.status, live.ids()) == (207, [kept])
    dead = hubspot.client.post(f"{DAY}/companies/batch/read", both, archived="true")
    assert (dead.status, dead.ids()) == (207, [gone])


def test_a_record_that_does_not_exist_is_404(hubspot: Running) -> None:
    for unknown in ("123", "not-a-number"):
        reply = hubspot.client.get(f"{DAY}/companies/{unknown}")
        assert (reply.status, reply.at("category")) == (404, "OBJECT_NOT_FOUND")


def test_batch_read_names_the_unknown_ids_in_a_207(hubspot: Running) -> None:
    known = hubspot.company(name="Known")
    inputs = [{"id": "77"}, {"id": known}, {"id": known}, {"id": "88"}]
    reply = hubspot.client.post(f"{DAY}/companies/batch/read", {"inputs": inputs, "properties": ["name"]})
    assert reply.status == 207
    assert reply.ids() == [known]
    assert reply.at("numErrors") == 1
    (error,) = reply.each("errors")
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert dig(error, "context", "ids") == ["77", "88"]
    all_known = hubspot.client.post(f"{DAY}/companies/batch/read", {"inputs": [{"id": known}], "properties": []})
    assert (all_known.status, all_known.at("status")) == (200, "COMPLETE")


def test_batch_read_takes_a_hundred_inputs_and_no_more(hubspot: Running) -> None:
    inputs = [{"id": str(number)} for number in range(1, 101)]
    assert hubspot.client.post(f"{DAY}/tasks/batch/read", {"inputs": inputs, "properties": []}).status == 207
    too_many = hubspot.client.post(f"{DAY}/tasks/batch/read", {"inputs": [*inputs, {"id": "5"}], "properties": []})
    assert (too_many.status, too_many.at("category")) == (400, "VALIDATION_ERROR")


def test_batch_read_finds_records_by_a_unique_property(loaded: Running) -> None:
    body = {"inputs": [{"id": "AIKO@solaris.example"}], "properties": ["firstname"], "idProperty": "email"}
    reply = loaded.client.post(f"{DAY}/contacts/batch/read", body)
    assert dig(reply.each()[0], "properties", "firstname") == "Aiko"
    refused = loaded.client.post(f"{DAY}/contacts/batch/read", {**body, "idProperty": "jobtitle"})
    assert refused.status == 400


def test_a_list_shows_associations_cut_off(hubspot: Running) -> None:
    hubspot.crm.switches.inline_associations = 2
    company = hubspot.company(name="Busy")
    tasks = [hubspot.task(company) for _ in range(3)]
    record = hubspot.client.get(f"{DAY}/companies", associations="tasks").each()[0]
    shown = dig(record, "associations", "tasks", "results")
    assert shown == [{"id": task, "type": "company_to_task"} for task in tasks[:2]]
    assert dig(record, "associations", "tasks", "paging", "next", "after") == tasks[1]


def test_inline_associations_tell_the_primary_company_from_the_plain_one(hubspot: Running) -> None:
    company = hubspot.company(name="Employer")
    contact = hubspot.create("contacts", {"firstname": "Noor"}, [link(company, 1)])
    reply = hubspot.client.get(f"{DAY}/contacts/{contact}", associations="companies")
    types = {str(each["type"]) for each in reply.each("associations", "companies", "results")}
    assert types == {"contact_to_company", "contact_to_company_unlabeled"}


def test_what_is_not_served_is_refused_loudly(hubspot: Running) -> None:
    company = hubspot.company(name="Any")
    assert hubspot.client.get(f"{DAY}/companies", propertiesWithHistory="hs_object_id").status == 501
    assert hubspot.client.get(f"{DAY}/companies/{company}", nonsense="1").status == 501
    assert hubspot.client.get("/crm/v3/associations/companies/tasks/batch/read").status == 501
    assert hubspot.client.call("PUT", f"{DAY}/companies/{company}").status == 501
    for wrong in ("/crm/objects/2025-01/companies", "/crm/2026-09/objects/companies", "/", "/crm/owners/2026-09/"):
        reply = hubspot.client.get(wrong)
        assert reply.status == (501 if wrong == "/crm/owners/2026-09/" else 404), wrong
        assert reply.at("status") == "error"


def test_too_many_properties_in_a_path_are_414(hubspot: Running) -> None:
    names = ",".join(f"property_{number}" for number in range(1200))
    assert hubspot.client.get(f"{DAY}/companies", properties=names).status == 414
    assert hubspot.client.get(f"{DAY}/companies", properties=names[:12_000]).status == 200


def test_a_body_that_is_not_described_is_refused_with_its_place(hubspot: Running) -> None:
    for body in ({"inputs": "all"}, {"inputs": [{"id": 5}]}, {"inputs": [{"id": "5"}], "Properties": []}, 7):
        reply = hubspot.client.post(f"{DAY}/companies/batch/read", body)
        assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")
        assert "Invalid input JSON" in str(reply.at("message"))


def test_moments_are_answered_in_utc_with_milliseconds(hubspot: Running) -> None:
    hubspot.clock.advance(seconds=0.25)
    made = hubspot.company(name="Later")
    record = hubspot.client.get(f"{DAY}/companies/{made}")
    assert record.at("createdAt") == "2026-11-22T12:00:00.250Z"
    assert record.headers["Date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert dt.datetime.fromisoformat(str(record.at("updatedAt"))).tzinfo is not None
