"""Records beyond the core from the local Salesforce: what hidden objects, hidden fields and bad pages do to a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

import pytest

from kam_sync.names import NAMES
from kam_sync.ports import OrgDescription, Runtime
from kam_sync.records import RecordKind
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce.local_crm import Exchange, Fault, FaultKind, LocalSalesforce
from kam_sync_salesforce.settings import SalesforceSettings
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

OBJECTS = (
    Lost(name="goals", code="KAM210", hidden="AccountPlanObjective"),
    Lost(name="actions", code="KAM210", hidden="Plan_Action__c"),
    Lost(name="feedback", code="KAM602", hidden="Feedback__c"),
    Lost(name="quotes", code="KAM704", hidden="Quote"),
    Lost(name="cases", code="KAM607", hidden="Case"),
    Lost(name="contracts", code="KAM317", hidden="Contract"),
    Lost(name="owner_changes", code="KAM803", hidden="AccountHistory"),
    Lost(name="sales", code="KAM314", hidden="Opportunity"),
)
FIELDS = (
    Lost(name="account.growth_target", code="KAM310", hidden="Account.Growth_Target__c"),
    Lost(name="account.relationship_stage", code="KAM515", hidden="Account.Relationship_Stage__c"),
    Lost(name="opportunity.tender_on", code="KAM702", hidden="Opportunity.Tender_Date__c"),
    Lost(name="contract.end_on", code="KAM317", hidden="Contract.EndDate"),
    Lost(name="quote.expires_on", code="KAM704", hidden="Quote.ExpirationDate"),
    Lost(name="goal.due_on", code="KAM209", hidden="AccountPlanObjective.EndDate"),
)


@pytest.fixture
def orgs() -> Iterator[list[Org]]:
    started: list[Org] = []
    yield started
    for org in started:
        org.close()


def salesforce(org: Org) -> LocalSalesforce:
    assert isinstance(org.crm, LocalSalesforce)
    return org.crm


def hide(org: Org, hidden: str) -> None:
    crm = salesforce(org)
    if "." in hidden:
        crm.switches = replace(crm.switches, hidden_fields=frozenset({hidden}))
    else:
        crm.switches = replace(crm.switches, missing_objects=frozenset({hidden}))


@pytest.mark.parametrize("lost", [*OBJECTS, *FIELDS], ids=str)
def test_what_is_hidden_opens_nothing(orgs: list[Org], tmp_path: Path, lost: Lost) -> None:
    orgs.append(run_of("salesforce", tmp_path, lost.code))
    hide(orgs[0], lost.hidden)
    opens_nothing(orgs[0], lost)


@pytest.mark.parametrize("lost", [*OBJECTS, *FIELDS], ids=str)
def test_what_becomes_hidden_closes_nothing(orgs: list[Org], tmp_path: Path, lost: Lost) -> None:
    org = run_of("salesforce", tmp_path, lost.code)
    orgs.append(org)
    closes_nothing(org, lost.code, lambda: hide(org, lost.hidden), org.done)
    assert unknown_of(org)[lost.name]


# What is unknown, exactly ----------------------------------------------------------------------------------------

HIDDEN_OBJECTS = {
    "AccountPlanObjective": {"goals"},
    "AccountPlanObjectiveMeasure": {"goal.has_metric", "goal.progress_on"},
    "Plan_Action__c": {"actions"},
    "Feedback__c": {"feedback"},
    "Quote": {"quotes"},
    "Case": {"cases"},
    "Contract": {"contracts"},
    "AccountHistory": {"owner_changes"},
    "OpportunityTeamMember": {"opportunity.team_ids"},
    "Opportunity": {"opportunities", "sales"},
}
"""Object → all that is unknown without it."""
SWITCHED_OFF = {"quotes", "owner_changes", "opportunity.team_ids"}
"""What an org may well not have switched on: nothing is wrong then, and only the reason says what to do."""


def described(org: Org, hidden: str) -> OrgDescription:
    hide(org, hidden)
    section = {key: each for key, each in salesforce(org).org_settings.items() if key not in {"connector", "timezone"}}
    runtime = Runtime(clock=org.clock, sleep=lambda _seconds: None, timezone=ZoneInfo("UTC"))
    connector = SalesforceConnector.open(SalesforceSettings.model_validate(section), runtime)
    try:
        return connector.describe()
    finally:
        connector.close()


def test_a_hidden_object_makes_exactly_what_it_tells_unknown(orgs: list[Org], tmp_path: Path) -> None:
    orgs.append(run_of("salesforce", tmp_path, "KAM101"))
    for hidden, expected in HIDDEN_OBJECTS.items():
        found = described(orgs[0], hidden)
        assert set(found.unknown) == expected, hidden
        assert all(hidden in reason for reason in found.unknown.values())
        assert {finding.subject for finding in found.setup} == expected - SWITCHED_OFF


def test_a_hidden_field_makes_exactly_what_it_holds_unknown(orgs: list[Org], tmp_path: Path) -> None:
    orgs.append(run_of("salesforce", tmp_path, "KAM101"))
    mapped = salesforce(orgs[0]).org_settings["fields"]
    assert isinstance(mapped, dict)
    for name, field in mapped.items():
        hidden = f"{NAMES[name].kind.value.title()}.{field}"
        found = described(orgs[0], hidden)
        whole = {name, *(part for part in NAMES if part.startswith(f"{name}."))}
        assert set(found.unknown) == whole, hidden
        assert hidden in found.unknown[name]
        assert [finding.subject for finding in found.setup] == [name]


# Faults and rejects ----------------------------------------------------------------------------------------------

PAGED = (
    (RecordKind.GOAL, "KAM210", "AccountPlanObjective"),
    (RecordKind.ACTION, "KAM210", "Plan_Action__c"),
    (RecordKind.FEEDBACK, "KAM602", "Feedback__c"),
    (RecordKind.QUOTE, "KAM704", "Quote"),
    (RecordKind.CASE, "KAM607", "Case"),
    (RecordKind.CONTRACT, "KAM317", "Contract"),
    (RecordKind.OWNER_CHANGE, "KAM803", "AccountHistory"),
    (RecordKind.SALES, "KAM314", "Opportunity"),
)
SPOILT = (
    ("KAM210", "AccountPlanObjective", "EndDate", "<whole/vague>"),
    ("KAM210", "Plan_Action__c", "Objective__c", "Call the board"),
    ("KAM602", "Feedback__c", "Grade__c", r"C\+"),
    ("KAM704", "Quote", "ExpirationDate", "<whole/offer>"),
    ("KAM607", "Case", "CreatedDate", "<whole/leak>"),
    ("KAM317", "Contract", "EndDate", "<whole/supply>"),
    ("KAM803", "AccountHistory", "CreatedDate", "NewValue.*<piotr>"),
    ("KAM314", "Opportunity", "Amount", "<whole>"),
)
"""Rule, object, field, and what is in the record that is spoilt; in pointed brackets the slug of an id."""


def asked_for(exchange: Exchange, name: str) -> bool:
    asked = f"{unquote_plus(exchange.path)} {exchange.request}"
    return re.search(rf"(FROM |sobjects/){name}\b", asked) is not None


@pytest.mark.parametrize(("kind", "code", "name"), PAGED, ids=[name for _kind, _code, name in PAGED])
def test_a_page_that_fails_midway_closes_nothing(
    orgs: list[Org], tmp_path: Path, kind: RecordKind, code: str, name: str
) -> None:
    org = run_of("salesforce", tmp_path, code)
    orgs.append(org)
    crm = salesforce(org)
    pages: list[str] = []

    def fail_next_page(exchange: Exchange) -> None:
        if asked_for(exchange, name) and "nextRecordsUrl" in exchange.answer and not pages:
            pages.append(exchange.path)
            crm.faults.add(Fault(kind=FaultKind.ERROR, path="/query/01g", status=400, code="MALFORMED_QUERY"))

    def lose() -> None:
        crm.switches = replace(crm.switches, page_size=1)
        crm.recorder = fail_next_page

    closes_nothing(org, code, lose, lambda: in_part(org, kind))
    assert (len(pages), crm.faults.fired) == (1, 1)
    crm.recorder = None
    assert written(org.done()) == 0, "it is all known again, and as it was"
    assert outcome_of(org, code).findings


@pytest.mark.parametrize(("code", "name", "field", "record"), SPOILT)
def test_a_rejected_record_closes_nothing_of_its_account(
    orgs: list[Org], tmp_path: Path, code: str, name: str, field: str, record: str
) -> None:
    org = run_of("salesforce", tmp_path, code)
    orgs.append(org)
    spoil = Fault(
        kind=FaultKind.MALFORMED_RECORD,
        path=rf"{field}.* FROM {name}\b",
        record=re.sub(r"<(.+)>", lambda slug: salesforce(org).id_of(slug[1]), record),
        field_name=field,
    )
    closes_nothing(org, code, lambda: salesforce(org).faults.add(spoil), lambda: with_a_reject(org))
    assert salesforce(org).faults.fired == 1


def test_a_rejected_record_leaves_other_accounts_known(orgs: list[Org], tmp_path: Path) -> None:
    org = run_of("salesforce", tmp_path, "KAM602")
    orgs.append(org)
    spoil = Fault(kind=FaultKind.MALFORMED_RECORD, path="FROM Feedback__c", field_name="Grade__c", record=r"C\+")
    salesforce(org).faults.add(spoil)
    with_a_reject(org)
    assert outcome_of(org, "KAM602").unknown
    assert not outcome_of(org, "KAM602").findings
    assert outcome_of(org, "KAM602", "bare").findings
    assert len(org.open_tasks("bare")) == 1
    assert org.open_tasks("whole") == []


# What is not wanted ----------------------------------------------------------------------------------------------


def requests_by_object(org: Org) -> Counter[str]:
    """Return how many requests of a run name each of the objects that the core does not read."""
    found: Counter[str] = Counter()
    further = {*HIDDEN_OBJECTS, *LINKS} - {"Opportunity"}

    def count(exchange: Exchange) -> None:
        found.update(name for name in further if asked_for(exchange, name))

    salesforce(org).recorder = count
    org.done()
    found.update(dict.fromkeys(further, 0))
    return found


LINKS = ("AccountContactRelation", "OpportunityContactRole", "TaskWhoRelation", "EventWhoRelation", "EventRelation")
"""Objects that link people to what they took part in."""


def test_a_core_policy_asks_for_nothing_else(orgs: list[Org], tmp_path: Path) -> None:
    core, everything = (run_of("salesforce", tmp_path / name, *codes) for name, codes in POLICIES)
    orgs += [core, everything]
    assert set(requests_by_object(core).values()) == {0}
    assert min(requests_by_object(everything).values()) > 0


POLICIES = (("core", CORE_RULES), ("all", ("KAM",)))
