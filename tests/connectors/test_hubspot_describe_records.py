"""Describing what the later rules read: unknown with reasons, set-up findings, labels, and no call too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest

from kam_sync.names import NAMES
from kam_sync.ports import OrgDescription
from kam_sync.records import RecordKind
from support_hubspot import (
    COMPANY_DEFINITIONS,
    CONTACT_DEFINITIONS,
    CORE,
    DEAL_DEFINITIONS,
    TinyPortal,
    connector_of,
    definition,
    record,
)
from support_scripted_server import ScriptedServer, scripted_server

Json = Mapping[str, object]
NATIVE = {
    "contacts": (
        definition("createdate", "datetime"),
        definition("hs_email_hard_bounce_reason_enum", "enumeration"),
        definition("hs_seniority", "enumeration"),
        definition("hs_buying_role", "enumeration", options=[{"value": "CHAMPION"}, {"value": "DECISION_MAKER"}]),
        definition("stance", "enumeration", options=[{"value": "with_us"}, {"value": "against"}]),
    ),
    "deals": (
        definition("createdate", "datetime"),
        definition("hs_v2_date_entered_current_stage", "datetime"),
        definition("hs_deal_stage_probability", "number"),
        definition("hs_all_collaborator_owner_ids", "enumeration"),
        definition("dealtype", "enumeration"),
        definition("dealstage", "enumeration"),
        definition("closed_lost_reason"),
    ),
    "meetings": (definition("hs_attendee_owner_ids", "enumeration"), definition("hs_activity_type", "enumeration")),
    "calls": (definition("hs_activity_type", "enumeration"),),
    "tickets": tuple(
        map(definition, ("subject", "hs_pipeline_stage", "hubspot_owner_id", "createdate", "hs_ticket_priority"))
    ),
    "quotes": (
        *map(definition, ("hs_title", "hs_status", "hubspot_owner_id")),
        definition("hs_expiration_date", "datetime"),
    ),
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def portal(server: ScriptedServer) -> TinyPortal:
    tiny = TinyPortal()
    tiny.definitions.update(NATIVE)
    tiny.definitions["companies"] = (
        *COMPANY_DEFINITIONS,
        definition("createdate", "datetime"),
        definition("fit", "number"),
        definition("sold", "number"),
    )
    tiny.definitions["contacts"] = (*CONTACT_DEFINITIONS, *NATIVE["contacts"])
    tiny.definitions["deals"] = (*DEAL_DEFINITIONS, *NATIVE["deals"])
    tiny.definitions["2-5003"] = (definition("given_on", "date"), definition("grade"), definition("status"))
    tiny.stages["deals"] = ({"id": "99", "label": "Technical evaluation", "metadata": {}},)
    tiny.stages["tickets"] = ({"id": "1", "label": "New", "metadata": {"ticketState": "OPEN"}},)
    tiny.labels = ({"category": "USER_DEFINED", "typeId": 7, "label": "Technical buyer"},)
    server.answer = tiny
    return tiny


def describe(
    server: ScriptedServer, wanted: Iterable[str] | None, settings: Json | None = None
) -> tuple[OrgDescription, Mapping[str, int]]:
    with connector_of(server, settings=settings, wanted=wanted) as connector:
        return connector.describe(), connector.usage().by_call


def fixes(description: OrgDescription) -> Mapping[str, str]:
    return {each.subject: each.fix for each in description.setup}


FEEDBACK: Json = {"object": "2-5003", "fields": {"on": "given_on", "grade": "grade"}}


def test_for_the_first_rules_no_more_calls_are_made_than_ever(server: ScriptedServer, portal: TinyPortal) -> None:
    _, by_call = describe(
        server, CORE, {"feedback": FEEDBACK, "contact_labels": {"technical_buyer": "Technical buyer"}}
    )
    assert by_call == {
        "account-info": 1,
        "properties companies": 1,
        "probe companies": 1,
        "properties contacts": 1,
        "probe contacts": 1,
        "properties deals": 1,
        "probe deals": 1,
        "properties tasks": 1,
        "probe tasks": 1,
        "probe meetings": 1,
        "probe calls": 1,
    }


def test_an_object_that_nobody_wants_is_not_looked_at(server: ScriptedServer, portal: TinyPortal) -> None:
    found, by_call = describe(server, ["roles.innovator"])
    assert set(by_call) == {
        *("account-info", "properties companies", "probe companies"),
        *("properties tasks", "probe tasks", "probe meetings", "probe calls"),
    }
    assert "contacts" not in found.unknown
    assert "plans" not in found.unknown
    assert not {each.subject for each in found.setup} - {"roles"}


def test_with_everything_wanted_every_name_is_unknown_or_has_a_label(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    found, _ = describe(server, None)
    told = {*found.unknown, *found.labels}
    for name in NAMES.values():
        relation = {"feedback": "feedback", "goal": "goals", "action": "actions", "contract": "contracts"}
        part_of = [relation.get(name.kind.value, ""), name.name.rpartition(".")[0]]
        assert name.name in told or any(each in found.unknown for each in part_of), name.name
    assert not set(found.unknown) & (set(found.labels) - {"contacts", "opportunities", "activities"})
    assert all(reason for reason in found.unknown.values())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("account.key_since", "not mapped: set fields: account.key_since"),
        ("account.criteria", "not mapped: set criteria"),
        ("contact.stance", "not mapped: set fields: contact.stance"),
        ("contact.reports_to_id", "HubSpot does not record whom a contact reports to"),
        ("contact.buying_roles.technical_buyer", "not mapped: set values: contact.buying_roles: technical_buyer"),
        ("opportunity.products", "not mapped: set fields: opportunity.products"),
        ("opportunity.stages", "not mapped: set values: opportunity.stages"),
        ("activity.purposes", "not mapped: set values: activity.purposes"),
        ("goals", "not mapped: set goals: object and fields"),
        ("actions", "not mapped: set actions: object and fields"),
        ("feedback", "not mapped: set feedback: object and fields"),
        ("contracts", "not mapped: set contracts: object and fields"),
        ("quote.sent_on", "not mapped: set quotes: fields: sent_on"),
    ],
)
def test_what_is_not_mapped_says_what_to_map_and_is_no_finding(
    server: ScriptedServer, portal: TinyPortal, name: str, reason: str
) -> None:
    found, _ = describe(server, [name])
    assert found.unknown[name] == reason
    assert name not in fixes(found)


@pytest.mark.parametrize(
    "name",
    [
        *("contact.created_on", "contact.bounced", "contact.level", "contact.title", "contact.buying_roles.champion"),
        *("opportunity.created_on", "opportunity.probability", "opportunity.stage_since", "opportunity.team_ids"),
        *("opportunity.type", "opportunity.loss_reason", "opportunity.contact_ids", "opportunity.amount"),
        *("activity.contact_ids", "activity.attendee_ids", "cases", "case.is_high_priority", "quotes"),
        *("quote.expires_on", "owner_changes", "sales", "accounts.total"),
    ],
)
def test_hubspots_own_is_known_without_a_mapping(server: ScriptedServer, portal: TinyPortal, name: str) -> None:
    found, _ = describe(server, [name])
    assert name not in found.unknown
    assert found.labels[name]


@pytest.mark.parametrize(
    ("object_type", "property_name", "name"),
    [
        ("contacts", "createdate", "contact.created_on"),
        ("contacts", "hs_email_hard_bounce_reason_enum", "contact.bounced"),
        ("contacts", "hs_seniority", "contact.level"),
        ("contacts", "hs_buying_role", "contact.buying_roles"),
        ("deals", "hs_deal_stage_probability", "opportunity.probability"),
        ("deals", "hs_v2_date_entered_current_stage", "opportunity.stage_since"),
        ("deals", "hs_all_collaborator_owner_ids", "opportunity.team_ids"),
        ("deals", "closed_lost_reason", "opportunity.loss_reason"),
        ("meetings", "hs_attendee_owner_ids", "activity.attendee_ids"),
        ("tickets", "hs_ticket_priority", "case.is_high_priority"),
        ("tickets", "subject", "cases"),
        ("quotes", "hs_expiration_date", "quote.expires_on"),
        ("quotes", "hs_status", "quotes"),
    ],
)
def test_a_missing_property_of_hubspots_own_makes_its_name_unknown(
    server: ScriptedServer, portal: TinyPortal, object_type: str, property_name: str, name: str
) -> None:
    portal.definitions[object_type] = [
        each for each in portal.definitions[object_type] if each["name"] != property_name
    ]
    found, _ = describe(server, [name])
    assert f'"{property_name}" does not exist in this portal' in found.unknown[name]
    assert name not in found.labels


@pytest.mark.parametrize(
    ("name", "settings", "reason", "fix"),
    [
        (
            "contact.stance",
            {"fields": {"contact.stance": "stanse"}, "values": {"contact.stance": {"supporter": "with_us"}}},
            "does not exist",
            'correct fields: contact.stance (did you mean "stance"?)',
        ),
        (
            "contact.stance",
            {"fields": {"contact.stance": "stance"}},
            "not mapped: set values: contact.stance",
            "values: contact.stance",
        ),
        (
            "contact.stance",
            {"fields": {"contact.stance": "stance"}, "values": {"contact.stance": {"supporter": "friend"}}},
            "cannot have the value 'friend'",
            "there are 'with_us', 'against'",
        ),
        (
            "contact.buying_roles.technical_buyer",
            {"contact_labels": {"technical_buyer": "Techie"}},
            'no association label "Techie"',
            "there are 'Technical buyer'",
        ),
        (
            "opportunity.tender_on",
            {"fields": {"opportunity.tender_on": "dealname"}},
            "not values of type date or datetime",
            "fields: opportunity.tender_on",
        ),
        (
            "opportunity.stages.technical",
            {"values": {"opportunity.stages": {"technical": "Tecnical", "proposal": "99"}}},
            "cannot have the value 'Tecnical'",
            "'Technical evaluation', '99'",
        ),
        ("account.criteria", {"criteria": {"fit": "fitt"}}, "does not exist", "criteria: fit"),
        ("account.criteria", {"criteria": {"fit": "fit", "more": "name"}}, "not values of type", "criteria: more"),
        ("sales", {"sales": {"property": "soldd"}}, "does not exist", "sales: property"),
        (
            "activity.purposes",
            {"fields": {"activity.purposes": "purpose"}, "values": {"activity.purposes": {"handover": "x"}}},
            'meeting property "purpose" does not exist',
            "fields: activity.purposes",
        ),
        (
            "feedback.grade",
            {"feedback": {**FEEDBACK, "fields": {"on": "given_on", "grade": "grad"}}},
            "does not exist",
            "feedback: fields: grade",
        ),
        (
            "feedback",
            {"feedback": {**FEEDBACK, "fields": {"on": "grade", "grade": "grade"}}},
            "not values of type date",
            "feedback: fields: on",
        ),
        ("feedback", {"feedback": {**FEEDBACK, "object": "2-404"}}, 'no object type "2-404"', "correct the object"),
        (
            "contracts",
            {
                "contracts": {
                    "object": "companies",
                    "fields": {"name": "name"},
                    "active": {"field": "is_key", "values": "on"},
                }
            },
            "cannot have the value 'on'",
            "contracts: active: values",
        ),
        ("quote.sent_on", {"quotes": {"fields": {"sent_on": "nix"}}}, "does not exist", "quotes: fields: sent_on"),
        (
            "case.is_high_priority",
            {"cases": {"urgent": {"field": "nix", "values": "1"}}},
            "does not exist",
            "cases: urgent: property",
        ),
        ("plan.swot.threats", {"plan": {"swot": {"threats": "nix"}}}, "does not exist", "plan: swot: threats"),
        (
            "plan.modified_on",
            {"plan": {"fields": {"modified_on": "name", "start_on": "plan_start"}}},
            "not values of type",
            "fields: modified_on",
        ),
    ],
)
def test_what_is_mapped_wrongly_is_unknown_with_the_fix(
    server: ScriptedServer, portal: TinyPortal, name: str, settings: Json, reason: str, fix: str
) -> None:
    found, _ = describe(server, [name], settings)
    assert reason in found.unknown[name]
    assert fix in fixes(found)[name]
    assert name not in found.labels


def test_what_is_mapped_wrongly_but_wanted_by_nobody_is_not_told(server: ScriptedServer, portal: TinyPortal) -> None:
    found, _ = describe(server, ["contact.title"], {"fields": {"contact.stance": "nix"}, "criteria": {"fit": "nix"}})
    assert "contact.stance" not in found.unknown
    assert "account.criteria" not in found.unknown
    assert set(fixes(found)) <= {"roles"}


@pytest.mark.parametrize(
    ("prefix", "scope", "wanted", "unknown"),
    [
        ("/crm/objects/2026-09/tickets", "tickets", "cases", "cases"),
        ("/crm/properties/2026-09/tickets", "tickets", "case.is_high_priority", "cases"),
        ("/crm/pipelines/2026-09/tickets", "tickets", "cases", "cases"),
        ("/crm/objects/2026-09/quotes", "crm.objects.quotes.read", "quotes", "quotes"),
        ("/crm/objects/2026-09/deals", "crm.objects.deals.read", "quotes", "quotes"),
        ("/crm/objects/2026-09/deals", "crm.objects.deals.read", "sales", "sales"),
        ("/crm/objects/2026-09/2-5003", "crm.objects.custom.read", "feedback.grade", "feedback"),
        ("/crm/properties/2026-09/2-5003", "crm.schemas.custom.read", "feedback", "feedback"),
        (
            "/crm/objects/2026-09/contacts",
            "crm.objects.contacts.read",
            "opportunity.contact_ids",
            "opportunity.contact_ids",
        ),
        ("/crm/objects/2026-09/contacts", "crm.objects.contacts.read", "activity.contact_ids", "activity.contact_ids"),
        ("/crm/properties/2026-09/meetings", "crm.schemas.x.read", "activity.attendee_ids", "activity.attendee_ids"),
        ("/crm/pipelines/2026-09/deals", "crm.pipelines.read", "opportunity.stages", "opportunity.stages"),
        ("/crm/objects/2026-09/companies/search", "crm.objects.companies.read", "accounts.total", "accounts.total"),
    ],
)
def test_a_missing_permission_makes_its_name_unknown(
    server: ScriptedServer, portal: TinyPortal, prefix: str, scope: str, wanted: str, unknown: str
) -> None:
    portal.missing_scopes[prefix] = scope
    settings = {"feedback": FEEDBACK, "values": {"opportunity.stages": {"technical": "99"}}}
    found, _ = describe(server, [wanted], settings)
    assert "may not read" in found.unknown[unknown]
    assert scope in fixes(found)[unknown]


def test_a_property_that_tells_sales_needs_no_deals(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.missing_scopes["/crm/objects/2026-09/deals"] = "crm.objects.deals.read"
    found, _ = describe(server, ["sales"], {"sales": {"property": "sold"}})
    assert "sales" not in found.unknown
    assert found.labels["sales"] == 'the company property "Sold"'


def test_buying_roles_that_the_portal_cannot_hold_are_unknown_one_by_one(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    settings = {"contact_labels": {"technical_buyer": "Technical buyer"}}
    found, _ = describe(server, ["contact.buying_roles"], settings)
    roles = {name.rpartition(".")[2] for name in found.unknown if name.startswith("contact.buying_roles.")}
    assert roles == {"economic_buyer", "executive_sponsor", "influencer", "end_user", "blocker", "other"}
    assert "contact.buying_roles" not in found.unknown
    assert found.labels["contact.buying_roles.technical_buyer"] == 'the association label "Technical buyer"'
    assert found.labels["contact.buying_roles.champion"] == 'the contact property "Hs buying role"'


def test_the_number_of_companies_is_told_when_it_is_wanted(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", *(record(str(1000 + number), name="A") for number in range(7)))
    found, by_call = describe(server, ["accounts.total"])
    assert found.accounts_total == 7
    assert by_call["search companies"] == 1
    found, by_call = describe(server, ["sales"])
    assert found.accounts_total is None
    assert "search companies" not in by_call


def test_feedback_of_companies_has_no_history(server: ScriptedServer, portal: TinyPortal) -> None:
    held = {"object": "companies", "fields": {"on": "plan_start", "grade": "plan_goals"}}
    found, _ = describe(server, ["feedback", "feedback.history"], {"feedback": held})
    assert "feedback" not in found.unknown
    assert "only the latest" in found.unknown["feedback.history"]
    assert found.labels["feedback"] == 'the company properties "Plan goals" or "Plan start"'
    found, _ = describe(server, ["feedback", "feedback.history"], {"feedback": FEEDBACK})
    assert "feedback.history" not in found.unknown


def test_records_are_opened_where_they_are_held(server: ScriptedServer, portal: TinyPortal) -> None:
    settings = {
        "feedback": FEEDBACK,
        "goals": {"object": "companies", "fields": {"name": "plan_goals"}},
    }
    found, _ = describe(server, ["feedback", "goals", "cases", "quotes"], settings)
    assert {kind: url.rpartition("record/")[2] for kind, url in found.record_urls.items()} == {
        RecordKind.ACCOUNT: "0-2/{id}",
        RecordKind.PLAN: "0-2/{id}",
        RecordKind.CONTACT: "0-1/{id}",
        RecordKind.OPPORTUNITY: "0-3/{id}",
        RecordKind.CASE: "0-5/{id}",
        RecordKind.QUOTE: "0-14/{id}",
        RecordKind.GOAL: "0-2/{id}",
        RecordKind.FEEDBACK: "2-5003/{id}",
    }


def test_describing_and_pulling_share_what_was_looked_up(server: ScriptedServer, portal: TinyPortal) -> None:
    settings = {"contact_labels": {"technical_buyer": "Technical buyer"}, "feedback": FEEDBACK}
    with connector_of(server, settings=settings, wanted=None) as connector:
        connector.describe()
        before = dict(connector.usage().by_call)
        for kind in RecordKind:
            list(connector.pull(kind, lambda: ()))
        after = connector.usage().by_call
    asked_again = {name for name in after if name.startswith(("properties", "pipelines", "labels"))}
    assert {name: after[name] for name in asked_again} == {name: before[name] for name in asked_again}
    assert all(count == 1 for name, count in after.items() if name in asked_again)
