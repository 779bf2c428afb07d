"""Commands on the books: state runs, links, recover, unlock, path."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from kam_sync.cli.commands.options import Orgs
from kam_sync.cli.invocation import command, invocation

if TYPE_CHECKING:
    from kam_sync.config import LoadedPolicy
    from kam_sync.lifecycle import TaskLink
    from kam_sync.store import Store

app = typer.Typer(help="Look at and mend the books: runs, task links, leases.", no_args_is_help=True)


def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many records at most.")] = 20,
) -> int:
    """List the latest runs."""
    from kam_sync.cli.views.books import runs_table
    from kam_sync.store.runs import list_runs

    call = invocation(context)
    with call.job() as (_policy, store, _settings):
        call.terminal.show([runs_table(list_runs(store, limit=limit))])
    return 0


def links(context: typer.Context, org: Orgs = None) -> int:
    """List the tasks that kam-sync keeps, except those of former episodes."""
    from kam_sync.cli.views.books import links_table

    call = invocation(context)
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        call.terminal.show([links_table(_links(policy, store, settings.orgs))])
    return 0


def _links(policy: LoadedPolicy, store: Store, orgs: tuple[str, ...]) -> Iterator[tuple[str, str, TaskLink]]:
    from kam_sync.store.judging import StoredJudgements
    from kam_sync.store.runs import load_description
    from kam_sync.store.tasks import TaskBooks

    for org in orgs or tuple(policy.policy.orgs):
        description = load_description(store, org)
        if description is None:
            continue
        judgements = StoredJudgements(store, description.org_uid)
        for link in TaskBooks(store, description.org_uid).links():
            judgement = judgements.of(link.account_id)
            yield org, judgement.account_name if judgement else link.account_id, link


def recover(context: typer.Context, org: Orgs = None) -> int:
    """Take over tasks in the CRM that the books do not know, after the state was lost."""
    from kam_sync.cli.views.books import recovery_blocks
    from kam_sync.cli.views.results import problem_lines
    from kam_sync.upkeep import recover as take_over

    call = invocation(context)
    terminal = call.terminal
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        result, recoveries = take_over(policy, store, settings)
    terminal.report(recovery_blocks(recoveries))
    for problem in problem_lines(result):
        terminal.problem(problem)
    return result.exit_code


def unlock(context: typer.Context, org: Annotated[str, typer.Argument(help="The org's name in the policy.")]) -> int:
    """End the lease of an org at once; only when you know that no run is at work on it."""
    from kam_sync.cli.blocks import Line, Tone
    from kam_sync.upkeep import end_lease

    call = invocation(context)
    with call.job() as (policy, store, _settings):
        end_lease(policy, store, org)
    call.terminal.report([Line(f"The lease of {org} is ended.", Tone.GOOD)])
    return 0


def path(context: typer.Context) -> int:
    """Print where the state database is, a password in its URL left out."""
    from sqlalchemy.engine import make_url

    from kam_sync.cli.blocks import Line

    call = invocation(context)
    url = make_url(call.policy().state_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    call.terminal.show([Line(str(url.database) if is_file else url.render_as_string(hide_password=True))])
    return 0


command(app, "runs")(runs)
command(app, "links")(links)
command(app, "recover")(recover)
command(app, "unlock")(unlock)
command(app, "path")(path)
