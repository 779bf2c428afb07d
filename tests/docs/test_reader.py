"""The reader itself: what a page says wrongly fails, and what nothing can check must not be on a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.clock import ManualClock
from kam_sync.demo import START
from kam_sync.errors import ConfigError
from support_docs import Reader, UnknownBlockError, reader_of
from support_markdown import ROOT, blocks, steps
from support_shown import is_part, is_shown

HIDDEN = "<!-- test: {} -->\n"


@pytest.fixture
def reader(folder: Path) -> Iterator[Reader]:
    with reader_of(ROOT / "README.md", folder, ManualClock(START)) as made:
        (made.folder / "kam-sync.yaml").write_text("version: 1\n", encoding="utf-8")
        yield made


def _follow(reader: Reader, markdown: str) -> None:
    found = list(steps(markdown))
    assert found
    for step in found:
        reader.follow(step)


@pytest.mark.parametrize(
    "page",
    [
        "```toml\na = 1\n```\n",
        "```\nplain\n```\n",
        "```sh\ncurl example.com\n```\n",
        "```sh\nkam-sync rules | tee rules.txt\n```\n",
        HIDDEN.format("wave"),
        HIDDEN.format("exits three times") + "```sh\ntrue\n```\n",
    ],
)
def test_what_nothing_checks_fails(reader: Reader, page: str) -> None:
    with pytest.raises(UnknownBlockError, match=r"README\.md"):
        _follow(reader, page)


@pytest.mark.parametrize(
    "page",
    [
        "```sh\nmake coffee\n```\n",
        "```sh\nmake clean\n```\n",
        "```sh\nkam-sync validate\n```\n",
        "```sh\ncd nowhere\n```\n",
        "```sh\nkam-sync explain KAM101 > rule.txt && grep nonsense rule.txt\n```\n",
        HIDDEN.format("exits 3") + "```sh\nkam-sync explain KAM101\n```\n",
        "```text\nquoted of nothing\n```\n",
        "```sh\nkam-sync explain KAM101\n```\n```text\nKAM101 nonsense\n```\n",
        "```sh\nkam-sync explain KAM101\n```\n```text\n\n```\n",
        "```python\nraise SystemExit(3)\n```\n",
        "```python\nassert not 'a script that fails'\n```\n",
        "```pycon\n>>> 1 + 1\n3\n```\n",
        "```pycon\nno prompt\n```\n",
        "```yaml\nruls: {}\n```\n",
        "```cron\n15 4 * * cd /srv/kam-sync && kam-sync run\n```\n",
        "```cron\n15 4 * * * cd /srv/kam-sync && kam-sync validate\n```\n",
        "```salesforce\nAND(ISNEW(), {!$Record.Nonsense__c})\n```\n",
        "```salesforce\nAND(ISNEW(), {!$Record.OwnerId}\n```\n",
        HIDDEN.format("systemd by tests/docs/conftest.py"),
        HIDDEN.format("people fill in"),
        "```sh\nkam-sync init --hubspot --output new.yaml\n```\n",
        "```csv\norg,account,role,person\n```\n",
    ],
)
def test_what_does_not_hold_fails(reader: Reader, page: str) -> None:
    with pytest.raises(AssertionError):
        _follow(reader, page)


def test_a_policy_with_an_unknown_key_fails(reader: Reader) -> None:
    for text in ("version: 1\nruls: {}\n", "rules: {sellect: [KAM1]}\n"):
        with pytest.raises(ConfigError):
            _follow(reader, f"```yaml\n{text}```\n")


def test_assignments_of_an_unknown_role_fail(reader: Reader) -> None:
    with pytest.raises(ConfigError, match="is not a role"):
        _follow(reader, "```csv\norg,account,role,person\nmain,1,chief,Ana\n```\n")


def test_a_page_may_begin_with_a_policy(reader: Reader) -> None:
    _follow(reader, HIDDEN.format("with a policy") + "```sh\nkam-sync run\n```\n```text\nNothing was written.\n```\n")


def test_an_error_in_a_script_names_page_and_line(reader: Reader) -> None:
    with pytest.raises(ImportError) as raised:
        _follow(reader, "\n\n```python\nimport kam_sync.nonsense\n```\n")
    assert raised.value.__notes__ == ["at README.md:3"]


def test_what_holds_passes(reader: Reader) -> None:
    _follow(
        reader,
        """\
```sh
mkdir -p notes && cd notes
kam-sync explain KAM101 > rule.txt      # kept
cat rule.txt | head -2 || true
```
```text
KAM101 missing-role
…
```
```pycon
>>> import kam_sync
>>> len(kam_sync.load_rules())
79
```
```pycon
>>> kam_sync.__name__
'kam_sync'
```
<!-- test: write plan.json -->
```yaml
suppress:
  - {code: KAM5, reason: a long one, author: ines, until: 2027-03-31}
```
<!-- test: exits 2 -->
```sh
kam-sync explain KAM999
```
```text
kam-sync: there is no rule 'KAM999'; …
```
""",
    )
    assert (reader.folder / "notes" / "plan.json").exists()


def test_a_page_may_leave_blocks_to_another_test_that_names_it(reader: Reader) -> None:
    _follow(reader, HIDDEN.format("systemd, ini by tests/docs/test_readme.py") + "```ini\n[Unit]\n```\n")


def test_blocks_in_lists_are_found() -> None:
    (block,) = blocks("1. First:\n\n   ```sh\n   true\n     more\n   ```\n")
    assert (block.kind, block.text, block.line) == ("sh", "true\n  more\n", 3)


@pytest.mark.parametrize(
    ("quoted", "shown", "held"),
    [
        ("a  b\nc", "x\na b\nc\n", True),
        ("a\nc", "a\nb\nc\n", False),
        ("a\n…\nc", "a\nb\nc\n", True),
        ("c\n…\na", "a\nb\nc\n", False),
        ("made 2026-11-23", "made 2031-01-02", True),
        ("task 61000000153 · …", "task 61000000999 · anything", True),
        ("5 tasks", "6 tasks", False),
        ("…", "a", False),
    ],
)
def test_quotations(quoted: str, shown: str, held: bool) -> None:
    assert is_shown(quoted, shown) is held


def test_parts_of_json() -> None:
    actual = {"version": 1, "orgs": [{"org": "a", "n": 2}, {"org": "b", "n": 3}]}
    assert is_part({"orgs": [{"org": "b"}, "…"]}, actual)
    assert not is_part({"orgs": [{"org": "b", "n": 2}]}, actual)
    assert not is_part({"orgs": {}}, actual)
    assert not is_part({"version": True, "new": 1}, actual)
