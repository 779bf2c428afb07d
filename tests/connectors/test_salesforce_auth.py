"""Logging in, sessions, retries and the transport's own rules."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import jwt
import pytest
import requests
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError

from kam_sync.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    MalformedAnswerError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
)
from kam_sync.records import RecordKind
from kam_sync_salesforce._client import SalesforceClient
from kam_sync_salesforce.settings import SalesforceSettings
from support_salesforce import API_USER, DATA, HOST, ORG_ID, SECRET, SETTINGS, TOKEN, Org

EXPIRED = (401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
ACCESS_TOKEN = {"method": "access_token", "access_token": TOKEN, "instance_url": HOST}


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def logins(org: Org) -> int:
    return sum(each.path == "/services/oauth2/token" for each in org.sent)


def client(**changes: object) -> SalesforceClient:
    return SalesforceClient(SalesforceSettings.model_validate({**SETTINGS, **changes}), sleep=lambda _seconds: None)


def test_client_credentials_go_to_my_domain_and_the_token_to_the_instance(org: Org) -> None:
    description = org.connector().describe()
    login = org.sent[0]
    assert login.url == "https://acme.my.salesforce.com/services/oauth2/token"
    assert login.headers["Authorization"] == "Basic " + base64.b64encode(f"consumer-key-77:{SECRET}".encode()).decode()
    assert login.json == "grant_type=client_credentials"
    sobjects = next(each for each in org.sent if each.path.endswith("/sobjects"))
    assert sobjects.headers["Authorization"] == f"Bearer {TOKEN}"
    assert description.org_uid == ORG_ID
    assert logins(org) == 1


@pytest.mark.parametrize("from_file", [True, False])
def test_jwt_signs_an_assertion(org: Org, private_key: rsa.RSAPrivateKey, tmp_path: Path, from_file: bool) -> None:
    key_file = tmp_path / "server.key"
    key_file.write_text(pem(private_key))
    key = {"private_key_file": str(key_file)} if from_file else {"private_key": pem(private_key)}
    auth = {"method": "jwt", "username": "kam@ardentia.example", "consumer_key": "ck", "domain": "test", **key}
    org.connector(auth={**auth, "instance_url": "https://acme--uat.sandbox.my.salesforce.com"}).describe()
    login = org.sent[0]
    assert login.url == "https://acme--uat.sandbox.my.salesforce.com/services/oauth2/token"
    form = parse_qs(str(login.json))
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = jwt.decode(
        form["assertion"][0], private_key.public_key(), algorithms=["RS256"], audience="https://test.salesforce.com"
    )
    assert (claims["iss"], claims["sub"]) == ("ck", "kam@ardentia.example")


def test_access_token_needs_no_login(org: Org) -> None:
    org.connector(auth=ACCESS_TOKEN).describe()
    assert logins(org) == 0


def test_opening_and_asking_the_usage_sends_nothing(org: Org) -> None:
    connector = org.connector()
    assert connector.usage().requests == 0
    assert connector.batch_size == 200
    connector.close()
    assert org.sent == []


def test_expired_session_is_renewed_once_and_the_call_made_again(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    org.reply("GET .*FROM User", EXPIRED)
    assert list(connector.pull(RecordKind.USER, tuple)) == []
    assert logins(org) == 2
    assert len(org.queries("User")) == 2


def test_persistent_401_ends_after_exactly_one_new_login(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    org.reply("GET .*FROM User", *[EXPIRED] * 9)
    with pytest.raises(AuthError, match="INVALID_SESSION_ID"):
        list(connector.pull(RecordKind.USER, tuple))
    assert logins(org) == 2
    assert len(org.queries("User")) == 2


def test_a_passing_fault_after_the_new_login_does_not_buy_another_one(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    org.reply("GET .*FROM User", EXPIRED, (503, "<html>"), *[EXPIRED] * 9)
    with pytest.raises(AuthError):
        list(connector.pull(RecordKind.USER, tuple))
    assert logins(org) == 2


@pytest.mark.parametrize("body", [{"errorCode": "INVALID_SESSION_ID"}, "<html>Unauthorized</html>", []])
def test_401_bodies_of_any_shape_are_an_expired_session(org: Org, body: object) -> None:
    org.reply("GET .*FROM Organization", (401, body))
    org.connector().describe()
    assert logins(org) == 2


def test_access_token_cannot_be_renewed(org: Org) -> None:
    org.reply("GET .*/sobjects", EXPIRED)
    with pytest.raises(AuthError):
        org.connector(auth=ACCESS_TOKEN).describe()
    assert len(org.sent) == 2


@pytest.mark.parametrize(
    ("reply", "expected", "attempts"),
    [
        ((400, {"error": "invalid_client", "error_description": "invalid client credentials"}), AuthError, 1),
        ((400, {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}), AuthError, 1),
        ((503, "<html>down for maintenance</html>"), TransientError, 5),
        ((500, {"error": "server_error"}), TransientError, 5),
        ((429, {"error": "rate_limit"}), RateLimitedError, 5),
        ((200, "<html>Welcome</html>"), MalformedAnswerError, 1),
        ((302, "<html>moved</html>"), MalformedAnswerError, 1),
        ((200, {"access_token": "x"}), MalformedAnswerError, 1),
        ((200, {"instance_url": HOST}), MalformedAnswerError, 1),
        ((200, {"access_token": "x", "instance_url": "https://evil.example/@path"}), MalformedAnswerError, 1),
        ((200, ["x"]), MalformedAnswerError, 1),
        (requests.ConnectionError("refused"), TransientError, 5),
        (requests.exceptions.SSLError("certificate"), ConnectorError, 1),
    ],
)
def test_login_failures_are_told_apart(
    org: Org, reply: tuple[int, object] | Exception, expected: type[Exception], attempts: int
) -> None:
    org.reply("oauth2/token", *[reply] * 9)
    with pytest.raises(expected) as caught:
        org.connector().describe()
    assert type(caught.value) is expected
    assert logins(org) == attempts


def test_unusable_private_key_is_a_configuration_error(org: Org, tmp_path: Path) -> None:
    auth = {"method": "jwt", "username": "kam@ardentia.example", "consumer_key": "ck"}
    with pytest.raises(ConfigError, match=r"auth\.private_key "):
        org.connector(auth={**auth, "private_key": "-----BEGIN NONSENSE-----"}).describe()
    with pytest.raises(ConfigError, match=r"auth\.private_key_file"):
        org.connector(auth={**auth, "private_key_file": str(tmp_path / "absent.key")}).describe()
    assert org.sent == []


def test_html_503_is_retried_with_growing_patience(org: Org) -> None:
    org.reply("GET .*FROM Organization", *[(503, "<html>Service Unavailable</html>")] * 3)
    org.connector().describe()
    assert len(org.queries("Organization")) == 4
    assert len(org.naps) == 3
    assert all(0 <= nap <= 60 for nap in org.naps)


def test_lost_connections_and_timeouts_are_retried_and_then_reported(org: Org) -> None:
    failures = [
        requests.ReadTimeout("slow"),
        requests.ConnectionError("reset"),
        requests.exceptions.ChunkedEncodingError(),
    ]
    org.reply("GET .*FROM Organization", *failures)
    org.connector().describe()
    org.reply("GET .*FROM Organization", *failures * 2)
    with pytest.raises(TransientError, match=r'no answer to "query Organization"'):
        org.connector().describe()


@pytest.mark.parametrize("status", [406, 420, 429])
def test_being_told_to_slow_down_is_retried(org: Org, status: int) -> None:
    org.reply("GET .*FROM Organization", (status, ""))
    org.connector().describe()
    assert len(org.naps) == 1


def forbidden(code: str, message: str = "m") -> tuple[int, object]:
    return 403, [{"errorCode": code, "message": message}]


@pytest.mark.parametrize(
    ("reply", "expected", "attempts"),
    [
        (
            forbidden("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
            RateLimitedError,
            5,
        ),
        (forbidden("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaExhaustedError, 1),
        (forbidden("REQUEST_LIMIT_EXCEEDED", ""), QuotaExhaustedError, 1),
        (forbidden("API_DISABLED_FOR_ORG"), PermissionDeniedError, 1),
        (forbidden("INSUFFICIENT_ACCESS"), PermissionDeniedError, 1),
        ((400, [{"errorCode": "TXN_SECURITY_METERING_ERROR", "message": "m"}]), PermissionDeniedError, 1),
        ((400, [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "m"}]), TransientError, 5),
        ((400, [{"errorCode": "QUERY_TIMEOUT", "message": "m"}]), ConnectorError, 1),
        ((400, [{"errorCode": "MALFORMED_QUERY", "message": "m"}]), ConnectorError, 1),
        ((400, {}), ConnectorError, 1),
        ((410, [{"errorCode": "UNSUPPORTED_API_VERSION", "message": "m"}]), ConfigError, 1),
        ((404, [{"errorCode": "NOT_FOUND", "message": "m"}]), ConnectorError, 1),
        ((414, "<html>URI too long</html>"), ConnectorError, 1),
        ((431, ""), ConnectorError, 1),
        ((302, "<html>moved</html>"), MalformedAnswerError, 1),
        ((500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "m"}]), TransientError, 5),
        ((502, None), TransientError, 5),
    ],
)
def test_refusals_are_classed_by_code_and_status(
    org: Org, reply: tuple[int, object], expected: type[Exception], attempts: int
) -> None:
    org.reply("GET .*FROM Organization", *[reply] * 9)
    with pytest.raises(expected) as caught:
        org.connector().describe()
    assert type(caught.value) is expected
    assert len(org.queries("Organization")) == attempts
    assert not any(each.path == "/elsewhere" for each in org.sent)


def test_a_vanished_field_is_named(org: Org) -> None:
    message = "\nSELECT Id FROM Account\n^\nERROR at Row:1:Column:5\nNo such column 'Tier__c' on entity 'Account'."
    org.reply("GET .*FROM Organization", (400, [{"errorCode": "INVALID_FIELD", "message": message}]))
    with pytest.raises(ConnectorError, match=r"Account\.Tier__c") as caught:
        org.connector().describe()
    assert "SELECT" not in str(caught.value)


def test_the_org_must_serve_the_api_version(org: Org) -> None:
    with pytest.raises(ConfigError, match=r"67\.0.*66\.0"):
        org.connector(api_version="67.0").describe()


@pytest.mark.parametrize("body", ["<html>", [], {"version": "66.0"}, 66, None])
def test_versions_that_are_no_list_are_malformed(org: Org, body: object) -> None:
    org.reply(r"GET /services/data/ ", (200, body))
    with pytest.raises(MalformedAnswerError):
        org.connector().describe()


def test_every_request_has_timeouts(org: Org) -> None:
    org.connector().describe()
    assert {each.options["timeout"] for each in org.sent} == {(10.0, 150.0)}


def test_netrc_cannot_replace_the_token(org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.my.salesforce.com login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    org.connector().describe()
    assert org.sent[-1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_setting_up_takes_few_calls_and_every_one_is_counted(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    connector.describe()
    usage = connector.usage()
    assert usage.requests == len(org.sent) == 6
    assert usage.by_call == {
        "login": 1,
        "versions": 1,
        "describe org": 1,
        "describe objects": 1,
        "query TaskStatus": 1,
        "query Organization": 1,
    }
    assert (usage.quota_used, usage.quota_total) == (18, 5000)


def test_per_app_usage_is_not_taken_for_the_orgs(org: Org) -> None:
    org.limit_info = "per-app-api-usage=17/250(appName=kam-sync); api-usage=25/6000"
    connector = org.connector()
    connector.describe()
    assert (connector.usage().quota_used, connector.usage().quota_total) == (25, 6000)


def test_the_run_stops_at_the_days_share(org: Org) -> None:
    connector = org.connector()
    connector.describe()
    org.limit_info = "api-usage=4000/5000"
    list(connector.pull(RecordKind.USER, tuple))
    sent = len(org.sent)
    with pytest.raises(QuotaExhaustedError, match=r"limits\.day_share \(0\.8\)"):
        list(connector.pull(RecordKind.USER, tuple))
    assert len(org.sent) == sent


def test_the_run_stops_at_its_own_share(org: Org) -> None:
    org.limit_info = "api-usage=7/20"
    connector = org.connector(limits={"run_share": 0.25})
    with pytest.raises(QuotaExhaustedError, match=r"limits\.run_share \(0\.25\)"):
        connector.describe()
    assert len(org.sent) == 5


def test_plain_http_is_refused_off_loopback(org: Org) -> None:
    session = client(allow_loopback_http=True)._session
    for url in ("http://acme.my.salesforce.com/x", "http://127.0.0.2/x", "http://localhost/x", "ftp://127.0.0.1x/"):
        with pytest.raises(ConfigError, match="plain http"):
            session.get(url)
    strict = client()._session
    with pytest.raises(ConfigError, match="plain http"):
        strict.get("http://127.0.0.1:8080/x")
    assert org.sent == []


def test_a_local_crm_is_reached_by_http_past_any_proxy(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    org.login_extra["instance_url"] = "http://127.0.0.1:4711"
    connector = org.connector(allow_loopback_http=True, login_url="http://127.0.0.1:4711")
    description = connector.describe()
    assert {each.url.split("/services")[0] for each in org.sent} == {"http://127.0.0.1:4711"}
    assert description.task_url == "http://127.0.0.1:4711/lightning/r/Task/{id}/view"
    assert all("http" not in str(each.options["proxies"]) for each in org.sent)


def test_our_user_is_known_from_the_login_or_the_identity(org: Org) -> None:
    assert client().user_id() == API_USER
    org.reply(rf"GET {DATA}/ ", (200, {"identity": f"https://login.salesforce.com/id/{ORG_ID}/005xx000000Other"}))
    assert client(auth=ACCESS_TOKEN).user_id() == "005xx000000Other"
    org.reply(rf"GET {DATA}/ ", (200, {"sobjects": "/x"}))
    assert client(auth=ACCESS_TOKEN).user_id() is None


@pytest.mark.parametrize(
    "change",
    [
        {"auth": {**SETTINGS["auth"], "domain": "login"}},  # type: ignore[dict-item]  # SETTINGS is plain data
        {"auth": {**SETTINGS["auth"], "domain": "https://acme.my.salesforce.com"}},  # type: ignore[dict-item]
        {"auth": {**ACCESS_TOKEN, "instance_url": "http://acme.my.salesforce.com"}},
        {"auth": {**ACCESS_TOKEN, "instance_url": "http://127.0.0.1:1"}},
        {"auth": {**ACCESS_TOKEN, "instance_url": "https://user@acme.my.salesforce.com"}},
        {"auth": {"method": "jwt", "username": "u", "consumer_key": "c"}},
        {"auth": {"method": "password", "username": "u"}},
        {"login_url": "http://127.0.0.1:1"},
        {"login_url": "http://10.0.0.1:1", "allow_loopback_http": True},
        {"api_version": "v66.0"},
        {"scope": {"field": "Key Account", "values": [True]}},
        {"scope": {"field": "Key_Account__c", "values": []}},
        {"scope": {"field": "A__c", "values": [float("nan")]}},
        {"roles": {"team_field": "Account_Roles__c"}},
        {"plan": {"object": "AccountPlan"}},
        {"plan": {"object": "Account", "account_field": "Id"}},
        {"tasks": {"closed_status": "Deferred"}},
        {"tasks": {"priorities": {"low": "Low", "normal": "Low", "high": "High"}}},
        {"limits": {"day_share": 0}},
        {"scpoe": {}},
    ],
)
def test_settings_that_cannot_be_meant_are_refused_without_their_values(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        SalesforceSettings.model_validate({**SETTINGS, **change})
    assert SECRET not in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_settings_of_another_connector_are_refused(org: Org) -> None:
    connector = org.connector()
    with pytest.raises(TypeError, match="SalesforceSettings"):
        type(connector).open(SalesforceSettings.model_validate(SETTINGS).tasks, connector._runtime)
