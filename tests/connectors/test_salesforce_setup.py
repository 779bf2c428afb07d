"""Setting up a bare Salesforce org through the vendor's library, and taking everything down again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from kam_sync.clock import ManualClock
from kam_sync.errors import ConnectorError, PermissionDeniedError
from kam_sync.identity import task_key
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioContact, PortfolioUser
from kam_sync.ports import Line, Priority, Runtime, Section, TaskStatus, TaskText, TaskWrite, WriteOutcome
from kam_sync.records import AccountPlan, PlanPart, RecordKind, Role, RoleAssignment
from kam_sync.setup_ports import ItemState, SetsUp, SetupItem
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce.local_crm import (
    Exchange,
    Fault,
    FaultKind,
    Field,
    FieldType,
    LocalSalesforce,
    lookup,
    picklist,
    text,
)
from kam_sync_salesforce.local_crm import Field as CrmField
from kam_sync_salesforce.settings import SalesforceSettings

START = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
TODAY = START.date()
NS = {"m": "http://soap.sforce.com/2006/04/metadata"}
BASE = "force-app/main/default"

PORTFOLIO = Portfolio(
    name="Ardentia Ltd",
    users=(
        PortfolioUser(slug="amal", name="Amal Haddad", email="amal@vendor.example"),
        PortfolioUser(slug="ines", name="Inês Carvalho", email="ines@vendor.example"),
    ),
    accounts=(
        PortfolioAccount(
            slug="nordhavn",
            name="Nordhavn Offshore",
            owner="amal",
            tier="A",
            roles={Role.INNOVATOR: ("ines",)},
            contacts=(PortfolioContact(name="Sunniva Dahl", title="CFO", email="s.dahl@nordhavn.example"),),
        ),
        PortfolioAccount(slug="vinter", name="Vinter Papir", owner="ines"),
    ),
)

TEAM_ROLES: Mapping[str, object] = {
    "Results Driver": ["results_driver"],
    "Innovator": ["innovator"],
    "Project Manager": ["project_manager"],
}
NEEDS: Mapping[str, object] = {
    "scope": {"field": "Key_Account__c", "values": [True]},
    "fields": {"account.tier": "Tier__c", "contact.stance": "Stance__c", "account.key_since": "Key_Since__c"},
    "values": {"contact.stance": {"supporter": ["With us"], "blocker": ["Against us"]}},
    "criteria": {"fit": "Fit__c"},
    "roles": {"team_roles": TEAM_ROLES, "user_fields": {"collaborator": ["Collaborator__c"]}},
    "plan": {
        "object": "AccountPlan",
        "account_field": "AccountId",
        "active": {"field": "Status", "values": ["Active"]},
        "fields": {"start_on": "StartDate", "last_review_on": "Last_Review__c", "next_review_on": "Next_Review__c"},
        "parts": {"strategy": ["AccountStrategicPriorities"], "revenue_goals": ["Revenue_Goals__c"]},
    },
    "tasks": {"key_field": "KamSync_Key__c"},
}
MADE = {
    "field Account.Key_Account__c",
    "field Account.Tier__c",
    "field Account.Key_Since__c",
    "field Contact.Stance__c",
    "field Account.Fit__c",
    "field Account.Collaborator__c",
    "field AccountPlan.Last_Review__c",
    "field AccountPlan.Next_Review__c",
    "field AccountPlan.Revenue_Goals__c",
    "field Activity.KamSync_Key__c",
    "values AccountTeamMember.TeamMemberRole",
    "permission set KamSync",
    "permission set KamSync_People",
}

FEW: Mapping[str, object] = {
    "fields": {"account.tier": "Tier__c"},
    "values": {},
    "criteria": {},
    "roles": {"team_roles": TEAM_ROLES},
    "plan": None,
}
"""Sections that need less, for what is the same for one field and for twenty."""
MADE_OF_FEW = {
    "field Account.Key_Account__c",
    "field Account.Tier__c",
    "field Activity.KamSync_Key__c",
    "values AccountTeamMember.TeamMemberRole",
    "permission set KamSync",
    "permission set KamSync_People",
}


@dataclass
class Bench:
    crm: LocalSalesforce
    clock: ManualClock
    exchanges: list[Exchange] = field(default_factory=list)
    connectors: list[SalesforceConnector] = field(default_factory=list)

    def connector(self, **changes: object) -> SalesforceConnector:
        way = {
            key: value
            for key, value in self.crm.org_settings.items()
            if key in {"auth", "allow_loopback_http", "login_url", "api_version"}
        }
        runtime = Runtime(clock=self.clock, sleep=lambda _: None, timezone=ZoneInfo("UTC"), wanted=None)
        settings = SalesforceSettings.model_validate({**way, **NEEDS, **changes})
        self.connectors.append(SalesforceConnector.open(settings, runtime))
        return self.connectors[-1]

    def small(self, **changes: object) -> SalesforceConnector:
        return self.connector(**{**FEW, **changes})

    def changes(self) -> list[Exchange]:
        """Return what was sent to change the org's setup."""
        return [
            each
            for each in self.exchanges
            if each.method != "GET" and "/oauth2/" not in each.path and "composite/batch" not in each.path
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = ManualClock(START)
    with LocalSalesforce.start(tmp_path, clock=clock, bare=True) as crm:
        crm.load(PORTFOLIO)
        bench = Bench(crm=crm, clock=clock)
        crm.recorder = bench.exchanges.append
        try:
            yield bench
        finally:
            for connector in bench.connectors:
                connector.close()


def states(connector: SalesforceConnector) -> dict[str, ItemState]:
    return {item.id: item.state for item in connector.setup_items()}


def set_up(connector: SalesforceConnector) -> list[SetupItem]:
    made = [item for item in connector.setup_items() if item.state is ItemState.MISSING]
    for item in made:
        connector.set_up(item)
    return made


def take_down(connector: SalesforceConnector) -> list[SetupItem]:
    gone = [item for item in reversed(connector.setup_items()) if item.state is ItemState.OURS]
    for item in gone:
        connector.take_down(item)
    return gone


def item_of(connector: SalesforceConnector, item_id: str) -> SetupItem:
    return next(item for item in connector.setup_items() if item.id == item_id)


def test_a_bare_org_is_set_up_used_and_taken_down(bench: Bench) -> None:
    connector = bench.connector()
    assert isinstance(connector, SetsUp)
    assert states(connector) == dict.fromkeys(MADE, ItemState.MISSING)
    set_up(connector)
    assert states(connector) == dict.fromkeys(MADE, ItemState.OURS)
    assert not [found for found in connector.describe().setup if found.blocks_apply or found.subject == "tasks.key"]

    people = bench.crm.people
    people.set_in_scope("nordhavn", in_scope=True)
    people.assign_role("nordhavn", Role.RESULTS_DRIVER, "ines")
    people.assign_role("nordhavn", Role.COLLABORATOR, "amal")
    people.set_plan("nordhavn", last_review_on=TODAY - dt.timedelta(days=9), next_review_on=TODAY)
    (account,) = (each for page in connector.pull(RecordKind.ACCOUNT, tuple) for each in page.records)
    roles = [each for page in connector.pull(RecordKind.ROLE, tuple) for each in page.records]
    assert {(each.role, each.user_id) for each in roles if isinstance(each, RoleAssignment)} == {
        (Role.RESULTS_DRIVER, bench.crm.id_of("ines")),
        (Role.COLLABORATOR, bench.crm.id_of("amal")),
    }
    (plan,) = (each for page in connector.pull(RecordKind.PLAN, tuple) for each in page.records)
    assert isinstance(plan, AccountPlan)
    assert (plan.last_review_on, plan.next_review_on) == (TODAY - dt.timedelta(days=9), TODAY)
    assert plan.parts.get(PlanPart.REVENUE_GOALS) is True

    key = task_key(bench.crm.organization_id, account.id, "roles", 1)
    (result,) = connector.write_tasks([_write(bench, account.id, key)])
    assert result.outcome is WriteOutcome.WRITTEN
    assert [task.key for task in people.tasks()] == [key]

    filled = {item.id: item.filled for item in connector.setup_items()}
    assert filled["field Activity.KamSync_Key__c"] == filled["field Account.Key_Account__c"] == 1
    assert filled["values AccountTeamMember.TeamMemberRole"] == filled["field AccountPlan.Next_Review__c"] == 1
    assert filled["field AccountPlan.Revenue_Goals__c"] is None, "long texts cannot be counted"
    assert filled["field Account.Tier__c"] == filled["permission set KamSync"] == 0
    assert {item.id for item in take_down(connector)} == MADE
    assert states(connector) == dict.fromkeys(MADE, ItemState.MISSING)
    assert [task.key for task in people.tasks()] == [None]


def _write(bench: Bench, account_id: str, key: str) -> TaskWrite:
    body = TaskText(sections=(Section(heading="Name one", lines=(Line(text="Nobody is Innovator"),), bullets=True),))
    return TaskWrite(
        operation_id="one",
        key=key,
        task_id=None,
        account_id=account_id,
        subject="Cover the account roles",
        text=body,
        owner_id=bench.crm.id_of("amal"),
        due_on=TODAY,
        priority=Priority.HIGH,
        status=TaskStatus.OPEN,
    )


def test_what_rests_on_what_is_said_so_that_the_core_can_keep_it(bench: Bench) -> None:
    items = {item.id: item for item in bench.connector().setup_items()}
    assert items["field Activity.KamSync_Key__c"].serves == {"tasks.key"}
    assert items["field Account.Key_Account__c"].serves == {"scope"}
    assert items["field AccountPlan.Next_Review__c"].serves == {"plan.next_review_on"}
    assert {"roles", "roles.innovator"} <= items["values AccountTeamMember.TeamMemberRole"].serves
    assert {"tasks.key", "scope", "plan.next_review_on"} <= items["permission set KamSync"].serves
    assert "tasks.key" not in items["permission set KamSync_People"].serves
    order = list(items)
    assert order.index("permission set KamSync") > max(order.index(one) for one in items if one.startswith("field "))


def test_setting_up_again_changes_nothing(bench: Bench) -> None:
    connector = bench.small()
    made = set_up(connector)
    count = len(bench.changes())
    assert set_up(bench.small()) == []
    assert len(bench.changes()) == count
    for item in made:
        connector.set_up(item)
    assert states(connector) == dict.fromkeys(MADE_OF_FEW, ItemState.OURS)
    gone = take_down(connector)
    for item in gone:
        connector.take_down(item)
    assert states(connector) == dict.fromkeys(MADE_OF_FEW, ItemState.MISSING)


def test_a_made_field_is_closed_to_everybody_until_the_permission_set_opens_it(bench: Bench) -> None:
    connector = bench.small()
    key = item_of(connector, "field Activity.KamSync_Key__c")
    connector.set_up(key)
    assert "tasks.key" in {found.subject for found in connector.describe().setup}
    assert states(connector)["field Activity.KamSync_Key__c"] is ItemState.OURS
    assert item_of(connector, "field Activity.KamSync_Key__c").filled is None, "nobody sees what is in it"
    connector.set_up(item_of(connector, "permission set KamSync"))
    assert "tasks.key" not in {found.subject for found in connector.describe().setup}
    assert item_of(connector, "field Activity.KamSync_Key__c").filled == 0


def test_looking_takes_few_calls_and_writes_are_counted(bench: Bench) -> None:
    connector = bench.connector()
    connector.setup_items()
    assert connector.usage().requests <= 8
    set_up(connector)
    before = connector.usage().requests
    connector.setup_items()
    assert connector.usage().requests - before <= 12
    usage = connector.usage()
    assert usage.by_call["make field"] == 10
    assert usage.by_call["make values"] == 1
    assert usage.requests == bench.crm.requests_seen()


FAULTS = [
    Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="tooling/sobjects/CustomField", count=3),
    Fault(kind=FaultKind.LOST_ANSWER, method="PATCH", path="StandardValueSet"),
    Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="composite/sobjects", count=2),
    Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="sobjects/PermissionSet$", count=2),
    Fault(kind=FaultKind.LOST_ANSWER, method="DELETE", count=4),
    Fault(kind=FaultKind.UNAVAILABLE, path="tooling", count=3),
    Fault(kind=FaultKind.SESSION_EXPIRED, method="POST", path="tooling/sobjects"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind} {fault.path}")
