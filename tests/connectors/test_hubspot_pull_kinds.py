"""Pulling plans in full, goals, actions, feedback, contracts, cases, quotes and changes of the owner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pytest

from kam_sync.errors import ConnectorError
from kam_sync.ports import RejectedRecord
from kam_sync.records import (
    AccountPlan,
    Case,
    Contract,
    Feedback,
    Grade,
    OwnerChange,
    PlanAction,
    PlanGoal,
    PlanPart,
    Quote,
    Record,
    RecordKind,
    SwotPart,
)
from support_hubspot import COMPANY_DEFINITIONS, MAPPED, TinyPortal, batch, connector_of, definition, pull, record
from support_scripted_server import Reply, ScriptedServer, scripted_server

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
        *(definition(name) for name in ("strong", "weak", "grade", "reason", "goal", "contract")),
        *(definition(name, "date") for name in ("swot_on", "changed", "given", "ends")),
    )
    tiny.definitions["2-5001"] = (
        *(definition(name) for name in ("title", "target")),
        *(definition(name, "date") for name in ("begin", "due", "reached")),
        definition("who", "owner"),
        definition("status", "enumeration", options=[{"value": "open"}, {"value": "done"}]),
        definition("goal_id", "number"),
    )
    tiny.definitions["2-5003"] = (
        definition("given_on", "date"),
        *(definition(name) for name in ("grade", "reason", "person")),
    )
    tiny.definitions["2-5004"] = (
        definition("title"),
        definition("ends", "date"),
        definition("worth", "number"),
        definition("status", "enumeration"),
    )
    tiny.definitions["tickets"] = (definition("hs_ticket_priority", "enumeration"), definition("level"))
    tiny.definitions["quotes"] = (definition("hs_expiration_date", "datetime"), definition("sent", "date"))
    tiny.stages["tickets"] = (
        {"id": "1", "label": "New", "metadata": {"ticketState": "OPEN", "isClosed": "false"}},
        {"id": "4", "label": "Closed", "metadata": {"ticketState": "CLOSED"}},
        {"id": "5", "label": "Parked", "metadata": {"isClosed": True}},
        {"id": "6", "label": "Odd", "metadata": {}},
    )
    server.answer = tiny
    return tiny


def pulled(
    server: ScriptedServer,
    kind: RecordKind,
    settings: Json,
    account_ids: Sequence[str] = ("11", "12"),
    wanted: Iterable[str] | None = None,
) -> tuple[list[Record], list[RejectedRecord], Mapping[str, int]]:
    with connector_of(server, zone="America/Lima", settings=settings, wanted=wanted) as connector:
        records, rejected = pull(connector, kind, account_ids)
        return records, rejected, connector.usage().by_call


# Plans -----------------------------------------------------------------------------------------------------------

PLAN: Json = {
    "plan": {
        "fields": {"start_on": "plan_start", "swot_on": "swot_on"},
        "parts": {"revenue_goals": ["plan_goals"]},
        "swot": {"strengths": ["strong"], "weaknesses": ["weak", "plan_risks"]},
    }
}


def test_a_plan_tells_its_swot(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", strong="brand", weak="price", swot_on="2026-09-01"))
    portal.put("companies", record("12", name="B"))
    found, rejected, by_call = pulled(server, RecordKind.PLAN, PLAN, wanted=["plan.swot.strengths", "plan.swot_on"])
    assert rejected == []
    assert found == [
        AccountPlan(
            id="11",
            account_id="11",
            parts={PlanPart.REVENUE_GOALS: False},
            swot={SwotPart.STRENGTHS: True, SwotPart.WEAKNESSES: False},
            swot_on=dt.date(2026, 9, 1),
        )
    ]
    assert by_call == {"properties companies": 1, "read companies": 1}


def test_when_a_plan_was_changed_is_read_from_the_history_of_its_properties(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    portal.put("companies", record("11", name="A", strong="brand"), record("12", name="B"))
    portal.history["11"] = {
        "strong": [("brand", "2026-03-01T02:00:00Z"), (None, "2025-01-01T00:00:00Z")],
        "plan_goals": [("", "2026-02-01T00:00:00Z")],
    }
    portal.history["12"] = {"strong": [("", "2026-08-01T00:00:00Z")]}
    [found], _, by_call = pulled(server, RecordKind.PLAN, PLAN, wanted=["plan.modified_on"])
    assert isinstance(found, AccountPlan)
    assert (found.account_id, found.modified_on) == ("11", dt.date(2026, 2, 28))
    assert by_call["read companies with history"] == 1
    body = server.requests[-1].body
    assert isinstance(body, dict)
    assert [each["id"] for each in body["inputs"]] == ["11"]
    assert set(body["propertiesWithHistory"]) == {"plan_start", "swot_on", "plan_goals", "strong", "weak", "plan_risks"}


def test_a_mapped_property_tells_when_a_plan_was_changed(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "companies", record("11", name="A", plan_goals="Grow", changed="2026-05-06"), record("12", changed="2026-05-07")
    )
    settings = {"plan": {"fields": {"modified_on": "changed"}, "parts": {"revenue_goals": ["plan_goals"]}}}
    [found], _, by_call = pulled(server, RecordKind.PLAN, settings)
    assert isinstance(found, AccountPlan)
    assert found.modified_on == dt.date(2026, 5, 6)
    assert "read companies with history" not in by_call


def test_the_history_is_not_read_when_nobody_wants_it(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", strong="brand"))
    _, _, by_call = pulled(server, RecordKind.PLAN, PLAN, wanted=["plan.swot.strengths"])
    assert "read companies with history" not in by_call


def test_history_is_read_at_fifty_companies_a_call(server: ScriptedServer, portal: TinyPortal) -> None:
    ids = [str(1000 + number) for number in range(120)]
    portal.put("companies", *(record(each, name="A", strong="x") for each in ids))
    found, rejected, by_call = pulled(server, RecordKind.PLAN, PLAN, ids, wanted=["plan.modified_on"])
    assert (len(found), rejected) == (120, [])
    # Each page of 100 plans has its own reads of the history: 50 + 50, then 20.
    assert by_call["read companies with history"] == 3
    _, _, by_call = pulled(server, RecordKind.OWNER_CHANGE, {}, ids)
    assert by_call == {"read companies with history": 3}


@pytest.mark.parametrize("stamp", ["lately", "2026-05-01", "9999-12-31T23:00:00Z"])
def test_a_history_with_a_bad_stamp_rejects_the_plan(server: ScriptedServer, portal: TinyPortal, stamp: str) -> None:
    portal.put("companies", record("11", name="A", strong="brand"))
    portal.history["11"] = {"strong": [("brand", stamp)]}
    found, [rejected], _ = pulled(server, RecordKind.PLAN, PLAN, ["11"], wanted=["plan.modified_on"])
    assert found == []
    assert (rejected.kind, rejected.account_ids) == (RecordKind.PLAN, ("11",))
    assert rejected.reason == "the history of strong has a stamp that is no moment"


def test_an_answer_without_the_history_asked_for_is_refused(server: ScriptedServer, portal: TinyPortal) -> None:
    server.script(Reply(body=batch([record("11", hubspot_owner_id="71")])))
    with pytest.raises(ConnectorError, match="propertiesWithHistory"):
        pulled(server, RecordKind.OWNER_CHANGE, {}, ["11"])


# Changes of the owner --------------------------------------------------------------------------------------------


def test_changes_of_the_owner_are_what_follows_the_first_one(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", hubspot_owner_id="73"), record("12", hubspot_owner_id="71"))
    portal.history["11"] = {
        "hubspot_owner_id": [
            ("73", "2026-10-01T03:00:00Z"),
            ("", "2026-09-01T00:00:00Z"),
            ("72", "2026-08-01T12:00:00Z"),
            ("72", "2026-07-15T12:00:00Z"),
            ("71", "2026-07-01T12:00:00Z"),
            (None, "2026-06-01T12:00:00Z"),
        ]
    }
    portal.history["12"] = {"hubspot_owner_id": [("71", "2026-06-01T12:00:00Z")]}
    found, rejected, _ = pulled(server, RecordKind.OWNER_CHANGE, {})
    assert rejected == []
    assert found == [
        OwnerChange(
            id="11:20260715T120000.000000:72", account_id="11", on=dt.date(2026, 7, 15), from_id="71", to_id="72"
        ),
        OwnerChange(
            id="11:20261001T030000.000000:73", account_id="11", on=dt.date(2026, 9, 30), from_id="72", to_id="73"
        ),
    ]


def test_versions_of_one_moment_follow_each_other_as_hubspot_gives_them(
    server: ScriptedServer, portal: TinyPortal
) -> None:
    portal.put("companies", record("11", hubspot_owner_id="73"))
    at = "2026-10-01T12:00:00Z"
    portal.history["11"] = {"hubspot_owner_id": [("73", at), ("72", at), ("71", "2026-01-01T12:00:00Z")]}
    found, _, _ = pulled(server, RecordKind.OWNER_CHANGE, {}, ["11"])
    assert [(each.from_id, each.to_id) for each in found if isinstance(each, OwnerChange)] == [
        ("71", "72"),
        ("72", "73"),
    ]


def test_a_history_that_holds_no_owners_rejects_the_account(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", hubspot_owner_id="73"))
    portal.history["11"] = {"hubspot_owner_id": [("Ines", "2026-10-01T03:00:00Z")]}
    _, rejected, _ = pulled(server, RecordKind.OWNER_CHANGE, {})
    assert [(each.account_ids, each.reason) for each in rejected] == [
        (("11",), "the history of hubspot_owner_id does not hold owners' ids"),
        (("12",), "HubSpot names it but did not answer with it: it was deleted or merged just now, or may not be read"),
    ]


# Goals and actions -----------------------------------------------------------------------------------------------

GOALS: Json = {
    "goals": {
        "object": "2-5001",
        "fields": {
            "name": "title",
            "owner_id": "who",
            "start_on": "begin",
            "due_on": "due",
            "has_metric": "target",
            "progress_on": "reached",
        },
        "open": {"property": "status", "values": ["OPEN"]},
    }
}
ACTIONS: Json = {
    "actions": {
        "object": "2-5001",
        "fields": {"name": "title", "owner_id": "who", "due_on": "due", "goal_id": "goal_id"},
    }
}


def test_goals_of_an_object_of_their_own(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "2-5001",
        record(
            "91",
            title="Grow",
            who="71",
            begin="2026-01-01",
            due="2026-12-31",
            target="5",
            reached="2026-11-01",
            status="open",
        ),
        record("92", title=None, status="done"),
    )
    portal.link("companies", "2-5001", {"11": ["91"], "12": ["92"]})
    found, rejected, _ = pulled(server, RecordKind.GOAL, GOALS)
    assert rejected == []
    assert found == [
        PlanGoal(
            id="91",
            account_id="11",
            name="Grow",
            owner_id="71",
            start_on=dt.date(2026, 1, 1),
            due_on=dt.date(2026, 12, 31),
            has_metric=True,
            progress_on=dt.date(2026, 11, 1),
        ),
        PlanGoal(id="92", account_id="12", name="goal 92", is_open=False),
    ]


def test_actions_name_the_goal_they_serve(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("2-5001", record("93", title="Visit", who="71", due="2026-12-01", goal_id="91"), record("94"))
    portal.link("companies", "2-5001", {"11": ["93", "94"]})
    found, _, _ = pulled(server, RecordKind.ACTION, ACTIONS)
    assert found == [
        PlanAction(id="93", account_id="11", name="Visit", goal_id="91", owner_id="71", due_on=dt.date(2026, 12, 1)),
        PlanAction(id="94", account_id="11", name="action 94"),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"due": "soon"}, "due is not a date"),
        ({"who": "Ines"}, "who is not an id"),
        ({"target": 5}, "target is not text"),
    ],
)
def test_an_unfit_value_rejects_the_goal(server: ScriptedServer, portal: TinyPortal, values: Json, reason: str) -> None:
    portal.put("2-5001", record("91", {"title": "Grow", **values}))
    portal.link("companies", "2-5001", {"11": ["91"]})
    _, rejected, _ = pulled(server, RecordKind.GOAL, GOALS)
    assert [(each.kind, each.account_ids, each.reason) for each in rejected] == [(RecordKind.GOAL, ("11",), reason)]


def test_a_goal_of_several_companies_is_rejected_for_all(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("2-5001", record("91", title="Grow"))
    portal.link("companies", "2-5001", {"11": ["91"], "12": ["91"]})
    found, [rejected], _ = pulled(server, RecordKind.GOAL, GOALS)
    assert found == []
    assert rejected.account_ids == ("11", "12")


def test_goals_in_the_companies_properties_are_one_each(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", goal="Grow", due="x"), record("12", name="B", is_key="true"))
    settings = {
        "goals": {
            "object": "companies",
            "fields": {"name": "goal", "due_on": "ends"},
            "open": {"property": "is_key", "values": [True]},
        }
    }
    found, rejected, by_call = pulled(server, RecordKind.GOAL, settings)
    assert rejected == []
    assert found == [PlanGoal(id="11", account_id="11", name="Grow", is_open=False)]
    assert by_call == {"properties companies": 1, "read companies": 1}


@pytest.mark.parametrize("kind", [RecordKind.GOAL, RecordKind.ACTION, RecordKind.FEEDBACK, RecordKind.CONTRACT])
def test_what_is_not_mapped_is_not_pulled(server: ScriptedServer, portal: TinyPortal, kind: RecordKind) -> None:
    assert pulled(server, kind, {}) == ([], [], {})


# Feedback --------------------------------------------------------------------------------------------------------


def feedback_settings(**more: object) -> Json:
    fields = {"on": "given_on", "grade": "grade", "has_reason": "reason", "contact_id": "person"}
    return {"feedback": {"object": "2-5003", "fields": fields, **more}}


def test_feedback_of_an_object_of_its_own(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "2-5003",
        record("81", given_on="2026-10-01", grade="b+", reason="late", person="51"),
        record("82", given_on="2026-11-01", grade=None),
    )
    portal.link("companies", "2-5003", {"11": ["81"], "12": ["81", "82"]})
    found, rejected, _ = pulled(server, RecordKind.FEEDBACK, feedback_settings())
    assert rejected == []
    assert found == [
        Feedback(
            id="81",
            account_ids=("11", "12"),
            on=dt.date(2026, 10, 1),
            grade=Grade.B_PLUS,
            has_reason=True,
            contact_id="51",
        ),
        Feedback(id="82", account_ids=("12",), on=dt.date(2026, 11, 1)),
    ]


@pytest.mark.parametrize(
    ("scale", "grades", "answer", "expected"),
    [
        ("nps", None, "9", Grade.A),
        ("nps", None, "0", Grade.F),
        ("csat", None, "4.5", Grade.A),
        ("nps", {"A": 10, "B": 5}, "9", Grade.B),
    ],
)
def test_scores_become_grades(
    server: ScriptedServer, portal: TinyPortal, scale: str, grades: Json | None, answer: str, expected: Grade
) -> None:
    portal.put("2-5003", record("81", given_on="2026-10-01", grade=answer))
    portal.link("companies", "2-5003", {"11": ["81"]})
    [found], _, _ = pulled(server, RecordKind.FEEDBACK, feedback_settings(scale=scale, grades=grades))
    assert isinstance(found, Feedback)
    assert found.grade is expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"given_on": None, "grade": "A"}, "given_on is empty, so that its date is not known"),
        ({"given_on": "2026-10-01", "grade": "splendid"}, "grade is no answer on the scale letter"),
        ({"given_on": "lately", "grade": "A"}, "given_on is not a date"),
        ({"given_on": "2026-10-01", "person": "Yuki"}, "person is not an id"),
    ],
)
def test_an_unfit_value_rejects_the_feedback(
    server: ScriptedServer, portal: TinyPortal, values: Json, reason: str
) -> None:
    portal.put("2-5003", record("81", values))
    portal.link("companies", "2-5003", {"11": ["81"]})
    _, rejected, _ = pulled(server, RecordKind.FEEDBACK, feedback_settings())
    assert [(each.account_ids, each.reason) for each in rejected] == [(("11",), reason)]


def test_feedback_in_the_companies_properties_is_the_latest_one(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("companies", record("11", name="A", grade="A", given="2026-10-01"), record("12", name="B"))
    settings = {"feedback": {"object": "companies", "fields": {"on": "given", "grade": "grade"}}}
    found, rejected, _ = pulled(server, RecordKind.FEEDBACK, settings)
    assert rejected == []
    assert found == [Feedback(id="11", account_ids=("11",), on=dt.date(2026, 10, 1), grade=Grade.A)]


# Contracts -------------------------------------------------------------------------------------------------------

CONTRACTS: Json = {
    "contracts": {
        "object": "2-5004",
        "fields": {"name": "title", "end_on": "ends", "value": "worth"},
        "active": {"property": "status", "values": ["active"]},
    }
}


def test_a_contract_of_several_companies_is_one_of_each(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "2-5004",
        record("71", title="Frame", ends="2027-01-01", worth="36000.5", status="active"),
        record("72", status="ended"),
    )
    portal.link("companies", "2-5004", {"11": ["71", "72"], "12": ["71"]})
    found, rejected, _ = pulled(server, RecordKind.CONTRACT, CONTRACTS)
    assert rejected == []
    assert found == [
        Contract(id="71:11", account_id="11", name="Frame", end_on=dt.date(2027, 1, 1), value=36000.5),
        Contract(id="71:12", account_id="12", name="Frame", end_on=dt.date(2027, 1, 1), value=36000.5),
        Contract(id="72", account_id="11", name="contract 72", is_active=False),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"worth": "much"}, "worth is not a number"), ({"ends": "never"}, "ends is not a date")],
)
def test_an_unfit_value_rejects_the_contract(
    server: ScriptedServer, portal: TinyPortal, values: Json, reason: str
) -> None:
    portal.put("2-5004", record("71", {"status": "active", **values}))
    portal.link("companies", "2-5004", {"11": ["71"]})
    _, rejected, _ = pulled(server, RecordKind.CONTRACT, CONTRACTS)
    assert [(each.account_ids, each.reason) for each in rejected] == [(("11",), reason)]


def test_a_record_that_is_linked_but_not_answered_is_rejected(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.link("companies", "2-5004", {"11": ["71"]})
    portal.overrides["POST /crm/objects/2026-09/2-5004/batch/read"] = Reply(body=batch([]))
    found, [rejected], _ = pulled(server, RecordKind.CONTRACT, CONTRACTS)
    assert found == []
    assert (rejected.kind, rejected.id, rejected.account_ids) == (RecordKind.CONTRACT, "71", ("11",))


# Cases -----------------------------------------------------------------------------------------------------------


def test_tickets_become_cases(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "tickets",
        record(
            "41",
            subject="Pump leaks",
            hs_pipeline_stage="1",
            hs_ticket_priority="URGENT",
            hubspot_owner_id="71",
            createdate="2026-11-01T02:00:00Z",
        ),
        record("42", hs_pipeline_stage="4", hs_ticket_priority="LOW", createdate="2026-01-01T12:00:00Z"),
        record("43", subject="Parked", hs_pipeline_stage="5", createdate="2026-01-01T12:00:00Z"),
        record("44", subject="Long closed", hs_pipeline_stage="4", createdate="2025-10-01T12:00:00Z"),
        record("45", subject="Long open", hs_pipeline_stage="1", createdate="2020-10-01T12:00:00Z"),
    )
    portal.link("companies", "tickets", {"11": ["41", "42", "43", "44", "45"], "12": ["41"]})
    found, rejected, _ = pulled(server, RecordKind.CASE, {})
    assert rejected == []
    assert found == [
        Case(
            id="41",
            account_ids=("11", "12"),
            name="Pump leaks",
            is_open=True,
            is_high_priority=True,
            owner_id="71",
            opened_on=dt.date(2026, 10, 31),
        ),
        Case(id="42", account_ids=("11",), name="ticket 42", is_open=False, opened_on=dt.date(2026, 1, 1)),
        Case(id="43", account_ids=("11",), name="Parked", is_open=False, opened_on=dt.date(2026, 1, 1)),
        Case(id="45", account_ids=("11",), name="Long open", is_open=True, opened_on=dt.date(2020, 10, 1)),
    ]


@pytest.mark.parametrize("stage", ["6", "99", None])
def test_a_ticket_in_a_stage_that_says_nothing_is_rejected(
    server: ScriptedServer, portal: TinyPortal, stage: str | None
) -> None:
    portal.put("tickets", record("41", subject="X", hs_pipeline_stage=stage))
    portal.link("companies", "tickets", {"11": ["41"]})
    _, [rejected], _ = pulled(server, RecordKind.CASE, {})
    assert (rejected.kind, rejected.account_ids) == (RecordKind.CASE, ("11",))
    assert "hs_pipeline_stage" in rejected.reason


def test_the_policy_says_which_tickets_are_urgent(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("tickets", record("41", subject="X", hs_pipeline_stage="1", level="Red", hs_ticket_priority="LOW"))
    portal.link("companies", "tickets", {"11": ["41"]})
    settings = {"cases": {"urgent": {"property": "level", "values": ["red"]}}}
    [found], _, _ = pulled(server, RecordKind.CASE, settings)
    assert isinstance(found, Case)
    assert found.is_high_priority
    [found], _, by_call = pulled(server, RecordKind.CASE, settings, wanted=["cases"])
    assert isinstance(found, Case)
    assert not found.is_high_priority
    assert "properties tickets" not in by_call


# Quotes ----------------------------------------------------------------------------------------------------------


def test_quotes_are_reached_by_the_deals_of_the_companies(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put(
        "quotes",
        record(
            "31",
            hs_title="Offer 1",
            hs_status="APPROVAL_NOT_NEEDED",
            hubspot_owner_id="71",
            hs_expiration_date="2026-12-31T03:00:00Z",
            sent="2026-11-01",
        ),
        record("32", hs_title=None, hs_status="ACCEPTED"),
        record("33", hs_title="Elsewhere", hs_status="DRAFT"),
    )
    portal.link("companies", "deals", {"11": ["61", "62"], "12": ["61"]})
    portal.link("deals", "quotes", {"61": ["31"], "62": ["31", "32"], "69": ["33"]})
    settings = {"quotes": {"fields": {"sent_on": "sent"}}}
    found, rejected, by_call = pulled(server, RecordKind.QUOTE, settings)
    assert rejected == []
    assert found == [
        Quote(
            id="31",
            account_ids=("11", "12"),
            opportunity_id="61",
            name="Offer 1",
            owner_id="71",
            sent_on=dt.date(2026, 11, 1),
            expires_on=dt.date(2026, 12, 30),
        ),
        Quote(id="32", account_ids=("11",), opportunity_id="62", name="quote 32", is_open=False),
    ]
    assert by_call == {
        "properties quotes": 1,
        "associations companies→deals": 1,
        "associations deals→quotes": 1,
        "read quotes": 1,
    }


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("DRAFT", True),
        ("PENDING_APPROVAL", True),
        ("APPROVED", True),
        ("EXPIRED", True),
        (None, True),
        ("ACCEPTED", False),
        ("rejected", False),
        ("DECLINED", False),
        ("LOST", False),
        ("WON", False),
    ],
)
def test_how_a_quote_stands(server: ScriptedServer, portal: TinyPortal, status: str | None, is_open: bool) -> None:
    portal.put("quotes", record("31", hs_title="Offer", hs_status=status))
    portal.link("companies", "deals", {"11": ["61"]})
    portal.link("deals", "quotes", {"61": ["31"]})
    [found], _, _ = pulled(server, RecordKind.QUOTE, {}, wanted=["quotes"])
    assert isinstance(found, Quote)
    assert (found.is_open, found.expires_on) == (is_open, None)


def test_an_unfit_value_rejects_the_quote(server: ScriptedServer, portal: TinyPortal) -> None:
    portal.put("quotes", record("31", hs_title="Offer", hs_expiration_date="never"))
    portal.link("companies", "deals", {"12": ["61"]})
    portal.link("deals", "quotes", {"61": ["31"]})
    _, [rejected], _ = pulled(server, RecordKind.QUOTE, {})
    assert (rejected.account_ids, rejected.reason) == (("12",), "hs_expiration_date is not a date")


def test_no_deals_need_no_further_calls(server: ScriptedServer, portal: TinyPortal) -> None:
    assert pulled(server, RecordKind.QUOTE, MAPPED, wanted=["quotes"])[2] == {
        "associations companies→deals": 1,
    }
