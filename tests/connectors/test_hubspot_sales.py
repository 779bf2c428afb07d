"""Sales rows: what every company bought in the last 12 months, and which companies get a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from kam_sync.errors import MalformedAnswerError
from kam_sync.ports import RejectedRecord
from kam_sync.records import RecordKind, SalesRow
from support_hubspot import (
    COMPANY_DEFINITIONS,
    TinyPortal,
    Waits,
    connector_of,
    definition,
    listing,
    pull,
    record,
    typed,
)
from support_scripted_server import Reply, ScriptedServer, scripted_server

Json = Mapping[str, object]
SCOPE: Json = {"scope": {"property": "is_key", "values": ["true"]}}
SCORED: Json = {**SCOPE, "criteria": {"fit": "fit", "partner": "checked"}}
SALES = ["sales"]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def portal(server: ScriptedServer) -> TinyPortal:
    tiny = TinyPortal()
    tiny.definitions["companies"] = (
        *COMPANY_DEFINITIONS,
        definition("fit", "number"),
        definition("sold", "number"),
        definition("checked", "bool"),
    )
    server.answer = tiny
    return tiny


def rows(
    server: ScriptedServer,
    settings: Json,
    *,
    wanted: list[str] | None = None,
    listed: bool = True,
    zone: str = "Europe/Lisbon",
    waits: Waits | None = None,
) -> tuple[dict[str, SalesRow], list[RejectedRecord], Mapping[str, int]]:
    with connector_of(server, waits, zone=zone, settings=settings, wanted=wanted or SALES) as connector:
        if listed:
            pull(connector, RecordKind.ACCOUNT)
        found, rejected = pull(connector, RecordKind.SALES)
        by_call = connector.usage().by_call
    return {each.id: each for each in found if isinstance(each, SalesRow)}, rejected, by_call


def a_group(portal: TinyPortal) -> None:
    """10 is above 11 above 12 (in scope); 20 bought; 30 did not; 41 is above 40 (scored); 50 and 51 are a ring."""
    portal.put(
        "companies",
        record("10", name="Top"),
        record("11", name="Middle", hs_parent_company_id="10"),
        record("12", name="Key", hs_parent_company_id="11", is_key="true", hubspot_owner_id="71"),
        record("20", domain="buyer.example"),
        record("30", name="Nothing"),
        record("40", name="Scored", hs_parent_company_id="41", fit="3"),
        record("41", name="Above the scored"),
        record("50", name="Round", hs_parent_company_id="51"),
        record("51", name="About", hs_parent_company_id="50"),
    )


def won(deal_id: str, closed: str, **properties: object) -> Json:
    return record(deal_id, {"hs_is_closed_won": "true", "closedate": closed, **properties})


def test_rows_are_for_what_was_sold_to_what_is_in_scope_and_what_is_above(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    a_group(portal)
    portal.put(
        "deals",
        won("61", "2026-06-01T12:00:00Z", amount="100"),
        won("62", "2026-07-01T12:00:00Z", amount="7", amount_in_home_currency="50.5"),
        won("63", "2026-08-01T12:00:00Z", amount=None),
        record("64", hs_is_closed_won="false", closedate="2026-08-01T12:00:00Z", amount="9999"),
        won("65", "2026-09-01T12:00:00Z", amount="1000"),
    )
    portal.link("deals", "companies", {"61": ["20"], "62": ["20"], "63": ["30"], "65": ["50"]})
    found, rejected, _ = rows(server, SCORED)
    assert rejected == []
    assert found == {
        "10": SalesRow(id="10", name="Top"),
        "11": SalesRow(id="11", name="Middle", parent_id="10"),
        "12": SalesRow(id="12", name="Key", parent_id="11", owner_id="71", in_scope=True),
        "20": SalesRow(id="20", name="buyer.example", amount=150.5),
        "50": SalesRow(id="50", name="Round", parent_id="51", amount=1000),
        "51": SalesRow(id="51", name="About", parent_id="50"),
    }


def test_a_scored_company_has_a_row_where_criteria_are_wanted(server: ScriptedServer, portal: TinyPortal) -> None:
    a_group(portal)
    portal.put("companies", record("60", name="Unticked", checked="false"))
    found, rejected, _ = rows(server, SCORED, wanted=["sales", "account.criteria"])
    assert rejected == []
    assert found["40"].criteria == {"fit": 3, "partner": None}
    assert found["60"].criteria == {"fit": None, "partner": 0}
    assert set(found) == {"10", "11", "12", "40", "41", "60"}


def test_the_twelve_months_end_with_today_in_the_orgs_zone(server: ScriptedServer, portal: TinyPortal) -> None:
    # The clock stands at 2026-11-23, 10:00 UTC: in Kiritimati it is the 24th.
    portal.put("companies", record("20", name="Buyer"))
    portal.put(
        "deals",
        won("61", "2025-11-23T09:59:00Z", amount="1"),
        won("62", "2025-11-23T10:00:00Z", amount="10"),
        won("63", "2026-11-23T09:59:00Z", amount="100"),
        won("64", "2026-11-23T10:01:00Z", amount="1000"),
        won("65", "2026-11-24T09:59:00Z", amount="10000"),
        won("66", "2026-11-24T10:00:00Z", amount="100000"),
    )
    portal.link("deals", "companies", {each: ["20"] for each in ("61", "62", "63", "64", "65", "66")})
    found, _, _ = rows(server, SCOPE, zone="Pacific/Kiritimati")
    assert found["20"].amount == 11110


@pytest.mark.parametrize("closed", ["2025-11-22T12:00:00Z", "2026-11-24T12:00:00Z", None])
def test_what_the_search_finds_outside_the_twelve_months_does_not_count(
    server: ScriptedServer, portal: TinyPortal, closed: str | None
) -> None:
    portal.put("companies", record("20", name="A", is_key="true"))
    stale = record("61", closedate=closed, amount="5", amount_in_home_currency=None)
    portal.link("deals", "companies", {"61": ["20"]})
    portal.overrides["POST /crm/objects/2026-09/deals/search"] = Reply(body={"total": 1, **listing([stale])})
    found, _, _ = rows(server, SCOPE)
    assert found["20"].amount == 0


def test_a_deal_counts_for_its_primary_company_only(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", *(record(each, name="A") for each in ("20", "21", "22")))
    portal.put("deals", won("61", "2026-06-01", amount="1"), won("62", "2026-06-01", amount="10"))
    plain, primary = ("HUBSPOT_DEFINED", 341, None), ("HUBSPOT_DEFINED", 5, "Primary")
    portal.link("deals", "companies", {"61": [typed("20", plain), typed("21", plain, primary)], "62": ["22", "20"]})
    portal.overrides["POST /crm/objects/2026-09/deals/search"] = Reply(
        body={
            "total": 2,
            **listing([won("61", "2026-06-01", amount="1"), won("62", "2026-06-01", amount="10")]),
        }
    )
    found, _, _ = rows(server, SCOPE)
    assert {each: row.amount for each, row in found.items()} == {"21": 1, "20": 10}


def test_a_deal_without_a_fit_amount_rejects_its_companys_sales(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("20", name="A"))
    portal.put(
        "deals",
        won("61", "2026-06-01T12:00:00Z", amount="much"),
        won("62", "2026-06-01T12:00:00Z", amount="much"),
    )
    portal.link("deals", "companies", {"61": ["20"]})
    _, rejected, _ = rows(server, SCOPE)
    assert [(each.kind, each.id, each.account_ids, each.reason) for each in rejected] == [
        (RecordKind.SALES, "61", ("20",), "deal: amount is not a number")
    ]


def test_search_goes_on_beyond_the_last_id(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.page_size = 2
    portal.put("companies", record("20", name="A"))
    ids = [str(number) for number in (9, 10, 61, 100, 7)]
    portal.put("deals", *(won(each, "2026-06-01T12:00:00Z", amount="1") for each in ids))
    portal.link("deals", "companies", {each: ["20"] for each in ids})
    waits = Waits()
    found, _, by_call = rows(server, SCOPE, waits=waits)
    assert found["20"].amount == 5
    assert by_call["search deals"] == 3
    asked = [request.body for request in server.requests if request.path.endswith("/search")]
    filters = [body["filterGroups"][0]["filters"][-1] for body in asked if isinstance(body, dict)]
    assert [(each["propertyName"], each["operator"], each["value"]) for each in filters] == [
        ("hs_object_id", "GT", last) for last in ("0", "9", "61")
    ]


def test_searches_are_held_to_four_a_second(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.page_size = 1
    portal.put("companies", record("20", name="A"))
    portal.put("deals", *(won(str(60 + i), "2026-06-01T12:00:00Z", amount="1") for i in range(6)))
    waits = Waits()
    rows(server, SCOPE, waits=waits)
    assert waits.slept == [1.0]


@pytest.mark.parametrize(
    "body",
    [
        listing([won("61", "2026-06-01")]),
        {"total": 5, **listing([])},
        {"total": "5", **listing([won("61", "2026-06-01")])},
    ],
)
def test_a_search_that_is_not_complete_is_refused(server: ScriptedServer, portal: TinyPortal, body: Json) -> None:
    portal.overrides["POST /crm/objects/2026-09/deals/search"] = Reply(body=body)
    with pytest.raises(MalformedAnswerError):
        rows(server, SCOPE)


def test_a_search_that_does_not_advance_is_refused(server: ScriptedServer, portal: TinyPortal) -> None:
    page = {"total": 3, **listing([won("61", "2026-06-01")])}
    portal.overrides["POST /crm/objects/2026-09/deals/search"] = Reply(body=page)
    with pytest.raises(MalformedAnswerError, match="advance"):
        rows(server, SCOPE)


def test_a_search_that_is_not_sorted_is_refused(server: ScriptedServer, portal: TinyPortal) -> None:
    page = {"total": 9, **listing([won("62", "2026-06-01"), won("61", "2026-06-01")])}
    portal.overrides["POST /crm/objects/2026-09/deals/search"] = Reply(body=page)
    with pytest.raises(MalformedAnswerError, match="advance"):
        rows(server, SCOPE)


def test_a_property_tells_what_was_sold_without_a_search(server: ScriptedServer, portal: TinyPortal) -> None:
    a_group(portal)
    portal.put(
        "companies",
        record("20", name="Buyer", sold="77.5"),
        record("30", name="None", sold="0"),
        record("31", sold="viel"),
    )
    settings = {**SCOPE, "sales": {"property": "sold"}}
    found, rejected, by_call = rows(server, settings)
    assert {each: row.amount for each, row in found.items()} == {"10": 0, "11": 0, "12": 0, "20": 77.5}
    assert [(each.id, each.account_ids, each.reason) for each in rejected] == [("31", ("31",), "sold is not a number")]
    assert by_call == {"properties companies": 1, "list companies": 1}


def test_the_companies_are_listed_when_they_have_not_been(server: ScriptedServer, portal: TinyPortal) -> None:
    a_group(portal)
    found, _, by_call = rows(server, SCOPE, listed=False)
    assert set(found) == {"10", "11", "12"}
    assert by_call["list companies"] == 1


def test_pulled_twice_nothing_is_counted_twice(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("20", name="A"))
    portal.put("deals", won("61", "2026-06-01T12:00:00Z", amount="1"))
    portal.link("deals", "companies", {"61": ["20"]})
    with connector_of(server, settings=SCOPE, wanted=SALES) as connector:
        pull(connector, RecordKind.SALES)
        [found], _ = pull(connector, RecordKind.SALES)
    assert isinstance(found, SalesRow)
    assert found.amount == 1


def test_without_sales_wanted_nothing_is_kept_of_companies_out_of_scope(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    a_group(portal)
    settings = {**SCORED, "sales": {"property": "sold"}}
    with connector_of(server, settings=settings, wanted=["account.tier"]) as connector:
        pull(connector, RecordKind.ACCOUNT)
    asked = server.requests[-1].query["properties"]
    assert not {"fit", "sold", "checked"} & set(asked)