def test_lost_answers_and_passing_faults_end_well(bench: Bench, fault: Fault) -> None:
    bench.crm.faults.add(fault)
    connector = bench.small()
    set_up(connector)
    assert states(connector) == dict.fromkeys(MADE_OF_FEW, ItemState.OURS)
    take_down(connector)
    assert states(connector) == dict.fromkeys(MADE_OF_FEW, ItemState.MISSING)
    assert bench.crm.faults.fired


def test_a_setup_that_broke_off_is_completed_by_the_next(bench: Bench) -> None:
    first = bench.small()
    items = first.setup_items()
    for item in items[:2]:
        first.set_up(item)
    bench.crm.faults.add(
        Fault(kind=FaultKind.ERROR, path="composite/sobjects", body="FieldPermissions", status=403, code="X_BROKE")
    )
    with pytest.raises(ConnectorError):
        first.set_up(item_of(first, "permission set KamSync"))
    second = bench.small()
    halfway = states(second)
    assert halfway["permission set KamSync"] is ItemState.MISSING
    assert halfway["field Account.Tier__c"] is ItemState.OURS
    set_up(second)
    assert states(second) == dict.fromkeys(MADE_OF_FEW, ItemState.OURS)


def test_two_setups_at_once_end_well(bench: Bench) -> None:
    one, other = bench.small(), bench.small()
    mine, theirs = one.setup_items(), other.setup_items()
    for item, twin in zip(mine, theirs, strict=True):
        one.set_up(item)
        other.set_up(twin)
    assert states(one) == states(other) == dict.fromkeys(MADE_OF_FEW, ItemState.OURS)
    gone, too = take_down(one), other.setup_items()
    assert len(gone) == len(MADE_OF_FEW)
    for twin in reversed(too):
        other.take_down(twin)
    assert states(other) == dict.fromkeys(MADE_OF_FEW, ItemState.MISSING)


