"""What the org is made of, what is hidden from the API user, and what getDeleted and getUpdated tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support_local_salesforce import KEY, Org, running_org


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm") as running:
        yield running


def refusal(org: Org, soql: str) -> tuple[int, object]:
    return org.rest.page(soql).failure()


def test_describe_tells_types_rights_picklists_and_references(org: Org) -> None:
    described = org.rest.call("GET", "sobjects/Task/describe").record()
    assert (described["keyPrefix"], described["createable"]) == ("00T", True)
    listed = described["fields"]
    assert isinstance(listed, list)
    fields = {field["name"]: field for field in listed}
    key = fields[KEY]
    assert (key["type"], key["length"], key["unique"], key["externalId"], key["custom"]) == (
        "string",
        64,
        True,
        True,
        True,
    )
    assert key["caseSensitive"] is False
    assert (fields["AccountId"]["createable"], fields["IsClosed"]["updateable"]) == (False, False)
    assert (fields["Description"]["filterable"], fields["Description"]["length"]) == (False, 32_000)
    assert fields["Subject"]["length"] == 255
    assert fields["WhatId"]["referenceTo"] == ["Account", "Opportunity"]
    assert fields["OwnerId"]["relationshipName"] == "Owner"
    assert [value["value"] for value in fields["Priority"]["picklistValues"]] == ["High", "Normal", "Low"]
    assert fields["TaskSubtype"]["updateable"] is False
    everything = org.rest.call("GET", "sobjects/").record()["sobjects"]
    assert isinstance(everything, list)
    assert {"Account", "AccountTeamMember", "AccountPlan", "TaskStatus"} <= {each["name"] for each in everything}
    assert org.rest.call("GET", "sobjects/Nope/describe").failure() == (404, "NOT_FOUND")


def test_closedness_is_told_by_task_status_and_stages(org: Org) -> None:
    statuses = org.rest.query("SELECT ApiName, IsClosed, IsDefault FROM TaskStatus ORDER BY SortOrder")
    assert [(row["ApiName"], row["IsClosed"], row["IsDefault"]) for row in statuses] == [
        ("Not Started", False, True),
        ("In Progress", False, False),
        ("Completed", True, False),
        ("Waiting on someone else", False, False),
        ("Deferred", False, False),
    ]
    won = org.rest.query("SELECT ApiName FROM OpportunityStage WHERE IsClosed = true AND IsWon = true")
    assert [row["ApiName"] for row in won] == ["Closed Won"]


def test_the_organization_and_its_users_are_there(org: Org) -> None:
    (organization,) = org.rest.query("SELECT Id, Name, TimeZoneSidKey, IsSandbox FROM Organization")
    assert str(organization["Id"]).startswith("00D")
    assert (organization["Name"], organization["TimeZoneSidKey"]) == ("Nordlicht Pumpen", "GMT")
    standard = org.rest.names("SELECT Name FROM User WHERE UserType = 'Standard' AND IsActive = true ORDER BY Name")
    assert standard == ["Aylin Öztürk", "Bo Nguyễn", "Integration User", "Org Administrator"]
    assert "Automated Process" in org.rest.names("SELECT Name FROM User")


def test_switches_take_objects_fields_and_records_from_the_api_user(org: Org) -> None:
    crm, atlas = org.crm, org.crm.id_of("atlas")
    crm.switches = replace(crm.switches, missing_objects=frozenset({"AccountPlan"}))
    assert refusal(org, "SELECT Id FROM AccountPlan")[1] == "INVALID_TYPE"
    assert org.rest.call("GET", "sobjects/AccountPlan/describe").status == 404
    crm.switches = replace(crm.switches, hidden_fields=frozenset({"Account.Tier__c", f"Task.{KEY}"}))
    assert refusal(org, "SELECT Tier__c FROM Account")[1] == "INVALID_FIELD"
    assert refusal(org, f"SELECT {KEY} FROM Event")[1] == "INVALID_FIELD", "it is Activity's"  # noqa: S608 - SOQL
    crm.switches = replace(crm.switches, hidden_accounts=frozenset({atlas}))
    assert org.rest.names("SELECT Name FROM Account ORDER BY Name") == ["Boreas Énergie", "ceres 食品"]
    assert org.rest.query("SELECT Id FROM Task") == []
    assert org.rest.query("SELECT Id FROM AccountTeamMember", every=True) == []
    assert org.rest.query("SELECT Parent.Name FROM Account WHERE ParentId != null")[0]["Parent"] is None
    assert org.rest.call("GET", f"sobjects/Account/{atlas}").failure() == (404, "NOT_FOUND")
    with pytest.raises(ValueError, match="no field"):
        crm.switches = replace(crm.switches, hidden_fields=frozenset({"Account.Nope"}))


def test_account_plans_came_with_version_62(org: Org) -> None:
    old = org.rest.call("GET", "/services/data/v61.0/query", query={"q": "SELECT Id FROM AccountPlan"})
    assert old.failure() == (400, "INVALID_TYPE")
    assert org.rest.call("GET", "/services/data/v62.0/query", query={"q": "SELECT Id FROM AccountPlan"}).status == 200


def test_deleted_and_updated_tell_what_happened_in_a_span(org: Org) -> None:
    member = org.rest.names("SELECT Id FROM AccountTeamMember", field="Id")[0]
    task = org.rest.names("SELECT Id FROM Task WHERE IsClosed = false", field="Id")[0]
    assert org.rest.call("DELETE", f"sobjects/AccountTeamMember/{member}").status == 204
    org.crm.people.complete_task(str(task))
    org.clock.advance(seconds=300)
    span = {"start": "2026-11-02T08:00:00+00:00", "end": "2026-11-02T09:00:00Z"}
    gone = org.rest.call("GET", "sobjects/AccountTeamMember/deleted/", query=span).record()
    assert gone["deletedRecords"] == [{"id": member, "deletedDate": "2026-11-02T08:30:00.000+0000"}]
    assert gone["latestDateCovered"] == "2026-11-02T08:35:00.000+0000"
    assert member not in org.rest.names("SELECT Id FROM AccountTeamMember", field="Id", every=True)
    changed = org.rest.call("GET", "sobjects/Task/updated/", query=span).record()
    assert changed["ids"] == [task]
    too_early = {"start": "2026-10-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"}
    for path, wrong in (
        ("sobjects/Task/deleted", too_early),
        ("sobjects/Task/updated", {"start": span["start"], "end": span["start"]}),
        ("sobjects/Task/updated", {"start": "yesterday", "end": span["end"]}),
    ):
        assert org.rest.call("GET", path, query=wrong).failure() == (400, "INVALID_REPLICATION_DATE")


def test_the_recycle_bin_is_emptied_after_15_days(org: Org) -> None:
    org.crm.people.delete_account("ceres")
    assert len(org.rest.query("SELECT Id FROM Account WHERE IsDeleted = true", every=True)) == 1
    org.clock.advance(days=16)
    org.rest.log_in()
    assert org.rest.query("SELECT Id FROM Account WHERE IsDeleted = true", every=True) == []


def test_team_members_hold_several_roles_since_their_creation(org: Org) -> None:
    members = org.rest.query(
        "SELECT User.Name, TeamMemberRole, Account_Roles__c, CreatedDate FROM AccountTeamMember ORDER BY User.Name"
    )
    assert [(row["TeamMemberRole"], row["Account_Roles__c"]) for row in members] == [
        ("Account Manager", "Results Driver;Innovator"),
        ("Account Manager", "Innovator"),
    ]
    assert {row["CreatedDate"] for row in members} == {"2026-01-06T09:00:00.000+0000"}


def test_what_was_deleted_before_its_account_keeps_its_own_deletion(org: Org) -> None:
    task = org.rest.names("SELECT Id FROM Task WHERE IsClosed = false", field="Id")[0]
    org.crm.people.delete_task(str(task))
    org.clock.advance(hours=1)
    org.crm.people.delete_account("atlas")
    org.clock.advance(hours=1)
    span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T11:00:00Z"}
    rows = org.rest.call("GET", "sobjects/Task/deleted", query=span).record()["deletedRecords"]
    assert isinstance(rows, list)
    assert [row["deletedDate"] for row in rows] == ["2026-11-02T08:30:00.000+0000", "2026-11-02T09:30:00.000+0000"]
    assert rows[0]["id"] == task
