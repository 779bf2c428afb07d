"""HubSpot's answers in small, and a connector or client that talks to a scripted server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast
from zoneinfo import ZoneInfo

from kam_sync.clock import ManualClock
from kam_sync.ports import Page, RejectedRecord, Runtime
from kam_sync.records import PlanPart, Record, RecordKind, Role
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot.settings import HubSpotSettings
from support_scripted_server import Answerer, Reply, ScriptedServer, SentRequest

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
TOKEN = "invented-token-9f3c"
STAMP = "2024-03-05T08:00:00.000Z"

Json = Mapping[str, object]

CORE = frozenset(
    {
        *("contacts", "roles", "opportunities", "activities", "plans"),
        *("account.owner_id", "account.parent_id", "account.tier", "account.revenue", "account.created_on"),
        *(f"roles.{role}" for role in Role),
        *("plan.start_on", "plan.end_on", "plan.last_review_on", "plan.next_review_on"),
        *(f"plan.parts.{part}" for part in PlanPart),
    }
)
"""What the rules about roles, plans and next steps read."""


class Waits:
    """A clock that stands still but for the waits that are asked of it."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)

    def runtime(
        self,
        *,
        zone: str = "Europe/Lisbon",
        include_parents: bool = False,
        wanted: frozenset[str] | None = None,
    ) -> Runtime:
        return Runtime(
            clock=self.clock,
            sleep=self.sleep,
            timezone=ZoneInfo(zone),
            include_parents=include_parents,
            wanted=wanted,
        )


def settings_for(server: ScriptedServer, more: Json | None = None) -> HubSpotSettings:
    """Return settings that lead to a server."""
    given = {"auth": {"access_token": TOKEN}, "host": server.url, "allow_loopback_http": True, **(more or {})}
    return HubSpotSettings.model_validate(given)


@contextmanager
def client_of(
    server: ScriptedServer, waits: Waits | None = None, settings: Json | None = None
) -> Iterator[HubSpotClient]:
    """Open a client and see that it leaves no connection open."""
    client = HubSpotClient(settings_for(server, settings), (waits or Waits()).runtime())
    try:
        yield client
    finally:
        client.close()
    assert server.wait_until_no_connection_is_open()


@contextmanager
def connector_of(
    server: ScriptedServer,
    waits: Waits | None = None,
    *,
    zone: str = "Europe/Lisbon",
    include_parents: bool = False,
    settings: Json | None = None,
    wanted: Iterable[str] | None = CORE,
) -> Iterator[HubSpotConnector]:
    """Open a connector that fetches what is wanted, and see that it leaves no connection open.

    `wanted` is what the first rules read unless told otherwise; None is everything.
    """
    names = None if wanted is None else frozenset(wanted)
    runtime = (waits or Waits()).runtime(zone=zone, include_parents=include_parents, wanted=names)
    connector = HubSpotConnector.open(settings_for(server, settings), runtime)
    try:
        yield connector
    finally:
        connector.close()
    assert server.wait_until_no_connection_is_open()


# Bodies ----------------------------------------------------------------------------------------------------------


def record(
    record_id: str, more: Json | None = None, *, archived: bool = False, trace: str | None = None, **properties: object
) -> Json:
    """Return an object as HubSpot answers it."""
    found: dict[str, object] = {
        "id": record_id,
        "properties": {"hs_object_id": record_id, **properties, **(more or {})},
        "createdAt": STAMP,
        "updatedAt": "2026-11-01T07:30:00.123Z",
        "archived": archived,
    }
    if trace is not None:
        found["objectWriteTraceId"] = trace
    return found


def listing(records: Iterable[Json], after: str | None = None) -> Json:
    """Return a page of a list."""
    paging = {} if after is None else {"paging": {"next": {"after": after, "link": "https://api.hubapi.com/x"}}}
    return {"results": list(records), **paging}