def test_what_people_made_is_present_and_never_removed(bench: Bench) -> None:
    bench.crm.add_field("Account", picklist("Tier__c", "Gold", "Silver"))
    connector = bench.small()
    assert states(connector)["field Account.Tier__c"] is ItemState.PRESENT
    set_up(connector)
    tier = item_of(connector, "field Account.Tier__c")
    connector.take_down(replace(tier, state=ItemState.OURS))
    take_down(connector)
    assert states(connector)["field Account.Tier__c"] is ItemState.PRESENT
    assert not [each for each in bench.changes() if each.method == "DELETE" and "Tier" in each.path]


def test_an_org_that_has_everything_needs_nothing(tmp_path: Path) -> None:
    clock = ManualClock(START)
    with LocalSalesforce.start(tmp_path, clock=clock) as crm:
        bench = Bench(crm=crm, clock=clock)
        sections = {key: crm.org_settings[key] for key in ("scope", "fields", "values", "criteria", "roles", "plan")}
        own = {key: crm.org_settings[key] for key in ("actions", "feedback", "contracts", "quotes")}
        connector = bench.connector(**sections, **own)
        assert set(states(connector).values()) == {ItemState.PRESENT}
        assert "permission set KamSync" not in states(connector)
        assert connector.setup_files() == {}
        connector.close()


