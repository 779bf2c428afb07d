"""Pulls: complete or an error, each record once, rejects instead of guesses, and few calls."""

from __future__ import annotations

import datetime as dt
import gc
import tracemalloc
import urllib.parse
from collections.abc import Iterator, Mapping

import pytest

from kam_sync.errors import ConfigError, ConnectorError, MalformedAnswerError, PermissionDeniedError
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    Contact,
    Opportunity,
    PlanPart,
    RecordKind,
    Role,
    RoleAssignment,
    User,
)
from kam_sync_hubspot import HubSpotConnector
from support_hubspot import (
    MAPPED,
    TinyPortal,
    associated,
    batch,
    connector_of,
    definition,
    forbidden,
    listing,
    no_associations,
    owner,
    pull,
    record,
)
from support_scripted_server import Reply, ScriptedServer, SentRequest, scripted_server

SCOPE = {"scope": {"property": "is_key", "values": ["true"]}}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def portal(server: ScriptedServer) -> TinyPortal:
    tiny = TinyPortal()
    server.answer = tiny
    return tiny


def accounts_of(connector: HubSpotConnector) -> list[Account]:
    records, rejected = pull(connector, RecordKind.ACCOUNT)
    assert rejected == []
    return [each for each in records if isinstance(each, Account)]


# Users -----------------------------------------------------------------------------------------------------------


def test_users_are_the_active_then_the_archived_owners(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.owners = [
        owner("71", "Ines", "Duarte"),
        owner("72", "Support", "Queue", kind="QUEUE"),
        owner("73", "Kwame", "Mensah", archived=True),
        {**owner("74", "", ""), "email": None},
        {**owner("75", "Old", "Form"), "type": None},
    ]
    with connector_of(server) as connector:
        users, rejected = pull(connector, RecordKind.USER)
    assert rejected == []
    assert users == [
        User(id="71", name="Ines Duarte", email="ines.duarte@vendor.example"),
        User(id="72", name="Support Queue", email="support.queue@vendor.example", assignable=False),
        User(id="74", name="owner 74"),
        User(id="75", name="Old Form", email="old.form@vendor.example", assignable=False),
        User(id="73", name="Kwame Mensah", email="kwame.mensah@vendor.example", active=False, assignable=False),
    ]
    assert [request.query["archived"] for request in server.requests] == [["false"], ["true"]]


def test_an_owner_on_two_pages_is_refused(server: ScriptedServer) -> None:
    page = listing([owner("71", "Ines", "Duarte")], after="71")
    server.script(Reply(body=page), Reply(body=listing([owner("71", "Ines", "Duarte")])))
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="twice"):
        pull(connector, RecordKind.USER)


def test_an_archived_owner_among_the_active_ones_is_refused(server: ScriptedServer) -> None:
    server.script(Reply(body=listing([owner("71", "Ines", "Duarte", archived=True)])))
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="archived"):
        pull(connector, RecordKind.USER)


# Accounts --------------------------------------------------------------------------------------------------------


def test_a_company_becomes_an_account(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "companies",
        record(
            "11",
            name=" Ostsee Werft ",
            domain="ostsee.example",
            hubspot_owner_id="71",
            hs_parent_company_id="10",
            hs_merged_object_ids="9;8",
            account_tier="A",
            annualrevenue="1250000.50",
        ),
        record("12", domain="baobab.example", hs_parent_company_id="12", account_tier="", annualrevenue=None),
        {**record("13"), "createdAt": "2024-03-05T23:30:00Z"},
    )
    with connector_of(server, zone="Asia/Kolkata", settings=MAPPED) as connector:
        found = accounts_of(connector)
    assert found == [
        Account(
            id="11",
            name="Ostsee Werft",
            owner_id="71",
            parent_id="10",
            tier="A",
            revenue=1250000.5,
            created_on=dt.date(2024, 3, 5),
            merged_ids=("9", "8"),
        ),
        Account(id="12", name="baobab.example", created_on=dt.date(2024, 3, 5)),
        Account(id="13", name="company 13", created_on=dt.date(2024, 3, 6)),
    ]
    [asked] = [
        request.query
        for request in server.requests
        if request.method == "GET" and "companies" in request.path and "objects" in request.path
    ]
    assert set(asked["properties"]) == {
        *("name", "domain", "hubspot_owner_id", "hs_parent_company_id", "hs_merged_object_ids"),
        *("account_tier", "annualrevenue", "driver_owner", "driver_owner_2", "innovator_owner"),
        *("plan_start", "plan_next", "plan_goals", "plan_risks"),
    }


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"annualrevenue": "viel"}, "annualrevenue is not a number"),
        ({"annualrevenue": "nan"}, "annualrevenue is not a number"),
        ({"annualrevenue": 5}, "annualrevenue is not text"),
        ({"name": ["x"]}, "name is not text"),
        ({"hs_parent_company_id": "Mutter"}, "hs_parent_company_id is not an id"),
    ],
)
def test_a_company_that_does_not_validate_is_rejected_without_its_values(
    server: ScriptedServer, portal: TinyPortal, values: Mapping[str, object], reason: str
) -> None:
    portal.put("companies", record("11", {"name": "A", **values}), record("12", name="B"))
    with connector_of(server, settings=MAPPED) as connector:
        records, rejected = pull(connector, RecordKind.ACCOUNT)
    assert [each.id for each in records if isinstance(each, Account)] == ["12"]
    assert [(each.kind, each.id, each.account_ids, each.reason) for each in rejected] == [
        (RecordKind.ACCOUNT, "11", ("11",), reason)
    ]


