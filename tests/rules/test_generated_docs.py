"""The pages that are made from the rules are up to date, and the catalogue is complete."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from kam_sync_rules import RULES
from kam_sync_rules.catalogue import ELSEWHERE, catalogue_ids, catalogue_page

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "rule-catalogue.md"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_say_what_the_rules_say() -> None:
    for path, text in generator().pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run `make docs`"


def test_every_catalogue_id_has_a_state_and_no_two() -> None:
    ruled = [rule.catalogue_id for rule in RULES]
    assert len(ruled) == len(set(ruled))
    assert not set(ruled) & set(ELSEWHERE)
    assert set(ruled) | set(ELSEWHERE) == set(catalogue_ids())
    assert "| missing |" not in catalogue_page(RULES)


def test_a_code_follows_from_the_catalogue_id() -> None:
    hundreds = {"R": 100, "P": 200, "G": 300, "K": 400, "C": 500, "V": 600, "T": 700, "H": 800}
    for rule in RULES:
        assert rule.code == f"KAM{hundreds[rule.catalogue_id[0]] + int(rule.catalogue_id[1:])}"


@pytest.mark.skipif(not SHARED.exists(), reason="the catalogue is not beside this clone")
def test_the_ids_are_those_of_the_catalogue() -> None:
    found = re.findall(r"^\| ([RPGKCVTH]\d\d)\b", SHARED.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(found) == set(catalogue_ids())
    assert len(found) == len(catalogue_ids())


def test_every_refusal_has_its_reason() -> None:
    assert all(len(why) > 30 for _, why in ELSEWHERE.values())


def test_every_figure_that_is_named_is_there() -> None:
    for state, why in ELSEWHERE.values():
        if state == "figure":
            module = re.findall(r"`(kam_sync\.figures\.\w+)`", why)
            assert module
            assert importlib.util.find_spec(module[0]) is not None
