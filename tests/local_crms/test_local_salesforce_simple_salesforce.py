"""The local Salesforce as simple-salesforce, an independent client, sees it in its direct mode."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce, SFType
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
)

from kam_sync_salesforce.local_crm import Fault, FaultKind
from support_local_salesforce import KEY, Org, credentials, running_org


class LoopbackSession(requests.Session):
    """Sends in plain http to loopback what simple-salesforce insists to send by https."""

    def request(
        self,
        method: str | bytes,
        url: str | bytes,
        *args: Any,  # noqa: ANN401 - the base class's arguments, handed on
        **options: Any,  # noqa: ANN401 - the base class's arguments, handed on
    ) -> requests.Response:
        plain = str(url).replace("https://127.0.0.1:", "http://127.0.0.1:", 1)
        assert plain.startswith("http://127.0.0.1:"), "nothing leaves this machine"
        return super().request(method, plain, *args, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    org: Org
    session: LoopbackSession
    salesforce: Salesforce

    def object(self, name: str) -> SFType:
        found = getattr(self.salesforce, name)
        assert isinstance(found, SFType)
        return found

    def restful(self, path: str, **options: Any) -> Any:  # noqa: ANN401 - simple-salesforce's own types
        answer = self.salesforce.restful(path, **options)
        assert answer is not None
        return answer


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running_org(tmp_path / "crm") as org, LoopbackSession() as session:
        token = session.post(f"{org.crm.url}/services/oauth2/token", data=credentials(org.crm)).json()
        salesforce = Salesforce(
            session_id=token["access_token"],
            instance_url=token["instance_url"],
            session=session,
            version="66.0",
            object_pairs_hook=dict,
        )
        yield Client(org=org, session=session, salesforce=salesforce)


def test_queries_page_and_tell_the_api_usage(client: Client) -> None:
    client.org.crm.switches = replace(client.org.crm.switches, page_size=1)
    soql = "SELECT Id, Name, Owner.Name FROM Account ORDER BY Name"
    records = list(client.salesforce.query_all_iter(soql))
    assert [record["Name"] for record in records] == ["Atlas O'Rourke Ltd", "Boreas Énergie", "ceres 食品"]
    assert records[0]["Owner"]["Name"] == "Aylin Öztürk"
    assert client.salesforce.api_usage["api-usage"].used == 3
    every = client.salesforce.query_all("SELECT Id FROM Task", include_deleted=True)
    assert (every["totalSize"], every["done"]) == (2, True)
    assert client.salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 3


def test_collections_upsert_through_restful(client: Client) -> None:
    body = {
        "allOrNone": False,
        "records": [
            {"attributes": {"type": "Task"}, KEY: "k1-a", "WhatId": client.org.crm.id_of("atlas"), "Subject": "A"},
            {"attributes": {"type": "Task"}, KEY: "k1-b", "Subject": "x" * 300},
        ],
    }
    good, bad = client.restful(f"composite/sobjects/Task/{KEY}", method="PATCH", json=body)
    assert (good["success"], good["created"]) == (True, True)
    assert bad["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert client.restful("limits")["DailyApiRequests"]["Max"] == 100_000


def test_single_records_live_their_life(client: Client) -> None:
    task = client.object("Task")
    created = task.create({"Subject": "One", "WhatId": client.org.crm.id_of("atlas")})
    assert created["success"] is True
    task_id = created["id"]
    assert task.update(task_id, {"Status": "Completed"}) == 204
    assert task.get(task_id)["IsClosed"] is True
    assert task.upsert(f"{KEY}/k1-x", {"Subject": "Two"}) == 201
    assert task.upsert(f"{KEY}/k1-x", {"Subject": "Three"}) == 200
    assert task.get_by_custom_id(KEY, "k1-x")["Subject"] == "Three"
    assert task.delete(task_id) == 204
    client.org.clock.advance(hours=1)
    start, end = (client.org.clock.now() - dt.timedelta(hours=hours) for hours in (2, 0))
    assert [each["id"] for each in task.deleted(start, end)["deletedRecords"]] == [task_id]
    assert len(task.updated(start, end)["ids"]) == 1
    assert {field["name"] for field in task.describe()["fields"]} >= {KEY, "WhatId", "IsClosed"}
    described = client.salesforce.describe()
    assert described is not None
    assert {each["name"] for each in described["sobjects"]} >= {"Account", "Task"}


def test_errors_arrive_as_its_own_exceptions(client: Client) -> None:
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        client.salesforce.query("SELECT Nope FROM Account")
    assert "INVALID_FIELD" in str(malformed.value.content)
    client.org.crm.switches = replace(client.org.crm.switches, key_field_unique=False)
    for _ in range(2):
        client.object("Task").create({KEY: "k1-twice"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.object("Task").upsert(f"{KEY}/k1-twice", {"Subject": "x"})
    client.org.crm.faults.add(Fault(kind=FaultKind.SESSION_EXPIRED, path="/query"))
    with pytest.raises(SalesforceExpiredSession):
        client.salesforce.query("SELECT Id FROM Account")
