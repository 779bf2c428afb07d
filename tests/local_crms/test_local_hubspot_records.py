"""Everything a portfolio can say of an account, in HubSpot's shape: each kind of record and how it hangs together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kam_sync.field_mapping import MAPPABLE
from kam_sync.records import Purpose
from support_local_hubspot import Reply, Running, dig, running
from support_local_hubspot_rich import RICH

DAY = "/crm/objects/2026-09"
LINKS = "/crm/associations/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, RICH) as started:
        yield started


def listed(hubspot: Running, object_type: str, *names: str) -> list[Mapping[str, object]]:
    """Return the properties of all records of a type, as the portal lists them, empty ones left out."""
    reply = hubspot.client.get(f"{DAY}/{object_type}", limit=100, properties=",".join(names))
    assert reply.status == 200, reply.text
    found: list[Mapping[str, object]] = []
    for each in reply.each():
        properties = each["properties"]
        assert isinstance(properties, dict)
        found.append({name: properties[name] for name in names if properties[name] is not None})
    return found


def by(records: list[Mapping[str, object]], name: str) -> dict[object, Mapping[str, object]]:
    return {each[name]: {key: value for key, value in each.items() if key != name} for each in records}


def linked(hubspot: Running, pair: str, record_id: str) -> list[str]:
    reply = hubspot.client.post(f"{LINKS}/{pair}/batch/read", {"inputs": [{"id": record_id}]})
    assert reply.status in {200, 207}, reply.text
    return [str(each["toObjectId"]) for result in reply.each() for each in result["to"]]  # type: ignore[attr-defined] # a list


def test_fields_and_scores_of_a_company(hubspot: Running) -> None:
    found = hubspot.properties(
        "companies",
        hubspot.crm.id_of("rich"),
        *("key_since", "growth_target", "growth_target_year", "cost_to_serve", "relationship_stage", "competitor"),
        *("trigger_on", "trigger", "recovery_target", "scored_on", "tender_on"),
        *("criterion_product_fit", "criterion_financial_strength", "criterion_cultural_fit"),
    )
    expected = {
        "key_since": "2024-12-22",
        "growth_target": "7.5",
        "growth_target_year": "2027",
        "cost_to_serve": "12000",
        "relationship_stage": "Functional",
        "competitor": "Rival & Co",
        "trigger_on": "2026-11-17",
        "trigger": "New plant announced",
        "recovery_target": "B+",
        "scored_on": "2026-10-23",
        "tender_on": None,
        "criterion_product_fit": "4",
        "criterion_financial_strength": None,
        "criterion_cultural_fit": "2.5",
    }
    assert {name: found[name] for name in expected} == expected


def test_a_plan_has_its_swot_its_end_and_when_it_was_changed(hubspot: Running) -> None:
    names = ("plan_end", "plan_modified", "plan_swot_reviewed", "plan_strengths", "plan_weaknesses")
    more = ("plan_swot_opportunities", "plan_threats")
    found = hubspot.properties("companies", hubspot.crm.id_of("rich"), *names, *more)
    assert [found[name] for name in names[:3]] == ["2027-05-06", "2026-11-10", "2026-10-13"]
    assert [bool(found[name]) for name in (*names[3:], *more)] == [True, False, True, False]
    loaded_now = hubspot.properties("companies", hubspot.crm.id_of("plain"), "plan_modified")
    assert loaded_now["plan_modified"] == "2026-11-22"


def test_contacts_say_what_they_are_in_the_portals_words(hubspot: Running) -> None:
    names = ("firstname", "hs_seniority", "hs_buying_role", "stance", "stance_on", "influence", "decision_criteria")
    more = ("left_company", "department", "hs_email_hard_bounce_reason_enum", "hubspot_owner_id", "createdate")
    found = by(listed(hubspot, "contacts", *names, *more), "firstname")
    assert found == {
        "Ana": {
            "hs_seniority": "executive",
            "hs_buying_role": "BUDGET_HOLDER;DECISION_MAKER",
            "stance": "supporter",
            "stance_on": "2026-11-13",
            "influence": "Signs everything",
            "decision_criteria": "Price",
            "department": "Finance",
            "hubspot_owner_id": hubspot.owner("jonas"),
            "createdate": "2026-10-03T10:00:00.000Z",
        },
        "Bo": {
            "hs_seniority": "employee",
            "left_company": "true",
            "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER",
            "hubspot_owner_id": hubspot.owner("mei"),
            "createdate": "2025-04-01T10:00:00.000Z",
        },
    }


def test_a_technical_buyer_has_the_portals_label_and_no_value_of_hubspots_own(hubspot: Running) -> None:
    labels = hubspot.client.get(f"{LINKS}/contacts/companies/labels").each()
    (label,) = [each for each in labels if each["label"] == "Technical buyer"]
    assert label["category"] == "USER_DEFINED"
    company = hubspot.crm.id_of("rich")
    reply = hubspot.client.post(f"{LINKS}/companies/contacts/batch/read", {"inputs": [{"id": company}]})
    for each in reply.each("results", 0, "to"):
        types = each["associationTypes"]
        assert isinstance(types, list)
        assert {dig(one, "label") for one in types} == {None, "Primary", "Technical buyer"}
    roles = hubspot.client.get("/crm/properties/2026-09/contacts/hs_buying_role").each("options")
    assert "TECHNICAL_BUYER" not in {each["value"] for each in roles}


def test_deals_say_type_stage_probability_and_who_is_in_them(hubspot: Running) -> None:
    stage = ("dealname", "dealstage", "dealtype", "hs_deal_stage_probability", "hs_v2_date_entered_current_stage")
    money = ("amount_in_home_currency", "hs_is_closed_won", "closed_lost_reason", "hs_all_collaborator_owner_ids")
    dates = ("tender_date", "proposal_sent", "proposal_expires", "delivered_on", "createdate")
    found = by(listed(hubspot, "deals", *stage, *money, *dates, "competitor", "products", "scope_agreed"), "dealname")
    assert found["Press line"] == {
        "dealstage": "technicalevaluation",
        "dealtype": "renewal",
        "hs_deal_stage_probability": "0.65",
        "hs_v2_date_entered_current_stage": "2026-11-11T10:00:00.000Z",
        "amount_in_home_currency": "250000",
        "hs_is_closed_won": "false",
        "hs_all_collaborator_owner_ids": f"{hubspot.owner('amara')};{hubspot.owner('mei')}",
        "tender_date": "2026-12-07",
        "proposal_sent": "2026-11-19",
        "proposal_expires": "2026-12-19",
        "createdate": "2026-09-03T10:00:00.000Z",
        "competitor": "Rival & Co",
        "products": "Presses;Service",
        "scope_agreed": "Scope and benchmarks agreed.",
    }
    won, lost = found["Pumps"], found["Valves"]
    assert (won["dealstage"], won["hs_is_closed_won"], won["delivered_on"]) == ("closedwon", "true", "2026-11-12")
    assert (won["dealtype"], won["hs_deal_stage_probability"]) == ("existingbusiness", "1")
    assert (lost["dealstage"], lost["hs_is_closed_won"], lost["closed_lost_reason"]) == ("closedlost", "false", "Price")
    assert won["hs_v2_date_entered_current_stage"] == "2026-09-23T10:00:00.000Z"
    press = hubspot.client.get(f"{DAY}/deals").ids()[0]
    assert linked(hubspot, "deals/contacts", press) == hubspot.client.get(f"{DAY}/contacts").ids()


def test_what_a_deal_may_be_about_is_what_the_portfolio_sells(hubspot: Running) -> None:
    definition = hubspot.client.get("/crm/properties/2026-09/deals/products")
    assert [each["value"] for each in definition.each("options")] == ["Presses", "Pumps", "Service"]
    assert (definition.at("type"), definition.at("fieldType")) == ("enumeration", "checkbox")


def test_won_deals_are_found_by_search_in_windows(hubspot: Running) -> None:
    def search(*filters: tuple[str, str, str], direction: str = "ASCENDING") -> Reply:
        conditions = [{"propertyName": name, "operator": operator, "value": value} for name, operator, value in filters]
        return hubspot.client.post(
            f"{DAY}/deals/search",
            {
                "filterGroups": [{"filters": conditions}],
                "properties": ["amount_in_home_currency"],
                "sorts": [{"propertyName": "hs_object_id", "direction": direction}],
                "limit": 200,
                "after": "0",
            },
        )

    won = ("hs_is_closed_won", "EQ", "true")
    recent = ("closedate", "GTE", "1763769600000")  # 22 November 2025
    found = search(won, recent, ("hs_object_id", "GT", "0"))
    assert (found.at("total"), len(found.ids())) == (1, 1)
    assert found.at("results", 0, "properties", "amount_in_home_currency") == "90000"
    assert search(won, recent, ("hs_object_id", "GT", found.ids()[0])).at("total") == 0
    assert search(won, ("closedate", "GTE", "2026-11-22T00:00:00Z")).at("total") == 0
    closed = ("hs_is_closed", "EQ", "true")
    ascending, descending = search(closed).ids(), search(closed, direction="DESCENDING").ids()
    assert (len(ascending), descending) == (2, ascending[::-1])


def test_meetings_and_calls_have_a_type_and_people_of_both_sides(hubspot: Running) -> None:
    (meeting,) = listed(hubspot, "meetings", "hs_activity_type", "hs_attendee_owner_ids")
    assert meeting["hs_activity_type"] == "Business review"
    assert meeting["hs_attendee_owner_ids"] == f"{hubspot.owner('amara')};{hubspot.owner('jonas')}"
    (call,) = listed(hubspot, "calls", "hs_activity_type", "hs_call_title")
    assert call == {"hs_activity_type": "Handover", "hs_call_title": "Handover"}
    ana, bo = hubspot.client.get(f"{DAY}/contacts").ids()
    assert linked(hubspot, "meetings/contacts", hubspot.client.get(f"{DAY}/meetings").ids()[0]) == [ana, bo]
    assert linked(hubspot, "calls/contacts", hubspot.client.get(f"{DAY}/calls").ids()[0]) == [ana]
    contacted = by(listed(hubspot, "contacts", "firstname", "notes_last_contacted"), "firstname")
    assert contacted["Ana"]["notes_last_contacted"] == "2026-11-20T10:00:00.000Z"
    assert contacted["Bo"]["notes_last_contacted"] == "2026-11-15T10:00:00.000Z"


def test_custom_objects_are_served_under_their_type_id_and_hang_on_companies(hubspot: Running) -> None:
    goals = listed(hubspot, "2-5001", "goal_name", "goal_owner", "start_date", "due_date", "target_value", "status")
    assert by(goals, "goal_name") == {
        "Grow": {
            "goal_owner": hubspot.owner("mei"),
            "start_date": "2026-08-24",
            "due_date": "2027-02-20",
            "target_value": "100",
            "status": "open",
        },
        "Done": {"due_date": "2026-11-17", "status": "done"},
    }
    grow, done = hubspot.client.get(f"{DAY}/2-5001").ids()
    actions = listed(hubspot, "2-5002", "action_name", "action_owner", "due_date", "status", "goal_id")
    assert [(each["action_name"], each["goal_id"], each["status"]) for each in actions] == [
        ("Visit", grow, "open"),
        ("Map", grow, "open"),
        ("Visit", done, "done"),
    ]
    assert all("action_owner" in each and "due_date" in each for each in actions)
    assert listed(hubspot, "2-5003", "given_on", "grade", "reason") == [
        {"given_on": "2026-08-14", "grade": "A"},
        {"given_on": "2026-11-18", "grade": "C+", "reason": "Late deliveries"},
    ]
    contracts = by(listed(hubspot, "2-5004", "contract_name", "end_date", "annual_value", "status"), "contract_name")
    assert contracts["Service 2026"] == {"end_date": "2027-01-01", "annual_value": "36000.50", "status": "active"}
    assert contracts["Service 2025"]["status"] == "ended"
    company = hubspot.crm.id_of("rich")
    for type_id, count in (("2-5001", 2), ("2-5002", 3), ("2-5003", 2), ("2-5004", 2)):
        ids = hubspot.client.get(f"{DAY}/{type_id}").ids()
        assert len(ids) == count
        assert linked(hubspot, f"companies/{type_id}", company) == ids
        assert linked(hubspot, f"0-2/{type_id}", company) == ids
        assert all(linked(hubspot, f"{type_id}/companies", each) == [company] for each in ids)
        read = hubspot.client.post(f"{DAY}/{type_id}/batch/read", {"inputs": [{"id": ids[0]}, {"id": "4711"}]})
        assert (read.status, read.ids()) == (207, [ids[0]])
        names = {str(each["name"]) for each in hubspot.client.get(f"/crm/properties/2026-09/{type_id}").each()}
        assert {"hs_object_id", "hs_createdate", "hubspot_owner_id"} <= names
    (spec,) = hubspot.client.get(f"{LINKS}/companies/2-5001/labels").each()
    assert (spec["category"], spec["label"]) == ("USER_DEFINED", None)


@pytest.mark.parametrize("wrong", ["plan_goals", "goals", "2-5005", "2-1", "0-5001", "p_plan_goals"])
def test_a_custom_object_has_no_other_name(hubspot: Running, wrong: str) -> None:
    for path in (f"{DAY}/{wrong}", f"/crm/properties/2026-09/{wrong}"):
        reply = hubspot.client.get(path)
        assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")


def test_tickets_are_closed_by_their_stage(hubspot: Running) -> None:
    found = by(
        listed(hubspot, "tickets", "subject", "hs_pipeline_stage", "hs_ticket_priority", "createdate", "closed_date"),
        "subject",
    )
    assert found == {
        "Pump leaks": {
            "hs_pipeline_stage": "1",
            "hs_ticket_priority": "HIGH",
            "createdate": "2026-11-16T10:00:00.000Z",
        },
        "Wrong colour": {
            "hs_pipeline_stage": "4",
            "hs_ticket_priority": "MEDIUM",
            "createdate": "2026-08-24T10:00:00.000Z",
            "closed_date": "2026-08-31T10:00:00.000Z",
        },
    }
    company = hubspot.crm.id_of("rich")
    assert linked(hubspot, "companies/tickets", company) == hubspot.client.get(f"{DAY}/0-5").ids()
    for version, path in (("v3", "/crm/v3/pipelines/tickets"), ("2026-09", "/crm/pipelines/2026-09/0-5")):
        (pipeline,) = hubspot.client.get(path).each()
        stages = pipeline["stages"]
        assert isinstance(stages, list), version
        assert {dig(each, "id"): dig(each, "metadata") for each in stages} == {
            "1": {"ticketState": "OPEN", "isClosed": "false"},
            "2": {"ticketState": "OPEN", "isClosed": "false"},
            "3": {"ticketState": "OPEN", "isClosed": "false"},
            "4": {"ticketState": "CLOSED", "isClosed": "true"},
        }
    ticket = hubspot.create("tickets", {"subject": "New", "hs_pipeline_stage": "1"})
    path = f"{DAY}/tickets/{ticket}"
    assert hubspot.client.call("PATCH", path, {"properties": {"hs_pipeline_stage": "4"}}).status == 200
    assert hubspot.properties("tickets", ticket, "closed_date")["closed_date"] == "2026-11-22T12:00:00.000Z"
    assert hubspot.client.call("PATCH", path, {"properties": {"hs_pipeline_stage": "2"}}).status == 200
    assert hubspot.properties("tickets", ticket, "closed_date")["closed_date"] is None
    assert hubspot.client.call("PATCH", path, {"properties": {"hs_pipeline_stage": "closedwon"}}).status == 400
    assert hubspot.client.post(f"{DAY}/tickets", {"properties": {"subject": "No stage"}}).status == 400


def test_quotes_hang_on_deals(hubspot: Running) -> None:
    names = ("hs_title", "hs_status", "hs_expiration_date", "sent_on", "hubspot_owner_id")
    assert by(listed(hubspot, "quotes", *names), "hs_title") == {
        "Offer 1": {
            "hs_status": "APPROVAL_NOT_NEEDED",
            "hs_expiration_date": "2026-12-19T10:00:00.000Z",
            "sent_on": "2026-11-19",
            "hubspot_owner_id": hubspot.owner("jonas"),
        },
        "Offer 0": {
            "hs_status": "REJECTED",
            "hs_expiration_date": "2026-09-13T10:00:00.000Z",
            "hubspot_owner_id": hubspot.owner("mei"),
        },
    }
    deals = hubspot.client.get(f"{DAY}/deals").ids()
    offer, old = hubspot.client.get(f"{DAY}/0-14").ids()
    assert [linked(hubspot, "deals/quotes", each) for each in deals] == [[offer], [old], []]
    assert linked(hubspot, "quotes/deals", offer) == [deals[0]]
    assert linked(hubspot, "companies/quotes", hubspot.crm.id_of("rich")) == []


def test_a_deals_stage_decides_state_probability_and_since_when(hubspot: Running) -> None:
    deal = hubspot.client.get(f"{DAY}/deals").ids()[0]
    hubspot.clock.advance(seconds=60)
    change = {"properties": {"dealstage": "proposalsent", "amount": "7"}}
    assert hubspot.client.call("PATCH", f"{DAY}/deals/{deal}", change).status == 200
    names = ("hs_deal_stage_probability", "hs_v2_date_entered_current_stage", "amount_in_home_currency")
    found = hubspot.properties("deals", deal, *names)
    assert [found[name] for name in names] == ["0.7", "2026-11-22T12:01:00.000Z", "7"]
    hubspot.clock.advance(seconds=60)
    given = {"properties": {"hs_deal_stage_probability": "0.9", "hs_next_step": "Sign"}}
    assert hubspot.client.call("PATCH", f"{DAY}/deals/{deal}", given).status == 200
    found = hubspot.properties("deals", deal, *names)
    assert [found[name] for name in names] == ["0.9", "2026-11-22T12:01:00.000Z", "7"]
    stages = hubspot.client.get("/crm/pipelines/2026-09/deals/default").each("stages")
    labels = {each["id"]: each["label"] for each in stages}
    assert labels["technicalevaluation"] == "Technical evaluation"
    assert labels["proposalsent"] == "Proposal sent"
    wrong = {"properties": {"hs_all_collaborator_owner_ids": f"{hubspot.owner('mei')};17"}}
    assert hubspot.client.call("PATCH", f"{DAY}/deals/{deal}", wrong).status == 400


def test_a_queue_is_an_owner_and_nobody(hubspot: Running) -> None:
    owners = {str(each["id"]): each for each in hubspot.client.get("/crm/owners/2026-09").each()}
    desk = owners[hubspot.owner("desk")]
    assert (desk["type"], desk["userId"], desk["firstName"]) == ("QUEUE", None, "Service")
    assert {each["type"] for key, each in owners.items() if key != hubspot.owner("desk")} == {"PERSON"}
    owner = hubspot.properties("companies", hubspot.crm.id_of("plain"), "hubspot_owner_id")
    assert owner["hubspot_owner_id"] == hubspot.owner("desk")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("crm.objects.tickets.read", "GET", f"{DAY}/tickets"),
        ("crm.objects.quotes.read", "POST", f"{DAY}/0-14/batch/read"),
        ("crm.objects.custom.read", "GET", f"{DAY}/2-5003"),
        ("crm.objects.custom.read", "POST", f"{LINKS}/companies/2-5001/batch/read"),
        ("crm.objects.quotes.read", "POST", f"{LINKS}/deals/quotes/batch/read"),
        ("crm.schemas.custom.read", "GET", "/crm/properties/2026-09/2-5004"),
        ("crm.schemas.quotes.read", "GET", "/crm/properties/2026-09/quotes"),
        ("crm.schemas.tickets.read", "GET", "/crm/pipelines/2026-09/tickets"),
    ],
)
def test_new_objects_have_scopes_of_their_own(hubspot: Running, scope: str, method: str, path: str) -> None:
    body = {"inputs": [{"id": "1"}]} if method == "POST" else None
    assert hubspot.client.call(method, path, body).status in {200, 207}
    hubspot.crm.switches.missing_scopes.add(scope)
    reply = hubspot.client.call(method, path, body)
    assert (reply.status, reply.at("errors", 0, "context", "missingScopes")) == (403, [scope])
    assert hubspot.client.get(f"{DAY}/companies").status == 200


def test_a_property_of_a_custom_object_can_be_dropped(hubspot: Running) -> None:
    hubspot.crm.drop_property("2-5003", "grade")
    assert listed(hubspot, "2-5003", "given_on") == [{"given_on": "2026-08-14"}, {"given_on": "2026-11-18"}]
    assert "grade" not in hubspot.client.get(f"{DAY}/2-5003", properties="grade").text
    assert hubspot.client.get("/crm/properties/2026-09/2-5003/grade").status == 404


def test_the_policy_section_maps_only_what_is_there(hubspot: Running) -> None:
    section = hubspot.crm.org_settings

    def known(object_type: str) -> set[str]:
        return {str(each["name"]) for each in hubspot.client.get(f"/crm/properties/2026-09/{object_type}").each()}

    company, contact, deal = known("companies"), known("contacts"), known("deals")
    fields, of = section["fields"], {"account": company, "contact": contact, "opportunity": deal}
    assert isinstance(fields, dict)
    natives = {"contact.level", "contact.buying_roles", "activity.purposes"}
    assert fields.keys() ^ set(MAPPABLE) == natives | {
        f"opportunity.{name}" for name in ("type", "stages", "loss_reason")
    }
    assert {name for name, field in fields.items() if field not in of[name.partition(".")[0]]} == set()
    assert set(dig(section, "criteria").values()) <= company  # type: ignore[attr-defined] # an object
    for part in ("parts", "swot"):
        assert {name for names in dig(section, "plan", part).values() for name in names} <= company  # type: ignore[attr-defined] # an object
    for name, count in (("goals", 6), ("actions", 4), ("feedback", 3), ("contracts", 3)):
        there = known(str(dig(section, name, "object")))
        assert len(dig(section, name, "fields")) == count  # type: ignore[arg-type] # an object
        assert set(dig(section, name, "fields").values()) <= there  # type: ignore[attr-defined] # an object
        for key in ("open", "active"):
            if key in section[name]:  # type: ignore[operator] # an object
                assert dig(section, name, key, "property") in there
    assert dig(section, "quotes", "fields", "sent_on") in known("quotes")
    options = {
        each["value"]
        for each in hubspot.client.get("/crm/properties/2026-09/meetings/hs_activity_type").each("options")
    }
    purposes = dig(section, "values", "activity.purposes")
    assert isinstance(purposes, dict)
    assert {value for values in purposes.values() for value in values} == options
    assert set(purposes) == {purpose.value for purpose in Purpose}
