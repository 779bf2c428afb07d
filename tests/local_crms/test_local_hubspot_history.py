"""The history of properties: what was loaded, what people and integrations changed, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.records import PlanPart
from support_local_hubspot import Reply, Running, running
from support_local_hubspot_rich import RICH

DAY = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, RICH) as started:
        yield started


def read(hubspot: Running, object_type: str, ids: list[str], *names: str, path: str = DAY) -> Reply:
    body = {"inputs": [{"id": each} for each in ids], "properties": [], "propertiesWithHistory": list(names)}
    return hubspot.client.post(f"{path}/{object_type}/batch/read", body)


def history(hubspot: Running, name: str, slug: str = "rich") -> list[tuple[str, str, str]]:
    """Return the history of a company's property: value, moment, source, newest first."""
    reply = read(hubspot, "companies", [hubspot.crm.id_of(slug)], name)
    assert reply.status == 200, reply.text
    entries = reply.each("results", 0, "propertiesWithHistory", name)
    return [(str(each["value"]), str(each["timestamp"]), str(each["sourceType"])) for each in entries]


def test_former_owners_are_the_history_of_the_owner_newest_first(hubspot: Running) -> None:
    amara, jonas, mei = (hubspot.owner(slug) for slug in ("amara", "jonas", "mei"))
    assert history(hubspot, "hubspot_owner_id") == [
        (mei, "2026-11-02T10:00:00.000Z", "IMPORT"),
        (jonas, "2026-01-26T10:00:00.000Z", "IMPORT"),
        (amara, "2024-06-05T10:00:00.000Z", "IMPORT"),
    ]
    assert history(hubspot, "hubspot_owner_id", "plain") == [
        (hubspot.owner("desk"), "2024-06-05T10:00:00.000Z", "IMPORT")
    ]


def test_a_plans_properties_were_set_when_the_plan_was_changed(hubspot: Running) -> None:
    assert [entry[1:] for entry in history(hubspot, "plan_strategy")] == [("2026-11-10T10:00:00.000Z", "IMPORT")]
    assert history(hubspot, "plan_relations") == []
    assert [entry[1:] for entry in history(hubspot, "plan_start", "plain")] == [("2026-11-22T10:00:00.000Z", "IMPORT")]


def test_people_and_integrations_add_to_it_and_clearing_is_an_empty_value(hubspot: Running) -> None:
    hubspot.clock.advance(seconds=30)
    hubspot.crm.people.set_owner("plain", "mei")
    company = hubspot.crm.id_of("plain")
    hubspot.clock.advance(seconds=30)
    for text in ("", "", hubspot.owner("jonas")):
        change = {"properties": {"hubspot_owner_id": text, "city": "Bergen"}}
        assert hubspot.client.call("PATCH", f"{DAY}/companies/{company}", change).status == 200
    values = [(value, source) for value, _, source in history(hubspot, "hubspot_owner_id", "plain")]
    assert values == [
        (hubspot.owner("jonas"), "INTEGRATION"),
        ("", "INTEGRATION"),
        (hubspot.owner("mei"), "CRM_UI"),
        (hubspot.owner("desk"), "IMPORT"),
    ]
    moments = [at for _, at, _ in history(hubspot, "hubspot_owner_id", "plain")]
    assert moments == sorted(set(moments), reverse=True)
    assert moments[2] == "2026-11-22T12:00:30.000Z"
    assert [entry[0] for entry in history(hubspot, "city", "plain")] == ["Bergen"]


def test_a_batch_of_changes_and_a_record_made_by_an_integration_are_told_too(hubspot: Running) -> None:
    task = hubspot.task(hubspot.crm.id_of("plain"), hs_task_subject="One")
    change = {"inputs": [{"id": task, "properties": {"hs_task_subject": "Two"}}]}
    assert hubspot.client.post(f"{DAY}/tasks/batch/update", change).status == 200
    entries = read(hubspot, "tasks", [task], "hs_task_subject").each(
        "results", 0, "propertiesWithHistory", "hs_task_subject"
    )
    assert [(each["value"], each["sourceType"]) for each in entries] == [("Two", "INTEGRATION"), ("One", "INTEGRATION")]


