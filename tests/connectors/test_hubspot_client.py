"""One call at a time: addresses, headers, shapes, failures, repeats, rates."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from kam_sync.errors import (
    AuthError,
    ConnectorError,
    MalformedAnswerError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
)
from kam_sync_hubspot._addresses import versioned_path
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot._errors import RejectedCallError, UnansweredError, error_of, safe_words
from kam_sync_hubspot.settings import HubSpotSettings
from support_hubspot import TOKEN, Waits, associated, batch, client_of, definition, listing, owner, record, settings_for
from support_scripted_server import Reply, ScriptedServer, scripted_server

HTML = Reply(body="<!DOCTYPE html><html><body>Sorry</body></html>", content_type="text/html; charset=utf-8")
COMPANIES = listing([record("1", name="Ostsee Werft")])


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


def call_everything(client: HubSpotClient, server: ScriptedServer) -> None:
    server.script(
        Reply(body={"portalId": 8123456, "uiDomain": "app.hubspot.com"}),
        Reply(body={"results": [definition("name")]}),
        Reply(body=COMPANIES),
        Reply(body=listing([owner("7", "Ines", "Duarte")])),
        Reply(body=batch([record("1", name="Ostsee Werft")])),
        Reply(body=associated({"1": ["2"]})),
        Reply(status=201, body=batch([record("9")])),
        Reply(body=batch([record("9")])),
    )
    client.account_details()
    client.properties("companies")
    client.list_page("companies", ("name",), after=None)
    client.owners_page(archived=False, after=None)
    client.read_batch("companies", ["1"], ("name",))
    client.read_associations("companies", "tasks", [("1", None)])
    client.create_tasks([{"properties": {"hs_task_subject": "Call"}}])
    client.update_tasks([{"id": "9", "properties": {"hs_task_subject": "Call"}}])


DATED = [
    "GET /account-info/{v}/details",
    "GET /crm/properties/{v}/companies",
    "GET /crm/objects/{v}/companies",
    "GET /crm/owners/{v}",
    "POST /crm/objects/{v}/companies/batch/read",
    "POST /crm/associations/{v}/companies/tasks/batch/read",
    "POST /crm/objects/{v}/tasks/batch/create",
    "POST /crm/objects/{v}/tasks/batch/update",
]
LEGACY = [
    "GET /account-info/v3/details",
    "GET /crm/v3/properties/companies",
    "GET /crm/v3/objects/companies",
    "GET /crm/v3/owners/",
    "POST /crm/v3/objects/companies/batch/read",
    "POST /crm/v4/associations/companies/tasks/batch/read",
    "POST /crm/v3/objects/tasks/batch/create",
    "POST /crm/v3/objects/tasks/batch/update",
]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2026-09", [path.format(v="2026-09") for path in DATED]),
        ("2026-03", [path.format(v="2026-03") for path in DATED]),
        ("v3", LEGACY),
    ],
)
def test_addresses_of_each_api_version(server: ScriptedServer, version: str, expected: list[str]) -> None:
    with client_of(server, settings={"api_version": version}) as client:
        call_everything(client, server)
    assert server.paths() == expected


def test_a_path_without_a_dated_form_is_refused() -> None:
    with pytest.raises(ValueError, match="no dated form"):
        versioned_path("/crm/v3/objectsandmore", "2026-09")


def test_every_request_is_authorised_asks_for_gzip_and_shares_one_connection(server: ScriptedServer) -> None:
    with client_of(server) as client:
        call_everything(client, server)
    for request in server.requests:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert request.headers["Accept-Encoding"] == "gzip"
        assert request.headers["User-Agent"].startswith("kam-sync/")
    assert server.connections_made == 1


def test_a_compressed_answer_is_read(server: ScriptedServer) -> None:
    server.script(Reply(body=COMPANIES, zipped=True))
    with client_of(server) as client:
        page = client.list_page("companies", ("name",), after=None)
    assert [each.properties["name"] for each in page.objects] == ["Ostsee Werft"]


def test_list_asks_for_full_pages_named_properties_and_living_records(server: ScriptedServer) -> None:
    server.script(Reply(body=listing([], after="abc")), Reply(body=COMPANIES))
    with client_of(server) as client:
        first = client.list_page("companies", ("name", "domain"), after=None)
        client.list_page("companies", ("name", "domain"), after=first.after)
    assert server.requests[0].query == {"limit": ["100"], "properties": ["name", "domain"], "archived": ["false"]}
    assert server.requests[1].query["after"] == ["abc"]


MALFORMED = {
    "HTML with 200": HTML,
    "no content type": Reply(body=COMPANIES, content_type=None),
    "another content type": Reply(body=COMPANIES, content_type="text/plain"),
    "truncated JSON": Reply(body='{"results": [{"id": "1", "prop'),
    "nothing": Reply(body=""),
    "a list": Reply(body=[1, 2]),
    "null": Reply(body="null"),
    "bottomless JSON": Reply(body="[" * 100_000),
    "no results": Reply(body={"paging": {}}),
    "results null": Reply(body={"results": None}),
    "results object": Reply(body={"results": {}}),
    "record is text": Reply(body={"results": ["1"]}),
    "record without id": Reply(body={"results": [{"properties": {"name": "x"}}]}),
    "id is not digits": Reply(body=listing([record("1a", name="x")])),
    "id is a boolean": Reply(body={"results": [{"id": True, "properties": {"name": "x"}}]}),
    "record without properties": Reply(body={"results": [{"id": "1"}]}),
    "properties ignored": Reply(body=listing([record("1")])),
    "archived is text": Reply(body={"results": [{"id": "1", "properties": {"name": "x"}, "archived": "no"}]}),
    "record twice": Reply(body=listing([record("1", name="x"), record("1", name="x")])),
    "paging is text": Reply(body={"results": [], "paging": "next"}),
    "cursor missing": Reply(body={"results": [], "paging": {"next": {}}}),
    "cursor is a number": Reply(body={"results": [], "paging": {"next": {"after": 5}}}),
    "status 201": Reply(status=201, body=COMPANIES),
    "status 202": Reply(status=202, body=COMPANIES),
    "status 204": Reply(status=204, body=""),
    "status 207": Reply(status=207, body=COMPANIES),
    "broken gzip": Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_list_answer_of_another_shape_is_refused_and_not_asked_again(server: ScriptedServer, name: str) -> None:
    server.script(MALFORMED[name])
    with client_of(server) as client, pytest.raises(MalformedAnswerError, match="list companies"):
        client.list_page("companies", ("name",), after=None)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"results": []},
        {"results": [{"label": "Name", "type": "string"}]},
        {"results": [{"name": "name", "label": "Name"}]},
        {"results": [{"name": 5, "type": "string"}]},
        {"results": [{"name": "name", "type": "string", "options": "none"}]},
    ],
)
def test_property_definitions_of_another_shape_are_refused(server: ScriptedServer, body: object) -> None:
    server.script(Reply(body=body))
    with client_of(server) as client, pytest.raises(MalformedAnswerError):
        client.properties("companies")


@pytest.mark.parametrize("body", [{"portalId": None}, {"portalId": "x"}, {"portalId": True}, {}, []])
def test_account_details_of_another_shape_are_refused(server: ScriptedServer, body: object) -> None:
    server.script(Reply(body=body))
    with client_of(server) as client, pytest.raises(MalformedAnswerError):
        client.account_details()


@pytest.mark.parametrize(
    "body",
    [
        {"results": [{"id": "7", "firstName": 5, "archived": False}]},
        {"results": [{"id": "7", "firstName": "Ines"}]},
        {"results": [{"id": None, "archived": False}]},
        {"owners": []},
    ],
)
def test_owners_of_another_shape_are_refused(server: ScriptedServer, body: object) -> None:
    server.script(Reply(body=body))
    with client_of(server) as client, pytest.raises(MalformedAnswerError):
        client.owners_page(archived=False, after=None)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "PENDING", "results": []},
        {"status": "PROCESSING", "results": []},
        {"status": "COMPLETE"},
        {"status": "COMPLETE", "results": [], "errors": "none"},
        {"status": "COMPLETE", "results": [], "errors": [{"context": []}]},
    ],
)
def test_batch_answers_of_another_shape_are_refused(server: ScriptedServer, body: object) -> None:
    server.script(Reply(body=body), Reply(body=body))
    with client_of(server) as client:
        with pytest.raises(MalformedAnswerError):
            client.read_batch("tasks", ["1"], ("hs_timestamp",))
        if isinstance(body, dict) and "errors" not in body:
            with pytest.raises(MalformedAnswerError):
                client.read_associations("companies", "tasks", [("1", None)])


@pytest.mark.parametrize(
    "result",
    [
        {"to": []},
        {"from": {"id": "1"}},
        {"from": {"id": "x"}, "to": []},
        {"from": {"id": "1"}, "to": [{"toObjectId": None}]},
        {"from": {"id": "1"}, "to": [{"toObjectId": 1.5}]},
        {"from": {"id": "1"}, "to": [], "paging": {"next": {"after": None}}},
    ],
)
def test_associations_of_another_shape_are_refused(server: ScriptedServer, result: object) -> None:
    server.script(Reply(body={"status": "COMPLETE", "results": [result]}))
    with client_of(server) as client, pytest.raises(MalformedAnswerError):
        client.read_associations("companies", "tasks", [("1", None)])


def test_a_record_that_comes_twice_with_associations_is_refused(server: ScriptedServer) -> None:
    body = associated({"1": ["5"]})
    results = body["results"]
    assert isinstance(results, list)
    server.script(Reply(body={**body, "results": results * 2}))
    with client_of(server) as client, pytest.raises(MalformedAnswerError, match="twice"):
        client.read_associations("companies", "tasks", [("1", None)])


def test_association_ids_are_read_as_numbers_and_as_text(server: ScriptedServer) -> None:
    server.script(Reply(body=associated({"1": [5, "6"]})))
    with client_of(server) as client:
        [found] = client.read_associations("companies", "tasks", [("1", None)]).to_ids.values()
        assert list(found) == ["5", "6"]


# Failures --------------------------------------------------------------------------------------------------------


def error_body(category: str, message: str = "It failed.", **more: object) -> dict[str, object]:
    return {
        "status": "error",
        "category": category,
        "message": message,
        "correlationId": "a8d2c7b0-0000-4000-8000-00000000000c",
        **more,
    }


FAILURES = [
    (401, error_body("INVALID_AUTHENTICATION"), AuthError, "not accepted"),
    (401, error_body("EXPIRED_AUTHENTICATION"), AuthError, "has expired"),
    (530, "error code: 1016", AuthError, "wrong form"),
    (403, error_body("MISSING_SCOPES", context={"missingScopes": ["crm.objects.deals.read"]}), PermissionDeniedError,
     "crm.objects.deals.read"),
    (403, error_body("MISSING_SCOPES", errors=[{"context": {"missingScopes": ["crm.objects.owners.read"]}}]),
     PermissionDeniedError, "crm.objects.owners.read"),
    (403, "forbidden", PermissionDeniedError, "README"),
    (404, "<html>not here</html>", ConnectorError, "api_version"),
    (404, error_body("OBJECT_NOT_FOUND"), RejectedCallError, "It failed"),
    (400, error_body("VALIDATION_ERROR"), RejectedCallError, "It failed"),
    (409, error_body("CONFLICT"), RejectedCallError, "It failed"),
    (414, "", ConnectorError, "fewer properties"),
    (477, error_body("MIGRATION"), ConnectorError, "24.0 hours"),
    (429, error_body("RATE_LIMITS", policyName="DAILY"), QuotaExhaustedError, "midnight"),
    (429, {"message": "You have reached your daily limit.", "errorType": "RATE_LIMIT"}, QuotaExhaustedError, "day"),
    (302, "", ConnectorError, "302"),
    (501, "", ConnectorError, "501"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "expected", "words"), FAILURES)
def test_failures_that_stop_are_classed_and_not_repeated(
    server: ScriptedServer, status: int, body: object, expected: type[ConnectorError], words: str
) -> None:
    waits = Waits()
    server.script(Reply(status=status, body=body, headers={"Location": "http://127.0.0.1:9/elsewhere"}))
    with client_of(server, waits) as client, pytest.raises(ConnectorError, match=words) as raised:
        client.list_page("companies", ("name",), after=None)
    assert type(raised.value) is expected
    assert not raised.value.retryable
    assert raised.value.__suppress_context__
    assert "list companies" in str(raised.value)
    if isinstance(body, dict) and "correlationId" in body:
        assert "a8d2c7b0-0000-4000-8000-00000000000c" in str(raised.value)
    assert len(server.requests) == 1
    assert waits.slept == []


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 521, 522, 523, 524])
def test_failures_that_pass_are_repeated_until_they_have_passed(server: ScriptedServer, status: int) -> None:
    waits = Waits()
    server.script(
        Reply(status=status, body="<html>gateway</html>", content_type="text/html"),
        Reply(status=status, body=error_body("INTERNAL")),
        Reply(body=COMPANIES),
    )
    with client_of(server, waits) as client:
        assert len(client.list_page("companies", ("name",), after=None).objects) == 1
        assert client.usage().requests == 3
    assert len(waits.slept) == 2


def test_a_fault_that_does_not_pass_is_raised_in_the_end(server: ScriptedServer) -> None:
    server.script(*[Reply(status=503, body="")] * 5)
    with client_of(server) as client, pytest.raises(TransientError, match="503"):
        client.list_page("companies", ("name",), after=None)
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (429, {"Retry-After": "7"}, {"policyName": "TEN_SECONDLY_ROLLING"}, 7.0),
        (429, {}, {"policyName": "TEN_SECONDLY_ROLLING"}, 10.0),
        (429, {}, {"policyName": "SECONDLY"}, 1.0),
        (423, {}, {}, 2.0),
        (423, {"Retry-After": "1"}, {}, 2.0),
        (423, {"Retry-After": "9"}, {}, 9.0),
    ],
)
def test_it_waits_as_long_as_hubspot_asks(
    server: ScriptedServer, status: int, headers: dict[str, str], body: dict[str, str], expected: float
) -> None:
    waits = Waits()
    server.script(Reply(status=status, headers=headers, body=body), Reply(body=COMPANIES))
    with client_of(server, waits) as client:
        client.list_page("companies", ("name",), after=None)
    assert waits.slept == [expected]


def test_a_longer_wait_than_the_policy_allows_is_left_for_another_run(server: ScriptedServer) -> None:
    waits = Waits()
    server.script(Reply(status=429, headers={"Retry-After": "600"}, body={}))
    with client_of(server, waits) as client, pytest.raises(RateLimitedError) as raised:
        client.list_page("companies", ("name",), after=None)
    assert raised.value.retry_after == 600
    assert waits.slept == []


def test_a_429_without_any_hint_backs_off(server: ScriptedServer) -> None:
    waits = Waits()
    server.script(Reply(status=429, body="slow down", content_type="text/plain"), Reply(body=COMPANIES))
    with client_of(server, waits) as client:
        client.list_page("companies", ("name",), after=None)
    assert len(waits.slept) == 1


@pytest.mark.parametrize(
    "reply", [Reply(dropped=True), Reply(body=COMPANIES, cut=50), Reply(status=503, body="x", cut=9)]
)
def test_a_connection_that_breaks_is_tried_again(server: ScriptedServer, reply: Reply) -> None:
    server.script(reply, Reply(body=COMPANIES))
    with client_of(server) as client:
        assert len(client.list_page("companies", ("name",), after=None).objects) == 1


def test_a_host_that_is_not_there_is_a_passing_fault() -> None:
    with scripted_server() as gone:
        url = gone.url
    settings = HubSpotSettings.model_validate(
        {"auth": {"access_token": TOKEN}, "host": url, "allow_loopback_http": True}
    )
    client = HubSpotClient(settings, Waits().runtime())
    with pytest.raises(TransientError, match="no connection to http://127"):
        client.account_details()
    assert client.usage().requests == 5
    client.close()


def test_silence_is_a_timeout_that_is_repeated(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam_sync_hubspot._client.TIMEOUT", (5, 0.05))
    server.script(*[Reply(body=COMPANIES, held=True)] * 5)
    with client_of(server) as client:
        with pytest.raises(TransientError, match=r"within 0\.05 seconds"):
            client.list_page("companies", ("name",), after=None)
        server.release()
    assert len(server.requests) == 5


def test_a_tls_failure_is_told_without_the_sdks_own_error() -> None:
    with scripted_server() as plain:
        settings = HubSpotSettings.model_validate(
            {"auth": {"access_token": TOKEN}, "host": plain.url.replace("http:", "https:")}
        )
        client = HubSpotClient(settings, Waits().runtime())
        with pytest.raises(ConnectorError, match="secure connection") as raised:
            client.account_details()
        client.close()
    assert not raised.value.retryable


# Creates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        Reply(dropped=True),
        Reply(status=500, body={}),
        Reply(status=502, body="<html></html>", content_type="text/html"),
        Reply(status=504, body={}),
        Reply(status=201, body=batch([]), cut=20),
        Reply(status=201, body="<html></html>", content_type="text/html"),
        Reply(status=201, body='{"results": ['),
        Reply(status=201, body={"status": "COMPLETE"}),
        Reply(status=204, body=""),
    ],
)
def test_a_create_without_a_believable_answer_is_sent_once(server: ScriptedServer, reply: Reply) -> None:
    waits = Waits()
    server.script(reply)
    with client_of(server, waits) as client, pytest.raises(UnansweredError):
        client.create_tasks([{"properties": {"hs_task_subject": "Call"}}])
    assert len(server.requests) == 1
    assert waits.slept == []


@pytest.mark.parametrize("status", [423, 429])
def test_a_create_that_was_not_begun_is_sent_again(server: ScriptedServer, status: int) -> None:
    waits = Waits()
    server.script(
        Reply(status=status, headers={"Retry-After": "3"}, body={}), Reply(status=201, body=batch([record("9")]))
    )
    with client_of(server, waits) as client:
        assert client.create_tasks([{"properties": {"hs_task_subject": "Call"}}]).objects[0].id == "9"
    assert waits.slept == [3.0]


def test_an_update_is_repeated(server: ScriptedServer) -> None:
    server.script(Reply(dropped=True), Reply(status=503, body={}), Reply(body=batch([record("9")])))
    with client_of(server) as client:
        assert client.update_tasks([{"id": "9", "properties": {"hs_task_subject": "Call"}}]).objects[0].id == "9"
    assert len(server.requests) == 3


# Rates and quota -------------------------------------------------------------------------------------------------


def ask(client: HubSpotClient, server: ScriptedServer, times: int, headers: dict[str, str] | None = None) -> None:
    server.script(*[Reply(body=COMPANIES, headers=headers or {})] * times)
    for _ in range(times):
        client.list_page("companies", ("name",), after=None)


def test_the_rate_is_kept_from_the_first_call(server: ScriptedServer) -> None:
    waits = Waits()
    with client_of(server, waits, settings={"limits": {"calls_per_10_seconds": 3}}) as client:
        ask(client, server, 3)
        assert waits.slept == []
        ask(client, server, 1)
    assert waits.slept == [10.0]


def test_the_rate_follows_the_headers_down_and_up(server: ScriptedServer) -> None:
    waits = Waits()
    slow = {"X-HubSpot-RateLimit-Max": "5", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    fast = {"X-HubSpot-RateLimit-Max": "190", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    with client_of(server, waits) as client:
        ask(client, server, 4, slow)
        assert waits.slept == []
        ask(client, server, 1, fast)
        assert waits.slept == [10.0]
        ask(client, server, 100, fast)
        assert waits.slept == [10.0]


def test_a_ceiling_in_the_policy_stands_above_the_headers(server: ScriptedServer) -> None:
    waits = Waits()
    headers = {"X-HubSpot-RateLimit-Max": "190", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    with client_of(server, waits, settings={"limits": {"calls_per_10_seconds": 3}}) as client:
        ask(client, server, 4, headers)
    assert waits.slept == [10.0]


def test_another_interval_is_reckoned_to_ten_seconds(server: ScriptedServer) -> None:
    waits = Waits()
    headers = {"X-HubSpot-RateLimit-Max": "1", "X-HubSpot-RateLimit-Interval-Milliseconds": "1000"}
    with client_of(server, waits) as client:
        ask(client, server, 9, headers)
        assert waits.slept == []
        ask(client, server, 1, headers)
    assert waits.slept == [10.0]


def test_it_stops_at_its_share_of_the_day(server: ScriptedServer) -> None:
    with client_of(server, settings={"limits": {"day_share": 0.5}}) as client:
        ask(client, server, 1, {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "501"})
        ask(client, server, 1, {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "500"})
        with pytest.raises(QuotaExhaustedError, match="500 of this HubSpot account's 1000"):
            client.list_page("companies", ("name",), after=None)
        usage = client.usage()
    assert (usage.quota_used, usage.quota_total, usage.requests) == (500, 1000, 2)
    assert len(server.requests) == 2


def test_the_days_figures_of_a_failure_count_too(server: ScriptedServer) -> None:
    headers = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "100"}
    server.script(Reply(status=503, body={}, headers=headers))
    with client_of(server) as client, pytest.raises(QuotaExhaustedError):
        client.list_page("companies", ("name",), after=None)
    assert len(server.requests) == 1


def test_headers_that_are_no_numbers_are_passed_over(server: ScriptedServer) -> None:
    with client_of(server) as client:
        ask(client, server, 2, {"X-HubSpot-RateLimit-Max": "many", "X-HubSpot-RateLimit-Daily": "-"})
        assert client.usage().quota_total is None


def test_every_request_is_counted_by_its_call_repeats_too(server: ScriptedServer) -> None:
    with client_of(server) as client:
        call_everything(client, server)
        server.script(Reply(status=503, body={}), Reply(body=listing([owner("7", "Ines", "Duarte", archived=True)])))
        client.owners_page(archived=True, after=None)
        usage = client.usage()
    assert usage.requests == len(server.requests) == 10
    assert usage.by_call == {
        "account-info": 1,
        "properties companies": 1,
        "list companies": 1,
        "list owners": 1,
        "read companies": 1,
        "associations companies→tasks": 1,
        "create tasks": 1,
        "update tasks": 1,
        "list archived owners": 2,
    }


# What is said ----------------------------------------------------------------------------------------------------

EMAIL = "amara.okafor@kunde.example"
LEAKY = {
    "status": "error",
    "category": "VALIDATION_ERROR",
    "correlationId": "a8d2c7b0-0000-4000-8000-00000000000c",
    "message": f"Value Geheimnis for hs_task_subject by {EMAIL} with 'Quoted Secret' is wrong, see "
    f"https://api.hubapi.com/crm?token=abc123 and Bearer {TOKEN} " + "x" * 400,
    "context": {"value": [EMAIL]},
    "errors": [{"message": EMAIL, "context": {"missingScopes": [EMAIL, "crm.objects.contacts.write"]}}],
}


@pytest.mark.parametrize("status", [0, 302, 400, 401, 403, 404, 408, 409, 414, 423, 429, 477, 500, 502, 503, 530])
@pytest.mark.parametrize("as_json", [True, False])
def test_no_message_holds_a_secret_an_address_or_a_value(server: ScriptedServer, status: int, as_json: bool) -> None:
    body = LEAKY if as_json else str(LEAKY)
    if status == 0:
        errors = [error_of(0, body, {}, call="update tasks", values={"Geheimnis"})]
    else:
        server.script(*[Reply(status=status, body=body)] * 5)
        with client_of(server) as client, pytest.raises(ConnectorError) as raised:
            client.update_tasks([{"id": "9", "properties": {"hs_task_subject": "Geheimnis"}}])
        errors = [raised.value]
    for error in errors:
        told = " ".join((str(error), repr(error), str(vars(error))))
        for secret in (
            EMAIL,
            "amara",
            "kunde.example",
            TOKEN,
            "token=",
            "abc123",
            "Geheimnis",
            "Quoted Secret",
            "api.hubapi",
        ):
            assert secret not in told
        assert len(str(error)) < 600


def test_property_errors_are_boiled_down_to_codes_and_names() -> None:
    message = (
        'Property values were not valid: [{"isValid":false,"message":"\\"Anna\\" was not one of the allowed options",'
        '"error":"INVALID_OPTION","name":"hs_task_priority","localizedErrorMessage":"Anna"},'
        '{"isValid":false,"error":"PROPERTY_DOESNT_EXIST","name":"someone_else"}]'
    )
    assert safe_words(message, names={"hs_task_priority"}) == (
        "Property values were not valid; INVALID_OPTION (hs_task_priority); PROPERTY_DOESNT_EXIST (a property)"
    )


def test_known_property_names_may_be_quoted_and_sent_values_not() -> None:
    told = safe_words(
        'Property "kam_sync_key" refuses k1aa-1 and "k1aa-1".', names={"kam_sync_key"}, values={"k1aa-1", "HIGH"}
    )
    assert told == 'Property "kam_sync_key" refuses … and ….'


# Settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "http://api.hubapi.com",
        "http://localhost:8080",
        "http://127.0.0.2:8080",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://[::1]:8080",
        "ftp://127.0.0.1",
        "api.hubapi.com",
        "https://api.hubapi.com/crm",
        "https://user:pass@api.hubapi.com",
        "https://api.hubapi.com?x=1",
        "https://api.hubapi.com:port",
        "",
    ],
)
def test_the_token_goes_nowhere_in_the_clear_but_to_this_machine(host: str) -> None:
    with pytest.raises(ValidationError) as raised:
        HubSpotSettings.model_validate({"auth": {"access_token": TOKEN}, "host": host, "allow_loopback_http": True})
    assert TOKEN not in str(raised.value)


def test_plain_http_to_this_machine_must_be_allowed() -> None:
    given = {"auth": {"access_token": TOKEN}, "host": "http://127.0.0.1:8080"}
    with pytest.raises(ValidationError, match="allow_loopback_http"):
        HubSpotSettings.model_validate(given)
    assert HubSpotSettings.model_validate({**given, "allow_loopback_http": True}).origin == "http://127.0.0.1:8080"


def test_a_redirect_is_not_followed(server: ScriptedServer) -> None:
    with scripted_server() as elsewhere:
        server.script(
            Reply(status=307, body="", headers={"Location": elsewhere.url + "/crm/objects/2026-09/companies"})
        )
        with client_of(server) as client, pytest.raises(ConnectorError, match="307"):
            client.list_page("companies", ("name",), after=None)
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth": {"access_token": ""}},
        {"auth": {"access_token": "two words"}},
        {"auth": {"access_token": "zeile\n"}},
        {"auth": {}},
        {"unknown_key": 1},
        {"api_version": "v4"},
        {"scope": {"property": "is_key", "values": []}},
        {"scope": {"property": "Is Key", "values": ["true"]}},
        {"roles": {"owner_properties": {"chief": ["a"]}}},
        {"roles": {"owner_properties": {"innovator": []}}},
        {"roles": {"owner_properties": {"innovator": ["a", "a"]}}},
        {"plan": {}},
        {"plan": {"fields": {"review": "a"}}},
        {"fields": {"account.owner_id": "x"}},
        {"limits": {"day_share": 0}},
        {"limits": {"calls_per_10_seconds": 0}},
    ],
)
def test_wrong_settings_are_refused_without_showing_the_token(wrong: dict[str, object]) -> None:
    given = {"auth": {"access_token": TOKEN}, **wrong}
    with pytest.raises(ValidationError) as raised:
        HubSpotSettings.model_validate(given)
    assert TOKEN not in str(raised.value)


def test_settings_have_the_documented_defaults_and_hide_the_token() -> None:
    settings = HubSpotSettings.model_validate(
        {"auth": {"access_token": TOKEN}, "scope": {"property": "is_key", "values": [True, 7, "x"]}}
    )
    assert settings.host == "https://api.hubapi.com"
    assert settings.api_version == "2026-09"
    assert settings.fields["account.revenue"] == ("annualrevenue",)
    assert "account.tier" not in settings.fields
    assert settings.tasks.key_property == "kam_sync_key"
    assert settings.scope is not None
    assert settings.scope.values == ("true", "7", "x")
    assert TOKEN not in repr(settings)
    assert TOKEN not in settings.model_dump_json()


def test_importing_the_connector_does_not_import_the_sdk() -> None:
    root = Path(__file__).parents[2]
    code = "import sys, kam_sync_hubspot; print(kam_sync_hubspot.__all__, 'hubspot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)  # noqa: S603 - our own interpreter
    assert done.stdout.strip() == "['HubSpotConnector'] False"


def test_settings_for_a_server_are_valid(server: ScriptedServer) -> None:
    assert settings_for(server).origin == server.url


@pytest.mark.parametrize(
    "body",
    [
        {"results": None},
        {"results": [{"id": "default", "stages": None}]},
        {"results": [{"id": "default", "stages": [{"label": "New"}]}]},
        {"results": [{"id": "default", "stages": [{"id": "1", "metadata": "open"}]}]},
    ],
)
def test_pipelines_of_another_shape_are_refused(server: ScriptedServer, body: Mapping[str, object]) -> None:
    server.script(Reply(body=body))
    with client_of(server) as client, pytest.raises(MalformedAnswerError, match="pipelines tickets"):
        client.stages("tickets")


@pytest.mark.parametrize("body", [{}, {"results": ["x"]}, {"results": [{"label": "X", "typeId": "7"}]}])
def test_labels_of_another_shape_are_refused(server: ScriptedServer, body: Mapping[str, object]) -> None:
    server.script(Reply(body=body))
    with client_of(server) as client, pytest.raises(MalformedAnswerError, match="labels companies→contacts"):
        client.association_labels("companies", "contacts")


@pytest.mark.parametrize("history", [None, [], {"name": {}}, {"name": [{"value": "x"}]}, {"name": [{"timestamp": 5}]}])
def test_a_history_of_another_shape_is_refused(server: ScriptedServer, history: object) -> None:
    server.script(Reply(body=batch([{**record("11", name="A"), "propertiesWithHistory": history}])))
    with client_of(server) as client, pytest.raises(MalformedAnswerError):
        client.read_batch("companies", ["11"], ["name"], with_history=True)


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_further_calls_have_an_address_in_every_version(server: ScriptedServer, version: str) -> None:
    server.script(Reply(body={"results": []}), Reply(body={"results": []}), Reply(body={"total": 0, "results": []}))
    with client_of(server, settings={"api_version": version}) as client:
        assert client.stages("deals") == ()
        assert client.association_labels("companies", "contacts") == ()
        assert client.search("deals", [], ["amount"], limit=1).total == 0
    old = version == "v3"
    assert server.paths() == [
        "GET /crm/v3/pipelines/deals" if old else f"GET /crm/pipelines/{version}/deals",
        "GET /crm/v4/associations/companies/contacts/labels"
        if old
        else f"GET /crm/associations/{version}/companies/contacts/labels",
        "POST /crm/v3/objects/deals/search" if old else f"POST /crm/objects/{version}/deals/search",
    ]
