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


def test_an_archived_property_is_listed_apart_and_comes_back_with_its_values(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/companies"
    company = hubspot.crm.id_of("solaris")
    assert hubspot.properties("companies", company, "account_tier")["account_tier"] == "A"
    assert hubspot.client.call("DELETE", f"{path}/account_tier").status == 204
    assert hubspot.client.get(f"{path}/account_tier").status == 404
    assert hubspot.client.call("DELETE", f"{path}/account_tier").status == 404
    (archived,) = hubspot.client.get(path, archived="true").each()
    assert (archived["name"], archived["archived"]) == ("account_tier", True)
    assert hubspot.client.get(f"{path}/account_tier", archived="true").body == archived
    assert "account_tier" not in hubspot.properties("companies", company, "account_tier", "name")
    hubspot.crm.restore_property("companies", "account_tier")
    assert hubspot.properties("companies", company, "account_tier")["account_tier"] == "A"
    assert hubspot.client.get(path, archived="true").each() == []
    with pytest.raises(KeyError):
        hubspot.crm.restore_property("companies", "account_tier")


def test_whether_an_archived_propertys_name_is_free_is_a_switch(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/companies"
    hubspot.client.post(path, new_property())
    hubspot.client.call("DELETE", f"{path}/plan_budget")
    hubspot.crm.switches.archived_names_are_taken = True
    assert hubspot.client.post(path, new_property()).status == 409
    hubspot.crm.switches.archived_names_are_taken = False
    assert hubspot.client.post(path, new_property(label="Anew")).status == 201
    assert hubspot.client.get(f"{path}/plan_budget").at("label") == "Anew"


def test_hubspots_own_properties_are_neither_changed_nor_archived(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/companies/annualrevenue"
    for method, body in (("DELETE", None), ("PATCH", {"label": "Mine"})):
        reply = hubspot.client.call(method, path, body)
        assert (reply.status, reply.at("category")) == (400, "VALIDATION_ERROR")


def test_changing_a_property_keeps_what_is_not_named_and_checks_the_rest(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/companies/account_tier"
    before = hubspot.client.get(path)
    options = [{"label": "Top", "value": "A"}, {"label": "New", "value": "N", "description": "Added"}]
    after = hubspot.client.call("PATCH", path, {"options": options})
    assert after.status == 200
    assert [dig(each, "value") for each in after.each("options")] == ["A", "N"]
    assert after.at("label") == before.at("label")
    assert hubspot.company(account_tier="N")
    wrong: list[dict[str, object]] = [{"options": []}, {"options": [options[0]] * 2}, {"groupName": "nothing"}]
    for changes in (*wrong, {"fieldType": "date"}):
        assert hubspot.client.call("PATCH", path, changes).status == 400
    assert hubspot.client.call("PATCH", f"{path}_x", {"label": "X"}).status == 404


def test_a_property_group_goes_only_when_it_is_empty(hubspot: Running) -> None:
    path = "/crm/properties/2026-09/companies/groups"
    assert hubspot.client.call("DELETE", f"{path}/key_account").status == 400
    hubspot.client.post(path, {"name": "kam", "label": "KAM"})
    assert hubspot.client.call("PATCH", f"{path}/kam", {"label": "Key accounts"}).at("label") == "Key accounts"
    assert hubspot.client.call("DELETE", f"{path}/kam").status == 204
    assert hubspot.client.call("DELETE", f"{path}/kam").status == 404


def test_tasks_take_unique_properties_where_that_is_switched_on(hubspot: Running) -> None:
    hubspot.crm.switches.unique_task_properties = True
    made = hubspot.client.post("/crm/properties/2026-09/tasks", new_property(groupName="task", hasUniqueValue=True))
    assert made.status == 201
    hubspot.task(plan_budget="One")
    body = {"properties": {"hs_timestamp": "2026-12-01T09:00:00Z", "plan_budget": "One"}, "associations": []}
    assert hubspot.client.post("/crm/objects/2026-09/tasks", body).status == 409


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL, bare=True) as started:
        yield started


def test_a_bare_portal_has_only_what_hubspot_comes_with(bare: Running) -> None:
    for object_type in ("companies", "contacts", "deals", "tasks", "meetings", "calls", "tickets", "quotes"):
        path = f"/crm/properties/2026-09/{object_type}"
        assert all(each["hubspotDefined"] for each in bare.client.get(path).each())
        assert len(bare.client.get(f"{path}/groups").each()) == 1
    for path in ("/crm/properties/2026-09/2-5001", "/crm/objects/2026-09/2-5003"):
        assert bare.client.get(path).status == 400
    section = bare.crm.org_settings
    assert "roles" not in section
    assert "plan" not in section


def test_a_bare_portal_holds_of_a_portfolio_what_it_has_a_place_for(bare: Running) -> None:
    company = bare.crm.id_of("solaris")
    assert bare.properties("companies", company, "name", "annualrevenue")["annualrevenue"] == "1250000.50"
    made = {
        "name": "account_tier",
        "label": "Tier",
        "type": "string",
        "fieldType": "text",
        "groupName": "companyinformation",
    }
    assert bare.client.post("/crm/properties/2026-09/companies", made).status == 201
    assert bare.properties("companies", company, "account_tier")["account_tier"] is None, "nobody has entered it yet"
    bare.crm.people.set_field("solaris", "account.tier", "B")
    assert bare.properties("companies", company, "account_tier")["account_tier"] == "B"


def test_people_of_a_bare_portal_use_what_is_made(bare: Running) -> None:
    people = bare.crm.people
    with pytest.raises(ValueError, match="no company property for the innovator"):
        people.assign_role("solaris", Role.INNOVATOR, "mei")
    with pytest.raises(ValueError, match="no company properties for account plans"):
        people.clear_plan("solaris")
    made = {
        "name": "ideas",
        "label": "Our innovator",
        "type": "enumeration",
        "fieldType": "select",
        "externalOptions": True,
        "referencedObjectType": "OWNER",
        "groupName": "companyinformation",
    }
    assert bare.client.post("/crm/properties/2026-09/companies", made).status == 201
    people.assign_role("solaris", Role.INNOVATOR, "mei")
    company = bare.crm.id_of("solaris")
    assert bare.properties("companies", company, "ideas")["ideas"] == bare.owner("mei")
    people.clear_role("solaris", Role.INNOVATOR)
    assert bare.properties("companies", company, "ideas")["ideas"] is None


def test_a_portal_stays_as_bare_as_it_was_made(tmp_path: Path) -> None:
    with running(tmp_path / "bare", bare=True):
        pass
    with running(tmp_path / "bare") as again:
        assert again.client.get("/crm/properties/2026-09/tasks/kam_sync_key").status == 404
    with running(tmp_path / "full"):
        pass
    with running(tmp_path / "full", bare=True) as again:
        assert again.client.get("/crm/properties/2026-09/tasks/kam_sync_key").status == 200


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
