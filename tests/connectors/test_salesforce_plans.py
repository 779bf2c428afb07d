"""Account plans beyond their dates and parts, their goals and their actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import pytest
import responses

from kam_sync.records import AccountPlan, PlanAction, PlanGoal, RecordKind, SwotPart
from support_salesforce import EVERYTHING, PLAN, Org, described, flag, lookup, picklist, sfid

ACCOUNT = sfid("001", 1)
OWNER = sfid("005", 1)


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def plan_row(**changes: object) -> dict[str, object]:
    return {
        "Id": sfid("0aP", 1),
        "AccountId": ACCOUNT,
        "Name": "Plan 2026",
        "LastModifiedDate": "2026-11-20T23:30:00.000+0000",
        "Swot_Reviewed__c": "2026-10-01",
        "Strengths__c": "service",
        "Weaknesses__c": None,
        "Chances__c": " ",
        "Threats__c": "Veldhoek",
        "Revenue_Goals__c": None,
        **changes,
    }


def plans(org: Org, **changes: object) -> list[AccountPlan]:
    found = org.pull(RecordKind.PLAN, **{"wanted": None, **EVERYTHING, **changes})
    return [each for each in found if isinstance(each, AccountPlan)]


def test_the_swot_of_a_plan_and_when_it_was_changed(org: Org) -> None:
    org.rows["AccountPlan"] = [[plan_row(), plan_row(Id=sfid("0aP", 2), Revenue_Goals__c="x", Swot_Reviewed__c=None)]]
    first, second = plans(org)
    assert first.modified_on == dt.date(2026, 11, 21)
    assert first.swot_on == dt.date(2026, 10, 1)
    assert first.swot == {
        SwotPart.STRENGTHS: True,
        SwotPart.WEAKNESSES: False,
        SwotPart.OPPORTUNITIES: False,
        SwotPart.THREATS: False,
    }
    assert second.swot[SwotPart.THREATS]
    assert second.swot_on is None


def test_a_field_of_its_own_may_say_when_a_plan_was_changed(org: Org) -> None:
    org.objects["AccountPlan"].append(described("Touched__c", "date"))
    org.rows["AccountPlan"] = [[plan_row(Touched__c="2026-05-05")]]
    (found,) = plans(org, plan={**PLAN, "fields": {"modified_on": "Touched__c"}})
    assert found.modified_on == dt.date(2026, 5, 5)


def test_a_change_of_the_account_is_none_of_its_plan(org: Org) -> None:
    org.objects["Account"] += [described("LastModifiedDate", "datetime"), described("Strong__c")]
    plan = {"object": "Account", "swot": {"strengths": "Strong__c"}}
    description = org.connector(wanted=None, plan=plan).describe()
    assert description.unknown["plan.modified_on"] == "not mapped: set plan.fields: modified_on"
    assert description.unknown["plan.swot.threats"] == "not mapped: set plan.swot: threats"
    org.rows["Account"] = [[{"Id": ACCOUNT, "Strong__c": "service"}, {"Id": sfid("001", 2), "Strong__c": None}]]
    (found,) = plans(org, plan=plan)
    assert (found.account_id, found.modified_on, found.swot) == (ACCOUNT, None, {SwotPart.STRENGTHS: True})


def test_plans_on_the_account_exist_by_fields_that_nobody_wants_too(org: Org) -> None:
    org.objects["Account"] += [described("Strong__c"), described("Begin__c", "date")]
    plan = {"object": "Account", "fields": {"start_on": "Begin__c"}, "swot": {"strengths": "Strong__c"}}
    org.rows["Account"] = [[{"Id": ACCOUNT, "Strong__c": "service", "Begin__c": None}]]
    assert len(plans(org, plan=plan, wanted=["plans"])) == 1
    assert org.connector(plan=plan, wanted=["plans"]).describe().unknown == {}


def goal_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("0aO", number),
        "AccountPlan": {"attributes": {"type": "AccountPlan"}, "AccountId": ACCOUNT},
        "Name": "Two more sites",
        "ObjectiveOwnerId": OWNER,
        "Status": "In Progress",
        "StartDate": "2026-01-01",
        "EndDate": "2026-12-31",
        **changes,
    }


def measure(number: int, goal: int, target: str | None, stamp: str | None) -> dict[str, object]:
    return {
        "Id": sfid("0aM", number),
        "AccountPlanObjectiveId": sfid("0aO", goal),
        "TargetValue": target,
        "CurrentValueTimestamp": stamp,
        "AccountPlanObjective": {"AccountPlan": {"AccountId": ACCOUNT}},
    }


def goals(org: Org, **changes: object) -> list[PlanGoal]:
    found = org.pull(RecordKind.GOAL, **{"wanted": None, **EVERYTHING, **changes})
    return [each for each in found if isinstance(each, PlanGoal)]


def test_salesforces_own_objectives_are_goals(org: Org) -> None:
    empty = {"ObjectiveOwnerId": None, "StartDate": None, "EndDate": None}
    org.rows["AccountPlanObjective"] = [[goal_row(), goal_row(2, Status="closed", **empty), goal_row(3, Status=None)]]
    org.rows["AccountPlanObjectiveMeasure"] = [
        [
            measure(1, 1, "1200", "2026-08-01T10:00:00.000+0000"),
            measure(2, 1, None, "2026-09-30T23:30:00.000+0000"),
            measure(3, 1, None, None),
            measure(4, 2, " ", None),
        ]
    ]
    assert goals(org) == [
        PlanGoal(
            id=sfid("0aO", 1),
            account_id=ACCOUNT,
            name="Two more sites",
            owner_id=OWNER,
            start_on=dt.date(2026, 1, 1),
            due_on=dt.date(2026, 12, 31),
            has_metric=True,
            progress_on=dt.date(2026, 10, 1),
        ),
        PlanGoal(id=sfid("0aO", 2), account_id=ACCOUNT, name="Two more sites", is_open=False),
        PlanGoal(
            id=sfid("0aO", 3),
            account_id=ACCOUNT,
            name="Two more sites",
            owner_id=OWNER,
            start_on=dt.date(2026, 1, 1),
            due_on=dt.date(2026, 12, 31),
        ),
    ]
    assert org.where("AccountPlanObjective") == "AccountPlan.Account.Key_Account__c = TRUE"
    assert org.where("AccountPlanObjectiveMeasure") == "AccountPlanObjective.AccountPlan.Account.Key_Account__c = TRUE"
    assert "AccountPlan.AccountId" in org.queries("AccountPlanObjective")[-1].soql


def test_goals_may_be_inherited_with_their_plan(org: Org) -> None:
    goals(org, include_parents=True)
    assert org.where("AccountPlanObjective") == "AccountPlan.AccountId != null"
    assert org.where("AccountPlanObjectiveMeasure") == "AccountPlanObjective.AccountPlan.AccountId != null"


def test_fields_of_the_org_may_replace_those_of_objectives(org: Org) -> None:
    org.objects["AccountPlanObjective"] += [described("Reached_On__c", "date"), picklist("State__c", "live", "done")]
    section = {"fields": {"progress_on": "Reached_On__c"}, "open": {"field": "State__c", "values": ["live"]}}
    org.rows["AccountPlanObjective"] = [[goal_row(Reached_On__c="2026-06-01", State__c="done")]]
    org.rows["AccountPlanObjectiveMeasure"] = [[measure(1, 1, "5", "2026-08-01T10:00:00.000+0000")]]
    (found,) = goals(org, goals=section)
    assert (found.progress_on, found.has_metric, found.is_open) == (dt.date(2026, 6, 1), True, False)


def test_without_native_plans_goals_are_not_mapped(org: Org) -> None:
    unknown = org.connector(wanted=None, plan={"object": "Account"}).describe().unknown
    assert unknown["goals"] == "not mapped: set goals.object"
    assert goals(org, plan=None) == []


GOALS: Mapping[str, object] = {
    "object": "growth_goal__c",
    "account_field": "client__c",
    "fields": {
        "name": "Aim__c",
        "owner_id": "Owner__c",
        "start_on": "Begin__c",
        "due_on": "Due__c",
        "has_metric": ["Figure__c", "Unit__c"],
        "progress_on": "Reached__c",
    },
    "open": {"field": "Done__c", "values": [False]},
}


def own_goals(org: Org) -> None:
    org.objects["Growth_Goal__c"] = [
        described("Name"),
        lookup("Client__c", "Account"),
        described("Aim__c"),
        lookup("Owner__c", "User"),
        described("Begin__c", "date"),
        described("Due__c", "date"),
        described("Figure__c", "double"),
        described("Unit__c"),
        described("Reached__c", "datetime"),
        flag("Done__c"),
    ]


def test_goals_in_an_object_of_the_org(org: Org) -> None:
    own_goals(org)
    row: dict[str, object] = {
        "Id": sfid("a01", 1),
        "Client__c": ACCOUNT,
        "Aim__c": "Two more sites",
        "Owner__c": OWNER,
        "Begin__c": "2026-01-01",
        "Due__c": "2026-12-31",
        "Figure__c": 0,
        "Unit__c": "sites",
        "Reached__c": "2026-09-30T23:30:00.000+0000",
        "Done__c": False,
    }
    empty = {**dict.fromkeys(row, None), "Id": sfid("a01", 2), "Client__c": ACCOUNT, "Done__c": True}
    org.rows["Growth_Goal__c"] = [[row, empty]]
    assert goals(org, goals=GOALS) == [
        PlanGoal(
            id=sfid("a01", 1),
            account_id=ACCOUNT,
            name="Two more sites",
            owner_id=OWNER,
            start_on=dt.date(2026, 1, 1),
            due_on=dt.date(2026, 12, 31),
            has_metric=True,
            progress_on=dt.date(2026, 10, 1),
        ),
        PlanGoal(id=sfid("a01", 2), account_id=ACCOUNT, name="", is_open=False),
    ]
    assert org.where("Growth_Goal__c") == "Client__r.Key_Account__c = TRUE"
    assert "AccountPlanObjective" not in org.described()


def test_unmapped_attributes_of_goals_are_unknown_with_a_reason(org: Org) -> None:
    own_goals(org)
    description = org.connector(wanted=None, goals={**GOALS, "fields": {}, "open": None}).describe()
    names = ("owner_id", "start_on", "due_on", "has_metric", "progress_on")
    assert {name: description.unknown[f"goal.{name}"] for name in names} == {
        name: f"not mapped: set goals.fields: {name}" for name in names
    }
    org.rows["Growth_Goal__c"] = [[{"Id": sfid("a01", 1), "Client__c": ACCOUNT, "Name": "G-001"}]]
    assert goals(org, goals={**GOALS, "fields": {}, "open": None}) == [
        PlanGoal(id=sfid("a01", 1), account_id=ACCOUNT, name="G-001")
    ]


def test_goals_in_fields_of_the_account(org: Org) -> None:
    org.objects["Account"] += [described("Aim__c"), described("Aim_Due__c", "date")]
    section = {"object": "Account", "fields": {"name": "Aim__c", "due_on": "Aim_Due__c"}}
    org.rows["Account"] = [
        [
            {"Id": ACCOUNT, "Aim__c": None, "Aim_Due__c": "2026-12-31"},
            {"Id": sfid("001", 2), "Aim__c": " ", "Aim_Due__c": None},
        ]
    ]
    assert goals(org, goals=section, wanted=["goals"]) == [
        PlanGoal(id=ACCOUNT, account_id=ACCOUNT, name="", due_on=dt.date(2026, 12, 31))
    ]
    assert org.where("Account") == "Key_Account__c = TRUE"


def action_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("a02", number),
        "Account__c": ACCOUNT,
        "Name": "Invite the harbour master",
        "OwnerId": OWNER,
        "Due__c": "2026-12-01",
        "Objective__c": sfid("0aO", 1),
        "Done__c": False,
        **changes,
    }


def test_actions(org: Org) -> None:
    empty = {"Name": None, "OwnerId": None, "Due__c": None, "Objective__c": None, "Done__c": True}
    org.rows["Plan_Action__c"] = [[action_row(), action_row(2, **empty)]]
    assert org.pull(RecordKind.ACTION, wanted=None, **EVERYTHING) == [
        PlanAction(
            id=sfid("a02", 1),
            account_id=ACCOUNT,
            name="Invite the harbour master",
            goal_id=sfid("0aO", 1),
            owner_id=OWNER,
            due_on=dt.date(2026, 12, 1),
        ),
        PlanAction(id=sfid("a02", 2), account_id=ACCOUNT, name="", is_open=False),
    ]
    assert org.where("Plan_Action__c") == "Account__r.Key_Account__c = TRUE"


@pytest.mark.parametrize(
    ("kind", "sobject", "row", "named"),
    [
        (RecordKind.PLAN, "AccountPlan", plan_row(Swot_Reviewed__c="soon"), "Swot_Reviewed__c"),
        (RecordKind.PLAN, "AccountPlan", plan_row(LastModifiedDate="2026-11-20T23:30:00"), "LastModifiedDate"),
        (RecordKind.GOAL, "AccountPlanObjective", goal_row(EndDate="soon"), "EndDate"),
        (RecordKind.GOAL, "AccountPlanObjective", goal_row(ObjectiveOwnerId="me"), "ObjectiveOwnerId"),
        (RecordKind.GOAL, "AccountPlanObjectiveMeasure", measure(1, 1, "5", "lately"), "CurrentValueTimestamp"),
        (RecordKind.ACTION, "Plan_Action__c", action_row(Due__c="2026-13-01"), "Due__c"),
        (RecordKind.ACTION, "Plan_Action__c", action_row(Objective__c="that one"), "Objective__c"),
    ],
)
def test_values_that_do_not_fit_are_rejected(
    org: Org, kind: RecordKind, sobject: str, row: dict[str, object], named: str
) -> None:
    org.rows[sobject] = [[row]]
    (found,) = org.rejected(kind, wanted=None, **EVERYTHING)
    assert (found.kind, found.id, found.account_ids) == (kind, row["Id"], (ACCOUNT,))
    assert named in found.reason


def test_a_row_without_its_account_is_a_doubt_about_all(org: Org) -> None:
    org.rows["AccountPlanObjective"] = [[goal_row(AccountPlan=None)]]
    (found,) = org.rejected(RecordKind.GOAL, wanted=None, **EVERYTHING)
    assert found.account_ids == ()
    assert "AccountPlan.AccountId" in found.reason
