"""Loading a portfolio into the local Salesforce, and what people do in it, seen through the API."""
# ruff: noqa: S608 - this is SOQL, put together from the tests' own values

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

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
from support_local_salesforce import KEY, NOW, SMALL, Org, running_org

TODAY = NOW.date()


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm") as running:
        yield running


def with_activities(*activities: PortfolioActivity) -> Portfolio:
    return replace(SMALL, accounts=(replace(SMALL.accounts[2], activities=activities),))


def test_a_portfolio_becomes_records_counted_from_today(org: Org) -> None:
    atlas, bo = org.crm.id_of("atlas"), org.crm.id_of("bo")
    (deal,) = org.rest.query("SELECT AccountId, OwnerId, Amount, CloseDate, StageName, NextStep FROM Opportunity")
    assert (deal["AccountId"], deal["OwnerId"], deal["Amount"]) == (atlas, bo, 9.5)
    assert (deal["CloseDate"], deal["StageName"], deal["NextStep"]) == ("2026-12-02", "Qualification", "Offer")
    (contact,) = org.rest.query("SELECT FirstName, LastName, Name, Title, Email, AccountId FROM Contact")
    assert (contact["FirstName"], contact["LastName"], contact["Title"]) == ("Chidi", "Okafor", "CFO")
    (plan,) = org.rest.query(
        "SELECT Status, StartDate, EndDate, Last_Review__c, Next_Review__c, AccountStrategicPriorities, "
        "AccountChallenges, Relationship_Map__c, Revenue_Goals__c FROM AccountPlan"
    )
    assert (plan["Status"], plan["StartDate"], plan["Next_Review__c"]) == ("Active", "2026-07-25", "2027-01-11")
    assert plan["AccountStrategicPriorities"]
    assert [plan[name] for name in ("AccountChallenges", "Relationship_Map__c", "Revenue_Goals__c")] == [None] * 3
    call, offer = org.rest.query(
        "SELECT Subject, Status, TaskSubtype, ActivityDate, OwnerId FROM Task ORDER BY Subject"
    )
    assert (call["Status"], call["TaskSubtype"], call["ActivityDate"]) == ("Completed", "Call", "2026-10-23")
    assert (offer["Status"], offer["TaskSubtype"], offer["ActivityDate"]) == ("Not Started", "Task", "2026-11-07")
    (event,) = org.rest.query("SELECT StartDateTime, ActivityDate, IsChild, WhatId FROM Event")
    assert (event["StartDateTime"], event["IsChild"]) == ("2026-10-30T10:00:00.000+0000", False)
    inactive = org.rest.query("SELECT Id, ManagerId FROM User WHERE IsActive = false")
    assert [user["Id"] for user in inactive] == [org.crm.id_of("gone")]
    assert org.rest.names("SELECT Manager.Name FROM User WHERE ManagerId != null", field="Manager")[0] is not None
    assert org.rest.page("SELECT Id FROM slug").failure() == (400, "INVALID_TYPE")


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (
            PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=1, owner=None, subject="Lone"),
            "Lone",
        ),
        (PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.CANCELED, days=1, owner="bo"), "canceled"),
        (PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.CANCELED, days=1, owner="bo"), "canceled"),
        (PortfolioActivity(kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=None, owner="bo"), "date"),
        (PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=1, owner="nobody"), "nobody"),
        (PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=1, owner="bo", deal="x"), "'x'"),
    ],
)
def test_what_salesforce_cannot_hold_is_refused_and_nothing_is_loaded(
    tmp_path: Path, activity: PortfolioActivity, words: str
) -> None:
    with running_org(tmp_path / "crm", portfolio=None) as org:
        with pytest.raises(ValueError, match=words) as raised:
            org.crm.load(with_activities(activity))
        assert "ceres" in str(raised.value)
        assert org.rest.query("SELECT Id FROM Account") == []
        org.crm.load(SMALL)
        assert len(org.rest.query("SELECT Id FROM Account")) == 3


