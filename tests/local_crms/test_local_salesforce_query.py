"""SOQL and the pages of its results in the local Salesforce, as Salesforce documents them."""
# ruff: noqa: S608 - this is SOQL, put together from the tests' own values

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from support_local_salesforce import Org, running_org


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm") as running:
        yield running


def message(org: Org, soql: str, *, every: bool = False) -> tuple[int, object, str]:
    answer = org.rest.page(soql, every=every)
    assert answer.status != 200, answer.content
    row = answer.rows()[0]
    return answer.status, row["errorCode"], str(row["message"])


def test_fields_come_in_the_order_asked_for_with_canonical_names_and_json_types(org: Org) -> None:
    (record,) = org.rest.query(
        "select id, NAME, annualrevenue, key_account__c, tier__C, ParentId, CreatedDate, lastactivitydate "
        "from account where name = 'ATLAS o\\'rourke ltd'"
    )
    atlas = org.crm.id_of("atlas")
    attributes = record.pop("attributes")
    assert attributes == {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{atlas}"}
    assert list(record.items()) == [
        ("Id", atlas),
        ("Name", "Atlas O'Rourke Ltd"),
        ("AnnualRevenue", 1500000.5),
        ("Key_Account__c", True),
        ("Tier__c", "A"),
        ("ParentId", None),
        ("CreatedDate", "2024-12-02T09:00:00.000+0000"),
        ("LastActivityDate", "2026-10-30"),
    ]


def test_parents_are_nested_and_null_where_there_is_none(org: Org) -> None:
    boreas, atlas = org.rest.query(
        "SELECT Name, Parent.Name, Parent.Owner.Name, Owner.IsActive, Owner.Manager.Name FROM Account a "
        "WHERE a.Tier__c IN ('A', 'C') ORDER BY Account.Name DESC"
    )
    parent = boreas["Parent"]
    assert isinstance(parent, dict)
    assert parent["attributes"]["type"] == "Account"
    assert parent["Name"] == "Atlas O'Rourke Ltd"
    assert parent["Owner"]["Name"] == "Aylin Öztürk"
    owner = boreas["Owner"]
    assert isinstance(owner, dict)
    assert owner["IsActive"] is True
    assert owner["Manager"]["Name"] == "Aylin Öztürk"
    assert atlas["Parent"] is None


def test_polymorphic_references_show_name_and_type(org: Org) -> None:
    tasks = org.rest.query("SELECT Subject, What.Type, What.Name, Who.Name, Owner.IsActive FROM Task ORDER BY Subject")
    call, offer = tasks
    assert call["Who"] is None
    what, other = call["What"], offer["What"]
    assert isinstance(what, dict)
    assert isinstance(other, dict)
    assert (what["attributes"]["type"], what["Type"], what["Name"]) == ("Name", "Account", "Atlas O'Rourke Ltd")
    assert (other["Type"], other["Name"]) == ("Opportunity", "Pumps")
    assert "/sobjects/Opportunity/006" in other["attributes"]["url"]
    owner = offer["Owner"]
    assert isinstance(owner, dict)
    assert owner["IsActive"] is True
    assert org.rest.names("SELECT Subject FROM Task WHERE What.Type = 'Opportunity'", field="Subject") == ["Send offer"]
    assert org.rest.names("SELECT Subject FROM Task WHERE What.Name LIKE 'atlas%'", field="Subject") == ["Call back"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Tier__c = 'a'", ["Atlas"]),
        ("Tier__c != 'A'", ["Boreas", "ceres"]),
        ("ParentId = null", ["Atlas", "ceres"]),
        ("ParentId != null", ["Boreas"]),
        ("Parent.Name != 'x'", ["Atlas", "Boreas", "ceres"]),
        ("NOT Parent.Name = 'x'", ["Atlas", "Boreas", "ceres"]),
        ("NOT (Parent.Name LIKE 'Atlas%')", ["Atlas", "ceres"]),
        ("Key_Account__c = true AND NOT Tier__c = 'B'", ["Atlas"]),
        ("Key_Account__c = false OR AnnualRevenue > 1.5e0", None),
        ("Key_Account__c = false OR AnnualRevenue > 1500000", ["Atlas", "Boreas"]),
        ("AnnualRevenue >= 1500000.5 AND AnnualRevenue <= 1500000.5", ["Atlas"]),
        ("AnnualRevenue < 1", ["Boreas", "ceres"]),
        ("AnnualRevenue IN (0, 5)", ["Boreas", "ceres"]),
        ("Name LIKE '%O\\'R_urke%'", ["Atlas"]),
        ("Name LIKE 'BOREAS éNERGIE'", ["Boreas"]),
        ("Name = 'boreas Énergie'", ["Boreas"]),
        ("Name LIKE '%\\%%'", []),
        ("Name LIKE 'ceres%' OR (Tier__c = 'C' AND ParentId != null)", ["Boreas", "ceres"]),
        ("Tier__c IN ('B', 'C')", ["Boreas", "ceres"]),
        ("Tier__c NOT IN ('B', 'C')", ["Atlas"]),
        ("Industry NOT IN ('Energy')", ["Atlas", "Boreas", "ceres"]),
        ("Industry IN ('Energy', null)", ["Atlas", "Boreas", "ceres"]),
        ("Industry = ''", ["Atlas", "Boreas", "ceres"]),
        ("CreatedDate > 2024-12-02T08:59:59Z", ["Atlas"]),
        ("CreatedDate > 2024-12-02T10:59:59.000+02:00", ["Atlas"]),
        ("CreatedDate >= 2024-12-02T09:00:00+00:00 AND CreatedDate < 2024-12-02T09:00:01.000+0000", ["Atlas"]),
        ("LastActivityDate = 2026-10-30", ["Atlas"]),
        ("LastActivityDate <> 2026-10-30", ["Boreas", "ceres"]),
        ("LastActivityDate < 2026-10-31", ["Atlas"]),
        ("Id IN (SELECT AccountId FROM AccountTeamMember WHERE Account_Roles__c INCLUDES ('innovator'))", ["Atlas"]),
        ("Id NOT IN (SELECT AccountId FROM Opportunity WHERE IsClosed = false)", ["Boreas", "ceres"]),
        ("OwnerId IN (SELECT Id FROM User WHERE ManagerId != null) AND Tier__c = 'C'", ["Boreas"]),
    ],
)
def test_where_knows_case_nulls_and_literals_as_soql_does(org: Org, where: str, names: list[str] | None) -> None:
    soql = f"SELECT Name FROM Account WHERE {where} ORDER BY Name"
    if names is None:
        assert message(org, soql)[1] == "MALFORMED_QUERY"
        return
    assert [str(name).split()[0] for name in org.rest.names(soql)] == names


