"""What the tests of the local HubSpot share: a plain HTTP client, a moving clock, and a small portfolio."""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

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
from kam_sync_hubspot.local_crm import Exchange, LocalHubSpot

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, its JSON already read."""

    status: int
    headers: Message
    text: str
    body: object

    def at(self, *path: str | int) -> object:
        """Return what stands at a path of keys and indexes in the body."""
        return dig(self.body, *path)

    def each(self, *path: str | int) -> list[Mapping[str, object]]:
        """Return the objects of a list in the body; `results` when no path is given."""
        found = dig(self.body, *(path or ("results",)))
        assert isinstance(found, list)
        return [item for item in found if isinstance(item, dict)]

    def ids(self) -> list[str]:
        """Return the ids of the results."""
        return [str(item["id"]) for item in self.each()]


def dig(value: object, *path: str | int) -> object:
    """Return what stands at a path of keys and indexes in a JSON value."""
    for step in path:
        if isinstance(step, int):
            assert isinstance(value, list), (step, value)
            value = value[step]
        else:
            assert isinstance(value, dict), (step, value)
            value = value[step]
    return value


class Client:
    """A plain HTTP client on one keep-alive connection; as independent of the server as can be."""

    def __init__(self, url: str, token: str | None) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
        self.headers = {"Content-Type": "application/json"}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: object = None, **query: object) -> Reply:
        """Make a call; query values that are lists are repeated."""
        if query:
            path += "?" + urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)
        data = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, data, self.headers)
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if response.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        text = raw.decode()
        is_json = text and response.headers.get_content_type() == "application/json"
        try:
            parsed: object = json.loads(text) if is_json else None
        except ValueError:
            parsed = None
        return Reply(status=response.status, headers=response.headers, text=text, body=parsed)

    def get(self, path: str, **query: object) -> Reply:
        """GET."""
        return self.call("GET", path, **query)

    def post(self, path: str, body: object, **query: object) -> Reply:
        """POST."""
        return self.call("POST", path, body, **query)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running local HubSpot with a client, a clock and a record of all exchanges."""

    crm: LocalHubSpot
    client: Client
    clock: ManualClock
    exchanges: list[Exchange]

    def company(self, **properties: str) -> str:
        """Create a company by API and return its id."""
        return self.create("companies", {"name": "Invented", **properties})

    def task(self, company: str | None = None, **properties: str) -> str:
        """Create a task by API, on a company if one is given, and return its id."""
        links = [] if company is None else [link(company, 192)]
        return self.create("tasks", {"hs_timestamp": "2026-12-01T09:00:00Z", **properties}, links)

    def create(
        self, object_type: str, properties: Mapping[str, str], associations: Sequence[Mapping[str, object]] = ()
    ) -> str:
        """Create a record by API and return its id."""
        reply = self.client.post(
            f"/crm/objects/2026-09/{object_type}",
            {"properties": dict(properties), "associations": list(associations)},
        )
        assert reply.status == 201, reply.text
        return str(reply.at("id"))

    def properties(self, object_type: str, record_id: str, *names: str) -> Mapping[str, object]:
        """Return properties of a record by API."""
        reply = self.client.get(f"/crm/objects/2026-09/{object_type}/{record_id}", properties=",".join(names))
        assert reply.status == 200, reply.text
        found = reply.at("properties")
        assert isinstance(found, dict)
        return found

    def owner(self, slug: str) -> str:
        """Return the owner id of a user."""
        return self.crm.id_of(slug)


@contextmanager
def running(folder: Path, portfolio: Portfolio | None = None, *, bare: bool = False) -> Iterator[Running]:
    """Run a local HubSpot at NOON, loaded with a portfolio if one is given; bare as HubSpot comes if asked."""
    clock = ManualClock(NOON)
    crm = LocalHubSpot.start(folder, clock=clock, bare=bare)
    exchanges: list[Exchange] = []
    crm.recorder = exchanges.append
    try:
        if portfolio is not None:
            crm.load(portfolio)
        with Client(crm.url, crm.access_token) as client:
            yield Running(crm=crm, client=client, clock=clock, exchanges=exchanges)
    finally:
        crm.stop()


def link(to_id: str, type_id: int, category: str = "HUBSPOT_DEFINED") -> dict[str, object]:
    """Return an association as it stands inside a create."""
    return {
        "to": {"id": to_id},
        "types": [{"associationCategory": category, "associationTypeId": type_id}],
    }


def search_for(name: str, operator: str, value: object = None, **more: object) -> dict[str, object]:
    """Return the body of a search with one filter."""
    one: dict[str, object] = {"propertyName": name, "operator": operator}
    if value is not None:
        one["values" if isinstance(value, list) else "value"] = value
    return {"filterGroups": [{"filters": [one]}], "properties": [], "sorts": [], "limit": 200, "after": "0", **more}


USERS = (
    PortfolioUser(slug="amara", name="Amara Okafor", email="amara.okafor@ours.example"),
    PortfolioUser(slug="jonas", name="Jonas Lindqvist", email="jonas.lindqvist@ours.example"),
    PortfolioUser(slug="mei", name="Mei Tanaka-Ruiz", email="mei.tanaka@ours.example"),
    PortfolioUser(slug="left", name="Ilse Vermeer", email="ilse.vermeer@ours.example", active=False),
)

SMALL = Portfolio(
    name="Small",
    users=USERS,
    accounts=(
        PortfolioAccount(
            slug="solaris",
            name="Solaris Ægir GmbH",
            owner="amara",
            tier="A",
            revenue=1_250_000.5,
            roles={Role.RESULTS_DRIVER: ("amara",), Role.INNOVATOR: ("jonas", "mei")},
            plan=PortfolioPlan(
                parts=frozenset({PlanPart.KEY_RELATIONS, PlanPart.STRATEGY}),
                start_days=-100,
                last_review_days=-30,
                next_review_days=60,
            ),
            contacts=(
                PortfolioContact(name="Dmitri van der Berg", title="CIO", email="D.Berg@solaris.example"),
                PortfolioContact(name="Aiko", title="Buyer", email="aiko@solaris.example"),
            ),
            deals=(
                PortfolioDeal(
                    slug="grid", name="Grid", owner="jonas", close_days=45, next_step="Send offer", amount=9000
                ),
                PortfolioDeal(slug="won", name="Pilot", owner="jonas", close_days=-45, is_open=False, is_won=True),
            ),
            activities=(
                PortfolioActivity(
                    kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=7, owner="amara", subject="Call back"
                ),
                PortfolioActivity(
                    kind=ActivityKind.TASK,
                    status=ActivityStatus.DONE,
                    days=-3,
                    owner=None,
                    subject="Offer",
                    deal="grid",
                ),
                PortfolioActivity(
                    kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=3, owner="mei", subject="Review"
                ),
                PortfolioActivity(
                    kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-10, owner="mei", subject="Intro"
                ),
            ),
        ),
        PortfolioAccount(slug="nordic", name="Nordic Paper AB", owner="left", parent="solaris"),
        PortfolioAccount(slug="quiet", name="Quiet Fields Ltd", owner="mei", key_account=False),
    ),
)
"""Three invented companies: one with everything, its child with a deactivated owner, and one out of scope."""