def test_canceled_meetings_are_deleted_events_and_coming_calls_are_open_tasks(tmp_path: Path) -> None:
    meeting = PortfolioActivity(kind=ActivityKind.MEETING, status=ActivityStatus.CANCELED, days=2, owner="bo")
    call = PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.OPEN, days=2, owner="bo", subject="Planned")
    past = PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.OPEN, days=-2, owner="bo", subject="Was")
    undated = PortfolioActivity(
        kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=None, owner="bo", subject="When"
    )
    with running_org(tmp_path / "crm", portfolio=with_activities(meeting, call, past, undated)) as org:
        assert org.rest.query("SELECT Id FROM Event") == []
        assert len(org.rest.query("SELECT Id FROM Event WHERE IsDeleted = true", every=True)) == 1
        tasks = org.rest.query("SELECT Subject, Status, ActivityDate FROM Task ORDER BY Subject")
        assert [(task["Subject"], task["Status"], task["ActivityDate"]) for task in tasks] == [
            ("Planned", "Not Started", "2026-11-04"),
            ("Was", "Completed", "2026-10-31"),
            ("When", "Not Started", None),
        ]


def test_unknown_and_doubled_slugs_are_refused(tmp_path: Path) -> None:
    stranger = replace(SMALL, accounts=(replace(SMALL.accounts[2], owner="nobody"),))
    orphan = replace(SMALL, accounts=(replace(SMALL.accounts[2], parent="nowhere"),))
    twins = replace(SMALL, accounts=(SMALL.accounts[2], SMALL.accounts[2]))
    with running_org(tmp_path / "crm", portfolio=None) as org:
        for portfolio, words in ((stranger, "nobody"), (orphan, "nowhere"), (twins, "same slug")):
            with pytest.raises(ValueError, match=words):
                org.crm.load(portfolio)
        with pytest.raises(ValueError, match="atlas"):
            org.crm.id_of("atlas")


def test_people_complete_defer_reopen_and_delete_in_their_own_names(org: Org) -> None:
    created = org.rest.upsert({KEY: "k1-people", "WhatId": org.crm.id_of("atlas"), "OwnerId": org.crm.id_of("bo")})
    task = str(created[0]["id"])
    fields = ("Status", "IsClosed", "CompletedDateTime", "LastModifiedById", "LastModifiedDate")
    org.clock.advance(hours=1)
    org.crm.people.complete_task(task)
    assert org.rest.task(task, *fields) == {
        "attributes": {"type": "Task", "url": f"/services/data/v66.0/sobjects/Task/{task}"},
        "Status": "Completed",
        "IsClosed": True,
        "CompletedDateTime": "2026-11-02T09:30:00.000+0000",
        "LastModifiedById": org.crm.id_of("bo"),
        "LastModifiedDate": "2026-11-02T09:30:00.000+0000",
    }
    org.crm.people.defer_task(task)
    assert org.rest.task(task, "Status", "IsClosed")["Status"] == "Deferred"
    org.crm.people.reopen_task(task)
    reopened = org.rest.task(task, *fields)
    assert (reopened["Status"], reopened["IsClosed"], reopened["CompletedDateTime"]) == ("Not Started", False, None)
    org.crm.people.delete_task(task)
    (row,) = org.rest.query(f"SELECT IsDeleted, LastModifiedById FROM Task WHERE Id = '{task}'", every=True)
    assert (row["IsDeleted"], row["LastModifiedById"]) == (True, org.crm.id_of("bo"))
    with pytest.raises(ValueError, match="ENTITY_IS_DELETED"):
        org.crm.people.complete_task(task)


def test_people_never_act_as_the_api_user_or_an_inactive_one(org: Org) -> None:
    (row,) = org.rest.upsert({KEY: "k1-api", "WhatId": org.crm.id_of("atlas")})
    org.crm.people.complete_task(str(row["id"]))
    by = org.rest.task(row["id"], "LastModifiedById")["LastModifiedById"]
    assert by not in {org.crm.api_user_id, org.crm.id_of("gone")}


