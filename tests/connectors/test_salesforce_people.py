"""Contacts, opportunities and activities: their mapped fields, and who takes part in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import responses

from kam_sync.ports import RejectedRecord
from kam_sync.records import (
    Activity,
    BuyingRole,
    Contact,
    ContactLevel,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    Purpose,
    RecordKind,
    Stance,
)
from support_salesforce import EVERYTHING, Org, described, flag, picklist, sfid

ACCOUNT = sfid("001", 1)
OTHER = sfid("001", 2)
OWNER = sfid("005", 1)
CONTACT = sfid("003", 1)
DEAL = sfid("006", 1)


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def contacts(org: Org, **changes: object) -> list[Contact]:
    found = org.pull(RecordKind.CONTACT, **{"wanted": None, **EVERYTHING, **changes})
    return [each for each in found if isinstance(each, Contact)]


def contact_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("003", number),
        "AccountId": ACCOUNT,
        "Name": "Inês Prado",
        "Title": "Head of Operations",
        "OwnerId": OWNER,
        "CreatedDate": "2025-06-30T22:30:00.000+0000",
        "ReportsToId": sfid("003", 9),
        "IsEmailBounced": True,
        "Department": "Operations",
        "Level__c": "director",
        "Buying_Role__c": "Champion",
        "Stance__c": "Against",
        "Stance_On__c": "2026-03-01",
        "Influence__c": 0,
        "Decision_Criteria__c": "<p>uptime</p>",
        "Left__c": True,
        **changes,
    }


EMPTY_CONTACT: dict[str, object] = {
    "Title": None,
    "OwnerId": None,
    "CreatedDate": None,
    "ReportsToId": None,
    "IsEmailBounced": False,
    "Department": None,
    "Level__c": None,
    "Buying_Role__c": None,
    "Stance__c": None,
    "Stance_On__c": None,
    "Influence__c": None,
    "Decision_Criteria__c": "<p>&nbsp;</p>",
    "Left__c": False,
}


def test_every_field_of_a_contact(org: Org) -> None:
    org.rows["Contact"] = [[contact_row(), contact_row(2, **EMPTY_CONTACT)]]
    assert contacts(org) == [
        Contact(
            id=CONTACT,
            account_ids=(ACCOUNT,),
            name="Inês Prado",
            title="Head of Operations",
            owner_id=OWNER,
            created_on=dt.date(2025, 7, 1),
            department="Operations",
            level=ContactLevel.DIRECTOR,
            reports_to_id=sfid("003", 9),
            buying_roles=(BuyingRole.CHAMPION,),
            stance=Stance.BLOCKER,
            stance_on=dt.date(2026, 3, 1),
            influence=True,
            decision_criteria=True,
            left=True,
            bounced=True,
        ),
        Contact(id=sfid("003", 2), account_ids=(ACCOUNT,), name="Inês Prado"),
    ]


def test_an_unticked_box_says_nothing(org: Org) -> None:
    org.objects["Contact"].append(flag("Influential__c"))
    org.rows["Contact"] = [[contact_row(Influential__c=True), contact_row(2, Influential__c=False)]]
    fields = {"contact.influence": ["Influential__c", "Stance__c"]}
    assert [each.influence for each in contacts(org, fields=fields)] == [True, False]


def contact_role(number: int, value: str | None, contact: str = CONTACT) -> dict[str, object]:
    return {"Id": sfid("00K", number), "OpportunityId": DEAL, "ContactId": contact, "Role": value}


def relation(number: int, values: str | None, account: str = ACCOUNT, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("07k", number),
        "AccountId": account,
        "ContactId": CONTACT,
        "Roles": values,
        "IsActive": True,
        **changes,
    }


def test_buying_roles_are_united_over_opportunities_account_and_contact(org: Org) -> None:
    org.rows["Contact"] = [[contact_row(), contact_row(2, Buying_Role__c=None)]]
    org.rows["OpportunityContactRole"] = [
        [contact_role(1, "Decision Maker"), contact_role(2, None)],
        [contact_role(3, "economic buyer"), contact_role(4, "Nobody's value", contact=sfid("003", 2))],
    ]
    org.rows["AccountContactRelation"] = [
        [
            relation(1, "Business User;Influencer"),
            relation(2, "Blocker", IsActive=False),
            relation(3, "Other", account=OTHER),
            relation(4, None),
        ]
    ]
    first, second = contacts(org)
    assert first.buying_roles == (
        BuyingRole.DECISION_MAKER,
        BuyingRole.ECONOMIC_BUYER,
        BuyingRole.CHAMPION,
        BuyingRole.INFLUENCER,
        BuyingRole.END_USER,
    )
    assert second.buying_roles == ()
    assert org.where("OpportunityContactRole") == "Opportunity.Account.Key_Account__c = TRUE"
    assert org.where("AccountContactRelation") == "Account.Key_Account__c = TRUE"
    contacts(org, scope=None)
    assert org.where("OpportunityContactRole") == "Opportunity.AccountId != null"
    assert org.where("AccountContactRelation") == "AccountId != null"


def test_without_relations_to_several_accounts_contact_roles_are_enough(org: Org) -> None:
    del org.objects["AccountContactRelation"]
    org.rows["Contact"] = [[contact_row()]]
    org.rows["OpportunityContactRole"] = [[contact_role(1, "Blocker")]]
    (found,) = contacts(org, fields=None)
    assert found.buying_roles == (BuyingRole.BLOCKER,)


def test_a_buying_role_that_no_picklist_offers_is_unknown(org: Org) -> None:
    # As an org comes: these picklists have neither a champion nor a blocker.
    usual = (
        "Business User",
        "Decision Maker",
        "Economic Buyer",
        "Evaluator",
        "Executive Sponsor",
        "Influencer",
        "Other",
    )
    org.hide("OpportunityContactRole", "Role")
    org.objects["OpportunityContactRole"].append(picklist("Role", *usual))
    org.hide("AccountContactRelation", "Roles")
    org.objects["AccountContactRelation"].append(picklist("Roles", *usual, multi=True))
    description = org.connector(wanted=None).describe()
    parts = {name for name in description.unknown if name.startswith("contact.buying_roles")}
    assert parts == {"contact.buying_roles.champion", "contact.buying_roles.blocker"}
    assert "Champion" in description.unknown["contact.buying_roles.champion"]
    assert "contact.buying_roles" not in {finding.subject for finding in description.setup}
    assert description.labels["contact.buying_roles.technical_buyer"] == (
        '"Evaluator" in the opportunity contact role field "Role"'
    )


def test_a_value_of_the_policy_that_nobody_can_choose_is_a_finding(org: Org) -> None:
    values = {"contact.stance": {"supporter": ["Supporter", "Fan"], "blocker": "Against"}}
    description = org.connector(wanted=None, fields={"contact.stance": "Stance__c"}, values=values).describe()
    (finding,) = [each for each in description.setup if each.subject == "contact.stance"]
    assert "Fan" in finding.problem
    assert "Supporter, Neutral, Against" in finding.fix
    assert "contact.stance" not in description.unknown
    none = org.connector(
        wanted=None, fields={"contact.stance": "Stance__c"}, values={"contact.stance": {"neutral": "X"}}
    )
    assert "offers none of the mapped values" in none.describe().unknown["contact.stance"]


def opportunities(org: Org, **changes: object) -> list[Opportunity]:
    found = org.pull(RecordKind.OPPORTUNITY, **{"wanted": None, **EVERYTHING, **changes})
    return [each for each in found if isinstance(each, Opportunity)]


def opportunity_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("006", number),
        "AccountId": ACCOUNT,
        "Name": "Turbine refit",
        "OwnerId": OWNER,
        "IsClosed": True,
        "IsWon": True,
        "CloseDate": "2026-10-31",
        "NextStep": None,
        "Amount": 1200.5,
        "CreatedDate": "2026-01-31T23:30:00.000+0000",
        "Probability": 40,
        "LastStageChangeDate": "2026-10-31T08:00:00.000+0000",
        "Type": "Existing Business",
        "StageName": "Proposal/Price Quote",
        "Loss_Reason__c": " price ",
        "Competitor__c": "Veldhoek",
        "Products__c": "Turbines;Service",
        "Scope_Agreed__c": "two turbines",
        "Benchmarks__c": "97 % uptime",
        "Tender_Date__c": "2026-02-01",
        "Proposal_Sent__c": "2026-02-02",
        "Proposal_Expires__c": "2026-02-03",
        "Delivered_On__c": "2026-02-04",
        **changes,
    }


def test_every_field_of_an_opportunity(org: Org) -> None:
    empty = dict.fromkeys(opportunity_row(), None)
    own = {name: opportunity_row(2)[name] for name in ("Id", "AccountId", "Name", "IsClosed", "IsWon")}
    org.rows["Opportunity"] = [[opportunity_row(), {**empty, **own, "OwnerId": OWNER, "Scope_Agreed__c": "x"}]]
    org.rows["OpportunityContactRole"] = [[contact_role(1, "Blocker"), contact_role(2, None, contact=sfid("003", 2))]]
    org.rows["OpportunityTeamMember"] = [
        [
            {"Id": sfid("00q", 1), "OpportunityId": DEAL, "UserId": sfid("005", 3)},
            {"Id": sfid("00q", 2), "OpportunityId": DEAL, "UserId": OWNER},
        ]
    ]
    first, second = opportunities(org)
    assert first == Opportunity(
        id=DEAL,
        account_ids=(ACCOUNT,),
        name="Turbine refit",
        owner_id=OWNER,
        is_open=False,
        is_won=True,
        close_on=dt.date(2026, 10, 31),
        created_on=dt.date(2026, 2, 1),
        amount=1200.5,
        probability=0.4,
        type=OpportunityType.EXPANSION,
        stages=(OpportunityStage.PROPOSAL,),
        stage_since=dt.date(2026, 10, 31),
        loss_reason="price",
        competitor="Veldhoek",
        products=("Turbines", "Service"),
        success_criteria=True,
        tender_on=dt.date(2026, 2, 1),
        proposal_sent_on=dt.date(2026, 2, 2),
        proposal_expires_on=dt.date(2026, 2, 3),
        delivered_on=dt.date(2026, 2, 4),
        team_ids=(OWNER, sfid("005", 3)),
        contact_ids=(CONTACT, sfid("003", 2)),
    )
    assert second == Opportunity(
        id=sfid("006", 2),
        account_ids=(ACCOUNT,),
        name="Turbine refit",
        owner_id=OWNER,
        is_open=False,
        is_won=True,
        success_criteria=False,
        team_ids=(OWNER,),
    )
    assert org.where("OpportunityTeamMember") == "Opportunity.Account.Key_Account__c = TRUE"


def test_an_unmapped_yes_or_no_is_neither(org: Org) -> None:
    org.rows["Opportunity"] = [[opportunity_row()]]
    (found,) = opportunities(org, fields=None, values=None)
    assert found.success_criteria is None
    assert found.stages == ()


def test_amounts_of_several_currencies_come_in_one(org: Org) -> None:
    org.objects["Opportunity"].append(picklist("CurrencyIsoCode", "EUR", "INR"))
    opportunities(org)
    assert ", convertCurrency(Amount), " in org.queries("Opportunity")[-1].soql


def task_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("00T", number),
        "AccountId": ACCOUNT,
        "WhatId": DEAL,
        "WhoId": CONTACT,
        "OwnerId": OWNER,
        "Subject": "Call back",
        "IsClosed": False,
        "ActivityDate": "2026-12-01",
        "Type": "renewal",
        **changes,
    }


def event_row(number: int = 1, **changes: object) -> dict[str, object]:
    row = {**task_row(), "Id": sfid("00U", number), "ActivityDateTime": None, "Type": "Business review", **changes}
    return {name: value for name, value in row.items() if name != "IsClosed"}


def invitee(number: int, person: str, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("0RE", number),
        "EventId": sfid("00U", 1),
        "RelationId": person,
        "IsWhat": False,
        "Status": "New",
        **changes,
    }


def activities(org: Org, **changes: object) -> list[Activity]:
    found = org.pull(RecordKind.ACTIVITY, **{"wanted": None, **EVERYTHING, **changes})
    return [each for each in found if isinstance(each, Activity)]


def test_who_takes_part_in_activities_and_what_they_are_for(org: Org) -> None:
    lead = sfid("00Q", 1)
    org.rows["Task"] = [[task_row(), task_row(2, WhoId=lead, Type="Other"), task_row(3, WhoId=None, Type=None)]]
    org.rows["Event"] = [[event_row(), event_row(2, WhoId=None)]]
    org.rows["EventRelation"] = [
        [
            invitee(1, OWNER),
            invitee(2, sfid("005", 2)),
            invitee(3, sfid("005", 3), Status="Declined"),
            invitee(4, CONTACT),
            invitee(5, sfid("003", 2)),
            invitee(6, lead),
            invitee(7, DEAL, IsWhat=True),
        ]
    ]
    found = activities(org)
    assert [each.contact_ids for each in found] == [(CONTACT,), (), (), (CONTACT, sfid("003", 2)), ()]
    assert [each.attendee_ids for each in found] == [(), (), (), (sfid("005", 2),), ()]
    assert [each.purposes for each in found] == [
        (Purpose.RENEWAL,),
        (Purpose.ON_SITE_VISIT, Purpose.HANDOVER, Purpose.TENDER_PREPARATION),
        (),
        (Purpose.BUSINESS_REVIEW,),
        (Purpose.BUSINESS_REVIEW,),
    ]
    assert org.where("EventRelation") == (
        "Event.Account.Key_Account__c = TRUE AND IsWhat = FALSE AND Event.ActivityDate >= 2025-10-19 "
        "AND IsDeleted = FALSE"
    )
    assert "/queryAll/" in org.queries("EventRelation")[-1].url


def test_where_activities_are_shared_all_contacts_come(org: Org) -> None:
    for name, holder in (("TaskWhoRelation", "TaskId"), ("EventWhoRelation", "EventId")):
        org.objects[name] = [
            described(holder, "reference", referenceTo=[name[:-11]], relationshipName=holder[:-2]),
            described("RelationId", "reference", referenceTo=["Contact", "Lead"], relationshipName="Relation"),
            described("Type"),
        ]
        link = {
            holder: sfid("00T" if holder == "TaskId" else "00U", 1),
            "RelationId": sfid("003", 2),
            "Type": "Contact",
        }
        org.rows[name] = [[{"Id": sfid("0RT", 1), **link}]]
    org.rows["Task"], org.rows["Event"] = [[task_row()]], [[event_row()]]
    assert [each.contact_ids for each in activities(org)] == [(CONTACT, sfid("003", 2))] * 2
    assert org.where("TaskWhoRelation") == (
        "Task.Account.Key_Account__c = TRUE AND Type = 'Contact' AND (Task.IsClosed = FALSE OR Task.ActivityDate >= "
        "2025-10-19 OR (Task.ActivityDate = null AND Task.CreatedDate >= 2025-10-18T22:00:00Z))"
    )


def test_a_purpose_that_one_of_the_two_picklists_offers_can_be_known(org: Org) -> None:
    org.hide("Event", "Type")
    org.objects["Event"].append(picklist("Type", "On-site visit"))
    values = {"activity.purposes": {"on_site_visit": "On-site visit", "renewal": "Renewal", "handover": "Handover"}}
    description = org.connector(wanted=None, values=values).describe()
    parts = {name.rpartition(".")[2] for name in description.unknown if name.startswith("activity.purposes.")}
    assert parts == {"handover", "team_meeting", "business_review", "tender_preparation"}
    assert description.labels["activity.purposes.on_site_visit"] == '"On-site visit" in the event field "Type"'
    assert "Handover" in next(each.problem for each in description.setup if each.subject == "activity.purposes")


UNFIT = [
    (RecordKind.CONTACT, "Contact", contact_row(Stance_On__c="soon"), "Stance_On__c"),
    (RecordKind.CONTACT, "Contact", contact_row(ReportsToId="boss"), "ReportsToId"),
    (RecordKind.CONTACT, "Contact", contact_row(CreatedDate="2025-06-30T22:30:00"), "CreatedDate"),
    (RecordKind.CONTACT, "Contact", contact_row(IsEmailBounced="perhaps so"), "bounced"),
    (RecordKind.CONTACT, "Contact", contact_row(Left__c="long ago"), "Left__c"),
    (RecordKind.OPPORTUNITY, "Opportunity", opportunity_row(IsWon=None), "IsWon"),
    (RecordKind.OPPORTUNITY, "Opportunity", opportunity_row(Probability=140), "Probability"),
    (RecordKind.OPPORTUNITY, "Opportunity", opportunity_row(Probability="forty"), "Probability"),
    (RecordKind.OPPORTUNITY, "Opportunity", opportunity_row(LastStageChangeDate="lately"), "LastStageChangeDate"),
    (RecordKind.OPPORTUNITY, "Opportunity", opportunity_row(Tender_Date__c="2026-02-31"), "Tender_Date__c"),
    (RecordKind.ACTIVITY, "Task", task_row(WhoId="somebody"), "WhoId"),
]


@pytest.mark.parametrize(("kind", "sobject", "row", "named"), UNFIT)
def test_values_that_do_not_fit_are_rejected(
    org: Org, kind: RecordKind, sobject: str, row: dict[str, object], named: str
) -> None:
    org.rows[sobject] = [[row]]
    (found,) = org.rejected(kind, wanted=None, **EVERYTHING)
    assert (found.kind, found.id, found.account_ids) == (kind, row["Id"], (ACCOUNT,))
    assert named in found.reason
    assert not any(isinstance(value, str) and len(value) > 3 and value in found.reason for value in row.values())


@pytest.mark.parametrize(
    ("kind", "sobject", "row", "account_ids"),
    [
        (RecordKind.CONTACT, "OpportunityContactRole", contact_role(1, "Blocker", contact="nobody"), ()),
        (RecordKind.CONTACT, "AccountContactRelation", relation(1, "Blocker", ContactId=None), (ACCOUNT,)),
        (
            RecordKind.OPPORTUNITY,
            "OpportunityTeamMember",
            {"Id": sfid("00q", 1), "OpportunityId": DEAL, "UserId": "x"},
            (),
        ),
        (RecordKind.ACTIVITY, "EventRelation", invitee(1, OWNER, EventId=None), ()),
    ],
)
def test_a_link_that_says_nothing_sensible_is_a_doubt_about_all_of_them(
    org: Org, kind: RecordKind, sobject: str, row: dict[str, object], account_ids: tuple[str, ...]
) -> None:
    org.rows["Contact"] = [[contact_row()]]
    org.rows[sobject] = [[row]]
    (found,) = org.rejected(kind, wanted=None, **EVERYTHING)
    assert isinstance(found, RejectedRecord)
    assert (found.kind, found.id, found.account_ids) == (kind, row["Id"], account_ids)
