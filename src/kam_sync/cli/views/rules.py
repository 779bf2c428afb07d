"""The installed rules: all of them as a table, one of them in full."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from kam_sync.cli.blocks import Block, Heading, Line, Table, Tone, severity, table
from kam_sync.rules_api import DOC_HEADINGS, Rule


def rules_table(rules: Sequence[Rule], selected: frozenset[str] | None) -> Table:
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


def rule_blocks(rule: Rule) -> Iterator[Block]:
    """Show one rule with its documentation and parameters."""
    yield Heading(f"{rule.code} {rule.name}")
    yield Line(f"topic {rule.topic} · severity {rule.severity.label} · needs {', '.join(rule.needs) or 'nothing'}")
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
        rows=[(name, str(field.default), field.description or "") for name, field in fields.items()],
    )
