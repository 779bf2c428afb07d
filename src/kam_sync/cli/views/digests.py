"""Digests as the command line shows them, and what became of their deliveries."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from kam_sync.cli.blocks import Block, Heading, Line, Tone, counted, table
from kam_sync.digesting.building import Digest
from kam_sync.digesting.presenting import Section, present
from kam_sync.digesting.sending import DeliveryOutcome, DigestDelivery, DigestResult

_TONES: Final[Mapping[DeliveryOutcome, Tone]] = {
    DeliveryOutcome.DUE: Tone.PLAIN,
    DeliveryOutcome.NOT_YET: Tone.PLAIN,
    DeliveryOutcome.SENT: Tone.GOOD,
    DeliveryOutcome.ALREADY_SENT: Tone.FAINT,
    DeliveryOutcome.IN_PROGRESS: Tone.FAINT,
    DeliveryOutcome.FAILED: Tone.BAD,
    DeliveryOutcome.UNCERTAIN: Tone.WARNING,
    DeliveryOutcome.NO_ADDRESS: Tone.WARNING,
}


def digest_blocks(digests: Sequence[Digest]) -> Iterator[Block]:
    """Show digests as they would be read."""
    for digest in digests:
        document = present(digest)
        yield Heading(f"{digest.name}: {document.title}" if digest.name else document.title)
        yield Line(document.lead)
        for part in document.sections:
            yield Line()
            yield Line(part.heading, Tone.STRONG)
            if isinstance(part, Section):
                yield from (Line(f"  {line.plain}{f' <{line.url}>' if line.url else ''}") for line in part.lines)
            else:
                yield table(*part.columns, rows=part.rows)
        yield Line()
        yield from (Line(line, Tone.FAINT) for line in document.footer)


def delivery_blocks(result: DigestResult, *, configured: bool) -> Iterator[Block]:
    """Show what became of each delivery of a week, or would."""
    period = result.period
    yield Heading(f"Deliveries of the week {period.name}, {period.first} to {period.last}")
    if not configured:
        yield Line("The policy has no section `digest:`, so there is nowhere to send to.", Tone.WARNING)
        return
    yield table(
        "to",
        "channel",
        "outcome",
        "when",
        rows=[(d.name, d.channel, Line(d.outcome.value, _TONES[d.outcome]), _when(d)) for d in result.deliveries],
    )
    if not result.deliveries:
        yield Line("Nobody gets anything.")
    sent = sum(delivery.outcome is DeliveryOutcome.SENT for delivery in result.deliveries)
    if sent:
        yield Line(f"Sent: {counted(sent, 'digest')}", Tone.GOOD)


def _when(delivery: DigestDelivery) -> str:
    return f"{delivery.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if delivery.at is not None else ""


def problems(result: DigestResult, again: Callable[[str], str]) -> Iterator[str]:
    """Yield what did not go well, for standard error; `again` completes a command line for sending."""
    for delivery in result.deliveries:
        words = f"the digest for {delivery.name} by {delivery.channel}"
        if delivery.outcome is DeliveryOutcome.UNCERTAIN:
            chosen = f"--again {shlex.quote(delivery.name)} --channel {shlex.quote(delivery.channel)}"
            yield (
                f"{words}: {delivery.problem}; look whether it did. It is not sent again unless you say so: "
                f"{again(f'{result.period.name} {chosen}')}"
            )
        elif delivery.outcome is DeliveryOutcome.FAILED:
            yield f"{words} was not sent: {delivery.problem}; the next run tries again"
        elif delivery.outcome is DeliveryOutcome.NO_ADDRESS:
            yield f"{words} was not sent: {delivery.problem}"
