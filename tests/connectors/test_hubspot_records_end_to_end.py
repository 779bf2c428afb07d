"""Records beyond the core from the local HubSpot: what a missing scope or property, or a bad page, does to a run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest

from kam_sync.names import NAMES
from kam_sync.ports import OrgDescription, Runtime
from kam_sync.records import RecordKind
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot.local_crm import Exchange, Fault, FaultKind, LocalHubSpot
from kam_sync_hubspot.record_settings import DEFAULT_FIELDS
from kam_sync_hubspot.settings import HubSpotSettings
from support_orgs import Org
from support_record_runs import (
    CORE_RULES,
    Lost,
    closes_nothing,
    in_part,
    opens_nothing,
    outcome_of,
    run_of,
    unknown_of,
    with_a_reject,
    written,
)

CUSTOM = "crm.objects.custom.read"
SCOPES = (
    Lost(name="goals", code="KAM210", hidden=CUSTOM),
    Lost(name="actions", code="KAM210", hidden=CUSTOM),
    Lost(name="feedback", code="KAM602", hidden=CUSTOM),
    Lost(name="contracts", code="KAM317", hidden=CUSTOM),
    Lost(name="quotes", code="KAM704", hidden="crm.objects.quotes.read"),
    Lost(name="cases", code="KAM607", hidden="crm.objects.tickets.read"),
    Lost(name="sales", code="KAM314", hidden="crm.objects.deals.read"),
)
PROPERTIES = (
    Lost(name="account.growth_target", code="KAM310", hidden="companies/growth_target"),
    Lost(name="account.relationship_stage", code="KAM515", hidden="companies/relationship_stage"),
    Lost(name="opportunity.tender_on", code="KAM702", hidden="deals/tender_date"),
    Lost(name="contract.end_on", code="KAM317", hidden="2-5004/end_date"),
    Lost(name="goal.due_on", code="KAM209", hidden="2-5001/due_date"),
    Lost(name="action.goal_id", code="KAM210", hidden="2-5002/goal_id"),
)
"""What no scope hides, such as the history of a company's owner, is not among them."""


@pytest.fixture
def orgs() -> Iterator[list[Org]]:
    started: list[Org] = []
    yield started
    for org in started:
        org.close()


def hubspot(org: Org) -> LocalHubSpot:
    assert isinstance(org.crm, LocalHubSpot)
    return org.crm


def hide(org: Org, hidden: str) -> None:
    if "/" in hidden:
        hubspot(org).drop_property(*hidden.split("/"))
    else:
        hubspot(org).switches.missing_scopes.add(hidden)


@pytest.mark.parametrize("lost", [*SCOPES, *PROPERTIES], ids=str)
def test_what_is_hidden_opens_nothing(orgs: list[Org], tmp_path: Path, lost: Lost) -> None:
    orgs.append(run_of("hubspot", tmp_path, lost.code))
    hide(orgs[0], lost.hidden)
    opens_nothing(orgs[0], lost)


@pytest.mark.parametrize("lost", [*SCOPES, *PROPERTIES], ids=str)
def test_what_becomes_hidden_closes_nothing(orgs: list[Org], tmp_path: Path, lost: Lost) -> None:
    org = run_of("hubspot", tmp_path, lost.code)
    orgs.append(org)
    closes_nothing(org, lost.code, lambda: hide(org, lost.hidden), org.done)
    assert unknown_of(org)[lost.name]


# What is unknown, exactly ----------------------------------------------------------------------------------------

NEVER_TOLD = {"contact.reports_to_id"}
"""What HubSpot has nothing for."""
MISSING_SCOPES = {
    CUSTOM: {"goals", "actions", "feedback", "contracts"},
    "crm.schemas.custom.read": {"goals", "actions", "feedback", "contracts"},
    "crm.objects.quotes.read": {"quotes"},
    "crm.schemas.quotes.read": {"quotes"},
    "crm.objects.tickets.read": {"cases"},
    "crm.schemas.tickets.read": {"cases"},
    "crm.objects.deals.read": {"opportunities", "quotes", "sales"},
}
"""Scope → all that is unknown without it."""


def described(org: Org, changes: Mapping[str, object] | None = None) -> OrgDescription:
    section = {key: each for key, each in hubspot(org).org_settings.items() if key not in {"connector", "timezone"}}
    runtime = Runtime(
        clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds), timezone=ZoneInfo("UTC")
    )
    connector = HubSpotConnector.open(HubSpotSettings.model_validate({**section, **(changes or {})}), runtime)
    try:
        return connector.describe()
    finally:
        connector.close()


def test_a_missing_scope_makes_exactly_what_it_opens_unknown(orgs: list[Org], tmp_path: Path) -> None:
    orgs.append(run_of("hubspot", tmp_path, "KAM101"))
    missing = hubspot(orgs[0]).switches.missing_scopes
    for scope, expected in MISSING_SCOPES.items():
        missing.clear()
        missing.add(scope)
        found = described(orgs[0])
        assert set(found.unknown) == expected | NEVER_TOLD, scope
        assert all("may not read" in found.unknown[name] for name in expected)
        assert {finding.subject: scope in finding.fix for finding in found.setup} == dict.fromkeys(expected, True)


def test_a_missing_object_makes_exactly_its_relation_unknown(orgs: list[Org], tmp_path: Path) -> None:
    orgs.append(run_of("hubspot", tmp_path, "KAM101"))
    for relation in ("goals", "actions", "feedback", "contracts"):
        section = hubspot(orgs[0]).org_settings[relation]
        assert isinstance(section, dict)
        found = described(orgs[0], {relation: {**section, "object": "2-5999"}})
        assert set(found.unknown) == {relation} | NEVER_TOLD
        assert "2-5999" in found.unknown[relation]
        assert [finding.subject for finding in found.setup] == [relation]


