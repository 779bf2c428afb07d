"""Search: its operators, its cap and its lag behind writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_local_hubspot import Running, dig, running, search_for

DAY = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def three(hubspot: Running) -> dict[str, str]:
    made = {
        "Alpha": hubspot.company(
            name="Alpha Steel Works", annualrevenue="900", account_tier="A", plan_start="2026-01-10"
        ),
        "Beta": hubspot.company(name="Beta steel-trade", annualrevenue="1000", account_tier="B"),
        "Gamma": hubspot.company(name="Gamma", plan_start="2026-06-30"),
    }
    hubspot.clock.advance(seconds=10)
    return {record: name for name, record in made.items()}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (search_for("name", "EQ", "gamma"), {"Gamma"}),
        (search_for("name", "NEQ", "Gamma"), {"Alpha", "Beta"}),
        (search_for("annualrevenue", "EQ", "900.0"), {"Alpha"}),
        (search_for("annualrevenue", "LT", "1000"), {"Alpha"}),
        (search_for("annualrevenue", "LTE", "1000"), {"Alpha", "Beta"}),
        (search_for("annualrevenue", "GT", "900"), {"Beta"}),
        (search_for("annualrevenue", "GTE", "900"), {"Alpha", "Beta"}),
        (search_for("plan_start", "GTE", "2026-06-30"), {"Gamma"}),
        (search_for("plan_start", "HAS_PROPERTY"), {"Alpha", "Gamma"}),
        (search_for("plan_start", "NOT_HAS_PROPERTY"), {"Beta"}),
        (search_for("account_tier", "IN", ["A", "B"]), {"Alpha", "Beta"}),
        (search_for("account_tier", "NOT_IN", ["A"]), {"Beta"}),
        (search_for("name", "IN", ["gamma"]), {"Gamma"}),
        (search_for("name", "IN", ["Gamma"]), set()),  # texts in a list must be lower case
        (search_for("name", "CONTAINS_TOKEN", "STEEL"), {"Alpha", "Beta"}),
        (search_for("name", "CONTAINS_TOKEN", "ste"), set()),
        (search_for("name", "CONTAINS_TOKEN", "ste*"), {"Alpha", "Beta"}),
        (search_for("name", "NOT_CONTAINS_TOKEN", "steel"), {"Gamma"}),
        (search_for("hs_lastmodifieddate", "GTE", "1795348800000"), {"Alpha", "Beta", "Gamma"}),
        (search_for("hs_lastmodifieddate", "GT", "2026-11-22T12:00:00Z"), set()),
        ({}, {"Alpha", "Beta", "Gamma"}),
    ],
)
def test_operators(hubspot: Running, three: dict[str, str], body: dict[str, object], expected: set[str]) -> None:
    reply = hubspot.client.post(f"{DAY}/companies/search", body)
    assert reply.status == 200
    assert {three[each] for each in reply.ids()} == expected
    assert reply.at("total") == len(expected)


def test_between_groups_and_sorts(hubspot: Running, three: dict[str, str]) -> None:
    between = {"propertyName": "annualrevenue", "operator": "BETWEEN", "value": "950", "highValue": "1050"}
    either = {
        "filterGroups": [
            {"filters": [between]},
            {"filters": [{"propertyName": "name", "operator": "EQ", "value": "gamma"}]},
        ]
    }
    ordered = hubspot.client.post(f"{DAY}/companies/search", {**either, "sorts": ["-name"]})
    assert [three[each] for each in ordered.ids()] == ["Gamma", "Beta"]
    long_form = [{"propertyName": "annualrevenue", "direction": "DESCENDING"}]
    by_number = hubspot.client.post(f"{DAY}/companies/search", {"sorts": long_form})
    assert [three[each] for each in by_number.ids()][:2] == ["Beta", "Alpha"]
    assert {three[each] for each in hubspot.client.post(f"{DAY}/companies/search", either).ids()} == {"Beta", "Gamma"}


def test_ids_can_be_walked_through_by_filter(hubspot: Running, three: dict[str, str]) -> None:
    first = sorted(three)[0]
    body = search_for("hs_object_id", "GT", first, sorts=["hs_object_id"], limit=1)
    reply = hubspot.client.post(f"{DAY}/companies/search", body)
    assert reply.ids() == [sorted(three)[1]]
    assert reply.at("total") == 2
    following = hubspot.client.post(f"{DAY}/companies/search", {**body, "after": reply.at("paging", "next", "after")})
    assert following.ids() == [sorted(three)[2]]
    assert "paging" not in following.text


def test_only_the_asked_properties_come_back(hubspot: Running, three: dict[str, str]) -> None:
    reply = hubspot.client.post(f"{DAY}/companies/search", {"properties": ["account_tier", "nonsense"], "limit": 1})
    properties = dig(reply.each()[0], "properties")
    assert isinstance(properties, dict)
    assert set(properties) == {"account_tier", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert reply.ids()[0] in three


def test_a_new_record_appears_after_ten_seconds(hubspot: Running) -> None:
    made = hubspot.company(name="Fresh")
    body = search_for("name", "EQ", "fresh")
    assert hubspot.client.get(f"{DAY}/companies/{made}").status == 200
    assert hubspot.client.post(f"{DAY}/companies/search", body).ids() == []
    hubspot.clock.advance(seconds=9)
    assert hubspot.client.post(f"{DAY}/companies/search", body).ids() == []
    hubspot.clock.advance(seconds=1)
    assert hubspot.client.post(f"{DAY}/companies/search", body).ids() == [made]


def test_a_change_appears_after_a_minute_and_each_change_at_its_own_time(hubspot: Running) -> None:
    made = hubspot.company(name="one")
    hubspot.clock.advance(seconds=100)

    def rename(name: str) -> None:
        hubspot.client.call("PATCH", f"{DAY}/companies/{made}", {"properties": {"name": name}})

    def seen() -> object:
        (record,) = hubspot.client.post(f"{DAY}/companies/search", {"properties": ["name"]}).each()
        return dig(record, "properties", "name")

    rename("two")
    hubspot.clock.advance(seconds=30)
    rename("three")
    assert (seen(), hubspot.properties("companies", made, "name")["name"]) == ("one", "three")
    assert hubspot.client.post(f"{DAY}/companies/search", search_for("name", "EQ", "three")).ids() == []
    hubspot.clock.advance(seconds=30)
    assert seen() == "two"
    hubspot.clock.advance(seconds=30)
    assert seen() == "three"


def test_the_lag_can_be_set_and_archived_records_are_never_found(hubspot: Running) -> None:
    hubspot.crm.switches.create_lag = hubspot.crm.switches.update_lag = 0
    made = hubspot.company(name="Now")
    assert hubspot.client.post(f"{DAY}/companies/search", {}).ids() == [made]
    hubspot.client.call("DELETE", f"{DAY}/companies/{made}")
    assert hubspot.client.post(f"{DAY}/companies/search", {}).ids() == []


def test_page_size_and_cap(hubspot: Running) -> None:
    assert hubspot.client.post(f"{DAY}/tasks/search", {"limit": 200}).status == 200
    assert hubspot.client.post(f"{DAY}/tasks/search", {"limit": 201}).status == 400
    assert hubspot.client.post(f"{DAY}/tasks/search", {"limit": 200, "after": "9800"}).status == 200
    beyond = hubspot.client.post(f"{DAY}/tasks/search", {"limit": 200, "after": "9801"})
    assert (beyond.status, beyond.at("category")) == (400, "VALIDATION_ERROR")


def test_filters_are_limited_and_checked(hubspot: Running) -> None:
    one = {"propertyName": "name", "operator": "EQ", "value": "x"}
    for groups in ([[one]] * 6, [[one] * 11], [[one] * 9] * 3):
        body = {"filterGroups": [{"filters": group} for group in groups]}
        assert hubspot.client.post(f"{DAY}/companies/search", body).status == 400
    for wrong in (
        search_for("no_such", "EQ", "x"),
        search_for("name", "LIKE", "x"),
        search_for("annualrevenue", "GT", "much"),
        search_for("name", "EQ"),
        search_for("name", "IN"),
        {"sorts": ["no_such"]},
        {"after": "xyz"},
    ):
        assert hubspot.client.post(f"{DAY}/companies/search", wrong).status == 400
    assert hubspot.client.post(f"{DAY}/companies/search", {"query": "steel"}).status == 501
