"""What `doctor` found in an org: who it is, what must be set up, what is unknown, and which rules can be judged."""

from __future__ import annotations

from collections.abc import Iterator

from kam_sync.cli.blocks import Block, Heading, Line, Tone, table
from kam_sync.cli.views.results import setup_blocks, usage
from kam_sync.diagnosing import Diagnosis, Readiness, RuleReadiness
from kam_sync.names import NAMES


def diagnosis_blocks(diagnosis: Diagnosis) -> Iterator[Block]:
    """Show the diagnosis of one org."""
    description = diagnosis.description
    if description is None:
        yield Heading(diagnosis.org)
        yield Line("It could not be looked at.", Tone.BAD)
    else:
        yield Heading(f"{diagnosis.org}: {description.name} ({description.org_uid})")
        yield from setup_blocks(description.setup)
        chosen = [rule for rule in diagnosis.rules if rule.selected]
        ready = sum(rule.state is Readiness.READY for rule in chosen)
        yield Line(f"Rules: {ready} of the {len(chosen)} that are selected can be judged in full", Tone.STRONG)
        yield table("rule", "name", "selected", "can be judged", rows=[_rule(rule) for rule in diagnosis.rules])
        if description.unknown:
            yield Line("Unknown in this org", Tone.STRONG)
            yield table(
                "what",
                "that is",
                "why",
                rows=[(name, _words(name), why) for name, why in sorted(description.unknown.items())],
            )
    if diagnosis.usage is not None:
        yield Line(usage(diagnosis.usage), Tone.FAINT)


_TONES = {Readiness.READY: Tone.GOOD, Readiness.PARTLY: Tone.WARNING, Readiness.UNKNOWN: Tone.BAD}


def _rule(rule: RuleReadiness) -> tuple[str, str, str, Line]:
    reasons = "; ".join(f"{name}: {why}" for name, why in (*rule.missing, *rule.lacking))
    tone = _TONES[rule.state] if rule.selected else Tone.FAINT
    text = f"{rule.state.value} ({reasons})" if reasons else rule.state.value
    return rule.code, rule.name, "yes" if rule.selected else "no", Line(text, tone)


def _words(name: str) -> str:
    return NAMES[name].words if name in NAMES else ""
