"""Identities are for ever: pinned here by literal values, computed apart from the code."""

from __future__ import annotations

import hashlib

import pytest

from kam_sync.identity import KEY_PREFIX, TASK_KEY, episode_of, find_task_key, fingerprint, task_key

PINNED_FINGERPRINT = "184bac5aeaf804450d5552c6"
PINNED_KEY = "k1080480da7e9af3ca32706266-1"


def test_a_fingerprint_never_changes() -> None:
    assert fingerprint("00D5e000000abcDEAQ", "KAM101", "0015e00000xyzABAAY", "innovator") == PINNED_FINGERPRINT


def test_a_fingerprint_is_the_hash_of_org_code_subject_and_key() -> None:
    canonical = '["00D5e000000abcDEAQ","KAM101","account","0015e00000xyzABAAY","innovator"]'
    assert hashlib.sha256(canonical.encode()).hexdigest()[:24] == PINNED_FINGERPRINT


def test_a_task_key_never_changes() -> None:
    assert task_key("00D5e000000abcDEAQ", "0015e00000xyzABAAY", "roles", 1) == PINNED_KEY


def test_parts_cannot_run_into_each_other() -> None:
    assert fingerprint("a", "b", "c", "d") != fingerprint("a", "b", "cd", "")
    assert task_key("ab", "c", "roles", 1) != task_key("a", "bc", "roles", 1)


@pytest.mark.parametrize(
    "other",
    [
        ("org-2", "KAM101", "acme", "innovator"),
        ("org-1", "KAM102", "acme", "innovator"),
        ("org-1", "KAM101", "beta", "innovator"),
        ("org-1", "KAM101", "acme", "collaborator"),
    ],
)
def test_every_part_of_a_fingerprint_counts(other: tuple[str, str, str, str]) -> None:
    assert fingerprint(*other) != fingerprint("org-1", "KAM101", "acme", "innovator")


def test_episodes_differ_only_behind_the_dash() -> None:
    first, twelfth = task_key("org-1", "acme", "plan", 1), task_key("org-1", "acme", "plan", 12)
    assert first.removesuffix("1") == twelfth.removesuffix("12")
    assert (episode_of(first), episode_of(twelfth)) == (1, 12)


def test_a_key_survives_a_field_that_ignores_case() -> None:
    key = task_key("org-1", "acme", "plan", 3)
    assert key == key.lower()
    assert TASK_KEY.fullmatch(key)
    assert key.startswith(KEY_PREFIX)


def test_a_key_fits_the_text_field_of_64_characters() -> None:
    assert len(task_key("o" * 500, "a" * 500, "t" * 500, 999_999)) <= 64


@pytest.mark.parametrize(
    "text",
    ["{key}", "see {key}.", "[{key}]", "first {key} then k1ffffffffffffffffffffffff-2", "a\nb {key}\nc"],
)
def test_a_key_is_found_in_a_text(text: str) -> None:
    key = task_key("org-1", "acme", "plan", 1)
    assert find_task_key(text.format(key=key)) == key


@pytest.mark.parametrize(
    "text", [None, "", "k1", "k1abc-1", "k2" + "a" * 24 + "-1", "k1" + "a" * 24 + "-0", "k1" + "a" * 24, "K1"]
)
def test_what_is_no_key_is_not_found(text: str | None) -> None:
    assert find_task_key(text) is None
