"""Every kind of record of a portfolio as the local Salesforce holds it, seen through the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support_local_salesforce import RICH, Org, running_org

OF_ACCOUNTS = (
    "AccountContactRelation",
    "AccountHistory",
    "AccountPlanObjective",
    "AccountPlanObjectiveMeasure",
    "Case",
    "Contract",
    "EventRelation",
    "EventWhoRelation",
    "Feedback__c",
    "OpportunityContactRole",
    "OpportunityTeamMember",
    "Plan_Action__c",
    "Quote",
    "TaskWhoRelation",
)
"""The objects that hang on accounts, beside those that other tests look at."""


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm", portfolio=RICH) as running:
        yield running


def only(rows: list[dict[str, object]]) -> dict[str, object]:
    (row,) = rows
    return {name: value for name, value in row.items() if name != "attributes"}


def test_mapped_fields_and_scores_of_an_account_are_in_its_own_fields(org: Org) -> None:
    fields = (
        "Key_Since__c, Growth_Target__c, Growth_Target_Year__c, Relationship_Stage__c, Trigger__c, Trigger_On__c, "
        "Recovery_Target__c, Competitor__c, Criterion_Product_Fit__c, Criterion_Cultural_Fit__c, "
        "Criterion_Financial_Strength__c"
    )
    row = only(org.rest.query(f"SELECT {fields} FROM Account WHERE Tier__c = 'A'"))  # noqa: S608 - SOQL
    assert row == {
        "Key_Since__c": "2025-06-20",
        "Growth_Target__c": 12.5,
        "Growth_Target_Year__c": 2027.0,
        "Relationship_Stage__c": "Operational",
        "Trigger__c": "New plant",
        "Trigger_On__c": "2026-10-19",
        "Recovery_Target__c": "B",
        "Competitor__c": None,
        "Criterion_Product_Fit__c": 4.0,
        "Criterion_Cultural_Fit__c": 2.5,
        "Criterion_Financial_Strength__c": None,
    }


def test_a_change_of_owner_is_two_rows_of_history_with_names_and_with_ids(org: Org) -> None:
    rows = org.rest.query(
        "SELECT AccountId, Field, DataType, OldValue, NewValue, CreatedDate FROM AccountHistory "
        "WHERE Field = 'Owner' ORDER BY CreatedDate, DataType DESC"
    )
    ines, kwame, lena = (org.crm.id_of(slug) for slug in ("ines", "kwame", "lena"))
    assert {row["AccountId"] for row in rows} == {org.crm.id_of("delta")}
    assert [(row["DataType"], row["OldValue"], row["NewValue"], row["CreatedDate"]) for row in rows] == [
        ("Text", "Lena Østby", "Kwame Boateng", "2026-01-06T09:00:00.000+0000"),
        ("EntityId", lena, kwame, "2026-01-06T09:00:00.000+0000"),
        ("Text", "Kwame Boateng", "Inês Carvalho", "2026-07-05T09:00:00.000+0000"),
        ("EntityId", kwame, ines, "2026-07-05T09:00:00.000+0000"),
    ]
    refused = org.rest.page("SELECT Id FROM AccountHistory WHERE NewValue = 'x'")
    assert refused.failure() == (400, "INVALID_FIELD"), "the values of a history cannot be filtered"
    org.crm.people.set_owner("delta", "kwame")
    newest = org.rest.query(
        "SELECT DataType, OldValue, NewValue, CreatedDate FROM AccountHistory ORDER BY CreatedDate DESC, Id LIMIT 2"
    )
    assert [(row["DataType"], row["OldValue"], row["NewValue"]) for row in newest] == [
        ("Text", "Inês Carvalho", "Kwame Boateng"),
        ("EntityId", ines, kwame),
    ]
    assert {row["CreatedDate"] for row in newest} == {"2026-11-02T08:30:00.000+0000"}
    org.crm.people.set_owner("delta", "kwame")
    assert len(org.rest.query("SELECT Id FROM AccountHistory")) == 6, "nothing changed hands"


def test_contacts_carry_what_is_known_of_them(org: Org) -> None:
    yuki = only(
        org.rest.query(
            "SELECT Title, OwnerId, CreatedDate, Department, Level__c, Stance__c, Stance_On__c, Influence__c, "
            "Decision_Criteria__c, Left_Company__c, IsEmailBounced FROM Contact WHERE Name = 'Yuki Tanaka'"
        )
    )
    assert yuki == {
        "Title": "Einkaufsleiterin",
        "OwnerId": org.crm.id_of("kwame"),
        "CreatedDate": "2026-02-25T09:00:00.000+0000",
        "Department": "Purchasing",
        "Level__c": "Director",
        "Stance__c": "Supporter",
        "Stance_On__c": "2026-09-30",
        "Influence__c": "Asked first",
        "Decision_Criteria__c": "Downtime",
        "Left_Company__c": False,
        "IsEmailBounced": False,
    }
    assert org.rest.names("SELECT Name FROM Contact WHERE Left_Company__c = true AND IsEmailBounced = true") == [
        "Omar Haddad"
    ]


def test_buying_roles_are_in_deals_and_what_no_deal_holds_is_at_the_account(org: Org) -> None:
    in_deals = org.rest.query(
        "SELECT Contact.Name, Role, IsPrimary, Opportunity.Name, Opportunity.AccountId FROM OpportunityContactRole"
    )
    assert [(row["Role"], row["IsPrimary"]) for row in in_deals] == [("Decision Maker", True)]
    assert in_deals[0]["Opportunity"] == {
        "attributes": in_deals[0]["Opportunity"]["attributes"],  # type: ignore[index]  # a parent
        "Name": "Valves",
        "AccountId": org.crm.id_of("delta"),
    }
    at_accounts = org.rest.query(
        "SELECT Contact.LastName, AccountId, Roles, IsDirect, IsActive FROM AccountContactRelation "
        "ORDER BY Contact.LastName"
    )
    assert [row["Roles"] for row in at_accounts] == ["Technical Buyer;Blocker", None, "Champion"]
    assert all(row["IsDirect"] and row["IsActive"] for row in at_accounts)
    assert len(org.rest.query("SELECT Id FROM AccountContactRelation WHERE Roles INCLUDES ('Blocker')")) == 1


def test_opportunities_hold_stage_odds_team_and_the_orgs_own_fields(org: Org) -> None:
    valves = only(
        org.rest.query(
            "SELECT StageName, Probability, Type, CreatedDate, LastStageChangeDate, Competitor__c, Products__c, "
            "Scope_Agreed__c, Tender_Date__c, Proposal_Sent__c, Proposal_Expires__c, Delivered_On__c, IsClosed "
            "FROM Opportunity WHERE Name = 'Valves'"
        )
    )
    assert valves.pop("Scope_Agreed__c")
    assert valves == {
        "StageName": "Technical Evaluation",
        "Probability": 35.0,
        "Type": "Existing Business",
        "CreatedDate": "2026-09-03T09:00:00.000+0000",
        "LastStageChangeDate": "2026-10-21T09:00:00.000+0000",
        "Competitor__c": "Vento SpA",
        "Products__c": "Valves;Service",
        "Tender_Date__c": "2026-11-22",
        "Proposal_Sent__c": "2026-10-24",
        "Proposal_Expires__c": "2026-11-23",
        "Delivered_On__c": None,
        "IsClosed": False,
    }
    closed = org.rest.query(
        "SELECT StageName, IsWon, Probability, Type, Loss_Reason__c, Delivered_On__c, LastStageChangeDate "
        "FROM Opportunity WHERE IsClosed = true ORDER BY Name"
    )
    assert [(row["StageName"], row["IsWon"], row["Probability"], row["Type"]) for row in closed] == [
        ("Closed Won", True, 100.0, "Renewal"),
        ("Closed Lost", False, 0.0, None),
    ]
    assert (closed[1]["Loss_Reason__c"], closed[0]["Delivered_On__c"]) == ("Price", "2026-10-25")
    assert closed[0]["LastStageChangeDate"] == "2026-09-13T09:00:00.000+0000"
    team = org.rest.query("SELECT UserId, Opportunity.Account.Name FROM OpportunityTeamMember")
    assert [row["UserId"] for row in team] == [org.crm.id_of("ines")]
    stages = org.rest.names("SELECT ApiName FROM OpportunityStage ORDER BY SortOrder", field="ApiName")
    assert stages == [
        "Prospecting",
        "Qualification",
        "Technical Evaluation",
        "Proposal/Price Quote",
        "Negotiation/Review",
        "Closed Won",
        "Closed Lost",
    ]


def test_everybody_in_a_meeting_or_call_is_related_to_it(org: Org) -> None:
    yuki, omar = org.crm.id_of("delta/yuki"), org.crm.id_of("delta/omar")
    kwame, delta = org.crm.id_of("kwame"), org.crm.id_of("delta")
    parent, copy = org.rest.query("SELECT Id, Type, WhoId, OwnerId, IsChild, IsGroupEvent FROM Event ORDER BY IsChild")
    assert (parent["Type"], parent["WhoId"], parent["IsGroupEvent"]) == ("Business review", yuki, True)
    assert (copy["OwnerId"], copy["IsChild"]) == (kwame, True)
    relations = org.rest.query(
        "SELECT EventId, RelationId, Relation.Type, IsWhat, IsParent, IsInvitee, Event.AccountId FROM EventRelation"
    )
    assert {row["EventId"] for row in relations} == {parent["Id"]}
    assert {(row["RelationId"], row["IsWhat"], row["IsParent"], row["IsInvitee"]) for row in relations} == {
        (delta, True, True, False),
        (yuki, False, True, False),
        (omar, False, True, False),
        (kwame, False, False, True),
    }
    users = org.rest.query(
        "SELECT RelationId FROM EventRelation WHERE IsWhat = false AND Relation.Type = 'User' "
        "AND Event.Account.Key_Account__c = true AND Event.IsChild = false"
    )
    assert [row["RelationId"] for row in users] == [kwame]
    of_event = org.rest.query("SELECT RelationId, Type FROM EventWhoRelation WHERE EventId != null")
    assert {(row["RelationId"], row["Type"]) for row in of_event} == {(yuki, "Contact"), (omar, "Contact")}
    (task,) = org.rest.query("SELECT WhoId, Type FROM Task")
    assert (task["WhoId"], task["Type"]) == (omar, "Tender preparation")
    of_task = org.rest.query("SELECT RelationId FROM TaskWhoRelation WHERE Type = 'Contact'")
    assert {row["RelationId"] for row in of_task} == {yuki, omar}
    assert org.rest.query(f"SELECT Id FROM TaskWhoRelation WHERE Task.AccountId = '{delta}'") != []  # noqa: S608 - SOQL
    last = org.rest.names("SELECT LastActivityDate FROM Contact WHERE Name LIKE 'Omar%'", field="LastActivityDate")
    assert last == ["2026-10-29"]


def test_plans_tell_when_they_were_changed_and_hold_swot_goals_measures_and_actions(org: Org) -> None:
    plan = only(
        org.rest.query(
            "SELECT EndDate, LastModifiedDate, Swot_Reviewed__c, Strengths__c, Weaknesses__c, Swot_Opportunities__c, "
            "Threats__c FROM AccountPlan"
        )
    )
    assert (plan["EndDate"], plan["Swot_Reviewed__c"]) == ("2027-04-11", "2026-09-18")
    assert plan["LastModifiedDate"] == "2026-09-23T09:00:00.000+0000"
    assert [bool(plan[name]) for name in ("Strengths__c", "Weaknesses__c", "Swot_Opportunities__c", "Threats__c")] == [
        True,
        False,
        False,
        True,
    ]
    goals = org.rest.query(
        "SELECT Name, Status, StartDate, EndDate, ObjectiveOwnerId, AccountPlan.AccountId FROM AccountPlanObjective "
        "WHERE AccountPlan.Account.Key_Account__c = true ORDER BY Name DESC"
    )
    assert [(goal["Name"], goal["Status"], goal["ObjectiveOwnerId"]) for goal in goals] == [
        ("Uptime 99 %", "In Progress", org.crm.id_of("kwame")),
        ("Be liked", "Closed", None),
    ]
    measure = only(
        org.rest.query(
            "SELECT TargetValue, TargetNumberValue, CurrentValueTimestamp, AccountPlanObjective.AccountPlan.AccountId "
            "FROM AccountPlanObjectiveMeasure"
        )
    )
    assert (measure["TargetValue"], measure["TargetNumberValue"]) == ("100", 100.0)
    assert measure["CurrentValueTimestamp"] == "2026-10-18T09:00:00.000+0000"
    action = only(org.rest.query("SELECT Name, Account__c, Objective__c, OwnerId, Due__c, Done__c FROM Plan_Action__c"))
    assert action == {
        "Name": "Train operators",
        "Account__c": org.crm.id_of("delta"),
        "Objective__c": org.crm.id_of("delta/uptime"),
        "OwnerId": org.crm.id_of("kwame"),
        "Due__c": "2027-01-31",
        "Done__c": False,
    }
    old = org.rest.call(
        "GET",
        "/services/data/v62.0/query",
        query={"q": "SELECT CurrentValueTimestamp FROM AccountPlanObjectiveMeasure"},
    )
    assert old.failure() == (400, "INVALID_FIELD"), "the field came with version 63"


def test_feedback_quotes_cases_and_contracts_are_there(org: Org) -> None:
    feedback = org.rest.query("SELECT Name, Given_On__c, Grade__c, Reason__c FROM Feedback__c ORDER BY Given_On__c")
    assert [(row["Given_On__c"], row["Grade__c"], row["Reason__c"]) for row in feedback] == [
        ("2026-04-16", "A-", None),
        ("2026-10-13", "C+", "Late deliveries"),
    ]
    assert len({row["Name"] for row in feedback}) == 2
    quotes = org.rest.query(
        "SELECT Name, Status, ExpirationDate, Sent_On__c, Opportunity.AccountId FROM Quote ORDER BY Name DESC"
    )
    assert [(row["Status"], row["ExpirationDate"], row["Sent_On__c"]) for row in quotes] == [
        ("Presented", "2026-11-23", "2026-10-24"),
        ("Accepted", None, None),
    ]
    cases = org.rest.query(
        "SELECT CaseNumber, Subject, IsClosed, Priority, OwnerId, CreatedDate, ClosedDate FROM Case ORDER BY Subject"
    )
    assert [(row["CaseNumber"], row["IsClosed"], row["Priority"]) for row in cases] == [
        ("00000001", False, "High"),
        ("00000002", True, "Medium"),
    ]
    assert (cases[0]["CreatedDate"], cases[0]["ClosedDate"]) == ("2026-10-30T09:00:00.000+0000", None)
    contracts = org.rest.query(
        "SELECT ContractNumber, Name, Status, StatusCode, EndDate, Annual_Value__c FROM Contract "
        "WHERE Account.Key_Account__c = true ORDER BY ContractNumber"
    )
    assert [(row["Name"], row["Status"], row["EndDate"], row["Annual_Value__c"]) for row in contracts] == [
        ("Full service", "Activated", "2027-01-16", 9600.0),
        ("Basic", "Expired", "2025-09-28", 0.0),
    ]


def test_accounts_are_counted_and_nobody_is_no_standard_user(org: Org) -> None:
    assert org.rest.page("SELECT COUNT() FROM Account").record()["totalSize"] == 2
    robot = only(org.rest.query("SELECT UserType, IsActive FROM User WHERE Name = 'Data Loader'"))
    assert robot == {"UserType": "CloudIntegrationUser", "IsActive": True}


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_every_object_is_described_hidden_missing_shared_and_recycled_with_its_account(org: Org, name: str) -> None:
    crm, rest = org.crm, org.rest
    described = rest.call("GET", f"sobjects/{name}/describe").record()
    fields = described["fields"]
    assert isinstance(fields, list)
    names = ", ".join(str(field["name"]) for field in fields)
    rows = rest.query(f"SELECT {names} FROM {name}")  # noqa: S608 - SOQL
    assert rows
    assert {str(row["Id"])[:3] for row in rows} == {described["keyPrefix"]}
    field = next(str(field["name"]) for field in fields if field["name"] not in {"Id", "IsDeleted"})
    crm.switches = replace(crm.switches, hidden_fields=frozenset({f"{name}.{field}"}))
    assert rest.page(f"SELECT {field} FROM {name}").failure() == (400, "INVALID_FIELD")  # noqa: S608 - SOQL
    crm.switches = replace(crm.switches, hidden_accounts=frozenset({crm.id_of("delta")}))
    assert rest.query(f"SELECT Id FROM {name}") == [], "whose account is hidden"  # noqa: S608 - SOQL
    crm.switches = replace(crm.switches, missing_objects=frozenset({name}), hidden_accounts=frozenset())
    assert rest.page(f"SELECT Id FROM {name}").failure() == (400, "INVALID_TYPE")  # noqa: S608 - SOQL
    assert rest.call("GET", f"sobjects/{name}/describe").status == 404
    crm.switches = replace(crm.switches, missing_objects=frozenset(), hidden_fields=frozenset())
    crm.people.delete_account("delta")
    assert rest.query(f"SELECT Id FROM {name}") == []  # noqa: S608 - SOQL
    assert rest.query(f"SELECT Id FROM {name} WHERE IsDeleted = true", every=True) != []  # noqa: S608 - SOQL


def test_what_hangs_on_an_account_moves_when_it_is_merged(org: Org) -> None:
    echo = org.crm.id_of("echo")
    org.crm.people.merge_accounts(winner="echo", loser="delta")
    for soql in (
        "SELECT AccountId FROM Case",
        "SELECT AccountId FROM Contract",
        "SELECT AccountId FROM AccountContactRelation",
        "SELECT Account__c FROM Feedback__c",
        "SELECT Account__c FROM Plan_Action__c",
        "SELECT RelationId FROM EventRelation WHERE IsWhat = true",
    ):
        field = soql.split()[1]
        assert set(org.rest.names(soql, field=field)) == {echo}, soql
    path = "SELECT Id FROM {} WHERE {} = '{}'"
    for name, reference in (
        ("Quote", "Opportunity.AccountId"),
        ("AccountPlanObjectiveMeasure", "AccountPlanObjective.AccountPlan.AccountId"),
        ("EventWhoRelation", "Event.AccountId"),
    ):
        assert org.rest.query(path.format(name, reference, echo)), name
    assert org.rest.query("SELECT Id FROM AccountHistory") == [], "histories stay with the emptied account"
