"""Logging in to the local Salesforce, versions, limits and what it refuses to serve."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from kam_sync.local_crms import LocalCrm
from support_local_salesforce import Answer, Org, credentials, running_org


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm") as running:
        yield running


def test_it_is_a_local_crm(org: Org) -> None:
    crm: LocalCrm = org.crm
    assert crm.name == "salesforce"
    assert crm.url.startswith("http://127.0.0.1:")


def test_client_credentials_in_the_body_or_by_basic_auth_give_a_token(org: Org) -> None:
    form = credentials(org.crm)
    in_body = org.rest.send("POST", "/services/oauth2/token", urlencode(form))
    pair = f"{form['client_id']}:{form['client_secret']}".encode()
    by_basic = org.rest.send(
        "POST",
        "/services/oauth2/token",
        "grant_type=client_credentials",
        {"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
    )
    for answer in (in_body, by_basic):
        assert answer.status == 200
        token = answer.record()
        assert token["instance_url"] == org.crm.url
        assert token["token_type"] == "Bearer"
        assert str(token["access_token"]).startswith(org.crm.organization_id[:15] + "!")
        assert org.crm.organization_id in str(token["id"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client_id"),
        ({"client_secret": "guess"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
def test_wrong_credentials_are_an_oauth_error_object(org: Org, change: dict[str, str], error: str) -> None:
    answer = org.rest.send("POST", "/services/oauth2/token", urlencode(credentials(org.crm) | change))
    assert answer.status == 400
    assert answer.record()["error"] == error
    assert answer.record()["error_description"]


def _assertion(header: Mapping[str, object], claims: Mapping[str, object], signature: str = "c2ln") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, signature])


def test_a_jwt_is_judged_by_its_shape(org: Org) -> None:
    key = credentials(org.crm)["client_id"]
    claims: dict[str, object] = {"iss": key, "sub": "kam@x.example", "aud": "https://login.example", "exp": 1}

    def ask(header: Mapping[str, object], claims: Mapping[str, object], signature: str = "c2ln") -> Answer:
        assertion = _assertion(header, claims, signature)
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return org.rest.send("POST", "/services/oauth2/token", urlencode({"grant_type": grant, "assertion": assertion}))

    good = ask({"alg": "RS256"}, claims)
    assert good.status == 200
    assert good.record()["instance_url"] == org.crm.url
    assert ask({"alg": "RS256"}, claims | {"iss": "stranger"}).record()["error"] == "invalid_client_id"
    for header, wrong, signature in (
        ({"alg": "none"}, claims, "c2ln"),
        ({"alg": "RS256"}, {name: value for name, value in claims.items() if name != "sub"}, "c2ln"),
        ({"alg": "RS256"}, claims | {"exp": "soon"}, "c2ln"),
        ({"alg": "RS256"}, claims, ""),
    ):
        assert ask(header, wrong, signature).record()["error"] == "invalid_grant"


def test_versions_are_listed_without_a_token(org: Org) -> None:
    answer = org.rest.send("GET", "/services/data/")
    versions = {str(row["version"]): row["label"] for row in answer.rows()} if answer.status == 200 else {}
    assert versions["66.0"] == "Spring '26"
    assert versions["68.0"] == "Winter '27"
    assert "69.0" not in versions


def test_retired_and_unknown_versions_are_refused(org: Org) -> None:
    assert org.rest.call("GET", "/services/data/v25.0/limits").failure() == (410, "GONE")
    assert org.rest.call("GET", "/services/data/v69.0/limits").failure() == (404, "NOT_FOUND")


def test_a_missing_wrong_or_expired_token_is_a_401(org: Org) -> None:
    path = f"{org.rest.base}/limits"
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}):
        assert org.rest.send("GET", path, headers=headers).failure() == (401, "INVALID_SESSION_ID")
    assert org.rest.call("GET", "limits").status == 200
    org.clock.advance(hours=1)
    assert org.rest.call("GET", "limits").status == 200
    org.clock.advance(hours=1, seconds=3599)
    assert org.rest.call("GET", "limits").status == 200
    org.clock.advance(hours=2, seconds=1)
    assert org.rest.call("GET", "limits").failure() == (401, "INVALID_SESSION_ID")


def test_the_daily_limit_is_counted_told_and_enforced(org: Org) -> None:
    org.crm.switches = replace(org.crm.switches, daily_limit=3, connected_app="kam")
    first = org.rest.call("GET", "limits")
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/3; per-app-api-usage=1/250(appName=kam)"
    assert first.record()["DailyApiRequests"] == {"Max": 3, "Remaining": 2}
    assert org.rest.page("SELECT Nope FROM Account").headers["Sforce-Limit-Info"].startswith("api-usage=2/3")
    assert org.rest.call("GET", "limits").status == 200
    refused = org.rest.call("GET", "limits")
    assert refused.failure() == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "TotalRequests" in str(refused.rows()[0]["message"])
    org.clock.advance(hours=25)
    org.rest.log_in()
    assert org.rest.call("GET", "limits").headers["Sforce-Limit-Info"].startswith("api-usage=1/3")


def test_answers_are_dated_by_the_orgs_clock(org: Org) -> None:
    assert org.rest.call("GET", "limits").headers["Date"] == "Mon, 02 Nov 2026 08:30:00 GMT"
    org.clock.advance(days=1)
    assert org.rest.send("GET", "/services/data").headers["Date"] == "Tue, 03 Nov 2026 08:30:00 GMT"


def test_paths_that_salesforce_has_and_this_server_does_not_are_refused_by_name(org: Org) -> None:
    assert org.rest.call("POST", "jobs/query", {}).status == 501
    assert org.rest.call("GET", "tooling/sobjects").status == 501
    assert org.rest.call("GET", "nonsense").failure() == (404, "NOT_FOUND")
    assert org.rest.send("GET", "/elsewhere").failure() == (404, "NOT_FOUND")
    assert org.rest.call("PUT", "limits", {}).failure() == (405, "METHOD_NOT_ALLOWED")
    assert org.rest.call("GET", f"sobjects/Task/{quote('a/b', safe='')}").status == 404
