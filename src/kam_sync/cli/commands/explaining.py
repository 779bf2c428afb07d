"""Commands that explain: explain, rules, why."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` is quick

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from kam_sync.cli import completing
from kam_sync.cli.commands.options import Orgs
from kam_sync.cli.invocation import command, invocation
from kam_sync.errors import ConfigError

PANEL = "Explain"
MOST_ACCOUNTS = 5
"""More matching accounts than this are listed, not explained."""


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    command(app, "why", panel=PANEL)(why)
    command(app, "explain", panel=PANEL)(explain)
    command(app, "rules", panel=PANEL)(rules)


def why(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account's id, or a part of its name.")],
    org: Orgs = None,
) -> int:
    """Explain an account: who plays which role, what every rule says, which tasks there are."""
    from kam_sync.cli.blocks import Line, table
    from kam_sync.cli.views.accounts import why_blocks
    from kam_sync.explaining import why as explain_account

    call = invocation(context)
    terminal = call.terminal
    with call.job(orgs=tuple(org or ())) as (policy, store, settings):
        found = explain_account(policy, store, settings, account)
    if len(found) > MOST_ACCOUNTS:
        rows = [(one.org, one.snapshot.account.id, one.snapshot.account.name) for one in found]
        terminal.show(
            [Line(f"{len(found)} accounts match; give the id of one."), table("org", "id", "name", rows=rows)]
        )
        return 0
    for one in found:
        terminal.show(why_blocks(one))
    return 0


def explain(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="RULE", help="A code or a name.", autocompletion=completing.rules)],
) -> int:
    """Explain a rule: what it does, why it matters, an example, what to do."""
    from kam_sync.cli.views.rules import rule_blocks
    from kam_sync.registry import load_rules

    installed = load_rules()
    wanted = code.casefold()
    rule = next((r for r in installed if wanted in {w.casefold() for w in (r.code, r.name, *r.aliases)}), None)
    if rule is None:
        known = {word.casefold(): word for r in installed for word in (r.code, r.name)}
        close = difflib.get_close_matches(wanted, known, n=1)
        hint = f"did you mean {known[close[0]]!r}?" if close else "`kam-sync rules` lists them"
        raise ConfigError(f"there is no rule {code!r}; {hint}")
    invocation(context).terminal.show(rule_blocks(rule))
    return 0


def rules(context: typer.Context) -> int:
    """List the installed rules and which of them the policy selects."""
    from kam_sync.cli.views.rules import rules_table
    from kam_sync.registry import load_rules

    call = invocation(context)
    selected = None
    if call.policy_path.exists():
        selected = frozenset(configured.rule.code for configured in call.policy().rules)
    call.terminal.show([rules_table(load_rules(), selected)])
    return 0
