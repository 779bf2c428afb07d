"""Digests posted to webhooks: Slack's and any other, whatever they answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.digest_facts import WEEK, facts, failing
from digest.digest_sending import Office, office
from kam_sync.digesting.building import build_digests
from kam_sync.digesting.sending import DeliveryOutcome
from kam_sync.store import Store
from support_scripted_server import Reply, ScriptedServer, scripted_server

SECRET = "/services/T0/B0/s3cr3t-path"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def posting(store: Store, folder: Path, url: str, kind: str = "slack") -> Office:
    section = f'digest: {{portfolio: [hook], channels: {{hook: {{kind: {kind}, url: "${{HOOK}}"}}}}}}\n'
    return office(store, folder, section, environment={"HOOK": url + SECRET})


def test_slack_gets_blocks(store: Store, folder: Path, server: ScriptedServer) -> None:
    server.script(Reply(body="ok", content_type="text/html"))
    assert posting(store, folder, server.url).one().outcome is DeliveryOutcome.SENT
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", SECRET)
    assert isinstance(request.body, dict)
    assert request.body["blocks"][0]["type"] == "header"
    assert "Portfolio digest" in request.body["text"]


def test_another_webhook_gets_documented_json_and_the_same_id_each_time(
    store: Store, folder: Path, server: ScriptedServer
) -> None:
    server.script(Reply(status=204), Reply(status=201))
    sender = posting(store, folder, server.url, "webhook")
    assert sender.one().outcome is DeliveryOutcome.SENT
    assert sender.one(again=True).outcome is DeliveryOutcome.SENT
    first, second = (request.body for request in server.requests)
    assert isinstance(first, dict)
    assert first == second
    assert (first["version"], first["audience"], first["week"]) == (1, "portfolio", "2026-W47")
    assert first["counts"]["open"] == {"high": 1}
    assert {request.headers["Idempotency-Key"] for request in server.requests} == {first["id"]}


def test_each_channel_and_each_audience_has_an_id_of_its_own(
    store: Store, folder: Path, server: ScriptedServer
) -> None:
    server.answer = lambda _request: Reply()
    section = """\
digest:
  owners: [one, two]
  portfolio: [one]
  channels: {one: {kind: webhook, url: "${HOOK}"}, two: {kind: webhook, url: "${HOOK}"}}
"""
    digests = build_digests([facts(findings=(failing("amal"), failing("bo")))], WEEK)
    sender = office(store, folder, section, digests=digests, environment={"HOOK": server.url})
    assert sender.send().exit_code == 0
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 5


@pytest.mark.parametrize(
    ("replies", "outcome", "waits"),
    [
        ([Reply(status=503), Reply()], DeliveryOutcome.SENT, 1),
        ([Reply(status=500)] * 3, DeliveryOutcome.FAILED, 2),
        ([Reply(status=404, body="no_service")], DeliveryOutcome.FAILED, 0),
        ([Reply(status=400, body="invalid_blocks")], DeliveryOutcome.FAILED, 0),
        ([Reply(status=302, headers={"Location": "https://evil.example/"})], DeliveryOutcome.FAILED, 0),
        ([Reply(status=502)], DeliveryOutcome.UNCERTAIN, 0),
        ([Reply(status=504)], DeliveryOutcome.UNCERTAIN, 0),
        ([Reply(dropped=True)], DeliveryOutcome.UNCERTAIN, 0),
        ([Reply(cut=100)], DeliveryOutcome.SENT, 0),
        ([Reply(status=429, headers={"Retry-After": "7"}), Reply()], DeliveryOutcome.SENT, 1),
        ([Reply(status=429, headers={"Retry-After": "3600"})], DeliveryOutcome.FAILED, 0),
        ([Reply(status=429, headers={"Retry-After": "Mon, 23 Nov 2026"}), Reply()], DeliveryOutcome.SENT, 1),
    ],
)
def test_what_an_answer_means(
    store: Store, folder: Path, server: ScriptedServer, replies: list[Reply], outcome: DeliveryOutcome, waits: int
) -> None:
    server.script(*replies)
    sender = posting(store, folder, server.url)
    delivery = sender.one()
    assert delivery.outcome is outcome
    assert len(sender.waits) == waits
    assert len(server.requests) == len(replies)
    assert "s3cr3t" not in delivery.problem
    assert "127.0.0.1" not in delivery.problem


def test_the_receivers_wish_to_wait_is_kept(store: Store, folder: Path, server: ScriptedServer) -> None:
    server.script(Reply(status=429, headers={"Retry-After": "7"}), Reply())
    sender = posting(store, folder, server.url)
    sender.one()
    assert sender.waits == [7.0]


def test_what_is_uncertain_stays_so_and_what_failed_is_sent_by_the_next_run(
    store: Store, folder: Path, server: ScriptedServer
) -> None:
    server.script(Reply(status=404))
    sender = posting(store, folder, server.url)
    assert sender.one().outcome is DeliveryOutcome.FAILED
    server.script(Reply(dropped=True))
    assert [sender.one().outcome for _ in range(3)] == [DeliveryOutcome.UNCERTAIN] * 3
    assert len(server.requests) == 2


def test_nobody_listening_is_a_failure_and_no_doubt(store: Store, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        delivery = posting(store, folder, f"http://127.0.0.1:{free.getsockname()[1]}").one()
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert delivery.problem == "hook cannot be reached (ConnectionError)"


def test_nothing_secret_is_in_the_store(store: Store, folder: Path, server: ScriptedServer) -> None:
    server.script(Reply(status=404))
    posting(store, folder, server.url).one()
    assert b"s3cr3t" not in (folder / "kam-sync.db").read_bytes()


def test_the_body_is_json_that_keeps_names_as_they_are(store: Store, folder: Path, server: ScriptedServer) -> None:
    server.script(Reply())
    org = facts(findings=(failing(account="株式会社 蒼月精工 </script>"),))
    section = 'digest: {portfolio: [hook], channels: {hook: {kind: webhook, url: "${HOOK}"}}}\n'
    sender = office(store, folder, section, environment={"HOOK": server.url}, org=org)
    assert sender.one().outcome is DeliveryOutcome.SENT
    assert "株式会社 蒼月精工 </script>" in json.dumps(server.requests[0].body, ensure_ascii=False)