@pytest.mark.parametrize(
    ("owner", "there", "item_id", "said"),
    [
        ("Account", text("Key_Since__c"), "field Account.Key_Since__c", "of the type string, not a date field"),
        ("Account", lookup("Collaborator__c", "Contact"), "field Account.Collaborator__c", "of the type reference"),
        ("Account", text("Key_Account__c"), "field Account.Key_Account__c", "not a checkbox"),
        ("Task", text("KamSync_Key__c", 64), "field Activity.KamSync_Key__c", "external-id, unique text"),
        (
            "Task",
            CrmField(name="KamSync_Key__c", type=FieldType.STRING, length=20, external_id=True, unique=True),
            "field Activity.KamSync_Key__c",
            "33 characters",
        ),
    ],
)
def test_another_kind_of_field_differs_and_is_left_alone(
    bench: Bench, owner: str, there: Field, item_id: str, said: str
) -> None:
    bench.crm.add_field(owner, there)
    if owner == "Task":
        bench.crm.add_field("Event", there)
    connector = bench.connector()
    item = item_of(connector, item_id)
    assert item.state is ItemState.DIFFERS
    assert said in item.remedy
    connector.set_up(item)
    connector.take_down(item)
    assert bench.changes() == []


def test_what_no_api_makes_is_told_to_be_made_by_hand(bench: Bench) -> None:
    feedback = {
        "object": "Feedback__c",
        "account_field": "Account__c",
        "fields": {"on": "Given_On__c", "grade": "Grade__c"},
    }
    plan = {"object": "Key_Plan__c", "account_field": "Account__c", "fields": {"next_review_on": "Next_Review__c"}}
    connector = bench.connector(
        feedback=feedback, plan=plan, fields={"account.tier": "Rank", "contact.left": "p__x__c"}
    )
    items = {item.id: item for item in connector.setup_items()}
    by_hand = {item_id for item_id, item in items.items() if item.state is ItemState.BY_HAND}
    assert by_hand == {
        "object Feedback__c",
        "object Key_Plan__c",
        "field Account.Rank",
        "field Contact.p__x__c",
        "field Feedback__c.Account__c",
        "field Feedback__c.Given_On__c",
        "field Feedback__c.Grade__c",
        "field Key_Plan__c.Account__c",
        "field Key_Plan__c.Next_Review__c",
    }
    assert "deploy the files" in items["object Feedback__c"].remedy
    assert "let the integration user read Account.Rank" in items["field Account.Rank"].remedy
    for item in items.values():
        connector.set_up(item)
    assert {item.id for item in connector.setup_items() if item.state is ItemState.BY_HAND} == by_hand


