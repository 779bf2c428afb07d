"""The text of tasks: what values may hold, what is cut, and that the key survives it all."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from kam_sync.ports import Line, Section, TaskText
from kam_sync_salesforce._task_text import (
    DESCRIPTION_LIMIT,
    SUBJECT_LIMIT,
    body,
    cut,
    normalized,
    one_line,
    reference_in,
    render,
    size,
    subject,
)
from support_salesforce import KEY

OTHER_KEY = "k1" + "0b" * 12 + "-2"


def text(*lines: str, heading: str = "Nobody is Innovator") -> TaskText:
    return TaskText(sections=(Section(heading=heading, lines=tuple(Line(text=line) for line in lines), bullets=True),))


def test_sections_become_plain_text() -> None:
    rendered = render(
        TaskText(
            sections=(
                Section(
                    heading="1. Nobody is Innovator",
                    lines=(
                        Line(
                            text="Nordhavn Offshore", url="https://acme.my.salesforce.com/lightning/r/Account/001/view"
                        ),
                        Line(text="Why it matters: <b>&</b>"),
                    ),
                    bullets=True,
                ),
                Section(heading="", lines=(Line(text="", url="https://a.example/x"), Line(text="Plain"))),
            )
        )
    )
    assert rendered == (
        "1. Nobody is Innovator\n"
        "- Nordhavn Offshore https://acme.my.salesforce.com/lightning/r/Account/001/view\n"
        "- Why it matters: <b>&</b>\n"
        "\n"
        "https://a.example/x\n"
        "Plain"
    )


def test_values_cannot_break_their_line_or_hide_text() -> None:
    hostile = "Nord\r\nhavn\x00\x1b[31m\u2028\u2029\x85\u202eerohsffO\u2069 \ud800 \t AG"
    assert one_line(hostile) == "Nord havn [31m erohsffO AG"
    assert one_line("می‌خواهم") == "می‌خواهم"


def test_a_link_is_shown_only_if_it_is_one() -> None:
    for url in ("javascript:alert(1)", "https://a.example/x y", "https://a.example/\nb", 'https://a.example/"'):
        assert render(TaskText(sections=(Section(heading="", lines=(Line(text="x", url=url),)),))) == "x"


@given(st.text())
def test_a_value_is_one_line_of_printable_text(value: str) -> None:
    cleaned = one_line(value)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert one_line(cleaned) == cleaned
    cleaned.encode()


def test_subjects_are_cut_to_salesforces_limit() -> None:
    assert subject("  Short\n one ") == "Short one"
    assert len(subject("x" * 300)) == SUBJECT_LIMIT
    assert subject("x" * 300).endswith("…")
    # A character beyond the BMP counts twice.
    assert size(subject("😀" * 200)) <= SUBJECT_LIMIT


@given(st.text(alphabet="ab\n😀é ", max_size=60), st.integers(min_value=0, max_value=70))
def test_cutting_keeps_the_limit_and_the_beginning(value: str, limit: int) -> None:
    short = cut(value, limit)
    assert size(short) <= limit
    assert short == value or value.startswith(short.removesuffix("…"))
    assert (short == value) == (size(value) <= limit)


def test_the_key_is_the_last_line() -> None:
    assert body("Nobody is Innovator", None, KEY) == f"Nobody is Innovator\n\nReference: {KEY}"
    assert body("", None, KEY) == f"Reference: {KEY}"


def test_a_note_goes_below_the_text_and_above_the_key() -> None:
    current = f"Nobody is Innovator\r\n\r\nReference: {KEY}"
    assert body(current, "Closed by kam-sync on 2026-11-23", KEY) == (
        f"Nobody is Innovator\n\nClosed by kam-sync on 2026-11-23\n\nReference: {KEY}"
    )
    below = f"Nobody is Innovator\n\nReference: {KEY}\nA person wrote this"
    assert body(below, "Note", KEY) == f"Nobody is Innovator\n\nA person wrote this\n\nNote\n\nReference: {KEY}"


def test_another_key_in_the_text_is_not_touched_and_the_last_one_counts() -> None:
    written = body(f"Follows\nReference: {OTHER_KEY}", None, KEY)
    assert f"Reference: {OTHER_KEY}\n" in written
    assert reference_in(written) == KEY


def test_the_note_and_the_key_survive_cutting() -> None:
    written = body("x" * 40_000, "The note\nof two lines", KEY)
    assert size(written) <= DESCRIPTION_LIMIT
    assert written.endswith(f"…\n\nThe note\nof two lines\n\nReference: {KEY}")
    assert size(body("x" * 40_000, "n" * 40_000, KEY)) <= DESCRIPTION_LIMIT
    assert reference_in(body("x" * 40_000, "n" * 40_000, KEY)) == KEY


def test_line_breaks_count_twice() -> None:
    written = body("x\n" * 16_000, None, KEY)
    assert len(written) + written.count("\n") <= DESCRIPTION_LIMIT


@given(st.text(max_size=80), st.none() | st.text(max_size=40))
def test_the_key_is_found_again_in_every_body(base: str, note: str | None) -> None:
    written = body(base, note, KEY)
    assert reference_in(written) == KEY
    assert reference_in(written.replace("\n", "\r\n")) == KEY
    assert normalized(written) == written
    assert body(written, None, KEY) == written, "writing again what was read changes nothing"


def test_a_key_in_running_text_is_no_reference() -> None:
    assert reference_in(f"see Reference: {KEY}") is None
    assert reference_in(f"Reference: {KEY} or so") is None
    assert reference_in("Reference: k1xyz-1") is None
    assert reference_in("") is None


def test_texts_are_compared_without_what_salesforce_changes_in_them() -> None:
    assert normalized("a \r\nb\rc\t\n\n") == "a\nb\nc"
    assert normalized(None) == ""


def test_a_rendered_text_has_no_trailing_blanks_to_lose() -> None:
    written = body(render(text("one ", "", "two")), None, KEY)
    assert normalized(written) == written
