"""HubSpot's other official client, made by another generator, drives the local HubSpot; its models judge strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hubspot_sdk import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    HubSpot,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)
from pydantic import BaseModel, ValidationError

from kam_sync_hubspot.local_crm import Fault, FaultKind
from support_local_hubspot import SMALL, Running, running
from support_local_hubspot_rich import RICH


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL) as started:
        yield started


@pytest.fixture
def sdk(hubspot: Running) -> Iterator[HubSpot]:
    with HubSpot(
        access_token=hubspot.crm.access_token,
        base_url=hubspot.crm.url,
        max_retries=0,
        http_client=httpx.Client(trust_env=False),
    ) as client:
        yield client


def judged(hubspot: Running, answer: BaseModel, *, status: int = 200) -> None:
    """Hold the last answer to the client's own model of it, which the client itself does not do."""
    last = hubspot.exchanges[-1]
    assert last.status == status
    type(answer).model_validate(json.loads(last.answer_body))


@pytest.mark.parametrize("kind", [FaultKind.RECORD_WITHOUT_ID, FaultKind.NUMBER_AS_VALUE, FaultKind.NO_RESULTS])
def test_the_judge_sees_what_is_wrong(hubspot: Running, sdk: HubSpot, kind: FaultKind) -> None:
    hubspot.crm.faults.add(Fault(kind=kind))
    page = sdk.crm.objects.companies.list()
    with pytest.raises(ValidationError):
        judged(hubspot, page)


def test_lists_page_through_all_records(hubspot: Running, sdk: HubSpot) -> None:
    names = []
    for page in sdk.crm.objects.companies.list(limit=2, properties=["name", "account_tier"]).iter_pages():
        judged(hubspot, page)
        for record in page.results:
            assert record.properties is not None
            names.append(record.properties["name"])
    assert names == ["Solaris Ægir GmbH", "Nordic Paper AB", "Quiet Fields Ltd"]
    assert len(list(sdk.crm.objects.contacts.list(limit=1))) == 2
    assert len(list(sdk.crm.objects.deals.list(limit=1))) == 2
    assert len(list(sdk.crm.objects.tasks.list(limit=1))) == 2
    assert len(list(sdk.crm.objects.meetings.list(limit=1))) == 1
    assert len(list(sdk.crm.objects.calls.list(limit=1))) == 1


def test_one_record_and_a_batch_of_them(hubspot: Running, sdk: HubSpot) -> None:
    company = hubspot.crm.id_of("solaris")
    one = sdk.crm.objects.companies.get(company, properties=["name", "annualrevenue"])
    judged(hubspot, one)
    assert one.id == company
    assert one.properties["annualrevenue"] == "1250000.50"
    batch = sdk.crm.objects.companies.batch.get(
        inputs=[{"id": company}], properties=["name"], properties_with_history=[]
    )
    judged(hubspot, batch)
    assert [record.id for record in batch.results] == [company]


def test_a_task_is_created_changed_and_archived(hubspot: Running, sdk: HubSpot) -> None:
    company = hubspot.crm.id_of("quiet")
    created = sdk.crm.objects.tasks.batch.create(
        inputs=[
            {
                "properties": {"hs_timestamp": "2026-12-01T09:00:00Z", "hs_task_subject": "From the other client"},
                "associations": [
                    {
                        "to": {"id": company},
                        "types": [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 192}],
                    }
                ],
                "object_write_trace_id": "trace-1",
            }
        ]
    )
    judged(hubspot, created, status=201)
    (task,) = created.results
    assert task.object_write_trace_id == "trace-1"
    changed = sdk.crm.objects.tasks.batch.update(
        inputs=[{"id": task.id, "properties": {"hs_task_status": "COMPLETED"}}]
    )
    judged(hubspot, changed)
    assert changed.results[0].updated_at > task.updated_at
    (persons,) = hubspot.crm.people.tasks(account="quiet")
    assert (persons.subject, persons.open) == ("From the other client", False)
    sdk.crm.objects.tasks.batch.delete(inputs=[{"id": task.id}])
    assert hubspot.crm.people.tasks(account="quiet") == []


def test_single_records_are_created_changed_archived_and_merged(hubspot: Running, sdk: HubSpot) -> None:
    made = [sdk.crm.objects.companies.create(properties={"name": name}, associations=[]) for name in ("One", "Two")]
    judged(hubspot, made[1], status=201)
    changed = sdk.crm.objects.companies.update(made[0].id, properties={"city": "Bergen"})
    judged(hubspot, changed)
    merged = sdk.crm.objects.companies.merge(primary_object_id=made[0].id, object_id_to_merge=made[1].id)
    judged(hubspot, merged)
    assert merged.properties["city"] == "Bergen"
    sdk.crm.objects.companies.delete(merged.id)
    assert hubspot.exchanges[-1].status == 204


def test_upsert_by_a_unique_property(hubspot: Running, sdk: HubSpot) -> None:
    answer = sdk.crm.objects.contacts.batch.upsert(
        inputs=[{"id": "lucia@new.example", "id_property": "email", "properties": {"firstname": "Lucía"}}]
    )
    judged(hubspot, answer)
    assert answer.results[0].new is True


def test_search(hubspot: Running, sdk: HubSpot) -> None:
    found = sdk.crm.objects.companies.search(
        after="0",
        limit=1,
        properties=["name"],
        sorts=["name"],
        filter_groups=[{"filters": [{"property_name": "hs_is_target_account", "operator": "EQ", "value": "true"}]}],
    )
    judged(hubspot, found)
    assert found.total == 2
    assert found.results[0].properties["name"] == "Nordic Paper AB"


