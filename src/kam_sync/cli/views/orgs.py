"""What `doctor` found in an org: who it is, what must be set up, what is unknown, and which rules can be judged."""

from __future__ import annotations

from collections.abc import Iterator

from kam_sync.cli.blocks import Block, Heading, Line, Tone, table
from kam_sync.cli.views.results import setup_blocks, usage
from kam_sync.explaining import Diagnosis, RuleReadiness


def diagnosis_blocks(diagnosis: Diagnosis) -> Iterator[Block]:
    """Show the diagnosis of one org."""
    description = diagnosis.description
    if description is None:
        yield Heading(diagnosis.org)
        yield Line("It could not be looked at.", Tone.BAD)
    else:
        yield Heading(f"{diagnosis.org}: {description.name} ({description.org_uid})")
        yield from setup_blocks(description.setup)
        ready = sum(rule.ready for rule in diagnosis.rules)
        yield Line(f"Rules: {ready} of {len(diagnosis.rules)} can be judged", Tone.STRONG)
        yield table("rule", "name", "can be judged", rows=[_rule(rule) for rule in diagnosis.rules])
        if description.unknown:
            yield Line("Unknown in this org", Tone.STRONG)
            yield table("what", "why", rows=sorted(description.unknown.items()))
    if diagnosis.usage is not None:
        yield Line(usage(diagnosis.usage), Tone.FAINT)


def _rule(rule: RuleReadiness) -> tuple[str, str, Line]:
    if rule.ready:
        return rule.code, rule.name, Line("yes", Tone.GOOD)
    reasons = "; ".join(f"{name}: {why}" for name, why in rule.unknown)
    return rule.code, rule.name, Line(f"no ({reasons})", Tone.WARNING)
