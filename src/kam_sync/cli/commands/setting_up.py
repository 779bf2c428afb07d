"""Commands before the first run: setup, doctor, validate, baseline; `init` has a module of its own."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kam_sync.cli.commands.init import init
from kam_sync.cli.commands.options import Accept, Orgs
from kam_sync.cli.invocation import command, invocation
from kam_sync.errors import ConfigError

PANEL = "Set up"


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    command(app, "init", panel=PANEL)(init)
    command(app, "setup", panel=PANEL)(setup)
    command(app, "doctor", panel=PANEL)(doctor)
    command(app, "validate", panel=PANEL)(validate)
    command(app, "baseline", panel=PANEL)(baseline)


def setup(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without it nothing is changed.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away what setup once made, and nothing else.")] = False,
    files: Annotated[
        Path | None,
        typer.Option(
            "--files", metavar="DIR", help="Write it as files for the vendor's deployment tool.", show_default=False
        ),
    ] = None,
    accept: Accept = None,
    org: Orgs = None,
) -> int:
    """Make in the CRM what the policy names and the CRM lacks: fields, values, permissions. Plans without --apply."""
    from kam_sync import setting_up
    from kam_sync.cli.views import setup as views

    call = invocation(context)
    if files is not None and (apply or remove):
        raise ConfigError("--files changes nothing in a CRM; leave out --apply and --remove")
    with call.job(orgs=tuple(org or ()), accept=tuple(accept or ())) as (policy, store, settings):
        if files is not None:
            call.terminal.report(views.files_blocks(setting_up.setup_files(policy, store, settings, files)))
            return 0
        results = setting_up.setup(policy, store, settings, remove=remove, apply=apply)
    terminal = call.terminal
    for result in results:
        terminal.report(views.setup_blocks(result, remove=remove))
        for problem in result.problems:
            terminal.problem(f"{result.org}: {problem.item.title}: {problem.error}")
        if result.error is not None:
            terminal.problem(f"{result.org}: {result.error}")
    terminal.report(views.ending(results, call.again, remove=remove, applied=apply))
    codes = {result.exit_code for result in results}
    return codes.pop() if len(codes) == 1 else 4


def doctor(context: typer.Context, org: Orgs = None) -> int:
    """Look at every org: reachable, permitted, mapped, and which rules can be judged."""
    from kam_sync.cli.blocks import Line
    from kam_sync.cli.views.orgs import diagnosis_blocks
    from kam_sync.diagnosing import doctor as diagnose

    call = invocation(context)
    terminal = call.terminal
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        diagnoses = diagnose(policy, store, settings)
        for diagnosis in diagnoses:
            terminal.report(diagnosis_blocks(diagnosis))
            if diagnosis.error is not None:
                terminal.problem(f"{diagnosis.org}: {diagnosis.error}")
            elif policy.policy.tasks.fallback_for(diagnosis.org) is None:
                terminal.problem(f"{diagnosis.org}: before the first `run --apply`, set tasks.fallback_assignee")
    codes = {diagnosis.exit_code for diagnosis in diagnoses}
    if codes == {0}:
        terminal.report([Line(), Line(f"Next: {call.again('run')} (a dry run: nothing is written)")])
    return codes.pop() if len(codes) == 1 else 4


def validate(
    context: typer.Context,
    schema: Annotated[
        bool,
        typer.Option("--schema", help="Print the JSON Schema of a policy file instead, for editors; reads no file."),
    ] = False,
) -> int:
    """Check the policy file without calling any CRM."""
    from kam_sync.cli.blocks import Line, Tone

    call = invocation(context)
    if schema:
        from kam_sync.config.schema import policy_schema
        from kam_sync.registry import connector_names, load_rules

        call.terminal.data(policy_schema(connector_names(), load_rules()))
        return 0
    policy = call.policy()
    orgs = ", ".join(f"{name} ({org.connector})" for name, org in policy.policy.orgs.items())
    rules = ", ".join(configured.rule.code for configured in policy.rules)
    call.terminal.report(
        [
            Line(f"{call.policy_path} holds.", Tone.GOOD),
            Line(f"Orgs: {orgs}"),
            Line(f"Rules: {rules or 'none is selected'}"),
            Line(f"Next: {call.again('doctor')}"),
        ]
    )
    return 0


def baseline(
    context: typer.Context,
    per_week: Annotated[
        int, typer.Option(min=1, help="How many topics each person gets a week of what is wrong already.")
    ] = 5,
    clear: Annotated[bool, typer.Option("--clear", help="Do away with the baseline.")] = False,
    org: Orgs = None,
) -> int:
    """Let what the last check found become tasks little by little; what is new comes at once."""
    from kam_sync.baselines import clear_baseline, set_baseline
    from kam_sync.cli.blocks import Line, Tone, counted

    call = invocation(context)
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        if clear:
            cleared = clear_baseline(policy, store, settings)
            lines = [Line(f"{name}: no baseline any more.", Tone.GOOD) for name in cleared]
        else:
            lines = [
                Line(
                    f"{result.org}: {counted(result.findings, 'finding')} in the baseline"
                    + (f", the last of them from {result.last_on} on." if result.last_on else "."),
                    Tone.GOOD,
                )
                for result in set_baseline(policy, store, settings, per_week=per_week)
            ]
    call.terminal.report([*lines, Line(f"Next: {call.again('check')}")])
    return 0
