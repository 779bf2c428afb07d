"""Custom fields, value sets and permission sets of the local Salesforce: what they do, and how they are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync.clock import ManualClock
from kam_sync.records import PlanPart, Role
from kam_sync_salesforce.local_crm import LocalSalesforce
from support_local_salesforce import NOW, RICH, SMALL, Answer, Org, Rest, codes

TEXT = {"label": "Note", "type": "Text", "length": 80, "description": "Made for a test"}
KEY = {"label": "Key", "type": "Text", "length": 64, "externalId": True, "unique": True, "caseSensitive": False}
API = "tooling/sobjects"


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    clock = ManualClock(NOW)
    with LocalSalesforce.start(tmp_path / "crm", clock=clock, bare=True) as crm:
        crm.load(SMALL)
        rest = Rest(crm)
        try:
            yield Org(crm=crm, rest=rest, clock=clock)
        finally:
            rest.close()


def make(org: Org, full_name: str, metadata: object = TEXT) -> Answer:
    return org.rest.call("POST", f"{API}/CustomField", {"FullName": full_name, "Metadata": metadata})


def tooling(org: Org, soql: str) -> Answer:
    return org.rest.call("GET", "tooling/query", query={"q": soql})


def described(org: Org, name: str) -> dict[str, dict[str, object]]:
    fields = org.rest.call("GET", f"sobjects/{name}/describe").record()["fields"]
    assert isinstance(fields, list)
    return {field["name"]: field for field in fields}


def create(org: Org, name: str, values: Mapping[str, object]) -> Answer:
    return org.rest.call("POST", f"sobjects/{name}", values)


def opened(org: Org, *fields: tuple[str, bool]) -> str:
    """Make a permission set for the API user that opens fields, and return its id."""
    parent = str(create(org, "PermissionSet", {"Name": "Opens", "Label": "Opens"}).record()["id"])
    for path, edit in fields:
        owner = path.partition(".")[0]
        row = {"ParentId": parent, "SobjectType": owner, "Field": path, "PermissionsRead": True}
        assert create(org, "FieldPermissions", {**row, "PermissionsEdit": edit}).status == 201
    who = {"AssigneeId": org.crm.api_user_id, "PermissionSetId": parent}
    assert create(org, "PermissionSetAssignment", who).status == 201
    return parent


def test_a_bare_org_has_nothing_that_administrators_add(org: Org) -> None:
    everything = org.rest.call("GET", "sobjects").record()["sobjects"]
    assert isinstance(everything, list)
    assert not [each["name"] for each in everything if each["custom"]]
    for name in ("Account", "Contact", "Opportunity", "AccountPlan", "AccountTeamMember", "Task", "Quote", "Contract"):
        assert not [field for field in described(org, name).values() if field["custom"]], name
    values = described(org, "Task")["Type"]["picklistValues"]
    assert isinstance(values, list)
    assert [value["value"] for value in values] == ["Call", "Email", "Meeting", "Other"]
    assert set(org.crm.org_settings) == {
        *("connector", "timezone", "auth", "allow_loopback_http", "login_url", "api_version"),
    }


def test_a_bare_org_takes_what_it_can_of_a_portfolio_and_of_peoples_acts(org: Org) -> None:
    people = org.crm.people
    assert 1_500_000.5 in org.rest.names("SELECT AnnualRevenue FROM Account", field="AnnualRevenue")
    people.set_plan("atlas", parts=frozenset(PlanPart), next_review_on=NOW.date())
    (plan,) = org.rest.query("SELECT AccountChallenges, AccountStrategicPriorities FROM AccountPlan")
    assert plan["AccountChallenges"]
    assert {task.key for task in people.tasks()} == {None}
    people.finish_activities("atlas")
    people.merge_accounts(winner="atlas", loser="ceres")
    with pytest.raises(ValueError, match="no field or value to record who is innovator"):
        people.assign_role("atlas", Role.INNOVATOR, "bo")
    with pytest.raises(ValueError, match="No such column 'Key_Account__c'"):
        people.set_in_scope("atlas", in_scope=True)


def test_a_rich_portfolio_fits_into_a_bare_org_and_it_stays_bare(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    with LocalSalesforce.start(tmp_path, clock=clock, bare=True) as crm:
        crm.load(RICH)
    with LocalSalesforce.start(tmp_path, clock=clock) as crm:
        rest = Rest(crm)
        assert rest.page("SELECT Id FROM Feedback__c").failure() == (400, "INVALID_TYPE")
        assert rest.query("SELECT Id FROM AccountPlanObjective")
        rest.close()


def test_roles_are_recorded_by_what_the_org_has(org: Org) -> None:
    people = org.crm.people
    entries = [{"valueName": name, "label": name} for name in ("Account Manager", "Innovator", "Project Manager")]
    answer = org.rest.call("PATCH", f"{API}/StandardValueSet/SalesTeamRole", {"Metadata": {"standardValue": entries}})
    assert answer.status == 204
    people.assign_role("atlas", Role.INNOVATOR, "bo")
    found = org.rest.names("SELECT TeamMemberRole FROM AccountTeamMember ORDER BY Id", field="TeamMemberRole")
    assert "Innovator" in found
    with pytest.raises(ValueError, match="one role for each member"):
        people.assign_role("atlas", Role.PROJECT_MANAGER, "bo")
    people.clear_role("atlas", Role.INNOVATOR)
    people.assign_role("atlas", Role.PROJECT_MANAGER, "bo")
    target = {"referenceTo": "User", "relationshipName": "Collaborates", "type": "Lookup", "label": "Collaborator"}
    assert make(org, "Account.Collaborator__c", target).status == 201
    people.assign_role("atlas", Role.COLLABORATOR, "aylin")
    opened(org, ("Account.Collaborator__c", False))
    soql = "SELECT Collaborator__r.Name FROM Account WHERE Collaborator__c != NULL"
    assert [row["Collaborator__r"]["Name"] for row in org.rest.query(soql)] == ["Aylin Öztürk"]  # type: ignore[index]  # a user
    people.clear_role("atlas", Role.COLLABORATOR)
    assert org.rest.query(soql) == []


def test_a_made_field_is_seen_and_written_as_far_as_a_permission_set_opens_it(org: Org) -> None:
    answer = make(org, "Account.Note__c")
    assert answer.status == 201
    assert answer.record() == {
        **{"success": True, "errors": [], "warnings": [], "infos": []},
        "id": answer.record()["id"],
    }
    assert "Note__c" not in described(org, "Account")
    assert org.rest.page("SELECT Note__c FROM Account").failure() == (400, "INVALID_FIELD")
    opened(org, ("Account.Note__c", False))
    field = described(org, "Account")["Note__c"]
    assert (field["label"], field["length"], field["createable"], field["permissionable"]) == ("Note", 80, False, True)
    atlas = f"sobjects/Account/{org.crm.id_of('atlas')}"
    assert org.rest.call("PATCH", atlas, {"Note__c": "x"}).failure() == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    (row,) = org.rest.query("SELECT Id FROM FieldPermissions")
    org.rest.call("PATCH", f"sobjects/FieldPermissions/{row['Id']}", {"PermissionsEdit": True})
    assert org.rest.call("PATCH", atlas, {"Note__c": "x"}).status == 204
    assert org.rest.names("SELECT Note__c FROM Account WHERE Note__c != NULL", field="Note__c") == ["x"]


def test_a_field_of_activity_is_one_of_tasks_and_events_and_its_key_is_unique(org: Org) -> None:
    assert make(org, "Activity.Key__c", KEY).status == 201
    opened(org, ("Task.Key__c", True), ("Event.Key__c", True))
    assert described(org, "Event")["Key__c"]["unique"] is True
    body = {"records": [{"attributes": {"type": "Task"}, "Key__c": "a", "Subject": "One"}]}
    for created in (True, False):
        (row,) = org.rest.call("PATCH", "composite/sobjects/Task/Key__c", body).rows()
        assert (row["success"], row["created"]) == (True, created)
    assert make(org, "Task.Other__c").failure() == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


def test_the_tooling_api_tells_fields_and_their_descriptions(org: Org) -> None:
    field_id = make(org, "Account.Note__c").record()["id"]
    soql = (
        "SELECT Id, DeveloperName, NamespacePrefix, TableEnumOrId, Description, EntityDefinition.QualifiedApiName "
        "FROM CustomField WHERE DeveloperName IN ('Note', 'Other')"
    )
    (row,) = tooling(org, soql).rows()
    row.pop("attributes")
    entity = row.pop("EntityDefinition")
    assert isinstance(entity, dict)
    assert entity["QualifiedApiName"] == "Account"
    assert row == {
        "Id": field_id,
        "DeveloperName": "Note",
        "NamespacePrefix": None,
        "TableEnumOrId": "Account",
        "Description": "Made for a test",
    }
    (whole,) = tooling(org, "SELECT Id, FullName, Metadata FROM CustomField WHERE DeveloperName = 'Note'").rows()
    assert (whole["FullName"], whole["Metadata"]) == ("Account.Note__c", TEXT)
    make(org, "Contact.Note__c")
    several = tooling(org, "SELECT Metadata FROM CustomField WHERE DeveloperName = 'Note'")
    assert several.failure() == (400, "MALFORMED_QUERY")
    assert tooling(org, "SELECT Id FROM ApexClass").failure() == (400, "INVALID_TYPE")
    assert tooling(org, "SELECT Nope FROM CustomField").failure() == (400, "INVALID_FIELD")


def test_a_deleted_field_is_gone_with_what_it_held_and_can_be_made_again(org: Org) -> None:
    field_id = make(org, "Account.Note__c").record()["id"]
    opened(org, ("Account.Note__c", True))
    org.rest.call("PATCH", f"sobjects/Account/{org.crm.id_of('atlas')}", {"Note__c": "x"})
    assert org.rest.call("DELETE", f"{API}/CustomField/{field_id}").status == 204
    assert "Note__c" not in described(org, "Account")
    assert org.rest.query("SELECT Id FROM FieldPermissions") == []
    assert org.rest.call("DELETE", f"{API}/CustomField/{field_id}").failure() == (404, "NOT_FOUND")
    assert make(org, "Account.Note__c").record()["id"] != field_id
    assert "Note__c" not in described(org, "Account"), "nobody has opened the new one"


def test_fields_and_what_is_closed_stay_so_after_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    for made in (False, True):
        with LocalSalesforce.start(tmp_path, clock=clock) as crm:
            rest = Rest(crm)
            org = Org(crm=crm, rest=rest, clock=clock)
            assert make(org, "Account.Note__c").status == (400 if made else 201)
            assert "Note__c" not in described(org, "Account")
            rest.close()


@pytest.mark.parametrize(
    ("full_name", "metadata", "code"),
    [
        ("Account.Note", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account.Two__Notes__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account." + "N" * 41 + "__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Nope__c.Note__c", TEXT, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Account.Note__c", {"type": "Text", "length": 80}, "REQUIRED_FIELD_MISSING"),
        ("Account.Note__c", {"label": "Note", "type": "Text"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account.Note__c", {"label": "Note", "type": "Text", "length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account.Note__c", {"label": "Note", "type": "Number"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account.Note__c", {"label": "Note", "type": "Wish"}, "JSON_PARSER_ERROR"),
        ("Account.Note__c", {"label": "Note", "type": "Date", "unique": True}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account.Note__c", {"label": "Note", "type": "Picklist", "valueSet": {}}, "FIELD_INTEGRITY_EXCEPTION"),
        (
            "Account.Note__c",
            {"label": "Note", "type": "Lookup", "referenceTo": "Nope", "relationshipName": "Notes"},
            "INVALID_CROSS_REFERENCE_KEY",
        ),
        ("Account.Note__c", "text", "REQUIRED_FIELD_MISSING"),
    ],
)
def test_fields_that_cannot_be_are_refused(org: Org, full_name: str, metadata: object, code: str) -> None:
    assert make(org, full_name, metadata).failure() == (400, code)
    assert tooling(org, "SELECT Id FROM CustomField").rows() == []


def test_names_are_taken_once(org: Org) -> None:
    make(org, "Account.Note__c")
    assert make(org, "Account.Note__c").failure() == (400, "DUPLICATE_DEVELOPER_NAME")
    target = {"referenceTo": "User", "relationshipName": "Same", "type": "Lookup", "label": "Person"}
    assert make(org, "Account.One__c", target).status == 201
    assert make(org, "Contact.Two__c", target).failure() == (400, "DUPLICATE_VALUE")
    create(org, "PermissionSet", {"Name": "Opens", "Label": "Opens"})
    again = create(org, "PermissionSet", {"Name": "opens", "Label": "Opens"})
    assert again.failure() == (400, "DUPLICATE_DEVELOPER_NAME")


def test_permissions_depend_on_each_other(org: Org) -> None:
    parent = str(create(org, "PermissionSet", {"Name": "P", "Label": "P"}).record()["id"])

    def row(kind: str, **values: object) -> dict[str, object]:
        return {"attributes": {"type": kind}, "ParentId": parent, **values}

    rows = [
        row("ObjectPermissions", SobjectType="Contact", PermissionsRead=True),
        row("ObjectPermissions", SobjectType="Account", PermissionsViewAllRecords=True),
        row("ObjectPermissions", SobjectType="Account", PermissionsRead=True, PermissionsViewAllRecords=True),
        row("ObjectPermissions", SobjectType="Contact", PermissionsRead=True),
        row("ObjectPermissions", SobjectType="Contact", PermissionsRead=True),
        row("ObjectPermissions", SobjectType="AccountTeamMember", PermissionsRead=True),
        row("FieldPermissions", SobjectType="Account", Field="Account.Phone", PermissionsEdit=True),
        row("FieldPermissions", SobjectType="Account", Field="Account.Phone", PermissionsRead=True),
        row("FieldPermissions", SobjectType="Contact", Field="Account.Website", PermissionsRead=True),
        row("FieldPermissions", SobjectType="Account", Field="Account.Name", PermissionsRead=True),
    ]
    answer = org.rest.call("POST", "composite/sobjects", {"records": rows})
    assert codes(answer.rows()) == [
        "FIELD_INTEGRITY_EXCEPTION",
        "FIELD_INTEGRITY_EXCEPTION",
        None,
        None,
        "DUPLICATE_VALUE",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "FIELD_INTEGRITY_EXCEPTION",
        None,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ]
    who = {"AssigneeId": org.crm.api_user_id, "PermissionSetId": parent}
    assigned = create(org, "PermissionSetAssignment", who).record()["id"]
    assert org.rest.call("DELETE", f"sobjects/PermissionSet/{parent}").failure() == (400, "DELETE_FAILED")
    org.rest.call("DELETE", f"sobjects/PermissionSetAssignment/{assigned}")
    assert org.rest.call("DELETE", f"sobjects/PermissionSet/{parent}").status == 204
    assert org.rest.query("SELECT Id FROM ObjectPermissions") == []


def test_values_of_standard_sets_replace_each_other_as_a_whole(org: Org) -> None:
    path = f"{API}/StandardValueSet/SalesTeamRole"
    (row,) = tooling(org, "SELECT Id, Metadata FROM StandardValueSet WHERE MasterLabel = 'SalesTeamRole'").rows()
    metadata = row["Metadata"]
    assert isinstance(metadata, dict)
    entries = [*metadata["standardValue"], {"valueName": "Innovator", "label": "Innovator", "description": "Ours"}]
    assert org.rest.call("PATCH", path, {"Metadata": {**metadata, "standardValue": entries}}).status == 204
    for name in ("AccountTeamMember", "OpportunityTeamMember"):
        values = described(org, name)["TeamMemberRole"]["picklistValues"]
        assert isinstance(values, list)
        assert values[-1]["value"] == "Innovator"
    told = org.rest.call("GET", path).record()["Metadata"]
    assert isinstance(told, dict)
    assert told["standardValue"][-1]["description"] == "Ours"
    twice = {"Metadata": {"standardValue": [{"valueName": "A"}, {"valueName": "a"}]}}
    assert org.rest.call("PATCH", path, twice).failure() == (400, "DUPLICATE_VALUE")
    assert org.rest.call("PATCH", path, {"Metadata": {"standardValue": []}}).failure()[0] == 400
    assert org.rest.call("GET", f"{API}/StandardValueSet/Nope").status == 404


def test_values_of_a_made_picklist_can_be_changed_but_not_its_type(org: Org) -> None:
    def metadata(*values: str) -> dict[str, object]:
        entries = [{"valueName": value, "label": value} for value in values]
        value_set = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": entries}}
        return {"label": "Rank", "type": "Picklist", "valueSet": value_set}

    field_id = make(org, "Account.Rank__c", metadata("A")).record()["id"]
    opened(org, ("Account.Rank__c", True))
    path, atlas = f"{API}/CustomField/{field_id}", f"sobjects/Account/{org.crm.id_of('atlas')}"
    assert org.rest.call("PATCH", atlas, {"Rank__c": "B"}).failure()[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert org.rest.call("PATCH", path, {"Metadata": metadata("A", "B")}).status == 204
    assert org.rest.call("PATCH", atlas, {"Rank__c": "B"}).status == 204
    assert org.rest.call("PATCH", path, {"Metadata": TEXT}).failure() == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert org.rest.call("PATCH", path, {}).failure() == (400, "REQUIRED_FIELD_MISSING")


def test_who_may_not_set_up_is_refused(org: Org) -> None:
    field_id = make(org, "Account.Note__c").record()["id"]
    org.crm.switches = replace(org.crm.switches, customize_application=False)
    assert make(org, "Account.Other__c").failure() == (403, "INSUFFICIENT_ACCESS")
    assert org.rest.call("DELETE", f"{API}/CustomField/{field_id}").failure() == (403, "INSUFFICIENT_ACCESS")
    assert create(org, "PermissionSet", {"Name": "P", "Label": "P"}).failure()[1] == "INVALID_TYPE_FOR_OPERATION"
    assert tooling(org, "SELECT Id FROM CustomField").rows()
    org.crm.switches = replace(org.crm.switches, view_setup=False)
    assert tooling(org, "SELECT Id FROM CustomField").failure() == (400, "INVALID_TYPE")
    assert org.rest.page("SELECT Id FROM PermissionSet").failure() == (400, "INVALID_TYPE")
    assert org.rest.call("GET", f"{API}/CustomField/{field_id}").status == 404


def test_what_is_not_served_of_the_tooling_api_says_so(org: Org) -> None:
    assert org.rest.call("GET", f"{API}/ApexClass/describe").failure() == (501, "NOT_SERVED")
    make(org, "Account.Note__c")
    assert tooling(org, "SELECT COUNT() FROM CustomField").failure() == (501, "NOT_SERVED")
    assert tooling(org, "SELECT Id FROM CustomField WHERE DeveloperName LIKE 'N%'").failure() == (501, "NOT_SERVED")
    assert org.rest.call("PUT", f"{API}/CustomField").failure() == (405, "METHOD_NOT_ALLOWED")
    assert org.rest.call("GET", "tooling/query").failure() == (400, "MALFORMED_QUERY")
