"""HTML, JSON and CSV: the same figures, safe for whatever reads them, documented key by key."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import html
import io
import json
import re
import sys
from html.parser import HTMLParser

import pytest

from kam_sync.errors import ConfigError
from kam_sync.records import Role
from kam_sync.reporting import html as page_module
from kam_sync.reporting.counting import count
from kam_sync.reporting.exports import COLUMNS, JSON_VERSION, report_csv, report_data, report_json
from kam_sync.reporting.figures import Report
from kam_sync.reporting.html import MOST_INLINE, report_html
from support_markdown import ROOT
from support_reporting import HOSTILE, large, org, sample

DOCS = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")


class Page(HTMLParser):
    """What a reader of the HTML finds: tags with attributes, the text of each table's cells, whole text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._table = ""
        self._inside: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        self._inside.append(tag)
        if tag == "table":
            self._table = given.get("id", f"table-{len(self.tables)}")
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in {"th", "td"}:
            self.tables[self._table][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"script", "style"} & set(self._inside):
            return
        self.text.append(data)
        if {"th", "td"} & set(self._inside):
            self.tables[self._table][-1][-1] += data


@pytest.fixture(scope="module")
def given() -> Report:
    return sample()


@pytest.fixture(scope="module")
def text(given: Report) -> str:
    return report_html(given)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_html_json_and_csv_have_the_same_figures(given: Report, page: Page) -> None:
    data = json.loads(report_json(given))
    rows = list(csv.DictReader(io.StringIO(report_csv(given))))
    head, *shown = page.tables["matrix"]
    assert len(rows) == len(data["accounts"]) == len(shown) == data["figures"]["headline"]["accounts"]
    for row, account, cells in zip(rows, data["accounts"], shown, strict=True):
        cell = dict(zip(head, cells, strict=True))
        assert row["account_id"] == account["account_id"]
        assert row["owner"] == account["owner"]["name"] == cell["Owner"]
        assert row["tier"] == (account["tier"] or "") == cell["Tier"]
        for role in Role:
            assert row[role.value] == account["roles"][role.value]["level"] == cell[role.label.capitalize()]
        assert f"{row['covered']} of 6" == f"{account['covered']} of 6" == cell["Covered"]
        for severity, number in account["open"].items():
            assert row[severity] == str(number)
            assert (f"{number} {severity}" in cell["Findings"]) == (number > 0)
        assert row["live_tasks"] == str(account["live_tasks"]) == cell["Live tasks"]
        assert row["queued"] == str(len(account["queue"])) == cell["Waiting"]
        assert row["review"] == account["review"]["state"]
        assert row["next_review"] == (account["review"]["on"] or "")
        assert (row["review"] in cell["Plan review"]) == (row["review"] != "planned")
    headline = data["figures"]["headline"]
    portfolio = [found for one in data["orgs"] for found in one["findings"] if found["state"] == "active"]
    for severity, number in headline["findings"].items():
        on_accounts = sum(int(row[severity]) for row in rows)
        assert number == on_accounts + sum(found["severity"] == severity for found in portfolio)
    elsewhere = sum(o["live_tasks_elsewhere"] for o in data["orgs"])
    assert headline["live_tasks"] == sum(int(row["live_tasks"]) for row in rows) + elsewhere


def test_the_headline_of_the_page_is_that_of_the_json(given: Report, text: str) -> None:
    figures = re.findall(r'<span class="figure">([\d,]+)</span> <span class="label">([^<]+)</span>', text)
    shown = {html.unescape(label).strip(): int(number.replace(",", "")) for number, label in figures}
    headline = json.loads(report_json(given))["figures"]["headline"]
    assert shown == {
        "accounts": headline["accounts"],
        "covered in all six roles": headline["fully_covered"],
        "open findings": headline["open_findings"],
        "live tasks": headline["live_tasks"],
        "not fully judged": headline["not_fully_judged"],
    }


def test_every_chart_has_its_figures_beside_it(given: Report, page: Page) -> None:
    figures = count(given)
    tables = list(page.tables.values())
    assert [t[0][1:] for t in tables if t and t[0][0] == "open for"] == [["critical", "high", "medium", "low", "info"]]
    (trend,) = [table for table in tables if table[0][0] == "week to"]
    assert [int(row[1]) for row in trend[1:]] == [week.open for week in figures.weeks]
    (reviews,) = [table for table in tables if table[0][0] == "next review"]
    assert [int(row[1]) for row in reviews[1:]] == list(figures.reviews.values())
    drawings = [given for tag, given in page.tags if tag == "svg"]
    assert len(drawings) == 6
    assert all(drawing["role"] == "img" and len(drawing["aria-label"]) > 20 for drawing in drawings)


