"""What people do to contacts, opportunities, plans and the rest, and what the platform writes beside a record."""
# ruff: noqa: S608 - this is SOQL, put together from the tests' own values

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.portfolio import (
    PortfolioActivity,
    PortfolioCase,
    PortfolioContact,
    PortfolioContract,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioGoal,
    PortfolioQuote,
)
from kam_sync.records import (
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    ContactLevel,
    Grade,
    OpportunityStage,
    Purpose,
    Stance,
    SwotPart,
)
from kam_sync_salesforce.local_crm import FieldValue, SalesforcePeople
from support_local_salesforce import NOW, RICH, Org, running_org

TODAY = NOW.date()


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm", portfolio=RICH) as running:
        yield running


@pytest.fixture
def people(org: Org) -> SalesforcePeople:
    return org.crm.people


def value(org: Org, object_name: str, field: str, record: str) -> object:
    (row,) = org.rest.query(f"SELECT {field} FROM {object_name} WHERE Id = '{org.crm.id_of(record)}'")
    return row[field]


@pytest.mark.parametrize(
    ("name", "given", "slug", "where", "expected"),
    [
        ("account.tender_on", dt.date(2027, 3, 1), "", ("Account", "Tender__c"), "2027-03-01"),
        ("account.growth_target", 8.5, "", ("Account", "Growth_Target__c"), 8.5),
        ("account.criteria.financial_strength", 3, "", ("Account", "Criterion_Financial_Strength__c"), 3.0),
        ("account.relationship_stage", None, "", ("Account", "Relationship_Stage__c"), None),
        ("account.in_scope", False, "", ("Account", "Key_Account__c"), False),
        ("contact.stance", Stance.BLOCKER, "yuki", ("Contact", "Stance__c"), "Blocker"),
        ("contact.level", "executive", "omar", ("Contact", "Level__c"), "Executive"),
        ("contact.left", False, "omar", ("Contact", "Left_Company__c"), False),
        ("contact.bounced", False, "omar", ("Contact", "IsEmailBounced"), False),
        ("contact.bounced", True, "yuki", ("Contact", "IsEmailBounced"), True),
        ("contact.department", "Board", "yuki", ("Contact", "Department"), "Board"),
        (
            "opportunity.stages",
            OpportunityStage.PROPOSAL,
            "valves",
            ("Opportunity", "StageName"),
            "Proposal/Price Quote",
        ),
        ("opportunity.products", ["Pumps", "Seals"], "valves", ("Opportunity", "Products__c"), "Pumps;Seals"),
        ("opportunity.success_criteria", None, "valves", ("Opportunity", "Scope_Agreed__c"), None),
        ("opportunity.type", "renewal", "valves", ("Opportunity", "Type"), "Renewal"),
        ("goal.is_open", False, "uptime", ("AccountPlanObjective", "Status"), "Closed"),
        ("goal.due_on", dt.date(2027, 6, 30), "uptime", ("AccountPlanObjective", "EndDate"), "2027-06-30"),
        ("action.is_open", False, "uptime/Train operators", ("Plan_Action__c", "Done__c"), True),
        ("quote.is_open", False, "q1", ("Quote", "Status"), "Accepted"),
        ("quote.expires_on", dt.date(2026, 12, 24), "q1", ("Quote", "ExpirationDate"), "2026-12-24"),
        ("case.is_open", False, "leak", ("Case", "IsClosed"), True),
        ("case.is_high_priority", False, "leak", ("Case", "Priority"), "Medium"),
        ("contract.end_on", dt.date(2028, 1, 1), "care", ("Contract", "EndDate"), "2028-01-01"),
        ("contract.is_active", False, "care", ("Contract", "StatusCode"), "Expired"),
    ],
)
def test_people_set_fields_by_their_canonical_names(
    org: Org,
    people: SalesforcePeople,
    name: str,
    given: FieldValue,
    slug: str,
    where: tuple[str, str],
    expected: object,
) -> None:
    people.set_field("delta", name, given, slug=slug)
    assert value(org, *where, f"delta/{slug}" if slug else "delta") == expected


def test_people_are_named_by_slug_and_plans_need_none(org: Org, people: SalesforcePeople) -> None:
    people.set_field("delta", "goal.owner_id", "ines", slug="vague")
    assert value(org, "AccountPlanObjective", "ObjectiveOwnerId", "delta/vague") == org.crm.id_of("ines")
    people.set_field("delta", "contact.reports_to_id", "omar", slug="yuki")
    assert value(org, "Contact", "ReportsToId", "delta/yuki") == org.crm.id_of("delta/omar")
    people.set_field("delta", "plan.swot.weaknesses", "Few spare parts")
    people.set_field("delta", "plan.next_review_on", dt.date(2026, 12, 12))
    (plan,) = org.rest.query("SELECT Weaknesses__c, Next_Review__c, LastModifiedDate FROM AccountPlan")
    assert (plan["Weaknesses__c"], plan["Next_Review__c"]) == ("Few spare parts", "2026-12-12")
    assert plan["LastModifiedDate"] == "2026-11-02T08:30:00.000+0000", "a change by a person is a change of the plan"