def test_missing_features_of_salesforce_are_named(bench: Bench) -> None:
    missing = frozenset({"AccountTeamMember", "AccountPlan"})
    bench.crm.switches = replace(bench.crm.switches, missing_objects=missing)
    items = {item.id: item for item in bench.connector().setup_items()}
    assert "switch on Account Teams" in items["object AccountTeamMember"].remedy
    assert "switch on account plans" in items["object AccountPlan"].remedy
    assert "values AccountTeamMember.TeamMemberRole" not in items


def test_without_the_right_to_change_the_setup_the_message_says_what_to_do(bench: Bench) -> None:
    bench.crm.switches = replace(bench.crm.switches, customize_application=False)
    connector = bench.small()
    for item in connector.setup_items():
        with pytest.raises(PermissionDeniedError, match="Customize Application") as caught:
            connector.set_up(item)
        assert "method access_token" in str(caught.value)
        assert "deploy the files" in str(caught.value)
    assert states(connector) == dict.fromkeys(MADE_OF_FEW, ItemState.MISSING)


def test_without_the_right_to_look_at_the_setup_files_can_be_written_all_the_same(bench: Bench) -> None:
    bench.crm.switches = replace(bench.crm.switches, view_setup=False)
    connector = bench.connector()
    with pytest.raises(PermissionDeniedError, match="View Setup and Configuration"):
        connector.setup_items()
    assert f"{BASE}/objects/Activity/fields/KamSync_Key__c.field-meta.xml" in connector.setup_files()


