"""No error, result or set-up finding tells a secret, an address, a record's content or a query."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Callable, Iterator

import pytest
import requests
import responses

from kam_sync.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    KamSyncError,
    MalformedAnswerError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
)
from kam_sync.ports import Line, Priority, Section, TaskStatus, TaskText, TaskWrite
from kam_sync.records import RecordKind
from kam_sync_salesforce import SalesforceConnector
from support_salesforce import HOST, KEY, SECRET, TOKEN, Org, Reply, row_results, sfid, task_row

ADDRESS = "amal@vendor.example"
CONTENT = "Geheime Zeile"
LEAK = f"{CONTENT} {ADDRESS} {TOKEN} {SECRET} {HOST}/services/data/v66.0/query/?q=SELECT+Id"
PRIVATE = (ADDRESS, CONTENT, TOKEN, SECRET, "consumer-key-77", "SELECT", "?q=", "Bearer", "a.example")

Act = Callable[[SalesforceConnector], object]


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def describe(connector: SalesforceConnector) -> object:
    return connector.describe()


def pull_users(connector: SalesforceConnector) -> object:
    return list(connector.pull(RecordKind.USER, tuple))


def read(connector: SalesforceConnector) -> object:
    return connector.read_tasks([sfid("00T", 1)])


def write(connector: SalesforceConnector) -> object:
    return connector.write_tasks(
        [
            TaskWrite(
                operation_id="1",
                key=KEY,
                task_id=None,
                account_id=sfid("001", 1),
                subject=CONTENT,
                text=TaskText(
                    sections=(Section(heading=CONTENT, lines=(Line(text=ADDRESS, url="https://a.example/"),)),)
                ),
                owner_id=sfid("005", 1),
                due_on=dt.date(2026, 12, 1),
                priority=Priority.HIGH,
                status=TaskStatus.OPEN,
            )
        ]
    )


def error(status: int, code: str) -> Reply:
    return status, [{"errorCode": code, "message": LEAK, "fields": [ADDRESS]}]


CASES: list[tuple[str, Reply, Act, type[KamSyncError]]] = [
    ("oauth2/token", (400, {"error": "invalid_grant", "error_description": LEAK}), describe, AuthError),
    ("oauth2/token", (400, {"error": LEAK}), describe, MalformedAnswerError),
    ("oauth2/token", (200, LEAK), describe, MalformedAnswerError),
    ("oauth2/token", (503, LEAK), describe, TransientError),
    ("oauth2/token", requests.ConnectionError(LEAK), describe, TransientError),
    ("FROM User", error(401, "INVALID_SESSION_ID"), pull_users, AuthError),
    ("FROM User", error(403, "INSUFFICIENT_ACCESS"), pull_users, PermissionDeniedError),
    ("FROM User", (403, LEAK), pull_users, PermissionDeniedError),
    ("FROM User", error(403, LEAK), pull_users, PermissionDeniedError),
    ("FROM User", error(429, "X"), pull_users, RateLimitedError),
    ("FROM User", error(403, "REQUEST_LIMIT_EXCEEDED"), pull_users, QuotaExhaustedError),
    ("FROM User", error(500, "UNKNOWN_EXCEPTION"), pull_users, TransientError),
    ("FROM User", requests.ConnectionError(LEAK), pull_users, TransientError),
    ("FROM User", requests.exceptions.SSLError(LEAK), pull_users, ConnectorError),
    ("FROM User", error(400, "INVALID_FIELD"), pull_users, ConnectorError),
    ("FROM User", error(400, "INVALID_QUERY_LOCATOR"), pull_users, ConnectorError),
    ("FROM User", error(410, "UNSUPPORTED_API_VERSION"), pull_users, ConfigError),
    ("FROM User", (200, LEAK), pull_users, MalformedAnswerError),
    ("FROM User", (200, {"done": True, "records": [{"Id": LEAK}]}), pull_users, MalformedAnswerError),
    (
        "FROM Task ",
        (200, {"totalSize": 1, "done": True, "records": [task_row(ActivityDate=LEAK)]}),
        read,
        MalformedAnswerError,
    ),
    ("composite/sobjects", error(403, "INSUFFICIENT_ACCESS"), write, PermissionDeniedError),
    ("composite/sobjects", error(400, "JSON_PARSER_ERROR"), write, ConnectorError),
]


def assert_private(text: str) -> None:
    assert [private for private in PRIVATE if private in text] == []


@pytest.mark.parametrize(("call", "reply", "act", "expected"), CASES)
def test_errors_tell_nothing_private_and_what_to_do(
    org: Org, call: str, reply: Reply, act: Act, expected: type[KamSyncError]
) -> None:
    org.reply(call, *[reply] * 12)
    with pytest.raises(expected) as caught:
        act(org.connector())
    message = str(caught.value)
    assert_private(message)
    assert_private(repr(caught.value.args))
    # What a log prints: the chain of causes too. Frames show source lines, never values.
    assert_private("".join(traceback.TracebackException.from_exception(caught.value).format_exception_only()))
    printed: BaseException | None = caught.value
    while printed is not None:
        assert_private(str(printed))
        printed = printed.__cause__ or (None if printed.__suppress_context__ else printed.__context__)
    assert ":" in message, "says what happened and, behind a colon, what to do"


ROWS: list[Reply] = [
    (200, row_results({"statusCode": code, "message": LEAK, "fields": ["OwnerId", ADDRESS]}))
    for code in (
        "STRING_TOO_LONG",
        "DUPLICATE_VALUE",
        "INACTIVE_OWNER_OR_USER",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
        "SOMETHING_NEW",
        LEAK,
    )
]


@pytest.mark.parametrize("reply", [*ROWS, (503, LEAK), (200, LEAK), requests.ConnectionError(LEAK)])
def test_results_of_writes_tell_nothing_private(org: Org, reply: Reply) -> None:
    org.reply("composite/sobjects", *[reply] * 12)
    results = write(org.connector())
    assert_private(repr(results))


def test_an_administrators_words_are_told_without_addresses_and_record_content(org: Org) -> None:
    message = f"{CONTENT}: ask {ADDRESS} first"
    org.reply(
        "composite/sobjects",
        (200, row_results({"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": message})),
    )
    results = write(org.connector())
    assert_private(repr(results))
    assert "ask … first" in repr(results)


def test_rejected_records_tell_no_values(org: Org) -> None:
    org.rows["User"] = [
        [{"Id": sfid("005", 1), "Name": 7, "Email": {"x": ADDRESS}, "IsActive": True, "ManagerId": CONTENT}]
    ]
    pages = list(org.connector().pull(RecordKind.USER, tuple))
    assert len(pages[0].rejected) == 1
    assert_private(repr(pages))


def test_connectors_and_their_settings_show_no_secret(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    for each in (connector, connector._settings, connector._settings.auth, connector._client):
        assert_private(repr(each))
