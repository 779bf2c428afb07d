"""What people change beyond tasks, roles and plans: by canonical name, as the portal's pages would let them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.records import (
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    ContactLevel,
    Grade,
    OpportunityStage,
    OpportunityType,
    Purpose,
    Stance,
    SwotPart,
)
from support_local_hubspot import Running, dig, running
from support_local_hubspot_rich import RICH

DAY = "/crm/objects/2026-09"
LINKS = "/crm/associations/2026-09"
WHEN = dt.date(2026, 12, 24)


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, RICH) as started:
        yield started


@pytest.mark.parametrize(
    ("name", "value", "slug", "object_type", "property_name", "expected"),
    [
        ("account.growth_target", 12.25, "", "companies", "growth_target", "12.25"),
        ("account.growth_target_year", 2028, "", "companies", "growth_target_year", "2028"),
        ("account.key_since", WHEN, "", "companies", "key_since", "2026-12-24"),
        ("account.relationship_stage", "Strategic", "", "companies", "relationship_stage", "Strategic"),
        ("account.recovery_target", Grade.A_MINUS, "", "companies", "recovery_target", "A-"),
        ("account.trigger", None, "", "companies", "trigger", None),
        ("account.criteria.financial_strength", 5, "", "companies", "criterion_financial_strength", "5"),
        ("contact.title", "Chief Executive", "ana", "contacts", "jobtitle", "Chief Executive"),
        ("contact.level", ContactLevel.DIRECTOR, "ana", "contacts", "hs_seniority", "director"),
        ("contact.stance", Stance.BLOCKER, "ana", "contacts", "stance", "blocker"),
        ("contact.left", True, "ana", "contacts", "left_company", "true"),
        ("contact.owner_id", None, "ana", "contacts", "hubspot_owner_id", None),
        ("opportunity.type", OpportunityType.NEW_BUSINESS, "press", "deals", "dealtype", "newbusiness"),
        ("opportunity.stages", OpportunityStage.PROPOSAL, "press", "deals", "dealstage", "proposalsent"),
        ("opportunity.products", ["Pumps", "Service"], "press", "deals", "products", "Pumps;Service"),
        ("opportunity.close_on", WHEN, "press", "deals", "closedate", "2026-12-24T10:00:00.000Z"),
        ("opportunity.proposal_expires_on", WHEN, "press", "deals", "proposal_expires", "2026-12-24"),
        ("opportunity.loss_reason", "No budget", "lost", "deals", "closed_lost_reason", "No budget"),
        ("opportunity.is_won", True, "press", "deals", "hs_is_closed_won", "true"),
        ("opportunity.is_won", False, "press", "deals", "dealstage", "closedlost"),
        ("goal.progress_on", WHEN, "grow", "2-5001", "progress_on", "2026-12-24"),
        ("goal.has_metric", 80, "grow", "2-5001", "target_value", "80"),
        ("goal.is_open", False, "grow", "2-5001", "status", "done"),
        ("action.due_on", None, "grow/Visit", "2-5002", "due_date", None),
        ("action.is_open", False, "grow/Visit", "2-5002", "status", "done"),
        ("quote.sent_on", WHEN, "offer", "quotes", "sent_on", "2026-12-24"),
        ("quote.expires_on", WHEN, "offer", "quotes", "hs_expiration_date", "2026-12-24T10:00:00.000Z"),
        ("quote.is_open", False, "offer", "quotes", "hs_status", "REJECTED"),
        ("contract.end_on", WHEN, "service", "2-5004", "end_date", "2026-12-24"),
        ("contract.is_active", False, "service", "2-5004", "status", "ended"),
        ("case.is_open", False, "leak", "tickets", "hs_pipeline_stage", "4"),
        ("case.is_high_priority", False, "leak", "tickets", "hs_ticket_priority", "MEDIUM"),
    ],
)
def test_a_field_is_set_by_its_canonical_name(
    hubspot: Running,
    name: str,
    value: str | float | dt.date | list[str] | None,
    slug: str,
    object_type: str,
    property_name: str,
    expected: str | None,
) -> None:
    before = {
        each: hubspot.client.get(f"{DAY}/{object_type}/{each}", properties=property_name)
        for each in ids(hubspot, object_type)
    }
    hubspot.crm.people.set_field("rich", name, value, slug=slug)
    changed = []
    for each, old in before.items():
        now = hubspot.client.get(f"{DAY}/{object_type}/{each}", properties=property_name)
        if now.at("updatedAt") != old.at("updatedAt"):
            changed.append(now.at("properties", property_name))
    assert changed == [expected]


def ids(hubspot: Running, object_type: str) -> list[str]:
    return hubspot.client.get(f"{DAY}/{object_type}", limit=100).ids()


def test_people_of_ours_are_set_by_slug(hubspot: Running) -> None:
    people = hubspot.crm.people
    people.set_field("rich", "contact.owner_id", "amara", slug="ana")
    people.set_field("rich", "opportunity.team_ids", ["jonas", "mei"], slug="press")
    people.set_field("rich", "goal.owner_id", "jonas", slug="grow")
    ana, deal, goal = ids(hubspot, "contacts")[0], ids(hubspot, "deals")[0], ids(hubspot, "2-5001")[0]
    assert hubspot.properties("contacts", ana, "hubspot_owner_id")["hubspot_owner_id"] == hubspot.owner("amara")
    team = hubspot.properties("deals", deal, "hs_all_collaborator_owner_ids")["hs_all_collaborator_owner_ids"]
    assert team == f"{hubspot.owner('jonas')};{hubspot.owner('mei')}"
    assert hubspot.properties("2-5001", goal, "goal_owner")["goal_owner"] == hubspot.owner("jonas")


def test_buying_roles_are_a_property_and_a_label(hubspot: Running) -> None:
    ana, bo = ids(hubspot, "contacts")

    def state(contact: str) -> tuple[object, bool]:
        reply = hubspot.client.post(f"{LINKS}/contacts/companies/batch/read", {"inputs": [{"id": contact}]})
        types = reply.at("results", 0, "to", 0, "associationTypes")
        assert isinstance(types, list)
        labels = {dig(each, "label") for each in types}
        assert {None, "Primary"} <= labels
        return hubspot.properties("contacts", contact, "hs_buying_role")["hs_buying_role"], "Technical buyer" in labels

    people = hubspot.crm.people
    people.set_field("rich", "contact.buying_roles", [BuyingRole.CHAMPION, BuyingRole.TECHNICAL_BUYER], slug="bo")
    assert state(bo) == ("CHAMPION", True)
    people.set_field("rich", "contact.buying_roles", BuyingRole.CHAMPION, slug="bo")
    assert state(bo) == ("CHAMPION", False)
    people.set_field("rich", "contact.buying_roles", [BuyingRole.TECHNICAL_BUYER], slug="bo")
    assert state(bo) == (None, True)
    people.set_field("rich", "contact.buying_roles", None, slug="ana")
    assert state(ana) == (None, False)
    company = hubspot.crm.id_of("rich")
    back = hubspot.client.post(f"{LINKS}/companies/contacts/batch/read", {"inputs": [{"id": company}]}).each(
        "results", 0, "to"
    )
    assert [str(each["toObjectId"]) for each in back] == [ana, bo]


def test_contacts_are_added_to_a_deal(hubspot: Running) -> None:
    won = ids(hubspot, "deals")[1]
    hubspot.crm.people.set_field("rich", "opportunity.contact_ids", "bo", slug="won")
    reply = hubspot.client.post(f"{LINKS}/deals/contacts/batch/read", {"inputs": [{"id": won}]})
    assert [str(each["toObjectId"]) for each in reply.each("results", 0, "to")] == [ids(hubspot, "contacts")[1]]


def test_feedback_is_recorded_and_a_case_closed(hubspot: Running) -> None:
    made = hubspot.crm.people.add_feedback("plain", on=dt.date(2026, 11, 21), grade=Grade.B_MINUS, reason="Slow")
    found = hubspot.properties("2-5003", made, "given_on", "grade", "reason")
    assert [found[name] for name in ("given_on", "grade", "reason")] == ["2026-11-21", "B-", "Slow"]
    company = hubspot.crm.id_of("plain")
    reply = hubspot.client.post(f"{LINKS}/companies/2-5003/batch/read", {"inputs": [{"id": company}]})
    assert [str(each["toObjectId"]) for each in reply.each("results", 0, "to")] == [made]
    hubspot.crm.people.close_case("rich", "leak")
    leak = hubspot.properties("tickets", ids(hubspot, "tickets")[0], "hs_pipeline_stage", "closed_date")
    assert (leak["hs_pipeline_stage"], leak["closed_date"]) == ("4", "2026-11-22T12:00:00.000Z")


def test_an_activity_has_a_purpose_and_people_of_both_sides(hubspot: Running) -> None:
    made = hubspot.crm.people.add_activity(
        "rich",
        kind=ActivityKind.MEETING,
        on=dt.date(2026, 11, 20),
        owner="mei",
        status=ActivityStatus.DONE,
        purpose=Purpose.ON_SITE_VISIT,
        contacts=["bo"],
        attendees=["amara"],
    )
    found = hubspot.properties("meetings", made, "hs_activity_type", "hs_attendee_owner_ids")
    assert (found["hs_activity_type"], found["hs_attendee_owner_ids"]) == ("On-site visit", hubspot.owner("amara"))
    reply = hubspot.client.post(f"{LINKS}/meetings/contacts/batch/read", {"inputs": [{"id": made}]})
    bo = ids(hubspot, "contacts")[1]
    assert [str(each["toObjectId"]) for each in reply.each("results", 0, "to")] == [bo]
    contacted = hubspot.properties("contacts", bo, "notes_last_contacted")["notes_last_contacted"]
    assert contacted == "2026-11-20T10:00:00.000Z"


def test_a_plan_is_set_with_its_swot_and_cleared_as_a_whole(hubspot: Running) -> None:
    names = ("plan_end", "plan_strengths", "plan_threats", "plan_swot_reviewed", "plan_modified", "plan_strategy")
    company, people = hubspot.crm.id_of("rich"), hubspot.crm.people
    people.set_plan("rich", end_on=WHEN, swot=frozenset({SwotPart.THREATS}), swot_on=dt.date(2026, 11, 1))
    found = hubspot.properties("companies", company, *names)
    assert [bool(found[name]) for name in names] == [True, False, True, True, True, True]
    assert (found["plan_end"], found["plan_modified"]) == ("2026-12-24", "2026-11-22")
    people.clear_plan("rich")
    found = hubspot.properties("companies", company, *names)
    assert [found[name] for name in names] == [None] * 6


@pytest.mark.parametrize(
    ("name", "value", "slug", "error", "says"),
    [
        ("account.charm", 5, "", ValueError, "holds no 'account.charm'"),
        ("account.criteria.charm", 5, "", ValueError, "holds no 'account.criteria.charm'"),
        ("contact.bounced", True, "ana", ValueError, "holds no 'contact.bounced'"),
        ("account.growth_target", "much", "", ValueError, "not a valid number"),
        ("account.growth_target", 5, "ana", ValueError, "none for the account itself"),
        ("contact.stance", "supporter", "", ValueError, "name a record"),
        ("contact.stance", "angry", "ana", ValueError, "never 'angry'"),
        ("contact.owner_id", "left", "ana", ValueError, "not the id of an active owner"),
        ("contact.owner_id", "stranger", "ana", KeyError, "no user 'stranger'"),
        ("contact.stance", "neutral", "nobody", KeyError, "no contact 'rich/nobody'"),
        ("opportunity.stages", "negotiation", "press", ValueError, "never 'negotiation'"),
        ("opportunity.products", ["Bread"], "press", ValueError, "Bread was not one of"),
        ("opportunity.contact_ids", ["nobody"], "press", KeyError, "rich/nobody"),
        ("case.is_open", "no", "leak", ValueError, "either true or false"),
        ("feedback.grade", "A", "first", ValueError, "once they are made"),
    ],
)
def test_what_a_page_would_not_let_a_person_do_is_refused(
    hubspot: Running, name: str, value: str | float | list[str], slug: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        hubspot.crm.people.set_field("rich", name, value, slug=slug)