@pytest.mark.parametrize(
    ("test", "users"),
    [
        ("INCLUDES ('Innovator')", {"aylin", "bo"}),
        ("INCLUDES ('results driver;innovator')", {"aylin"}),
        ("INCLUDES ('Results Driver', 'Collaborator')", {"aylin"}),
        ("EXCLUDES ('Results Driver')", {"bo"}),
        ("= 'Results Driver;Innovator'", {"aylin"}),
        ("INCLUDES ('Results')", set()),
    ],
)
def test_multi_select_picklists_are_tested_value_by_value(org: Org, test: str, users: set[str]) -> None:
    soql = f"SELECT UserId FROM AccountTeamMember WHERE Account_Roles__c {test}"
    assert set(org.rest.names(soql, field="UserId")) == {org.crm.id_of(user) for user in users}


def test_ids_are_found_by_15_and_18_characters(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    assert len(atlas) == 18
    for form in (atlas, atlas[:15]):
        assert org.rest.names(f"SELECT Id FROM Account WHERE Id = '{form}'", field="Id") == [atlas]
    assert message(org, f"SELECT Id FROM Account WHERE Id = '{atlas[:14]}'")[1] == "INVALID_QUERY_FILTER_OPERATOR"
    assert message(org, f"SELECT Id FROM Account WHERE Id = '{atlas[:15]}XYZ'")[1] == "INVALID_QUERY_FILTER_OPERATOR"


@pytest.mark.parametrize("published", ["001D000000IqhSLIAZ", "01gD0000002HU6KIAW", "00190000001pPvHAAU"])
def test_the_last_three_characters_of_an_id_are_checked_as_salesforce_makes_them(org: Org, published: str) -> None:
    soql = "SELECT Id FROM Account WHERE Id = '{}'"
    assert org.rest.query(soql.format(published)) == []
    assert org.rest.query(soql.format(published[:15])) == []
    for changed in (published[:-1] + "5", published[:10] + published[10:15].swapcase() + published[15:]):
        assert message(org, soql.format(changed))[1] == "INVALID_QUERY_FILTER_OPERATOR"


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT Id, Nope__c FROM Account", "INVALID_FIELD", "No such column 'Nope__c' on entity 'Account'"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT Boss.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Boss'"),
        ("SELECT What.Amount FROM Task", "INVALID_FIELD", "No such column 'Amount' on entity 'Name'"),
        ("SELECT Id, ID FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Acount", "INVALID_TYPE", "sObject type 'Acount' is not supported"),
        ("SELECT Id FRM Account", "MALFORMED_QUERY", "unexpected token: 'FRM'"),
        ("SELECT Id FROM Account WHERE Id IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id,, Name FROM Account", "MALFORMED_QUERY", "unexpected token: ','"),
        ("SELECT FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "quote"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", "'OR'"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01T00:00:00", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account WHERE Name = '\\q'", "MALFORMED_QUERY", "Illegal character sequence"),
        ("SELECT Id FROM Account LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"),
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY", "ALL ROWS"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT Id FROM Task WHERE Description LIKE 'x%'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Task ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
        ("SELECT Id FROM AccountPlan WHERE Revenue_Goals__c = null", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Account WHERE Key_Account__c = 'true'", "INVALID_FIELD", "should not be enclosed"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "should be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "type datetime"),
        ("SELECT Id FROM Task WHERE ActivityDate = '2026-01-01'", "INVALID_FIELD", "type date"),
        ("SELECT Id FROM Account WHERE OwnerId LIKE '005%'", "INVALID_FIELD", "invalid operator"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('x')", "INVALID_FIELD", "INCLUDES"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Account)", "MALFORMED_QUERY", "same object type"),
        (
            "SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "'OR' operator",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'x' AND (Name = 'y' OR Id IN (SELECT AccountId FROM Contact))",
            "MALFORMED_QUERY",
            "top level",
        ),
    ],
)
def test_wrong_queries_are_refused_with_salesforce_codes(org: Org, soql: str, code: str, words: str) -> None:
    status, found, text = message(org, soql)
    assert (status, found) == (400, code)
    assert words in text


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT COUNT(Id) FROM Account",
        "SELECT Tier__c FROM Account GROUP BY Tier__c",
        "SELECT FIELDS(ALL) FROM Account LIMIT 200",
        "SELECT TYPEOF What WHEN Account THEN Name END FROM Task",
        "SELECT Id FROM Account WHERE CreatedDate = TODAY",
        "SELECT Id FROM Account WHERE CreatedDate > LAST_N_DAYS:30",
    ],
)
def test_soql_that_is_not_understood_here_is_refused_by_name(org: Org, soql: str) -> None:
    assert message(org, soql)[:2] == (501, "NOT_SERVED")


