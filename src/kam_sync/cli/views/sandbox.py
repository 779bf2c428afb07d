"""The sandbox: what is served, and the tasks and people of its CRMs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kam_sync.cli.blocks import Block, Line, Table, Tone, table
from kam_sync.demo import Sandbox
from kam_sync.demo.people import SeenPerson, SeenTask


def serving_blocks(running: Sandbox, place: Path, following: str) -> Iterator[Block]:
    """Show what a sandbox serves from a folder, and the command line to go on with."""
    rows = [(name, running.portfolios[name].name, crm.url) for name, crm in running.crms.items()]
    yield Line(f"Serving {len(rows)} local CRMs from {place}; Ctrl-C ends it.", Tone.GOOD)
    yield table("org", "company", "URL", rows=rows)
    yield Line(f"Next, in another terminal: {following}")


def tasks_table(tasks: Sequence[SeenTask]) -> Table:
    """Return tasks as people see them listed."""
    return table(
        "org",
        "task",
        "subject",
        "owner",
        "due",
        "status",
        rows=[(each.org, each.id, each.subject, each.owner, str(each.due_on or ""), each.status) for each in tasks],
    )


def task_blocks(task: SeenTask) -> Iterator[Block]:
    """Show a task as its owner reads it."""
    yield Line(f"Subject: {task.subject}", Tone.STRONG)
    yield Line(f"Task: {task.id} ({task.org})")
    yield Line(f"Owner: {task.owner} · Due: {task.due_on} · Status: {task.status} · Priority: {task.priority}")
    yield from map(Line, task.lines)


def people_table(people: Sequence[SeenPerson]) -> Table:
    """Return the people of the orgs."""
    rows = [(each.org, each.name, each.email, "" if each.active else "deactivated") for each in people]
    return table("org", "name", "e-mail", "", rows=rows)