def test_a_missing_property_makes_exactly_what_it_holds_unknown(orgs: list[Org], tmp_path: Path) -> None:
    orgs.append(run_of("hubspot", tmp_path, "KAM101"))
    mapped = hubspot(orgs[0]).org_settings["fields"]
    assert isinstance(mapped, dict)
    objects = {RecordKind.ACCOUNT: "companies", RecordKind.CONTACT: "contacts", RecordKind.OPPORTUNITY: "deals"}
    before = set(described(orgs[0]).unknown)
    for name, property_name in mapped.items():
        hubspot(orgs[0]).drop_property(objects[NAMES[name].kind], property_name)
        found = described(orgs[0])
        assert set(found.unknown) - before == {name}
        assert f'"{property_name}"' in found.unknown[name]
        told = name in {finding.subject for finding in found.setup}
        assert told is (property_name != DEFAULT_FIELDS.get(name)), "nobody can set up one of HubSpot's own"
        before = set(found.unknown)


# Faults and rejects ----------------------------------------------------------------------------------------------

PAGED = (
    (RecordKind.GOAL, "KAM210", "companies/2-5001/batch/read", 1),
    (RecordKind.ACTION, "KAM210", "companies/2-5002/batch/read", 1),
    (RecordKind.FEEDBACK, "KAM602", "companies/2-5003/batch/read", 1),
    (RecordKind.CONTRACT, "KAM317", "companies/2-5004/batch/read", 1),
    (RecordKind.QUOTE, "KAM704", "deals/quotes/batch/read", 1),
    (RecordKind.CASE, "KAM607", "companies/tickets/batch/read", 1),
    (RecordKind.OWNER_CHANGE, "KAM803", "objects/[^/]+/companies/batch/read", 0),
    (RecordKind.SALES, "KAM314", "deals/search", 1),
)
"""Kind, rule, the call that fails, and how many of these calls succeed before; histories come 50 companies a call."""


@pytest.mark.parametrize(("kind", "code", "path", "skip"), PAGED, ids=[kind.value for kind, *_rest in PAGED])
def test_a_page_that_fails_midway_closes_nothing(
    orgs: list[Org], tmp_path: Path, kind: RecordKind, code: str, path: str, skip: int
) -> None:
    org = run_of("hubspot", tmp_path, code)
    orgs.append(org)
    crm = hubspot(org)

    def lose() -> None:
        crm.switches.association_page_size = 1
        crm.switches.page_size_cap = 1
        crm.faults.add(Fault(kind=FaultKind.HTML_INSTEAD_OF_JSON, path=path, skip=skip))

    closes_nothing(org, code, lose, lambda: in_part(org, kind))
    assert crm.faults.pending == ()
    assert written(org.done()) == 0, "it is all known again, and as it was"
    assert outcome_of(org, code).findings


def call(org: Org, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
    """Call HubSpot as another program does."""
    crm = hubspot(org)
    request = Request(  # noqa: S310 - the local HubSpot
        f"{crm.url}/crm/objects/2026-09/{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {crm.access_token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - the local HubSpot
        found: dict[str, object] = json.loads(answer.read())
    return found


def put(org: Org, object_type: str, property_name: str, former: str, value: str) -> None:
    """Change a property of the one record that has a value in it."""
    results = call(org, "GET", f"{object_type}?limit=100&properties={property_name}")["results"]
    assert isinstance(results, list)
    [record_id] = [each["id"] for each in results if each["properties"][property_name] == former]
    call(org, "PATCH", f"{object_type}/{record_id}", {"properties": {property_name: value}})


def test_a_rejected_record_closes_nothing_of_its_account(orgs: list[Org], tmp_path: Path) -> None:
    org = run_of("hubspot", tmp_path, "KAM602")
    orgs.append(org)
    closes_nothing(org, "KAM602", lambda: put(org, "2-5003", "grade", "C+", "splendid"), lambda: with_a_reject(org))
    assert outcome_of(org, "KAM602", "bare").findings
    assert len(org.open_tasks("bare")) == 1


def test_a_rejected_record_opens_nothing(orgs: list[Org], tmp_path: Path) -> None:
    org = run_of("hubspot", tmp_path, "KAM602")
    orgs.append(org)
    put(org, "2-5003", "grade", "C+", "splendid")
    with_a_reject(org)
    assert outcome_of(org, "KAM602").unknown
    assert org.open_tasks("whole") == []
    assert len(org.open_tasks("bare")) == 1


# What is not wanted ----------------------------------------------------------------------------------------------

NEW_OBJECTS = ("2-5001", "2-5002", "2-5003", "2-5004", "quotes", "tickets")
NEW_CALLS = ("pipelines", "labels", "search", "meetings/contacts", "calls/contacts", "deals/contacts", "history")
POLICIES = (("core", CORE_RULES), ("all", ("KAM",)))


def requests_by_object(org: Org) -> Counter[str]:
    """Return how many requests of a run are about what the core does not read."""
    found: Counter[str] = Counter(dict.fromkeys((*NEW_OBJECTS, *NEW_CALLS), 0))

    def count(exchange: Exchange) -> None:
        found.update(name for name in found if re.search(rf"/{name}(?=[/?]|$)", exchange.path))
        found["history"] += bool(re.search(r'"propertiesWithHistory":\s*\["', exchange.request_body))

    hubspot(org).recorder = count
    org.done()
    return found


def test_a_core_policy_asks_for_nothing_else(orgs: list[Org], tmp_path: Path) -> None:
    core, everything = (run_of("hubspot", tmp_path / name, *codes) for name, codes in POLICIES)
    orgs += [core, everything]
    assert set(requests_by_object(core).values()) == {0}
    assert min(requests_by_object(everything).values()) > 0