def test_removing_needs_the_right_too(bench: Bench) -> None:
    connector = bench.small()
    set_up(connector)
    bench.crm.switches = replace(bench.crm.switches, customize_application=False)
    for item in connector.setup_items():
        with pytest.raises(PermissionDeniedError, match="View All Data"):
            connector.take_down(item)
    assert set(states(connector).values()) == {ItemState.OURS}


def test_a_field_that_something_still_uses_stays_and_the_message_says_so(bench: Bench) -> None:
    connector = bench.small()
    set_up(connector)
    used = Fault(kind=FaultKind.ERROR, method="DELETE", status=400, code="DELETE_FAILED", message="used by a flow")
    bench.crm.faults.add(used)
    with pytest.raises(ConnectorError, match="still uses it"):
        connector.take_down(item_of(connector, "field Account.Tier__c"))
    assert states(connector)["field Account.Tier__c"] is ItemState.OURS


def test_a_name_that_is_taken_by_something_else_is_no_success(bench: Bench) -> None:
    connector = bench.connector()
    taken = Fault(kind=FaultKind.ERROR, method="POST", path="CustomField", status=400, code="DUPLICATE_VALUE")
    bench.crm.faults.add(taken)
    with pytest.raises(ConnectorError, match="the name is taken"):
        connector.set_up(item_of(connector, "field Account.Collaborator__c"))


def test_values_are_added_beside_those_of_the_org_and_only_ours_are_taken_away(bench: Bench) -> None:
    hostile = 'He said "yes": #1 & <b>ä</b> 食\'s'
    roles = {"team_roles": {"Sales Rep": ["innovator"], hostile: ["results_driver"]}}
    connector = bench.small(roles=roles)
    set_up(connector)
    values = _team_values(connector)
    assert values[-1] == hostile
    assert values.count("Sales Rep") == 1
    assert item_of(connector, "values AccountTeamMember.TeamMemberRole").state is ItemState.OURS
    take_down(connector)
    assert _team_values(connector) == values[:-1]


def _team_values(connector: SalesforceConnector) -> list[str]:
    described = connector._client.get("sobjects/AccountTeamMember/describe", "test")
    assert isinstance(described, dict)
    role = next(each for each in described["fields"] if each["name"] == "TeamMemberRole")
    return [entry["value"] for entry in role["picklistValues"]]


def test_a_list_of_values_that_cannot_be_read_is_never_replaced(bench: Bench) -> None:
    connector = bench.small()
    item = item_of(connector, "values AccountTeamMember.TeamMemberRole")
    before = _team_values(connector)
    spoilt = Fault(kind=FaultKind.MALFORMED_RECORD, path="StandardValueSet", field_name="Metadata", value=None)
    bench.crm.faults.add(spoilt)
    with pytest.raises(ConnectorError, match="cannot be read"):
        connector.set_up(item)
    assert _team_values(connector) == before


def test_values_are_added_to_a_picklist_that_people_made(bench: Bench) -> None:
    own = CrmField(name="Part__c", type=FieldType.MULTIPICKLIST, length=4099, values=("Innovator", "Other"))
    bench.crm.add_field("AccountTeamMember", own)
    connector = bench.small(roles={"team_roles": TEAM_ROLES, "team_field": "Part__c"})
    assert states(connector)["values AccountTeamMember.Part__c"] is ItemState.MISSING
    set_up(connector)
    assert states(connector)["values AccountTeamMember.Part__c"] is ItemState.OURS
    assert states(connector)["field AccountTeamMember.Part__c"] is ItemState.PRESENT
    bench.crm.people.assign_role("nordhavn", Role.PROJECT_MANAGER, "amal")
    take_down(connector)
    assert states(connector)["values AccountTeamMember.Part__c"] is ItemState.MISSING
    assert states(connector)["field AccountTeamMember.Part__c"] is ItemState.PRESENT