def batch(records: Iterable[Json], errors: Sequence[Json] = ()) -> Json:
    """Return the answer to a batch."""
    body: dict[str, object] = {
        "status": "COMPLETE",
        "results": list(records),
        "startedAt": STAMP,
        "completedAt": STAMP,
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return body


def associated(to_ids: Mapping[str, Sequence[object]], after: Mapping[str, str] | None = None) -> Json:
    """Return the answer to a batch read of associations; a record without any comes as an error."""
    results = []
    for from_id, ids in to_ids.items():
        if not ids:
            continue
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None}]
        result: dict[str, object] = {
            "from": {"id": from_id},
            "to": [each if isinstance(each, dict) else {"toObjectId": each, "associationTypes": types} for each in ids],
        }
        if after and from_id in after:
            result["paging"] = {"next": {"after": after[from_id]}}
        results.append(result)
    errors = [no_associations(from_id) for from_id, ids in to_ids.items() if not ids]
    return batch(results, errors)


def typed(to_id: str, *types: tuple[str, int, str | None]) -> Json:
    """Return one association with its types: category, type id and label each."""
    found = [{"category": category, "typeId": type_id, "label": label} for category, type_id, label in types]
    return {"toObjectId": to_id, "associationTypes": found}


def no_associations(from_id: str) -> Json:
    """Return the error of a record without associations."""
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No object is associated with company {from_id}.",
        "context": {"fromObjectId": [from_id]},
    }


def not_found(*ids: str) -> Json:
    """Return the error of a batch read for ids that are not there."""
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some objects, they may be deleted or not exist.",
        "context": {"ids": list(ids)},
    }


def owner(owner_id: str, first: str, last: str, *, archived: bool = False, kind: str = "PERSON") -> Json:
    """Return an owner."""
    return {
        "id": owner_id,
        "email": f"{first}.{last}@vendor.example".lower(),
        "type": kind,
        "firstName": first,
        "lastName": last,
        "userId": None if archived else 5,
        "userIdIncludingInactive": 5,
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "archived": archived,
    }


def definition(name: str, type_: str = "string", **more: object) -> Json:
    """Return a property definition; `owner` as type is an owner property."""
    label = name.replace("_", " ").capitalize()
    kind = {"type": "enumeration", "referencedObjectType": "OWNER"} if type_ == "owner" else {"type": type_}
    return {"name": name, "label": label, "groupName": "invented_group", "options": [], **kind, **more}


# A tiny portal ---------------------------------------------------------------------------------------------------

