"""The text of a task: one coherent message for the assignee, in absolute dates only, so that it is stable."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter

from kam_sync.engine import Finding
from kam_sync.lifecycle import DISMISSED_DAYS, LinkedFinding
from kam_sync.ports import Line, OrgDescription, Priority, Section, TaskText
from kam_sync.severity import Severity

SUBJECTS: Final[Mapping[str, str]] = {
    "roles": "cover the account roles",
    "plan": "bring the account plan up to date",
    "next-steps": "set the next step",
    "relations": "strengthen the relations",
    "growth": "get growth on course",
    "service": "look after satisfaction and service",
    "process": "settle responsibility and sales process",
}
"""What a task asks for, by topic; a topic of a third party is named as it is."""

PRIORITIES: Final[Mapping[Severity, Priority]] = {
    Severity.INFO: Priority.LOW,
    Severity.LOW: Priority.LOW,
    Severity.MEDIUM: Priority.NORMAL,
    Severity.HIGH: Priority.HIGH,
    Severity.CRITICAL: Priority.HIGH,
}

MOST_EVIDENCE: Final = 5
"""Lines of evidence for one finding at most."""

_TEXT: Final = TypeAdapter(TaskText)


def request(topic: str) -> str:
    """Return what the task of a topic asks for."""
    return SUBJECTS.get(topic, topic.replace("-", " "))


def subject(topic: str, account_name: str) -> str:
    """Return the subject of a task; it does not change with the findings, so that people recognise it."""
    return f"{account_name}: {request(topic)}"


def link_finding(finding: Finding, description: OrgDescription) -> LinkedFinding:
    """Return a finding with its part of the task's text, evidence linked into the CRM."""
    problem = finding.problem
    lines = [
        Line(text=evidence.text, url=record_url(evidence.record, description))
        for evidence in problem.evidence[:MOST_EVIDENCE]
    ]
    lines += [
        Line(text=f"Why it matters: {problem.why}"),
        Line(text=f"What to do: {problem.action}"),
        Line(text=f"Done when: {problem.done_when}"),
    ]
    section = Section(heading=problem.title, lines=tuple(lines), bullets=True)
    return LinkedFinding(code=finding.code, key=finding.key, severity=finding.severity, section=section)


def record_url(record: tuple[object, str] | None, description: OrgDescription) -> str | None:
    """Return where a person opens a record, given by kind and id; None where the org has no such place."""
    if record is None:
        return None
    template = next((url for kind, url in description.record_urls.items() if kind == record[0]), None)
    return template.replace("{id}", record[1].rpartition(":")[2]) if template else None


def task_text(findings: Sequence[LinkedFinding], former_url: str | None) -> TaskText:
    """Return the body of a task that speaks of these findings, the worst first."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity, finding.code, finding.key))
    sections = [
        Section(heading=f"{number}. {finding.section.heading}", lines=finding.section.lines, bullets=True)
        for number, finding in enumerate(ordered, start=1)
    ]
    about = [
        Line(
            text="kam-sync keeps this task up to date and closes it as soon as everything above is solved. "
            f"Completing it earlier sets it aside for {DISMISSED_DAYS} days."
        )
    ]
    if former_url:
        about.append(Line(text="It follows an earlier task about the same account.", url=former_url))
    return TaskText(sections=(*sections, Section(heading="About this task", lines=tuple(about))))


def text_hash(text: TaskText) -> str:
    """Return a hash by which two texts are compared without storing them."""
    return hashlib.sha256(_TEXT.dump_json(text)).hexdigest()[:32]


def closing_note(reason: str, today: dt.date) -> str:
    """Return the line that is added to a task when kam-sync closes it."""
    return f"Closed by kam-sync on {today.isoformat()}: {reason}"


def priority(findings: Sequence[LinkedFinding]) -> Priority:
    """Return the priority of a task by its worst finding."""
    return PRIORITIES[max((finding.severity for finding in findings), default=Severity.MEDIUM)]


def due_on(findings: Sequence[LinkedFinding], due_days: Mapping[Severity, int], today: dt.date) -> dt.date:
    """Return the due date of a task made today, by its worst finding."""
    return today + dt.timedelta(days=due_days[max((f.severity for f in findings), default=Severity.MEDIUM)])
