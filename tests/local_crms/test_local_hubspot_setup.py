"""Account, owners, properties, groups, pipelines and scopes, asked by a plain HTTP client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.records import Role
from support_local_hubspot import SMALL, Running, dig, running

VERSIONS = ("v3", "2026-03", "2026-09")


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL) as started:
        yield started


def base(api: str, version: str) -> str:
    return f"/crm/v3/{api}" if version == "v3" else f"/crm/{api}/{version}"


@pytest.mark.parametrize("version", VERSIONS)
def test_account_details_say_which_portal_it_is(hubspot: Running, version: str) -> None:
    reply = hubspot.client.get(f"/account-info/{version}/details")
    assert reply.status == 200
    assert reply.at("portalId") == hubspot.crm.portal_id
    assert reply.at("accountType") == "STANDARD"
    assert reply.at("timeZone") == "UTC"
    assert isinstance(reply.at("companyCurrency"), str)
    assert isinstance(reply.at("uiDomain"), str)


def test_the_daily_usage_counts_calls(hubspot: Running) -> None:
    path = "/account-info/2026-09/api-usage/daily/private-apps"
    first = hubspot.client.get(path).at("results", 0, "currentUsage")
    second = hubspot.client.get(path).at("results", 0, "currentUsage")
    assert isinstance(first, int)
    assert second == first + 1


@pytest.mark.parametrize("version", VERSIONS)
def test_owners_are_paged_and_archived_ones_are_a_second_list(hubspot: Running, version: str) -> None:
    path = base("owners", version) + ("/" if version == "v3" else "")
    first = hubspot.client.get(path, limit=2)
    assert [each["firstName"] for each in first.each()] == ["Amara", "Jonas"]
    rest = hubspot.client.get(path, limit=2, after=first.at("paging", "next", "after"))
    assert [each["lastName"] for each in rest.each()] == ["Tanaka-Ruiz"]
    assert "paging" not in rest.text
    (gone,) = hubspot.client.get(path, archived="true").each()
    assert gone["archived"] is True
    assert gone["userId"] is None
    assert isinstance(gone["userIdIncludingInactive"], int)
    assert gone["id"] == hubspot.owner("left")


def test_an_owner_is_found_by_address_by_id_and_by_user_id(hubspot: Running) -> None:
    (mei,) = hubspot.client.get("/crm/owners/2026-09", email="MEI.TANAKA@ours.example").each()
    assert mei["id"] == hubspot.owner("mei")
    assert hubspot.client.get(f"/crm/owners/2026-09/{mei['id']}").at("email") == "mei.tanaka@ours.example"
    by_user = hubspot.client.get(f"/crm/owners/2026-09/{mei['userId']}", idProperty="userId")
    assert by_user.at("id") == mei["id"]
    assert hubspot.client.get(f"/crm/owners/2026-09/{mei['userId']}").status == 404
    assert hubspot.client.get(f"/crm/owners/2026-09/{hubspot.owner('left')}").status == 404
    assert hubspot.client.get("/crm/owners/2026-09", limit=501).status == 400


@pytest.mark.parametrize("version", VERSIONS)
def test_properties_are_listed_with_what_a_mapping_needs(hubspot: Running, version: str) -> None:
    listed = hubspot.client.get(f"{base('properties', version)}/companies").each()
    found = {str(each["name"]): each for each in listed}
    for role in Role:
        definition = found[f"{role}_owner"]
        assert (definition["type"], definition["externalOptions"]) == ("enumeration", True)
        assert definition["referencedObjectType"] == "OWNER"
    assert [dig(option, "value") for option in found["account_tier"]["options"]] == ["A", "B", "C"]  # type: ignore[attr-defined] # a list
    assert found["plan_next_review"]["type"] == "date"
    assert found["annualrevenue"]["type"] == "number"
    assert found["hs_is_target_account"]["type"] == "bool"
    assert dig(found["notes_next_activity_date"], "modificationMetadata", "readOnlyValue") is True
    assert {"innovator_owner_2"} == {name for name in found if name.endswith("_owner_2")}
    one = hubspot.client.get(f"{base('properties', version)}/companies/account_tier")
    assert one.body == found["account_tier"]
    assert hubspot.client.get(f"{base('properties', version)}/companies/nothing").status == 404


def new_property(**changes: object) -> dict[str, object]:
    return {
        "name": "plan_budget",
        "label": "Plan budget",
        "type": "string",
        "fieldType": "text",
        "groupName": "key_account",
        **changes,
    }


def test_a_property_is_created_once_and_then_takes_values(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/companies"
    made = hubspot.client.post(path, new_property(hasUniqueValue=True))
    assert (made.status, made.at("hasUniqueValue"), made.at("hubspotDefined")) == (201, True, False)
    assert hubspot.client.post(path, new_property()).status == 409
    company = hubspot.company(plan_budget="One")
    taken = hubspot.client.post("/crm/objects/2026-09/companies", {"properties": {"plan_budget": "one"}})
    assert taken.status == 409
    body = {"inputs": [{"id": "One", "idProperty": "plan_budget", "properties": {"city": "Cork"}}]}
    upserted = hubspot.client.post("/crm/objects/2026-09/companies/batch/upsert", body)
    assert upserted.at("results", 0, "id") == company


def test_tasks_take_no_unique_properties(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/tasks"
    task_property = new_property(groupName="task")
    refused = hubspot.client.post(path, {**task_property, "hasUniqueValue": True})
    assert (refused.status, refused.at("category")) == (400, "VALIDATION_ERROR")
    assert hubspot.client.post(path, {**task_property, "hasUniqueValue": False}).status == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"groupName": "no_such_group"},
        {"name": "Plan Budget"},
        {"name": "hs_budget"},
        {"type": "string", "fieldType": "number"},
        {"type": "enumeration", "fieldType": "select"},
        {"type": "colour"},
        {"label": 5},
    ],
)
def test_a_property_that_makes_no_sense_is_refused(hubspot: Running, changes: dict[str, object]) -> None:
    reply = hubspot.client.post("/crm/properties/2026-09/companies", new_property(**changes))
    assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")


def test_property_groups(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/tasks/groups"
    assert [each["name"] for each in hubspot.client.get(path).each()] == ["task"]
    assert hubspot.client.post(path, {"name": "kam", "label": "KAM"}).status == 201
    assert hubspot.client.post(path, {"name": "kam", "label": "KAM"}).status == 409
    assert hubspot.client.get(f"{path}/kam").at("label") == "KAM"
    assert hubspot.client.get(f"{path}/none").status == 404
    made = hubspot.client.post("/crm/properties/2026-09/tasks", new_property(groupName="kam"))
    assert made.status == 201


@pytest.mark.parametrize("version", VERSIONS)
def test_deal_pipelines_tell_which_stages_are_closed(hubspot: Running, version: str) -> None:
    for name in ("deals", "0-3"):
        pipelines = hubspot.client.get(f"{base('pipelines', version)}/{name}").each()
        assert len(pipelines) == 2
        closed = {
            str(dig(stage, "id")): dig(stage, "metadata", "probability")
            for pipeline in pipelines
            for stage in pipeline["stages"]  # type: ignore[attr-defined] # a list
            if dig(stage, "metadata", "isClosed") == "true"
        }
        assert closed == {"closedwon": "1.0", "closedlost": "0.0", "165800303": "1.0", "165800304": "0.0"}
    one = hubspot.client.get(f"{base('pipelines', version)}/deals/default")
    assert one.at("id") == "default"
    assert hubspot.client.get(f"{base('pipelines', version)}/tasks").status == 501


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("crm.objects.companies.read", "GET", "/crm/objects/2026-09/companies"),
        ("crm.objects.companies.write", "POST", "/crm/objects/2026-09/companies/batch/update"),
        ("crm.objects.deals.read", "POST", "/crm/v3/objects/0-3/search"),
        ("crm.objects.contacts.read", "GET", "/crm/objects/2026-03/tasks"),
        ("crm.objects.contacts.read", "POST", "/crm/objects/2026-03/meetings/batch/read"),
        ("crm.objects.contacts.write", "POST", "/crm/objects/2026-09/tasks/batch/create"),
        ("crm.objects.owners.read", "GET", "/crm/owners/2026-09"),
        ("crm.schemas.companies.read", "GET", "/crm/properties/2026-09/companies"),
        ("crm.schemas.deals.read", "GET", "/crm/pipelines/2026-09/deals"),
        ("crm.objects.contacts.read", "GET", "/crm/properties/2026-09/tasks"),
        ("crm.objects.deals.read", "POST", "/crm/associations/2026-09/companies/deals/batch/read"),
    ],
)
def test_a_missing_scope_is_403_naming_it_and_only_for_what_needs_it(
    hubspot: Running, scope: str, method: str, path: str
) -> None:
    body: dict[str, object] = {"inputs": [], "properties": []}
    assert hubspot.client.call(method, path, body if method == "POST" else None).status != 403
    hubspot.crm.switches.missing_scopes.add(scope)
    reply = hubspot.client.call(method, path, body if method == "POST" else None)
    assert (reply.status, reply.at("category")) == (403, "MISSING_SCOPES")
    assert reply.at("errors", 0, "context", "missingScopes") == [scope]
    assert hubspot.client.get("/account-info/v3/details").status == 200
