"""`kam-sync digest`: what is shown, what is sent, and what it exits with."""

from __future__ import annotations

from pathlib import Path

import pytest

from kam_sync.clock import SystemClock
from support_cli import POLICY, CommandLine
from support_markdown import ROOT, blocks

SECTION = "digest: {owners: [files], portfolio: [files], channels: {files: {kind: file, folder: digests}}}\n"
MAIL = """\
digest:
  owners: [post]
  channels: {post: {kind: smtp, host: 127.0.0.1, port: 1, security: none, from: kam@vendor.example}}
"""


@pytest.fixture
def week_later(cli: CommandLine) -> CommandLine:
    cli.write_policy(POLICY + SECTION)
    cli.done("run", "--apply")
    cli.clock.advance(days=7)
    return cli


def test_it_shows_everything_and_sends_nothing(week_later: CommandLine, folder: Path) -> None:
    out = week_later.done("digest").out
    assert "Portfolio digest, week 2026-W10" in out
    assert "Amal Haddad: your week from 2026-03-02 to 2026-03-08" in out
    assert "\x1b" not in out
    assert "Nothing was sent. Next: kam-sync digest --send\n" in out
    assert not (folder / "digests").exists()


def test_it_sends_once(week_later: CommandLine, folder: Path) -> None:
    assert "Sent: 4 digests" in week_later.done("digest", "--send").out
    assert len(list((folder / "digests").iterdir())) == 8
    second = week_later.done("digest", "--send").out
    assert "already sent" in second
    assert "Sent:" not in second
    assert "Next:" not in week_later.done("digest").out


def test_it_is_silent_for_schedulers_when_all_goes_well(week_later: CommandLine) -> None:
    assert week_later.done("--quiet", "digest", "--send").all == ""


def test_one_may_be_seen_and_sent_again(week_later: CommandLine) -> None:
    out = week_later.done("digest", "--owner", "bo lindqvist").out
    assert "Bo Lindqvist" in out
    assert "Amal" not in out
    assert "--owner 'bo lindqvist'" in out
    week_later.done("digest", "--send")
    assert "Sent: 1 digest\n" in week_later.done("digest", "--send", "--again", "portfolio").out


def test_another_week_may_be_looked_at(week_later: CommandLine) -> None:
    week_later.clock.advance(days=7)
    out = week_later.done("digest", "--week", "2026-W10", "--owner", "portfolio").out
    assert "New this week" in out
    assert "Next: kam-sync digest --send --week 2026-W10 --owner portfolio" in out


def test_a_mistake_is_said(week_later: CommandLine) -> None:
    mistakes = {
        "--week 2026-W99": "there is no week '2026-W99'",
        "--week 2031-W10": "choose one that has begun",
        "--owner Nobody": "nobody called 'Nobody' gets a digest",
        "--again portfolio": "add --send",
        "--channel files": "add --send",
        "--send --channel flies": "there is no channel 'flies' in the policy; there are: files",
        "--send --again portfolio --owner portfolio": "give the name once",
    }
    for words, message in mistakes.items():
        answer = week_later("digest", *words.split())
        assert answer.code == 2, words
        assert message in answer.err


def test_without_a_section_it_is_shown_and_cannot_be_sent(cli: CommandLine) -> None:
    cli.done("run")
    assert "nowhere to send to" in cli.done("digest").out
    answer = cli("digest", "--send")
    assert answer.code == 2
    assert "docs/digest.md" in answer.err


def test_what_fails_is_said_without_an_address_and_exits_with_1(cli: CommandLine) -> None:
    cli.write_policy(POLICY + MAIL)
    cli.done("run")
    cli.clock.advance(days=7)
    answer = cli("--quiet", "digest", "--send")
    assert (answer.code, answer.out) == (1, "")
    assert "the digest for Amal Haddad by post was not sent: post's mail server cannot be reached" in answer.err
    assert "the next run tries again" in answer.err
    assert "@" not in answer.err


def test_what_the_documentation_shows_works(week_later: CommandLine) -> None:
    page = (ROOT / "docs" / "digest.md").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].split() for b in blocks(page) if b.kind == "sh" for line in b.text.splitlines()]
    assert len(lines) == 5
    for words in lines:
        assert words[0] == "kam-sync"
        week_later.done(*words[1:])


def test_the_python_of_the_documentation_works(
    week_later: CommandLine, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "digest.md").read_text(encoding="utf-8")
    (code,) = [block.text for block in blocks(page) if block.kind == "python"]
    monkeypatch.setattr(SystemClock, "now", lambda _self: week_later.clock.now())
    with pytest.raises(SystemExit) as ended:
        exec(compile(code, "digest.md", "exec"), {})  # noqa: S102 - our own documentation
    assert ended.value.code == 0
    assert "Amal Haddad solved: 0 open:" in capsys.readouterr().out
    assert (folder / "digests" / "2026-W10-portfolio.txt").exists()
