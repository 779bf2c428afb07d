"""SOQL: quoting, names, ids; and paging, where any doubt about a page is an error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from kam_sync.errors import ConfigError, ConnectorError, MalformedAnswerError
from kam_sync.records import RecordKind, User
from kam_sync_salesforce._queries import Query, any_of, chunks, path, quote, record_id
from support_salesforce import DATA, Org, Reply, sfid


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def user(number: int) -> dict[str, object]:
    return {
        "Id": sfid("005", number),
        "Name": f"User {number}",
        "Email": None,
        "IsActive": True,
        "ManagerId": None,
        "UserType": "Standard",
    }


def names(org: Org) -> list[str]:
    pages = org.connector().pull(RecordKind.USER, tuple)
    return [record.name for page in pages for record in page.records if isinstance(record, User)]


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("O'Brien\\", "'O\\'Brien\\\\'"),
        ("' OR Name != '", "'\\' OR Name != \\''"),
        ('say "hi"', "'say \\\"hi\\\"'"),
        ("two\nlines\tand\r\b\f", "'two\\nlines\\tand\\r\\b\\f'"),
        ("مرحبا", "'مرحبا'"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (0.1, "0.1"),
        (1e21, "1000000000000000000000"),
        (dt.date(2026, 2, 3), "2026-02-03"),
        (dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2026-02-03T02:05:06Z"),
    ],
)
def test_values_are_quoted(value: str | bool | float | dt.date, literal: str) -> None:
    assert quote(value) == literal


@given(st.text())
def test_texts_are_quoted_as_the_vendors_own_library_does(text: str) -> None:
    assert quote(text) == format_soql("{}", text)


@given(st.text(alphabet="'\\\"\n ab", max_size=12))
def test_no_text_ends_its_literal_early(text: str) -> None:
    inner = quote(text)[1:-1]
    while inner:
        assert inner[0] not in "'\n"
        inner = inner[2:] if inner[0] == "\\" else inner[1:]


@pytest.mark.parametrize("name", ["", "Name FROM User", "A'b", "A-b", "Ünit", "a..b", "Name\n", "1st", "a" * 81])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="API name"):
        path(name)


def test_paths_and_conditions() -> None:
    assert path("", "Tier__c") == "Tier__c"
    assert path("Account", "Tier__c") == "Account.Tier__c"
    assert any_of("A", ["x"]) == "A = 'x'"
    assert any_of("A", ["x", "y"]) == "A IN ('x', 'y')"
    assert any_of("A", [True, False]) == "(A = TRUE OR A = FALSE)"
    with pytest.raises(ValueError, match="IN"):
        any_of("A", [])


def test_ids_become_18_characters() -> None:
    # The example is from Salesforce's own help on 15- and 18-character ids.
    assert record_id("0013000000CLU2r") == "0013000000CLU2rAAH"
    assert record_id("0013000000CLU2rAAH") == "0013000000CLU2rAAH"
    for wrong in ("", "0013000000CLU2", "0013000000CLU2rAAH'", "0013000000CLU2rA", None, 7, "0013000000CLU2 "):
        with pytest.raises(ValueError, match="15 or 18") as caught:
            record_id(wrong)
        assert "0013" not in str(caught.value)


def test_queries_come_in_the_order_of_id_and_can_be_taken_up_again() -> None:
    query = Query(sobject="Account", fields=("Id", "Name", "Name"), where=("Name != null", "(A = 1 OR B = 2)"))
    assert query.soql() == "SELECT Id, Name FROM Account WHERE Name != null AND (A = 1 OR B = 2) ORDER BY Id"
    after = query.soql(after="0013000000CLU2rAAH")
    assert after.endswith("AND (A = 1 OR B = 2) AND Id > '0013000000CLU2rAAH' ORDER BY Id")
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]


def test_pages_are_followed_to_the_end(org: Org) -> None:
    org.rows["User"] = [[user(1), user(2)], [], [user(3)]]
    assert names(org) == ["User 1", "User 2", "User 3"]
    assert [each.path for each in org.sent[-2:]] == [f"{DATA}/query/User-1", f"{DATA}/query/User-2"]


def test_no_rows_are_no_pages(org: Org) -> None:
    assert list(org.connector().pull(RecordKind.USER, tuple)) == []


GONE: Reply = (400, [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])


def test_a_lost_cursor_restarts_the_query_behind_the_last_row_seen(org: Org) -> None:
    org.rows["User"] = [[user(1), user(2)], [user(3)]]
    org.reply("GET .*/query/User-1", GONE)
    org.reply(
        "FROM User WHERE Id >",
        (200, {"totalSize": 1, "done": True, "records": [{"attributes": {"type": "User"}, **user(3)}]}),
    )
    assert names(org) == ["User 1", "User 2", "User 3"]
    assert org.queries("User")[-1].soql.endswith(f"WHERE Id > '{sfid('005', 2)}' ORDER BY Id")


def test_a_cursor_that_is_always_lost_ends_in_an_error(org: Org) -> None:
    org.reply("GET .*FROM User", *[GONE] * 9)
    with pytest.raises(ConnectorError, match="INVALID_QUERY_LOCATOR"):
        names(org)
    assert len(org.queries("User")) == 4


def page(**changes: object) -> dict[str, object]:
    answer = {"totalSize": 1, "done": True, "records": [user(1)], **changes}
    return {name: value for name, value in answer.items() if value is not ...}


@pytest.mark.parametrize(
    "body",
    [
        "<html>We are down for maintenance</html>",
        '{"totalSize": 1, "done": true, "records": [{"Id": "005',
        None,
        [],
        17,
        "",
        page(done=...),
        page(done="true"),
        page(records=...),
        page(records={"0": user(1)}),
        page(records=["x"]),
        page(records=[{"Name": "no id"}]),
        page(records=[{**user(1), "Id": "short"}]),
        page(totalSize=2),
        page(totalSize=...),
        page(done=False),
        page(done=False, nextRecordsUrl="@evil.example/services/data/x"),
        page(done=False, nextRecordsUrl="/elsewhere"),
    ],
)
def test_a_doubtful_page_is_believed_in_no_part(org: Org, body: object) -> None:
    org.reply("GET .*FROM User", (200, body))
    seen: list[object] = []
    with pytest.raises(MalformedAnswerError):
        seen.extend(org.connector().pull(RecordKind.USER, tuple))
    assert seen == []


def test_the_same_page_over_and_over_is_malformed(org: Org) -> None:
    org.rows["User"] = [[user(1)], [user(2)]]
    again = page(done=False, records=[], nextRecordsUrl=f"{DATA}/query/User-1")
    org.reply("GET .*/query/User-1", (200, again), (200, again))
    with pytest.raises(MalformedAnswerError, match="same page"):
        names(org)


def test_a_doubtful_later_page_is_an_error_too(org: Org) -> None:
    org.rows["User"] = [[user(1)], [user(2)]]
    org.reply("GET .*/query/User-1", (200, "<html>"))
    pages = org.connector().pull(RecordKind.USER, tuple)
    assert len(next(pages).records) == 1
    with pytest.raises(MalformedAnswerError):
        next(pages)


def test_a_query_that_does_not_fit_a_url_is_refused_before_it_is_sent(org: Org) -> None:
    org.field("Account", "Tier__c").update(type="string", picklistValues=[])
    connector = org.connector(scope={"field": "Tier__c", "values": [f"{n:03d}" + "é" * 60 for n in range(99)]})
    connector.describe()
    with pytest.raises(ConfigError, match="scope"):
        list(connector.pull(RecordKind.CONTACT, tuple))
    assert org.queries("Contact") == []


def test_quotes_in_scope_values_stay_values(org: Org) -> None:
    org.field("Account", "Tier__c").update(type="string", picklistValues=[])
    connector = org.connector(scope={"field": "Tier__c", "values": ["O'Neil \\ Sons", "B') OR (Name != '"]})
    list(connector.pull(RecordKind.CONTACT, tuple))
    assert "WHERE Account.Tier__c IN ('O\\'Neil \\\\ Sons', 'B\\') OR (Name != \\'') ORDER" in org.sent[-1].soql
