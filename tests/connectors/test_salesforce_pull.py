"""Pulling: what is asked for each kind of record, and what its rows become."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import responses

from kam_sync.errors import ConfigError, PermissionDeniedError
from kam_sync.ports import RejectedRecord
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    Contact,
    Opportunity,
    PlanPart,
    Record,
    RecordKind,
    Role,
    RoleAssignment,
    User,
)
from support_salesforce import KEY, Org, described, sfid

ACCOUNT = sfid("001", 1)
OWNER = sfid("005", 1)


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def pull(org: Org, kind: RecordKind, **changes: object) -> list[Record]:
    pages = list(org.connector(**changes).pull(kind, tuple))
    assert [page.rejected for page in pages if page.rejected] == []
    return [record for page in pages for record in page.records]


def rejected(org: Org, kind: RecordKind, **changes: object) -> list[RejectedRecord]:
    return [each for page in org.connector(**changes).pull(kind, tuple) for each in page.rejected]


def where(org: Org, sobject: str, number: int = -1) -> str:
    return org.queries(sobject)[number].soql.partition(" WHERE ")[2].removesuffix(" ORDER BY Id")


def test_users_of_every_kind_come_and_only_active_people_of_ours_take_tasks(org: Org) -> None:
    common = {"Name": "Amal Haddad", "Email": "amal@vendor.example", "ManagerId": sfid("005", 9)}
    org.rows["User"] = [
        [
            {"Id": OWNER, "IsActive": True, "UserType": "Standard", **common},
            {"Id": sfid("005", 2), "IsActive": False, "UserType": "Standard", **common},
            {"Id": sfid("005", 3), "IsActive": True, "UserType": "PowerPartner", **common},
        ]
    ]
    users = [each for each in pull(org, RecordKind.USER) if isinstance(each, User)]
    assert users[0] == User(
        id=OWNER,
        name="Amal Haddad",
        email="amal@vendor.example",
        active=True,
        assignable=True,
        manager_id=sfid("005", 9),
    )
    assert [(user.active, user.assignable) for user in users] == [(True, True), (False, False), (True, False)]
    assert where(org, "User") == ""


def account_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("001", number),
        "Name": "Nordhavn Offshore",
        "OwnerId": OWNER,
        "ParentId": None,
        "Tier__c": "A",
        "AnnualRevenue": 1250000.5,
        "CreatedDate": "2025-06-30T22:30:00.000+0000",
        "Key_Account__c": True,
        **changes,
    }


def test_accounts(org: Org) -> None:
    org.rows["Account"] = [[]]
    org.reply("FROM Account .*MasterRecordId", (200, org.page("Account", 0)))
    org.rows["Account"] = [[account_row(ParentId=sfid("001", 5)[:15])]]
    assert pull(org, RecordKind.ACCOUNT) == [
        Account(
            id=ACCOUNT,
            name="Nordhavn Offshore",
            owner_id=OWNER,
            parent_id=sfid("001", 5),
            tier="A",
            revenue=1250000.5,
            created_on=dt.date(2025, 7, 1),
        )
    ]
    assert where(org, "Account") == "Key_Account__c = TRUE"


def test_merged_accounts_go_to_the_last_winner(org: Org) -> None:
    losers: list[dict[str, object]] = [
        {"Id": sfid("001", 21), "MasterRecordId": sfid("001", 22)},
        {"Id": sfid("001", 22), "MasterRecordId": ACCOUNT},
        {"Id": sfid("001", 23), "MasterRecordId": ACCOUNT},
        {"Id": sfid("001", 31), "MasterRecordId": sfid("001", 32)},
        {"Id": sfid("001", 32), "MasterRecordId": sfid("001", 31)},
        {"Id": sfid("001", 41), "MasterRecordId": None},
    ]
    org.rows["Account"] = [losers]
    org.reply("FROM Account .*MasterRecordId", (200, org.page("Account", 0)))
    org.rows["Account"] = [[account_row(), account_row(2)]]
    accounts = [each for each in pull(org, RecordKind.ACCOUNT) if isinstance(each, Account)]
    assert [account.merged_ids for account in accounts] == [(sfid("001", 21), sfid("001", 22), sfid("001", 23)), ()]
    assert "/queryAll/" in org.queries("Account")[0].url
    assert where(org, "Account", 0) == "IsDeleted = TRUE AND MasterRecordId != null"
    assert "/query/" in org.queries("Account")[1].url


def test_unmapped_and_hidden_fields_are_not_asked_for(org: Org) -> None:
    org.hide("Account", "ParentId", "AnnualRevenue", "MasterRecordId")
    org.rows["Account"] = [[{"Id": ACCOUNT, "Name": "N", "OwnerId": OWNER, "CreatedDate": "2026-01-01T00:00:00Z"}]]
    assert len(pull(org, RecordKind.ACCOUNT, fields=None, scope=None)) == 1
    assert [each.soql for each in org.queries("Account")] == [
        "SELECT Id, Name, OwnerId, CreatedDate FROM Account ORDER BY Id"
    ]


def test_names_in_the_policy_file_may_differ_in_case(org: Org) -> None:
    org.rows["Account"] = [[account_row()]]
    found = pull(
        org,
        RecordKind.ACCOUNT,
        fields={"account.tier": "tier__C"},
        scope={"field": "key_account__c", "values": ["TRUE"]},
    )
    assert isinstance(found[0], Account)
    assert found[0].tier == "A"
    assert where(org, "Account") == "Key_Account__c = TRUE"


@pytest.mark.parametrize(
    ("field", "values", "condition"),
    [
        (described("F__c", "picklist"), ["A", "B"], "F__c IN ('A', 'B')"),
        (described("F__c", "multipicklist"), ["A", "B"], "F__c INCLUDES ('A', 'B')"),
        (described("F__c", "double"), [1, 2.5], "F__c IN (1, 2.5)"),
        (described("F__c", "boolean"), [True, "false"], "(F__c = TRUE OR F__c = FALSE)"),
        (described("F__c", "string"), [7], "F__c = '7'"),
    ],
)
def test_scope_follows_the_type_of_its_field(
    org: Org, field: dict[str, object], values: list[object], condition: str
) -> None:
    org.objects["Account"].append(field)
    pull(org, RecordKind.OPPORTUNITY, scope={"field": "F__c", "values": values})
    assert where(org, "Opportunity") == condition.replace("F__c", "Account.F__c")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (described("F__c", "boolean"), ["yes"]),
        (described("F__c", "boolean"), [1]),
        (described("F__c", "double"), ["1"]),
        (described("F__c", "picklist"), [True]),
        (described("F__c", "date"), ["2026-01-01"]),
        (described("F__c", "textarea", filterable=False), ["x"]),
        (described("Other__c"), ["x"]),
    ],
)
def test_a_scope_that_cannot_be_had_blocks_everything(org: Org, field: dict[str, object], values: list[object]) -> None:
    org.objects["Account"].append(field)
    connector = org.connector(scope={"field": "F__c", "values": values})
    (finding,) = [each for each in connector.describe().setup if each.subject == "scope"]
    assert finding.blocks_apply
    for kind in RecordKind:
        with pytest.raises(ConfigError, match="scope"):
            list(connector.pull(kind, tuple))


def test_parents_are_pulled_whole_and_marked(org: Org) -> None:
    org.rows["Account"] = [[account_row(), account_row(2, Key_Account__c=False), account_row(3, Key_Account__c=None)]]
    org.reply("FROM Account .*MasterRecordId", (200, {"totalSize": 0, "done": True, "records": []}))
    accounts = pull(org, RecordKind.ACCOUNT, include_parents=True)
    assert [each.in_scope for each in accounts if isinstance(each, Account)] == [True, False, False]
    assert where(org, "Account") == ""
    pull(org, RecordKind.ROLE, include_parents=True)
    assert where(org, "AccountTeamMember") == "AccountId != null"
    pull(org, RecordKind.PLAN, include_parents=True)
    assert where(org, "AccountPlan") == "AccountId != null"
    pull(org, RecordKind.CONTACT, include_parents=True)
    assert where(org, "Contact") == "Account.Key_Account__c = TRUE"


@pytest.mark.parametrize(
    ("found", "values", "in_scope"),
    [
        ("a", ["A"], True),
        ("B;a", ["A"], True),
        ("B", ["A"], False),
        (None, ["A"], False),
        (3.0, [3], True),
        (4, [3], False),
    ],
)
def test_scope_is_judged_here_as_salesforce_would(
    org: Org, found: object, values: list[object], in_scope: bool
) -> None:
    kind = "double" if isinstance(values[0], int) else ("multipicklist" if found == "B;a" else "picklist")
    org.objects["Account"].append(described("F__c", kind))
    org.rows["Account"] = [[account_row(F__c=found)]]
    org.reply("FROM Account .*MasterRecordId", (200, {"totalSize": 0, "done": True, "records": []}))
    (account,) = pull(org, RecordKind.ACCOUNT, include_parents=True, scope={"field": "F__c", "values": values})
    assert isinstance(account, Account)
    assert account.in_scope is in_scope


def test_contacts(org: Org) -> None:
    row: dict[str, object] = {
        "Id": sfid("003", 1),
        "AccountId": ACCOUNT,
        "Name": "Inês Prado",
        "Title": None,
        "OwnerId": OWNER,
    }
    org.rows["Contact"] = [[row]]
    assert pull(org, RecordKind.CONTACT) == [
        Contact(id=sfid("003", 1), account_ids=(ACCOUNT,), name="Inês Prado", owner_id=OWNER)
    ]
    assert where(org, "Contact") == "Account.Key_Account__c = TRUE"
    pull(org, RecordKind.CONTACT, scope=None)
    assert where(org, "Contact") == "AccountId != null"


def test_opportunities(org: Org) -> None:
    row = {
        "Id": sfid("006", 1),
        "AccountId": ACCOUNT,
        "Name": "Turbine refit",
        "OwnerId": OWNER,
        "IsClosed": False,
        "IsWon": False,
        "CloseDate": "2027-01-31",
        "NextStep": "Send the offer",
        "Amount": None,
    }
    org.rows["Opportunity"] = [[row]]
    assert pull(org, RecordKind.OPPORTUNITY) == [
        Opportunity(
            id=sfid("006", 1),
            account_ids=(ACCOUNT,),
            name="Turbine refit",
            owner_id=OWNER,
            is_open=True,
            close_on=dt.date(2027, 1, 31),
            next_step="Send the offer",
        )
    ]


def task(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("00T", number),
        "AccountId": ACCOUNT,
        "WhatId": ACCOUNT,
        "OwnerId": OWNER,
        "Subject": "Call back",
        "IsClosed": False,
        "ActivityDate": "2026-12-01",
        "TaskSubtype": "Task",
        "KamSync_Key__c": None,
        **changes,
    }


def event(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("00U", number),
        "AccountId": ACCOUNT,
        "WhatId": None,
        "OwnerId": OWNER,
        "Subject": None,
        "ActivityDate": "2026-12-01",
        "ActivityDateTime": "2026-12-01T23:30:00.000+0000",
        "IsAllDayEvent": False,
        **changes,
    }


def activities(org: Org, **changes: object) -> list[Activity]:
    return [each for each in pull(org, RecordKind.ACTIVITY, **changes) if isinstance(each, Activity)]


def test_tasks_calls_and_meetings(org: Org) -> None:
    org.rows["Task"] = [
        [
            task(),
            task(2, TaskSubtype="Call", IsClosed=True, WhatId=sfid("006", 4), ActivityDate=None, Subject=None),
            task(3, KamSync_Key__c=KEY),
            task(4, KamSync_Key__c="somebody else's"),
        ]
    ]
    org.rows["Event"] = [
        [
            event(),
            event(2, IsAllDayEvent=True, ActivityDateTime="2026-12-01T00:00:00.000+0000"),
            event(3, ActivityDateTime=None),
        ]
    ]
    found = activities(org)
    assert found[0] == Activity(
        id=sfid("00T", 1),
        account_ids=(ACCOUNT,),
        kind=ActivityKind.TASK,
        status=ActivityStatus.OPEN,
        on=dt.date(2026, 12, 1),
        owner_id=OWNER,
        subject="Call back",
    )
    assert (found[1].kind, found[1].status, found[1].on, found[1].opportunity_ids) == (
        ActivityKind.CALL,
        ActivityStatus.DONE,
        None,
        (sfid("006", 4),),
    )
    assert [each.our_key for each in found] == [None, None, KEY, None, None, None, None]
    # A meeting is on the day it has in the org's zone; an all-day one has no zone.
    assert [each.on for each in found[4:]] == [dt.date(2026, 12, 2), dt.date(2026, 12, 1), dt.date(2026, 12, 1)]
    assert {each.kind for each in found[4:]} == {ActivityKind.MEETING}
    assert {each.status for each in found[4:]} == {ActivityStatus.OPEN}


def test_an_all_day_event_has_its_date_west_of_greenwich_too(org: Org) -> None:
    midnight = "2026-12-01T00:00:00.000+0000"
    org.rows["Event"] = [[event(IsAllDayEvent=True, ActivityDateTime=midnight), event(2, ActivityDateTime=midnight)]]
    found = activities(org, timezone="America/Bogota")
    assert [each.on for each in found] == [dt.date(2026, 12, 1), dt.date(2026, 11, 30)]


def test_activities_are_asked_for_with_archived_ones_but_not_for_ever(org: Org) -> None:
    activities(org)
    tasks, events = org.queries("Task")[-1], org.queries("Event")[-1]
    assert "/queryAll/" in tasks.url
    assert "/queryAll/" in events.url
    assert where(org, "Task") == (
        "Account.Key_Account__c = TRUE AND IsDeleted = FALSE AND (IsClosed = FALSE OR ActivityDate >= 2025-10-19 OR "
        "(ActivityDate = null AND CreatedDate >= 2025-10-18T22:00:00Z)) AND IsRecurrence = FALSE"
    )
    assert where(org, "Event") == (
        "Account.Key_Account__c = TRUE AND IsDeleted = FALSE AND IsChild = FALSE AND ActivityDate >= 2025-10-19"
    )
    assert "Description" not in tasks.soql


@pytest.mark.parametrize("key_field", [None, "Absent__c"])
def test_in_the_weaker_mode_our_tasks_are_told_by_their_reference_line(org: Org, key_field: str | None) -> None:
    org.rows["Task"] = [
        [
            task(1, Description=f"Nobody is Innovator.\r\n\r\nReference: {KEY}"),
            task(2, Description=f"Reference: {KEY}\r\nA person wrote below it"),
            task(3, Description=f"as I said in Reference: {KEY}"),
            task(4, Description=None),
        ]
    ]
    found = activities(org, tasks={"key_field": key_field})
    assert [each.our_key for each in found] == [KEY, KEY, None, None]


def team(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("01M", number),
        "AccountId": ACCOUNT,
        "UserId": OWNER,
        "TeamMemberRole": None,
        "Account_Roles__c": None,
        "CreatedDate": "2026-01-31T23:30:00.000+0000",
        **changes,
    }


def roles(org: Org, **changes: object) -> list[RoleAssignment]:
    return [each for each in pull(org, RecordKind.ROLE, **changes) if isinstance(each, RoleAssignment)]


def test_one_value_may_stand_for_several_roles_and_one_member_hold_several(org: Org) -> None:
    org.rows["AccountTeamMember"] = [
        [
            team(1, TeamMemberRole="Executive Sponsor", Account_Roles__c="Innovator;Project Manager;Unknown thing"),
            team(2, TeamMemberRole="Account Manager", UserId=sfid("005", 2)),
        ]
    ]
    found = roles(org)
    assert [each.role for each in found] == [Role.RELATIONSHIP_LEAD, Role.INNOVATOR, Role.PROJECT_MANAGER]
    assert found[0] == RoleAssignment(
        id=f"{ACCOUNT}:{OWNER}:relationship_lead:team",
        account_id=ACCOUNT,
        role=Role.RELATIONSHIP_LEAD,
        user_id=OWNER,
        since=dt.date(2026, 2, 1),
        source='the account team field "Team Member Role"',
    )
    assert where(org, "AccountTeamMember") == "Account.Key_Account__c = TRUE"


def test_user_lookups_are_united_with_the_team(org: Org) -> None:
    org.rows["AccountTeamMember"] = [[team(TeamMemberRole="Executive Sponsor")]]
    org.rows["Account"] = [
        [{"Id": ACCOUNT, "Innovator__c": sfid("005", 7)}, {"Id": sfid("001", 2), "Innovator__c": None}]
    ]
    both = {
        "team_roles": {"Executive Sponsor": ["relationship_lead"]},
        "user_fields": {"innovator": ["Innovator__c"]},
    }
    assert [(each.role, each.user_id, each.since) for each in roles(org, roles=both)] == [
        (Role.RELATIONSHIP_LEAD, OWNER, dt.date(2026, 2, 1)),
        (Role.INNOVATOR, sfid("005", 7), None),
    ]
    assert where(org, "Account") == "Key_Account__c = TRUE AND (Innovator__c != null)"
    assert roles(org, roles=both)[1].id == f"{ACCOUNT}:{sfid('005', 7)}:innovator:Innovator__c"


def plan_row(**changes: object) -> dict[str, object]:
    return {
        "Id": sfid("0aP", 1),
        "AccountId": ACCOUNT,
        "Name": "Plan 2026",
        "OwnerId": OWNER,
        "Status": "Active",
        "StartDate": "2026-01-01",
        "EndDate": None,
        "Last_Review__c": None,
        "Next_Review__c": "2026-12-31T23:30:00.000+0000",
        "AccountChallenges": " \n",
        "AccountStrategicPriorities": "Grow",
        "Relationship_Map__c": "<p>&nbsp;<br></p>",
        "Revenue_Goals__c": None,
        **changes,
    }


def test_plans(org: Org) -> None:
    org.rows["AccountPlan"] = [[plan_row(), plan_row(Id=sfid("0aP", 2), Status=None, Relationship_Map__c="<p>x</p>")]]
    first, second = (each for each in pull(org, RecordKind.PLAN) if isinstance(each, AccountPlan))
    assert first == AccountPlan(
        id=sfid("0aP", 1),
        account_id=ACCOUNT,
        name="Plan 2026",
        active=True,
        owner_id=OWNER,
        start_on=dt.date(2026, 1, 1),
        next_review_on=dt.date(2027, 1, 1),
        parts={
            PlanPart.KEY_RELATIONS: False,
            PlanPart.CURRENT_STATE: False,
            PlanPart.REVENUE_GOALS: False,
            PlanPart.STRATEGY: True,
        },
    )
    assert not second.active
    assert second.parts[PlanPart.KEY_RELATIONS]
    assert where(org, "AccountPlan") == "Account.Key_Account__c = TRUE"


def test_plans_of_the_orgs_own_object(org: Org) -> None:
    org.objects["Growth_Plan__c"] = [
        described("Name"),
        described("Client__c", "reference", referenceTo=["Account"], relationshipName="Client__r"),
        described("Due__c", "date"),
    ]
    org.rows["Growth_Plan__c"] = [[{"Id": sfid("a01", 1), "Name": None, "Client__c": ACCOUNT, "Due__c": "2026-12-01"}]]
    plan = {"object": "growth_plan__c", "account_field": "client__c", "fields": {"next_review_on": "Due__c"}}
    (found,) = pull(org, RecordKind.PLAN, plan=plan)
    assert found == AccountPlan(id=sfid("a01", 1), account_id=ACCOUNT, next_review_on=dt.date(2026, 12, 1))
    assert where(org, "Growth_Plan__c") == "Client__r.Key_Account__c = TRUE"


def test_plans_in_account_fields_exist_when_something_is_filled(org: Org) -> None:
    org.objects["Account"] += [
        described("Review__c", "date"),
        described("Goals__c", "textarea"),
        described("Map__c", "boolean"),
        described("Notes__c"),
    ]
    plan = {
        "object": "Account",
        "fields": {"last_review_on": "Review__c"},
        "parts": {"revenue_goals": ["Goals__c", "Notes__c"], "key_relations": ["Map__c"]},
    }
    nothing = {"Review__c": None, "Goals__c": "", "Map__c": False, "Notes__c": None}
    org.rows["Account"] = [
        [
            {"Id": ACCOUNT, **nothing},
            {"Id": sfid("001", 2), **nothing, "Goals__c": "+10 %"},
            {"Id": sfid("001", 3), **nothing, "Review__c": "2026-01-01"},
            {"Id": sfid("001", 4), **nothing, "Map__c": True},
        ]
    ]
    found = [each for each in pull(org, RecordKind.PLAN, plan=plan) if isinstance(each, AccountPlan)]
    assert [each.account_id for each in found] == [sfid("001", number) for number in (2, 3, 4)]
    assert found[0].parts == {PlanPart.REVENUE_GOALS: False, PlanPart.KEY_RELATIONS: False}
    assert found[0].id == found[0].account_id
    assert where(org, "Account") == "Key_Account__c = TRUE"


def test_nothing_mapped_is_nothing_to_pull(org: Org) -> None:
    assert pull(org, RecordKind.PLAN, plan=None) == []
    assert pull(org, RecordKind.ROLE, roles=None) == []


@pytest.mark.parametrize(
    ("kind", "sobject", "field"),
    [
        (RecordKind.CONTACT, "Contact", "Title"),
        (RecordKind.OPPORTUNITY, "Opportunity", "NextStep"),
        (RecordKind.ACTIVITY, "Task", "ActivityDate"),
        (RecordKind.ACTIVITY, "Event", "WhatId"),
        (RecordKind.ROLE, "AccountTeamMember", "UserId"),
        (RecordKind.PLAN, "AccountPlan", "AccountId"),
        (RecordKind.PLAN, "AccountPlan", "Status"),
    ],
)
@pytest.mark.parametrize("whole_object", [True, False])
def test_what_is_mapped_but_cannot_be_read_is_an_error_not_nothing(
    org: Org, kind: RecordKind, sobject: str, field: str, whole_object: bool
) -> None:
    if whole_object:
        del org.objects[sobject]
    else:
        org.hide(sobject, field)
    with pytest.raises(PermissionDeniedError):
        pull(org, kind)


@pytest.mark.parametrize("sobject", ["Account", "User"])
def test_without_accounts_or_users_nothing_goes(org: Org, sobject: str) -> None:
    org.object_flags[sobject] = {"queryable": False}
    with pytest.raises(PermissionDeniedError, match=sobject):
        org.connector().describe()


@pytest.mark.parametrize(
    ("kind", "sobject", "row", "account_ids", "named"),
    [
        (RecordKind.USER, "User", {"Id": OWNER, "Name": "X", "IsActive": None}, (), "IsActive"),
        (RecordKind.ACCOUNT, "Account", account_row(Name=None), (ACCOUNT,), "name"),
        (RecordKind.ACCOUNT, "Account", account_row(AnnualRevenue="a lot"), (ACCOUNT,), "revenue"),
        (RecordKind.ACCOUNT, "Account", account_row(OwnerId="me"), (ACCOUNT,), "OwnerId"),
        (RecordKind.ACCOUNT, "Account", account_row(CreatedDate="2025-06-30T22:30:00"), (ACCOUNT,), "CreatedDate"),
        (RecordKind.CONTACT, "Contact", {"Id": sfid("003", 1), "AccountId": None, "Name": "N"}, (), "AccountId"),
        (
            RecordKind.OPPORTUNITY,
            "Opportunity",
            {"Id": sfid("006", 1), "AccountId": ACCOUNT, "Name": "N", "IsClosed": "no"},
            (ACCOUNT,),
            "IsClosed",
        ),
        (RecordKind.ACTIVITY, "Task", task(ActivityDate="2026-13-01"), (ACCOUNT,), "ActivityDate"),
        (RecordKind.ACTIVITY, "Event", event(ActivityDateTime=5), (ACCOUNT,), "ActivityDateTime"),
        (RecordKind.ROLE, "AccountTeamMember", team(UserId=None), (ACCOUNT,), "UserId"),
        (RecordKind.ROLE, "AccountTeamMember", team(TeamMemberRole=7), (ACCOUNT,), "TeamMemberRole"),
        (RecordKind.PLAN, "AccountPlan", plan_row(StartDate="soon"), (ACCOUNT,), "StartDate"),
    ],
)
def test_a_row_that_is_no_record_is_rejected_and_the_others_come(
    org: Org,
    kind: RecordKind,
    sobject: str,
    row: dict[str, object],
    account_ids: tuple[str, ...],
    named: str,
) -> None:
    org.rows[sobject] = [[row]]
    (found,) = rejected(org, kind)
    assert (found.kind, found.id, found.account_ids) == (kind, row["Id"], account_ids)
    assert named in found.reason
    for value in row.values():
        assert not isinstance(value, str) or len(value) < 4 or value not in found.reason