def test_what_a_stage_decides_is_told_unless_hubspot_calculates_it(hubspot: Running) -> None:
    deal = hubspot.client.get(f"{DAY}/deals").ids()[0]
    hubspot.client.call("PATCH", f"{DAY}/deals/{deal}", {"properties": {"dealstage": "contractsent"}})
    found = read(hubspot, "deals", [deal], "dealstage", "hs_deal_stage_probability")
    for name, expected in (
        ("dealstage", ["contractsent", "technicalevaluation"]),
        ("hs_deal_stage_probability", ["0.9", "0.65"]),
    ):
        assert [each["value"] for each in found.each("results", 0, "propertiesWithHistory", name)] == expected
    first = found.each("results", 0, "propertiesWithHistory", "dealstage")[-1]
    assert first["timestamp"] == "2026-11-11T10:00:00.000Z"
    refused = read(hubspot, "deals", [deal], "hs_is_closed")
    assert (refused.status, refused.at("category")) == (501, "NOT_SERVED_LOCALLY")


def test_setting_a_plan_moves_its_properties_and_when_it_was_changed(hubspot: Running) -> None:
    hubspot.clock.advance(days=2)
    hubspot.crm.people.set_plan("rich", parts=frozenset({PlanPart.KEY_RELATIONS, PlanPart.STRATEGY}))
    assert [entry[0] for entry in history(hubspot, "plan_modified")] == ["2026-11-24", "2026-11-10"]
    assert len(history(hubspot, "plan_strategy")) == 1  # the same text
    assert [entry[1] for entry in history(hubspot, "plan_relations")] == ["2026-11-24T12:00:00.000Z"]


@pytest.mark.parametrize("path", ["/crm/v3/objects", "/crm/objects/2026-03", DAY])
def test_lists_single_records_and_batches_answer_it_alike(hubspot: Running, path: str) -> None:
    company = hubspot.crm.id_of("rich")
    batch = read(hubspot, "companies", [company], "name", "no_such", "name", path=path)
    single = hubspot.client.get(f"{path}/companies/{company}", propertiesWithHistory="name,no_such")
    page = hubspot.client.get(f"{path}/companies", limit=50, propertiesWithHistory=["name", "no_such"])
    expected = {
        "name": [{"value": "Ríkr Øre & Söhne", "timestamp": "2024-06-05T10:00:00.000Z", "sourceType": "IMPORT"}]
    }
    assert single.at("propertiesWithHistory") == expected
    assert batch.at("results", 0, "propertiesWithHistory") == expected
    assert page.at("results", 0, "propertiesWithHistory") == expected
    assert "propertiesWithHistory" not in hubspot.client.get(f"{path}/companies").text


def test_fifty_records_at_a_time_and_no_more(hubspot: Running) -> None:
    ids = [str(number) for number in range(1, 52)]
    assert read(hubspot, "companies", ids[:50], "name").status == 207
    assert read(hubspot, "companies", ids, "name").status == 400
    assert read(hubspot, "companies", ids).status == 207
    assert hubspot.client.get(f"{DAY}/companies", limit=51, propertiesWithHistory="name").status == 400
    assert hubspot.client.get(f"{DAY}/companies", limit=51).status == 200


@pytest.mark.parametrize("new_id", [True, False])
def test_merging_keeps_the_winners_history_and_adds_what_only_the_loser_has(hubspot: Running, new_id: bool) -> None:
    hubspot.crm.merge_makes_new_id = new_id
    people = hubspot.crm.people
    people.set_field("plain", "account.trigger", "Loser's")
    people.set_field("plain", "account.handover_on", dt.date(2026, 11, 1))
    people.set_field("rich", "account.competitor", None)
    people.set_field("plain", "account.competitor", "Loser's")
    kept = {name: history(hubspot, name) for name in ("hubspot_owner_id", "trigger", "plan_modified", "name")}
    taken = {name: history(hubspot, name, "plain") for name in ("handover_on", "plan_relations", "competitor")}
    people.merge_accounts(winner="rich", loser="plain")
    assert {name: history(hubspot, name) for name in (*kept, *taken)} == kept | taken
    for name in (*kept, *taken):
        assert history(hubspot, name)[0][0] == hubspot.properties("companies", hubspot.crm.id_of("rich"), name)[name]


def test_history_is_kept_with_the_portal(tmp_path: Path) -> None:
    with running(tmp_path, RICH) as first:
        first.crm.people.set_owner("rich", "amara")
        before = history(first, "hubspot_owner_id")
    with running(tmp_path) as second:
        assert history(second, "hubspot_owner_id") == before
        assert len(before) == 4
