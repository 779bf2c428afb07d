"""Describing an org: what is unknown and why, what should be set up, what things are called."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
import responses

from kam_sync.errors import MalformedAnswerError, PermissionDeniedError
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.records import PlanPart, RecordKind, Role
from support_salesforce import HOST, ORG_ID, STATUSES, Org, described, picklist

ROLES = {"roles", *(f"roles.{role.value}" for role in Role)}
PLANS = {
    "plans",
    *(f"plan.{name}" for name in ("start_on", "end_on", "last_review_on", "next_review_on")),
    *(f"plan.parts.{part.value}" for part in PlanPart),
}


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def setup_of(description: OrgDescription) -> dict[str, SetupFinding]:
    found = {finding.subject: finding for finding in description.setup}
    assert len(found) == len(description.setup), "one finding per subject"
    return found


def test_importing_the_package_does_not_import_the_vendor_library() -> None:
    code = (
        "import sys, kam_sync_salesforce; "
        "sys.exit(any(name.split('.')[0] in {'simple_salesforce', 'zeep', 'requests'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own interpreter


def test_a_well_set_up_org_has_nothing_unknown(org: Org) -> None:
    description = org.connector().describe()
    assert (description.org_uid, description.name) == (ORG_ID, "Ardentia Ltd")
    assert description.unknown == {}
    assert description.setup == ()
    assert description.labels["roles.innovator"] == (
        '"Executive Sponsor" in the account team field "Team Member Role" or '
        '"Innovator" in the account team field "Account Roles"'
    )
    assert description.labels["account.owner_id"] == 'the account field "Owner Id"'
    assert description.labels["plan.next_review_on"] == 'the account plan field "Next Review"'
    assert description.labels["plan.parts.current_state"] == 'the account plan field "Account Challenges"'
    assert description.record_urls[RecordKind.ACCOUNT] == f"{HOST}/lightning/r/Account/{{id}}/view"
    assert description.record_urls[RecordKind.PLAN] == f"{HOST}/lightning/r/AccountPlan/{{id}}/view"
    assert description.task_url == f"{HOST}/lightning/r/Task/{{id}}/view"


def test_only_objects_that_exist_and_are_needed_are_described(org: Org) -> None:
    del org.objects["Event"]
    org.connector(plan=None, roles=None).describe()
    (batch,) = [each for each in org.sent if each.path.endswith("/composite/batch")]
    assert isinstance(batch.json, dict)
    assert [each["url"] for each in batch.json["batchRequests"]] == [
        f"v66.0/sobjects/{name}/describe"
        for name in ("User", "Account", "Contact", "Opportunity", "Task", "TaskStatus")
    ]


@pytest.mark.parametrize(
    ("name", "sobject", "field"),
    [
        ("account.owner_id", "Account", "OwnerId"),
        ("account.parent_id", "Account", "ParentId"),
        ("account.created_on", "Account", "CreatedDate"),
        ("account.tier", "Account", "Tier__c"),
        ("account.revenue", "Account", "AnnualRevenue"),
        ("contacts", "Contact", "AccountId"),
        ("opportunities", "Opportunity", "CloseDate"),
        ("activities", "Task", "IsClosed"),
        ("activities", "Event", "IsChild"),
        ("plans", "AccountPlan", "AccountId"),
        ("plans", "AccountPlan", "Status"),
        ("plan.start_on", "AccountPlan", "StartDate"),
        ("plan.end_on", "AccountPlan", "EndDate"),
        ("plan.last_review_on", "AccountPlan", "Last_Review__c"),
        ("plan.next_review_on", "AccountPlan", "Next_Review__c"),
        ("plan.parts.strategy", "AccountPlan", "AccountStrategicPriorities"),
    ],
)
def test_what_is_mapped_but_hidden_is_unknown_with_a_way_out(org: Org, name: str, sobject: str, field: str) -> None:
    org.hide(sobject, field)
    description = org.connector().describe()
    assert f"{sobject}.{field}" in description.unknown[name]
    finding = setup_of(description)[name]
    assert f"{sobject}.{field}" in finding.problem
    assert finding.fix


@pytest.mark.parametrize(
    ("sobject", "names"),
    [
        ("Contact", {"contacts"}),
        ("Opportunity", {"opportunities"}),
        ("Event", {"activities"}),
        ("AccountTeamMember", ROLES),
        ("AccountPlan", PLANS),
    ],
)
def test_missing_objects_are_unknown(org: Org, sobject: str, names: set[str]) -> None:
    del org.objects[sobject]
    description = org.connector().describe()
    assert set(description.unknown) == names
    assert all(sobject in reason for reason in description.unknown.values())
    assert len(description.setup) == 1


def test_unmapped_options_are_unknown_without_a_finding(org: Org) -> None:
    plan = {
        "object": "AccountPlan",
        "account_field": "AccountId",
        "fields": {"last_review_on": "Last_Review__c"},
        "parts": {"strategy": ["AccountStrategicPriorities"]},
    }
    description = org.connector(fields={"account.revenue": None}, plan=plan).describe()
    parts = [part.value for part in PlanPart if part is not PlanPart.STRATEGY]
    assert description.unknown == {
        **{name: f"not mapped: set fields: {name}" for name in ("account.tier", "account.revenue")},
        **{f"plan.{name}": f"not mapped: set plan.fields: {name}" for name in ("start_on", "end_on", "next_review_on")},
        **{f"plan.parts.{part}": f"not mapped: set plan.parts: {part}" for part in parts},
    }
    assert description.setup == ()


def test_a_plan_without_any_review_date_is_a_finding(org: Org) -> None:
    plan = {"object": "AccountPlan", "account_field": "AccountId"}
    assert set(setup_of(org.connector(plan=plan).describe())) == {"plan.next_review_on"}


def test_without_a_plan_mapping_plans_are_unknown(org: Org) -> None:
    description = org.connector(plan=None).describe()
    assert description.unknown == dict.fromkeys(PLANS, "not mapped: set plan.object")
    assert set(setup_of(description)) == {"plans"}


def test_without_a_role_source_roles_are_unknown(org: Org) -> None:
    description = org.connector(roles=None).describe()
    assert description.unknown == dict.fromkeys(ROLES, "not mapped")
    assert set(setup_of(description)) == {"roles"}


def test_a_role_that_no_source_records_is_named(org: Org) -> None:
    description = org.connector(roles={"team_roles": {"executive sponsor": ["innovator"]}}).describe()
    others = {f"roles.{role.value}" for role in Role if role is not Role.INNOVATOR}
    assert set(description.unknown) == others
    assert set(setup_of(description)) == others
    assert "results_driver" in setup_of(description)["roles.results_driver"].fix


def test_a_mapped_value_that_nobody_can_choose_is_a_finding(org: Org) -> None:
    team_roles = {"Executive Sponsor": [role.value for role in Role], "Ideas Person": ["innovator"]}
    description = org.connector(roles={"team_roles": team_roles}).describe()
    assert description.unknown == {}
    finding = setup_of(description)["roles.innovator"]
    assert "Ideas Person" in finding.problem
    assert "Account Manager, Executive Sponsor" in finding.fix


def test_a_role_whose_only_value_nobody_can_choose_is_unknown(org: Org) -> None:
    description = org.connector(roles={"team_roles": {"Ideas Person": ["innovator"]}}).describe()
    assert "roles.innovator" in description.unknown
    assert "no active role" in setup_of(description)["roles.innovator"].problem


def test_an_inactive_picklist_value_does_not_count(org: Org) -> None:
    org.field("AccountTeamMember", "TeamMemberRole")["picklistValues"] = [
        {"value": "Executive Sponsor", "label": "Executive Sponsor", "active": False},
        {"value": "Account Manager", "label": "Account Manager", "active": True},
    ]
    roles = {"team_roles": {"Executive Sponsor": ["innovator"], "Account Manager": ["collaborator"]}}
    unknown = org.connector(roles=roles).describe().unknown
    assert "roles.innovator" in unknown
    assert "roles.collaborator" not in unknown


def test_a_role_with_one_unreadable_source_is_unknown_though_another_can_be_read(org: Org) -> None:
    org.hide("AccountTeamMember", "TeamMemberRole")
    roles = {"team_roles": {"Executive Sponsor": ["innovator"]}, "user_fields": {"innovator": ["Innovator__c"]}}
    description = org.connector(roles=roles).describe()
    assert "TeamMemberRole" in description.unknown["roles.innovator"]
    assert "roles" not in description.unknown


@pytest.mark.parametrize("field", ["Absent__c", "Sponsor__c"])
def test_user_lookups_must_be_lookups_to_users(org: Org, field: str) -> None:
    description = org.connector(roles={"user_fields": {"innovator": [field]}}).describe()
    assert field in description.unknown["roles.innovator"]
    assert field in setup_of(description)["roles.innovator"].problem


def test_fields_of_the_wrong_type_are_unknown(org: Org) -> None:
    org.objects["AccountPlan"].append(described("Reviewed__c"))
    plan: dict[str, object] = {"object": "AccountPlan", "account_field": "OwnerId"}
    assert "lookup to Account" in org.connector(plan=plan).describe().unknown["plans"]
    plan = {"object": "AccountPlan", "account_field": "AccountId", "fields": {"last_review_on": "Reviewed__c"}}
    description = org.connector(plan=plan, fields={"account.revenue": "Tier__c"}).describe()
    assert "not a date" in description.unknown["plan.last_review_on"]
    assert "not a number" in description.unknown["account.revenue"]
    assert {"plan.last_review_on", "account.revenue"} <= set(setup_of(description))


def test_scope_values_are_checked_against_the_picklist(org: Org) -> None:
    some = org.connector(scope={"field": "Tier__c", "values": ["a", "Z"]}).describe()
    assert not setup_of(some)["scope"].blocks_apply
    none = org.connector(scope={"field": "Tier__c", "values": ["Y", "Z"]}).describe()
    assert setup_of(none)["scope"].blocks_apply
    assert "A, B, C" in setup_of(none)["scope"].fix


@pytest.mark.parametrize(
    ("flags", "field", "change"),
    [
        ({"createable": False}, "", {}),
        ({"updateable": False}, "", {}),
        ({"queryable": False}, "", {}),
        ({}, "Description", {"updateable": False}),
        ({}, "OwnerId", {"createable": False}),
        ({}, "WhatId", {"createable": False}),
    ],
)
def test_tasks_that_cannot_be_written_block_applying(
    org: Org, flags: dict[str, object], field: str, change: dict[str, object]
) -> None:
    org.object_flags["Task"] = flags
    if field:
        org.field("Task", field).update(change)
    finding = setup_of(org.connector().describe())["tasks.write"]
    assert finding.blocks_apply
    assert field in finding.problem


@pytest.mark.parametrize("what", ["Status", "TaskStatus"])
def test_unreadable_statuses_block_applying(org: Org, what: str) -> None:
    if what == "Status":
        org.hide("Task", "Status")
    else:
        del org.objects["TaskStatus"]
    assert any(finding.blocks_apply for finding in org.connector().describe().setup)


def test_statuses_of_the_policy_file_must_exist_on_their_side(org: Org) -> None:
    for wrong in ({"open_status": "Completed"}, {"closed_status": "Not Started"}, {"open_status": "Begun"}):
        finding = setup_of(org.connector(tasks={"key_field": "KamSync_Key__c", **wrong}).describe())["tasks.status"]
        assert finding.blocks_apply
        assert "Not Started, Deferred" in finding.fix
    org.rows["TaskStatus"] = [[{**status, "IsDefault": False} for status in STATUSES]]
    assert org.connector().describe().setup == ()


def test_an_unknown_deferred_status_is_told_only_where_it_was_named(org: Org) -> None:
    org.rows["TaskStatus"] = [[dict(status) for status in STATUSES[:2]]]
    assert org.connector().describe().setup == ()
    named = {"key_field": "KamSync_Key__c", "deferred_statuses": ["Later"]}
    finding = setup_of(org.connector(tasks=named).describe())["tasks.status"]
    assert "Later" in finding.problem
    assert not finding.blocks_apply


def test_an_unknown_priority_is_told(org: Org) -> None:
    org.objects["Task"] = [each for each in org.objects["Task"] if each["name"] != "Priority"]
    org.objects["Task"].append(picklist("Priority", "Urgent", "Normal", "Low"))
    finding = setup_of(org.connector().describe())["tasks.write"]
    assert "High" in finding.problem
    assert not finding.blocks_apply


@pytest.mark.parametrize(
    ("tasks", "change"),
    [
        (None, {}),
        ({"key_field": "Absent__c"}, {}),
        ({"key_field": "KamSync_Key__c"}, {"createable": False}),
        ({"key_field": "KamSync_Key__c"}, {"updateable": False}),
        ({"key_field": "KamSync_Key__c"}, {"externalId": False}),
        ({"key_field": "KamSync_Key__c"}, {"length": 30}),
        ({"key_field": "KamSync_Key__c"}, {"type": "double"}),
    ],
)
def test_without_a_good_key_field_the_weaker_mode_says_what_is_weaker(
    org: Org, tasks: dict[str, object] | None, change: dict[str, object]
) -> None:
    org.field("Task", "KamSync_Key__c").update(change)
    description = org.connector(tasks=tasks).describe()
    finding = setup_of(description)["tasks.key"]
    assert not finding.blocks_apply
    assert "doubles" in finding.problem
    assert description.unknown == {}


def test_a_key_field_that_is_not_unique_is_told(org: Org) -> None:
    org.field("Task", "KamSync_Key__c")["unique"] = False
    assert "not unique" in setup_of(org.connector().describe())["tasks.key"].problem


def test_in_the_weaker_mode_hidden_descriptions_make_activities_unknown(org: Org) -> None:
    org.hide("Task", "Description")
    assert "activities" in org.connector(tasks=None).describe().unknown
    assert "activities" not in org.connector().describe().unknown


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("GET .*/sobjects", []),
        ("GET .*/sobjects", {"sobjects": "x"}),
        ("GET .*/sobjects", {"sobjects": ["x"]}),
        ("POST .*/composite/batch", {"results": []}),
        ("POST .*/composite/batch", []),
        ("POST .*/composite/batch", {"results": [{"statusCode": 200, "result": {"name": "User"}}] * 9}),
        (
            "POST .*/composite/batch",
            {"results": [{"statusCode": 200, "result": {"name": "User", "fields": ["x"]}}] * 9},
        ),
        ("POST .*/composite/batch", {"results": [{"statusCode": 200, "result": "x"}] * 9}),
        ("POST .*/composite/batch", {"results": [{"result": {}}] * 9}),
        ("FROM Organization", {"totalSize": 0, "done": True, "records": []}),
    ],
)
def test_descriptions_that_are_none_are_malformed(org: Org, call: str, body: object) -> None:
    org.reply(call, (200, body))
    with pytest.raises(MalformedAnswerError):
        org.connector().describe()


def test_a_failed_describe_is_the_error_it_would_have_been_alone(org: Org) -> None:
    forbidden = {"statusCode": 403, "result": [{"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}]}
    org.reply("POST .*/composite/batch", (200, {"hasErrors": True, "results": [forbidden] * 9}))
    with pytest.raises(PermissionDeniedError, match="INSUFFICIENT_ACCESS"):
        org.connector().describe()


def test_every_canonical_name_is_either_known_or_has_a_reason(org: Org) -> None:
    for name in ("Contact", "Opportunity", "Task", "Event", "AccountTeamMember", "AccountPlan", "TaskStatus"):
        del org.objects[name]
    org.hide("Account", "OwnerId", "ParentId", "CreatedDate", "Tier__c", "AnnualRevenue")
    description = org.connector(scope=None).describe()
    assert set(description.unknown) == {
        *("contacts", "opportunities", "activities"),
        *(f"account.{name}" for name in ("owner_id", "parent_id", "tier", "revenue", "created_on")),
        *ROLES,
        *PLANS,
    }
    assert {"tasks.write", "tasks.status", "tasks.key"} <= set(setup_of(description))