def test_conditions_nested_beyond_reason_are_refused_and_do_no_harm(org: Org) -> None:
    deep = "(" * 200 + "Name = 'x'" + ")" * 200
    assert message(org, f"SELECT Id FROM Account WHERE {deep}")[1] == "QUERY_TOO_COMPLICATED"
    wide = quote("SELECT Id FROM Account WHERE " + " OR ".join(["Name = ''"] * 1200))
    request = {"method": "GET", "url": f"v66.0/query?q={wide}"}
    rows = org.rest.call("POST", "composite/batch", {"batchRequests": [request]}).record()["results"]
    assert isinstance(rows, list)
    assert rows[0]["result"][0]["errorCode"] == "QUERY_TOO_COMPLICATED"
    assert len(org.rest.query("SELECT Id FROM Account")) == 3


def test_strings_and_uris_have_salesforce_limits(org: Org) -> None:
    assert org.rest.page(f"SELECT Id FROM Account WHERE Name = '{'x' * 4000}'").status == 200
    assert message(org, f"SELECT Id FROM Account WHERE Name = '{'x' * 4001}'")[0] == 400
    long_uri = org.rest.page("SELECT Id FROM Account WHERE Name = 'x'" + " " * 17_000)
    assert long_uri.status == 414
    assert long_uri.content.startswith(b"<html>")
    headers = org.rest.call("GET", "limits", headers={"X-Padding": "x" * 16_384})
    assert headers.status == 431
    assert org.rest.call("GET", "limits").status == 200


