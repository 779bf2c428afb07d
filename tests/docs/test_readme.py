"""README.md: every code block of it does what it says, on local CRMs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kam_sync.scaffold import policy_template, variables
from support_docs import LOCAL_VALUES, reader_of
from support_markdown import ROOT, anchors, blocks, links

FILE = ROOT / "README.md"
README = FILE.read_text(encoding="utf-8")


def test_the_readme_holds_from_top_to_bottom(folder: Path) -> None:
    assert {block.kind for block in blocks(README)} == {"sh", "yaml", "python", "cron", "text"}
    with reader_of(FILE, folder) as reader:
        reader.follow_page()
        assert any("run --apply" in command for command in reader.ran)
        (sandbox,) = reader.sandboxes
        assert set(sandbox.crms) == {"hubspot", "salesforce"}
        for crm in sandbox.crms.values():
            assert [task for task in crm.people.tasks() if task.key]


def test_the_variables_are_those_of_the_template() -> None:
    assert set(LOCAL_VALUES) == set(variables(policy_template(["salesforce", "hubspot"])))


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "examples"])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
        for target, heading in links(file.read_text(encoding="utf-8")):
            place = file.parent / target if target else file
            assert place.exists(), f"{file.name}: {target}"
            if heading:
                assert heading in anchors(place.read_text(encoding="utf-8")), f"{file.name}: {target}#{heading}"


def test_every_exit_code_is_explained() -> None:
    assert re.findall(r"^\| (\d) \| \S", README, re.MULTILINE) == [str(code) for code in range(8)]