def test_associations_and_their_types(hubspot: Running, sdk: HubSpot) -> None:
    company, idle = hubspot.crm.id_of("solaris"), hubspot.crm.id_of("quiet")
    read = sdk.crm.associations.batch.get(
        from_object_type="companies", to_object_type="contacts", inputs=[{"id": company}]
    )
    judged(hubspot, read)
    (result,) = read.results
    assert result.from_.id == company
    assert {spec.type_id for each in result.to for spec in each.association_types} == {2, 280}
    contact = result.to[0].to_object_id
    sdk.crm.associations.batch.get(from_object_type="companies", to_object_type="calls", inputs=[{"id": idle}])
    assert hubspot.exchanges[-1].status == 207
    default = sdk.crm.associations.batch.create_default(
        from_object_type="contacts", to_object_type="companies", inputs=[{"from": {"id": contact}, "to": {"id": idle}}]
    )
    judged(hubspot, default)
    typed = sdk.crm.associations.batch.create(
        from_object_type="contacts",
        to_object_type="companies",
        inputs=[
            {
                "from": {"id": contact},
                "to": {"id": idle},
                "types": [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 279}],
            }
        ],
    )
    judged(hubspot, typed, status=201)
    labels = sdk.crm.associations_schema.labels.list_labels(from_object_type="tasks", to_object_type="companies")
    judged(hubspot, labels)
    assert [each.type_id for each in labels.results] == [192]


def test_owners_properties_pipelines_and_account(hubspot: Running, sdk: HubSpot) -> None:
    for archived in (False, True):
        page = sdk.crm.owners.list(archived=archived, limit=500)
        judged(hubspot, page)
        assert len(page.results) == (1 if archived else 3)
    properties = sdk.crm.properties.list("companies")
    judged(hubspot, properties)
    made = sdk.crm.properties.create(
        "tasks", name="other_key", label="Other key", type="string", field_type="text", group_name="task"
    )
    judged(hubspot, made, status=201)
    judged(hubspot, sdk.crm.properties.get("other_key", object_type="tasks"))
    judged(hubspot, sdk.crm.properties.groups.list("tasks"))
    judged(hubspot, sdk.crm.properties.update("other_key", object_type="tasks", label="Another key"))
    sdk.crm.properties.delete("other_key", object_type="tasks")
    archived_properties = sdk.crm.properties.list("tasks", archived=True)
    judged(hubspot, archived_properties)
    assert [(each.name, each.archived) for each in archived_properties.results] == [("other_key", True)]
    judged(hubspot, sdk.crm.pipelines.list("deals"))
    account = sdk.account.get()
    judged(hubspot, account)
    assert account.portal_id == hubspot.crm.portal_id
    judged(hubspot, sdk.account.get_daily_private_apps_usage())


def test_errors_become_the_clients_own(hubspot: Running, sdk: HubSpot) -> None:
    with pytest.raises(NotFoundError):
        sdk.crm.objects.companies.get("4711")
    with pytest.raises(BadRequestError, match="PROPERTY_DOESNT_EXIST"):
        sdk.crm.objects.companies.create(properties={"no_such": "1"}, associations=[])
    hubspot.crm.switches.missing_scopes.add("crm.objects.deals.read")
    with pytest.raises(PermissionDeniedError, match="MISSING_SCOPES"):
        sdk.crm.objects.deals.list()
    hubspot.crm.faults.add(Fault(kind=FaultKind.RATE_LIMITED, policy_name="DAILY"))
    with pytest.raises(RateLimitError, match="DAILY"):
        sdk.crm.objects.tasks.list()
    hubspot.crm.faults.add(Fault(kind=FaultKind.MIGRATING))
    with pytest.raises(APIStatusError, match="migrated") as raised:
        sdk.crm.objects.tasks.list()
    assert raised.value.status_code == 477
    with (
        HubSpot(
            access_token="wrong",
            base_url=hubspot.crm.url,
            max_retries=0,
            http_client=httpx.Client(trust_env=False),
        ) as stranger,
        pytest.raises(AuthenticationError),
    ):
        stranger.crm.objects.tasks.list()


def test_tickets_quotes_and_custom_objects(tmp_path: Path) -> None:
    with (
        running(tmp_path, RICH) as rich,
        HubSpot(
            access_token=rich.crm.access_token,
            base_url=rich.crm.url,
            max_retries=0,
            http_client=httpx.Client(trust_env=False),
        ) as client,
    ):
        tickets = client.crm.objects.tickets.list(properties=["subject"])
        judged(rich, tickets)
        assert [each.properties["subject"] for each in tickets.results] == ["Pump leaks", "Wrong colour"]
        quotes = client.crm.objects.quotes.list(properties=["hs_status"])
        judged(rich, quotes)
        assert [each.properties["hs_status"] for each in quotes.results] == ["APPROVAL_NOT_NEEDED", "REJECTED"]
        goals = client.crm.objects.custom.list("2-5001", properties=["goal_name"])
        judged(rich, goals)
        goal = goals.results[0].id
        batch = client.crm.objects.custom.batch.get(
            "2-5001", inputs=[{"id": goal}], properties=["goal_name"], properties_with_history=["due_date"]
        )
        judged(rich, batch)
        assert batch.results[0].properties_with_history is not None
        (entry,) = batch.results[0].properties_with_history["due_date"]
        assert (entry.value, entry.source_type) == ("2027-02-20", "IMPORT")
        judged(rich, client.crm.properties.list("2-5004"))
        judged(rich, client.crm.pipelines.list("tickets"))
        links = client.crm.associations.batch.get(
            from_object_type="2-5001", to_object_type="companies", inputs=[{"id": goal}]
        )
        judged(rich, links)
        assert links.results[0].to[0].to_object_id == rich.crm.id_of("rich")