def test_people_edit_what_they_like_and_see_all_tasks_oldest_first(org: Org) -> None:
    (row,) = org.rest.upsert({KEY: "k1-edit", "WhatId": org.crm.id_of("ceres"), "Subject": "Ours", "Priority": "High"})
    task = str(row["id"])
    org.crm.people.edit_task(
        task, subject="Mine", body="Body", owner="aylin", due_on=dt.date(2026, 12, 1), raw_priority="Low"
    )
    seen = org.crm.people.tasks()
    assert [each.subject for each in seen] == ["Call back", "Send offer", "Mine"]
    ours = seen[-1]
    assert (ours.id, ours.account, ours.owner, ours.body) == (task, "ceres", "aylin", "Body")
    assert (ours.due_on, ours.raw_priority, ours.raw_status) == (dt.date(2026, 12, 1), "Low", "Not Started")
    assert (ours.key, ours.open, ours.deleted) == ("k1-edit", True, False)
    assert seen[0].open is False
    assert [each.id for each in org.crm.people.tasks(account="ceres")] == [task]
    org.crm.people.delete_task(task)
    assert org.crm.people.tasks(account="ceres") == []
    assert [each.deleted for each in org.crm.people.tasks(account="ceres", include_deleted=True)] == [True]
    with pytest.raises(ValueError, match="RESTRICTED_PICKLIST"):
        org.crm.people.edit_task(org.crm.people.tasks()[0].id, raw_priority="Urgent")
    with pytest.raises(ValueError, match="nobody"):
        org.crm.people.tasks(account="nobody")


def test_roles_are_added_to_and_taken_from_the_account_team(org: Org) -> None:
    def team(slug: str) -> dict[object, object]:
        soql = f"SELECT UserId, Account_Roles__c FROM AccountTeamMember WHERE AccountId = '{org.crm.id_of(slug)}'"
        return {row["UserId"]: row["Account_Roles__c"] for row in org.rest.query(soql)}

    aylin, bo = org.crm.id_of("aylin"), org.crm.id_of("bo")
    org.crm.people.assign_role("atlas", Role.PROJECT_MANAGER, "bo")
    org.crm.people.assign_role("ceres", Role.COLLABORATOR, "bo")
    assert team("atlas") == {aylin: "Results Driver;Innovator", bo: "Innovator;Project Manager"}
    assert team("ceres") == {bo: "Collaborator"}
    org.crm.people.clear_role("atlas", Role.INNOVATOR)
    org.crm.people.clear_role("ceres", Role.COLLABORATOR)
    assert team("atlas") == {aylin: "Results Driver", bo: "Project Manager"}
    assert team("ceres") == {bo: None}


def test_owners_scope_and_users_change(org: Org) -> None:
    org.crm.people.set_owner("ceres", "aylin")
    org.crm.people.set_in_scope("ceres", in_scope=False)
    org.crm.people.deactivate_user("bo")
    soql = f"SELECT OwnerId, Key_Account__c, LastModifiedById FROM Account WHERE Id = '{org.crm.id_of('ceres')}'"
    (ceres,) = org.rest.query(soql)
    assert (ceres["OwnerId"], ceres["Key_Account__c"]) == (org.crm.id_of("aylin"), False)
    assert ceres["LastModifiedById"] == org.crm.id_of("aylin")
    assert org.rest.names("SELECT IsActive FROM User WHERE Name = 'Bo Nguyễn'", field="IsActive") == [False]
    with pytest.raises(ValueError, match="INACTIVE_OWNER_OR_USER"):
        org.crm.people.set_owner("ceres", "gone")


