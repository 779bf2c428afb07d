"""A plan as a diff: per org who gets how much, then each task with sign, reason, before and after; queue; refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kam_sync.cli.blocks import Block, Heading, Line, Table, Tone, table
from kam_sync.cli.views.results import queue_blocks
from kam_sync.lifecycle import CLOSING, CREATING, OPENING, Step
from kam_sync.plans import Operation, OrgPlan, Plan
from kam_sync.ports import TaskWrite

_TONES: Mapping[Step, Tone] = {
    **dict.fromkeys(CREATING, Tone.GOOD),
    **dict.fromkeys(CLOSING, Tone.FAINT),
    Step.REOPEN: Tone.GOOD,
    Step.UPDATE: Tone.WARNING,
}
_SIGNS: Mapping[Step, str] = {
    **dict.fromkeys(OPENING, "+"),
    **dict.fromkeys(CLOSING, "-"),
    Step.UPDATE: "~",
    Step.TAKE_BACK: "~",
}
"""What a step does to the tasks that people see: one more, one less, another text."""
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
    """Show the plan of one org: a sum for each person, then every task that changes, as a diff."""
    counts = ", ".join(f"{count} {step}" for step, count in plan.counts.items())
    yield Heading(f"{plan.org}: {counts or 'nothing to do'}")
    yield _people_table(plan.operations, names)
    for step in dict.fromkeys(operation.step for operation in plan.operations):
        operations = [operation for operation in plan.operations if operation.step is step]
        books = "" if any(operation.write for operation in operations) else " (in our books only)"
        yield Line()
        yield Line(f"{_SIGNS.get(step, ' ')} {step.value}: {len(operations)}{books}", _TONES.get(step, Tone.STRONG))
        for operation in operations:
            yield from _operation_lines(operation, names)
    if plan.operations and plan.queued:
        yield Line()
    yield from queue_blocks(plan)
    for refusal in plan.refusals:
        yield Line(f"Refused ({refusal.name}): {refusal.reason}", Tone.BAD)


def _people_table(operations: Sequence[Operation], names: Mapping[str, str]) -> Table:
    """Show how many tasks each person gets and is rid of; for the one who asks whether that can be borne."""
    gets: Counter[str] = Counter()
    rid: Counter[str] = Counter()
    for operation in operations:
        owner = _owner(operation)
        if operation.step in OPENING:
            gets[owner] += 1
        elif operation.step in CLOSING and operation.write is not None:
            rid[owner] += 1
    people = sorted({*gets, *rid}, key=lambda owner: (-gets[owner], names.get(owner, owner)))
    rows = [
        (names.get(owner, owner) or "nobody", _signed("+", gets[owner]), _signed("-", rid[owner])) for owner in people
    ]
    return table("person", "new tasks", "closed", rows=rows)


def _signed(sign: str, count: int) -> str:
    return f"{sign}{count}" if count else ""


def _owner(operation: Operation) -> str:
    written = operation.write.owner_id if operation.write else None
    seen = operation.before.owner_id if operation.before else None
    return written or seen or ""


def _operation_lines(operation: Operation, names: Mapping[str, str]) -> Iterator[Line]:
    """Show one task: whose it is and why, what changes, and what it says where its text is written."""
    tone = _TONES.get(operation.step, Tone.STRONG)
    sign = _SIGNS.get(operation.step, " ")
    yield Line(f"  {sign} {operation.account_name} · {operation.topic}: {operation.reason}", tone)
    told = "; ".join(changes(operation, names))
    if told:
        yield Line(f"      {told}")
    if operation.write is not None and operation.write.text is not None:
        yield from (Line(f"      {found.section.heading}", Tone.FAINT) for found in operation.link.findings)


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
