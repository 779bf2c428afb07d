"""docs/troubleshooting.md has an entry for every message that users must do something about, and no other."""

from __future__ import annotations

import re

import pytest

from support_literals import HOLE
from support_markdown import ROOT
from support_messages import EXPLAINED, Message, messages

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^\| `([^`|]+)` \| \S", PAGE, re.MULTILINE)
MESSAGES = tuple(messages())
NEEDING_AN_ENTRY = [each for each in MESSAGES if each.of in EXPLAINED and not each.text.startswith("expected ")]
"""The page says once what to do about those that begin with `expected`."""


def _speaks_of(entry: str, message: Message) -> bool:
    """Return whether a message begins with an entry, in which `…` stands for anything."""
    parts = [re.escape(part.strip(" ")) for part in entry.split(HOLE)]
    return re.match(r"\s*.*?\s*".join(parts), message.text) is not None


@pytest.mark.parametrize("message", NEEDING_AN_ENTRY, ids=lambda each: f"{each.place} {each.of}")
def test_every_message_has_an_entry(message: Message) -> None:
    assert any(_speaks_of(entry, message) for entry in ENTRIES), f"{message.of} of {message.place}: {message.text}"


def test_every_entry_speaks_of_a_message() -> None:
    idle = [entry for entry in ENTRIES if not any(_speaks_of(entry, message) for message in MESSAGES)]
    assert idle == []


def test_every_entry_has_words_of_its_own() -> None:
    assert [entry for entry in ENTRIES if len(re.findall(r"[A-Za-z]", entry)) < 6] == []


def test_no_entry_stands_there_twice() -> None:
    assert len(ENTRIES) == len(set(ENTRIES))


def test_the_page_speaks_of_what_begins_with_expected() -> None:
    assert "What begins with `expected` says what the key takes." in " ".join(PAGE.split())


def test_messages_are_found_in_the_whole_code() -> None:
    places = {message.place.partition("/")[0] for message in MESSAGES}
    assert places == {"connectors", "src"}
    assert {message.of for message in MESSAGES} >= EXPLAINED
    assert len(MESSAGES) > 250


@pytest.mark.parametrize(
    ("of", "text"),
    [
        pytest.param("ConfigError", "there is no week …; weeks are named such as 2026-W47", id="where it is raised"),
        pytest.param("ValueError", "give either private_key or private_key_file", id="a local name"),
        pytest.param("Mistake", "name at least one channel under digest.channels", id="no error"),
        pytest.param("SetupItem", "it comes with the object …", id="a finding that is changed"),
        pytest.param("SetupItem", "let the integration user read it, or correct the mapping", id="a table's default"),
        pytest.param("SetupItem", "HubSpot lets nobody change the options of …: correct the values of …", id="either"),
        pytest.param(
            "RefusedError",
            "… is no longer marked as made by kam-sync setup: somebody has taken it over, so that it stays",
            id="a helper",
        ),
        pytest.param(
            "SetupItem",
            "… is there, but …: name another property in …, or change this one in HubSpot",
            id="a helper that returns several things",
        ),
    ],
)
def test_messages_are_found_wherever_the_code_has_them(of: str, text: str) -> None:
    assert (of, text) in {(message.of, message.text) for message in MESSAGES}


def test_constants_in_messages_are_read() -> None:
    assert any('lacks "View Setup and Configuration"' in message.text for message in MESSAGES)
