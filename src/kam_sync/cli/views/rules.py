"""The installed rules: all of them as a table, one of them in full."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from kam_sync.cli.blocks import Block, Heading, Line, Table, Tone, severity, table
from kam_sync.documentation import parameter_default
from kam_sync.names import NAMES
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.rules_api import DOC_HEADINGS, RuleFacts


def rules_table(rules: Sequence[RuleFacts], selected: frozenset[str] | None) -> Table:
    """Show all installed rules.

    Args:
        rules: The rules.
        selected: Codes of those the policy selects; None when there is no policy file.
    """
    rows = []
    for rule in rules:
        chosen = "" if selected is None else "yes" if rule.code in selected else "no"
        label = severity(rule.severity.label)
        rows.append((rule.code, rule.name, str(rule.topic), label, chosen, rule.summary))
    return table("rule", "name", "topic", "severity", "selected", "what it flags", rows=rows)


def rule_blocks(rule: RuleFacts) -> Iterator[Block]:
    """Show one rule with its documentation and parameters."""
    yield Heading(f"{rule.code} {rule.name}")
    scope = "judges the whole portfolio" if isinstance(rule, PortfolioRule) else "judges each account"
    source = f" · catalogue {rule.catalogue_id}" if rule.catalogue_id else ""
    yield Line(f"{scope} · topic {rule.topic} · severity {rule.severity.label}{source}")
    for line in inspect.cleandoc(rule.doc).splitlines():
        is_heading = line.rstrip(":") in DOC_HEADINGS
        yield Line(line, Tone.STRONG if is_heading else Tone.PLAIN)
    fields = rule.params_model.model_fields
    yield Line()
    yield Line("Parameters" if fields else "It has no parameters.", Tone.STRONG if fields else Tone.PLAIN)
    yield table(
        "name",
        "default",
        "meaning",
        rows=[(name, parameter_default(field.default), field.description or "") for name, field in fields.items()],
    )
    names = [(name, "needs") for name in rule.needs] + [(name, "uses where known") for name in rule.uses]
    yield Line()
    yield Line("What it reads" if names else "It reads nothing but the account itself.", Tone.STRONG)
    yield table("name", "that is", "how", rows=[(name, NAMES[name].words, how) for name, how in names])