def test_a_bad_creation_stamp_is_rejected(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", {**record("11", name="A"), "createdAt": "gestern"})
    with connector_of(server) as connector:
        _records, [rejected] = pull(connector, RecordKind.ACCOUNT)
    assert rejected.reason == "createdAt is not a date"


def test_only_companies_in_scope_are_accounts(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.page_size = 2
    portal.put(
        "companies",
        *(
            record(str(number), name=f"C{number}", is_key="true" if number in {12, 15} else "false")
            for number in range(11, 17)
        ),
    )
    with connector_of(server, settings=SCOPE) as connector:
        pages = list(connector.pull(RecordKind.ACCOUNT, lambda: ()))
    assert [each.id for page in pages for each in page.records if isinstance(each, Account)] == ["12", "15"]
    assert all(page.records for page in pages)
    assert connector.usage().by_call["list companies"] == 3


def test_a_scope_value_may_be_one_of_several(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.definitions["companies"] = (*portal.definitions["companies"], definition("segments"))
    portal.put("companies", record("11", name="A", segments="retail;key"), record("12", name="B", segments="monkey"))
    with connector_of(server, settings={"scope": {"property": "segments", "values": ["key"]}}) as connector:
        assert [each.id for each in accounts_of(connector)] == ["11"]


def test_a_scope_property_that_does_not_exist_stops_the_pull(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A"))
    with (
        connector_of(server, settings={"scope": {"property": "is_keey", "values": ["true"]}}) as connector,
        pytest.raises(ConfigError, match="is_keey"),
    ):
        pull(connector, RecordKind.ACCOUNT)
    assert "GET /crm/objects/2026-09/companies" not in server.paths()


def test_a_scope_property_that_is_never_answered_stops_the_pull(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.missing_scopes["/crm/properties/2026-09/companies"] = "crm.schemas.companies.read"
    portal.overrides["GET /crm/objects/2026-09/companies"] = Reply(body=listing([record("11", name="A")]))
    with connector_of(server, settings=SCOPE) as connector, pytest.raises(ConfigError, match="is_key"):
        pull(connector, RecordKind.ACCOUNT)


def test_a_scope_value_that_is_not_text_stops_the_pull(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", is_key=True))
    with connector_of(server, settings=SCOPE) as connector, pytest.raises(MalformedAnswerError, match="is_key"):
        pull(connector, RecordKind.ACCOUNT)


def chain(portal: TinyPortal) -> None:
    """10 is above 11 above 12 (in scope); 13 is above 17, neither in scope; 14 and 15 (in scope) are a ring."""
    portal.put(
        "companies",
        record("10", name="Top", is_key="false", driver_owner="71"),
        record("11", name="Middle", is_key="false", hs_parent_company_id="10"),
        record("12", name="Key", is_key="true", hs_parent_company_id="11"),
        record("13", name="Aside", is_key="false"),
        record("14", name="Round", is_key="false", hs_parent_company_id="15"),
        record("15", name="About", is_key="true", hs_parent_company_id="14"),
        record("17", name="Below aside", is_key="false", hs_parent_company_id="13"),
        record("16", name="Orphan", is_key="true", hs_parent_company_id="99"),
    )


def test_companies_above_those_in_scope_come_only_when_they_are_wanted(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    chain(portal)
    with connector_of(server, settings=SCOPE) as connector:
        assert [each.id for each in accounts_of(connector)] == ["12", "15", "16"]
    with connector_of(server, include_parents=True, settings={**SCOPE, **MAPPED}) as connector:
        found = accounts_of(connector)
        assignments, _ = pull(connector, RecordKind.ROLE, ["10", "11"])
    assert [(each.id, each.in_scope) for each in found] == [
        ("12", True),
        ("15", True),
        ("16", True),
        ("10", False),
        ("11", False),
        ("14", False),
    ]
    assert found[4].parent_id == "10"
    assert found[4].created_on == dt.date(2024, 3, 5)
    assert [each.account_id for each in assignments if isinstance(each, RoleAssignment)] == ["10"]


@pytest.mark.parametrize("same", ["page", "other page"])
def test_a_company_that_appears_twice_is_refused(server: ScriptedServer, portal: TinyPortal, same: str) -> None:
    first = [record("11", name="A"), record("12", name="B")]
    second = [record("12", name="B"), record("13", name="C")]
    pages = (
        [Reply(body=listing([*first, *second]))]
        if same == "page"
        else [Reply(body=listing(first, "a")), Reply(body=listing(second))]
    )
    server.script(Reply(body={"results": portal.definitions["companies"]}), *pages)
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match=r"twice|two pages"):
        pull(connector, RecordKind.ACCOUNT)


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"]])
def test_a_list_that_does_not_advance_is_refused(
    server: ScriptedServer, portal: TinyPortal, cursors: list[str]
) -> None:
    server.script(
        Reply(body={"results": portal.definitions["companies"]}),
        *(Reply(body=listing([record(str(20 + i), name="A")], cursor)) for i, cursor in enumerate(cursors)),
    )
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="came back"):
        pull(connector, RecordKind.ACCOUNT)


def test_a_page_that_fails_fails_the_pull(server: ScriptedServer, portal: TinyPortal) -> None:
    server.script(
        Reply(body={"results": portal.definitions["companies"]}),
        Reply(body=listing([record("11", name="A")], "a")),
        Reply(body="<html></html>", content_type="text/html"),
    )
    with connector_of(server) as connector:
        pages = connector.pull(RecordKind.ACCOUNT, lambda: ())
        next(pages)
        with pytest.raises(MalformedAnswerError):
            next(pages)


def test_an_empty_portal_has_no_accounts(server: ScriptedServer, portal: TinyPortal) -> None:
    with connector_of(server, settings=SCOPE) as connector:
        assert pull(connector, RecordKind.ACCOUNT) == ([], [])


# Contacts and deals ----------------------------------------------------------------------------------------------


def test_contacts_come_once_with_all_their_accounts(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "contacts",
        record("51", firstname="Yuki", lastname="Tanaka", jobtitle="CFO", hubspot_owner_id="71"),
        record("52", firstname=None, lastname="Okafor"),
        record("53", email="nobody@kunde.example"),
        record("59", firstname="Elsewhere"),
    )
    portal.link("companies", "contacts", {"11": ["51", 52], "12": ["51"], "13": ["53"]})
    with connector_of(server) as connector:
        contacts, rejected = pull(connector, RecordKind.CONTACT, ["11", "12", "13", "14"])
    assert rejected == []
    assert contacts == [
        Contact(id="51", account_ids=("11", "12"), name="Yuki Tanaka", title="CFO", owner_id="71"),
        Contact(id="52", account_ids=("11",), name="Okafor"),
        Contact(id="53", account_ids=("13",), name="contact 53"),
    ]
    assert server.paths() == [
        "POST /crm/associations/2026-09/companies/contacts/batch/read",
        "POST /crm/objects/2026-09/contacts/batch/read",
    ]


def test_deals_become_opportunities(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "deals",
        record(
            "61",
            dealname="Hull 7",
            hubspot_owner_id="71",
            hs_is_closed="false",
            closedate="2026-12-31T23:30:00.000Z",
            hs_next_step=" Call Yuki ",
            amount="10.5",
        ),
        record("62", hs_is_closed="true", closedate="2026-12-31", amount=None),
        record("63", dealname="?", hs_is_closed=None),
        record("64", dealname="?", hs_is_closed="false", closedate="bald"),
        record("65", dealname="?", hs_is_closed="false", closedate="99999999999999"),
    )
    portal.link("companies", "deals", {"11": ["61", "62", "63", "64", "65"]})
    with connector_of(server, zone="Asia/Kolkata") as connector:
        deals, rejected = pull(connector, RecordKind.OPPORTUNITY, ["11"])
    assert deals == [
        Opportunity(
            id="61",
            account_ids=("11",),
            name="Hull 7",
            owner_id="71",
            is_open=True,
            close_on=dt.date(2027, 1, 1),
            next_step="Call Yuki",
            amount=10.5,
        ),
        Opportunity(id="62", account_ids=("11",), name="deal 62", is_open=False, close_on=dt.date(2026, 12, 31)),
        *([each for each in deals if isinstance(each, Opportunity) and each.id == "65"]),
    ]
    assert [(each.id, each.account_ids, each.reason) for each in rejected] == [
        ("63", ("11",), "hs_is_closed is neither true nor false"),
        ("64", ("11",), "closedate is not a date"),
    ]


def test_many_records_are_read_in_full_batches(server: ScriptedServer, portal: TinyPortal) -> None:
    contacts = [str(5000 + number) for number in range(250)]
    companies = [str(10_000 + number) for number in range(1001)]
    portal.put("contacts", *(record(each, lastname="X") for each in contacts))
    portal.link("companies", "contacts", {companies[i * 4]: [each] for i, each in enumerate(contacts)})
    with connector_of(server) as connector:
        found, _ = pull(connector, RecordKind.CONTACT, companies)
    assert len(found) == 250
    assert connector.usage().by_call == {"associations companies→contacts": 2, "read contacts": 3}
    assert [len(request.inputs()) for request in server.requests] == [1000, 1, 100, 100, 50]


def test_no_accounts_need_no_calls(server: ScriptedServer, portal: TinyPortal) -> None:
    with connector_of(server) as connector:
        for kind in (RecordKind.CONTACT, RecordKind.OPPORTUNITY, RecordKind.ACTIVITY):
            assert pull(connector, kind) == ([], [])
    assert server.requests == []


def test_associations_are_paged_per_record(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.association_page_size = 2
    portal.put("contacts", *(record(str(number), lastname="X") for number in range(51, 58)))
    portal.link("companies", "contacts", {"11": ["51", "52", "53", "54", "55"], "12": ["56"], "13": ["51", "52", "57"]})
    with connector_of(server) as connector:
        found, _ = pull(connector, RecordKind.CONTACT, ["11", "12", "13"])
    links = {each.id: each.account_ids for each in found if isinstance(each, Contact)}
    assert links == {
        "51": ("11", "13"),
        "52": ("11", "13"),
        "53": ("11",),
        "54": ("11",),
        "55": ("11",),
        "56": ("12",),
        "57": ("13",),
    }
    asked = [request.inputs() for request in server.requests if "associations" in request.path]
    assert asked == [
        [{"id": "11"}, {"id": "12"}, {"id": "13"}],
        [{"id": "11", "after": "2"}, {"id": "13", "after": "2"}],
        [{"id": "11", "after": "4"}],
    ]


def test_associations_that_do_not_advance_are_refused(server: ScriptedServer) -> None:
    server.script(*[Reply(body=associated({"11": ["51"]}, {"11": "x"}))] * 2)
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="advance"):
        pull(connector, RecordKind.CONTACT, ["11"])


def test_a_next_page_that_is_left_out_is_refused(server: ScriptedServer) -> None:
    server.script(Reply(body=associated({"11": ["51"]}, {"11": "x"})), Reply(body=batch([])))
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="next page"):
        pull(connector, RecordKind.CONTACT, ["11"])


def test_associations_of_a_record_not_asked_about_are_refused(server: ScriptedServer) -> None:
    server.script(Reply(body=associated({"12": ["51"]})))
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="not asked"):
        pull(connector, RecordKind.CONTACT, ["11"])


def test_a_record_passed_over_in_silence_is_asked_about_once_more(server: ScriptedServer) -> None:
    server.script(
        Reply(body=associated({"11": ["51"]})),
        Reply(body=associated({"13": ["52"]})),
        Reply(body=batch([record("51", lastname="X"), record("52", lastname="X")])),
    )
    with connector_of(server) as connector:
        found, _ = pull(connector, RecordKind.CONTACT, ["11", "12", "13"])
    assert {each.id: each.account_ids for each in found if isinstance(each, Contact)} == {"51": ("11",), "52": ("13",)}
    assert [each["id"] for each in server.requests[1].inputs()] == ["12", "13"]


@pytest.mark.parametrize(
    "errors",
    [
        [no_associations("11"), no_associations("12")],
        [{"category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": ["11", "12"]}}],
        [{"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}, {"category": "OBJECT_NOT_FOUND"}],
    ],
)
def test_having_no_associations_is_no_failure(server: ScriptedServer, errors: list[Mapping[str, object]]) -> None:
    server.script(Reply(status=207, body=batch([], errors)))
    with connector_of(server) as connector:
        assert pull(connector, RecordKind.CONTACT, ["11", "12"]) == ([], [])
    assert len(server.requests) == 1


@pytest.mark.parametrize("category", ["INTERNAL_ERROR", "RATE_LIMITS", "VALIDATION_ERROR", None])
def test_any_other_error_of_a_part_fails_the_pull(server: ScriptedServer, category: str | None) -> None:
    body = associated({"11": ["51"], "12": []})
    errors = [{"category": category, "message": "no: secret@kunde.example", "context": {"fromObjectId": ["12"]}}]
    server.script(Reply(status=207, body={**body, "errors": errors}))
    with connector_of(server) as connector, pytest.raises(ConnectorError, match="could not do a part") as raised:
        pull(connector, RecordKind.CONTACT, ["11", "12"])
    assert "kunde" not in str(raised.value)


def test_a_record_that_is_linked_but_gone_is_left_out(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("contacts", record("51", lastname="X"))
    portal.link("companies", "contacts", {"11": ["51", "52"]})
    with connector_of(server) as connector:
        found, rejected = pull(connector, RecordKind.CONTACT, ["11"])
    assert len(found) == 1
    assert rejected == []


def test_a_record_that_is_linked_but_not_answered_is_rejected(server: ScriptedServer) -> None:
    server.script(
        Reply(body=associated({"11": ["51", "52"], "12": ["52"]})),
        Reply(body=batch([record("51", lastname="X"), record("99", lastname="Merged")])),
    )
    with connector_of(server) as connector:
        found, [rejected] = pull(connector, RecordKind.CONTACT, ["11", "12"])
    assert len(found) == 1
    assert (rejected.id, rejected.account_ids) == ("52", ("11", "12"))


def test_a_batch_that_reads_nothing_of_what_was_asked_is_refused(server: ScriptedServer) -> None:
    server.script(Reply(body=associated({"11": ["51"]})), Reply(body=batch([record("51")])))
    with connector_of(server) as connector, pytest.raises(MalformedAnswerError, match="none of the properties"):
        pull(connector, RecordKind.CONTACT, ["11"])


# Activities ------------------------------------------------------------------------------------------------------


def test_tasks_meetings_and_calls_become_activities(server: ScriptedServer, portal: TinyPortal) -> None:
    key = "k1" + "a" * 24 + "-1"
    portal.put(
        "tasks",
        record(
            "31",
            hs_task_subject="Send offer",
            hs_task_status="WAITING",
            hs_timestamp="2026-12-01T23:30:00Z",
            hubspot_owner_id="71",
        ),
        record("32", hs_task_status="COMPLETED", hs_timestamp="1764633600000", kam_sync_key=key),
        record("33", hs_task_status=None, hs_timestamp="irgendwann"),
    )
    portal.put(
        "meetings",
        record(
            "41",
            hs_meeting_title="Review",
            hs_meeting_start_time="2026-12-02T09:00:00Z",
            hs_timestamp="2026-12-03T09:00:00Z",
            hs_meeting_outcome="SCHEDULED",
        ),
        record("42", hs_timestamp="2026-12-03T09:00:00Z", hs_meeting_outcome="NO_SHOW"),
    )
    portal.put("calls", record("31", hs_call_title="Hello", hs_timestamp="2026-11-03T09:00:00Z"))
    portal.link("companies", "tasks", {"11": ["31", "32", "33"], "12": ["31"]})
    portal.link("companies", "meetings", {"11": ["41", "42"]})
    portal.link("companies", "calls", {"12": ["31"]})
    portal.link("tasks", "deals", {"31": ["61", "62"]})
    portal.link("meetings", "deals", {"42": ["61"]})
    with connector_of(server, zone="Asia/Kolkata") as connector:
        found, rejected = pull(connector, RecordKind.ACTIVITY, ["11", "12"])
    assert found == [
        Activity(
            id="task:31",
            account_ids=("11", "12"),
            opportunity_ids=("61", "62"),
            kind=ActivityKind.TASK,
            status=ActivityStatus.OPEN,
            on=dt.date(2026, 12, 2),
            owner_id="71",
            subject="Send offer",
        ),
        Activity(
            id="task:32",
            account_ids=("11",),
            kind=ActivityKind.TASK,
            status=ActivityStatus.DONE,
            on=dt.date(2025, 12, 2),
            our_key=key,
        ),
        Activity(
            id="meeting:41",
            account_ids=("11",),
            kind=ActivityKind.MEETING,
            status=ActivityStatus.OPEN,
            on=dt.date(2026, 12, 2),
            subject="Review",
        ),
        Activity(
            id="meeting:42",
            account_ids=("11",),
            opportunity_ids=("61",),
            kind=ActivityKind.MEETING,
            status=ActivityStatus.CANCELED,
            on=dt.date(2026, 12, 3),
        ),
        Activity(
            id="call:31",
            account_ids=("12",),
            kind=ActivityKind.CALL,
            status=ActivityStatus.DONE,
            on=dt.date(2026, 11, 3),
            subject="Hello",
        ),
    ]
    assert [(each.id, each.account_ids, each.reason) for each in rejected] == [
        ("task:33", ("11",), "hs_timestamp is not a date")
    ]
    assert connector.usage().by_call == {
        "associations companies→tasks": 1,
        "associations tasks→deals": 1,
        "read tasks": 1,
        "associations companies→meetings": 1,
        "associations meetings→deals": 1,
        "read meetings": 1,
        "associations companies→calls": 1,
        "read calls": 1,
    }


@pytest.mark.parametrize(
    ("object_type", "name", "value", "expected"),
    [
        ("tasks", "hs_task_status", "NOT_STARTED", ActivityStatus.OPEN),
        ("tasks", "hs_task_status", "IN_PROGRESS", ActivityStatus.OPEN),
        ("tasks", "hs_task_status", "DEFERRED", ActivityStatus.OPEN),
        ("tasks", "hs_task_status", None, ActivityStatus.OPEN),
        ("tasks", "hs_task_status", "COMPLETED", ActivityStatus.DONE),
        ("meetings", "hs_meeting_outcome", None, ActivityStatus.OPEN),
        ("meetings", "hs_meeting_outcome", "SCHEDULED", ActivityStatus.OPEN),
        ("meetings", "hs_meeting_outcome", "our_own_word", ActivityStatus.OPEN),
        ("meetings", "hs_meeting_outcome", "COMPLETED", ActivityStatus.DONE),
        ("meetings", "hs_meeting_outcome", "CANCELED", ActivityStatus.CANCELED),
        ("meetings", "hs_meeting_outcome", "RESCHEDULED", ActivityStatus.CANCELED),
        ("calls", "hs_call_status", None, ActivityStatus.DONE),
        ("calls", "hs_call_status", "COMPLETED", ActivityStatus.DONE),
        ("calls", "hs_call_status", "NO_ANSWER", ActivityStatus.CANCELED),
        ("calls", "hs_call_status", "BUSY", ActivityStatus.CANCELED),
        ("calls", "hs_call_status", "FAILED", ActivityStatus.CANCELED),
        ("calls", "hs_call_status", "MISSED", ActivityStatus.CANCELED),
        ("calls", "hs_call_status", "CANCELED", ActivityStatus.CANCELED),
        ("calls", "hs_call_status", "QUEUED", ActivityStatus.OPEN),
        ("calls", "hs_call_status", "RINGING", ActivityStatus.OPEN),
    ],
)
def test_how_an_activity_stands(
    server: ScriptedServer, portal: TinyPortal, object_type: str, name: str, value: str | None, expected: ActivityStatus
) -> None:
    portal.put(object_type, record("31", {name: value}))
    portal.link("companies", object_type, {"11": ["31"]})
    with connector_of(server) as connector:
        [found], _ = pull(connector, RecordKind.ACTIVITY, ["11"])
    assert isinstance(found, Activity)
    assert (found.status, found.on) == (expected, None)


def test_without_the_right_to_deals_activities_come_without_them(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tasks", record("31", hs_task_status="NOT_STARTED"))
    portal.link("companies", "tasks", {"11": ["31"]})
    portal.missing_scopes["/crm/associations/2026-09/tasks/deals"] = "crm.objects.deals.read"
    portal.missing_scopes["/crm/objects/2026-09/deals"] = "crm.objects.deals.read"
    with connector_of(server) as connector:
        [found], _ = pull(connector, RecordKind.ACTIVITY, ["11"])
    assert isinstance(found, Activity)
    assert found.opportunity_ids == ()


def test_deals_that_can_be_read_but_not_linked_fail_the_pull(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tasks", record("31", hs_task_status="NOT_STARTED"))
    portal.link("companies", "tasks", {"11": ["31"]})
    portal.missing_scopes["/crm/associations/2026-09/tasks/deals"] = "crm.objects.deals.read"
    with connector_of(server) as connector, pytest.raises(PermissionDeniedError):
        pull(connector, RecordKind.ACTIVITY, ["11"])


@pytest.mark.parametrize("kind", [RecordKind.CONTACT, RecordKind.OPPORTUNITY, RecordKind.ACTIVITY, RecordKind.USER])
def test_a_missing_permission_is_named(server: ScriptedServer, kind: RecordKind) -> None:
    server.answer = lambda _request: forbidden("crm.objects.invented.read")
    with connector_of(server) as connector, pytest.raises(PermissionDeniedError, match=r"crm\.objects\.invented\.read"):
        pull(connector, kind, ["11"])


# Roles and plans -------------------------------------------------------------------------------------------------


def test_roles_and_plans_are_replayed_from_the_listing_without_calls(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    portal.put(
        "companies",
        record("11", name="A", driver_owner="71;72", driver_owner_2="72; 73", plan_start="2026-01-01"),
        record("12", name="B"),
    )
    with connector_of(server, settings=MAPPED) as connector:
        pull(connector, RecordKind.ACCOUNT)
        before = connector.usage().requests
        roles, rejected_roles = pull(connector, RecordKind.ROLE, ["11", "12"])
        plans, rejected_plans = pull(connector, RecordKind.PLAN, ["11", "12"])
        assert connector.usage().requests == before
    assert rejected_roles == rejected_plans == []
    assert roles == [
        RoleAssignment(
            id=f"11:results_driver:{user}",
            account_id="11",
            role=Role.RESULTS_DRIVER,
            user_id=user,
            source=f'the company property "{label}"',
        )
        for user, label in (("71", "Driver owner"), ("72", "Driver owner"), ("73", "Driver owner 2"))
    ]
    assert [each.id for each in plans if isinstance(each, AccountPlan)] == ["11"]


def test_accounts_that_were_not_listed_are_read_in_full_batches(server: ScriptedServer, portal: TinyPortal) -> None:
    ids = [str(1000 + number) for number in range(250)]
    portal.put("companies", *(record(each, name="A", innovator_owner="71") for each in ids[:-1]))
    with connector_of(server, settings=MAPPED) as connector:
        roles, [rejected] = pull(connector, RecordKind.ROLE, ids)
    assert len(roles) == 249
    assert (rejected.id, rejected.account_ids, rejected.kind) == (ids[-1], (ids[-1],), RecordKind.ROLE)
    assert connector.usage().by_call == {"properties companies": 1, "read companies": 3}


def test_a_second_listing_replaces_the_first(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", innovator_owner="71"))
    with connector_of(server, settings=MAPPED) as connector:
        pull(connector, RecordKind.ACCOUNT)
        portal.put("companies", record("11", name="A", innovator_owner="72"))
        pull(connector, RecordKind.ACCOUNT)
        [found], _ = pull(connector, RecordKind.ROLE, ["11"])
    assert isinstance(found, RoleAssignment)
    assert found.user_id == "72"


@pytest.mark.parametrize("value", ["Ines Duarte", "71;Ines", 71])
def test_a_holder_that_is_no_owner_is_rejected(server: ScriptedServer, portal: TinyPortal, value: object) -> None:
    portal.put("companies", record("11", name="A", innovator_owner=value))
    with connector_of(server, settings=MAPPED) as connector:
        pull(connector, RecordKind.ACCOUNT)
        _, [rejected] = pull(connector, RecordKind.ROLE, ["11"])
    assert (rejected.id, rejected.reason) == ("11:innovator", "innovator_owner does not hold owners' ids")


def plan_of(
    server: ScriptedServer, portal: TinyPortal, zone: str = "America/Lima", **values: object
) -> AccountPlan | str | None:
    portal.put("companies", record("11", {"name": "A", **values}))
    with connector_of(server, zone=zone, settings=MAPPED) as connector:
        pull(connector, RecordKind.ACCOUNT)
        plans, rejected = pull(connector, RecordKind.PLAN, ["11"])
    for each in plans:
        assert isinstance(each, AccountPlan)
        return each
    return rejected[0].reason if rejected else None


def test_a_plan_is_made_of_company_properties(server: ScriptedServer, portal: TinyPortal) -> None:
    found = plan_of(
        server,
        portal,
        plan_start="2026-01-01T00:00:00.000Z",
        plan_next="2026-12-01T02:00:00Z",
        plan_goals="Grow",
        plan_risks="<p>&nbsp;</p>",
    )
    assert found == AccountPlan(
        id="11",
        account_id="11",
        start_on=dt.date(2026, 1, 1),
        next_review_on=dt.date(2026, 11, 30),
        parts={PlanPart.REVENUE_GOALS: True, PlanPart.STRATEGY: False},
    )


def test_a_part_is_filled_when_all_of_its_properties_are(server: ScriptedServer, portal: TinyPortal) -> None:
    found = plan_of(server, portal, plan_goals="Grow", plan_risks='<p><img src="x"></p>')
    assert isinstance(found, AccountPlan)
    assert found.parts == {PlanPart.REVENUE_GOALS: True, PlanPart.STRATEGY: True}


def test_a_plan_of_which_nothing_is_filled_is_none(server: ScriptedServer, portal: TinyPortal) -> None:
    assert plan_of(server, portal, plan_goals="  ", plan_risks="<p></p>") is None


def test_a_plan_with_a_bad_date_is_rejected(server: ScriptedServer, portal: TinyPortal) -> None:
    assert plan_of(server, portal, plan_start="Januar", plan_goals="Grow") == "plan_start is not a date"


def test_an_unticked_box_fills_nothing(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.definitions["companies"] = [
        each for each in portal.definitions["companies"] if each["name"] != "plan_goals"
    ] + [definition("plan_goals", "bool")]
    assert plan_of(server, portal, plan_goals="false") is None


def test_a_plan_that_a_wrong_mapping_may_hide_is_doubtful(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.definitions["companies"] = [each for each in portal.definitions["companies"] if each["name"] != "plan_next"]
    reason = plan_of(server, portal)
    assert isinstance(reason, str)
    assert "cannot be read" in reason
    assert isinstance(plan_of(server, portal, plan_goals="Grow"), AccountPlan)


def test_wrongly_mapped_roles_are_not_pulled(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", plan_goals="71", innovator_owner="71"))
    mapped = {"roles": {"owner_properties": {"results_driver": ["plan_goals"], "innovator": ["innovator_owner"]}}}
    with connector_of(server, settings=mapped) as connector:
        pull(connector, RecordKind.ACCOUNT)
        found, rejected = pull(connector, RecordKind.ROLE, ["11"])
    assert [each.role for each in found if isinstance(each, RoleAssignment)] == [Role.INNOVATOR]
    assert rejected == []


def test_what_is_not_mapped_is_not_pulled(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A"))
    with connector_of(server) as connector:
        pull(connector, RecordKind.ACCOUNT)
        assert pull(connector, RecordKind.ROLE, ["11"]) == ([], [])
        assert pull(connector, RecordKind.PLAN, ["11"]) == ([], [])
    assert connector.usage().by_call == {"properties companies": 1, "list companies": 1}


# Size ------------------------------------------------------------------------------------------------------------


def endless(request: SentRequest, pages: int) -> Reply:
    """Answer a list of many pages without keeping it."""
    urllib.parse.clear_cache()  # type: ignore[attr-defined]  # not in the stubs; the server fills it
    start = int(request.query.get("after", ["0"])[0])
    rows = [record(str(10**6 + start + i), name="A", driver_owner="71", is_key="true") for i in range(100)]
    more = str(start + 100) if start + 100 < pages * 100 else None
    return Reply(body=listing(rows, more))


def peak(server: ScriptedServer, portal: TinyPortal, pages: int) -> int:
    def answer(request: SentRequest) -> Reply | None:
        if request.path.endswith("/objects/2026-09/companies"):
            return endless(request, pages)
        return portal(request)

    server.answer = answer
    with connector_of(server, settings={"limits": {"calls_per_10_seconds": 1000}, **MAPPED, **SCOPE}) as connector:
        gc.collect()
        tracemalloc.start()
        count = 0
        for page in connector.pull(RecordKind.ACCOUNT, lambda: ()):
            count += len(page.records)
            server.requests.clear()
        assert count == pages * 100
        ids = (str(10**6 + number) for number in range(count))
        roles = sum(len(page.records) for page in connector.pull(RecordKind.ROLE, lambda: ids))
        _now, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert roles == count
    return highest


def test_memory_does_not_grow_with_the_portal(server: ScriptedServer, portal: TinyPortal) -> None:
    peak(server, portal, 2)
    small = peak(server, portal, 10)
    large = peak(server, portal, 50)
    assert large < small * 1.3


def test_a_pull_that_is_given_up_leaves_nothing_behind(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("contacts", *(record(str(5000 + number), lastname="X") for number in range(150)))
    portal.link("companies", "contacts", {"11": [str(5000 + number) for number in range(150)]})
    with connector_of(server) as connector:
        pages = connector.pull(RecordKind.CONTACT, lambda: ["11"])
        next(pages)
        del pages
        gc.collect()
