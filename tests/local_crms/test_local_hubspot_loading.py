"""A portfolio in HubSpot's shape: what is where, what cannot be held, and that size costs nothing but size."""

from __future__ import annotations

import re
import sqlite3
import tracemalloc
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
from kam_sync.records import ActivityKind, ActivityStatus, Role
from kam_sync.testing.seed import hubspot_portfolio
from support_local_hubspot import SMALL, USERS, Running, dig, running

DAY = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SMALL) as started:
        yield started


def test_a_company_holds_owner_tier_revenue_scope_parent_roles_and_plan(hubspot: Running) -> None:
    found = hubspot.properties(
        "companies",
        hubspot.crm.id_of("solaris"),
        *("name", "hubspot_owner_id", "account_tier", "annualrevenue", "hs_is_target_account", "createdate"),
        *("results_driver_owner", "innovator_owner", "innovator_owner_2", "collaborator_owner"),
        *("plan_start", "plan_end", "plan_last_review", "plan_next_review"),
        *("plan_relations", "plan_swot", "plan_goals", "plan_strategy", "hs_num_child_companies"),
    )
    filled = {name for name in ("plan_relations", "plan_swot", "plan_goals", "plan_strategy") if found.pop(name)}  # type: ignore[attr-defined] # a dict
    assert filled == {"plan_relations", "plan_strategy"}
    assert found == {
        "name": "Solaris Ægir GmbH",
        "hubspot_owner_id": hubspot.owner("amara"),
        "account_tier": "A",
        "annualrevenue": "1250000.50",
        "hs_is_target_account": "true",
        "createdate": "2024-06-05T10:00:00.000Z",
        "results_driver_owner": hubspot.owner("amara"),
        "innovator_owner": hubspot.owner("jonas"),
        "innovator_owner_2": hubspot.owner("mei"),
        "collaborator_owner": None,
        "plan_start": "2026-08-14",
        "plan_end": None,
        "plan_last_review": "2026-10-23",
        "plan_next_review": "2027-01-21",
        "hs_num_child_companies": "1",
        "hs_lastmodifieddate": "2024-06-05T10:00:00.000Z",
        "hs_object_id": hubspot.crm.id_of("solaris"),
    }
    child = hubspot.properties(
        "companies", hubspot.crm.id_of("nordic"), "hs_parent_company_id", "hubspot_owner_id", "annualrevenue"
    )
    assert child["hs_parent_company_id"] == hubspot.crm.id_of("solaris")
    assert child["hubspot_owner_id"] == hubspot.owner("left")
    outside = hubspot.properties("companies", hubspot.crm.id_of("quiet"), "hs_is_target_account", "plan_start")
    assert (outside["hs_is_target_account"], outside["plan_start"]) == ("false", None)


def test_what_hangs_on_a_company_is_associated_both_ways(hubspot: Running) -> None:
    company = hubspot.crm.id_of("solaris")
    counts = {}
    for kind in ("contacts", "deals", "tasks", "meetings", "calls"):
        there = hubspot.client.post(
            f"/crm/associations/2026-09/companies/{kind}/batch/read", {"inputs": [{"id": company}]}
        )
        targets = [str(each["toObjectId"]) for each in there.each("results", 0, "to")]
        counts[kind] = len(targets)
        back = hubspot.client.post(
            f"/crm/associations/2026-09/{kind}/companies/batch/read", {"inputs": [{"id": each} for each in targets]}
        )
        assert {dig(each, "to", 0, "toObjectId") for each in back.each()} == {company}
    assert counts == {"contacts": 2, "deals": 2, "tasks": 2, "meetings": 1, "calls": 1}
    deals = hubspot.client.get(f"{DAY}/deals", properties="dealname").each()
    grid = next(str(each["id"]) for each in deals if dig(each, "properties", "dealname") == "Grid")
    on_deal = hubspot.client.post("/crm/associations/2026-09/deals/tasks/batch/read", {"inputs": [{"id": grid}]})
    (task,) = on_deal.each("results", 0, "to")
    assert hubspot.properties("tasks", str(task["toObjectId"]), "hs_task_subject")["hs_task_subject"] == "Offer"


def test_contacts_deals_and_activities_are_in_hubspots_words(hubspot: Running) -> None:
    contacts = hubspot.client.get(f"{DAY}/contacts", properties="firstname,lastname,jobtitle,email").each()
    named = {dig(each, "properties", "firstname"): each["properties"] for each in contacts}
    assert dig(named, "Dmitri", "lastname") == "van der Berg"
    assert dig(named, "Dmitri", "email") == "d.berg@solaris.example"
    assert dig(named, "Aiko", "lastname") is None
    deals = hubspot.client.get(f"{DAY}/0-3", properties="dealname,hs_is_closed,hs_next_step,closedate,amount").each()
    closed = {dig(each, "properties", "dealname"): dig(each, "properties", "hs_is_closed") for each in deals}
    assert closed == {"Grid": "false", "Pilot": "true"}
    assert dig(deals[0], "properties", "hs_next_step") == "Send offer"
    assert dig(deals[0], "properties", "closedate") == "2027-01-06T10:00:00.000Z"
    tasks = hubspot.client.get(
        f"{DAY}/tasks",
        properties="hs_task_subject,hs_task_status,hs_timestamp,hubspot_owner_id,hs_task_completion_date",
    ).each()
    by_subject = {dig(each, "properties", "hs_task_subject"): each["properties"] for each in tasks}
    assert dig(by_subject, "Call back", "hs_timestamp") == "2026-11-29T10:00:00.000Z"
    assert dig(by_subject, "Call back", "hs_task_status") == "NOT_STARTED"
    assert dig(by_subject, "Offer", "hubspot_owner_id") is None
    assert dig(by_subject, "Offer", "hs_task_completion_date") == "2026-11-19T10:00:00.000Z"


