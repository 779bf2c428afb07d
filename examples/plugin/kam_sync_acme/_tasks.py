"""Tasks: from what kam-sync wants to write to Acme's JSON, and from Acme's JSON to what kam-sync compares."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter, ValidationError

from kam_sync.errors import MalformedAnswerError
from kam_sync.ports import TaskState, TaskText, TaskWrite, WriteOutcome, WriteResult
from kam_sync_acme._client import Item

LONGEST_BODY: Final = 10_000
"""Characters; Acme refuses longer bodies."""
_STATE: Final = TypeAdapter(TaskState)
_NAMES: Final = {
    "id": "id",
    "taskKey": "key",
    "subject": "subject",
    "body": "body",
    "ownerId": "owner_id",
    "dueOn": "due_on",
    "priority": "priority",
    "status": "status",
    "deleted": "deleted",
    "modifiedAt": "modified_at",
    "customerId": "account_id",
}
_OUTCOMES: Final = {"done": WriteOutcome.WRITTEN, "refused": WriteOutcome.REJECTED, "deleted": WriteOutcome.GONE}
_WORDS: Final = {WriteOutcome.REJECTED: "Acme refused the task", WriteOutcome.GONE: "the task was deleted in Acme"}


def state(item: Item) -> TaskState:
    """Return a task as Acme holds it; raises MalformedAnswerError when it is none."""
    try:
        return _STATE.validate_python({ours: item[theirs] for theirs, ours in _NAMES.items() if theirs in item})
    except ValidationError:
        raise MalformedAnswerError("Acme's answer holds something that is no task") from None


def body_of(text: TaskText) -> str:
    """Return a text as Acme shows it: plain lines, so that nothing in it is taken for markup."""
    lines: list[str] = []
    for section in text.sections:
        lines.append(_one_line(section.heading))
        for line in section.lines:
            bullet = "- " if section.bullets else ""
            lines.append(bullet + _one_line(line.text) + (f" ({line.url})" if line.url else ""))
        lines.append("")
    return "\n".join(lines).strip()[:LONGEST_BODY]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def payload(write: TaskWrite) -> Item:
    """Return what is sent for a write: what stays as it is is left out."""
    body = body_of(write.text) if write.text is not None else None
    if write.note is not None:
        before = body if body is not None else write.current_body or ""
        room = LONGEST_BODY - len(write.note) - 2
        body = f"{before[:room]}\n\n{write.note}".strip()
    values = {
        "id": write.task_id,
        "taskKey": write.key if write.task_id is None else None,
        "customerId": write.account_id if write.task_id is None else None,
        "subject": write.subject,
        "body": body,
        "ownerId": write.owner_id,
        "dueOn": write.due_on.isoformat() if write.due_on else None,
        "priority": write.priority,
        "status": write.status,
    }
    return {name: value for name, value in values.items() if value is not None}


def result(write: TaskWrite, answer: Item) -> WriteResult:
    """Return what became of a write; the words are ours, since Acme's might quote the task."""
    outcome = _OUTCOMES.get(str(answer.get("result")), WriteOutcome.UNCERTAIN)
    written = str(answer["id"]) if outcome is WriteOutcome.WRITTEN and "id" in answer else None
    problem = _WORDS.get(outcome, "")
    return WriteResult(operation_id=write.operation_id, outcome=outcome, task_id=written, problem=problem)
