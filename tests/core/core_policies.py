"""Policy texts for the tests of the core."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.errors import ConfigError
from kam_sync.registry import load_rules
from kam_sync.rules_api import Rule

PATH = Path("/policies/kam-sync.yaml")

MINIMAL = """\
version: 1
orgs:
  main:
    connector: memory
    crm: somewhere
"""


def loaded(
    text: str = "",
    *,
    rules: tuple[Rule, ...] | None = None,
    environment: Mapping[str, str] | None = None,
    head: str = MINIMAL,
) -> LoadedPolicy:
    """The policy of a text behind the least that a policy needs."""
    return parse_policy(
        head + text, path=PATH, rules=load_rules() if rules is None else rules, environment=environment or {}
    )


def refusal(
    text: str = "",
    *,
    rules: tuple[Rule, ...] | None = None,
    environment: Mapping[str, str] | None = None,
    head: str = MINIMAL,
) -> str:
    """The message with which a text is refused, the file's path taken off."""
    with pytest.raises(ConfigError) as caught:
        loaded(text, rules=rules, environment=environment, head=head)
    return str(caught.value).removeprefix(f"{PATH}:")