def test_the_timeline_of_a_loaded_company_is_as_if_it_had_been_written(hubspot: Running) -> None:
    names = ("notes_last_contacted", "notes_last_updated", "notes_next_activity_date")
    company = hubspot.crm.id_of("solaris")
    loaded = hubspot.properties("companies", company, *names)
    assert loaded["notes_last_contacted"] == "2026-11-12T10:00:00.000Z"
    assert loaded["notes_last_updated"] == "2026-11-19T10:00:00.000Z"
    assert loaded["notes_next_activity_date"] == "2026-11-25T10:00:00.000Z"
    later = hubspot.task(company, hs_timestamp="2027-06-01T10:00:00Z")
    hubspot.client.call("DELETE", f"{DAY}/tasks/{later}")
    assert hubspot.properties("companies", company, *names) == loaded


def test_search_sees_a_loaded_portfolio_at_once(hubspot: Running) -> None:
    assert len(hubspot.client.post(f"{DAY}/companies/search", {}).ids()) == 3


def test_the_policy_section_names_exactly_what_is_there(hubspot: Running) -> None:
    section = dict(hubspot.crm.org_settings)
    known = {str(each["name"]) for each in hubspot.client.get("/crm/properties/2026-09/companies").each()}
    owners = section["roles"]["owner_properties"]  # type: ignore[index] # an object
    assert owners["innovator"] == ["innovator_owner", "innovator_owner_2"]
    assert owners["collaborator"] == ["collaborator_owner"]
    assert set(owners) == {role.value for role in Role}
    plan = section["plan"]
    mapped = [name for names in owners.values() for name in names]
    mapped += [str(name) for name in dig(plan, "fields").values()]  # type: ignore[attr-defined] # an object
    mapped += [str(name) for names in dig(plan, "parts").values() for name in names]  # type: ignore[attr-defined] # an object
    mapped += ["account_tier", "annualrevenue", str(dig(section, "scope", "property"))]
    assert set(mapped) <= known
    assert dig(section, "auth", "access_token") == hubspot.crm.access_token
    assert section["host"] == hubspot.crm.url
    assert (section["connector"], section["api_version"], section["allow_loopback_http"]) == (
        "hubspot",
        "2026-09",
        True,
    )


def account(**changes: object) -> PortfolioAccount:
    return replace(PortfolioAccount(slug="one", name="One", owner="amara"), **changes)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (account(owner="stranger"), "no user 'stranger'"),
        (account(parent="nowhere"), "no account nowhere"),
        (account(roles={Role.INNOVATOR: ("amara", "jonas", "mei")}), "room for two holders"),
        (
            account(
                activities=(
                    PortfolioActivity(
                        kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=None, owner="amara", subject="Undated"
                    ),
                )
            ),
            "'Undated' has no day, and HubSpot requires hs_timestamp",
        ),
        (
            account(
                activities=(
                    PortfolioActivity(
                        kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=1, owner="amara", deal="none"
                    ),
                )
            ),
            "unknown deal 'none'",
        ),
        (
            account(
                activities=(
                    PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.CANCELED, days=1, owner="amara"),
                )
            ),
            "no canceled task",
        ),
        (
            account(contacts=(PortfolioContact(name="A B", title="", email="Twice@one.example"),) * 2),
            "the same e-mail address",
        ),
    ],
)
def test_what_hubspot_cannot_hold_is_refused_and_nothing_is_loaded(
    tmp_path: Path, wrong: PortfolioAccount, says: str
) -> None:
    good = replace(wrong, slug="two", parent=None, owner="jonas", roles={}, activities=(), contacts=())
    with running(tmp_path) as started:
        with pytest.raises(ValueError, match=says):
            started.crm.load(Portfolio(name="P", users=USERS, accounts=(good, wrong)))
        assert started.client.get(f"{DAY}/companies").ids() == []
        assert started.client.get("/crm/owners/2026-09").each() == []
        started.crm.load(Portfolio(name="P", users=USERS, accounts=(good,)))
        assert len(started.client.get(f"{DAY}/companies").ids()) == 1


