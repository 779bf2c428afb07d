"""Whatever people and accounts are called, a digest shows it and nothing obeys it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.digest_facts import AMAL, WEEK, built, closed, facts, failing, live, review, solved, waiting
from kam_sync.digesting.building import build_digests
from kam_sync.digesting.exporting import JSON_VERSION, as_json
from kam_sync.digesting.html import as_html
from kam_sync.digesting.plain import as_text
from kam_sync.digesting.presenting import MOST_LINES, Document, present
from kam_sync.digesting.slack import MOST_BLOCKS, MOST_HEADER, MOST_TEXT, as_slack, escape
from kam_sync.records import User
from support_markdown import ROOT

HOSTILE = (
    '<script>alert(1)</script> & "Söhne"',
    "<!channel> <@U123> @here <https://evil.example|Angebot>",
    "{{ 7 * 7 }} {% raw %} ${HOME}",
    "Zeile\r\nBcc: x@evil.example\n\n- forged\x1b[31m\u202e",
    "*fett* _kursiv_ ~weg~ `code` ```block",
    "' onmouseover='alert(1)",
    "مؤسسة النور | شركة",
)
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li", "a", "bdi", "div"}
ATTRIBUTES = {"lang", "charset", "name", "content", "dir", "class", "href", "scope"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "footer"}


class Reader(HTMLParser):
    """Notes every tag, link and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def document_of(text: str) -> Document:
    user = User(id="amal", name=text, email=AMAL.email)
    findings = (failing(account=text, title=text, since=WEEK.first), failing(None, account=text, title=text))
    org = facts(
        org=text, users={"amal": user}, accounts={"amal": 1},
        findings=tuple(failing(org=text, account=f.account, title=f.title, user_id=f.user_id) for f in findings),
        problems=(text,),
    )  # fmt: skip
    return present(build_digests([org], WEEK)[0])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_shows_hostile_text_as_text(text: str) -> None:
    page = as_html(document_of(text))
    reader = Reader(page)
    assert set(reader.tags) <= TAGS
    assert {name for name, _ in reader.attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "dir",
        "class",
        "href",
        "scope",
    }
    assert all(str(value).startswith("https://crm.example/") for name, value in reader.attributes if name == "href")
    assert text.split("\r", maxsplit=1)[0] in reader.text
    assert "\x1b" not in page


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_on_its_line(text: str) -> None:
    lines = as_text(document_of(text)).splitlines()
    assert not any(line.startswith(("Bcc:", "- forged")) for line in lines)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", "\n".join(lines))


@pytest.mark.parametrize("text", HOSTILE)
def test_slack_obeys_nothing(text: str) -> None:
    message = as_slack(document_of(text))
    said = json.dumps(message, ensure_ascii=False)
    links = re.findall(r"<([^>]*)>", said)
    assert all(link.startswith("https://crm.example/") for link in links)
    assert not re.search(r"<[!@#]", said)
    assert "```" not in said
    texts = [block["text"] for block in _blocks(message) if block["type"] == "section"]
    assert all(isinstance(text, dict) and text["verbatim"] is True for text in texts)


def _blocks(message: object) -> list[dict[str, object]]:
    assert isinstance(message, dict)
    blocks = message["blocks"]
    assert isinstance(blocks, list)
    return blocks


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=40), st.integers(0, 100), st.integers(1, 40))
def test_slacks_limits_are_kept_and_what_is_cut_is_said(text: str, count: int, length: int) -> None:
    name = text * length
    findings = tuple(
        failing(account=f"{name}{n}", title=name, since=WEEK.first, url="https://x.example/" + "&" * n)
        for n in range(count)
    )
    org = facts(findings=findings, users={"amal": User(id="amal", name=name or "x", email=None)})
    message = as_slack(present(build_digests([org], WEEK)[0]))
    blocks = _blocks(message)
    assert len(blocks) <= MOST_BLOCKS
    for block in blocks:
        texts = block.get("elements") or [block.get("text")]
        assert isinstance(texts, list)
        most = MOST_HEADER if block["type"] == "header" else MOST_TEXT
        for each in texts:
            assert 1 <= len(each["text"]) <= most


def test_a_long_section_says_how_much_is_left_out() -> None:
    found = tuple(failing(account=f"Firma {n:03}", since=WEEK.first) for n in range(MOST_LINES + 7))
    portfolio, _ = built(facts(findings=found))
    assert "- and 7 more accounts" in as_text(present(portfolio))
    long = tuple(failing(account=f"Firma {n} {'&' * 500}", since=WEEK.first, title="&" * 500) for n in range(9))
    said = json.dumps(as_slack(present(built(facts(findings=long))[0])))
    assert re.search(r"and \d+ more", said)


def test_slacks_escapes() -> None:
    assert escape("a & b < c > d") == "a &amp; b &lt; c &gt; d"
    assert escape("`x`") == "'x'"
    assert escape("*x*").replace("\u200b", "") == "*x*"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "//evil.example",
        "https://x.example/\n",
        "https://[",
        "",
        'https://x"y',
    ],
)
def test_only_web_pages_become_links(url: str) -> None:
    portfolio, _ = built(facts(findings=(failing(url=url),), live=(live(url=url),)))
    document = present(portfolio)
    assert "href" not in as_html(document)
    assert "<" not in json.dumps(as_slack(document))
    assert url not in as_text(document) or not url


def test_the_page_loads_nothing() -> None:
    page = as_html(document_of("Firma"))
    assert not re.search(r"src=|url\(|@import|<link|<script|<img", page)


def test_two_orgs_are_told_apart() -> None:
    second = facts(org="second", org_uid="uid-2", findings=(failing(org="second"),))
    portfolio, _ = built(facts(findings=(failing(),)), second)
    text = as_text(present(portfolio))
    assert "Firma Eins (main):" in text
    assert "Firma Eins (second):" in text


def test_the_json_is_documented_key_by_key() -> None:
    page = (ROOT / "docs" / "digest.md").read_text(encoding="utf-8")
    digest, _ = built(
        facts(
            findings=(failing(),), solved=(solved(),), live=(live(),), closed=(closed(),), waiting=(waiting(),),
            reviews=(review(),),
        )
    )  # fmt: skip
    data = as_json(digest, present(digest), "an-id")
    counts = data["counts"]
    assert isinstance(counts, dict)
    section = page.partition("## What a webhook gets")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [*data, *counts]
    assert f"`version` ({JSON_VERSION})" in section
    assert json.loads(json.dumps(data)) == data