def test_one_person_can_have_several_roles_in_the_picklist_that_setup_makes(bench: Bench) -> None:
    connector = bench.connector(roles={"team_roles": TEAM_ROLES, "team_field": "Account_Roles__c"})
    set_up(connector)
    for role in (Role.INNOVATOR, Role.PROJECT_MANAGER):
        bench.crm.people.assign_role("nordhavn", role, "ines")
    found = [each for page in connector.pull(RecordKind.ROLE, tuple) for each in page.records]
    assert found == [], "not a key account yet"
    bench.crm.people.set_in_scope("nordhavn", in_scope=True)
    found = [each for page in connector.pull(RecordKind.ROLE, tuple) for each in page.records]
    assert {each.role for each in found if isinstance(each, RoleAssignment)} == {Role.INNOVATOR, Role.PROJECT_MANAGER}


def test_a_permission_set_of_that_name_that_is_not_ours_is_left_alone(bench: Bench) -> None:
    connector = bench.connector()
    connector._client.change("POST", "sobjects/PermissionSet", {"Name": "KamSync", "Label": "Our own"}, "test")
    item = item_of(connector, "permission set KamSync")
    assert item.state is ItemState.DIFFERS
    assert "rename it" in item.remedy
    with pytest.raises(ConnectorError, match="not one that setup made"):
        connector.set_up(item)
    connector.take_down(item)
    assert item_of(connector, "permission set KamSync").state is ItemState.DIFFERS


def test_the_integration_user_gets_to_read_and_people_to_edit(bench: Bench) -> None:
    connector = bench.connector()
    set_up(connector)
    soql = "SELECT Field, PermissionsEdit, Parent.Name FROM FieldPermissions"
    rows = connector._client._read("test", lambda api: api.query(soql))
    assert isinstance(rows, dict)
    granted = {(row["Parent"]["Name"], row["Field"]): row["PermissionsEdit"] for row in rows["records"]}
    assert granted["KamSync", "Task.KamSync_Key__c"] is granted["KamSync", "Event.KamSync_Key__c"] is True
    assert [path for (name, path), edit in granted.items() if name == "KamSync" and edit] == [
        "Event.KamSync_Key__c",
        "Task.KamSync_Key__c",
    ]
    people = {path for (name, path) in granted if name == "KamSync_People"}
    assert people == {
        "Account.Collaborator__c",
        "Account.Fit__c",
        "Account.Key_Account__c",
        "Account.Key_Since__c",
        "Account.Tier__c",
        "AccountPlan.Last_Review__c",
        "AccountPlan.Next_Review__c",
        "AccountPlan.Revenue_Goals__c",
        "Contact.Stance__c",
    }


