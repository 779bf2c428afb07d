"""Digests through a real mail server: what arrives, and what is known when something goes wrong."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from digest.digest_facts import AMAL, WEEK, facts, failing
from digest.digest_mail_server import PASSWORD, MailServer, mail_server, self_made
from digest.digest_sending import Office, office
from kam_sync.digesting.building import build_digests
from kam_sync.digesting.sending import DeliveryOutcome, DigestDelivery
from kam_sync.records import User
from kam_sync.store import Store

PLAIN = """\
digest:
  owners: [post]
  portfolio: [post]
  channels:
    post:
      {{kind: smtp, host: 127.0.0.1, port: {port}, security: none, from: Key Accounts <kam@vendor.example>, to: {to}}}
"""
TLS = """\
digest:
  portfolio: [post]
  channels:
    post:
      {{kind: smtp, host: 127.0.0.1, port: {port}, security: {security}, username: kam, password: "${{MAIL}}",
       from: kam@vendor.example, to: [head@vendor.example]}}
"""


def plain(store: Store, folder: Path, port: int, *, to: str = "[head@vendor.example]") -> Office:
    return office(store, folder, PLAIN.format(port=port, to=to))


def secure(store: Store, folder: Path, server: MailServer, security: str, password: str = PASSWORD) -> Office:
    text = TLS.format(port=server.port, security=security)
    return office(store, folder, text, environment={"MAIL": password})


def test_the_head_gets_a_message_in_text_and_html(store: Store, folder: Path) -> None:
    with mail_server() as server:
        assert plain(store, folder, server.port).one().outcome is DeliveryOutcome.SENT
    (message,) = server.messages
    assert message["From"] == "Key Accounts <kam@vendor.example>"
    assert message["To"] == "head@vendor.example"
    assert message["Subject"] == "Portfolio digest, week 2026-W47: 0 solved, 0 new, 1 open"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Mon, 23 Nov 2026 06:00:00 +0000"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in message.iter_parts())
    assert "Firma Eins: Nobody holds the role of innovator" in text
    assert '<a href="https://crm.example/account/1"><bdi>Firma Eins</bdi></a>' in page


def test_a_message_has_the_same_identity_whenever_it_is_sent_again(store: Store, folder: Path) -> None:
    with mail_server() as server:
        sender = plain(store, folder, server.port)
        assert sender.one().outcome is DeliveryOutcome.SENT
        assert sender.one().outcome is DeliveryOutcome.ALREADY_SENT
        sender.clock.advance(days=1)
        assert sender.one(again=True).outcome is DeliveryOutcome.SENT
    first, second = (message["Message-ID"] for message in server.messages)
    assert first == second
    assert first.startswith("<2026-W47.")
    assert first.endswith("@vendor.example>")


def test_each_recipient_is_a_delivery_of_its_own(store: Store, folder: Path) -> None:
    with mail_server() as server:
        sender = plain(store, folder, server.port, to="[head@vendor.example, board@vendor.example]")
        server.data = ["554 no"]
        outcomes = [delivery.outcome for delivery in sender.send().deliveries]
        assert outcomes == [DeliveryOutcome.FAILED, DeliveryOutcome.SENT]
        outcomes = [delivery.outcome for delivery in sender.send().deliveries]
        assert outcomes == [DeliveryOutcome.SENT, DeliveryOutcome.ALREADY_SENT]
    assert server.recipients == [["board@vendor.example"], ["head@vendor.example"]]
    assert len({message["Message-ID"] for message in server.messages}) == 2


def test_owners_get_theirs_at_the_address_the_crm_knows(store: Store, folder: Path) -> None:
    with mail_server() as server:
        sender = plain(store, folder, server.port)
        sender.digests = build_digests([facts(findings=(failing("amal"), failing("bo"), failing("mute")))], WEEK)
        result = sender.send()
    assert [(delivery.name, delivery.outcome.value) for delivery in result.deliveries] == [
        ("portfolio", "sent"),
        ("Amal Haddad", "sent"),
        ("Bo Lindqvist", "sent"),
        ("Mute Malik", "no e-mail address"),
    ]
    assert result.exit_code == 4
    assert server.recipients == [["head@vendor.example"], ["amal@vendor.example"], ["bo@vendor.example"]]
    assert server.messages[1]["To"] == "Amal Haddad <amal@vendor.example>"
    assert server.connections == 1


@pytest.mark.parametrize(
    "name",
    [
        "Amal\r\nBcc: everybody@evil.example",
        'Haddad, "Amal" <amal@evil.example>',
        "Ümit Çelik\u202e Ğ",
        "山田 太郎" * 40,
        "=?utf-8?q?forged?= \x00\x1b[31m",
    ],
)
def test_a_hostile_name_is_only_a_name(store: Store, folder: Path, name: str) -> None:
    user = User(id="amal", name=name, email=AMAL.email)
    with mail_server() as server:
        sender = plain(store, folder, server.port)
        org = facts(users={"amal": user}, findings=(failing(account=name, title=name),))
        sender.digests = build_digests([org], WEEK)[1:]
        assert sender.one().outcome is DeliveryOutcome.SENT
    (message,) = server.messages
    assert server.recipients == [["amal@vendor.example"]]
    assert [address.addr_spec for address in message["To"].addresses] == ["amal@vendor.example"]
    assert message["Bcc"] is None
    assert {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"} <= set(message.keys())
    assert len(message.keys()) == 9


@pytest.mark.parametrize("password", [PASSWORD, "plain-and-simple"])
def test_starttls_with_a_login(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    context, trusted = self_made(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls=context, password=password) as server:
        assert secure(store, folder, server, "starttls", password).one().outcome is DeliveryOutcome.SENT
    assert len(server.messages) == 1


def test_tls_from_the_first_byte(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = self_made(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls=context, starttls=False) as server:
        text = TLS.format(port=server.port, security="tls").replace('username: kam, password: "${MAIL}",', "")
        assert office(store, folder, text).one().outcome is DeliveryOutcome.SENT


def problem_of(delivery: DigestDelivery) -> str:
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert "@" not in delivery.problem
    assert PASSWORD not in delivery.problem
    return delivery.problem


def test_a_certificate_that_nobody_vouches_for_is_refused(store: Store, folder: Path) -> None:
    context, _ = self_made(folder)
    with mail_server(tls=context) as server:
        problem = problem_of(secure(store, folder, server, "starttls").one())
    assert "certificate of post's mail server cannot be trusted" in problem
    assert server.messages == []


def test_a_certificate_for_another_host_is_refused(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = self_made(folder, host="127.0.0.9")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls=context) as server:
        assert "cannot be trusted" in problem_of(secure(store, folder, server, "starttls").one())


def test_a_server_without_starttls_gets_no_password(store: Store, folder: Path) -> None:
    with mail_server() as server:
        problem = problem_of(secure(store, folder, server, "starttls").one())
    assert "does not support what the policy asks for" in problem


def test_a_wrong_password_is_said_without_telling_it(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = self_made(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls=context, password=PASSWORD) as server:
        problem = problem_of(secure(store, folder, server, "starttls", password="wrong").one())
    assert problem == "post's mail server answered with 535; see `username` and `password`"


def test_nobody_listening_is_tried_again_and_then_left_for_the_next_run(store: Store, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sender = plain(store, folder, free.getsockname()[1])
        problem = problem_of(sender.one())
    assert problem == "post's mail server cannot be reached (ConnectionRefusedError)"
    assert len(sender.waits) == 2
    with mail_server() as server:
        assert plain(store, folder, server.port).one().outcome is DeliveryOutcome.SENT


def test_an_address_that_is_refused_is_not_quoted(store: Store, folder: Path) -> None:
    with mail_server() as server:
        server.rcpt = ["550 <head@vendor.example> does not live here"]
        sender = plain(store, folder, server.port)
        assert problem_of(sender.one()) == (
            "post's mail server answered with 550; see whether it may send to this address"
        )
        assert sender.one().outcome is DeliveryOutcome.SENT


@pytest.mark.parametrize("where", ["rcpt", "data"])
def test_a_refusal_for_now_is_tried_again_at_once(store: Store, folder: Path, where: str) -> None:
    with mail_server() as server:
        getattr(server, where).append("451 later")
        sender = plain(store, folder, server.port)
        assert sender.one().outcome is DeliveryOutcome.SENT
    assert (len(server.messages), len(sender.waits)) == (1, 1)


def test_a_connection_lost_before_the_message_left_is_no_doubt(store: Store, folder: Path) -> None:
    with mail_server() as server:
        server.drop = "RCPT"
        assert plain(store, folder, server.port).one().outcome is DeliveryOutcome.SENT
    assert len(server.messages) == 1


def test_a_connection_lost_after_the_message_left_is_uncertain(store: Store, folder: Path) -> None:
    with mail_server() as server:
        server.drop = "DATA"
        sender = plain(store, folder, server.port)
        result = sender.send()
        assert [delivery.outcome for delivery in result.deliveries] == [DeliveryOutcome.UNCERTAIN]
        assert result.exit_code == 1
        assert sender.one().outcome is DeliveryOutcome.UNCERTAIN
        assert len(server.messages) == 1
        assert sender.one(again=True).outcome is DeliveryOutcome.SENT


def test_lines_that_begin_with_a_dot_arrive_as_they_were(store: Store, folder: Path) -> None:
    org = facts(findings=(failing(account=".\r\n.", title="...und Schluss"),))
    with mail_server() as server:
        sender = office(store, folder, PLAIN.format(port=server.port, to="[head@vendor.example]"), org=org)
        assert sender.one().outcome is DeliveryOutcome.SENT
    text, _page = (part.get_content() for part in server.messages[0].iter_parts())
    assert ".\\r\\n.: ...und Schluss" in text
