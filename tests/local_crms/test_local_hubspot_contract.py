"""The local HubSpot held to an independent description of the API: every answer of every version it serves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync_hubspot.local_crm import Exchange, Fault, FaultKind
from support_hubspot_contract import Contract, canonical, error_problems, require_contract, uncovered
from support_local_hubspot import SMALL, Running, dig, link, running, search_for
from support_local_hubspot_rich import RICH

NOT_COVERED = {
    "GET /account-info/2026-03/api-usage/daily/private-apps",
    "GET /account-info/2026-03/details",
    "GET /account-info/2026-09/api-usage/daily/private-apps",
    "GET /account-info/2026-09/details",
    "GET /account-info/v3/api-usage/daily/private-apps",
    "GET /account-info/v3/details",
    "GET /crm/objects/2026-03/calls",
    "POST /crm/objects/2026-03/calls/batch/create",
    "POST /crm/objects/2026-03/calls/batch/read",
}
"""Calls that are made below and that the contract does not describe: account info, and calls but for their search."""


@pytest.fixture(scope="module")
def contract() -> Contract:
    return require_contract()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    with running(tmp_path_factory.mktemp("portal"), SMALL) as hubspot:
        for version in ("v3", "2026-03", "2026-09"):
            describe(hubspot, version)
            read(hubspot, version)
            write(hubspot, version)
            associate(hubspot, version)
        refuse(hubspot)
        yield hubspot.exchanges


def base(api: str, version: str) -> str:
    if version != "v3":
        return f"/crm/{api}/{version}"
    return f"/crm/{'v4' if api == 'associations' else 'v3'}/{api}"


def describe(hubspot: Running, version: str) -> None:
    client = hubspot.client
    client.get(f"/account-info/{version}/details")
    client.get(f"/account-info/{version}/api-usage/daily/private-apps")
    owners = base("owners", version) + ("/" if version == "v3" else "")
    client.get(owners, limit=2)
    client.get(owners, limit=500, archived="true")
    client.get(f"{base('owners', version)}/{hubspot.owner('mei')}")
    properties = base("properties", version)
    for object_type in ("companies", "contacts", "deals", "tasks", "meetings", "calls"):
        client.get(f"{properties}/{object_type}")
    client.get(f"{properties}/companies/account_tier")
    client.get(f"{properties}/companies/groups")
    client.get(f"{properties}/companies/groups/key_account")
    client.post(f"{properties}/tasks/groups", {"name": f"g{version}", "label": "Group"})
    name = f"note_{version.replace('-', '_')}"
    new = {"name": name, "label": "Note", "type": "string", "fieldType": "text", "groupName": "task"}
    client.post(f"{properties}/tasks", new)
    client.call("PATCH", f"{properties}/tasks/{name}", {"label": "Remark", "description": "Changed"})
    client.call("DELETE", f"{properties}/tasks/{name}")
    client.get(f"{properties}/tasks", archived="true")
    client.get(f"{properties}/tasks/{name}", archived="true")
    client.call("PATCH", f"{properties}/tasks/groups/g{version}", {"label": "Other group"})
    client.call("DELETE", f"{properties}/tasks/groups/g{version}")
    client.get(f"{base('pipelines', version)}/deals")
    client.get(f"{base('pipelines', version)}/deals/default")


def read(hubspot: Running, version: str) -> None:
    client, objects = hubspot.client, base("objects", version)
    for object_type in ("companies", "contacts", "deals", "tasks", "meetings", "calls"):
        ids = client.get(f"{objects}/{object_type}", limit=1, properties="name,hs_timestamp,no_such").ids()
        inputs = [{"id": ids[0]}, {"id": "4711"}]
        client.post(f"{objects}/{object_type}/batch/read", {"inputs": inputs, "properties": ["hs_object_id"]})
        client.post(f"{objects}/{object_type}/search", search_for("hs_object_id", "GTE", ids[0]))
    company = hubspot.crm.id_of("solaris")
    client.get(f"{objects}/companies/{company}", properties="name,city", associations="tasks,deals")
    client.get(f"{objects}/companies", limit=2, archived="true", associations="contacts")


def write(hubspot: Running, version: str) -> None:
    client, objects = hubspot.client, base("objects", version)
    company = hubspot.crm.id_of("quiet")
    given = {"properties": {"hs_timestamp": "1798106400000"}, "associations": [link(company, 192)]}
    bad = {"properties": {"hs_timestamp": "soon"}, "associations": []}
    client.post(f"{objects}/tasks", given)
    inputs = [{**given, "objectWriteTraceId": "good"}, {**bad, "objectWriteTraceId": "bad"}]
    made = client.post(f"{objects}/tasks/batch/create", {"inputs": inputs})
    task = made.ids()[0]
    client.post(f"{objects}/tasks/batch/create", {"inputs": [given]})
    client.post(f"{objects}/calls/batch/create", {"inputs": [{**given, "associations": [link(company, 182)]}]})
    changes = [
        {"id": task, "properties": {"hs_task_status": "COMPLETED"}, "objectWriteTraceId": "done"},
        {"id": "4711", "properties": {"hs_task_status": "COMPLETED"}, "objectWriteTraceId": "unknown"},
    ]
    client.post(f"{objects}/tasks/batch/update", {"inputs": changes})
    client.call("PATCH", f"{objects}/tasks/{task}", {"properties": {"hs_task_body": ""}})
    email = {"id": f"lucia@{version}.example", "idProperty": "email", "properties": {"firstname": "Lucía"}}
    client.post(f"{objects}/contacts/batch/upsert", {"inputs": [email]})
    pair = [client.post(f"{objects}/companies", {"properties": {"name": "x"}, "associations": []}) for _ in range(2)]
    ids = [str(each.at("id")) for each in pair]
    client.post(f"{objects}/companies/merge", {"primaryObjectId": ids[0], "objectIdToMerge": ids[1]})
    client.post(f"{objects}/tasks/batch/archive", {"inputs": [{"id": task}]})
    client.get(f"{objects}/tasks", limit=1, archived="true")
    client.call("DELETE", f"{objects}/companies/{ids[0]}")


def associate(hubspot: Running, version: str) -> None:
    client, associations = hubspot.client, base("associations", version)
    company, idle = hubspot.crm.id_of("solaris"), hubspot.crm.id_of("nordic")
    hubspot.crm.switches.association_page_size = 1
    contacts = f"{associations}/companies/contacts"
    found = client.post(f"{contacts}/batch/read", {"inputs": [{"id": company}, {"id": idle}]})
    after = found.at("results", 0, "paging", "next", "after")
    client.post(f"{contacts}/batch/read", {"inputs": [{"id": company, "after": after}]})
    contact = str(found.at("results", 0, "to", 0, "toObjectId"))
    client.post(f"{associations}/0-2/0-27/batch/read", {"inputs": [{"id": company}]})
    ends = {"from": {"id": idle}, "to": {"id": contact}}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 280}]
    client.post(f"{contacts}/batch/create", {"inputs": [{**ends, "types": types}]})
    client.post(f"{contacts}/batch/associate/default", {"inputs": [ends]})
    client.post(f"{contacts}/batch/archive", {"inputs": [{"from": {"id": idle}, "to": [{"id": contact}]}]})
    client.post(f"{contacts}/labels", {"label": f"Sponsor {version}", "name": f"sponsor_{version[-2:]}"})
    client.get(f"{contacts}/labels")
    client.get(f"{associations}/tasks/companies/labels")


def refuse(hubspot: Running) -> None:
    client = hubspot.client
    client.get("/crm/objects/2026-09/companies", limit=1000)
    client.get("/crm/objects/2026-09/companies/4711")
    client.get("/crm/objects/2026-09/line_items")
    client.post("/crm/objects/2026-09/tasks", {"properties": {"wrong": "1"}})
    client.post("/crm/properties/2026-09/companies", {"name": "account_tier"})
    client.get("/crm/lists/2026-09/all")
    hubspot.crm.limits.enforced, hubspot.crm.limits.daily_used = True, hubspot.crm.limits.daily
    client.get("/crm/owners/2026-09")
    hubspot.crm.limits.enforced = False
    hubspot.crm.switches.missing_scopes.add("crm.objects.owners.read")
    client.get("/crm/owners/2026-09")
    client.headers["Authorization"] = "Bearer wrong"
    client.get("/crm/owners/2026-09")


def test_every_exchange_keeps_the_contract(contract: Contract, recorded: list[Exchange]) -> None:
    covered = [exchange for exchange in recorded if contract.covers(exchange)]
    found = {
        f"{exchange.method} {exchange.path} {exchange.status}": problems
        for exchange in covered
        if (problems := contract.problems(exchange))
    }
    assert found == {}
    assert len(covered) > 150


def test_what_the_contract_does_not_cover_is_known(contract: Contract, recorded: list[Exchange]) -> None:
    answered = [exchange for exchange in recorded if exchange.status < 400]
    assert uncovered(contract, answered) == NOT_COVERED


def test_every_refusal_has_the_error_shape(recorded: list[Exchange]) -> None:
    refused = [exchange for exchange in recorded if exchange.status >= 400]
    assert {exchange.status for exchange in refused} == {400, 401, 403, 404, 429, 501}
    assert {exchange.path: error_problems(exchange) for exchange in refused if error_problems(exchange)} == {}


def test_the_account_details_have_the_documented_types(recorded: list[Exchange]) -> None:
    for exchange in recorded:
        if exchange.path.endswith("/details"):
            assert exchange.status == 200
            for kind, names in ((int, ("portalId", "utcOffsetMilliseconds")), (str, ("accountType", "timeZone"))):
                assert all(isinstance(dig(json_of(exchange), name), kind) for name in names)


def json_of(exchange: Exchange) -> object:
    parsed: object = json.loads(exchange.answer_body)
    return parsed


EXAMPLE = Exchange(
    method="GET",
    path="/crm/v3/objects/companies?limit=1",
    request_body="",
    status=200,
    answer_body='{"results":[{"id":"1","properties":{"name":null},"createdAt":"2026-01-01T00:00:00Z",'
    '"updatedAt":"2026-01-01T00:00:00Z","archived":false}]}',
)


def created(body: str, status: int = 201) -> Exchange:
    answer = (
        '{"status":"COMPLETE","results":[],"startedAt":"2026-01-01T00:00:00Z","completedAt":"2026-01-01T00:00:00Z"}'
    )
    return Exchange(
        method="POST",
        path="/crm/objects/2026-09/tasks/batch/create",
        request_body=body,
        status=status,
        answer_body=answer,
    )


GOOD_BODY = '{"inputs":[{"properties":{"hs_timestamp":"5"},"associations":[]}]}'


@pytest.mark.parametrize(
    ("exchange", "says"),
    [
        (EXAMPLE, None),
        (replace(EXAMPLE, answer_body=EXAMPLE.answer_body.replace('"id":"1"', '"id":1')), "answer"),
        (replace(EXAMPLE, answer_body=EXAMPLE.answer_body.replace('"name":null', '"name":5')), "answer"),
        (replace(EXAMPLE, answer_body=EXAMPLE.answer_body.replace(',"archived":false', "")), "answer"),
        (replace(EXAMPLE, path="/crm/v3/objects/companies?limit=1&colour=red"), "colour is not described"),
        (replace(EXAMPLE, status=201), "status 201 instead of"),
        (replace(EXAMPLE, status=500), "status is `error`"),
        (replace(EXAMPLE, path="/crm/v3/objects/nothing/at/all"), "is not described"),
        (created(GOOD_BODY), None),
        (created(GOOD_BODY, status=200), "status 200 instead of"),
        (created(GOOD_BODY.replace('"5"', "5")), "request"),
        (created(GOOD_BODY.replace(',"associations":[]', "")), "request"),
        (
            replace(created('{"inputs":[{"id":5}]}', 200), path="/crm/v3/objects/tasks/batch/read"),
            "request",
        ),
    ],
)
def test_the_judge_sees_what_is_wrong(contract: Contract, exchange: Exchange, says: str | None) -> None:
    problems = contract.problems(exchange)
    if says is None:
        assert problems == []
    else:
        assert len(problems) >= 1
        assert says in " | ".join(problems)


def test_faulted_exchanges_are_never_judged(contract: Contract, tmp_path: Path) -> None:
    with running(tmp_path) as hubspot:
        hubspot.crm.faults.add(Fault(kind=FaultKind.TRUNCATED_JSON))
        hubspot.client.get("/crm/objects/2026-09/companies")
        assert [contract.covers(exchange) for exchange in hubspot.exchanges] == [False]


def test_paths_of_all_versions_become_one() -> None:
    for path, expected in (
        ("/crm/v3/objects/deals/batch/read?archived=true", "/crm/objects/2026-03/0-3/batch/read"),
        ("/crm/objects/2026-09/0-2/55", "/crm/objects/2026-03/companies/55"),
        ("/crm/v4/associations/0-2/0-27/batch/read", "/crm/associations/2026-03/companies/tasks/batch/read"),
        ("/crm/v3/owners/?limit=5", "/crm/owners/2026-03"),
        ("/crm/owners/2026-09", "/crm/owners/2026-03"),
        ("/crm/properties/2026-09/deals", "/crm/properties/2026-03/deals"),
        ("/account-info/v3/details", "/account-info/v3/details"),
    ):
        assert canonical(path) == expected


NEW_TYPES = ("tickets", "quotes", "2-5001", "2-5002", "2-5003", "2-5004")
"""Object types whose paths the contract does not have; their records have the shape of all others."""


def as_a_company(exchange: Exchange) -> Exchange:
    """Return a call for a type that the contract does not have as the same call for companies, which it has."""
    path = re.sub(
        rf"(/objects/[^/?]+|/crm/v3/objects)/({'|'.join(NEW_TYPES)})(?=[/?]|$)", r"\1/companies", exchange.path
    )
    return replace(exchange, path=path)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    with running(tmp_path_factory.mktemp("rich"), RICH) as hubspot:
        for version in ("v3", "2026-03", "2026-09"):
            read_new_types(hubspot, version)
            read_history(hubspot, version)
            associate_new_types(hubspot, version)
        yield hubspot.exchanges


def read_new_types(hubspot: Running, version: str) -> None:
    client, objects = hubspot.client, base("objects", version)
    for name in NEW_TYPES:
        ids = client.get(f"{objects}/{name}", limit=1, properties="subject,hs_title,status,no_such").ids()
        client.get(f"{objects}/{name}/{ids[0]}", properties="hubspot_owner_id")
        inputs = [{"id": ids[0]}, {"id": "4711"}]
        client.post(f"{objects}/{name}/batch/read", {"inputs": inputs, "properties": ["hs_object_id"]})
        client.post(f"{objects}/{name}/search", search_for("hs_object_id", "GTE", ids[0]))
        client.get(f"{base('properties', version)}/{name}")
        changes = [{"id": ids[0], "properties": {"hubspot_owner_id": hubspot.owner("mei")}}]
        client.post(f"{objects}/{name}/batch/update", {"inputs": changes})
    subject = {"subject": "Made", "hs_pipeline_stage": "2"}
    client.post(f"{objects}/tickets", {"properties": subject, "associations": [link(hubspot.crm.id_of("rich"), 26)]})
    client.get(f"{base('pipelines', version)}/tickets")
    client.get(f"{base('pipelines', version)}/tickets/0")


def read_history(hubspot: Running, version: str) -> None:
    client, objects, company = hubspot.client, base("objects", version), hubspot.crm.id_of("rich")
    names = ["hubspot_owner_id", "plan_strategy", "plan_relations"]
    body = {"inputs": [{"id": company}], "properties": ["name"], "propertiesWithHistory": names}
    client.post(f"{objects}/companies/batch/read", body)
    client.get(f"{objects}/companies/{company}", propertiesWithHistory=names)
    client.get(f"{objects}/companies", limit=50, propertiesWithHistory=names)


def associate_new_types(hubspot: Running, version: str) -> None:
    client, associations = hubspot.client, base("associations", version)
    company, deals = hubspot.crm.id_of("rich"), client.get(f"{base('objects', version)}/deals").ids()
    for name in ("tickets", "0-5", "2-5001", "2-5002", "2-5003", "2-5004", "contacts"):
        client.post(f"{associations}/companies/{name}/batch/read", {"inputs": [{"id": company}]})
        client.get(f"{associations}/companies/{name}/labels")
    for name in ("quotes", "contacts"):
        client.post(f"{associations}/deals/{name}/batch/read", {"inputs": [{"id": each} for each in deals]})
    goal = client.get(f"{base('objects', version)}/2-5001").ids()[0]
    other = {"inputs": [{"from": {"id": goal}, "to": {"id": hubspot.crm.id_of("plain")}}]}
    client.post(f"{associations}/2-5001/companies/batch/associate/default", other)


def test_tickets_quotes_custom_objects_and_history_keep_the_contract(contract: Contract, rich: list[Exchange]) -> None:
    judged = [as_a_company(exchange) for exchange in rich]
    found = {
        f"{exchange.method} {exchange.path} {exchange.status}": problems
        for exchange in judged
        if (problems := contract.problems(exchange))
    }
    assert found == {}
    assert {exchange.status for exchange in rich} == {200, 201, 207}
    assert len(rich) > 150
    assert sum('"propertiesWithHistory":{' in exchange.answer_body for exchange in rich) == 9


def test_a_history_without_its_source_would_be_seen(contract: Contract, rich: list[Exchange]) -> None:
    exchange = next(each for each in rich if '"sourceType"' in each.answer_body)
    assert contract.problems(exchange) == []
    bent = replace(exchange, answer_body=exchange.answer_body.replace('"sourceType"', '"source"'))
    assert contract.problems(bent) != []