def test_count_limit_offset_and_nulls_order(org: Org) -> None:
    counted = org.rest.page("SELECT COUNT() FROM Account WHERE Tier__c != 'A'").record()
    assert counted == {"totalSize": 2, "done": True, "records": []}
    ordered = "SELECT Name FROM Account ORDER BY LastActivityDate {}, Name LIMIT 2 OFFSET 1"
    assert org.rest.names(ordered.format("ASC")) == ["ceres 食品", "Atlas O'Rourke Ltd"]
    assert org.rest.names(ordered.format("DESC NULLS LAST")) == ["Boreas Énergie", "ceres 食品"]
    assert org.rest.page("SELECT Id FROM Account LIMIT 0").record()["totalSize"] == 0


def test_pages_follow_each_other_by_next_records_url(org: Org) -> None:
    rows = [{"attributes": {"type": "Contact"}, "LastName": f"P{number:03d}"} for number in range(200)]
    for _ in range(2):
        assert org.rest.call("POST", "composite/sobjects", {"records": rows}).status == 200
    soql = "SELECT Id, LastName FROM Contact WHERE LastName LIKE 'P%' ORDER BY LastName"
    first = org.rest.page(soql, batch=200)
    assert (first.record()["totalSize"], first.record()["done"], len(first.rows())) == (400, False, 200)
    following = str(first.record()["nextRecordsUrl"])
    assert following.startswith("/services/data/v66.0/query/01g")
    assert following.endswith("-200")
    second = org.rest.call("GET", following, headers={"Sforce-Query-Options": "batchSize=200"})
    assert second.record()["done"] is True
    assert "nextRecordsUrl" not in second.record()
    names = [record["LastName"] for record in [*first.rows(), *second.rows()]]
    assert names == sorted([str(row["LastName"]) for row in rows] * 2)
    assert org.rest.page(soql).record()["done"] is True, "without a wish a page holds 2,000"
    assert len(org.rest.page(soql, batch=3).rows()) == 200, "a wish below 200 is not granted"


def test_a_cursor_keeps_its_rows_while_others_write_and_dies_after_two_days(org: Org) -> None:
    org.crm.switches = replace(org.crm.switches, page_size=1)
    page = org.rest.page("SELECT Id, Name FROM Account ORDER BY Name")
    following = str(page.record()["nextRecordsUrl"])
    org.rest.call("POST", "sobjects/Account", {"Name": "AAA"})
    assert org.rest.call("GET", following).rows()[0]["Name"] == "Boreas Énergie"
    assert org.rest.call("GET", following).rows()[0]["Name"] == "Boreas Énergie", "a page can be read twice"
    for wrong in ("query/01g000000000001AAA-1", "query/nonsense"):
        assert org.rest.call("GET", wrong).failure() == (400, "INVALID_QUERY_LOCATOR")
    org.clock.advance(days=2, seconds=1)
    org.rest.log_in()
    assert org.rest.call("GET", following).failure() == (400, "INVALID_QUERY_LOCATOR")
    assert len(org.rest.query("SELECT Id FROM Account")) == 4


def test_query_hides_deleted_and_archived_records_and_query_all_shows_them(org: Org) -> None:
    task = org.rest.names("SELECT Id FROM Task WHERE Subject = 'Call back'", field="Id")[0]
    offer = org.rest.names("SELECT Id FROM Task WHERE Subject = 'Send offer'", field="Id")[0]
    org.crm.people.delete_task(str(offer))
    org.clock.advance(days=7)
    org.rest.log_in()
    subjects = "SELECT Subject, IsDeleted, IsArchived FROM Task ORDER BY Subject"
    assert [row["Subject"] for row in org.rest.query(subjects)] == ["Call back"]
    everything = org.rest.query(subjects, every=True)
    assert [(row["Subject"], row["IsDeleted"], row["IsArchived"]) for row in everything] == [
        ("Call back", False, False),
        ("Send offer", True, False),
    ]
    org.clock.advance(days=360)
    org.rest.log_in()
    assert org.rest.query(subjects) == []
    assert org.rest.query("SELECT Id FROM Event") == [], "a meeting that ended a year ago is archived too"
    archived = org.rest.query(subjects, every=True)
    assert [(row["Subject"], row["IsArchived"]) for row in archived] == [("Call back", True)]
    assert len(org.rest.query("SELECT Id FROM Task WHERE IsDeleted = false", every=True)) == 1
    assert org.rest.call("PATCH", f"sobjects/Task/{task}", {"Priority": "Low"}).status == 204, "still updateable"
    assert org.rest.task(task, "IsArchived")["IsArchived"] is True