@pytest.mark.parametrize(
    ("name", "given", "slug", "words"),
    [
        ("contact.stanse", "supporter", "yuki", "did you mean 'contact.stance'"),
        ("contact.stance", "friend", "yuki", "supporter, neutral, blocker"),
        ("contact.stance", "supporter", "nobody", "delta/nobody"),
        ("contact.reports_to_id", "nobody", "yuki", "delta/nobody"),
        ("contact.title", "x" * 129, "yuki", "STRING_TOO_LONG"),
        ("case.is_open", "yes", "leak", "true or false"),
        ("goal.progress_on", TODAY - dt.timedelta(days=1), "uptime", "today"),
        ("opportunity.team_ids", 7, "valves", "takes texts"),
    ],
)
def test_what_cannot_be_set_is_refused(
    people: SalesforcePeople, name: str, given: FieldValue, slug: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        people.set_field("delta", name, given, slug=slug)


def test_buying_roles_deal_contacts_and_teams_grow(org: Org, people: SalesforcePeople) -> None:
    people.set_field("delta", "contact.buying_roles", [BuyingRole.END_USER, "champion"], slug="omar")
    omar, valves = org.crm.id_of("delta/omar"), org.crm.id_of("delta/valves")
    roles = org.rest.names(f"SELECT Roles FROM AccountContactRelation WHERE ContactId = '{omar}'", field="Roles")
    assert roles == ["Business User;Champion"]
    people.set_field("delta", "opportunity.contact_ids", "omar", slug="valves")
    people.set_field("delta", "opportunity.team_ids", ["kwame"], slug="valves")
    soql = f"SELECT ContactId FROM OpportunityContactRole WHERE OpportunityId = '{valves}'"
    assert omar in org.rest.names(soql, field="ContactId")
    assert len(org.rest.query("SELECT Id FROM OpportunityTeamMember")) == 2
    with pytest.raises(ValueError, match="DUPLICATE_VALUE"):
        people.set_field("delta", "opportunity.team_ids", ["kwame"], slug="valves")


def test_feedback_cases_deals_and_progress_are_recorded_as_of_now(org: Org, people: SalesforcePeople) -> None:
    given = people.add_feedback("delta", on=TODAY, grade=Grade.A_PLUS, reason="Quick")
    (row,) = org.rest.query(f"SELECT Name, Grade__c, Given_On__c, Reason__c FROM Feedback__c WHERE Id = '{given}'")
    assert (row["Name"], row["Grade__c"], row["Given_On__c"], row["Reason__c"]) == (
        "F-00003",
        "A+",
        "2026-11-02",
        "Quick",
    )
    people.close_case("delta", "leak")
    (case,) = org.rest.query("SELECT Status, ClosedDate FROM Case WHERE Subject = 'Leaking seal'")
    assert (case["Status"], case["ClosedDate"]) == ("Closed", "2026-11-02T08:30:00.000+0000")
    people.close_deal("delta", "valves", won=True)
    (deal,) = org.rest.query("SELECT IsWon, CloseDate, Probability FROM Opportunity WHERE Name = 'Valves'")
    assert (deal["IsWon"], deal["CloseDate"], deal["Probability"]) == (True, "2026-11-02", 100.0)
    people.set_field("delta", "goal.progress_on", TODAY, slug="uptime")
    people.set_field("delta", "goal.has_metric", "25", slug="vague")
    measures = org.rest.query(
        "SELECT AccountPlanObjective.Name, TargetValue, TargetNumberValue, CurrentNumberValue, CurrentValueTimestamp "
        "FROM AccountPlanObjectiveMeasure ORDER BY AccountPlanObjective.Name"
    )
    told = [(row["TargetNumberValue"], row["CurrentNumberValue"], row["CurrentValueTimestamp"]) for row in measures]
    assert told == [(25.0, None, None), (100.0, 41.0, "2026-11-02T08:30:00.000+0000")]


def test_activities_take_purpose_contacts_and_invitees(org: Org, people: SalesforcePeople) -> None:
    event = people.add_activity(
        "delta",
        kind=ActivityKind.MEETING,
        on=TODAY + dt.timedelta(days=4),
        owner="ines",
        purpose=Purpose.ON_SITE_VISIT,
        contacts=("omar", "yuki"),
        attendees=("kwame",),
    )
    relations = org.rest.query(
        f"SELECT RelationId, IsParent, IsInvitee, IsWhat FROM EventRelation WHERE EventId = '{event}'"
    )
    assert {(row["RelationId"], row["IsParent"], row["IsInvitee"]) for row in relations} == {
        (org.crm.id_of("delta"), True, False),
        (org.crm.id_of("delta/omar"), True, False),
        (org.crm.id_of("delta/yuki"), True, False),
        (org.crm.id_of("kwame"), False, True),
    }
    assert len(org.rest.query(f"SELECT Id FROM EventWhoRelation WHERE EventId = '{event}'")) == 2
    coming = org.rest.query("SELECT Type, OwnerId FROM Event WHERE ActivityDate = 2026-11-06 ORDER BY IsChild")
    assert [(row["Type"], row["OwnerId"]) for row in coming] == [
        ("On-site visit", org.crm.id_of("ines")),
        ("On-site visit", org.crm.id_of("kwame")),
    ]
    with pytest.raises(ValueError, match="invitees"):
        people.add_activity("delta", kind=ActivityKind.TASK, on=TODAY, owner="ines", attendees=("kwame",))
    people.finish_activities("delta")
    assert org.rest.query("SELECT Id FROM Event WHERE ActivityDate = 2026-11-06") == [], "the copy goes with it"
    assert org.rest.query(f"SELECT Id FROM EventRelation WHERE EventId = '{event}'") == []


def test_a_plan_is_overwritten_with_end_and_swot(org: Org, people: SalesforcePeople) -> None:
    people.set_plan("delta", end_on=dt.date(2027, 9, 30), swot=frozenset({SwotPart.OPPORTUNITIES}), swot_on=TODAY)
    (plan,) = org.rest.query("SELECT EndDate, Swot_Reviewed__c, Swot_Opportunities__c, Threats__c FROM AccountPlan")
    assert (plan["EndDate"], plan["Swot_Reviewed__c"]) == ("2027-09-30", "2026-11-02")
    assert (bool(plan["Swot_Opportunities__c"]), bool(plan["Threats__c"])) == (True, False)
    people.clear_plan("delta")
    for name in ("AccountPlanObjective", "AccountPlanObjectiveMeasure"):
        assert org.rest.query(f"SELECT Id FROM {name}") == [], name
    (action,) = org.rest.query("SELECT Objective__c FROM Plan_Action__c")
    assert action["Objective__c"] is None, "a lookup to what was deleted is emptied"


def test_whatever_happened_is_imported_into_a_living_account(org: Org, people: SalesforcePeople) -> None:
    contact = PortfolioContact(
        slug="pia",
        name="Pia Sø",
        title="Chief Executive",
        email="",
        level=ContactLevel.EXECUTIVE,
        buying_roles=(BuyingRole.OTHER,),
    )
    call = PortfolioActivity(
        kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-2, owner="ines", contacts=("pia",)
    )
    for addition in (
        contact,
        PortfolioDeal(slug="spares", name="Spares", owner="ines", close_days=9, contacts=("pia", "yuki")),
        PortfolioQuote(slug="q3", name="Spares offer", deal="spares", sent_days=-1, expires_days=29),
        call,
        PortfolioGoal(slug="grow", name="Grow", owner="ines", due_days=30, actions=("Visit",)),
        PortfolioFeedback(days=-1, grade=Grade.B),
        PortfolioCase(slug="rust", name="Rust", opened_days=-1, owner="ines"),
        PortfolioContract(slug="plus", name="Plus", end_days=300),
    ):
        assert people.add("delta", addition)
    assert value(org, "Contact", "Level__c", "delta/pia") == "Executive"
    assert value(org, "Contact", "LastActivityDate", "delta/pia") == "2026-10-31"
    assert value(org, "Quote", "OpportunityId", "delta/q3") == org.crm.id_of("delta/spares")
    assert value(org, "Plan_Action__c", "Objective__c", "delta/grow/Visit") == org.crm.id_of("delta/grow")
    assert value(org, "Case", "CaseNumber", "delta/rust") == "00000003"
    ids = org.rest.names("SELECT Id FROM Contact", field="Id")
    assert len(set(ids)) == len(ids) == 4
    with pytest.raises(ValueError, match="same slug"):
        people.add("delta", contact)
    with pytest.raises(ValueError, match="no plan"):
        people.add("echo", PortfolioGoal(slug="lost", name="Lost"))
    assert len(org.rest.query("SELECT Id FROM Contact")) == 4, "a refused import leaves nothing"


def test_records_are_deleted_with_what_hangs_on_them(org: Org, people: SalesforcePeople) -> None:
    people.delete_record("delta", "deal", "valves")
    for name in ("OpportunityContactRole", "OpportunityTeamMember"):
        assert org.rest.query(f"SELECT Id FROM {name}") == [], name
    assert org.rest.names("SELECT Name FROM Quote") == ["Pumps offer"]
    assert org.rest.query("SELECT Id FROM TaskWhoRelation") == [], "the call was about the deal"
    people.delete_record("delta", "contact", "omar")
    yuki = org.crm.id_of("delta/yuki")
    assert set(org.rest.names("SELECT RelationId FROM EventWhoRelation", field="RelationId")) == {yuki}
    assert len(org.rest.query("SELECT Id FROM AccountContactRelation")) == 2
    with pytest.raises(ValueError, match="nothing of an account"):
        people.delete_record("delta", "user", "ines")


def test_the_platform_relates_contacts_and_activities_that_the_api_makes(org: Org) -> None:
    echo, yuki = org.crm.id_of("echo"), org.crm.id_of("delta/yuki")
    made = org.rest.call("POST", "sobjects/Contact", {"LastName": "Ito", "AccountId": echo}).record()["id"]
    direct = f"SELECT AccountId, IsDirect FROM AccountContactRelation WHERE ContactId = '{made}'"
    assert [(row["AccountId"], row["IsDirect"]) for row in org.rest.query(direct)] == [(echo, True)]
    indirect = {"AccountId": echo, "ContactId": yuki, "Roles": "Influencer"}
    assert org.rest.call("POST", "sobjects/AccountContactRelation", indirect).status == 201
    assert org.rest.call("POST", "sobjects/AccountContactRelation", indirect).failure() == (400, "DUPLICATE_VALUE")
    assert org.rest.call("PATCH", f"sobjects/Contact/{made}", {"AccountId": org.crm.id_of("delta")}).status == 204
    assert [row["AccountId"] for row in org.rest.query(direct)] == [org.crm.id_of("delta")]
    task = org.rest.call("POST", "sobjects/Task", {"WhatId": echo, "WhoId": yuki}).record()["id"]
    people = f"SELECT RelationId FROM TaskWhoRelation WHERE TaskId = '{task}'"
    assert org.rest.names(people, field="RelationId") == [yuki]
    org.rest.call("PATCH", f"sobjects/Task/{task}", {"WhoId": made})
    assert org.rest.names(people, field="RelationId") == [made]
    org.rest.call("PATCH", f"sobjects/Account/{echo}", {"OwnerId": org.crm.id_of("ines")})
    (row,) = org.rest.query(
        f"SELECT CreatedById FROM AccountHistory WHERE AccountId = '{echo}' AND DataType = 'EntityId'"
    )
    assert row["CreatedById"] == org.crm.api_user_id


def test_the_platforms_own_rows_cannot_be_written_by_the_api(org: Org) -> None:
    for name in ("AccountHistory", "EventRelation", "TaskWhoRelation", "EventWhoRelation"):
        assert org.rest.call("POST", f"sobjects/{name}", {}).failure() == (400, "INVALID_TYPE_FOR_OPERATION"), name
    span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:00:00Z"}
    assert org.rest.call("GET", "sobjects/AccountHistory/updated", query=span).status == 501
    assert org.rest.call("GET", "sobjects/Quote/updated", query=span).record()["ids"] == [org.crm.id_of("delta/q2")]


def test_scope_reaches_through_parents_and_semi_joins(org: Org) -> None:
    keys = "(SELECT Id FROM Account WHERE Key_Account__c = true)"
    for soql in (
        f"SELECT Id FROM OpportunityContactRole WHERE Opportunity.AccountId IN {keys}",
        f"SELECT Id FROM AccountPlanObjectiveMeasure WHERE AccountPlanObjective.AccountPlan.AccountId IN {keys}",
        f"SELECT Id FROM AccountHistory WHERE AccountId IN {keys} AND Field = 'Owner'",
        "SELECT Id FROM Quote WHERE Opportunity.Account.Parent.Parent.Parent.Name = null",
        "SELECT Id FROM Contact WHERE ReportsTo.Account.Parent.Owner.Manager.Name = null",
        "SELECT Id FROM Plan_Action__c WHERE Account__r.Owner.Name LIKE 'In%' AND Objective__r.AccountPlan.Id != null",
    ):
        assert org.rest.query(soql) != [], soql
    too_deep = "SELECT Id FROM Quote WHERE Opportunity.Account.Parent.Parent.Parent.Parent.Name = null"
    assert org.rest.page(too_deep).failure() == (400, "INVALID_FIELD")
