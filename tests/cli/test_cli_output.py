"""What is shown fits, is escaped, and can be piped."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kam_sync.cli.blocks import KIND_NOUNS, Line, Table, counted, counted_kind, table
from kam_sync.cli.terminal import Terminal
from kam_sync.escaping import cell, one_line
from kam_sync.records import RecordKind
from support_cli import FORMULA, MARKUP, CommandLine

STYLE = re.compile(r"\x1b\[[0-9;]*m")
"""What rich itself sends to a terminal that shows colours."""
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|4[0-9]|9[0-9])(?:;[0-9]+)*m")


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "72")


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    shown = one_line(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(shown)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp"))))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize("text", ["کاوه\u200cنیا", "👩\u200d🔬", "समीक्षा"])
def test_joiners_of_real_scripts_stay(text: str) -> None:
    assert one_line(text) == text


@given(st.sampled_from(["", " ", "  "]), st.sampled_from("=+-@\t\r＝＋－＠"), st.text())
def test_no_cell_begins_like_a_formula(blanks: str, first: str, rest: str) -> None:
    assert cell(f"{blanks}{first}{rest}").startswith("'")


@given(st.text(alphabet=st.characters(exclude_characters="=+-@\t\r＝＋－＠ \x00", codec="utf-8"), min_size=1))
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=4))
def test_csv_is_a_row_a_line_and_can_be_read_back(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    terminal = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", buffer)
        terminal.csv(("a", "b"), rows)
    assert buffer.getvalue().count("\n") == 1 + len(rows)
    read = list(csv.reader(io.StringIO(buffer.getvalue(), newline="")))
    assert read == [["a", "b"], *([cell(one_line(value)) for value in row] for row in rows)]


def test_counts_agree_with_their_nouns() -> None:
    assert [counted(n, noun) for n, noun in ((0, "task"), (1, "task"), (2, "task"), (2, "activity"))] == [
        "0 tasks",
        "1 task",
        "2 tasks",
        "2 activities",
    ]
    kinds = ("contact", "activity", "feedback", "owner_change", "sales")
    assert [counted_kind(1, kind) for kind in kinds][2:] == ["1 grade", "1 change of owner", "1 row of sales"]
    many = ["2 contacts", "2 activities", "2 grades", "2 changes of owner", "2 rows of sales"]
    assert [counted_kind(2, kind) for kind in kinds] == many
    assert {kind.value for kind in RecordKind} >= KIND_NOUNS.keys()


def test_plain_tables_are_aligned_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["株式会社 蒼月精工", "Øvergård", "🦊 Rotfuchs"]
    Terminal().show([table("name", "after", rows=[(name, Line("x")) for name in names])])
    lines = capsys.readouterr().out.splitlines()
    assert {cell_len(line[: line.rindex("x")]) for line in lines[1:]} == {cell_len(lines[0][: lines[0].index("after")])}


def test_an_empty_table_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().show([Table(columns=("a",), rows=())])
    assert capsys.readouterr().out == ""


def test_names_are_shown_literally_and_nothing_is_obeyed(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    for words in (["check"], ["plan"], ["state", "links"], ["why", "markup"], ["why", "escapes"]):
        out = cli.done(*words).out
        assert "\x1b" not in out
        assert "\u202e" not in out
    assert MARKUP in cli.done("check").out
    assert FORMULA in cli.done("check").out
    assert r"Weiß\x1b[31mrot\u202eлевша\nneu" in cli.done("check").out


@pytest.mark.usefixtures("on_terminal")
def test_on_a_terminal_tables_fit_and_names_are_shown_literally(cli: CommandLine) -> None:
    cli.done("run", "--apply")
    for words in (["run"], ["check"], ["plan"], ["why", "markup"], ["rules"], ["doctor"]):
        answer = cli.done(*words)
        assert STYLE.search(answer.out), words
        shown = STYLE.sub("", answer.out)
        assert "\x1b" not in shown, words
        assert max(cell_len(line.rstrip()) for line in shown.splitlines()) <= 72, words
    heading = STYLE.sub("", cli.done("why", "markup").out)
    assert MARKUP in " ".join(heading.split())


@pytest.mark.usefixtures("on_terminal")
def test_on_a_terminal_progress_is_live_and_on_standard_error(cli: CommandLine) -> None:
    answer = cli.done("run")
    assert "\x1b[?25l" in answer.err  # the cursor is hidden while a line moves
    assert "accounts judged" not in STYLE.sub("", answer.out)


@pytest.mark.usefixtures("on_terminal")
def test_no_color_is_respected(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert COLOUR.search(cli.done("rules").out)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not COLOUR.search(cli.done("rules").out)


def test_plain_progress_is_a_few_lines_on_standard_error(cli: CommandLine) -> None:
    answer = cli.done("run", "--apply")
    assert answer.err.splitlines() == [
        "main: 3 users, 5 accounts, 18 roles, 1 opportunity, 4 activities, 4 plans",
        "main: 5 accounts judged",
        "main: 4 tasks written",
    ]


def test_json_is_all_there_is_on_standard_output(cli: CommandLine) -> None:
    cli.done("pull")
    out = cli.done("check", "--format", "json").out
    assert out.startswith("{")
    assert out.endswith("}\n")
