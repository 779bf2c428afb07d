"""The command that tells people what became of their accounts: digest."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from kam_sync.cli.invocation import command, invocation
from kam_sync.errors import ConfigError

PANEL = "Work"


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    command(app, "digest", panel=PANEL)(digest)


def digest(
    context: typer.Context,
    send: Annotated[bool, typer.Option("--send", help="Deliver them; without it they are only shown.")] = False,
    week: Annotated[
        str | None,
        typer.Option(
            "--week", metavar="WEEK", help="Such as 2026-W47; the latest that is over by default.", show_default=False
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="NAME", help="Only this person's, or `portfolio`.", show_default=False),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option("--channel", metavar="NAME", help="With --send: only by this channel.", show_default=False),
    ] = None,
    again: Annotated[
        str | None,
        typer.Option(
            "--again",
            metavar="NAME",
            help="With --send: deliver this person's, or `portfolio`, even if it was delivered before.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Show what each owner and the head of the portfolio are told about a week; with --send, deliver it once."""
    from kam_sync.cli.blocks import Line
    from kam_sync.cli.views.digests import delivery_blocks, digest_blocks, problems
    from kam_sync.digesting import sending

    if (again is not None or channel is not None) and not send:
        raise ConfigError("--again and --channel say how to deliver; add --send")
    if again is not None and owner is not None:
        raise ConfigError("give the name once: with --again it is the one whose digest is delivered")
    call = invocation(context)
    with call.job() as (policy, store, settings):
        digests = sending.digest(policy, store, settings, week=week)
        name = again if again is not None else owner
        if name is not None:
            digests = sending.choose(digests, name)
        if send:
            result = sending.send_digests(policy, store, settings, digests, channel=channel, again=again is not None)
        else:
            result = sending.planned_deliveries(policy, store, settings, digests)
    if not send:
        call.terminal.show(digest_blocks(digests))
    call.terminal.report(delivery_blocks(result, configured=policy.policy.digest is not None))
    for problem in problems(result, lambda words: call.again(f"digest --send --week {words}")):
        call.terminal.problem(problem)
    if not send and any(delivery.outcome is sending.DeliveryOutcome.DUE for delivery in result.deliveries):
        chosen = f" --week {result.period.name}" if week is not None else ""
        chosen += f" --owner {shlex.quote(owner)}" if owner is not None else ""
        following = call.again(f"digest --send{chosen}")
        call.terminal.report([Line(), Line(f"Nothing was sent. Next: {following}")])
    return result.exit_code if send else 0
