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
    PortfolioCase,
    PortfolioContact,
    PortfolioContract,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioGoal,
    PortfolioPlan,
    PortfolioQuote,
    PortfolioUser,
)
from kam_sync.records import (
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    ContactLevel,
    Grade,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    Role,
    Stance,
    SwotPart,
)
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

RICH = Portfolio(
    name="Fjordkraft Ventiler",
    users=(
        PortfolioUser(slug="ines", name="Inês Carvalho", email="ines@fjordkraft.example"),
        PortfolioUser(slug="kwame", name="Kwame Boateng", email="kwame@fjordkraft.example", manager="ines"),
        PortfolioUser(slug="lena", name="Lena Østby", email="lena@fjordkraft.example", active=False),
        PortfolioUser(slug="robot", name="Data Loader", email="loader@fjordkraft.example", person=False),
    ),
    accounts=(
        PortfolioAccount(
            slug="delta",
            name="Delta Çelik",
            owner="ines",
            tier="A",
            revenue=2_000_000.0,
            plan=PortfolioPlan(
                end_days=160,
                modified_days=-40,
                swot=frozenset({SwotPart.STRENGTHS, SwotPart.THREATS}),
                swot_days=-45,
            ),
            contacts=(
                PortfolioContact(
                    slug="yuki",
                    name="Yuki Tanaka",
                    title="Einkaufsleiterin",
                    email="yuki@delta.example",
                    owner="kwame",
                    created_days=-250,
                    department="Purchasing",
                    level=ContactLevel.DIRECTOR,
                    buying_roles=(BuyingRole.DECISION_MAKER, BuyingRole.CHAMPION),
                    stance=Stance.SUPPORTER,
                    stance_days=-33,
                    influence="Asked first",
                    decision_criteria="Downtime",
                ),
                PortfolioContact(
                    slug="omar",
                    name="Omar Haddad",
                    title="CTO",
                    email="omar@delta.example",
                    buying_roles=(BuyingRole.TECHNICAL_BUYER, BuyingRole.BLOCKER),
                    left=True,
                    bounced=True,
                ),
                PortfolioContact(name="Ana Lima", title="", email=""),
            ),
            deals=(
                PortfolioDeal(
                    slug="valves",
                    name="Valves",
                    owner="kwame",
                    close_days=40,
                    amount=80_000.0,
                    created_days=-60,
                    probability=0.35,
                    type=OpportunityType.EXPANSION,
                    stage=OpportunityStage.TECHNICAL,
                    stage_days=-12,
                    competitor="Vento SpA",
                    products=("Valves", "Service"),
                    success_criteria=True,
                    tender_days=20,
                    proposal_sent_days=-9,
                    proposal_expires_days=21,
                    team=("ines",),
                    contacts=("yuki",),
                ),
                PortfolioDeal(
                    slug="seals", name="Seals", owner="ines", close_days=-30, is_open=False, loss_reason="Price"
                ),
                PortfolioDeal(
                    slug="pumps",
                    name="Pumps",
                    owner="ines",
                    close_days=-50,
                    is_open=False,
                    is_won=True,
                    amount=12_000.0,
                    type=OpportunityType.RENEWAL,
                    delivered_days=-8,
                ),
            ),
            activities=(
                PortfolioActivity(
                    kind=ActivityKind.MEETING,
                    status=ActivityStatus.DONE,
                    days=-6,
                    owner="ines",
                    subject="Together",
                    contacts=("yuki", "omar"),
                    attendees=("kwame",),
                    purpose=Purpose.BUSINESS_REVIEW,
                ),
                PortfolioActivity(
                    kind=ActivityKind.CALL,
                    status=ActivityStatus.DONE,
                    days=-4,
                    owner="kwame",
                    subject="Phoned",
                    deal="valves",
                    contacts=("omar", "yuki"),
                    purpose=Purpose.TENDER_PREPARATION,
                ),
            ),
            goals=(
                PortfolioGoal(
                    slug="uptime",
                    name="Uptime 99 %",
                    owner="kwame",
                    start_days=-90,
                    due_days=90,
                    progress_days=-15,
                    actions=("Train operators",),
                ),
                PortfolioGoal(slug="vague", name="Be liked", has_metric=False, is_open=False),
            ),
            feedback=(
                PortfolioFeedback(days=-200, grade=Grade.A_MINUS),
                PortfolioFeedback(days=-20, grade=Grade.C_PLUS, reason="Late deliveries"),
            ),
            quotes=(
                PortfolioQuote(slug="q1", name="Valves offer", deal="valves", sent_days=-9, expires_days=21),
                PortfolioQuote(slug="q2", name="Pumps offer", deal="pumps", is_open=False),
            ),
            cases=(
                PortfolioCase(slug="leak", name="Leaking seal", opened_days=-3, owner="kwame", is_high_priority=True),
                PortfolioCase(slug="noise", name="Noise", opened_days=-70, owner="ines", is_open=False),
            ),
            contracts=(
                PortfolioContract(slug="care", name="Full service", end_days=75, value=9_600.0),
                PortfolioContract(slug="old", name="Basic", end_days=-400, is_active=False),
            ),
            owners_before=(("lena", -300), ("kwame", -120)),
            fields={
                "key_since": -500,
                "growth_target": 12.5,
                "growth_target_year": 2027,
                "relationship_stage": "Operational",
                "trigger": "New plant",
                "trigger_on": -14,
                "recovery_target": "B",
            },
            criteria={"product_fit": 4.0, "cultural_fit": 2.5},
        ),
        PortfolioAccount(slug="echo", name="Echo Żegluga", owner="kwame", key_account=False, parent="delta"),
    ),
)
"""One account with every kind of record that a local CRM holds."""


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
