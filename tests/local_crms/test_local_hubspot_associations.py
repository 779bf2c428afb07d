"""Associations and their types, asked by a plain HTTP client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_local_hubspot import Reply, Running, dig, link, running

DAY = "/crm/associations/2026-09"
OBJECTS = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as started:
        yield started


def read(hubspot: Running, pair: str, *inputs: dict[str, object], base: str = DAY) -> Reply:
    return hubspot.client.post(f"{base}/{pair}/batch/read", {"inputs": list(inputs)})


def associate(hubspot: Running, pair: str, from_id: str, to_id: str, *type_ids: int) -> Reply:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": each} for each in type_ids]
    body = {"inputs": [{"from": {"id": from_id}, "to": {"id": to_id}, "types": types}]}
    return hubspot.client.post(f"{DAY}/{pair}/batch/create", body)


def test_v4_answers_ids_as_numbers_and_the_dated_versions_as_texts(hubspot: Running) -> None:
    company = hubspot.company(name="C")
    task = hubspot.task(company)
    for base, expected in (
        ("/crm/v4/associations", int(task)),
        ("/crm/associations/2026-03", task),
        (DAY, task),
    ):
        reply = read(hubspot, "companies/tasks", {"id": company}, base=base)
        assert reply.status == 200
        assert reply.at("results", 0, "from", "id") == company
        assert reply.at("results", 0, "to", 0, "toObjectId") == expected
        assert reply.at("results", 0, "to", 0, "associationTypes") == [
            {"category": "HUBSPOT_DEFINED", "typeId": 191, "label": None}
        ]


def test_type_ids_name_the_pair_as_well(hubspot: Running) -> None:
    company = hubspot.company(name="C")
    task = hubspot.task(company)
    assert read(hubspot, "0-27/0-2", {"id": task}).at("results", 0, "to", 0, "toObjectId") == company


def test_records_without_associations_make_it_a_207_with_one_error_each(hubspot: Running) -> None:
    busy, idle = hubspot.company(name="Busy"), hubspot.company(name="Idle")
    hubspot.task(busy)
    reply = read(hubspot, "companies/tasks", {"id": idle}, {"id": busy}, {"id": "4711"})
    assert reply.status == 207
    assert [dig(each, "from", "id") for each in reply.each()] == [busy]
    assert reply.at("numErrors") == 2
    error = reply.each("errors")[0]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert error["message"] == f"No task is associated with company {idle}."
    assert dig(error, "context", "fromObjectId") == [idle]


def test_paging_is_per_record_and_ends_for_each_on_its_own(hubspot: Running) -> None:
    hubspot.crm.switches.association_page_size = 2
    many, few = hubspot.company(name="Many"), hubspot.company(name="Few")
    tasks = {many: [hubspot.task(many) for _ in range(5)], few: [hubspot.task(few) for _ in range(2)]}
    found: dict[str, list[str]] = {many: [], few: []}
    inputs: list[dict[str, object]] = [{"id": many}, {"id": few}]
    rounds = 0
    while inputs:
        reply = read(hubspot, "companies/tasks", *inputs)
        assert reply.status == 200
        inputs = []
        rounds += 1
        for result in reply.each():
            owner = str(dig(result, "from", "id"))
            targets = dig(result, "to")
            assert isinstance(targets, list)
            assert len(targets) <= 2
            found[owner] += [str(dig(each, "toObjectId")) for each in targets]
            if "paging" in result:
                inputs.append({"id": owner, "after": dig(result, "paging", "next", "after")})
    assert found == tasks
    assert rounds == 3


def test_a_cursor_that_was_never_given_is_refused(hubspot: Running) -> None:
    company = hubspot.company(name="C")
    assert read(hubspot, "companies/tasks", {"id": company, "after": "MTIz="}).status == 400


def test_a_thousand_records_are_read_at_once_and_no_more(hubspot: Running) -> None:
    inputs: list[dict[str, object]] = [{"id": str(number)} for number in range(1, 1001)]
    assert read(hubspot, "companies/tasks", *inputs).at("numErrors") == 1000
    assert read(hubspot, "companies/tasks", *inputs, {"id": "5"}).status == 400


def test_direction_matters(hubspot: Running) -> None:
    company, task = hubspot.company(name="C"), hubspot.task()
    for pair, origin, target, type_id in (
        ("tasks/companies", task, company, 191),
        ("tasks/companies", task, company, 204),  # task to contact
        ("companies/tasks", company, task, 192),
    ):
        reply = associate(hubspot, pair, origin, target, type_id)
        assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")
    good = associate(hubspot, "tasks/companies", task, company, 192)
    assert good.status == 201
    assert good.at("results", 0, "fromObjectTypeId") == "0-27"
    assert good.at("results", 0, "toObjectId") == company
    assert read(hubspot, "companies/tasks", {"id": company}).at("results", 0, "to", 0, "toObjectId") == task


def test_associating_with_something_missing_is_404(hubspot: Running) -> None:
    task = hubspot.task()
    assert associate(hubspot, "tasks/companies", task, "4711", 192).status == 404


def test_the_default_association_is_made_both_ways(hubspot: Running) -> None:
    company, task = hubspot.company(name="C"), hubspot.task()
    body = {"inputs": [{"from": {"id": task}, "to": {"id": company}}]}
    reply = hubspot.client.post(f"{DAY}/tasks/companies/batch/associate/default", body)
    assert reply.status == 200
    assert {dig(each, "associationSpec", "associationTypeId") for each in reply.each()} == {191, 192}
    assert read(hubspot, "tasks/companies", {"id": task}).status == 200
    properties = hubspot.properties("companies", company, "notes_next_activity_date")
    assert properties["notes_next_activity_date"] == "2026-12-01T09:00:00.000Z"


def test_a_contact_has_one_primary_company_besides_plain_ones(hubspot: Running) -> None:
    first, second = hubspot.company(name="First"), hubspot.company(name="Second")
    contact = hubspot.create("contacts", {"firstname": "Noor"}, [link(first, 1)])
    types = read(hubspot, "contacts/companies", {"id": contact}).at("results", 0, "to", 0, "associationTypes")
    assert types == [
        {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
        {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
    ]
    assert hubspot.properties("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == first
    associate(hubspot, "companies/contacts", second, contact, 2)
    after = read(hubspot, "contacts/companies", {"id": contact}).each("results", 0, "to")
    by_company = {str(each["toObjectId"]): each["associationTypes"] for each in after}
    assert len(dig(by_company, first)) == 1  # type: ignore[arg-type] # a list, by the shape asserted above
    assert len(dig(by_company, second)) == 2  # type: ignore[arg-type] # the same
    assert hubspot.properties("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == second
    hubspot.client.post(
        f"{DAY}/contacts/companies/batch/archive",
        {"inputs": [{"from": {"id": contact}, "to": [{"id": first}, {"id": second}]}]},
    )
    assert read(hubspot, "contacts/companies", {"id": contact}).status == 207
    assert hubspot.properties("contacts", contact, "associatedcompanyid")["associatedcompanyid"] is None


def test_labels_are_listed_defined_and_used(hubspot: Running) -> None:
    native = hubspot.client.get(f"{DAY}/contacts/companies/labels")
    assert {dig(each, "typeId") for each in native.each()} == {1, 279}
    assert {dig(each, "label") for each in native.each()} == {"Primary", None}
    made = hubspot.client.post(
        f"{DAY}/contacts/companies/labels", {"label": "Champion", "name": "champion", "inverseLabel": "Championed by"}
    )
    assert made.status == 200
    forth, back = made.each()
    assert (forth["label"], back["label"], forth["category"]) == ("Champion", "Championed by", "USER_DEFINED")
    company = hubspot.company(name="C")
    contact = hubspot.create("contacts", {}, [link(company, int(str(forth["typeId"])), "USER_DEFINED")])
    other_way = read(hubspot, "companies/contacts", {"id": company}).each("results", 0, "to")[0]
    assert other_way["toObjectId"] == contact
    labels = {dig(each, "label") for each in other_way["associationTypes"]}  # type: ignore[attr-defined] # a list
    assert labels == {"Championed by", None}
    assert hubspot.client.post(f"{DAY}/contacts/companies/labels", {"label": "Champion", "name": "c2"}).status == 400


def test_labels_are_limited_and_tasks_have_none(hubspot: Running) -> None:
    assert hubspot.client.post(f"{DAY}/tasks/companies/labels", {"label": "L", "name": "l"}).status == 400
    for number in range(10):
        body = {"label": f"Label {number}", "name": f"label_{number}"}
        assert hubspot.client.post(f"{DAY}/deals/contacts/labels", body).status == 200
    assert hubspot.client.post(f"{DAY}/deals/contacts/labels", {"label": "One more", "name": "more"}).status == 400


def test_pairs_that_have_no_association_are_refused(hubspot: Running) -> None:
    assert read(hubspot, "tasks/meetings", {"id": hubspot.task()}).status == 400
    assert read(hubspot, "tickets/quotes", {"id": "5"}).status == 400