def test_activities_are_recorded_and_finished_but_never_ours(org: Org) -> None:
    people = org.crm.people
    org.rest.upsert({KEY: "k1-ours", "WhatId": org.crm.id_of("ceres")})
    task = people.add_activity("ceres", kind=ActivityKind.TASK, on=TODAY, owner="bo", subject="Do")
    coming = people.add_activity("ceres", kind=ActivityKind.MEETING, on=TODAY + dt.timedelta(days=3), owner="bo")
    past = people.add_activity("ceres", kind=ActivityKind.MEETING, on=TODAY - dt.timedelta(days=3), owner="aylin")
    call = people.add_activity(
        "ceres", kind=ActivityKind.CALL, on=TODAY - dt.timedelta(days=1), owner="bo", status=ActivityStatus.DONE
    )
    assert org.rest.task(call, "Status", "TaskSubtype", "CreatedById") | {"attributes": None} == {
        "attributes": None,
        "Status": "Completed",
        "TaskSubtype": "Call",
        "CreatedById": org.crm.id_of("bo"),
    }
    with pytest.raises(ValueError, match="canceled"):
        people.add_activity("ceres", kind=ActivityKind.TASK, on=TODAY, owner="bo", status=ActivityStatus.CANCELED)
    people.finish_activities("ceres")
    assert org.rest.task(task, "IsClosed")["IsClosed"] is True
    assert org.rest.names("SELECT Id FROM Event WHERE Account.Name LIKE 'ceres%'", field="Id") == [past]
    assert org.rest.names("SELECT Id FROM Event WHERE IsDeleted = true", field="Id", every=True) == [coming]
    assert [each.open for each in people.tasks(account="ceres") if each.key] == [True]


def test_plans_are_set_overwritten_and_removed(org: Org) -> None:
    def plans(slug: str) -> list[dict[str, object]]:
        return org.rest.query(
            "SELECT Status, StartDate, Next_Review__c, Last_Review__c, Revenue_Goals__c, AccountChallenges "
            f"FROM AccountPlan WHERE AccountId = '{org.crm.id_of(slug)}'"
        )

    org.crm.people.set_plan("ceres", next_review_on=dt.date(2027, 1, 1), start_on=dt.date(2026, 1, 1))
    (plan,) = plans("ceres")
    assert (plan["Status"], plan["StartDate"], plan["Next_Review__c"]) == ("Active", "2026-01-01", "2027-01-01")
    assert plan["Revenue_Goals__c"]
    org.crm.people.set_plan("atlas", parts=frozenset({PlanPart.CURRENT_STATE}))
    (plan,) = plans("atlas")
    assert [plan[name] for name in ("StartDate", "Last_Review__c", "Next_Review__c", "Revenue_Goals__c")] == [None] * 4
    assert plan["AccountChallenges"]
    org.crm.people.clear_plan("atlas")
    assert plans("atlas") == []


