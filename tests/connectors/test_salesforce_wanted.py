"""Nothing is described or asked for that nobody wants, and everything that is wanted is known or has a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from kam_sync.names import NAMES, RELATIONS
from kam_sync.records import RecordKind
from support_salesforce import CORE, EVERYTHING, PLAN, Org

MINIMUM = ["User", "Account", "Task", "Event", "TaskStatus", "AccountTeamMember"]


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def test_where_everything_is_mapped_every_name_is_known_and_has_a_label(org: Org) -> None:
    description = org.connector(wanted=None, **EVERYTHING).describe()
    assert description.unknown == {}
    assert description.setup == ()
    assert set(description.labels) == set(NAMES)
    assert description.accounts_total == 1234
    assert set(description.record_urls) == set(RecordKind) - {RecordKind.ROLE, RecordKind.OWNER_CHANGE}


def test_where_nothing_is_mapped_every_name_is_known_or_its_reason_says_what_to_map(org: Org) -> None:
    nothing = dict.fromkeys(("fields", "roles", "plan"))
    description = org.connector(wanted=None, **nothing).describe()
    for name in NAMES.values():
        relation = RELATIONS.get(name.kind, "")
        assert name.name in description.labels or name.name in description.unknown or relation in description.unknown
    mapped = {name for name in description.unknown if not name.startswith("roles")}
    assert all("not mapped: set " in description.unknown[name] for name in mapped)
    assert {finding.subject for finding in description.setup} == {"plans", "roles"}
    assert description.unknown["contact.stance"] == "not mapped: set fields: contact.stance"
    assert description.unknown["activity.purposes"] == "not mapped: set values: activity.purposes"
    assert description.unknown["opportunity.stages"] == "not mapped: set values: opportunity.stages"
    assert description.unknown["account.criteria"] == "not mapped: set criteria"
    assert description.unknown["quote.sent_on"] == "not mapped: set quotes.fields: sent_on"
    assert description.unknown["contract.value"] == "not mapped: set contracts.fields: value"
    assert {description.unknown[name] for name in ("goals", "actions", "feedback")} == {
        "not mapped: set goals.object",
        "not mapped: set actions.object",
        "not mapped: set feedback.object",
    }


def test_what_nobody_wants_is_neither_described_nor_unknown(org: Org) -> None:
    description = org.connector(wanted=(), plan=None, fields=None).describe()
    assert org.described() == MINIMUM
    assert set(description.unknown) == {"account.tier"}
    assert description.setup == ()
    assert description.accounts_total is None


def test_rules_on_the_core_alone_cost_no_more_calls_than_before(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    assert org.described() == [
        *("User", "Account", "Contact", "Opportunity", "Task", "Event", "TaskStatus"),
        *("AccountTeamMember", "AccountPlan"),
    ]
    before = len(org.sent)
    assert before == 6
    for kind in RecordKind:
        list(connector.pull(kind, tuple))
    # Users, merges, accounts, contacts, team, opportunities, tasks, events, plans.
    assert len(org.sent) - before == 9


WANTS = [
    ("contact.buying_roles.champion", ["Contact", "OpportunityContactRole", "AccountContactRelation"]),
    ("contact.stance", ["Contact"]),
    ("opportunity.contact_ids", ["Opportunity", "OpportunityContactRole"]),
    ("opportunity.team_ids", ["Opportunity", "OpportunityTeamMember"]),
    ("activity.attendee_ids", ["EventRelation"]),
    ("activity.contact_ids", ["EventRelation"]),
    ("goal.due_on", ["AccountPlanObjective"]),
    ("goal.has_metric", ["AccountPlanObjective", "AccountPlanObjectiveMeasure"]),
    ("actions", ["Plan_Action__c"]),
    ("feedback.grade", ["Feedback__c"]),
    ("contract.value", ["Contract"]),
    ("quotes", ["Quote"]),
    ("case.is_high_priority", ["Case"]),
    ("owner_changes", ["AccountHistory"]),
    ("sales", ["Opportunity"]),
]


@pytest.mark.parametrize(("name", "objects"), WANTS)
def test_a_wanted_name_brings_its_objects_and_no_others(org: Org, name: str, objects: list[str]) -> None:
    connector = org.connector(wanted=[name], **EVERYTHING)
    description = connector.describe()
    assert set(org.described()) == {*MINIMUM, *objects}
    assert description.unknown == {}
    for kind in RecordKind:
        list(connector.pull(kind, tuple))
    asked = {each.soql.partition(" FROM ")[2].split()[0] for each in org.sent if each.soql}
    assert asked == {*MINIMUM, "Organization", *objects}


@pytest.mark.parametrize("kind", list(RecordKind))
def test_a_kind_that_nobody_wants_costs_nothing(org: Org, kind: RecordKind) -> None:
    connector = org.connector(wanted=(), **EVERYTHING)
    connector.describe()
    before = len(org.sent)
    assert list(connector.pull(kind, tuple)) == []
    always = {RecordKind.USER, RecordKind.ACCOUNT, RecordKind.ROLE, RecordKind.ACTIVITY}
    assert (len(org.sent) > before) is (kind in always)


def test_fields_that_nobody_wants_are_not_selected(org: Org) -> None:
    connector = org.connector(wanted={*CORE, "account.trigger", "opportunity.products"}, **EVERYTHING)
    for kind in (RecordKind.ACCOUNT, RecordKind.CONTACT, RecordKind.OPPORTUNITY, RecordKind.ACTIVITY, RecordKind.PLAN):
        list(connector.pull(kind, tuple))
    assert [each.soql.partition(" FROM ")[0] for each in org.sent if each.soql][2:] == [
        "SELECT Id, MasterRecordId",
        "SELECT Id, Name, OwnerId, ParentId, CreatedDate, Tier__c, AnnualRevenue, Trigger__c, Key_Account__c",
        "SELECT Id, AccountId, Name, Title, OwnerId",
        "SELECT Id, AccountId, Name, OwnerId, IsClosed, IsWon, CloseDate, NextStep, Products__c",
        "SELECT Id, AccountId, WhatId, OwnerId, Subject, IsClosed, ActivityDate, CreatedDate, IsDeleted, TaskSubtype, "
        "IsRecurrence, KamSync_Key__c",
        "SELECT Id, AccountId, WhatId, OwnerId, Subject, ActivityDate, IsChild, IsDeleted, ActivityDateTime, "
        "IsAllDayEvent",
        "SELECT Id, Name, OwnerId, StartDate, EndDate, Last_Review__c, Next_Review__c, Relationship_Map__c, "
        "AccountChallenges, Revenue_Goals__c, AccountStrategicPriorities, AccountId",
    ]


def test_a_part_whose_field_is_wanted_is_told_too(org: Org) -> None:
    values = {"contact.buying_roles": {"champion": "Champion"}}
    wholly = org.connector(wanted=["contact.buying_roles"], values=values).describe()
    assert wholly.unknown["contact.buying_roles.blocker"] == "not mapped: set values: contact.buying_roles: blocker"
    partly = org.connector(wanted=["contact.buying_roles.champion"], values=values).describe()
    assert partly.unknown == {}


@pytest.mark.parametrize(
    ("gone", "unknown", "found"),
    [
        ("Contact", {"contacts"}, True),
        ("Opportunity", {"opportunities", "sales"}, True),
        ("OpportunityContactRole", {"contact.buying_roles", "opportunity.contact_ids"}, True),
        ("AccountContactRelation", set(), False),
        ("OpportunityTeamMember", {"opportunity.team_ids"}, False),
        ("EventRelation", {"activity.attendee_ids"}, True),
        ("AccountPlanObjective", {"goals"}, True),
        ("AccountPlanObjectiveMeasure", {"goal.has_metric", "goal.progress_on"}, True),
        ("Plan_Action__c", {"actions"}, True),
        ("Feedback__c", {"feedback"}, True),
        ("Contract", {"contracts"}, True),
        ("Quote", {"quotes"}, False),
        ("Case", {"cases"}, True),
        ("AccountHistory", {"owner_changes"}, False),
    ],
)
@pytest.mark.parametrize("way", ["absent", "forbidden"])
def test_an_object_that_is_missing_or_forbidden_is_unknown(
    org: Org, gone: str, unknown: set[str], found: bool, way: str
) -> None:
    if way == "absent":
        del org.objects[gone]
    else:
        org.object_flags[gone] = {"queryable": False}
    description = org.connector(wanted=None, **EVERYTHING).describe()
    wholes = {name for name in description.unknown if NAMES[name].part is None}
    assert wholes == unknown
    assert all(gone in reason for reason in description.unknown.values())
    assert {finding.subject for finding in description.setup} == (unknown if found else set())


HIDDEN = [
    ("Account", "Growth_Target__c", "account.growth_target"),
    ("Account", "Criterion_Fit__c", "account.criteria"),
    ("Contact", "CreatedDate", "contact.created_on"),
    ("Contact", "ReportsToId", "contact.reports_to_id"),
    ("Contact", "IsEmailBounced", "contact.bounced"),
    ("Contact", "Department", "contact.department"),
    ("Contact", "Stance__c", "contact.stance"),
    ("Contact", "Buying_Role__c", "contact.buying_roles"),
    ("OpportunityContactRole", "Role", "contact.buying_roles"),
    ("AccountContactRelation", "Roles", "contact.buying_roles"),
    ("Opportunity", "IsWon", "opportunities"),
    ("Opportunity", "Probability", "opportunity.probability"),
    ("Opportunity", "LastStageChangeDate", "opportunity.stage_since"),
    ("Opportunity", "Type", "opportunity.type"),
    ("Opportunity", "StageName", "opportunity.stages"),
    ("Opportunity", "Benchmarks__c", "opportunity.success_criteria"),
    ("OpportunityTeamMember", "UserId", "opportunity.team_ids"),
    ("Task", "WhoId", "activity.contact_ids"),
    ("Event", "Type", "activity.purposes"),
    ("EventRelation", "IsWhat", "activity.attendee_ids"),
    ("AccountPlan", "LastModifiedDate", "plan.modified_on"),
    ("AccountPlan", "Threats__c", "plan.swot.threats"),
    ("AccountPlan", "Swot_Reviewed__c", "plan.swot_on"),
    ("AccountPlanObjective", "Status", "goals"),
    ("AccountPlanObjective", "EndDate", "goal.due_on"),
    ("AccountPlanObjective", "ObjectiveOwnerId", "goal.owner_id"),
    ("AccountPlanObjectiveMeasure", "TargetValue", "goal.has_metric"),
    ("AccountPlanObjectiveMeasure", "CurrentValueTimestamp", "goal.progress_on"),
    ("Plan_Action__c", "Account__c", "actions"),
    ("Plan_Action__c", "Done__c", "actions"),
    ("Plan_Action__c", "Objective__c", "action.goal_id"),
    ("Plan_Action__c", "Due__c", "action.due_on"),
    ("Feedback__c", "Grade__c", "feedback"),
    ("Feedback__c", "Reason__c", "feedback.has_reason"),
    ("Contract", "AccountId", "contracts"),
    ("Contract", "Status", "contracts"),
    ("Contract", "EndDate", "contract.end_on"),
    ("Quote", "OpportunityId", "quotes"),
    ("Quote", "ExpirationDate", "quote.expires_on"),
    ("Case", "Subject", "cases"),
    ("Case", "Priority", "case.is_high_priority"),
    ("AccountHistory", "NewValue", "owner_changes"),
]


@pytest.mark.parametrize(("sobject", "field", "name"), HIDDEN)
def test_a_field_that_is_hidden_is_unknown_with_a_way_out(org: Org, sobject: str, field: str, name: str) -> None:
    org.hide(sobject, field)
    description = org.connector(wanted=None, **EVERYTHING).describe()
    reason = description.unknown[name]
    assert f"{sobject}.{field}" in reason
    (finding,) = [each for each in description.setup if each.subject == name]
    assert finding.fix


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"fields": {"account.growth_target": "Trigger__c"}}, "account.growth_target", "not a number"),
    ({"fields": {"account.growth_target_year": "Tender__c"}}, "account.growth_target_year", "not a year"),
    ({"fields": {"account.tender_on": "Trigger__c"}}, "account.tender_on", "not a date"),
    ({"fields": {"account.recovery_target": "Cost__c"}}, "account.recovery_target", "not a grade"),
    ({"fields": {"contact.left": "Stance_On__c"}}, "contact.left", "not a checkbox"),
    ({"criteria": {"fit": "Tier__c"}}, "account.criteria", "neither a number nor a checkbox"),
    ({"fields": {"contact.stance": "Stance__c"}}, "contact.stance", "set values: contact.stance"),
    ({"sales": {"field": "Trigger__c"}}, "sales", "not a number"),
    ({"sales": {"field": "Absent__c"}}, "sales", "Account.Absent__c"),
    ({"plan": {**PLAN, "fields": {"swot_on": "Name"}}}, "plan.swot_on", "not a date"),
    ({"goals": {"object": "Plan_Action__c", "account_field": "OwnerId"}}, "goals", "not a lookup to Account"),
    (
        {"goals": {"object": "Plan_Action__c", "account_field": "Account__c", "fields": {"owner_id": "Name"}}},
        "goal.owner_id",
        "not a lookup to User",
    ),
    (
        {"actions": {"object": "Plan_Action__c", "account_field": "Account__c", "fields": {"goal_id": "Name"}}},
        "action.goal_id",
        "not a lookup",
    ),
    (
        {
            "feedback": {
                "object": "Feedback__c",
                "account_field": "Account__c",
                "fields": {"on": "Grade__c", "grade": "Grade__c"},
            }
        },
        "feedback",
        "not a date",
    ),
    ({"contracts": {"active": {"field": "Status", "values": ["Running"]}}}, "contracts", "no active value Running"),
    ({"cases": {"urgent": {"field": "Priority", "values": ["Burning"]}}}, "case.is_high_priority", "Burning"),
    ({"quotes": {"fields": {"sent_on": "Name"}}}, "quote.sent_on", "not a date"),
]


@pytest.mark.parametrize(("section", "name", "words"), WRONG)
def test_what_is_mapped_to_the_wrong_thing_is_unknown_and_a_finding(
    org: Org, section: dict[str, object], name: str, words: str
) -> None:
    description = org.connector(wanted=None, **section).describe()
    assert words in description.unknown[name]
    assert name in {finding.subject for finding in description.setup}
