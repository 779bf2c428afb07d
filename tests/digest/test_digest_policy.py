"""The section `digest:` of a policy: complete, strict, and no secret in it."""

from __future__ import annotations

import re

import pytest

from core.core_policies import loaded, refusal
from kam_sync.config.digest import MailSecurity, SmtpChannel
from kam_sync.dates import Weekday
from support_markdown import ROOT, blocks

BASE = """\
digest:
  owners: [email]
  portfolio: [email, slack]
  channels:
    email: {kind: smtp, host: mail.example, from: KAM <kam@v.example>, username: u, password: "${P}", to: [a@b.example]}
    slack: {kind: slack, url: "${S}"}
"""
ENVIRONMENT = {"P": "geheim", "S": "https://hooks.example/s3cr3t"}


def test_a_complete_section_holds() -> None:
    digest = loaded(BASE, environment=ENVIRONMENT).policy.digest
    assert digest is not None
    assert (digest.weekday, digest.timezone) == (Weekday.MONDAY, "UTC")
    email = digest.channels["email"]
    assert isinstance(email, SmtpChannel)
    assert (email.security, email.server_port, email.mailbox.name) == (MailSecurity.STARTTLS, 587, "KAM")
    assert "geheim" not in repr(digest)
    assert "s3cr3t" not in repr(digest)


def test_without_a_section_there_are_no_digests_to_send() -> None:
    assert loaded().policy.digest is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: smtp", "kind: smpt", "10: digest.channels.email.kind: 'smpt' is none of its values; did you mean"),
        ("kind: smtp, ", "", "10: digest.channels.email: say with `kind` what this is"),
        ("host:", "hots:", "10: digest.channels.email.hots: unknown key; did you mean 'host'?"),
        ("owners:", "owner:", "7: digest.owner: unknown key; did you mean 'owners'?"),
        ("[email, slack]", "[emial, slack]", "8: digest.portfolio.0: there is no such channel under digest.channels"),
        (", to: [a@b.example]", "", "10: digest.channels.email.to: the portfolio's digest is sent here"),
        ("[email, slack]", "[slack]", "10: digest.channels.email.to: these get the portfolio's digest"),
        ("[email, slack]", "[email]", "11: digest.channels.slack: nothing is sent here"),
        ('"${P}"', "geheim", "10: digest.channels.email.password: a secret stands here only as ${NAME}"),
        ('"${S}"', "https://hooks.example/x", "11: digest.channels.slack.url: a secret stands here only as ${NAME}"),
        ('"${S}"', '"https://hooks.example/${S}"', "11: digest.channels.slack.url: a secret stands here only as"),
        ("[a@b.example]", "[nobody]", "10: digest.channels.email.to.0: expected one e-mail address"),
        ("[a@b.example]", '["a@b.example\\nBcc: c@d.example"]', "10: digest.channels.email.to.0: expected one e-mail"),
        ("KAM <kam@v.example>", "nobody", "10: digest.channels.email.from: expected an e-mail address"),
        ("mail.example,", "mail.example, security: none,", "10: digest.channels.email: security none is for a"),
        ("mail.example,", "mail.example, security: ssl,", "10: digest.channels.email.security: 'ssl' is none"),
        ("username: u, ", "", "10: digest.channels.email: give both username and password, or neither"),
        ("  owners: [email]", "  owners: [email]\n  weekday: mon", "8: digest.weekday: 'mon' is none of its"),
        ("  owners: [email]", "  owners: [email]\n  timezone: Berlin", "8: digest.timezone: expected a time zone name"),
        ("slack: {", "Slack!: {", "11: digest.channels.Slack!"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_line_and_key(old: str, new: str, message: str) -> None:
    assert old in BASE
    said = refusal(BASE.replace(old, new), environment=ENVIRONMENT)
    assert said.startswith(message)
    assert "geheim" not in said.replace("password: geheim", "")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example/s3cr3t", "a webhook is called by https"),
        ("http://127.0.0.1.evil.example/s3cr3t", "a webhook is called by https"),
        ("ftp://hooks.example/s3cr3t", "expected a URL that begins with https://"),
        ("s3cr3t", "expected a URL that begins with https://"),
        ("https://[s3cr3t", "expected a URL that begins with https://"),
    ],
)
def test_a_webhook_is_called_by_https_and_its_url_is_never_told(url: str, message: str) -> None:
    said = refusal(BASE, environment={**ENVIRONMENT, "S": url})
    assert said.startswith(f"11: digest.channels.slack.url: {message}") or said.startswith(
        f"11: digest.channels.slack: {message}"
    )
    assert "s3cr3t" not in said


def test_this_very_machine_may_be_called_by_http_with_the_url_written_out() -> None:
    policy = loaded(BASE.replace('"${S}"', "http://127.0.0.1:8080/hook"), environment=ENVIRONMENT)
    assert policy.policy.digest is not None


def test_no_channel_at_all_is_a_mistake() -> None:
    assert refusal("digest: {weekday: monday}\n") == "6: digest: name at least one channel under digest.channels"


def test_the_policy_of_the_documentation_holds() -> None:
    page = (ROOT / "docs" / "digest.md").read_text(encoding="utf-8")
    (text,) = [block.text for block in blocks(page) if block.kind == "yaml"]
    names = {name: f"https://x.example/{name}" for name in re.findall(r"\$\{(\w+)\}", text)}
    digest = loaded(head=text, environment=names).policy.digest
    assert digest is not None
    assert set(digest.channels) == {"email", "slack", "files"}