def test_files_are_a_folder_that_salesforces_own_tool_deploys(bench: Bench) -> None:
    hostile = 'A "b" & <c>'
    connector = bench.connector(
        roles={"team_roles": {hostile: ["innovator"]}},
        feedback={
            "object": "Feedback__c",
            "account_field": "Account__c",
            "fields": {"on": "On__c", "grade": "Grade__c"},
        },
    )
    files = connector.setup_files()
    project = json.loads(files["sfdx-project.json"])
    assert project["packageDirectories"] == [{"path": "force-app", "default": True}]
    assert "sf project deploy start" in files["README.md"]
    parsed = {path: ET.fromstring(content) for path, content in files.items() if path.endswith(".xml")}  # noqa: S314 - our own text
    for path, root in parsed.items():
        # Salesforce writes the name first and the rest by the alphabet.
        names = [child.tag.partition("}")[2] for child in root if not child.tag.endswith("fullName")]
        assert names == sorted(names), path
    key = parsed[f"{BASE}/objects/Activity/fields/KamSync_Key__c.field-meta.xml"]
    told = {child.tag.partition("}")[2]: child.text for child in key}
    assert told.pop("description", "").startswith("Made by kam-sync setup")  # type: ignore[union-attr]  # it has a text
    assert told == {
        "fullName": "KamSync_Key__c",
        "caseSensitive": "false",
        "externalId": "true",
        "label": "KamSync Key",
        "length": "64",
        "required": "false",
        "type": "Text",
        "unique": "true",
    }
    values = parsed[f"{BASE}/standardValueSets/SalesTeamRole.standardValueSet-meta.xml"]
    chosen = [each.text for each in values.findall("m:standardValue/m:fullName", NS)]
    assert chosen[0] == "Account Manager", "the deployment replaces the whole list"
    assert chosen[-1] == hostile
    granted = parsed[f"{BASE}/permissionsets/KamSync.permissionset-meta.xml"]
    fields = [each.text for each in granted.findall("m:fieldPermissions/m:field", NS)]
    assert {"Task.KamSync_Key__c", "Account.Tier__c", "Feedback__c.Grade__c"} <= set(fields)
    assert fields == sorted(fields, key=lambda path: str(path).lower())
    assert f"{BASE}/objects/Feedback__c/Feedback__c.object-meta.xml" in parsed
    assert all(len(line) <= 120 for line in files["README.md"].splitlines())


def test_files_leave_out_what_people_made_even_where_it_is_hidden(bench: Bench) -> None:
    bench.crm.add_field("Account", text("Tier__c"))
    path = f"{BASE}/objects/Account/fields/Tier__c.field-meta.xml"
    connector = bench.connector()
    assert path not in connector.setup_files()
    bench.crm.switches = replace(bench.crm.switches, hidden_fields=frozenset({"Account.Tier__c"}))
    assert path not in connector.setup_files()
    assert states(connector)["field Account.Tier__c"] is ItemState.PRESENT
    assert "permission set KamSync" in states(connector), "it is hidden from us"


def test_files_still_hold_what_setup_made(bench: Bench) -> None:
    connector = bench.connector()
    before = connector.setup_files()
    set_up(connector)
    assert {path for path in before if "/fields/" in path} <= set(connector.setup_files())


def test_every_kind_of_field_is_made_and_read_back_as_what_it_must_be(bench: Bench) -> None:
    names = {
        "account.growth_target": "Growth__c",
        "account.growth_target_year": "Growth_Year__c",
        "account.cost_to_serve": "Cost__c",
        "account.recovery_target": "Recovery__c",
        "account.competitor": "Competitor__c",
        "contact.left": "Left__c",
        "contact.influence": "Influence__c",
        "contact.level": "Level__c",
        "contact.buying_roles": "Buying_Roles__c",
        "opportunity.products": "Products__c",
        "activity.purposes": "Purpose__c",
    }
    more = {
        "contracts": {"fields": {"value": "Value__c"}},
        "quotes": {"fields": {"sent_on": "Sent__c"}},
        "sales": {"field": "Sold__c"},
        "goals": {"object": "Account", "fields": {"name": "Goal__c", "has_metric": "Goal_Figure__c"}},
        "cases": {"urgent": {"field": "Urgent__c", "values": [True]}},
    }
    values = {"contact.level": {"executive": ["Board"]}, "activity.purposes": {"renewal": ["Renewal talk"]}}
    connector = bench.connector(fields=names, values=values, **more)
    made = set_up(connector)
    assert {item.id for item in made} >= {"field Activity.Purpose__c", "field Quote.Sent__c", "field Case.Urgent__c"}
    assert set(states(connector).values()) == {ItemState.OURS}
    unknown = connector.describe().unknown
    assert not {name for name in names if name in unknown}
