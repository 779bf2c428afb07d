"""The text of a task: stable from night to night, worst first, absolute dates, links into the CRM."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from core.core_builders import TODAY, finding
from core.core_planning import DUE_DAYS
from kam_sync.engine import Finding
from kam_sync.lifecycle import LinkedFinding
from kam_sync.ports import OrgDescription, Priority, TaskText
from kam_sync.records import RecordKind
from kam_sync.rendering import (
    MOST_EVIDENCE,
    closing_note,
    due_on,
    link_finding,
    priority,
    subject,
    task_text,
    text_hash,
)
from kam_sync.rules_api import Evidence
from kam_sync.severity import Severity
from kam_sync.testing.memory import plain_text

DESCRIPTION = OrgDescription(
    org_uid="org-1", name="One", record_urls={RecordKind.CONTACT: "https://crm.example/contact/{id}"}
)


def with_evidence(*evidence: Evidence) -> Finding:
    found = finding("innovator")
    return replace(found, problem=replace(found.problem, evidence=evidence))


def linked(key: str = "", severity: Severity = Severity.HIGH, code: str = "TST101") -> LinkedFinding:
    return link_finding(finding(key, severity=severity, code=code), DESCRIPTION)


def headings(text: TaskText) -> list[str]:
    return [section.heading for section in text.sections]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("roles", "Łódź Glas: cover the account roles"),
        ("plan", "Łódź Glas: bring the account plan up to date"),
        ("next-steps", "Łódź Glas: set the next step"),
        ("credit-risk", "Łódź Glas: credit risk"),
    ],
)
def test_a_subject_names_the_account_and_what_to_do(topic: str, expected: str) -> None:
    assert subject(topic, "Łódź Glas") == expected


def test_a_finding_says_evidence_why_what_and_when_it_is_done() -> None:
    section = link_finding(with_evidence(Evidence(text="Since 2026-01-31 nobody.")), DESCRIPTION).section
    assert section.heading == "Gap TST101 innovator"
    assert section.bullets
    assert [line.text for line in section.lines] == [
        "Since 2026-01-31 nobody.",
        "Why it matters: It hurts.",
        "What to do: Fill it.",
        "Done when: It is filled.",
    ]


def test_a_linked_finding_keeps_its_identity_and_severity() -> None:
    found = linked("innovator", Severity.CRITICAL)
    assert (found.code, found.key, found.severity) == ("TST101", "innovator", Severity.CRITICAL)


@pytest.mark.parametrize(
    ("record", "url"),
    [
        ((RecordKind.CONTACT, "42"), "https://crm.example/contact/42"),
        ((RecordKind.CONTACT, "contact:42"), "https://crm.example/contact/42"),
        ((RecordKind.PLAN, "42"), None),
        (None, None),
    ],
)
def test_evidence_is_a_link_where_the_record_can_be_opened(
    record: tuple[RecordKind, str] | None, url: str | None
) -> None:
    section = link_finding(with_evidence(Evidence(text="Zoë", record=record)), DESCRIPTION).section
    assert section.lines[0].url == url


def test_only_so_much_evidence_is_shown() -> None:
    evidence = [Evidence(text=f"fact {number}") for number in range(MOST_EVIDENCE + 3)]
    lines = link_finding(with_evidence(*evidence), DESCRIPTION).section.lines
    assert [line.text for line in lines if line.text.startswith("fact")] == [f"fact {n}" for n in range(MOST_EVIDENCE)]


def test_the_worst_finding_comes_first_and_the_rest_by_code_and_key() -> None:
    findings = [
        linked("b", Severity.LOW),
        linked("z", Severity.MEDIUM, "TST102"),
        linked("a", Severity.LOW),
        linked("y", Severity.MEDIUM, "TST101"),
        linked("x", Severity.CRITICAL, "TST103"),
    ]
    assert headings(task_text(findings, None)) == [
        "1. Gap TST103 x",
        "2. Gap TST101 y",
        "3. Gap TST102 z",
        "4. Gap TST101 a",
        "5. Gap TST101 b",
        "About this task",
    ]


def test_the_text_does_not_hang_on_the_order_of_the_findings() -> None:
    findings = [linked(key) for key in "abcde"]
    assert task_text(findings, None) == task_text(findings[::-1], None)
    assert text_hash(task_text(findings, None)) == text_hash(task_text(findings[::-1], None))


def test_another_text_has_another_hash() -> None:
    texts = [task_text([linked("a")], None), task_text([linked("b")], None), task_text([linked("a")], "https://x")]
    assert len({text_hash(text) for text in texts}) == 3


def test_the_text_tells_what_completing_the_task_means() -> None:
    body = plain_text(task_text([linked()], None))
    assert "closes it as soon as everything above is solved" in body
    assert "Completing it earlier sets it aside for 30 days." in body


def test_the_former_task_is_named_where_there_was_one() -> None:
    about = task_text([linked()], "https://crm.example/task/7").sections[-1]
    assert about.lines[-1].url == "https://crm.example/task/7"
    assert len(task_text([linked()], None).sections[-1].lines) == 1


def test_the_text_counts_no_days_from_today() -> None:
    body = plain_text(task_text([linked()], None))
    assert not re.search(r"\bdays? (ago|left|overdue)\b|\btoday\b|\byesterday\b", body)


def test_a_closing_note_has_its_date() -> None:
    assert (
        closing_note("it was taken back", dt.date(2026, 3, 2)) == "Closed by kam-sync on 2026-03-02: it was taken back"
    )


@pytest.mark.parametrize(
    ("severities", "expected", "days"),
    [
        ([Severity.INFO], Priority.LOW, 14),
        ([Severity.LOW], Priority.LOW, 14),
        ([Severity.MEDIUM], Priority.NORMAL, 7),
        ([Severity.HIGH], Priority.HIGH, 3),
        ([Severity.CRITICAL], Priority.HIGH, 1),
        ([Severity.LOW, Severity.CRITICAL, Severity.MEDIUM], Priority.HIGH, 1),
        ([], Priority.NORMAL, 7),
    ],
)
def test_priority_and_due_date_come_from_the_worst(severities: list[Severity], expected: Priority, days: int) -> None:
    findings = [linked(str(number), severity) for number, severity in enumerate(severities)]
    assert priority(findings) is expected
    assert due_on(findings, DUE_DAYS, TODAY) == TODAY + dt.timedelta(days=days)
