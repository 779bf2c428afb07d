"""Task bodies: escaped, cut at whole lines, and compared in one form."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_sync.ports import Line, Section, TaskText
from kam_sync_hubspot._html import LONGEST_BODY, MORE, append_note, is_safe_link, normalise, note_paragraph, render


def section(heading: str, *lines: str | Line, bullets: bool = False) -> Section:
    return Section(
        heading=heading,
        lines=tuple(line if isinstance(line, Line) else Line(text=line) for line in lines),
        bullets=bullets,
    )


def text(*sections: Section) -> TaskText:
    return TaskText(sections=sections)


class Tags(HTMLParser):
    """Gathers the tags and attributes of a body."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(body)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_sections_become_headings_paragraphs_and_lists() -> None:
    body = render(
        text(
            section(
                "What is wrong",
                "Nobody is the innovator.",
                Line(text="Open", url="https://app.hubspot.com/c/1?a=b&c=d"),
            ),
            section("Done when", "a", "b", bullets=True),
            section("", "c", bullets=True),
            section("Last", "d"),
        )
    )
    assert body == (
        "<p><strong>What is wrong</strong></p><p>Nobody is the innovator.</p>"
        '<p><a href="https://app.hubspot.com/c/1?a=b&amp;c=d">Open</a></p>'
        "<p><strong>Done when</strong></p><ul><li>a</li><li>b</li></ul>"
        "<ul><li>c</li></ul><p><strong>Last</strong></p><p>d</p>"
    )


def test_every_value_is_escaped() -> None:
    evil = '<script>alert(1)</script><img src=x onerror="a">&amp; <b>'
    body = render(
        text(
            section(evil, evil, Line(text=evil, url="https://x.example/?q=<script>&a='\"")),
            section("", evil, bullets=True),
        )
    )
    assert {tag for tag, _attributes in Tags(body).found} == {"p", "strong", "a", "ul", "li"}
    assert "<script" not in body
    assert body.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "https:///x",
        "https://a.example/ b",
        "https://a.example/\n",
        "mailto:a@b.example",
        "ftp://a.example",
        "http://[",
        "",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert not is_safe_link(url)
    assert render(text(section("", Line(text="Open", url=url)))) == "<p>Open</p>"


def test_a_quote_in_an_address_stays_inside_its_attribute() -> None:
    url = 'https://a.example/?x="onmouseover="alert(1)'
    [(_p, _none), (tag, attributes)] = Tags(render(text(section("", Line(text="Open", url=url))))).found
    assert (tag, attributes) == ("a", {"href": url})


def test_lines_lose_breaks_and_control_characters_and_empty_ones_vanish() -> None:
    assert render(text(section("a\x00b", "  c\n\td ", "", "\x07"))) == "<p><strong>a b</strong></p><p>c d</p>"


def test_a_long_text_is_cut_at_a_whole_line_with_its_list_closed() -> None:
    lines = [f"<{number}> " + "ö" * 1000 for number in range(200)]
    body = render(text(section("Evidence", *lines, bullets=True), section("After", "x")))
    assert LONGEST_BODY - 1100 < len(body) <= LONGEST_BODY
    assert body.endswith(f"</li></ul>{MORE}")
    assert body.count("<li>") == body.count("</li>")
    assert "After" not in body


@given(st.lists(st.text(max_size=40), max_size=12), st.booleans(), st.integers(min_value=20, max_value=400))
@settings(max_examples=60, deadline=None)
def test_what_is_rendered_fits_and_is_already_in_the_normal_form(lines: list[str], bullets: bool, room: int) -> None:
    body = render(text(section("Heading", *lines, bullets=bullets), section("Next", *lines)), room=room)
    assert len(body) <= room
    assert normalise(body) == body


@given(st.text(alphabet="<>/ab pdivul&;=\"' \n-!x#", max_size=60))
@settings(max_examples=150, deadline=None)
def test_normalising_twice_is_the_same_as_once(markup: str) -> None:
    once = normalise(markup)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (None, ""),
        ("  \n ", ""),
        ("plain  text\n here", "plain text here"),
        ('<div style="" dir="auto" data-top-level="true"><p style="margin:0;">a&nbsp;b</p></div>', "<p>a b</p>"),
        ("<P>a</P>\n\n<P>b", "<p>a</p><p>b</p>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul>\n <li>a\n <li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<p>a<br/>b<br></p>", "<p>a<br>b<br></p>"),
        ("<p>it&#39;s &quot;so&quot; &amp; &lt;ok&gt;</p>", '<p>it\'s "so" &amp; &lt;ok&gt;</p>'),
        ("<p><span style='color:red'>a</span> <b>b</b> c</p>", "<p>a <b>b</b> c</p>"),
        ("<p>a</p><!-- seen by nobody --><p>b</p>", "<p>a</p><p>b</p>"),
        (
            '<a target="_blank" rel="noopener" href="https://a.example/?a=1&b=2">x</a>',
            '<a href="https://a.example/?a=1&amp;b=2">x</a>',
        ),
        ('<a href="javascript:alert(1)">x</a><a href="java&#10;script:alert(1)">y</a>', "<a>x</a><a>y</a>"),
        (
            '<img onerror="alert(1)" src="https://a.example/i.png" alt="Plan">',
            '<img alt="Plan" src="https://a.example/i.png">',
        ),
        ("<script>alert(1)</script><style>p{}</style>a<iframe>x</iframe>b", "ab"),
        ('<span data-type="mention" data-id="5">Ana</span>', '<span data-id="5" data-type="mention">Ana</span>'),
        ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
        ("</p></div>a", "a"),
        ("<html><body><p>a</p></body></html>", "<p>a</p>"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
    ],
)
def test_bodies_are_compared_in_one_form(stored: str | None, expected: str) -> None:
    assert normalise(stored) == expected
    assert normalise(expected) == expected


def test_a_note_is_escaped_and_stands_behind_what_is_there() -> None:
    assert append_note("<p>a</p>", "Solved on 2026-11-23 <b>\nby\n\nkam-sync") == (
        "<p>a</p><p>Solved on 2026-11-23 &lt;b&gt;<br>by<br>kam-sync</p>"
    )
    assert normalise(note_paragraph("a\nb <x>")) == note_paragraph("a\nb <x>")


def test_nothing_of_a_persons_text_is_cut_for_a_note() -> None:
    assert append_note("x" * (LONGEST_BODY - 3), "note") is None