def test_a_slug_that_is_both_a_user_and_an_account_is_asked_for_by_nobody(tmp_path: Path) -> None:
    user = PortfolioUser(slug="one", name="Same Name", email="same@ours.example")
    portfolio = Portfolio(name="P", users=(user,), accounts=(account(owner="one"),))
    with running(tmp_path, portfolio) as started, pytest.raises(ValueError, match="both"):
        started.crm.id_of("one")


def test_the_seeded_portfolio_is_complete(tmp_path: Path) -> None:
    portfolio = hubspot_portfolio()
    with running(tmp_path, portfolio) as started:
        for kind, expected in (
            ("companies", len(portfolio.accounts)),
            ("contacts", sum(len(each.contacts) for each in portfolio.accounts)),
            ("deals", sum(len(each.deals) for each in portfolio.accounts)),
        ):
            body = {"filterGroups": [], "properties": [], "sorts": [], "limit": 1, "after": "0"}
            assert started.client.post(f"{DAY}/{kind}/search", body).at("total") == expected
        tasks = [each for one in portfolio.accounts for each in one.activities if each.kind is ActivityKind.TASK]
        assert len(started.crm.people.tasks()) == len(tasks)
        target = {
            "filterGroups": [{"filters": [{"propertyName": "hs_is_target_account", "operator": "EQ", "value": "true"}]}]
        }
        in_scope = sum(each.key_account for each in portfolio.accounts)
        assert started.client.post(f"{DAY}/companies/search", {**target, "limit": 1}).at("total") == in_scope


def many(count: int) -> Portfolio:
    owner = USERS[0].slug
    accounts = tuple(
        PortfolioAccount(
            slug=f"account-{number}",
            name=f"Account {number}",
            owner=owner,
            roles={Role.RESULTS_DRIVER: (owner,)},
            plan=PortfolioPlan(),
            contacts=(PortfolioContact(name="Ines Kovač", title="Buyer", email=f"ines@a{number}.example"),),
            deals=(PortfolioDeal(slug="deal", name="Deal", owner=owner, close_days=30),),
            activities=(
                PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=5, owner=owner, deal="deal"),
                PortfolioActivity(kind=ActivityKind.MEETING, status=ActivityStatus.DONE, days=-5, owner=owner),
            ),
        )
        for number in range(count)
    )
    return Portfolio(name="Many", users=USERS, accounts=accounts)


def serve_a_page_of_everything(hubspot: Running) -> None:
    """Make one call of each kind that a pull and a batch of writes consist of."""
    client = hubspot.client
    ids = [{"id": each} for each in client.get(f"{DAY}/companies", limit=50, properties="name,plan_start").ids()]
    read = client.post("/crm/associations/2026-09/companies/tasks/batch/read", {"inputs": ids})
    tasks = [{"id": str(dig(each, "to", 0, "toObjectId"))} for each in read.each()]
    client.post(f"{DAY}/tasks/batch/read", {"inputs": tasks, "properties": ["hs_task_subject"]})
    changes = [{**each, "properties": {"hs_task_subject": "New"}} for each in tasks]
    assert client.post(f"{DAY}/tasks/batch/update", {"inputs": changes}).status == 200
    assert client.post(f"{DAY}/tasks/batch/archive", {"inputs": tasks[:10]}).status == 204
    client.get(f"{DAY}/tasks", limit=50, archived="true")
    client.get(f"{DAY}/companies/{ids[0]['id']}", associations="contacts,deals")
    hubspot.task(ids[0]["id"])


WHOLE_TABLE = re.compile(r"SCAN (?!CONSTANT ROW|json_each)|.*\((type|from_type|kind)=\?\)$")
"""A step of a query plan that reads a table from end to end, or all of one object type."""


def test_serving_scans_no_table(tmp_path: Path) -> None:
    statements: set[str] = set()
    with running(tmp_path, many(60)) as started:
        connection = started.crm._portal.database.connection
        connection.set_trace_callback(
            lambda sql: statements.add(sql) if sql[:6] in {"SELECT", "UPDATE", "DELETE"} else None
        )
        serve_a_page_of_everything(started)
        started.crm.people.merge_accounts(winner="account-1", loser="account-2")
        connection.set_trace_callback(None)
        scans = set()
        for sql in statements:
            for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"):
                if WHOLE_TABLE.match(row[3]):
                    scans.add((row[3], sql))
    assert len(statements) > 50
    assert scans == set()


def test_a_page_costs_the_same_memory_in_a_large_portal(tmp_path: Path) -> None:
    peaks = []
    for count in (100, 1500):
        with running(tmp_path / str(count), many(count)) as started:
            serve_a_page_of_everything(started)
            started.exchanges.clear()
            tracemalloc.start()
            try:
                serve_a_page_of_everything(started)
                peaks.append(tracemalloc.get_traced_memory()[1])
            finally:
                tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.25


def test_the_file_is_sound_after_all_that(tmp_path: Path) -> None:
    with running(tmp_path, many(30)) as started:
        serve_a_page_of_everything(started)
    connection = sqlite3.connect(tmp_path / "hubspot.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
