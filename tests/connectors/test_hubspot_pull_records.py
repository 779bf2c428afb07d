"""Pulling the further fields of accounts, contacts, deals and activities: values, empties, unfit, unwanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import pytest

from kam_sync.errors import PermissionDeniedError
from kam_sync.ports import RejectedRecord
from kam_sync.records import (
    Account,
    Activity,
    BuyingRole,
    Contact,
    ContactLevel,
    Grade,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    Purpose,
    Record,
    RecordKind,
    Stance,
)
from support_hubspot import (
    COMPANY_DEFINITIONS,
    CONTACT_DEFINITIONS,
    DEAL_DEFINITIONS,
    TinyPortal,
    connector_of,
    definition,
    pull,
    record,
    typed,
)
from support_scripted_server import ScriptedServer, scripted_server

Json = Mapping[str, object]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def portal(server: ScriptedServer) -> TinyPortal:
    tiny = TinyPortal()
    tiny.definitions["companies"] = (
        *COMPANY_DEFINITIONS,
        *(definition(name, "date") for name in ("key_since", "trigger_on")),
        *(definition(name, "number") for name in ("growth", "growth_year", "cost", "fit")),
        *(definition(name) for name in ("stage", "target")),
        definition("checked", "bool"),
    )
    tiny.definitions["contacts"] = (
        *CONTACT_DEFINITIONS,
        definition("createdate", "datetime"),
        definition("hs_email_hard_bounce_reason_enum", "enumeration"),
        definition("hs_seniority", "enumeration"),
        definition("hs_buying_role", "enumeration"),
        definition("stance", "enumeration"),
        definition("stance_on", "date"),
        definition("power"),
        definition("reach", fieldType="html"),
        definition("gone", "bool"),
    )
    tiny.definitions["deals"] = (
        *DEAL_DEFINITIONS,
        *(definition(name, "datetime") for name in ("createdate", "hs_v2_date_entered_current_stage")),
        definition("hs_deal_stage_probability", "number"),
        definition("hs_all_collaborator_owner_ids", "enumeration"),
        *(definition(name, "enumeration") for name in ("dealtype", "dealstage", "products")),
        *(definition(name) for name in ("closed_lost_reason", "scope_agreed")),
        definition("tender", "date"),
    )
    tiny.definitions["meetings"] = (
        definition("hs_attendee_owner_ids", "enumeration"),
        definition("hs_activity_type", "enumeration"),
    )
    tiny.definitions["calls"] = (definition("hs_activity_type", "enumeration"),)
    tiny.stages["deals"] = (
        {"id": "99", "label": "Technical evaluation", "metadata": {"isClosed": "false"}},
        {"id": "proposalsent", "label": "Proposal sent", "metadata": {"isClosed": "false"}},
    )
    tiny.labels = (
        {"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None},
        {"category": "USER_DEFINED", "typeId": 280, "label": "Technical buyer"},
    )
    server.answer = tiny
    return tiny


def pulled(
    server: ScriptedServer, kind: RecordKind, settings: Json, wanted: Iterable[str] | None
) -> tuple[list[Record], list[RejectedRecord], Mapping[str, int]]:
    with connector_of(server, zone="Asia/Kolkata", settings=settings, wanted=wanted) as connector:
        records, rejected = pull(connector, kind, ["11", "12"])
        return records, rejected, connector.usage().by_call


# Accounts --------------------------------------------------------------------------------------------------------

ACCOUNTS: Json = {
    "fields": {
        "account.key_since": "key_since",
        "account.growth_target": "growth",
        "account.growth_target_year": "growth_year",
        "account.cost_to_serve": "cost",
        "account.relationship_stage": "stage",
        "account.recovery_target": "target",
        "account.trigger_on": "trigger_on",
    },
    "criteria": {"product_fit": "fit", "partner": "checked"},
}


def test_the_mapped_fields_of_an_account(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "companies",
        record(
            "11",
            name="A",
            key_since="2024-05-01",
            growth="7.5",
            growth_year="2027",
            cost="1000",
            stage="Strategic",
            target="b+",
            trigger_on="1764547200000",
            fit="4",
            checked="true",
        ),
        record("12", name="B", checked="false"),
    )
    found, rejected, _ = pulled(server, RecordKind.ACCOUNT, ACCOUNTS, None)
    assert rejected == []
    assert found == [
        Account(
            id="11",
            name="A",
            created_on=dt.date(2024, 3, 5),
            key_since=dt.date(2024, 5, 1),
            growth_target=7.5,
            growth_target_year=2027,
            cost_to_serve=1000,
            relationship_stage="Strategic",
            recovery_target=Grade.B_PLUS,
            trigger_on=dt.date(2025, 12, 1),
            criteria={"product_fit": 4, "partner": 1},
        ),
        Account(id="12", name="B", created_on=dt.date(2024, 3, 5), criteria={"product_fit": None, "partner": 0}),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"key_since": "spring"}, "key_since is not a date"),
        ({"growth": "much"}, "growth is not a number"),
        ({"growth_year": "next"}, "growth_year is not a year"),
        ({"target": "splendid"}, "target is not a grade from A+ to F"),
        ({"fit": "good"}, "fit is not a number"),
        ({"checked": "perhaps"}, "checked is neither true nor false"),
    ],
)
def test_an_unfit_value_rejects_the_account(
    server: ScriptedServer, portal: TinyPortal, values: Json, reason: str
) -> None:
    portal.put("companies", record("11", {"name": "A", **values}))
    found, rejected, _ = pulled(server, RecordKind.ACCOUNT, ACCOUNTS, None)
    assert found == []
    assert [(each.kind, each.account_ids, each.reason) for each in rejected] == [(RecordKind.ACCOUNT, ("11",), reason)]


def test_what_nobody_wants_of_accounts_is_not_asked_for(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", growth="7.5", fit="4"))
    [found], _, by_call = pulled(server, RecordKind.ACCOUNT, ACCOUNTS, ["account.growth_target"])
    assert isinstance(found, Account)
    assert (found.growth_target, found.criteria) == (7.5, {})
    asked = server.requests[-1].query["properties"]
    assert "growth" in asked
    assert not {"fit", "checked", "key_since", "target"} & set(asked)
    assert by_call == {"properties companies": 1, "list companies": 1}


# Contacts --------------------------------------------------------------------------------------------------------

CONTACTS: Json = {
    "fields": {
        "contact.stance": "stance",
        "contact.stance_on": "stance_on",
        "contact.influence": ["power", "reach"],
        "contact.left": "gone",
    },
    "values": {"contact.stance": {"supporter": ["with_us"], "blocker": ["against"]}},
    "contact_labels": {"technical_buyer": ["technical BUYER"]},
}


def test_the_further_fields_of_a_contact(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "contacts",
        record(
            "51",
            lastname="Tanaka",
            createdate="2024-03-05T20:00:00Z",
            hs_email_hard_bounce_reason_enum="UNKNOWN_USER",
            hs_seniority="VP",
            hs_buying_role="CHAMPION;BUDGET_HOLDER;SOMETHING_NEW",
            stance="With_Us",
            stance_on="2026-10-01",
            power="high",
            reach="<p>wide</p>",
            gone="true",
        ),
        record("52", lastname="Okafor", power="high", reach="<p></p>", gone="false", stance="undecided"),
    )
    portal.link(
        "companies",
        "contacts",
        {
            "11": [
                typed("51", ("HUBSPOT_DEFINED", 280, None), ("USER_DEFINED", 280, "Technical buyer")),
                typed("52", ("HUBSPOT_DEFINED", 280, None)),
            ],
            "12": ["51"],
        },
    )
    found, rejected, _ = pulled(server, RecordKind.CONTACT, CONTACTS, None)
    assert rejected == []
    assert found == [
        Contact(
            id="51",
            account_ids=("11", "12"),
            name="Tanaka",
            created_on=dt.date(2024, 3, 6),
            level=ContactLevel.EXECUTIVE,
            buying_roles=(BuyingRole.ECONOMIC_BUYER, BuyingRole.TECHNICAL_BUYER, BuyingRole.CHAMPION),
            stance=Stance.SUPPORTER,
            stance_on=dt.date(2026, 10, 1),
            influence=True,
            left=True,
            bounced=True,
        ),
        Contact(id="52", account_ids=("11",), name="Okafor", created_on=dt.date(2024, 3, 5)),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"gone": "perhaps"}, "gone is neither true nor false"),
        ({"stance_on": "lately"}, "stance_on is not a date"),
        ({"createdate": "once"}, "createdate is not a date"),
        ({"hs_buying_role": 5}, "hs_buying_role is not text"),
    ],
)
def test_an_unfit_value_rejects_the_contact_for_all_its_accounts(
    server: ScriptedServer, portal: TinyPortal, values: Json, reason: str
) -> None:
    portal.put("contacts", record("51", {"lastname": "X", **values}))
    portal.link("companies", "contacts", {"11": ["51"], "12": ["51"]})
    found, rejected, _ = pulled(server, RecordKind.CONTACT, CONTACTS, None)
    assert found == []
    assert [(each.id, each.account_ids, each.reason) for each in rejected] == [("51", ("11", "12"), reason)]


def test_labels_tell_buying_roles_where_the_property_is_not_mapped(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("contacts", record("51", lastname="X", hs_buying_role="CHAMPION"))
    portal.link("companies", "contacts", {"11": [typed("51", ("USER_DEFINED", 280, "Technical buyer"))]})
    settings = {**CONTACTS, "fields": {"contact.buying_roles": None}}
    [found], _, by_call = pulled(server, RecordKind.CONTACT, settings, ["contact.buying_roles.technical_buyer"])
    assert isinstance(found, Contact)
    assert found.buying_roles == (BuyingRole.TECHNICAL_BUYER,)
    assert by_call == {"labels companies→contacts": 1, "associations companies→contacts": 1, "read contacts": 1}


def test_what_nobody_wants_of_contacts_costs_no_call(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("contacts", record("51", lastname="X", stance="with_us", hs_buying_role="CHAMPION"))
    portal.link("companies", "contacts", {"11": ["51"]})
    [found], _, by_call = pulled(server, RecordKind.CONTACT, CONTACTS, ["contacts"])
    assert found == Contact(id="51", account_ids=("11",), name="X")
    assert by_call == {"associations companies→contacts": 1, "read contacts": 1}
    [found], _, by_call = pulled(server, RecordKind.CONTACT, CONTACTS, ["contact.stance"])
    assert isinstance(found, Contact)
    assert (found.stance, found.buying_roles) == (Stance.SUPPORTER, ())
    assert by_call == {"properties contacts": 1, "associations companies→contacts": 1, "read contacts": 1}


# Deals -----------------------------------------------------------------------------------------------------------

DEALS: Json = {
    "fields": {
        "opportunity.products": "products",
        "opportunity.success_criteria": "scope_agreed",
        "opportunity.tender_on": "tender",
    },
    "values": {
        "opportunity.stages": {"technical": ["technical evaluation"], "proposal": ["proposalsent"]},
        "opportunity.type": {"expansion": ["existingbusiness"], "renewal": ["renewal"]},
    },
}


def test_the_further_fields_of_a_deal(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "deals",
        record(
            "61",
            dealname="Hull 7",
            hubspot_owner_id="71",
            hs_is_closed="true",
            hs_is_closed_won="true",
            createdate="2026-01-01T20:00:00Z",
            hs_deal_stage_probability="0.65",
            hs_v2_date_entered_current_stage="2026-02-01T00:00:00Z",
            hs_all_collaborator_owner_ids="72;71",
            dealtype="Renewal",
            dealstage="99",
            products="Presses; Service",
            closed_lost_reason="price",
            scope_agreed="yes",
            tender="2026-12-24",
        ),
        record("62", dealname="Hull 8", hs_is_closed="false", hs_is_closed_won="false", dealstage="other"),
        record("63", dealname="Lost", hs_is_closed="true", hs_is_closed_won="false", dealstage="proposalsent"),
    )
    portal.link("companies", "deals", {"11": ["61", "62", "63"]})
    portal.link("deals", "contacts", {"61": ["52", "51"]})
    found, rejected, _ = pulled(server, RecordKind.OPPORTUNITY, DEALS, None)
    assert rejected == []
    assert found[0] == Opportunity(
        id="61",
        account_ids=("11",),
        name="Hull 7",
        owner_id="71",
        is_open=False,
        is_won=True,
        created_on=dt.date(2026, 1, 2),
        probability=0.65,
        type=OpportunityType.RENEWAL,
        stages=(OpportunityStage.TECHNICAL,),
        stage_since=dt.date(2026, 2, 1),
        loss_reason="price",
        products=("Presses", "Service"),
        success_criteria=True,
        tender_on=dt.date(2026, 12, 24),
        team_ids=("71", "72"),
        contact_ids=("51", "52"),
    )
    assert found[1] == Opportunity(
        id="62",
        account_ids=("11",),
        name="Hull 8",
        is_open=True,
        created_on=dt.date(2024, 3, 5),
        success_criteria=False,
    )
    assert isinstance(found[2], Opportunity)
    assert (found[2].is_won, found[2].stages) == (False, (OpportunityStage.PROPOSAL,))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"hs_deal_stage_probability": "likely"}, "hs_deal_stage_probability is not a number"),
        ({"hs_v2_date_entered_current_stage": "then"}, "hs_v2_date_entered_current_stage is not a date"),
        ({"hs_all_collaborator_owner_ids": "Ines"}, "hs_all_collaborator_owner_ids does not hold owners' ids"),
        ({"tender": "soon"}, "tender is not a date"),
    ],
)
def test_an_unfit_value_rejects_the_deal(server: ScriptedServer, portal: TinyPortal, values: Json, reason: str) -> None:
    portal.put("deals", record("61", {"hs_is_closed": "false", **values}))
    portal.link("companies", "deals", {"12": ["61"]})
    _, rejected, _ = pulled(server, RecordKind.OPPORTUNITY, DEALS, None)
    assert [(each.id, each.account_ids, each.reason) for each in rejected] == [("61", ("12",), reason)]


def test_what_nobody_wants_of_deals_costs_no_call(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("deals", record("61", dealname="X", hs_is_closed="false", dealstage="99", products="A"))
    portal.link("companies", "deals", {"11": ["61"]})
    portal.link("deals", "contacts", {"61": ["51"]})
    [found], _, by_call = pulled(server, RecordKind.OPPORTUNITY, DEALS, ["opportunity.amount"])
    assert found == Opportunity(id="61", account_ids=("11",), name="X", is_open=True)
    assert by_call == {"associations companies→deals": 1, "read deals": 1}
    [found], _, by_call = pulled(server, RecordKind.OPPORTUNITY, DEALS, ["opportunity.contact_ids"])
    assert isinstance(found, Opportunity)
    assert found.contact_ids == ("51",)
    assert by_call == {"associations companies→deals": 1, "associations deals→contacts": 1, "read deals": 1}
    [found], _, by_call = pulled(server, RecordKind.OPPORTUNITY, DEALS, ["opportunity.stages.technical"])
    assert isinstance(found, Opportunity)
    assert (found.stages, found.products) == ((OpportunityStage.TECHNICAL,), ())
    assert by_call["pipelines deals"] == by_call["properties deals"] == 1


# Activities ------------------------------------------------------------------------------------------------------

ACTIVITIES: Json = {"values": {"activity.purposes": {"business_review": ["Business review"], "handover": ["Handover"]}}}


def some_activities(portal: TinyPortal) -> None:
    portal.put("tasks", record("31", hs_task_status="NOT_STARTED"))
    portal.put(
        "meetings",
        record("41", hubspot_owner_id="71", hs_attendee_owner_ids="71;72;73", hs_activity_type="business REVIEW"),
    )
    portal.put("calls", record("21", hs_activity_type="Chat"))
    for object_type, record_id in (("tasks", "31"), ("meetings", "41"), ("calls", "21")):
        portal.link("companies", object_type, {"11": [record_id]})
        portal.link(object_type, "contacts", {record_id: ["51", "52"]})


def test_the_further_fields_of_activities(server: ScriptedServer, portal: TinyPortal) -> None:
    some_activities(portal)
    found, rejected, _ = pulled(server, RecordKind.ACTIVITY, ACTIVITIES, None)
    assert rejected == []
    told = [
        (each.id, each.contact_ids, each.attendee_ids, each.purposes) for each in found if isinstance(each, Activity)
    ]
    assert told == [
        ("task:31", ("51", "52"), (), ()),
        ("meeting:41", ("51", "52"), ("72", "73"), (Purpose.BUSINESS_REVIEW,)),
        ("call:21", ("51", "52"), (), ()),
    ]


def test_what_activities_are_for_is_read_of_meetings_and_calls_or_of_neither(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    some_activities(portal)
    portal.definitions["calls"] = (definition("hs_call_title"),)
    found, rejected, _ = pulled(server, RecordKind.ACTIVITY, ACTIVITIES, ["activity.purposes"])
    assert rejected == []
    assert len(found) == 3
    assert not any(each.purposes for each in found if isinstance(each, Activity))


def test_an_attendee_that_is_no_owner_rejects_the_meeting(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("meetings", record("41", hs_attendee_owner_ids="Ines"))
    portal.link("companies", "meetings", {"11": ["41"]})
    _, [rejected], _ = pulled(server, RecordKind.ACTIVITY, {}, ["activity.attendee_ids"])
    assert (rejected.id, rejected.account_ids) == ("meeting:41", ("11",))
    assert rejected.reason == "hs_attendee_owner_ids does not hold owners' ids"


def test_what_nobody_wants_of_activities_costs_no_call(server: ScriptedServer, portal: TinyPortal) -> None:
    some_activities(portal)
    found, _, by_call = pulled(server, RecordKind.ACTIVITY, ACTIVITIES, ["activities"])
    assert all(isinstance(each, Activity) and not each.contact_ids and not each.purposes for each in found)
    assert not {name for name in by_call if "contacts" in name or "properties" in name}


def test_without_the_right_to_contacts_activities_come_without_them(server: ScriptedServer, portal: TinyPortal) -> None:
    some_activities(portal)
    for object_type in ("tasks", "meetings", "calls"):
        portal.missing_scopes[f"/crm/associations/2026-09/{object_type}/contacts"] = "crm.objects.contacts.read"
    with pytest.raises(PermissionDeniedError):
        pulled(server, RecordKind.ACTIVITY, {}, ["activity.contact_ids"])
    portal.missing_scopes["/crm/objects/2026-09/contacts"] = "crm.objects.contacts.read"
    found, _, _ = pulled(server, RecordKind.ACTIVITY, {}, ["activity.contact_ids"])
    assert len(found) == 3


# Wrong mappings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "object_type", "settings"),
    [
        (RecordKind.CONTACT, "contacts", {"fields": {"contact.department": "departmnt"}}),
        (RecordKind.OPPORTUNITY, "deals", {"fields": {"opportunity.competitor": "competitr"}}),
        (RecordKind.OPPORTUNITY, "deals", {"fields": {"opportunity.tender_on": "scope_agreed"}}),
    ],
)
def test_what_is_mapped_wrongly_is_not_asked_for(
    server: ScriptedServer, portal: TinyPortal, kind: RecordKind, object_type: str, settings: Json
) -> None:
    portal.put(object_type, record("51", lastname="X", hs_is_closed="false"))
    portal.link("companies", object_type, {"11": ["51"]})
    fields = settings["fields"]
    assert isinstance(fields, dict)
    found, _, _ = pulled(server, kind, settings, list(fields))
    assert len(found) == 1
    body = server.requests[-1].body
    assert isinstance(body, dict)
    assert not set(fields.values()) & set(body["properties"])
