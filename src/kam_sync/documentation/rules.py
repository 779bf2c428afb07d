"""The reference of rules, made from the rules themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from kam_sync.documentation.markdown import cell
from kam_sync.names import NAMES
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.rules_api import DOC_HEADINGS, RuleFacts

NOTICE = "<!-- Made by `make docs` from the rules themselves; change their docstrings, not this page. -->"


def rules_page(rules: Sequence[RuleFacts], default: frozenset[str]) -> str:
    """Return the reference of all rules as Markdown.

    Args:
        rules: The rules, in the order in which they are shown.
        default: Codes of those that run where a policy selects nothing.
    """
    return "\n".join([*_head(rules, default), *(line for rule in rules for line in _rule(rule, default))])


def _head(rules: Sequence[RuleFacts], default: frozenset[str]) -> Iterator[str]:
    yield "# The rules"
    yield ""
    yield NOTICE
    yield ""
    yield f"{len(rules)} rules; the {len(default)} marked with ● run where a policy selects nothing, the others when it"
    yield "selects them by code or prefix. `kam-sync explain CODE` shows the same on a terminal."
    yield ""
    yield "| | code | name | topic | severity | what it does |"
    yield "|---|---|---|---|---|---|"
    for rule in rules:
        mark = "●" if rule.code in default else ""
        link = f"[{rule.code}](#{rule.code.lower()}-{rule.name})"
        yield f"| {mark} | {link} | {rule.name} | {rule.topic} | {rule.severity.label} | {cell(rule.summary)} |"
    yield ""


def _rule(rule: RuleFacts, default: frozenset[str]) -> Iterator[str]:
    yield f"## {rule.code} {rule.name}"
    yield ""
    facts = [
        "judges the whole portfolio" if isinstance(rule, PortfolioRule) else "judges each account",
        f"topic `{rule.topic}`",
        f"severity {rule.severity.label}",
        *([f"catalogue {rule.catalogue_id}"] if rule.catalogue_id else []),
        *(["runs by default"] if rule.code in default else []),
    ]
    yield " · ".join(facts)
    yield ""
    yield from _docstring(rule.doc)
    fields = rule.params_model.model_fields
    if fields:
        yield "**Parameters**"
        yield ""
        yield "| name | default | meaning |"
        yield "|---|---|---|"
        for name, field in fields.items():
            yield f"| `{name}` | `{parameter_default(field.default)}` | {cell(field.description or '')} |"
        yield ""
    yield "**Reads**"
    yield ""
    for heading, names in (("needs", rule.needs), ("uses where known", rule.uses)):
        if names:
            yield f"- {heading}: {', '.join(f'`{name}` ({NAMES[name].words})' for name in names)}"
    yield ""


def _docstring(doc: str) -> Iterator[str]:
    """Yield a docstring as Markdown: its headings in bold, each paragraph below them as it is."""
    for line in inspect.cleandoc(doc).splitlines():
        heading = line.rstrip().removesuffix(":")
        if heading in DOC_HEADINGS:
            yield f"**{heading}**"
            yield ""
        else:
            yield line.strip()
    yield ""


def parameter_default(value: object) -> str:
    """Return the default of a parameter as a policy file has it."""
    if isinstance(value, (tuple, list, frozenset, set)):
        items = sorted(map(str, value)) if isinstance(value, (frozenset, set)) else list(map(str, value))
        return f"[{', '.join(items)}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