def test_deleting_an_account_takes_everything_that_hangs_on_it(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    org.crm.people.delete_account("atlas")
    for name in ("Contact", "Opportunity", "AccountTeamMember", "AccountPlan", "Task", "Event"):
        assert org.rest.query(f"SELECT Id FROM {name}") == [], name
        gone = org.rest.query(f"SELECT IsDeleted FROM {name}", every=True)
        assert gone, name
        assert all(row["IsDeleted"] for row in gone), name
    (row,) = org.rest.query(f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{atlas}'", every=True)
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, None)
    assert org.rest.names("SELECT ParentId FROM Account WHERE Tier__c = 'C'", field="ParentId") == [None]


def test_merging_accounts_moves_everything_to_the_winner(org: Org) -> None:
    atlas, ceres, bo = (org.crm.id_of(slug) for slug in ("atlas", "ceres", "bo"))
    org.crm.people.assign_role("ceres", Role.COLLABORATOR, "bo")
    (keyed,) = org.rest.upsert({KEY: "k1-merge", "WhatId": atlas})
    org.crm.people.merge_accounts(winner="ceres", loser="atlas")
    (loser,) = org.rest.query(f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{atlas}'", every=True)
    assert (loser["IsDeleted"], loser["MasterRecordId"]) == (True, ceres)
    for name in ("Contact", "Opportunity", "AccountPlan", "Task", "Event"):
        found = org.rest.names(f"SELECT AccountId FROM {name}", field="AccountId")
        assert found, name
        assert set(found) == {ceres}, name
    moved = org.rest.task(keyed["id"], "WhatId", KEY, "IsDeleted")
    assert (moved["WhatId"], moved[KEY], moved["IsDeleted"]) == (ceres, "k1-merge", False)
    team = org.rest.query("SELECT UserId, AccountId, Account_Roles__c FROM AccountTeamMember")
    assert {row["AccountId"] for row in team} == {ceres}
    roles = {row["UserId"]: set(str(row["Account_Roles__c"]).split(";")) for row in team}
    assert roles == {
        org.crm.id_of("aylin"): {"Results Driver", "Innovator"},
        bo: {"Collaborator", "Innovator"},
    }
    parents = org.rest.names("SELECT ParentId FROM Account WHERE Tier__c = 'C'", field="ParentId")
    assert parents == [ceres]
    (winner,) = org.rest.query(f"SELECT LastActivityDate FROM Account WHERE Id = '{ceres}'")
    assert winner["LastActivityDate"] == "2026-10-30"
    with pytest.raises(ValueError, match="itself"):
        org.crm.people.merge_accounts(winner="ceres", loser="ceres")
    with pytest.raises(ValueError, match="ENTITY_IS_DELETED"):
        org.crm.people.merge_accounts(winner="ceres", loser="atlas")


def test_the_settings_name_what_exists_in_the_org(org: Org) -> None:
    settings = org.crm.org_settings
    assert settings["connector"] == "salesforce"
    assert (settings["allow_loopback_http"], settings["login_url"]) == (True, org.crm.url)
    named = [("Account", "Tier__c"), ("Account", "AnnualRevenue"), ("AccountTeamMember", "Account_Roles__c")]
    scope, roles, plan, tasks = (settings[name] for name in ("scope", "roles", "plan", "tasks"))
    assert isinstance(scope, dict)
    assert isinstance(roles, dict)
    assert isinstance(plan, dict)
    assert isinstance(tasks, dict)
    named += [("Account", scope["field"]), ("Task", tasks["key_field"]), ("AccountPlan", plan["account_field"])]
    named += [("AccountPlan", field) for field in plan["fields"].values()]
    named += [("AccountPlan", field) for (field,) in plan["parts"].values()]
    assert set(plan["parts"]) == {part.value for part in PlanPart}
    assert sorted(role for (role,) in roles["team_roles"].values()) == sorted(Role)
    for object_name, field in named:
        described = org.rest.call("GET", f"sobjects/{object_name}/describe").record()["fields"]
        assert isinstance(described, list)
        assert field in {each["name"] for each in described}


def test_ten_thousand_records_load_at_once_and_come_back_whole(tmp_path: Path) -> None:
    users = tuple(PortfolioUser(slug=f"u{n}", name=f"Given Family{n}", email=f"u{n}@x.example") for n in range(20))
    call = PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-5, owner="u1", subject="Call")
    accounts = tuple(
        PortfolioAccount(
            slug=f"a{n}",
            name=f"Account {n}",
            owner=f"u{n % 20}",
            roles={role: (f"u{(n + place) % 20}",) for place, role in enumerate(Role)},
            plan=PortfolioPlan(),
            contacts=(PortfolioContact(name="Given Family", title="CTO", email="c@x.example"),),
            deals=(PortfolioDeal(slug="d", name="Deal", owner="u2", close_days=9),),
            activities=(call, replace(call, days=-400), replace(call, kind=ActivityKind.MEETING)),
        )
        for n in range(800)
    )
    with running_org(tmp_path / "crm", portfolio=None) as org:
        org.crm.load(Portfolio(name="Big", users=users, accounts=accounts))
        members = org.rest.query("SELECT Id, AccountId FROM AccountTeamMember")
        assert len({row["Id"] for row in members}) == len(members) == 4_800
        assert len(org.rest.query("SELECT Id FROM Task")) == 800, "the others are archived"
        assert len(org.rest.query("SELECT Id FROM Task", every=True)) == 1_600
        assert (
            org.rest.page("SELECT COUNT() FROM Account WHERE LastActivityDate = 2026-10-28").record()["totalSize"]
            == 800
        )
