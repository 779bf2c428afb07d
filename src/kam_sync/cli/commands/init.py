"""The command `init`: a policy from what the orgs offer, asked for step by step, or from the vendors' usual names."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kam_sync.cli.invocation import POLICY_FILE, Invocation, invocation
from kam_sync.errors import ConfigError

if TYPE_CHECKING:  # these take a while to import, and `--help` needs none of them
    from kam_sync.cli.terminal import Terminal
    from kam_sync.setup_ports import Proposal
    from kam_sync.surveying import Draft


def init(
    context: typer.Context,
    salesforce: Annotated[bool, typer.Option("--salesforce", help="With a Salesforce org.")] = False,
    hubspot: Annotated[bool, typer.Option("--hubspot", help="With a HubSpot portal.")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it.")] = POLICY_FILE,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    survey: Annotated[
        bool | None,
        typer.Option(
            "--survey/--no-survey",
            help="Look at the orgs and propose what they have; by default where their secrets are in the environment.",
            show_default=False,
        ),
    ] = None,
    connect_as: Annotated[
        Path | None,
        typer.Option(
            "--connect-as", metavar="POLICY", help="Reach the orgs as this policy file does.", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to every proposal, ask nothing.")] = False,
) -> int:
    """Write a commented policy file: proposed from what your orgs have, or from the vendors' usual names."""
    from kam_sync.scaffold import write_policy
    from kam_sync.surveying import draft_policy

    call = invocation(context)
    if output.exists() and not force:
        raise ConfigError(f"{output} is there already; choose another --output, or overwrite it with --force")
    asking = call.terminal.answers and not yes
    names = ["salesforce"] * salesforce + ["hubspot"] * hubspot
    if not names and asking:
        names = _crms(call.terminal)
    drafts = tuple(_drafted(call, name, survey=survey, connect_as=connect_as, asking=asking) for name in names)
    text = draft_policy(drafts)
    write_policy(output, text, force=force)
    call.policy_path = output
    _tell_next(call, drafts, text)
    return 0


def _crms(terminal: Terminal) -> list[str]:
    """Ask which CRMs the policy is for."""
    choices = {"1": ["salesforce"], "2": ["hubspot"], "3": ["salesforce", "hubspot"]}
    while True:
        typed = terminal.ask("Which CRM is it for? 1 Salesforce, 2 HubSpot, 3 both:")
        if typed in choices:
            return choices[typed]
        terminal.problem(f"{typed!r} is none of these; type 1, 2 or 3")


def _drafted(call: Invocation, name: str, *, survey: bool | None, connect_as: Path | None, asking: bool) -> Draft:
    from kam_sync import surveying
    from kam_sync.cli.blocks import Line, Tone
    from kam_sync.cli.views.surveys import survey_blocks
    from kam_sync.session import JobSettings

    draft = surveying.usual_draft(name)
    if connect_as is not None:
        draft = surveying.connected_as(draft, connect_as)
    missing = surveying.missing_variables(draft)
    if survey is False or (survey is None and missing):
        why = f" ({', '.join(missing)} not set)" if missing and survey is None else ""
        call.terminal.report([Line(f"{name}: not looked at{why}; its section has the usual names.", Tone.WARNING)])
        return draft
    if missing:
        raise ConfigError(f"{name} cannot be looked at: set {', '.join(missing)}, or leave out --survey")
    draft = surveying.survey(draft, JobSettings(clock=call.clock, sleep=call.sleep))
    if not asking:
        call.terminal.report(survey_blocks(draft))
        return draft
    proposals = draft.survey.proposals if draft.survey else ()
    total = len(proposals)
    answers = {
        proposal.subject: _asked(call.terminal, proposal, f"{number} of {total}")
        for number, proposal in enumerate(proposals, start=1)
    }
    return replace(draft, answers=answers)


def _asked(terminal: Terminal, proposal: Proposal, number: str) -> tuple[str, ...]:
    """Ask a person about one proposal until the answer can be understood."""
    from kam_sync.cli.views.surveys import proposal_blocks
    from kam_sync.surveying import read_answer

    terminal.show(proposal_blocks(proposal, number))
    while True:
        typed = terminal.ask(">")
        try:
            return read_answer(proposal, typed)
        except ConfigError as error:
            terminal.problem(str(error))


def _tell_next(call: Invocation, drafts: tuple[Draft, ...], text: str) -> None:
    from kam_sync.cli.blocks import Line, Tone
    from kam_sync.scaffold import variables

    lines = [Line(), Line(f"Wrote {call.policy_path}.", Tone.GOOD)]
    steps = [
        "Read it: every line that names a field, a value or a person is yours to change.",
        f"Set the environment variables {', '.join(variables(text))}." if variables(text) else "",
    ]
    to_make = [value for draft in drafts for value in draft.to_make]
    if to_make:
        steps.append(f"Next: {call.again('setup')} (shows how the CRM would get {', '.join(to_make)})")
    else:
        steps.append(f"Next: {call.again('doctor')}")
    numbered = enumerate((step for step in steps if step), start=1)
    call.terminal.report([*lines, *(Line(f"{number}. {step}") for number, step in numbered)])
