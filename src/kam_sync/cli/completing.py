"""What a shell completes: names of orgs and codes of rules, read from what is at hand; silent when nothing is."""

# ruff: noqa: PLC0415 - a shell waits for an answer: only what is completed is imported

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import typer

from kam_sync.cli.invocation import POLICY_FILE
from kam_sync.errors import KamSyncError


def orgs(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the names of the orgs in the policy file that begin so; secrets are not looked up."""
    from kam_sync.config.document import read_yaml

    given = context.find_root().params.get("policy") or os.environ.get("KAM_SYNC_POLICY") or POLICY_FILE
    path = Path(str(given))
    try:
        sections = read_yaml(path.read_text(encoding="utf-8"), path).get("orgs")
    except (OSError, UnicodeDecodeError, KamSyncError):
        return
    if isinstance(sections, dict):
        yield from (str(name) for name in sections if str(name).startswith(incomplete))


def rules(incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the codes of the installed rules that begin so, each with the rule's name."""
    from kam_sync.registry import load_rules

    wanted = incomplete.casefold()
    try:
        installed = load_rules()
    except KamSyncError:
        return
    for rule in installed:
        if rule.code.casefold().startswith(wanted):
            yield rule.code, rule.name
        elif wanted and rule.name.startswith(wanted):
            yield rule.name, rule.code


def severities(incomplete: str) -> Iterator[str]:
    """Yield the names of severities that begin so."""
    from kam_sync.severity import Severity

    yield from (severity.label for severity in Severity if severity.label.startswith(incomplete))


def acceptable(incomplete: str) -> Iterator[str]:
    """Yield what may be accepted by name and begins so."""
    from kam_sync.breaker import ACCEPTABLE

    yield from (name for name in sorted(ACCEPTABLE) if name.startswith(incomplete))
