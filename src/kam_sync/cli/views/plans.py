"""A plan at a glance: per org and step, each with account, topic, reason, before and after; the queue; refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kam_sync.cli.blocks import Block, Heading, Line, Table, Tone, table
from kam_sync.cli.views.results import queue_blocks
from kam_sync.lifecycle import CLOSING, CREATING, Step
from kam_sync.plans import Operation, OrgPlan, Plan
from kam_sync.ports import TaskWrite

_TONES: Mapping[Step, Tone] = {
    **dict.fromkeys(CREATING, Tone.GOOD),
    **dict.fromkeys(CLOSING, Tone.FAINT),
    Step.REOPEN: Tone.GOOD,
    Step.UPDATE: Tone.WARNING,
}
WIDEST_TEXT = 60
"""Characters of a task's subject that are shown of a change."""


def plan_blocks(plan: Plan, names: Mapping[str, str]) -> Iterator[Block]:
    """Show a plan.

    Args:
        plan: The plan.
        names: User id → name, where known; others are shown by their id.
    """
    yield Line(f"Made {plan.created_at:%Y-%m-%d %H:%M} UTC, good until {plan.expires_at:%Y-%m-%d %H:%M} UTC")
    for org in plan.orgs:
        yield from org_plan_blocks(org, names)
    if plan.no_changes:
        yield Line()
        yield Line("No changes: applying this plan writes nothing into any CRM.", Tone.GOOD)


def org_plan_blocks(plan: OrgPlan, names: Mapping[str, str]) -> Iterator[Block]:
    """Show the plan of one org."""
    counts = ", ".join(f"{count} {step}" for step, count in plan.counts.items())
    yield Heading(f"{plan.org}: {counts or 'nothing to do'}")
    for step in dict.fromkeys(operation.step for operation in plan.operations):
        operations = [operation for operation in plan.operations if operation.step is step]
        books = "" if any(operation.write for operation in operations) else " (in our books only)"
        yield Line(f"{step.value}: {len(operations)}{books}", _TONES.get(step, Tone.STRONG))
        yield _operations_table(operations, names)
    yield from queue_blocks(plan)
    for refusal in plan.refusals:
        yield Line(f"Refused ({refusal.name}): {refusal.reason}", Tone.BAD)


def _operations_table(operations: Sequence[Operation], names: Mapping[str, str]) -> Table:
    """Show operations of one step; what their tasks speak of is a column only where a text is written."""
    columns = ("account", "topic", "reason", "before → after", "speaks of")
    rows = [(op.account_name, op.topic, op.reason, "; ".join(changes(op, names)), _speaks_of(op)) for op in operations]
    shown = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    return table(*columns[:shown], rows=[row[:shown] for row in rows])


def changes(operation: Operation, names: Mapping[str, str]) -> Iterator[str]:
    """Say field by field what an operation changes in the CRM."""
    write, before = operation.write, operation.before
    if write is None:
        return
    after = _values(write, names)
    if before is None:
        yield from (f"{name} {value}" for name, value in after.items())
        return
    now = {
        "subject": before.subject[:WIDEST_TEXT],
        "owner": names.get(before.owner_id or "", before.owner_id or "nobody"),
        "due": before.due_on.isoformat() if before.due_on else "no date",
        "priority": before.priority.value if before.priority else "its own",
        "status": before.status.value,
    }
    yield from (f"{name} {now[name]} → {value}" for name, value in after.items())
    if write.text is not None:
        yield "a new text"
    if write.note is not None:
        yield "a note is added"


def _speaks_of(operation: Operation) -> str:
    """Return what the task says afterwards, where its text is written."""
    if operation.write is None or operation.write.text is None:
        return ""
    return "; ".join(finding.section.heading for finding in operation.link.findings)


def _values(write: TaskWrite, names: Mapping[str, str]) -> Mapping[str, str]:
    found = {
        "subject": write.subject[:WIDEST_TEXT] if write.subject is not None else None,
        "owner": names.get(write.owner_id, write.owner_id) if write.owner_id is not None else None,
        "due": write.due_on.isoformat() if write.due_on is not None else None,
        "priority": write.priority.value if write.priority is not None else None,
        "status": write.status.value if write.status is not None else None,
    }
    creating = write.task_id is None
    return {
        name: value
        for name, value in found.items()
        if value is not None and not (creating and name in {"subject", "status"})
    }
