"""Describing a portal: what it is, what cannot be known and why, what someone must set up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from kam_sync.errors import AuthError, MalformedAnswerError, PermissionDeniedError
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.records import RecordKind
from support_hubspot import MAPPED, TinyPortal, connector_of, definition, undated
from support_scripted_server import Reply, ScriptedServer, scripted_server

ROLES = (
    "results_driver",
    "relationship_lead",
    "innovator",
    "collaborator",
    "technical_expert",
    "project_manager",
)
PLAN_FIELDS = {
    "start_on": "plan_start",
    "end_on": "plan_start",
    "last_review_on": "plan_next",
    "next_review_on": "plan_next",
}
PLAN = {
    "fields": PLAN_FIELDS,
    "parts": {
        "key_relations": ["plan_goals"],
        "current_state": ["plan_goals"],
        "revenue_goals": ["plan_goals"],
        "strategy": ["plan_goals", "plan_risks"],
    },
}
EVERY_ROLE = {role: ["driver_owner"] for role in ROLES}
COMPLETE: Mapping[str, object] = {
    "fields": {"account.tier": "account_tier"},
    "scope": {"property": "is_key", "values": [True]},
    "roles": {"owner_properties": EVERY_ROLE},
    "plan": PLAN,
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def portal(server: ScriptedServer) -> TinyPortal:
    tiny = TinyPortal()
    server.answer = tiny
    return tiny


def describe(server: ScriptedServer, settings: Mapping[str, object] | None = None) -> OrgDescription:
    with connector_of(server, settings=settings) as connector:
        return connector.describe()


def finding(description: OrgDescription, subject: str) -> SetupFinding:
    [found] = [each for each in description.setup if each.subject == subject]
    return found


def without(portal: TinyPortal, object_type: str, *names: str) -> None:
    portal.definitions[object_type] = [each for each in portal.definitions[object_type] if each["name"] not in names]


def test_a_portal_that_has_everything_leaves_nothing_unknown(server: ScriptedServer, portal: TinyPortal) -> None:
    found = describe(server, COMPLETE)
    assert found.unknown == {}
    assert found.setup == ()
    assert found.org_uid == "8123456"
    assert found.name == "HubSpot account 8123456"
    assert found.task_url == "https://app.hubspot.com/contacts/8123456/record/0-27/{id}"
    assert found.record_urls == {
        RecordKind.ACCOUNT: "https://app.hubspot.com/contacts/8123456/record/0-2/{id}",
        RecordKind.PLAN: "https://app.hubspot.com/contacts/8123456/record/0-2/{id}",
        RecordKind.CONTACT: "https://app.hubspot.com/contacts/8123456/record/0-1/{id}",
        RecordKind.OPPORTUNITY: "https://app.hubspot.com/contacts/8123456/record/0-3/{id}",
    }
    assert found.labels["account.owner_id"] == 'the company property "Company owner"'
    assert found.labels["roles"] == 'the company property "Driver owner"'
    assert found.labels["roles.innovator"] == 'the company property "Driver owner"'
    assert found.labels["plan.parts.strategy"] == 'the company properties "Plan goals" or "Plan risks"'
    assert len(server.requests) <= 12


def test_describing_and_pulling_look_at_the_properties_once(server: ScriptedServer, portal: TinyPortal) -> None:
    with connector_of(server, settings=COMPLETE) as connector:
        connector.describe()
        before = len(server.requests)
        list(connector.pull(RecordKind.ACCOUNT, lambda: ()))
        assert len(server.requests) == before + 1
        connector.describe()
        assert connector.usage().by_call["properties companies"] == 1


def test_with_nothing_mapped_what_depends_on_mapping_is_unknown(server: ScriptedServer, portal: TinyPortal) -> None:
    found = describe(server, {"fields": {"account.revenue": None}})
    assert set(found.unknown) == {
        *("account.tier", "account.revenue", "roles", "plans"),
        *(f"roles.{role}" for role in ROLES),
        *(f"plan.{name}" for name in ("start_on", "end_on", "last_review_on", "next_review_on")),
        *(f"plan.parts.{part}" for part in ("key_relations", "current_state", "revenue_goals", "strategy")),
    }
    assert found.unknown["account.tier"] == "not mapped: set fields: account.tier"
    assert found.unknown["roles.innovator"] == "not mapped: set roles: owner_properties: innovator"
    assert {each.subject for each in found.setup} == {"roles", "plans"}
    assert not any(each.blocks_apply for each in found.setup)


def test_a_role_without_a_property_is_unknown_and_should_be_mapped(server: ScriptedServer, portal: TinyPortal) -> None:
    found = describe(server, MAPPED)
    assert "roles" not in found.unknown
    assert "roles.innovator" not in found.unknown
    assert found.unknown["roles.collaborator"] == "not mapped: set roles: owner_properties: collaborator"
    should = finding(found, "roles.collaborator")
    assert should.problem == "no company property is mapped to the role collaborator"
    assert "roles: owner_properties: collaborator" in should.fix


def test_a_property_that_does_not_exist_is_named_with_a_near_one(server: ScriptedServer, portal: TinyPortal) -> None:
    wrong = {
        **COMPLETE,
        "fields": {"account.tier": "acount_tier", "account.revenue": "revenue_of_moon"},
        "roles": {
            "owner_properties": {
                **EVERY_ROLE,
                "innovator": ["driver_owner", "inovator_owner"],
            }
        },
    }
    found = describe(server, wrong)
    assert set(found.unknown) == {"account.tier", "account.revenue", "roles.innovator"}
    assert found.unknown["account.tier"] == 'the company property "acount_tier" does not exist in this portal'
    assert 'did you mean "account_tier"?' in finding(found, "account.tier").fix
    assert "did you mean" not in finding(found, "account.revenue").fix
    assert "inovator_owner" in finding(found, "roles.innovator").problem


def test_an_archived_property_does_not_exist(server: ScriptedServer, portal: TinyPortal) -> None:
    without(portal, "companies", "account_tier")
    portal.definitions["companies"] = [*portal.definitions["companies"], definition("account_tier", archived=True)]
    assert set(describe(server, COMPLETE).unknown) == {"account.tier"}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (
            "roles.innovator",
            {"roles": {"owner_properties": {**EVERY_ROLE, "innovator": ["plan_goals"]}}},
            "HubSpot users",
        ),
        ("account.revenue", {"fields": {"account.tier": "account_tier", "account.revenue": "plan_goals"}}, "number"),
        ("plan.start_on", {"plan": {**PLAN, "fields": {**PLAN_FIELDS, "start_on": "plan_goals"}}}, "date or datetime"),
    ],
)
def test_a_property_of_the_wrong_type_is_unknown_with_the_fix(
    server: ScriptedServer, portal: TinyPortal, name: str, change: Mapping[str, object], words: str
) -> None:
    found = describe(server, {**COMPLETE, **change})
    assert set(found.unknown) == {name}
    assert words in found.unknown[name]
    assert words in finding(found, name).fix


def test_a_plan_without_any_review_date_is_a_finding(server: ScriptedServer, portal: TinyPortal) -> None:
    found = describe(server, {**COMPLETE, "plan": {"parts": {"strategy": ["plan_goals"]}}})
    assert "plans" not in found.unknown
    assert found.unknown["plan.next_review_on"] == "not mapped: set plan: fields: next_review_on"
    assert finding(found, "plan.next_review_on").problem == "no review date of the account plan is mapped"
    assert "next_review_on or last_review_on" in finding(found, "plan.next_review_on").fix
    assert [each.subject for each in found.setup] == ["plan.next_review_on"]


def test_a_plan_of_which_nothing_can_be_read_is_unknown_as_a_whole(server: ScriptedServer, portal: TinyPortal) -> None:
    found = describe(server, {**COMPLETE, "plan": {"fields": {"next_review_on": "nowhere"}}})
    assert {"plans", "plan.next_review_on"} <= set(found.unknown)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({"property": "is_kee", "values": ["true"]}, "does not exist"),
        ({"property": "is_key", "values": ["yes"]}, "cannot have the value 'yes'"),
    ],
)
def test_a_scope_that_cannot_be_is_a_finding(
    server: ScriptedServer, portal: TinyPortal, scope: Mapping[str, object], words: str
) -> None:
    found = describe(server, {**COMPLETE, "scope": scope})
    assert words in found.unknown["scope"]
    assert finding(found, "scope").fix


def test_a_missing_native_property_is_unknown(server: ScriptedServer, portal: TinyPortal) -> None:
    without(portal, "companies", "hs_parent_company_id")
    found = describe(server, COMPLETE)
    assert set(found.unknown) == {"account.parent_id"}


@pytest.mark.parametrize("version", ["2026-09", "v3"])
def test_without_the_key_property_nothing_may_be_written_and_the_request_is_printed(
    server: ScriptedServer, portal: TinyPortal, version: str
) -> None:
    without(portal, "tasks", "kam_sync_key")
    if version == "v3":
        server.answer = undated(portal)
    found = describe(server, {**COMPLETE, "api_version": version})
    key = finding(found, "tasks.key")
    assert key.blocks_apply
    assert found.unknown["tasks.key"] == key.problem
    path = "/crm/v3/properties/tasks" if version == "v3" else "/crm/properties/2026-09/tasks"
    assert f"POST {path} " in key.fix
    body = json.loads(key.fix[key.fix.index("{") : key.fix.rindex("}") + 1])
    assert body["name"] == "kam_sync_key"
    assert (body["type"], body["fieldType"], body["groupName"]) == ("string", "text", "invented_group")
    assert body["label"] == "kam-sync key"


def test_a_key_property_that_holds_no_text_blocks_too(server: ScriptedServer, portal: TinyPortal) -> None:
    without(portal, "tasks", "kam_sync_key")
    portal.definitions["tasks"] = [*portal.definitions["tasks"], definition("kam_sync_key", "number")]
    assert "number" in finding(describe(server, COMPLETE), "tasks.key").problem


@pytest.mark.parametrize(
    ("prefix", "scope", "unknown"),
    [
        ("/crm/objects/2026-09/contacts", "crm.objects.contacts.read", {"contacts"}),
        ("/crm/properties/2026-09/contacts", "crm.schemas.contacts.read", {"contacts"}),
        ("/crm/objects/2026-09/deals", "crm.objects.deals.read", {"opportunities"}),
        ("/crm/objects/2026-09/meetings", "crm.objects.meetings.read", {"activities"}),
        ("/crm/objects/2026-09/calls", "crm.objects.calls.read", {"activities"}),
        ("/crm/objects/2026-09/tasks", "crm.objects.tasks.read", {"activities"}),
        ("/crm/properties/2026-09/tasks", "crm.schemas.tasks.read", {"activities", "tasks.key"}),
    ],
)
def test_a_missing_permission_makes_its_relation_unknown_and_the_rest_goes_on(
    server: ScriptedServer, portal: TinyPortal, prefix: str, scope: str, unknown: set[str]
) -> None:
    portal.missing_scopes[prefix] = scope
    found = describe(server, COMPLETE)
    assert set(found.unknown) == unknown
    for name in unknown:
        assert scope in finding(found, name).fix


def test_unreadable_company_properties_make_everything_mapped_unknown(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    portal.missing_scopes["/crm/properties/2026-09/companies"] = "crm.schemas.companies.read"
    found = describe(server, COMPLETE)
    assert {"scope", "account.tier", "account.revenue", "roles.innovator", "plan.start_on", "plans"} <= set(
        found.unknown
    )
    assert "crm.schemas.companies.read" in finding(found, "account.tier").fix


def test_companies_that_may_not_be_read_stop_everything(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.missing_scopes["/crm/objects/2026-09/companies"] = "crm.objects.companies.read"
    with pytest.raises(PermissionDeniedError, match=r"crm\.objects\.companies\.read"):
        describe(server, COMPLETE)


def test_a_missing_property_of_hubspots_own_makes_its_relation_unknown(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    without(portal, "deals", "hs_next_step")
    found = describe(server, COMPLETE)
    assert found.unknown == {"opportunities": 'the deal property "hs_next_step" does not exist in this portal'}


def test_a_wrong_token_stops_everything(server: ScriptedServer) -> None:
    server.script(Reply(status=401, body={"category": "INVALID_AUTHENTICATION"}))
    with pytest.raises(AuthError):
        describe(server)


@pytest.mark.parametrize("host", ["evil.example/x?", "", None, "app hubspot", "javascript:alert(1)"])
def test_a_host_that_is_none_gives_no_links(server: ScriptedServer, portal: TinyPortal, host: str | None) -> None:
    portal.overrides["GET /account-info/2026-09/details"] = Reply(body={"portalId": 8123456, "uiDomain": host})
    found = describe(server, COMPLETE)
    assert (found.record_urls, found.task_url) == ({}, "")


def test_a_malformed_answer_is_no_description(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.overrides["GET /crm/properties/2026-09/companies"] = Reply(body={"results": []})
    with pytest.raises(MalformedAnswerError):
        describe(server, COMPLETE)