def test_the_page_asks_for_nothing_and_allows_nothing(text: str, page: Page) -> None:
    loading = {"src", "srcset", "poster", "data", "background", "action", "formaction", "style", "onclick", "onerror"}
    for tag, attributes in page.tags:
        assert not loading & attributes.keys(), (tag, attributes)
        assert tag not in {"iframe", "object", "embed", "base", "img", "image", "use"}
        if tag == "link":
            assert attributes == {"rel": "icon", "href": "data:,"}
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "https://crm.example/", "data:,")), attributes
        if attributes.get("target"):
            assert attributes["rel"] == "noopener noreferrer"
    (policy,) = [a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        ours = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(ours) == 1
        digest = base64.b64encode(hashlib.sha256(ours[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_hostile_text_is_text(text: str, page: Page) -> None:
    shown = "".join(page.text)
    for hostile in HOSTILE:
        if hostile.isprintable():
            assert hostile in shown
    assert "\\u202egnirts desrever\\u202c\\x1b[31m\\x00\\u2028" in shown
    assert not re.search("[\x00\x1b\u202e\u2028]", text)
    assert {tag for tag, _ in page.tags}.isdisjoint({"b<", "img"})
    assert sum(tag == "script" for tag, _ in page.tags) == 1


def test_csv_holds_no_formula_and_one_line_a_row(given: Report) -> None:
    written = report_csv(given)
    rows = list(csv.reader(io.StringIO(written)))
    assert len(written.splitlines()) == len(rows) == len(given.accounts) + 1
    assert not [value for row in rows for value in row if value.startswith(("=", "+", "-", "@"))]
    assert "'=HYPERLINK" in written


def test_json_and_csv_are_documented_key_by_key(given: Report) -> None:
    data = json.loads(report_json(given))
    assert data["version"] == JSON_VERSION
    assert f"`version` ({JSON_VERSION})" in DOCS

    def documented(heading: str) -> list[str]:
        section = DOCS.partition(f"### {heading}\n")[2].partition("\n##")[0]
        return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    account = data["accounts"][0]
    assert documented("The report") == list(data)
    assert documented("An org") == list(data["orgs"][0])
    assert documented("Figures") == list(data["figures"])
    assert documented("Headline") == list(data["figures"]["headline"])
    assert documented("An account") == list(account)
    assert documented("A finding") == list(account["findings"][0])
    assert documented("A task") == list(account["tasks"][0])
    assert documented("A waiting task") == list(account["queue"][0])
    assert documented("CSV") == list(COLUMNS)


def test_the_data_is_the_text(given: Report) -> None:
    assert json.loads(report_json(given)) == json.loads(json.dumps(report_data(given)))


def test_beyond_a_size_details_are_packed_and_all_rows_stay_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"Up to {MOST_INLINE:,} accounts" in DOCS
    monkeypatch.setattr(page_module, "MOST_INLINE", 100)
    monkeypatch.setattr(page_module, "PACK", 40)
    assert "need JavaScript" not in report_html(large(100))
    report = large(101)
    text = report_html(report)
    packs = re.findall(r'<script type="text/plain" class="pack">([^<]+)</script>', text)
    articles = [article for pack in packs for article in json.loads(gzip.decompress(base64.b64decode(pack)))]
    assert len(packs) == 3
    assert len(articles) == len(report.accounts)
    assert all(account.name in article for account, article in zip(report.accounts, articles, strict=True))
    assert '<article class="account"' not in text
    assert "need JavaScript" in text
    assert len(Page(text).tables["matrix"]) == len(report.accounts) + 1


def test_a_report_without_accounts_or_findings_says_so() -> None:
    text = report_html(Report(orgs=(org(changes={}),), accounts=()))
    assert "No account is in scope" in text
    assert "Nothing is open" in text
    assert "no trend to draw" in text


def test_without_the_converter_html_says_what_to_install(given: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ConfigError, match=r"pip install 'kam-sync\[report\]'"):
        report_html(given)
    assert report_json(given)
    assert report_csv(given)


def test_the_same_report_gives_the_same_bytes(given: Report, text: str) -> None:
    assert report_html(given) == text
