"""A small portfolio and a plain HTTP client for the tests of the local Salesforce.

The client follows Salesforce's documentation and knows nothing of kam-sync's own connector.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from kam_sync.clock import ManualClock
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role
from kam_sync_salesforce.local_crm import LocalSalesforce

NOW = dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)
KEY = "KamSync_Key__c"

SMALL = Portfolio(
    name="Nordlicht Pumpen",
    users=(
        PortfolioUser(slug="aylin", name="Aylin Öztürk", email="aylin@nordlicht.example"),
        PortfolioUser(slug="bo", name="Bo Nguyễn", email="bo@nordlicht.example", manager="aylin"),
        PortfolioUser(slug="gone", name="Gerd Weg", email="gerd@nordlicht.example", active=False),
    ),
    accounts=(
        PortfolioAccount(
            slug="atlas",
            name="Atlas O'Rourke Ltd",
            owner="aylin",
            tier="A",
            revenue=1_500_000.5,
            created_days=-700,
            roles={Role.RESULTS_DRIVER: ("aylin",), Role.INNOVATOR: ("bo", "aylin")},
            role_since_days=-300,
            plan=PortfolioPlan(
                parts=frozenset({PlanPart.STRATEGY}), start_days=-100, last_review_days=-20, next_review_days=70
            ),
            contacts=(PortfolioContact(name="Chidi Okafor", title="CFO", email="chidi@atlas.example"),),
            deals=(
                PortfolioDeal(slug="pumps", name="Pumps", owner="bo", close_days=30, next_step="Offer", amount=9.5),
            ),
            activities=(
                PortfolioActivity(
                    kind=ActivityKind.TASK,
                    status=ActivityStatus.OPEN,
                    days=5,
                    owner="aylin",
                    subject="Send offer",
                    deal="pumps",
                ),
                PortfolioActivity(
                    kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=-3, owner="bo", subject="Review"
                ),
                PortfolioActivity(
                    kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-10, owner="bo", subject="Call back"
                ),
            ),
        ),
        PortfolioAccount(slug="boreas", name="Boreas Énergie", owner="bo", tier="C", parent="atlas", key_account=False),
        PortfolioAccount(slug="ceres", name="ceres 食品", owner="bo"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> object:
        parsed: object = json.loads(self.content)
        return parsed

    def record(self) -> dict[str, object]:
        body = self.body
        assert isinstance(body, dict), body
        return body

    def rows(self) -> list[dict[str, object]]:
        body = self.body
        if isinstance(body, dict):
            body = body["records"]
        assert isinstance(body, list), body
        return body

    def failure(self) -> tuple[int, object]:
        return self.status, self.rows()[0]["errorCode"]


class Rest:
    """A client of the REST API over one connection that is kept alive."""

    def __init__(self, crm: LocalSalesforce, version: str = "66.0") -> None:
        self.crm = crm
        self.base = f"/services/data/v{version}"
        self._connection = http.client.HTTPConnection(urlsplit(crm.url).netloc, timeout=10)
        self.token = ""

    def send(
        self, method: str, target: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        self._connection.request(method, target, body=body, headers=dict(headers or {}))
        response = self._connection.getresponse()
        return Answer(status=response.status, headers=dict(response.getheaders()), content=response.read())

    def log_in(self) -> None:
        answer = self.send("POST", "/services/oauth2/token", urlencode(credentials(self.crm)))
        self.token = str(answer.record()["access_token"])

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if not self.token:
            self.log_in()
        target = path if path.startswith("/services") else f"{self.base}/{path}"
        if query:
            target += f"?{urlencode(query)}"
        own = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})}
        return self.send(method, target, None if body is None else json.dumps(body), own)

    def page(self, soql: str, *, every: bool = False, batch: int | None = None) -> Answer:
        headers = {"Sforce-Query-Options": f"batchSize={batch}"} if batch else None
        return self.call("GET", "queryAll" if every else "query", query={"q": soql}, headers=headers)

    def query(self, soql: str, *, every: bool = False) -> list[dict[str, object]]:
        answer = self.page(soql, every=every)
        assert answer.status == 200, answer.content
        records = answer.rows()
        while not answer.record()["done"]:
            answer = self.call("GET", str(answer.record()["nextRecordsUrl"]))
            assert answer.status == 200, answer.content
            records += answer.rows()
        return records

    def names(self, soql: str, *, every: bool = False, field: str = "Name") -> list[object]:
        return [record[field] for record in self.query(soql, every=every)]

    def upsert(self, *records: Mapping[str, object], all_or_none: bool = False) -> list[dict[str, object]]:
        typed = [{"attributes": {"type": "Task"}, **record} for record in records]
        body = {"allOrNone": all_or_none, "records": typed}
        answer = self.call("PATCH", f"composite/sobjects/Task/{KEY}", body)
        assert answer.status == 200, answer.content
        return answer.rows()

    def task(self, task_id: object, *fields: str) -> dict[str, object]:
        return self.call("GET", f"sobjects/Task/{task_id}", query={"fields": ",".join(fields)}).record()

    def close(self) -> None:
        self._connection.close()


def codes(rows: Sequence[Mapping[str, object]]) -> list[object]:
    """Return for every row of a collection its first status code, or None where it succeeded."""
    found: list[object] = []
    for row in rows:
        errors = row["errors"]
        assert isinstance(errors, list)
        assert row["success"] is not bool(errors)
        found.append(errors[0]["statusCode"] if errors else None)
    return found


def credentials(crm: LocalSalesforce) -> dict[str, str]:
    auth = crm.org_settings["auth"]
    assert isinstance(auth, dict)
    return {
        "grant_type": "client_credentials",
        "client_id": str(auth["consumer_key"]),
        "client_secret": str(auth["consumer_secret"]),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    crm: LocalSalesforce
    rest: Rest
    clock: ManualClock


@contextmanager
def running_org(folder: Path, portfolio: Portfolio | None = SMALL) -> Iterator[Org]:
    clock = ManualClock(NOW)
    with LocalSalesforce.start(folder, clock=clock) as crm:
        if portfolio:
            crm.load(portfolio)
        rest = Rest(crm)
        try:
            yield Org(crm=crm, rest=rest, clock=clock)
        finally:
            rest.close()