COMPANY_DEFINITIONS = (
    definition("name"),
    definition("domain"),
    definition("hubspot_owner_id", "owner", label="Company owner"),
    definition("hs_parent_company_id", "number"),
    definition("hs_merged_object_ids"),
    definition("annualrevenue", "number"),
    definition("account_tier", "enumeration", options=[{"label": "A", "value": "A"}, {"label": "B", "value": "B"}]),
    definition("is_key", "bool", options=[{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]),
    definition("driver_owner", "owner"),
    definition("driver_owner_2", "owner"),
    definition("innovator_owner", "owner"),
    definition("plan_start", "date"),
    definition("plan_next", "datetime"),
    definition("plan_goals"),
    definition("plan_risks", fieldType="html"),
)
CONTACT_DEFINITIONS = tuple(map(definition, ("firstname", "lastname", "jobtitle", "hubspot_owner_id")))
DEAL_DEFINITIONS = tuple(
    map(
        definition,
        ("dealname", "hubspot_owner_id", "hs_is_closed", "hs_is_closed_won", "closedate", "hs_next_step", "amount"),
    )
)
TASK_DEFINITIONS = tuple(
    map(
        definition,
        (
            "hs_task_subject",
            "hs_task_body",
            "hs_task_status",
            "hs_task_priority",
            "hs_timestamp",
            "hubspot_owner_id",
            "hs_lastmodifieddate",
            "kam_sync_key",
        ),
    )
)
MAPPED: Mapping[str, object] = {
    "fields": {"account.tier": "account_tier"},
    "roles": {
        "owner_properties": {"results_driver": ["driver_owner", "driver_owner_2"], "innovator": ["innovator_owner"]}
    },
    "plan": {
        "fields": {"start_on": "plan_start", "next_review_on": "plan_next"},
        "parts": {"revenue_goals": ["plan_goals"], "strategy": ["plan_goals", "plan_risks"]},
    },
}
"""A mapping that fits COMPANY_DEFINITIONS."""


@dataclass(kw_only=True)
class TinyPortal:
    """Answers reads from a few records, a page at a time, with nothing of its own beyond that."""

    definitions: dict[str, Sequence[Json]] = field(
        default_factory=lambda: {
            "companies": COMPANY_DEFINITIONS,
            "contacts": CONTACT_DEFINITIONS,
            "deals": DEAL_DEFINITIONS,
            "tasks": TASK_DEFINITIONS,
        }
    )
    records: dict[str, dict[str, Json]] = field(default_factory=dict)
    archived: dict[str, dict[str, Json]] = field(default_factory=dict)
    links: dict[tuple[str, str], dict[str, Sequence[object]]] = field(default_factory=dict)
    owners: Sequence[Json] = ()
    missing_scopes: dict[str, str] = field(default_factory=dict)
    """Path prefix → the scope that is missing for it."""
    page_size: int = 100
    association_page_size: int = 500
    overrides: dict[str, Reply] = field(default_factory=dict)
    """`METHOD path` → a reply instead of the portal's own."""
    stages: dict[str, Sequence[Json]] = field(default_factory=dict)
    """Object type → the stages of its one pipeline."""
    labels: Sequence[Json] = ()
    """The association labels from companies to contacts."""
    history: dict[str, Mapping[str, Sequence[tuple[str | None, str]]]] = field(default_factory=dict)
    """Company → property → its values and their stamps, newest first."""

    def put(self, object_type: str, *records: Json) -> None:
        """Add records of a type."""
        for each in records:
            self.records.setdefault(object_type, {})[str(each["id"])] = each

    def link(self, from_type: str, to_type: str, links: Mapping[str, Sequence[object]]) -> None:
        """Associate records in one direction."""
        self.links.setdefault((from_type, to_type), {}).update(links)

    def __call__(self, request: SentRequest) -> Reply | None:
        override = self.overrides.get(f"{request.method} {request.path}")
        if override is not None:
            return override
        for prefix, scope in self.missing_scopes.items():
            if request.path.startswith(prefix):
                return forbidden(scope)
        match request.path.strip("/").split("/"):
            case ["account-info", _, "details"]:
                return Reply(body={"portalId": 8123456, "uiDomain": "app.hubspot.com", "timeZone": "Europe/Lisbon"})
            case ["crm", ("properties" | "pipelines" | "associations") as what, _, object_type, *rest] if (
                what != "associations" or rest == ["contacts", "labels"]
            ):
                return self._set_up(what, object_type)
            case ["crm", "objects", _, object_type, "search"]:
                return self._search(request, object_type)
            case ["crm", "owners", _]:
                archived = request.query["archived"] == ["true"]
                return Reply(body=listing(each for each in self.owners if each["archived"] is archived))
            case ["crm", "objects", _, object_type]:
                return self._list(request, object_type)
            case ["crm", "objects", _, object_type, "batch", "read"]:
                return self._read(request, object_type)
            case ["crm", "associations", _, from_type, to_type, "batch", "read"]:
                return self._associations(request, (from_type, to_type))
            case _:
                return None

    def _set_up(self, what: str, object_type: str) -> Reply:
        if what == "associations":
            return Reply(body={"results": list(self.labels)})
        if what == "pipelines":
            pipeline = {"id": "default", "label": "Pipeline", "stages": list(self.stages[object_type])}
            return Reply(body={"results": [pipeline]})
        if object_type not in self.definitions:
            return Reply(status=400, body={"status": "error", "message": f"Unable to infer: {object_type}"})
        return Reply(body={"results": list(self.definitions[object_type])})

    def _list(self, request: SentRequest, object_type: str) -> Reply:
        records = [each for _id, each in sorted(self.records.get(object_type, {}).items())]
        start = int(request.query.get("after", ["0"])[0])
        limit = min(int(request.query["limit"][0]), self.page_size)
        end = start + limit
        page = [_with_properties(each, request.query["properties"]) for each in records[start:end]]
        return Reply(body=listing(page, str(end) if end < len(records) else None))

    def _read(self, request: SentRequest, object_type: str) -> Reply:
        store = self.archived if request.query["archived"] == ["true"] else self.records
        ids = [str(each["id"]) for each in request.inputs()]
        assert len(set(ids)) == len(ids) <= 100
        known = store.get(object_type, {})
        assert isinstance(request.body, dict)
        found = [_with_properties(known[i], request.body["properties"]) for i in ids if i in known]
        with_history = request.body["propertiesWithHistory"]
        if with_history:
            assert len(ids) <= 50
            found = [{**each, "propertiesWithHistory": self._history(str(each["id"]), with_history)} for each in found]
        missing = [i for i in ids if i not in known]
        return Reply(status=207 if missing else 200, body=batch(found, [not_found(*missing)] if missing else ()))

    def _history(self, record_id: str, names: Sequence[str]) -> Json:
        known = self.history.get(record_id, {})
        return {
            name: [{"value": value, "timestamp": at, "sourceType": "CRM_UI"} for value, at in known[name]]
            for name in names
            if name in known
        }

    def _search(self, request: SentRequest, object_type: str) -> Reply:
        assert isinstance(request.body, dict)
        body = request.body
        assert body["after"] == "0"
        assert body["limit"] <= 200
        filters = [each for group in body["filterGroups"] for each in group["filters"]]
        found = sorted(
            (each for each in self.records.get(object_type, {}).values() if all(_passes(each, one) for one in filters)),
            key=lambda each: int(str(each["id"])),
        )
        page = [_with_properties(each, body["properties"]) for each in found[: min(body["limit"], self.page_size)]]
        return Reply(body={"total": len(found), **listing(page, "200" if len(found) > len(page) else None)})

    def _associations(self, request: SentRequest, pair: tuple[str, str]) -> Reply:
        assert len(request.inputs()) <= 1000
        known = self.links.get(pair, {})
        found: dict[str, Sequence[object]] = {}
        after: dict[str, str] = {}
        for each in request.inputs():
            from_id = str(each["id"])
            start = int(str(each.get("after", "0")))
            end = start + self.association_page_size
            found[from_id] = known.get(from_id, ())[start:end]
            if end < len(known.get(from_id, ())):
                after[from_id] = str(end)
        body = associated(found, after)
        return Reply(status=207 if "errors" in body else 200, body=body)


def _passes(each: Json, one: Json) -> bool:
    held = cast("Json", each["properties"]).get(str(one["propertyName"]))
    wanted = str(one["value"])
    if held is None or one["operator"] == "EQ":
        return held == wanted
    number = float(str(held)) if str(held).isdecimal() else moment_of(str(held))
    return {"GT": number > float(wanted), "GTE": number >= float(wanted), "LT": number < float(wanted)}[
        str(one["operator"])
    ]


def moment_of(stamp: str) -> float:
    """Return an ISO stamp in milliseconds."""
    return dt.datetime.fromisoformat(stamp).timestamp() * 1000


def undated(portal: TinyPortal) -> Answerer:
    """Return a portal that answers the addresses of version v3 as the dated ones."""

    def answer(request: SentRequest) -> Reply | None:
        parts = request.path.rstrip("/").split("/")
        if parts[1] == "crm" and parts[2] in {"v3", "v4"}:
            parts[2:4] = [parts[3], "2026-09"]
        return portal(replace(request, path="/".join(parts)))

    return answer


def _with_properties(each: Json, names: Sequence[str]) -> Json:
    """Return a record with the properties asked for, null where unset."""
    known = cast("Json", each["properties"])
    asked = {name: known.get(name) for name in names}
    return {**each, "properties": {"hs_object_id": each["id"], **asked}}


def forbidden(scope: str) -> Reply:
    """Return the refusal for a missing scope."""
    return Reply(
        status=403,
        body={
            "status": "error",
            "category": "MISSING_SCOPES",
            "message": "This app hasn't been granted all required scopes to make this call.",
            "correlationId": "3f5c6c1e-0000-4000-8000-000000000001",
            "errors": [{"message": "missing", "context": {"missingScopes": [scope]}}],
        },
    )


# Pulls -----------------------------------------------------------------------------------------------------------


def pull(
    connector: HubSpotConnector, kind: RecordKind, account_ids: Sequence[str] = ()
) -> tuple[list[Record], list[RejectedRecord]]:
    """Return all records and rejects of a kind."""
    pages: list[Page] = list(connector.pull(kind, lambda: iter(account_ids)))
    return [each for page in pages for each in page.records], [each for page in pages for each in page.rejected]
