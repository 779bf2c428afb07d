"""What an org offers for a policy: all proposals at a glance, or one with its candidates to choose from."""

from __future__ import annotations

from collections.abc import Iterator

from kam_sync.cli.blocks import Block, Heading, Line, Tone, table
from kam_sync.setup_ports import Proposal
from kam_sync.surveying import LEAVE_OUT, Draft

MOST_CANDIDATES = 12
"""So many candidates are listed; others can still be named."""


def survey_blocks(draft: Draft) -> Iterator[Block]:
    """Show what was proposed for an org, and agreed to."""
    if draft.survey is None:
        return
    yield Heading(f"{draft.org}: {draft.survey.org_name}, time zone {draft.survey.timezone}")
    rows = [
        (each.question, Line(_values(each), Tone.GOOD if each.chosen else Tone.FAINT), each.because)
        for each in draft.survey.proposals
    ]
    yield table("question", "proposed", "because", rows=rows)


def proposal_blocks(proposal: Proposal, number: str) -> Iterator[Block]:
    """Show one proposal with what there is to choose from."""
    yield Heading(f"{number}: {proposal.question}")
    rows = [
        (str(place), candidate.label, candidate.value, candidate.detail)
        for place, candidate in enumerate(proposal.candidates[:MOST_CANDIDATES], start=1)
    ]
    yield table("", "name", "value", "what it is", rows=rows)
    more = len(proposal.candidates) - MOST_CANDIDATES
    if more > 0:
        yield Line(f"and {more} more, which can be named by their value", Tone.FAINT)
    yield Line(f"Proposed: {_values(proposal)} ({proposal.because})", Tone.GOOD if proposal.chosen else Tone.FAINT)
    several = "numbers with commas between them choose" if proposal.several else "a number chooses"
    yield Line(f"Enter agrees, {several}, {LEAVE_OUT} leaves it out.", Tone.FAINT)


def _values(proposal: Proposal) -> str:
    labels = {candidate.value: candidate.label for candidate in proposal.candidates}
    shown = [f"{labels[v]} ({v})" if labels.get(v, v) != v else v for v in proposal.chosen]
    return ", ".join(shown) or "nothing"
