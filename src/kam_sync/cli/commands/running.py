"""Commands that do the work, or parts of it: run, pull, check, plan, show, apply, retract."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kam_sync.cli import completing
from kam_sync.cli.commands.options import Accept, Apply, Format, Heartbeat, Orgs
from kam_sync.cli.invocation import Invocation, command, invocation
from kam_sync.errors import ConfigError, KamSyncError

if TYPE_CHECKING:  # these take a while to import, and `--help` needs none of them
    from kam_sync.config import LoadedPolicy
    from kam_sync.explaining import OrgFinding
    from kam_sync.job import RunResult
    from kam_sync.severity import Severity
    from kam_sync.store import Store

PANEL = "Work"
AS_ASKED = 3
"""The exit code of `check --fail-on` and `plan --exit-code` when there is something to see."""


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    command(app, "run", panel=PANEL)(run)
    command(app, "pull", panel=PANEL)(pull)
    command(app, "check", panel=PANEL)(check)
    command(app, "plan", panel=PANEL)(plan)
    command(app, "show", panel=PANEL)(show)
    command(app, "apply", panel=PANEL)(apply_plan)
    command(app, "retract", panel=PANEL)(retract)


def run(
    context: typer.Context,
    apply: Apply = False,
    accept: Accept = None,
    heartbeat: Heartbeat = None,
    org: Orgs = None,
) -> int:
    """Do the whole job: pull, check, plan and, with --apply, write. Without --apply it is a dry run."""
    from kam_sync import job
    from kam_sync.heartbeat import HeartbeatFile, keep_heartbeat

    call = invocation(context)
    file = HeartbeatFile(heartbeat) if heartbeat is not None else None
    with (
        keep_heartbeat(file, call.clock) as pulse,
        call.job(orgs=tuple(org or ()), accept=tuple(accept or ())) as (policy, store, settings),
    ):
        result = job.run(policy, store, settings, apply=apply)
        pulse.observe(policy, store, result)
    if apply:
        following = _after_writing(call, result)
    elif result.plan is not None and result.plan.no_changes:
        following = "nothing needs to be written; run it again at any time"
    else:
        following = f"{call.again('plan')} shows it all; {call.again('run --apply')} writes it"
    return _finish(call, policy, result, following)


def pull(context: typer.Context, org: Orgs = None) -> int:
    """Copy what the rules need from the CRMs into the local mirror."""
    from kam_sync import job

    call = invocation(context)
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        result = job.pull(policy, store, settings)
    return _finish(call, policy, result, call.again("check"))


def check(
    context: typer.Context,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="SEVERITY",
            help="Exit with 3 when a finding is at least as bad.",
            show_default=False,
            autocompletion=completing.severities,
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to give out the findings.")] = Format.TABLE,
    accept: Accept = None,
    org: Orgs = None,
) -> int:
    """Judge the mirror as of the last pull and list the findings; calls no CRM."""
    from kam_sync import job
    from kam_sync.explaining import findings

    call = invocation(context)
    limit = _severity(fail_on)
    with call.job(orgs=tuple(org or ()), accept=tuple(accept or ())) as (policy, store, settings):
        result = job.check(policy, store, settings)
        found = list(findings(policy, store, settings))
    _give_out(call, result, found, output)
    following = f"{call.again('why ACCOUNT')}, or {call.again('plan')}"
    code = _finish(call, policy, result, following, reported=output is Format.TABLE)
    worst = [org.check.worst for org in result.orgs if org.check is not None and org.check.worst is not None]
    return AS_ASKED if code == 0 and limit is not None and worst and max(worst) >= limit else code


def _severity(name: str | None) -> Severity | None:
    from kam_sync.severity import Severity

    try:
        return None if name is None else Severity.parse(name)
    except ValueError as error:
        raise ConfigError(f"--fail-on {name}: {error}") from None


def _give_out(call: Invocation, result: RunResult, found: Sequence[OrgFinding], output: Format) -> None:
    from kam_sync.cli.views import checks

    match output:
        case Format.TABLE:
            call.terminal.show(checks.findings_table(found))
        case Format.JSON:
            call.terminal.data(checks.as_json(result, found))
        case Format.CSV:
            call.terminal.csv(checks.COLUMNS, checks.csv_rows(found))


def plan(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep the plan in this file.", show_default=False)
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 3 when there is something to do.")] = False,
    accept: Accept = None,
    org: Orgs = None,
) -> int:
    """Pull, check and plan: show what would be written, and keep it with --output for `apply`."""
    from kam_sync import job
    from kam_sync.cli.views.plans import plan_blocks
    from kam_sync.plans import save_plan

    call = invocation(context)
    with call.job(orgs=tuple(org or ()), accept=tuple(accept or ())) as (policy, store, settings):
        result = job.plan(policy, store, settings)
        names = _user_names(policy, store)
    made = result.plan
    if made is None:
        raise TypeError("planning gave no plan")
    if output is not None:
        save_plan(made, output)
    call.terminal.report(plan_blocks(made, names))
    if made.no_changes:
        following = "nothing needs to be written; run it again at any time"
    else:
        following = call.again(f"apply {shlex.quote(str(output))}" if output is not None else "run --apply")
    code = _finish(call, policy, result, following, with_plan=False)
    return AS_ASKED if code == 0 and exit_code and not made.no_changes else code


def show(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="PLAN", help="A file that `plan` wrote.")]
) -> int:
    """Show a plan file."""
    from kam_sync.cli.views.plans import plan_blocks
    from kam_sync.plans import load_plan

    call = invocation(context)
    made = load_plan(file)
    call.terminal.show(plan_blocks(made, _names_if_known(call)))
    return 0


def apply_plan(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A file that `plan` wrote.")],
    accept: Accept = None,
    org: Orgs = None,
) -> int:
    """Write what a plan file says; a task that was changed since is skipped."""
    from kam_sync import job
    from kam_sync.plans import load_plan

    call = invocation(context)
    made = load_plan(file)
    with call.job(orgs=tuple(org or ()), accept=tuple(accept or ())) as (policy, store, settings):
        result = job.apply_plan(policy, store, settings, made)
    return _finish(call, policy, result, _after_writing(call, result))


def retract(
    context: typer.Context,
    run_id: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="ID", help="Only tasks that this run made; see `state runs`.", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every task that kam-sync ever made.")] = False,
    apply: Apply = False,
    org: Orgs = None,
) -> int:
    """Close the open tasks that kam-sync made; without --apply it only says which."""
    from kam_sync.cli.views.plans import org_plan_blocks
    from kam_sync.store.runs import is_known_run
    from kam_sync.upkeep import retract as take_back

    if (run_id is None) is not every:
        raise ConfigError("say which tasks to retract: --run ID or --all")
    call = invocation(context)
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        if run_id is not None and not is_known_run(store, run_id):
            raise ConfigError(f"there is no run {run_id!r}; `{call.again('state runs')}` lists them")
        result = take_back(policy, store, settings, run_id=run_id, apply=apply)
        names = _user_names(policy, store)
    for done in result.orgs:
        if done.plan is not None:
            call.terminal.report(org_plan_blocks(done.plan, names))
    chosen = "--all" if run_id is None else f"--run {run_id}"
    following = (
        "change the policy before the next run, or it opens them again"
        if apply
        else call.again(f"retract {chosen} --apply")
    )
    return _finish(call, policy, result, following, with_plan=False)


def _after_writing(call: Invocation, result: RunResult) -> str:
    retracting = call.again(f"retract --run {result.run_id}")
    return f"run it again at any time, such as every night. What it made can be taken back: {retracting}"


def _user_names(policy: LoadedPolicy, store: Store) -> Mapping[str, str]:
    """Return the names of the users of all orgs by id."""
    from kam_sync.store.mirror import Mirror
    from kam_sync.store.runs import load_description

    descriptions = (load_description(store, org) for org in policy.policy.orgs)
    mirrors = (Mirror(store, description.org_uid) for description in descriptions if description is not None)
    return {user.id: user.name for mirror in mirrors for user in mirror.users().values()}


def _names_if_known(call: Invocation) -> Mapping[str, str]:
    """Return the names of users as far as policy and state are at hand; a plan can be read without either."""
    try:
        with call.job() as (policy, store, _settings):
            return _user_names(policy, store)
    except KamSyncError:
        return {}


def _finish(
    call: Invocation,
    policy: LoadedPolicy,
    result: RunResult,
    following: str,
    *,
    reported: bool = True,
    with_plan: bool = True,
) -> int:
    """Show the result and its problems; return the exit code."""
    from kam_sync.cli.blocks import Line, Tone
    from kam_sync.cli.views.results import problem_lines, rule_names, run_blocks

    terminal = call.terminal
    if reported:
        terminal.report(run_blocks(result, rule_names(policy), with_plan=with_plan))
        planned = any(org.plan is not None for org in result.orgs)
        if planned and not result.applied:
            terminal.report([Line(), Line("Nothing was written.", Tone.STRONG)])
    for problem in problem_lines(result):
        terminal.problem(problem)
    if reported and result.exit_code in {0, 4}:
        terminal.report([Line(f"Next: {following}")])
    return result.exit_code
